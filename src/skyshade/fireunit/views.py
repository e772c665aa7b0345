"""What a force's radars have in line of sight: one sweep per antenna and height, none twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from skyshade.coverage.compute import cover
from skyshade.coverage.model import Coverage, SiteCoverage, SiteSpec
from skyshade.fireunit.model import FireUnit
from skyshade.terrain.model import EFFECTIVE_EARTH, Altitude, Dem

HeightName = Literal["low", "value", "high"]
HEIGHTS: tuple[HeightName, ...] = ("value", "low", "high")


@dataclass(frozen=True, eq=False)
class Views:
    """Masking altitudes of every unit's two radars, by antenna height (`HEIGHTS`).

    Attributes
    ----------
    acquisition, engagement : at least "value"; the same object where both stand on one mast.
    """

    acquisition: Mapping[str, Coverage]
    engagement: Mapping[str, Coverage]


def view_units(
    dem: Dem,
    units: Sequence[FireUnit],
    altitudes: Sequence[Altitude],
    *,
    heights: Sequence[HeightName] = HEIGHTS,
    k_factor: float = EFFECTIVE_EARTH,
    sea_outside: bool = False,
    known: Sequence[Coverage] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Views:
    """Sweep the terrain from both antennas of every unit, at each of these heights.

    Parameters
    ----------
    known : sweeps already made over this terrain: one as far as is wanted here, or farther, is not
        made again.
    progress : called with (coverages done, coverages in all).

    Raises
    ------
    InputError : a unit outside the terrain, on unknown terrain, or with unusable limits.
    """
    swept: dict[SiteSpec, SiteCoverage] = {}
    whole: dict[tuple[SiteSpec, ...], Coverage] = {}
    for coverage in known:
        swept |= {site.spec: site for site in coverage.sites}
        whole[tuple(site.spec for site in coverage.sites)] = coverage
    total = 2 * len(heights)

    def look(radar: Literal["acquisition", "engagement"], height: HeightName) -> Coverage:
        specs = tuple(_as_far(unit.spec_of(radar, height), swept) for unit in units)
        missing = [spec for spec in specs if spec not in swept]
        if missing:
            fresh = cover(dem, missing, altitudes, k_factor=k_factor, sea_outside=sea_outside)
            swept.update({site.spec: site for site in fresh.sites})
        if specs not in whole:
            sites = tuple(swept[spec] for spec in specs)
            whole[specs] = Coverage(dem, sites, tuple(altitudes), k_factor, sea_outside)
        return whole[specs]

    found: dict[str, dict[str, Coverage]] = {"acquisition": {}, "engagement": {}}
    for done, height in enumerate(heights, start=1):
        found["acquisition"][height] = look("acquisition", height)
        found["engagement"][height] = look("engagement", height)
        progress(2 * done, total)
    return Views(**found)


def _as_far(spec: SiteSpec, swept: Iterable[SiteSpec]) -> SiteSpec:
    """What has been swept already as far as this, or farther; else this itself."""
    return next(
        (
            s
            for s in swept
            if s.max_range_m >= spec.max_range_m
            and replace(s, max_range_m=spec.max_range_m) == spec
        ),
        spec,
    )
