"""What a sweep can vary, and how a sweep is written: `n_targets=1:400`, `p_kill=0.5:0.9:5`.

A field is one of the named ones here, which change a raid as a whole, or any numeric field of the
scenario by its path.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from skyshade.engagement.compile import no_raid
from skyshade.errors import InputError
from skyshade.scenario.group import MAX_TARGETS, Arrival, Group
from skyshade.scenario.numeric import nearest, numeric_field, numeric_names
from skyshade.scenario.part import Part
from skyshade.scenario.quantities import without_unit
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import Scenario
from skyshade.terrain.model import Altitude
from skyshade.units import Dimension, parse_quantity
from skyshade.yamlfile import Path_

MAX_POINTS = 100_000
FLAG = "--sweep"
Changes = dict[Path_, Any]  # path into the scenario -> value


@dataclass(frozen=True)
class Field:
    """A thing that a sweep can vary.

    Attributes
    ----------
    label : for axes of figures, without the unit.
    unit : SI; empty for a count.
    low, high : bounds of sensible values (SI).
    whole : whether a value must be a whole number.
    apply : how a scenario with a raid changes for a value.
    is_approach : whether it says from where, how high or where to the targets fly. Sentences name
        no value of such a field.
    is_bearing : whether values that differ by 360 degrees are the same.
    """

    name: str
    label: str
    dimension: Dimension
    unit: str
    low: float
    high: float
    whole: bool
    apply: Callable[[Raid, float], Changes]
    is_approach: bool = False
    is_bearing: bool = False


@dataclass(frozen=True)
class Axis:
    """A field and the values (SI) that it takes, rising or as listed.

    Attributes
    ----------
    values : each; none if it is any value between two ends.
    span : the ends, if so.
    """

    field: Field
    values: tuple[float, ...] = ()
    span: tuple[float, float] | None = None

    @property
    def ends(self) -> tuple[float, ...]:
        """Values that stand for all others when settings are checked."""
        return self.values if self.span is None else self.span

    @property
    def varies(self) -> bool:
        """Whether it has more than one value."""
        return len(self.ends) > 1

    def at(self, u: float) -> float:
        """The value at a quantile from 0 up to, not including, 1."""
        if self.span is None:
            return self.values[int(u * len(self.values))]
        low, high = self.span
        return min(max(float(f"{low + u * (high - low):.8g}"), low), high)


def _of_groups(raid: Raid, key: str, value: Callable[[Group], Any]) -> Changes:
    """A field of the groups that are not friendly; None leaves a group as it is."""
    found = {
        ("raid", "groups", i, key): value(group)
        for i, group in enumerate(raid.groups)
        if not group.friendly
    }
    return {path: new for path, new in found.items() if new is not None}


def _n_targets(raid: Raid, value: float) -> Changes:
    """The number of targets that are not friendly, shared out as the raid shares them."""
    hostile = [g for g in raid.groups if not g.friendly]
    total, wanted = sum(g.count for g in hostile), round(value)
    exact = [wanted * g.count / total for g in hostile]
    counts = [math.floor(e) for e in exact]
    rest = sorted(range(len(exact)), key=lambda i: (counts[i] - exact[i], i))
    for i in rest[: wanted - sum(counts)]:
        counts[i] += 1
    left = {g.id: n for g, n in zip(hostile, counts, strict=True)}
    groups = [
        g if g.friendly else _of_size(g, left[g.id])
        for g in raid.groups
        if g.friendly or left[g.id] > 0
    ]
    return {("raid", "groups"): groups}


def _of_size(group: Group, count: int) -> Group:
    """The group with that many targets; it has no more waves than targets."""
    if count == group.count:
        return group
    arrival = group.arrival
    if count < 2 and arrival.waves is not None:
        arrival = Arrival(start_s=arrival.start_s)
    elif arrival.waves is not None:
        arrival = arrival.model_copy(update={"waves": min(arrival.waves, count)})
    return group.model_copy(update={"count": count, "arrival": arrival})


def _bearing(raid: Raid, value: float) -> Changes:
    """The raid turned as a whole until its first group with a bearing has this one."""
    first = next((g.bearing_deg for g in raid.groups if g.bearing_deg is not None), None)
    if first is None:
        raise InputError("no group of this raid has a bearing")

    def turned(group: Group) -> float | None:
        return None if group.bearing_deg is None else (group.bearing_deg - first + value) % 360

    return _of_groups(raid, "bearing", turned)


def _altitude(raid: Raid, value: float) -> Changes:
    if all(g.profile == "ballistic" for g in raid.groups if not g.friendly):
        raise InputError("no group of this raid flies level")
    level = Altitude(value, "agl")
    return _of_groups(raid, "altitude", lambda g: None if g.profile == "ballistic" else level)


def _interval(raid: Raid, value: float) -> Changes:
    if not any(g.arrival.interval_s for g in raid.groups):
        raise InputError("no group of this raid has an interval")

    def spread(group: Group) -> Arrival | None:
        if group.arrival.interval_s is None:
            return None
        return group.arrival.model_copy(update={"interval": value})

    return _of_groups(raid, "arrival", spread)


def _defence(name: str) -> Callable[[Raid, float], Changes]:
    """Sets a field of the defence at every site."""

    def apply(raid: Raid, value: float) -> Changes:
        return {("raid", "defence", name): round(value)} | _of_sites(raid, name)

    return apply


def _rule(name: str) -> Callable[[Raid, float], Changes]:
    """Sets a rule of every site."""
    return lambda raid, value: {("raid", "rules", name): value} | _of_sites(raid, name)


def _p_kill(raid: Raid, value: float) -> Changes:
    return {("raid", "rules", "kill_probability"): {"all": value}}


def _salvo(raid: Raid, value: float) -> Changes:
    doctrine: dict[str, Any] = (
        {"doctrine": "shoot-look-shoot"}
        if value == 1
        else {"doctrine": "shoot-shoot", "salvo": round(value)}
    )
    rules = _without(raid.rules, "salvo", "doctrine") | doctrine
    return {("raid", "rules"): rules} | _of_sites(raid, "salvo", "doctrine")


def _of_sites(raid: Raid, *names: str) -> Changes:
    """The settings of single sites without some fields, so that the common ones hold there."""
    sites = {
        site: _without(own, "rules", *names) | {"rules": _without(own.rules, *names)}
        for site, own in raid.sites.items()
    }
    return {("raid", "sites"): sites} if sites else {}


def _without(part: Part, *names: str) -> dict[str, Any]:
    """The fields that a part sets, without some of them."""
    return {f: getattr(part, f) for f in part.model_fields_set if without_unit(f) not in names}


FIELDS: Mapping[str, Field] = {
    f.name: f
    for f in (
        Field("n_targets", "number of targets", "count", "", 1, MAX_TARGETS, True, _n_targets),
        Field("p_kill", "single-shot kill probability", "fraction", "", 0, 1, False, _p_kill),
        Field(
            "fire_units", "fire units per site", "count", "", 1, 12, True, _defence("fire_units")
        ),
        Field(
            "channels", "fire channels of a unit", "count", "", 1, 1000, True, _defence("channels")
        ),
        Field(
            "guidance_channels",
            "guidance channels of a unit",
            "count",
            "",
            1,
            1000,
            True,
            _defence("guidance_channels"),
        ),
        Field("launchers", "launchers of a unit", "count", "", 1, 64, True, _defence("launchers")),
        Field("salvo", "missiles per salvo", "count", "", 1, 16, True, _salvo),
        Field(
            "reaction_time", "reaction time", "time", "s", 0, 3600, False, _rule("reaction_time")
        ),
        Field(
            "assessment_delay",
            "kill assessment delay",
            "time",
            "s",
            0,
            3600,
            False,
            _rule("assessment_delay"),
        ),
        Field(
            "launch_interval",
            "launch interval of a launcher",
            "time",
            "s",
            0,
            3600,
            False,
            _rule("launch_interval"),
        ),
        Field("interval", "interval between targets", "time", "s", 0.01, 86_400, False, _interval),
        Field(
            "bearing",
            "approach azimuth",
            "angle",
            "deg",
            0,
            360,
            False,
            _bearing,
            is_approach=True,
            is_bearing=True,
        ),
        Field(
            "altitude",
            "altitude above ground",
            "length",
            "m",
            10,
            40_000,
            False,
            _altitude,
            is_approach=True,
        ),
    )
}


# keys of a group that say from where, how high or where to its targets fly
APPROACH = frozenset({"bearing", "altitude", "apogee", "distance", "path", "aim"})


def field_of(name: str, scenario: Scenario | None = None) -> Field:
    """The field of this name: a named one, or a numeric field of the scenario by its path.

    Raises
    ------
    InputError : no such field (with the nearest names), or one that is not a number.
    """
    if name in FIELDS:
        return FIELDS[name]
    if scenario is None:
        raise _unknown(name, FIELDS)
    try:
        found = numeric_field(scenario, name)
    except InputError as error:
        if "." not in name and "[" not in name:
            raise _unknown(name, [*FIELDS, *numeric_names(scenario)]) from None
        raise error.at(field=FLAG) from None
    of_group = found.path[:2] == ("raid", "groups")
    reader = found.reader
    return Field(
        found.name,
        found.label,
        reader.dimension,
        found.unit,
        reader.low,
        reader.high,
        reader.whole,
        lambda _, value: dict(found.changes(value)),
        of_group and not APPROACH.isdisjoint(found.path[3:]),
        of_group and found.path[-1] == "bearing",
    )


def _unknown(name: str, known: Iterable[str]) -> InputError:
    return InputError(
        f"unknown field of a sweep {name!r}",
        field=FLAG,
        allowed=f"{', '.join(FIELDS)}, or the path of a numeric field of the scenario",
        hint=nearest(name, known),
    )


def parse_axis(text: str, scenario: Scenario | None = None) -> Axis:
    """Read `field=low:high`, `field=low:high:number` or `field=value,value`; units may be given.

    A count without a number takes every whole number between its ends; any other field without a
    number takes any value between them, which a grid cannot have. A bearing of 360 degrees is left
    out of a range that has 0.

    Parameters
    ----------
    scenario : needed for fields that are named by their path.

    Raises
    ------
    InputError : unknown field; no range, an empty or a reversed one; values out of bounds.

    Examples
    --------
    >>> parse_axis("p_kill=0.5:0.9:3").values
    (0.5, 0.7, 0.9)
    >>> parse_axis("reaction_time=5,10 s").values
    (5.0, 10.0)
    """
    name, equals, what = (part.strip() for part in text.partition("="))
    field = field_of(name, scenario)
    usage = f"{name}=LOW:HIGH{'' if field.whole else ':NUMBER'} or {name}=VALUE,VALUE"
    if not equals or not what:
        raise InputError("no values", field=FLAG, value=text, allowed=usage)
    if ":" not in what:
        values = [_value(field, part, text) for part in what.split(",")]
        if len(_distinct(field, values)) < len(values):
            raise InputError("a value is listed twice", field=FLAG, value=text)
        return Axis(field, tuple(values))
    return _range(field, what, text, usage)


def _range(field: Field, what: str, text: str, usage: str) -> Axis:
    """The axis of LOW:HIGH or LOW:HIGH:NUMBER."""
    parts = what.split(":")
    if len(parts) > 3:
        raise InputError("not a range", field=FLAG, value=text, allowed=usage)
    low, high = _value(field, parts[0], text), _value(field, parts[1], text)
    if not low < high:
        raise InputError(
            "the range is empty" if low == high else "the range is reversed",
            field=FLAG,
            value=text,
            allowed="LOW below HIGH",
        )
    if len(parts) == 2 and not field.whole:
        return Axis(field, span=(low, high))
    number = round(high - low) + 1
    if len(parts) == 3:
        if not parts[2].strip().isdigit() or not 2 <= int(parts[2]) <= MAX_POINTS:
            raise InputError(
                "not a number of values", field=FLAG, value=text, allowed=f"2 to {MAX_POINTS:,}"
            )
        number = int(parts[2])
    if number > MAX_POINTS:
        raise InputError(
            "too many values", field=FLAG, value=text, allowed=f"at most {MAX_POINTS:,}"
        )
    values = np.linspace(low, high, number).round(12).tolist()
    if field.whole:
        values = sorted({float(round(v)) for v in values})
    return Axis(field, tuple(_distinct(field, values)))


def _distinct(field: Field, values: list[float]) -> list[float]:
    """The values without those that say the same once more."""
    kept: dict[float, float] = {}
    for value in values:
        kept.setdefault(value % 360 if field.is_bearing else value, value)
    return list(kept.values())


def _value(field: Field, part: str, text: str) -> float:
    try:
        value = parse_quantity(part.strip(), field.dimension, bounds=(field.low, field.high))
    except InputError as error:
        raise InputError(
            error.problem, field=FLAG, value=text, allowed=error.allowed, hint=error.hint
        ) from None
    if field.whole and value != round(value):
        raise InputError("not a whole number", field=FLAG, value=text)
    return value


def at_point(scenario: Scenario, settings: Mapping[str, float]) -> Scenario:
    """The scenario with its raid changed to these settings, fields by name in SI.

    Raises
    ------
    InputError : settings that the raid cannot have.
    """
    for name, value in settings.items():
        if scenario.raid is None:
            raise no_raid(scenario)
        try:
            scenario = scenario.with_(field_of(name, scenario).apply(scenario.raid, value))
        except InputError as error:
            own = error.field not in (None, FLAG, name)
            raise InputError(
                f"{error.field}: {error.problem}" if own else error.problem,
                field=f"{FLAG} {name}={value:g}",
                value=error.value,
                allowed=error.allowed,
                hint=error.hint,
            ) from None
    return scenario
