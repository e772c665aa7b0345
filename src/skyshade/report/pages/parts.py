"""What every page is put together from: figures that are saved and inlined, and templates."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from skyshade.report.style import Figure, inline_image, inline_svg, save_png, svg_text

Row = dict[str, Any]  # of a table, as its template reads it


class Figures:
    """The folder of a report's figures: each is saved there, and returned inline for a page."""

    def __init__(self, folder: Path) -> None:
        """Store the folder, which exists."""
        self.folder = folder

    def png(self, name: str, figure: Figure, dpi: int = 160) -> str:
        """Save a picture; returns it as a data URI."""
        path = self.folder / f"{name}.png"
        save_png(figure, path, dpi)
        return inline_image(path)

    def svg(self, name: str, figure: Figure | None) -> str:
        """Save a chart; returns it as a data URI, empty if there is no chart."""
        if figure is None:
            return ""
        text = svg_text(figure)
        (self.folder / f"{name}.svg").write_text(text, "utf-8")
        return inline_svg(text)


def render(template: str, **values: Any) -> Markup:
    """A template filled in; everything in `values` is escaped unless it is Markup itself.

    Parameters
    ----------
    template : name of a file in `report/templates`, without its ending.
    """
    return Markup(_environment().get_template(template).render(**values))


def _environment() -> jinja2.Environment:
    folder = resources.files("skyshade.report") / "templates"
    return jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(lambda name: (folder / f"{name}.html.j2").read_text("utf-8")),
    )
