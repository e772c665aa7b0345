"""Shares shot down in combat, derived from the public file of attack windows.

The file is a table with a row per attack window and weapon. It is not part of the package: the
derived figures are, and anyone can derive them again (`skyshade records FILE.csv`).
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from skyshade.catalogue import load_catalogue
from skyshade.catalogue.node import read_file
from skyshade.csvfile import plain_number
from skyshade.engagement.overdispersion import intra_class_correlation
from skyshade.errors import InputError
from skyshade.fireunit.records import ClassRecord, CombatRecords, Count, LeftOut
from skyshade.manifest import sha256
from skyshade.yamlfile import decode, read_bytes

WEAPONS = Path(__file__).parent / "data" / "weapon_classes.yaml"
COLUMNS = ("time_start", "model", "launched", "destroyed", "not_reach_goal")
NO_CLASS = "none"
LONGEST = 200  # characters of the weapons of one row
MOST = 100_000  # targets in one window: more is a slip of the pen
METHOD = (
    "Rows of a class added up by the half-year in which their window began. rho: correlation "
    "between targets of one window, beta-binomial by maximum likelihood, 95 % interval by profile "
    "likelihood."
)
_DAY = re.compile(
    r"\s*(20\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(\s+\d{1,2}:\d{2}(:\d{2})?)?\s*"
)


@dataclass(frozen=True)
class Window:
    """One row: a weapon in one attack window. `lost` is None where the row does not say."""

    day: str
    weapon: str
    launched: int | None
    destroyed: int | None
    lost: int | None

    @property
    def half_year(self) -> str:
        """The half-year in which it began.

        >>> Window("2024-06-30", "Kalibr", 4, 3, None).half_year
        '2024-H1'
        """
        return f"{self.day[:4]}-H{1 if self.day[5:7] <= '06' else 2}"


@dataclass(frozen=True)
class Weapons:
    """Which class each weapon belongs to ("none": to none) and why, and the traps of the file."""

    source: str
    citation: str
    traps: tuple[str, ...]
    class_of: Mapping[str, str]
    why: Mapping[str, str]

    def sort(self, weapon: str) -> tuple[str, str]:
        """The class of what a row names, or "none", and why.

        Parameters
        ----------
        weapon : one name, or several joined by " and ".
        """
        names = [name.strip() for name in weapon.split(" and ")]
        unknown = [name for name in names if name not in self.class_of]
        if unknown:
            return NO_CLASS, "The table of weapons does not know it."
        classes = {self.class_of[name] for name in names}
        if len(classes) > 1:
            return NO_CLASS, "A bundle of different classes."
        return classes.pop(), self.why[names[0]]


def load_weapons(file: Path = WEAPONS) -> Weapons:
    """The shipped table of weapons, or another one.

    Raises
    ------
    InputError : a field that is missing or unknown, a class that the catalogue does not have.
    """
    catalogue = load_catalogue()
    fields = read_file(file).fields(required=("source", "citation", "traps", "weapons"))
    class_of, why = {}, {}
    known = [NO_CLASS, *(entry.id for entry in catalogue.of_kind("target_class"))]
    for node in fields["weapons"].children():
        said = node.fields(required=("class", "why"))
        class_of[node.name] = said["class"].choice("target class", known)
        why[node.name] = said["why"].text()
    return Weapons(
        fields["source"].choice("source", catalogue.sources),
        fields["citation"].text(),
        tuple(fields["traps"].texts()),
        class_of,
        why,
    )


def derive_records(
    path: str | Path, retrieved: str = "", weapons: Weapons | None = None
) -> CombatRecords:
    """The shares that a file of attack windows holds, by class and half-year.

    Parameters
    ----------
    path : a CSV file with a heading and the columns `time_start` (a day, with or without a time),
        `model` (weapon), `launched`, `destroyed` and `not_reach_goal` (whole numbers; empty: not
        said). Other columns are not read.
    retrieved : when it was fetched, to be noted with the result.

    Raises
    ------
    InputError : no such file or not such a table, with line, field and value; no row counts for a
        class.
    """
    weapons = load_weapons() if weapons is None else weapons
    data = read_bytes(path)
    windows = read_windows(decode(data, path), path)
    complete = [w for w in windows if w.launched is not None and w.destroyed is not None]
    counted: dict[str, list[Window]] = defaultdict(list)
    left_out: dict[str, list[Window]] = defaultdict(list)
    for window in complete:
        target, _ = weapons.sort(window.weapon)
        (left_out[window.weapon] if target == NO_CLASS else counted[target]).append(window)
    if not counted:
        raise InputError(
            "no row counts for a target class",
            file=path,
            field="model",
            allowed=", ".join(n for n, c in weapons.class_of.items() if c != NO_CLASS),
        )
    days = sorted(w.day for w in windows)
    return CombatRecords(
        source=weapons.source,
        citation=weapons.citation,
        retrieved=retrieved,
        method=METHOD,
        traps=weapons.traps,
        file={"sha256": sha256(data), "rows": len(windows), "first": days[0], "last": days[-1]},
        incomplete=len(windows) - len(complete),
        overfull=sum(_known(w.destroyed) + _known(w.lost) > _known(w.launched) for w in complete),
        classes={
            entry.id: _record(entry.id, counted[entry.id])
            for entry in load_catalogue().of_kind("target_class")
            if entry.id in counted
        },
        left_out=tuple(
            LeftOut(
                name,
                len(rows),
                sum(_known(w.launched) for w in rows),
                sum(_known(w.destroyed) for w in rows),
                weapons.sort(name)[1],
            )
            for name, rows in sorted(
                left_out.items(), key=lambda item: (-sum(_known(w.launched) for w in item[1]), item)
            )
        ),
    )


def differences(shipped: CombatRecords, found: CombatRecords) -> list[str]:
    """What differs between two derivations, a sentence each; empty if nothing does."""
    said = []
    for target in dict.fromkeys([*shipped.classes, *found.classes]):
        one, two = shipped.classes.get(target), found.classes.get(target)
        if one is None or two is None:
            said.append(f"{target}: only in {'the file' if one is None else 'the shipped table'}")
            continue
        periods = {
            "all periods": (one.pooled, two.pooled),
            **{
                period: (one.half_years.get(period), two.half_years.get(period))
                for period in sorted({*one.half_years, *two.half_years})
            },
        }
        for period, (old, new) in periods.items():
            before, after = _facts(old), _facts(new)
            changed = [
                f"{key.replace('_', ' ')} {before.get(key)} -> {after.get(key)}"
                for key in dict.fromkeys([*before, *after])
                if before.get(key) != after.get(key)
            ]
            if changed:
                said.append(f"{target}, {period}: {', '.join(changed)}")
    if [row.as_dict() for row in shipped.left_out] != [row.as_dict() for row in found.left_out]:
        old_n, new_n = (sum(r.windows for r in x.left_out) for x in (shipped, found))
        said.append(f"left out: {old_n} -> {new_n} windows, or other reasons")
    return said


def records_yaml(records: CombatRecords) -> str:
    """The file that `load_records` reads, with its attribution on top."""
    body = yaml.safe_dump(records.as_dict(), sort_keys=False, allow_unicode=True, width=110)
    return (
        "# Shares shot down in combat, by target class and half-year. Written by\n"
        "# `skyshade records FILE.csv`, not by hand. `citation` says what they are derived from.\n"
        f"{body}"
    )


def records_csv(records: CombatRecords) -> str:
    """One row per class and half-year, and one per class over all periods."""
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\n")
    counts = list(next(iter(records.classes.values())).pooled.as_dict())
    table.writerow(["target", "period", *counts[:-1], "rho_low", "rho", "rho_high"])
    for target, record in records.classes.items():
        for period, count in {**record.half_years, "all": record.pooled}.items():
            row = count.as_dict()
            rho = row.pop("rho") or (None, None, None)
            table.writerow([target, period, *row.values(), *rho])
    return out.getvalue()


# ------------------------------------------------------------------------------- reading the file


def read_windows(text: str, file: str | Path = "<text>") -> list[Window]:
    """The rows of the table.

    Raises
    ------
    InputError : a column is missing, a value is not what it should be, or there is no row; with
        file, line, field and value.
    """
    rows = csv.reader(io.StringIO(text, newline=""))
    windows = []
    try:
        column = _columns(next(rows, []))
        for row in rows:
            if not row:
                continue
            if len(row) <= max(column.values()):
                raise InputError("too few values in the row", value=",".join(row))
            windows.append(_window({name: row[i].strip() for name, i in column.items()}))
    except InputError as error:
        raise error.at(file=file, line=rows.line_num or 1) from None
    except csv.Error as error:
        raise InputError(f"not a table: {error}", file=file, line=rows.line_num) from None
    if not windows:
        raise InputError("there are no attack windows in it", file=file, line=rows.line_num)
    return windows


def _columns(heading: Sequence[str]) -> dict[str, int]:
    names = [name.strip() for name in heading]
    if not any(names):
        raise InputError("the file is empty", allowed=f"a heading with {', '.join(COLUMNS)}")
    if len(names) == 1 and ";" in names[0]:
        raise InputError(
            "the columns are separated by semicolons",
            value=names[0],
            allowed="commas",
        )
    for name in COLUMNS:
        if names.count(name) != 1:
            problem = "this column is missing" if name not in names else "this column stands twice"
            raise InputError(problem, field=name, value=",".join(names), allowed=", ".join(COLUMNS))
    return {name: names.index(name) for name in COLUMNS}


def _window(row: Mapping[str, str]) -> Window:
    day = _DAY.fullmatch(row["time_start"])
    if day is None:
        raise InputError(
            "not a day",
            field="time_start",
            value=row["time_start"],
            allowed="YYYY-MM-DD or YYYY-MM-DD hh:mm, from 2000 on",
        )
    if not row["model"].isprintable() or not 0 < len(row["model"]) <= LONGEST:
        raise InputError(
            "not the name of a weapon",
            field="model",
            value=row["model"],
            allowed=f"1 to {LONGEST} printable characters",
        )
    launched, destroyed, lost = (_number(row, key) for key in COLUMNS[2:])
    if launched is not None:
        for key, value in (("destroyed", destroyed), ("not_reach_goal", lost)):
            if value is not None and value > launched:
                raise InputError(
                    "more than were launched", field=key, value=value, allowed=f"0 to {launched}"
                )
    return Window("-".join(day.groups()[:3]), row["model"], launched or None, destroyed, lost)


def _number(row: Mapping[str, str], key: str) -> int | None:
    if not row[key]:
        return None
    value = plain_number(row[key])
    whole = -1 if value is None else int(value)
    if value != whole or not 0 <= whole <= MOST:
        raise InputError(
            "not a whole number from 0 up", field=key, value=row[key], allowed=f"0 to {MOST:,}"
        )
    return whole


# ------------------------------------------------------------------------------------- adding up


def _record(target: str, windows: Iterable[Window]) -> ClassRecord:
    by_half: dict[str, list[Window]] = defaultdict(list)
    names: dict[str, int] = defaultdict(int)
    for window in windows:
        by_half[window.half_year].append(window)
        names[window.weapon] += _known(window.launched)
    return ClassRecord(
        target,
        tuple(sorted(names, key=lambda name: (-names[name], name))),
        _count([w for rows in by_half.values() for w in rows]),
        {half: _count(by_half[half]) for half in sorted(by_half)},
    )


def _count(windows: Sequence[Window]) -> Count:
    launched = [_known(w.launched) for w in windows]
    destroyed = [_known(w.destroyed) for w in windows]
    lost = [w.lost for w in windows if w.lost is not None]
    rho = intra_class_correlation(destroyed, launched)
    return Count(
        len(windows),
        sum(launched),
        sum(destroyed),
        sum(lost) if lost else None,
        None if rho is None else (round(rho[0], 3), round(rho[1], 3), round(rho[2], 3)),
    )


def _known(number: int | None) -> int:
    return number or 0


def _facts(count: Count | None) -> dict[str, object]:
    return {} if count is None else count.as_dict()
