"""Recorded air traffic from a file: who was where, when and how high. docs/tracks.md describes it.

A record says where one aircraft was at one time. Between two records it is taken to have flown
straight at even speed, unless they lie so far apart in time that nobody knows.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import math
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skyshade.errors import InputError, did_you_mean
from skyshade.units import parse_quantity
from skyshade.yamlfile import decode, read_bytes

LONGEST_GAP_S = 120.0  # between records: an airliner covers 30 km in it, and may turn
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
MAX_BYTES = 2**26  # of the text: ten times a day over Switzerland
WHERE = {"t": (-1e11, 1e11), "lat": (-90.0, 90.0), "lon": (-180.0, 180.0)}
ALTITUDE_M = (-1_000.0, 100_000.0)  # below the sea where pressure is high, to the edge of space
METRES_OF = {"alt_ft": parse_quantity("1 ft", "length"), "alt_m": 1.0}
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, eq=False)
class Track:
    """One aircraft, (records,): time (s, as in the file), position, altitude (m MSL)."""

    name: str
    t_s: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    alt_m: NDArray[np.float64]

    def pieces(self) -> Iterator[Track]:
        """The track cut where it was not heard of for too long; later pieces are name.2, name.3."""
        cuts = np.nonzero(np.diff(self.t_s) > LONGEST_GAP_S)[0] + 1
        ends = np.r_[0, cuts, len(self.t_s)]
        for i, (a, b) in enumerate(itertools.pairwise(ends)):
            name = self.name if i == 0 else f"{self.name}.{i + 1}"
            yield Track(name, self.t_s[a:b], self.lon[a:b], self.lat[a:b], self.alt_m[a:b])

    def every(self, step_s: float, until_s: float) -> Track:
        """The places a step of time apart, from the first record to the last.

        None comes more than a step after `until_s`; what is left of the last step is not flown.
        """
        last = min(self.t_s[-1], until_s + step_s)
        t = self.t_s[0] + step_s * np.arange(math.floor((last - self.t_s[0]) / step_s + 1e-9) + 1)
        lon = np.interp(t, self.t_s, np.unwrap(self.lon, period=360.0))
        lat, alt = (np.interp(t, self.t_s, v) for v in (self.lat, self.alt_m))
        return Track(self.name, t, (lon + 180.0) % 360.0 - 180.0, lat, alt)


def read_tracks(path: str | Path) -> list[Track]:
    """The tracks of a CSV file, plain or compressed by gzip, in order of their first record.

    Parameters
    ----------
    path : a file with a heading and the columns `flight` (which aircraft), `t` (s), `lat` and `lon`
        (degrees, WGS-84) and `alt_ft` or `alt_m` (above mean sea level); others are not read. The
        records of an aircraft stand in order of time.

    Raises
    ------
    InputError : no such file, or not such a file; with the line of what is wrong.
    """
    rows = csv.reader(io.StringIO(_text(Path(path)), newline=""))
    records: dict[str, list[tuple[float, float, float, float]]] = {}
    try:
        column, height = _columns(next(rows, []))
        bounds = WHERE | {height: tuple(v / METRES_OF[height] for v in ALTITUDE_M)}
        for row in rows:
            if not row:
                continue
            if len(row) <= max(column.values()):
                raise InputError("too few values", value=",".join(row))
            name = row[column["flight"]].strip()
            if not _NAME.fullmatch(name):
                raise InputError(
                    "not the name of an aircraft",
                    field="flight",
                    value=name,
                    allowed="1 to 32 letters, digits, - and _",
                )
            t, lat, lon, alt = (_number(row[column[k]], k, *bounds[k]) for k in bounds)
            track = records.setdefault(name, [])
            if track and not t > track[-1][0]:
                raise InputError(
                    f"not after the record of '{name}' before it",
                    field="t",
                    value=t,
                    allowed=f"more than {track[-1][0]:g}",
                    hint="Sort each aircraft by time.",
                )
            track.append((t, lat, lon, alt * METRES_OF[height]))
    except InputError as error:
        raise error.at(file=path, line=rows.line_num or 1) from None
    except csv.Error as error:
        raise InputError(f"not a table: {error}", file=path, line=rows.line_num) from None
    if not records:
        raise InputError("there are no records in it", file=path, line=rows.line_num)
    tracks = []
    for name, track in records.items():
        t_s, lats, lons, alts = np.array(track).T
        tracks.append(Track(name, t_s, lons, lats, alts))
    return sorted(tracks, key=lambda track: (track.t_s[0], track.name))


def _text(path: Path) -> str:
    data = read_bytes(path, MAX_BYTES)
    if path.suffix.lower() == ".gz":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
                data = file.read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error):
            raise InputError("not a whole gzip file", file=path) from None
        if len(data) > MAX_BYTES:
            raise InputError(
                "the file is too large",
                file=path,
                allowed=f"at most {MAX_BYTES / 2**20:.0f} MiB of text",
            )
    return decode(data, path)


def _columns(heading: Sequence[str]) -> tuple[dict[str, int], str]:
    """Where each column stands, and the name of that of altitude."""
    names = [name.strip() for name in heading]
    if not names:
        raise InputError("the file is empty", allowed="a heading, and a line for each record")
    height = next((name for name in METRES_OF if name in names), " or ".join(METRES_OF))
    needed = ("flight", *WHERE, height)
    for name in needed:
        if name not in names:
            raise InputError(
                f"there is no column {name}",
                value=", ".join(names),
                allowed=", ".join(needed) + ", and any others",
                hint="Values are separated by commas here; skyshade import tracks reads others."
                if len(names) == 1
                else did_you_mean(name, names) or "skyshade import tracks takes other columns.",
            )
    return {name: names.index(name) for name in needed}, height


def _number(text: str, field: str, low: float, high: float) -> float:
    allowed = f"{low:g} to {high:g}"
    try:
        value = float(text) if _NUMBER.fullmatch(text.strip()) else float("")
    except ValueError:
        hint = None if text.strip() else "Leave out records that say nothing."
        raise InputError(
            "not a number", field=field, value=text, allowed=allowed, hint=hint
        ) from None
    if not low <= value <= high:  # NaN is not
        raise InputError("out of bounds", field=field, value=text, allowed=allowed)
    return value
