"""The area seen from every point of a coarse grid: a prior, and a picture of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skyshade.case import Propagation
from skyshade.coverage.compute import site_range_m, site_spec
from skyshade.fireunit.load import fire_unit
from skyshade.scenario.schema import Scenario
from skyshade.scenario.siting import Siting
from skyshade.siting.candidates import CandidateSet, find_candidates, keep_to_terrain
from skyshade.siting.cover import NEAR_RAYS, around_unit, sight_m
from skyshade.siting.model import Floats
from skyshade.terrain.geodesy import cell_area_m2
from skyshade.terrain.model import Altitude, Dem
from skyshade.terrain.sweep import masking_altitude


@dataclass(frozen=True, eq=False)
class Prior:
    """Area in line of sight of a radar at each candidate, per altitude.

    Attributes
    ----------
    km2 : (altitudes, candidates).
    """

    scenario: Scenario
    candidates: CandidateSet
    altitudes: tuple[Altitude, ...]
    km2: Floats
    dem: Dem

    def in_words(self) -> str:
        """Where most is seen from, per altitude."""
        best = self.km2.argmax(axis=1)
        parts = [
            f"{self.km2[a, c]:,.0f} km² at {altitude.label} from {self.candidates.names[c]} "
            f"(median {np.median(self.km2[a]):,.0f})"
            for a, (altitude, c) in enumerate(zip(self.altitudes, best, strict=True))
        ]
        return "Most is seen, " + "; ".join(parts) + "."

    def rows(self) -> list[dict[str, Any]]:
        """A row per candidate."""
        return [
            {
                "lon": float(self.candidates.lon[c]),
                "lat": float(self.candidates.lat[c]),
                "name": self.candidates.names[c],
                "ground_msl_m": round(float(self.candidates.ground_m[c]), 1),
                **{
                    f"seen_km2_{a.slug}": round(float(self.km2[i, c]), 1)
                    for i, a in enumerate(self.altitudes)
                },
            }
            for c in range(len(self.candidates.lon))
        ]


def seen_from_everywhere(
    scenario: Scenario, progress: Callable[[str, int, int], None] = lambda stage, done, total: None
) -> Prior:
    """Line of sight from every candidate, at the scenario's altitudes, its first site's antenna.

    Raises
    ------
    InputError : as :func:`skyshade.siting.study.study_siting`, for candidates and terrain.
    """
    from skyshade.siting.study import at_candidate, load_around

    siting = scenario.siting or Siting()
    like = next(
        (s for s in scenario.sites if siting.units and s.id == siting.units[0].like),
        scenario.sites[0],
    )
    sieve, spacing, area = find_candidates(scenario, siting.candidates, ())
    dem = load_around(scenario, sieve.lon, sieve.lat, site_range_m(like))
    found = keep_to_terrain(sieve, siting.candidates, dem, spacing, area)
    heights = float(np.nanmin(dem.heights)), float(np.nanmax(dem.heights))
    spread = Propagation.of(scenario)
    km2 = np.zeros((len(scenario.altitudes), len(found.lon)))
    total = len(found.lon)
    progress("area seen", 0, total)
    for c, (x, y) in enumerate(zip(found.lon, found.lat, strict=True)):
        site = at_candidate(like, f"c{c}", like.name, (float(x), float(y)), 0.0, "")
        unit, spec = fire_unit(site), site_spec(site)
        reach_m = min(
            spec.max_range_m, sight_m(dem, heights, unit, scenario.altitudes, spread.k_factor)
        )
        part = around_unit(dem, unit, reach_m)
        masking = masking_altitude(
            part, spec.antenna, reach_m, **spread._asdict(), near_rays=NEAR_RAYS
        )
        area_m2 = cell_area_m2(part.grid)
        ground = part.heights.astype(np.float32)
        for a, altitude in enumerate(scenario.altitudes):
            msl = altitude.msl(ground)
            with np.errstate(invalid="ignore"):
                seen = (masking <= msl) & (ground <= msl)
            km2[a, c] = float(area_m2[seen].sum(dtype=float)) / 1e6
        progress("area seen", c + 1, total)
    return Prior(scenario, found, scenario.altitudes, km2, dem)
