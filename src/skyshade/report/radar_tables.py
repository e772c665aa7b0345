"""Rows of text about a radar's ranges, for a terminal or a notebook."""

from __future__ import annotations

from typing import Any

from skyshade.catalogue.readable import readable, readable_range
from skyshade.report import text


def range_rows(summary: dict[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings and rows of a :func:`~skyshade.radar.summary.radar_summary`.

    In brackets: the ranges at the bounds of the target's cross-section.
    """
    assumed = summary["assumptions"]
    headings = (
        "target",
        "altitude",
        "RCS",
        f"one look, {text.percent(assumed['p_reference'])}",
        "one look, 90 %",
        f"first track, {text.percent(assumed['p_confirm'])}",
        "horizon",
    )
    return headings, [_row(target) for target in summary["targets"]]


def _row(target: dict[str, Any]) -> tuple[str, ...]:
    size = target["rcs_m2"]
    rcs = f"{readable(size['value'], 'm2')} {target['rcs_mark']}".rstrip()
    if size["low"] < size["high"]:
        rcs += f" ({readable_range(size['low'], size['high'], 'm2')})"
    cells = [
        text.km_band(target[key][end] for end in ("low", "value", "high"))
        if key in target
        else "scan unknown"
        for key in ("one_look_m", "one_look_90_m", "first_track_m")
    ]
    altitude = readable(target["altitude_m"], "m")
    return target["title"], altitude, rcs, *cells, text.distance(target["horizon_m"])
