"""The case in plain JSON: what there is to show, and behind every number its figure and source."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import shapely

from skyshade import __version__
from skyshade.catalogue.model import MEMORY, Catalogue, Entry, Figure
from skyshade.catalogue.readable import mark, readable_value
from skyshade.coverage.compute import site_range_m
from skyshade.export.about import about_scenario
from skyshade.fireunit.kill import CLAIMS
from skyshade.fireunit.load import missile_names
from skyshade.fireunit.model import ASSESSMENT, MEANING
from skyshade.radar.load import load_target
from skyshade.report import text
from skyshade.report.borders import NOTE as BORDERS_NOTE
from skyshade.report.borders import borders
from skyshade.scenario.schema import Event, Scenario, Site
from skyshade.shown import listed
from skyshade.terrain.countries import border_pairs
from skyshade.terrain.names import map_names, outlines
from skyshade.web.case import MapCase
from skyshade.web.drafts import MIN_ROUNDING_DEG, rounding_deg

# the figures of these that a map shows or rests on
_USED = {
    "radar": (
        "instrumented_range",
        "detection_range",
        "scan_period",
        "frequency",
        "targets_tracked",
    ),
    "missile": (
        "range_max",
        "range_min",
        "altitude_max",
        "altitude_min",
        "speed_max",
        "target_speed_max",
        *sorted({f for fields in CLAIMS.values() for f in fields}),
        "kill_probability",
    ),
    "system": (
        "reaction_time",
        "range_max",
        "launch_interval",
    ),
    "fire_unit": ("targets_engaged", "missiles_guided", "launchers"),
    "target_class": ("rcs", "speed", "altitude", "altitude_agl"),
}


def describe(case: MapCase) -> dict[str, Any]:
    """All that the map needs to know of a case before it asks for terrain and coverage."""
    scenario, dem = case.scenario, case.dem
    about = about_scenario(scenario, scenario.sites, dem)
    figures = dict(_figures(scenario))
    named = {
        source
        for figure in figures.values()
        for said in (figure, *figure.get("alternatives", ()))
        for source in said["sources"]
    }
    return {
        "version": __version__,
        "name": scenario.name,
        "title": scenario.title,
        "description": scenario.description,
        "note": about.description,
        "citation": about.rights,
        "credit": _credit(case),
        "as_of": scenario.as_of.last.isoformat() if scenario.as_of else None,
        "lattice": case.lattice.as_dict(),
        "bounds": list(dem.grid.bounds()),
        "poor": [list(box) for box in dem.poor_cells],
        "altitudes": [
            {"label": a.label, "value_m": a.value_m, "datum": a.datum} for a in scenario.altitudes
        ],
        "targets": [_target(name, scenario.known) for name in _targets(scenario)],
        "ring_m": scenario.ring_m,
        "ring_note": scenario.ring_note,
        "sites": [describe_site(s) for s in scenario.sites],
        "places": [
            {
                "id": p.id,
                "name": p.name,
                "kind": p.kind,
                "lon": p.position.lon,
                "lat": p.position.lat,
                "sources": [_own(s) for s in p.sources],
            }
            for p in scenario.places
        ],
        "has_raid": bool(scenario.places),
        "has_programme": scenario.programme is not None,
        "min_rounding_deg": MIN_ROUNDING_DEG,
        "figures": figures,
        "sources": _sources(scenario, named),
    }


def _credit(case: MapCase) -> str:
    """Who made a picture and from what, in one line."""
    outlets = {
        case.scenario.sources[key].outlet for place in case.scenario.places for key in place.sources
    }
    places = f" Places: {listed(sorted(outlets))}." if outlets else ""
    return (
        f"Skyshade {__version__}. Terrain: {case.dem.name}. Borders: Natural Earth.{places} "
        "Positions illustrative."
    )


def describe_site(site: Site) -> dict[str, Any]:
    """One site, with the keys of the figures behind it."""
    operational = site.event("operational")
    missiles = _missiles(site)
    return {
        "id": site.id,
        "name": site.name,
        "system": site.system,
        "sector": site.sector,
        "lon": site.position.lon,
        "lat": site.position.lat,
        "illustrative": site.illustrative,
        "rounding_deg": rounding_deg(site),
        "position_note": site.position_note,
        "radar": site.radar,
        "engagement_radar": site.engagement_radar,
        "missiles": missiles,
        "antenna_agl_m": site.antenna.model_dump(by_alias=True),
        "radar_range_m": site_range_m(site),
        "ring_m": max(site.known.entry(name).figure("range_max").number for name in missiles),
        "figures": [key for entry in _entries(site) for key, _ in _of_entry(entry)],
        "events": [_event(e) for e in site.events],
        "operational": operational.date.last.isoformat() if operational else None,
        "operational_assumed": operational.assumed if operational else None,
        "always": not site.events,
    }


def describe_borders(case: MapCase) -> dict[str, Any]:
    """Borders and coasts as GeoJSON, disputed stretches marked; countries, and names to write."""
    bounds = case.dem.grid.bounds()
    return {
        "names": [name._asdict() for name in map_names(bounds)],
        "countries": [
            {
                "name": name,
                "geometry": json.loads(shapely.to_geojson(shapely.set_precision(a, 1e-3))),
            }
            for name, a in outlines(bounds).items()
        ],
        "pairs": ["-".join(pair) for pair in border_pairs()],
        "type": "FeatureCollection",
        "note": BORDERS_NOTE,
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "kind": line.kind,
                    "disputed": line.disputed,
                    "between": "-".join(sorted(line.countries)),
                },
                "geometry": {"type": "LineString", "coordinates": line.points.round(4).tolist()},
            }
            for line in borders()
        ],
    }


def _targets(scenario: Scenario) -> list[str]:
    """The scenario's classes, and those of its raid."""
    raid = [g.target for g in scenario.raid.groups] if scenario.raid else []
    ids = [scenario.known.entry(name).id for name in (*scenario.targets, *raid)]
    return list(dict.fromkeys(ids))


def _target(name: str, known: Catalogue) -> dict[str, Any]:
    entry, target = known.entry(name), load_target(name, known)
    return {
        "id": target.id,
        "title": entry.title,
        "speed_mps": target.speed_mps,
        "rcs_m2": target.rcs_m2,
        "alt_agl_m": target.alt_agl_m,
        "alt_m": target.alt_m,
        "figures": [key for key, _ in _of_entry(entry)],
    }


def _missiles(site: Site) -> list[str]:
    return list(site.missiles or missile_names(site.system, site.known))


def _event(event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind,
        "date": str(event.date),
        "first": event.date.first.isoformat(),
        "last": event.date.last.isoformat(),
        "confidence": event.confidence,
        "assumed": event.assumed,
        "note": event.note,
        "sources": [_own(s) for s in event.sources],
    }


def _figures(scenario: Scenario) -> Iterator[tuple[str, dict[str, Any]]]:
    """Key and content of every figure that the case rests on."""
    entries = [entry for site in scenario.sites for entry in _entries(site)]
    targets = [scenario.known.entry(name) for name in _targets(scenario)]
    for entry in {entry.id: entry for entry in [*entries, *targets]}.values():
        for key, figure in _of_entry(entry):
            yield key, _figure(entry, figure)
    for site in scenario.sites:
        a = site.antenna
        yield (
            f"site.{site.id}.antenna",
            {
                "owner": site.name,
                "title": "antenna above ground",
                "text": f"{a.value_m:g} m",
                "value": a.value_m,
                "unit": "m",
                "low": a.low_m,
                "high": a.high_m,
                "confidence": "assumed",
                "mark": "",
                "why": a.why,
                "sources": [],
            },
        )
        yield (
            f"site.{site.id}.position",
            {
                "owner": site.name,
                "title": "position",
                "unit": "deg",
                "text": f"{site.position.lon:g} E, {site.position.lat:g} N",
                "value": None,
                "low": None,
                "high": None,
                "confidence": "illustrative" if site.illustrative else "given",
                "mark": "",
                "why": site.position_note,
                "sources": [],
            },
        )
    if scenario.ring_m is not None:
        yield "case.ring_m", _ring(scenario, scenario.ring_m)
    for unknown in (ASSESSMENT, MEANING):
        yield (
            f"assumed.{unknown.key.replace(' ', '-')}",
            {
                "owner": "Skyshade",
                "title": unknown.title,
                "text": f"{unknown.value:g} {unknown.unit}",
                "value": unknown.value,
                "unit": unknown.unit,
                "low": unknown.low,
                "high": unknown.high,
                "confidence": "assumed",
                "mark": "?",
                "why": unknown.why,
                "sources": [],
            },
        )


def _entries(site: Site) -> list[Entry]:
    """The entries whose figures a site rests on."""
    catalogue = site.known
    system = catalogue.entry(site.system)
    names = (site.radar, site.engagement_radar, *_missiles(site))
    found = [system, catalogue.fire_unit_of(system.id), *(catalogue.entry(name) for name in names)]
    return list({entry.id: entry for entry in found}.values())


def _ring(scenario: Scenario, ring_m: float) -> dict[str, Any]:
    """The circle that the press draws: as the scenario gives it, from the figure that it names."""
    own = {
        "owner": scenario.title,
        "title": "nominal ring",
        "text": text.length(ring_m),
        "value": ring_m,
        "unit": "m",
        "low": None,
        "high": None,
        "confidence": "given",
        "mark": "",
        "why": scenario.ring_note,
        "sources": [],
    }
    if scenario.ring_figure is None:
        return own
    name, catalogue = scenario.ring_figure.rpartition(".")[0], scenario.known
    known = _figure(catalogue.entry(name), catalogue.figure(scenario.ring_figure))
    return known | {
        "title": f"nominal ring ({known['title']})",
        "text": own["text"],
        "value": ring_m,
        "why": f"{scenario.ring_note}. {known['why']}",
    }


def _of_entry(entry: Entry) -> Iterator[tuple[str, Figure]]:
    for name in _USED.get(entry.kind, ()):
        figure = entry.figures.get(name)
        if figure is not None and not figure.is_unknown:
            yield f"{entry.id}.{name}", figure


def _figure(entry: Entry, figure: Figure) -> dict[str, Any]:
    low, high = figure.bounds or (None, None)
    return {
        "owner": entry.title if entry.kind == "target_class" else f"{entry.id}, {entry.title}",
        "title": figure.title,
        "text": readable_value(figure),
        "value": figure.value,
        "unit": figure.unit,
        "low": low,
        "high": high,
        "confidence": MEMORY if figure.is_memory_only else figure.confidence,
        "mark": mark(figure),
        "why": figure.why,
        "condition": figure.condition,
        "sources": list(figure.sources),
        "alternatives": [
            {
                "text": readable_value(a),
                "condition": a.condition,
                "why_not": a.why_not,
                "sources": list(a.sources),
            }
            for a in figure.alternatives
        ],
    }


def _own(source: str) -> str:
    """The id of a scenario's own source, apart from the catalogue's."""
    return f"case/{source}"


def _sources(scenario: Scenario, named: Iterable[str]) -> dict[str, dict[str, Any]]:
    wanted = set(named)
    found = {
        id_: {
            "title": s.title,
            "outlet": s.outlet,
            "date": s.date,
            "url": s.url or None,
            "note": s.note,
            "seen": s.seen,
        }
        for id_, s in scenario.known.sources.items()
        if id_ in wanted
    }
    for id_, source in scenario.sources.items():
        found[_own(id_)] = {
            "title": source.title,
            "outlet": source.outlet,
            "date": str(source.date) if source.date else "",
            "url": source.url,
            "note": source.note or "",
            "licence": source.licence or "",
        }
    return found
