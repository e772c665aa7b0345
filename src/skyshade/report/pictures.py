"""An export's maps as pictures: line of sight, reach, and the replicate if one is asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from skyshade.export.case import Case
from skyshade.report.coverage_maps import coverage_figures
from skyshade.report.ground import borders_note
from skyshade.report.raid_charts import replay_figure
from skyshade.report.reach_maps import reach_figure
from skyshade.report.style import Figure, save_png, svg_text


def write_pictures(kind: str, case: Case, folder: Path) -> None:
    """Write the maps into `folder/figures`, with title, description and rights in each file.

    Parameters
    ----------
    kind : "png" or "svg".
    """
    home, about = folder / "figures", case.about
    home.mkdir(exist_ok=True)
    said = {"Title": about.title, "Description": about.description}
    for name, figure in _figures(case).items():
        if kind == "png":
            save_png(figure, home / f"{name}.png", about=said | {"Copyright": about.rights})
        else:
            text = svg_text(figure, said | {"Rights": about.rights})
            (home / f"{name}.svg").write_text(text, encoding="utf-8")


PICTURES: dict[str, Callable[[Case, Path], None]] = {
    kind: functools.partial(write_pictures, kind) for kind in ("png", "svg")
}


def _figures(case: Case) -> dict[str, Figure]:
    note, borders = case.stills.text, borders_note(case.coverage)
    figures = coverage_figures(case.coverage, note)
    figures["reach"] = reach_figure(case.coverage, case.reach, f"{note} {borders}".rstrip())
    if case.moving is not None:
        replayed = f"{case.about.text} {borders}".rstrip()
        figures["replay"] = replay_figure(case.moving.raid, case.seed, case.moving.run, replayed)
    return figures
