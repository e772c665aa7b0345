"""Flags that several commands share: dates, altitudes, folders, names of flags in messages."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from skyshade.scenario.schema import AsOf, Scenario
    from skyshade.terrain.model import Altitude


def folder(text: str | Path) -> Path:
    """The folder given to a flag; an empty name is refused, as it would mean the working folder."""
    if not str(text).strip():
        raise typer.BadParameter("the folder has no name; use '.' for the working folder")
    return Path(text)


Out = Annotated[Path, typer.Option(help="Folder for the results.", parser=folder, metavar="FOLDER")]


UnitsOn = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="Count the units in service on this date; 'all' counts every unit. [default: the "
        "scenario's date]",
    ),
]


def _use(folders: list[Path] | None) -> list[Path]:
    """Look names up in these folders as well, for the rest of the command."""
    from skyshade.catalogue.load import load_catalogue, use_folders
    from skyshade.errors import InputError

    use_folders(folders or [])
    try:
        if folders:
            load_catalogue()
    except InputError as error:
        raise error.at(field="--catalogue") from None
    return folders or []


UserFolders = Annotated[
    list[Path] | None,
    typer.Option(
        "--catalogue",
        help="Folder with entries of your own, which add to the shipped catalogue or replace its "
        "entries; repeatable. See docs/catalogue.md.",
        parser=folder,
        metavar="FOLDER",
        callback=_use,
    ),
]


WithoutSensors = Annotated[
    bool,
    typer.Option("--without-sensors", help="Leave the scenario's radars in the air out."),
]


def with_or_without(scenario: Scenario, without_sensors: bool) -> Scenario:
    """The scenario, without its radars in the air if that is asked for."""
    from skyshade.errors import InputError

    if without_sensors and not scenario.sensors:
        raise InputError(
            f"scenario '{scenario.name}' has no sensors to leave out", field="--without-sensors"
        )
    return scenario.with_({"sensors": []}) if without_sensors else scenario


def say_sensors(scenario: Scenario, meaning: str) -> None:
    """Print which radars in the air the answer counts on, if any."""
    from skyshade.report import text

    if scenario.sensors:
        named = ", ".join(f"{s.name} ({text.percent(s.station.share)})" for s in scenario.sensors)
        print(f"Radars in the air, with their share of the time on station: {named}. {meaning}")


def flag(field: str) -> str:
    """The flag that fills a parameter of a command."""
    return "--" + field.replace("_", "-")


# parameters of the raid functions that have a flag of the same name
RUN_FLAGS = (
    "replicates",
    "half_width",
    "seed",
    "as_of",
    "draws",
    "backend",
    "workers",
    "scheduler",
)
DRAW_REPLICATES = {"draws.replicates": "--draw-replicates"}


@contextlib.contextmanager
def naming_flags(*fields: str, others: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
    """Name the flag in errors about one of these fields, unless the field is in a file.

    Parameters
    ----------
    others : fields whose flag has another name, and that flag.
    """
    from skyshade.errors import InputError

    named = {**{field: flag(field) for field in fields}, **others}

    try:
        yield
    except InputError as error:
        if error.field not in named or error.file is not None:
            raise
        raise InputError(
            error.problem,
            field=named[error.field],
            value=error.value,
            allowed=error.allowed,
            hint=error.hint,
        ) from None


def day(text: str | None, name: str = "--as-of") -> date | None:
    """The last day of a date given to a flag."""
    from skyshade.dates import last_day

    return None if text is None else last_day(text, name)


def units_on(text: str | None) -> AsOf:
    """The day of `UnitsOn`."""
    return "all" if text == "all" else day(text)


def altitudes(texts: list[str] | None) -> tuple[Altitude, ...] | None:
    """The altitudes given to a repeatable flag, None if there are none."""
    from skyshade.errors import InputError
    from skyshade.scenario.quantities import parse_altitude

    if not texts:
        return None
    try:
        found = tuple(parse_altitude(text) for text in texts)
    except InputError as error:
        raise error.at(field="--altitude") from None
    if len({a.slug for a in found}) < len(found):
        raise InputError("an altitude is given twice", field="--altitude", value=", ".join(texts))
    return found


def pairs(text: str | None, name: str) -> dict[str, str]:
    """Names and values of "a=b,c=d"; empty for None.

    Raises
    ------
    InputError : a part without "=".
    """
    from skyshade.errors import InputError

    found = {}
    for part in (text or "").split(","):
        key, joint, value = part.partition("=")
        if part.strip() and not (joint and key.strip() and value.strip()):
            raise InputError("not name=value", field=name, value=part, allowed="a=b,c=d")
        if part.strip():
            found[key.strip()] = value.strip()
    return found
