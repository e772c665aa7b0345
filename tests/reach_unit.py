"""A fire unit made by hand: strong radars, one missile of constant speed, over a smooth Earth."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.coverage.model import SiteSpec
from skyshade.fireunit.missiles import D_ALT_M, TOP_M, FlyoutFamily
from skyshade.fireunit.model import FireUnit, Height
from skyshade.radar.model import Detection, Radar, Target
from skyshade.terrain.geodesy import curvature_radius_m
from skyshade.terrain.model import Antenna
from skyshade.uncertainty.unknown import Unknown

D_RANGE_M, FARTHEST_M = 1_000.0, 420_000.0
LON, LAT, MAST_M, MISSILE_MPS, REACTION_S = 75.0, 20.0, 30.0, 1000.0, 10.0
ONE_LOOK = Detection(swerling=0, confirm_m=1, confirm_n=1, p_confirm=0.5)
TARGET = Target("test", "test target", 1.0, 250.0)


def family(range_max_m: float = 250e3, **limits: float) -> FlyoutFamily:
    """A missile of constant speed along the slant line."""
    r = np.arange(FARTHEST_M / D_RANGE_M + 1) * D_RANGE_M
    h = np.arange(TOP_M / D_ALT_M + 1)[:, None] * D_ALT_M
    time_s = (np.hypot(r, h) / MISSILE_MPS).astype(np.float32)
    figure = SimpleNamespace(value=range_max_m, low=range_max_m, high=range_max_m)
    missile: Any = SimpleNamespace(
        **{
            "id": f"m{range_max_m:g}",
            "range_max": figure,
            "range_max_m": range_max_m,
            "range_min_m": 3e3,
            "alt_min_m": 10.0,
            "alt_max_m": 27e3,
            "target_speed_max_mps": None,
        }
        | limits
    )
    return FlyoutFamily(missile, np.stack([time_s * 1.25, time_s, time_s / 1.25]), D_RANGE_M)


def unit(
    *families: FlyoutFamily,
    id_: str = "unit",
    lon: float = LON,
    power_m: float = 3000e3,
    look_s: float = 0.05,
    height: Height | None = None,
    engagement_m: float | None = None,
) -> FireUnit:
    antenna = Antenna(lon, LAT, MAST_M)
    radar = Radar("eyes", "eyes", power_m, 1.0, 3e9, 500e3, look_s, detection=ONE_LOOK)
    return FireUnit(
        SiteSpec(id_, id_, antenna, 500e3),
        0.0,
        radar,
        dataclasses.replace(radar, id="hand", reference_range_m=engagement_m or power_m),
        height or Height(MAST_M, MAST_M, MAST_M),
        height or Height(MAST_M, MAST_M, MAST_M),
        families or (family(),),
        Unknown("reaction time", "reaction time", "s", REACTION_S, REACTION_S, REACTION_S),
    )


def horizon(altitude_m: float, az_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    radius = 4 / 3 * curvature_radius_m(LAT, az_deg)
    heights = np.array([[MAST_M], [altitude_m]])
    ends: NDArray[np.float64] = radius * np.arccos(radius / (radius + heights))
    return np.asarray(ends.sum(axis=0))
