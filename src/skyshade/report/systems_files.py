"""The files of systems side by side: numbers, and a figure for each target class."""

from __future__ import annotations

from pathlib import Path

from skyshade.files import write_json
from skyshade.reach.systems import SystemsBeside
from skyshade.report.borders import NOTE
from skyshade.report.reach_maps import systems_figure
from skyshade.report.style import save_png


def write_systems_results(beside: SystemsBeside, folder: Path) -> list[str]:
    """Write systems side by side into a folder; return the files' names."""
    write_json(folder / "systems.json", beside.as_dict())
    files = ["systems.json"]
    for c, class_ in enumerate(beside.sites[0].targets):
        files.append(f"systems_{class_.id}.png")
        save_png(systems_figure(beside, NOTE, c), folder / files[-1])
    return files
