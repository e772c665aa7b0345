"""From a scenario's name or path to a checked `Scenario`; every complaint names file and line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from skyshade.catalogue import load_catalogue
from skyshade.errors import InputError, did_you_mean, unknown_name
from skyshade.scenario.schema import Scenario
from skyshade.yamlfile import Document, load_yaml

_EXAMPLES = resources.files("skyshade.scenario") / "examples"


def scenario_names() -> list[str]:
    """Names of the shipped scenarios."""
    return sorted(p.name.removesuffix(".yaml") for p in _EXAMPLES.iterdir())


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Read a shipped scenario by name, or any scenario file by path, and check it.

    Raises
    ------
    InputError : anything wrong, with file, line, field, value and what is allowed.
    """
    return check_scenario(load_yaml(scenario_file(name_or_path)))


def scenario_file(name_or_path: str | Path) -> Path:
    """The file behind a scenario's name or path."""
    text = str(name_or_path)
    if text in scenario_names():
        with resources.as_file(_EXAMPLES / f"{text}.yaml") as path:
            return path
    if Path(text).suffix or "/" in text or Path(text).exists():
        return Path(text)
    raise unknown_name("scenario", text, scenario_names())


def check_scenario(document: Document) -> Scenario:
    """Validate parsed YAML: schema first, then everything that refers to something else."""
    if not isinstance(document.data, dict):
        raise InputError("a scenario file is a mapping of fields", file=document.file, line=1)
    try:
        scenario = Scenario.model_validate(document.data)
    except ValidationError as error:
        raise _first_complaint(error, document) from None
    _check_ids(scenario, document)
    _check_references(scenario, document)
    _check_values(scenario, document)
    return scenario


def _first_complaint(error: ValidationError, document: Document) -> InputError:
    """The first complaint, in file order, as one InputError."""
    problems = sorted(error.errors(), key=lambda e: document.line(e["loc"]) or 0)
    problem = problems[0]
    loc = tuple(problem["loc"])
    place: dict[str, Any] = {
        "file": document.file,
        "line": document.line(loc),
        "field": _dotted(loc) or None,
    }
    cause = problem.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        return cause.at(**place)
    if problem["type"] == "extra_forbidden":
        fields = _fields_at(Scenario, loc[:-1])
        return InputError(
            "unknown field", allowed=", ".join(fields), hint=did_you_mean(str(loc[-1]), fields),
            **place,
        )  # fmt: skip
    if problem["type"] == "missing":
        return InputError("this field is missing", **place)
    value = problem["input"]
    shown = value if isinstance(value, str | int | float | bool) else None
    return InputError(problem["msg"][0].lower() + problem["msg"][1:], value=shown, **place)


def _dotted(loc: Sequence[str | int]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _fields_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
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


def _check_ids(scenario: Scenario, document: Document) -> None:
    for kind in ("sites", "places"):
        seen: dict[str, int] = {}
        for i, item in enumerate(getattr(scenario, kind)):
            if item.id in seen:
                raise InputError(
                    f"this id stands twice in {kind}", file=document.file,
                    line=document.line((kind, i, "id")), field=f"{kind}[{i}].id", value=item.id,
                    hint=f"First used on line {document.line((kind, seen[item.id], 'id'))}.",
                )  # fmt: skip
            seen[item.id] = i


def _check_references(scenario: Scenario, document: Document) -> None:
    catalogue = load_catalogue()

    def place(*path: str | int) -> dict[str, Any]:
        return {"file": document.file, "line": document.line(path), "field": _dotted(path)}

    def check_sources(sources: list[str], *path: str | int) -> None:
        for k, source in enumerate(sources):
            if source not in scenario.sources:
                raise unknown_name("source", source, scenario.sources, **place(*path, k))

    for i, site in enumerate(scenario.sites):
        for field in ("system", "radar"):
            try:
                catalogue.entry(getattr(site, field))
            except InputError as error:
                raise error.at(**place("sites", i, field)) from None
        for j, event in enumerate(site.events):
            check_sources(event.sources, "sites", i, "events", j, "sources")
            if not event.sources and not event.assumed:
                raise InputError(
                    "an event needs a source, or 'assumed: true'", **place("sites", i, "events", j)
                )
    for i, item in enumerate(scenario.places):
        check_sources(item.sources, "places", i, "sources")


def _check_values(scenario: Scenario, document: Document) -> None:
    for i, site in enumerate(scenario.sites):
        height = site.antenna
        if not height.low <= height.value <= height.high:
            raise InputError(
                "the antenna's height must lie between its bounds", file=document.file,
                line=document.line(("sites", i, "antenna")), field=f"sites[{i}].antenna",
                value=f"{height.low:g} <= {height.value:g} <= {height.high:g}",
            )  # fmt: skip
        if site.el_limits[0] >= site.el_limits[1] or max(map(abs, site.el_limits)) > 90:
            raise InputError(
                "elevation limits out of order", file=document.file,
                line=document.line(("sites", i, "el_limits")), field=f"sites[{i}].el_limits",
                value=site.el_limits, allowed="-90 <= lowest < highest <= 90 degrees",
            )  # fmt: skip
