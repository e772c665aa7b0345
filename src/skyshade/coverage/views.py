"""What the two antennas of every unit have in line of sight: one sweep per antenna and height."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from skyshade.coverage.compute import cover
from skyshade.coverage.model import Coverage, SiteCoverage, SiteSpec
from skyshade.terrain.model import EFFECTIVE_EARTH, Altitude, Dem

RadarName = Literal["acquisition", "engagement"]
HeightName = Literal["low", "value", "high"]


class TwoAntennas(Protocol):
    """A unit as line of sight needs it: where each of its radars' antennas stands."""

    def spec_of(self, radar: RadarName, height: HeightName = "value") -> SiteSpec:
        """The site as one of its radars looks from it, its antenna at one of its heights."""


@dataclass(frozen=True, eq=False)
class AntennaViews:
    """What the units' antennas of one kind see, with the antenna heights that they may have.

    Attributes
    ----------
    default : at the heights used.
    low, high : at their bounds; the default where only that was swept.
    """

    default: Coverage
    low: Coverage
    high: Coverage


@dataclass(frozen=True, eq=False)
class Views:
    """Masking altitudes of every unit's two radars; the same object where both share a mast."""

    acquisition: AntennaViews
    engagement: AntennaViews


def view_units(
    dem: Dem,
    units: Sequence[TwoAntennas],
    altitudes: Sequence[Altitude],
    *,
    bounds: bool = True,
    k_factor: float = EFFECTIVE_EARTH,
    sea_outside: bool = False,
    known: Sequence[Coverage] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Views:
    """Sweep the terrain from both antennas of every unit.

    Parameters
    ----------
    bounds : also with the antennas at their lowest and at their highest.
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
    heights: tuple[HeightName, ...] = ("value", "low", "high") if bounds else ("value",)
    total, done = 2 * len(heights), 0

    def look(radar: RadarName, height: HeightName) -> Coverage:
        nonlocal done
        specs = tuple(_as_far(unit.spec_of(radar, height), swept) for unit in units)
        missing = [spec for spec in specs if spec not in swept]
        if missing:
            fresh = cover(dem, missing, altitudes, k_factor=k_factor, sea_outside=sea_outside)
            swept.update({site.spec: site for site in fresh.sites})
        if specs not in whole:
            sites = tuple(swept[spec] for spec in specs)
            whole[specs] = Coverage(dem, sites, tuple(altitudes), k_factor, sea_outside)
        done += 1
        progress(done, total)
        return whole[specs]

    def look_at_all(radar: RadarName) -> AntennaViews:
        seen = [look(radar, height) for height in heights]
        return AntennaViews(*(seen if bounds else seen * 3))

    return Views(look_at_all("acquisition"), look_at_all("engagement"))


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
