"""One missile at any value of its speed figure: tables at a few values, blended between them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from skyshade.errors import InputError
from skyshade.flyout.assumptions import assumptions_for
from skyshade.flyout.model import Assumptions, FlyoutTable, Missile
from skyshade.flyout.tables import flyout_table
from skyshade.shown import Plotted

N_SPEEDS = 5


@dataclass(frozen=True, eq=False, repr=False)
class SpeedFamily(Plotted):
    """Calibrated tables of one missile over its credible speeds, slowest first, on one grid."""

    tables: tuple[FlyoutTable, ...]

    @property
    def _in_short(self) -> str:
        low, high = self.speeds_mps[0], self.speeds_mps[-1]
        return f"{self.tables[0].missile.id} at {low:g} to {high:g} m/s"

    @property
    def speeds_mps(self) -> tuple[float, ...]:
        """Speed figure (m/s) that each table is calibrated to, slowest first."""
        return tuple(table.missile.speed_mps for table in self.tables)

    def at(self, speed_mps: float) -> FlyoutTable:
        """The table at one speed; costs a blend of two arrays, not a calibration.

        Times and speeds are linear in 1 / speed between the two neighbours where both arrive,
        those of the nearer one elsewhere, so that the rim of what is reachable moves in steps. The
        calibration it carries is that of the nearer one.

        Parameters
        ----------
        speed_mps : value of the speed figure (m/s).

        Raises
        ------
        InputError : outside the family's speeds.
        """
        speeds = self.speeds_mps
        if not speeds[0] <= speed_mps <= speeds[-1]:
            raise InputError(
                "the speed is outside the family",
                field="speed_mps",
                value=speed_mps,
                allowed=f"{speeds[0]:g} to {speeds[-1]:g} m/s",
            )
        if speed_mps in speeds:
            return self.tables[speeds.index(speed_mps)]
        above = int(np.searchsorted(speeds, speed_mps))
        a, b = self.tables[above - 1], self.tables[above]
        pace_a, pace_b = 1 / speeds[above - 1], 1 / speeds[above]
        weight = np.float32((pace_a - 1 / speed_mps) / (pace_a - pace_b))
        nearer = a if weight < 0.5 else b
        both = np.isfinite(a.time_s) & np.isfinite(b.time_s)
        blended = {}
        for name in ("time_s", "speed_mps"):
            array = getattr(nearer, name).copy()
            first, second = getattr(a, name)[both], getattr(b, name)[both]
            array[both] = first + weight * (second - first)
            array.flags.writeable = False
            blended[name] = array
        return replace(nearer, missile=nearer.missile.with_speed(speed_mps), **blended)


def speed_family(
    missile: Missile,
    *,
    low_mps: float | None = None,
    high_mps: float | None = None,
    n_speeds: int = N_SPEEDS,
    launch_alt_msl_m: float = 0.0,
    assumptions: Assumptions | None = None,
) -> SpeedFamily:
    """Tables of a missile from its lowest to its highest credible speed, evenly in 1 / speed.

    Parameters
    ----------
    low_mps, high_mps : other ends than the published bounds of the figure; where they are equal
        the family is one table.
    n_speeds : tables to calibrate; the error this leaves is in docs/flyout.md.
    launch_alt_msl_m : altitude of the launcher (m MSL).

    Raises
    ------
    InputError : not 0 < low <= high; a launcher out of bounds.
    """
    low = missile.speed.low if low_mps is None else low_mps
    high = missile.speed.high if high_mps is None else high_mps
    if not 0 < low <= high:
        raise InputError("a family of speeds needs 0 < low <= high", value=(low, high))
    speeds = 1 / np.linspace(1 / low, 1 / high, n_speeds if low < high else 1)
    speeds[0], speeds[-1] = low, high
    return SpeedFamily(
        tuple(
            flyout_table(
                missile,
                speed_mps=float(speed),
                launch_alt_msl_m=launch_alt_msl_m,
                assumptions=assumptions or assumptions_for(missile),
            )
            for speed in speeds
        )
    )
