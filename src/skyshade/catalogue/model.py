"""What the catalogue holds: entries, their figures, and the sources behind them. All values SI."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from skyshade.errors import InputError, did_you_mean, unknown_name
from skyshade.shown import Shown, count

Confidence = Literal["high", "medium", "low"]
Kind = Literal[
    "system",
    "fire_unit",
    "command_post",
    "radar",
    "launcher",
    "missile",
    "organisation",
    "target_class",
]
Duty = Literal["acquisition", "engagement"]  # of a radar in its system
# of a target class: which of a missile's kill probabilities speak about it
Category = Literal["aircraft", "uav", "cruise", "supersonic", "ballistic", "hypersonic"]

MEMORY = "memory"  # recalled, not read in any source
NOT_FOUND = "not_found"  # the one source of an unknown


@dataclass(frozen=True)
class Source:
    """Where a figure was read, and how much of it: `seen` is full, excerpt, secondary or no."""

    id: str
    title: str
    seen: Literal["full", "excerpt", "secondary", "no"]
    outlet: str = ""
    date: str = ""
    url: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Published:
    """A value as published: what a figure and its alternatives have in common.

    `value`, `low` and `high` are in `unit`: m, m/s, s, Hz, m2, kg, deg, USD, or "1" for counts and
    fractions. A text (guidance, role) has unit "" and no bounds. `value` is None for an unknown and
    for an alternative that is only a range. `at` holds the circumstances that a model needs as
    numbers, their unit in the name, e.g. ``{"rcs_m2": 4.0}`` for a detection range.
    """

    value: float | str | None
    unit: str
    low: float | None
    high: float | None
    sources: tuple[str, ...]
    confidence: Confidence
    condition: str = ""
    at: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Refuse bounds out of order, and too much confidence in what is only recalled."""
        number = None if isinstance(self.value, str) else self.value
        ladder = [x for x in (self.low, number, self.high) if x is not None]
        if ladder != sorted(ladder):
            raise InputError("low <= value <= high does not hold", value=ladder)
        if self.is_memory_only and self.confidence != "low":
            raise InputError(
                "a figure from memory only cannot be better than low", value=self.confidence
            )

    @property
    def is_unknown(self) -> bool:
        """No value was found; bounds, if there are any, only say what is worth sweeping."""
        return self.sources == (NOT_FOUND,)

    @property
    def is_memory_only(self) -> bool:
        """Recalled, not read in any source."""
        return set(self.sources) == {MEMORY}

    @property
    def is_weak(self) -> bool:
        """Not to be shown as a plain fact: low confidence, from memory only, or unknown."""
        return self.confidence == "low" or self.is_memory_only or self.is_unknown

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Lowest and highest credible value (a missing end is the value); None without number."""
        number = None if isinstance(self.value, str) else self.value
        low = number if self.low is None else self.low
        high = number if self.high is None else self.high
        return None if low is None or high is None else (low, high)


@dataclass(frozen=True, kw_only=True)
class Alternative(Published):
    """A published value that is not the default, and why not."""

    why_not: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Figure(Shown, Published):
    """One quantity of an entry: the default, why it is the default, and what else is published."""

    key: str
    title: str
    why: str
    alternatives: tuple[Alternative, ...] = ()

    @property
    def _in_short(self) -> str:
        return f"{self.title}, {self.value} {self.unit}, confidence {self.confidence}"

    @property
    def number(self) -> float:
        """The value in SI.

        Raises
        ------
        InputError : the figure is unknown, or a text.
        """
        if isinstance(self.value, float):
            return self.value
        if self.value is None:
            raise InputError(f"no {self.title} is published; give a value", hint=self.why)
        raise InputError(f"the {self.title} is not a number", value=self.value)


@dataclass(frozen=True, repr=False)
class Entry(Shown):
    """A system, one of its parts, a unit, or a target class, with its figures in file order.

    `duties` is of a radar only: what it does at every site of its system. A radar without duties
    is an addition, which a site has only where its scenario says so.

    `uses` names parts of other systems that a system has as well: a radar, a missile.

    `category` is of a target class only. `like` names the class whose combat records speak about a
    class of targets that has none, or the missile whose figures a missile has that lacks its own.

    `origin` and `line` say where an entry of the user's stands; "" and 0 if it is shipped.
    """

    id: str
    title: str
    kind: Kind
    figures: Mapping[str, Figure]
    part_of: str | None = None
    aliases: tuple[str, ...] = ()
    duties: tuple[Duty, ...] = ()
    uses: tuple[str, ...] = ()
    category: Category | None = None
    like: str | None = None
    origin: str = ""
    line: int = 0

    @property
    def is_users(self) -> bool:
        """The entry comes from a file of the user's."""
        return bool(self.origin)

    @property
    def _in_short(self) -> str:
        return f"{self.id}, {self.title}, {count(len(self.figures), 'figure')}"

    def figure(self, key: str) -> Figure:
        """The figure of that name (case, hyphen and underscore do not matter).

        Raises
        ------
        InputError : this entry has no such figure; names those it has.
        """
        found = {folded(k): figure for k, figure in self.figures.items()}.get(folded(key))
        if found is None:
            raise unknown_name(f"figure of {self.id}", key, self.figures)
        return found


@dataclass(frozen=True, repr=False, eq=False)
class Catalogue(Shown):
    """All entries and sources; `version` identifies the data (it changes with every byte).

    `folders` are those of the user whose entries add to the shipped ones or take their place, each
    with the version of what it holds.
    """

    entries: Mapping[str, Entry]
    sources: Mapping[str, Source]
    version: str
    folders: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def _in_short(self) -> str:
        return (
            f"{count(len(self.sources), 'source')}, {len(self.entries)} entries, version "
            f"{self.version}"
        )

    def entry(self, name: str, kind: Kind | None = None) -> Entry:
        """The entry of that id or alias (case, hyphen, underscore and space do not matter).

        Parameters
        ----------
        kind : of this kind; by default of any.

        Raises
        ------
        InputError : no such entry, or one of another kind; names what there is and the nearest.
        """
        found = self._by_name.get(folded(name))
        if found is not None and kind in (None, found.kind):
            return found
        entries = tuple(self.entries.values()) if kind is None else self.of_kind(kind)
        ids = [entry.id for entry in entries]
        what = "catalogue entry" if kind is None else kind.replace("_", " ")
        if found is not None:
            raise InputError(
                f"must be of kind {what}, not {found.kind.replace('_', ' ')}",
                value=name,
                allowed=", ".join(sorted(ids)),
            )
        error = unknown_name(what, name, ids)
        known = [*ids, *(alias for entry in entries for alias in entry.aliases)]
        raise InputError(error.problem, allowed=error.allowed, hint=did_you_mean(name, known))

    @property
    def identity(self) -> str | dict[str, object]:
        """What a manifest says of it: the version, and that of each of the user's folders."""
        if not self.folders:
            return self.version
        return {"version": self.version, "folders": dict(self.folders)}

    def fire_unit_of(self, system: str) -> Entry:
        """The entry that says what one fire unit of a system can do.

        Raises
        ------
        InputError : no such system; it has no fire unit, so nothing of it can shoot.
        """
        parent = self.entry(system, "system").id
        for entry in self.children(parent):
            if entry.kind == "fire_unit":
                return entry
        raise InputError(
            f"the system {parent} has no fire unit, so it cannot be modelled",
            allowed=", ".join(
                e.id
                for e in self.of_kind("system")
                if any(c.kind == "fire_unit" for c in self.children(e.id))
            ),
            hint=f"Add an entry of kind fire_unit with 'part_of: {parent}'.",
        )

    def radar_of(self, system: str, duty: Duty) -> Entry:
        """The radar that has a duty in a system.

        Raises
        ------
        InputError : no such system; the catalogue gives none of its radars that duty.
        """
        parent = self.entry(system, "system").id
        for entry in self.children(parent):
            if duty in entry.duties:
                return entry
        raise InputError(
            f"the catalogue lists no {duty} radar of {parent}; name one",
            allowed=", ".join(entry.id for entry in self.of_kind("radar")),
        )

    def children(self, name: str) -> tuple[Entry, ...]:
        """The entries that are directly part of the named one or used by it, in catalogue order."""
        parent = self.entry(name)
        return tuple(
            entry
            for entry in self.entries.values()
            if entry.part_of == parent.id or entry.id in parent.uses
        )

    def of_kind(self, *kinds: Kind) -> tuple[Entry, ...]:
        """The entries of these kinds, in catalogue order."""
        return tuple(entry for entry in self.entries.values() if entry.kind in kinds)

    def figure(self, name: str) -> Figure:
        """The figure of that entry and key, joined by a dot: "40N6E.range_max".

        Raises
        ------
        InputError : no such entry, or it has no such figure.
        """
        entry, _, key = name.rpartition(".")
        return self.entry(entry).figure(key)

    @cached_property
    def _by_name(self) -> dict[str, Entry]:
        return {
            folded(name): entry
            for entry in self.entries.values()
            for name in (entry.id, *entry.aliases)
        }

    def sources_of(self, figures: Iterable[Figure]) -> tuple[Source, ...]:
        """The sources that these figures and their alternatives name, in catalogue order."""
        named = {
            source
            for figure in figures
            for published in (figure, *figure.alternatives)
            for source in published.sources
        }
        return tuple(source for id, source in self.sources.items() if id in named)


def folded(name: str) -> str:
    """The form in which names are compared: "HQ 9B", "hq-9b" and "hq_9b" are one name.

    >>> folded("Subsonic_Cruise missile")
    'subsonic-cruise-missile'
    """
    return "-".join(name.casefold().replace("_", " ").replace("-", " ").split())
