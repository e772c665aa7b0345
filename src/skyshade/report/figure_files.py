"""One figure of an assessment as files: the figure, for press or a page, and its table."""

from __future__ import annotations

import re
from pathlib import Path

from skyshade.assess.model import Assessment
from skyshade.errors import InputError, did_you_mean
from skyshade.files import write_csv
from skyshade.report.plates import FIGURES, plate_of
from skyshade.report.style import save_pdf, save_png, svg_text

FORMATS = ("svg", "pdf", "png")
DPI = (50, 1200)
WIDTH_MM = (60.0, 420.0)  # from less than a column to the long side of A3
_PER_INCH = {"mm": 25.4, "cm": 2.54, "in": 1.0}


def check_request(name: str, format_: str, dpi: int) -> None:
    """Raise InputError unless there is a figure of this name, in this format and resolution."""
    if name not in FIGURES:
        raise InputError(
            "no such figure",
            field="name",
            value=name,
            allowed=", ".join(FIGURES),
            hint=did_you_mean(name, FIGURES),
        )
    if format_ not in FORMATS:
        raise InputError(
            "no such format",
            field="format",
            value=format_,
            allowed=", ".join(FORMATS),
            hint=did_you_mean(format_, FORMATS),
        )
    if not DPI[0] <= dpi <= DPI[1]:
        raise InputError(
            "resolution out of range",
            field="dpi",
            value=dpi,
            allowed=f"{DPI[0]} to {DPI[1]} dots per inch",
        )


def width_inch(text: str) -> float:
    """The width of a figure, as it is written, in inches.

    >>> width_inch("254 mm"), width_inch("25.4cm"), width_inch("8in")
    (10.0, 10.0, 8.0)
    """
    found = re.fullmatch(r"\s*(\d{1,4}(?:\.\d{1,6})?)\s*(mm|cm|in)\s*", text, re.ASCII)
    inches = float(found[1]) / _PER_INCH[found[2]] if found else 0.0
    low, high = WIDTH_MM
    if not low <= inches * 25.4 <= high:
        raise InputError(
            "not a width of a figure",
            field="width",
            value=text,
            allowed=f"{low:g} mm to {high:g} mm, e.g. '88 mm' (a column), '18 cm' or '7 in'",
        )
    return inches


def write_plate(
    name: str,
    assessment: Assessment,
    folder: Path,
    format_: str = "svg",
    dpi: int = 300,
    width: float | None = None,
) -> list[str]:
    """Write a figure and its table; return the names of the files.

    Parameters
    ----------
    dpi : of a PNG.
    width : inches; by default the width that the report gives it.

    Raises
    ------
    InputError : the assessment has nothing that the figure could show.
    """
    plate = plate_of(name, assessment)
    if plate is None:
        raise InputError(
            f"{assessment.scenario.name} has nothing that this figure could show on "
            f"{assessment.as_of}",
            field="name",
            value=name,
            allowed=", ".join(n for n in FIGURES if plate_of(n, assessment) is not None),
        )
    figure = plate.draw() if width is None else plate.draw(width_inch=width)
    path = folder / f"{name}.{format_}"
    if format_ == "svg":
        path.write_text(svg_text(figure), "utf-8")
    elif format_ == "pdf":
        save_pdf(figure, path)
    else:
        save_png(figure, path, dpi)
    write_csv(folder / f"{name}.csv", plate.rows)
    return [path.name, f"{name}.csv"]
