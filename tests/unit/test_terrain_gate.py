"""Rasters whose numbers or places mean something else than they seem to: taken rightly, or refused.

Every raster here is made up. The situations are those that people have reported to other tools.
"""

from __future__ import annotations

import gzip
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import Geod
from rasterio.warp import Resampling, reproject, transform

from skyshade.coverage.compute import coverage_at
from skyshade.errors import InputError
from skyshade.export.raster import write_cog
from skyshade.terrain.dem import load_dem
from skyshade.terrain.library import find_terrain, tile_files
from skyshade.terrain.model import Altitude, Antenna
from skyshade.terrain.sweep import masking_altitude

CELL = 1 / 240  # degrees
HALF_MINUTE = 1 / 120
GEOD = Geod(ellps="WGS84")


def save(
    path: Path,
    numbers: NDArray[Any],
    west: float = 70.0,
    north: float = 20.0,
    cell: float = CELL,
    crs: str | None = "EPSG:4326",
    unit: str | None = None,
    at: Affine | None = None,
    **more: Any,
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=numbers.shape[0],
        width=numbers.shape[1],
        count=1,
        dtype=numbers.dtype,
        crs=crs,
        transform=at or Affine(cell, 0, west, 0, -cell, north),
        **more,
    ) as d:
        d.write(numbers, 1)
        if unit:
            d.units = (unit,)
    return path


def waves(rows: int = 240, cols: int = 240) -> NDArray[np.int16]:
    r, c = np.mgrid[:rows, :cols]
    return np.asarray(300 + 200 * np.sin(c / 9) * np.cos(r / 11), np.int16)


# --- heights ---------------------------------------------------------------------------------


def test_a_sea_floor_is_not_land(tmp_path: Path) -> None:
    """Land and sea floor in one raster give the answer of the same land beside a sea at 0."""
    floor = np.full((480, 480), -1500, np.int16)
    floor[:, :250] = 40
    deep = save(tmp_path / "floor.tif", floor)
    flat = save(tmp_path / "flat.tif", np.maximum(floor, 0))
    at: dict[str, Any] = {"lon": 71.0, "lat": 19.0, "antenna_agl_m": 20.0, "max_range_m": 60e3}
    altitudes = [Altitude(100, "msl"), Altitude(100, "agl")]
    got, expected = (coverage_at(f, altitudes=altitudes, **at) for f in (deep, flat))
    assert [a.visible_frac for a in got.areas()] == [a.visible_frac for a in expected.areas()]
    assert "down to -1500 m" in got.dem.settled
    assert "-1500" in got.dem.identity["settled"]["sea_floor"]
    assert "sea_floor" not in expected.dem.identity["settled"]


@pytest.mark.parametrize(
    ("west", "north", "lowest"), [(35.35, 31.8, -425), (4.4, 52.2, -7)], ids=["Dead Sea", "polder"]
)
def test_land_below_the_sea_stays(tmp_path: Path, west: float, north: float, lowest: int) -> None:
    heights = np.full((60, 60), 3, np.int16)
    heights[10:40, 10:40] = lowest
    dem = load_dem(save(tmp_path / "a.tif", heights, west, north))
    assert np.array_equal(dem.heights, heights)


@pytest.mark.parametrize("how", ["feet", "tenths", "blurred"])
def test_undeclared_voids_are_noticed_after_scaling_and_resampling(
    tmp_path: Path, how: str
) -> None:
    heights = np.full((300, 300), 250, np.float32)
    heights[100:140, 60:240] = -9999
    if how == "feet":
        file = save(tmp_path / "a.tif", heights, cell=CELL / 5, unit="ft")
    elif how == "tenths":
        file = save(tmp_path / "a.tif", heights / 10, cell=CELL / 5)
    else:
        before = Affine(CELL / 5, 0, 75.0, 0, -CELL / 5, 31.0)
        after = Affine(95, 0, 5e5, 0, -95, 3429e3)
        blurred = np.full((240, 240), np.nan, np.float32)
        reproject(
            heights,
            blurred,
            src_transform=before,
            src_crs="EPSG:4326",
            dst_transform=after,
            dst_crs="EPSG:32643",
            resampling=Resampling.cubic,
            dst_nodata=np.nan,
        )
        assert np.nanmin(blurred) < -10_000  # the filter swings over
        file = save(tmp_path / "a.tif", blurred, at=after, crs="EPSG:32643", nodata=np.nan)
    with pytest.raises(InputError, match="without a height") as error:
        load_dem(file)
    assert error.value.file == file


# --- more than one raster --------------------------------------------------------------------


@pytest.mark.parametrize("other", ["site_AMP.tif", "site_count.tif", "site_maxdate.tif"])
def test_rasters_beside_the_heights_are_left_out(tmp_path: Path, other: str) -> None:
    save(tmp_path / "dem/site_dem.tif", waves())
    save(tmp_path / "aux" / other, np.full((240, 240), 2500, np.int16))
    dem = load_dem(tmp_path)
    assert np.array_equal(dem.heights, waves())
    assert "1 files beside the heights left out" in dem.settled


def test_two_rasters_of_the_same_posts_must_agree(tmp_path: Path) -> None:
    """An unknown kind of raster beside the heights cannot be told from them; both are named."""
    a, b = save(tmp_path / "a.tif", waves()), save(tmp_path / "slope.tif", waves() + np.int16(7))
    with pytest.raises(InputError, match="up to 7 m apart") as error:
        load_dem(tmp_path)
    assert error.value.file == b and str(a) in str(error.value)
    shutil.copy(a, b)
    assert np.array_equal(load_dem(tmp_path).heights, waves())


def test_a_patch_mends_a_void_whatever_the_window(tmp_path: Path) -> None:
    """Names give the order of tiles, also in a window that one of them covers."""
    holed = np.full((240, 240), 100, np.int16)
    holed[100:140, 100:140] = -32768
    step = HALF_MINUTE
    save(tmp_path / "a.tif", holed, 75.0, 32.0, step, nodata=-32768)
    patch = np.full((60, 60), 180, np.int16)
    save(tmp_path / "b_patch.tif", patch, 75 + 90 * step, 32 - 90 * step, step)
    save(tmp_path / "c.tif", np.full((240, 240), 100, np.int16), 77.0, 32.0, step)
    for radius_m in (20e3, 60e3, 120e3):
        dem = load_dem(tmp_path, around=(76, 31, radius_m))
        assert dem.height_at(76, 31) == 180 and dem.nodata is None


def test_the_identity_follows_the_tiles_of_a_virtual_raster(tmp_path: Path) -> None:
    """A .vrt only names its tiles: its text stays when one of them is replaced."""
    save(tmp_path / "tile.tif", waves())
    (tmp_path / "all.vrt").write_text(
        '<VRTDataset rasterXSize="240" rasterYSize="240"><SRS>EPSG:4326</SRS>'
        f"<GeoTransform>70, {CELL!r}, 0, 20, 0, {-CELL!r}</GeoTransform>"
        '<VRTRasterBand dataType="Int16" band="1"><SimpleSource>'
        '<SourceFilename relativeToVRT="1">tile.tif</SourceFilename><SourceBand>1</SourceBand>'
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    before = load_dem(tmp_path / "all.vrt").identity
    assert before == load_dem(tmp_path / "all.vrt").identity and before["files_read"] == 2
    changed = waves()
    changed[50, 60] += 90
    save(tmp_path / "tile.tif", changed)
    after = load_dem(tmp_path / "all.vrt").identity
    assert before["sha256"] != after["sha256"]


# --- places ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "lon", "lat"), [(4240, 100.0, 15.0), (4301, 139.7, 35.6), (4145, 77.0, 28.0)]
)
def test_degrees_on_another_datum_are_moved(
    tmp_path: Path, code: int, lon: float, lat: float
) -> None:
    """Where PROJ, as GDAL uses it, places the posts: 123 to 574 m from where the degrees say."""
    cell = 1 / 3600
    west, north = lon - 100.5 * cell, lat + 100.5 * cell
    file = save(tmp_path / "a.tif", np.ones((201, 201), "f4"), west, north, cell, f"EPSG:{code}")
    dem = load_dem(file)
    here_lon, here_lat = (float(v) for v in dem.grid.lonlat(100, 100))
    (x,), (y,) = transform(f"EPSG:{code}", "EPSG:4326", [lon], [lat])[:2]
    assert GEOD.inv(here_lon, here_lat, x, y)[2] < 0.1
    moved_m = GEOD.inv(lon, lat, x, y)[2]
    assert moved_m > 100 and f"moved by {moved_m:.0f} m to WGS 84" in dem.settled
    col, row = dem.grid.colrow(x, y)
    assert (float(col), float(row)) == pytest.approx((100, 100), abs=1e-3)
    assert [*dem.grid.axes()] == ["lat", "lon"]


def test_degrees_of_a_datum_that_is_wgs84_but_for_decimetres_stay(tmp_path: Path) -> None:
    dem = load_dem(save(tmp_path / "a.tif", waves(), crs="EPSG:4258"))
    assert dem.grid.is_lonlat and "taken as WGS 84" in dem.settled


def test_longitudes_from_0_to_360_are_the_same_terrain(tmp_path: Path) -> None:
    east, west = (
        load_dem(save(tmp_path / f"{w}.tif", waves(), w, 42.0), around=(-73.5, 41.5, 20e3))
        for w in (286.0, -74.0)
    )
    assert np.allclose([*east.grid.transform], [*west.grid.transform], rtol=0, atol=1e-9)
    assert np.array_equal(east.heights, west.heights)
    assert east.grid.bounds()[0] >= -180 and "longitudes from 286" in east.settled
    assert "longitudes" not in west.settled


def test_a_raster_of_the_whole_earth_has_no_seam(tmp_path: Path) -> None:
    """Both sides of where its columns begin are terrain."""
    cols = np.arange(720)
    heights = np.broadcast_to(np.abs(cols - 360), (120, 720)).astype(np.int16)
    file = save(tmp_path / "a.tif", heights, -180.0, 30.0, 0.5)
    dem = load_dem(file, around=(179.9, 0.0, 300e3))
    assert dem.grid.shape[1] < 30 and dem.nodata is None
    assert dem.height_at(179.75, 0.25) == 359 and dem.height_at(-179.75, 0.25) == 360


@pytest.mark.parametrize("radius_m", [6e3, 20e3, None])
def test_tiles_on_both_sides_of_the_antimeridian_make_one_grid(
    tmp_path: Path, radius_m: float | None
) -> None:
    big = np.arange(1201 * 2401).reshape(1201, 2401) % 1777
    for name, part in (("S17E179", big[:, :1201]), ("S17W180", big[:, 1200:])):
        (tmp_path / f"{name}.hgt").write_bytes(part.astype(">i2").tobytes())
    around = None if radius_m is None else (179.95, -16.5, radius_m)
    dem = load_dem(tmp_path, around=around)
    assert dem.nodata is None and dem.grid.shape[1] < 2500
    assert dem.grid.contains(179.99, -16.5)
    assert radius_m == 6e3 or dem.grid.contains(-179.99, -16.5)
    if radius_m is None:
        assert np.array_equal(dem.heights, big)


def test_a_rotated_raster_is_refused(tmp_path: Path) -> None:
    """Rows that run askew would be drawn and exported in another place than they are swept."""
    turned = Affine.translation(5e5, 35e5) @ Affine.rotation(30) @ Affine.scale(90, -90)
    file = save(tmp_path / "a.tif", waves(), at=turned, crs="EPSG:32643")
    with pytest.raises(InputError, match="turned by 30 degrees") as error:
        load_dem(file)
    assert error.value.file == file


def test_a_range_that_may_hold_no_post_is_refused() -> None:
    at: dict[str, Any] = {"lon": 75.5 + CELL, "lat": 31 + CELL, "antenna_agl_m": 24.0}
    with pytest.raises(InputError, match="at least 61"):
        coverage_at("globe30-south-asia", max_range_m=400.0, **at)
    low = coverage_at("globe30-south-asia", max_range_m=700.0, **at).areas()[1]
    assert low.visible_frac == 1.0


# --- formats, archives, hints ----------------------------------------------------------------


def test_the_hint_for_an_ascii_grid_without_reference_system_works(tmp_path: Path) -> None:
    rows = "\n".join(" ".join(map(str, row)) for row in waves(30, 40))
    head = f"ncols 40\nnrows 30\nxllcorner 75\nyllcorner 31\ncellsize {CELL}\n"
    file = tmp_path / "grid.asc"
    file.write_text(head + rows + "\n")
    with pytest.raises(InputError, match=r"into grid\.prj") as error:
        load_dem(file)
    line = str(error.value.hint).split("beside it: ")[1].split(" Or ")[0]
    (tmp_path / "grid.prj").write_text(line)
    assert np.array_equal(load_dem(file).heights, waves(30, 40))
    assert load_dem(file).grid.is_lonlat

    file.write_text(head + rows.replace("300", "-9999") + "\n")
    with pytest.raises(InputError, match="NODATA_value -9999"):
        load_dem(file)
    file.write_text(head + "NODATA_value -9999\n" + rows.replace("300", "-9999") + "\n")
    assert load_dem(file).nodata is not None


def test_a_vertical_system_in_feet_is_not_copied_to_heights_in_metres(tmp_path: Path) -> None:
    feet = waves().astype("f4") / np.float32(1200 / 3937)
    dem = load_dem(save(tmp_path / "a.tif", feet, -100.0, 40.0, crs="EPSG:4269+6360"))
    assert np.allclose(dem.heights, waves(), atol=1e-3) and "NAVD88" in dem.settled
    write_cog(tmp_path / "out.tif", dem.heights, dem.grid, description="height", unit="m")
    again = load_dem(tmp_path / "out.tif")
    assert np.allclose(again.heights, waves(), atol=1e-3)


def test_packed_tiles_are_read_where_they_are(tmp_path: Path) -> None:
    whole = (np.arange(1201 * 3601).reshape(1201, 3601) % 2777).astype(">i2")
    names = ["N34E076", "N34E077", "N34E078"]
    tiles = {n: whole[:, 1200 * i : 1200 * i + 1201].tobytes() for i, n in enumerate(names)}
    folder = tmp_path / "srtm"
    folder.mkdir()
    with zipfile.ZipFile(folder / "N34E076.SRTMGL1.hgt.zip", "w") as z:
        z.writestr("N34E076.hgt", tiles["N34E076"])
    with zipfile.ZipFile(folder / "many.zip", "w") as z:
        z.writestr("deep/N34E077.hgt", tiles["N34E077"])
        z.writestr("readme.txt", "no raster")
    with gzip.open(folder / "N34E078.hgt.gz", "wb", compresslevel=1) as g:
        g.write(tiles["N34E078"])
    dem = load_dem(folder)
    assert np.array_equal(dem.heights, whole[:, :3601].astype(np.int16))
    assert dem.identity["files_read"] == 3
    inside = f"/vsizip/{folder}/many.zip/deep/N34E077.hgt"
    for name in (inside, str(folder / "many.zip")):
        one = load_dem(name)
        assert one.grid.shape == (1201, 1201) and one.grid.contains(77.5, 34.5)
    assert find_terrain(inside).name == "N34E077"


def test_archives_that_hold_no_tiles_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no archive")
    with pytest.raises(InputError, match=r"a\.zip: not an archive"):
        tile_files(tmp_path)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as z:
        z.writestr("../N34E077.hgt", b"outside")
    with pytest.raises(InputError, match="no raster tiles in this archive"):
        tile_files(tmp_path / "a.zip")
    with pytest.raises(InputError, match="no such file"):
        load_dem("/vsizip/no/such.zip/N34E077.hgt")


# --- a site on a void ------------------------------------------------------------------------


def test_a_site_on_a_void_stands_on_the_ground_that_is_given(tmp_path: Path) -> None:
    """The posts of its own cell take that height; a wider void around it stays unknown."""
    heights = np.full((240, 240), 120, np.int16)
    heights[120:122, 120:122] = -32768
    dem = load_dem(save(tmp_path / "a.tif", heights, nodata=-32768))
    lon, lat = (float(v) for v in dem.grid.lonlat(120.5, 120.4))
    with pytest.raises(InputError, match="ground_msl"):
        masking_altitude(dem, Antenna(lon, lat, 20.0), 30e3)
    antenna = Antenna(lon, lat, 20.0, ground_msl_m=120.0)
    masking = masking_altitude(dem, antenna, 30e3)
    assert dem.heights[120, 120] == -32768  # the terrain itself is as it was
    plain = load_dem(save(tmp_path / "b.tif", np.full((240, 240), 120, np.int16)))
    assert np.array_equal(masking, masking_altitude(plain, antenna, 30e3), equal_nan=True)

    heights[115:126, 115:126] = -32768
    wide = load_dem(save(tmp_path / "c.tif", heights, nodata=-32768))
    assert np.isposinf(masking_altitude(wide, antenna, 30e3)).sum() > 10_000
