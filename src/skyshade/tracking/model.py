"""What the tracking reference assumes, since none of it is published for these radars."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from skyshade.errors import InputError


def _assumed(title: str, value: float | None, low: float, high: float, unit: str, why: str) -> Any:
    return field(
        default=value, metadata={"title": title, "bounds": (low, high), "unit": unit, "why": why}
    )


@dataclass(frozen=True)
class Assumptions:
    """The radar's errors, its false alarms, the filter and the yardstick.

    Every field is an assumption of this model, the same for every radar; `why` of its metadata
    gives the reason, and results show it.

    Raises
    ------
    InputError : a value out of its bounds.

    Examples
    --------
    >>> Assumptions().range_sd_m
    100.0
    """

    range_sd_m: float = _assumed(
        "error in range",
        100.0,
        0.1,
        1e4,
        "m",
        "not published; half a range cell of some 200 m, usual for a long-range surveillance radar",
    )
    az_sd_deg: float = _assumed(
        "in azimuth",
        0.2,
        1e-4,
        5.0,
        "deg",
        "not published; a seventh of a beam some 1.5 degrees wide, by monopulse or beam splitting "
        "at a signal that just detects",
    )
    el_sd_deg: float = _assumed(
        "in elevation", 0.2, 1e-4, 5.0, "deg", "not published; taken as in azimuth"
    )
    false_alarms_per_scan: float = _assumed(
        "false alarms per scan",
        10.0,
        0.0,
        1e4,
        "1",
        "the false-alarm probability of 1e-6 a look that the raid's radar is assumed to have, over "
        "ten million cells: 600 km by 200 m, 360 degrees by 1.5, 45 degrees by 3",
    )
    manoeuvre_mps2: float = _assumed(
        "manoeuvre",
        3.0,
        1e-3,
        1e3,
        "m/s2",
        "standard deviation of the acceleration that the filter is open to, even over a scan: a "
        "gentle turn; ballistic arcs have g, about 10",
    )
    speed_max_mps: float | None = _assumed(
        "highest speed",
        None,
        1.0,
        12_000.0,
        "m/s",
        "the fastest of the raid's targets: how far the gate of a track with one plot reaches",
    )
    gate_frac: float = _assumed(
        "gate", 0.999, 0.5, 0.999999, "1", "share of a target's own plots that its gate lets in"
    )
    cutoff_m: float = _assumed(
        "OSPA cut-off",
        5_000.0,
        1.0,
        1e6,
        "m",
        "what a missed target or a false track costs, and how far from its target a track may be",
    )
    order: float = _assumed("OSPA order", 2.0, 1.0, 10.0, "1", "the usual one")

    def __post_init__(self) -> None:
        """Refuse values out of their bounds."""
        for f in fields(self):
            (low, high), value = f.metadata["bounds"], getattr(self, f.name)
            if value is not None and not low <= value <= high:
                raise InputError(
                    "out of bounds",
                    field=f.name,
                    value=value,
                    allowed=f"{low:g} to {high:g} {f.metadata['unit']}".removesuffix(" 1"),
                )

    def as_rows(self) -> list[dict[str, Any]]:
        """Name, value, unit, reason of each, as plain JSON."""
        return [
            {
                "key": f.name,
                "title": f.metadata["title"],
                "value": getattr(self, f.name),
                "unit": f.metadata["unit"],
                "origin": "assumption",
                "default": f.default,
                "why": f.metadata["why"],
            }
            for f in fields(self)
        ]
