"""A fire unit's missiles as arrays: times of flight on one grid, and published limits."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skyshade import flyout
from skyshade._jit import kernel_cache_dir, plain
from skyshade.fireunit import _scalar
from skyshade.fireunit._cpu import resample_times
from skyshade.fireunit.limits import limits, target_speed_max_mps
from skyshade.flyout.assumptions import assumptions_for
from skyshade.flyout.model import Missile
from skyshade.flyout.tables import flyout_table
from skyshade.radar.model import Target

# spacings that tables may have: the coarsest at which the longest missile has enough columns
_D_RANGE_M, _COLUMNS = (1_000.0, 250.0, 100.0), 100
D_ALT_M, TOP_M = 250.0, 31_000.0  # missiles that reach higher have more rows


@dataclass(frozen=True, eq=False)
class FlyoutFamily:
    """One missile's times of flight at the low, the default and the high value of its speed.

    Attributes
    ----------
    time_s : (3, altitudes, ranges) float32 on the grid of `D_ALT_M` and `d_range_m`, up to its own
        longest range; +inf where the missile does not get to.
    d_range_m : spacing in ground range, the same for all missiles of a system.
    """

    missile: Missile
    time_s: NDArray[np.float32]
    d_range_m: float


class MissileTables(NamedTuple):
    """A fire unit's missiles as the kernels read them, longest range first.

    Attributes
    ----------
    tables : (missiles, 3, altitudes, ranges) time of flight (s) at low, default and high speed;
        +inf where the missile does not get to.
    pace_min : (missiles,) least seconds per metre of ground range in any of them.
    d_range_m, d_alt_m : spacings of the tables.
    range_min_m, alt_min_m, alt_max_m : (missiles,) limits: on the ground, above ground, above mean
        sea level. The longest range depends on the target: `fireunit.limits.range_max_m`.
    target_speed_max_mps : (missiles,) +inf where none is published.
    """

    tables: Any
    pace_min: Any
    d_range_m: float
    d_alt_m: float
    range_min_m: Any
    alt_min_m: Any
    alt_max_m: Any
    target_speed_max_mps: Any


def missile_tables(families: Sequence[FlyoutFamily]) -> MissileTables:
    """These missiles' tables and limits, in the order given."""
    missiles = [f.missile for f in families]
    (d_range_m,) = {f.d_range_m for f in families}
    shape = np.array([f.time_s.shape for f in families]).max(axis=0)
    tables = np.full((len(families), *shape), np.inf, np.float32)
    for table, family in zip(tables, families, strict=True):
        _, rows, columns = family.time_s.shape
        table[:, :rows, :columns] = family.time_s
    pace = tables[..., 1:] / (np.arange(1, tables.shape[3]) * d_range_m)
    return MissileTables(
        tables=tables,
        pace_min=pace.min(axis=(1, 2, 3)),
        d_range_m=d_range_m,
        d_alt_m=D_ALT_M,
        range_min_m=np.array([m.range_min_m for m in missiles]),
        alt_min_m=np.array([m.alt_min_m for m in missiles]),
        alt_max_m=np.array([m.alt_max_m for m in missiles]),
        target_speed_max_mps=np.array([target_speed_max_mps(m) for m in missiles]),
    )


def fast_enough(fastest_mps: ArrayLike, target: Target) -> NDArray[np.bool_]:
    """Whether missiles are published to engage a target this fast, by the kernels' function.

    Parameters
    ----------
    fastest_mps : the missiles' fastest targets, +inf where none is published.
    """
    return np.asarray(plain(_scalar.fast_enough)(np.asarray(fastest_mps), target.speed_mps))


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
    (d_range_m,) = {family.d_range_m for family in families}
    column = np.ceil(ground_range_m / d_range_m).astype(np.intp)
    for family in families:
        known = limits(family.missile, target)
        if not fast_enough(known.target_speed_max_mps, target):
            continue
        reached = np.isfinite(family.time_s[1])
        top = reached.shape[0] - 1
        least = np.where(reached.any(0), reached.argmax(0) * D_ALT_M, np.inf)
        most = np.where(reached.any(0), (top - reached[::-1].argmax(0)) * D_ALT_M, -np.inf)
        low = np.maximum(
            ground_msl_m + known.alt_min_agl_m, least.astype(np.float32).take(column, mode="clip")
        )
        high = np.minimum(known.alt_max_msl_m, most.astype(np.float32).take(column, mode="clip"))
        beyond = (ground_range_m < known.range_min_m) | (ground_range_m > known.range_max_m)
        np.copyto(low, np.inf, where=beyond)
        np.copyto(high, -np.inf, where=beyond)
        yield low, high


def table_spacing_m(longest_m: float) -> float:
    """Spacing in ground range of the tables of a system whose longest missile flies so far.

    >>> table_spacing_m(380e3), table_spacing_m(40e3), table_spacing_m(12e3)
    (1000.0, 250.0, 100.0)
    """
    return next((d for d in _D_RANGE_M if longest_m >= _COLUMNS * d), _D_RANGE_M[-1])


@functools.lru_cache(maxsize=64)
def flyout_family(missile: Missile, d_range_m: float) -> FlyoutFamily:
    """The missile's family of tables, on one spacing so that a kernel can hold several.

    Kept on disk between runs, since calibrating a missile takes longer than a small raid.
    """
    # not the missile's own text, which is short: every figure counts
    made_of = [repr(asdict(missile)), repr(assumptions_for(missile)), repr(d_range_m)]
    made_of += [f.read_text("utf-8") for f in sorted(Path(flyout.__file__).parent.glob("*.py"))]
    digest = hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:16]
    file = kernel_cache_dir() / "flyout" / f"{missile.id}-{digest}.npy"
    try:
        times = np.load(file)
    except (OSError, ValueError, EOFError):
        times = _family_times(missile, d_range_m)
        with contextlib.suppress(OSError):  # a read-only home: made anew each time
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as scratch:
                np.save(scratch, times)
            Path(scratch.name).replace(file)
    return FlyoutFamily(missile, times, d_range_m)


def _family_times(missile: Missile, d_range_m: float) -> NDArray[np.float32]:
    speeds = (missile.speed.low, missile.speed.value, missile.speed.high)
    top, end = max(TOP_M, missile.alt_max.high), missile.range_max.high
    shape = math.ceil(top / D_ALT_M) + 1, math.ceil(end / d_range_m) + 1
    times = np.empty((3, *shape), np.float32)
    for speed, out in zip(speeds, times, strict=True):
        table = flyout_table(missile, speed_mps=speed)
        resample_times(table.time_s, table.d_range_m, table.d_alt_m, d_range_m, D_ALT_M, out)
    return times
