"""Reach as cards, pictures and maps: what `skyshade.reach` shows in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skyshade.notebook import card, explore, plot
from skyshade.notebook.cards import Card, Table, spread, weak_note
from skyshade.radar.load import load_target
from skyshade.radar.model import Target
from skyshade.reach.crossing import Crossing
from skyshade.reach.engageable import Engageable
from skyshade.reach.force import ForceReach
from skyshade.reach.inbound import SiteReach
from skyshade.reach.places import PlacesReach
from skyshade.reach.scenario import ScenarioReach
from skyshade.report.maps import engageable_figure, ground_note, unswept
from skyshade.report.place_roses import place_roses_figure
from skyshade.report.reach_maps import crossing_figure, reach_figure, rose_figure
from skyshade.report.style import Figure
from skyshade.terrain.model import Altitude
from skyshade.uncertainty.draws import Draws


@card.register
def scenario_reach_card(found: ScenarioReach) -> Card:
    first = found.sites[0]
    many = len(found.sites) > 1
    share = found.force.fraction_band if many else first.fraction_band
    rows = [
        (
            target.short_title,
            altitude.label,
            *_ranges([s.first_band[:, a, c] for s in found.sites]),
            _share(share[:, a, c]),
        )
        for c, target in enumerate(found.targets)
        for a, altitude in enumerate(found.altitudes)
    ]
    table = Table(
        ("target", "altitude", "reach, median over azimuths", "of the ring"), rows, n_left=2
    )
    return Card(
        f"Reach beside the {first.ring_m / 1e3:g} km ring: {_units(found.sites)}",
        [table],
        _draws(first.draws) + (" Reach is the mean of the units." if many else ""),
        weak_note(_weak(first.draws)),
    )


@plot.register
def plot_scenario_reach(found: ScenarioReach) -> Figure:
    """Where inbound targets are really intercepted, beside the ring: by class and altitude."""
    ground = unswept(found.dem, [s.unit.spec for s in found.sites])
    return reach_figure(ground, found, "Reach beside ring", _note(found))


@explore.register
def explore_scenario_reach(found: ScenarioReach, pixels: int = 300) -> Any:
    """A map with a menu of target classes and a slider over altitudes; outlines tell their range.

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
    rows = [
        (
            target.short_title,
            altitude.label,
            spread(np.median(found.band(found.track)[:, a, c], axis=1), "km", 1e3),
            *_ranges([found.first_band[:, a, c]]),
            _share(found.fraction_band[:, a, c]),
            ", ".join(d.key + _mark(d) for d in found.drivers(a, c)[:2]),
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
            "of the ring",
            "hangs on",
        ),
        rows,
        n_left=2,
    )
    return Card(
        f"Reach of {found.unit.spec.name} beside the {found.ring_m / 1e3:g} km ring",
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
    first = found.sites[0]
    rows = [
        (
            target.short_title,
            altitude.label,
            _km2(first.band(found.area_m2)[:, a, c]),
            _share(found.fraction_band[:, a, c]),
        )
        for c, target in enumerate(first.targets)
        for a, altitude in enumerate(first.altitudes)
    ]
    table = Table(("target", "altitude", "area held", "of the rings"), rows, n_left=2)
    return Card(
        f"Reach of {_units(found.sites)} together",
        [table],
        _draws(first.draws),
        weak_note(_weak(first.draws)),
    )


@card.register
def places_card(found: PlacesReach) -> Card:
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
                    *(spread(spans[n][:, p], "km", 1e3) for n in ("first_track_m", "intercept_m")),
                    *(_whole(spans[n][:, p]) for n in ("n_units", "n_shots")),
                )
            )
    table = Table(
        ("place", "flight", "first track", "earliest intercept", "units", "shots"), rows, n_left=2
    )
    return Card(
        "What each place gets from every side",
        [table],
        "Median of the draws; over azimuths: the middle one (the least–the most).",
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
    length, shots = found.band("length_m"), found.band("n_shots")
    rows = [
        (
            flight.label,
            f"{offset / 1e3:.0f} km",
            spread(length[:, f, o], "km", 1e3),
            spread(shots[:, f, o], ""),
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
    rows = [
        (
            s.unit.spec.name,
            s.unit.engagement.id,
            ", ".join(f.missile.id for f in s.unit.missiles),
            f"{s.unit.missiles[0].missile.range_max_m / 1e3:g} km",
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
    """Where a target is engageable at all, and by how many units, a map per altitude.

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


def _ranges(bands: Sequence[Any]) -> tuple[str]:
    """The medians over azimuths of the units' bands (3, azimuths), averaged over units."""
    low, middle, high = np.mean([np.median(b, axis=1) for b in bands], axis=0)
    return (spread((low, middle, high), "km", 1e3),)


def _share(band: Any) -> str:
    return spread(band, "%", 0.01)


def _km2(band: Any) -> str:
    low, middle, high = (f"{v / 1e6:,.0f}" for v in band)
    return f"{middle} km²" if low == high else f"{middle} km² ({low}–{high})"


def _whole(span: Any) -> str:
    low, middle, high = (f"{v:.0f}" for v in span)
    return middle if low == high else f"{middle} ({low}–{high})"


def _draws(draws: Draws) -> str:
    if not draws.n:
        return "At the default figures; no draws of the uncertain ones were asked for."
    return f"Median, in brackets 5 to 95 % of {draws.n} draws of the uncertain figures."


def _weak(draws: Draws) -> list[tuple[str, bool, bool]]:
    return [(u.key, u.weak, u.memory_only) for u in draws.unknowns]


def _mark(driver: Any) -> str:
    return " ??" if driver.memory_only else " ?" if driver.weak else ""


def _note(found: ScenarioReach) -> str:
    return f"Positions are illustrative. {ground_note(unswept(found.dem, ()))}"
