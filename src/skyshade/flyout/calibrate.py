"""Fits the free parameters of a missile so that its published speed and range come out.

Three parameters are free, two figures are published, so they are settled in order of doubt. The
propellant share always meets the speed figure. The ceiling (how high the missile is lofted)
meets the range with the generic drag as it is, since sources never tell the loft. Only where
no ceiling between the highest target and infinity does so is the drag scaled, within limits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyshade.flyout._cpu import fly_family
from skyshade.flyout._scalar_air import G0_MPS2
from skyshade.flyout._scalar_flight import Vehicle
from skyshade.flyout.model import Assumptions, Calibration, Comparison, Missile

PROPELLANT_FRAC = (0.2, 0.8)  # of the launch mass: beyond any solid motor either way
N_SHARES = 13  # tried from the smallest on, until the speed is there
DRAG_SCALE = (0.5, 1.0)  # on the generic curve
XTOL = 1e-4  # of a fitted parameter
N_FLIGHTS = 48  # of one evaluation, over launch elevation
N_STEPS = 24  # per motor phase; see the convergence test
ELEVATIONS_DEG = (5.0, 90.0)


def vehicle(
    missile: Missile, assumptions: Assumptions, propellant_frac: float, drag_scale: float
) -> Vehicle:
    """The constants of a flight.

    Parameters
    ----------
    propellant_frac : of the launch mass (0 to 1).
    drag_scale : factor on the generic drag curve.
    """
    propellant_kg = propellant_frac * missile.launch_mass_kg
    sustain_s = assumptions.sustain_s.value
    sustain_frac = assumptions.sustain_frac.value if sustain_s > 0 else 0.0
    boost_s = assumptions.boost_s.value
    return Vehicle(
        launch_mass_kg=missile.launch_mass_kg,
        boost_s=boost_s,
        boost_kgps=propellant_kg * (1 - sustain_frac) / boost_s,
        sustain_s=sustain_s,
        sustain_kgps=propellant_kg * sustain_frac / sustain_s if sustain_s > 0 else 0.0,
        exhaust_mps=assumptions.specific_impulse_s.value * G0_MPS2,
        drag_area_m2=drag_scale * math.pi / 4 * missile.diameter_m**2,
        launch_speed_mps=assumptions.launch_speed_mps.value,
    )


@dataclass(frozen=True)
class Performance:
    """What a family of flights from sea level can do, over launch elevation."""

    elevation_deg: NDArray[np.float64]
    flights: NDArray[np.float64]  # columns of `fly_family`
    range_m: float
    band_m: tuple[float, float]
    min_speed_mps: float

    @property
    def top(self) -> tuple[float, float]:
        """Highest speed (m/s) of any flight, and when (s)."""
        best = int(self.flights[:, 0].argmax())
        return float(self.flights[best, 0]), float(self.flights[best, 1])

    @property
    def _curve(self) -> NDArray[np.float64]:
        """Apogee, farthest range, and its time, finely, up to the flight of the longest range."""
        fine = np.linspace(self.elevation_deg[0], self.elevation_deg[-1], 20 * len(self.flights))
        columns = np.array(
            [np.interp(fine, self.elevation_deg, self.flights[:, k]) for k in (2, 3, 4)]
        )
        return columns[:, : int(columns[1].argmax()) + 1]

    def farthest_m(self, ceiling_m: float) -> float:
        """Farthest ground range of the flights that stay below the ceiling; 0 if none does.

        Parameters
        ----------
        ceiling_m : highest altitude (m MSL) that a flight may touch.
        """
        apogee, far, _ = self._curve
        return float(far[apogee <= ceiling_m].max(initial=0.0))

    def lowest_m(self, range_m: float) -> tuple[float, float]:
        """Apogee (m) of the lowest flight that gets as far as that, and its time (s) there.

        Both are infinite if none does.

        Parameters
        ----------
        range_m : ground range (m).
        """
        apogee, far, time = self._curve
        enough = far >= range_m
        first = int(enough.argmax())
        return (float(apogee[first]), float(time[first])) if enough[first] else (math.inf, math.inf)

    def lofted_to_m(self, range_m: float, alt_max_m: float) -> float:
        """The ceiling that makes the farthest range just that, but no lower than the targets.

        Parameters
        ----------
        range_m : ground range (m).
        alt_max_m : highest altitude of a target (m MSL).

        Returns
        -------
        float : altitude (m MSL).
        """
        return max(self.lowest_m(range_m)[0], alt_max_m)

    def shortest_time_s(self, ceiling_m: float) -> float:
        """Shortest time to the range of this evaluation, at any altitude of the band.

        Flights count that stay below the ceiling until they are there; inf if none does. The
        lowest of them may just touch the band there, so it is looked at by itself.

        Parameters
        ----------
        ceiling_m : highest altitude (m MSL) that a flight may touch.

        Returns
        -------
        float : seconds.
        """
        apogee, time = self.lowest_m(self.range_m)
        shortest = time if apogee <= ceiling_m else math.inf
        reached = np.isfinite(self.flights[:, 5])
        n = int(reached.sum())
        if n >= 2:
            fine = np.linspace(0, n - 1, 20 * n)
            t, z, v, peak = (
                np.interp(fine, np.arange(n), column) for column in self.flights[reached, 5:].T
            )
            good = (z >= self.band_m[0]) & (z <= self.band_m[1]) & (v >= self.min_speed_mps)
            shortest = float(t[good & (peak <= ceiling_m)].min(initial=shortest))
        return shortest


def performance(
    missile: Missile,
    assumptions: Assumptions,
    propellant_frac: float,
    drag_scale: float,
    n_flights: int = N_FLIGHTS,
    n_steps: int = N_STEPS,
) -> Performance:
    """Fly the family of one choice of parameters.

    Parameters
    ----------
    propellant_frac : of the launch mass (0 to 1).
    drag_scale : factor on the generic drag curve.
    n_flights : launch elevations flown.
    n_steps : integration steps of each phase.
    """
    elevation = np.linspace(*ELEVATIONS_DEG, n_flights)
    flights = np.empty((n_flights, 9))
    band = (min(assumptions.range_alt_m.value, 0.5 * missile.alt_max_m), missile.alt_max_m)
    fly_family(
        vehicle(missile, assumptions, propellant_frac, drag_scale),
        np.deg2rad(elevation),
        0.0,
        n_steps,
        band,
        assumptions.min_speed_mps.value,
        missile.range_max_m,
        flights,
    )
    return Performance(
        elevation, flights, missile.range_max_m, band, assumptions.min_speed_mps.value
    )


def calibrate(missile: Missile, assumptions: Assumptions) -> Calibration:
    """The parameters with which the model meets the published speed and range best.

    The range fitted is the upper bound of the published one, so that every credible range is
    within the energy; the envelope cuts what is shorter.
    """
    range_m = missile.range_max_m

    def flown(drag: float) -> tuple[float, Performance]:
        share = _fit_speed(missile, assumptions, drag)
        return share, performance(missile, assumptions, share, drag)

    drag = 1.0
    share, able = flown(drag)
    if math.isinf(able.lowest_m(range_m)[0]):  # too much drag to get there at all
        drag = _root(lambda d: flown(d)[1].farthest_m(math.inf) - range_m, *DRAG_SCALE)
        share, _ = flown(drag)
    able = performance(missile, assumptions, share, drag, 4 * N_FLIGHTS, 2 * N_STEPS)
    ceiling = able.lofted_to_m(range_m, missile.alt_max_m)
    top_speed, top_time = able.top
    shortest = able.shortest_time_s(ceiling)
    return Calibration(
        propellant_frac=share,
        total_impulse_ns=share
        * missile.launch_mass_kg
        * assumptions.specific_impulse_s.value
        * G0_MPS2,
        drag_scale=drag,
        ceiling_m=ceiling,
        top_speed_mps=top_speed,
        top_speed_time_s=top_time,
        average_speed_mps=missile.range_max_m / shortest,
        comparisons=_compare(missile, able, ceiling),
    )


def _fit_speed(missile: Missile, assumptions: Assumptions, drag_scale: float) -> float:
    """The smallest propellant share with which the published speed figure comes out.

    From the smallest share on that reaches the range at all, the average speed jumps up from
    nothing to that of the slowest flight there is; a published average below it is met no better.
    """

    def excess(share: float) -> float:
        able = performance(missile, assumptions, share, drag_scale)
        return speed_figure(able, missile) / missile.speed_mps - 1.0

    shares = np.linspace(*PROPELLANT_FRAC, N_SHARES)
    low = float(shares[0])
    for share in map(float, shares[1:]):
        if excess(share) >= 0.0:
            root = _root(excess, low, share)
            return root if excess(root) > -0.5 else root + 2 * XTOL
        low = share
    return low


def speed_figure(able: Performance, missile: Missile) -> float:
    """Highest speed, or average to the published range, of a family: what the figure means."""
    if missile.speed_kind == "max":
        return able.top[0]
    ceiling = able.lofted_to_m(missile.range_max_m, missile.alt_max_m)
    return missile.range_max_m / able.shortest_time_s(ceiling)


def _root(excess: Callable[[float], float], low: float, high: float) -> float:
    """Where `excess` changes its sign; the better end where it does not."""
    from scipy.optimize import brentq

    at_low, at_high = excess(low), excess(high)
    if at_low * at_high > 0:
        return low if abs(at_low) <= abs(at_high) else high
    return float(brentq(excess, low, high, xtol=XTOL, rtol=1e-5))


def _compare(missile: Missile, able: Performance, ceiling_m: float) -> tuple[Comparison, ...]:
    """Published beside achieved, from flights four times as dense as those of the fit."""
    speed, reach = missile.speed, missile.range_max
    farthest = able.farthest_m(ceiling_m)
    energy = f"what its energy allows, target at {able.band_m[0] / 1e3:g} km or higher"
    if farthest > 1.01 * reach.high:
        energy += "; something else limits it, and the published range holds"
    return (
        Comparison(
            title=speed.title,
            unit=speed.unit,
            published=speed.value,
            low=speed.low,
            high=speed.high,
            achieved=speed_figure(able, missile),
            mark=speed.mark,
            confidence=speed.confidence,
            note="of any flight"
            if missile.speed_kind == "max"
            else "published range over the shortest time to it",
        ),
        Comparison(
            title=reach.title,
            unit=reach.unit,
            published=reach.value,
            low=reach.low,
            high=reach.high,
            achieved=farthest,
            mark=reach.mark,
            confidence=reach.confidence,
            note=energy,
        ),
    )
