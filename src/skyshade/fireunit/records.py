"""What combat says about kill probabilities: shares shot down by class, and rates per missile.

`data/combat_records.yaml` is written by `skyshade records` from a public file of attack windows.
`data/combat_rates.yaml` holds what else is published, by hand, and which class stands in for one
without records.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyshade.catalogue import Catalogue, load_catalogue
from skyshade.catalogue.node import Node, read_file
from skyshade.errors import InputError

SHIPPED = Path(__file__).parent / "data" / "combat_records.yaml"
RATES = Path(__file__).parent / "data" / "combat_rates.yaml"
LEAST_LAUNCHED = 20  # in a half-year, so that its share says something: +- 20 points at most


@dataclass(frozen=True)
class Count:
    """Targets of one class in some attack windows.

    Attributes
    ----------
    windows, launched, destroyed : number of rows of the records, of targets, of those shot down.
    lost : targets that did not reach their goal for other reasons (jammed, fell); None where no
        window says so.
    rho : low, estimate, high of the intra-class correlation between the targets of one window
        (beta-binomial, maximum likelihood, 95 % interval by profile likelihood), 0 to 1; None
        where the counts say nothing about it.
    """

    windows: int
    launched: int
    destroyed: int
    lost: int | None = None
    rho: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        """Refuse counts that contradict each other."""
        if self.windows < 1 or self.launched < 1:
            raise InputError("needs a window with a launch", value=self.launched)
        if self.destroyed > self.launched:
            raise InputError(
                "more destroyed than launched",
                field="destroyed",
                value=self.destroyed,
                allowed=f"0 to {self.launched}",
            )
        if self.rho is not None and not 0 <= self.rho[0] <= self.rho[1] <= self.rho[2] <= 1:
            raise InputError("0 <= low <= value <= high <= 1 does not hold", value=list(self.rho))

    @property
    def share(self) -> float:
        """Shot down, of all launched."""
        return self.destroyed / self.launched

    @property
    def cautious_share(self) -> float:
        """The share with half a kill in one launch more: never 0, so that no weapon is useless.

        It is the mean of Jeffreys' posterior, (k + 1/2) / (n + 1).
        """
        return (self.destroyed + 0.5) / (self.launched + 1)

    @property
    def share_unlost(self) -> float | None:
        """Shot down, of those launched that did not get lost; None where that is not listed."""
        left = self.launched - (self.lost or 0)
        return None if self.lost is None or left < self.destroyed else self.destroyed / left

    def as_dict(self) -> dict[str, Any]:
        """Plain data, shares rounded to what the counts can bear."""
        return {
            "windows": self.windows,
            "launched": self.launched,
            "destroyed": self.destroyed,
            "not_reach_goal": self.lost,
            "share": round(self.share, 4),
            "share_without_lost": _rounded(self.share_unlost),
            "rho": None if self.rho is None else [round(v, 3) for v in self.rho],
        }


@dataclass(frozen=True)
class ClassRecord:
    """The records of one target class.

    Attributes
    ----------
    target : id of the catalogue.
    weapons : names in the records that count for it.
    pooled : all windows together; half_years : by "2024-H1", in order of time.
    """

    target: str
    weapons: tuple[str, ...]
    pooled: Count
    half_years: Mapping[str, Count]

    @property
    def telling(self) -> dict[str, Count]:
        """The half-years with launches enough; all windows together where there is none."""
        found = {k: c for k, c in self.half_years.items() if c.launched >= LEAST_LAUNCHED}
        return found or {"all periods": self.pooled}

    @property
    def worst(self) -> tuple[str, Count]:
        """The half-year with the lowest share, and its counts."""
        return min(self.telling.items(), key=lambda item: item[1].share)

    @property
    def band(self) -> tuple[float, float, float]:
        """Lowest half-year, all periods, highest half-year of the share shot down."""
        shares = [c.share for c in self.telling.values()]
        return min(*shares, self.pooled.share), self.pooled.share, max(*shares, self.pooled.share)

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "weapons": list(self.weapons),
            "pooled": self.pooled.as_dict(),
            "half_years": {k: c.as_dict() for k, c in self.half_years.items()},
        }


@dataclass(frozen=True)
class LeftOut:
    """A weapon of the records that enters no share, and why."""

    weapon: str
    windows: int
    launched: int
    destroyed: int
    why: str

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "weapon": self.weapon,
            "windows": self.windows,
            "launched": self.launched,
            "destroyed": self.destroyed,
            "why": self.why,
        }


@dataclass(frozen=True)
class CombatRecords:
    """Shares shot down in combat, by target class, as derived from one public file.

    Attributes
    ----------
    source : id of the catalogue's source; citation, traps : to be shown wherever the shares are.
    retrieved : when the file was fetched, "" if not said.
    file : what identifies the file: sha256, rows, first and last day a window began on.
    incomplete : rows without a number launched or destroyed, left out.
    overfull : rows with more shot down and lost together than launched, kept.
    """

    source: str
    citation: str
    retrieved: str
    method: str
    traps: tuple[str, ...]
    file: Mapping[str, str | int]
    incomplete: int
    overfull: int
    classes: Mapping[str, ClassRecord]
    left_out: tuple[LeftOut, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data, in the order of the shipped file."""
        return {
            "source": self.source,
            "citation": self.citation,
            "retrieved": self.retrieved,
            "method": self.method,
            "traps": list(self.traps),
            "file": dict(self.file),
            "incomplete_rows": self.incomplete,
            "overfull_rows": self.overfull,
            "classes": {k: r.as_dict() for k, r in self.classes.items()},
            "left_out": [row.as_dict() for row in self.left_out],
        }


@dataclass(frozen=True)
class Rate:
    """Missiles fired and targets killed in combat: a rate for each missile."""

    about: str
    fired: int
    killed: int
    source: str
    confidence: str
    differs: str

    @property
    def value(self) -> float:
        """Kills for each missile fired."""
        return self.killed / self.fired


@dataclass(frozen=True)
class StandIn:
    """The class whose records another one takes, and why."""

    target: str
    why: str


@dataclass(frozen=True)
class Rates:
    """What is published beside the records: rates by class, and stand-ins by class."""

    rates: Mapping[str, Rate]
    stand_ins: Mapping[str, StandIn]


@functools.cache
def shipped_records() -> CombatRecords:
    """The shares that the package ships."""
    return load_records(SHIPPED)


@functools.cache
def shipped_rates() -> Rates:
    """The rates and stand-ins that the package ships."""
    return load_rates(RATES)


def load_records(file: Path) -> CombatRecords:
    """The shares in a file that `skyshade records` wrote.

    Raises
    ------
    InputError : a field that is missing, unknown or out of bounds, with file and line.
    """
    catalogue = load_catalogue()
    fields = read_file(file).fields(
        required=(
            "source",
            "citation",
            "method",
            "traps",
            "file",
            "incomplete_rows",
            "overfull_rows",
            "classes",
            "left_out",
        ),
        optional=("retrieved",),
    )
    return CombatRecords(
        source=fields["source"].choice("source", catalogue.sources),
        citation=fields["citation"].text(),
        retrieved=str(fields["retrieved"].data or "") if "retrieved" in fields else "",
        method=fields["method"].text(),
        traps=tuple(fields["traps"].texts()),
        file={node.name: node.data for node in fields["file"].children()},
        incomplete=_whole(fields["incomplete_rows"]),
        overfull=_whole(fields["overfull_rows"]),
        classes={n.name: _class(n, catalogue) for n in fields["classes"].children()},
        left_out=tuple(_left_out(node) for node in fields["left_out"].elements()),
    )


def load_rates(file: Path) -> Rates:
    """Rates and stand-ins of a file.

    Raises
    ------
    InputError : a field that is missing, unknown or out of bounds, with file and line.
    """
    catalogue = load_catalogue()
    root = read_file(file).fields(required=("rates", "stand_ins"))
    rates: dict[str, Rate] = {}
    for node in root["rates"].elements():
        fields = node.fields(
            required=("classes", "about", "fired", "killed", "source", "confidence", "differs")
        )
        fired, killed = _whole(fields["fired"]), _whole(fields["killed"])
        if not 0 < killed <= fired:
            raise fields["killed"].error("out of range", value=killed, allowed=f"1 to {fired}")
        rate = Rate(
            fields["about"].text(),
            fired,
            killed,
            fields["source"].choice("source", catalogue.sources),
            fields["confidence"].choice("confidence", ("low", "medium", "high")),
            fields["differs"].text(),
        )
        rates |= {_target(c, catalogue): rate for c in fields["classes"].elements()}
    stand_ins = {}
    for node in root["stand_ins"].children():
        fields = node.fields(required=("class", "why"))
        stand_ins[node.name] = StandIn(_target(fields["class"], catalogue), fields["why"].text())
    return Rates(rates, stand_ins)


def _class(node: Node, catalogue: Catalogue) -> ClassRecord:
    if node.name not in {e.id for e in catalogue.of_kind("target_class")}:
        raise node.unknown(
            "target class", node.name, [e.id for e in catalogue.of_kind("target_class")]
        )
    fields = node.fields(required=("weapons", "pooled", "half_years"))
    return ClassRecord(
        node.name,
        tuple(fields["weapons"].texts()),
        _count(fields["pooled"]),
        {n.name: _count(n) for n in fields["half_years"].children()},
    )


def _count(node: Node) -> Count:
    fields = node.fields(
        required=("windows", "launched", "destroyed"),
        optional=("not_reach_goal", "share", "share_without_lost", "rho"),
    )
    lost, rho = fields.get("not_reach_goal"), fields.get("rho")
    return node.build(
        Count,
        windows=_whole(fields["windows"]),
        launched=_whole(fields["launched"]),
        destroyed=_whole(fields["destroyed"]),
        lost=None if lost is None or lost.data is None else _whole(lost),
        rho=None if rho is None or rho.data is None else _three(rho),
    )


def _three(node: Node) -> tuple[float, float, float]:
    values = [element.number("fraction") for element in node.elements()]
    if len(values) != 3:
        raise node.error("must be low, value and high", value=node.data)
    return values[0], values[1], values[2]


def _left_out(node: Node) -> LeftOut:
    fields = node.fields(required=("weapon", "windows", "launched", "destroyed", "why"))
    return LeftOut(
        fields["weapon"].text(),
        _whole(fields["windows"]),
        _whole(fields["launched"]),
        _whole(fields["destroyed"]),
        fields["why"].text(),
    )


def _target(node: Node, catalogue: Catalogue) -> str:
    try:
        return catalogue.entry(node.text(), "target_class").id
    except InputError as error:
        raise error.at(**node.place()) from None


def _whole(node: Node) -> int:
    if not isinstance(node.data, int) or isinstance(node.data, bool) or node.data < 0:
        raise node.error("must be a whole number, 0 or more", value=node.data)
    return node.data


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
