"""What a plan is worth in each draw of the unknowns, the positions of its units among them.

Candidates are compared where the grid has them, which takes one sweep each. Of the units of the
chosen plan, and of those that stay, every draw also moves the position: as given, or by half the
rounding to the north, south, east or west, as in the bands of reach.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skyshade.case import Propagation
from skyshade.fireunit.model import FireUnit
from skyshade.fireunit.places import FEW_PLACES, nearest_of_few, standing
from skyshade.siting.cover import Bits, Covers, sweep
from skyshade.siting.demand import Demand
from skyshade.siting.model import Floats
from skyshade.terrain.model import Dem
from skyshade.uncertainty.draws import BAND, POSITION, Draws


@dataclass(frozen=True, eq=False)
class PlanBand:
    """(draws,) worth without and with the plan, every unknown drawn.

    Attributes
    ----------
    n_moved : in how many cases a unit was moved; n_kept : in how many it would have stood off the
        terrain, or on unknown ground, and was left where it is.
    """

    before: Floats
    after: Floats
    n_moved: int
    n_kept: int

    def quantiles(self) -> tuple[list[float], list[float]]:
        """5, 50 and 95 % of the draws, without and with the plan."""
        before, after = (np.quantile(values, BAND).tolist() for values in (self.before, self.after))
        return before, after


def moved_covers(
    dem: Dem,
    units: Sequence[FireUnit],
    chosen: Sequence[int],
    demand: Demand,
    draws: Draws,
    known: Bits,
    spread: Propagation,
    progress: Callable[[int, int], None],
) -> tuple[Covers, int, int]:
    """What some of the units cover in each row, where that row has them stand.

    Parameters
    ----------
    units : those that the draws are of. chosen : indices of the units asked for.
    known : (chosen, demands, bytes) what they cover where they are given.

    Returns
    -------
    covers, cases in which a unit was moved, cases in which it could not be.
    """
    seen = np.unpackbits(known, axis=2)[:, :, : len(draws)]
    n_moved = n_kept = 0
    for done, i in enumerate(chosen):
        progress(done, len(chosen))
        unit = units[i]
        place = nearest_of_few(draws.column(POSITION, i)) * (unit.rounding_deg > 0)
        for k, at in enumerate(FEW_PLACES[1:], 1):
            rows = np.flatnonzero(place == k)
            there = standing(unit, at, unit.height_a.value_m, unit.height_e.value_m).acquisition
            if not len(rows):
                continue
            if np.isnan(dem.height_at(there.lon, there.lat)):
                n_kept += len(rows)
                continue
            n_moved += len(rows)
            found = sweep(
                dem,
                [replace(unit, spec=replace(unit.spec, antenna=there))],
                demand,
                replace(draws, u=draws.u[rows]),
                **spread._asdict(),
                first=i,
            )
            seen[done][:, rows] = np.unpackbits(found.bits[0], axis=1)[:, : len(rows)]
    progress(len(chosen), len(chosen))
    return Covers(np.packbits(seen, axis=2), len(draws)), n_moved, n_kept
