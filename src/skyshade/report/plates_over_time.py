"""The figures with a name that have dates along their axis."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import numpy as np

from skyshade.assess.model import Assessment
from skyshade.dates import add_months, day_in_words
from skyshade.report import text
from skyshade.report.column_charts import deliveries_chart
from skyshade.report.growth_charts import Arrival, BandPoint, GrowthFan, fan_figure, growth_figure
from skyshade.report.phrases import height_words, nouns
from skyshade.report.plate import Plate, Row
from skyshade.report.programme_charts import (
    due_in_words,
    forecast_figure,
    lanes_of,
    timeline_figure,
)
from skyshade.report.raid_dates import RaidPoint, raid_dates_figure
from skyshade.report.style import About, credit

LAST_DAY = date(2100, 1, 1)  # charts of a case that is tied to no date end there
CHANCES = (10, 25, 50, 75, 90)  # per cent: the dates in the table of a forecast


def growth(assessment: Assessment) -> Plate | None:
    """The area in reach of the hard pair over time."""
    reach, steps = assessment.reach, assessment.growth
    if reach is None or len(steps) < 2:
        return None
    pair = reach.found.hard_pair
    at = [reach.found.flights.index(f) for f in pair]  # a step has one area per flight
    series = {
        f"{nouns(assessment, f)}, {text.length(f.altitude.value_m)}": [
            BandPoint(s.day, s.reach[i].median_m2, s.reach[i].low_m2, s.reach[i].high_m2)
            for s in steps
        ]
        for i, f in zip(at, pair, strict=True)
    }
    names = {s.id: s.name for s in assessment.scenario.sites}
    arrivals = [Arrival(s.day, ", ".join(names[i] for i in s.joined), s.assumed) for s in steps]
    last = steps[-1].reach[at[0]]
    units = text.count(len(steps[-1].sites), "unit")
    about = About(
        f"With {units}, {nouns(assessment, pair[0], lower=True)} at "
        f"{height_words(pair[0].altitude)} can be stopped over "
        f"{text.area_band((last.low_m2, last.median_m2, last.high_m2))}",
        "area in which any unit in service can intercept, thousand square kilometres: median, and "
        "5 to 95 % of the draws",
        f"Source: scenario {assessment.scenario.name}; positions illustrative. {credit()}.",
    )
    rows: list[Row] = [
        {
            "from": point.day.isoformat(),
            "flight": label,
            "area_km2_p5": round(point.low_m2 / 1e6, 1),
            "area_km2_p50": round(point.value_m2 / 1e6, 1),
            "area_km2_p95": round(point.high_m2 / 1e6, 1),
        }
        for label, points in series.items()
        for point in points
    ]
    return Plate(partial(growth_figure, series, end_of(assessment), arrivals, about), rows)


def end_of(assessment: Assessment) -> date:
    """Where charts over dates end."""
    return min(assessment.as_of, LAST_DAY)


def deliveries(assessment: Assessment) -> Plate:
    """What has been delivered, promised and forecast."""
    assert assessment.programme is not None
    state, made = assessment.programme.state, assessment.programme.forecast
    lanes = lanes_of(state, made)
    states = {u.subject.title: u.readiness for u in state.units}
    about = About(
        due_in_words(made),
        "dates of delivery, by year",
        f"Source: ledger {state.ledger.name}. {credit()}.",
    )
    rows: list[Row] = [
        {
            "unit": lane.name,
            "state": states.get(lane.name, ""),
            "first_calendar": lane.planned or "",
            "delivered_first": lane.actual[0] if lane.actual else "",
            "delivered_last": lane.actual[1] if lane.actual else "",
            **{
                f"forecast_{q}": lane.coming[i] if lane.coming else ""
                for i, q in enumerate(("p10", "p50", "p90"))
            },
        }
        for lane in lanes
    ]
    return Plate(partial(deliveries_chart, lanes, states, state.known_on, about), rows)


def promises(assessment: Assessment) -> Plate:
    """Every promise."""
    assert assessment.programme is not None
    state, made = assessment.programme.state, assessment.programme.forecast
    rows: list[Row] = [
        {
            "unit": lane.name,
            "promised_on": promise.issued,
            "for_first": promise.due_first,
            "for_last": promise.due_last,
            "low_confidence": promise.weak,
        }
        for lane in lanes_of(state, made)
        for promise in lane.promises
    ]
    return Plate(partial(timeline_figure, state, made), rows)


def chances(assessment: Assessment) -> Plate | None:
    """The probability of arrival by date."""
    assert assessment.programme is not None
    made = assessment.programme.forecast
    if not made.units:
        return None
    rows: list[Row] = [
        {
            "unit": unit.title,
            "event": event,
            "probability": p / 100,
            "by": made.known_on + timedelta(days=float(np.quantile(days, p / 100))),
        }
        for unit in made.units
        for event, days in (("delivered", unit.days), ("operational", unit.operational_days))
        for p in CHANCES
    ]
    return Plate(partial(forecast_figure, made), rows)


def coverage_to_come(assessment: Assessment) -> Plate | None:
    """Area in line of sight over time, at the lowest altitude; None without a first calendar."""
    programme = assessment.programme
    assert programme is not None
    planned_days = [d.planned for d in programme.deliveries if d.planned is not None]
    if not planned_days or len(planned_days) < len(programme.deliveries):
        return None
    start, today = min(planned_days), programme.state.as_of
    in_service = sorted(d.operational for d in programme.deliveries if d.operational is not None)
    area = [row[0] for row in programme.area_km2]
    lag = programme.forecast.operational_after_months
    none_yet = (start, area[0])
    fan = GrowthFan(
        programme.altitudes[0],
        [none_yet, *((add_months(d, lag), area[k]) for k, d in enumerate(planned_days, 1))],
        [none_yet, *((day, area[k]) for k, day in enumerate(in_service, 1))],
        [(day, *row[0]) for day, row in programme.fan],
    )
    end = programme.fan[-1][0] if programme.fan else add_months(today, 6)
    setup = programme.state.ledger.setup
    altitude = assessment.coverage.altitudes[0]
    about = About(
        f"{setup.units.capitalize()} are {text.months(programme.lost_unit_months)} behind the first"
        " calendar, counted over all",
        f"area in line of sight of a target at {height_words(altitude)}, thousand square "
        f"kilometres; each {setup.unit} counts {text.months(lag)} after its delivery",
        f"Source: ledger {programme.state.ledger.name}, as known on {day_in_words(today)}; "
        f"positions illustrative. {credit()}.",
    )
    rows: list[Row] = [
        *({"line": "first calendar", "from": d, "area_km2": round(a)} for d, a in fan.planned_km2),
        *({"line": "as delivered", "from": d, "area_km2": round(a)} for d, a in fan.actual_km2),
        *(
            {"line": f"forecast {q}", "from": day, "area_km2": round(values[i])}
            for day, *values in fan.coming_km2
            for i, q in enumerate(("p10", "p50", "p90"))
        ),
    ]
    return Plate(partial(fan_figure, fan, today, end, about), rows)


def raid_dates(assessment: Assessment) -> Plate | None:
    """What gets through over time; None where nothing changes."""
    report = assessment.raids
    assert report is not None
    if len(report.days) < 2 and report.undefended is None:
        return None
    names = {s.id: s.name for s in assessment.scenario.sites}
    assumed = {step.day for step in assessment.growth if step.assumed}
    points = [
        RaidPoint(
            day.day,
            day.leaked,
            day.band,
            len(day.sites),
            ", ".join(names[s] for s in day.joined),
            day.day in assumed,
        )
        for day in report.days
    ]
    first, last = report.days[0], report.latest
    ends = [
        text.estimate(d.leaked) if d.band is None else text.percent_range(*d.band[::2])
        for d in (first, last)
    ]
    about = About(
        f"With {text.count(len(last.sites), 'unit')}, {ends[1]} of the generic raid gets through"
        + (f"; with {text.count(len(first.sites), 'unit')}, {ends[0]}" if first != last else ""),
        "share of all threats that gets through, per cent, and the number of units in service",
        f"Source: {text.count(report.tally.replicates, 'replicate')} per date"
        + (f", {report.vectors} draws of what is unknown" if report.vectors else "")
        + f"; not a forecast of any attack. {credit()}.",
    )
    undefended = report.aimed if report.undefended is not None else None
    end = max(end_of(assessment), last.day)
    return Plate(partial(raid_dates_figure, points, end, undefended, about), report.rows())
