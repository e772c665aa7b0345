"""The list of defects still fits the sources."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]
_spec = importlib.util.spec_from_file_location("mutants", TESTS / "mutants" / "__main__.py")
assert _spec is not None and _spec.loader is not None
mutants: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(mutants)


@pytest.mark.parametrize("defect", list(mutants.defects()), ids=lambda d: d.what)
def test_each_defect_can_be_put_in(defect: Any) -> None:
    source = (mutants.SOURCES / defect.file).read_text()
    assert source.count(defect.line) == 1
    assert defect.instead != defect.line
    compile(source.replace(defect.line, defect.instead), defect.file, "exec")
    for test in (*defect.tests, *defect.plain):
        file, _, name = test.partition("::")
        assert f"def {name}" in (mutants.ROOT / file).read_text()
