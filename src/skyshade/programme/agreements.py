"""The register of the other agreements: status over time, and progress where a number exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from skyshade.dates import PartialDate
from skyshade.programme.amount import Amount
from skyshade.programme.model import Claim, Subject
from skyshade.programme.state import ProgrammeState


@dataclass(frozen=True, slots=True)
class Progress:
    """A target and how far it has been reached; `reached` is None where no number was reported."""

    target: Amount
    due: PartialDate
    reached: Amount | None
    reached_in: PartialDate | None

    @property
    def share(self) -> float | None:
        """Reached as a share of the target."""
        if self.reached is None or self.reached.unit != self.target.unit:
            return None
        return self.reached.value / self.target.value

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "target": str(self.target),
            "due": str(self.due),
            "reached": str(self.reached) if self.reached else None,
            "reached_in": str(self.reached_in) if self.reached_in else None,
            "share": None if self.share is None else round(self.share, 3),
        }


@dataclass(frozen=True)
class Agreement:
    """One agreement: its status now, every status and event before, and its targets."""

    subject: Subject
    status: str
    since: PartialDate | None
    history: tuple[Claim, ...]
    progress: tuple[Progress, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "id": self.subject.id,
            "title": self.subject.title,
            "status": self.status,
            "since": str(self.since) if self.since else None,
            "history": [c.id for c in self.history],
            "progress": [p.as_dict() for p in self.progress],
        }


def register(state: ProgrammeState) -> tuple[Agreement, ...]:
    """Every agreement that had been heard of, in the ledger's order.

    The status is the newer of the reported status and the last event (agreed, ratified, …).
    """
    order = list(state.ledger.subjects)
    heard_of = (s for s in state.ledger.of_kind("agreement") if s.id in state.subjects)
    subjects = sorted(heard_of, key=lambda s: order.index(s.id))
    return tuple(_agreement(state, subject) for subject in subjects)


def _agreement(state: ProgrammeState, subject: Subject) -> Agreement:
    attributes = state.ledger.attributes
    status = state.answers.get((subject.id, "status", ""))
    events = [
        a
        for a in state.of(subject.id)
        if attributes[a.slot[1]].kind == "event" and a.happened and a.certain
    ]
    last = max(events, key=lambda a: a.valid, default=None)
    if last is not None and (status is None or last.valid.first > status.valid.first):
        word, since = attributes[last.slot[1]].title, last.valid
    elif status is not None:
        word, since = status.claim.says, status.valid
    else:
        word, since = "nothing reported", None
    history = [
        c
        for c in state.about(subject.id)
        if attributes[c.attribute].kind in ("state", "event") and c.begins <= state.as_of
    ]
    return Agreement(
        subject=subject,
        status=word,
        since=since,
        history=tuple(sorted(history, key=lambda c: (c.begins, c.id))),
        progress=_progress(state, subject.id),
    )


def _progress(state: ProgrammeState, subject: str) -> tuple[Progress, ...]:
    reached = [a for a in state.of(subject) if a.slot[1] == "reached"]
    found = []
    for answer in state.of(subject):
        target = answer.claim.value
        if answer.slot[1] != "target" or not isinstance(target, Amount):
            continue
        got = next(
            (
                a
                for a in reached
                if isinstance(a.claim.value, Amount) and a.claim.value.unit == target.unit
            ),
            None,
        )
        value = got.claim.value if got and isinstance(got.claim.value, Amount) else None
        found.append(Progress(target, answer.valid, value, got.valid if got else None))
    return tuple(found)
