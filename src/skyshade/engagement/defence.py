"""What defends: the fire units of every site, the times of the kill chain, their sources."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from skyshade.catalogue.model import Catalogue, Entry, Figure
from skyshade.errors import InputError
from skyshade.fireunit.load import missile_names
from skyshade.fireunit.model import ASSESSMENT
from skyshade.scenario.quantities import without_unit
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import Site
from skyshade.uncertainty.figures import Figures
from skyshade.uncertainty.unknown import Unknown


@dataclass(frozen=True)
class UnitSpec:
    """One fire unit: an engagement radar with its launchers.

    Attributes
    ----------
    site, site_id : index and id of the site where it stands.
    channels, guidance_channels : targets engaged and missiles guided at once; `NO_LIMIT`: no limit.
    load, stores : rounds ready and rounds in reserve, per missile id.
    resupply : rounds that come into the stores at each resupply.
    """

    id: str
    site: int
    site_id: str
    channels: int
    guidance_channels: int
    launchers: int
    load: Mapping[str, int]
    stores: Mapping[str, int]
    resupply: Mapping[str, int]


@dataclass(frozen=True)
class SiteDefence:
    """A site's means apart from its radars: fire units, track capacity, whether it emits."""

    units: tuple[UnitSpec, ...]
    tracks: int
    emits: bool


def site_defence(raid: Raid, site: Site, index: int, figures: Figures) -> SiteDefence:
    """What stands at a site, from the scenario and, where it is silent, from the catalogue.

    Raises
    ------
    InputError : a figure that is neither published nor given; a missile that its system lacks.
    """
    given = raid.defence_of(site.id)
    system = site.known.entry(site.system)

    def count(field: str, what: str, entry: Entry, key: str, of: Entry = system) -> int:
        value: int | None = getattr(given, field)
        if value is not None:
            return value
        figure = entry.figures.get(key)
        if figure is None or figure.is_unknown:
            raise InputError(
                f"no {what} is published for {of.id}; give one", field=f"{site.id}.{field}"
            )
        return round(figures(Unknown.of(figure, f"{what} ({of.id})", entry.id)))

    unit = site.known.fire_unit_of(system.id)
    channels = count("channels", "fire channels", unit, "targets_engaged")
    guidance_channels = count(
        "guidance_channels", "missiles guided at once", unit, "missiles_guided"
    )
    launchers = count("launchers", "launchers", unit, "launchers")
    radar = site.known.entry(site.radar)
    tracks = count("tracks", "targets tracked", radar, "targets_tracked", radar)
    load = (
        _by_id(given.load, site.known)
        if given.load is not None
        else _full_load(site, system, launchers)
    )
    stores = _by_id(given.stores or {}, site.known)
    resupply = _by_id(given.resupply or {}, site.known)
    carried = set(_carried(site))
    for field, rounds in (("load", load), ("stores", stores)):
        here = raid.sites.get(site.id)
        given_here = here is not None and field in here.model_fields_set
        for name in rounds:
            if name not in carried:
                raise InputError(
                    f"{site.id} does not have this missile",
                    value=name,
                    field=f"raid.sites.{site.id}.{field}"
                    if given_here
                    else f"raid.defence.{field}",
                    allowed=", ".join(sorted(carried)),
                )
    units = tuple(
        UnitSpec(
            f"{site.id}/{k + 1}",
            index,
            site.id,
            channels,
            guidance_channels,
            launchers,
            load,
            stores,
            resupply,
        )
        for k in range(given.fire_units)
    )
    return SiteDefence(units, tracks, given.emission == "active")


class SiteTimes(NamedTuple):
    """Times of a site's kill chain."""

    reaction_s: float
    launch_interval_s: float
    assessment_s: float


def times(raid: Raid, site: Site, figures: Figures) -> SiteTimes:
    """The times of a site's kill chain, as its rules give them or as published for its system.

    Raises
    ------
    InputError : one that is neither published nor given.
    """
    rules, system = raid.rules_of(site.id), site.known.entry(site.system)

    def time(name: str, key: str, given: float | None, published: Unknown | None) -> float:
        if given is not None:
            name = name if raid.is_common(key) else f"{name} of {site.id}"
            return figures(Unknown(name, name, "s", given, given, given, origin="scenario"))
        if published is None:
            raise InputError(
                f"no {name} is published for {system.id}; give one",
                field=f"raid.rules.{without_unit(key)}",
                hint=f"Or give it for {site.id} alone, in raid.sites.{site.id}.rules.",
            )
        return figures(published)

    def published(key: str, name: str) -> Unknown | None:
        figure = system.figures.get(key)
        return None if figure is None or figure.is_unknown else Unknown.of(figure, name, system.id)

    return SiteTimes(
        time(
            "reaction time",
            "reaction_time_s",
            rules.reaction_time_s,
            published("reaction_time", "reaction time"),
        ),
        time(
            "launch interval",
            "launch_interval_s",
            rules.launch_interval_s,
            published("launch_interval", "launch interval"),
        ),
        time("assessment delay", "assessment_delay_s", rules.assessment_delay_s, ASSESSMENT),
    )


def rounds_per_launcher(missile: str, catalogue: Catalogue) -> int:
    """Rounds on one launcher; one where nothing is published: every round reloads by itself."""
    figure = rounds_figure(missile, catalogue)
    return 1 if figure is None else round(figure.number)


def rounds_figure(missile: str, catalogue: Catalogue) -> Figure | None:
    """How many rounds a launcher holds, by the missile, else by its system or its launcher."""
    entry = catalogue.entry(missile)
    holders = [entry]
    if entry.part_of is not None:
        parts = (e for e in catalogue.children(entry.part_of) if e.kind != "missile")
        holders += [*parts, catalogue.entry(entry.part_of)]
    figures = (holder.figures.get("missiles_per_launcher") for holder in holders)
    return next((f for f in figures if f is not None and not f.is_unknown), None)


def _carried(site: Site) -> list[str]:
    if site.missiles is None:
        return missile_names(site.system, site.known)
    return [site.known.entry(name).id for name in site.missiles]


def _by_id(rounds: Mapping[str, int], known: Catalogue) -> dict[str, int]:
    return {known.entry(name).id: n for name, n in rounds.items()}


def _full_load(site: Site, system: Entry, launchers: int) -> dict[str, int]:
    """All launchers full of the missile that the system's published range belongs to.

    No mix of missiles on the launchers is published; a scenario that knows one gives `load`.
    """
    names, catalogue = _carried(site), site.known
    published = system.figures.get("range_max")
    wanted = published.number if published and not published.is_unknown else math.inf

    def misses_by(name: str) -> float:
        return abs(catalogue.entry(name).figure("range_max").number - wanted)

    main = min(names, key=misses_by)
    return {main: launchers * rounds_per_launcher(main, catalogue)}
