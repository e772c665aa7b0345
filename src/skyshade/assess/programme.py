"""The programme in an assessment: what delays have cost so far, and what may arrive when.

It needs a scenario that names a ledger, with the ledger's units among its sites by the same
id. A month of delay costs the area that a unit adds to those before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from skyshade.case import Case
from skyshade.coverage.compute import check_sites
from skyshade.coverage.model import Coverage
from skyshade.dates import DAYS_PER_MONTH, add_months, months_between
from skyshade.engagement.paths import flights
from skyshade.errors import InputError
from skyshade.programme import Ledger, ProgrammeState, load_ledger, resolve
from skyshade.programme.forecast import Forecast, forecast
from skyshade.programme.plan import calendar
from skyshade.scenario.schema import Scenario, Site

FAN_YEARS = 8  # the fan of the future ends there at the latest


@dataclass(frozen=True)
class Delivery:
    """One unit against the first calendar.

    Attributes
    ----------
    planned : delivery by the first calendar, None without one.
    delivered : middle of the reported date, None if it is not delivered.
    operational : by the scenario, None if not by the date of the assessment.
    lost_months : behind the calendar, up to its delivery or to the date of the assessment.
    to_come_months : what P10, P50, P90 of the forecast add to that.
    """

    site: Site
    planned: date | None
    delivered: date | None
    operational: date | None
    lost_months: float
    to_come_months: tuple[float, float, float] | None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        more = self.to_come_months
        return {
            "id": self.site.id,
            "planned": str(self.planned) if self.planned else None,
            "delivered": str(self.delivered) if self.delivered else None,
            "operational": str(self.operational) if self.operational else None,
            "lost_months": round(self.lost_months, 1),
            "to_come_months": [round(m, 1) for m in more] if more else None,
        }


@dataclass(frozen=True)
class Programme:
    """The programme of a scenario on the date of its assessment, as known on that date.

    Attributes
    ----------
    altitudes : labels, in the scenario's order.
    area_km2 : covered area by number of units in service (from none) and altitude.
    fan : per month to come: the date, and per altitude P10, P50, P90 of the covered area, km2.
    """

    state: ProgrammeState
    forecast: Forecast
    deliveries: tuple[Delivery, ...]
    altitudes: tuple[str, ...]
    area_km2: tuple[tuple[float, ...], ...]
    fan: tuple[tuple[date, tuple[tuple[float, float, float], ...]], ...]

    @property
    def per_month_km2(self) -> tuple[tuple[float, ...], ...]:
        """Per unit and altitude: the area that a month of its delay leaves uncovered."""
        return tuple(
            tuple(after - before for before, after in zip(low, high, strict=True))
            for low, high in zip(self.area_km2[:-1], self.area_km2[1:], strict=True)
        )

    @property
    def lost_km2_months(self) -> tuple[tuple[float, ...], ...]:
        """Per unit and altitude: that area times the months lost so far."""
        return tuple(
            tuple(area * d.lost_months for area in row)
            for row, d in zip(self.per_month_km2, self.deliveries, strict=True)
        )

    @property
    def lost_unit_months(self) -> float:
        """Months lost so far, all units together."""
        return sum(d.lost_months for d in self.deliveries)

    def summary(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "ledger": self.state.ledger.name,
            "ledger_version": self.state.ledger.version,
            "as_of": self.state.as_of.isoformat(),
            "known_on": self.state.known_on.isoformat(),
            "units": [r.as_dict() for r in self.state.units],
            "deliveries": [d.as_dict() for d in self.deliveries],
            "lost_unit_months": round(self.lost_unit_months, 1),
            "forecast": self.forecast.as_dict(),
            "altitudes": list(self.altitudes),
            "area_km2_by_units_in_service": [[round(a) for a in row] for row in self.area_km2],
            "month_of_delay_costs_km2": [[round(a) for a in row] for row in self.per_month_km2],
            "lost_km2_months": [[round(a) for a in row] for row in self.lost_km2_months],
            "area_to_come_km2": [
                {"date": day.isoformat(), "p10_p50_p90": [[round(a) for a in q] for q in row]}
                for day, row in self.fan
            ],
            "conflicts": len(self.state.conflicts),
        }


def ledger_of(scenario: Scenario) -> Ledger | None:
    """The ledger that a scenario names, or None.

    Raises
    ------
    InputError : there is none of that name, or it breaks a rule.
    """
    if scenario.programme is None:
        return None
    try:
        return load_ledger(scenario.programme)
    except InputError as error:
        raise error.at(field="programme") from None


def check_case(scenario: Scenario) -> Ledger | None:
    """Check sites, flight paths and ledger of a scenario as a run would; return its ledger.

    Raises
    ------
    InputError : a site that cannot stand where it is put; a path that cannot be flown; a ledger
        that breaks a rule.
    """
    check_sites(scenario)
    if scenario.raid is not None:
        flights(scenario, scenario.raid, Case(scenario, "all").whole_dem)
    return ledger_of(scenario)


def assess_programme(
    scenario: Scenario,
    as_of: date,
    coverage: Coverage,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Programme | None:
    """The programme of a scenario that names a ledger; None for any other.

    Parameters
    ----------
    coverage : of the sites in service; enough by itself if those are all sites.

    Raises
    ------
    InputError : no such ledger, or it breaks a rule.
    """
    ledger = ledger_of(scenario)
    if ledger is None:
        return None
    day = min(as_of, ledger.as_of) if as_of == date.max else as_of
    state = resolve(ledger, day, day)
    made = forecast(ledger, day)
    deliveries = _deliveries(scenario, ledger, state, made)
    if not deliveries:
        return None
    areas = _areas(scenario, [d.site.id for d in deliveries], coverage, progress)
    return Programme(
        state=state,
        forecast=made,
        deliveries=deliveries,
        altitudes=tuple(a.label for a in scenario.altitudes),
        area_km2=areas,
        fan=_fan(deliveries, made, areas, day),
    )


def units_in_service(
    scenario: Scenario, ledger: Ledger, known_on: date
) -> tuple[Forecast, list[tuple[date, tuple[float, float, float]]]]:
    """The forecast as known on a day, and P10, P50, P90 of the number in service, by month.

    Raises
    ------
    InputError : the ledger has no units.
    """
    state, made = resolve(ledger, known_on, known_on), forecast(ledger, known_on)
    deliveries = _deliveries(scenario, ledger, state, made)
    # the number in service takes the place of the area
    counts = tuple((float(n),) for n in range(len(deliveries) + 1))
    return made, [(day, rows[0]) for day, rows in _fan(deliveries, made, counts, known_on)]


def _deliveries(
    scenario: Scenario, ledger: Ledger, state: ProgrammeState, made: Forecast
) -> tuple[Delivery, ...]:
    """The ledger's units that are sites of the scenario, in their order."""
    sites = {s.id: s for s in scenario.sites}
    order = [s.id for s in ledger.of_kind("unit") if s.id in sites]
    return tuple(_delivery(sites[id_], k, state, made) for k, id_ in enumerate(order, 1))


def _delivery(site: Site, k: int, state: ProgrammeState, made: Forecast) -> Delivery:
    dates = calendar(state)
    planned = dates.due(k).middle if dates is not None else None
    came = state.happened(site.id, "delivered")
    event = site.event("operational")
    service = event.date.last if event is not None and event.date.last <= state.as_of else None
    until = came.middle if came is not None else state.as_of
    lost = max(0.0, months_between(planned, until)) if planned is not None else 0.0
    coming = made.unit(site.id)
    more = None
    if coming is not None and planned is not None:
        ends = (coming.delivered.p10, coming.delivered.p50, coming.delivered.p90)
        low, middle, high = (max(0.0, months_between(planned, end)) - lost for end in ends)
        more = (low, middle, high)
    return Delivery(site, planned, came.middle if came else None, service, lost, more)


def _areas(
    scenario: Scenario,
    order: Sequence[str],
    coverage: Coverage,
    progress: Callable[[str, int, int], None],
) -> tuple[tuple[float, ...], ...]:
    """Covered area by number of units in service and altitude; other sites always count."""
    if len(coverage.sites) < len(scenario.sites):
        whole = Case(
            scenario,
            "all",
            progress=lambda _, done, total: progress("sweep, all units", done, total),
        )
        coverage = whole.coverage
    always = [s.id for s in scenario.sites if s.id not in order]
    groups = {str(k): [*always, *order[:k]] for k in range(len(order) + 1) if always or k > 0}
    found = coverage.areas(groups)
    rows = []
    for k in range(len(order) + 1):
        mine = [a.visible_m2 / 1e6 for a in found if a.who == str(k)]
        rows.append(tuple(mine) or (0.0,) * len(scenario.altitudes))
    return tuple(rows)


def _fan(
    deliveries: Sequence[Delivery],
    made: Forecast,
    areas: tuple[tuple[float, ...], ...],
    today: date,
) -> tuple[tuple[date, tuple[tuple[float, float, float], ...]], ...]:
    """Quantiles of the covered area, month by month until P90 of all arrivals."""
    waiting = [d for d in deliveries if d.operational is None]
    if not waiting:
        return ()
    n_now = len(deliveries) - len(waiting)
    arrivals = []
    for d in waiting:
        coming = made.unit(d.site.id)
        event = d.site.event("operational")
        if coming is not None:
            arrivals.append(coming.operational_days)
        elif event is not None:  # delivered, and the scenario dates its service
            arrivals.append(np.full(1, float((event.date.last - today).days)))
        elif d.delivered is not None:
            at = (add_months(d.delivered, made.operational_after_months) - today).days
            arrivals.append(np.full(1, float(max(0, at))))
    if not arrivals:
        return ()
    arrived = np.stack(np.broadcast_arrays(*arrivals))
    area = np.array(areas)
    last = min(float(np.quantile(arrived.max(0), 0.9)), FAN_YEARS * 365.25)
    rows = []
    for month in range(int(last / DAYS_PER_MONTH) + 2):
        counts = n_now + (arrived <= month * DAYS_PER_MONTH).sum(0)
        low, middle, high = np.quantile(area[counts], (0.1, 0.5, 0.9), axis=0, method="nearest")
        quantiles = tuple(
            (float(a), float(b), float(c)) for a, b, c in zip(low, middle, high, strict=True)
        )
        rows.append((add_months(today, month), quantiles))
    return tuple(rows)
