"""A ledger in the W3C's provenance model (PROV), and back: nothing lost.

Every claim and every source is an entity. A claim was derived from the source that it was read in
(its primary source) and from those that carry it as well; it is a revision of the claims that it
supersedes; it is attributed to its speaker, and a source to its outlet. The ledger is a collection
that one activity, the compilation, generated on the day it was compiled. What PROV has no term for
stands in the namespace `ledger`: the fields of a claim, the subjects, the contradictions looked
into by hand (entities derived from the claims in them) and the section `programme`.

References
----------
W3C Recommendation, PROV-DM: The PROV Data Model, 30 April 2013; PROV-JSON, member submission.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from skyshade.errors import InputError, did_you_mean
from skyshade.programme.exchange import (
    COLUMNS,
    Row,
    checked_ledger,
    claim_row,
    contradiction_row,
    rows_as_yaml,
    setup_fields,
    source_row,
    subject_row,
)
from skyshade.programme.ledger import SCHEMA
from skyshade.programme.model import Claim, Ledger
from skyshade.yamlfile import load_json

# names, not addresses: nothing has to be there
TERMS = "urn:skyshade:ledger-terms:"
LEDGERS = "urn:skyshade:ledger:"

MAX_BYTES = 64 * 2**20  # the provenance of 10^4 claims is 11 MB

# fields that say more precisely in PROV's terms, and are not repeated in ours
_IN_PROV = {"sources": ("title", "outlet"), "subjects": ("title",)}
_LEDGER = ("schema", "name", "as_of", "version", "programme")
# what every claim has, so that a misspelt term cannot fall back to a default
_ALWAYS = ("subject", "attribute", "stance", "valid", "reported", "authority", "evidence")


# ------------------------------------------------------------------------------- a ledger as PROV


def prov_json(ledger: Ledger) -> str:
    """A ledger as PROV-JSON. Same ledger, same bytes.

    Raises
    ------
    InputError : the library prov is not installed.
    """
    text: str = _Writing(ledger).document.serialize(format="json", indent=1)
    return text + "\n"


class _Writing:
    """A PROV document of a ledger; agents are made when first named."""

    def __init__(self, ledger: Ledger) -> None:
        library = _library()
        self.terms = library.PROV
        self.document = document = library.ProvDocument()
        self.agents: dict[tuple[str, str], Any] = {}
        base = f"{LEDGERS}{ledger.name}:"
        document.add_namespace("ledger", TERMS)
        for prefix in ("claim", "source", "subject", "reading", "agent"):
            document.add_namespace(prefix, f"{base}{prefix}:")
        document.add_namespace("of", base)
        self._write(ledger)

    def _write(self, ledger: Ledger) -> None:
        document, day = self.document, f"{ledger.as_of.isoformat()}T00:00:00"
        own = {
            "schema": SCHEMA,
            "name": ledger.name,
            "as_of": ledger.as_of.isoformat(),
            "version": ledger.version,
            "programme": json.dumps(setup_fields(ledger.setup), ensure_ascii=False),
        }
        whole = document.entity(
            "of:claims",
            {"prov:type": self.terms["Collection"], "prov:label": ledger.title, **_given(own)},
        )
        work = document.activity("of:compilation", endTime=day)
        document.wasGeneratedBy(whole, work, day)
        for source in ledger.sources.values():
            entity = self._entity("source", source.id, "sources", source_row(source))
            document.wasAttributedTo(entity, self._agent(source.outlet, "Organization"))
            if source.is_publication:
                document.used(work, entity)
        for subject in ledger.subjects.values():
            self._entity("subject", subject.id, "subjects", subject_row(subject))
        for claim in ledger.claims:
            document.hadMember(whole, self._claim(claim))
        for number, found in enumerate(ledger.contradictions, start=1):
            row = contradiction_row(found)
            entity = self._entity("reading", str(number), "contradictions", row)
            used = [*(f"claim:{c}" for c in found.claims), *(f"source:{s}" for s in found.sources)]
            for thing in used:
                document.wasDerivedFrom(entity, thing)

    def _claim(self, claim: Claim) -> Any:
        document = self.document
        entity = self._entity("claim", claim.id, "claims", claim_row(claim))
        document.primary_source(entity, f"source:{claim.source}")
        for also in claim.also:
            document.wasDerivedFrom(entity, f"source:{also}")
        for old in claim.supersedes:
            document.revision(entity, f"claim:{old}")
        if claim.speaker:
            document.wasAttributedTo(entity, self._agent(claim.who, "Person"))
        return entity

    def _entity(self, prefix: str, id_: str, table: str, row: Row) -> Any:
        said = _IN_PROV.get(table, ())
        label = {"prov:label": row["title"]} if "title" in said else {}
        own = {key: value for key, value in row.items() if key not in said}
        return self.document.entity(f"{prefix}:{id_}", {**label, **_given(own)})

    def _agent(self, name: str, kind: str) -> Any:
        if (name, kind) not in self.agents:
            id_ = f"agent:{_slug(name)}-{len(self.agents) + 1}"
            self.agents[name, kind] = self.document.agent(
                id_, {"prov:label": name, "prov:type": self.terms[kind]}
            )
        return self.agents[name, kind]


def _given(fields: Row) -> Row:
    """The fields that say something, as our terms; lists of names as text, others as JSON."""
    return {
        f"ledger:{key}": _text(value)
        for key, value in fields.items()
        if value not in (None, "", [])
    }


def _text(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    plain = all(isinstance(part, str) for part in value)
    return ", ".join(value) if plain else json.dumps(value, ensure_ascii=False)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40] or "somebody"


# ------------------------------------------------------------------------------- PROV as a ledger


def read_prov(file: str | Path) -> Ledger:
    """The ledger of a PROV-JSON file; it keeps every rule of a ledger file.

    Raises
    ------
    InputError : not the provenance of a ledger, or a rule of the format is broken.
    """
    return checked_ledger(prov_as_yaml(file), file)


def prov_as_yaml(file: str | Path) -> str:
    """The PROV-JSON of a ledger as one ledger file.

    Raises
    ------
    InputError : it cannot be read, describes no ledger or several, lacks a term or has one too
        many, or its relations say something else than its fields.
    """
    read = _Reading(file, _deserialized(file))
    whole = read.ledger()
    base = f"{LEDGERS}{whole.own['name']}:"
    rows: dict[str, list[Row]] = {
        table: [_row(read, entity, table) for entity in read.under(f"{base}{prefix}:")]
        for table, prefix in (
            ("claims", "claim"),
            ("sources", "source"),
            ("subjects", "subject"),
            ("contradictions", "reading"),
        )
    }
    for entity, row in zip(read.under(f"{base}claim:"), rows["claims"], strict=True):
        _check_derivations(read, entity, row, base)
    head = {
        "name": whole.own["name"],
        "title": whole.label,
        "as_of": whole.own.get("as_of"),
        "programme": _of_json(read, whole, "programme") or {},
    }
    return rows_as_yaml(head, rows)


@dataclass
class _Entity:
    """An entity or agent: its address, its label, and what it has in our namespace."""

    uri: str
    label: str = ""
    own: Row = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.uri.rsplit(":", 1)[-1]


class _Reading:
    """What a PROV document says in our terms, by address."""

    def __init__(self, file: str | Path, document: Any) -> None:
        self.file = file
        self.entities: dict[str, _Entity] = {}
        self.agents: dict[str, _Entity] = {}
        # derived entity -> (used entity, kind of derivation); entity -> agents
        self.derived: dict[str, list[tuple[str, str]]] = {}
        self.attributed: dict[str, list[str]] = {}
        library = _library()
        for record in document.get_records():
            if isinstance(record, (library.ProvEntity, library.ProvAgent)):
                agent = isinstance(record, library.ProvAgent)
                self._take(self.agents if agent else self.entities, record)
            elif isinstance(record, library.ProvDerivation):
                new, old = (_uri(value) for _, value in record.formal_attributes[:2])
                kinds = {_uri(t).rsplit("#", 1)[-1] for t in record.get_asserted_types()}
                self.derived.setdefault(new, []).append((old, next(iter(kinds), "")))
            elif isinstance(record, library.ProvAttribution):
                thing, agent_uri = (_uri(value) for _, value in record.formal_attributes[:2])
                self.attributed.setdefault(thing, []).append(agent_uri)

    def _take(self, register: dict[str, _Entity], record: Any) -> None:
        found = _Entity(record.identifier.uri)
        if found.uri in register:
            raise self.error("this is described twice", value=found.uri)
        for name, value in record.attributes:
            if name.uri.startswith(TERMS):
                term = name.uri.removeprefix(TERMS)
                if term in found.own:
                    raise self.error(f"two values of 'ledger:{term}'", value=found.uri)
                found.own[term] = value if isinstance(value, bool) else str(value)
            elif name.uri.endswith("#label"):
                found.label = str(value)
        register[found.uri] = found

    def error(self, problem: str, **place: Any) -> InputError:
        return InputError(problem, file=self.file, **place)

    def ledger(self) -> _Entity:
        """The entity that is the ledger as a whole."""
        found = [e for e in self.entities.values() if e.own.get("schema") == SCHEMA]
        if len(found) != 1:
            raise self.error(
                "not the provenance of a ledger" if not found else "more than one ledger",
                allowed=f"one entity with ledger:schema = '{SCHEMA}'",
            )
        self.check_terms(found[0], _LEDGER, ("name",))
        return found[0]

    def under(self, prefix: str) -> list[_Entity]:
        """The entities with such addresses, in the order of the document."""
        return [e for uri, e in self.entities.items() if uri.startswith(prefix)]

    def check_terms(
        self, entity: _Entity, known: Collection[str], always: Collection[str] = ()
    ) -> None:
        """Refuse unknown terms of ours, and the lack of one that is always there."""
        for term in entity.own:
            if term not in known:
                raise self.error(
                    f"unknown term 'ledger:{term}'",
                    value=entity.uri,
                    hint=did_you_mean(term, known),
                )
        for term in always:
            if term not in entity.own:
                raise self.error(f"the term 'ledger:{term}' is missing", value=entity.uri)


def _row(read: _Reading, entity: _Entity, table: str) -> Row:
    """An entity as a row of a table; the columns are those of the data package."""
    said = _IN_PROV.get(table, ())
    columns = {c: kind for c, (kind, _) in COLUMNS[table].items() if c not in said}
    always = _ALWAYS if table == "claims" else ()
    read.check_terms(entity, columns, ("id", *always))
    if table != "contradictions" and entity.own["id"] != entity.id:
        raise read.error(
            "an entity whose address and identifier differ",
            field="ledger:id",
            value=entity.own["id"],
            allowed=entity.id,
        )
    row: Row = {column: entity.own.get(column) for column in columns}
    for column, kind in columns.items():
        if kind == "array" and row[column] is not None:
            listed = column != "reading"
            row[column] = row[column].split(", ") if listed else _of_json(read, entity, column)
        elif kind == "integer" and row[column] is not None:
            row[column] = _whole_number(read, entity, column)
    if "title" in said:
        row["title"] = entity.label
    if "outlet" in said:
        row["outlet"] = _outlet(read, entity)
    return row


def _whole_number(read: _Reading, entity: _Entity, term: str) -> int:
    text = str(entity.own[term])
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise read.error("not a whole number", field=f"{entity.id}, ledger:{term}", value=text)
    return int(text)


def _of_json(read: _Reading, entity: _Entity, term: str) -> Any:
    text = entity.own.get(term)
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise read.error("not JSON", field=f"{entity.id}, ledger:{term}", value=text) from None


def _outlet(read: _Reading, entity: _Entity) -> str:
    """The label of the one agent that a source is attributed to."""
    agents = [read.agents[uri] for uri in read.attributed.get(entity.uri, ()) if uri in read.agents]
    if len(agents) != 1:
        raise read.error(
            "a source is attributed to one agent, its outlet", value=entity.uri, allowed="one"
        )
    return agents[0].label


def _check_derivations(read: _Reading, entity: _Entity, row: Row, base: str) -> None:
    """Refuse a claim whose relations and fields name different sources or revisions."""
    said: Mapping[str, Collection[str]] = {
        "PrimarySource": {f"{base}source:{row['source']}"},
        "": {f"{base}source:{s}" for s in row["also"] or ()},
        "Revision": {f"{base}claim:{c}" for c in row["supersedes"] or ()},
    }
    derived = read.derived.get(entity.uri, [])
    for kind, field_name in (("PrimarySource", "source"), ("", "also"), ("Revision", "supersedes")):
        related = {used for used, how in derived if how == kind}
        if related != said[kind]:
            names = ", ".join(sorted(uri.rsplit(":", 1)[-1] for uri in related)) or "nothing"
            raise read.error(
                f"the claim '{entity.id}' was derived from other things than its field says",
                field=f"ledger:{field_name}",
                value=", ".join(sorted(u.rsplit(":", 1)[-1] for u in said[kind])) or "nothing",
                allowed=f"what its relations name: {names}",
            )


def _uri(name: Any) -> str:
    """The address that a qualified name stands for, empty for none."""
    return str(getattr(name, "uri", name or ""))


def _deserialized(file: str | Path) -> Any:
    data = load_json(file, MAX_BYTES)
    library = _library()
    if not isinstance(data, dict) or "entity" not in data:
        raise InputError("not PROV-JSON", file=file, allowed="an object with 'entity'")
    try:
        document = library.ProvDocument.deserialize(content=json.dumps(data), format="json")
        return document.flattened()
    except InputError:
        raise
    except Exception as error:  # the library names no errors of its own for what it cannot read
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"not PROV-JSON: {text[:200]}", file=file) from None


def _library() -> Any:
    try:
        import prov.model
    except ImportError:
        raise InputError(
            "provenance needs the library prov, which is not installed",
            hint="Install skyshade[export].",
        ) from None
    return prov.model
