"""Areas of interest: how much of a polygon or of a line a force reaches, and what a unit adds.

A country, a border, a drawn shape: the answer is in km2 or km, with a band, for any selection of
the units. It is the reach of :class:`skyshade.reach.force.ForceReach`, counted inside the shape, so
a shape around all rings gives the force's own area.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from skyshade.errors import InputError
from skyshade.radar.model import Target
from skyshade.reach.force import CELL_M, Cells, ForceReach, cells_inside
from skyshade.reach.gaps import STEP_M, geometries, points_along, read_lines
from skyshade.reach.inbound import three
from skyshade.scenario.siting import is_file
from skyshade.shown import Brief, count
from skyshade.terrain.countries import border_between, country
from skyshade.terrain.geodesy import equal_area, geod
from skyshade.terrain.model import Altitude, Dem
from skyshade.uncertainty.draws import BAND, Draws
from skyshade.yamlfile import load_json

LEAST_CELLS = 4_000  # of an area: then its edge matters less than the band
FINEST = 64  # parts of a cell of the force, so that small areas have enough cells

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Interest:
    """A shape to be covered: one or more polygons, or one or more lines (lon, lat)."""

    name: str
    shape: Any

    @property
    def kind(self) -> Literal["area", "line"]:
        """What is counted: m2 of an area, m of a line."""
        return "area" if shapely.get_dimensions(self.shape) == 2 else "line"

    @property
    def unit(self) -> Literal["km2", "km"]:
        """Of figures for readers."""
        return "km2" if self.kind == "area" else "km"

    @property
    def per_unit(self) -> float:
        """Square metres or metres in one of `unit`."""
        return 1e6 if self.kind == "area" else 1e3

    @property
    def lines(self) -> list[Numbers]:
        """(n, 2) lon, lat of each line; none of an area."""
        return [shapely.get_coordinates(part) for part in shapely.get_parts(self.shape)]

    def size_m(self) -> float:
        """The whole of it: m2 of an area, m of a line."""
        if self.kind == "line":
            return sum(float(geod().line_length(*line.T)) for line in self.lines)
        centre = shapely.centroid(self.shape)
        return float(shapely.area(_to_plane(self.shape, equal_area(centre.x, centre.y))))


@dataclass(frozen=True, eq=False, repr=False)
class InterestReach(Brief):
    """How much of a shape some units can defend; see :func:`cover_interest`.

    Attributes
    ----------
    groups : names of the selections of units, and the ids in each.
    total_m, unknown_m : m2 or m of the whole shape, and of it inside the rings where the
        terrain is not known.
    covered_m : (groups, altitudes, classes, rows of the draws) m2 or m in which at least one unit
        of the group can intercept.
    """

    interest: Interest
    groups: Mapping[str, tuple[str, ...]]
    altitudes: tuple[Altitude, ...]
    targets: tuple[Target, ...]
    draws: Draws
    total_m: float
    unknown_m: float
    covered_m: Numbers

    @property
    def _in_short(self) -> str:
        return (
            f"{self.interest.name}, {self.total_m / self.interest.per_unit:,.0f} "
            f"{self.interest.unit}, {count(len(self.groups), 'selection')} of units"
        )

    def of(self, group: str) -> Numbers:
        """(altitudes, classes, rows) m2 or m that a group covers."""
        return np.asarray(self.covered_m[list(self.groups).index(group)])

    def band(self, group: str) -> Numbers:
        """(3, altitudes, classes) 5 %, 50 %, 95 % of what a group covers, m2 or m."""
        return self._over_draws(self.of(group))

    def gain(self, before: str, after: str) -> Numbers:
        """(3, altitudes, classes) the same of the difference, each draw compared with itself."""
        return self._over_draws(self.of(after) - self.of(before))

    def _over_draws(self, values: Numbers) -> Numbers:
        return np.asarray(np.quantile(values[..., self.draws.sobol], BAND, axis=-1))

    def as_dict(self, gains: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
        """Plain JSON: for each class and altitude [5 %, median, 95 %] of every group.

        Parameters
        ----------
        gains : pairs of groups, before and after.
        """
        unit, per = self.interest.unit, self.interest.per_unit
        bands = {name: self.band(name) / per for name in self.groups}
        more = {(b, a): self.gain(b, a) / per for b, a in gains}
        return {
            "name": self.interest.name,
            "kind": self.interest.kind,
            f"total_{unit}": round(self.total_m / per, 1),
            f"unknown_{unit}": round(self.unknown_m / per, 1),
            "quantiles": list(BAND),
            "draws": self.draws.n,
            "groups": {name: list(ids) for name, ids in self.groups.items()},
            "results": [
                {
                    "altitude": altitude.label,
                    "target": target.id,
                    f"covered_{unit}": {n: three(b[:, a, c], 1) for n, b in bands.items()},
                    f"gain_{unit}": {
                        f"{before} to {after}": three(band[:, a, c], 1)
                        for (before, after), band in more.items()
                    },
                }
                for a, altitude in enumerate(self.altitudes)
                for c, target in enumerate(self.targets)
            ],
        }


def find_area(text: str) -> Interest:
    """A country of the shipped maps, or the polygons of a GeoJSON file.

    Raises
    ------
    InputError : no such country; a file without a polygon.
    """
    if is_file(text):
        return Interest(Path(text).stem, read_areas(Path(text)))
    try:
        return Interest(text, country(text))
    except InputError as error:
        raise error.at(field="area") from None


def find_line(text: str) -> Interest:
    """A border of the shipped maps ("China", "India-Pakistan"), or the lines of a GeoJSON file.

    Raises
    ------
    InputError : no such border; a file without a line.
    """
    try:
        lines = read_lines(Path(text)) if is_file(text) else border_between(text)
    except InputError as error:
        raise (error.at(field="along") if error.field is None else error) from None
    name = Path(text).stem if is_file(text) else f"border {text}"
    return Interest(name, shapely.MultiLineString([line.tolist() for line in lines]))


def drawn_interest(geometry: Mapping[str, Any], name: str = "drawn") -> Interest:
    """A shape from a GeoJSON geometry, feature or collection: polygons, or else lines.

    Raises
    ------
    InputError : neither a polygon nor a line; an empty one; no places on Earth.
    """
    found = geometries(geometry)
    if any(g.get("type") in ("Polygon", "MultiPolygon") for g in found):
        return Interest(name, _area(found, None))
    lines = [g for g in found if g.get("type") in ("LineString", "MultiLineString")]
    if not lines:
        raise InputError(
            "neither a polygon nor a line",
            field="area",
            allowed="a GeoJSON Polygon, MultiPolygon, LineString or MultiLineString",
        )
    shape = shapely.union_all([_shape(g, None) for g in lines])
    _check_place(shape, None)
    return Interest(name, shape)


def read_areas(file: Path) -> Any:
    """The areas (lon, lat) of a GeoJSON file, as one.

    Raises
    ------
    InputError : not GeoJSON, no polygon, an empty one, or no places on Earth.
    """
    return _area(geometries(load_json(file)), file)


def _area(found: Sequence[Mapping[str, Any]], file: Path | None) -> Any:
    shapes = [_shape(g, file) for g in found if g.get("type") in ("Polygon", "MultiPolygon")]
    if not shapes:
        raise InputError(
            "no polygon in this file",
            file=file,
            allowed="a GeoJSON Polygon or MultiPolygon, alone or in features",
        )
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        raise InputError("not a number", file=file, field="coordinates")
    area = shapely.union_all(shapely.make_valid(np.array(shapes)))
    if area.is_empty or area.area == 0:
        raise InputError("the polygon is empty: it has no area", file=file, field="coordinates")
    _check_place(area, file)
    return area


def _shape(geometry: Mapping[str, Any], file: Path | None) -> Any:
    what = "polygon" if "Polygon" in geometry["type"] else "line"
    try:
        return shapely.geometry.shape(geometry)
    except (
        LookupError, TypeError, ValueError, AttributeError, OverflowError,
        shapely.errors.ShapelyError,
    ):  # fmt: skip  # one line of what readers of polygons raise
        raise InputError(f"not a {what}", file=file, field="coordinates") from None


def _check_place(shape: Any, file: Path | None) -> None:
    """Check that a shape is not empty and lies on Earth."""
    if shape.is_empty:
        raise InputError("the shape is empty", file=file, field="coordinates")
    west, south, east, north = shape.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise InputError(
            "no such place on Earth",
            file=file,
            field="coordinates",
            allowed="longitude -180 to 180, latitude -90 to 90",
            hint="Longitude comes first.",
        )


def cover_interest(
    force: ForceReach,
    interest: Interest,
    groups: Mapping[str, Collection[str]] | None = None,
    dem: Dem | None = None,
) -> InterestReach:
    """How much of a shape each selection of a force's units can defend.

    An area is counted on an equal-area grid of at least `LEAST_CELLS` cells, a line every
    kilometre. A group without units covers nothing; more units never cover less.

    Parameters
    ----------
    groups : names and ids of units, e.g. before and after a delivery; by default all units.
    dem : the terrain; what it does not know of the shape is counted as unknown.

    Raises
    ------
    InputError : an id that is no unit of the force.
    """
    every = [site.unit.id for site in force.sites]
    chosen = {name: tuple(ids) for name, ids in (groups or {"all": every}).items()}
    for name, ids in chosen.items():
        for other in set(ids) - set(every):
            raise InputError("no such unit", field=name, value=other, allowed=", ".join(every))
    total = interest.size_m()
    cells = _cells(force, interest, total)
    first = force.sites[0]
    covered = np.zeros((len(chosen), *first.first_m.shape[:3]))
    for g, ids in enumerate(chosen.values()):
        for a in range(len(first.altitudes)):
            for t in range(len(first.targets)):
                covered[g, a, t] = np.minimum(force.held_in(cells, ids, a, t), total)
    near = np.unique(np.concatenate([seen.cell for seen in cells.seen]))
    unknown_m = 0.0
    if dem is not None and len(near):
        heights = dem.height_at(cells.lon[near], cells.lat[near])
        unknown_m = float(np.isnan(heights).sum()) * cells.each_m
    return InterestReach(
        interest, chosen, first.altitudes, first.targets, first.draws, total, unknown_m, covered
    )


def _cells(force: ForceReach, interest: Interest, total_m: float) -> Cells:
    """What is counted of a shape: cells of an area, pieces of a line."""
    if interest.kind == "line":
        lon, lat, each = _pieces(interest.lines)
        return Cells(lon, lat, each, force.sites)
    plane = equal_area(*force.centre)
    shape = _to_plane(interest.shape, plane)
    parts = min(max(1, round(CELL_M / np.sqrt(total_m / LEAST_CELLS) + 0.5)), FINEST)
    if total_m >= LEAST_CELLS * CELL_M**2:
        parts = 1
    return cells_inside(force, shape, parts)


def _to_plane(shape: Any, plane: Any) -> Any:
    """A shape in an equal-area plane (m)."""
    return shapely.make_valid(
        shapely.transform(shape, lambda at: np.column_stack(plane.transform(*at.T)))
    )


def _pieces(lines: Sequence[Numbers]) -> tuple[Numbers, Numbers, float]:
    """Middles of pieces of equal length of some lines (lon, lat), and that length (m)."""
    parts = [points_along(line, STEP_M / 4) for line in lines]
    lengths = [np.concatenate([[0.0], np.cumsum(_steps_m(*part))]) for part in parts]
    total = sum(length[-1] for length in lengths)
    n = max(int(np.ceil(total / STEP_M)), 1)
    middles = (np.arange(n) + 0.5) * total / n
    lon, lat, start = [], [], 0.0
    for (x, y), length in zip(parts, lengths, strict=True):
        at = middles[(middles >= start) & (middles < start + length[-1])] - start
        lon.append(np.interp(at, length, x))
        lat.append(np.interp(at, length, y))
        start += length[-1]
    return np.concatenate(lon), np.concatenate(lat), total / n


def _steps_m(lon: Numbers, lat: Numbers) -> Numbers:
    return np.asarray(geod().inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2])
