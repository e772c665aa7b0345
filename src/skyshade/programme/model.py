"""The contents of a ledger: claims, sources, subjects, contradictions examined by hand."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from skyshade.dates import DateRule, PartialDate
from skyshade.errors import InputError, unknown_name
from skyshade.programme.amount import Amount
from skyshade.programme.names import nearest, unknown_subject
from skyshade.programme.reading import Dated
from skyshade.shown import Shown, count, plural

if TYPE_CHECKING:
    import pandas as pd

Stance = Literal["affirms", "denies", "hedges", "announces"]
Confidence = Literal["high", "medium", "low"]
Evidence = Literal["seen", "secondary", "memory"]
# weakest first; the index is the rank
Authority = Literal["inference", "copy", "agency", "named official", "official record"]
SubjectKind = Literal[
    "contract",
    "unit",
    "payment",
    "channel",
    "sanctions",
    "agreement",
    "deployment",
    "statement",
]
SourceKind = Literal["official", "agency", "reprint", "copy", "inference", "memory"]
# the party of the deal for which somebody speaks; nobody's is the word of an outsider
Side = Literal["seller", "buyer"]
Measure = Literal["none", "text", "yes_no", "money", "amount"]
AttributeKind = Literal["event", "fact", "state", "target", "statement"]
Value = Amount | str | bool | None

EVIDENCE: tuple[Evidence, ...] = ("memory", "secondary", "seen")
CONFIDENCE: tuple[Confidence, ...] = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class LedgerSource:
    """Where claims were read.

    Attributes
    ----------
    date : when it was published; `inferred` if the publication itself does not say.
    seen : how much of it was read: full, excerpt, secondary (in a text that quotes it) or no.
    """

    id: str
    title: str
    outlet: str
    kind: SourceKind
    date: PartialDate
    seen: Literal["full", "excerpt", "secondary", "no"]
    url: str = ""
    inferred: bool = False
    note: str = ""

    @property
    def is_publication(self) -> bool:
        """False for what we recall or infer: it appeared nowhere."""
        return self.kind not in ("memory", "inference")

    @property
    def evidence(self) -> Evidence:
        """The best evidence that a claim from this source can be."""
        if self.kind == "memory" or self.seen == "no":
            return "memory"
        return "secondary" if self.seen == "secondary" else "seen"


@dataclass(frozen=True, slots=True)
class Subject:
    """What claims are about; a *unit* is one of those delivered, and `order` sorts them."""

    id: str
    kind: SubjectKind
    title: str
    note: str = ""
    order: int = 0


@dataclass(frozen=True, slots=True)
class Attribute:
    """What can be claimed about a subject.

    Attributes
    ----------
    kind : how claims about it are settled. An *event* happens once and for good; a *fact* has one
        value; a *state* changes over time; a *target* is a value due on a date; a *statement* is
        on record and nothing else.
    measure : what its value is.
    order : position among milestones, 0 if it is none.
    promised : an announced date of it is a promise that somebody can keep or break; otherwise it
        is only expected, or fixed by a law.
    by_law : a date announced for it is fixed by a law, and arrives by itself.
    interested : the sides that speak of themselves when they speak of it.
    kinds : the kinds of subject that it can be about; any if empty.
    """

    name: str
    title: str
    kind: AttributeKind
    measure: Measure
    order: int = 0
    promised: bool = False
    by_law: bool = False
    interested: tuple[Side, ...] = ()
    kinds: tuple[SubjectKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Claim(Shown):
    """One dated statement by one source.

    Attributes
    ----------
    valid : when it is, was or will be true; for an announcement the date announced.
    reported : when it was published (its source's date unless it says otherwise).
    said : when it was said, if that was earlier.
    also : further sources that carry the same.
    supersedes : ids of claims that this one replaces.
    side : the party of the deal for which the speaker speaks, empty for an outsider.
    interested : the speaker's side speaks of its own performance here.
    note_since : the day from which the note may be shown; before it, it would be hindsight.
    """

    id: str
    subject: str
    attribute: str
    value: Value
    valid: PartialDate
    reported: PartialDate
    source: str
    stance: Stance
    confidence: Confidence
    evidence: Evidence
    authority: Authority
    speaker: str = ""
    office: str = ""
    said: PartialDate | None = None
    also: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    note: str = ""
    note_since: date = date.min
    side: Side | Literal[""] = ""
    interested: bool = False
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    @property
    def _in_short(self) -> str:
        return f"{self.id}, {self.subject}, {self.attribute}, reported {self.reported}"

    @property
    def is_memory(self) -> bool:
        """Recalled, and read in no source."""
        return self.evidence == "memory"

    @property
    def is_weak(self) -> bool:
        """Not to be shown as a plain fact."""
        return self.is_memory or self.confidence == "low"

    @property
    def begins(self) -> date:
        """First day on which it counts: an announcement when it was made, others when valid."""
        if self.stance == "announces":
            return (self.said or self.reported).first
        return self.valid.first

    def published_by(self, day: date, dates: DateRule = "certainly") -> bool:
        """True if it was published by that day, by the rule for imprecise dates."""
        return self.reported.counts_by(day, dates)

    @property
    def who(self) -> str:
        """Who said it, in words."""
        return (
            ", ".join(part for part in (self.speaker, self.office) if part) or "the report itself"
        )

    @property
    def says(self) -> str:
        """Its value in words, empty for an event without one."""
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        return "" if self.value is None else str(self.value)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        amount = self.value if isinstance(self.value, Amount) else None
        return {
            "id": self.id,
            "subject": self.subject,
            "attribute": self.attribute,
            "stance": self.stance,
            "value": amount.value if amount else self.value,
            "unit": amount.unit if amount else None,
            "valid": str(self.valid),
            "valid_precision": self.valid.precision,
            "when": self.valid.words,
            "says": self.says,
            "said": str(self.said) if self.said else None,
            "reported": str(self.reported),
            "speaker": self.speaker,
            "office": self.office,
            "source": self.source,
            "also": list(self.also),
            "authority": self.authority,
            "evidence": self.evidence,
            "confidence": self.confidence,
            "side": self.side,
            "interested": self.interested,
            "supersedes": list(self.supersedes),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A contradiction examined by hand: the claims in it and how to read them.

    Attributes
    ----------
    reading : how to read them; later knowledge stands in a later version.
    since : the day from which the reading could be made.
    accepts : of the claims, those that the reading accepts; it rejects the others of their kind.
        Empty if it leaves the decision to the rules.
    """

    id: str
    topic: str
    claims: tuple[str, ...]
    sources: tuple[str, ...]
    reading: Dated
    confidence: Confidence
    since: date = date.min
    accepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SanctionsCase:
    """A buyer whom the law may reach, and the subject that holds the facts of the case."""

    id: str
    subject: str
    title: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the price, as the ledger lays it out.

    Attributes
    ----------
    subject : the payment whose claims give the amount or the share, and say that it was paid;
        empty for the rest of the price, due in equal parts as the units are delivered.
    due : (subject, attribute) of the event on which it is due, None if no report says so.
    """

    title: str
    subject: str = ""
    due: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class RegisterOrder:
    """The order that a programme is, as a public register of arms orders has it."""

    buyer: str
    supplier: str
    system: str
    ordered_in: int
    n_ordered: int
    condition: Literal["new", "used"] = "new"


@dataclass(frozen=True, slots=True)
class Projects:
    """An audit of the n projects of a buyer: on time, and twice the time or longer."""

    n: int
    on_time: int
    twice_as_long: int


@dataclass(frozen=True, slots=True)
class Setup:
    """Which subjects of a ledger play which part, and what else differs between programmes.

    Attributes
    ----------
    contract : the subject with signature, price and calendar.
    unit : what is delivered, in the singular ("regiment", "battery").
    seller : the country that sells.
    currency : of the buyer, shown beside the currency of the price; `rate` is the subject with its
        exchange rates.
    cases : sanctions cases, the buyer's own first, then the precedents.
    backtest : days on which past forecasts are made; `chosen_on` those of them, or others, on which
        the model was chosen.
    order : what a register of orders calls this programme; None if it is in none.
    projects : an audit of the buyer's projects, None if none was read.
    operational_after_months : from a reported delivery until a unit is assumed to be operational.
    """

    contract: str = "contract"
    unit: str = "unit"
    seller: str = ""
    price_currency: str = "USD"
    currency: str = "USD"
    rate: str = ""
    parts: tuple[Part, ...] = ()
    cases: Mapping[str, SanctionsCase] = field(default_factory=dict)
    backtest: tuple[date, ...] = ()
    chosen_on: tuple[date, ...] = ()
    order: RegisterOrder | None = None
    projects: Projects | None = None
    operational_after_months: float = 4.0  # assumed; India's plan for its first regiment

    @property
    def units(self) -> str:
        """What is delivered, in the plural.

        >>> Setup(unit="battery").units, Setup(unit="regiment").units
        ('batteries', 'regiments')
        """
        return plural(self.unit)

    @property
    def all_reported(self) -> bool:
        """True if every part of the price has a share or an amount of its own in the ledger."""
        return bool(self.parts) and all(part.subject for part in self.parts)

    def case(self, name: str) -> SanctionsCase:
        """The sanctions case of that name.

        Raises
        ------
        InputError : there is none; names the nearest.
        """
        if name not in self.cases:
            raise unknown_name("case", name, self.cases)
        return self.cases[name]


@dataclass(frozen=True, repr=False)
class Ledger(Shown):
    """All claims of one programme, sorted by id.

    Attributes
    ----------
    as_of : the day it was compiled, or of its newest report if that is later.
    version : changes with every byte of its files.
    """

    name: str
    title: str
    as_of: date
    subjects: Mapping[str, Subject]
    attributes: Mapping[str, Attribute]
    sources: Mapping[str, LedgerSource]
    claims: tuple[Claim, ...]
    contradictions: tuple[Contradiction, ...] = ()
    version: str = ""
    setup: Setup = Setup()

    @property
    def _in_short(self) -> str:
        return (
            f"{self.name}, {count(len(self.claims), 'claim')}, "
            f"{count(len(self.sources), 'source')}, compiled {self.as_of}"
        )

    @functools.cached_property
    def by_id(self) -> Mapping[str, Claim]:
        """The claims by id."""
        return {claim.id: claim for claim in self.claims}

    def claim(self, id_: str) -> Claim:
        """The claim of that id.

        Raises
        ------
        InputError : there is none; names the nearest.
        """
        if id_ not in self.by_id:
            raise InputError(
                f"unknown claim {id_!r}",
                hint=f"Near it: {', '.join(nearest(id_, self.by_id)[:5])}.",
            )
        return self.by_id[id_]

    def subject(self, id_: str) -> Subject:
        """The subject of that id; "Regiment 2" and a subject's title find it as well.

        Raises
        ------
        InputError : there is none; names all, the nearest first.
        """
        titles = {s.title.casefold(): s.id for s in self.subjects.values()}
        slug = "-".join(re.findall(r"[a-z0-9]+", id_.casefold()))
        for name in (id_, slug, titles.get(id_.strip().casefold(), "")):
            if name in self.subjects:
                return self.subjects[name]
        raise unknown_subject(id_, {s.id: s.title for s in self.subjects.values()})

    def of_kind(self, kind: SubjectKind) -> tuple[Subject, ...]:
        """The subjects of a kind, in their order."""
        found = (s for s in self.subjects.values() if s.kind == kind)
        return tuple(sorted(found, key=lambda s: (s.order, s.id)))

    def published(self, known_on: date, dates: DateRule = "certainly") -> tuple[Claim, ...]:
        """The claims published by a day, by reporting date, without what was added to them later.

        A note made with later knowledge and sources that repeated the claim later are left out.
        """
        found = (
            self._without_hindsight(c, known_on, dates)
            for c in self.claims
            if c.published_by(known_on, dates)
        )
        return tuple(sorted(found, key=lambda c: (c.reported.first, c.reported.last, c.id)))

    def _without_hindsight(self, claim: Claim, known_on: date, dates: DateRule) -> Claim:
        if not claim.also and claim.note_since <= known_on:
            return claim
        also = tuple(s for s in claim.also if self.sources[s].date.counts_by(known_on, dates))
        note = claim.note if claim.note_since <= known_on else ""
        if also == claim.also and note == claim.note:
            return claim
        return replace(claim, also=also, note=note)

    def to_frame(self) -> pd.DataFrame:
        """All claims as a pandas data frame, one row each."""
        return claims_frame(self.claims)


def claims_frame(claims: tuple[Claim, ...]) -> pd.DataFrame:
    """Claims as a pandas data frame; dates are the first and last day they allow."""
    import pandas as pd

    rows = []
    for claim in claims:
        row = claim.as_dict()
        for name, span in (("valid", claim.valid), ("reported", claim.reported)):
            row[f"{name}_first"] = pd.Timestamp(span.first)
            row[f"{name}_last"] = pd.Timestamp(span.last)
        rows.append(row)
    return pd.DataFrame(rows)
