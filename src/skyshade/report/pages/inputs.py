"""What an assessment rests on: every input figure with its source, and what the result omits."""

from __future__ import annotations

from skyshade.assess.model import Assessment
from skyshade.catalogue.model import Catalogue, Figure
from skyshade.catalogue.readable import plain, readable, readable_range
from skyshade.reach.scenario import ScenarioReach
from skyshade.report import text
from skyshade.report.pages.parts import Row
from skyshade.terrain.library import EMBEDDED_SETS
from skyshade.uncertainty.unknown import Unknown

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
TOLD = 0.0005  # of the rings: a smaller part of unknown terrain is not mentioned


def input_rows(assessment: Assessment) -> list[Row]:
    """Every number behind the assessment, with its source and confidence."""
    scenario = assessment.scenario
    catalogue = scenario.known
    rows = []
    for radar in sorted({s.radar for s in scenario.sites if s.max_range_m is None}):
        figure = catalogue.entry(radar).figure("instrumented_range")
        rows.append(_figure_row(radar, figure, catalogue))
    if assessment.reach is not None:
        found = assessment.reach.found
        rows += [_figure_row(of, f, catalogue) for of, f in _reach_figures(found, catalogue)]
        rows += [_assumed(u) for u in found.sites[0].draws.unknowns if u.origin == "assumption"]
    if assessment.raids is not None:
        known = {row["name"] for row in rows}
        own = [_raid_row(u, catalogue) for u in assessment.raids.raid.unknowns]
        rows += [row for row in own if row["name"] not in known]
    rows += _site_rows(assessment)
    if scenario.ring_m is not None:
        row = (
            _row("Weapon ring", "", "low", scenario.ring_note)
            if scenario.ring_figure is None
            else _figure_row("Weapon ring", catalogue.figure(scenario.ring_figure), catalogue)
        )
        rows.append(row | {"value": text.length(scenario.ring_m)})
    rows.append(
        _row(
            "Refraction factor k",
            f"{scenario.atmosphere.k_factor:.4g}",
            "medium",
            "standard atmosphere, ITU-R P.453; ducting and sub-refraction are not modelled",
        )
    )
    dem = assessment.coverage.dem
    rows.append(_row("Terrain", dem.name, "medium", dem.licence))
    return rows


def limits(assessment: Assessment) -> list[str]:
    """What the result leaves out, a sentence or two each."""
    rings = assessment.force_areas()[0].value
    lines = [
        "Line of sight is not detection, and detection is not engagement. Visible areas show where "
        "a radar could look; reach shows where a target that flies straight in could be "
        "intercepted. Neither counts guidance channels, magazines, clutter, jamming or a missile's "
        "chance to hit.",
        "Positions are the scenario's own round figures inside publicly reported sectors; a radar "
        "on the next hill sees differently.",
        "Refraction is a single effective-Earth factor; ducting over warm sea can let a radar see "
        "much farther.",
    ]
    if said := assessment.scenario.leaves_out.strip():
        lines.insert(0, said)
    if assessment.raids is not None:
        lines.append(
            "The share that gets through is the answer to one raid made of round numbers. It says "
            "nothing about another raid, and its intervals hold only as far as the model and the "
            "bounds of its figures do."
        )
    if rings.unknown_frac > TOLD:
        lines.append(
            f"{text.percent(rings.unknown_frac)} of the rings lies on or behind terrain that is "
            "not known. The answer there is unknown; it is not taken for sea level."
        )
    if assessment.poor_ring_frac > 0:
        lines.append(
            f"{text.percent(assessment.poor_ring_frac)} of the rings lies in one-degree cells "
            "whose heights come from old contour maps and are wrong by 100 to 430 m "
            "(cross-hatched)."
        )
    lines.append(
        "The embedded 30 arc-second terrain cuts off summits, so that horizon angles in high "
        "mountains are wrong by some tenths of a degree. Use 90 m or 30 m tiles for answers rather "
        "than overviews."
        if assessment.coverage.dem.name in EMBEDDED_SETS
        else "The terrain lacks what the DEM lacks: trees, buildings, and its own errors."
    )
    return lines


def _site_rows(assessment: Assessment) -> list[Row]:
    rows = []
    for site in assessment.scenario.sites:
        mast = site.antenna
        row = _row(f"{site.name}: antenna above ground", text.length(mast.value_m), "low", mast.why)
        rows.append(row | {"range": readable_range(mast.low_m, mast.high_m, "m")})
        if site.max_range_m is not None:
            value = text.length(site.max_range_m)
            rows.append(_row(f"{site.name}: range", value, "low", "given by the scenario"))
    return rows


def _reach_figures(found: ScenarioReach, catalogue: Catalogue) -> list[tuple[str, Figure]]:
    """Every published figure that reach depends on, each once, with the entry it belongs to."""
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


def _figure_row(of: str, figure: Figure, catalogue: Catalogue) -> Row:
    """A figure of the catalogue: value, bounds, confidence, sources and reason."""
    titles = "; ".join(catalogue.sources[s].title for s in figure.sources)
    bounds = figure.bounds
    return {
        "name": f"{of}: {figure.title}",
        "value": readable(figure.number, figure.unit),
        "range": readable_range(*bounds, figure.unit) if bounds and bounds[0] < bounds[1] else "",
        "confidence": figure.confidence,
        "memory": figure.is_memory_only,
        "source": plain(f"{titles}. {figure.why}"),
    }


def _raid_row(unknown: Unknown, catalogue: Catalogue) -> Row:
    """A figure behind the raid: from the catalogue, assumed, or the scenario's own."""
    if unknown.figure:
        of = unknown.figure.rpartition(".")[0]
        return _figure_row(of, catalogue.figure(unknown.figure), catalogue)
    if unknown.origin == "scenario":
        value = readable(unknown.value, unknown.unit)
        return _row(unknown.title, value, "low", "given by the scenario")
    return _assumed(unknown)


def _assumed(unknown: Unknown) -> Row:
    row = _row(
        unknown.title, readable(unknown.value, unknown.unit), "low", f"Assumed. {unknown.why}"
    )
    return row | {"range": readable_range(unknown.low, unknown.high, unknown.unit)}


def _row(name: str, value: str, confidence: str, source: str) -> Row:
    return {
        "name": name,
        "value": value,
        "range": "",
        "confidence": confidence,
        "memory": False,
        "source": source,
    }
