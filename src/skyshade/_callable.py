"""Packages that are called like their main verb.

`skyshade.reach` and `skyshade.assess` are packages and, to a user of ``import skyshade as sky``,
verbs: ``sky.reach(scenario)``. Python sets a package as an attribute of the one above as soon as
anything in it is imported, so the verb must be the package itself.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Verb(ModuleType):
    """A package that passes a call on to its verb, which is loaded then."""

    _verb: tuple[str, str]

    def __call__(self, *args: Any, **options: Any) -> Any:
        """What the verb returns."""
        return getattr(import_module(self._verb[0]), self._verb[1])(*args, **options)


def make_verb(package: str, home: str, function: str) -> None:
    """Let a package be called like a function of one of its modules.

    Parameters
    ----------
    package : its `__name__`; called at the end of its `__init__.py`.
    home, function : the module and the name of the verb.
    """
    module = sys.modules[package]
    module.__class__ = _Verb
    module.__dict__["_verb"] = (home, function)
