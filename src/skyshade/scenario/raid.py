"""The `raid` section of a scenario: what the sites defend with, by which rules, against whom.

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
    model_validator,
)

from skyshade.catalogue import load_catalogue
from skyshade.errors import InputError
from skyshade.scenario.group import DAY_S, MAX_TARGETS, MONTH_S, Group
from skyshade.scenario.names import MissileName, MissileOrAll
from skyshade.scenario.part import Part
from skyshade.scenario.quantities import (
    NO_LIMIT,
    AzimuthSector,
    Frozen,
    FrozenDict,
    Identifier,
    Numeric,
    number,
    quantity,
    whole,
    whole_or,
)

Time = Annotated[float, quantity("time", 0, DAY_S)]
Chance = Annotated[float, number(0, 1)]
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
        own = set(Defence.model_fields)
        changes = {} if other is None else other.model_dump(exclude_unset=True, include=own)
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


class Protection(Part):
    """What a site's fire units are bound to: a place or a site, and the circle around it.

    They shoot at what comes into the circle, until it has left it for good, and at nothing else.
    """

    place: Identifier | None = None
    site: Identifier | None = None
    radius_m: Annotated[float, quantity("length", 100, 1e5)]

    @model_validator(mode="after")
    def _one(self) -> Protection:
        if (self.place is None) == (self.site is None):
            raise InputError("what is protected is either a place or a site")
        return self


class SiteSettings(Defence):
    """What is different at one site: its means, its part in the defence, how it shoots.

    `layer`: by default after the longest range of its missiles (`engagement.layers`).
    """

    layer: Literal["long", "medium", "short"] | None = None
    protects: Protection | None = None
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
    # who takes a target that several units of a group could
    assignment: Literal["greatest-benefit", "outer-first", "cheapest", "likeliest-kill"] = (
        "greatest-benefit"
    )
    # of one round, where the catalogue has none or another one is meant
    prices_usd: Annotated[
        Frozen[MissileName, Annotated[float, quantity("money", 1, 1e9)]], Field(max_length=64)
    ] = FrozenDict()
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
