"""Terrain sets: the embedded one, adding, finding and forgetting, and what makes one mosaic."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import typer
from affine import Affine
from rasterio.shutil import copy as raster_copy
from typer.testing import CliRunner

from skyshade.cli import terrain as commands
from skyshade.errors import InputError, WorkError
from skyshade.files import data_home
from skyshade.terrain.library import (
    ANATOLIA,
    EMBEDDED,
    EMBEDDED_SETS,
    add_terrain,
    find_terrain,
    remove_terrain,
    terrain_sets,
    tile_files,
)
from skyshade.terrain.tiles import check_tiles


def from_origin(west: float, north: float, x: float, y: float) -> Affine:
    """A north-up raster's transform; rasterio's own of that name warns of a coming affine."""
    return Affine(x, 0, west, 0, -y, north)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKYSHADE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def make_tif(
    path: Path,
    west: float = 77,
    north: float = 35,
    posts: int = 12,
    crs: str | None = "EPSG:4326",
    bands: int = 1,
    transform: Affine | None = None,
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    step = 1 / posts
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        dtype="int16",
        count=bands,
        crs=crs,
        height=posts,
        width=posts,
        transform=transform or from_origin(west, north, step, step),
    ) as file:
        for band in range(bands):
            file.write(np.full((posts, posts), 100 + band, np.int16), band + 1)
    return path


def make_hgt(path: Path, posts: int = 1201) -> Path:
    heights = np.arange(posts * posts, dtype=np.int64).reshape(posts, posts) % 8000
    path.write_bytes(heights.astype(">i2").tobytes())
    return path


def run(*args: str) -> str:
    app = typer.Typer()
    commands.register(app)
    result = CliRunner().invoke(app, ["terrain", *args])
    if result.exception:
        raise result.exception
    return result.output


# the embedded set


@pytest.mark.parametrize("name", EMBEDDED_SETS)
def test_embedded_raster_is_the_one_described(name: str) -> None:
    found, (west, south, east, north) = EMBEDDED_SETS[name]
    (file,) = found.files
    with rasterio.open(file) as raster:
        (left, right), (top, bottom) = raster.xy([0, raster.height - 1], [0, raster.width - 1])
    assert (left, top, bottom) == pytest.approx((west, north, south))
    assert right == pytest.approx(east, abs=0.01)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    readme = (file.parent / "README.md").read_text("utf-8")
    assert digest in readme
    assert all(name in readme for name in ("n34e077", "n27e088", "AREA_OR_POINT=Point"))


def test_embedded_posts_stand_on_multiples_of_one_120th_degree() -> None:
    with rasterio.open(EMBEDDED.files[0]) as raster:
        lon, lat = raster.xy([0, 4200], [0, 3599])
        assert np.allclose(lon, [60, 90 - 1 / 120], atol=1e-9)
        assert np.allclose(lat, [40, 5], atol=1e-9)
        heights = raster.read(1)
    # K2, 8611 m at 35.8808 N 76.5142 E (survey): the highest post within 3 km of it is the massif.
    row, column = round((40 - 35.8808) * 120), round((76.5142 - 60) * 120)
    around = heights[row - 3 : row + 4, column - 3 : column + 4]
    assert 7500 < around.max() <= 8700
    top = np.unravel_index(around.argmax(), around.shape)
    assert abs(top[0] - 3) <= 1 and abs(top[1] - 3) <= 1


def test_ararat_stands_where_it_is() -> None:
    """5,137 m at 39.702 N, 44.298 E (survey)."""
    with rasterio.open(ANATOLIA.files[0]) as raster:
        heights = raster.read(1)
    row, column = round((46 - 39.702) * 120), round((44.298 - 25) * 120)
    around = heights[row - 3 : row + 4, column - 3 : column + 4]
    assert 4500 < around.max() <= 5150
    top = np.unravel_index(around.argmax(), around.shape)
    assert abs(top[0] - 3) <= 1 and abs(top[1] - 3) <= 1


def test_embedded_poor_cells_are_twelve_distinct_degree_cells_inside_the_raster() -> None:
    assert len(set(EMBEDDED.poor_cells)) == 12
    assert (77.0, 34.0, 78.0, 35.0) in EMBEDDED.poor_cells  # Leh
    for west, south, east, north in EMBEDDED.poor_cells:
        assert (east - west, north - south) == (1, 1)
        assert west >= 60 and east <= 90 and south >= 5 and north <= 40


def test_without_a_register_there_is_just_the_embedded_set() -> None:
    assert terrain_sets() == {name: found for name, (found, _) in EMBEDDED_SETS.items()}
    assert find_terrain("globe30-south-asia") is EMBEDDED


def test_data_home_falls_back_to_the_users_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYSHADE_HOME", "")
    assert data_home().name == "skyshade" and data_home().is_absolute()


# adding, finding, removing


def test_added_folder_is_found_again_and_new_tiles_count(tmp_path: Path, home: Path) -> None:
    first = make_tif(tmp_path / "tiles" / "a.tif")
    added = add_terrain(tmp_path / "tiles", licence="CC0")
    assert (added.name, added.files, added.licence) == ("tiles", (first,), "CC0")
    assert terrain_sets()["tiles"] == find_terrain("tiles") == added
    second = make_tif(tmp_path / "tiles" / "deep" / "B.TIFF", west=78)
    assert find_terrain("tiles").files == (first, second)
    assert [p.name for p in home.iterdir()] == ["terrain.json"]  # nothing left of the writing


def test_relative_paths_are_stored_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tif(tmp_path / "here" / "tiles" / "a.tif")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert add_terrain("tiles/../tiles").name == "tiles"
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert find_terrain("tiles").files == (tmp_path / "here" / "tiles" / "a.tif",)


def test_single_raster_can_be_a_set(tmp_path: Path) -> None:
    file = make_tif(tmp_path / "My dem (1).tif")
    assert add_terrain(file).name == "My-dem-1"
    assert find_terrain("My-dem-1").files == (file,)


def test_adding_again_updates_but_never_takes_a_name_from_another_folder(tmp_path: Path) -> None:
    make_tif(tmp_path / "one" / "a.tif")
    make_tif(tmp_path / "two" / "a.tif")
    add_terrain(tmp_path / "one", "alps")
    assert add_terrain(tmp_path / "one", "alps", title="Alps").title == "Alps"
    with pytest.raises(InputError, match=r"'alps' already stands for .*one.*terrain remove alps"):
        add_terrain(tmp_path / "two", "alps")
    assert find_terrain("alps").path == tmp_path / "one"


@pytest.mark.parametrize("name", ["", "a b", "../x", "-x", "x" * 65, *EMBEDDED_SETS])
def test_bad_names_are_refused(tmp_path: Path, name: str) -> None:
    make_tif(tmp_path / "tiles" / "a.tif")
    with pytest.raises(InputError, match="name"):
        add_terrain(tmp_path / "tiles", name)
    assert list(terrain_sets()) == list(EMBEDDED_SETS)


def test_folder_name_without_a_usable_letter_asks_for_a_name(tmp_path: Path) -> None:
    make_tif(tmp_path / "हिमालय" / "a.tif")
    with pytest.raises(InputError, match="not a name for a terrain set"):
        add_terrain(tmp_path / "हिमालय")
    assert add_terrain(tmp_path / "हिमालय", "himalaya").name == "himalaya"


def test_remove_forgets_the_set_and_keeps_the_tiles(tmp_path: Path) -> None:
    file = make_tif(tmp_path / "tiles" / "a.tif")
    add_terrain(tmp_path / "tiles")
    assert remove_terrain("tiles").name == "tiles"
    assert "tiles" not in terrain_sets() and file.exists()
    with pytest.raises(InputError, match="unknown terrain set 'tiles'"):
        remove_terrain("tiles")
    for name in EMBEDDED_SETS:
        with pytest.raises(InputError, match="embedded"):
            remove_terrain(name)


def test_find_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = make_tif(tmp_path / "dem" / "a.tif")
    assert find_terrain(file).files == (file,)
    assert find_terrain(str(tmp_path / "dem")).files == (file,)
    monkeypatch.chdir(tmp_path)
    assert find_terrain("dem").files == (Path("dem/a.tif"),)  # a bare word, but it exists


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("globe30-south-asai", "unknown terrain set or file .*Did you mean 'globe30-south-asia'"),
        ("", "unknown terrain set or file"),
        ("no/such/folder", "no/such/folder: no such file"),
        ("missing.tif", "missing.tif: no such file"),
        ("x" * 5000, "x…: cannot be read: File name too long"),
        ("nul\0byte", "unknown terrain set or file"),
    ],
)
def test_what_is_not_there_is_one_clear_error(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_terrain(text)


def test_a_set_whose_tiles_are_gone_is_listed_but_not_used(tmp_path: Path) -> None:
    file = make_tif(tmp_path / "tiles" / "a.tif")
    add_terrain(tmp_path / "tiles", "gone")
    file.unlink()
    file.parent.rmdir()
    assert terrain_sets()["gone"].files == ()
    with pytest.raises(InputError, match=r"'gone' has no tiles any more.*terrain remove gone"):
        find_terrain("gone")
    remove_terrain("gone")


# the register


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"sets": []}',
        '{"sets": {"a": {"path": 3}}}',
        '{"sets": {"a": {"path": "/x", "title": "t", "licence": "l", "notes": "n"}}}',
        '{"sets": {"globe30-south-asia":'
        ' {"path": "/x", "title": "t", "licence": "l", "notes": []}}}',
        "[" * 100_000,
        "\xff",
    ],
)
def test_damaged_register_is_named(home: Path, text: str) -> None:
    home.mkdir()
    (home / "terrain.json").write_text(text, "latin-1")
    with pytest.raises(InputError, match=r"terrain\.json.*(damaged|not UTF-8)"):
        terrain_sets()
    assert (home / "terrain.json").read_text("latin-1") == text


def test_register_that_cannot_be_written_is_a_work_error(tmp_path: Path, home: Path) -> None:
    home.write_text("a file where the folder should be")
    file = make_tif(tmp_path / "a.tif")
    with pytest.raises(WorkError, match=r"terrain\.json: cannot be written"):
        add_terrain(file)


def test_failed_add_leaves_the_register_alone(tmp_path: Path, home: Path) -> None:
    make_tif(tmp_path / "good" / "a.tif")
    add_terrain(tmp_path / "good")
    before = (home / "terrain.json").read_bytes()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.tif").write_bytes(b"<html>")
    with pytest.raises(InputError, match=r"bad/a\.tif: not a raster"):
        add_terrain(tmp_path / "bad")
    assert (home / "terrain.json").read_bytes() == before
    assert json.loads(before)["sets"].keys() == {"good"}


# tiles


def test_masks_and_hidden_files_are_not_terrain(tmp_path: Path) -> None:
    wanted = make_tif(tmp_path / "Copernicus_DSM_10_N34_00_E077_00_DEM.tif")
    for name in (
        "AUXFILES/Copernicus_DSM_10_N34_00_E077_00_WBM.tif",
        "ASTGTMV003_N34E077_num.tif",
        "._N34E077.hgt",
        ".cache/a.tif",
        "Copernicus_DSM_10_N34_00_E078_00_DEM.tif.part",
        "readme.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "folder.tif").mkdir()
    assert tile_files(tmp_path) == (wanted,)


def test_empty_and_missing_folders(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no raster tiles in this folder.*\.hgt"):
        tile_files(tmp_path)
    with pytest.raises(InputError, match="no such file or folder"):
        add_terrain(tmp_path / "nowhere")


def test_tiles_of_another_spacing_are_named_both(tmp_path: Path) -> None:
    make_tif(tmp_path / "a.tif", posts=12)
    make_tif(tmp_path / "b.tif", posts=24)
    with pytest.raises(InputError) as caught:
        add_terrain(tmp_path, "mixed")
    text = str(caught.value)
    assert "a.tif" in text and "b.tif" in text
    assert "'150 x 150 arc-second'; allowed: 300 x 300 arc-second" in text


def test_spacing_may_differ_by_rounding_only(tmp_path: Path) -> None:
    a = make_tif(tmp_path / "a.tif", transform=from_origin(77, 35, 1 / 1200, 1 / 1200))
    b = make_tif(tmp_path / "b.tif", transform=from_origin(77, 36, 0.000833333, 0.000833333))
    assert len(check_tiles([a, b])) == 2
    for x, y in ((0.00086, 1 / 1200), (1 / 1200, 0.00086)):
        c = make_tif(tmp_path / "c.tif", transform=from_origin(77, 37, x, y))
        with pytest.raises(InputError, match="not the spacing of"):
            check_tiles([a, c])


def test_tiles_of_another_reference_system_are_named_both(tmp_path: Path) -> None:
    make_tif(tmp_path / "a.tif")
    make_tif(tmp_path / "b.tif", crs="EPSG:4283")  # GDA94: degrees as well
    with pytest.raises(
        InputError, match=r"b\.tif: not the coordinate reference system of .*a\.tif.*EPSG:4326"
    ):
        add_terrain(tmp_path, "mixed")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"bands": 2}, "one band.*2 bands"),
        ({"crs": None}, "no coordinate reference system"),
    ],
)
def test_unusable_rasters_are_refused(tmp_path: Path, how: dict[str, Any], message: str) -> None:
    make_tif(tmp_path / "a.tif", **how)
    with pytest.raises(InputError, match=rf"a\.tif: .*{message}"):
        add_terrain(tmp_path / "a.tif")


def test_a_south_up_raster_is_fine(tmp_path: Path) -> None:
    make_tif(tmp_path / "a.tif", transform=Affine(0.1, 0, 77, 0, 0.1, 35))
    assert len(add_terrain(tmp_path / "a.tif").files) == 1


def test_tiles_between_each_others_posts_are_refused(tmp_path: Path) -> None:
    make_tif(tmp_path / "a.tif", transform=Affine(0.1, 0, 77, 0, -0.1, 35))
    make_tif(tmp_path / "b.tif", transform=Affine(0.1, 0, 78.05, 0, -0.1, 35))
    with pytest.raises(InputError, match=r"b\.tif: its posts stand between those of .*a\.tif"):
        add_terrain(tmp_path)


def test_projected_raster_is_fine(tmp_path: Path) -> None:
    make_tif(tmp_path / "utm.tif", crs="EPSG:32643", transform=from_origin(5e5, 4e6, 90, 90))
    add_terrain(tmp_path / "utm.tif")
    assert "spacing  90 x 90 metre" in run("list")


def test_hgt_tiles_make_a_set(tmp_path: Path) -> None:
    make_hgt(tmp_path / "N34E077.hgt")
    make_hgt(tmp_path / "N34E078.hgt")
    assert len(add_terrain(tmp_path, "srtm3").files) == 2
    tile = check_tiles(find_terrain("srtm3").files)[0]
    half = 0.5 / 1200
    assert tile.spacing_x == pytest.approx(1 / 1200, rel=1e-9)
    assert tile.bounds == pytest.approx((77 - half, 34 - half, 78 + half, 35 + half), abs=1e-9)
    make_hgt(tmp_path / "N35E077.hgt", posts=3601)
    with pytest.raises(InputError, match=r"N35E077\.hgt: not the spacing of .*N34E077\.hgt"):
        add_terrain(tmp_path, "srtm3")


def test_dted_tiles_make_a_set(tmp_path: Path) -> None:
    step = 1 / 120
    source = tmp_path / "level0.tif"
    with rasterio.open(
        source,
        "w",
        driver="GTiff",
        dtype="int16",
        count=1,
        crs="EPSG:4326",
        height=121,
        width=121,
        transform=from_origin(77 - step / 2, 35 + step / 2, step, step),
    ) as file:
        file.write(np.full((121, 121), 3500, np.int16), 1)
    (tmp_path / "dted").mkdir()
    raster_copy(source, tmp_path / "dted" / "n34.dt0", driver="DTED")
    add_terrain(tmp_path / "dted")
    (tile,) = check_tiles(find_terrain("dted").files)
    assert tile.path.name == "n34.dt0" and tile.spacing_y == pytest.approx(step, rel=1e-9)


# the commands


def test_list_shows_licence_faults_and_geometry() -> None:
    output = run("list")
    for part in (
        "globe30-south-asia",
        "US Government",
        "30 x 30 arc-second",
        "EPSG:4326",
        "n27e088",
        "59.9958,4.99583,89.9958,40.0042",
        "tiles    1",
    ):
        assert part in output


def test_add_list_remove_commands(tmp_path: Path) -> None:
    make_tif(tmp_path / "tiles" / "a.tif")
    assert "tiles    1" in run("add", str(tmp_path / "tiles"), "--licence", "mine")
    assert "licence  mine" in run("list")
    assert "forgot tiles" in run("remove", "tiles")
    assert "mine" not in run("list")
    with pytest.raises(InputError, match="no such file"):
        run("add", str(tmp_path / "nowhere"))


def test_list_survives_a_set_that_has_been_spoilt(tmp_path: Path) -> None:
    file = make_tif(tmp_path / "tiles" / "a.tif")
    add_terrain(tmp_path / "tiles", "spoilt")
    make_tif(tmp_path / "whole" / "a.tif")
    add_terrain(tmp_path / "whole", "whole")
    file.write_bytes(b"no raster")
    output = run("list")
    assert f"fault    {file}: not a raster" in output and "bounds   77,34,78,35" in output


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_unreadable_tile(tmp_path: Path) -> None:
    file = make_tif(tmp_path / "a.tif")
    file.chmod(0)
    with pytest.raises(InputError, match="not a raster that can be read"):
        add_terrain(file)
