"""From a scenario's name or path to a checked `Scenario`; every complaint names file and line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from skyshade.errors import InputError, did_you_mean, unknown_name
from skyshade.scenario.checks import place_in
from skyshade.scenario.complaints import first_complaint, path_of
from skyshade.scenario.schema import Scenario
from skyshade.yamlfile import Document, Path_, load_yaml

IN_FOLDER = "scenario.yaml"  # the scenario of a folder, as `skyshade new` writes one
_EXAMPLES = resources.files("skyshade.scenario") / "examples"


def scenario_names() -> list[str]:
    """Names of the shipped scenarios."""
    return sorted(p.name.removesuffix(".yaml") for p in _EXAMPLES.iterdir())


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Read a shipped scenario by name, or any scenario file or folder by path, and check it.

    Raises
    ------
    InputError : anything wrong, with file, line, field, value and what is allowed.
    """
    file = scenario_file(name_or_path)
    return _beside(check_scenario(load_yaml(file)), file.parent)


def _beside(scenario: Scenario, folder: Path) -> Scenario:
    """The scenario with relative paths to terrain, ledger, tracks taken from its own folder."""
    groups = [] if scenario.raid is None else scenario.raid.groups
    files: dict[Path_, str | None] = {
        ("terrain", "dem"): scenario.terrain.dem,
        ("programme",): scenario.programme,
    }
    changes: dict[str | Path_, str] = {
        path: str(folder / name) for path, name in files.items() if name and _is_relative(name)
    }
    for i, group in enumerate(groups):
        if group.tracks is not None:
            changes["raid", "groups", i, "tracks"] = str(folder / group.tracks)
    return scenario.with_(changes) if changes else scenario


def _is_relative(name: str) -> bool:
    """True for a path that is not absolute; a name has neither suffix nor slash."""
    return bool(Path(name).suffix or "/" in name) and not Path(name).is_absolute()


def scenario_file(name_or_path: str | Path) -> Path:
    """The file behind a scenario's name or path.

    Raises
    ------
    InputError : neither the name of a shipped scenario nor an existing file.
    """
    text, names = str(name_or_path), scenario_names()
    if text in names:
        with resources.as_file(_EXAMPLES / f"{text}.yaml") as path:
            return path
    path = Path(text)
    is_path = bool(path.suffix) or "/" in text
    try:
        if (path / IN_FOLDER).is_file():
            return path / IN_FOLDER
        if text and path.exists():
            return path
    except (OSError, ValueError):
        if is_path:
            return path  # the reader will say why it cannot be read
    if is_path:
        raise InputError("no such file", file=text, hint=did_you_mean(path.stem, names))
    raise unknown_name("scenario", text, names)


@contextlib.contextmanager
def locating(name_or_path: str | Path, scenario: Scenario) -> Iterator[None]:
    """Give complaints about a scenario's terrain or sites their place in its file.

    Complaints about a flag, or about another file such as the raster itself, stay as they are.
    """
    try:
        yield
    except InputError as error:
        field = error.field or ""
        if error.file is not None or field[:2] == "--" or str(name_or_path) in scenario_names():
            raise
        path: Path_ = (field,) if field in ("as_of", "programme") else ("terrain", "dem")
        only = len(scenario.sites) == 1 and bool(field)  # then the complaint does not name it
        if field.startswith(("raid", "siting")):
            path = path_of(field)
            raise error.at(
                **(place_in(load_yaml(scenario_file(name_or_path)), path) | {"field": field})
            ) from None
        for i, sensor in enumerate(scenario.sensors):
            if field.startswith(f"sensors.{sensor.id}"):
                path = ("sensors", i, *path_of(field.removeprefix(f"sensors.{sensor.id}.")))
                only = False
        for i, site in enumerate(scenario.sites):
            if only or field.split(",")[0].strip() == site.id:
                path = ("sites", i)
        place = place_in(load_yaml(scenario_file(name_or_path)), path)
        raise error.at(file=place["file"], line=place["line"], field=place["field"]) from None


def check_scenario(document: Document) -> Scenario:
    """Check parsed YAML: the schema first, then everything that refers to something else."""
    data = document.data
    if not isinstance(data, dict):
        raise InputError("a scenario file is a mapping of fields", file=document.file, line=1)
    try:
        return Scenario.model_validate(data, by_alias=True, by_name=False, context=document)
    except ValidationError as error:
        place = partial(place_in, document)
        raise first_complaint(error, Scenario, data, place) from None
