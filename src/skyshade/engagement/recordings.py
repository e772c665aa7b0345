"""Recorded air traffic as people have it, made into the file of tracks that a raid reads.

Read are: OpenSky state vectors (CSV and JSON), readsb and dump1090 JSON (`aircraft.json`, traces),
SBS-1 BaseStation lines, Flightradar24 CSV, ACMI 2.x (Tacview), and any other CSV whose columns are
named or given. What a record lacks (a position, a height), or that it is of an aircraft on the
ground, leaves it out and is counted. What cannot be true is named.

References
----------
The OpenSky Network, REST API and historical state vectors; README-json of readsb and of dump1090;
Kinetic SBS-1 BaseStation socket data; Tacview ACMI 2.2 documentation. All read in 2026.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from skyshade.csvfile import Table, find_columns, plain_number, read_table, table_text
from skyshade.engagement.tracks import ALTITUDE_M, MAX_BYTES, METRES_OF
from skyshade.errors import InputError
from skyshade.files import write_whole
from skyshade.radar.model import EARTH_RADIUS_M
from skyshade.yamlfile import DAMAGED_ARCHIVE, read_bytes

FASTEST_MPS = 1_200.0  # over the ground: the fastest aircraft in service stay below 1,000
NULL_ISLAND_DEG = 0.01  # so near to 0, 0 a receiver has made up the position
SHOWN = 5  # implausible records that a message names
FEET = METRES_OF["alt_ft"]
COLUMNS = {
    "flight": ("flight", "icao24", "hex", "icao", "hexident", "address", "callsign", "id", "name"),
    "t": ("t", "time", "timestamp", "unix", "epoch", "utc", "datetime", "date_time", "ts"),
    "lat": ("lat", "latitude", "lat_deg"),
    "lon": ("lon", "longitude", "long", "lng", "lon_deg"),
    "position": ("position", "latlon"),
    "alt_m": ("alt_m", "geoaltitude", "baroaltitude", "geo_altitude", "baro_altitude", "alt_msl_m"),
    "alt_ft": ("alt_ft", "altitude", "alt", "alt_baro", "alt_geom", "altitude_ft"),
    "on_ground": ("onground", "on_ground", "ground"),
}
_TRUE = ("true", "1", "t", "yes")


class Record(NamedTuple):
    """Where one aircraft was: s (from any origin), degrees, m MSL; line or item of the file."""

    flight: str
    t_s: float
    lon: float
    lat: float
    alt_m: float
    line: int


@dataclass(frozen=True)
class Implausible:
    """A record that cannot be true, with its aircraft, line, and what is wrong in words."""

    record: Record
    why: str


@dataclass(frozen=True, eq=False)
class Recording:
    """What a file holds.

    Attributes
    ----------
    format : in words.
    mapping : field of a track -> where it was taken from.
    records : in order of aircraft and time, none implausible.
    left_out : how many records say nothing, by what they lack.
    implausible : records that cannot be true.
    """

    file: Path
    format: str
    mapping: Mapping[str, str]
    records: tuple[Record, ...]
    left_out: Mapping[str, int]
    implausible: tuple[Implausible, ...]

    @property
    def n_flights(self) -> int:
        """Number of aircraft."""
        return len({record.flight for record in self.records})

    def csv(self) -> str:
        """The file of tracks that a raid reads; see docs/tracks.md."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["flight", "t", "lat", "lon", "alt_m"])
        for r in self.records:
            writer.writerow(
                [r.flight, f"{r.t_s:.3f}", f"{r.lat:.6f}", f"{r.lon:.6f}", f"{r.alt_m:.1f}"]
            )
        return out.getvalue()


class Raw(NamedTuple):
    """A record as found: texts and numbers, nothing checked; `lacks` says why it is left out."""

    line: int
    flight: Any = None
    t: Any = None
    lon: Any = None
    lat: Any = None
    alt_m: Any = None
    lacks: str = ""


def read_recording(
    path: str | Path, columns: Mapping[str, str] | None = None, *, drop: bool = False
) -> Recording:
    """The records of a file of recorded traffic, whatever of the known formats it has.

    Parameters
    ----------
    columns : for CSV, field -> column (fields: `flight`, `t`, `lat`, `lon` or `position`,
        `alt_m` or `alt_ft`, `on_ground`); by default guessed by their names.
    drop : leave implausible records out; otherwise they are an error.

    Raises
    ------
    InputError : no such file, none of the formats, no record that says where an aircraft was;
        implausible records, each with line, aircraft and the speed that it implies.
    """
    path = Path(path)
    text = _unpacked(path)
    name, mapping, raw = _parsed(path, text, columns)
    found, left_out = _checked(raw, path)
    if not found:
        lacks = ", ".join(f"{n} {what}" for what, n in left_out.items())
        raise InputError(
            "no record says where an aircraft was in the air",
            file=path,
            value=f"{name}: {lacks or 'no records'}",
        )
    records, implausible = _plausible(found)
    if implausible and not drop:
        raise InputError(
            f"{len(implausible)} records cannot be true: {said(implausible)}",
            file=path,
            line=implausible[0].record.line,
            hint="Leave them out with --drop-implausible, or mend the file.",
        )
    return Recording(path, name, mapping, tuple(records), left_out, tuple(implausible))


def write_recording(recording: Recording, path: str | Path) -> None:
    """Write the file of tracks, compressed if its name ends in .gz."""
    path = Path(path)
    data = recording.csv().encode()
    if path.suffix.lower() == ".gz":
        data = gzip.compress(data, mtime=0)
    write_whole(path, data)


def said(implausible: Sequence[Implausible], most: int = SHOWN) -> str:
    """Implausible records in words, the first of them."""
    words = [f"line {i.record.line}, {i.record.flight}: {i.why}" for i in implausible[:most]]
    return "; ".join(words) + ("; …" if len(implausible) > most else "")


def _unpacked(path: Path) -> str:
    """The text of a file: plain, gzip, or the first file of a ZIP (as `.zip.acmi` is)."""
    data = read_bytes(path, MAX_BYTES)
    try:
        if data[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
                data = file.read(MAX_BYTES + 1)
        elif data[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                inside = archive.namelist()
                with archive.open(inside[0]) as packed:
                    data = packed.read(MAX_BYTES + 1)
    except DAMAGED_ARCHIVE:
        raise InputError("not a whole archive", file=path) from None
    if len(data) > MAX_BYTES:
        raise InputError(
            "the file is too large", file=path, allowed=f"{MAX_BYTES / 2**20:.0f} MiB of text"
        )
    return table_text(data, path)


Parsed = tuple[str, Mapping[str, str], Iterable[Raw]]


def _parsed(path: Path, text: str, columns: Mapping[str, str] | None) -> Parsed:
    """Name of the format, where each field comes from, and the records."""
    start = text.lstrip()[:200]
    if start.startswith(("{", "[")):
        return _json(path, text)
    if start.startswith("FileType=text/acmi"):
        where = {"flight": "object id", "t": "#time", "lat/lon/alt_m": "T=lon|lat|alt"}
        return "ACMI 2.x", where, _acmi(path, text)
    if re.match(r"(MSG|AIR|STA|ID|CLK|SEL),", start):
        where = {
            "flight": "value 5 (hex)",
            "t": "values 7 and 8 (generated)",
            "alt_ft": "value 12",
            "lat": "value 15",
            "lon": "value 16",
        }
        return "SBS BaseStation", where, _sbs(text)
    table = read_table(text, path)
    both = {name.casefold() for name in table.columns} >= {"timestamp", "position", "callsign"}
    given = {"t": "Timestamp", "flight": "Callsign"} if both else {}
    where = find_columns(table, COLUMNS, ("flight", "t"), {**given, **(columns or {})})
    if not ({"lat", "lon"} <= set(where) or "position" in where):
        find_columns(table, COLUMNS, ("lat", "lon"), columns)  # its error
    if "alt_m" not in where and "alt_ft" not in where:
        find_columns(table, COLUMNS, ("alt_ft",), columns)
    if "alt_m" in where:
        where.pop("alt_ft", None)
    if "lat" in where and "lon" in where:
        where.pop("position", None)
    name = "Flightradar24 CSV" if both else "CSV"
    if {"icao24", "lastposupdate"} <= {c.casefold() for c in table.columns}:
        name = "OpenSky state vectors (CSV)"
    return name, where, _table(table, where)


def _table(table: Table, where: Mapping[str, str]) -> Iterator[Raw]:
    index = {field: table.columns.index(name) for field, name in where.items()}
    for line, row in table.rows():
        cell = {field: row[i].strip() for field, i in index.items()}
        if cell.get("on_ground", "").casefold() in _TRUE:
            yield Raw(line, lacks="on the ground")
            continue
        if "position" in index:
            lat, _, lon = cell["position"].partition(",")
        else:
            lat, lon = cell["lat"], cell["lon"]
        height = "alt_m" if "alt_m" in index else "alt_ft"
        alt = table.number(cell[height])
        yield Raw(
            line,
            cell["flight"],
            _number_or_text(table, cell["t"]),
            _number_or_text(table, lon),
            _number_or_text(table, lat),
            cell[height] or None if alt is None else alt * METRES_OF[height],
        )


def _number_or_text(table: Table, text: str) -> float | str | None:
    value = table.number(text)
    return value if value is not None else text.strip() or None


def _sbs(text: str) -> Iterator[Raw]:
    for line, row in enumerate(csv.reader(io.StringIO(text, newline="")), 1):
        if len(row) < 16 or row[0] != "MSG" or not row[14].strip():
            yield Raw(line, lacks="without a position")
            continue
        if len(row) > 21 and row[21].strip() in ("1", "-1"):
            yield Raw(line, lacks="on the ground")
            continue
        alt = plain_number(row[11])
        yield Raw(
            line,
            row[4],
            f"{row[6]} {row[7]}",
            plain_number(row[15]),
            plain_number(row[14]),
            None if alt is None else alt * FEET,
        )


def _json(path: Path, text: str) -> Parsed:
    """OpenSky, readsb and dump1090; one document, or one a line."""
    try:
        documents = [json.loads(text)]
    except json.JSONDecodeError as whole:
        try:
            documents = [json.loads(line) for line in text.splitlines() if line.strip()]
        except json.JSONDecodeError:
            raise InputError(f"not JSON: {whole.msg}", file=path, line=whole.lineno) from None
    except RecursionError:
        raise InputError("nested too deeply", file=path) from None
    if len(documents) == 1 and isinstance(documents[0], list):
        documents = documents[0]
    kinds: dict[str, tuple[str, Callable[[Any, int], Iterator[Raw]], dict[str, str]]] = {
        "states": (
            "OpenSky state vectors (JSON)",
            _opensky,
            {
                "flight": "0 icao24",
                "t": "3 time_position",
                "lon": "5",
                "lat": "6",
                "alt_m": "13, 7",
            },
        ),
        "aircraft": (
            "readsb or dump1090 JSON",
            _readsb,
            {"flight": "hex", "t": "now - seen_pos", "alt_ft": "alt_geom, alt_baro, altitude"},
        ),
        "trace": (
            "readsb trace",
            _trace,
            {"flight": "icao", "t": "timestamp + 0", "lat": "1", "lon": "2", "alt_ft": "3"},
        ),
    }
    for key, (name, reader, where) in kinds.items():
        if documents and all(isinstance(d, dict) and key in d for d in documents):
            return name, where, (raw for i, d in enumerate(documents, 1) for raw in reader(d, i))
    raise InputError(
        "no recording that is known",
        file=path,
        allowed="OpenSky ('states'), readsb or dump1090 ('aircraft', 'trace')",
    )


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else None


def _opensky(document: dict[str, Any], number: int) -> Iterator[Raw]:
    for state in map(_items, _items(document.get("states"))):
        if _at(state, 8) is True:
            yield Raw(number, lacks="on the ground")
            continue
        height = _at(state, 13) if _at(state, 13) is not None else _at(state, 7)
        time = _at(state, 3) if _at(state, 3) is not None else document.get("time")
        yield Raw(number, _at(state, 0), time, _at(state, 5), _at(state, 6), height)


def _readsb(document: dict[str, Any], number: int) -> Iterator[Raw]:
    now = plain_number(document.get("now"))
    for one in _items(document.get("aircraft")):
        one = one if isinstance(one, dict) else {}
        heights = [one.get(key) for key in ("alt_geom", "alt_baro", "altitude")]
        if "ground" in heights:
            yield Raw(number, lacks="on the ground")
            continue
        alt = next((h for h in map(plain_number, heights) if h is not None), None)
        seen = plain_number(one.get("seen_pos")) or 0.0
        yield Raw(
            number,
            one.get("hex"),
            None if now is None else now - seen,
            one.get("lon"),
            one.get("lat"),
            None if alt is None else alt * FEET,
        )


def _trace(document: dict[str, Any], number: int) -> Iterator[Raw]:
    begin = plain_number(document.get("timestamp"))
    for place in map(_items, _items(document.get("trace"))):
        dt, alt = plain_number(_at(place, 0)), _at(place, 3)
        if alt == "ground":
            yield Raw(number, lacks="on the ground")
            continue
        feet = plain_number(alt)
        yield Raw(
            number,
            document.get("icao"),
            None if begin is None or dt is None else begin + dt,
            _at(place, 2),
            _at(place, 1),
            None if feet is None else feet * FEET,
        )


def _acmi(path: Path, text: str) -> Iterator[Raw]:
    """Objects of the air in a Tacview text; a coordinate that is left out stays as it was."""
    now, origin = 0.0, [0.0, 0.0]
    last: dict[str, list[float | None]] = {}
    kinds: dict[str, str] = {}
    for number, line in _whole_lines(text):
        if line.startswith("#"):
            now = _time_of(line, number, path)
            continue
        who, *properties = re.split(r"(?<!\\),", line)
        found = dict(p.split("=", 1) for p in properties if "=" in p)
        if who == "0":
            for i, key in enumerate(("ReferenceLongitude", "ReferenceLatitude")):
                origin[i] = plain_number(found.get(key)) or origin[i]
        elif re.fullmatch(r"[0-9A-Fa-f]+", who):
            kinds[who] = found.get("Type", kinds.get(who, ""))
            place = last.setdefault(who, [None, None, None])
            for i, value_text in enumerate(found.get("T", "").split("|")[:3]):
                if (value := plain_number(value_text)) is not None:
                    place[i] = value + [*origin, 0.0][i]
            if "T" in found:
                air = "Air" in kinds[who]
                lon, lat, alt = place
                yield (
                    Raw(number, who, now, lon, lat, alt)
                    if air
                    else Raw(number, lacks="not an aircraft")
                )


def _time_of(line: str, number: int, path: Path) -> float:
    value = plain_number(line[1:])
    if value is None:
        raise InputError("not a time", file=path, line=number, value=line)
    return value


def _whole_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines of a Tacview text, joined after a backslash, with the number of the first."""
    pending, first = "", 1
    for number, part in enumerate(text.splitlines(), 1):
        first = first if pending else number
        line = pending + part
        if line.endswith("\\"):
            pending = line[:-1] + "\n"
        else:
            pending = ""
            yield first, line


def _checked(raw: Iterable[Raw], path: Path) -> tuple[list[Record], dict[str, int]]:
    """Records with numbers in them, and how many were left out for what they lack."""
    left_out: Counter[str] = Counter()
    found = []
    for one in raw:
        lacks = one.lacks
        if not lacks and (one.lon is None or one.lat is None):
            lacks = "without a position"
        if not lacks and one.alt_m is None:
            lacks = "without a height"
        if not lacks and one.flight in (None, ""):
            lacks = "without an aircraft"
        if not lacks and one.t is None:
            lacks = "without a time"
        if lacks:
            left_out[lacks] += 1
            continue
        flight = re.sub(r"[^A-Za-z0-9_-]+", "-", str(one.flight).strip()).strip("-")[:32]
        values = {"t": _seconds(one.t)}
        values |= {
            "lon": plain_number(one.lon),
            "lat": plain_number(one.lat),
            "altitude": plain_number(one.alt_m),
        }
        bounds = {"lon": (-180, 180), "lat": (-90, 90), "altitude": ALTITUDE_M}
        for field, value in values.items():
            low, high = bounds.get(field, (-1e11, 1e11))
            if value is None or not low <= value <= high:
                given = {"t": one.t, "lon": one.lon, "lat": one.lat, "altitude": one.alt_m}[field]
                raise InputError(
                    "not a number" if value is None else "out of bounds",
                    file=path,
                    line=one.line,
                    field=field,
                    value=given,
                    allowed=f"{low:g} to {high:g}",
                )
        t, lon, lat, alt = (float(v) for v in values.values() if v is not None)
        found.append(Record(flight or "unnamed", t, lon, lat, alt, one.line))
    return found, dict(left_out)


def _seconds(value: Any) -> float | None:
    """Seconds from a number (milliseconds since 1970 are noticed) or a date and time."""
    number = plain_number(value)
    if number is not None:
        return number / 1000.0 if number > 1e11 else number
    text = str(value).strip().replace("/", "-").replace("Z", "+00:00")
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _plausible(records: list[Record]) -> tuple[list[Record], list[Implausible]]:
    """Records in order of aircraft and time, without those that cannot be true, and these.

    Of two records at the same time the first stands. A jump is blamed on the record that disagrees
    with both its neighbours.
    """
    by_flight: dict[str, list[Record]] = {}
    bad: list[Implausible] = []
    for record in records:
        if abs(record.lon) < NULL_ISLAND_DEG and abs(record.lat) < NULL_ISLAND_DEG:
            bad.append(Implausible(record, "position 0, 0"))
        else:
            by_flight.setdefault(record.flight, []).append(record)
    kept: list[Record] = []
    for flown in by_flight.values():
        flown.sort(key=lambda r: r.t_s)
        good: list[Record] = []
        for i, record in enumerate(flown):
            if good and record.t_s <= good[-1].t_s:
                if _metres(good[-1], record) > FASTEST_MPS:  # two places at once
                    why = f"{_metres(good[-1], record) / 1e3:.0f} km from line {good[-1].line}"
                    bad.append(Implausible(record, f"{why} at the same time"))
                continue
            after = flown[i + 1] if i + 1 < len(flown) else None
            while good and _speed(good[-1], record) > FASTEST_MPS:
                first = len(good) == 1 or _speed(good[-2], record) <= FASTEST_MPS
                agrees = after is not None and _speed(record, after) <= FASTEST_MPS
                if not (first and agrees):
                    break
                before = good.pop()
                bad.append(_jump(before, record))
            if good and _speed(good[-1], record) > FASTEST_MPS:
                bad.append(_jump(record, good[-1]))
                continue
            good.append(record)
        kept += good
    kept.sort(key=lambda r: (r.flight, r.t_s))
    return kept, sorted(bad, key=lambda i: i.record.line)


def _jump(record: Record, other: Record) -> Implausible:
    speed = _speed(*sorted((record, other), key=lambda r: r.t_s))
    shown = f"{speed / 1e3:.0f} km/s" if speed >= 1e4 else f"{speed:.0f} m/s"
    return Implausible(record, f"{shown} implied from line {other.line}")


def _metres(a: Record, b: Record) -> float:
    """Distance on a sphere: within 0.6 %, which is enough to tell a jump."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half_lat, half_lon = (lat_b - lat_a) / 2, math.radians(b.lon - a.lon) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(math.sqrt(h), 1.0))


def _speed(a: Record, b: Record) -> float:
    return _metres(a, b) / max(b.t_s - a.t_s, 1e-3)
