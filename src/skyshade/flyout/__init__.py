"""Interceptor fly-out: time of flight and speed over range and altitude."""

from skyshade.flyout.family import SpeedFamily, speed_family
from skyshade.flyout.load import load_missile
from skyshade.flyout.model import FlyoutTable, Missile
from skyshade.flyout.tables import fleet_tables, flyout_table

__all__ = [
    "FlyoutTable",
    "Missile",
    "SpeedFamily",
    "fleet_tables",
    "flyout_table",
    "load_missile",
    "speed_family",
]
