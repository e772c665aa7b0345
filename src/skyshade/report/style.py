"""One look for all figures, safe for colour-blind readers, and reproducible files."""

from __future__ import annotations

import base64
import functools
import io
import textwrap
import warnings
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import matplotlib.dates as mdates
from matplotlib import figure as mpl
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.font_manager import fontManager
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import LogFormatter

INK = "#1d2b36"
MUTED = "#6b7a86"
PAPER = "#f4f1ea"
SEA = "#d5e5ec"
# Okabe and Ito, Color universal design, 2008
SERIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#f0e442", "#000000")

_DATES: Any = mdates  # it has no types
NOTEBOOK_DPI = 80  # most figures are ten inches wide, which then fills a notebook's column
SMALL_PRINT, HEADING_CHARS = 17.0, 105.0  # characters per inch; of a heading, times its size

# tried in this order for letters that DejaVu Sans lacks, among them those of Indian languages
OTHER_LETTERS = (
    "Noto Sans Devanagari",
    "Lohit Devanagari",
    "Nirmala UI",
    "Mangal",
    "Kohinoor Devanagari",
    "Noto Sans CJK SC",
    "Noto Sans",
    "FreeSans",
    "Arial Unicode MS",
)
_RC: Any = {"svg.hashsalt": "skyshade", "svg.fonttype": "path", "font.family": "sans-serif"}


@functools.cache
def _fonts() -> list[str]:
    """Our font, and after it those of this machine that have letters which it lacks."""
    known = {font.name for font in fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in OTHER_LETTERS if name in known)]


class Figure(mpl.Figure):
    """A figure that a notebook shows by itself, with or without pyplot."""

    def draw(self, renderer: Any) -> None:
        """Draw with all texts as they are: a name from a file is no formula."""
        for axes in self.axes:
            for axis in (axes.xaxis, axes.yaxis):
                axis.get_ticklabels(which="both")  # makes them
        for text in self.findobj(Text):
            text.set_parse_math(False)
        for axes in self.axes:
            for axis in (axes.xaxis, axes.yaxis):
                if isinstance(axis.get_major_formatter(), LogFormatter):  # writes powers of ten
                    for label in axis.get_ticklabels(which="both"):
                        label.set_parse_math(True)
        with warnings.catch_warnings(), rc_context({"font.sans-serif": _fonts()}):
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
            engine = self.get_layout_engine()
            if self.canvas.is_saving() and isinstance(engine, ConstrainedLayoutEngine):
                engine.execute(self)  # Matplotlib draws once for this alone, and throws it away
            else:
                super().draw(renderer)

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=NOTEBOOK_DPI)
        return buffer.getvalue()


def canvas(width_inch: float, height_inch: float) -> Figure:
    """An empty figure, white whatever the reader's own defaults are."""
    figure = Figure(figsize=(width_inch, height_inch), layout="constrained")
    figure.set_facecolor("white")
    return figure


def heading(figure: Figure, text: str, size: float = 13.0) -> None:
    """A bold heading over the whole figure, flush left and wrapped to its width."""
    figure.suptitle(
        _wrapped(figure, text, HEADING_CHARS / size),
        x=0.01,
        ha="left",
        fontsize=size,
        fontweight="bold",
        color=INK,
    )


def footnote(figure: Figure, text: str) -> None:
    """Small print under the figure, wrapped to its width."""
    figure.supxlabel(_wrapped(figure, text), x=0.01, ha="left", fontsize=7, color=MUTED)


def legend_below(figure: Figure, handles: Sequence[Any], n_columns: int, note: str = "") -> None:
    """One legend under all panels, with the note over it as small print."""
    figure.legend(
        handles=list(handles),
        loc="outside lower left",
        ncols=n_columns,
        fontsize=8,
        frameon=False,
        title=_wrapped(figure, note) or None,
        title_fontsize=7,
        alignment="left",
    )


def _wrapped(figure: Figure, text: str, chars_per_inch: float = SMALL_PRINT) -> str:
    width = int(chars_per_inch * figure.get_figwidth())
    return "\n".join(textwrap.fill(line, width) for line in text.splitlines())


def quiet(ax: Axes, grid: str = "y") -> None:
    """Thin axes without a box, and grid lines along one axis only."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set(color=MUTED, lw=0.6)
    ax.tick_params(labelsize=8, color=MUTED, labelcolor=INK, length=3)
    ax.grid(axis="x" if grid == "x" else "y", color="#e3e7ea", lw=0.6)
    ax.set_axisbelow(True)


def plain(ax: Axes, title: str) -> None:
    """A titled panel without a box, with grid lines across the x axis."""
    ax.set_title(title, loc="left", fontsize=10, color=INK)
    ax.tick_params(labelsize=8, colors=MUTED, labelcolor=INK)
    ax.grid(axis="x", color=MUTED, alpha=0.2, lw=0.5)
    ax.spines[["top", "right"]].set_visible(False)


def x_of(day: date) -> float:
    """Where a date is on a time axis."""
    return float(_DATES.date2num(day))


def time_axis(ax: Axes) -> None:
    """Dates along the x axis, labelled only as far as they change."""
    locator = _DATES.AutoDateLocator(maxticks=10)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(_DATES.ConciseDateFormatter(locator))


def year_axis(ax: Axes) -> None:
    """A time axis with a tick per year."""
    ax.xaxis_date()
    ax.xaxis.set_major_locator(_DATES.YearLocator())
    ax.xaxis.set_major_formatter(_DATES.DateFormatter("%Y"))


def save_png(
    figure: Figure, path: Path, dpi: int = 160, about: Mapping[str, str] | None = None
) -> None:
    """Write a PNG without date or version, so that the same figure gives the same bytes.

    Parameters
    ----------
    about : metadata of the file, e.g. Title, Description, Copyright.
    """
    with rc_context(_RC):
        figure.savefig(path, dpi=dpi, metadata={"Software": None, **(about or {})})


def inline_image(path: Path, quality: int = 86) -> str:
    """A picture file as a data URI for a self-contained page (WebP)."""
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(path) as image:
        image.convert("RGB").save(buffer, "WEBP", quality=quality, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def svg_text(figure: Figure, about: Mapping[str, str] | None = None) -> str:
    """A figure as an SVG file's text, without date or version.

    Parameters
    ----------
    about : metadata of the file, e.g. Title, Description, Rights.
    """
    buffer = io.StringIO()
    with rc_context(_RC):
        known = {"Date": None, "Creator": None, **(about or {})}
        figure.savefig(buffer, format="svg", metadata=known)
    return buffer.getvalue()


def inline_svg(text: str) -> str:
    """SVG as a data URI: a separate image, so that two on one page share no ids."""
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode()


def picture(figure: Figure, path: Path, dpi: int = 160) -> str:
    """Save a figure as a PNG; returns it as a data URI (WebP)."""
    save_png(figure, path, dpi)
    return inline_image(path)


def chart(figure: Figure, path: Path | None = None) -> str:
    """A figure as a data URI (SVG), saved as well if there is a path."""
    text = svg_text(figure)
    if path is not None:
        path.write_text(text, "utf-8")
    return inline_svg(text)
