"""The public names: loaded on first use, typed, and callable where a package is a verb."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import skyshade as sky

STUB = Path(str(sky.__file__)).with_suffix(".pyi")


def stubbed() -> dict[str, tuple[str, str]]:
    """Public name -> the module and the name that the stub takes it from."""
    found = {}
    for line in STUB.read_text().splitlines():
        words = line.split()
        if words[:1] == ["from"]:
            found[words[5]] = words[1], words[3]
        elif words[1:2] == ["="]:
            found[words[0]] = found[words[2]]
    return found


@pytest.mark.parametrize("name", [n for n in sky.__all__ if n != "__version__"])
def test_the_stub_says_where_a_name_lives(name: str) -> None:
    """What a type checker is told is what a program gets."""
    found, (home, function) = getattr(sky, name), stubbed()[name]
    assert callable(found)
    if name in ("assess", "reach"):
        assert found._verb == (home, function)
    else:
        assert found is getattr(import_module(home), function)


def test_the_stub_names_nothing_else() -> None:
    assert set(stubbed()) == set(sky.__all__) - {"__version__"}


def test_a_package_is_its_verb_before_and_after_it_is_imported() -> None:
    """Python sets `skyshade.reach` to the package once anything in it is imported."""
    code = (
        "import skyshade as sky; first = sky.reach; import skyshade.reach.places; "
        "assert sky.reach is first and callable(first); "
        "found = sky.reach(sky.load_scenario('flat-earth-check'), draws=0, n_azimuths=8); "
        "print(type(found).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "ScenarioReach\n"


def test_importing_loads_nothing() -> None:
    code = "import sys, skyshade; print('numpy' in sys.modules, len(sys.modules) > 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False True\n"


def test_a_wrong_type_fails_the_checker(tmp_path: Path) -> None:
    """Each call that is wrong is named, the right one is not."""
    calls = {
        "sky.run_raid(3)": "arg-type",
        "sky.run_raid(sky.load_scenario('x'), replicates='many')": "arg-type",
        "sky.reach(sky.load_scenario('x'), n_azimuths=1.5)": "arg-type",
        "sky.load_missile(48)": "arg-type",
        "sky.cover_scenarios": "attr-defined",
        "sky.load_scenario('x').ring_m": "",
    }
    file = tmp_path / "use.py"
    file.write_text("\n".join(["import skyshade as sky", *calls]))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--ignore-missing-imports", str(file)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    said = {
        int(line): code
        for line, code in re.findall(r"use\.py:(\d+): error: .*\[([a-z-]+)\]", done.stdout)
    }
    assert said == {line: code for line, code in enumerate(calls.values(), 2) if code}, done.stdout
