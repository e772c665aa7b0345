"""Radars and targets from the catalogue's figures, or from figures that the user gives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from skyshade.catalogue import load_catalogue
from skyshade.catalogue.model import Catalogue, Figure
from skyshade.errors import InputError
from skyshade.radar.model import Detection, Radar, Target


def load_radar(
    name: str,
    catalogue: Catalogue | None = None,
    detection: Detection | None = None,
    **known: Any,
) -> Radar:
    """The radar of that name, from the figures of the catalogue.

    A radar that has only an instrumented range (96L6E) cannot be scaled to a cross-section. It is
    refused unless a detection range and its cross-section are given.

    Parameters
    ----------
    known : fields of :class:`Radar` to use instead, e.g. ``reference_range_m=250e3``.

    Raises
    ------
    InputError : no such radar; no range with a cross-section is published and none is given.
    """
    entry = (catalogue or load_catalogue()).entry(name, "radar")
    figures: dict[str, Figure] = {}

    def number(field: str, key: str) -> float | None:
        figure = entry.figures.get(key)
        if field in known or figure is None or figure.is_unknown:
            return None
        figures[field] = figure
        return figure.number

    reference = number("reference_range_m", "detection_range")
    rcs = entry.figures["detection_range"].at.get("rcs_m2") if reference is not None else None
    fields: dict[str, Any] = {
        "reference_range_m": reference,
        "reference_rcs_m2": rcs,
        "freq_hz": number("freq_hz", "frequency"),
        "instrumented_range_m": number("instrumented_range_m", "instrumented_range"),
        "scan_period_s": number("scan_period_s", "scan_period"),
    } | known
    for field, what in (
        ("reference_range_m", "detection range"),
        ("reference_rcs_m2", "cross-section for its detection range"),
        ("freq_hz", "frequency"),
    ):
        if fields[field] is None:
            raise InputError(
                f"no {what} is published for {entry.id}",
                field=field,
                hint="Give one (--reference-range, --reference-rcs, --frequency).",
            )
    return Radar(
        entry.id, entry.title, detection=detection or Detection(), figures=figures, **fields
    )


def load_target(name: str, catalogue: Catalogue | None = None, **known: Any) -> Target:
    """The target class of that name.

    Raises
    ------
    InputError : no such class; its cross-section or speed is not published and not given.
    """
    catalogue = catalogue or load_catalogue()
    entry = catalogue.entry(name, "target_class")
    parent = catalogue.entry(entry.part_of) if entry.part_of else None
    figures: dict[str, Figure] = {}
    fields: dict[str, Any] = {}
    for field, key in (
        ("rcs_m2", "rcs"),
        ("speed_mps", "speed"),
        ("alt_m", "altitude"),
        ("alt_agl_m", "altitude_agl"),
    ):
        figure = entry.figures.get(key) or (parent.figures.get(key) if parent else None)
        if field in known:
            fields[field] = known[field]
        elif figure is not None and not figure.is_unknown:
            figures[field], fields[field] = figure, figure.number
    for field, what in (("rcs_m2", "radar cross-section"), ("speed_mps", "speed")):
        if field not in fields:
            raise InputError(f"no {what} is published for {entry.id}", field=field)
    ballistic = "apogee" in entry.figures  # what flies on an arc is published with its apogee
    return Target(entry.id, entry.title, is_ballistic=ballistic, figures=figures, **fields)


def target_classes(
    names: Iterable[str] | None = None, catalogue: Catalogue | None = None
) -> tuple[Target, ...]:
    """The target classes of these names; by default every class of the catalogue."""
    catalogue = catalogue or load_catalogue()
    names = names or [entry.id for entry in catalogue.of_kind("target_class")]
    return tuple(load_target(name, catalogue) for name in names)
