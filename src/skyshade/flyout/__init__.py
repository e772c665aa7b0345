"""Interceptor fly-out: time of flight and speed over range and altitude, envelopes, intercepts."""

from skyshade.flyout.family import SpeedFamily, speed_family
from skyshade.flyout.intercept import (
    Intercept,
    earliest_intercept,
    earliest_on_path,
    in_envelope,
)
from skyshade.flyout.load import load_missile
from skyshade.flyout.model import FlyoutTable, Missile
from skyshade.flyout.tables import fleet_tables, flyout_table

__all__ = [
    "FlyoutTable",
    "Intercept",
    "Missile",
    "SpeedFamily",
    "earliest_intercept",
    "earliest_on_path",
    "fleet_tables",
    "flyout_table",
    "in_envelope",
    "load_missile",
    "speed_family",
]
