"""A raid beside combat records: one line of published shares, a figure, and why the two differ."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from skyshade.campaign.sentences import WHY
from skyshade.campaign.uncertainty import Uncertainty
from skyshade.catalogue import Catalogue, Entry, load_catalogue
from skyshade.engagement.results import KILLED, Tally
from skyshade.fireunit.records import ClassRecord, CombatRecords, shipped_rates, shipped_records
from skyshade.report import text
from skyshade.report.style import (
    INK,
    MUTED,
    SERIES,
    WIDE_INCH,
    About,
    Figure,
    canvas,
    credit,
    dress,
    quiet,
    save_png,
    svg_text,
)

MODEL, RECORDS = SERIES[0], SERIES[1]
APART = 0.13  # of a row: how far the two bars of a class lie from its middle
CHARS_PER_INCH = 14.5  # of a sentence under its bars
NOTE = (
    "One party's counts over a whole country, part of it undefended, mostly for other systems than "
    "the one modelled. The model plays one raid on one defence. The records bound its kill "
    "probabilities; its shares are not fitted to them."
)


@dataclass(frozen=True)
class RecordRow:
    """What the model says of one class of a raid, to stand beside the records.

    Attributes
    ----------
    target : id of the catalogue.
    low, value, high : share of the class that was shot down in the model, 0 to 1, with its band.
    p_kill : single-shot kill probability at the default figures, of the missile mostly used.
    reason : why targets of the class mostly got through in the model, as a clause: "they were never
        tracked"; "" if all were shot down.
    name : the class in words; by default as the catalogue in use has it.
    """

    target: str
    low: float
    value: float
    high: float
    p_kill: float
    reason: str = ""
    name: str = ""

    @property
    def title(self) -> str:
        """The class in words."""
        return self.name or _name(self.target)


def record_rows(tally: Tally, drawn: Uncertainty) -> list[RecordRow]:
    """The classes of a raid, to stand beside combat records."""
    raid, rows = tally.raid, []
    for kind, name in enumerate(raid.classes):
        member = f"class {name}"
        if member not in tally.members:
            continue
        low, _, high = drawn.band(member)
        gone = tally.unsettled(member)
        used = raid.plan.fire.p_kill[:, kind]
        reasons = tally.why(member)
        why = max(reasons, key=lambda key: reasons[key]) if reasons else ""
        rows.append(
            RecordRow(
                name,
                max(1.0 - high - gone, 0.0),
                tally.share(member, KILLED).value,
                max(1.0 - low - gone, 0.0),
                float(used[tally.fired.argmax()]),
                WHY[why] if why else "",
                raid.scenario.known.entry(name).title.split(" (")[0],
            )
        )
    return rows


def record_lines(
    classes: Iterable[str],
    records: CombatRecords | None = None,
    catalogue: Catalogue | None = None,
) -> list[str]:
    """The published shares for the classes of a raid, as lines to print under its result.

    Parameters
    ----------
    classes : ids of the catalogue; repeated ones count once.
    records : the shipped ones by default.
    catalogue : that the classes are of; by default the one in use.

    Examples
    --------
    >>> record_lines(["fighter"])
    ['Published rates for these classes: none for fighter aircraft.']
    """
    records = shipped_records() if records is None else records
    found, without = [], []
    catalogue = catalogue or load_catalogue()
    for target in dict.fromkeys(catalogue.entry(name).id for name in classes):
        record, stand_in = _record(target, records)
        if record is None:
            without.append(_title(catalogue.entry(target)))
            continue
        count = record.pooled
        of = (
            f" of {count.launched:,}, taken from {stand_in}"
            if stand_in
            else f" of {count.launched:,}"
        )
        found.append(f"{_title(catalogue.entry(target))} {text.percent_band(record.band)}{of}")
    if not found and not without:
        return []
    parts = "; ".join([*found, *([f"none for {', '.join(without)}"] if without else [])])
    lines = [f"Published rates for these classes: {parts}."]
    if found:
        lines.append(
            f"(Shot down of those launched, {_period(records)}, range over half-years; one party's "
            "counts over a whole country with other systems.)"
        )
    return lines


def explain(row: RecordRow, records: CombatRecords | None = None) -> str:
    """One sentence on the model beside the records, and which assumption carries a difference.

    Above the records, the sentence says what the model's share amounts to: the number n of shots
    with 1 - (1 - p)^n = share, at the kill probability that the model uses. Below them, it gives
    the reason why targets got through.
    """
    records = shipped_records() if records is None else records
    record, stand_in = _record(row.target, records)
    name = row.title
    start = f"{name[0].upper()}{name[1:]}: the model shoots down"
    if row.low <= row.value <= row.high:
        start += f" {text.percent_band((row.low, row.value, row.high))}"
    else:
        start += f" {text.percent(row.value)} at the default figures"
        start += f" ({text.percent_range(row.low, row.high)} over the draws)"
    if record is None:
        return f"{start}. No rate is published."
    low, pooled, high = record.band
    whose = f"the records of the {stand_in}" if stand_in else "the records"
    start += f", {whose} {text.percent_band(record.band)}."
    if row.value > high:
        return f"{start} The model lies above because {_above(row, pooled)}."
    if row.value < low:
        reason = row.reason or "its bounds of the kill probability are below the records"
        return f"{start} The model lies below because {reason}."
    return f"{start} The model lies inside."


def records_figure(
    rows: Sequence[RecordRow], records: CombatRecords | None = None, width_inch: float = WIDE_INCH
) -> Figure:
    """The model's share shot down beside the records', a row per class, with a sentence each."""
    records = shipped_records() if records is None else records
    figure = canvas(width_inch, 0.85 * len(rows) + 0.6)
    _bars(figure.subplots(), rows, records, width_inch)
    handles = [
        Line2D([], [], color=MODEL, marker="o", lw=5, alpha=0.6, label="model, 5 to 95 %"),
        Line2D([], [], color=RECORDS, marker="s", lw=5, alpha=0.6, label="records, half-years"),
    ]
    about = About(
        "Shot down: the model beside combat records",
        "share of the targets shot down, per cent",
        f"{NOTE} Source: {records.citation} {credit()}.",
    )
    return dress(figure, about, handles)


def draw_records(
    where: Axes | str | Path, rows: Sequence[RecordRow], records: CombatRecords | None = None
) -> None:
    """Draw the rows on axes, or as a figure of their own into a PNG or SVG file."""
    if isinstance(where, Axes):
        _bars(where, rows, shipped_records() if records is None else records)
        return
    path, figure = Path(where), records_figure(rows, records)
    if path.suffix == ".svg":
        path.write_text(svg_text(figure), "utf-8")
    else:
        save_png(figure, path)


def _bars(
    ax: Axes, rows: Sequence[RecordRow], records: CombatRecords, width_inch: float = WIDE_INCH
) -> None:
    for i, row in enumerate(rows):
        y = len(rows) - 1 - i
        record, _ = _record(row.target, records)
        _bar(ax, y + APART, (row.low, row.value, row.high), MODEL, "o")
        if record is None:
            ax.text(0.5, y - APART, "no records", fontsize=7, va="center", color=MUTED)
        else:
            _bar(ax, y - APART, record.band, RECORDS, "s")
        said = explain(row, records).partition(": ")[2].replace(" %", "\u00a0%")
        said = textwrap.fill(said[0].upper() + said[1:], int(CHARS_PER_INCH * width_inch))
        ax.text(0.5, y - 0.3, said, fontsize=6.5, va="top", color=MUTED)
    ax.set_yticks(
        range(len(rows)),
        [textwrap.fill(row.title, 26) for row in reversed(rows)],
        fontsize=8,
        color=INK,
    )
    ax.set_ylim(-0.65, len(rows) - 0.7)
    ax.set_xlim(0, 100)
    quiet(ax, grid="x")


def _bar(ax: Axes, y: float, band: tuple[float, float, float], colour: str, mark: str) -> None:
    low, value, high = (100 * v for v in band)
    ax.plot([low, high], [y, y], color=colour, lw=5, alpha=0.35, solid_capstyle="butt")
    ax.plot(value, y, mark, color=colour, ms=5, clip_on=False, zorder=3)


def _above(row: RecordRow, pooled: float) -> str:
    """What a share above the records amounts to."""
    p = row.p_kill
    also = "and the records include targets that nobody could shoot at"
    if row.value >= 1 or p >= 1:
        return f"it fires until the target is down, at {text.percent(p)} a shot, {also}"
    shots = math.log1p(-row.value) / math.log1p(-p) if p > 0 else 0.0
    if shots < 1.5:
        return (
            f"its kill probability of {text.percent(p)} a shot is more than the records' "
            f"{text.percent(pooled)} supports"
        )
    return f"{shots:.0f} shots at each target, at {text.percent(p)} a shot, make its share, {also}"


def _record(target: str, records: CombatRecords) -> tuple[ClassRecord | None, str]:
    """The records of a class or of its stand-in, and words for the latter."""
    if target in records.classes:
        return records.classes[target], ""
    stand_in = shipped_rates().stand_ins.get(target)
    if stand_in is None or stand_in.target not in records.classes:
        return None, ""
    return records.classes[stand_in.target], _name(stand_in.target)


def _period(records: CombatRecords) -> str:
    return f"{str(records.file['first'])[:7]} to {str(records.file['last'])[:7]}"


def _name(target: str) -> str:
    return _title(load_catalogue().entry(target))


def _title(entry: Entry) -> str:
    return entry.title.split(" (")[0]
