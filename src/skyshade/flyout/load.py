"""A missile from the catalogue, checked: nothing that cannot be flown out gets past here."""

from __future__ import annotations

from typing import Any

from skyshade.catalogue import Catalogue, Entry, Figure, load_catalogue
from skyshade.catalogue.readable import mark, readable
from skyshade.errors import InputError, unknown_name
from skyshade.flyout._scalar_air import TOP_M
from skyshade.flyout.assumptions import assumed_diameter
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
    InputError : no such missile or override; a figure that the model needs is not published; an
        empty envelope; an altitude above the atmosphere table; an impossible speed.

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
    figures: dict[str, Any] = {
        field: _published(entry, _KEYS.get(field, field))
        for field, _ in dict.fromkeys(_FIELDS.values())
        if field != "speed"
    }
    kind, figures["speed"] = _speed(entry)
    figures["diameter"] = figures["diameter"] or assumed_diameter(entry.id)
    for key, value in overrides.items():
        if key not in _FIELDS:
            raise unknown_name("figure of a missile", key, _FIELDS)
        field, unit = _FIELDS[key]
        title = key.rsplit("_", 1)[0].replace("_", " ").replace("alt ", "altitude ")
        figures[field] = None if value is None else Stated.given(title, float(value), unit)
        if field == "speed":
            kind = "average" if key == "speed_average_mps" else "max"
    for field in ("range_min", "range_max", "alt_min", "alt_max", "speed", "launch_mass"):
        if figures[field] is None:
            raise InputError(
                f"no {field.replace('_', ' ')} of {entry.id} is published; give a value",
                field=next(key for key, (of, _) in _FIELDS.items() if of == field),
            )
    missile = Missile(id=entry.id, title=entry.title, speed_kind=kind, **figures)
    _check(missile)
    return missile


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
