"""What the numbers of a raster mean: units, scales, masks, places, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray

from skyshade.errors import InputError
from skyshade.scenario import load_scenario
from skyshade.terrain.dem import load_dem
from skyshade.terrain.library import add_terrain
from skyshade.terrain.model import Altitude

AT = Affine(0.01, 0, 75.0, 0, -0.01, 31.0)
METRES = np.arange(40 * 50, dtype=np.float32).reshape(40, 50)


def save(path: Path, heights: NDArray[Any], mask: NDArray[Any] | None = None, **more: Any) -> Path:
    scales, unit = more.pop("scales", None), more.pop("unit", None)
    profile = {
        "driver": "GTiff",
        "width": heights.shape[1],
        "height": heights.shape[0],
        "count": 1,
        "dtype": heights.dtype,
        "crs": "EPSG:4326",
        "transform": AT,
    } | more
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", **profile) as d:
        d.write(heights, 1)
        if mask is not None:
            d.write_mask(mask)
        if scales is not None:
            d.scales, d.offsets = [scales[0]], [scales[1]]
        if unit is not None:
            d.units = (unit,)
    return path


def test_scale_and_offset_are_applied(tmp_path: Path) -> None:
    stored = ((METRES - 100) / 0.5).astype(np.int16)
    dem = load_dem(save(tmp_path / "a.tif", stored, scales=(0.5, 100.0)))
    assert np.array_equal(dem.heights, METRES)


@pytest.mark.parametrize(("unit", "metres"), [("ft", 0.3048), ("US survey foot", 1200 / 3937)])
def test_feet_become_metres(tmp_path: Path, unit: str, metres: float) -> None:
    dem = load_dem(save(tmp_path / "a.tif", METRES / np.float32(metres), unit=unit))
    assert np.allclose(dem.heights, METRES, atol=1e-3)


def test_a_vertical_axis_in_feet_counts_too(tmp_path: Path) -> None:
    dem = load_dem(save(tmp_path / "a.tif", METRES / np.float32(1200 / 3937), crs="EPSG:4269+6360"))
    assert np.allclose(dem.heights, METRES, atol=1e-3)


def test_masked_posts_have_no_height(tmp_path: Path) -> None:
    mask = np.full(METRES.shape, 255, np.uint8)
    mask[3, 4] = 0
    dem = load_dem(save(tmp_path / "a.tif", METRES.astype(np.int16), mask))
    assert not dem.known()[3, 4] and dem.known().sum() == METRES.size - 1


MOON = (
    'GEOGCS["Moon",DATUM["D_Moon",SPHEROID["Moon",1737400,0]],PRIMEM["Reference",0],'
    'UNIT["degree",0.0174532925199433]]'
)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"crs": 'LOCAL_CS["x",UNIT["m",1]]'}, "where on Earth"),
        ({"crs": "EPSG:4978"}, "where on Earth"),
        ({"crs": MOON}, "not one of the Earth"),
        ({"transform": Affine(0.01, 0, 75.0, 0, -0.01, 98.0)}, "does not lie on Earth"),
        ({"unit": "furlong"}, "unknown unit"),
    ],
)
def test_what_is_not_a_map_of_the_earth_is_refused(
    tmp_path: Path, more: dict[str, Any], words: str
) -> None:
    file = save(tmp_path / "a.tif", METRES, **more)
    with pytest.raises(InputError, match=words) as error:
        load_dem(file)
    assert error.value.file == file


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_without_a_place_is_refused(tmp_path: Path) -> None:
    file = save(tmp_path / "a.tif", METRES, transform=Affine.identity())
    with pytest.raises(InputError, match="no geotransform"):
        load_dem(file)


def test_an_undeclared_void_is_refused(tmp_path: Path) -> None:
    heights = METRES.astype(np.int16)
    heights[0, 0] = -9999
    with pytest.raises(InputError, match="-a_nodata -9999"):
        load_dem(save(tmp_path / "a.tif", heights))
    assert not load_dem(save(tmp_path / "b.tif", heights, nodata=-9999)).known()[0, 0]


def test_tiles_whose_rows_run_the_other_way_say_so(tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    folder.mkdir()
    save(folder / "a.tif", METRES)
    save(folder / "b.tif", METRES, transform=Affine(0.01, 0, 75.5, 0, 0.01, 30.6))
    with pytest.raises(InputError, match="rows run the other way"):
        load_dem(folder)


def test_a_truncated_tile_is_not_registered(tmp_path: Path) -> None:
    file = save(tmp_path / "a.tif", np.tile(METRES, (8, 8)))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(InputError, match="not a raster that can be read") as error:
        add_terrain(file, name="short")
    assert error.value.file == file


def test_the_identity_tells_files_apart_in_their_middle(tmp_path: Path) -> None:
    big = np.tile(METRES, (30, 30))
    one = load_dem(save(tmp_path / "a.tif", big)).identity
    big[600, 700] += 1
    two = load_dem(save(tmp_path / "b.tif", big)).identity
    assert one["bytes_read"] == two["bytes_read"] and one["sha256"] != two["sha256"]


@pytest.mark.parametrize("arguments", [(float("nan"), "agl"), (-5.0, "agl"), (5.0, "foo")])
def test_an_altitude_checks_itself(arguments: tuple[float, Any]) -> None:
    with pytest.raises(InputError, match="altitude"):
        Altitude(*arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"nodata": "foo"}, "'foo'"),
        ({"around": (75.2, 30.8, float("nan"))}, "radius must be finite"),
    ],
)
def test_loading_checks_its_arguments(
    tmp_path: Path, arguments: dict[str, Any], words: str
) -> None:
    file = save(tmp_path / "a.tif", METRES)
    assert load_dem(file, around=(75.2, 30.8, 5e3)).known().all()
    with pytest.raises(InputError, match=words):
        load_dem(file, **arguments)


def test_a_link_leads_to_the_web_only(tmp_path: Path) -> None:
    text = (
        "schema: skyshade/scenario/1\nname: x\ntitle: X\naltitudes: [1 km msl]\n"
        "terrain: {dem: smooth-earth}\nsites:\n  - id: a\n    name: A\n    system: s-400\n"
        "    position: {lon: 75, lat: 20}\n    illustrative: true\n"
        "    antenna: {value: 5 m, low: 5 m, high: 5 m, why: a}\n"
        "sources:\n  s: {title: T, outlet: O, url: 'javascript:alert(1)'}\n"
    )
    file = tmp_path / "x.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match="not a web address") as error:
        load_scenario(file)
    assert error.value.line == 14
