"""Reading a public register of arms orders: one row an order, as a user downloads it.

Two forms are read: the comma-separated file of the SIPRI Arms Transfers Database (title lines, then
a header; Latin-1 or UTF-8), and a plain table with a column `snapshot` that holds several
editions. A register gives years, so every date is an interval of a year. Its rows are not part of
the package.

References
----------
SIPRI, Arms Transfers Database, sources and methods: explanation of the transfer registers.
"""

from __future__ import annotations

import calendar
import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from skyshade.csvfile import plain_number
from skyshade.dates import PartialDate
from skyshade.errors import InputError, did_you_mean
from skyshade.manifest import sha256
from skyshade.yamlfile import read_bytes

MOST_LINES = 200_000  # of a register
Condition = Literal["new", "used"]

# header of the register -> our name; the column after it holds a "?" if the value is uncertain
_COLUMNS = {
    "recipient": "recipient",
    "supplier": "supplier",
    "year of order": "order_year",
    "order date": "order_year",
    "number ordered": "n_ordered",
    "weapon designation": "designation",
    "weapon description": "description",
    "number delivered": "n_delivered",
    "year(s) of delivery": "delivery_years",
    "delivery year": "delivery_years",
    "status": "status",
    "comments": "comment",
    "comment": "comment",
}
_REQUIRED = ("recipient", "supplier", "order_year", "designation", "n_delivered", "delivery_years")
_SYSTEM = re.compile(r"\b(SAM|air[- ]defen[cs]e)\b.*\bsystem\b", re.IGNORECASE)
_YEARS = re.compile(r"\b((?:19|20)[0-9]{2})\b")
_PLANNED = re.compile(
    r"deliver(?:y|ies) (?:is |are )?(?:planned|expected)[^;.]*?"
    r"((?:from |by |for )?(?:19|20)[0-9]{2}(?:[-/ or]+(?:19|20)[0-9]{2})*)",
    re.IGNORECASE,
)
_DAY = re.compile(r"\b([0-9]{1,2}) ([A-Z][a-z]+),? ((?:19|20)[0-9]{2})\b")
_MONTHS = list(calendar.month_name)


@dataclass(frozen=True, slots=True)
class Planned:
    """Years in which the register expects deliveries; None where it names no first or last."""

    first: int | None
    last: int | None

    @classmethod
    def parse(cls, text: str) -> Planned | None:
        """Read "2021-2024", "2021-2025/2026" (the later year), "from 2026", "by 2029" or "2028".

        >>> Planned.parse("2021-2025/2026"), Planned.parse("from 2026")
        (Planned(first=2021, last=2026), Planned(first=2026, last=None))
        """
        years = [int(y) for y in _YEARS.findall(text)]
        if not years:
            return None
        if "from" in text.lower():
            return cls(years[0], None)
        if "by" in text.lower():
            return cls(None, max(years))
        return cls(years[0], max(years))

    def __str__(self) -> str:
        if self.last is None:
            return f"from {self.first}"
        if self.first is None:
            return f"by {self.last}"
        return str(self.last) if self.first == self.last else f"{self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class Order:
    """One order of a register.

    Attributes
    ----------
    ordered_in : year of the order; `uncertain` if the register doubts it.
    n_ordered : None if the register gives none.
    delivered_in : the years with deliveries, oldest first.
    row : line of the file, from 1.
    """

    recipient: str
    supplier: str
    designation: str
    ordered_in: int
    uncertain: bool
    n_ordered: int | None
    n_delivered: int
    delivered_in: tuple[int, ...]
    condition: Condition
    planned: Planned | None
    comment: str
    row: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What names the order in every edition of the register."""
        return self.recipient, self.supplier, self.designation, self.ordered_in

    @property
    def complete(self) -> bool:
        """True if everything ordered has been delivered, as far as the register says."""
        return bool(self.delivered_in) and self.n_delivered >= (self.n_ordered or 1)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "recipient": self.recipient,
            "supplier": self.supplier,
            "designation": self.designation,
            "ordered_in": self.ordered_in,
            "order_year_uncertain": self.uncertain,
            "n_ordered": self.n_ordered,
            "n_delivered": self.n_delivered,
            "delivered_in": list(self.delivered_in),
            "condition": self.condition,
            "planned": str(self.planned) if self.planned else None,
            "comment": self.comment,
            "row": self.row,
        }


@dataclass(frozen=True)
class Register:
    """One edition of a register: the orders as it showed them on a day.

    Attributes
    ----------
    snapshot : the day on which it was downloaded.
    version : changes with every byte of the file.
    """

    file: str
    version: str
    snapshot: PartialDate
    orders: tuple[Order, ...]

    @property
    def last_year(self) -> int:
        """The last year that this edition covers: that of its newest delivery."""
        return max(y for order in self.orders for y in order.delivered_in)

    def of(self, recipient: str) -> tuple[Order, ...]:
        """The orders of a buyer, oldest first.

        Raises
        ------
        InputError : no such buyer; names the nearest.
        """
        names = {order.recipient for order in self.orders}
        wanted = next((n for n in names if n.lower() == recipient.lower()), None)
        if wanted is None:
            raise InputError(
                "no order of this buyer in the register",
                file=self.file,
                value=recipient,
                hint=did_you_mean(recipient, sorted(names)),
            )
        mine = [order for order in self.orders if order.recipient == wanted]
        return tuple(sorted(mine, key=lambda o: (o.ordered_in, o.supplier, o.designation)))


@dataclass(frozen=True, slots=True)
class Change:
    """One order in two editions; None in the edition that does not have it."""

    before: Order | None
    after: Order | None

    @property
    def orders(self) -> tuple[Order | None, Order | None]:
        """Both sides."""
        return self.before, self.after

    @property
    def words(self) -> str:
        """What changed, empty if nothing did."""
        old, new = self.before, self.after
        if old is None or new is None:
            return "new in the later edition" if old is None else "gone from the later edition"
        parts = []
        for title, was, now in (
            ("ordered", old.n_ordered, new.n_ordered),
            ("delivered", old.n_delivered, new.n_delivered),
            ("years of delivery", _years(old), _years(new)),
            ("planned", old.planned, new.planned),
        ):
            if was != now:
                before, after = ("none given" if x in (None, "") else x for x in (was, now))
                parts.append(f"{title}: {before} becomes {after}")
        return "; ".join(parts)


def _years(order: Order) -> str:
    return ", ".join(map(str, order.delivered_in))


def compare(before: Register, after: Register) -> tuple[Change, ...]:
    """The orders that differ between two editions.

    Orders of one buyer, supplier, system and year are paired by their number of deliveries.
    """
    groups: dict[tuple[str, str, str, int], tuple[list[Order], list[Order]]] = {}
    for side, register in enumerate((before, after)):
        for order in register.orders:
            groups.setdefault(order.key, ([], []))[side].append(order)
    found = []
    for key in sorted(groups):
        old, new = (
            sorted(side, key=lambda o: (o.condition, o.delivered_in[:1], o.n_delivered, o.row))
            for side in groups[key]
        )
        for i in range(max(len(old), len(new))):
            change = Change(old[i] if i < len(old) else None, new[i] if i < len(new) else None)
            if change.words:
                found.append(change)
    return tuple(found)


def read_registers(file: str | Path, snapshot: str | None = None) -> tuple[Register, ...]:
    """The editions in a file, oldest first.

    Parameters
    ----------
    snapshot : the day of the download, if the file does not say it.

    Raises
    ------
    InputError : not a register, or an edition without a date; with file and line.
    """
    path = Path(file)
    data = read_bytes(path)
    text, version = _decoded(data), sha256(data)[:12]
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise InputError("too many lines", file=path, value=len(lines), allowed=str(MOST_LINES))
    rows = list(csv.reader(lines, delimiter=_delimiter(text)))
    head = next((i for i, row in enumerate(rows) if _is_header(row)), None)
    if head is None:
        raise InputError(
            "not a register of orders: no line names the columns",
            file=path,
            allowed="a header with Recipient, Supplier, Year of order, Number delivered, …",
        )
    names = [cell.strip().lower() for cell in rows[head]]
    if "snapshot" in names:
        return _editions(path, version, names, rows[head + 1 :], head + 2)
    columns = {_COLUMNS[name]: i for i, name in enumerate(names) if name in _COLUMNS}
    if missing := [name for name in _REQUIRED if name not in columns]:
        raise InputError("a column is missing", file=path, line=head + 1, value=missing[0])
    orders = []
    for line, row in enumerate(rows[head + 1 :], start=head + 2):
        if len(row) <= max(columns.values()) or not row[columns["recipient"]].strip():
            continue
        cells = {name: row[i].strip() for name, i in columns.items()}
        if "description" in cells and not _SYSTEM.search(cells["description"]):
            continue
        doubt = row[columns["order_year"] + 1].strip() == "?"
        orders.append(_order(path, line, cells, doubt))
    day = snapshot or _day_in(rows[:head])
    if day is None:
        raise InputError(
            "the file does not say when it was downloaded",
            file=path,
            field="--snapshot",
            allowed="a date, e.g. 2026-05-18",
        )
    if not orders:
        raise InputError("no order of an air-defence system in this file", file=path)
    return (Register(str(path), version, PartialDate.parse(day), tuple(orders)),)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _delimiter(text: str) -> str:
    line = next((x for x in text.splitlines() if "recipient" in x.lower()), "")
    return ";" if line.count(";") > line.count(",") else ","


def _is_header(row: Sequence[str]) -> bool:
    return {"recipient", "supplier"} <= {cell.strip().lower() for cell in row}


def _editions(
    path: Path, version: str, names: Sequence[str], rows: Sequence[Sequence[str]], start: int
) -> tuple[Register, ...]:
    """The editions of a table with a column `snapshot`."""
    found: dict[str, list[Order]] = {}
    for line, row in enumerate(rows, start=start):
        cells = dict(zip(names, (cell.strip() for cell in row), strict=False))
        if not cells.get("recipient"):
            continue
        doubt = cells.get("order_year_uncertain", "") == "?"
        found.setdefault(cells["snapshot"], []).append(_order(path, line, cells, doubt))
    registers = [
        Register(str(path), version, PartialDate.parse(day.replace("-xx", "")), tuple(orders))
        for day, orders in found.items()
    ]
    return tuple(sorted(registers, key=lambda r: r.snapshot))


def _order(path: Path, line: int, cells: dict[str, str], doubt: bool) -> Order:
    year = _number(path, line, "year of order", cells["order_year"])
    if year is None:
        raise InputError("an order without a year", file=path, line=line)
    comment = cells.get("comment", "")
    planned = cells.get("planned") or (m[1] if (m := _PLANNED.search(comment)) else "")
    return Order(
        recipient=cells["recipient"],
        supplier=cells["supplier"],
        designation=cells["designation"],
        ordered_in=year,
        uncertain=doubt or "(" in cells["order_year"],
        n_ordered=_number(path, line, "number ordered", cells.get("n_ordered", "")),
        n_delivered=_number(path, line, "number delivered", cells["n_delivered"]) or 0,
        delivered_in=tuple(sorted(int(y) for y in _YEARS.findall(cells["delivery_years"]))),
        condition="used" if cells.get("status", "").lower().startswith("second") else "new",
        planned=Planned.parse(planned),
        comment=comment or cells.get("value", ""),
        row=line,
    )


def _number(path: Path, line: int, field: str, text: str) -> int | None:
    bare = text.strip("() ?")
    if bare in ("", "..", ". ."):
        return None
    number = plain_number(bare)
    if number is None:
        raise InputError("not a number", file=path, line=line, field=field, value=text)
    return int(number)


def _day_in(rows: Sequence[Sequence[str]]) -> str | None:
    """The day named in the title lines."""
    for row in rows:
        line = ",".join(row)
        if (match := _DAY.search(line)) and match[2] in _MONTHS:
            return f"{match[3]}-{_MONTHS.index(match[2]):02d}-{int(match[1]):02d}"
        if match := re.search(r"\b(20[0-9]{2}-[0-9]{2}-[0-9]{2})\b", line):
            return match[1]
    return None
