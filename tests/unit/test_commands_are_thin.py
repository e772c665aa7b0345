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
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_command_leaves_the_steps_to_the_library(file: Path) -> None:
    names = {
        name.name
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    assert not names & STEPS
