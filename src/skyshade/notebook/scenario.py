"""A scenario: its sites, its raid, its terrain, and the circles that are usually drawn."""

from __future__ import annotations

from skyshade.case import Case
from skyshade.coverage.compute import site_spec
from skyshade.notebook import card, plot
from skyshade.notebook.cards import Card, Table
from skyshade.report import text
from skyshade.report.site_maps import sites_figure
from skyshade.report.style import Figure
from skyshade.scenario.schema import Scenario, Site


@card.register
def scenario_card(scenario: Scenario) -> Card:
    """Sites, groups of the raid, targets, altitudes and places."""
    sites = [
        (
            s.name,
            s.system,
            s.sector or "–",
            text.position(s.position.lon, s.position.lat)
            + (" (illustrative)" if s.illustrative else ""),
            text.given((s.antenna.low_m, s.antenna.value_m, s.antenna.high_m), "m"),
            _since(s),
        )
        for s in scenario.sites
    ]
    groups = (
        []
        if scenario.raid is None
        else [
            (
                g.id,
                g.target,
                f"{g.count}",
                g.arrival.process,
                "friendly" if g.friendly else "decoy" if g.decoy else "threat",
            )
            for g in scenario.raid.groups
        ]
    )
    places = ", ".join(p.name for p in scenario.places[:12])
    more = len(scenario.places) - 12
    notes = [
        f"Targets: {', '.join(scenario.targets)}.",
        f"Altitudes: {', '.join(a.label for a in scenario.altitudes)}.",
    ]
    if scenario.ring_m is not None:
        notes.append(f"Ring as usually drawn: {text.length(scenario.ring_m)}, {scenario.ring_note}")
    if places:
        notes.append(f"Places: {places}{f' and {more} more' if more > 0 else ''}.")
    return Card(
        scenario.title,
        [
            Table(
                ("site", "system", "sector", "position", "antenna above ground", "operational"),
                sites,
                n_left=6,
            ),
            Table(("raid", "target", "count", "arrival", "as"), groups, n_left=2),
        ],
        f"{scenario.description} Terrain: {scenario.terrain.dem}.".strip(),
        notes,
    )


@plot.register
def plot_scenario(scenario: Scenario) -> Figure:
    """Sites, places and rings on the terrain.

    Raises
    ------
    InputError : unusable terrain.
    """
    note = "Positions are illustrative. " if any(s.illustrative for s in scenario.sites) else ""
    return sites_figure(
        Case(scenario, "all").dem,
        [site_spec(s) for s in scenario.sites],
        {p.name: (p.position.lon, p.position.lat) for p in scenario.places},
        scenario.ring_m,
        scenario.title,
        note,
    )


def _since(site: Site) -> str:
    event = site.event("operational")
    if event is None:
        return "–" if site.events else "always"
    return f"{event.date}{' (assumed)' if event.assumed else ''}"
