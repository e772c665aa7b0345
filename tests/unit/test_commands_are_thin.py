"""Commands parse, call the library and render: the steps of the work are not theirs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import skyshade.cli

FILES = sorted(Path(str(skyshade.cli.__file__)).parent.glob("*.py"))
# functions and classes of which each does one step of a job that a library function does whole
STEPS = {
    "compile_raid",
    "prepare_raid",
    "draw_unknowns",
    "Runner",
    "Tally",
    "run_blocks",
    "check_tiles",
    "check_sites",
    "write_coverage_maps",
    "write_probability",
    "vertical_coverage_figure",
    "WRITERS",
    "PICTURES",
    "catalogue_with",
    "folders_in_use",
    "check_entries",
    "save_png",
    "save_svg",
    "write_csv",
}
# what the commands of the programme still do themselves
STILL = {
    "timeline_figure",
    "forecast_figure",
    "folder / 'programme.json'",
    "folder / 'forecast.json'",
}


def imported(tree: ast.Module) -> set[str]:
    """Names that a module imports from others."""
    return {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }


def written(tree: ast.Module) -> list[str]:
    """The paths that a module's calls of `write_json` name, as they stand in it."""
    return [
        ast.unparse(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("write_json")
    ]


def faults(source: str) -> set[str]:
    """What a command does that the library should do: steps, figures, files of results."""
    tree = ast.parse(source)
    names = imported(tree)
    figures = {name for name in names if name.endswith("_figure")}
    files = {path for path in written(tree) if path != "folder / 'manifest.json'"}
    return (names & STEPS) | figures | files


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_command_leaves_the_steps_to_the_library(file: Path) -> None:
    """The library makes and writes results; a command adds the manifest of its run."""
    known = STILL if "programme" in file.stem else set()
    assert not faults(file.read_text("utf-8")) - known


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("from skyshade.report.style import save_png", "save_png"),
        ("from skyshade.report.track_charts import track_figure", "track_figure"),
        ("def f():\n    from skyshade.catalogue.load import catalogue_with", "catalogue_with"),
        ("write_json(folder / 'systems.json', x)", "folder / 'systems.json'"),
        ("files.write_json(folder / 'a.json', x)", "folder / 'a.json'"),
        ("write_json(folder / 'manifest.json', x)", None),
    ],
)
def test_the_check_sees_work_in_a_command(source: str, fault: str | None) -> None:
    assert faults(source) == ({fault} if fault else set())
