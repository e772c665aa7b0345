"""Checks across a scenario: ids are unique, names exist, events are in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from skyshade.errors import InputError, unknown_name
from skyshade.scenario.complaints import dotted
from skyshade.scenario.siting import check_siting
from skyshade.yamlfile import Document, Path_

if TYPE_CHECKING:
    from skyshade.scenario.raid import Raid
    from skyshade.scenario.schema import Scenario, Site

Place = Callable[..., dict[str, Any]]  # path into the file -> file, line and field

FORCE = "force"  # the name of all sites together in results


def cross_check(scenario: Scenario, document: Document | None) -> None:
    """Check everything in a scenario that refers to something elsewhere in it.

    Parameters
    ----------
    document : the file that the scenario was read from, if it was.

    Raises
    ------
    InputError : with the field of what is wrong, and its file and line.
    """

    def place(*path: str | int) -> dict[str, Any]:
        return place_in(document, path)

    _check_altitudes(scenario, place)
    _check_ids(scenario, place)
    _check_ring(scenario, place)
    for i, site in enumerate(scenario.sites):
        _check_events(site, place, "sites", i, "events")
        for j, event in enumerate(site.events):
            _check_sources(event.sources, scenario, place, "sites", i, "events", j, "sources")
    for i, item in enumerate(scenario.places):
        _check_sources(item.sources, scenario, place, "places", i, "sources")
    if scenario.raid is not None:
        _check_raid(scenario, scenario.raid, place)
    if scenario.siting is not None:
        sites, places = [s.id for s in scenario.sites], [p.id for p in scenario.places]
        check_siting(scenario.siting, sites, places, place)


def place_in(document: Document | None, path: Path_) -> dict[str, Any]:
    """The place of a field as an `InputError` wants it; without file where there is none."""
    if document is None:
        return {"field": dotted(path)}
    return {"file": document.file, "line": document.line(path), "field": dotted(path)}


def _check_altitudes(scenario: Scenario, place: Place) -> None:
    seen: set[str] = set()
    for i, altitude in enumerate(scenario.altitudes):
        if altitude.slug in seen:  # files are named by it
            raise InputError(
                "this altitude is listed twice", value=altitude.label, **place("altitudes", i)
            )
        seen.add(altitude.slug)


def _check_ids(scenario: Scenario, place: Place) -> None:
    for kind in ("sites", "sensors", "places"):
        seen: dict[str, int] = {}
        for i, item in enumerate(getattr(scenario, kind)):
            if item.id in seen:
                raise InputError(
                    f"this id is used twice in {kind}",
                    value=item.id,
                    hint=_first(place(kind, seen[item.id], "id")),
                    **place(kind, i, "id"),
                )
            seen[item.id] = i
    for i, site in enumerate(scenario.sites):
        if site.id == FORCE:
            raise InputError(
                "this id is taken: it stands for all sites together",
                value=site.id,
                **place("sites", i, "id"),
            )
    sites = {site.id: i for i, site in enumerate(scenario.sites)}
    for i, sensor in enumerate(scenario.sensors):
        if sensor.id == FORCE or sensor.id in sites:
            raise InputError(
                "this id is taken: it stands for all sites together"
                if sensor.id == FORCE
                else "this is the id of a site",
                value=sensor.id,
                **place("sensors", i, "id"),
            )


def _check_ring(scenario: Scenario, place: Place) -> None:
    """Check that the ring is within the bounds of the figure that it is said to be."""
    if scenario.ring_figure is None:
        return
    try:
        figure = scenario.known.figure(scenario.ring_figure)
    except InputError as error:
        raise error.at(**place("ring_figure")) from None
    if scenario.ring_m is None:
        raise InputError("a figure of the ring needs a ring", **place("ring_figure"))
    if figure.unit != "m" or figure.bounds is None:
        raise InputError(
            "this figure is not a length", value=scenario.ring_figure, **place("ring_figure")
        )
    low, high = figure.bounds
    if not low <= scenario.ring_m <= high:
        raise InputError(
            f"the ring is out of the bounds of {scenario.ring_figure}",
            value=f"{scenario.ring_m / 1e3:g} km",
            allowed=f"{low / 1e3:g} to {high / 1e3:g} km",
            **place("ring"),
        )


def _check_raid(scenario: Scenario, raid: Raid, place: Place) -> None:
    """Check that the sites and places that a raid names exist, and that its ids are unique."""
    sites, places = [s.id for s in scenario.sites], [p.id for p in scenario.places]
    seen: set[str] = set()
    for i, group in enumerate(raid.groups):
        if group.id in seen:
            raise InputError(
                "this id is used twice in groups",
                value=group.id,
                **place("raid", "groups", i, "id"),
            )
        seen.add(group.id)
        if group.aim is not None:
            for kind, name, names in (
                ("place", group.aim.place, places),
                ("site", group.aim.site, sites),
            ):
                if name is not None and name not in names:
                    raise unknown_name(kind, name, names, **place("raid", "groups", i, "aim", kind))
    for name, own in raid.sites.items():
        if name not in sites:
            raise unknown_name("site", name, sites, **place("raid", "sites", name))
        if own.protects is not None:
            kind, names = ("place", places) if own.protects.site is None else ("site", sites)
            of = getattr(own.protects, kind)
            if of not in names:
                where = place("raid", "sites", name, "protects", kind)
                raise unknown_name(kind, of, names, **where)


def _check_events(site: Site, place: Place, *path: str | int) -> None:
    """Check that each event has a source or is assumed, happens once, and in order."""
    seen: dict[str, int] = {}
    for j, event in enumerate(site.events):
        if not event.sources and not event.assumed:
            raise InputError("an event needs a source, or 'assumed: true'", **place(*path, j))
        if event.kind != "announced" and event.kind in seen:
            raise InputError(
                "a unit has at most one event of this kind",
                value=event.kind,
                hint=_first(place(*path, seen[event.kind], "kind")),
                **place(*path, j, "kind"),
            )
        seen[event.kind] = j
    delivered, operational = site.event("delivered"), site.event("operational")
    if delivered and operational and operational.date.last < delivered.date.first:
        raise InputError(
            "operational before it was delivered",
            value=str(operational.date),
            allowed=f"{delivered.date} or later",
            **place(*path, seen["operational"], "date"),
        )


def _check_sources(
    named: Sequence[str], scenario: Scenario, place: Place, *path: str | int
) -> None:
    for k, source in enumerate(named):
        if source not in scenario.sources:
            error = unknown_name("source", source, scenario.sources, **place(*path, k))
            raise error.at(hint="Describe it under 'sources'.")


def _first(place: dict[str, Any]) -> str:
    """Where the first of two is: its line in the file, or its field."""
    where = f"on line {place['line']}" if "line" in place else place["field"]
    return f"The first is {where}."
