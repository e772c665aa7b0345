"""Field types for names of the catalogue: each must be there, and of the right kind."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    AfterValidator,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from skyshade.catalogue import load_catalogue
from skyshade.catalogue.model import Duty, Kind


def _name_of(kind: Kind, *words: str) -> AfterValidator:
    """The name of a catalogue entry of that kind, or one of the words."""

    def read(name: str) -> str:
        if name not in words:
            load_catalogue().entry(name, kind)
        return name

    return AfterValidator(read)


def _can_shoot(system: str) -> str:
    """A system, of which the catalogue says what a fire unit can do."""
    load_catalogue().fire_unit_of(system)
    return system


def _own_radar(duty: Duty) -> WrapValidator:
    """A radar; if none is named, the one that has the duty in the catalogue's system."""

    def read(name: object, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> str:
        if name is not None:
            return str(check(name))
        system = info.data.get("system")  # missing if it was refused itself
        return "" if system is None else load_catalogue().radar_of(system, duty).id

    return WrapValidator(read)


SystemName = Annotated[str, _name_of("system"), AfterValidator(_can_shoot)]
MissileName = Annotated[str, _name_of("missile")]
MissileOrAll = Annotated[str, _name_of("missile", "all")]
TargetName = Annotated[str, _name_of("target_class")]
RadarName = Annotated[str, _name_of("radar")]
AcquisitionRadar = Annotated[RadarName, _own_radar("acquisition")]
EngagementRadar = Annotated[RadarName, _own_radar("engagement")]
