"""A fire unit's missiles as arrays: times of flight on one grid, and published limits."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyshade import flyout
from skyshade._jit import kernel_cache_dir
from skyshade.fireunit._cpu import resample_times
from skyshade.fireunit.limits import limits, target_speed_max_mps
from skyshade.flyout.assumptions import assumptions_for
from skyshade.flyout.load import load_missile
from skyshade.flyout.model import Missile
from skyshade.flyout.tables import flyout_table
from skyshade.radar.model import Target

D_RANGE_M, FARTHEST_M = 1_000.0, 420_000.0  # no missile of any system here flies farther
D_ALT_M, TOP_M = 250.0, 31_000.0


@dataclass(frozen=True, eq=False)
class FlyoutFamily:
    """One missile's times of flight at the low, the default and the high value of its speed.

    Attributes
    ----------
    time_s : (3, altitudes, ranges) float32 on the grid of `D_ALT_M` and `D_RANGE_M`, +inf where
        the missile does not get to.
    """

    missile: Missile
    time_s: NDArray[np.float32]


class MissileTables(NamedTuple):
    """A fire unit's missiles as the kernels read them, longest range first.

    Attributes
    ----------
    tables : (missiles, 3, altitudes, ranges) time of flight (s) at low, default and high speed;
        +inf where the missile does not get to.
    pace_min : (missiles,) least seconds per metre of ground range in any of them.
    d_range, d_alt : spacings of the tables (m).
    range_min, alt_min, alt_max : (missiles,) limits (m): on the ground, above ground, above mean
        sea level. The longest range depends on the target: `fireunit.limits.range_max_m`.
    target_speed_max : (missiles,) m/s, +inf where none is published.
    """

    tables: Any
    pace_min: Any
    d_range: float
    d_alt: float
    range_min: Any
    alt_min: Any
    alt_max: Any
    target_speed_max: Any


def missile_tables(families: Sequence[FlyoutFamily]) -> MissileTables:
    """These missiles' tables and limits, in the order given."""
    missiles = [f.missile for f in families]
    tables = np.stack([f.time_s for f in families])
    pace = tables[..., 1:] / (np.arange(1, tables.shape[3]) * D_RANGE_M)
    return MissileTables(
        tables=tables,
        pace_min=pace.min(axis=(1, 2, 3)),
        d_range=D_RANGE_M,
        d_alt=D_ALT_M,
        range_min=np.array([m.range_min_m for m in missiles]),
        alt_min=np.array([m.alt_min_m for m in missiles]),
        alt_max=np.array([m.alt_max_m for m in missiles]),
        target_speed_max=np.array([target_speed_max_mps(m) for m in missiles]),
    )


def altitudes_reached(
    families: Sequence[FlyoutFamily],
    target: Target,
    ground_range_m: NDArray[np.float32],
    ground_msl_m: NDArray[np.float32],
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Between which altitudes each missile can meet a target of this class, place by place.

    Published limits and the fly-out table at the default speed; line of sight is not considered.
    Missiles that are not published to engage a target this fast are skipped.

    Parameters
    ----------
    ground_range_m, ground_msl_m : range of the places from the fire unit, and the ground there.

    Yields
    ------
    Per missile the lowest and the highest altitude (m MSL) at each place; +inf and -inf out of
    range.
    """
    last = FARTHEST_M / D_RANGE_M
    column = np.minimum(np.ceil(ground_range_m / D_RANGE_M), last).astype(np.int16)
    for family in families:
        known = limits(family.missile, target)
        if target.speed_mps > known.target_speed_max_mps:
            continue
        reached = np.isfinite(family.time_s[1])
        top = reached.shape[0] - 1
        least = np.where(reached.any(0), reached.argmax(0) * D_ALT_M, np.inf)
        most = np.where(reached.any(0), (top - reached[::-1].argmax(0)) * D_ALT_M, -np.inf)
        low = np.maximum(ground_msl_m + known.alt_min_agl_m, least.astype(np.float32)[column])
        high = np.minimum(known.alt_max_msl_m, most.astype(np.float32)[column])
        beyond = ~((ground_range_m >= known.range_min_m) & (ground_range_m <= known.range_max_m))
        low[beyond], high[beyond] = np.inf, -np.inf
        yield low, high


@functools.cache
def flyout_family(name: str) -> FlyoutFamily:
    """The missile's family of tables, all on one grid so that a kernel can hold several.

    Kept on disk between runs, since calibrating a missile takes longer than a small raid.
    """
    missile = load_missile(name)
    made_of = [repr(missile), repr(assumptions_for(missile.id))]
    made_of += [f.read_text("utf-8") for f in sorted(Path(flyout.__file__).parent.glob("*.py"))]
    digest = hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:16]
    file = kernel_cache_dir() / "flyout" / f"{missile.id}-{digest}.npy"
    try:
        times = np.load(file)
    except (OSError, ValueError, EOFError):
        times = _family_times(missile)
        with contextlib.suppress(OSError):  # a read-only home: made anew each time
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as scratch:
                np.save(scratch, times)
            Path(scratch.name).replace(file)
    return FlyoutFamily(missile, times)


def _family_times(missile: Missile) -> NDArray[np.float32]:
    speeds = (missile.speed.low, missile.speed.value, missile.speed.high)
    shape = round(TOP_M / D_ALT_M) + 1, round(FARTHEST_M / D_RANGE_M) + 1
    times = np.empty((3, *shape), np.float32)
    for speed, out in zip(speeds, times, strict=True):
        table = flyout_table(missile, speed_mps=speed)
        resample_times(table.time_s, table.d_range_m, table.d_alt_m, D_RANGE_M, D_ALT_M, out)
    return times
