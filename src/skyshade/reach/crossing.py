"""The crossing case: what one unit can do about targets that pass it at a distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.coverage.views import Views
from skyshade.fireunit.model import FireUnit
from skyshade.reach.paths import Approach, crossing_paths, join, reach_along
from skyshade.shown import Plotted, count
from skyshade.uncertainty.draws import BAND, Draws

HEADINGS_DEG = (0.0, 90.0, 180.0, 270.0)  # the unit to the right: it is passed on all four sides
OFFSETS = 11  # from overhead to the ring
MAX_DRAWS = 16


@dataclass(frozen=True, eq=False, repr=False)
class Crossing(Plotted):
    """One unit against targets crossing at an offset, averaged over `HEADINGS_DEG`.

    Attributes
    ----------
    offsets_m : (offsets,) closest approach; 0 is straight over the unit.
    length_m : (flights, rows, offsets) metres of the track on which an intercept is possible.
    n_shots : (flights, rows, offsets) shoot-look-shoot attempts along the whole track.
    draws : Sobol draws behind the bands; 0 for the defaults alone.
    """

    unit_id: str
    flights: tuple[Approach, ...]
    offsets_m: NDArray[np.float64]
    draws: int
    length_m: NDArray[np.float64]
    n_shots: NDArray[np.float64]

    @property
    def _in_short(self) -> str:
        return (
            f"{self.unit_id} passed by {count(len(self.flights), 'flight')} at up to "
            f"{self.offsets_m[-1] / 1e3:.0f} km"
        )

    def band(self, field: str) -> NDArray[np.float64]:
        """(3, flights, offsets) 5 %, 50 %, 95 % over the draws of `length_m` or `n_shots`."""
        values = getattr(self, field)
        return np.asarray(np.quantile(values[:, 1:] if self.draws else values, BAND, axis=1))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: per flight a list over offsets of [5 %, median, 95 %]."""
        length, shots = self.band("length_m") / 1e3, self.band("n_shots")
        return {
            "unit": self.unit_id,
            "draws": self.draws,
            "headings_deg": list(HEADINGS_DEG),
            "offsets_km": np.round(self.offsets_m / 1e3, 1).tolist(),
            "flights": [
                {
                    "target": flight.target.id,
                    "altitude": flight.altitude.label,
                    "engageable_km": np.round(length[:, f].T, 1).tolist(),
                    "n_shots": np.round(shots[:, f].T, 1).tolist(),
                }
                for f, flight in enumerate(self.flights)
            ],
        }

    def to_xarray(self) -> Any:
        """An xarray Dataset over (quantile, flight, offset)."""
        import xarray as xr

        axes = ("quantile", "flight", "offset_m")
        return xr.Dataset(
            {
                "length_m": (axes, self.band("length_m"), {"units": "m"}),
                "n_shots": (axes, self.band("n_shots"), {"units": "1"}),
            },
            {
                "quantile": list(BAND),
                "flight": [f.slug for f in self.flights],
                "offset_m": self.offsets_m,
            },
            {"unit": self.unit_id, "draws": self.draws},
        )


def crossing(
    unit: FireUnit,
    index: int,
    views: Views,
    flights: Sequence[Approach],
    draws: Draws,
    ring_m: float,
    *,
    max_draws: int = MAX_DRAWS,
) -> Crossing:
    """What one unit can do about targets that pass it, at offsets from overhead to the ring.

    Tracks are straight and come from as far out as the acquisition radar looks. Antenna heights
    are drawn, positions are not moved.

    Parameters
    ----------
    index : of the unit in the draws.
    max_draws : a power of two; of the draws, only so many are used.
    """
    offsets = ring_m * np.linspace(0.0, 1.0, OFFSETS) ** 2  # closer where low targets are met
    antenna, length = unit.spec.antenna, 2.0 * unit.spec.max_range_m
    paths = join(
        [crossing_paths(antenna.lon, antenna.lat, h, offsets, length) for h in HEADINGS_DEG]
    )
    n_draws = min(draws.n, max_draws)
    runs = reach_along(paths, unit, index, views, flights, draws, slice(0, 1 + n_draws))

    def mean(values: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(values.reshape(1 + n_draws, len(HEADINGS_DEG), OFFSETS).mean(axis=1))

    return Crossing(
        unit.id,
        tuple(flights),
        offsets,
        n_draws,
        np.stack([mean(run.length_m) for run in runs]),
        np.stack([mean(run.shots) for run in runs]),
    )
