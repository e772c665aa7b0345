"""What a figure with a name is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from skyshade.assess.model import Assessment
from skyshade.report.style import Figure

Row = dict[str, Any]
Part = Literal["reach", "raids", "programme"]


@dataclass(frozen=True)
class Plate:
    """A figure that can be drawn, and its numbers.

    Attributes
    ----------
    draw : makes the figure; takes `width_inch`. It can be sent to another process.
    rows : of its table.
    """

    draw: Callable[..., Figure]
    rows: Sequence[Row]


class Named(NamedTuple):
    """A figure that has a name.

    Attributes
    ----------
    says : what it shows, in a sentence.
    needs : the part of an assessment that it is made from; "" if every assessment has that.
    is_map : a map, which the report has as a picture.
    make : the figure of an assessment; None if that has nothing to show.
    """

    says: str
    needs: Part | Literal[""]
    is_map: bool
    make: Callable[[Assessment], Plate | None]
