"""A fire unit: two radars on masts, missiles, and the times between steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from skyshade.coverage.model import SiteSpec
from skyshade.fireunit.missiles import D_ALT_M, FlyoutFamily, MissileTables, missile_tables
from skyshade.radar.model import Radar
from skyshade.uncertainty.unknown import Unknown

# Not published for this or any comparable system; the same for all units, and shown as assumed.
ASSESSMENT = Unknown(
    "assessment delay",
    "kill assessment before the next shot",
    "s",
    5.0,
    3.0,
    10.0,
    origin="assumption",
    weak=True,
    why="No published figure was found; a few seconds of track after the intercept.",
)
MEANING = Unknown(
    "meaning of published ranges",
    "probability that a published detection range means",
    "1",
    0.5,
    0.5,
    0.9,
    origin="assumption",
    sampled=False,
    weak=True,
    why="Brochures do not say. 50 % is "
    "the usual convention; a maker who meant 90 % would be promising a stronger radar.",
)


@dataclass(frozen=True)
class Height:
    """An antenna above ground (m): the value used and its bounds."""

    value_m: float
    low_m: float
    high_m: float


@dataclass(frozen=True)
class FireUnit:
    """One site's means: what detects, what guides, what flies.

    Attributes
    ----------
    spec : where it stands; its antenna is the acquisition radar's.
    rounding_deg : positions are known to half of this.
    acquisition, engagement : the radars; the first makes the track, the second must hold it in
        line of sight from launch to intercept.
    height_a, height_e : their antennas above ground.
    missiles : fly-out tables, longest range first; each missile knows its system's limits.
    reaction : confirmed track to first launch (s).
    """

    spec: SiteSpec
    rounding_deg: float
    acquisition: Radar
    engagement: Radar
    height_a: Height
    height_e: Height
    missiles: tuple[FlyoutFamily, ...]
    reaction: Unknown

    @property
    def id(self) -> str:
        """Id of its site in the scenario."""
        return self.spec.id

    @cached_property
    def tables(self) -> MissileTables:
        """Its missiles as the kernels read them."""
        return missile_tables(self.missiles)

    @property
    def top_m(self) -> float:
        """The top of its missiles' tables (m MSL)."""
        return float(max(family.time_s.shape[1] - 1 for family in self.missiles) * D_ALT_M)

    def spec_of(
        self,
        radar: Literal["acquisition", "engagement"],
        height: Literal["low", "value", "high"] = "value",
    ) -> SiteSpec:
        """The site as one of its radars looks from it, its antenna at one of its heights."""
        antenna = self.height_a if radar == "acquisition" else self.height_e
        agl_m = getattr(antenna, f"{height}_m")
        return replace(self.spec, antenna=replace(self.spec.antenna, agl_m=agl_m))

    def unknowns(self) -> list[Unknown]:
        """What is uncertain about the unit, except where and how high its antennas stand."""
        radars = (self.acquisition, self.engagement)
        found = [x for radar in radars for x in radar_unknowns(radar).values()]
        return [*found, self.reaction, ASSESSMENT, MEANING]


def radar_unknowns(radar: Radar) -> dict[str, Unknown]:
    """The radar's own uncertain figures, by the name of the field that they fill."""
    return {
        field: Unknown.of(radar.figures[field], f"{radar.id} {short}", radar.id)
        for field, short in (
            ("reference_range_m", "detection range"),
            ("scan_period_s", "scan period"),
        )
        if field in radar.figures
    }
