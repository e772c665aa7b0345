"""One look for all figures, safe for colour-blind readers, and reproducible files."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib import figure as mpl
from matplotlib import rc_context

INK = "#1d2b36"
MUTED = "#6b7a86"
PAPER = "#f4f1ea"
SEA = "#d5e5ec"
# Okabe and Ito, Color universal design, 2008
SERIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#f0e442", "#000000")

NOTEBOOK_DPI = 80  # ten inches, as most figures are wide, fill a notebook's column

_RC: Any = {"svg.hashsalt": "skyshade", "svg.fonttype": "path", "font.family": "DejaVu Sans"}


class Figure(mpl.Figure):
    """A figure that a notebook shows by itself, whether or not pyplot is there."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=NOTEBOOK_DPI)
        return buffer.getvalue()


def save_png(
    figure: Figure, path: Path, dpi: int = 160, about: Mapping[str, str] | None = None
) -> None:
    """Write a PNG without date or version, so that equal figures are equal bytes.

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
    """SVG as a data URI: an image of its own, so that two on one page share no ids."""
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode()
