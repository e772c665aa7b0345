"""Coverage as tables."""

from __future__ import annotations

from html import escape

from skyshade.coverage.model import Coverage

HEADINGS = ("who", "altitude", "ring km²", "visible km²", "of ring", "unknown km²")


def area_rows(coverage: Coverage, max_range_m: float | None = None) -> list[tuple[str, ...]]:
    """Rows of text under `HEADINGS`."""
    return [
        (
            a.who, a.altitude.label, f"{a.ring_m2 / 1e6:,.0f}", f"{a.visible_m2 / 1e6:,.0f}",
            f"{100 * a.visible_frac:.1f} %", f"{a.unknown_m2 / 1e6:,.0f}",
        )
        for a in coverage.areas(max_range_m=max_range_m)
    ]  # fmt: skip


def area_table_html(coverage: Coverage) -> str:
    """The area table for a notebook."""
    head = "".join(f"<th>{escape(h)}</th>" for h in HEADINGS)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>"
        for row in area_rows(coverage)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
