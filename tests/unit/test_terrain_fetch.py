"""Copernicus tiles: names, bounds, and a download against a local server with every bad habit."""

from __future__ import annotations

import http.server
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import typer
from affine import Affine
from typer.testing import CliRunner

from skyshade.cli import terrain as commands
from skyshade.coverage.compute import load_scenario_dem
from skyshade.errors import InputError, Interrupted, WorkError
from skyshade.files import data_home
from skyshade.terrain import download, fetch
from skyshade.terrain.dem import load_dem
from skyshade.terrain.fetch import (
    PRODUCTS,
    Step,
    fetch_tiles,
    parse_bounds,
    set_name,
    tiles_for_bounds,
)
from skyshade.terrain.library import EMBEDDED_SETS, add_terrain, find_terrain, terrain_sets

LEH = (77.2, 34.1, 77.8, 34.9)
N34E077 = "Copernicus_DSM_COG_30_N34_00_E077_00_DEM"
N34E078 = "Copernicus_DSM_COG_30_N34_00_E078_00_DEM"


def from_origin(west: float, north: float, x: float, y: float) -> Affine:
    """A north-up raster's transform; rasterio's own of that name warns of a coming affine."""
    return Affine(x, 0, west, 0, -y, north)


def tile_bytes(folder: Path, west: int = 77, north: int = 35, posts: int = 60) -> bytes:
    """A small tile laid out as Copernicus does: posts on whole degrees, the south row left out."""
    path = folder / f"made-{west}-{north}-{posts}"
    step = 1 / posts
    heights = np.random.default_rng(west + posts).normal(4000, 900, (posts, posts))
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        dtype="float32",
        count=1,
        crs="EPSG:4326",
        height=posts,
        width=posts,
        transform=from_origin(west - step / 2, north + step / 2, step, step),
        compress="deflate",
    ) as file:
        file.write(heights.astype(np.float32), 1)
    return path.read_bytes()


class Server(http.server.ThreadingHTTPServer):
    """Serves `objects`; `behave` may answer a request itself and then returns True."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[str, bytes] = {}
        self.etag = '"v1"'
        self.asked: list[tuple[str, str | None, int]] = []  # tile, Range, status
        self.behave: Callable[[Handler], bool] = lambda handler: False
        self.url = f"http://127.0.0.1:{self.server_port}/dem"

    @property
    def statuses(self) -> list[int]:
        return [status for _, _, status in self.asked]

    def handle_error(self, request: object, client_address: object) -> None:
        """Connections that tests cut are no news."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.tile = self.path.split("/")[-1].removesuffix(".tif")
        if self.server.behave(self):
            return
        body = self.server.objects.get(self.tile)
        if body is None or self.path != f"/dem/{self.tile}/{self.tile}.tif":
            self.send(404, b"<Code>NoSuchKey</Code>")
            return
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and self.headers.get("If-Range") == self.server.etag:
            first = int(asked[1])
            if first >= len(body):
                self.send(416, b"", {"Content-Range": f"bytes */{len(body)}"})
            else:
                place = f"bytes {first}-{len(body) - 1}/{len(body)}"
                self.send(206, body[first:], {"Content-Range": place})
        else:
            self.send(200, body)

    def send(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        cut: int | None = None,
        etag: bool = True,
    ) -> None:
        """Answer; with `cut`, promise the whole body, send so many bytes and hang up."""
        self.server.asked.append((self.tile, self.headers.get("Range"), status))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if etag:
            self.send_header("ETag", self.server.etag)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body[:cut])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server()
    server.objects[N34E077] = tile_bytes(tmp_path)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYSHADE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(fetch, "RETRY_WAITS_S", (0.0, 0.0, 0.0))


def get(
    server: Server, bounds: tuple[float, float, float, float] = LEH, **options: Any
) -> fetch.Fetched:
    return fetch_tiles(bounds, "glo90", base_url=server.url, **options)


def once(action: Callable[[Handler], None]) -> Callable[[Handler], bool]:
    """Behave so at the first request only."""
    done: list[int] = []

    def behave(handler: Handler) -> bool:
        if done:
            return False
        done.append(1)
        action(handler)
        return True

    return behave


def always(action: Callable[[Handler], None]) -> Callable[[Handler], bool]:
    def behave(handler: Handler) -> bool:
        action(handler)
        return True

    return behave


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# names and bounds


def test_tile_names_are_those_of_the_public_bucket() -> None:
    assert list(tiles_for_bounds((77, 34, 78, 35), "glo90")) == [N34E077]
    assert list(tiles_for_bounds((-1.5, -0.5, 0.5, 0.5), "glo30")) == [
        f"Copernicus_DSM_COG_10_{corner}_00_DEM"
        for corner in (
            "S01_00_W002",
            "S01_00_W001",
            "S01_00_E000",
            "N00_00_W002",
            "N00_00_W001",
            "N00_00_E000",
        )
    ]
    assert PRODUCTS["glo30"].base_url == "https://copernicus-dem-30m.s3.amazonaws.com"
    assert PRODUCTS["glo90"].base_url == "https://copernicus-dem-90m.s3.amazonaws.com"


def test_cells_hold_the_bounds_and_nothing_beyond() -> None:
    cells = tiles_for_bounds((72.3, 30, 74, 31.01), "glo30").values()
    assert set(cells) == {(72, 30, 73, 31), (73, 30, 74, 31), (72, 31, 73, 32), (73, 31, 74, 32)}
    assert len(tiles_for_bounds((-180, 85, 180, 90), "glo30")) == 360 * 5


@pytest.mark.parametrize(
    ("south", "north", "name"),
    [
        (49, 50, "copernicus-glo30"),
        (-50, -49, "copernicus-glo30"),
        (50, 51, "copernicus-glo30-lat50"),
        (-51, -50, "copernicus-glo30-lat50"),
        (59.9, 60, "copernicus-glo30-lat50"),
        (84, 85, "copernicus-glo30-lat80"),
        (-90, -85, "copernicus-glo30-lat85"),
    ],
)
def test_every_spacing_has_a_set_of_its_own(south: float, north: float, name: str) -> None:
    assert tiles_for_bounds((10, south, 11, north), "glo30")
    assert set_name((10, south, 11, north), "glo30") == name


@pytest.mark.parametrize(("south", "north"), [(49, 51), (-51, -49.5), (59.5, 60.5)])
def test_bounds_across_a_change_of_spacing_are_refused(south: float, north: float) -> None:
    with pytest.raises(InputError, match=r"change their spacing.*either side"):
        tiles_for_bounds((10, south, 11, north), "glo30")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not bounds"),
        ("1,2,3", "not bounds"),
        ("1,2,3,4,5", "not bounds"),
        ("a,2,3,4", "not bounds"),
        ("nan,30,80,36", "not bounds"),
        ("72,30,inf,36", "not bounds"),
        ("72,30,1e1,36", "not bounds"),
        ("7_2,30,80,36", "not bounds"),
        ("80,30,72,36", "empty bounds.*180th meridian"),
        ("72,36,80,30", "empty bounds .*west < east and south < north"),
        ("72,30,72,36", "empty bounds"),
        ("72,30,190,36", "bounds off the globe"),
        ("72,-91,80,36", "bounds off the globe"),
    ],
)
def test_bad_bounds_are_one_clear_error(text: str, message: str) -> None:
    with pytest.raises(InputError, match=f"^--bounds: {message}"):
        parse_bounds(text)


def test_nan_from_code_is_refused_too() -> None:
    with pytest.raises(InputError, match="off the globe"):
        tiles_for_bounds((float("nan"), 30, 80, 36), "glo30")


def test_unknown_product_and_too_many_tiles(server: Server) -> None:
    with pytest.raises(InputError, match=r"unknown product 'glo-30'.*Did you mean 'glo30'"):
        tiles_for_bounds(LEH, "glo-30")
    with pytest.raises(InputError, match=r"need 441 tiles.*at most 400.*--max-tiles"):
        get(server, (60, 10, 81, 31))
    with pytest.raises(InputError, match="need 2 tiles"):
        get(server, (77, 34, 79, 35), max_tiles=1)
    assert server.asked == []


@pytest.mark.parametrize(
    "url", ["", "ftp://x", "copernicus", "http://", "http://[::1", "file:///x"]
)
def test_bad_base_url(url: str) -> None:
    with pytest.raises(InputError, match="--base-url"):
        fetch_tiles(LEH, "glo90", base_url=url or " ")


# a server that behaves


def test_tiles_come_and_form_a_named_set(server: Server, tmp_path: Path) -> None:
    server.objects[N34E078] = tile_bytes(tmp_path, west=78)
    done = get(server, (77.5, 34.5, 78.5, 34.6))
    assert (done.new, done.present, done.absent) == ((N34E077, N34E078), (), ())
    folder = tmp_path / "home" / "terrain" / "copernicus-glo90"
    assert done.folder == folder
    assert files(folder) == [f"{N34E077}.tif", f"{N34E078}.tif"]  # no .part, no .etag
    assert (folder / f"{N34E077}.tif").read_bytes() == server.objects[N34E077]
    terrain = find_terrain("copernicus-glo90")
    assert terrain == done.terrain and len(terrain.files) == 2
    assert "WorldDEM-90 © DLR e.V. 2010-2014 and © Airbus" in terrain.licence


def test_what_is_here_is_not_asked_for_again(server: Server) -> None:
    get(server)
    done = get(server)
    assert (done.new, done.present) == ((), (N34E077,))
    assert len(server.asked) == 1


def test_open_sea_is_remembered_per_server(server: Server) -> None:
    both = (77.5, 34.5, 78.5, 34.6)
    done = get(server, both)
    assert (done.new, done.absent) == ((N34E077,), (N34E078,))
    assert done.terrain is not None and done.terrain.absent_cells == ((78, 34, 79, 35),)
    assert get(server, both).absent == (N34E078,)
    assert server.statuses == [200, 404]
    # another server's word counts for itself only
    record = done.folder / "absent.json"
    record.write_text(record.read_text().replace(server.url, "http://elsewhere"))
    assert get(server, both).absent == (N34E078,)
    assert server.statuses == [200, 404, 404]


def test_nothing_but_sea_makes_no_set(server: Server) -> None:
    done = get(server, (60, 10, 61, 11))
    assert done.terrain is None and len(done.absent) == 1
    assert list(terrain_sets()) == list(EMBEDDED_SETS)


def test_damaged_absence_record_is_named(server: Server) -> None:
    folder = get(server, (60, 10, 61, 11)).folder
    for text in ("{", '{"tiles": [], "server": "x"}', '{"server": "x", "tiles": {"a": [1, 2]}}'):
        (folder / "absent.json").write_text(text)
        with pytest.raises(InputError, match=r"absent\.json.*damaged"):
            get(server)


def test_progress_reaches_the_size_of_each_tile(server: Server) -> None:
    steps: list[Step] = []
    get(server, (77.5, 34.5, 78.5, 34.6), progress=steps.append)
    size = len(server.objects[N34E077])
    assert steps[0] == Step(N34E077, 0, 2, 0, None)
    assert Step(N34E077, 0, 2, size, size) in steps
    assert steps[-1] == Step(N34E078, 1, 2, 0, None)


def test_own_folder_and_name(server: Server, tmp_path: Path) -> None:
    done = get(server, folder=tmp_path / "mine", name="ladakh")
    assert done.terrain is not None and done.terrain.path == tmp_path / "mine"
    assert find_terrain("ladakh").files == (tmp_path / "mine" / f"{N34E077}.tif",)


def test_a_name_that_is_taken_is_refused_before_the_download(
    server: Server, tmp_path: Path
) -> None:
    get(server)
    with pytest.raises(InputError, match="'copernicus-glo90' already stands for"):
        get(server, folder=tmp_path / "other")
    assert len(server.asked) == 1 and not (tmp_path / "other").exists()


def test_folder_that_is_a_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be used as a folder"):
        get(server, folder=tmp_path / "file")


# interruptions and resuming


def part_of(folder: Path) -> Path:
    return folder / f"{N34E077}.tif.part"


def interrupt(server: Server, after: int = 1000) -> Path:
    """Start a fetch, break it off as Ctrl-C does, and return its folder."""
    server.behave = once(lambda h: h.send(200, server.objects[h.tile], cut=after))

    def stop(step: Step) -> None:
        if step.done_bytes:
            raise KeyboardInterrupt

    folder = data_home() / "terrain" / "copernicus-glo90"
    with pytest.raises(KeyboardInterrupt):
        get(server, progress=stop)
    return folder


def test_ctrl_c_leaves_a_part_that_the_next_run_completes(server: Server) -> None:
    folder = interrupt(server)
    assert files(folder) == [f"{N34E077}.tif.part", f"{N34E077}.tif.part.etag"]
    kept = part_of(folder).stat().st_size
    assert 0 < kept <= 1000
    assert list(terrain_sets()) == list(EMBEDDED_SETS)
    assert get(server).new == (N34E077,)
    assert server.asked[1:] == [(N34E077, f"bytes={kept}-", 206)]
    assert (folder / f"{N34E077}.tif").read_bytes() == server.objects[N34E077]
    assert files(folder) == [f"{N34E077}.tif"]


def test_body_cut_short_is_resumed_in_the_same_run(server: Server) -> None:
    server.behave = once(lambda h: h.send(200, server.objects[h.tile], cut=1500))
    folder = get(server).folder
    assert server.asked == [(N34E077, None, 200), (N34E077, "bytes=1500-", 206)]
    assert (folder / f"{N34E077}.tif").read_bytes() == server.objects[N34E077]


def test_server_that_ignores_range_is_read_from_the_start(server: Server) -> None:
    interrupt(server)
    server.behave = always(lambda h: h.send(200, server.objects[h.tile]))
    folder = get(server).folder
    assert server.asked[1][1] is not None  # it was asked for the rest
    assert (folder / f"{N34E077}.tif").read_bytes() == server.objects[N34E077]


def test_tile_that_changed_meanwhile_is_read_from_the_start(server: Server, tmp_path: Path) -> None:
    interrupt(server)
    server.etag = '"v2"'
    server.objects[N34E077] = tile_bytes(tmp_path, posts=50)
    folder = get(server).folder
    assert server.statuses == [200, 200]
    assert (folder / f"{N34E077}.tif").read_bytes() == server.objects[N34E077]


@pytest.mark.parametrize("etag", [None, 'W/"v1"'])
def test_without_a_strong_etag_nothing_is_pieced_together(server: Server, etag: str | None) -> None:
    server.etag = etag or server.etag
    body = server.objects[N34E077]
    server.behave = once(lambda h: h.send(200, body, cut=1500, etag=etag is not None))
    folder = get(server).folder
    assert [asked for _, asked, _ in server.asked] == [None, None]
    assert (folder / f"{N34E077}.tif").read_bytes() == body


def test_server_that_sends_another_range_than_asked(server: Server) -> None:
    interrupt(server)
    body = server.objects[N34E077]

    def from_the_start(
        handler: Handler,
    ) -> None:  # as many bytes as are missing, but the wrong ones
        wrong = body[: len(body) - int(handler.headers["Range"][6:-1])]
        handler.send(206, wrong, {"Content-Range": f"bytes 0-{len(wrong) - 1}/{len(body)}"})

    server.behave = once(from_the_start)
    folder = get(server).folder
    assert server.statuses == [200, 206, 200]
    assert (folder / f"{N34E077}.tif").read_bytes() == body


def test_range_answered_in_pieces(server: Server) -> None:
    interrupt(server)
    body = server.objects[N34E077]

    def piece(handler: Handler) -> None:
        first = int(handler.headers["Range"][6:-1])
        last = min(first + 3000, len(body)) - 1
        place = {"Content-Range": f"bytes {first}-{last}/{len(body)}"}
        handler.send(206, body[first : last + 1], place)

    server.behave = always(piece)
    folder = get(server).folder
    assert len(server.asked) > 3
    assert (folder / f"{N34E077}.tif").read_bytes() == body


def test_part_that_was_whole_already_is_kept(server: Server) -> None:
    folder = interrupt(server)
    part_of(folder).write_bytes(server.objects[N34E077])
    assert get(server).new == (N34E077,)
    assert server.statuses == [200, 416]


def test_part_longer_than_the_tile_is_thrown_away(server: Server) -> None:
    folder = interrupt(server)
    part_of(folder).write_bytes(server.objects[N34E077] + b"more")
    get(server)
    assert server.statuses == [200, 416, 200]
    assert (folder / f"{N34E077}.tif").read_bytes() == server.objects[N34E077]


# trouble


@pytest.mark.parametrize("status", [503, 500, 429])
def test_server_trouble_is_waited_out(server: Server, status: int) -> None:
    server.behave = once(lambda h: h.send(status, b"slow down"))
    assert get(server).new == (N34E077,)
    assert server.statuses == [status, 200]


def test_patience_ends_and_says_how_to_go_on(server: Server) -> None:
    server.behave = always(lambda h: h.send(503, b""))
    with pytest.raises(WorkError, match=r"503.*4 tries\)\. Nothing came; to try again, run"):
        get(server)
    assert server.statuses == [503] * 4


def test_what_came_is_said_to_be_kept_only_if_something_came(server: Server) -> None:
    answers = iter([lambda h: h.send(200, server.objects[h.tile], cut=900)])
    server.behave = always(lambda h: next(answers, lambda h: h.send(503, b""))(h))
    with pytest.raises(WorkError, match=r"What came so far is kept; to go on, run"):
        get(server)


def test_tile_cut_short_on_disk_is_fetched_again(server: Server) -> None:
    """Its header comes first, so half a tile still opens; what counts is its last block."""
    tile = get(server).folder / f"{N34E077}.tif"
    whole = tile.read_bytes()
    tile.write_bytes(whole[: len(whole) // 2])
    with rasterio.open(tile) as opened:
        assert opened.shape == (60, 60)
    server.asked.clear()
    assert get(server).new == (N34E077,)
    assert server.statuses == [200]
    assert tile.read_bytes() == whole


def test_connection_that_always_breaks_ends_too(server: Server) -> None:
    cuts = iter([900, 300, 800, 300, 800, 300, 800, 300, 800])  # comes and goes, gets nowhere
    server.behave = always(
        lambda h: h.send(200, server.objects[h.tile], cut=next(cuts), etag=False)
    )
    with pytest.raises(WorkError, match="no progress in 4 tries"):
        get(server)
    assert len(server.asked) == 4


def test_no_server_at_all(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WorkError, match="run the same command again"):
        fetch_tiles(LEH, "glo90", base_url="http://127.0.0.1:1")


def test_unusable_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://x")
    with pytest.raises(WorkError, match="proxy"):
        get(server)


@pytest.mark.parametrize("status", [403, 400, 204])
def test_other_answers_end_the_fetch(server: Server, status: int) -> None:
    server.behave = always(lambda h: h.send(status, b""))
    with pytest.raises(WorkError, match=f"the server answered {status}"):
        get(server)
    assert len(server.asked) == 1


def test_circle_of_redirects(server: Server) -> None:
    server.behave = always(lambda h: h.send(302, b"", {"Location": h.path}))
    with pytest.raises(WorkError, match="redirects"):
        get(server)


def test_a_web_page_is_not_a_tile(server: Server) -> None:
    server.objects[N34E077] = b"<html>please log in</html>"
    with pytest.raises(WorkError, match="not this tile: not a raster"):
        get(server)
    assert files(data_home() / "terrain" / "copernicus-glo90") == []


def test_tile_without_a_stated_size_cut_short_is_noticed(server: Server) -> None:
    body = server.objects[N34E077]

    def no_length(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(body[: len(body) - 100])

    server.behave = once(no_length)
    with pytest.raises(WorkError, match="not this tile: its data are damaged"):
        get(server)
    assert get(server).new == (N34E077,)


def test_tile_without_a_stated_size_is_fine_when_whole(server: Server) -> None:
    body = server.objects[N34E077]

    def no_length(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(body)

    server.behave = always(no_length)
    assert get(server).new == (N34E077,)


def test_the_tile_of_another_place_is_noticed(server: Server, tmp_path: Path) -> None:
    server.objects[N34E077] = tile_bytes(tmp_path, west=76)
    with pytest.raises(WorkError, match="not this tile: it lies elsewhere"):
        get(server)


def test_no_compression_is_asked_for_as_it_would_hide_the_size(server: Server) -> None:
    seen = []

    def look(handler: Handler) -> bool:
        seen.append(handler.headers["Accept-Encoding"])
        return False

    server.behave = look
    get(server)
    assert seen == ["identity"]


def test_full_disk(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download.Part, "restart", full)
    with pytest.raises(WorkError, match=r"No space left on device.*run the same command again"):
        get(server)


def test_tiles_of_another_spacing_in_the_folder(server: Server, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.tif").write_bytes(tile_bytes(tmp_path, west=70, posts=30))
    add_terrain(tmp_path / "mine", "mine")
    with pytest.raises(InputError, match="not the spacing of"):
        get(server, folder=tmp_path / "mine", name="mine")


# the command


def run(*args: str) -> tuple[int, str]:
    app = typer.Typer()
    commands.register(app)
    result = CliRunner().invoke(app, ["terrain", "fetch", *args])
    if isinstance(result.exception, Exception):
        raise result.exception
    return result.exit_code, result.output


def test_command_fetches_and_says_how_to_use_it(server: Server) -> None:
    code, output = run(
        "--bounds", "77.5,34.5,78.5,34.6", "--product", "glo90", "--base-url", server.url
    )
    assert code == 0
    assert "1 new, 0 already here, 1 absent" in output and N34E078 in output
    assert "--dem copernicus-glo90" in output and "WorldDEM-90" in output


@pytest.mark.parametrize("how", [["--bounds", "-10,35,-9,36"], ["--bounds=-10,35,-9,36"]])
def test_command_takes_bounds_that_start_with_a_minus(server: Server, how: list[str]) -> None:
    code, output = run(*how, "--product", "glo90", "--base-url", server.url)
    assert code == 0 and "Copernicus_DSM_COG_30_N35_00_W010_00_DEM" in output


def test_command_reports_bad_bounds(server: Server) -> None:
    with pytest.raises(InputError, match="--bounds: empty bounds"):
        run("--bounds", "80,30,72,36", "--base-url", server.url)


def test_command_interrupted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "request", stop)
    with pytest.raises(Interrupted, match="run the same command again") as stopped:
        run("--bounds", "77,34,78,35", "--product", "glo90", "--base-url", server.url)
    assert stopped.value.exit_code == 130


def test_absence_record_is_plain_json(server: Server) -> None:
    folder = get(server, (60, 10, 61, 11)).folder
    record = json.loads((folder / "absent.json").read_text())
    assert record["server"] == server.url
    assert record["tiles"] == {"Copernicus_DSM_COG_30_N10_00_E060_00_DEM": [60, 10, 61, 11]}


# --- everything that a scenario lacks --------------------------------------------------------


def edge_case(folder: Path, raid: str = "") -> Path:
    """A site 30 km west of where its terrain ends, at 77 E, with a range of 60 km."""
    step = 1 / 120
    heights = np.full((240, 180), 500, np.int16)
    with rasterio.open(
        folder / "west.tif",
        "w",
        driver="GTiff",
        dtype="int16",
        count=1,
        crs="EPSG:4326",
        height=240,
        width=180,
        transform=from_origin(75.5, 35.5, step, step),
    ) as file:
        file.write(heights, 1)
    case = folder / "edge.yaml"
    case.write_text(
        "schema: skyshade/scenario/1\nname: edge\ntitle: Edge\nterrain: {dem: west.tif}\n"
        "altitudes: [1 km msl]\nsites:\n- {id: a, name: A, system: s-400, illustrative: true, "
        "position: {lon: 76.7, lat: 34.5}, max_range: 60 km, "
        "antenna: {value: 20 m, low: 5 m, high: 39 m, why: made up}}\n" + raid
    )
    return case


def test_what_a_scenario_lacks_is_fetched_and_used(server: Server, tmp_path: Path) -> None:
    """The tile east of the raster completes it in the next run; nothing else is asked for."""
    from skyshade.coverage.ground import fetch_for, missing_cells
    from skyshade.scenario.load import load_scenario

    scenario = load_scenario(edge_case(tmp_path))
    assert missing_cells(scenario) == [(77, 34)]
    before = load_scenario_dem(scenario)
    assert not before.grid.contains(77.3, 34.5)
    (done,) = fetch_for(scenario, "glo90", server.url)
    assert done.new == (N34E077,) and {tile for tile, _, _ in server.asked} == {N34E077}
    assert missing_cells(scenario) == [] and fetch_for(scenario, "glo90", server.url) == []

    dem = load_scenario_dem(scenario)
    tile = load_dem("copernicus-glo90")
    assert dem.heights.dtype == np.int16 and dem.height_at(76.2, 34.5) == 500
    step = 1 / 120
    lon, lat = 75.5 + step * 220.5, 35.5 - step * 120.5  # a post of the raster, at 77.3375 E
    (row, col), _ = tile.grid.nearest_post(lon, lat)
    assert dem.height_at(lon, lat) == pytest.approx(np.rint(tile.heights[row, col]), abs=1e-3)
    assert "heights that it lacks come from copernicus-glo90" in dem.settled
    assert before.identity["sha256"] != dem.identity["sha256"]


def test_tiles_that_the_provider_lacks_are_the_sea(server: Server, tmp_path: Path) -> None:
    from skyshade.coverage.ground import fetch_for, missing_cells
    from skyshade.scenario.load import load_scenario

    server.objects = {N34E078: tile_bytes(tmp_path, 78)}
    scenario = load_scenario(edge_case(tmp_path).rename(tmp_path / "wide.yaml"))
    wide = scenario.with_({"sites.a.max_range": "140 km"})
    done = fetch_for(wide, "glo90", server.url)
    assert N34E077 in done[0].absent and done[0].new == (N34E078,)
    dem = load_scenario_dem(wide)
    assert dem.height_at(77.5, 34.5) == 0  # GLO-90 leaves out nothing but open sea
    assert missing_cells(scenario) == []


def test_a_fetch_for_a_scenario_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    from skyshade.coverage.ground import fetch_for
    from skyshade.scenario.load import load_scenario

    scenario = load_scenario(edge_case(tmp_path))
    body = server.objects[N34E077]
    server.behave = always(lambda handler: handler.send(200, body, cut=len(body) // 2))
    with pytest.raises(WorkError, match="run the same command again"):
        fetch_for(scenario, "glo90", server.url)
    server.behave = lambda handler: False
    fetch_for(scenario, "glo90", server.url)
    assert server.asked[-1][1:] == (f"bytes={len(body) // 2}-", 206)


def test_the_command_fetches_for_a_scenario(server: Server, tmp_path: Path) -> None:
    app = typer.Typer()
    commands.register(app)
    case = str(edge_case(tmp_path))
    run = CliRunner().invoke(
        app, ["terrain", "fetch", "--for", case, "--base-url", server.url], catch_exceptions=False
    )
    assert run.exit_code == 0 and "edge uses these tiles from now on" in run.stdout
    again = CliRunner().invoke(app, ["terrain", "fetch", "--for", case], catch_exceptions=False)
    assert "edge lacks nothing" in again.stdout
    with pytest.raises(InputError, match="either --bounds or --for"):
        CliRunner().invoke(app, ["terrain", "fetch"], catch_exceptions=False)


RAID = """places:
- {id: town, name: Town, kind: city, position: {lon: 76.7, lat: 34.5}, sources: [s]}
raid:
  duration: 20 min
  groups:
  - {id: g, target: fighter, count: 1, aim: {place: town}, bearing: 270, distance: 100 km,
     altitude: 300 m agl}
sources: {s: {title: T, outlet: O}}
"""


def test_the_terrain_of_a_raid_covers_its_paths(tmp_path: Path) -> None:
    """A path that begins beyond the ring, over terrain that the raster has, is flown."""
    from skyshade.case import Case
    from skyshade.engagement.paths import flights
    from skyshade.scenario.load import load_scenario

    scenario = load_scenario(edge_case(tmp_path, RAID))
    case = Case(scenario)
    west = case.dem.grid.bounds()[0]
    assert west > 75.9  # the ring alone
    assert case.whole_dem.grid.bounds()[0] < 75.7
    assert scenario.raid is not None
    (flight,) = flights(scenario, scenario.raid, case.whole_dem)
    assert np.isfinite(flight.paths[0].agl_m).all()
    near = scenario.with_({"raid.groups.g.distance": "40 km"})
    inside = Case(near)
    assert inside.whole_dem is inside.dem


def test_a_line_beyond_the_rings_is_part_of_the_terrain(tmp_path: Path) -> None:
    from skyshade.case import Case
    from skyshade.coverage.ground import line_circles
    from skyshade.scenario.load import load_scenario

    scenario = load_scenario(edge_case(tmp_path))
    line = np.array([[75.6, 33.6], [75.7, 35.4]])
    dem = Case(scenario, along=line_circles(line)).dem
    assert dem.grid.contains(75.6, 33.6) and dem.grid.contains(75.7, 35.4)
