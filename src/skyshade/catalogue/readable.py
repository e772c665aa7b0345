"""SI values as people write them, and the marks that show which figures are weak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from skyshade.catalogue.model import Catalogue, Entry, Published

LOW_MARK, MEMORY_MARK = "?", "??"
LEGEND = (
    f"{LOW_MARK} low confidence   {MEMORY_MARK} from memory only, read in no source   "
    "unknown: looked for, not found"
)

# unit -> (from this size on, divided by this, written so), largest first
_SCALES: dict[str, list[tuple[float, float, str]]] = {
    "m": [(1e3, 1e3, "km"), (0, 1, "m")],
    "s": [(120, 60, "min"), (0, 1, "s")],
    "Hz": [(1e9, 1e9, "GHz"), (1e6, 1e6, "MHz"), (0, 1, "Hz")],
    "m2": [(0, 1, "m²")],
    "USD": [(1e9, 1e9, "bn USD"), (1e6, 1e6, "m USD"), (0, 1, "USD")],
    "1": [(0, 1, "")],
}


def readable(value: float, unit: str) -> str:
    """One SI value in a handy unit.

    >>> readable(250e3, "m"), readable(0.519, "m"), readable(300, "s"), readable(3e9, "Hz")
    ('250 km', '0.519 m', '5 min', '3 GHz')
    >>> readable(1.25e9, "USD"), readable(36, "1"), readable(35000, "USD")
    ('1.25 bn USD', '36', '35,000 USD')
    """
    number, name = _scaled(value, unit)
    return f"{number} {name}".rstrip()


def readable_range(low: float, high: float, unit: str) -> str:
    """A range, the unit written once where both ends share it.

    >>> readable_range(240e3, 250e3, "m"), readable_range(50, 15e3, "m")
    ('240–250 km', '50 m – 15 km')
    """
    (first, unit_low), (second, unit_high) = _scaled(low, unit), _scaled(high, unit)
    if unit_low == unit_high:
        return f"{first}–{second} {unit_low}".rstrip()
    return f"{first} {unit_low} – {second} {unit_high}"


def readable_value(published: Published) -> str:
    """The value with its mark: text, number, range or "unknown"."""
    if isinstance(published.value, float):
        text = readable(published.value, published.unit)
    elif published.value is not None:
        text = published.value
    elif published.is_unknown or published.bounds is None:
        return "unknown"
    else:
        text = readable_range(*published.bounds, published.unit)
    return f"{text} {mark(published)}".rstrip()


def mark(published: Published) -> str:
    """The mark of a weak figure; "" for others and for an unknown, which is shown as one."""
    if published.is_unknown:
        return ""
    if published.is_memory_only:
        return MEMORY_MARK
    return LOW_MARK if published.confidence == "low" else ""


def value_and_range(published: Published) -> tuple[str, str]:
    """The value with its mark, and its range as text; "" if it has none or is one itself."""
    bounds = published.bounds
    if published.value is None or bounds is None or bounds[0] == bounds[1]:
        return readable_value(published), ""
    return readable_value(published), readable_range(*bounds, published.unit)


def circumstances(published: Published) -> str:
    """For which target and under which condition a figure holds; "" if it always does."""
    parts = [
        f"RCS {readable(v, 'm2')}" if k == "rcs_m2" else f"target at {readable(v, 'm/s')}"
        for k, v in published.at.items()
    ]
    return "; ".join([*parts, *([published.condition] if published.condition else [])])


def catalogue_dict(known: Catalogue, entries: Sequence[Entry]) -> dict[str, Any]:
    """Entries of a catalogue with their sources, as plain JSON."""
    figures = [figure for entry in entries for figure in entry.figures.values()]
    return {
        "catalogue_version": known.version,
        "entries": {entry.id: plain(entry) for entry in entries},
        "sources": {source.id: plain(source) for source in known.sources_of(figures)},
    }


def plain(thing: Any) -> Any:
    """Entries, figures and sources as plain data for JSON; values stay SI with their unit."""
    if is_dataclass(thing):
        return {field.name: plain(getattr(thing, field.name)) for field in fields(thing)}
    if isinstance(thing, Mapping):
        return {key: plain(value) for key, value in thing.items()}
    return [plain(value) for value in thing] if isinstance(thing, tuple) else thing


def _scaled(value: float, unit: str) -> tuple[str, str]:
    for size, factor, name in _SCALES.get(unit, [(0, 1, unit)]):
        if value >= size:
            number = value / factor
            return (f"{number:,.6g}" if number >= 10_000 else f"{number:.6g}"), name
    raise ValueError(f"a catalogue value is not negative: {value}")
