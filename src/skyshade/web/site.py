"""The map as a folder that opens from a disk, without a server: `skyshade export CASE --site`.

A page opened from a file may not fetch anything, so what the server would have answered stands in
a script, `data.js`. What needs a server (moving units, raids) is not in it.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from skyshade.dates import PartialDate
from skyshade.errors import InputError
from skyshade.export.content import Export
from skyshade.web.app import BUNDLE
from skyshade.web.case import MapCase
from skyshade.web.describe import describe, describe_borders
from skyshade.web.drafts import DraftSite
from skyshade.web.programme import forecast_of, state_of
from skyshade.web.server import check_bundle

MAX_BYTES = 128 * 2**20  # of the script beside the page: browsers refuse much longer ones
_SCRIPT = re.compile(r"<script\b")


def write_site(
    case: MapCase,
    folder: Path,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> None:
    """Write the map of a case into a folder; `index.html` opens it.

    Raises
    ------
    InputError : the map has not been built; sites or classes that the case cannot have; more of
        them than a page without a server can hold.
    """
    check_bundle()
    shutil.copytree(BUNDLE, folder, dirs_exist_ok=True)
    page = (folder / "index.html").read_text("utf-8")
    first = _SCRIPT.search(page)
    if first is None:
        raise InputError("the built map has no script", file=BUNDLE / "index.html")
    page = page[: first.start()] + '<script src="./data.js"></script>' + page[first.start() :]
    (folder / "index.html").write_text(page, "utf-8")
    said = json.dumps(_answers(case, progress), ensure_ascii=False, allow_nan=False)
    said = said.replace("</", "<\\/")  # a closing tag in a text could end a script that holds this
    (folder / "data.js").write_text(f"window.SKYSHADE={said};\n", "utf-8")


def write_exported_site(
    name: str,
    export: Export,
    folder: Path,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> None:
    """Write the map of a scenario, opening on the date, altitudes and classes of an export.

    Parameters
    ----------
    name : name or path of the export's scenario.

    Raises
    ------
    InputError : as :func:`write_site`.
    """
    case = MapCase.load(name)
    given: dict[str, Any] = {"altitudes": list(export.case.altitudes)}
    if export.case.day is not None:
        given["as_of"] = PartialDate.on(export.case.day)
    if export.targets:
        given["targets"] = list(export.targets)
    write_site(replace(case, scenario=case.scenario.with_(given)), folder, progress)


def _answers(case: MapCase, progress: Callable[[str, int, int], None]) -> dict[str, Any]:
    """What the server would answer to all that can be asked without moving anything."""
    described = describe(case)
    sites = [
        DraftSite(id=s["id"], like=s["id"], lon=s["lon"], lat=s["lat"]) for s in described["sites"]
    ]
    targets = [t["id"] for t in described["targets"]]
    frames, reach = {"ground": _packed(case.ground)}, {}
    for done, site in enumerate(sites):
        progress("sites", done, len(sites))
        _check_size(frames, done, len(sites), len(targets))
        frames[f"views/{site.id}"] = _packed(case.view(site))
        for target in targets:
            frames[f"engageable/{site.id}/{target}"] = _packed(case.engageable(site, target))
            reach[f"{site.id}/{target}"] = case.reach(site, target)
    progress("sites", len(sites), len(sites))
    has = described["has_programme"]
    return {
        "case": described,
        "borders": describe_borders(case),
        "frames": frames,
        "reach": reach,
        "programme": state_of(case, None, None) if has else None,
        "forecast": forecast_of(case, None) if has else None,
    }


def _check_size(frames: dict[str, str], done: int, n_sites: int, n_targets: int) -> None:
    """Refuse, after each site, what would become too large if the others are like those so far."""
    ground = len(frames["ground"])
    so_far = sum(map(len, frames.values()))
    whole = ground + (so_far - ground) / max(done, 1) * n_sites
    if max(so_far, whole) > MAX_BYTES:
        raise InputError(
            "the map would be larger than a browser opens without a server",
            field="--site",
            value=f"about {whole / 2**20:.0f} MiB for {n_sites} sites and {n_targets} target "
            "classes",
            allowed=f"{MAX_BYTES // 2**20} MiB",
            hint="Export fewer target classes (--target) or a smaller scenario, or use "
            "`skyshade serve`.",
        )


def _packed(data: bytes) -> str:
    """Deflated (zlib's format), in base64."""
    return base64.b64encode(zlib.compress(data, 9)).decode("ascii")
