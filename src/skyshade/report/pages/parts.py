"""What every page is put together from: figures that are saved and inlined, and templates."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Future
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from skyshade.assess.model import Assessment
from skyshade.files import write_csv
from skyshade.processes import Processes
from skyshade.report.plates import FIGURES, plate_of
from skyshade.report.style import Figure, chart, picture

Row = dict[str, Any]  # of a table, as its template reads it
MAP_DPI = 200


class Figures:
    """The figures of a report, drawn while its pages are put together.

    A page holds a mark for each figure, until `fill` puts the picture there.
    """

    def __init__(self, assessment: Assessment, folder: Path, pool: Processes) -> None:
        """Store the folder, which exists, and the processes that draw."""
        self.assessment, self.folder, self.pool = assessment, folder, pool
        self._drawn: dict[str, Future[str]] = {}

    def named(self, name: str) -> str:
        """Save a figure with a name and its table; returns its mark, empty if there is none."""
        plate = plate_of(name, self.assessment)
        if plate is None:
            return ""
        write_csv(self.folder / f"{name}.csv", plate.rows)
        if FIGURES[name].is_map:
            return self._mark(picture, plate.draw, self.folder / f"{name}.png", MAP_DPI)
        return self._mark(chart, plate.draw, self.folder / f"{name}.svg")

    def png(self, name: str, draw: Callable[[], Figure], dpi: int = MAP_DPI) -> str:
        """Save a picture; returns its mark."""
        return self._mark(picture, draw, self.folder / f"{name}.png", dpi)

    def inline(self, draw: Callable[[], Figure]) -> str:
        """The mark of a chart that is in the page alone, and not saved."""
        return self._mark(chart, draw, None)

    def fill(self, page: str) -> str:
        """The page with its figures as data URIs, each as soon as it is drawn."""
        return re.sub("data:,figure-[0-9]+", self._picture, page)

    def _mark(self, draw: Callable[..., str], *given: Any) -> str:
        mark = f"data:,figure-{len(self._drawn)}"
        self._drawn[mark] = self.pool.run(draw, *given)
        return mark

    def _picture(self, mark: re.Match[str]) -> str:
        drawn = self._drawn.get(mark[0])
        return mark[0] if drawn is None else drawn.result()


def render(template: str, **values: Any) -> Markup:
    """A template filled in; everything in `values` is escaped unless it is Markup itself.

    Parameters
    ----------
    template : name of a file in `report/templates`, without its ending.
    """
    page = _environment().get_template(template).render(**values)
    return Markup(page)  # the template has escaped its values  # nosec B704


def _environment() -> jinja2.Environment:
    folder = resources.files("skyshade.report") / "templates"
    return jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(lambda name: (folder / f"{name}.html.j2").read_text("utf-8")),
    )
