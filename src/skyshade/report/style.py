"""One look for all figures, safe for colour-blind readers, and reproducible files."""

from __future__ import annotations

import base64
import contextlib
import functools
import io
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import matplotlib.dates as mdates
from matplotlib import figure as mpl
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.font_manager import fontManager
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import LogFormatter

import skyshade

INK = "#1d2b36"
MUTED = "#6b7a86"
PAPER = "#f4f1ea"
SEA = "#d5e5ec"
# Okabe and Ito, Color universal design, 2008
SERIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#f0e442", "#000000")

_DATES: Any = mdates  # it has no types
NOTEBOOK_DPI = 80  # most figures are ten inches wide, which then fills a notebook's column
SMALL_PRINT, HEADING_CHARS = 17.0, 105.0  # characters per inch; of a heading, times its size
LINE, GAP_INCH = 1.25, 0.05  # height of a line, as a share of its size; space around text

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
FONT = "DejaVu Sans"  # Matplotlib brings it
IN_SVG = f"'{FONT}', Verdana, sans-serif"  # whose text stays text; Verdana is as wide
COLUMN_INCH = 88 / 25.4  # the narrowest width at which all text can be read
WIDE_INCH = 180 / 25.4  # as wide as a page of A4 can hold
_RC: Any = {
    "svg.hashsalt": "skyshade",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,  # text stays text there as well
    "font.family": "sans-serif",
}


@functools.cache
def _fonts() -> list[str]:
    """Our font, and after it those of this machine that have letters which it lacks."""
    known = {font.name for font in fontManager.ttflist}
    return [FONT, *(name for name in OTHER_LETTERS if name in known)]


@dataclass(frozen=True)
class About:
    """What a figure says of itself, in its file and on its face.

    Attributes
    ----------
    title : the finding, without a full stop.
    measure : what is shown, and its unit.
    source : what it was made from, and by whom.
    """

    title: str
    measure: str
    source: str


def credit() -> str:
    """Who made a figure."""
    return f"Figure: Skyshade {skyshade.__version__}"


class Figure(mpl.Figure):
    """A figure that a notebook shows by itself, with or without pyplot."""

    about: About | None = None  # set by `dress`

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


class Sizes(NamedTuple):
    """Sizes of text (points) that suit a figure's width; the smallest can be read in a column."""

    title: float
    text: float
    small: float

    @classmethod
    def of(cls, figure: Figure) -> Sizes:
        """Of this figure."""
        more = min(max(figure.get_figwidth() / COLUMN_INCH - 1.0, 0.0), 2.0)
        return cls(8.5 + 2.0 * more, 6.0 + 1.1 * more, 5.0 + 0.9 * more)


def dress(
    figure: Figure, about: About, handles: Sequence[Any] = (), n_columns: int | None = None
) -> Figure:
    """The figure in house style: finding and measure above it, legend and source below.

    The figure grows by what this takes, so that its panels keep their size.

    Parameters
    ----------
    handles : of the legend: only what the figure shows.
    n_columns : of the legend; by default as many as fit.
    """
    size, width = Sizes.of(figure), figure.get_figwidth()
    parts = [
        (_wrapped(figure, about.title, 112.0 / size.title), size.title, INK, "bold"),
        (_wrapped(figure, about.measure, 118.0 / size.text), size.text, MUTED, "normal"),
        (_wrapped(figure, about.source, 118.0 / size.small), size.small, MUTED, "normal"),
    ]
    title, measure, source = (LINE * p / 72.0 * (t.count("\n") + 1) for t, p, _, _ in parts)
    above, under, legend = title + measure + 3 * GAP_INCH, source + 2 * GAP_INCH, None
    inches = 0.0
    if handles:
        legend = figure.legend(
            handles=list(handles),
            loc="lower left",
            ncols=n_columns or max(1, round(2 * width / COLUMN_INCH)),
            fontsize=size.text,
            frameon=False,
            handlelength=1.4,
            columnspacing=1.0,
            labelspacing=0.3,
            borderpad=0.2,
            alignment="left",
        )
        legend.set_in_layout(False)  # the layout would put it at the very bottom
        canvas_: Any = FigureCanvasAgg(figure)
        extent = legend.get_window_extent(canvas_.get_renderer())
        inches = extent.height / figure.dpi
    height = figure.get_figheight() + above + under + inches
    figure.set_size_inches(width, height)
    tops = height - GAP_INCH, height - 1.5 * GAP_INCH - title, under - GAP_INCH
    for top, (text, points, colour, weight) in zip(tops, parts, strict=True):
        line = figure.text(
            GAP_INCH / width,
            top / height,
            text,
            fontsize=points,
            fontweight=weight,
            color=colour,
            va="top",
            linespacing=LINE / 1.1,
        )
        line.set_in_layout(False)
    if legend is not None:
        legend.set_bbox_to_anchor((0.0, under / height), figure.transFigure)
    engine: Any = figure.get_layout_engine()
    bottom = (under + inches) / height
    engine.set(rect=(0.0, bottom, 1.0, 1.0 - above / height - bottom))
    figure.about = about
    return figure


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
    about : metadata of the file, e.g. Title, Description, Copyright; by default the figure's own.
    """
    said = figure_says(figure, "Source") if about is None else about
    with rc_context(_RC):
        figure.savefig(path, dpi=dpi, metadata={"Software": None, **said})


def save_pdf(figure: Figure, path: Path) -> None:
    """Write a PDF without date or version; its text stays text, in a font that the file holds."""
    nothing = {"Creator": None, "Producer": None, "CreationDate": None}
    known = figure_says(figure, "Keywords")
    about = {{"Description": "Subject"}.get(key, key): value for key, value in known.items()}
    with rc_context(_RC):
        figure.savefig(path, format="pdf", metadata=nothing | about)


def figure_says(figure: Figure, source: str) -> dict[str, str]:
    """What a file says of the figure in it; empty unless it is dressed.

    Parameters
    ----------
    source : what the format calls it.
    """
    said = figure.about
    if said is None:
        return {}
    return {"Title": said.title, "Description": said.measure, source: said.source}


def inline_image(path: Path, quality: int = 80) -> str:
    """A picture file as a data URI for a self-contained page (WebP)."""
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(path) as image:
        image.convert("RGB").save(buffer, "WEBP", quality=quality, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def svg_text(figure: Figure, about: Mapping[str, str] | None = None) -> str:
    """A figure as an SVG file's text, without date or version. Its text stays text.

    Parameters
    ----------
    about : metadata of the file, e.g. Title, Description, Rights; by default the figure's own.
    """
    buffer = io.StringIO()
    said = figure_says(figure, "Source") if about is None else about
    with rc_context(_RC), _live_halos(figure):
        known = {"Date": None, "Creator": None, **said}
        figure.savefig(buffer, format="svg", metadata=known)
    text = re.sub(r"(; )?font-family: [^;\"]*", "", buffer.getvalue())  # said once, for all
    text = text.replace(' style=""', "")
    ids: dict[str, str] = {}  # they come from the last digits of a layout, which are left to chance
    text = re.sub(
        r"\b([phm])[0-9a-f]{10}\b", lambda m: ids.setdefault(m[0], f"{m[1]}{len(ids)}"), text
    )
    return text.replace("<svg ", f'<svg font-family="{IN_SVG}" ', 1).replace("</style>", _HALO, 1)


_HALO = "[id^=halo] text{paint-order:stroke;stroke:#fff;stroke-width:2px}</style>"


@contextlib.contextmanager
def _live_halos(figure: Figure) -> Iterator[None]:
    """Leave the halos of text to the viewer: with one, Matplotlib would draw letters as lines."""
    had = [t for t in figure.findobj(Text) if t.get_path_effects()]
    effects = [t.get_path_effects() for t in had]
    for n, text in enumerate(had):
        text.set_path_effects([])
        text.set_gid(f"halo-{n}")
    try:
        yield
    finally:
        for text, effect in zip(had, effects, strict=True):
            text.set_path_effects(effect)
            text.set_gid(None)


def inline_svg(text: str) -> str:
    """SVG as a data URI: a separate image, so that two on one page share no ids."""
    return "data:image/svg+xml," + quote(re.sub(r"\s*\n\s*", " ", text), safe=" '()*,/:;=?@!$&+")


def picture(draw: Callable[[], Figure], path: Path, dpi: int = 160) -> str:
    """Save a figure as a PNG; returns it as a data URI (WebP)."""
    save_png(draw(), path, dpi)
    return inline_image(path)


def chart(draw: Callable[[], Figure], path: Path | None = None) -> str:
    """A figure as a data URI (SVG), saved as well if there is a path."""
    text = svg_text(draw())
    if path is not None:
        path.write_text(text, "utf-8")
    return inline_svg(text)
