"""The results of an assessment as frozen records; `summary` turns them into plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from skyshade.assess.programme import Programme
from skyshade.assess.raids import RaidsReport
from skyshade.coverage.model import Area, Coverage
from skyshade.reach.paths import Approach
from skyshade.reach.study import ReachStudy
from skyshade.scenario.checks import FORCE
from skyshade.scenario.schema import Place, Scenario, Site
from skyshade.shown import Brief, count
from skyshade.siting.study import SitingStudy


@dataclass(frozen=True)
class Banded:
    """An area in line of sight, with its bands over two unknowns.

    Attributes
    ----------
    antenna : the same with the lowest and the highest antenna of every site.
    position : the smallest and the largest of the area with every site moved by half its
        rounding north, south, east or west; (value, value) where positions are exact.
    """

    value: Area
    antenna: tuple[Area, Area]
    position: tuple[Area, Area]

    @property
    def band_frac(self) -> tuple[float, float]:
        """Lowest and highest visible share of the ring over both unknowns."""
        ends = [a.visible_frac for a in (self.value, *self.antenna, *self.position)]
        return min(ends), max(ends)

    def as_dict(self) -> dict[str, Any]:
        """The central value and the bands, in km2 and as shares of the ring."""
        bands = {"antenna": self.antenna, "position": self.position}
        return self.value.as_dict() | {
            f"{name}_{key}": [round(scale * getattr(a, attribute), digits) for a in band]
            for name, band in bands.items()
            for key, attribute, scale, digits in (
                ("band_km2", "visible_m2", 1e-6, 1),
                ("band_frac", "visible_frac", 1.0, 5),
            )
        }


@dataclass(frozen=True)
class PlaceReport:
    """What the force has in line of sight above one defended place.

    Attributes
    ----------
    nearest, distance_m : the nearest operational site.
    lowest_visible_agl_m : lowest visible altitude above the place's ground; None where it is
        unknown or no site's ring reaches it; `low` and `high` with the highest and lowest antenna.
    seen_by : ids of the sites that see a target at each altitude (by its label).
    """

    place: Place
    nearest: str
    distance_m: float
    in_ring: bool
    known: bool
    lowest_visible_agl_m: float | None
    lowest_visible_agl_low_m: float | None
    lowest_visible_agl_high_m: float | None
    seen_by: Mapping[str, tuple[str, ...]]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""

        def whole(value: float | None) -> int | None:
            return None if value is None else round(value)

        return {
            "id": self.place.id,
            "name": self.place.name,
            "nearest_site": self.nearest,
            "distance_km": round(self.distance_m / 1e3, 1),
            "inside_a_ring": self.in_ring,
            "terrain_known": self.known,
            "lowest_visible_agl_m": whole(self.lowest_visible_agl_m),
            "lowest_visible_agl_m_low": whole(self.lowest_visible_agl_low_m),
            "lowest_visible_agl_m_high": whole(self.lowest_visible_agl_high_m),
            "seen_by": {label: list(ids) for label, ids in self.seen_by.items()},
        }


@dataclass(frozen=True)
class Held:
    """Area in which a force can intercept one flight: 5 %, median, 95 % of the draws."""

    flight: Approach
    low_m2: float
    median_m2: float
    high_m2: float

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        area = (self.low_m2, self.median_m2, self.high_m2)
        return {
            "target": self.flight.target.id,
            "altitude": self.flight.altitude.label,
            "area_km2": [round(v / 1e6, 1) for v in area],
        }


@dataclass(frozen=True)
class Step:
    """The force from a date on, on which a unit becomes operational.

    Attributes
    ----------
    joined, sites : ids of the units that join on that date, and of all in service then.
    areas : the force's areas in line of sight, one per altitude.
    assumed : whether the date is assumed and not reported.
    reach : the area that it can defend, one per flight; empty without draws.
    """

    day: date
    joined: tuple[str, ...]
    sites: tuple[str, ...]
    areas: tuple[Banded, ...]
    assumed: bool
    reach: tuple[Held, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "from": self.day.isoformat(),
            "joined": list(self.joined),
            "date_is_assumed": self.assumed,
            "sites": list(self.sites),
            "areas": [area.as_dict() | {"who": FORCE} for area in self.areas],
            **({"reach": [held.as_dict() for held in self.reach]} if self.reach else {}),
        }


@dataclass(frozen=True, repr=False)
class Assessment(Brief):
    """One case on one date.

    Attributes
    ----------
    operational, waiting : sites in service on `as_of`, and those that are not.
    coverage : of the operational sites, at the central antenna height.
    areas : per operational site and for the force ("force"), per altitude, within the radar's
        ring; `ring_areas` the same within the scenario's weapon ring, if it names one.
    growth : the force at each date on which a unit became operational, up to `as_of`.
    reach : what can be intercepted, and where; None if no draws were asked for.
    programme : deliveries and delays by the scenario's ledger; None if it names none.
    raids : what gets through of the scenario's raid, date by date; None if it has none.
    siting : where the next unit would add most; None unless it was asked for.
    """

    scenario: Scenario
    as_of: date
    operational: tuple[Site, ...]
    waiting: tuple[Site, ...]
    coverage: Coverage
    areas: tuple[Banded, ...]
    ring_areas: tuple[Banded, ...]
    places: tuple[PlaceReport, ...]
    growth: tuple[Step, ...]
    reach: ReachStudy | None = None
    programme: Programme | None = None
    raids: RaidsReport | None = None
    siting: SitingStudy | None = None

    @property
    def _in_short(self) -> str:
        return (
            f"{self.scenario.name} as of {self.as_of}, {count(len(self.operational), 'site')} in "
            "service"
        )

    def force_areas(self, within_ring: bool = False) -> list[Banded]:
        """The force's areas (of the only site, if there is one), one per altitude."""
        areas = self.ring_areas if within_ring else self.areas
        who = "force" if len(self.operational) > 1 else self.operational[0].id
        return [a for a in areas if a.value.who == who]

    @property
    def poor_ring_frac(self) -> float:
        """Share of the force's rings whose terrain is known to be poor."""
        return self.force_areas()[0].value.poor_frac

    def summary(self) -> dict[str, Any]:
        """Everything as plain JSON, without times or machine names."""
        ring = self.scenario.ring_m
        return {
            "scenario": self.scenario.name,
            "title": self.scenario.title,
            "as_of": self.as_of.isoformat(),
            "operational": [_site(s, "operational") for s in self.operational],
            "not_operational": [_site(s, "announced") for s in self.waiting],
            "terrain": {
                "name": self.coverage.dem.name,
                "licence": self.coverage.dem.licence,
                "outside": self.scenario.terrain.outside,
                "poor_share_of_ring": round(self.poor_ring_frac, 4),
                "poor_cells_deg": [list(box) for box in self.coverage.dem.poor_cells],
                "unknown_share_of_ring": round(self.force_areas()[0].value.unknown_frac, 4),
            },
            "k_factor": self.scenario.atmosphere.k_factor,
            "bands": {
                "antenna": "the lowest and the highest antenna of every site",
                "position": "every site moved by half its rounding north, south, east or west",
            },
            "areas_within_radar_ring": [a.as_dict() for a in self.areas],
            "weapon_ring_km": None if ring is None else ring / 1e3,
            "areas_within_weapon_ring": [a.as_dict() for a in self.ring_areas],
            "places": [p.as_dict() for p in self.places],
            "growth": [step.as_dict() for step in self.growth],
            **({"reach": self.reach.as_dict()} if self.reach else {}),
            **({"raids": self.raids.as_dict()} if self.raids else {}),
            **({"programme": self.programme.summary()} if self.programme else {}),
        }


def _site(site: Site, kind: str) -> dict[str, Any]:
    event = site.event(kind)
    return {
        "id": site.id,
        "name": site.name,
        "sector": site.sector,
        "illustrative_position": site.illustrative,
        "lon": site.position.lon,
        "lat": site.position.lat,
        "antenna_agl_m": {
            "value": site.antenna.value_m,
            "low": site.antenna.low_m,
            "high": site.antenna.high_m,
        },
        "since": None if event is None else str(event.date),
        "since_is_assumed": None if event is None else event.assumed,
    }
