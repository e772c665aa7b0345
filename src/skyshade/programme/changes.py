"""What changes between two states: between two days, or by a claim that is added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from skyshade.programme.model import Claim
from skyshade.programme.state import Answer, ProgrammeState, Slot
from skyshade.programme.words import counted, day_of, listed, said, sentence, word_of

MOST_NAMED = 3  # changes that the opening names


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes
    ----------
    kind : a new answer, a changed one, one that is gone, or what became of a promise.
    claim : the claim behind it; None if only time has passed.
    """

    kind: Literal["new", "changed", "gone", "promise"]
    subject: str
    what: str
    before: str
    after: str
    claim: Claim | None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "what": self.what,
            "before": self.before,
            "after": self.after,
            "claim": self.claim.id if self.claim else None,
        }


def changes_between(before: ProgrammeState, after: ProgrammeState) -> tuple[Change, ...]:
    """Every difference between two states of one ledger, answers first, then promises."""
    found = []
    for slot in sorted({*before.answers, *after.answers}):
        old, new = before.answers.get(slot), after.answers.get(slot)
        if old and new and _in_words(old) == _in_words(new):
            continue
        kind: Any = "new" if old is None else "gone" if new is None else "changed"
        claim = new.claim if new else None
        found.append(
            Change(kind, slot[0], _title(after, slot), _in_words(old), _in_words(new), claim)
        )
    was = {p.claim.id: p for p in before.promises}
    for promise in after.promises:
        earlier = was.get(promise.claim.id)
        if earlier is not None and earlier.status == promise.status:
            continue
        found.append(
            Change(
                "promise",
                promise.slot[0],
                f"{_title(after, promise.slot)}, announced for {promise.due.words}",
                earlier.status if earlier else "",
                promise.status,
                promise.claim,
            )
        )
    return tuple(found)


def changes_in_short(
    before: ProgrammeState, after: ProgrammeState, changes: Sequence[Change]
) -> tuple[str, ...]:
    """The differences in at most five sentences."""
    old = {c.id for c in before.published}
    fresh = [c for c in after.published if c.id not in old]
    if not fresh and not changes:
        return (f"Nothing changed between {day_of(before)} and {day_of(after)}.",)
    texts = [
        f"{counted(len(fresh), 'new statement')} from "
        f"{counted(len({c.source for c in fresh}), 'source')} "
        f"had been published by {day_of(after)}"
    ]
    then = {u.subject.id: u for u in before.units}
    for unit in after.units:
        earlier = then.get(unit.subject.id)
        if (
            earlier is not None
            and earlier.status == unit.status
            and earlier.readiness == unit.readiness
        ):
            continue
        claim = next((a.claim for a in unit.milestones.values() if a.valid == unit.since), None)
        if unit.since is None or claim is None:
            continue
        went = f"went from '{earlier.status}'" if earlier is not None else "came"
        state = f"; it is {unit.readiness}" if unit.readiness != unit.status else ""
        texts.append(
            f"the {unit.subject.title} {went} to '{unit.status}' ({word_of(after, claim)}){state}"
        )
    counts = {kind: sum(c.kind == kind for c in changes) for kind in ("new", "changed", "gone")}
    if any(counts.values()):
        parts = [
            f"{counted(n, noun)} {words}"
            for kind, noun, words in (
                ("new", "question", "got an answer"),
                ("changed", "answer", "changed"),
                ("gone", "answer", "no longer holds" if counts["gone"] == 1 else "no longer hold"),
            )
            if (n := counts[kind])
        ]
        texts.append(listed(parts))
    missed = [c for c in changes if c.kind == "promise" and c.after in ("overdue", "late")]
    if missed:
        titles = [after.ledger.subjects[c.subject].title for c in missed]
        named = "; ".join(list(dict.fromkeys(titles))[:MOST_NAMED])
        texts.append(f"{counted(len(missed), 'announced date')} passed without being kept: {named}")
    return tuple(sentence(text) for text in [*texts[:1], *texts[1:][-4:]])


def _title(state: ProgrammeState, slot: Slot) -> str:
    return state.ledger.attributes[slot[1]].title


def _in_words(answer: Answer | None) -> str:
    if answer is None:
        return ""
    value = said(answer.claim)
    denied = "" if answer.happened else "denied, "
    text = f"{answer.valid.words}: {value}" if value else answer.valid.words
    return denied + text
