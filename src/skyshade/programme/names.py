"""Finding names as people write them: the nearest ones, and the list of all when none fits."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from skyshade.errors import InputError


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """All names, the most similar first.

    >>> nearest("regiment2", ["contract", "regiment-1", "regiment-2"])[0]
    'regiment-2'
    """
    text = name.casefold()[:100]

    def likeness(other: str) -> float:
        folded = other.casefold()
        return difflib.SequenceMatcher(None, text, folded).ratio() + (text in folded)

    return sorted(known, key=lambda other: (-likeness(other), other))


def unknown_subject(name: str, titles: Mapping[str, str]) -> InputError:
    """The error for a subject that is not among these; lists every one, the nearest first."""
    by_title = {f"{id_} {title}": id_ for id_, title in titles.items()}
    ids = [by_title[text] for text in nearest(name, by_title)]
    by_id = nearest(name, titles)
    order = list(dict.fromkeys([*by_id[:3], *ids]))
    return InputError(
        f"unknown subject {name[:80]!r}",
        allowed=", ".join(order) or None,
        hint=f"Did you mean '{order[0]}'?" if order else None,
    )
