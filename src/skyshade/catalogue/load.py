"""Reading the catalogue's YAML files; a broken rule of the format is refused with its line."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from skyshade.catalogue.model import (
    NOT_FOUND,
    Alternative,
    Catalogue,
    Category,
    Confidence,
    Duty,
    Entry,
    Figure,
    Kind,
    Source,
    folded,
)
from skyshade.catalogue.node import Node, read_file
from skyshade.errors import InputError
from skyshade.files import data_home
from skyshade.manifest import sha256
from skyshade.units import UNITS, Dimension

SHIPPED = Path(__file__).parent / "data"
SOURCES, VOCABULARY = "sources.yaml", "vocabulary.yaml"

Measure = Dimension | Literal["text"]
Quantity = tuple[str, Measure]  # title and dimension of one key of the vocabulary

# a field of an entry that only these kinds have
_ONLY: dict[str, tuple[Kind, ...]] = {
    "uses": ("system",),
    "category": ("target_class",),
    "like": ("target_class", "missile"),
}
_SEEN = ("full", "excerpt", "secondary", "no")
# circumstance in a file -> its dimension, its name (with unit) in Figure.at
_AT: dict[str, tuple[Dimension, str]] = {
    "rcs": ("area", "rcs_m2"),
    "target_speed": ("speed", "target_speed_mps"),
}


# The user's folders that names are looked up in, beside the shipped catalogue: set while a scenario
# that names some is checked; each part of a scenario remembers those that it was checked with.
_folders: ContextVar[tuple[str, ...]] = ContextVar("folders", default=())
_asked: list[str] = []  # by `--catalogue`, for the whole process


def load_catalogue(folder: str | Path | None = None) -> Catalogue:
    """The catalogue in use, or that of another folder of the same format.

    In use are the shipped catalogue, the user's own in `catalogue/` under the data folder
    (:func:`~skyshade.files.data_home`), and what `--catalogue` added. A scenario may name further
    folders: see `known` of :class:`~skyshade.scenario.part.Part`.

    Parameters
    ----------
    folder : holds `sources.yaml`, `vocabulary.yaml` and any number of files of entries; the format
        is described in docs/catalogue.md.

    Raises
    ------
    InputError : a file breaks a rule of the format, with its line; or there is no such folder.
    """
    return catalogue_with(folders_in_use()) if folder is None else _load((str(folder),))


def catalogue_with(folders: Iterable[str]) -> Catalogue:
    """The shipped catalogue with the user's folders, each over those before it.

    Kept in memory as long as no file of theirs changes.

    Raises
    ------
    InputError : a file breaks a rule of the format, with its line; or there is no such folder.
    """
    folders = tuple(folders)
    return _kept(folders, tuple(_state(folder) for folder in folders))


def folders_in_use() -> tuple[str, ...]:
    """The user's folders that names are looked up in, the one that counts most last."""
    home = data_home() / "catalogue"
    own = (str(home),) if home.is_dir() else ()
    return tuple(dict.fromkeys((*own, *_folders.get(), *_asked)))


@contextmanager
def using(folders: Iterable[str]) -> Iterator[None]:
    """Look names up in these folders of the user's as well, inside the `with` block."""
    token = _folders.set(tuple(folders))
    try:
        yield
    finally:
        _folders.reset(token)


def use_folders(folders: Sequence[Path]) -> None:
    """Look names up in these folders as well, for the rest of the process: `--catalogue`.

    Raises
    ------
    InputError : a name that no folder can have.
    """
    found = []
    for folder in folders:
        try:
            found.append(str(folder.resolve()))
        except (OSError, RuntimeError, ValueError):  # links in a circle; a byte of zero
            raise InputError("no such folder", value=str(folder)) from None
    _asked[:] = found


def asked_folders() -> tuple[str, ...]:
    """The folders that `--catalogue` added."""
    return tuple(_asked)


def _state(folder: str) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and times of the files of a folder: another state means another catalogue."""
    try:
        with os.scandir(folder) as files:
            found = [(f.name, f.stat()) for f in files if f.name.endswith(".yaml")]
    except (OSError, ValueError) as error:
        raise InputError(
            "no such folder", value=folder, hint="A catalogue is a folder of .yaml files."
        ) from error
    if not found:
        raise InputError("this folder holds no catalogue", value=folder, allowed="files *.yaml")
    return tuple(sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in found))


@functools.lru_cache(maxsize=16)
def _kept(folders: tuple[str, ...], state: object) -> Catalogue:
    return _load((str(SHIPPED), *folders))


def _load(folders: tuple[str, ...]) -> Catalogue:
    """The first folder is whole; each further one adds entries, sources and kinds of figures."""
    sources: dict[str, Source] = {}
    quantities: dict[str, Quantity] = {}
    found: dict[str, tuple[Node, Entry]] = {}
    versions: dict[str, str] = {}
    for i, folder in enumerate(map(Path, folders)):
        for node in _optional(folder / SOURCES, required=i == 0):
            sources[node.name] = _source(node)
        for node in _optional(folder / VOCABULARY, required=i == 0):
            quantities[node.name] = _quantity(node)
        here: dict[str, Node] = {}
        # by stem, so that "s-400" comes before "s-400-missiles"
        files = sorted(folder.glob("*.yaml"), key=lambda file: file.stem)
        for file in files:
            if file.name in (SOURCES, VOCABULARY):
                continue
            for node in read_file(file).children():
                first = here.setdefault(folded(node.name), node)
                if first is not node:
                    raise node.error(
                        f"'{node.name}' is already a name of {first.name}",
                        hint=f"The first is on line {first.place()['line']} of {first.doc.file}.",
                    )
                entry = _entry(node, quantities, sources, is_users=i > 0)
                old = next((id for id in found if folded(id) == folded(entry.id)), entry.id)
                found[old] = (node, entry)
        versions[str(folder)] = _version(files)
    nodes, entries = [n for n, _ in found.values()], [e for _, e in found.values()]
    _check_names(nodes, entries)
    _check_duties(nodes, entries)
    shipped = versions.pop(folders[0])
    return Catalogue(
        entries=MappingProxyType({entry.id: entry for entry in entries}),
        sources=MappingProxyType(sources),
        version=sha256(" ".join([shipped, *versions.values()]).encode())[:12]
        if versions
        else shipped,
        folders=MappingProxyType(versions),
    )


def _optional(file: Path, required: bool) -> list[Node]:
    """What a file holds; nothing if it need not be there and is not."""
    return read_file(file).children() if required or file.exists() else []


def _check_names(nodes: list[Node], entries: list[Entry]) -> None:
    """Check that every name is of one entry, and that entries refer to others that are there."""
    owners: dict[str, str] = {}
    ids = {entry.id for entry in entries}
    for node, entry in zip(nodes, entries, strict=True):
        for name in (entry.id, *entry.aliases):
            if folded(name) in owners:
                raise node.error(f"'{name}' is already a name of {owners[folded(name)]}")
            owners[folded(name)] = entry.id
        if entry.part_of is not None and entry.part_of not in ids:
            raise node.child("part_of").unknown("entry", entry.part_of, ids)
        for used in entry.uses:
            if used not in ids:
                raise node.child("uses").unknown("entry", used, ids)
        alike = {other.id for other in entries if other.kind == entry.kind}
        if entry.like is not None and entry.like not in alike:
            raise node.child("like").unknown(entry.kind.replace("_", " "), entry.like, alike)


def _check_duties(nodes: list[Node], entries: list[Entry]) -> None:
    """Check that only radars of systems have duties, and that no two of a system share one."""
    systems = {entry.id for entry in entries if entry.kind == "system"}
    holders: dict[tuple[str, Duty], str] = {}
    users = {used: e.id for e in entries for used in e.uses}
    for node, entry in zip(nodes, entries, strict=True):
        for duty in entry.duties:
            if entry.kind != "radar" or entry.part_of not in systems:
                raise node.child("duties").error("only a radar that is part of a system has duties")
            for system in filter(None, (entry.part_of, users.get(entry.id))):
                holder = holders.setdefault((system, duty), entry.id)
                if holder != entry.id:
                    raise node.child("duties").error(
                        f"{holder} is the {duty} radar of {system} already"
                    )


def _version(files: list[Path]) -> str:
    """Twelve hexadecimal digits that change with every byte and every file name."""
    return sha256("".join(f"{f.name} {sha256(f.read_bytes())}\n" for f in files).encode())[:12]


def _source(node: Node) -> Source:
    fields = node.fields(required=("title", "seen"), optional=("outlet", "date", "url", "note"))
    seen = fields["seen"].choice("extent of reading", _SEEN)
    texts = {key: child.text() for key, child in fields.items() if key != "seen"}
    if not texts.get("url", "https://").startswith(("http://", "https://")):
        raise fields["url"].error(
            "not an address", value=texts["url"], allowed="https://… or http://…"
        )
    return Source(id=node.name, seen=seen, **texts)


def _quantity(node: Node) -> Quantity:
    fields = node.fields(required=("title", "dimension"))
    return fields["title"].text(), fields["dimension"].choice("dimension", (*UNITS, "text"))


def _entry(
    node: Node, quantities: dict[str, Quantity], sources: dict[str, Source], is_users: bool
) -> Entry:
    fields = node.fields(
        required=("title", "kind", "figures"),
        optional=("part_of", "aliases", "duties", "uses", "category", "like"),
    )
    kind = fields["kind"].choice("kind", get_args(Kind))
    for name, kinds in _ONLY.items():
        if name in fields and kind not in kinds:
            raise fields[name].error(
                f"only a {' or a '.join(k.replace('_', ' ') for k in kinds)} has '{name}'"
            )
    duties = fields["duties"].elements() if "duties" in fields else ()
    figures: dict[str, Figure] = {}
    for child in fields["figures"].children():
        if child.name not in quantities:
            raise child.unknown("figure", child.name, quantities)
        figures[child.name] = _figure(child, *quantities[child.name], sources)
    return Entry(
        id=node.name,
        title=fields["title"].text(),
        kind=kind,
        figures=MappingProxyType(figures),
        part_of=fields["part_of"].text() if "part_of" in fields else None,
        aliases=tuple(fields["aliases"].texts()) if "aliases" in fields else (),
        duties=tuple(duty.choice("duty", get_args(Duty)) for duty in duties),
        uses=tuple(fields["uses"].texts()) if "uses" in fields else (),
        category=fields["category"].choice("category", get_args(Category))
        if "category" in fields
        else None,
        like=fields["like"].text() if "like" in fields else None,
        origin=node.doc.file if is_users else "",
        line=(node.place()["line"] or 0) if is_users else 0,
    )


_PUBLISHED = ("low", "high", "condition", "at")


def _figure(node: Node, title: str, dimension: Measure, sources: dict[str, Source]) -> Figure:
    fields = node.fields(
        required=("value", "sources", "confidence", "why"),
        optional=(*_PUBLISHED, "alternatives"),
    )
    published = _published(fields, dimension, sources)
    if (published["value"] is None) != (published["sources"] == (NOT_FOUND,)):
        raise node.error(
            f"'{NOT_FOUND}' is the source of a figure without value, and of no other",
            value=fields["sources"].data,
        )
    others = fields["alternatives"].elements() if "alternatives" in fields else ()
    alternatives = tuple(_alternative(other, dimension, sources) for other in others)
    why = fields["why"].text()
    return node.build(
        Figure, key=node.name, title=title, why=why, alternatives=alternatives, **published
    )


def _alternative(node: Node, dimension: Measure, sources: dict[str, Source]) -> Alternative:
    fields = node.fields(
        required=("sources", "confidence", "why_not"), optional=("value", *_PUBLISHED)
    )
    published = _published(fields, dimension, sources)
    if published["value"] is None and (published["low"] is None or published["high"] is None):
        raise node.error("an alternative needs a value, or low and high")
    if NOT_FOUND in published["sources"]:
        raise node.error(f"an alternative cannot have the source '{NOT_FOUND}'", value=NOT_FOUND)
    return node.build(Alternative, **published, why_not=fields["why_not"].text())


def _published(
    fields: dict[str, Node], dimension: Measure, sources: dict[str, Source]
) -> dict[str, Any]:
    named = fields["sources"].texts()
    if not named:
        raise fields["sources"].error("a figure needs a source")
    for name in named:
        if name not in sources:
            raise fields["sources"].unknown("source", name, sources)
    if dimension == "text" and (bound := fields.get("low") or fields.get("high")):
        raise bound.error("a text has no low or high")
    values = {key: _value(fields.get(key), dimension) for key in ("value", "low", "high")}
    at: dict[str, float] = {}
    for child in fields["at"].children() if "at" in fields else ():
        if child.name not in _AT:
            raise child.unknown("circumstance", child.name, _AT)
        of, name = _AT[child.name]
        at[name] = child.number(of)
    return {
        **values,
        "unit": "" if dimension == "text" else next(iter(UNITS[dimension])),
        "sources": tuple(named),
        "confidence": fields["confidence"].choice("confidence", get_args(Confidence)),
        "condition": fields["condition"].text() if "condition" in fields else "",
        "at": MappingProxyType(at),
    }


def _value(node: Node | None, dimension: Measure) -> float | str | None:
    if node is None or node.data is None:
        return None
    return node.text() if dimension == "text" else node.number(dimension)
