"""Reading ledgers: many YAML files, one set of claims; complaints name file and line."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from skyshade.catalogue.node import Node
from skyshade.errors import InputError, did_you_mean, unknown_name
from skyshade.manifest import sha256
from skyshade.programme.claims import check_supersession, read_claim
from skyshade.programme.model import (
    CONFIDENCE,
    Attribute,
    AttributeKind,
    Claim,
    Contradiction,
    Ledger,
    LedgerSource,
    Measure,
    Setup,
    SourceKind,
    Subject,
    SubjectKind,
)
from skyshade.programme.reading import as_date, choice_of, dated_text
from skyshade.programme.setup import read_setup
from skyshade.yamlfile import Document, parse_yaml, read_text

SCHEMA = "skyshade/ledger/1"
SHIPPED = Path(__file__).parent / "data"
DEFAULT = "india-s400"
MAX_FILES = 500

_CONFLICT_MARK = re.compile(r"^(<{7} |={7}$|>{7} |\|{7} )", re.MULTILINE)
_SLUG = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")


def ledger_names() -> list[str]:
    """Names of the shipped ledgers."""
    return sorted(p.name for p in SHIPPED.iterdir() if (p / "ledger.yaml").is_file())


def load_ledger(name_or_path: str | Path = DEFAULT) -> Ledger:
    """A shipped ledger by name, or that of a file, or of all .yaml files of a folder.

    Raises
    ------
    InputError : anything wrong, with file, line, field, value and what is allowed.
    """
    text = str(name_or_path)
    return _shipped(text) if text in ledger_names() else load_files(ledger_files(text))


@functools.cache
def _shipped(name: str) -> Ledger:
    return load_files(ledger_files(name))


def ledger_files(name_or_path: str | Path) -> list[Path]:
    """The files behind a ledger's name or path, sorted by name.

    Raises
    ------
    InputError : neither the name of a shipped ledger nor an existing file or folder with files.
    """
    text, names = str(name_or_path), ledger_names()
    path = SHIPPED / text if text in names else Path(text)
    is_path = bool(path.suffix) or "/" in text
    try:
        is_folder, exists = path.is_dir(), bool(text) and path.exists()
    except (OSError, ValueError):
        is_folder, exists = False, is_path  # the reader will say why it cannot be read
    if is_folder and text:
        files = sorted([*path.glob("*.yaml"), *path.glob("*.yml")], key=lambda file: file.name)
        if not files:
            raise InputError("no .yaml files in this folder", file=text)
        if len(files) > MAX_FILES:
            raise InputError("too many files", file=text, allowed=f"at most {MAX_FILES}")
        return files
    if exists:
        return [path]
    if is_path:
        raise InputError("no such file", file=text, hint=did_you_mean(path.stem, names))
    raise unknown_name("ledger", text, names)


@functools.cache
def vocabulary() -> MappingProxyType[str, Attribute]:
    """Every attribute that can be claimed."""
    found: dict[str, Attribute] = {}
    for node in Node(_parse(SHIPPED / "vocabulary.yaml"), ()).children():
        fields = node.fields(
            required=("title", "kind", "measure"),
            optional=("order", "promised", "by_law", "interested", "of"),
        )
        found[node.name] = Attribute(
            name=node.name,
            title=fields["title"].text(),
            kind=choice_of(fields["kind"], "kind", AttributeKind),
            measure=choice_of(fields["measure"], "measure", Measure),
            order=int(fields["order"].number("count")) if "order" in fields else 0,
            promised=bool(fields["promised"].data) if "promised" in fields else False,
            by_law=bool(fields["by_law"].data) if "by_law" in fields else False,
            interested=tuple(fields["interested"].texts()) if "interested" in fields else (),  # type: ignore[arg-type]
            kinds=tuple(fields["of"].texts()) if "of" in fields else (),  # type: ignore[arg-type]
        )
    return MappingProxyType(found)


@dataclass
class _Draft:
    """The contents of the files read so far, each with its node."""

    name: Node | None = None
    title: str = ""
    as_of: date | None = None
    setup: Node | None = None
    base_setup: Setup | None = None
    subjects: dict[str, Subject] = field(default_factory=dict)
    sources: dict[str, LedgerSource] = field(default_factory=dict)
    claim_nodes: list[Node] = field(default_factory=list)
    base_claims: list[Claim] = field(default_factory=list)
    contradiction_nodes: list[Node] = field(default_factory=list)
    base_contradictions: list[Contradiction] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)


def _parse(file: Path) -> Document:
    text = read_text(file)
    if mark := _CONFLICT_MARK.search(text):
        raise InputError(
            "a merge-conflict marker: two versions of this file were never reconciled",
            file=file,
            line=text.count("\n", 0, mark.start()) + 1,
            value=text[mark.start() :].splitlines()[0],
        )
    return parse_yaml(text, str(file))


def load_files(files: Iterable[Path], extended: tuple[str, ...] = ()) -> Ledger:
    """One ledger of these files; `extended` are the ledgers on the way here, to notice a circle."""
    draft, files = _Draft(), list(files)
    for file in files:
        _read_file(file, draft, extended)
    if not draft.claim_nodes and not draft.base_claims:
        raise InputError("an empty ledger: no claims", file=files[0], allowed="at least one claim")
    claims = _claims(draft)
    newest = max((c.reported.first for c in claims), default=date.min)
    return Ledger(
        name=draft.name.text() if draft.name else _name_of(files[0]),
        title=draft.title or (draft.name.text() if draft.name else files[0].stem),
        as_of=max(draft.as_of or newest, newest),
        subjects=MappingProxyType(draft.subjects),
        attributes=vocabulary(),
        sources=MappingProxyType(draft.sources),
        claims=tuple(claims),
        contradictions=_contradictions(draft, claims),
        version=sha256("\n".join(sorted(draft.hashes)).encode())[:12],
        setup=read_setup(draft.setup, draft.subjects)
        if draft.setup
        else draft.base_setup or Setup(),
    )


def _name_of(file: Path) -> str:
    """The name of a ledger that gives itself none: its file's, as an identifier."""
    name = re.sub(r"[^a-z0-9_.-]+", "-", file.stem.casefold()).lstrip("_.-")[:80]
    return name or "ledger"


def _read_file(file: Path, draft: _Draft, extended: tuple[str, ...]) -> None:
    root = Node(_parse(file), ())
    if root.data is None:
        raise InputError(
            "an empty file, not a ledger",
            file=file,
            line=1,
            allowed=f"'schema: {SCHEMA}' and claims",
        )
    if not isinstance(root.data, dict):
        raise InputError("a ledger file is a mapping of fields", file=file, line=1)
    if "schema" not in root.data:
        raise InputError(
            "not a ledger: the line 'schema' is missing",
            file=file,
            line=1,
            allowed=f"schema: {SCHEMA}",
        )
    fields = root.fields(
        required=("schema",),
        optional=(
            "name",
            "title",
            "as_of",
            "extends",
            "programme",
            "subjects",
            "sources",
            "claims",
            "contradictions",
        ),
    )
    fields["schema"].choice("schema", (SCHEMA,))
    draft.hashes.append(sha256(file.read_bytes()))
    if "extends" in fields:
        _extend(fields["extends"], file, draft, extended)
    if "name" in fields:
        if draft.name is not None and draft.name.data != fields["name"].data:
            raise fields["name"].error(
                "the ledger has two names",
                value=fields["name"].data,
                hint=f"The other is in {draft.name.doc.file}.",
            )
        draft.name = fields["name"]
        _slug(fields["name"])
    draft.title = fields["title"].text() if "title" in fields else draft.title
    draft.as_of = as_date(fields["as_of"]).last if "as_of" in fields else draft.as_of
    if "programme" in fields:
        _put_setup(draft, fields["programme"])
    _read_lists(fields, draft)


def _read_lists(fields: dict[str, Node], draft: _Draft) -> None:
    for node in fields["subjects"].children() if "subjects" in fields else ():
        _put(draft.subjects, node, _subject(node), "subject")
    for node in fields["sources"].children() if "sources" in fields else ():
        _put(draft.sources, node, read_source(node, node.name), "source")
    if "claims" in fields and fields["claims"].data is not None:
        draft.claim_nodes += fields["claims"].elements()
    if "contradictions" in fields:
        draft.contradiction_nodes += fields["contradictions"].elements()


def _extend(node: Node, file: Path, draft: _Draft, extended: tuple[str, ...]) -> None:
    """Read the ledger that a file extends into the draft."""
    text = node.text()
    beside = file.parent / text
    if text in extended or len(extended) > 8:
        raise node.error("ledgers extend one another in a circle", value=text)
    try:
        files = ledger_files(text if text in ledger_names() else beside)
        base = _shipped(text) if text in ledger_names() else load_files(files, (*extended, text))
    except InputError as error:
        raise error.at(**node.place()) from None
    draft.subjects |= base.subjects
    draft.sources |= base.sources
    draft.base_claims += base.claims
    draft.base_contradictions += base.contradictions
    draft.hashes.append(base.version)
    draft.as_of = draft.as_of or base.as_of
    draft.base_setup = base.setup
    draft.title = draft.title or f"{base.title}, with additions"


def _put_setup(draft: _Draft, node: Node) -> None:
    if draft.setup is not None:
        raise node.error(
            "the programme is described twice", hint=f"First in {draft.setup.doc.file}."
        )
    draft.setup = node


def _put(register: dict[str, Any], node: Node, thing: object, kind: str) -> None:
    _slug(node, node.name)
    if register.get(node.name, thing) != thing:
        raise node.error(f"this {kind} is described twice, differently", value=node.name)
    register[node.name] = thing


def _slug(node: Node, text: str | None = None) -> str:
    text = node.text() if text is None else text
    if not _SLUG.fullmatch(text):
        raise node.error(
            "not an identifier",
            value=text,
            allowed="lower-case letters, digits, '-', '_', '.', at most 80",
        )
    return text


def _subject(node: Node) -> Subject:
    fields = node.fields(required=("kind", "title"), optional=("note", "order"))
    older = fields["kind"].data == "regiment"  # what ledgers called every unit at first
    return Subject(
        id=node.name,
        kind="unit" if older else choice_of(fields["kind"], "kind of subject", SubjectKind),
        title=fields["title"].text(),
        note=fields["note"].text() if "note" in fields else "",
        order=int(fields["order"].number("count")) if "order" in fields else 0,
    )


def read_source(node: Node, id_: str) -> LedgerSource:
    """The source described at a node."""
    fields = node.fields(
        required=("title", "outlet", "date"), optional=("kind", "url", "seen", "inferred", "note")
    )
    inferred = fields["inferred"].data if "inferred" in fields else False
    if not isinstance(inferred, bool):
        raise fields["inferred"].error("must be true or false", value=inferred)
    url = fields["url"].text() if "url" in fields else ""
    if url and not url.startswith(("http://", "https://")):
        raise fields["url"].error("not an address", value=url, allowed="https://… or http://…")
    return LedgerSource(
        id=id_,
        title=fields["title"].text(),
        outlet=fields["outlet"].text(),
        kind=choice_of(fields["kind"], "kind of source", SourceKind)
        if "kind" in fields
        else "agency",
        date=as_date(fields["date"]),
        seen=fields["seen"].choice("extent of reading", ("full", "excerpt", "secondary", "no"))
        if "seen" in fields
        else "excerpt",
        url=url,
        inferred=inferred,
        note=fields["note"].text() if "note" in fields else "",
    )


def _claims(draft: _Draft) -> list[Claim]:
    """All claims, sorted by id; a repeated claim counts once, another with its id is refused."""
    found = {claim.id: claim for claim in draft.base_claims}
    nodes: dict[str, Node] = {}
    for node in draft.claim_nodes:
        claim, inline = read_claim(node, draft.subjects, vocabulary(), draft.sources, read_source)
        if inline is not None:
            draft.sources.setdefault(inline.id, inline)
        _slug(node.child("id"))
        earlier = found.get(claim.id)
        if earlier is not None and earlier != claim:
            raise node.child("id").error(
                "this id is used twice, with different content",
                value=claim.id,
                hint=f"The first use is in {earlier.file}, line {earlier.line}.",
            )
        if earlier is None:
            found[claim.id], nodes[claim.id] = claim, node
    check_supersession(found, nodes)
    return [found[id_] for id_ in sorted(found)]


def _contradictions(draft: _Draft, claims: list[Claim]) -> tuple[Contradiction, ...]:
    known, found = {claim.id: claim for claim in claims}, list(draft.base_contradictions)
    for node in draft.contradiction_nodes:
        fields = node.fields(
            required=("id", "topic", "reading", "confidence"),
            optional=("claims", "sources", "accepts", "since"),
        )
        lists = {}
        for key, register in (
            ("claims", set(known)),
            ("sources", set(draft.sources)),
            ("accepts", set(known)),
        ):
            lists[key] = tuple(fields[key].texts()) if key in fields else ()
            for name in lists[key]:
                if name not in register:
                    kind = "source" if key == "sources" else "claim"
                    raise fields[key].unknown(kind, name, register)
        for name in lists["accepts"]:
            if name not in lists["claims"]:
                raise fields["accepts"].error("accepts a claim that is not in it", value=name)
        newest = max((known[i].reported.last for i in lists["claims"]), default=date.min)
        found.append(
            Contradiction(
                id=fields["id"].text(),
                topic=fields["topic"].text(),
                reading=dated_text(fields["reading"]),
                confidence=fields["confidence"].choice("confidence", CONFIDENCE),
                since=as_date(fields["since"]).last if "since" in fields else newest,
                **lists,
            )
        )
    return tuple(found)
