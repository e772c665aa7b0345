"""From the catalogue, or a scenario's site, to a fire unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from skyshade.catalogue import load_catalogue
from skyshade.catalogue.model import Entry
from skyshade.coverage.compute import site_spec
from skyshade.coverage.model import SiteSpec
from skyshade.errors import InputError
from skyshade.fireunit.limits import with_system_limits
from skyshade.fireunit.missiles import flyout_family
from skyshade.fireunit.model import FireUnit, Height
from skyshade.radar.load import load_radar
from skyshade.radar.model import Detection
from skyshade.scenario.schema import AntennaHeight, Site
from skyshade.uncertainty.unknown import Unknown


def missile_names(system: str) -> list[str]:
    """The missiles that the catalogue lists as part of a system."""
    return [entry.id for entry in load_catalogue().children(system) if entry.kind == "missile"]


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
    )


def _height(antenna: AntennaHeight) -> Height:
    return Height(antenna.value_m, antenna.low_m, antenna.high_m)


def load_fire_unit(  # noqa: PLR0913 (the options are keyword-only)
    spec: SiteSpec,
    *,
    system: str = "s-400",
    acquisition: str = "91N6E",
    engagement: str = "92N6E",
    missiles: Sequence[str] | None = None,
    height_a: Height | None = None,
    height_e: Height | None = None,
    rounding_deg: float = 0.0,
    detection: Detection | None = None,
) -> FireUnit:
    """The fire unit of a system, from the catalogue's figures.

    Raises
    ------
    InputError : an unknown radar or missile; a figure that is not published and not given.
    """
    height = height_a or Height(*[spec.antenna.agl_m] * 3)
    names = missile_names(system) if missiles is None else list(missiles)
    entry = load_catalogue().entry(system)
    families = [flyout_family(name) for name in names]
    if not families:
        raise InputError(f"the catalogue lists no missile of {system}", field=f"{spec.id}.missiles")
    families.sort(key=lambda f: (-f.missile.range_max_m, f.missile.id))
    return FireUnit(
        spec=spec,
        rounding_deg=rounding_deg,
        acquisition=load_radar(acquisition, detection=detection),
        engagement=load_radar(engagement, detection=detection),
        height_a=height,
        height_e=height_e or height,
        missiles=tuple(replace(f, missile=with_system_limits(f.missile, entry)) for f in families),
        reaction=_reaction(entry),
    )


def _reaction(system: Entry) -> Unknown:
    figure = system.figures.get("reaction_time")
    if figure is None or figure.is_unknown:
        raise InputError(f"no reaction time is published for {system.id}", field="reaction_time")
    return Unknown.of(figure, "reaction time", system.id)
