"""The section on reach: how much of the rings is defended, from which side, and what decides it."""

from __future__ import annotations

from markupsafe import Markup

from skyshade.reach.scenario import ScenarioReach
from skyshade.reach.study import ReachStudy
from skyshade.report import text
from skyshade.report.pages.parts import Figures, Row, render
from skyshade.scenario.schema import Scenario


def reach_lead(found: ScenarioReach) -> str:
    """How much of the rings is defended, against the lowest and the highest flyer."""
    heights = [found.altitudes[found.typical(c)].value_m for c in range(len(found.targets))]
    told = dict.fromkeys(heights.index(h) for h in (min(heights), max(heights)))
    return " ".join(_defended(found, c) for c in told)


def reach_section(report: ReachStudy | None, scenario: Scenario, figures: Figures) -> Markup:
    """The section as HTML, empty without reach; its figures are saved as well."""
    if report is None:
        return Markup("")
    found = report.found
    names = {s.id: s.name for s in scenario.sites}
    share, draws = found.force.fraction_band, found.sites[0].draws
    classes = range(len(found.targets))
    return render(
        "reach",
        lead=reach_lead(found),
        map=figures.named("reach-classes"),
        drivers=figures.named("reach-drivers"),
        ring=text.length(found.sites[0].ring_m),
        altitudes=[a.label for a in found.altitudes],
        rows=[
            {
                "target": found.targets[c].short_title,
                "cells": [text.percent_band(share[:, a, c]) for a in range(len(found.altitudes))],
            }
            for c in classes
        ],
        draws=draws.n,
        flights=[flight_text(found, c) for c in classes],
        alone=_alone_rows(found, names) if len(found.sites) > 1 else [],
        units=[{"id": s.unit.id, "name": names[s.unit.id]} for s in found.sites],
        places_chart=figures.named("places-sides"),
        approach=text.length(report.places.approach_m),
        place_draws=report.places.draws,
        unknowns=draws.unknowns,
    )


def flight_text(found: ScenarioReach, target: int) -> str:
    """A class with the altitude nearest to its usual one."""
    return f"{found.targets[target].short_title}, {found.altitudes[found.typical(target)].label}"


def _defended(found: ScenarioReach, target: int) -> str:
    a, force = found.typical(target), found.force
    low, middle, high = (float(v) for v in force.fraction_band[:, a, target])
    area = text.area_band(share * force.ring_area_m2 for share in (low, middle, high))
    return (
        f"A {found.targets[target].short_title[0].lower()}{found.targets[target].short_title[1:]} "
        f"flying in at {found.altitudes[a].label} can be intercepted over {area}, "
        f"{text.percent_range(low, high)} of the {text.length(found.sites[0].ring_m)} rings."
    )


def _alone_rows(found: ScenarioReach, names: dict[str, str]) -> list[Row]:
    """The area (10^3 km2) that only one unit defends, per class at its usual altitude."""
    rows = []
    for i, site in enumerate(found.sites):
        alone = site.band(found.force.alone_m2[i]) / 1e9
        cells = [text.band(alone[:, found.typical(c), c]) for c in range(len(found.targets))]
        rows.append({"name": names[site.unit.id], "cells": cells})
    return rows
