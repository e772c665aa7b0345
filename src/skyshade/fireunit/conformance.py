"""Whether the model can use entries of a catalogue: what a user's folder is checked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from skyshade.catalogue.load import catalogue_with, folders_in_use
from skyshade.catalogue.model import Catalogue, Entry
from skyshade.errors import InputError
from skyshade.fireunit.load import missile_names
from skyshade.flyout.assumptions import ASSUMED
from skyshade.flyout.load import load_missile
from skyshade.radar.load import load_radar, load_target

# what coverage, reach and raids need of a system: (of which entry, figure)
NEEDED = (
    ("system", "reaction_time"),
    ("system", "launch_interval"),
    ("fire_unit", "targets_engaged"),
    ("fire_unit", "missiles_guided"),
    ("fire_unit", "launchers"),
    ("acquisition", "instrumented_range"),
    ("acquisition", "targets_tracked"),
)


class FolderCheck(NamedTuple):
    """A folder that the model can use: how many entries it has, and what has to be assumed."""

    n_entries: int
    assumed: list[str]


def check_folder(folder: Path) -> FolderCheck:
    """Check that the model can use a user's folder, over the catalogue in use.

    Raises
    ------
    InputError : as of :func:`check_entries`; a file that breaks a rule of the format.
    """
    home = folder.absolute()
    known = catalogue_with((*folders_in_use(), str(home)))
    own = [entry for entry in known.entries.values() if Path(entry.origin).parent == home]
    return FolderCheck(len(own), check_entries(known, own))


def check_entries(catalogue: Catalogue, entries: Sequence[Entry]) -> list[str]:
    """Check that the model can use these entries; sentences on what it has to assume.

    Raises
    ------
    InputError : the first thing that is missing or impossible, with file and line of the entry.
    """
    said = []
    for entry in entries:
        try:
            said += _check(catalogue, entry)
        except InputError as error:
            place = {"file": entry.origin, "line": entry.line} if entry.is_users else {}
            raise error.at(field=entry.id, **place) from None
    return said


def _check(catalogue: Catalogue, entry: Entry) -> list[str]:
    if entry.kind == "missile":
        missile = load_missile(entry.id, catalogue)
        lacking = [f.title for f in missile.figures() if f.sources == (ASSUMED,)]
        return [f"{entry.id}: assumed, since no figure is given: {', '.join(lacking)}."] * bool(
            lacking
        )
    if entry.kind == "radar" and entry.duties:
        load_radar(entry.id, catalogue)
    if entry.kind == "target_class":
        load_target(entry.id, catalogue)
        if entry.category is None and entry.like is None:
            return [
                f"{entry.id}: no category and like no other class, so that kill probabilities are "
                "those of the worst class in the records."
            ]
    if entry.kind == "system":
        check_system(catalogue, entry.id)
    return []


def check_system(catalogue: Catalogue, system: str) -> None:
    """Check that a system has all that coverage, reach and raids need.

    Raises
    ------
    InputError : a part or figure that is missing, with what to add.
    """
    unit = catalogue.fire_unit_of(system)
    parts = {
        "system": catalogue.entry(system),
        "fire_unit": unit,
        "acquisition": catalogue.radar_of(system, "acquisition"),
        "engagement": catalogue.radar_of(system, "engagement"),
    }
    if not missile_names(system, catalogue):
        raise InputError(
            f"the system {system} has no missile",
            hint=f"Add an entry of kind missile with 'part_of: {system}'.",
        )
    for part, key in NEEDED:
        figure = parts[part].figures.get(key)
        if figure is None or figure.is_unknown:
            raise InputError(
                f"{parts[part].id} has no {key}, which a {part.replace('_', ' ')} of a system "
                "that is modelled needs"
            )
