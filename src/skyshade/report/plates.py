"""The figures of an assessment by name: what each shows, how it is drawn, and its numbers.

The report and `skyshade figure` take their figures from here, so that a figure is the same in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from skyshade.assess.model import Assessment
from skyshade.assess.raids import RaidsReport
from skyshade.campaign.sentences import WHY, class_noun, decisive, span
from skyshade.coverage.model import Coverage
from skyshade.reach.paths import Approach
from skyshade.report import plates_over_time as over_time
from skyshade.report import text
from skyshade.report.campaign_charts import unknowns_figure
from skyshade.report.column_charts import (
    clearance_classes,
    clearance_map,
    reach_map,
    through_chart,
)
from skyshade.report.ground import ground_note
from skyshade.report.legend import CLEARANCE_BINS
from skyshade.report.phrases import (
    axes_of,
    circles,
    height,
    height_words,
    how_many,
    nouns,
    share_of_circles,
    short_name,
)
from skyshade.report.place_charts import PlaceBar, places_figure, sides_figure
from skyshade.report.plate import Named, Plate, Row
from skyshade.report.reach_maps import drivers_figure
from skyshade.report.reason_charts import reasons_figure
from skyshade.report.record_charts import record_rows, records_figure
from skyshade.report.small_maps import class_maps, sight_maps
from skyshade.report.style import WIDE_INCH, About, credit

MAP_POSTS = 720  # along the longer side of the terrain behind a map


# ------------------------------------------------------------------------------------------ maps


def _thin(assessment: Assessment) -> Coverage:
    """The coverage at as many posts as a map can show."""
    coverage = assessment.coverage
    return coverage.thinned(max(1, max(coverage.dem.grid.shape) // MAP_POSTS))


def _map_source(assessment: Assessment) -> str:
    moved = any(s.illustrative for s in assessment.operational)
    said = f"Source: published figures, positions {'illustrative' if moved else 'as given'}. "
    return f"{said}{ground_note(assessment.coverage)} {credit()}."


def _clearance(assessment: Assessment) -> Plate:
    lowest, coverage = assessment.force_areas()[0], assessment.coverage
    places = {
        short_name(p.name): (p.position.lon, p.position.lat) for p in assessment.scenario.places
    }
    about = About(
        f"In view at {height(lowest.value.altitude)}: {text.percent_range(*lowest.band_frac)} of "
        "the radars' rings",
        "lowest altitude in line of sight of any radar, metres above the ground",
        _map_source(assessment),
    )
    classes = clearance_classes(coverage.lowest_visible_m - coverage.dem.heights)
    km2 = np.bincount(
        classes.compressed(), coverage.cell_area_m2[~classes.mask] / 1e6, len(CLEARANCE_BINS)
    )
    rows = [
        {"lowest_altitude_above_ground": label, "area_km2": round(float(area), 1)}
        for (_, _, label), area in zip(CLEARANCE_BINS, km2, strict=True)
    ]
    return Plate(partial(clearance_map, _thin(assessment), places, about), rows)


def _sight(assessment: Assessment) -> Plate:
    ring_m = assessment.scenario.ring_m
    areas = assessment.force_areas(within_ring=ring_m is not None)
    low, high = areas[0], areas[-1]
    ring = text.length(ring_m or max(s.spec.max_range_m for s in assessment.coverage.sites))
    title = f"Low flyers stay out of sight: {text.percent_range(*low.band_frac)} of the {ring} ring"
    if high is not low:
        title += f" is in view at {height(low.value.altitude)}, "
        title += f"{text.percent_range(*high.band_frac)} at {height(high.value.altitude)}"
    about = About(
        title,
        f"where a target is in line of sight, by altitude; share of the {ring} ring, per cent",
        _map_source(assessment) + _left_out(assessment),
    )
    titles = [
        f"{height_words(a.value.altitude)}: {text.percent_range(*a.band_frac)}" for a in areas
    ]
    rows = [a.value.as_dict() for a in areas]
    return Plate(partial(sight_maps, _thin(assessment), titles, ring_m, about), rows)


def _left_out(assessment: Assessment) -> str:
    """The radars in the air, which the share does not count."""
    aloft = text.listed([sensor.name for sensor in assessment.scenario.sensors])
    return f" Left out of the share, counted in reach and raids: {aloft}." if aloft else ""


def _reach(assessment: Assessment) -> Plate:
    assert assessment.reach is not None
    found = assessment.reach.found
    parts = [
        f"{text.percent_range(*share_of_circles(found, f)[::2])} at {height(f.altitude)}"
        for f in found.hard_pair
    ]
    flights = [
        (f"{nouns(assessment, f)}, {height_words(f.altitude)}", *axes_of(found, f))
        for f in found.hard_pair
    ]
    about = About(
        f"In reach: {', '.join(parts)}",
        "area of the first intercept: median, paler from 5 to 95 % of the draws; share of the "
        f"{circles(found)}, per cent",
        _map_source(assessment),
    )
    rows = _outline_rows(assessment, found.hard_pair)
    return Plate(partial(reach_map, _thin(assessment), found.sites, flights, about), rows)


def _reach_classes(assessment: Assessment) -> Plate:
    assert assessment.reach is not None
    found = assessment.reach.found
    worst = min(found.flights, key=lambda f: share_of_circles(found, f)[1])
    best = max(found.flights, key=lambda f: share_of_circles(found, f)[1])
    about = About(
        f"Reach depends on what flies: {text.percent_range(*share_of_circles(found, worst)[::2])} "
        f"of the {text.length(found.sites[0].ring_m)} circles for "
        f"{nouns(assessment, worst, lower=True)}, "
        f"{text.percent_range(*share_of_circles(found, best)[::2])} for "
        f"{nouns(assessment, best, lower=True)}",
        "where an inbound target of each class, at its usual altitude, can be intercepted; share "
        f"of the {circles(found)}, per cent",
        _map_source(assessment),
    )
    flights = [
        (
            f"{f.target.short_title}, {height(f.altitude)}: "
            f"{text.percent_range(*share_of_circles(found, f)[::2])}",
            *axes_of(found, f),
        )
        for f in found.flights
    ]
    rows = _outline_rows(assessment, found.flights)
    return Plate(partial(class_maps, _thin(assessment), found.sites, flights, about), rows)


def _outline_rows(assessment: Assessment, flights: Sequence[Approach]) -> list[Row]:
    assert assessment.reach is not None
    found, rows = assessment.reach.found, []
    for site in found.sites:
        for flight in flights:
            a, c = axes_of(found, flight)
            for k, az in enumerate(site.az_deg):
                low, middle, high = site.first_band[:, a, c, k] / 1e3
                rows.append(
                    {
                        "unit": site.unit.id,
                        "target": flight.target.id,
                        "altitude": flight.altitude.label,
                        "azimuth_deg": float(az),
                        "first_intercept_km_p5": round(float(low), 1),
                        "first_intercept_km_p50": round(float(middle), 1),
                        "first_intercept_km_p95": round(float(high), 1),
                    }
                )
    return rows


# ---------------------------------------------------------------------------------------- charts


def _drivers(assessment: Assessment) -> Plate | None:
    assert assessment.reach is not None
    found = assessment.reach.found
    if not found.sites[0].draws.n:
        return None
    panels, rows = [], []
    for flight in found.hard_pair:
        a, c = axes_of(found, flight)
        many = len(found.sites) > 1
        drivers = found.force.drivers(a, c) if many else found.sites[0].drivers(a, c)
        value = float(found.force.area_m2[a, c, 0] / found.force.ring_area_m2)
        panels.append((f"{flight.target.short_title}, {flight.altitude.label}", value, drivers))
        rows += [
            {"target": flight.target.id, "altitude": flight.altitude.label, **_driver_row(d)}
            for d in drivers
        ]
    first = panels[0][2][0].title if panels[0][2] else "nothing"
    low, *_ = found.hard_pair
    about = About(
        f"Reach against {nouns(assessment, low, lower=True)} depends most on: {first}",
        "share of the rings that is defended, per cent, with each figure at its low and high bound;"
        " beside its name the part of the variance over the draws that goes with it alone (? low "
        "confidence, ?? from memory only)",
        f"Source: {found.sites[0].draws.n} draws of the uncertain figures. {credit()}.",
    )
    return Plate(partial(drivers_figure, panels, about), rows)


def _driver_row(driver: Any) -> Row:
    low, high = driver.swing
    return {
        "figure": driver.title,
        "share_at_low": round(low, 5),
        "share_at_high": round(high, 5),
        "share_of_variance": round(driver.share, 4),
        "weak": driver.weak,
    }


def _places_sight(assessment: Assessment) -> Plate | None:
    if not assessment.places:
        return None
    found = sorted(
        assessment.places,
        key=lambda p: (p.lowest_visible_agl_m is None, p.lowest_visible_agl_m or 0.0, p.place.name),
    )
    bars = [
        PlaceBar(
            p.place.name,
            p.lowest_visible_agl_m,
            p.lowest_visible_agl_low_m,
            p.lowest_visible_agl_high_m,
            place_note(p),
        )
        for p in found
    ]
    lowest = assessment.coverage.altitudes[0]
    known = [p for p in found if p.known]
    seen = sum(bool(p.seen_by[lowest.label]) for p in known)
    about = About(
        f"Of {text.count(len(known), 'place')} whose ground is known, {seen or 'none'} "
        f"{'has' if seen == 1 else 'have'} a target at {height_words(lowest)} in view",
        "lowest altitude above the ground in line of sight of a radar (less than 10 m shown as "
        "10 m); bar: from the highest to the lowest antenna",
        _map_source(assessment),
    )
    marks = [a.value_m for a in assessment.coverage.altitudes if a.datum == "agl"]
    rows = [{key: value for key, value in p.as_dict().items() if key != "seen_by"} for p in found]
    return Plate(partial(places_figure, bars, marks, about), rows)


def place_note(place: Any) -> str:
    """Where a place lies, or why nothing is known of it."""
    if not place.in_ring:
        return "outside every ring"
    if place.lowest_visible_agl_m is None:
        return "unknown: the terrain data end before it"
    return f"{text.distance(place.distance_m)} from {place.nearest}"


def _places_sides(assessment: Assessment) -> Plate | None:
    assert assessment.reach is not None
    found = assessment.reach.places
    if not found.known.any():
        return None
    share = 100.0 * found.share_of_sides()[:, found.known]
    names = [p.name for p, known in zip(found.places, found.known, strict=True) if known]
    flights = [f.label for f in found.flights]
    counts = [
        f"{how_many(found.covered(f))} from most sides against "
        f"{nouns(assessment, flight, lower=True)} at {height(flight.altitude)}"
        for f, flight in enumerate(found.flights)
    ]
    about = About(
        f"Of {text.count(len(names), 'place')}, {text.listed(counts)} can be defended",
        "share of all sides from which a unit can intercept before arrival, per cent",
        f"Source: {text.count(found.draws, 'draw')} of the uncertain figures. {credit()}.",
    )
    rows = [
        {
            "place": name,
            "flight": flight,
            **{
                f"share_of_sides_{q}": round(float(share[i, n, f]) / 100, 4)
                for i, q in enumerate(("p5", "p50", "p95"))
            },
        }
        for n, name in enumerate(names)
        for f, flight in enumerate(flights)
    ]
    return Plate(partial(sides_figure, names, flights, share, about), rows)


# ----------------------------------------------------------------------------------------- raids


def _through(assessment: Assessment) -> Plate:
    raids = assessment.raids
    assert raids is not None
    drawn, tally, rows = raids.latest.drawn, raids.tally, []
    for name, share in raids.latest.by_class.items():
        n = int(tally.members[f"class {name}"].sum())
        low, high, chance = span(share, drawn, f"class {name}")
        middle = share.value if drawn is None else drawn.band(f"class {name}")[1]
        noun = class_noun(name, n, assessment.scenario.known)
        said = f"{n} {noun}{' (the spread is chance)' if chance else ''}"
        rows.append({"name": said, "band": (low, middle, high)})
    what = (
        "error of chance"
        if drawn is None
        else f"5 to 95 % of {raids.vectors} draws of what is unknown; line: median"
    )
    about = About(
        "What gets through in the generic raid",
        f"share of each class that reaches its aim, per cent: {what}",
        f"Source: scenario {assessment.scenario.name}; not a forecast of any attack. {credit()}.",
    )
    table = [
        {"class": row["name"], **dict(zip(("low", "middle", "high"), row["band"], strict=True))}
        for row in rows
    ]
    return Plate(partial(through_chart, rows, about), table)


def _unknowns(assessment: Assessment) -> Plate | None:
    raids = assessment.raids
    assert raids is not None
    drawn = raids.latest.drawn
    if drawn is None or not drawn.drivers:
        return None
    said = decisive(raids.tally, drawn).strip().removesuffix(".")
    draw = partial(_draw_unknowns, said, raids.latest.leaked, drawn)
    return Plate(draw, [_driver_row(d) for d in drawn.drivers])


def _draw_unknowns(*given: Any, width_inch: float = WIDE_INCH) -> Any:
    figure = unknowns_figure(*given)
    figure.about = About(
        given[0],
        "share of the threats that gets through, per cent, and the share of its variance that goes "
        "with each unknown",
        f"Source: {given[2].vectors} draws of the unknown figures. {credit()}.",
    )
    return figure


def _reasons(assessment: Assessment) -> Plate:
    raids = assessment.raids
    assert raids is not None
    names = [n for n in raids.tally.members if n.startswith("class ")]
    rows = [
        {"class": name.removeprefix("class "), "reason": reason, "share": round(share, 6)}
        for name in names
        for reason, share in raids.tally.why(name).items()
    ]
    return Plate(partial(reasons_figure, raids.tally, _main_reason(raids)), rows)


def _main_reason(raids: RaidsReport) -> str:
    """The reason for which most targets of one class get through, in a sentence."""
    tally, found = raids.tally, []
    for name in tally.members:
        if name.startswith("class "):
            n = int(tally.members[name].sum())
            found += [(n * share, name, n, why) for why, share in tally.why(name).items()]
    if not found:
        return "Nothing gets through at the default figures"
    through, name, n, why = max(found)
    noun = class_noun(name.removeprefix("class "), n, raids.raid.scenario.known)
    return (
        f"{text.percent(through / n).capitalize()} of the {n} {noun} get through because {WHY[why]}"
    )


def _records(assessment: Assessment) -> Plate | None:
    raids = assessment.raids
    assert raids is not None
    if raids.latest.drawn is None:
        return None
    beside = record_rows(raids.tally, raids.latest.drawn)
    if not beside:
        return None
    rows = [
        {"class": r.target, "shot_down_low": r.low, "shot_down": r.value, "shot_down_high": r.high}
        for r in beside
    ]
    return Plate(partial(records_figure, beside), rows)


FIGURES: Mapping[str, Named] = {
    "clearance": Named(
        "Map of the lowest altitude above the ground that any radar has in line of sight.",
        "", True, _clearance,
    ),
    "sight": Named(
        "Maps, one per altitude, of where a target is in line of sight, and of how many radars.",
        "", True, _sight,
    ),
    "reach": Named(
        "Map of where a low and a fast class of targets can be intercepted, beside the rings.",
        "reach", True, _reach,
    ),
    "reach-classes": Named(
        "Maps, one per class, of where a target at its usual altitude can be intercepted.",
        "reach", True, _reach_classes,
    ),
    "reach-drivers": Named(
        "Bars of how far each uncertain figure moves the share of the rings that is defended.",
        "reach", False, _drivers,
    ),
    "places-sight": Named(
        "Bars of the lowest altitude at which a radar sees a target over each place.",
        "", False, _places_sight,
    ),
    "places-sides": Named(
        "Bars of the share of all sides from which each place can be defended.",
        "reach", False, _places_sides,
    ),
    "growth": Named(
        "Lines of the area that the units in service cover, as one after another came.",
        "reach", False, over_time.growth,
    ),
    "deliveries": Named(
        "A line per unit: the first calendar, what was reported, and what is forecast.",
        "programme", False, over_time.deliveries,
    ),
    "promises": Named(
        "A line for each promise of a delivery, from the day it was made to the dates it named.",
        "programme", False, over_time.promises,
    ),
    "chances": Named(
        "Lines of the probability by date that each unit still due has arrived.",
        "programme", False, over_time.chances,
    ),
    "coverage-to-come": Named(
        "Lines of the area in line of sight: as first planned, as delivered, and as forecast.",
        "programme", False, over_time.coverage_to_come,
    ),
    "through": Named(
        "Bars of the share of each class of targets that gets through in the generic raid.",
        "raids", False, _through,
    ),
    "raid-dates": Named(
        "Lines of the share of the raid that gets through, as one unit after another came.",
        "raids", False, over_time.raid_dates,
    ),
    "raid-unknowns": Named(
        "Bars of the unknown figures in order of how much they decide what gets through.",
        "raids", False, _unknowns,
    ),
    "raid-reasons": Named(
        "Bars of the reasons why targets of each class get through.",
        "raids", False, _reasons,
    ),
    "raid-records": Named(
        "Bars of the share shot down in the model beside combat records.",
        "raids", False, _records,
    ),
}  # fmt: skip


def plate_of(name: str, assessment: Assessment) -> Plate | None:
    """The figure of this name; None if the assessment has nothing that it could show."""
    named = FIGURES[name]
    if named.needs and getattr(assessment, named.needs) is None:
        return None
    plate = named.make(assessment)
    return plate if plate is not None and len(plate.rows) else None
