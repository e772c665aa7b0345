"""What the schema alone cannot check: that ids are unique, names exist, and events make sense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from skyshade.catalogue import load_catalogue
from skyshade.catalogue.model import Kind, folded
from skyshade.errors import InputError, did_you_mean, unknown_name
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import Scenario, Site
from skyshade.yamlfile import Document, Path_

Place = Callable[..., dict[str, Any]]  # path into the file -> file, line and field

FORCE = "force"  # what results call all sites together


def cross_check(scenario: Scenario, document: Document) -> None:
    """Check everything that refers to something else, in a scenario or in the catalogue.

    Raises
    ------
    InputError : with file, line and field of what is wrong.
    """

    def place(*path: str | int) -> dict[str, Any]:
        return place_in(document, path)

    _check_altitudes(scenario, place)
    _check_ids(scenario, place)
    _check_ring(scenario, place)
    for i, target in enumerate(scenario.targets):
        _check_entry("target_class", target, place, "targets", i)
    for i, site in enumerate(scenario.sites):
        _check_entry("system", site.system, place, "sites", i, "system")
        _check_entry("radar", site.radar, place, "sites", i, "radar")
        _check_entry("radar", site.engagement_radar, place, "sites", i, "engagement_radar")
        for j, missile in enumerate(site.missiles or []):
            _check_entry("missile", missile, place, "sites", i, "missiles", j)
        _check_events(site, place, "sites", i, "events")
        for j, event in enumerate(site.events):
            _check_sources(event.sources, scenario, place, "sites", i, "events", j, "sources")
    for i, item in enumerate(scenario.places):
        _check_sources(item.sources, scenario, place, "places", i, "sources")
    if scenario.raid is not None:
        _check_raid(scenario, scenario.raid, place)


def place_in(document: Document, path: Path_) -> dict[str, Any]:
    """Where a field stands in the file, as an `InputError` wants it."""
    return {"file": document.file, "line": document.line(path), "field": dotted(path)}


def dotted(path: Path_) -> str | None:
    """A path into the file as people write it.

    >>> dotted(("sites", 0, "events", 1, "date"))
    'sites[0].events[1].date'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or None


def _check_altitudes(scenario: Scenario, place: Place) -> None:
    seen: set[str] = set()
    for i, altitude in enumerate(scenario.altitudes):
        if altitude.slug in seen:  # it names files
            raise InputError(
                "this altitude stands twice", value=altitude.label, **place("altitudes", i)
            )
        seen.add(altitude.slug)


def _check_ids(scenario: Scenario, place: Place) -> None:
    for kind in ("sites", "places"):
        seen: dict[str, int] = {}
        for i, item in enumerate(getattr(scenario, kind)):
            if item.id in seen:
                first = place(kind, seen[item.id], "id")["line"]
                raise InputError(
                    f"this id stands twice in {kind}",
                    value=item.id,
                    hint=f"First used on line {first}.",
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


def _check_ring(scenario: Scenario, place: Place) -> None:
    """Check that the ring is what the figure that it is said to come from says."""
    if scenario.ring_figure is None:
        return
    try:
        figure = load_catalogue().figure(scenario.ring_figure)
    except InputError as error:
        raise error.at(**place("ring_figure")) from None
    if scenario.ring_m is None or figure.unit != "m" or figure.bounds is None:
        raise InputError(
            "a ring is a length from a figure that is one",
            value=scenario.ring_figure,
            **place("ring_figure"),
        )
    low, high = figure.bounds
    if not low <= scenario.ring_m <= high:
        raise InputError(
            f"{scenario.ring_figure} says otherwise",
            value=f"{scenario.ring_m / 1e3:g} km",
            allowed=f"{low / 1e3:g} to {high / 1e3:g} km",
            **place("ring"),
        )


def _check_entry(kind: Kind, name: str, place: Place, *path: str | int) -> None:
    """Check that the catalogue knows the name, as a thing of that kind."""
    catalogue = load_catalogue()
    entries = catalogue.of_kind(kind)
    names = [name for entry in entries for name in (entry.id, *entry.aliases)]
    if folded(name) in map(folded, names):
        return
    try:
        other = catalogue.entry(name).kind.replace("_", " ")
    except InputError:
        error = unknown_name(kind, name, [entry.id for entry in entries])
        raise InputError(
            error.problem, allowed=error.allowed, hint=did_you_mean(name, names), **place(*path)
        ) from None
    raise InputError(
        f"must be of kind {kind}, not {other}",
        value=name,
        allowed=", ".join(sorted(entry.id for entry in entries)),
        **place(*path),
    )


def _check_raid(scenario: Scenario, raid: Raid, place: Place) -> None:
    """Check that everything a raid names is there, and that nothing stands twice."""
    sites, places = [s.id for s in scenario.sites], [p.id for p in scenario.places]
    seen: set[str] = set()
    for i, group in enumerate(raid.groups):
        if group.id in seen:
            raise InputError(
                "this id stands twice in groups", value=group.id, **place("raid", "groups", i, "id")
            )
        seen.add(group.id)
        _check_entry("target_class", group.target, place, "raid", "groups", i, "target")
        if group.aim is not None:
            for kind, name, names in (
                ("place", group.aim.place, places),
                ("site", group.aim.site, sites),
            ):
                if name is not None and name not in names:
                    raise unknown_name(kind, name, names, **place("raid", "groups", i, "aim", kind))
    for name in raid.sites:
        if name not in sites:
            raise unknown_name("site", name, sites, **place("raid", "sites", name))
    for where, defence in (
        (("defence",), raid.defence),
        *((("sites", n), d) for n, d in raid.sites.items()),
    ):
        for field in ("load", "stores"):
            for name in getattr(defence, field) or {}:
                _check_entry("missile", name, place, "raid", *where, field, name)
    for name, given in raid.rules.kill_probability.items():
        if name != "all":
            _check_entry("missile", name, place, "raid", "rules", "kill_probability", name)
        for target in given if isinstance(given, dict) else ():
            _check_entry(
                "target_class", target, place, "raid", "rules", "kill_probability", name, target
            )


def _check_events(site: Site, place: Place, *path: str | int) -> None:
    """Check that events rest on something, happen once, and not before their time."""
    seen: dict[str, int] = {}
    for j, event in enumerate(site.events):
        if not event.sources and not event.assumed:
            raise InputError("an event needs a source, or 'assumed: true'", **place(*path, j))
        if event.kind != "announced" and event.kind in seen:
            first = place(*path, seen[event.kind], "kind")["line"]
            raise InputError(
                "a unit has at most one event of this kind",
                value=event.kind,
                hint=f"The first is on line {first}.",
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


def _check_sources(named: list[str], scenario: Scenario, place: Place, *path: str | int) -> None:
    for k, source in enumerate(named):
        if source not in scenario.sources:
            error = unknown_name("source", source, scenario.sources, **place(*path, k))
            raise error.at(hint="Describe it under 'sources'.")
