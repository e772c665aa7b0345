"""Skyshade: an open analysis model of the S-400 system and of the programme that delivers it.

The public names below are loaded on first use, so ``import skyshade`` costs next to nothing. Their
types are in ``__init__.pyi``.
"""

from importlib import import_module

__version__ = "0.2.0"

# public name -> the module that defines it
_HOME: dict[str, str] = {
    "Altitude": "skyshade.terrain.model",
    "Antenna": "skyshade.terrain.model",
    "Case": "skyshade.case",
    "Coverage": "skyshade.coverage.model",
    "ErrorModel": "skyshade.terrain.uncertainty",
    "RaidResult": "skyshade.campaign.run",
    "Scenario": "skyshade.scenario.schema",
    "SiteSpec": "skyshade.coverage.model",
    "backtest": "skyshade.programme.backtest",
    "compare": "skyshade.campaign.compare",
    "cover": "skyshade.coverage.compute",
    "cover_scenario": "skyshade.coverage.compute",
    "coverage_at": "skyshade.coverage.compute",
    "flyout_table": "skyshade.flyout.tables",
    "forecast": "skyshade.programme.forecast",
    "load_catalogue": "skyshade.catalogue.load",
    "load_dem": "skyshade.terrain.dem",
    "load_ledger": "skyshade.programme.ledger",
    "load_missile": "skyshade.flyout.load",
    "load_radar": "skyshade.radar.load",
    "load_scenario": "skyshade.scenario.load",
    "load_target": "skyshade.radar.load",
    "masking_altitude": "skyshade.terrain.sweep",
    "reach_scenario": "skyshade.reach.scenario",
    "resolve": "skyshade.programme.resolve",
    "run_raid": "skyshade.campaign.run",
    "sweep": "skyshade.campaign.sweep",
    "track_raid": "skyshade.tracking.run",
    "visibility_probability": "skyshade.terrain.uncertainty",
}
_VERBS = ("assess", "reach")  # packages that can be called: see `_callable`

__all__ = sorted(["__version__", *_HOME, *_VERBS])


def __getattr__(name: str) -> object:
    if name in _VERBS:
        return import_module(f"skyshade.{name}")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'skyshade' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
