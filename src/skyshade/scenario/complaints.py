"""What the schema library finds wrong with a scenario, as one `InputError`."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from skyshade.errors import InputError, did_you_mean
from skyshade.yamlfile import Path_

Place = Callable[[Path_], dict[str, Any]]  # path into the data -> file, line and field

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
    "tuple_type": ("must be a list", ""),
    "mapping_type": ("must be a mapping of fields", ""),
    "dict_type": ("must be a mapping of fields", ""),
    "model_type": ("must be a mapping of fields", ""),  # of those that it may have
    "too_short": ("too few of these", "at least {min_length}"),
    "too_long": ("too many of these", "at most {max_length}"),
}


def dotted(path: Path_) -> str | None:
    """A path into a scenario as people write it.

    >>> dotted(("sites", 0, "events", 1, "date"))
    'sites[0].events[1].date'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or None


def path_of(text: str) -> Path_:
    """The path that the field of an `InputError` stands for.

    >>> path_of("sites[0].events[1].date")
    ('sites', 0, 'events', 1, 'date')
    """
    return tuple(int(i) if i else name for i, name in re.findall(r"\[(\d+)\]|([^.\[\]]+)", text))


def first_complaint(
    error: ValidationError, model: type[BaseModel], data: Any, place: Place
) -> InputError:
    """The first complaint in the order of the data, as one InputError.

    A complaint about something that the data does not have comes last: it may be there under a
    misspelt name.

    Parameters
    ----------
    model, data : the schema, and what was checked against it.
    """
    problems = [(_path(p["loc"], data), p) for p in error.errors(include_url=False)]
    inside = {path[:k] for path, _ in problems for k in range(len(path))}
    # the schema library does not count members that it refuses, so a list may seem too short
    real = [(path, p) for path, p in problems if p["type"] != "too_short" or path not in inside]
    path, problem = min(
        real, key=lambda found: (not _has(data, found[0]), place(found[0]).get("line") or 0)
    )
    said = problem.get("ctx", {}).get("error")
    if not isinstance(said, InputError):
        return _complaint(problem, path, model).at(**place(path))
    return InputError(
        said.problem,
        file=said.file,
        line=said.line,
        value=said.value,
        allowed=said.allowed,
        hint=said.hint,
    ).at(**place((*path, *path_of(said.field or ""))))


def _complaint(problem: ErrorDetails, path: Path_, model: type[BaseModel]) -> InputError:
    """One complaint of the schema library in our words, without its place."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        fields = _fields_at(model, path[:-1])
        return InputError(
            "unknown field",
            allowed=", ".join(fields),
            hint=did_you_mean(str(path[-1]), fields),
        )
    value = problem["input"] if isinstance(problem["input"], str | int | float) else None
    if kind == "literal_error":
        choices = re.findall("'([^']*)'", context["expected"])
        return InputError(
            "not one of the choices",
            value=value,
            allowed=", ".join(choices),
            hint=did_you_mean(str(value or ""), choices),
        )
    what, allowed = _COMPLAINTS.get(kind, (problem["msg"], ""))
    if kind == "model_type":
        allowed = ", ".join(_fields_at(model, path))
    quotes = kind == "string_type" and value is not None
    return InputError(
        what,
        value=value,
        allowed=allowed.format(**context) or None,
        hint="Put it in quotes." if quotes else None,
    )


def _path(loc: tuple[str | int, ...], data: Any) -> Path_:
    """The schema library's path without the types that it adds where a field may be of several."""
    path: Path_ = ()
    for part in loc:
        if _has(data, (*path, part)) or not (isinstance(part, str) and set("[(") & set(part)):
            path = (*path, part)
    return path


def _has(data: Any, path: Path_) -> bool:
    """True if the data has a value at the path."""
    for part in path:
        inside = (
            part in data
            if isinstance(data, dict)
            else isinstance(data, list | tuple) and isinstance(part, int) and part < len(data)
        )
        if not inside:
            return False
        data = data[part]
    return True


def _fields_at(model: type[BaseModel], path: Path_) -> list[str]:
    """Names of the fields allowed at a place of the schema."""
    for part in path:
        if part not in names_of(model):
            continue
        annotation = model.model_fields[names_of(model)[str(part)]].annotation
        model = next(_models_in(annotation), model)
    return list(names_of(model))


@functools.cache
def names_of(model: type[BaseModel]) -> dict[str, str]:
    """Key in files of each field -> the field's name in code."""
    return {field.alias or name: name for name, field in model.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a field's type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)
