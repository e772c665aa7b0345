"""A system of a user's own, as small as one can be: its folder, for tests."""

from __future__ import annotations

from pathlib import Path

ENTRIES = """
lance:
  title: Lance, an invented medium-range system
  kind: system
  figures:
    reaction_time: {value: 8 s, sources: [mine], confidence: low, why: An invention.}
    launch_interval: {value: 2 s, sources: [mine], confidence: low, why: An invention.}

lance-battery:
  title: battery of the Lance
  kind: fire_unit
  part_of: lance
  figures:
    targets_engaged: {value: 4, sources: [mine], confidence: low, why: An invention.}
    missiles_guided: {value: 8, sources: [mine], confidence: low, why: An invention.}
    launchers: {value: 3, sources: [mine], confidence: low, why: An invention.}

lance-radar:
  title: radar of the Lance, which finds and engages
  kind: radar
  part_of: lance
  duties: [acquisition, engagement]
  figures:
    frequency: {value: 3 GHz, sources: [mine], confidence: low, why: An invention.}
    instrumented_range: {value: 150 km, sources: [mine], confidence: low, why: An invention.}
    detection_range:
      {value: 120 km, at: {rcs: 2 m2}, sources: [mine], confidence: low, why: An invention.}
    scan_period: {value: 3 s, sources: [mine], confidence: low, why: An invention.}
    targets_tracked: {value: 50, sources: [mine], confidence: low, why: An invention.}

lance-missile:
  title: missile of the Lance
  kind: missile
  part_of: lance
  figures:
    range_max: {value: 45 km, sources: [mine], confidence: low, why: An invention.}
    missiles_per_launcher: {value: 6, sources: [mine], confidence: low, why: An invention.}
    kill_probability_aircraft:
      {value: 0.6, sources: [mine], confidence: low, why: An invention.}

trainer:
  title: jet trainer
  kind: target_class
  like: fighter
  figures:
    speed: {value: 180 m/s, sources: [mine], confidence: low, why: An invention.}
    altitude: {value: 3 km, sources: [mine], confidence: low, why: An invention.}
    rcs: {value: 3 m2, sources: [mine], confidence: low, why: An invention.}
"""

SOURCES = """
mine:
  title: an invention for a test
  outlet: none
  seen: "no"
"""

SCENARIO = """
schema: skyshade/scenario/1
name: own
title: A battery of one's own
catalogue: my-systems
terrain: {dem: smooth-earth, outside: sea}
altitudes: [1 km agl]
targets: [trainer]
sites:
  - id: a
    name: A
    system: lance
    position: {lon: 75, lat: 30}
    illustrative: true
    antenna: {value: 10 m, low: 10 m, high: 10 m, why: Invented.}
places:
  - {id: town, name: Town, kind: city, position: {lon: 75.0, lat: 30.05}, sources: [x]}
sources:
  x: {title: a place, outlet: none}
raid:
  duration: 15 min
  groups:
    - {id: jets, target: trainer, count: 4, aim: {place: town}, bearing: 270, distance: 90 km}
  rules:
    kill_probability: {lance-missile: 0.5}
"""


def make_own(folder: Path) -> Path:
    """Write the scenario beside its catalogue folder; the scenario's file."""
    own = folder / "my-systems"
    own.mkdir(parents=True)
    (own / "lance.yaml").write_text(ENTRIES, encoding="utf-8")
    (own / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    file = folder / "own.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    return file
