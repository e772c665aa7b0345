"""The tutorial notebook runs, cell by cell, and every cell shows something."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

TUTORIAL = Path(__file__).parents[2] / "examples" / "tutorial.ipynb"
LOADS = re.compile(r"(?:src|href)=[\"']https?:")


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The code cells, run in a folder of their own."""
    notebook = nbformat.read(TUTORIAL, 4)
    folder = tmp_path_factory.mktemp("tutorial")
    client = NotebookClient(
        notebook, timeout=500, kernel_name="python3", resources={"metadata": {"path": folder}}
    )
    client.execute()
    return [c for c in notebook.cells if c.cell_type == "code"]


def test_it_is_kept_without_outputs() -> None:
    notebook = nbformat.read(TUTORIAL, 4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs and cell.execution_count is None


def test_every_cell_shows_one_result_and_says_nothing_else(cells: list[Any]) -> None:
    assert len(cells) >= 12
    for cell in cells:
        (output,) = cell.outputs  # neither warnings nor prints beside it
        assert output.output_type == "execute_result", output
        (shown,) = set(output.data) - {"text/plain"}
        assert shown in ("text/html", "image/png")
        assert len(output.data[shown]) > 500
        if shown == "text/html":
            page = output.data["text/html"].split("<iframe")[0]  # maps have a test of their own
            assert "Warning" not in page
            assert not LOADS.search(page)


def test_it_tells_the_story(cells: list[Any]) -> None:
    pages = [c.outputs[0].data.get("text/html", "") for c in cells]
    assert sum("<iframe" in page for page in pages) == 2  # the maps
    growth = next(p for p in pages if "95 % interval" in p and "regiments" in p)
    leaked = [float(x) for x in re.findall(r"<td>([\d.]+)%</td>", growth)]
    assert len(leaked) == 4 and leaked[-1] < leaked[0]  # deliveries help
