"""A draft as a new scenario file in the results folder, and such files as drafts again."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException

from skyshade.errors import InputError
from skyshade.files import results_folder
from skyshade.scenario.load import load_scenario, scenario_names
from skyshade.scenario.schema import Site
from skyshade.web.case import MapCase
from skyshade.web.describe import describe_site
from skyshade.web.drafts import DraftSite, real_site
from skyshade.yamlfile import dump_yaml, load_yaml

FOLDER = "scenarios"


def save_draft(
    case: MapCase, out: Path, name: str, title: str, drafts: Sequence[DraftSite]
) -> dict[str, Any]:
    """Write a draft as `scenarios/NAME.yaml`; never over a file that is there.

    Raises
    ------
    HTTPException : 409, the name is taken.
    InputError : the draft is no valid scenario; the folder cannot be written.
    """
    folder = out / FOLDER
    if name in scenario_names() or (folder / f"{name}.yaml").exists():
        free = next(
            n for k in itertools.count(2) if not (folder / f"{(n := f'{name}-{k}')}.yaml").exists()
        )
        raise HTTPException(409, f"a scenario named '{name}' is there already; '{free}' is free")
    text = dump_yaml(_document(case, name, title, drafts))
    with results_folder(folder, wait_s=10.0) as scratch:
        file = scratch / f"{name}.yaml"
        file.write_text(text, "utf-8")
        try:
            load_scenario(file)
        except InputError as error:
            raise InputError(
                error.problem,
                field=error.field,
                value=error.value,
                allowed=error.allowed,
                hint=error.hint,
            ) from None
    return {"name": name, "title": title, "file": str(folder / f"{name}.yaml"), "yaml": text}


def saved_names(out: Path) -> list[str]:
    """Names of the scenarios in the results folder."""
    folder = out / FOLDER
    return sorted(f.stem for f in folder.glob("*.yaml")) if folder.is_dir() else []


def read_saved(case: MapCase, out: Path, name: str) -> dict[str, Any]:
    """A saved scenario: its text, and its sites as a draft of the case.

    Raises
    ------
    HTTPException : 404, there is none of that name.
    InputError : it is broken, or was not made from this case.
    """
    if name not in saved_names(out):
        raise HTTPException(404, "there is no such scenario")
    file = out / FOLDER / f"{name}.yaml"
    scenario = load_scenario(file)
    return {
        "name": name,
        "title": scenario.title,
        "yaml": file.read_text("utf-8"),
        "sites": [describe_site(s) | {"like": _like(case, s)} for s in scenario.sites],
    }


def _document(case: MapCase, name: str, title: str, drafts: Sequence[DraftSite]) -> dict[str, Any]:
    """The case's file with other sites; paths in it no longer depend on its folder."""
    scenario = case.scenario
    data: dict[str, Any] = copy.deepcopy(load_yaml(case.file).data)
    data |= {
        "name": name,
        "title": title,
        "description": f"A what-if made from '{scenario.name}' on the map. {scenario.description}",
    }
    if "terrain" in data:
        data["terrain"]["dem"] = scenario.terrain.dem
    if scenario.programme is not None:
        data["programme"] = scenario.programme
    written = {s["id"]: s for s in data["sites"]}
    data["sites"] = [_site(case, written[d.like], d) for d in drafts if d.like in written]
    raid = data.get("raid")
    if scenario.raid is not None and raid is not None:
        for group, read in zip(raid["groups"], scenario.raid.groups, strict=True):
            if read.tracks is not None:
                group["tracks"] = read.tracks
        if own := raid.get("sites"):
            raid["sites"] = {d.id: copy.deepcopy(own[d.like]) for d in drafts if d.like in own}
    return data


def _site(case: MapCase, like: dict[str, Any], draft: DraftSite) -> dict[str, Any]:
    site = real_site(case.scenario, draft)
    data = copy.deepcopy(like) | {"id": draft.id, "name": site.name}
    moved = site.position != next(s for s in case.scenario.sites if s.id == draft.like).position
    if moved:
        data |= {
            "position": {"lon": site.position.lon, "lat": site.position.lat},
            "illustrative": True,
            "position_rounding": f"{site.position_rounding_deg:g} deg",
            "position_note": site.position_note,
        }
        data.pop("ground_msl", None)
    if moved or draft.id != draft.like:
        data.pop("sector", None)
    if draft.id != draft.like:
        data["illustrative"] = True
        data.pop("events", None)
    return data


def _like(case: MapCase, site: Site) -> str:
    """The site of the case that a saved one was made from, or one with the same equipment."""

    def made_of(s: Site) -> tuple[Any, ...]:
        return s.system, s.radar, s.engagement_radar, s.missiles, s.antenna, s.max_range_m

    alike = [s.id for s in case.scenario.sites if made_of(s) == made_of(site)]
    if not alike:
        raise InputError(
            "this scenario was not made from the case that is shown", field="sites", value=site.id
        )
    return site.id if site.id in alike else alike[0]
