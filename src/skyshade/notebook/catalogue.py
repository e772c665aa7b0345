"""Published figures with their ranges, sources, confidence and marks."""

from __future__ import annotations

from collections.abc import Iterable

from skyshade.catalogue import load_catalogue
from skyshade.catalogue.model import Catalogue, Entry, Figure, Published
from skyshade.catalogue.readable import circumstances, value_and_range
from skyshade.notebook import card
from skyshade.notebook.cards import Card, Table
from skyshade.report import text


@card.register
def catalogue_card(known: Catalogue) -> Card:
    """Every entry with the number of its figures."""
    rows = [
        (
            e.id,
            e.title,
            text.words(e.kind),
            e.part_of or "–",
            f"{len(e.figures)}",
            f"{sum(f.is_weak for f in e.figures.values())}",
        )
        for e in known.entries.values()
    ]
    n = text.count(sum(len(e.figures) for e in known.entries.values()), "figure")
    return Card(
        f"{len(known.entries)} entries, {n}, {text.count(len(known.sources), 'source')}",
        [Table(("entry", "title", "kind", "part of", "figures", "of them weak"), rows, n_left=4)],
        f"Version {known.version}. entry('48n6dm') shows one. Weak: of low confidence, from memory "
        "only, or unknown.",
    )


@card.register
def entry_card(entry: Entry) -> Card:
    """The figures of an entry, and what else has been published."""
    others = [
        (f.title, *_value(other), other.confidence, other.why_not, ", ".join(other.sources))
        for f in entry.figures.values()
        for other in f.alternatives
    ]
    about = [text.words(entry.kind)]
    about += [f"part of {entry.part_of}"] if entry.part_of else []
    about += [f"also called {', '.join(entry.aliases)}"] if entry.aliases else []
    return Card(
        f"{entry.id}: {entry.title}",
        [
            figure_rows(entry.figures.values()),
            Table(
                ("figure", "value", "range", "confidence", "why not the default", "sources"),
                others,
                "Also published",
                n_left=6,
            ),
        ],
        "; ".join(about),
    )


@card.register
def figure_card(figure: Figure) -> Card:
    """One figure with its sources, and what else has been published."""
    known = load_catalogue().sources
    named = [known[s] for s in figure.sources if s in known]
    notes = [figure.why]
    notes += [f"Source {s.id}: {s.title}. {s.outlet} {s.date}".rstrip() for s in named]
    others = [
        (*_value(o), o.confidence, o.why_not, ", ".join(o.sources)) for o in figure.alternatives
    ]
    return Card(
        figure.title,
        [
            Table(
                ("value", "range", "confidence", "at"),
                [(*_value(figure), figure.confidence, circumstances(figure) or "–")],
                n_left=4,
            ),
            Table(
                ("value", "range", "confidence", "why not the default", "sources"),
                others,
                "Also published",
                n_left=5,
            ),
        ],
        notes=notes,
    )


def figure_rows(figures: Iterable[Figure]) -> Table:
    """A table of figures."""
    rows = [
        (
            f.title + (f" ({at})" if (at := circumstances(f)) else ""),
            *_value(f),
            f.confidence,
            f.why,
            ", ".join(f.sources),
        )
        for f in figures
    ]
    return Table(
        ("figure", "value", "range", "confidence", "why this is the default", "sources"),
        rows,
        n_left=6,
    )


def _value(published: Published) -> tuple[str, str]:
    """The value with its mark, and its range if it has one."""
    value, span = value_and_range(published)
    return value, span or "–"
