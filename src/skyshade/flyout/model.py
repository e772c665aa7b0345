"""What fly-out works with: a missile as published, what is assumed of it, and its table. All SI."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from skyshade.errors import InputError
from skyshade.shown import Plotted, Shown

GIVEN = "given"  # stands for the source of a figure that the caller set


@dataclass(frozen=True, kw_only=True)
class Stated:
    """One figure as a model uses it: value and credible bounds (SI), and how far to trust it."""

    title: str
    value: float
    low: float
    high: float
    unit: str
    confidence: Literal["high", "medium", "low", "given"]
    sources: tuple[str, ...] = ()
    mark: str = ""  # "?" low confidence, "??" from memory only; see catalogue/readable.py
    condition: str = ""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.value) and self.low <= self.value <= self.high):
            raise InputError(
                f"the {self.title} needs low <= value <= high, all finite",
                value=(self.low, self.value, self.high),
            )

    @classmethod
    def given(cls, title: str, value: float, unit: str) -> Stated:
        """A figure that the caller set: no bounds, nobody's claim."""
        return cls(
            title=title,
            value=value,
            low=value,
            high=value,
            unit=unit,
            confidence="given",
            sources=(GIVEN,),
        )

    @property
    def is_range(self) -> bool:
        """Whether the sources leave room: the bounds differ, so the figure can be drawn."""
        return self.low < self.high


@dataclass(frozen=True, kw_only=True, repr=False)
class Missile(Shown):
    """An interceptor as published.

    Altitudes are those of the target above mean sea level; `speed` is the highest or the average
    speed, whichever is published (`speed_kind`). What is not published is None, except the
    figures that :mod:`skyshade.flyout.assumptions` estimates, which then say so.
    """

    id: str
    title: str
    range_min: Stated
    range_max: Stated
    alt_min: Stated
    alt_max: Stated
    speed: Stated
    speed_kind: Literal["max", "average"]
    launch_mass: Stated
    diameter: Stated
    target_speed_max: Stated | None = None
    ballistic_range_max: Stated | None = None
    burn_time: Stated | None = None

    @property
    def _in_short(self) -> str:
        return f"{self.id}, to {self.range_max_m / 1e3:g} km and {self.alt_max_m / 1e3:g} km up"

    @property
    def range_min_m(self) -> float:
        """Shortest ground range (m) of an intercept."""
        return self.range_min.value

    @property
    def range_max_m(self) -> float:
        """Longest ground range (m) of an intercept of an aircraft."""
        return self.range_max.value

    @property
    def alt_min_m(self) -> float:
        """Lowest altitude of the target (m above mean sea level)."""
        return self.alt_min.value

    @property
    def alt_max_m(self) -> float:
        """Highest altitude of the target (m above mean sea level)."""
        return self.alt_max.value

    @property
    def speed_mps(self) -> float:
        """The published speed figure, highest or average: see `speed_kind`."""
        return self.speed.value

    @property
    def launch_mass_kg(self) -> float:
        """Mass (kg) of the whole missile at launch."""
        return self.launch_mass.value

    @property
    def diameter_m(self) -> float:
        """Body diameter (m), assumed where none is published."""
        return self.diameter.value

    @property
    def target_speed_max_mps(self) -> float | None:
        """Fastest target (m/s) that it can engage; None if not published."""
        return None if self.target_speed_max is None else self.target_speed_max.value

    @property
    def ballistic_range_max_m(self) -> float | None:
        """Longest ground range (m) against ballistic missiles; None if not published."""
        return None if self.ballistic_range_max is None else self.ballistic_range_max.value

    def figures(self) -> Iterator[Stated]:
        """Every figure that is there, in the order of the fields."""
        for field in fields(self):
            figure = getattr(self, field.name)
            if isinstance(figure, Stated):
                yield figure

    def with_speed(self, speed_mps: float) -> Missile:
        """The same missile at another value of its speed figure (bounds widened if need be).

        Parameters
        ----------
        speed_mps : m/s.
        """
        speed = replace(
            self.speed,
            value=speed_mps,
            low=min(speed_mps, self.speed.low),
            high=max(speed_mps, self.speed.high),
        )
        return replace(self, speed=speed)


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """A number that no source gives, with the reason for it and how sure we are."""

    title: str
    value: float
    unit: str
    confidence: Literal["medium", "low"]
    why: str
    is_used: bool = True  # a sustain phase that does not burn need not be told


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What the fly-out model assumes of a missile; see docs/flyout.md for the effect of each."""

    boost_s: Assumed
    sustain_s: Assumed
    sustain_frac: Assumed  # of the propellant
    specific_impulse_s: Assumed
    launch_speed_mps: Assumed
    min_speed_mps: Assumed
    range_alt_m: Assumed

    def __iter__(self) -> Iterator[Assumed]:
        return (getattr(self, field.name) for field in fields(self))

    def change(self, **values: float) -> Assumptions:
        """The same with other values, for sensitivity runs: ``change(boost_s=18.0)``."""
        return replace(
            self, **{k: replace(getattr(self, k), value=v, is_used=True) for k, v in values.items()}
        )


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One published figure beside what the calibrated model does."""

    title: str
    unit: str
    published: float
    low: float
    high: float
    achieved: float
    mark: str
    confidence: str
    note: str

    @property
    def error_frac(self) -> float:
        """(achieved - published) / published, whatever the bounds."""
        return (self.achieved - self.published) / self.published


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The free parameters that make the model meet the published figures, and how well it does."""

    propellant_frac: float  # of the launch mass
    total_impulse_ns: float  # N s, what that share gives
    drag_scale: float  # on the generic drag coefficient
    ceiling_m: float  # the missile is not flown above this; inf: no limit
    top_speed_mps: float  # of any flight
    top_speed_time_s: float
    average_speed_mps: float  # published range over the shortest time to it
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, eq=False, repr=False)
class FlyoutTable(Plotted):
    """Time of flight and arrival speed of one missile over ground range and altitude.

    Both grids start at 0 and are evenly spaced. Only kinematics: whether a place lies in the
    published envelope is asked of :func:`skyshade.fireunit.intercept.in_envelope`.
    """

    missile: Missile
    ground_range_m: NDArray[np.float64]  # (n_r,)
    alt_msl_m: NDArray[np.float64]  # (n_h,)
    time_s: NDArray[np.float32]  # (n_h, n_r) from launch; +inf where out of reach
    speed_mps: NDArray[np.float32]  # (n_h, n_r) on arrival; 0 where out of reach
    min_speed_mps: float  # slower arrivals count as out of reach
    launch_alt_msl_m: float
    assumptions: Assumptions
    calibration: Calibration

    @property
    def _in_short(self) -> str:
        return (
            f"{self.missile.id}, to {self.ground_range_m[-1] / 1e3:g} km and "
            f"{self.alt_msl_m[-1] / 1e3:g} km up"
        )

    @property
    def d_range_m(self) -> float:
        """Step of the grid in ground range (m)."""
        return float(self.ground_range_m[1])

    @property
    def d_alt_m(self) -> float:
        """Step of the grid in altitude (m)."""
        return float(self.alt_msl_m[1])
