"""The `raid` section of a scenario: who comes, what the sites defend with, by which rules.

Generic, for evaluating a defence. What a field leaves out is taken from the catalogue.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    StrictBool,
    StringConstraints,
    model_validator,
)

from skyshade.catalogue import load_catalogue
from skyshade.errors import InputError
from skyshade.scenario.names import MissileName, MissileOrAll, TargetName
from skyshade.scenario.part import Part
from skyshade.scenario.quantities import (
    NO_LIMIT,
    AltitudeField,
    AzimuthSector,
    Frozen,
    FrozenDict,
    Identifier,
    Latitude,
    Longitude,
    Numeric,
    number,
    quantity,
    whole,
    whole_or,
    without_unit,
)

MAX_TARGETS = 4096  # of a raid: beyond it tables and scratch no longer fit a small machine
DAY_S = 86_400.0
MONTH_S = 30 * DAY_S  # the longest raid

MAX_FRONT_M = 1e7  # of targets abreast
Time = Annotated[float, quantity("time", 0, DAY_S)]
LongTime = Annotated[float, quantity("time", 0, MONTH_S)]
Chance = Annotated[float, number(0, 1)]
Count = Annotated[int, whole(1, MAX_TARGETS)]
Rounds = Annotated[
    Frozen[MissileName, Annotated[int, whole(0, 2_000)]], Field(min_length=1, max_length=16)
]


def _curve(value: Any) -> tuple[tuple[float, float], ...]:
    """A factor over something, as [[x, factor], ...] with rising x."""
    allowed = "[[x, factor], ...] with rising x and factors from 0 to 1, e.g. [[0, 1], [1, 0.6]]"
    try:
        points = tuple((float(x), float(y)) for x, y in value)
    except (TypeError, ValueError):
        raise InputError("not a curve", value=value, allowed=allowed) from None
    rising = all(a[0] < b[0] for a, b in itertools.pairwise(points))
    if len(points) < 2 or not rising or not all(0.0 <= y <= 1.0 for _, y in points):
        raise InputError("not a curve", value=value, allowed=allowed)
    return points


ShapeOver = Literal["range", "altitude", "crossing"]
Curve = Annotated[Any, BeforeValidator(_curve)]


@dataclass(frozen=True)
class _Chances(Numeric):
    """A probability, or one per target class."""

    def __call__(self, value: Any) -> Any:
        """The probability or probabilities, checked."""
        if not isinstance(value, dict):
            return super().__call__(value)
        found = {}
        for name, chance in value.items():
            try:
                load_catalogue().entry(str(name), "target_class")
                found[str(name)] = super().__call__(chance)
            except InputError as error:
                raise error.at(field=str(name)) from None
        return FrozenDict(found)


CHANCES = BeforeValidator(_Chances("fraction", 0, 1))


def _bearings(value: Any) -> Any:
    """A span of bearings, [from, to] clockwise with from < to, or `all` round."""
    allowed = "[from, to] in degrees with from < to, e.g. [250, 290 deg] or [-10, 20], or 'all'"
    if value == "all":
        return 0.0, 360.0
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise InputError("not a span of bearings", value=value, allowed=allowed)
    read = Numeric("angle", -360, 360, has_unit=True)
    low, high = (read(v) for v in value)
    if not low < high <= low + 360.0:
        reversed_ = "the span of bearings is reversed" if high < low else "not a span of bearings"
        raise InputError(reversed_, value=f"[{low:g}, {high:g}]", allowed=allowed)
    return low, high


class Waypoint(Part):
    """A place on a path; its altitude is the group's if not given."""

    lon: Longitude
    lat: Latitude
    altitude: AltitudeField | None = None


class Aim(Part):
    """What a group heads for: a defended place, or a part of a site."""

    place: Identifier | None = None
    site: Identifier | None = None
    part: Literal["radar", "command-post", "fire-unit", "none"] = "none"
    value: Annotated[float, number(0, 1e6)] = 1.0

    @model_validator(mode="after")
    def _one(self) -> Aim:
        if (self.place is None) == (self.site is None):
            raise InputError("an aim is either a place or a site")
        if self.part != "none" and self.site is None:
            raise InputError("only a site has parts", value=self.part)
        return self


class Arrival(Part):
    """When the targets of a group come.

    simultaneous: all at once; stream: one every `interval`; poisson: with exponential intervals of
    that mean; waves: `waves` equal waves, `interval` apart.
    """

    process: Literal["simultaneous", "stream", "poisson", "waves"] = "simultaneous"
    start_s: LongTime = 0.0
    interval_s: LongTime | None = None
    waves: Annotated[int, whole(2, 100)] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Arrival:
        if self.process == "simultaneous" and self.interval_s is not None:
            raise InputError("targets that come all at once have no interval", field="interval")
        if self.process != "simultaneous" and not self.interval_s:
            raise InputError("this process needs an interval of more than 0 s", value=self.process)
        if (self.process == "waves") != (self.waves is not None):
            raise InputError("the number of waves belongs to the process 'waves', and to it only")
        return self


class Jamming(Part):
    """A noise jammer on board, by how much it raises a radar's noise at a distance.

    self-screening hides the target itself; stand-off also gets into the side lobes of every radar
    in view, `side_lobe` times weaker.
    """

    kind: Literal["self-screening", "stand-off"]
    jn: Annotated[float, number(0, 1e12)]  # J/N, a ratio, in the main beam at `at`
    at_m: Annotated[float, quantity("length", 1e3, 1e6)] = 100e3
    side_lobe: Annotated[float, number(1, 1e8)] = 1e3


class Group(Part):
    """Targets of one class that come together.

    The path is a bearing (where they come from, seen from the aim) and a distance, or waypoints.
    With `bearings`, a span, the bearing is one of the raid's unknowns. Waypoints end at the aim;
    without an aim the targets leave after the last waypoint. `spacing`:
    how far apart they fly abreast. A decoy is engaged like a threat and does not count as one;
    friendly traffic is tracked and never engaged. `tracks`: a file of recorded friendly traffic,
    which gives times, places and altitudes; see docs/tracks.md.
    """

    id: Identifier
    target: TargetName
    count: Count = 1
    aim: Aim | None = None
    bearing_deg: Annotated[float, quantity("angle", -360, 360)] | None = None
    bearings_deg: Annotated[tuple[float, float], BeforeValidator(_bearings)] | None = None
    distance_m: Annotated[float, quantity("length", 1e3, 5e6)] | None = None
    path: Annotated[tuple[Waypoint, ...], Field(min_length=1, max_length=1000)] | None = None
    tracks: Annotated[str, StringConstraints(min_length=1, strict=True)] | None = None
    profile: Literal["level", "ballistic"] = "level"
    altitude: AltitudeField | None = None
    apogee_m: Annotated[float, quantity("length", 1e3, 2e6)] | None = None
    speed_mps: Annotated[float, quantity("speed", 10, 8e3)] | None = None
    spacing_m: Annotated[float, quantity("length", 0, 1e5)] = 0.0
    arrival: Arrival = Arrival()
    decoy: StrictBool = False
    friendly: StrictBool = False
    jammer: Jamming | None = None

    @model_validator(mode="after")
    def _one_path(self) -> Group:
        if self.tracks is not None:
            return self._only_tracks()
        polar = self.from_deg is not None or self.distance_m is not None
        if polar == (self.path is not None):
            raise InputError("a path is either 'bearing' and 'distance', or 'path', or 'tracks'")
        if polar and (self.from_deg is None or self.distance_m is None or self.aim is None):
            raise InputError("'bearing' and 'distance' need each other and an 'aim'")
        if self.path is not None and self.aim is None and len(self.path) < 2:
            raise InputError("a path without an aim needs two waypoints", field="path")
        if self.profile == "ballistic":
            if not polar:
                raise InputError("a ballistic arc needs 'bearing', 'distance' and 'aim'")
            if self.altitude is not None or self.speed_mps is not None:
                raise InputError(
                    "distance and apogee fix a ballistic arc; it has no other altitude or speed"
                )
        elif self.apogee_m is not None:
            raise InputError("only a ballistic arc has an apogee", field="apogee")
        if self.friendly and (self.aim is not None or self.decoy or self.jammer is not None):
            raise InputError(
                "friendly traffic has no aim, and is neither decoy nor jammer", field="friendly"
            )
        return self

    @model_validator(mode="after")
    def _narrow(self) -> Group:
        """Refuse a front that would reach around the Earth; its paths would never end."""
        if (self.count - 1) * self.spacing_m > MAX_FRONT_M:
            raise InputError(
                f"the front would be wider than {MAX_FRONT_M / 1e3:,.0f} km",
                field="spacing",
                value=f"{self.spacing_m / 1e3:g} km between {self.count} targets",
                allowed=f"at most {MAX_FRONT_M / 1e3 / (self.count - 1):.3g} km",
            )
        return self

    @model_validator(mode="after")
    def _one_bearing(self) -> Group:
        if self.bearing_deg is not None and self.bearings_deg is not None:
            raise InputError("a group has one bearing or a span of them", field="bearings")
        return self

    @property
    def from_deg(self) -> float | None:
        """The bearing that they come from: as given, or the middle of the span."""
        if self.bearings_deg is None:
            return self.bearing_deg
        return sum(self.bearings_deg) / 2 % 360.0

    def _only_tracks(self) -> Group:
        """Check that nothing else says what the file of tracks says."""
        if not self.friendly:
            raise InputError(
                "recorded traffic is friendly",
                field="tracks",
                allowed="friendly: true, which is never engaged",
            )
        beside = ("id", "target", "tracks", "friendly", "arrival")
        if twice := sorted(self.model_fields_set.difference(beside)):
            raise InputError(
                "the file of tracks says who flies where",
                field=without_unit(twice[0]),
                allowed=", ".join(beside),
            )
        if self.arrival.process != "simultaneous":
            raise InputError(
                "the file of tracks says when each aircraft comes",
                field="arrival",
                value=self.arrival.process,
                allowed="start",
            )
        return self


class Defence(Part):
    """What stands at a site.

    `load` and `stores`: rounds per missile, of one fire unit. `resupply`: rounds that come into the
    stores every `rules.resupply_interval`.
    """

    fire_units: Annotated[int, whole(1, 12)] = 1
    channels: Annotated[int, whole_or("unlimited", 1, 1000)] | None = None
    guidance_channels: Annotated[int, whole_or("unlimited", 1, 1000)] | None = None
    launchers: Annotated[int, whole(1, 64)] | None = None
    load: Rounds | None = None
    stores: Rounds | None = None
    resupply: Rounds | None = None
    tracks: Annotated[int, whole_or("unlimited", 1, 10_000)] | None = None
    emission: Literal["active", "silent"] = "active"
    engagement_sector_deg: AzimuthSector | None = None

    def with_(self, other: Defence | None) -> Defence:
        """The same, with what `other` says instead."""
        changes = {} if other is None else other.model_dump(exclude_unset=True, exclude={"rules"})
        return self.model_copy(update=changes)


class FireRules(Part):
    """How the fire units of a site shoot. docs/raid.md tells what each does."""

    doctrine: Literal["shoot-look-shoot", "shoot-shoot"] = "shoot-look-shoot"
    salvo: Annotated[int, whole(1, 16)] | None = None
    max_shots: Annotated[int, whole_or("unlimited", 1, 1000)] = NO_LIMIT
    shots_per_engagement: Annotated[int, whole_or("unlimited", 1, 1000)] = NO_LIMIT
    re_engage: StrictBool = True
    false_kill: Chance = 0.0  # a target that survived is taken for destroyed
    false_miss: Chance = 0.0  # a destroyed target is taken for alive
    reaction_time_s: Time | None = None
    assessment_delay_s: Time | None = None
    launch_interval_s: Time | None = None
    reload_time_s: Time | None = None

    @property
    def salvo_size(self) -> int:
        """Missiles launched before looking."""
        return self.salvo or (1 if self.doctrine == "shoot-look-shoot" else 2)


def _check_salvo(rules: FireRules) -> None:
    """Check that doctrine, salvo and number of shots agree."""
    if rules.doctrine == "shoot-look-shoot" and rules.salvo not in (None, 1):
        raise InputError(
            "shoot-look-shoot looks after every missile",
            field="salvo",
            value=rules.salvo,
            allowed="1, or doctrine: shoot-shoot",
        )
    if rules.doctrine == "shoot-shoot" and rules.salvo == 1:
        raise InputError(
            "shoot-shoot launches two missiles or more",
            field="salvo",
            value=1,
            allowed="2 or more, or doctrine: shoot-look-shoot",
        )
    for field in ("max_shots", "shots_per_engagement"):
        if getattr(rules, field) < rules.salvo_size:
            raise InputError(
                "fewer shots than a salvo has",
                field=field,
                value=getattr(rules, field),
                allowed=f"{rules.salvo_size} or more",
            )


class SiteSettings(Defence):
    """What is different at one site: its means, and the rules by which it shoots."""

    rules: FireRules = Field(default_factory=FireRules)


class Rules(FireRules):
    """The kill chain's rules; each can be switched off. docs/raid.md tells what each does."""

    detection: Literal["statistical", "certain"] = "statistical"
    masking: Literal["terrain", "none"] = "terrain"
    engagement_radar: Literal["required", "ignored"] = "required"
    confirm: Annotated[
        tuple[Annotated[int, whole(1, 8)], ...], Field(min_length=2, max_length=2)
    ] = (2, 3)
    coast: Annotated[int, whole_or("unlimited", 0, 1000)] = 3
    ranking: Literal["value-and-time", "value", "time", "none"] = "value-and-time"
    coordination: Literal["central", "autonomous"] = "central"
    cueing: StrictBool = True
    kill_probability: Annotated[
        Frozen[MissileOrAll, Annotated[Any, CHANCES]], Field(max_length=64)
    ] = FrozenDict()
    # what bounds the kill probabilities that are not given
    kill_evidence: Literal["combat-records", "makers-claims"] = "combat-records"
    kill_probability_shape: Annotated[Frozen[ShapeOver, Curve], Field(max_length=3)] = FrozenDict()
    # between the results of two shots of one raid at one class
    shot_correlation: Annotated[Any, CHANCES] | None = None
    losses: StrictBool = True  # a leaker destroys the part of a site that it was aimed at
    repair_time_s: Annotated[float, quantity("time", 1800, MONTH_S)] | None = None
    resupply_interval_s: Annotated[float, quantity("time", 60, MONTH_S)] = DAY_S

    @model_validator(mode="after")
    def _agree(self) -> Rules:
        m, n = self.confirm
        if m > n:
            raise InputError(
                "more detections than scans",
                field="confirm",
                value=list(self.confirm),
                allowed="[M, N] with M <= N",
            )
        _check_salvo(self)
        return self


def _check_resupply(defence: Defence, field: str) -> None:
    for name in defence.resupply or {}:
        if name not in (defence.stores or {}):
            raise InputError(
                "rounds are resupplied into stores that are not there",
                field=field,
                value=name,
                allowed="the missiles of 'stores', e.g. stores: {" + f"{name}: 0" + "}",
            )


class Raid(Part):
    """A raid on the scenario's sites and places."""

    duration_s: Annotated[float, quantity("time", 1, MONTH_S)]
    step_s: Annotated[float, quantity("time", 0.1, 60)] = 1.0  # between places of a path
    groups: Annotated[tuple[Group, ...], Field(min_length=1, max_length=1000)]
    defence: Defence = Field(default_factory=Defence)
    sites: Frozen[str, SiteSettings] = FrozenDict()
    rules: Rules = Field(default_factory=Rules)

    @model_validator(mode="after")
    def _of_use(self) -> Raid:
        everywhere = ("", *self.sites)  # "": a site of which nothing is said
        for site in everywhere:
            at = f"sites.{site}" if site else "defence"
            _check_resupply(self.defence_of(site), f"{at}.resupply")
            try:
                self._check_site(self.defence_of(site), self.rules_of(site))
            except InputError as error:
                raise error.inside(f"sites.{site}.rules" if site else "rules") from None
        if not any(self.defence_of(site).stores is not None for site in everywhere):
            for site in everywhere:
                if self.rules_of(site).reload_time_s is not None:
                    raise InputError(
                        "no site has stores, so a reload time changes nothing",
                        field=f"sites.{site}.rules.reload_time" if site else "rules.reload_time",
                        allowed="rounds in 'stores' of a site or of the common defence",
                    )
        total = sum(group.count for group in self.groups)
        if total > MAX_TARGETS:
            raise InputError(
                "too many targets",
                field="groups",
                value=total,
                allowed=f"at most {MAX_TARGETS} in all",
                hint="Scale the raid down: more targets than channels and rounds leak anyhow.",
            )
        for i, group in enumerate(self.groups):
            if group.arrival.start_s >= self.duration_s:
                raise InputError(
                    "the group comes after the raid is over",
                    field=f"groups[{i}].arrival.start",
                    value=f"{group.arrival.start_s:g} s",
                    allowed=f"less than the raid's {self.duration_s:g} s",
                )
            if (group.arrival.waves or 1) > group.count:
                raise InputError(
                    "more waves than targets",
                    field=f"groups[{i}].arrival.waves",
                    value=group.arrival.waves,
                    allowed=f"at most {group.count}",
                )
        return self

    @staticmethod
    def _check_site(defence: Defence, rules: FireRules) -> None:
        _check_salvo(rules)
        if defence.stores and rules.reload_time_s is None:
            raise InputError(
                "without a reload time the stores change nothing",
                field="reload_time",
                allowed="a time, e.g. 10 min",
            )

    def defence_of(self, site_id: str) -> Defence:
        """What stands at a site: the common defence, with what is said of this site instead."""
        return self.defence.with_(self.sites.get(site_id))

    def rules_of(self, site_id: str) -> Rules:
        """How a site shoots: the common rules, with what is said of this site instead."""
        own = self.sites.get(site_id)
        changes = {} if own is None else own.rules.model_dump(exclude_unset=True)
        return self.rules.model_copy(update=changes)

    @property
    def has_threats(self) -> bool:
        """Whether anything comes that counts: neither a decoy nor friendly traffic."""
        return any(not (g.decoy or g.friendly) for g in self.groups)

    @property
    def is_resupplied(self) -> bool:
        """Whether any site gets rounds while the raid goes on."""
        return any(d.resupply for d in (self.defence, *self.sites.values()))

    def is_common(self, field: str) -> bool:
        """Whether no site has a rule of its own for this field."""
        return not any(field in site.rules.model_fields_set for site in self.sites.values())
