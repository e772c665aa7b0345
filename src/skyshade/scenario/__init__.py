"""Scenario files: what stands where, over which terrain, from when; read, checked, in SI."""

from skyshade.scenario.load import load_scenario, scenario_names
from skyshade.scenario.schema import Scenario
from skyshade.scenario.site_files import read_sites

__all__ = ["Scenario", "load_scenario", "read_sites", "scenario_names"]
