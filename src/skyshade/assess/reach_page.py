"""The reach section of the report page, and one page per unit: figures, tables, sentences."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from skyshade.assess.model import ReachReport
from skyshade.catalogue import load_catalogue
from skyshade.catalogue.model import Figure
from skyshade.coverage.model import Coverage
from skyshade.reach.crossing import Crossing
from skyshade.reach.inbound import SiteReach
from skyshade.reach.places import FIELDS as PLACE_FIELDS
from skyshade.reach.places import PlacesReach
from skyshade.reach.scenario import ScenarioReach
from skyshade.report.borders import NOTE
from skyshade.report.place_roses import place_roses_figure
from skyshade.report.reach_maps import (
    crossing_figure,
    drivers_figure,
    reach_figure,
    rose_figure,
)
from skyshade.report.style import inline_image, inline_svg, save_png, svg_text
from skyshade.scenario.schema import Scenario
from skyshade.shown import percent

MISSILE_FIGURES = (
    "range_max",
    "range_min",
    "altitude_max",
    "altitude_min",
    "speed_max",
    "speed_average",
    "target_speed_max",
    "launch_mass",
    "diameter",
)


def reach_lead(found: ScenarioReach) -> str:
    """The headline: how much of the ring is real, against the smallest and the largest target."""
    share = found.force.fraction_band
    parts = []
    for c in (_index(found, lowest=True), _index(found, lowest=False)):
        a = found.typical(c)
        low, middle, high = share[:, a, c]
        parts.append(
            f"a {_name(found, c)} at {found.altitudes[a].label} can be intercepted over "
            f"{percent(middle)} ({percent(low)} to {percent(high)}) of the "
            f"{found.sites[0].ring_m / 1e3:g} km rings"
        )
    both = parts[0] if parts[0] == parts[1] else f"{parts[0]}; {parts[1]}"
    return both[0].upper() + both[1:] + "."


def _index(found: ScenarioReach, lowest: bool) -> int:
    """Index of the class that usually flies lowest, or highest."""
    heights = [found.altitudes[found.typical(c)].value_m for c in range(len(found.targets))]
    return heights.index(min(heights) if lowest else max(heights))


def reach_section(
    report: ReachReport | None, coverage: Coverage, scenario: Scenario, folder: Path
) -> Markup:
    """The section as safe HTML; its figures and the units' own pages are written into `folder`."""
    if report is None:
        return Markup("")
    found = report.found
    figures = folder / "figures"
    save_png(reach_figure(coverage, found, "Reach beside ring", NOTE), figures / "reach.png")
    drivers = _drivers_svg(found)
    if drivers:
        (figures / "reach-drivers.svg").write_text(drivers, "utf-8")
    names = {s.id: s.name for s in scenario.sites}
    for site, past in zip(found.sites, report.crossings, strict=True):
        page = _unit_page(found, site, past, names[site.unit.id], scenario)
        (folder / f"unit-{site.unit.id}.html").write_text(page, "utf-8")
    share, draws = found.force.fraction_band, found.sites[0].draws
    rows = [
        {
            "target": _name(found, c),
            "cells": [_span(share[:, a, c]) for a in range(len(found.altitudes))],
        }
        for c in range(len(found.targets))
    ]
    html = _template("reach.html.j2").render(
        lead=reach_lead(found),
        image=inline_image(figures / "reach.png"),
        drivers=inline_svg(drivers) if drivers else "",
        ring=f"{found.sites[0].ring_m / 1e3:g} km",
        altitudes=[a.label for a in found.altitudes],
        rows=rows,
        draws=draws.n,
        alone=_alone_rows(found, names) if len(found.sites) > 1 else [],
        units=[{"id": s.unit.id, "name": names[s.unit.id]} for s in found.sites],
        approaches=_approaches(report.places, figures),
        approach=f"{report.places.approach_m / 1e3:g} km",
        place_draws=report.places.n_draws,
        unknowns=[
            {
                "title": u.title,
                "weak": u.weak,
                "memory": u.memory_only,
                "why": u.why,
                "origin": u.origin,
            }
            for u in draws.unknowns
        ],
    )
    return Markup(html)  # built by an escaping template


def _approaches(places: PlacesReach, figures: Path) -> list[dict[str, Any]]:
    """Per flight: the roses, and a table of what each place gets."""
    if not places.places:
        return []
    spans = {name: places.over_azimuths(name) for name in PLACE_FIELDS}
    found = []
    for f, flight in enumerate(places.flights):
        path = figures / f"places_{flight.slug}.png"
        save_png(place_roses_figure(places, f), path, dpi=130)
        rows = []
        for p, place in enumerate(places.places):
            cells = [
                _least_to_most(spans[name][:, p, f] / (1e3 if name.endswith("_m") else 1.0))
                for name in PLACE_FIELDS
            ]
            rows.append({"name": place.name, "known": bool(places.known[p]), "cells": cells})
        found.append({"title": flight.label, "image": inline_image(path), "rows": rows})
    return found


def _least_to_most(values: Any) -> str:
    """Median over azimuths, and the least and the most."""
    least, middle, most = (f"{v:.0f}" for v in values)
    return middle if least == most else f"{middle} ({least} to {most})"


def reach_figures(found: ScenarioReach) -> list[tuple[str, Figure]]:
    """Every published figure that reach hangs on, each once: (whose, figure)."""
    catalogue = load_catalogue()
    rows: dict[tuple[str, str], Figure] = {}
    for site in found.sites:
        for radar in (site.unit.acquisition, site.unit.engagement):
            rows |= {(radar.id, f.key): f for f in radar.figures.values()}
        for family in site.unit.missiles:
            entry = catalogue.entry(family.missile.id)
            rows |= {
                (entry.id, key): entry.figures[key]
                for key in MISSILE_FIGURES
                if key in entry.figures and not entry.figures[key].is_unknown
            }
    for target in found.targets:
        rows |= {(target.id, f.key): f for f in target.figures.values()}
    for system in sorted({s.unit.reaction.title.split(":")[0] for s in found.sites}):
        rows[system, "reaction_time"] = catalogue.entry(system).figure("reaction_time")
    return [(of, figure) for (of, _), figure in rows.items()]


def _alone_rows(found: ScenarioReach, names: dict[str, str]) -> list[dict[str, Any]]:
    """What would be lost with each unit, per class at its usual altitude (10^3 km2)."""
    rows = []
    for i, site in enumerate(found.sites):
        cells = []
        for c in range(len(found.targets)):
            a = found.typical(c)
            low, middle, high = site.band(found.force.alone_m2[i])[:, a, c] / 1e9
            cells.append(f"{middle:,.1f} ({low:,.1f} to {high:,.1f})")
        rows.append({"name": names[site.unit.id], "cells": cells})
    heads = [
        f"{_name(found, c)}, {found.altitudes[found.typical(c)].label}"
        for c in range(len(found.targets))
    ]
    return [{"name": "", "cells": heads}, *rows]


def _drivers_svg(found: ScenarioReach) -> str:
    if not found.sites[0].draws.n:
        return ""
    many = len(found.sites) > 1
    panels = []
    for c in range(len(found.targets)):
        a = found.typical(c)
        drivers = found.force.drivers(a, c) if many else found.sites[0].drivers(a, c)
        area = found.force.area_m2[a, c, 0] / found.force.ring_area_m2
        panels.append((f"{_name(found, c)}, {found.altitudes[a].label}", float(area), drivers))
    return svg_text(drivers_figure(panels))


def _unit_page(
    found: ScenarioReach, site: SiteReach, past: Crossing, name: str, scenario: Scenario
) -> str:
    """One unit's own page, as self-contained as the report."""
    first, track = site.first_band, site.band(site.track)
    rows = []
    for c in range(len(site.targets)):
        for a, altitude in enumerate(site.altitudes):
            by_missile = {
                f.missile.id: float(_middle(site.by_missile[m, a, c])) / 1e3
                for m, f in enumerate(site.unit.missiles)
            }
            rows.append(
                {
                    "target": _name(found, c),
                    "altitude": altitude.label,
                    "track": _km_span([_middle(track[q, a, c]) for q in range(3)]),
                    "reach": _km_span([_middle(first[q, a, c]) for q in range(3)]),
                    "share": _span(site.fraction_band[:, a, c]),
                    "missiles": [f"{km:.0f}" if km > 0 else "–" for km in by_missile.values()],
                    "driver": next((d.key for d in site.drivers(a, c)), ""),
                }
            )
    panels = [
        (
            f"{_name(found, c)}, {site.altitudes[found.typical(c)].label}",
            float(site.area_m2[found.typical(c), c, 0] / site.ring_area_m2),
            site.drivers(found.typical(c), c),
        )
        for c in range(len(site.targets))
    ]
    antenna = site.unit.spec.antenna
    return _template("unit.html.j2").render(
        name=name,
        title=scenario.title,
        where=f"{antenna.lon:g}° E, {antenna.lat:g}° N",
        rose=inline_svg(svg_text(rose_figure(site, "First intercept per approach azimuth"))),
        drivers=inline_svg(svg_text(drivers_figure(panels))) if site.draws.n else "",
        crossing=inline_svg(svg_text(crossing_figure(past))),
        crossing_draws=past.n_draws,
        rows=rows,
        missiles=[f.missile.id for f in site.unit.missiles],
        draws=site.draws.n,
        ring=f"{site.ring_m / 1e3:g} km",
        radars=f"{site.unit.acquisition.id} and {site.unit.engagement.id}",
        unknown=percent(site.unknown_m2 / site.ring_area_m2) if site.unknown_m2 else "",
    )


def _template(name: str) -> jinja2.Template:
    folder = resources.files("skyshade.report") / "templates"
    loader = jinja2.FunctionLoader(lambda file: (folder / file).read_text())
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, loader=loader
    )
    return environment.get_template(name)


def _name(found: ScenarioReach, target: int) -> str:
    return found.targets[target].short_title


def _middle(values: Any) -> float:
    """Median over azimuths."""
    ordered = sorted(float(v) for v in values)
    return ordered[len(ordered) // 2]


def _span(band: Any) -> str:
    low, middle, high = (percent(v) for v in band)
    return middle if low == high else f"{middle} ({low} to {high})"


def _km_span(band: list[float]) -> str:
    low, middle, high = (f"{v / 1e3:.0f}" for v in band)
    return f"{middle} km" if low == high else f"{middle} km ({low} to {high})"
