"""Commands that write something else than results of the model, each with inputs to run on.

Their names, arguments and outputs serve the tests of full disks, of equal bytes and of odd names.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e.test_programme_registers import register
from skyshade.programme import load_ledger
from skyshade.programme.exchange import package_files
from unit.test_terrain_fetch import N34E077, Server, tile_bytes

CLAIM = (
    *("--subject", "regiment-5", "--attribute", "delivered", "--id", "one"),
    *("--valid", "2026-11", "--stance", "announces", "--source", "toi2025"),
)
# {to} is the folder that they write to; SKYSHADE_HOME is {to}/home
WRITERS: dict[str, list[str]] = {
    "new": ["new", "{to}/case"],
    "import tracks": ["import", "tracks", "recording.csv", "--out", "{to}/tracks.csv"],
    "programme add": ["programme", "add", "--to", "{to}/mine.yaml", *CLAIM, "--confidence", "low"],
    "programme reference": ["programme", "reference", "register.csv", "--out", "{to}/figures.yaml"],
    "programme import-register": [
        *("programme", "import-register", "register.csv", "--buyer", "Freedonia"),
        *("--out", "{to}/seed.yaml"),
    ],
    "programme import-package": ["programme", "import-package", "package", "--out", "{to}/a.yaml"],
    "records": ["records", "--out", "{to}/records"],
    "terrain add": ["terrain", "add", "tiles", "--name", "tiles"],
    "terrain fetch": [
        *("terrain", "fetch", "--bounds", "77.2,34.1,77.8,34.9", "--product", "glo90"),
        *("--base-url", "{url}"),
    ],
}
RECORDING = "flight,t,lat,lon,alt_m\n" + "".join(
    f"a,{10 * k},{30 + k / 100},{75 + k / 100},9000\n" for k in range(400)
)


def write_inputs(folder: Path) -> None:
    """What the commands read, in the folder that they run in."""
    (folder / "recording.csv").write_text(RECORDING)
    (folder / "package").mkdir()
    for name, text in package_files(load_ledger("india-s400")).items():
        (folder / "package" / name).write_text(text, "utf-8")
    register(str(folder / "register.csv"), "18 May 2026", 6, "2021; 2022; 2023", "2021-2027")
    (folder / "tiles").mkdir()
    (folder / "tiles" / "tile.tif").write_bytes(tile_bytes(folder))


@contextmanager
def mirror(folder: Path) -> Iterator[str]:
    """The address of a server with one tile."""
    server = Server()
    server.objects[N34E077] = tile_bytes(folder, posts=200)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
