"""From a scenario's name or path to a checked `Scenario`; every complaint names file and line."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from skyshade.errors import InputError, did_you_mean, unknown_name
from skyshade.scenario.checks import cross_check, dotted, place_in
from skyshade.scenario.schema import Scenario
from skyshade.yamlfile import Document, Path_, load_yaml

_EXAMPLES = resources.files("skyshade.scenario") / "examples"

# what the schema library calls it -> what is wrong, what is allowed; {…} is filled in by it
_COMPLAINTS = {
    "missing": ("this field is missing", ""),
    "string_type": ("must be a text", ""),
    "string_too_short": ("must not be empty", ""),
    "string_too_long": ("too long", "at most {max_length} characters"),
    "string_pattern_mismatch": (
        "not an identifier",
        "lower-case letters, digits, - and _, not starting with - or _",
    ),
    "bool_type": ("must be true or false", ""),
    "list_type": ("must be a list", ""),
    "dict_type": ("must be a mapping of fields", ""),
    "model_type": ("must be a mapping of fields", ""),
    "too_short": ("too few of these", "at least {min_length}"),
    "too_long": ("too many of these", "at most {max_length}"),
}


def scenario_names() -> list[str]:
    """Names of the shipped scenarios."""
    return sorted(p.name.removesuffix(".yaml") for p in _EXAMPLES.iterdir())


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Read a shipped scenario by name, or any scenario file by path, and check it.

    Raises
    ------
    InputError : anything wrong, with file, line, field, value and what is allowed.
    """
    file = scenario_file(name_or_path)
    return _beside(check_scenario(load_yaml(file)), file.parent)


def _beside(scenario: Scenario, folder: Path) -> Scenario:
    """The scenario with relative paths to terrain, ledger, tracks taken from its own folder."""
    changes: dict[str, Any] = {}
    if _is_relative(dem := scenario.terrain.dem):
        changes["terrain"] = scenario.terrain.model_copy(update={"dem": str(folder / dem)})
    if scenario.programme is not None and _is_relative(scenario.programme):
        changes["programme"] = str(folder / scenario.programme)
    if scenario.raid is not None and any(g.tracks for g in scenario.raid.groups):
        groups = [
            g.model_copy(update={"tracks": str(folder / g.tracks)}) if g.tracks else g
            for g in scenario.raid.groups
        ]
        changes["raid"] = scenario.raid.model_copy(update={"groups": groups})
    return scenario.model_copy(update=changes) if changes else scenario


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
        if text and path.exists():
            return path
    except (OSError, ValueError):
        if is_path:
            return path  # whoever reads it will say why it cannot be read
    if is_path:
        raise InputError("no such file", file=text, hint=did_you_mean(path.stem, names))
    raise unknown_name("scenario", text, names)


@contextlib.contextmanager
def locating(name_or_path: str | Path, scenario: Scenario) -> Iterator[None]:
    """What is wrong with a scenario's terrain or sites is said with its place in the file.

    Complaints about a flag, or about another file such as the raster itself, stay as they are.
    """
    try:
        yield
    except InputError as error:
        field = error.field or ""
        if error.file is not None or field[:2] == "--" or str(name_or_path) in scenario_names():
            raise
        path: Path_ = (field,) if field in ("as_of", "programme") else ("terrain", "dem")
        only = len(scenario.sites) == 1 and bool(field)  # then it is not named
        if field.startswith("raid"):
            path = tuple(int(p) if p.isdigit() else p for p in re.findall(r"[\w-]+", field))
            raise error.at(
                **(place_in(load_yaml(scenario_file(name_or_path)), path) | {"field": field})
            ) from None
        for i, site in enumerate(scenario.sites):
            if only or field.split(",")[0].strip() == site.id:
                path = ("sites", i)
        place = place_in(load_yaml(scenario_file(name_or_path)), path)
        raise error.at(file=place["file"], line=place["line"], field=place["field"]) from None


def check_scenario(document: Document) -> Scenario:
    """Validate parsed YAML: schema first, then everything that refers to something else."""
    if not isinstance(document.data, dict):
        raise InputError("a scenario file is a mapping of fields", file=document.file, line=1)
    try:
        scenario = Scenario.model_validate(document.data, by_alias=True, by_name=False)
    except ValidationError as error:
        raise _first_complaint(error, document) from None
    cross_check(scenario, document)
    return scenario


def _first_complaint(error: ValidationError, document: Document) -> InputError:
    """The first complaint, in file order, as one InputError.

    What is missing comes last: it may stand there under a misspelt name.
    """
    problem = min(
        error.errors(include_url=False),
        key=lambda e: (e["type"] == "missing", document.line(e["loc"]) or 0),
    )
    loc: Path_ = ()
    for part in problem["loc"]:
        # where a field may be one of several types, the schema library adds their names to its path
        a_type = isinstance(part, str) and set("[(") & set(part)
        if not a_type or (*loc, part) in document.lines:
            loc = (*loc, part)
    kind, context = problem["type"], problem.get("ctx", {})
    place = place_in(document, loc)
    said = context.get("error")
    if isinstance(said, InputError):
        if said.field is not None:
            said = said.inside(dotted(loc) or "") if loc else said
            inner = tuple(
                int(p) if p.isdigit() else p for p in re.findall(r"[\w-]+", str(said.field))
            )
            place["line"] = document.line(inner)
        return said.at(**place)
    if kind == "extra_forbidden":
        fields = _fields_at(Scenario, loc[:-1])
        hint = did_you_mean(str(loc[-1]), fields)
        return InputError("unknown field", allowed=", ".join(fields), hint=hint, **place)
    value = problem["input"] if isinstance(problem["input"], str | int | float) else None
    if kind == "literal_error":
        choices = re.findall("'([^']*)'", context["expected"])
        return InputError(
            "not one of the choices",
            value=value,
            allowed=", ".join(choices),
            hint=did_you_mean(str(value or ""), choices),
            **place,
        )
    what, allowed = _COMPLAINTS.get(kind, (problem["msg"], ""))
    quotes = kind == "string_type" and value is not None
    return InputError(
        what,
        value=value,
        allowed=allowed.format(**context) or None,
        hint="Put it in quotes." if quotes else None,
        **place,
    )


def _fields_at(model: type[BaseModel], loc: Path_) -> list[str]:
    """Names of the fields allowed at a place of the schema."""
    for part in loc:
        if isinstance(part, int) or part not in _aliases(model):
            continue
        annotation = model.model_fields[_aliases(model)[part]].annotation
        inner = next(iter(_models_in(annotation)), None)
        if inner is not None:
            model = inner
    return [str(name) for name in _aliases(model)]


def _aliases(model: type[BaseModel]) -> dict[str | int, str]:
    return {field.alias or name: name for name, field in model.model_fields.items()}


def _models_in(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)
