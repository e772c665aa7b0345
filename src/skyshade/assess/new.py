"""A case to start from: scenario, catalogue, ledger and README, written out for a user to edit."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from string import Template

from skyshade.catalogue.load import catalogue_with, folders_in_use, load_catalogue
from skyshade.catalogue.model import Catalogue, Entry, Figure, Source, folded
from skyshade.engagement.defence import rounds_figure
from skyshade.errors import InputError
from skyshade.fireunit.conformance import check_system
from skyshade.fireunit.load import DUTIES, antenna_of, missile_names
from skyshade.scenario.site_files import FoundSite
from skyshade.terrain.library import embedded_at

GENERIC = Path(__file__).parent / "generic"
SYSTEMS = "my-systems"
MARGIN_DEG = 1.5  # around a case, so that its paths have terrain
APART_DEG = 0.3  # each battery from the town
TOWN = (72.5, 26.5)  # a made-up place on the edge of the Thar

# What the model reads, by kind of entry, and what it is: the comment beside each field.
_FIGURES: Mapping[str, Mapping[str, str]] = {
    "system": {
        "range_max": "the range the system is known by; decides which missile fills the launchers",
        "ballistic_range_max": "farthest intercept of a ballistic missile; leave out if unknown",
        "target_speed_max": "fastest target, m/s; leave out if unknown",
        "reaction_time": "from a confirmed track to the first launch, s",
        "launch_interval": "between two launches of one launcher, s",
    },
    "fire_unit": {
        "targets_engaged": "targets engaged at once by one fire unit, a number",
        "missiles_guided": "missiles guided at once, a number",
        "launchers": "launchers of one fire unit, a number",
    },
    "radar": {
        "frequency": "GHz; decides how much the air absorbs",
        "instrumented_range": "farther than this nothing is shown, km",
        "detection_range": "range, km, at which a target of the cross-section in `at` is detected",
        "scan_period": "time between two looks at a target",
        "targets_tracked": "tracks held at once, a number",
        "antenna_height_vehicle": "above ground, m; a scenario says how high it stands",
    },
    "missile": {
        "range_max": "farthest ground range of an intercept, km; the only figure that is required",
        "range_min": "nearest intercept, km",
        "altitude_max": "highest target above sea level, km",
        "altitude_min": "lowest target above ground, m",
        "ballistic_range_max": "farthest intercept of a ballistic missile, km",
        "target_speed_max": "fastest target, m/s",
        "speed_max": "highest speed, m/s; or speed_average",
        "speed_average": "average speed to the longest range, m/s",
        "launch_mass": "the whole missile, kg",
        "diameter": "of the body, m",
        "burn_time": "of the motor, s",
        "missiles_per_launcher": "rounds on one launcher, a number",
        "unit_cost": "USD m",
        "kill_probability": "maker's claim for one missile, 0 to 1; combat records bound it",
        "kill_probability_aerodynamic": "maker's claim against all that flies, 0 to 1",
        "kill_probability_aircraft": "maker's claim against aircraft, 0 to 1",
        "kill_probability_uav": "maker's claim against drones, 0 to 1",
        "kill_probability_cruise": "maker's claim against cruise missiles, 0 to 1",
        "kill_probability_missile": "maker's claim against missiles, 0 to 1",
        "kill_probability_ballistic": "maker's claim against ballistic missiles, 0 to 1",
    },
}
_SCALES = {"m": (1e3, "km"), "Hz": (1e9, "GHz")}


def case_files(
    name: str,
    like: str | None = None,
    at: tuple[float, float] | None = None,
    catalogue: Catalogue | None = None,
    sites: Sequence[FoundSite] = (),
    dem: str | None = None,
) -> dict[str, str]:
    """The files of a new case, path -> text: two batteries of a system, a town, a raid, a ledger.

    Parameters
    ----------
    name : of the case.
    like : the system of the catalogue to start from; by default a generic one of round figures.
    at : longitude and latitude (degrees) of the town between the batteries.
    catalogue : that `like` is of; by default the one in use.
    sites : where the batteries stand, instead of two beside the town; without `at`, the town is
        then in their middle.
    dem : the terrain, as the scenario is to name it; by default an embedded one that reaches the
        places, else a smooth Earth.

    Raises
    ------
    InputError : a name without letters; no such system, or one that cannot be modelled; no such
        place.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not slug or not slug[0].isalpha():
        raise InputError("not a name for a case", value=name, allowed="letters, digits, - and _")
    if sites and at is None:
        at = (fmean(s.lon for s in sites), fmean(s.lat for s in sites))
    lon, lat = _checked(at)
    known = catalogue or load_catalogue()
    if like is None:
        known, like = catalogue_with((*folders_in_use(), str(GENERIC))), "generic"
    try:
        system = known.entry(like, "system")
        check_system(known, system.id)
    except InputError as error:
        raise error.at(field="like") from None
    if folded(slug) in {folded(n) for e in known.entries.values() for n in (e.id, *e.aliases)}:
        slug = f"my-{slug}"  # a name of its own, which takes the place of no other
    parts = _Parts(known, system, slug)
    antenna = dict(zip(("height", "lowest", "highest"), _antenna(parts), strict=True))
    scenario = _filled(
        "scenario.yaml",
        slug=slug,
        terrain=_terrain([(lon, lat), *((s.lon, s.lat) for s in sites)], dem),
        ring=_written(system.figure("range_max").number, "m"),
        lon=f"{lon:.2f}",
        west=f"{lon - APART_DEG:.2f}",
        east=f"{lon + APART_DEG:.2f}",
        lat=f"{lat:.2f}",
        **antenna,
    )
    return {
        f"{SYSTEMS}/{slug}.yaml": parts.text(),
        f"{SYSTEMS}/sources.yaml": parts.sources(),
        "scenario.yaml": _with_sites(scenario, sites, slug, antenna) if sites else scenario,
        "ledger.yaml": _filled("ledger.yaml", slug=slug),
        "README.md": _filled("README.md", slug=slug, system=system.title),
    }


def own_terrain(dem: Path, case: Path, placed: bool) -> str:
    """A raster or folder of tiles as the scenario in a case's folder names it.

    Parameters
    ----------
    placed : whether it is said where the case is to be; it cannot be guessed from the terrain.

    Raises
    ------
    InputError : there is no such file; no place was given.
    """
    if not dem.exists():
        raise InputError("no such file or folder", field="dem", value=str(dem))
    if not placed:
        raise InputError(
            "your terrain needs a place on it",
            field="dem",
            value=str(dem),
            hint="Give --at LON,LAT, or --sites FILE.",
        )
    try:
        return Path(os.path.relpath(dem.absolute(), case.absolute())).as_posix()
    except ValueError:  # on another drive
        return dem.absolute().as_posix()


def _with_sites(
    scenario: str, sites: Sequence[FoundSite], slug: str, antenna: Mapping[str, str]
) -> str:
    """The text of a scenario with these sites in place of its two batteries."""
    head, rest = scenario.split("sites:\n", 1)
    _, tail = rest.split("places:\n", 1)
    lines = [
        f"""\
  - id: {site.id}
    name: {_quoted(site.name)}
    system: {slug}
    position: {{lon: {site.lon:.2f}, lat: {site.lat:.2f}}}   # of your file, to 0.01 degrees
    illustrative: true       # you chose the position; it claims nothing about a real unit
    position_rounding: 0.01 deg
    antenna: {{value: {antenna["height"]}, low: {antenna["lowest"]}, high: {antenna["highest"]}, """
        "why: as the catalogue has it}\n"
        for site in sites
    ]
    number = "one site" if len(sites) == 1 else f"{len(sites)} sites"
    head = head.replace("Two batteries", f"{number.capitalize()}").replace("two batteries", number)
    return head + "sites:\n" + "".join(lines) + "places:\n" + tail


def _checked(at: tuple[float, float] | None) -> tuple[float, float]:
    lon, lat = at or TOWN
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise InputError(
            "no such place on Earth",
            field="at",
            value=f"{lon:g},{lat:g}",
            allowed="longitude -180 to 180, latitude -85 to 85",
        )
    return round(lon, 2), round(lat, 2)


class _Parts:
    """The entries of a system under names of the case's own."""

    def __init__(self, known: Catalogue, system: Entry, slug: str) -> None:
        self.known, self.system, self.slug = known, system, slug
        self.radars = tuple(dict.fromkeys(known.radar_of(system.id, duty).id for duty in DUTIES))
        self.missiles = missile_names(system.id, known)

    def name(self, id_: str) -> str:
        """The name of a part in the case."""
        if id_ == self.system.id:
            return self.slug
        return f"{self.slug}-{id_.removeprefix(f'{self.system.id}-')}"

    def entries(self) -> Iterator[Entry]:
        """The system and what the model needs of it."""
        yield self.system
        yield self.known.fire_unit_of(self.system.id)
        yield from (self.known.entry(name) for name in (*self.radars, *self.missiles))

    def figures(self, entry: Entry) -> Iterator[Figure]:
        """What the model reads of an entry."""
        for key in _FIGURES[entry.kind]:
            figure = entry.figures.get(key)
            if key == "missiles_per_launcher":
                figure = rounds_figure(entry.id, self.known)
            if figure is not None and not figure.is_unknown:
                yield figure

    def text(self) -> str:
        """The file of entries."""
        lines = [
            f"# Figures of {self.slug}: edit them. Format and rules: docs/catalogue.md.",
            "# Check with: skyshade catalogue check my-systems",
            "# Every figure has a value with its unit, and optional bounds low and high: the least",
            "# and the most that is credible, which results are spread over. `sources` are ids of",
            "# sources.yaml or of the shipped catalogue; confidence is high, medium or low.",
            "# A missile needs range_max alone; the model estimates what you leave out.",
        ]
        for entry in self.entries():
            lines += ["", *self._entry(entry)]
        return "\n".join(lines) + "\n"

    def _entry(self, entry: Entry) -> Iterator[str]:
        yield f"{self.name(entry.id)}:"
        yield f"  title: {_quoted(entry.title)}"
        yield f"  kind: {entry.kind}"
        if entry is not self.system:
            yield f"  part_of: {self.slug}"
        if entry.duties:
            yield f"  duties: [{', '.join(entry.duties)}]  # it finds targets, or engages them"
        if entry.like is not None:
            yield f"  like: {entry.like}  # whose figures stand in for missing ones"
        yield "  figures:"
        for figure in self.figures(entry):
            yield f"    {figure.key}:  # {_FIGURES[entry.kind][figure.key]}"
            yield f"      value: {_written(figure.number, figure.unit)}"
            for end in ("low", "high"):
                value = getattr(figure, end)
                if value is not None:
                    yield f"      {end}: {_written(value, figure.unit)}"
            if "rcs_m2" in figure.at:
                yield f"      at: {{rcs: {figure.at['rcs_m2']:g} m2}}"
            if figure.condition:
                yield f"      condition: {_quoted(figure.condition)}"
            yield f"      sources: [{', '.join(figure.sources)}]"
            yield f"      confidence: {figure.confidence}"
            yield f"      why: {_quoted(figure.why)}"

    def sources(self) -> str:
        """The file of sources: those of the entries that the shipped catalogue does not have."""
        figures = [f for entry in self.entries() for f in self.figures(entry)]
        shipped = catalogue_with(()).sources
        named = {s for f in figures for s in f.sources}
        own = [s for id_, s in self.known.sources.items() if id_ in named and id_ not in shipped]
        own = own or [Source("mine", "my own figures", "no", "me", note="Replace it.")]
        lines = ["# Where your figures come from. `seen`: full, excerpt, secondary or no."]
        for source in own:
            lines += ["", f"{source.id}:"]
            fields = ("title", "outlet", "date", "url", "seen", "note")
            lines += [f"  {f}: {_quoted(getattr(source, f))}" for f in fields if getattr(source, f)]
        return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _written(value: float, unit: str) -> str:
    """A figure as a file may say it.

    >>> _written(250e3, "m"), _written(24.0, "m"), _written(10e9, "Hz"), _written(4.0, "1")
    ('250 km', '24 m', '10 GHz', '4')
    """
    if unit == "USD":
        return f"{value / 1e6:g} USD m"
    scale, name = _SCALES.get(unit, (1.0, unit))
    if value < scale:
        scale, name = 1.0, unit
    return f"{value / scale:g}" + ("" if name == "1" else f" {name}")


def _antenna(parts: _Parts) -> tuple[str, str, str]:
    """Height of the system's antenna and its bounds, as a file may say them."""
    height = antenna_of(parts.system.id, parts.known)
    return _written(height.value_m, "m"), _written(height.low_m, "m"), _written(height.high_m, "m")


def _filled(name: str, **words: str) -> str:
    """A template with its words filled in."""
    return Template((GENERIC / "templates" / name).read_text("utf-8")).substitute(words)


def _terrain(places: Sequence[tuple[float, float]], dem: str | None) -> str:
    """The lines on terrain: what is named, or an embedded one, else a smooth Earth."""
    name = embedded_at(places, MARGIN_DEG) if dem is None else _quoted(dem)
    if name is not None:
        return (
            f"  dem: {name}   # a raster, a folder of tiles, or a name of `terrain list`\n"
            "  outside: unknown           # or: sea"
        )
    return (
        "  # No embedded terrain reaches here: this is a smooth Earth. Get terrain with\n"
        "  # `skyshade terrain fetch` or name your own raster, and set outside to unknown.\n"
        "  dem: smooth-earth          # a raster, a folder of tiles, or a name of `terrain list`\n"
        "  outside: sea               # or: unknown"
    )
