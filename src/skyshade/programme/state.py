"""The state of a programme on a date, as known on a date: answers, promises, conflicts."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from skyshade.dates import DateRule, PartialDate, months_between
from skyshade.errors import InputError
from skyshade.programme.amount import Amount
from skyshade.programme.model import Claim, Contradiction, Ledger, Subject
from skyshade.programme.names import unknown_subject
from skyshade.programme.policy import Rule
from skyshade.shown import Plotted, count

if TYPE_CHECKING:
    import pandas as pd

Slot = tuple[str, str, str]  # subject, attribute, qualifier (currency, due date) or ""
PromiseStatus = Literal["open", "overdue", "passed", "kept", "late", "replaced"]

PLANNED = "planned"

Readiness = Literal[
    "not reported delivered", "reported delivered", "assumed operational", "reported operational"
]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Claims that cannot all be true; `stands` are accepted, `falls` rejected, by the rule."""

    slot: Slot
    stands: tuple[Claim, ...]
    falls: tuple[Claim, ...]
    rule: Rule
    looked_into: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "subject": self.slot[0],
            "attribute": self.slot[1],
            "stands": [c.id for c in self.stands],
            "falls": [c.id for c in self.falls],
            "rule": self.rule.name.lower(),
            "because": self.rule.value,
            "looked_into": list(self.looked_into),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What is accepted as true of a subject.

    Attributes
    ----------
    claim : the accepted claim; `support` : claims that agree with it.
    certain : False while the date of an event is so imprecise that it may lie after `as_of`.
    happened : for events only: False if a denial is accepted and no report of the event is.
    """

    slot: Slot
    claim: Claim
    support: tuple[Claim, ...] = ()
    certain: bool = True
    happened: bool = True

    @property
    def valid(self) -> PartialDate:
        """When the accepted claim is true."""
        return self.claim.valid

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "subject": self.slot[0],
            "attribute": self.slot[1],
            "qualifier": self.slot[2],
            "value": self.claim.says,
            "valid": str(self.claim.valid),
            "certain": self.certain,
            "happened": self.happened,
            "claim": self.claim.id,
            "support": [c.id for c in self.support],
        }


@dataclass(frozen=True, slots=True)
class Promise:
    """An announced date and what became of it.

    Attributes
    ----------
    status : open; overdue; kept; late (it happened, after the date); replaced by a newer promise;
        passed: a date that was only expected, or fixed by a law, went by without a report.
    late_months : middle of the outcome (or `as_of`, if overdue) minus the last day promised; None
        unless late or overdue.
    """

    slot: Slot
    claim: Claim
    status: PromiseStatus
    outcome: PartialDate | None = None
    late_months: float | None = None

    @property
    def issued(self) -> PartialDate:
        """When the promise was made."""
        return self.claim.said or self.claim.reported

    @property
    def due(self) -> PartialDate:
        """The date that was promised."""
        return self.claim.valid

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        late = self.late_months
        return {
            "subject": self.slot[0],
            "attribute": self.slot[1],
            "issued": str(self.issued),
            "due": str(self.due),
            "by": self.due.words,
            "status": self.status,
            "outcome": str(self.outcome) if self.outcome else None,
            "late_months": None if late is None else round(late, 1),
            "claim": self.claim.id,
        }


@dataclass(frozen=True, slots=True)
class UnitState:
    """How far one unit has come.

    Attributes
    ----------
    status : "planned" or the title of the last milestone reached; `since` is its date.
    milestones : the milestones reported, by attribute; a later one implies the earlier.
    next_promise : the promise in force for the next delivery or operational date.
    readiness : what the reports allow to say: delivered or operational because a report says so,
        operational because that is assumed some months after a reported delivery, or neither.
    """

    subject: Subject
    status: str
    since: PartialDate | None
    certain: bool
    sector: str
    milestones: Mapping[str, Answer]
    next_promise: Promise | None
    readiness: Readiness = "not reported delivered"

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "id": self.subject.id,
            "title": self.subject.title,
            "status": self.status,
            "readiness": self.readiness,
            "since": str(self.since) if self.since else None,
            "when": self.since.words if self.since else None,
            "certain": self.certain,
            "sector": self.sector,
            "milestones": {name: a.as_dict() for name, a in self.milestones.items()},
            "next_promise": self.next_promise.as_dict() if self.next_promise else None,
        }


@dataclass(frozen=True, repr=False)
class ProgrammeState(Plotted):
    """What was true on `as_of` according to what had been published by `known_on`."""

    ledger: Ledger
    as_of: date
    known_on: date
    answers: Mapping[Slot, Answer]
    promises: tuple[Promise, ...]
    conflicts: tuple[Conflict, ...]
    published: tuple[Claim, ...]
    dates: DateRule = "certainly"

    @property
    def _in_short(self) -> str:
        return (
            f"{self.ledger.name} as of {self.as_of}, known on {self.known_on}, "
            f"{count(len(self.published), 'claim')}, {count(len(self.conflicts), 'conflict')}"
        )

    def answer(self, subject: str, attribute: str, qualifier: str | None = None) -> Answer | None:
        """The answer; of several (currencies, due dates) the one asked for, else the first."""
        if qualifier is not None:
            return self.answers.get((subject, attribute, qualifier))
        found = [slot for slot in self.answers if slot[:2] == (subject, attribute)]
        return self.answers[min(found)] if found else None

    def of(self, subject: str) -> tuple[Answer, ...]:
        """All answers about a subject, in the order of the vocabulary."""
        order = {name: i for i, name in enumerate(self.ledger.attributes)}
        found = (a for slot, a in self.answers.items() if slot[0] == subject)
        return tuple(sorted(found, key=lambda a: (order[a.slot[1]], a.slot[2])))

    def happened(self, subject: str, attribute: str) -> PartialDate | None:
        """When an event happened, None if it is not known to have happened by `as_of`."""
        answer = self.answers.get((subject, attribute, ""))
        return answer.valid if answer and answer.happened and answer.certain else None

    def subject(self, name: str) -> Subject:
        """The subject of that name, as :meth:`Ledger.subject` finds it.

        Raises
        ------
        InputError : there is none; names those that had been heard of, the nearest first.
        """
        try:
            return self.ledger.subject(name)
        except InputError:
            raise unknown_subject(name, {s.id: s.title for s in self.subjects.values()}) from None

    @property
    def open_promises(self) -> tuple[Promise, ...]:
        """Promises in force that are not fulfilled, earliest due date first."""
        live = (p for p in self.promises if p.status in ("open", "overdue"))
        return tuple(sorted(live, key=lambda p: (p.due, p.claim.id)))

    @functools.cached_property
    def subjects(self) -> Mapping[str, Subject]:
        """The subjects that had been heard of: in a claim, or counted in the quantity ordered."""
        named = {claim.subject for claim in self.published}
        units = self.ledger.of_kind("unit")
        ordered = max(
            (
                claim.value.value
                for claim in self.published
                if claim.attribute == "quantity" and isinstance(claim.value, Amount)
            ),
            default=0.0,
        )
        named |= {unit.id for k, unit in enumerate(units, start=1) if k <= ordered}
        return {id_: s for id_, s in self.ledger.subjects.items() if id_ in named}

    @functools.cached_property
    def readings(self) -> tuple[tuple[Contradiction, str], ...]:
        """The contradictions examined by hand, with the reading that could be made on the day.

        Only those of which at least two claims, or one source, had been published.
        """
        known = {claim.id for claim in self.published}
        sources = {claim.source for claim in self.published}
        return tuple(
            (found, text)
            for found in self.ledger.contradictions
            if found.since <= self.known_on
            and (text := found.reading.on(self.known_on))
            and (len(known.intersection(found.claims)) > 1 or sources.intersection(found.sources))
        )

    def readings_on(self, subject: str) -> tuple[tuple[Contradiction, str], ...]:
        """Those in which a claim about a subject, or its source, takes part."""
        claims = self.about(subject)
        ids, sources = {c.id for c in claims}, {c.source for c in claims}
        return tuple(
            (found, text)
            for found, text in self.readings
            if ids.intersection(found.claims) or sources.intersection(found.sources)
        )

    @property
    def units(self) -> tuple[UnitState, ...]:
        """How far each unit has come, in their order; those that had been heard of."""
        return tuple(self.unit(s) for s in self.ledger.of_kind("unit") if s.id in self.subjects)

    def unit(self, subject: Subject) -> UnitState:
        """How far one unit has come; a later milestone implies the earlier ones."""
        order = {a.name: a.order for a in self.ledger.attributes.values() if a.order}
        reached = {
            name: answer
            for name in sorted(order, key=lambda name: order[name])
            if (answer := self.answers.get((subject.id, name, ""))) and answer.happened
        }
        last = max(reached, key=lambda name: (reached[name].certain, order[name]), default=None)
        sector = self.answers.get((subject.id, "sector", ""))
        if last is not None and reached[last].certain:
            status, since = self.ledger.attributes[last].title, reached[last].valid
        else:
            status, since = PLANNED, None
        live = [
            p
            for p in self.open_promises
            if p.slot[0] == subject.id and order.get(p.slot[1], 0) > order.get(last or "", 0)
        ]
        live.sort(key=lambda p: (order[p.slot[1]], -p.issued.first.toordinal(), p.claim.id))
        return UnitState(
            subject=subject,
            status=status,
            since=since,
            certain=last is None or reached[last].certain,
            sector=sector.claim.says if sector else _sector_from(reached),
            milestones=reached,
            next_promise=live[0] if live else None,
            readiness=self._readiness(subject, reached),
        )

    def _readiness(self, subject: Subject, reached: Mapping[str, Answer]) -> Readiness:
        """Delivered if delivery or a later milestone is reported; operational if that is.

        It is not assumed operational where a report denies that it is.
        """
        said = self.answers.get((subject.id, "operational", ""))
        certain = {name: answer.valid for name, answer in reached.items() if answer.certain}
        if "operational" in certain:
            return "reported operational"
        here = certain.get("delivered") or certain.get("deployed")
        if here is None:
            return "not reported delivered"
        denied = said is not None and not said.happened
        wait = self.ledger.setup.operational_after_months
        ready = not denied and months_between(here.middle, self.as_of) >= wait
        return "assumed operational" if ready else "reported delivered"

    def about(self, subject: str) -> tuple[Claim, ...]:
        """Every claim about a subject that had been published, by reporting date."""
        return tuple(c for c in self.published if c.subject == subject)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON, with the sources of every claim in it."""
        used = sorted(
            {c.source for c in self.published} | {s for c in self.published for s in c.also}
        )
        known = {c.id for c in self.published}
        return {
            "ledger": self.ledger.name,
            "ledger_version": self.ledger.version,
            "as_of": self.as_of.isoformat(),
            "known_on": self.known_on.isoformat(),
            "dates": self.dates,
            "subjects": {s.id: s.title for s in self.subjects.values()},
            "units": [r.as_dict() for r in self.units],
            "answers": [a.as_dict() for a in self.answers.values()],
            "promises": [p.as_dict() for p in self.promises],
            "conflicts": [c.as_dict() for c in self.conflicts],
            "readings": [
                {
                    "id": found.id,
                    "topic": found.topic,
                    "reading": text,
                    "claims": [i for i in found.claims if i in known],
                    "sources": list(found.sources),
                    "confidence": found.confidence,
                }
                for found, text in self.readings
            ],
            "claims": {c.id: c.as_dict() for c in self.published},
            "sources": {
                id_: {
                    "title": s.title,
                    "outlet": s.outlet,
                    "date": str(s.date),
                    "date_inferred": s.inferred,
                    "url": s.url,
                    "seen": s.seen,
                    "kind": s.kind,
                    "note": s.note,
                }
                for id_ in used
                for s in [self.ledger.sources[id_]]
            },
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per answer, as a pandas data frame."""
        import pandas as pd

        rows = [
            answer.as_dict()
            | {
                "who": answer.claim.who,
                "reported": str(answer.claim.reported),
                "source": answer.claim.source,
                "confidence": answer.claim.confidence,
                "evidence": answer.claim.evidence,
            }
            for answer in self.answers.values()
        ]
        return pd.DataFrame(rows)


def _sector_from(reached: Mapping[str, Answer]) -> str:
    return reached["deployed"].claim.says if "deployed" in reached else ""
