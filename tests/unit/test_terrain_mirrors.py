"""Downloads from servers that mean harm: bombs, endless bodies, other formats, redirects."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import rasterio

from skyshade.errors import WorkError
from skyshade.files import data_home
from skyshade.terrain import download
from unit.test_terrain_fetch import (
    N34E077,
    Handler,
    Server,
    always,
    files,
    from_origin,
    get,
    server,
    surroundings,
)

__all__ = ["server", "surroundings"]  # fixtures


def kept() -> list[str]:
    return files(data_home() / "terrain" / "copernicus-glo90")


def sparse(path: Path, posts: int, **profile: object) -> bytes:
    """A raster of which nothing is stored: a few kilobytes that unfold into gigabytes."""
    step = 1 / posts
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        dtype="float32",
        count=1,
        crs="EPSG:4326",
        height=posts,
        width=posts,
        transform=from_origin(77, 35, step, step),
        sparse_ok=True,
        **profile,
    ):
        pass
    return path.read_bytes()


@pytest.mark.parametrize(
    "profile",
    [{"tiled": True, "blockxsize": 8192, "blockysize": 8192}, {}],
)
def test_a_small_file_that_unfolds_into_gigabytes(
    server: Server, tmp_path: Path, profile: dict[str, object]
) -> None:
    server.objects[N34E077] = sparse(tmp_path / "bomb.tif", 44_000, **profile)
    assert len(server.objects[N34E077]) < 2e6
    tracemalloc.start()
    with pytest.raises(WorkError, match="44000 x 44000 posts, where 1200 x 1200 are the most"):
        get(server)
    assert tracemalloc.get_traced_memory()[1] < 100e6
    tracemalloc.stop()
    assert kept() == []


def test_blocks_larger_than_the_tile(server: Server, tmp_path: Path) -> None:
    server.objects[N34E077] = sparse(
        tmp_path / "bomb.tif", 1200, tiled=True, blockxsize=65536, blockysize=16
    )
    with pytest.raises(WorkError, match="not this tile"):
        get(server)
    assert kept() == []


@pytest.mark.parametrize("says_how_much", [True, False])
def test_more_bytes_than_a_tile_can_have(server: Server, says_how_much: bool) -> None:
    sent = 0

    def pour(handler: Handler) -> None:
        nonlocal sent
        handler.send_response(200)
        if says_how_much:
            handler.send_header("Content-Length", str(10**12))
        handler.end_headers()
        try:
            while sent < 10**9:
                sent += handler.wfile.write(bytes(2**20))
        except OSError:
            pass

    server.behave = always(pour)
    with pytest.raises(WorkError, match="more than the 25 MiB"):
        get(server)
    assert sent < 60 * 2**20 and kept() == []


def test_only_a_geotiff_is_opened(server: Server, tmp_path: Path) -> None:
    """A VRT names what GDAL is to read: files of this machine, or any address."""
    asked = []

    def trap(handler: Handler) -> bool:
        asked.append(handler.path)
        return False

    server.behave = trap
    inner = f"/vsicurl/{server.url.removesuffix('dem')}inner.tif"
    source = (
        "<SimpleSource><SourceFilename>{}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>"
    )
    server.objects[N34E077] = (
        '<VRTDataset rasterXSize="60" rasterYSize="60"><SRS>EPSG:4326</SRS>'
        "<GeoTransform>77,0.0166,0,35,0,-0.0166</GeoTransform>"
        f'<VRTRasterBand dataType="Float32" band="1">{source.format(inner)}</VRTRasterBand>'
        "</VRTDataset>"
    ).encode()
    with pytest.raises(WorkError, match="not this tile: not a raster"):
        get(server)
    assert [path for path in asked if "inner" in path] == [] and kept() == []


@pytest.mark.parametrize(
    "there",
    [
        "http://localhost:{port}/dem/x",
        "http://127.0.0.1:{other}/x",
        "https://127.0.0.1:{port}/",
        "http://169.254.169.254/latest",
        "//[::1]:{port}/x",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_elsewhere_is_not_followed(server: Server, there: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        other.settimeout(0.05)
        place = there.format(port=server.server_port, other=other.getsockname()[1])
        server.behave = always(lambda h: h.send(302, b"", {"Location": place}))
        with pytest.raises(WorkError) as caught:
            get(server)
        with pytest.raises(TimeoutError):
            other.accept()
    assert "redirect" in str(caught.value) or "protocol" in str(caught.value)
    assert len(server.asked) == 1 and kept() == []


def test_a_redirect_within_the_host_is_followed(server: Server) -> None:
    def move(handler: Handler) -> bool:
        if handler.path.startswith("/moved"):
            handler.path = handler.path.removeprefix("/moved")
            return False
        handler.send(307, b"", {"Location": f"/moved{handler.path}"})
        return True

    server.behave = move
    assert get(server).new == (N34E077,)


def test_a_trickle_ends(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "SLOW_S", 0.5)

    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        for _ in range(400):
            handler.wfile.write(b"x")
            time.sleep(0.05)

    server.behave = always(drip)
    start = time.monotonic()
    with pytest.raises(WorkError, match="bytes a second"):
        get(server)
    assert time.monotonic() - start < 10


def test_a_trickle_of_headers_ends(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "HEADERS_S", 0.3)

    def drip(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for k in range(100):
            handler.wfile.write(b"X-%d: y\r\n" % k)
            time.sleep(0.05)

    server.behave = always(drip)
    start = time.monotonic()
    with pytest.raises(WorkError, match="no progress"):
        get(server)
    assert time.monotonic() - start < 15


@pytest.mark.parametrize("name", ["x-amz-checksum-sha256", "Repr-Digest"])
@pytest.mark.parametrize("right", [True, False])
def test_the_checksum_counts(server: Server, name: str, right: bool) -> None:
    body = server.objects[N34E077]
    digest = base64.b64encode(hashlib.sha256(body if right else b"other").digest()).decode()
    said = f"sha-256=:{digest}:" if name == "Repr-Digest" else digest
    server.behave = always(lambda h: h.send(200, body, {name: said}))
    if right:
        assert get(server).new == (N34E077,)
    else:
        with pytest.raises(WorkError, match="its checksum is wrong"):
            get(server)
        assert kept() == []


def test_two_fetches_at_once(server: Server, tmp_path: Path) -> None:
    """The second one says so; what the first one fetches is whole."""
    busy, go_on = threading.Event(), threading.Event()

    def wait(handler: Handler) -> bool:
        busy.set()
        go_on.wait(20)
        return False

    server.behave = wait
    found: list[object] = []
    first = threading.Thread(target=lambda: found.append(get(server)))
    first.start()
    assert busy.wait(20)
    with pytest.raises(WorkError, match="in use by another run"):
        get(server)
    go_on.set()
    first.join(30)
    assert found and kept() == [f"{N34E077}.tif"]


def test_the_limit_of_bytes_is_above_a_real_tile(server: Server, tmp_path: Path) -> None:
    """The largest that the service has: noise, not compressed, with posts of four bytes."""
    noise = np.random.default_rng(1).normal(0, 1e3, (1200, 1200)).astype("float32")
    step = 1 / 1200
    path = tmp_path / "noise.tif"
    with rasterio.open(
        path,
        "w",
        driver="COG",
        dtype="float32",
        count=1,
        crs="EPSG:4326",
        height=1200,
        width=1200,
        transform=from_origin(77 - step / 2, 35 + step / 2, step, step),
        blocksize=1024,
        compress="NONE",
    ) as file:
        file.write(noise, 1)
    server.objects[N34E077] = path.read_bytes()
    assert get(server).new == (N34E077,)
