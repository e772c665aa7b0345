"""From a scenario to the reach of its sites, and reach as plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skyshade.case import Propagation
from skyshade.coverage.compute import load_scenario_dem, operational_sites
from skyshade.errors import InputError
from skyshade.fireunit.load import fire_unit
from skyshade.radar.load import load_target
from skyshade.radar.model import Target
from skyshade.reach.force import ForceReach
from skyshade.reach.inbound import AZIMUTHS, DRAWS, SiteReach, draw_force, reach, three
from skyshade.reach.paths import Approach
from skyshade.scenario.schema import Scenario, Site
from skyshade.shown import Mapped, count
from skyshade.terrain.model import Altitude, Dem
from skyshade.uncertainty.draws import BAND


@dataclass(frozen=True, eq=False, repr=False)
class ScenarioReach(Mapped):
    """Reach of a scenario's sites, each by itself and together."""

    sites: tuple[SiteReach, ...]
    force: ForceReach
    dem: Dem

    @property
    def _in_short(self) -> str:
        first = self.sites[0]
        return (
            f"{count(len(self.sites), 'unit')} against {len(self.targets)} classes of targets at "
            f"{count(len(self.altitudes), 'altitude')}, {count(first.draws.n, 'draw')}"
        )

    @property
    def altitudes(self) -> tuple[Altitude, ...]:
        """Altitudes of the targets, the same for all sites and in the order of their axes."""
        return self.sites[0].altitudes

    @property
    def targets(self) -> tuple[Target, ...]:
        """Target classes, the same for all sites and in the order of their axes."""
        return self.sites[0].targets

    def typical(self, target: int) -> int:
        """Index of the altitude nearest (in ratio) to the one at which the class usually flies."""
        return _nearest_usual(self.targets[target], self.altitudes)

    @property
    def flights(self) -> tuple[Approach, ...]:
        """Each class at the altitude nearest to its usual one."""
        return usual_flights(self.targets, self.altitudes)

    @property
    def hard_pair(self) -> tuple[Approach, ...]:
        """Of `flights`, the class that usually flies lowest, and the fastest of the others."""
        lowest, *others = sorted(self.flights, key=lambda f: _usual_m(f.target))
        return (lowest, max(others, key=lambda f: f.target.speed_mps)) if others else (lowest,)

    def to_xarray(self) -> Any:
        """An xarray Dataset of the 5-95 % bands, per unit and azimuth, and for the force."""
        import xarray as xr

        per_unit = ("unit", "quantile", "altitude", "target")
        first = self.sites[0]
        data = {
            "first_intercept_m": (
                (*per_unit, "azimuth_deg"),
                np.stack([s.first_band for s in self.sites]),
                {"units": "m"},
            ),
            "first_track_m": (
                (*per_unit, "azimuth_deg"),
                np.stack([s.band(s.track_m) for s in self.sites]),
                {"units": "m"},
            ),
            "share_of_ring": (
                per_unit,
                np.stack([s.fraction_band for s in self.sites]),
                {"units": "1"},
            ),
            "held_by_one_only_m2": (
                per_unit,
                np.stack([first.band(a) for a in self.force.alone_m2]),
                {"units": "m2", "long_name": "area in which no other unit can intercept"},
            ),
            "force_area_m2": (
                per_unit[1:],
                self.force.area_band,
                {"units": "m2", "long_name": "area in which any unit can intercept"},
            ),
        }
        return xr.Dataset(
            data,
            {
                "unit": [s.unit.id for s in self.sites],
                "quantile": list(BAND),
                "altitude": [a.label for a in self.altitudes],
                "target": [t.id for t in self.targets],
                "azimuth_deg": first.az_deg,
            },
            {"draws": first.draws.n, "seed": first.draws.seed},
        )

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON: medians with their 5-95 % bands, per unit and for the force."""
        draws = self.sites[0].draws
        return {
            "draws": draws.n,
            "seed": draws.seed,
            "quantiles": [0.05, 0.5, 0.95],
            "ring_km": self.sites[0].ring_m / 1e3,
            "unknowns": [u.as_dict() | {"sampled": u.sampled} for u in draws.unknowns],
            "units": [s.as_dict() for s in self.sites],
            "force": _force(self.force) if len(self.sites) > 1 else None,
        }


def usual_flights(targets: Sequence[Target], altitudes: Sequence[Altitude]) -> tuple[Approach, ...]:
    """Each class at that of the altitudes which is nearest (in ratio) to its usual one."""
    return tuple(Approach(t, altitudes[_nearest_usual(t, altitudes)]) for t in targets)


def _nearest_usual(target: Target, altitudes: Sequence[Altitude]) -> int:
    usual = _usual_m(target)
    return int(np.argmin([abs(np.log(max(a.value_m, 1.0) / usual)) for a in altitudes]))


def _usual_m(target: Target) -> float:
    """Altitude at which a class usually flies, above ground or the sea as it has it (m)."""
    usual = target.alt_agl_m if target.alt_agl_m is not None else target.alt_m or 10_000.0
    return max(usual, 1.0)


def reach_scenario(  # noqa: PLR0913 (the options are keyword-only)
    scenario: Scenario,
    sites: Sequence[Site] | None = None,
    *,
    targets: Sequence[str] | None = None,
    altitudes: Sequence[Altitude] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    n_azimuths: int = AZIMUTHS,
    dem: Dem | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    each: Callable[[SiteReach], None] = lambda found: None,
) -> ScenarioReach:
    """Reach of a scenario's sites (by default those in service on its date).

    Parameters
    ----------
    targets, altitudes : by default the scenario's own.
    draws : Sobol draws of the uncertain figures, a power of two; 0 for the defaults alone.
    n_azimuths : 8 to 3600.
    dem : terrain already loaded.
    each : called with the reach of each unit, as soon as it is there.

    Raises
    ------
    InputError : unusable terrain, sites, target classes or numbers.
    """
    if not 8 <= n_azimuths <= 3600:
        raise InputError(
            "number of azimuths out of bounds",
            field="azimuths",
            value=n_azimuths,
            allowed="8 to 3600",
        )
    chosen = list(operational_sites(scenario) if sites is None else sites)
    units = [fire_unit(site) for site in chosen]
    classes = [load_target(name, scenario.known) for name in (targets or scenario.targets)]
    dem = load_scenario_dem(scenario, chosen) if dem is None else dem
    found = reach(
        dem,
        units,
        classes,
        altitudes or scenario.altitudes,
        draws=draw_force(units, draws, seed, scenario.sensors),
        n_azimuths=n_azimuths,
        ring_m=scenario.ring_m,
        sensors=scenario.sensors,
        progress=progress,
        each=each,
        **Propagation.of(scenario)._asdict(),
    )
    return ScenarioReach(tuple(found), ForceReach(tuple(found)), dem)


def _force(force: ForceReach) -> dict[str, Any]:
    first = force.sites[0]
    share = force.fraction_band
    area = force.area_band / 1e6
    alone = np.stack([first.band(a) for a in force.alone_m2]) / 1e6
    return {
        "rings_km2": round(force.ring_area_m2 / 1e6, 1),
        "results": [
            {
                "altitude": altitude.label,
                "target": target.id,
                "share_of_rings": three(share[:, a, c], 5),
                "area_km2": three(area[:, a, c], 1),
                "held_by_one_only_km2": {
                    site.unit.id: three(alone[i, :, a, c], 1) for i, site in enumerate(force.sites)
                },
                "drivers": [d.as_dict() for d in force.drivers(a, c)[:6]],
            }
            for a, altitude in enumerate(first.altitudes)
            for c, target in enumerate(first.targets)
        ],
    }
