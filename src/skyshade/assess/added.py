"""What units add to an area of interest: before and after, places, and what that costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely

from skyshade.assess.programme import ledger_of
from skyshade.errors import InputError
from skyshade.programme import resolve
from skyshade.programme.amount import Amount
from skyshade.programme.payments import unit_price
from skyshade.reach.inbound import three
from skyshade.reach.interest import Interest, InterestReach, cover_interest
from skyshade.reach.study import ReachStudy
from skyshade.scenario.schema import Site
from skyshade.shown import count

BEFORE, AFTER = "before", "after"
Three = tuple[float, float, float]


@dataclass(frozen=True)
class PlacesAdded:
    """Places of the shape that are covered from at least half of all sides: 5 %, 50 %, 95 %."""

    flight: int
    before: Three
    after: Three
    gain: Three


@dataclass(frozen=True)
class Added:
    """What some units add to a shape.

    Attributes
    ----------
    title : of the comparison, for a reader. joined : ids of the units that make the difference.
    places : for each flight that comes to places; empty for a line, and without places in it.
    n_places : in the shape, on known ground. price : of one unit; None where nobody gave one.
    """

    study: ReachStudy
    reach: InterestReach
    title: str
    joined: tuple[str, ...]
    n_places: int
    places: tuple[PlacesAdded, ...]
    price: Amount | None

    def cost_per(self, gain: Iterable[float]) -> list[float | None] | None:
        """Price of the units over a gain (5 %, 50 %, 95 %): least, middle, most.

        None in place of a cost that has no bound, because the gain may be nothing; None without a
        price or without units that joined.
        """
        if self.price is None or not self.joined:
            return None
        paid = self.price.value * len(self.joined)
        return [paid / g if g > 0 else None for g in [*gain][::-1]]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        found = self.reach.as_dict([(BEFORE, AFTER)])
        unit, per = self.reach.interest.unit, self.reach.interest.per_unit
        gain = self.reach.gain(BEFORE, AFTER) / per
        n = len(self.reach.targets)
        for i, row in enumerate(found["results"]):
            row[f"gain_{unit}"] = row[f"gain_{unit}"][f"{BEFORE} to {AFTER}"]
            row[f"cost_per_{unit}"] = _rounded(self.cost_per(gain[:, i // n, i % n]))
        approaches = self.study.approaches
        return found | {
            "comparison": self.title,
            "joined": list(self.joined),
            "price_of_a_unit": None
            if self.price is None
            else {"amount": round(self.price.value), "currency": self.price.unit},
            "places": {
                "n": self.n_places,
                "covered": "from at least half of all sides",
                "results": [
                    {
                        "target": approaches[p.flight].target.id,
                        "altitude": approaches[p.flight].altitude.label,
                        BEFORE: three(p.before, 1),
                        AFTER: three(p.after, 1),
                        "gain": three(p.gain, 1),
                        "cost_per_place": _rounded(self.cost_per(p.gain)),
                    }
                    for p in self.places
                ],
            },
        }


def _rounded(values: list[float | None] | None) -> list[float | None] | None:
    return None if values is None else [None if v is None else round(v) for v in values]


def what_is_added(study: ReachStudy, interest: Interest, before: date | None = None) -> Added:
    """What the units in service add to a shape, beside those in service before.

    Parameters
    ----------
    before : the earlier date; by default the force without the unit that joined last.

    Raises
    ------
    InputError : the date is not earlier than that of the units; a ledger that cannot be read.
    """
    case = study.case
    sites, day = case.sites, case.day
    if before is None:
        last = max(reversed(sites), key=_joined)  # of several on one day, the last in the file
        old = [s.id for s in sites if s is not last]
        title = f"without and with {last.name}"
    else:
        if day is None or before >= day:
            raise InputError(
                "not before the date of the units",
                field="before",
                value=before.isoformat(),
                allowed="no date, as all units count" if day is None else f"before {day}",
            )
        old = [s.id for s in sites if s.operational_on(before)]
        title = f"{count(len(old), 'unit')} on {before}, {len(sites)} on {day}"
    every = [s.id for s in sites]
    reach = cover_interest(study.found.force, interest, {BEFORE: old, AFTER: every}, study.case.dem)
    joined = tuple(id_ for id_ in every if id_ not in old)
    inside = _places_in(study, interest)
    places = tuple(
        PlacesAdded(
            f,
            study.places.covered(f, old, inside),
            study.places.covered(f, every, inside),
            study.places.covered_more(f, old, every, inside),
        )
        for f in range(len(study.approaches) if inside else 0)
    )
    ledger = ledger_of(case.scenario)
    price = None
    if ledger is not None and {s.id for s in ledger.of_kind("unit")} >= set(joined):
        known_on = ledger.as_of if day is None else min(day, ledger.as_of)
        price = unit_price(resolve(ledger, known_on, known_on))
    return Added(study, reach, title, joined, len(inside), places, price)


def _joined(site: Site) -> date:
    event = site.event("operational")
    return date.min if event is None else event.date.last


def _places_in(study: ReachStudy, interest: Interest) -> list[str]:
    """Ids of the places of known ground in an area; none of a line."""
    places = study.places.places
    if interest.kind == "line" or not places:
        return []
    at = np.array([(p.position.lon, p.position.lat) for p in places])
    inside = shapely.contains_xy(interest.shape, at) & study.places.known
    return [p.id for p, is_in in zip(places, inside, strict=True) if is_in]
