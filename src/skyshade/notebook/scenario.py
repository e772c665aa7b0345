"""A scenario: who stands where, over which terrain, and the circles that are usually drawn."""

from __future__ import annotations

from skyshade.coverage.compute import load_scenario_dem, site_spec
from skyshade.notebook import card, plot
from skyshade.notebook.cards import Card, Table
from skyshade.report.maps import sites_figure
from skyshade.report.style import Figure
from skyshade.scenario.schema import AntennaHeight, Scenario, Site


@card.register
def scenario_card(scenario: Scenario) -> Card:
    sites = [
        (
            s.name,
            s.system,
            s.sector or "–",
            f"{s.position.lon:g}°, {s.position.lat:g}°"
            + (" (illustrative)" if s.illustrative else ""),
            _height(s.antenna),
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
        notes.append(f"Ring as usually drawn: {scenario.ring_m / 1e3:g} km, {scenario.ring_note}")
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
        load_scenario_dem(scenario),
        [site_spec(s) for s in scenario.sites],
        {p.name: (p.position.lon, p.position.lat) for p in scenario.places},
        scenario.ring_m,
        scenario.title,
        note,
    )


def _height(antenna: AntennaHeight) -> str:
    if antenna.low_m == antenna.high_m:
        return f"{antenna.value_m:g} m"
    return f"{antenna.value_m:g} m ({antenna.low_m:g}–{antenna.high_m:g})"


def _since(site: Site) -> str:
    event = site.event("operational")
    if event is None:
        return "–" if site.events else "always"
    return f"{event.date}{' (assumed)' if event.assumed else ''}"
