"""The terrain sets: the embedded elevation model, and the raster tiles that a user has added.

A terrain set is a name for one raster or for a folder of tiles that form one mosaic. The user's
sets are registered in one small file, `terrain.json` under :func:`data_home`. The tiles stay where
they are, and a folder is listed at each use, so that new tiles count at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyshade.errors import InputError, WorkError, unknown_name
from skyshade.files import check_finished, data_home, write_whole
from skyshade.locks import folder_lock
from skyshade.terrain.tiles import check_data, check_tiles, is_packed, on_disk, spacing_text
from skyshade.yamlfile import read_text

Bounds = tuple[float, float, float, float]  # west, south, east, north

WAIT_S = 60.0  # for another process that changes the register
MAX_ENTRIES = 50_000
EXTENSIONS = (".tif", ".tiff", ".hgt", ".dt0", ".dt1", ".dt2", ".asc", ".bil", ".img", ".vrt")
# Masks and error layers that providers ship beside the elevations, on the very same grid:
# Copernicus and TanDEM-X (edm, flm, hem, wbm, acm, amp, am2, com, cov, lsm, wam, hai, dlt), ASTER
# (num), ALOS (msk, stk), ArcticDEM and REMA (count, mad, mindate, maxdate, matchtag, ...).
_NOT_ELEVATION = re.compile(
    r".*_(edm|flm|hem|wbm|acm|amp|am2|com|cov|lsm|wam|hai|dlt|num|msk|stk|count|mad|mindate|"
    r"maxdate|matchtag|bitmask|countmt|ortho|browse)",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NAME_RULE = "letters, digits, '.', '-', '_', at most 64"


@dataclass(frozen=True)
class TerrainSet:
    """One elevation model: its files, its terms of use and its known faults.

    Parameters
    ----------
    name, title : its name on the command line, and in words.
    files : the raster tiles, sorted; empty if the folder is gone or has been emptied.
    licence : terms of use and the credit line they ask for; "not stated" for the user's own tiles.
    notes : faults and limits, one sentence each.
    poor_cells : (west, south, east, north) in degrees where the heights are known to be bad.
    absent_cells : (west, south, east, north) in degrees of tiles that the provider does not have:
        open sea, or (GLO-30 only) land that is not released.
    path : the file or folder that the set stands for.
    left_out : how many rasters beside the tiles are no elevations, by their names.
    sea_cells : those of `absent_cells` that are open sea for certain.
    """

    name: str
    title: str
    files: tuple[Path, ...]
    licence: str
    notes: tuple[str, ...] = ()
    poor_cells: tuple[Bounds, ...] = ()
    absent_cells: tuple[Bounds, ...] = ()
    path: Path | None = None
    left_out: int = 0
    sea_cells: tuple[Bounds, ...] = ()


def _cell(name: str) -> Bounds:
    """One-degree cell from the name of its south-west corner.

    >>> _cell("n34e077")
    (77.0, 34.0, 78.0, 35.0)
    """
    south, west = float(name[1:3]), float(name[4:7])
    return (west, south, west + 1, south + 1)


_DATA = Path(__file__).parent / "data"
_GLOBE_FILE = _DATA / "globe30_south_asia.tif"
_ANATOLIA_FILE = _DATA / "globe30_anatolia.tif"
_GLOBE_LICENCE = (
    "US Government data, unrestricted; credit NOAA National Geophysical Data Center, GLOBE"
)
_GLOBE_POOR = (
    "n34e077 n33e076 n33e077 n32e076 n32e077 n31e082 "
    "n30e083 n29e082 n28e083 n27e086 n27e087 n27e088"
)
EMBEDDED = TerrainSet(
    name="globe30-south-asia",
    title="NOAA/NGDC GLOBE 1.0 (1999), 30 arc-second, 60-90 E, 5-40 N",
    files=(_GLOBE_FILE,),
    licence=_GLOBE_LICENCE,
    notes=(
        "For overview only: 30 arc-second posts cut summits off, horizon angles err by 0.7 degrees "
        "rms in Tibet. Use 90 m or 30 m tiles for answers, and give site heights yourself.",
        "Twelve one-degree cells come from old contour maps and are wrong by 100 to 430 m "
        f"(south-west corners {_GLOBE_POOR}).",
        "Nothing east of 90 E: rays that leave the raster are unknown there.",
        "Posts stand on exact multiples of 1/120 degree (point registration).",
    ),
    poor_cells=tuple(_cell(name) for name in _GLOBE_POOR.split()),
    path=_GLOBE_FILE,
)
ANATOLIA = TerrainSet(
    name="globe30-anatolia",
    title="NOAA/NGDC GLOBE 1.0 (1999), 30 arc-second, 25-47 E, 32-46 N",
    files=(_ANATOLIA_FILE,),
    licence=_GLOBE_LICENCE,
    notes=(
        "For overview only: 30 arc-second posts cut summits off. Use 90 m or 30 m tiles for "
        "answers, and give site heights yourself.",
        "At 83 airports of Turkey the median difference from the published elevation is 12 m; one "
        "in ten differs by more than 30 m, most of all where mountains meet the sea.",
        "Nothing beyond its edges: rays that leave the raster are unknown there.",
        "Posts stand on exact multiples of 1/120 degree (point registration).",
    ),
    path=_ANATOLIA_FILE,
)
# the sets that come with the package, and where each ends: west, south, east, north
EMBEDDED_SETS: Mapping[str, tuple[TerrainSet, Bounds]] = {
    EMBEDDED.name: (EMBEDDED, (60.0, 5.0, 90.0, 40.0)),
    ANATOLIA.name: (ANATOLIA, (25.0, 32.0, 47.0, 46.0)),
}


def embedded_at(places: Iterable[tuple[float, float]], margin_deg: float = 0.0) -> str | None:
    """Name of the embedded terrain that holds all these places (lon, lat); None if none does.

    Examples
    --------
    >>> embedded_at([(33.0, 39.5)]), embedded_at([(75.5, 31.0)]), embedded_at([(2.3, 48.9)])
    ('globe30-anatolia', 'globe30-south-asia', None)
    """
    at = list(places)
    for name, (_, (west, south, east, north)) in EMBEDDED_SETS.items():
        if all(
            west + margin_deg <= lon <= east - margin_deg
            and south + margin_deg <= lat <= north - margin_deg
            for lon, lat in at
        ):
            return name
    return None


def terrain_sets() -> dict[str, TerrainSet]:
    """Every named terrain set, the embedded ones first, then the user's in order of name.

    Raises
    ------
    InputError : the user's register `terrain.json` is damaged.
    """
    register = sorted(_read_register().items())
    shipped = {name: found for name, (found, _) in EMBEDDED_SETS.items()}
    return shipped | {name: _from_entry(name, entry) for name, entry in register}


def find_terrain(name_or_path: str | Path) -> TerrainSet:
    """The terrain set of that name, or the raster file or folder of tiles at that path.

    Tiles are not opened here; see :func:`check_tiles`.

    Raises
    ------
    InputError : no set of that name and no such file; no tiles in the folder.
    """
    text = str(name_or_path)
    sets = terrain_sets()
    if text in sets:
        found = sets[text]
        if not found.files:
            raise InputError(
                f"terrain set '{text}' has no tiles any more",
                file=found.path,
                hint=f"Bring the tiles back, or forget the set: skyshade terrain remove {text}.",
            )
        return found
    path = Path(text).expanduser()
    if is_packed(path):  # GDAL's name of what is inside an archive, from the root if it is there
        inside = Path(*path.parts[2:])
        if not on_disk(path).exists():
            path = Path("/", path.parts[1], *inside.absolute().parts[1:])
        return TerrainSet(path.stem, f"raster {path}", (path,), "not stated", path=path)
    looks_like_path = any(c in text for c in "/\\~") or path.suffix.lower() in EXTENSIONS
    if not text.strip() or not (looks_like_path or _exists(path)):
        raise unknown_name("terrain set or file", text, sets)
    files = tile_files(path)
    return TerrainSet(
        name=path.stem if path.is_file() else path.resolve().name,
        title=f"raster tiles in {path}" if path.is_dir() else f"raster {path}",
        files=files,
        licence="not stated",
        absent_cells=_absent_cells(path),
        path=path,
        left_out=_searched(path)[1] if path.is_dir() else 0,
    )


def terrain_rows(terrain: TerrainSet) -> list[tuple[str, str]]:
    """A terrain set as rows of a heading and a text: title, tiles, bounds, licence, faults.

    Tiles that cannot be used become a row "fault", so that one set does not hide the others.
    """
    lines = [("title", terrain.title), ("path", str(terrain.path))]
    try:
        tiles = check_tiles(terrain.files)
    except InputError as error:
        lines.append(("fault", str(error)))
        tiles = []
    lines.append(
        ("tiles", str(len(terrain.files)) if terrain.files else "none: the files are gone")
    )
    if tiles:
        sides = zip(*(tile.bounds for tile in tiles), strict=True)
        west, south, east, north = (
            pick(side) for pick, side in zip((min, min, max, max), sides, strict=True)
        )
        lines += [
            ("spacing", spacing_text(tiles[0])),
            ("crs", tiles[0].crs.to_string()),
            ("bounds", f"{west:.6g},{south:.6g},{east:.6g},{north:.6g} (west,south,east,north)"),
        ]
    if terrain.absent_cells:
        lines.append(
            ("absent", f"no tile at the provider for {len(terrain.absent_cells)} of the cells")
        )
    lines.append(("licence", terrain.licence))
    lines += [("note", note) for note in terrain.notes]
    return lines


def add_terrain(
    folder: str | Path,
    name: str | None = None,
    *,
    title: str | None = None,
    licence: str = "not stated",
    notes: Iterable[str] = (),
) -> TerrainSet:
    """Check a folder of raster tiles (or one raster) and register it as a terrain set.

    Parameters
    ----------
    folder : where the tiles are, searched with all folders below it; they are not copied.
    name : of the set; default is the name of the folder or file.
    title, licence, notes : shown by `skyshade terrain list`.

    Raises
    ------
    InputError : no such folder, no tiles in it, a tile is no single-band raster with a coordinate
        reference system, tiles that do not form one mosaic, a name that is bad or already taken.
    """
    path = Path(folder).expanduser()
    files = tile_files(path)
    path = path.resolve()
    if name is None:
        stem = path.stem if path.is_file() else path.name
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:64].rstrip("-._")
    check_name_is_free(name, path)
    for tile in check_tiles(files):
        check_data(tile)
    entry = {
        "path": str(path),
        "title": title or f"raster tiles in {path}",
        "licence": licence,
        "notes": list(notes),
    }
    with _register_lock():
        check_name_is_free(name, path)  # still, after the tiles were read
        _write_register({**_read_register(), name: entry})
    return _from_entry(name, entry)


def remove_terrain(name: str) -> TerrainSet:
    """Remove a terrain set from the register and return it; its tiles stay on disk.

    Raises
    ------
    InputError : no such set, or it is embedded.
    """
    if name in EMBEDDED_SETS:
        raise InputError("the embedded terrain set cannot be removed", value=name)
    if name not in (known := _read_register()):  # before the lock, which makes the folder
        raise unknown_name("terrain set", name, known)
    with _register_lock():
        register = _read_register()
        if name not in register:
            raise unknown_name("terrain set", name, register)
        gone = _from_entry(name, register.pop(name))
        _write_register(register)
    return gone


def check_name_is_free(name: str, path: Path) -> None:
    """Refuse a set name that is malformed or already in use for something other than `path`."""
    if not _NAME.fullmatch(name):
        raise InputError(
            "not a name for a terrain set", field="name", value=name, allowed=_NAME_RULE
        )
    if name in EMBEDDED_SETS:
        raise InputError(f"the name '{name}' is that of an embedded terrain set", field="name")
    taken = terrain_sets().get(name)
    if taken is not None and taken.path != path.resolve():
        raise InputError(
            f"the name '{name}' already stands for {taken.path}",
            field="name",
            hint=f"Give another name, or forget that set: skyshade terrain remove {name}.",
        )


def tile_files(path: Path) -> tuple[Path, ...]:
    """The raster files at `path`: the file itself, or every tile in the folder and below, sorted.

    Hidden files are skipped, and so are the masks that providers ship beside the elevations.

    Raises
    ------
    InputError : no such file; a folder without tiles.
    """
    if not _exists(path):
        here = Path(path.name)
        hint = (
            f"There is {here} in the working folder; a relative path in a scenario starts at the "
            "scenario's folder."
        )
        raise InputError(
            "no such file or folder",
            file=path,
            hint=hint if path != here and here.exists() else None,
        )
    check_finished(path)
    if not path.is_dir() and path.suffix.lower() not in (".zip", ".gz"):
        return (path,)
    files = _searched(path)[0] if path.is_dir() else _unpacked(path)
    if not files:
        where = "folder" if path.is_dir() else "archive"
        allowed = ", ".join(EXTENSIONS)
        raise InputError(f"no raster tiles in this {where}", file=path, allowed=allowed)
    return files


def read_json(path: Path) -> Any:
    """JSON from one of Skyshade's own files, or None if there is no such file.

    Raises
    ------
    InputError : unreadable or not JSON.
    """
    if not _exists(path):
        return None
    try:
        return json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise _damaged(path, getattr(error, "lineno", None)) from None


def _damaged(path: Path, line: int | None = None) -> InputError:
    return InputError(
        "the file is damaged",
        file=path,
        line=line,
        hint="Repair it, or delete it to start afresh (tiles are not touched).",
    )


def _register_file() -> Path:
    return data_home() / "terrain.json"


def _read_register() -> dict[str, dict[str, Any]]:
    file = _register_file()
    data = read_json(file)
    if data is None:
        return {}
    if not (isinstance(data, dict) and isinstance(data.get("sets"), dict)):
        raise _damaged(file)
    for name, entry in data["sets"].items():
        good = (
            name not in EMBEDDED_SETS
            and isinstance(entry, dict)
            and all(isinstance(entry.get(key), str) for key in ("path", "title", "licence"))
            and isinstance(entry.get("notes"), list)
            and all(isinstance(note, str) for note in entry["notes"])
        )
        if not good:
            raise _damaged(file).at(field=name)
    sets: dict[str, dict[str, Any]] = data["sets"]
    return sets


@contextlib.contextmanager
def _register_lock() -> Iterator[None]:
    """Held from reading the register to writing it, so that no set of another process is lost."""
    folder = _register_file().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkError(
            f"{_register_file()}: cannot be written: {error.strerror or error}"
        ) from error
    with folder_lock(folder, WAIT_S):
        yield


def _write_register(sets: dict[str, dict[str, Any]]) -> None:
    completed = {base: by for base, by in _read_completed().items() if by}
    data: dict[str, Any] = {"format": 1, "sets": sets}
    _write_json(_register_file(), data | ({"completed_by": completed} if completed else {}))


def _read_completed() -> dict[str, list[str]]:
    """Which sets complete a terrain, by its name in the register or its path."""
    file = _register_file()
    data = read_json(file)
    found = data.get("completed_by", {}) if isinstance(data, dict) else {}
    good = isinstance(found, dict) and all(
        isinstance(by, list) and all(isinstance(name, str) for name in by) for by in found.values()
    )
    if not good:
        raise _damaged(file).at(field="completed_by")
    return dict(found)


def _completed_key(terrain: TerrainSet) -> str:
    """What the register calls a terrain: its name if it is registered, else its path."""
    if terrain.name in terrain_sets() and terrain_sets()[terrain.name].path == terrain.path:
        return terrain.name
    return str(terrain.path.resolve()) if terrain.path else terrain.name


def complete_terrain(base: TerrainSet, by: str) -> None:
    """Register that a set gives the heights that another terrain lacks, from the next run on.

    Parameters
    ----------
    by : the name of a registered set.

    Raises
    ------
    InputError : there is no such set.
    """
    if by not in terrain_sets():
        raise unknown_name("terrain set", by, terrain_sets())
    key = _completed_key(base)
    with _register_lock():
        known = _read_completed()
        known[key] = [*dict.fromkeys([*known.get(key, []), by])]
        _write_json(
            _register_file(), {"format": 1, "sets": _read_register(), "completed_by": known}
        )


def completions(terrain: TerrainSet) -> list[TerrainSet]:
    """The sets that give what a terrain lacks, the first to be asked first; gone ones left out."""
    known = _read_completed()
    if not known:
        return []
    sets = terrain_sets()
    names = known.get(_completed_key(terrain), [])
    return [sets[name] for name in names if name in sets and sets[name].files]


def _write_json(path: Path, data: Any) -> None:
    write_whole(path, json.dumps(data, indent=2, ensure_ascii=False))


def _from_entry(name: str, entry: dict[str, Any]) -> TerrainSet:
    path = Path(entry["path"])
    files, left_out = (tile_files(path), 0) if path.is_file() else _searched(path)
    return TerrainSet(
        name=name,
        title=entry["title"],
        files=files,
        licence=entry["licence"],
        notes=tuple(entry["notes"]),
        absent_cells=_absent_cells(path),
        path=path,
        left_out=left_out,
        sea_cells=_absent_cells(path, sea=True),
    )


def _searched(folder: Path) -> tuple[tuple[Path, ...], int]:
    """Tiles in a folder and those below it, sorted, and how many rasters there are none.

    Tiles may be packed: each in a .zip or .gz of its own, or many in one .zip.

    Raises
    ------
    InputError : more than `MAX_ENTRIES` files and folders, so probably the wrong folder.
    """
    tiles: list[Path] = []
    seen = left_out = 0
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        seen += len(files) + len(folders)
        if seen > MAX_ENTRIES:
            raise InputError(
                f"more than {MAX_ENTRIES} files here; name the folder that holds the tiles",
                file=folder,
            )
        for name in files:
            file = Path(here, name)
            if _is_raster(file):
                tiles += [file] if _is_elevation(file) else []
                left_out += not _is_elevation(file)
            elif file.suffix.lower() in (".zip", ".gz") and not name.startswith("."):
                tiles += _unpacked(file)
    return tuple(sorted(tiles)), left_out


def _unpacked(archive: Path) -> tuple[Path, ...]:
    """The tiles in a .zip or .gz, as GDAL names them.

    Raises
    ------
    InputError : a .zip that cannot be read, or holds more than `MAX_ENTRIES` files.
    """
    whole = archive.absolute()
    if archive.suffix.lower() == ".gz":
        inner = Path(archive.stem)
        good = _is_raster(inner) and _is_elevation(inner)
        return (Path("/vsigzip", *whole.parts[1:]),) if good else ()
    try:
        with zipfile.ZipFile(archive) as opened:
            names = opened.namelist()
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"not an archive that can be read: {error}", file=archive) from None
    if len(names) > MAX_ENTRIES:
        raise InputError(f"more than {MAX_ENTRIES} files in this archive", file=archive)
    tiles = [Path(name) for name in names if ".." not in Path(name).parts]
    good_ones = sorted(t for t in tiles if _is_raster(t) and _is_elevation(t))
    return tuple(Path("/vsizip", *whole.parts[1:], *tile.parts) for tile in good_ones)


def _is_raster(file: Path) -> bool:
    return file.suffix.lower() in EXTENSIONS and not file.name.startswith(".")


def _is_elevation(file: Path) -> bool:
    return not _NOT_ELEVATION.fullmatch(file.stem)


def _absent_cells(path: Path, sea: bool = False) -> tuple[Bounds, ...]:
    """Cells that `skyshade terrain fetch` requested and the provider does not have.

    Parameters
    ----------
    sea : only those of GLO-90, which leaves out nothing but open sea.
    """
    absent = read_absent(path)[1] if path.is_dir() else {}
    return tuple(cell for name, cell in absent.items() if not sea or "_COG_30_" in name)


def read_absent(folder: Path) -> tuple[str, dict[str, Bounds]]:
    """The server of the last fetch, and name and cell of each tile that it does not have."""
    file = folder / "absent.json"
    record = read_json(file)
    if record is None:
        return "", {}
    try:
        tiles = {
            str(name): (float(w), float(s), float(e), float(n))
            for name, (w, s, e, n) in record["tiles"].items()
        }
        return str(record["server"]), tiles
    except (TypeError, KeyError, ValueError, AttributeError):
        raise _damaged(file) from None


def write_absent(folder: Path, server: str, tiles: dict[str, Bounds]) -> None:
    """Write the record that :func:`read_absent` reads."""
    _write_json(folder / "absent.json", {"format": 1, "server": server, "tiles": tiles})


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError) as error:  # a name that cannot be
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot be read: {reason}", file=path) from None
