"""Reading the catalogue's YAML files; a broken rule of the format is refused with its line."""

from __future__ import annotations

import functools
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from skyshade.catalogue.model import (
    NOT_FOUND,
    Alternative,
    Catalogue,
    Confidence,
    Duty,
    Entry,
    Figure,
    Kind,
    Source,
    folded,
)
from skyshade.catalogue.node import Node, read_file
from skyshade.manifest import sha256
from skyshade.units import UNITS, Dimension

SHIPPED = Path(__file__).parent / "data"
SOURCES, VOCABULARY = "sources.yaml", "vocabulary.yaml"

Measure = Dimension | Literal["text"]
Quantity = tuple[str, Measure]  # title and dimension of one key of the vocabulary

_SEEN = ("full", "excerpt", "secondary", "no")
# circumstance in a file -> its dimension, its name (with unit) in Figure.at
_AT: dict[str, tuple[Dimension, str]] = {
    "rcs": ("area", "rcs_m2"),
    "target_speed": ("speed", "target_speed_mps"),
}


def load_catalogue(folder: str | Path | None = None) -> Catalogue:
    """The shipped catalogue (read once), or that of another folder of the same format.

    A folder holds `sources.yaml`, `vocabulary.yaml` and any number of files of entries; the format
    is described in docs/catalogue.md.

    Raises
    ------
    InputError : a file breaks a rule of the format, with its line; or there is no such folder.
    """
    return _shipped() if folder is None else _load(Path(folder))


@functools.cache
def _shipped() -> Catalogue:
    return _load(SHIPPED)


def _load(folder: Path) -> Catalogue:
    sources = {node.name: _source(node) for node in read_file(folder / SOURCES).children()}
    quantities = {node.name: _quantity(node) for node in read_file(folder / VOCABULARY).children()}
    # by stem, so that "s-400" comes before "s-400-missiles"
    files = sorted(folder.glob("*.yaml"), key=lambda file: file.stem)
    nodes = [
        node
        for file in files
        if file.name not in (SOURCES, VOCABULARY)
        for node in read_file(file).children()
    ]
    entries = [_entry(node, quantities, sources) for node in nodes]

    owners: dict[str, str] = {}
    ids = {entry.id for entry in entries}
    for node, entry in zip(nodes, entries, strict=True):
        for name in (entry.id, *entry.aliases):
            if folded(name) in owners:
                raise node.error(f"'{name}' is already a name of {owners[folded(name)]}")
            owners[folded(name)] = entry.id
        if entry.part_of is not None and entry.part_of not in ids:
            raise node.child("part_of").unknown("entry", entry.part_of, ids)
    _check_duties(nodes, entries)
    return Catalogue(
        entries=MappingProxyType({entry.id: entry for entry in entries}),
        sources=MappingProxyType(sources),
        version=_version(files),
    )


def _check_duties(nodes: list[Node], entries: list[Entry]) -> None:
    """Check that only radars of systems have duties, and that no two of a system share one."""
    systems = {entry.id for entry in entries if entry.kind == "system"}
    holders: dict[tuple[str, Duty], str] = {}
    for node, entry in zip(nodes, entries, strict=True):
        for duty in entry.duties:
            if entry.kind != "radar" or entry.part_of not in systems:
                raise node.child("duties").error("only a radar that is part of a system has duties")
            holder = holders.setdefault((entry.part_of, duty), entry.id)
            if holder != entry.id:
                raise node.child("duties").error(
                    f"{holder} is the {duty} radar of {entry.part_of} already"
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


def _entry(node: Node, quantities: dict[str, Quantity], sources: dict[str, Source]) -> Entry:
    fields = node.fields(
        required=("title", "kind", "figures"), optional=("part_of", "aliases", "duties")
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
        kind=fields["kind"].choice("kind", get_args(Kind)),
        figures=MappingProxyType(figures),
        part_of=fields["part_of"].text() if "part_of" in fields else None,
        aliases=tuple(fields["aliases"].texts()) if "aliases" in fields else (),
        duties=tuple(duty.choice("duty", get_args(Duty)) for duty in duties),
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
