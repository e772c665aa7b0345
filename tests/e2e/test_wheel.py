"""What is installed from a wheel: the map as built, and nothing that it was built from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MUST_RUN = os.environ.get("SKYSHADE_MAP_TESTS") == "must-run"
pytestmark = pytest.mark.skipif(
    not MUST_RUN, reason="builds the map from the package index; set SKYSHADE_MAP_TESTS=must-run"
)


def test_a_wheel_brings_the_map(tmp_path: Path) -> None:
    built = ("static", "node_modules", ".venv", ".git", "out", "__pycache__", ".*_cache")
    source = tmp_path / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*built))
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", tmp_path, source], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    inside = {n.removeprefix("skyshade/web/") for n in names if n.startswith("skyshade/web/")}
    assert {"static/index.html", "static/skyshade.js", "static/skyshade.css"} <= inside
    assert not [n for n in names if "node_modules" in n or n.endswith((".ts", "package.json"))]

    home = tmp_path / "installed"
    subprocess.run([*pip, "install", "--no-deps", "--target", home, wheel], check=True)
    check = "import skyshade.web.server as s; s.check_bundle(); print(s.BUNDLE)"
    found = subprocess.run(
        [sys.executable, "-c", check],
        env=os.environ | {"PYTHONPATH": str(home)},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout.strip() == str(home / "skyshade" / "web" / "static")
