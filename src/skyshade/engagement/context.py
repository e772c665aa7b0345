"""What has been claimed of interceptions in combat, to stand beside a raid's result."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from skyshade.catalogue import Catalogue, load_catalogue
from skyshade.catalogue.model import MEMORY, NOT_FOUND, Confidence, Source
from skyshade.catalogue.node import Node, read_file
from skyshade.engagement._scalar_plan import KILLED
from skyshade.engagement.results import Tally

SHIPPED = Path(__file__).parent / "data" / "interceptions.yaml"
ROUNDING = 0.005  # a share and the counts that it is published with may differ by so much
_SEEN = ("full", "excerpt", "secondary", "no")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One published statement about interceptions: context, fitted to nothing.

    Attributes
    ----------
    target : what was shot at, in the words of the claim; `classes` : catalogue entries it fits.
    said_by, defence, period : who said it, of which defence, about when.
    differs : one sentence on why a model's result is another thing.
    share : intercepted of launched, as published; None where the claim is no rate.
    launched, intercepted : counts, as far as published.
    kill_range_m : distance of one claimed kill; None where the claim is a rate.
    conflict : what does not fit within the claim itself.
    """

    target: str
    classes: tuple[str, ...]
    said_by: str
    defence: str
    period: str
    differs: str
    sources: tuple[str, ...]
    confidence: Confidence
    share: float | None = None
    launched: int | None = None
    intercepted: int | None = None
    kill_range_m: float | None = None
    conflict: str = ""
    note: str = ""

    @property
    def is_memory_only(self) -> bool:
        """Recalled, and read in no source at all."""
        return set(self.sources) == {MEMORY}

    @property
    def is_weak(self) -> bool:
        """Not to be shown as a plain claim: low confidence, or from memory only."""
        return self.confidence == "low" or self.is_memory_only

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        numbers = {
            "share": self.share,
            "launched": self.launched,
            "intercepted": self.intercepted,
            "kill_range_m": self.kill_range_m,
        }
        words = {"conflict": self.conflict, "note": self.note}
        said = {k: v for k, v in (numbers | words).items() if v not in (None, "")}
        return {
            "target": self.target,
            "said_by": self.said_by,
            "defence": self.defence,
            "period": self.period,
            **said,
            "confidence": self.confidence,
            "weak": self.is_weak,
            "memory_only": self.is_memory_only,
            "sources": list(self.sources),
            "differs": self.differs,
        }


@dataclass(frozen=True)
class Claims:
    """All claims in file order, and every source that any of them names."""

    claims: tuple[Claim, ...]
    sources: Mapping[str, Source]


def load_claims(file: Path = SHIPPED, catalogue: Catalogue | None = None) -> Claims:
    """The shipped claims, or those of another file of the same make.

    Raises
    ------
    InputError : a field that is missing, unknown or out of bounds; a source or class that does not
        resolve; counts that contradict their share without a word; with file and line.
    """
    catalogue = load_catalogue() if catalogue is None else catalogue
    root = read_file(file)
    own = {node.name: _source(node) for node in root.child("sources").children()}
    for name in own:
        if name in catalogue.sources:
            raise root.child("sources").child(name).error("is a source of the catalogue already")
    sources = {**catalogue.sources, **own}
    claims = [
        claim
        for node in root.children()
        if node.name != "sources"
        for claim in _set(node, sources, catalogue)
    ]
    used = {name for claim in claims for name in claim.sources}
    for name in own:
        if name not in used:
            raise root.child("sources").child(name).error("no claim names this source")
    return Claims(tuple(claims), {name: s for name, s in sources.items() if name in used})


@functools.cache
def _shipped() -> Claims:
    return load_claims()


def _source(node: Node) -> Source:
    fields = node.fields(required=("title", "seen", "outlet"), optional=("date", "url", "note"))
    seen = fields["seen"].choice("extent of reading", _SEEN)
    return Source(
        id=node.name, seen=seen, **{k: f.text() for k, f in fields.items() if k != "seen"}
    )


def _set(node: Node, sources: Mapping[str, Source], catalogue: Catalogue) -> list[Claim]:
    fields = node.fields(required=("said_by", "defence", "differs", "claims"))
    common: dict[str, Any] = {key: fields[key].text() for key in ("said_by", "defence", "differs")}
    return [_claim(row, common, sources, catalogue) for row in fields["claims"].elements()]


def _claim(
    node: Node, common: dict[str, Any], sources: Mapping[str, Source], catalogue: Catalogue
) -> Claim:
    fields = node.fields(
        required=("target", "classes", "period", "sources", "confidence"),
        optional=("share", "launched", "intercepted", "kill_range", "conflict", "note"),
    )
    named = _known(fields["sources"], "source", [s for s in sources if s != NOT_FOUND])
    targets = [entry.id for entry in catalogue.of_kind("target_class")]
    classes = _known(fields["classes"], "target class", targets)
    if not named or not classes:
        raise node.error("a claim needs a source and a class that it fits")
    claim = Claim(
        **common,
        target=fields["target"].text(),
        classes=classes,
        period=fields["period"].text(),
        sources=named,
        confidence=fields["confidence"].choice("confidence", get_args(Confidence)),
        conflict=fields["conflict"].text() if "conflict" in fields else "",
        note=fields["note"].text() if "note" in fields else "",
    )
    if ("share" in fields) == ("kill_range" in fields):
        raise node.error("a claim is a share or a kill_range, one of them")
    if claim.is_memory_only and claim.confidence != "low":
        raise fields["confidence"].error(
            "what is from memory only cannot be better than low", value=claim.confidence
        )
    if "kill_range" in fields:
        return replace(claim, kill_range_m=fields["kill_range"].number("length"))
    return _with_counts(claim, node, fields)


def _known(field: Node, what: str, known: Collection[str]) -> tuple[str, ...]:
    """The names in a field, all of them known."""
    names = field.texts()
    for name in names:
        if name not in known:
            raise field.unknown(what, name, known)
    return tuple(names)


def _with_counts(claim: Claim, node: Node, fields: Mapping[str, Node]) -> Claim:
    """The claim with its share, and its counts, which agree or whose conflict is explained."""
    share = fields["share"].number("fraction")
    launched, intercepted = (
        round(fields[key].number("count")) if key in fields else None
        for key in ("launched", "intercepted")
    )
    if launched and intercepted is not None:
        if intercepted > launched:
            raise fields["intercepted"].error("more than were launched", value=intercepted)
        differ = abs(intercepted / launched - share) > ROUNDING
        if differ != bool(claim.conflict):
            raise node.error(
                "counts and share disagree: say so in 'conflict'"
                if differ
                else "counts and share agree: there is no 'conflict'",
                value=f"{intercepted} of {launched}, {share:g}",
            )
    return replace(claim, share=share, launched=launched, intercepted=intercepted)


def context(classes: Iterable[str], catalogue: Catalogue | None = None) -> tuple[Claim, ...]:
    """The published claims that fit these target classes (names or aliases), in file order.

    Raises
    ------
    InputError : a name that the catalogue does not have.
    """
    catalogue = load_catalogue() if catalogue is None else catalogue
    wanted = {catalogue.entry(name).id for name in classes}
    return tuple(c for c in _shipped().claims if wanted & set(c.classes))


def beside(tally: Tally) -> list[dict[str, Any]]:
    """Each class of threats in a raid: what the model says, and what has been published, as JSON.

    The two are not the same quantity, and nothing of the model is fitted to the claims.
    """
    return [
        {
            "class": name,
            "shot_down_in_model": tally.share(f"class {name}", KILLED).as_dict(),
            "published": [claim.as_dict() for claim in context([name], tally.raid.scenario.known)],
        }
        for name in tally.raid.classes
        if f"class {name}" in tally.members
    ]


def claim_sources(claims: Iterable[Claim]) -> list[Source]:
    """The sources that these claims name, each once."""
    known = _shipped().sources
    return [known[name] for name in dict.fromkeys(s for c in claims for s in c.sources)]
