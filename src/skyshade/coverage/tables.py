"""Coverage as tables."""

from __future__ import annotations

from collections.abc import Sequence

from skyshade.coverage.model import Area

HEADINGS = ("who", "altitude", "ring km²", "visible km²", "of ring", "unknown km²")


SHOWN = 0.0005  # of a ring: what is less rounds to nothing


def area_rows(areas: Sequence[Area]) -> list[tuple[str, ...]]:
    """Rows of text under `HEADINGS`."""
    return [
        (
            a.who,
            a.altitude.label,
            f"{a.ring_m2 / 1e6:,.0f}",
            f"{a.visible_m2 / 1e6:,.0f}",
            f"{100 * a.visible_frac:.1f} %",
            f"{a.unknown_m2 / 1e6:,.0f}",
        )
        for a in areas
    ]


def terrain_notes(areas: Sequence[Area]) -> list[str]:
    """One line per ring on poor or unknown terrain, saying how much of it is."""
    notes = []
    for a in {a.who: a for a in areas}.values():
        parts = [
            f"{100 * share:.1f} % is {what}"
            for share, what in (
                (a.poor_frac, "terrain known to be poor"),
                (a.unknown_frac, "behind terrain that is not known, or beyond it"),
            )
            if share >= SHOWN
        ]
        if parts:
            notes.append(f"{a.who}: of the ring {', '.join(parts)}.")
    return notes
