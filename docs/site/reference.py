"""The reference pages: every command as its `--help` has it, every public name of the library."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
import yaml

SOURCES = Path(__file__).parents[2] / "src" / "skyshade"
# packages whose public names are those that they list
PACKAGES = (
    "scenario",
    "catalogue",
    "coverage",
    "radar",
    "flyout",
    "engagement",
    "campaign",
    "programme",
    "tracking",
    "defender",
)
# modules of the others that a user may call
MODULES = (
    "case",
    "terrain.dem",
    "terrain.sweep",
    "terrain.points",
    "terrain.uncertainty",
    "reach.scenario",
    "siting.solve",
    "siting.model",
    "assignment.solve",
    "assignment.read",
    "export.formats",
    "units",
)


def commands() -> str:
    """One section for each command, from the same text as `--help`."""
    from skyshade.cli import app

    root = typer.main.get_command(app)
    parts = [
        "# Commands",
        "Made from the text that `--help` shows. Exit codes: 0 done, 1 the work failed, 2 bad input.",
    ]
    parts.extend(_sections(root, "skyshade", 2))
    return "\n\n".join(parts) + "\n"


def _sections(command: Any, name: str, level: int) -> Iterator[str]:
    for word in sorted(getattr(command, "commands", {})):
        one = command.commands[word]
        if one.hidden:
            continue
        path = f"{name} {word}"
        yield f"{'#' * level} {path}"
        yield inspect.cleandoc(one.help or "").replace("\b", "").replace("\f", "")
        words = [_argument(p) for p in one.params if p.param_type_name == "argument"]
        group = ["COMMAND"] if getattr(one, "commands", None) else []
        yield "    " + " ".join([path, *words, "[OPTIONS]", *group])
        rows = [r for p in one.params if (r := _row(p)) is not None]
        if rows:
            yield "| argument or option | default | meaning |\n|---|---|---|\n" + "\n".join(rows)
        yield from _sections(one, path, min(level + 1, 4))


def _argument(parameter: Any) -> str:
    shown = str(parameter.metavar or parameter.name).upper()
    shown = shown.strip("[]")
    shown = f"{shown}…" if parameter.nargs == -1 else shown
    return shown if parameter.required else f"[{shown}]"


def _row(parameter: Any) -> str | None:
    if getattr(parameter, "hidden", False) or parameter.name == "help":
        return None
    if parameter.param_type_name == "argument":
        name = f"`{_argument(parameter)}`"
    else:
        value = "" if _is_flag(parameter) else f" {_metavar(parameter)}"
        name = ", ".join(
            f"`{flag}{value}`" for flag in (*parameter.opts, *parameter.secondary_opts)
        )
    default = parameter.default
    plain = isinstance(default, (str, int, float)) and not isinstance(default, bool)
    shown = f"`{default}`" if plain and not parameter.required else ""
    meaning = " ".join((parameter.help or "").split())
    return f"| {_cell(name)} | {_cell(shown)} | {_cell(meaning)} |"


def _is_flag(parameter: Any) -> bool:
    return parameter.is_flag or getattr(parameter.type_descriptor, "annotation", None) is bool


def _metavar(parameter: Any) -> str:
    """As it says itself, else by its type."""
    described = getattr(parameter, "type_descriptor", None)
    kind = getattr(described, "annotation", str)
    words = {int: "N", float: "X", Path: "PATH"}
    return str(parameter.metavar or words.get(kind, "TEXT"))


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def python() -> str:
    """The public names, one section for each package."""
    import skyshade

    parts = [
        "# Python",
        "Everything here is made from the docstrings. Names of the first section are importable from the top: "
        "`from skyshade import load_scenario`. Lengths are metres, angles degrees at borders, times seconds, "
        "unless a name says otherwise.",
        "## skyshade",
    ]
    homes: dict[str, str] = skyshade._HOME  # type: ignore[attr-defined]
    for name, home in sorted(homes.items(), key=lambda pair: pair[0].lower()):
        parts.append(f"::: {home}.{name}\n    options: {{heading_level: 3}}")
    for package in PACKAGES:
        parts.append(f"## skyshade.{package}")
        module = importlib.import_module(f"skyshade.{package}")
        for name in sorted(set(module.__all__) - set(homes), key=str.lower):
            found = getattr(module, name)
            if callable(found) and found.__module__.startswith("skyshade."):  # no constants
                where = f"{found.__module__}.{found.__qualname__}"
                parts.append(f"::: {where}\n    options: {{heading_level: 3}}")
    for other in MODULES:
        parts.append(f"## skyshade.{other}")
        known = {n for n, home in homes.items() if home == f"skyshade.{other}"}
        for name in _defined(SOURCES / f"{other.replace('.', '/')}.py"):
            if name not in known:
                parts.append(f"::: skyshade.{other}.{name}\n    options: {{heading_level: 3}}")
    return "\n\n".join(parts) + "\n"


def _defined(file: Path) -> list[str]:
    """The functions and classes of a module that are public."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    body = ast.parse(file.read_text("utf-8")).body
    return [n.name for n in body if isinstance(n, kinds) and not n.name.startswith("_")]


def cite(file: Path) -> str:
    """How to cite, from `CITATION.cff`."""
    given = yaml.safe_load(file.read_text("utf-8"))
    authors = " and ".join(a["name"] for a in given["authors"])
    year = str(given["date-released"])[:4]
    key = f"skyshade{year}"
    return f"""# How to cite

{given["message"]}

> {authors} ({year}). *{given["title"]}* (version {given["version"]}) [computer software]. {given["license"]}.

```bibtex
@software{{{key},
  author  = {{{{{authors}}}}},
  title   = {{{{{given["title"]}}}}},
  version = {{{given["version"]}}},
  year    = {{{year}}},
  license = {{{given["license"]}}}
}}
```

Every run writes `manifest.json`. Its version, hashes and seed say what a number was made from, and someone with the same
files gets the same number. The brief of `skyshade assess` has the line to print under a figure.

The same in machine-readable form is `CITATION.cff` at the top of the sources. The figures of the catalogue and the claims of a
ledger have sources of their own, which `skyshade catalogue NAME` and `skyshade programme --subject NAME` print: please cite those
as well when you use them.
"""
