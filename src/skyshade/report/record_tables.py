"""Combat records as tables for a terminal: shares by class and half-year, and what is left out."""

from __future__ import annotations

from skyshade.fireunit.records import CombatRecords, Count
from skyshade.report import text

COUNT_HEADINGS = (
    "class",
    "begun in",
    "windows",
    "launched",
    "shot down",
    "lost",
    "share",
    "without lost",
    "correlation",
)
LEFT_OUT_HEADINGS = ("weapon", "why", "windows", "launched", "shot down")


def count_rows(records: CombatRecords) -> list[tuple[str, ...]]:
    """A row per class and half-year, and one over all periods; for `COUNT_HEADINGS`."""
    return [
        (target if i == 0 else "", period, *_cells(count))
        for target, record in records.classes.items()
        for i, (period, count) in enumerate(
            [*record.half_years.items(), ("all periods", record.pooled)]
        )
    ]


def left_out_rows(records: CombatRecords) -> list[tuple[str, ...]]:
    """A row per weapon that enters no share; for `LEFT_OUT_HEADINGS`."""
    return [
        (r.weapon, r.why, f"{r.windows:,}", f"{r.launched:,}", f"{r.destroyed:,}")
        for r in records.left_out
    ]


def records_notes(records: CombatRecords) -> list[str]:
    """What the columns mean, every trap, and whose data it is."""
    rows = f"{records.file['rows']:,} rows, {records.file['first']} to {records.file['last']}"
    fetched = f", fetched {records.retrieved}" if records.retrieved else ""
    overfull = text.count(records.overfull, "row")
    return [
        "Lost: did not reach the goal for other reasons (jammed, fell); – where that is not "
        "listed. Correlation: between the fates of two targets of one window, with its 95 % "
        "interval; – where the counts say nothing about it.",
        *(f"- {trap}" for trap in records.traps),
        f"- Left out for want of a number launched or shot down: "
        f"{text.count(records.incomplete, 'row')}. More shot down and lost together than launched: "
        f"{overfull}, counted.",
        f"Source: {records.citation} File: {rows}{fetched}.",
    ]


def _cells(count: Count) -> tuple[str, ...]:
    return (
        f"{count.windows:,}",
        f"{count.launched:,}",
        f"{count.destroyed:,}",
        text.NONE if count.lost is None else f"{count.lost:,}",
        text.percent(count.share),
        text.NONE if count.share_unlost is None else text.percent(count.share_unlost),
        text.NONE if count.rho is None else _correlation(count.rho),
    )


def _correlation(rho: tuple[float, float, float]) -> str:
    low, value, high = rho
    return f"{value:.2f} ({low:.2f} to {high:.2f})"
