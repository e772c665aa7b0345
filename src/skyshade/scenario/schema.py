"""The schema of scenario files: their keys as fields; quantities are SI, the unit in the name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StringConstraints,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    model_validator,
)

from skyshade.catalogue.load import asked_folders, load_catalogue, using
from skyshade.errors import InputError
from skyshade.scenario.checks import cross_check
from skyshade.scenario.names import (
    AcquisitionRadar,
    EngagementRadar,
    MissileName,
    SystemName,
    TargetName,
)
from skyshade.scenario.part import Part, changed, read_changes, rechecked
from skyshade.scenario.quantities import (
    AltitudeField,
    AzimuthSector,
    Date,
    DateText,
    ElevationLimits,
    Frozen,
    FrozenDict,
    Identifier,
    Latitude,
    Longitude,
    number,
    quantity,
)
from skyshade.scenario.raid import Raid
from skyshade.scenario.sensors import Sensors
from skyshade.scenario.siting import Siting
from skyshade.shown import Plotted, count, listed
from skyshade.terrain.model import Antenna
from skyshade.yamlfile import Path_

Text = Annotated[
    str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True, strict=True)
]
Name = Annotated[  # of what is drawn on maps
    str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True, strict=True)
]
Title = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True, strict=True)
]
Range = Annotated[float, quantity("length", 100, 1.5e6)]
Height = Annotated[float, quantity("length", 0.1, 1000)]  # of an antenna above ground
DEFAULT_TARGETS = (
    "large-support-aircraft",
    "fighter",
    "subsonic-cruise-missile",
    "one-way-attack-uav",
)


def _one_or_more(value: Any) -> Any:
    """A folder or a list of folders, as a tuple."""
    given = [value] if isinstance(value, str) else value
    if isinstance(given, list | tuple) and all(isinstance(g, str) and g.strip() for g in given):
        return tuple(given)
    raise InputError("must be a folder, or a list of folders", value=value)


UserFolders = Annotated[tuple[str, ...], BeforeValidator(_one_or_more), Field(max_length=16)]
Confidence = Literal["high", "medium", "low"]
P = TypeVar("P", bound=str | Path_)


def _web_address(text: str) -> str:
    """Accept addresses on the web only, since pages show them as links."""
    if not text.lower().startswith(("http://", "https://")):
        raise InputError("not a web address", value=text, allowed="http:// or https://")
    return text


class Publication(Part):
    """A publication that a statement of the scenario rests on."""

    title: Title
    outlet: Title
    date: DateText | None = None
    url: Annotated[str, AfterValidator(_web_address)] | None = None
    licence: str | None = None
    note: str | None = None


AsOf = date | Literal["all"] | None  # a day, all units whatever the day, or the scenario's own day


class Position(Part):
    """A place on the ellipsoid WGS-84 (degrees)."""

    lon: Longitude
    lat: Latitude


class Terrain(Part):
    """The elevation model, and what to assume where it has no data."""

    dem: Text = "globe30-south-asia"
    outside: Literal["unknown", "sea"] = "unknown"
    nodata: Literal["unknown", "sea", "refuse"] = "unknown"


class Atmosphere(Part):
    """Refraction: the Earth's radius is multiplied by `k_factor`."""

    k_factor: Annotated[float, number(0.2, 100)] = 4 / 3


class Event(Part):
    """An event in the life of a unit, reported, or `assumed` by this scenario."""

    kind: Literal["announced", "delivered", "deployed", "operational"]
    date: Date
    sources: tuple[str, ...] = ()
    confidence: Confidence
    assumed: StrictBool = False
    note: str = ""


class AntennaHeight(Part):
    """Height of the antenna above ground: the value used and the bounds it may have."""

    value_m: Height
    low_m: Height
    high_m: Height
    why: Text

    @model_validator(mode="after")
    def _in_order(self) -> AntennaHeight:
        if not self.low_m <= self.value_m <= self.high_m:
            raise InputError(
                "the antenna's height must lie between its bounds",
                value=f"{self.low_m:g} <= {self.value_m:g} <= {self.high_m:g} m",
            )
        return self


class Site(Part):
    """One unit: a regiment at sector level, or a single fire unit."""

    id: Identifier
    name: Name
    system: SystemName
    radar: AcquisitionRadar = Field(None, validate_default=True)
    engagement_radar: EngagementRadar = Field(None, validate_default=True)
    missiles: Annotated[tuple[MissileName, ...], Field(min_length=1, max_length=20)] | None = None
    sector: str = ""
    position: Position
    illustrative: StrictBool
    position_rounding_deg: Annotated[float, quantity("angle", 0, 5)] = 0.0
    position_note: str = ""
    antenna: AntennaHeight
    engagement_antenna: AntennaHeight | None = None
    ground_msl_m: Annotated[float, quantity("length", -500, 9000)] | None = None
    max_range_m: Range | None = None
    az_sector_deg: AzimuthSector | None = None
    el_limits_deg: ElevationLimits = (-90.0, 90.0)
    events: tuple[Event, ...] = ()

    def event(self, kind: str) -> Event | None:
        """The unit's event of that kind, or None."""
        return next((e for e in self.events if e.kind == kind), None)

    def operational_on(self, day: date) -> bool:
        """True from the last day of the dates on which it is reported to have become operational.

        Units without events (what-if scenarios) are always operational.
        """
        event = self.event("operational")
        return not self.events or (event is not None and event.date.last <= day)

    def readiness(self, day: date) -> str:
        """What the reports allow to say of it on a day, in the words of a programme's state."""
        if not self.events:
            return "always in service"
        operational, delivered = self.event("operational"), self.event("delivered")
        if operational is not None and operational.date.last <= day:
            return "assumed operational" if operational.assumed else "reported operational"
        if delivered is not None and delivered.date.last <= day:
            return "assumed delivered" if delivered.assumed else "reported delivered"
        return "not reported delivered"

    def make_antenna(
        self, agl_m: float | None = None, shift: tuple[float, float] = (0.0, 0.0)
    ) -> Antenna:
        """The site's antenna, at another height or moved within its rounding.

        Parameters
        ----------
        agl_m : antenna above ground (m); by default the site's.
        shift : east and north, in units of half the rounding.
        """
        half = self.position_rounding_deg / 2
        return Antenna(
            lon=self.position.lon + shift[0] * half,
            lat=self.position.lat + shift[1] * half,
            agl_m=self.antenna.value_m if agl_m is None else agl_m,
            ground_msl_m=self.ground_msl_m,
            az_sector_deg=self.az_sector_deg,
            el_limits_deg=self.el_limits_deg,
        )


class Place(Part):
    """A defended place."""

    id: Identifier
    name: Name
    kind: Literal["city", "airport", "other"]
    position: Position
    sources: Annotated[tuple[str, ...], Field(min_length=1)]


class Scenario(Plotted, Part):
    """One scenario file, checked."""

    schema_: Literal["skyshade/scenario/1"] = Field(alias="schema")
    name: Identifier
    title: Title
    description: str = ""
    leaves_out: str = ""  # what stands there and is not in this case
    as_of: Date | None = None
    programme: Text | None = None  # a ledger's name or path
    terrain: Terrain = Terrain()
    atmosphere: Atmosphere = Atmosphere()
    altitudes: Annotated[tuple[AltitudeField, ...], Field(min_length=1, max_length=12)]
    targets: Annotated[tuple[TargetName, ...], Field(min_length=1, max_length=12)] = DEFAULT_TARGETS
    catalogue: UserFolders = ()  # of the user's; entries of the last one count most
    ring_m: Range | None = None
    ring_figure: Text | None = None  # of the catalogue: entry.figure
    ring_note: str = ""
    sites: Annotated[tuple[Site, ...], Field(min_length=1, max_length=200)]
    sensors: Sensors = ()
    places: Annotated[tuple[Place, ...], Field(max_length=2000)] = ()
    raid: Raid | None = None
    siting: Siting | None = None
    sources: Annotated[Frozen[str, Publication], Field(max_length=2000)] = FrozenDict()

    def on(self, as_of: AsOf) -> date | Literal["all"]:
        """The day asked about: by default the scenario's own; "all" if there is none.

        Examples
        --------
        >>> from skyshade.scenario import load_scenario
        >>> load_scenario("india-s400").on(None).isoformat(), load_scenario("raid-60x4").on(None)
        ('2026-11-21', 'all')
        """
        if as_of is None:
            return "all" if self.as_of is None else self.as_of.last
        if as_of != "all" and not isinstance(as_of, date):
            raise InputError(
                "a date is wanted",
                field="as_of",
                value=as_of,
                allowed="datetime.date(2023, 7, 1), or 'all'",
            )
        return as_of

    def service_in_words(self, as_of: AsOf = None) -> str:
        """Which units count on a day, for a reader; empty where no unit has a date.

        Examples
        --------
        >>> from skyshade.scenario import load_scenario
        >>> load_scenario("india-s400").service_in_words()
        'In service on 2026-11-21: 4 of 5 units; regiment-5 is not.'
        """
        day = self.on(as_of)
        if not any(site.events for site in self.sites):
            return ""
        if day == "all":
            return f"All {count(len(self.sites), 'unit')} count, whether in service or not."
        out = [site.id for site in self.sites if not site.operational_on(day)]
        n, text = len(self.sites), f"In service on {day.isoformat()}: "
        if not out:
            return f"{text}all {count(n, 'unit')}."
        verb = "is" if len(out) == 1 else "are"
        return f"{text}{n - len(out)} of {count(n, 'unit')}; {listed(out)} {verb} not."

    def with_(self, overrides: Mapping[P, Any] | None = None, /, **more: Any) -> Scenario:
        """The scenario with other values at some paths, checked as if its file had said so.

        A path is written with the keys of the file ("raid.rules.doctrine"; "ring_m" is taken for
        "ring"). A member of a list is named by its id or its index: "sites.regiment-1.antenna",
        "raid.groups[0].count". A mapping that is not there yet is made. A tuple of names is a path
        as well, for keys with a dot in them. A relative path to a file starts at the working
        directory, not at the scenario's file.

        Parameters
        ----------
        overrides, more : path -> value, as a file may say it ("12 km") or in SI (12000.0). They are
            made in this order and checked together.

        Raises
        ------
        InputError : a path that leads nowhere; anything that a scenario file may not say.

        Examples
        --------
        >>> from skyshade.scenario import load_scenario
        >>> scenario = load_scenario("raid-60x4").with_(
        ...     ring="380 km", **{"raid.rules.salvo": 1, "sites.north.antenna.value": "30 m"}
        ... )
        >>> scenario.ring_m, scenario.raid.rules.salvo, scenario.sites[0].antenna.value_m
        (380000.0, 1, 30.0)
        """
        return changed(self, read_changes({**(overrides or {}), **more}))

    @model_validator(mode="wrap")
    @classmethod
    def _of_its_catalogue(
        cls, data: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Scenario:
        """Check the parts with the catalogue that the scenario names."""
        if not isinstance(data, dict):
            return cast(Scenario, check(data))
        beside = Path() if info.context is None else Path(info.context.file).parent
        try:
            given = _one_or_more(data.get("catalogue", ()))
            named = [str((beside / Path(name).expanduser()).absolute()) for name in given]
            folders = tuple(dict.fromkeys((*named, *asked_folders())))
            with using(folders):
                load_catalogue()  # a folder that cannot be used is refused here, not at a name
                if not folders:
                    return cast(Scenario, check(rechecked(data)))
                return cast(Scenario, check({**rechecked(data), "catalogue": folders}))
        except InputError as error:
            raise error.at(field="catalogue") from None

    @model_validator(mode="after")
    def _cross_checked(self, info: ValidationInfo) -> Scenario:
        cross_check(self, info.context)
        return self

    @property
    def _in_short(self) -> str:
        raid = "" if self.raid is None else f", a raid of {count(len(self.raid.groups), 'group')}"
        sites, places = count(len(self.sites), "site"), count(len(self.places), "place")
        return f"{self.name}, {sites}, {places}{raid}"
