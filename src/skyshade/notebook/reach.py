"""Reach: cards, pictures and maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skyshade.notebook import card, explore, plot
from skyshade.notebook.cards import Card, Table, weak_note
from skyshade.radar.load import load_target
from skyshade.radar.model import Target
from skyshade.reach.crossing import Crossing
from skyshade.reach.engageable import Engageable
from skyshade.reach.force import ForceReach
from skyshade.reach.inbound import SiteReach
from skyshade.reach.places import PlacesReach
from skyshade.reach.scenario import ScenarioReach
from skyshade.report import text
from skyshade.report.coverage_maps import engageable_figure
from skyshade.report.ground import ground_note, unswept
from skyshade.report.place_charts import place_roses_figure
from skyshade.report.reach_maps import crossing_figure, reach_figure, rose_figure
from skyshade.report.style import Figure
from skyshade.terrain.model import Altitude
from skyshade.uncertainty.draws import Draws
from skyshade.uncertainty.drivers import named_drivers


@card.register
def scenario_reach_card(found: ScenarioReach) -> Card:
    """Reach and defended share of the rings, per class and altitude."""
    first = found.sites[0]
    many = len(found.sites) > 1
    held = found.force if many else first
    rows = [
        (
            target.short_title,
            altitude.label,
            _range([s.first_band[:, a, c] for s in found.sites]),
            text.area_band(held.area_band[:, a, c]),
            text.percent_band(held.fraction_band[:, a, c]),
        )
        for c, target in enumerate(found.targets)
        for a, altitude in enumerate(found.altitudes)
    ]
    table = Table(
        ("target", "altitude", "reach, median over azimuths", "area", "of the ring"), rows, n_left=2
    )
    return Card(
        f"Reach beside the {text.length(first.ring_m)} ring: {_units(found.sites)}",
        [table],
        _draws(first.draws) + (" Reach is the mean of the units." if many else ""),
        weak_note(_weak(first.draws)),
    )


@plot.register
def plot_scenario_reach(found: ScenarioReach) -> Figure:
    """Where inbound targets are intercepted, beside the ring: by class and altitude."""
    ground = unswept(found.dem, [s.unit.spec for s in found.sites])
    return reach_figure(ground, found, _note(found))


@explore.register
def explore_scenario_reach(found: ScenarioReach, pixels: int = 300) -> Any:
    """A map with a menu of target classes and a slider over altitudes; outlines show their range.

    Parameters
    ----------
    pixels : cells of the terrain shown along the longer side.

    Returns
    -------
    A plotly figure that needs no network; `write_html` keeps it as a page.

    Raises
    ------
    InputError : plotly is not installed.
    """
    from skyshade.notebook.coverage_maps import reach_map

    return reach_map(found, _note(found), pixels)


@card.register
def site_reach_card(found: SiteReach) -> Card:
    """First track, reach and defended share of one unit, per class and altitude."""
    rows = [
        (
            target.short_title,
            altitude.label,
            text.km_band(np.median(found.band(found.track_m)[:, a, c], axis=1)),
            _range([found.first_band[:, a, c]]),
            text.area_band(found.area_band[:, a, c]),
            text.percent_band(found.fraction_band[:, a, c]),
            _depends_on(found, a, c),
        )
        for c, target in enumerate(found.targets)
        for a, altitude in enumerate(found.altitudes)
    ]
    table = Table(
        (
            "target",
            "altitude",
            "first track",
            "reach, median over azimuths",
            "area",
            "of the ring",
            "depends on",
        ),
        rows,
        n_left=2,
    )
    return Card(
        f"Reach of {found.unit.spec.name} beside the {text.length(found.ring_m)} ring",
        [table],
        _draws(found.draws),
        weak_note(_weak(found.draws)),
    )


@plot.register
def plot_site_reach(found: SiteReach) -> Figure:
    """First intercept per azimuth in km: a rose per altitude, a line per class."""
    return rose_figure(found, f"Reach of {found.unit.spec.name} per azimuth")


@card.register
def force_card(found: ForceReach) -> Card:
    """The area that the units defend together, per class and altitude."""
    first = found.sites[0]
    rows = [
        (
            target.short_title,
            altitude.label,
            text.area_band(found.area_band[:, a, c]),
            text.percent_band(found.fraction_band[:, a, c]),
        )
        for c, target in enumerate(first.targets)
        for a, altitude in enumerate(first.altitudes)
    ]
    table = Table(("target", "altitude", "area defended", "of the rings"), rows, n_left=2)
    return Card(
        f"Reach of {_units(found.sites)} together",
        [table],
        _draws(first.draws),
        weak_note(_weak(first.draws)),
    )


@card.register
def places_card(found: PlacesReach) -> Card:
    """How early targets that approach each place are tracked and intercepted."""
    rows: list[tuple[str, ...]] = []
    for f, flight in enumerate(found.flights):
        spans = {
            n: found.over_azimuths(n)[:, :, f]
            for n in ("first_track_m", "intercept_m", "n_units", "n_shots")
        }
        for p, place in enumerate(found.places):
            if not found.known[p]:
                rows.append((place.name, flight.label, *("terrain unknown",) * 4))
                continue
            rows.append(
                (
                    place.name,
                    flight.label,
                    *(text.km_band(spans[n][:, p]) for n in ("first_track_m", "intercept_m")),
                    *(text.band(spans[n][:, p]) for n in ("n_units", "n_shots")),
                )
            )
    table = Table(
        ("place", "flight", "first track", "earliest intercept", "units", "shots"), rows, n_left=2
    )
    return Card(
        "Approaches to each place, from every side",
        [table],
        "Median of the draws; over azimuths the median (the least to the most).",
    )


@plot.register
def plot_places(found: PlacesReach, flight: int = 0) -> Figure:
    """First track and earliest intercept per approach azimuth, a rose per place.

    Parameters
    ----------
    flight : number of the flight among `flights`.
    """
    return place_roses_figure(found, flight)


@card.register
def crossing_card(found: Crossing) -> Card:
    """How long passing targets can be engaged, per closest approach."""
    length, shots = found.band("length_m"), found.band("n_shots")
    rows = [
        (
            flight.label,
            text.distance(offset),
            text.km_band(length[:, f, o]),
            text.band(shots[:, f, o]),
        )
        for f, flight in enumerate(found.flights)
        for o, offset in list(enumerate(found.offsets_m))[:: max(len(found.offsets_m) // 4, 1)]
    ]
    table = Table(("flight", "passes at", "engageable along", "shots"), rows)
    return Card(
        f"Targets that pass {found.unit_id}",
        [table],
        "Median with 5 to 95 % over the draws of uncertain figures.",
    )


@plot.register
def plot_crossing(found: Crossing) -> Figure:
    """Engageable length of the track and shots, against the closest approach."""
    return crossing_figure(found)


@card.register
def engageable_card(force: Engageable) -> Card:
    """The units behind an engageable airspace."""
    rows = [
        (
            s.unit.spec.name,
            s.unit.engagement.id,
            ", ".join(f.missile.id for f in s.unit.missiles),
            text.length(s.unit.missiles[0].missile.range_max_m),
        )
        for s in force.sites
    ]
    table = Table(("unit", "engagement radar", "missiles", "longest range"), rows, n_left=3)
    return Card(
        "Engageable airspace",
        [table],
        f"Over {force.coverage.dem.name}. plot('fighter') shows where, n_units counts per cell.",
    )


@plot.register
def plot_engageable(
    force: Engageable,
    target: str | Target = "fighter",
    altitudes: Sequence[Altitude] | None = None,
) -> Figure:
    """Where a target can be engaged, and by how many units: a map per altitude.

    Parameters
    ----------
    target : a class of the catalogue, or one loaded.
    altitudes : by default those of the coverage.
    """
    target = load_target(target) if isinstance(target, str) else target
    return engageable_figure(force, target, altitudes or force.coverage.altitudes)


def _units(sites: Sequence[SiteReach]) -> str:
    names = [s.unit.spec.name for s in sites]
    return ", ".join(names) if len(names) <= 6 else f"{len(names)} units"


def _range(bands: Sequence[Any]) -> str:
    """The medians over azimuths of the units' bands (3, azimuths), averaged over units."""
    return text.km_band(np.mean([np.median(b, axis=1) for b in bands], axis=0))


def _depends_on(found: SiteReach, altitude: int, target: int) -> str:
    """The two strongest drivers that chance does not explain, with their marks."""
    strongest = named_drivers(found.drivers(altitude, target))
    return ", ".join(f"{d.key} {text.mark(d.weak, d.memory_only)}".rstrip() for d in strongest)


def _draws(draws: Draws) -> str:
    if not draws.n:
        return "All figures at their defaults; no draws were asked for."
    return f"Median, in brackets 5 to 95 % of {draws.n} draws of the uncertain figures."


def _weak(draws: Draws) -> list[tuple[str, bool, bool]]:
    return [(u.key, u.weak, u.memory_only) for u in draws.unknowns]


def _note(found: ScenarioReach) -> str:
    return f"Positions are illustrative. {ground_note(unswept(found.dem, ()))}"
