"""The defender's decisions in a raid as a game: which target, which fire unit, hold or fire.

The attack is the scenario's raid as given; nothing about it can be chosen. docs/defender.md tells
what is seen, done and rewarded. Needs the extra 'rl' (Gymnasium), which is imported on first use.
"""

from importlib import import_module
from typing import Any

from skyshade.errors import InputError

ENV_ID = "Skyshade/Defender-v0"
_HOME = {
    "DefenderEnv": "skyshade.defender.env",
    "RandomPolicy": "skyshade.defender.policies",
    "always_hold": "skyshade.defender.policies",
    "engine_rule": "skyshade.defender.policies",
    "nearest_first": "skyshade.defender.policies",
    "play": "skyshade.defender.policies",
}

__all__ = [
    "ENV_ID",
    "DefenderEnv",
    "RandomPolicy",
    "always_hold",
    "engine_rule",
    "nearest_first",
    "play",
    "register",
]


def register() -> str:
    """Make the environment known to `gymnasium.make` and `make_vec`; returns its id.

    Calling it again changes nothing.

    Raises
    ------
    InputError : Gymnasium is not installed.
    """
    gymnasium = import_gymnasium()
    if ENV_ID not in gymnasium.registry:
        gymnasium.register(ENV_ID, entry_point="skyshade.defender.env:DefenderEnv")
    return ENV_ID


def import_gymnasium() -> Any:
    """The library, or InputError that tells how to get it."""
    try:
        return import_module("gymnasium")
    except ImportError:
        raise InputError(
            "Gymnasium is not installed", hint="Install it with: pip install 'skyshade[rl]'"
        ) from None


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'skyshade.defender' has no attribute {name!r}")
