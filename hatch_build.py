"""Builds the map application into a package, so that a wheel needs no Node.js where it is used."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

APP, BUNDLE = "src/skyshade/web/app", "src/skyshade/web/static"


class MapHook(BuildHookInterface):
    """Runs npm for wheels and source packages; an editable install has `make serve` for that."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if version == "editable":
            return
        if (root / APP / "package.json").is_file():  # a source package has only what was built
            npm = shutil.which("npm")
            if npm is None:
                raise RuntimeError(
                    "the map is built with Node.js 20 or newer, and npm is not on the path; "
                    "'pip install -e .' does without, as long as nobody asks for the map"
                )
            for step in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
                subprocess.run([npm, *step], cwd=root / APP, check=True)
        build_data["artifacts"].append(f"{BUNDLE}/**")
