"""A page for one unit: what it reaches over its own terrain, and what that depends on."""

from __future__ import annotations

from functools import partial

import numpy as np

from skyshade.reach.inbound import SiteReach
from skyshade.reach.study import ReachStudy
from skyshade.report import text
from skyshade.report.pages.parts import Figures, Row, render
from skyshade.report.reach_maps import crossing_figure, rose_figure
from skyshade.scenario.schema import Scenario
from skyshade.uncertainty.drivers import named_drivers


def unit_page(report: ReachStudy, number: int, scenario: Scenario, figures: Figures) -> str:
    """The page as HTML, with marks for its figures; filled, it needs no other file.

    Parameters
    ----------
    number : of the unit among those whose reach was computed.
    """
    found, past = report.found, report.crossings[number]
    site = found.sites[number]
    antenna = site.unit.spec.antenna
    unknown = site.unknown_m2 / site.ring_area_m2 if site.unknown_m2 else 0.0
    return render(
        "unit",
        name=next(s.name for s in scenario.sites if s.id == site.unit.id),
        title=scenario.title,
        where=text.position(antenna.lon, antenna.lat),
        radars=text.listed([site.unit.acquisition.id, site.unit.engagement.id]),
        draws=site.draws.n,
        ring=text.length(site.ring_m),
        unknown=text.percent(unknown) if unknown else "",
        rose=figures.inline(partial(rose_figure, site, "First intercept per approach azimuth")),
        missiles=[f.missile.id for f in site.unit.missiles],
        rows=[
            _row(site, c, a) for c in range(len(site.targets)) for a in range(len(site.altitudes))
        ],
        crossing=figures.inline(partial(crossing_figure, past)),
        crossing_draws=past.draws,
    )


def _row(site: SiteReach, target: int, altitude: int) -> Row:
    """One class at one altitude: ranges are medians over azimuths."""
    track = np.median(site.band(site.track_m)[:, altitude, target], axis=1)
    first = np.median(site.first_band[:, altitude, target], axis=1)
    alone = np.median(site.by_missile_m[:, altitude, target], axis=1)
    driver = next(iter(named_drivers(site.drivers(altitude, target))), None)
    return {
        "target": site.targets[target].short_title,
        "altitude": site.altitudes[altitude].label,
        "track": text.band(track / 1e3),
        "reach": text.band(first / 1e3),
        "share": text.percent_band(site.fraction_band[:, altitude, target]),
        "missiles": [text.km(metres) if metres > 0 else "–" for metres in alone],
        "driver": driver.key if driver else text.NONE,
    }
