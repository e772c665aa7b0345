"""Tables of a result as HTML that any notebook shows, light or dark, without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from skyshade.catalogue.readable import LEGEND, LOW_MARK, MEMORY_MARK
from skyshade.report import text

MOST_ROWS = 40  # of a table; the card says how many more there are
WRAPPED = 32  # a cell with at least as many characters may take several lines
_QUIET = 'style="opacity:0.7;font-size:90%;margin:0.2em 0;max-width:60em"'


@dataclass(frozen=True)
class Table:
    """Rows of text under headings; the first `n_left` columns are flush left, the others right."""

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

    def _cell(self, tag: str, column: int, content: str) -> str:
        look = "left" if column < self.n_left else "right"
        look += ";white-space:nowrap" if len(content) < WRAPPED else ""
        return f'<{tag} style="text-align:{look}">{escape(content)}</{tag}>'


@dataclass(frozen=True)
class Card:
    """A heading, a line under it, tables, and notes."""

    title: str
    tables: Sequence[Table] = ()
    about: str = ""
    notes: Sequence[str] = field(default=())

    def html(self) -> str:
        """The card, with a legend of the marks of weak figures if it shows any."""
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


def weak_note(unknowns: Sequence[tuple[str, bool, bool]]) -> list[str]:
    """A sentence naming the weak figures behind a result, from (name, weak, memory only)."""
    weak = [
        f"{name} {text.mark(is_weak, memory)}"
        for name, is_weak, memory in unknowns
        if is_weak or memory
    ]
    if not weak:
        return []
    return [
        f"{len(weak)} of {len(unknowns)} uncertain figures behind this are weak or assumed: "
        f"{', '.join(weak)}."
    ]
