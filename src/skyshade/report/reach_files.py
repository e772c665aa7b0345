"""The files of a study of reach: data for other tools, and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skyshade.assess.added import Added
from skyshade.export.reach import (
    write_crossings,
    write_engageable_outlines,
    write_places,
    write_reach_data,
)
from skyshade.files import write_json
from skyshade.reach.study import ReachStudy
from skyshade.report.added import added_figure
from skyshade.report.borders import NOTE
from skyshade.report.place_charts import place_roses_figure
from skyshade.report.reach_maps import crossing_figure, reach_figure
from skyshade.report.style import save_png


def write_reach_study(
    study: ReachStudy,
    folder: Path,
    lines: Sequence[NDArray[np.float64]] = (),
    added: Sequence[Added] = (),
) -> list[str]:
    """Write a study of reach into a folder; return the main files' names.

    Parameters
    ----------
    lines : (n, 2) lon, lat each, along which gaps are sought.
    added : what units add to areas of interest.

    Raises
    ------
    InputError : a line that leaves the terrain.
    """
    approaches, title = study.approaches, study.case.scenario.title
    write_reach_data(study.found, study.force, folder, lines)
    write_engageable_outlines(study.force, approaches, folder / "engageable.geojson")
    write_crossings(study.crossings, folder / "crossing.json")
    seen = study.views.acquisition.default
    save_png(reach_figure(seen, study.found, f"{title}. {NOTE}"), folder / "reach.png")
    for c in study.crossings:
        save_png(crossing_figure(c), folder / f"crossing_{c.unit_id}.png")
    if study.places.places:
        write_places(study.places, folder, "places")
        for f, approach in enumerate(approaches):
            save_png(place_roses_figure(study.places, f), folder / f"places_{approach.slug}.png")
    for i, one in enumerate(added, 1):
        save_png(added_figure(one), folder / f"interest_{i}.png")
    if added:
        write_json(folder / "interest.json", {"interests": [one.as_dict() for one in added]})
    files = ["reach.json", "reach.png", "reach.geojson", "engageable.geojson", "crossing.json"]
    files += ["places.json", "places.csv"] if study.places.places else []
    return files + (["gaps.geojson"] if lines else []) + (["interest.json"] if added else [])
