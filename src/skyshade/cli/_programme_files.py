"""Telling a ledger from a scenario, and saying what a good ledger holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skyshade.programme import Ledger


def is_ledger(text: str) -> bool:
    """True for a ledger's folder, a shipped ledger's name, or a file that is meant as one.

    A file says so in its `schema`; without that line, by having claims. A name that both a scenario
    and a ledger bear is the scenario's.
    """
    from skyshade.errors import InputError
    from skyshade.programme.ledger import SCHEMA, ledger_names
    from skyshade.scenario.load import IN_FOLDER, scenario_names
    from skyshade.yamlfile import read_text

    if text in scenario_names():
        return False
    path = Path(text)
    try:
        if text in ledger_names() or (text and path.is_dir() and not (path / IN_FOLDER).is_file()):
            return True
        head = read_text(path)[:20_000]
    except (InputError, OSError, ValueError):
        return False
    keys = {line.partition(":")[0]: line.partition("#")[0] for line in head.splitlines()}
    if "schema" in keys:
        return SCHEMA.rsplit("/", 1)[0] in keys["schema"]
    return any(key in keys for key in ("claims", "contradictions", "extends"))


def is_empty(text: str) -> bool:
    """True for a file that holds nothing but blanks and remarks."""
    from skyshade.errors import InputError
    from skyshade.yamlfile import read_text

    try:
        lines = read_text(Path(text))[:20_000].splitlines() if Path(text).is_file() else ["a name"]
    except (InputError, OSError, ValueError):
        return False
    return all(not line.strip() or line.lstrip().startswith("#") for line in lines)


def say_good(text: str, ledger: Ledger) -> None:
    """Say what a ledger holds that has been read without complaint."""
    from skyshade.report.text import count

    print(
        f"{text}: good. Ledger '{ledger.name}': {count(len(ledger.claims), 'claim')} on "
        f"{count(len({c.subject for c in ledger.claims}), 'subject')}, "
        f"{count(len(ledger.sources), 'source')}, "
        f"{count(len(ledger.contradictions), 'contradiction')} looked into."
    )
