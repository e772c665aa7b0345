"""Tables of a result as HTML that any notebook shows, light or dark, without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from skyshade.catalogue.readable import LEGEND, LOW_MARK, MEMORY_MARK

MOST_ROWS = 40  # of a table; the rest is counted
WRAPPED = 32  # characters from which on a cell may take several lines
_QUIET = 'style="opacity:0.7;font-size:90%;margin:0.2em 0;max-width:60em"'


@dataclass(frozen=True)
class Table:
    """Rows of text under headings; columns from `n_left` on are flush right."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    n_left: int = 1

    def html(self) -> str:
        """The table, cut after `MOST_ROWS` rows."""
        head = "".join(self._cell("th", i, h) for i, h in enumerate(self.headings))
        body = "".join(
            "<tr>" + "".join(self._cell("td", i, c) for i, c in enumerate(row)) + "</tr>"
            for row in self.rows[:MOST_ROWS]
        )
        more = len(self.rows) - MOST_ROWS
        title = f"<p><b>{escape(self.title)}</b></p>" if self.title else ""
        rest = f"<p {_QUIET}>… and {more} more.</p>" if more > 0 else ""
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return title + table + rest

    def _cell(self, tag: str, column: int, text: str) -> str:
        look = "left" if column < self.n_left else "right"
        look += ";white-space:nowrap" if len(text) < WRAPPED else ""
        return f'<{tag} style="text-align:{look}">{escape(text)}</{tag}>'


@dataclass(frozen=True)
class Card:
    """A heading, a line under it, tables, and notes."""

    title: str
    tables: Sequence[Table] = ()
    about: str = ""
    notes: Sequence[str] = field(default=())

    def html(self) -> str:
        """The card; marks of weak figures are explained where there are any."""
        parts = [f"<p><b>{escape(self.title)}</b></p>"]
        parts += [f"<p {_QUIET}>{escape(self.about)}</p>"] if self.about else []
        parts += [table.html() for table in self.tables if table.rows]
        parts += [f"<p {_QUIET}>{escape(note)}</p>" for note in self.notes]
        if self._is_marked():
            parts.append(f"<p {_QUIET}>{escape('; '.join(LEGEND.split('   ')))}</p>")
        return f"<div>{''.join(parts)}</div>"

    def _is_marked(self) -> bool:
        words = {
            word.strip("(),;")
            for table in self.tables
            for row in table.rows[:MOST_ROWS]
            for cell in row
            for word in cell.split()
        }
        words |= {word.strip("(),;.") for note in self.notes for word in note.split()}
        return bool(words & {LOW_MARK, MEMORY_MARK})


def spread(values: Iterable[float], unit: str, scale: float = 1.0) -> str:
    """A value with its ends (low, middle, high), left out where they say nothing.

    >>> spread((31.2e3, 43.1e3, 58e3), "km", 1e3), spread((5, 5, 5), "")
    ('43 km (31–58)', '5.0')
    """
    a, b, c = (f"{v / scale:.{0 if v == 0 or v / scale >= 10 else 1}f}" for v in values)
    return f"{b} {unit}".rstrip() + ("" if a == c else f" ({a}–{c})")


def weak_note(unknowns: Sequence[tuple[str, bool, bool]]) -> list[str]:
    """Which figures behind a result are weak, from (name, weak, memory only)."""
    weak = [
        f"{name} {MEMORY_MARK if memory else LOW_MARK}"
        for name, is_weak, memory in unknowns
        if is_weak or memory
    ]
    if not weak:
        return []
    return [
        f"Weak or assumed, {len(weak)} of {len(unknowns)} uncertain figures behind this: "
        f"{', '.join(weak)}."
    ]
