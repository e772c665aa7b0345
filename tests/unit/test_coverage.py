"""Areas of a ring by hand, what is said of its terrain, and the coverage as a dataset."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS

from skyshade.coverage.compute import cover
from skyshade.coverage.model import Coverage, SiteSpec
from skyshade.export.coverage import coverage_summary
from skyshade.report.tables import terrain_notes
from skyshade.terrain.model import Altitude, Antenna, Dem, Grid

POSTS = 120  # per degree


def plain() -> Dem:
    """Two degrees square of flat land about (76, 34), its posts on multiples of the spacing."""
    n, step = 2 * POSTS + 1, 1 / POSTS
    corner = Affine(step, 0, 75 - step / 2, 0, -step, 35 + step / 2)
    heights = np.zeros((n, n), np.float32)
    return Dem(heights, Grid(corner, CRS.from_epsg(4326).to_wkt(), heights.shape))


def covered(dem: Dem, lon: float = 76.0) -> Coverage:
    sites = [
        SiteSpec("here", "Here", Antenna(lon, 34.0, 20.0), 30e3),
        SiteSpec("there", "There", Antenna(75.6, 34.0, 20.0), 30e3),
    ]
    return cover(dem, sites, [Altitude(100, "agl"), Altitude(3000, "msl")])


def test_share_of_poor_terrain() -> None:
    """A box from the site's meridian east covers half of its ring, and none of the other's."""
    next_post = 1 / POSTS
    dem = replace(plain(), poor_cells=((76.0 + next_post, 33.0, 77.0, 35.0),))
    areas = {(a.who, a.altitude.label): a for a in covered(dem).areas()}
    for label in ("100 m AGL", "3 km MSL"):
        assert areas["here", label].poor_frac == pytest.approx(0.5, abs=0.02)
        assert areas["there", label].poor_frac == 0.0
    assert terrain_notes(list(areas.values()))[0].startswith("here: of the ring, 49 % is ")
    sites = {s["id"]: s for s in coverage_summary(covered(dem))["sites"]}
    assert sites["here"]["poor_frac"] == pytest.approx(0.5, abs=0.02)
    assert (sites["there"]["poor_frac"], sites["there"]["unknown_frac"]) == (0.0, 0.0)


def test_share_of_unknown_terrain() -> None:
    """A site on the raster's eastern edge does not know the half of its ring beyond."""
    coverage = covered(plain(), lon=77.0)
    sites = {s["id"]: s for s in coverage_summary(coverage)["sites"]}
    assert sites["here"]["unknown_frac"] == pytest.approx(0.5, abs=0.02)
    assert sites["there"]["unknown_frac"] == 0.0
    notes = terrain_notes(coverage.areas())
    assert [note.split(":")[0] for note in notes] == ["here", "force"]
    assert "not known" in notes[0] and "poor" not in notes[0]


def test_nothing_is_said_of_good_terrain() -> None:
    assert terrain_notes(covered(plain()).areas()) == []


def test_dataset_carries_its_units() -> None:
    data = covered(plain()).to_xarray()
    units = {name: data[name].attrs["units"] for name in (*data.data_vars, "lat", "lon")}
    assert units == {
        "ground_m": "m",
        "masking_altitude_m": "m",
        "lowest_visible_m": "m",
        "n_sites": "1",
        "lat": "degrees_north",
        "lon": "degrees_east",
    }
    assert all(data[name].attrs["long_name"] for name in units)
    assert float(data.lat[0]) == pytest.approx(35.0) and float(data.lon[-1]) == pytest.approx(77.0)
