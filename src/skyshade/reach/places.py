"""What each defended place gets from each side: warning, intercept, units and shots in time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.coverage.views import Views
from skyshade.errors import InputError
from skyshade.fireunit.model import FireUnit
from skyshade.reach.paths import Approach, inbound_paths, join, reach_along
from skyshade.scenario.schema import Place
from skyshade.shown import Plotted, count
from skyshade.uncertainty.draws import BAND, Draws

APPROACH_M = 600_000.0  # the instrumented range of the largest radar here
AZ_STEP_DEG = 10.0
MAX_DRAWS = 64  # a Sobol sequence's first powers of two are balanced by themselves
PLACES_AT_ONCE = 32  # bounds memory
MOST_SIDES = "at least half"  # what `PlacesReach.covered` asks for
FIELDS = {  # name -> unit, what it is, digits in files
    "first_track_m": ("m", "distance from the place at which any unit has a track", 0),
    "intercept_m": ("m", "distance from the place of the earliest intercept by any unit", 0),
    "n_units": ("1", "number of units that can intercept before arrival", 1),
    "n_shots": ("1", "shoot-look-shoot attempts of all units before arrival", 1),
}


@dataclass(frozen=True, eq=False, repr=False)
class PlacesReach(Plotted):
    """Defended places against targets that fly straight at them; see :func:`reach_places`.

    Axes: place, flight, row of the draws, azimuth from which the target comes. Distances are from
    the place, to the step of the paths (1 km); 0 where there is no track or intercept at all.

    Attributes
    ----------
    places, flights, az_deg : what the axes mean.
    known : (places,) whether terrain is known there; figures are 0 where it is not.
    approach_m : how far out targets start; no distance is larger.
    draws : Sobol draws behind the bands; 0 for the defaults alone.
    units : ids, in the order of the first axis of `in_time`.
    first_track_m, intercept_m : float32. n_shots : int16.
    in_time : (units, places, …) whether each unit by itself can intercept before arrival.
    """

    places: tuple[Place, ...]
    flights: tuple[Approach, ...]
    az_deg: NDArray[np.float64]
    approach_m: float
    draws: int
    known: NDArray[np.bool_]
    units: tuple[str, ...]
    first_track_m: NDArray[np.float32]
    intercept_m: NDArray[np.float32]
    n_shots: NDArray[np.int16]
    in_time: NDArray[np.bool_]

    @property
    def _in_short(self) -> str:
        return (
            f"{count(len(self.places), 'place')}, {count(len(self.flights), 'flight')} from "
            f"{count(len(self.az_deg), 'side')}, {count(self.draws, 'draw')}"
        )

    @property
    def n_units(self) -> NDArray[np.int16]:
        """Number of units that can intercept before arrival."""
        return np.asarray(self.in_time.sum(axis=0, dtype=np.int16))

    def band(self, field: str) -> NDArray[np.float64]:
        """(3, places, flights, azimuths) 5 %, 50 %, 95 % over the draws of one of `FIELDS`."""
        values = getattr(self, field)
        return self._over_draws(values)

    def over_azimuths(self, field: str) -> NDArray[np.float64]:
        """(3, places, flights) least, median and largest over azimuths of the draws' medians."""
        return np.asarray(np.quantile(self.band(field)[1], [0.0, 0.5, 1.0], axis=-1))

    def share_of_sides(self) -> NDArray[np.float64]:
        """(3, places, flights) share of all azimuths from which a unit can intercept in time.

        5 %, 50 %, 95 % over the draws.
        """
        share = (self.n_units > 0).mean(axis=-1)
        return self._over_draws(share)

    def covered(
        self,
        flight: int,
        ids: Collection[str] | None = None,
        among: Collection[str] | None = None,
    ) -> tuple[float, float, float]:
        """5 %, 50 %, 95 % over the draws of the number of places covered from most sides.

        Parameters
        ----------
        flight : number of the class and altitude.
        ids, among : of these units, and of these places; by default of all.
        """
        counts = self._covers(flight, ids, among).sum(axis=0)
        low, middle, high = self._over_draws(counts[None, None])[:, 0, 0]
        return float(low), float(middle), float(high)

    def covered_more(
        self,
        flight: int,
        before: Collection[str],
        after: Collection[str],
        among: Collection[str] | None = None,
    ) -> tuple[float, float, float]:
        """The same of the places that one selection of units covers more than another."""
        more = self._covers(flight, after, among) - self._covers(flight, before, among)
        low, middle, high = self._over_draws(more.sum(axis=0)[None, None])[:, 0, 0]
        return float(low), float(middle), float(high)

    def _covers(
        self, flight: int, ids: Collection[str] | None, among: Collection[str] | None
    ) -> NDArray[np.int_]:
        """(places, rows) 1 for places of known ground that units cover from `MOST_SIDES`."""
        units = np.array([ids is None or unit in ids for unit in self.units], bool)
        asked = np.array([among is None or place.id in among for place in self.places], bool)
        in_time = self.in_time[:, self.known & asked, flight][units].any(axis=0)
        return np.asarray((in_time.mean(axis=-1) >= 0.5).astype(int))

    def _over_draws(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """5 %, 50 %, 95 % over the rows of the draws, which are axis 2; without the default row."""
        return np.asarray(np.quantile(values[:, :, 1:] if self.draws else values, BAND, axis=2))

    def overview(self) -> list[dict[str, Any]]:
        """Plain JSON, a row per place and flight: [least, median, largest] over azimuths."""
        spans = {name: self.over_azimuths(name) for name in FIELDS}
        return [
            {
                "id": place.id,
                "terrain_known": bool(self.known[p]),
                "target": flight.target.id,
                "altitude": flight.altitude.label,
                **{
                    name: np.round(spans[name][:, p, f], digits).tolist()
                    for name, (_, _, digits) in FIELDS.items()
                },
            }
            for p, place in enumerate(self.places)
            for f, flight in enumerate(self.flights)
        ]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: per place and flight a list over azimuths of [5 %, median, 95 %]."""
        bands = {name: self.band(name) for name in FIELDS}
        return {
            "draws": self.draws,
            "quantiles": list(BAND),
            "approach_km": self.approach_m / 1e3,
            "azimuths_deg": self.az_deg.tolist(),
            "fields": {name: meaning for name, (_, meaning, _) in FIELDS.items()},
            "places": [
                {
                    "id": place.id,
                    "name": place.name,
                    "lon": place.position.lon,
                    "lat": place.position.lat,
                    "terrain_known": bool(self.known[p]),
                    "approaches": [
                        {
                            "target": flight.target.id,
                            "altitude": flight.altitude.label,
                            **{
                                name: np.round(bands[name][:, p, f].T, digits).tolist()
                                for name, (_, _, digits) in FIELDS.items()
                            },
                        }
                        for f, flight in enumerate(self.flights)
                    ],
                }
                for p, place in enumerate(self.places)
            ],
        }

    def rows(self) -> list[dict[str, Any]]:
        """A flat table: one row per place, flight and azimuth."""
        bands = {name: self.band(name) for name in FIELDS}
        return [
            {
                "place": place.id,
                "target": flight.target.id,
                "altitude": flight.altitude.label,
                "azimuth_deg": float(az),
                **{
                    f"{name}{suffix}": round(float(bands[name][q, p, f, k]), digits)
                    for name, (_, _, digits) in FIELDS.items()
                    for q, suffix in ((1, ""), (0, "_low"), (2, "_high"))
                },
            }
            for p, place in enumerate(self.places)
            for f, flight in enumerate(self.flights)
            for k, az in enumerate(self.az_deg)
        ]

    def to_xarray(self) -> Any:
        """An xarray Dataset over (quantile, place, flight, azimuth)."""
        import xarray as xr

        axes = ("quantile", "place", "flight", "azimuth_deg")
        return xr.Dataset(
            {
                name: (axes, self.band(name), {"units": unit, "long_name": meaning})
                for name, (unit, meaning, _) in FIELDS.items()
            },
            {
                "quantile": list(BAND),
                "place": [p.id for p in self.places],
                "flight": [f.slug for f in self.flights],
                "azimuth_deg": self.az_deg,
                "target": ("flight", [f.target.id for f in self.flights]),
                "altitude": ("flight", [f.altitude.label for f in self.flights]),
                "terrain_known": ("place", self.known),
            },
            {"draws": self.draws, "approach_m": self.approach_m},
        )


def reach_places(  # noqa: PLR0913 (the options are keyword-only)
    places: Sequence[Place],
    units: Sequence[FireUnit],
    views: Views,
    flights: Sequence[Approach],
    draws: Draws,
    *,
    az_step_deg: float = AZ_STEP_DEG,
    max_draws: int = MAX_DRAWS,
    approach_m: float = APPROACH_M,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> PlacesReach:
    """What a force does about targets that fly straight at each place, from all round.

    Every unit acts by itself, as in :func:`skyshade.reach.inbound.reach`; the earliest track and
    intercept count, and the shots of all units add up (each looks after every shot, magazines and
    channels are not counted). Antenna heights are drawn, positions are not moved.

    Parameters
    ----------
    views : from :func:`skyshade.coverage.views.view_units`, of the same units.
    az_step_deg : between approaches, 1 to 90 and a whole part of 360.
    max_draws : a power of two; of the draws, only so many are used.
    approach_m : how far from the place targets start.

    Raises
    ------
    InputError : no unit or flight; an azimuth step that does not go round evenly.
    """
    n_az = round(360.0 / az_step_deg) if 1.0 <= az_step_deg <= 90.0 else 0
    if not n_az or abs(n_az * az_step_deg - 360.0) > 1e-6:
        raise InputError(
            "does not divide the circle evenly",
            field="azimuth step",
            value=f"{az_step_deg:g} deg",
            allowed="1 to 90, e.g. 5 or 10",
        )
    if not units or not flights:
        raise InputError("places need a unit and a target class at an altitude")
    az = np.arange(n_az) * 360.0 / n_az
    n_draws = min(draws.n, max_draws)
    shape = len(places), len(flights), 1 + n_draws, n_az
    found = PlacesReach(
        tuple(places),
        tuple(flights),
        az,
        approach_m,
        n_draws,
        _known(places, views),
        tuple(unit.id for unit in units),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.int16),
        np.zeros((len(units), *shape), bool),
    )
    inside = np.nonzero(found.known)[0]
    for start in range(0, len(inside), PLACES_AT_ONCE):
        chosen = inside[start : start + PLACES_AT_ONCE]
        _fill(found, chosen, units, views, draws)
        progress(start + len(chosen), len(inside))
    return found


def _known(places: Sequence[Place], views: Views) -> NDArray[np.bool_]:
    dem = views.acquisition.default.dem
    lon, lat = [p.position.lon for p in places], [p.position.lat for p in places]
    return ~np.isnan(dem.height_at(lon, lat)) if places else np.zeros(0, bool)


def _fill(
    found: PlacesReach,
    chosen: NDArray[np.int_],
    units: Sequence[FireUnit],
    views: Views,
    draws: Draws,
) -> None:
    """Run the chosen places' approaches past every unit."""
    n_az, n_rows = len(found.az_deg), 1 + found.draws
    paths = join(
        [
            inbound_paths(p.position.lon, p.position.lat, found.az_deg, found.approach_m)
            for p in (found.places[i] for i in chosen)
        ]
    )
    for i, unit in enumerate(units):
        runs = reach_along(paths, unit, i, views, found.flights, draws, slice(0, n_rows))
        for f, run in enumerate(runs):

            def by_place(values: NDArray[Any]) -> NDArray[Any]:
                return values.reshape(n_rows, len(chosen), n_az).swapaxes(0, 1)

            for name, point in (("first_track_m", run.track), ("intercept_m", run.first)):
                out = getattr(found, name)
                away = np.where(point >= 0, (paths.until - point) * paths.step_m, 0.0)
                out[chosen, f] = np.maximum(out[chosen, f], by_place(away))
            found.in_time[i, chosen, f] = by_place(run.first >= 0)
            found.n_shots[chosen, f] += by_place(run.shots).astype(np.int16)
