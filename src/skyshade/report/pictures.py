"""An export's maps as pictures: line of sight, reach, and the replicate if one is asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

from skyshade.export.content import Export
from skyshade.export.formats import WRITERS
from skyshade.manifest import Stopwatch
from skyshade.report.coverage_maps import coverage_figures
from skyshade.report.ground import borders_note
from skyshade.report.raid_charts import replay_figure
from skyshade.report.reach_maps import reach_figure
from skyshade.report.style import Figure, save_png, svg_text


def write_pictures(kind: str, export: Export, folder: Path) -> None:
    """Write the maps into `folder/figures`, with title, description and rights in each file.

    Parameters
    ----------
    kind : "png" or "svg".
    """
    home, about = folder / "figures", export.about
    home.mkdir(exist_ok=True)
    said = {"Title": about.title, "Description": about.description}
    for name, figure in _figures(export).items():
        if kind == "png":
            save_png(figure, home / f"{name}.png", about=said | {"Copyright": about.rights})
        else:
            text = svg_text(figure, said | {"Rights": about.rights})
            (home / f"{name}.svg").write_text(text, encoding="utf-8")


PICTURES: dict[str, Callable[[Export, Path], None]] = {
    kind: functools.partial(write_pictures, kind) for kind in ("png", "svg")
}


def write_formats(
    export: Export, formats: Sequence[str], folder: Path, watch: Stopwatch | None = None
) -> None:
    """Write an export in these formats, which are keys of `WRITERS` and `PICTURES`.

    Parameters
    ----------
    watch : measures each format.
    """
    for name in formats:
        with (watch or Stopwatch())(name):
            (WRITERS | PICTURES)[name](export, folder)


def _figures(export: Export) -> dict[str, Figure]:
    note, borders = export.stills.text, borders_note(export.case.coverage)
    figures = coverage_figures(export.case.coverage, note)
    figures["reach"] = reach_figure(
        export.case.coverage, export.reach, f"{note} {borders}".rstrip()
    )
    if export.moving is not None:
        replayed = f"{export.about.text} {borders}".rstrip()
        figures["replay"] = replay_figure(
            export.moving.raid, export.seed, export.moving.run, replayed
        )
    return figures
