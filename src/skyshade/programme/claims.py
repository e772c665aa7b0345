"""Reading one claim of a file and checking its dates, value, evidence and what it replaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from skyshade.catalogue.node import Node
from skyshade.errors import InputError
from skyshade.programme.amount import parse_amount, parse_money
from skyshade.programme.model import (
    CONFIDENCE,
    EVIDENCE,
    Attribute,
    Authority,
    Claim,
    LedgerSource,
    Side,
    SourceKind,
    Stance,
    Subject,
    Value,
)
from skyshade.programme.policy import AUTHORITY_RANK
from skyshade.programme.reading import Dated, as_date, choice_of, dated_text

REQUIRED = ("id", "subject", "attribute", "valid", "source", "confidence")
OPTIONAL = (
    "value",
    "stance",
    "reported",
    "said",
    "speaker",
    "office",
    "side",
    "authority",
    "evidence",
    "also",
    "supersedes",
    "note",
)

# what a missing field means for a claim
_WHY = {
    "source": "a claim without a source is not accepted",
    "valid": "a claim needs the date it is about; how the date is written is its precision",
}

# the most that a claim can be, by the source that carries it, whoever is quoted in it
CAP: dict[SourceKind, Authority] = {
    "official": "official record",
    "agency": "named official",  # an identified outlet that quotes somebody with an office
    "reprint": "agency",  # an identified outlet's text, unchanged, on somebody else's page
    "copy": "copy",  # a text reworded, translated or of unknown origin
    "inference": "inference",
    "memory": "copy",
}


def read_claim(
    node: Node,
    subjects: Mapping[str, Subject],
    attributes: Mapping[str, Attribute],
    sources: Mapping[str, LedgerSource],
    read_source: Callable[[Node, str], LedgerSource],
) -> tuple[Claim, LedgerSource | None]:
    """The claim at a node, and the source if it is described inside the claim.

    Raises
    ------
    InputError : a rule of the format is broken; docs/programme.md has them all.
    """
    fields = _fields(node)
    subject = fields["subject"].text()
    if subject not in subjects:
        raise fields["subject"].unknown("subject", subject, subjects)
    name = fields["attribute"].text()
    if name not in attributes:
        raise fields["attribute"].unknown("attribute", name, attributes)
    attribute = attributes[name]
    if attribute.kinds and subjects[subject].kind not in attribute.kinds:
        raise fields["attribute"].error(
            f"'{attribute.title}' cannot be said of a subject of kind '{subjects[subject].kind}'",
            value=name,
            allowed=f"subjects of kind {', '.join(attribute.kinds)}",
        )
    source, inline = _source(fields["source"], fields["id"].text(), sources, read_source)
    side: Side | Any = choice_of(fields["side"], "side", Side) if "side" in fields else ""
    note = dated_text(fields["note"]) if "note" in fields else Dated()
    if len(note.versions) > 1:
        raise fields["note"].error("a note has one version", allowed="a text, or {since, text}")
    note_since, note_text = note.versions[0] if note.versions else (date.min, "")
    speaker = fields["speaker"].text() if "speaker" in fields else ""
    office = fields["office"].text() if "office" in fields else ""
    claim = Claim(
        id=fields["id"].text(),
        subject=subject,
        attribute=name,
        value=_value(fields.get("value"), attribute, node),
        valid=as_date(fields["valid"]),
        reported=as_date(fields["reported"]) if "reported" in fields else source.date,
        said=as_date(fields["said"]) if "said" in fields else None,
        source=source.id,
        stance=choice_of(fields["stance"], "stance", Stance) if "stance" in fields else "affirms",
        confidence=fields["confidence"].choice("confidence", CONFIDENCE),
        evidence=_evidence(fields.get("evidence"), source),
        authority=_authority(fields.get("authority"), source, office),
        speaker=speaker,
        office=office,
        also=_names(fields.get("also"), "source", sources),
        supersedes=tuple(fields["supersedes"].texts()) if "supersedes" in fields else (),
        note=note_text,
        note_since=note_since,
        side=side,
        interested=side in attribute.interested,
        file=node.doc.file,
        line=node.doc.line(node.path) or 0,
    )
    _check_dates(claim, source, attribute, fields)
    if claim.is_memory and claim.confidence != "low":
        raise fields["confidence"].error(
            "a claim from memory only cannot be better than low", value=claim.confidence
        )
    if claim.stance == "affirms" and attribute.kind != "target":
        # what a report says has happened had happened when it was published
        claim = replace(claim, valid=claim.valid.until(claim.reported.last))
    return claim, inline


def _fields(node: Node) -> dict[str, Node]:
    if isinstance(node.data, dict):
        for key, why in _WHY.items():
            if key not in node.data:
                text = str(node.data.get("value", ""))
                if key == "valid" and any(c in text for c in ("USD", "INR", "RUB", "EUR")):
                    why = "an amount of money needs the date it is of"
                raise node.error(f"the field '{key}' is missing: {why}", value=node.data.get("id"))
    return node.fields(required=REQUIRED, optional=OPTIONAL)


def _source(
    node: Node,
    claim_id: str,
    sources: Mapping[str, LedgerSource],
    read_source: Callable[[Node, str], LedgerSource],
) -> tuple[LedgerSource, LedgerSource | None]:
    if isinstance(node.data, dict):
        source = read_source(node, claim_id)
        return source, source
    name = node.text()
    if name not in sources:
        raise node.unknown("source", name, sources).at(
            hint="Describe it under 'sources' of one of the ledger's files."
        )
    return sources[name], None


def _value(node: Node | None, attribute: Attribute, claim: Node) -> Value:
    if attribute.measure == "none":
        if node is not None and node.data is not None:
            raise node.error(f"'{attribute.name}' has no value, only a date", value=node.data)
        return None
    if node is None or node.data is None:
        if attribute.kind == "event" or attribute.measure == "text":
            return None
        raise claim.error(f"the field 'value' is missing: '{attribute.name}' is about one")
    if attribute.measure == "yes_no":
        if not isinstance(node.data, bool):
            raise node.error("must be true or false", value=node.data)
        return node.data
    if attribute.measure == "text":
        return node.text()
    try:
        read = parse_money if attribute.measure == "money" else parse_amount
        return read(node.data)
    except InputError as error:
        raise error.at(**node.place()) from None


def _evidence(node: Node | None, source: LedgerSource) -> Any:
    if node is None:
        return source.evidence
    evidence = node.choice("evidence", EVIDENCE)
    if EVIDENCE.index(evidence) > EVIDENCE.index(source.evidence):
        raise node.error(
            "better evidence than its source can give",
            value=evidence,
            allowed=", ".join(EVIDENCE[: EVIDENCE.index(source.evidence) + 1]),
        )
    return evidence


def _authority(node: Node | None, source: LedgerSource, office: str) -> Authority:
    """The authority of the source that carries the claim; quoting somebody raises it no further.

    An official quoted by an identified outlet is a named official; quoted by a reworded copy, the
    claim is a copy's.
    """
    cap = CAP[source.kind]
    if node is None:
        return "agency" if cap == "named official" and not office else cap
    wanted: Authority = choice_of(node, "authority", Authority)
    if AUTHORITY_RANK[wanted] > AUTHORITY_RANK[cap]:
        raise node.error(
            f"higher than the source that carries the claim ({source.kind})",
            value=wanted,
            allowed=f"up to {cap}",
        )
    return wanted


def _names(node: Node | None, kind: str, known: Mapping[str, object]) -> tuple[str, ...]:
    names = tuple(node.texts()) if node is not None else ()
    for name in names:
        if name not in known:
            assert node is not None
            raise node.unknown(kind, name, known)
    return names


def _check_dates(
    claim: Claim, source: LedgerSource, attribute: Attribute, fields: Mapping[str, Node]
) -> None:
    said = claim.said or claim.reported
    if source.is_publication and claim.reported.last < source.date.first:
        raise fields["reported"].error(
            "reported before its source was published",
            value=str(claim.reported),
            allowed=f"{source.date} or later; give the day it was said as 'said'",
        )
    if said.first > claim.reported.last:
        raise fields["said"].error(
            "said after it was reported", value=str(said), allowed=f"up to {claim.reported}"
        )
    valid = fields["valid"]
    if claim.stance == "affirms" and attribute.kind != "target":
        if claim.valid.first > claim.reported.last:
            raise valid.error(
                "affirms what had not happened yet when it was reported",
                value=str(claim.valid),
                allowed=f"up to {claim.reported}, or 'stance: announces'",
            )
    elif claim.stance == "announces" and claim.valid.last < said.first:
        raise valid.error(
            "announces something that was past already",
            value=str(claim.valid),
            allowed=f"{said} or later, or 'stance: affirms'",
        )


def check_supersession(claims: Mapping[str, Claim], nodes: Mapping[str, Node]) -> None:
    """Refuse a claim that replaces one unknown, of another subject, later reported, or in a circle.

    Raises
    ------
    InputError : with the place of the claim.
    """
    for claim in claims.values():
        node = nodes.get(claim.id)
        for old in claim.supersedes:
            if node is None:
                continue  # of a ledger that was checked when it was read
            place = node.child("supersedes")
            if old not in claims:
                raise place.unknown("claim", old, claims)
            other = claims[old]
            circle = _circle(claim.id, claims)
            if circle:
                raise place.error("claims supersede one another in a circle", value=circle)
            if (other.subject, other.attribute) != (claim.subject, claim.attribute):
                raise place.error(
                    "supersedes a claim about something else",
                    value=old,
                    allowed=f"claims about {claim.subject}, {claim.attribute}",
                )
            if other.reported.first > claim.reported.last:
                raise place.error(
                    "supersedes a claim that was reported later",
                    value=old,
                    allowed=f"claims reported up to {claim.reported}",
                )


def _circle(start: str, claims: Mapping[str, Claim]) -> str | None:
    """The path by which a claim supersedes itself, in words."""
    stack: list[tuple[str, tuple[str, ...]]] = [(start, (start,))]
    seen: set[str] = set()
    while stack:
        here, path = stack.pop()
        for old in claims[here].supersedes if here in claims else ():
            if old == start:
                return " > ".join((*path, old))
            if old not in seen:
                seen.add(old)
                stack.append((old, (*path, old)))
    return None
