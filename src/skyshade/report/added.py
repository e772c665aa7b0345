"""What units add to an area of interest, for readers: sentences, a table, a figure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from skyshade.assess.added import AFTER, BEFORE, Added
from skyshade.report import text
from skyshade.report.style import MUTED, SERIES, Figure, canvas, footnote, heading, quiet
from skyshade.report.tables import SHOWN

ADDED_HEADINGS = ("target", "altitude", "before", "after", "gain", "cost of the gain")


def added_title(added: Added) -> str:
    """What was compared."""
    found = added.reach
    return f"{found.interest.name}, {_sized(added, found.total_m)}: {added.title}"


def added_rows(added: Added) -> list[tuple[str, ...]]:
    """Rows under `ADDED_HEADINGS`, in km2 of an area or km of a line; then places of the area."""
    found = added.reach
    per, unit = found.interest.per_unit, _unit(added)
    before, after = found.band(BEFORE), found.band(AFTER)
    gain = found.gain(BEFORE, AFTER)
    rows = [
        (
            target.id,
            altitude.label,
            *(_band(added, band[:, a, t]) for band in (before, after, gain)),
            _cost(added, gain[:, a, t] / per, unit),
        )
        for t, target in enumerate(found.targets)
        for a, altitude in enumerate(found.altitudes)
    ]
    for p in added.places:
        flight = added.study.approaches[p.flight]
        rows.append(
            (
                flight.target.id,
                flight.altitude.label,
                *(f"{text.whole_range(*three)} places" for three in (p.before, p.after, p.gain)),
                _cost(added, p.gain, "place"),
            )
        )
    return rows


def added_notes(added: Added) -> list[str]:
    """What the table does not say: the price behind the costs, what counts, what is unknown."""
    notes = []
    if added.price is not None and added.joined:
        notes.append(
            f"Costs are those of {text.count(len(added.joined), 'unit')} at "
            f"{text.money(added.price.value, added.price.unit)} each: the price of the contract, "
            "with all that it pays for, over its units."
        )
    if added.places:
        notes.append(
            f"Of {text.count(added.n_places, 'named place')} there: those that can be defended "
            "from at least half of all sides."
        )
    found = added.reach
    if found.unknown_m > SHOWN * found.total_m:
        notes.append(
            f"Inside the rings the terrain of {_sized(added, found.unknown_m)} of it is not known."
        )
    return notes


def added_figure(added: Added) -> Figure:
    """Before and after at each altitude, one panel per class: medians with 5 to 95 %."""
    found = added.reach
    unit = _unit(added)
    figure = canvas(1.2 + 2.6 * len(found.targets), 3.6)
    panels = figure.subplots(1, len(found.targets), squeeze=False, sharey=True)[0]
    at = np.arange(len(found.altitudes))
    for t, (ax, target) in enumerate(zip(panels, found.targets, strict=True)):
        for k, (group, colour) in enumerate(((BEFORE, MUTED), (AFTER, SERIES[0]))):
            low, middle, high = found.band(group)[:, :, t] / found.interest.per_unit
            y = at + (k - 0.5) * 0.36
            ax.barh(y, middle, height=0.34, color=colour, label=group)
            ax.errorbar(middle, y, xerr=[middle - low, high - middle], fmt="none", ecolor="black")
        ax.set_yticks(at, [a.label for a in found.altitudes])
        ax.set_xlim(left=0)
        ax.set_xlabel(unit, fontsize=8.5)
        ax.tick_params(labelsize=8.5)
        quiet(ax, target.title)
    panels[0].legend(fontsize=8, frameon=False, loc="lower right")
    heading(figure, added_title(added))
    footnote(figure, "Bars: medians; lines: 5 to 95 % over the uncertain figures.")
    return figure


def _unit(added: Added) -> str:
    return "km²" if added.reach.interest.kind == "area" else "km"


def _band(added: Added, values: Iterable[float]) -> str:
    return text.area_band(values) if _unit(added) == "km²" else text.km_band(values)


def _sized(added: Added, size_m: float) -> str:
    return text.area(size_m) if added.reach.interest.kind == "area" else text.distance(size_m)


def _cost(added: Added, gain: Iterable[float], unit: str) -> str:
    """Price per km2, km or place: "4.1 m USD per km² (3.2 or more)"."""
    costs = added.cost_per(gain)
    if costs is None or added.price is None:
        return "–"
    low, middle, high = (None if cost is None else float(f"{cost:.2g}") for cost in costs)
    currency = added.price.unit
    if middle is None:
        return "nothing gained" if low is None else f"{text.money(low, currency)} or more"
    least = text.money(low or middle, "").strip()
    ends = "or more" if high is None else f"to {text.money(high, currency)}"
    return f"{text.money(middle, currency)} per {unit} ({least} {ends})"
