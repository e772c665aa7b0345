"""A radar's ranges against targets as plain data, with the figures behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from skyshade.catalogue import load_catalogue
from skyshade.catalogue.model import Figure
from skyshade.catalogue.readable import LEGEND, mark, readable
from skyshade.radar.model import Jammer, Radar, Target
from skyshade.radar.ranges import detection_range, first_track_range, horizon_range
from skyshade.shown import percent


def radar_summary(
    radar: Radar,
    targets: Sequence[Target],
    antenna_m: float,
    alt_m: float | None = None,
    jammer: Jammer | None = None,
) -> dict[str, Any]:
    """Ranges against each target: one look, confirmed track, horizon; with bounds and sources.

    Parameters
    ----------
    antenna_m : antenna above a smooth Earth, for the horizon.
    alt_m : altitude of every target; by default each class's own.
    """
    d = radar.detection
    shown = [_target(radar, t, antenna_m, alt_m, jammer) for t in targets]
    return {
        "radar": radar.id,
        "title": radar.title,
        "reference_range_m": radar.reference_range_m,
        "reference_rcs_m2": radar.reference_rcs_m2,
        "freq_hz": radar.freq_hz,
        "scan_period_s": radar.scan_period_s,
        "instrumented_range_m": radar.instrumented_range_m,
        "antenna_m": antenna_m,
        "assumptions": {
            "pfa": d.pfa,
            "n_pulses": d.n_pulses,
            "swerling": d.swerling,
            "p_reference": d.p_reference,
            "confirm": [d.confirm_m, d.confirm_n],
            "p_confirm": d.p_confirm,
        },
        "jammer": None if jammer is None else vars(jammer),
        "targets": shown,
        "basis": _basis(radar, jammer),
        "notes": _notes(radar, targets),
        "sources": _sources(radar, targets),
    }


def _target(
    radar: Radar, target: Target, antenna_m: float, alt_m: float | None, jammer: Jammer | None
) -> dict[str, Any]:
    figure = target.figures.get("rcs_m2")
    low, high = (figure.bounds if figure else None) or (target.rcs_m2, target.rcs_m2)
    own = target.alt_agl_m if target.alt_agl_m is not None else target.alt_m
    altitude = alt_m if alt_m is not None else own if own is not None else radar.reference_alt_m
    horizon = horizon_range(antenna_m, altitude)

    def ranges(rcs: float) -> dict[str, float]:
        sized = replace(target, rcs_m2=rcs)
        one = detection_range(radar, rcs, None, altitude, jammer=jammer)
        sure = detection_range(radar, rcs, 0.9, altitude, jammer=jammer)
        track = (
            first_track_range(radar, sized, altitude, jammer=jammer, horizon_m=horizon)
            if radar.scan_period_s
            else None
        )
        found = {"one_look_m": one, "one_look_90_m": sure}
        return found if track is None else found | {"first_track_m": track}

    at = {
        name: ranges(rcs) for name, rcs in (("value", target.rcs_m2), ("low", low), ("high", high))
    }
    return {
        "id": target.id,
        "title": target.title,
        "rcs_m2": {"value": target.rcs_m2, "low": low, "high": high},
        "rcs_mark": mark(figure) if figure else "",
        "speed_mps": target.speed_mps,
        "altitude_m": altitude,
        "horizon_m": horizon,
        **{
            key: {name: round(values[key], 1) for name, values in at.items()} for key in at["value"]
        },
    }


def _basis(radar: Radar, jammer: Jammer | None) -> str:
    figure = radar.figures.get("reference_range_m")
    text = (
        f"Scaled from {readable(radar.reference_range_m, 'm')} at "
        f"{readable(radar.reference_rcs_m2, 'm2')}"
    )
    if figure is not None:
        titles = "; ".join(load_catalogue().sources[s].title for s in figure.sources)
        text += f" ({titles}; confidence {figure.confidence}{_only_memory(figure)})"
    else:
        text += " (given by you)"
    text += f", gases at {readable(radar.freq_hz, 'Hz')} by ITU-R P.676."
    if jammer is not None:
        where = (
            "carried by the target"
            if jammer.range_m is None
            else (f"standing off at {readable(jammer.range_m, 'm')}")
        )
        text += f" Under a noise jammer {where}; the one-look range is the burn-through range."
    return text


def _only_memory(figure: Figure) -> str:
    return ", from memory only" if figure.is_memory_only else ""


def _notes(radar: Radar, targets: Sequence[Target]) -> list[str]:
    d = radar.detection
    notes = [
        "Assumed, not published: "
        f"{d.n_pulses} pulses a look, false alarms {d.pfa:g}, Swerling {d.swerling}, the published "
        f"range meaning {percent(d.p_reference)}, a track {d.confirm_m} of {d.confirm_n} scans.",
        "In brackets: the bounds of the cross-section. One-look ranges are in free space; the "
        "first track stops at the horizon of a smooth Earth. Terrain: skyshade coverage, assess.",
    ]
    figures = [*radar.figures.values(), *(f for t in targets for f in t.figures.values())]
    if any(f.is_weak for f in figures):
        notes.append(LEGEND)
    return notes


def _sources(radar: Radar, targets: Sequence[Target]) -> list[dict[str, Any]]:
    """Every figure used, with its bounds, confidence and sources."""
    used = [(radar.id, f) for f in radar.figures.values()]
    used += [(t.id, f) for t in targets for f in t.figures.values()]
    return [
        {
            "of": who,
            "figure": f.key,
            "value": f.value,
            "unit": f.unit,
            "bounds": list(f.bounds) if f.bounds else None,
            "confidence": f.confidence,
            "memory_only": f.is_memory_only,
            "sources": list(f.sources),
            "why": f.why,
        }
        for who, f in used
    ]
