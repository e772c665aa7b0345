"""From the catalogue, or a scenario's site, to a fire unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from skyshade.catalogue import load_catalogue
from skyshade.catalogue.model import Catalogue, Duty, Entry
from skyshade.coverage.compute import site_spec
from skyshade.coverage.model import SiteSpec
from skyshade.errors import InputError
from skyshade.fireunit.limits import with_system_limits
from skyshade.fireunit.missiles import flyout_family, table_spacing_m
from skyshade.fireunit.model import FireUnit, Height
from skyshade.flyout.load import load_missile
from skyshade.radar.load import load_radar
from skyshade.radar.model import Detection
from skyshade.scenario.schema import AntennaHeight, Site
from skyshade.uncertainty.unknown import Unknown

DUTIES: tuple[Duty, ...] = ("acquisition", "engagement")


def missile_names(system: str, catalogue: Catalogue) -> list[str]:
    """The missiles that the catalogue lists as part of a system."""
    return [entry.id for entry in catalogue.children(system) if entry.kind == "missile"]


def fire_unit(site: Site) -> FireUnit:
    """The fire unit that a scenario's site describes."""
    return load_fire_unit(
        site_spec(site),
        system=site.system,
        acquisition=site.radar,
        engagement=site.engagement_radar,
        missiles=site.missiles,
        height_a=_height(site.antenna),
        height_e=_height(site.engagement_antenna or site.antenna),
        rounding_deg=site.position_rounding_deg,
        catalogue=site.known,
    )


def _height(antenna: AntennaHeight) -> Height:
    return Height(antenna.value_m, antenna.low_m, antenna.high_m)


def load_fire_unit(  # noqa: PLR0913 (the options are keyword-only)
    spec: SiteSpec,
    *,
    system: str,
    acquisition: str | None = None,
    engagement: str | None = None,
    missiles: Sequence[str] | None = None,
    height_a: Height | None = None,
    height_e: Height | None = None,
    rounding_deg: float = 0.0,
    detection: Detection | None = None,
    catalogue: Catalogue | None = None,
) -> FireUnit:
    """The fire unit of a system, from the catalogue's figures.

    Parameters
    ----------
    acquisition, engagement : radars; by default those that have the duty in the system.
    missiles : by default all of the system.
    height_a, height_e : of their antennas; by default the site's.
    catalogue : by default the one in use.

    Raises
    ------
    InputError : an unknown radar or missile; a figure that is not published and not given.
    """
    height = height_a or Height(*[spec.antenna.agl_m] * 3)
    catalogue = catalogue or load_catalogue()
    entry = catalogue.entry(system)
    names = missile_names(system, catalogue) if missiles is None else list(missiles)
    spacing_m = table_spacing_m(_longest_m(system, catalogue))
    families = [flyout_family(load_missile(name, catalogue), spacing_m) for name in names]
    acquisition = acquisition or catalogue.radar_of(system, "acquisition").id
    engagement = engagement or catalogue.radar_of(system, "engagement").id
    if not families:
        raise InputError(f"the catalogue lists no missile of {system}", field=f"{spec.id}.missiles")
    families.sort(key=lambda f: (-f.missile.range_max_m, f.missile.id))
    return FireUnit(
        spec=spec,
        rounding_deg=rounding_deg,
        acquisition=load_radar(acquisition, catalogue, detection),
        engagement=load_radar(engagement, catalogue, detection),
        height_a=height,
        height_e=height_e or height,
        missiles=tuple(replace(f, missile=with_system_limits(f.missile, entry)) for f in families),
        reaction=_reaction(entry),
    )


def antenna_of(system: str, catalogue: Catalogue) -> Height:
    """Height of a system's antenna as published for one of its radars; else 10 m (5 to 20 m)."""
    for duty in DUTIES:
        figure = catalogue.radar_of(system, duty).figures.get("antenna_height_vehicle")
        if figure is not None and not figure.is_unknown and figure.bounds is not None:
            return Height(figure.number, *figure.bounds)
    return Height(10.0, 5.0, 20.0)


def _longest_m(system: str, catalogue: Catalogue) -> float:
    """The longest range of the system's missiles (m); 0 where it has none of its own."""
    entries = [catalogue.entry(name) for name in missile_names(system, catalogue)]
    figures = [entry.figures.get("range_max") for entry in entries]
    return max((f.number for f in figures if f and not f.is_unknown), default=0.0)


def _reaction(system: Entry) -> Unknown:
    figure = system.figures.get("reaction_time")
    if figure is None or figure.is_unknown:
        raise InputError(f"no reaction time is published for {system.id}", field="reaction_time")
    return Unknown.of(figure, "reaction time", system.id)
