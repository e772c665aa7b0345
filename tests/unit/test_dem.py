"""Reading terrain: every kind of raster, several tiles, windows, gaps, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.shutil import copy as raster_copy

import skyshade.terrain.dem as dem_module
from skyshade.errors import InputError
from skyshade.terrain.dem import load_dem
from skyshade.terrain.model import Antenna, Dem
from skyshade.terrain.sweep import masking_altitude

WEST, NORTH, ARC3 = 76.0, 35.0, 3 / 3600
CORNER = Affine(ARC3, 0, WEST, 0, -ARC3, NORTH)


def save(
    path: Path,
    heights: NDArray[Any],
    transform: Affine = CORNER,
    crs: str | None = "EPSG:4326",
    nodata: float | None = None,
    driver: str = "GTiff",
    **tags: str,
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows, cols = heights.shape
    with rasterio.open(
        path,
        "w",
        driver=driver,
        height=rows,
        width=cols,
        count=1,
        dtype=heights.dtype,
        crs=crs,
        transform=transform,
        nodata=nodata,
    ) as file:
        file.write(heights, 1)
        file.update_tags(**tags)
    return path


def ramp(rows: int = 40, cols: int = 60) -> NDArray[np.int16]:
    """Heights 0 to 127 that differ between any two neighbours: they fit every number type."""
    r, c = np.mgrid[:rows, :cols]
    return np.asarray((7 * r + 13 * c) % 128, np.int16)


def expect(error: pytest.ExceptionInfo[InputError], *words: str) -> None:
    """One sentence on one line that has these words, and the exit code of bad input."""
    text = str(error.value)
    assert "\n" not in text
    assert error.value.exit_code == 2
    for word in words:
        assert word in text, text


# --- formats and reference systems ----------------------------------------------------------


def test_posts_are_cell_centres(tmp_path: Path) -> None:
    """The first post stands half a cell inside the corner that the file names."""
    dem = load_dem(save(tmp_path / "a.tif", ramp()))
    lon, lat = dem.grid.lonlat(0, 0)
    assert lon == pytest.approx(WEST + ARC3 / 2, abs=1e-12)
    assert lat == pytest.approx(NORTH - ARC3 / 2, abs=1e-12)
    assert dem.height_at(WEST + 5.5 * ARC3, NORTH - 3.5 * ARC3) == pytest.approx(dem.heights[3, 5])


def test_area_and_point_registration_place_the_posts_alike(tmp_path: Path) -> None:
    """AREA_OR_POINT says what a value means; GDAL has placed the cell by it when it opens a file.

    A point-registered file is written by GDAL with the tie point on the first post, so both read
    back with the corner that was asked for, and the same heights stand in the same places.
    """
    for tag in ("Area", "Point"):
        save(tmp_path / f"{tag}.tif", ramp(), AREA_OR_POINT=tag)
    area, point = load_dem(tmp_path / "Area.tif"), load_dem(tmp_path / "Point.tif")
    with rasterio.open(tmp_path / "Point.tif") as file:
        assert file.tags()["AREA_OR_POINT"] == "Point"
    assert np.allclose([*area.grid.transform], [*point.grid.transform], rtol=0, atol=1e-12)
    assert np.array_equal(area.heights, point.heights)


@pytest.mark.parametrize("posts", [1201, 3601])
def test_hgt_posts_stand_on_whole_arc_seconds(tmp_path: Path, posts: int) -> None:
    """SRTM tiles: big-endian int16, 1201 or 3601 posts, the corner posts on whole degrees."""
    heights = (np.arange(posts * posts, dtype=np.int64) % 8001).reshape(posts, posts)
    heights[0, 1] = -32768
    (tmp_path / "N34E076.hgt").write_bytes(heights.astype(">i2").tobytes())
    dem = load_dem(tmp_path / "N34E076.hgt")
    assert np.array(dem.grid.lonlat(0, 0)) == pytest.approx([76, 35], abs=1e-9)
    assert np.array(dem.grid.lonlat(posts - 1, posts - 1)) == pytest.approx([77, 34], abs=1e-9)
    assert dem.heights.dtype == np.int16 and dem.nodata == -32768
    assert dem.heights[posts - 1, posts - 1] == heights[-1, -1]
    assert dem.height_at(77 - 1e-9, 35 - 1e-9) == pytest.approx(heights[0, -1], abs=0.1)
    assert math.isnan(dem.height_at(76.0 + 0.5 / (posts - 1), 35.0))


def test_dted(tmp_path: Path) -> None:
    """DTED level 0: posts on whole 30 arc-seconds, the corner posts on the degrees."""
    heights = ramp(121, 121) * 40
    step = 1 / 120
    save(tmp_path / "a.tif", heights, Affine(step, 0, 76 - step / 2, 0, -step, 35 + step / 2))
    raster_copy(tmp_path / "a.tif", tmp_path / "n34.dt0", driver="DTED")
    dem = load_dem(tmp_path / "n34.dt0")
    assert np.array_equal(dem.heights, heights)
    assert dem.height_at(76.0 + 1e-9, 34.0 + 1e-9) == pytest.approx(heights[-1, 0], abs=0.01)


@pytest.mark.parametrize("driver", ["GTiff", "AAIGrid", "HFA", "ENVI"])
def test_formats(tmp_path: Path, driver: str) -> None:
    save(tmp_path / "a.tif", ramp(), nodata=-9999)
    raster_copy(tmp_path / "a.tif", tmp_path / "b.img", driver=driver)
    assert np.array_equal(load_dem(tmp_path / "b.img").heights, ramp())


def test_south_up_and_north_up_are_the_same_terrain(tmp_path: Path) -> None:
    north = load_dem(save(tmp_path / "n.tif", ramp()))
    flipped = Affine(ARC3, 0, WEST, 0, ARC3, NORTH - 40 * ARC3)
    south = load_dem(save(tmp_path / "s.tif", ramp()[::-1], flipped))
    rng = np.random.default_rng(1)
    lon = rng.uniform(WEST + ARC3, WEST + 59 * ARC3, 50)
    lat = rng.uniform(NORTH - 39 * ARC3, NORTH - ARC3, 50)
    assert np.allclose(north.height_at(lon, lat), south.height_at(lon, lat), atol=1e-9)
    a = masking_altitude(north, Antenna(76.02, 34.985, 9.0), 3e3)
    b = masking_altitude(south, Antenna(76.02, 34.985, 9.0), 3e3)
    assert np.allclose(a, b[::-1], atol=0.01, equal_nan=True)


def test_projected_grid_knows_where_it_is(tmp_path: Path) -> None:
    """UTM zone 43: easting 500 km is 75 E by definition; northing 0 is the equator."""
    dem = load_dem(
        save(tmp_path / "a.tif", ramp(), Affine(90, 0, 500e3 - 45, 0, -90, 45), "EPSG:32643")
    )
    assert np.array(dem.grid.lonlat(0, 0)) == pytest.approx([75, 0], abs=1e-9)
    assert not dem.grid.is_geographic
    there_and_back = dem.grid.colrow(*dem.grid.lonlat(11.25, 7.5))
    assert np.array(there_and_back) == pytest.approx([11.25, 7.5], abs=1e-6)


def test_heights_between_posts_are_bilinear(tmp_path: Path) -> None:
    """Posts 10, 20 over 30, 60; a quarter of the way east: 12.5 over 37.5; half way south: 25."""
    posts = np.array([[10, 20], [30, 60]], np.int16)
    dem = load_dem(save(tmp_path / "a.tif", posts))
    lon, lat = dem.grid.lonlat(0.25, 0.5)
    assert dem.height_at(lon, lat) == pytest.approx(25.0, abs=1e-6)
    assert math.isnan(dem.height_at(WEST - ARC3, NORTH - ARC3))


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32643"])
def test_the_outermost_posts_are_part_of_the_terrain(tmp_path: Path, crs: str) -> None:
    """Their places come back a rounding error outside as often as not; 0.1 mm out is outside."""
    corner = CORNER if crs == "EPSG:4326" else Affine(90, 0, 7e5, 0, -90, 38e5)
    heights = ramp()
    dem = load_dem(save(tmp_path / "a.tif", heights, corner, crs))
    rows, cols = heights.shape
    rim = np.ones(heights.shape, bool)
    rim[1:-1, 1:-1] = False
    r, c = np.nonzero(rim)
    lon, lat = dem.grid.lonlat(c, r)
    assert dem.height_at(lon, lat) == pytest.approx(heights[rim], abs=1e-4)
    assert all(dem.grid.contains(*place) for place in zip(lon, lat, strict=True))
    for col, row in ((-1e-6, 5), (cols - 1 + 1e-6, 5), (5, -1e-6), (5, rows - 1 + 1e-6)):
        assert not dem.grid.contains(*map(float, dem.grid.lonlat(col, row)))
        assert math.isnan(dem.height_at(*dem.grid.lonlat(col, row)))


# --- number types and gaps ------------------------------------------------------------------

VOIDS = [
    ("uint8", None),
    ("uint8", 255),
    ("int8", -128),
    ("int16", None),
    ("int16", -32768),
    ("int16", -9999),
    ("int16", 0),
    ("uint16", 65535),
    ("uint16", 0),
    ("int32", -9999),
    ("int32", -2147483648),
    ("uint32", 4294967295),
    ("float32", math.nan),
    ("float32", -9999.0),
    ("float32", -3.4028234663852886e38),
    ("float64", math.nan),
    ("float64", -32768.0),
]


@pytest.mark.parametrize(("dtype", "nodata"), VOIDS)
def test_number_types_and_nodata_give_the_same_terrain(
    tmp_path: Path, dtype: str, nodata: float | None
) -> None:
    """Whatever the type, the same heights, the same gap and the same masking altitude."""
    truth = np.maximum(ramp(), 1)  # so that 0 may stand for a gap
    hole = np.zeros(truth.shape, bool)
    if nodata is not None:
        hole[12:15, 30:33] = True
    heights = truth.astype(dtype)
    if nodata is not None:
        heights[hole] = np.dtype(dtype).type(nodata)
    dem = load_dem(save(tmp_path / "a.tif", heights, nodata=nodata))
    assert dem.heights.dtype == (np.int16 if dtype in ("uint8", "int8", "int16") else np.float32)
    assert np.array_equal(dem.known(), ~hole)
    assert (dem.nodata is None) == (nodata is None)
    assert np.array_equal(dem.heights[~hole], truth[~hole])

    reference = np.where(hole, -32768, truth).astype(np.int16)
    plain = Dem(reference, dem.grid, -32768.0 if hole.any() else None)
    antenna = Antenna(WEST + 10.3 * ARC3, NORTH - 20.6 * ARC3, 60.0)
    got, expected = (masking_altitude(d, antenna, 5e3) for d in (dem, plain))
    assert np.array_equal(got[~hole], expected[~hole], equal_nan=True)


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_undeclared_gaps_are_noticed(tmp_path: Path, dtype: str) -> None:
    """-32768 in int16 and NaN in floats mean "no height" even where the file does not say so."""
    heights = ramp().astype(dtype)
    heights[3, 4] = -32768 if dtype == "int16" else np.nan
    dem = load_dem(save(tmp_path / "a.tif", heights))
    assert not dem.known()[3, 4] and dem.known().sum() == heights.size - 1


def test_undeclared_nonsense_is_refused(tmp_path: Path) -> None:
    heights = ramp().astype(np.float32)
    heights[3, 4] = -99999
    with pytest.raises(InputError) as error:
        load_dem(save(tmp_path / "a.tif", heights))
    expect(error, "a.tif", "not metres", "-99999", "nodata")


def test_nodata_policies(tmp_path: Path) -> None:
    """Unknown by default; sea if the user says so; or refused, with the number of posts."""
    heights = ramp()
    heights[10:12, 20:25] = -32768
    file = save(tmp_path / "a.tif", heights)
    unknown = load_dem(file)
    assert unknown.nodata == -32768 and (~unknown.known()).sum() == 10
    sea = load_dem(file, nodata="sea")
    assert sea.nodata is None and sea.known().all() and (sea.heights[10:12, 20:25] == 0).all()
    assert np.array_equal(sea.heights[unknown.known()], heights[unknown.known()])
    with pytest.raises(InputError) as error:
        load_dem(file, nodata="refuse")
    expect(error, "10 of 2400 posts")
    assert load_dem(save(tmp_path / "b.tif", ramp()), nodata="refuse").nodata is None


def test_heights_beside_a_gap_are_unknown(tmp_path: Path) -> None:
    heights = ramp()
    heights[10, 20] = -32768
    dem = load_dem(save(tmp_path / "a.tif", heights))
    for col, row in ((20, 10), (19.5, 10), (20.5, 9.5)):
        assert math.isnan(dem.height_at(*dem.grid.lonlat(col, row)))
    for col, row in ((18.9, 10), (21.1, 11), (20, 11.1)):
        assert math.isfinite(dem.height_at(*dem.grid.lonlat(col, row)))


# --- tiles and windows ----------------------------------------------------------------------


@pytest.fixture
def tiles(
    tmp_path: Path, fractal: Callable[..., NDArray[np.float64]]
) -> tuple[Path, NDArray[np.int16]]:
    """2 x 2 tiles of 100 x 120 posts that share no post, and the whole that they make."""
    whole = fractal((200, 240)).astype(np.int16)
    for i in range(2):
        for j in range(2):
            part = whole[100 * i : 100 * i + 100, 120 * j : 120 * j + 120]
            save(
                tmp_path / f"tiles/t{i}{j}.tif", part, CORNER @ Affine.translation(120 * j, 100 * i)
            )
    return tmp_path / "tiles", whole


def test_tiles_make_one_mosaic(tiles: tuple[Path, NDArray[np.int16]], tmp_path: Path) -> None:
    folder, whole = tiles
    dem = load_dem(folder)
    one = load_dem(save(tmp_path / "whole.tif", whole))
    assert np.array_equal(dem.heights, whole)
    assert np.allclose([*dem.grid.transform], [*one.grid.transform], rtol=0, atol=1e-12)
    assert dem.nodata is None
    antenna = Antenna(WEST + 0.1, NORTH - 0.083, 20.0)  # near where the four tiles meet
    got, expected = (masking_altitude(d, antenna, 8e3) for d in (dem, one))
    assert np.allclose(got, expected, atol=1e-3, equal_nan=True)


def test_a_missing_tile_is_unknown_not_sea(tiles: tuple[Path, NDArray[np.int16]]) -> None:
    folder, _ = tiles
    (folder / "t01.tif").unlink()
    dem = load_dem(folder)
    assert not dem.known()[:100, 120:].any()
    assert dem.known().sum() == 3 * 100 * 120
    masking = masking_altitude(dem, Antenna(WEST + 0.05, NORTH - 0.04, 20.0), 15e3)
    assert np.isposinf(masking[:99, 121:]).sum() > 8000
    assert not np.isfinite(masking[:100, 121:]).any()


def test_hgt_tiles_share_their_outer_posts(
    tmp_path: Path, fractal: Callable[..., NDArray[np.float64]]
) -> None:
    """Neighbouring SRTM tiles repeat a row and a column; the mosaic has them once."""
    whole = fractal((1201, 2401)).astype(np.int16)
    (tmp_path / "hgt").mkdir()
    for name, part in (("N34E076", whole[:, :1201]), ("N34E077", whole[:, 1200:])):
        (tmp_path / "hgt" / f"{name}.hgt").write_bytes(part.astype(">i2").tobytes())
    assert np.array_equal(load_dem(tmp_path / "hgt").heights, whole)


@pytest.mark.parametrize(
    ("transform", "crs"),
    [
        (CORNER @ Affine.translation(60.5, 0), "EPSG:4326"),
        (CORNER @ Affine.translation(60, 0) @ Affine.scale(2), "EPSG:4326"),
        (CORNER @ Affine.translation(60, 0), "EPSG:4258"),
    ],
    ids=["half a cell off", "coarser", "another datum"],
)
def test_tiles_that_do_not_fit_are_named(tmp_path: Path, transform: Affine, crs: str) -> None:
    save(tmp_path / "t/a.tif", ramp())
    save(tmp_path / "t/b.tif", ramp(), transform, crs)
    with pytest.raises(InputError) as error:
        load_dem(tmp_path / "t")
    expect(error, "b.tif: ", "a.tif", "gdalwarp")


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32643"])
def test_a_window_gives_the_same_answer_as_the_whole(
    tmp_path: Path, fractal: Callable[..., NDArray[np.float64]], crs: str
) -> None:
    """Only what the circle touches is read, and the masking altitude there does not change."""
    heights = fractal((300, 320)).astype(np.int16)
    transform = CORNER if crs == "EPSG:4326" else Affine(90, 0, 600e3, 0, -90, 3900e3)
    file = save(tmp_path / "a.tif", heights, transform, crs)
    whole = load_dem(file)
    lon, lat = (float(v) for v in whole.grid.lonlat(170.3, 140.8))
    part = load_dem(file, around=(lon, lat, 6e3))
    rows, cols = part.grid.shape
    assert 125 <= rows <= 150 and 130 <= cols <= 172  # 12 km and a margin
    col0, row0 = (round(float(v)) for v in whole.grid.colrow(*part.grid.lonlat(0, 0)))
    inside = np.s_[row0 : row0 + rows, col0 : col0 + cols]
    assert np.array_equal(part.heights, whole.heights[inside])
    antenna = Antenna(lon, lat, 25.0)
    got, expected = (masking_altitude(d, antenna, 6e3) for d in (part, whole))
    served = ~np.isnan(expected)
    served[inside] = False
    assert not served.any()  # nothing in range was left out
    edge = np.isnan(got) != np.isnan(expected[inside])
    assert edge.sum() <= 2  # posts within a metre of the range
    assert np.allclose(got[~edge], expected[inside][~edge], rtol=0, atol=2e-3, equal_nan=True)


def test_a_window_around_several_sites_holds_them_all(tmp_path: Path) -> None:
    file = save(tmp_path / "a.tif", ramp(300, 320))
    sites = [(WEST + 0.05, NORTH - 0.05, 2e3), (WEST + 0.2, NORTH - 0.2, 2e3)]
    dem = load_dem(file, around=sites)
    assert all(dem.grid.contains(lon, lat) for lon, lat, _ in sites)
    assert dem.grid.shape[0] < 260


def test_a_site_at_the_antimeridian_finds_its_terrain(tmp_path: Path) -> None:
    """The raster may count on beyond 180: 179.9 E to 180.1 E."""
    file = save(tmp_path / "a.tif", ramp(240, 240), Affine(ARC3, 0, 179.9, 0, -ARC3, 10))
    dem = load_dem(file, around=(-179.98, 9.9, 3e3))
    assert dem.grid.contains(-179.98, 9.9) and dem.grid.contains(180.02, 9.9)
    assert np.isfinite(masking_altitude(dem, Antenna(-179.98, 9.9, 30.0), 3e3)).sum() > 1000


# --- what is refused ------------------------------------------------------------------------


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        load_dem(tmp_path / "no.tif")
    expect(error, "no.tif", "no such file")


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.tif").touch()
    with pytest.raises(InputError) as error:
        load_dem(tmp_path / "empty.tif")
    expect(error, "empty.tif", "empty")


def test_no_raster_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_text("not a raster")
    with pytest.raises(InputError) as error:
        load_dem(tmp_path / "a.tif")
    expect(error, "a.tif: ")


def test_truncated_raster(tmp_path: Path, fractal: Callable[..., NDArray[np.float64]]) -> None:
    file = save(tmp_path / "a.tif", fractal((400, 400)).astype(np.int16))
    file.write_bytes(file.read_bytes()[: 400 * 400])  # half the heights
    with pytest.raises(InputError) as error:
        load_dem(file)
    expect(error, "a.tif: ")


def test_truncated_hgt(tmp_path: Path) -> None:
    (tmp_path / "N34E076.hgt").write_bytes(bytes(1201 * 1000 * 2))
    with pytest.raises(InputError) as error:
        load_dem(tmp_path / "N34E076.hgt")
    expect(error, "N34E076.hgt: ")


def test_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "dems").mkdir()
    with pytest.raises(InputError) as error:
        load_dem(tmp_path / "dems")
    expect(error, "dems", "no raster tiles")


def test_without_reference_system(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        load_dem(save(tmp_path / "a.tif", ramp(), crs=None))
    expect(error, "a.tif", "no coordinate reference system", "gdal_edit")


def test_several_bands(tmp_path: Path) -> None:
    with rasterio.open(
        tmp_path / "a.tif",
        "w",
        driver="GTiff",
        height=9,
        width=9,
        count=3,
        dtype="uint8",
        crs="EPSG:4326",
        transform=CORNER,
    ):
        pass
    with pytest.raises(InputError) as error:
        load_dem(tmp_path / "a.tif")
    expect(error, "a.tif", "one band", "3 bands")


def test_complex_numbers(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        load_dem(save(tmp_path / "a.tif", ramp().astype(np.complex64)))
    expect(error, "a.tif", "real numbers")


def test_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError) as error:
        load_dem("globe30-south-asai")
    expect(error, "globe30-south-asia", "Did you mean")


def test_site_outside(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        load_dem(save(tmp_path / "a.tif", ramp()), around=(70.0, 34.0, 5e3))
    expect(error, "outside the DEM 'a'", "70,34", "76.0000 to 76.0500 E")


def test_swapped_coordinates_are_recognised(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        load_dem(save(tmp_path / "a.tif", ramp()), around=(34.99, 76.02, 5e3))
    expect(error, "outside the DEM", "swapped")


def test_smooth_earth_wants_a_place() -> None:
    with pytest.raises(InputError) as error:
        load_dem("smooth-earth")
    expect(error, "site and a range")


def test_too_much_terrain_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skyshade.terrain.dem.MAX_CELLS", 1000)
    with pytest.raises(InputError) as error:
        load_dem(save(tmp_path / "a.tif", ramp()))
    expect(error, "max_range", "40 x 60 posts", "coarser")


def test_identity_changes_with_the_file(tmp_path: Path) -> None:
    """The manifest can tell one version of a file from another of the same size."""
    a, b = ramp(), ramp()
    b[5, 5] += 1
    one = load_dem(save(tmp_path / "one/dem.tif", a)).identity
    two = load_dem(save(tmp_path / "two/dem.tif", b)).identity
    again = load_dem(save(tmp_path / "three/dem.tif", a)).identity
    assert one["bytes_read"] == two["bytes_read"] and one != two and one == again


@pytest.mark.parametrize(
    ("options", "mapped"),
    [
        ({}, True),
        ({"blockysize": 7}, True),
        ({"compress": "deflate"}, False),
        ({"tiled": True, "blockxsize": 16, "blockysize": 16}, False),
        ({"ENDIANNESS": "BIG"}, False),
        ({"nbits": 13, "dtype": "uint16"}, False),
    ],
)
def test_large_plain_files_are_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], mapped: bool
) -> None:
    """Mapped or read, heights are the same; a gap that is filled in stays out of the file."""
    heights = (np.arange(60 * 50) % 4000).reshape(60, 50)
    profile = {"dtype": "int16", "nodata": 7, **options}
    file = tmp_path / "a.tif"
    with rasterio.open(
        file,
        "w",
        driver="GTiff",
        width=50,
        height=60,
        count=1,
        crs="EPSG:4326",
        transform=CORNER,
        **profile,
    ) as d:
        d.write(heights.astype(profile["dtype"]), 1)
    before = file.read_bytes()
    monkeypatch.setattr(dem_module, "LARGE_READ_CELLS", 0)
    assert (dem_module._mapped(file, np.dtype(profile["dtype"])) is not None) == mapped
    dem = load_dem(file, nodata="sea")
    assert np.array_equal(dem.heights, np.where(heights == 7, 0, heights))
    assert file.read_bytes() == before
