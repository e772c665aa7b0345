"""A fly-out table's calibration as text: published beside achieved, fitted, assumed."""

from __future__ import annotations

import math
from typing import Any

from skyshade.catalogue.readable import readable, readable_range
from skyshade.flyout.model import Comparison, FlyoutTable

COMPARED = ("figure", "means here", "published", "confidence", "model", "error")
FITTED = ("fitted or implied", "from", "value")
ASSUMED = ("assumed", "why", "value", "confidence")


def compared_rows(table: FlyoutTable) -> list[tuple[str, ...]]:
    """Rows under `COMPARED`: the figures that the calibration aims at."""
    return [
        (
            c.title,
            c.note,
            _published(c),
            c.confidence,
            readable(_rounded(c.achieved), c.unit),
            f"{100 * c.error_frac:+.1f} %",
        )
        for c in table.calibration.comparisons
    ]


def fitted_rows(table: FlyoutTable) -> list[tuple[str, ...]]:
    """Rows under `FITTED`: what the calibration found, and what follows from it."""
    c, missile = table.calibration, table.missile
    speed = f"the {missile.speed.title}"
    loft = (
        "the maximum range" if c.ceiling_m > missile.alt_max_m else "its highest target, at least"
    )
    drag = "the maximum range" if c.drag_scale < 1.0 else "nothing: the curve as it is"
    rows: list[tuple[str, ...]] = [
        ("propellant share of the launch mass", speed, f"{c.propellant_frac:.3f}"),
        ("total impulse", speed, f"{c.total_impulse_ns / 1e3:,.0f} kN s"),
        ("factor on the generic drag", drag, f"{c.drag_scale:.2f}"),
        (
            "flown no higher than",
            loft,
            readable(_rounded(c.ceiling_m), "m") if math.isfinite(c.ceiling_m) else "no limit",
        ),
    ]
    if missile.speed_kind == "average":
        rows.append(
            (
                "maximum speed",
                f"implied, after {c.top_speed_time_s:.0f} s",
                readable(_rounded(c.top_speed_mps), "m/s"),
            )
        )
    else:
        rows.append(
            (
                "average speed to the maximum range",
                "implied",
                readable(_rounded(c.average_speed_mps), "m/s"),
            )
        )
        rows.append(("time of the maximum speed", "implied", f"{c.top_speed_time_s:.1f} s"))
    return rows


def assumed_rows(table: FlyoutTable) -> list[tuple[str, ...]]:
    """Rows under `ASSUMED`: what no source gives; a figure taken from a sister missile too."""
    missile = table.missile
    rows: list[tuple[str, ...]] = [
        (a.title, a.why, _plain(a.value, a.unit), a.confidence)
        for a in table.assumptions
        if a.is_used
    ]
    for figure in missile.figures():
        if figure.sources == ("assumed",):
            rows.append(
                (
                    figure.title,
                    figure.condition,
                    _plain(figure.value, figure.unit),
                    figure.confidence,
                )
            )
    return rows


def as_dict(table: FlyoutTable) -> dict[str, Any]:
    """The calibration as plain data for JSON; SI, with an infinite ceiling as null."""
    c, missile = table.calibration, table.missile
    return {
        "missile": missile.id,
        "speed_kind": missile.speed_kind,
        "figures": [
            {
                "title": f.title,
                "value": f.value,
                "low": f.low,
                "high": f.high,
                "unit": f.unit,
                "confidence": f.confidence,
                "sources": list(f.sources),
                "condition": f.condition,
            }
            for f in missile.figures()
        ],
        "compared": [
            {
                "title": k.title,
                "means": k.note,
                "unit": k.unit,
                "published": k.published,
                "low": k.low,
                "high": k.high,
                "model": k.achieved,
                "error_frac": k.error_frac,
                "confidence": k.confidence,
            }
            for k in c.comparisons
        ],
        "fitted": {
            "propellant_frac": c.propellant_frac,
            "total_impulse_ns": c.total_impulse_ns,
            "drag_scale": c.drag_scale,
            "ceiling_m": c.ceiling_m if math.isfinite(c.ceiling_m) else None,
            "top_speed_mps": c.top_speed_mps,
            "top_speed_time_s": c.top_speed_time_s,
            "average_speed_mps": c.average_speed_mps,
        },
        "assumed": [
            {
                "title": a.title,
                "value": a.value,
                "unit": a.unit,
                "confidence": a.confidence,
                "why": a.why,
            }
            for a in table.assumptions
            if a.is_used
        ],
        "launch_alt_msl_m": table.launch_alt_msl_m,
    }


def _published(c: Comparison) -> str:
    text = f"{readable(c.published, c.unit)} {c.mark}".rstrip()
    return f"{text} ({readable_range(c.low, c.high, c.unit)})" if c.low < c.high else text


def _plain(value: float, unit: str) -> str:
    """Seconds stay seconds: nobody gives a specific impulse in minutes."""
    return f"{value:g} s" if unit == "s" else readable(value, unit)


def _rounded(value: float) -> float:
    """Four digits: more would claim too much."""
    return float(f"{value:.4g}")
