"""A missile from the catalogue, checked: nothing that cannot be flown out gets past here."""

from __future__ import annotations

from typing import Any

from skyshade.catalogue import Catalogue, Entry, Figure, load_catalogue
from skyshade.catalogue.readable import mark, readable
from skyshade.errors import InputError, unknown_name
from skyshade.flyout import assumptions
from skyshade.flyout._scalar_air import TOP_M
from skyshade.flyout.assumptions import assumed
from skyshade.flyout.model import Missile, Stated

# override -> field of Missile and its unit; a speed comes as highest or as average
_FIELDS: dict[str, tuple[str, str]] = {
    "range_min_m": ("range_min", "m"),
    "range_max_m": ("range_max", "m"),
    "alt_min_m": ("alt_min", "m"),
    "alt_max_m": ("alt_max", "m"),
    "speed_max_mps": ("speed", "m/s"),
    "speed_average_mps": ("speed", "m/s"),
    "launch_mass_kg": ("launch_mass", "kg"),
    "diameter_m": ("diameter", "m"),
    "target_speed_max_mps": ("target_speed_max", "m/s"),
    "ballistic_range_max_m": ("ballistic_range_max", "m"),
}
_KEYS = {"alt_min": "altitude_min", "alt_max": "altitude_max"}  # field -> key in the catalogue

# what is taken from a sister missile where it is not published
_ESTIMATED = ("range_min", "alt_min", "alt_max", "speed", "launch_mass", "diameter", "burn_time")

SPEED_MPS = (300.0, 5000.0)  # what a speed figure may be; outside it is a slip of the unit


def load_missile(
    name: str, catalogue: Catalogue | None = None, **overrides: float | None
) -> Missile:
    """The missile of that name with its published figures.

    Parameters
    ----------
    name : entry of the catalogue, of kind missile.
    catalogue : another than the shipped one.
    overrides : figures to set by hand, SI, e.g. ``range_max_m=150e3``; the speed as either
        ``speed_max_mps`` or ``speed_average_mps``; None takes an optional figure away.

    Raises
    ------
    InputError : no such missile or override; no range is published; an empty envelope; an
        altitude above the atmosphere table; an impossible speed.

    Examples
    --------
    >>> missile = load_missile("48N6E2")
    >>> missile.range_max_m, missile.speed_kind, missile.speed_mps
    (200000.0, 'max', 1900.0)
    """
    catalogue = load_catalogue() if catalogue is None else catalogue
    missiles = {entry.id for entry in catalogue.of_kind("missile")}
    entry = catalogue.entry(name)
    if entry.id not in missiles:
        raise InputError(
            f"{entry.id} is a {entry.kind.replace('_', ' ')}, not a missile",
            field="missile",
            allowed=", ".join(sorted(missiles)),
        )
    kind, figures = _figures(entry, catalogue)
    for key, value in overrides.items():
        if key not in _FIELDS:
            raise unknown_name("figure of a missile", key, _FIELDS)
        field, unit = _FIELDS[key]
        title = key.rsplit("_", 1)[0].replace("_", " ").replace("alt ", "altitude ")
        figures[field] = None if value is None else Stated.given(title, float(value), unit)
        if field == "speed":
            kind = "average" if key == "speed_average_mps" else "max"
    for field in ("range_max", "range_min", "alt_min", "alt_max", "speed", "launch_mass"):
        if figures[field] is None:
            raise InputError(
                f"no {field.replace('_', ' ')} of {entry.id} is published; give a value",
                field=next(key for key, (of, _) in _FIELDS.items() if of == field),
            )
    missile = Missile(id=entry.id, title=entry.title, speed_kind=kind, **figures)
    _check(missile)
    return missile


def _figures(entry: Entry, catalogue: Catalogue) -> tuple[Any, dict[str, Any]]:
    """What is published of a missile, and estimates of what the model needs and nobody gives."""
    figures: dict[str, Any] = {
        field: _published(entry, _KEYS.get(field, field))
        for field, _ in dict.fromkeys(_FIELDS.values())
        if field != "speed"
    }
    kind, figures["speed"] = _speed(entry)
    figures["burn_time"] = _published(entry, "burn_time")
    lacking = [f for f in _ESTIMATED if figures[f] is None]
    for sister in _sisters(entry, catalogue):
        for field in [f for f in lacking if figures[f] is None]:
            its_kind, known = (
                _speed(sister)
                if field == "speed"
                else (kind, _published(sister, _KEYS.get(field, field)))
            )
            if known is not None:
                kind = its_kind
                figures[field] = assumed(
                    known.title, known.value, known.unit, f"that of {sister.id}"
                )
    longest = figures["range_max"]
    if longest is not None:
        figures["range_min"] = figures["range_min"] or assumptions.range_min(longest.value)
        figures["alt_min"] = figures["alt_min"] or assumptions.alt_min()
        figures["alt_max"] = figures["alt_max"] or assumptions.alt_max(longest.value)
        if figures["speed"] is None:
            kind, figures["speed"] = "max", assumptions.speed_max(longest.value)
        figures["launch_mass"] = figures["launch_mass"] or assumptions.launch_mass(longest.value)
        figures["diameter"] = figures["diameter"] or assumptions.diameter(
            figures["launch_mass"].value
        )
    return kind, figures


def _sisters(entry: Entry, catalogue: Catalogue) -> list[Entry]:
    """The missile that an entry says it is like, and on from there, each once."""
    found: dict[str, Entry] = {}
    while entry.like is not None:
        entry = catalogue.entry(entry.like, "missile")
        if entry.id in found:
            break
        found[entry.id] = entry
    return list(found.values())


def _published(entry: Entry, key: str) -> Stated | None:
    figure = entry.figures.get(key)
    return None if figure is None or figure.value is None else stated(figure)


def stated(figure: Figure) -> Stated:
    """A figure of the catalogue as a missile carries it."""
    low, high = figure.bounds or (figure.number, figure.number)
    return Stated(
        title=figure.title,
        value=figure.number,
        low=low,
        high=high,
        unit=figure.unit,
        confidence=figure.confidence,
        sources=figure.sources,
        mark=mark(figure),
        condition=figure.condition,
    )


def _speed(entry: Entry) -> tuple[Any, Stated | None]:
    """The highest speed where it is published, else the average."""
    top = _published(entry, "speed_max")
    return ("max", top) if top is not None else ("average", _published(entry, "speed_average"))


def _check(missile: Missile) -> None:
    def complain(problem: str, field: str, value: float, unit: str, allowed: str) -> None:
        raise InputError(
            problem, field=f"{missile.id}.{field}", value=readable(value, unit), allowed=allowed
        )

    for figure, field in (
        (missile.range_max, "range_max_m"),
        (missile.alt_max, "alt_max_m"),
        (missile.launch_mass, "launch_mass_kg"),
        (missile.diameter, "diameter_m"),
    ):
        if figure.low <= 0:
            raise InputError(
                "must be above zero", field=f"{missile.id}.{field}", value=figure.value
            )
    for low, high, what in (("range_min", "range_max", "range"), ("alt_min", "alt_max", "alt")):
        smallest, largest = getattr(missile, low), getattr(missile, high)
        if smallest.value < 0:
            raise InputError(
                "must not be negative", field=f"{missile.id}.{low}_m", value=smallest.value
            )
        if smallest.value >= largest.value:
            complain(
                f"the envelope is empty: lowest and highest {what.replace('alt', 'altitude')} "
                "leave nothing between them",
                f"{low}_m",
                smallest.value,
                "m",
                f"below {readable(largest.value, 'm')}",
            )
    if missile.alt_max.high > TOP_M:
        complain(
            "altitude above the atmosphere table",
            "alt_max_m",
            missile.alt_max.high,
            "m",
            f"up to {readable(TOP_M, 'm')}",
        )
    check_speed(missile)


def check_speed(missile: Missile) -> None:
    """Complain about a speed figure that is a slip of the unit."""
    low, high = SPEED_MPS
    for value in (missile.speed.low, missile.speed.high):
        if not low <= value <= high:
            raise InputError(
                "no speed of an interceptor",
                field=f"{missile.id}.speed_{missile.speed_kind}_mps",
                value=f"{value:g} m/s",
                allowed=f"{low:g} to {high:g} m/s",
            )
