"""`skyshade programme add` at a terminal: one question after the other, each answer checked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, get_args

import typer

if TYPE_CHECKING:
    from skyshade.programme import Ledger

REQUIRED = ("subject", "attribute", "valid", "confidence")
OF_A_SOURCE = ("title", "outlet", "date")

Check = Callable[[str], str]


def ask_for_claim(ledger: Ledger, given: Mapping[str, str | None]) -> dict[str, Any]:
    """The fields of a claim: those given, checked; at a terminal the others are asked for.

    Raises
    ------
    InputError : something is wrong, or is missing and nobody can be asked; or the input ended.
    """
    from skyshade.errors import InputError

    told: dict[str, Any] = {key: text for key, text in given.items() if text is not None}
    needed = [*REQUIRED, *(() if "source" in told else OF_A_SOURCE)]
    missing = [key for key in needed if key not in told]
    if missing and not sys.stdin.isatty():
        flags = ", ".join(f"--{name}" for name in missing)
        raise InputError(f"these are missing: {flags}")
    asking = bool(missing)
    try:
        told["subject"] = _take(
            told, "subject", _subject(ledger), "What is it about? (a subject, e.g. regiment-5)"
        )
        told["attribute"] = _take(
            told, "attribute", _attribute(ledger, told["subject"]), _what(ledger, told["subject"])
        )
        attribute = ledger.attributes[told["attribute"]]
        if asking:
            told["stance"] = _take(
                told,
                "stance",
                _stance,
                "Does the source affirm it, deny it, leave it open or announce it? (affirms, "
                "denies, hedges, announces)",
                "affirms",
            )
        if attribute.measure != "none" and "value" not in told:
            _ask_value(told, attribute.measure, attribute.kind == "event", asking)
        told["valid"] = _take(
            told,
            "valid",
            _date,
            "For when? (as precise as it is known: 2026-11-20, November 2026, 2026-Q4)",
        )
        if "source" not in told:
            told["title"] = _take(told, "title", _text, "Title of the report")
            told["outlet"] = _take(told, "outlet", _text, "Where was it published?")
            told["date"] = _take(told, "date", _date, "When was it published?")
        if asking and "speaker" not in told:
            told["speaker"] = typer.prompt(
                "Who said it? (empty: the report itself)", default="", show_default=False
            )
            if told["speaker"]:
                told["office"] = typer.prompt(
                    "In which office?", default=told.get("office", ""), show_default=False
                )
        told["confidence"] = _take(
            told, "confidence", _confidence, "How sure is it? (high, medium, low)"
        )
    except (typer.Abort, EOFError):
        raise InputError(
            "the input ended before the claim was complete; nothing was written"
        ) from None
    return {key: text for key, text in told.items() if text != ""}


def _take(
    told: Mapping[str, Any], key: str, check: Check, question: str, default: str | None = None
) -> str:
    """The value given, checked; or the answer to a question, asked until it is one."""
    from skyshade.errors import InputError

    if key in told:
        try:
            return check(str(told[key]))
        except InputError as error:
            raise error.at(field=f"--{key}") from None
    while True:
        try:
            return check(str(typer.prompt(question, default=default)))
        except InputError as error:
            typer.echo(f"  {error}", err=True)


def _ask_value(told: dict[str, Any], measure: str, optional: bool, asking: bool) -> None:
    if not asking and (optional or measure == "text"):
        return
    questions = {
        "money": "How much? (with its currency, e.g. 5.43 bn USD)",
        "amount": "How many? (with its unit, e.g. 5 systems)",
        "yes_no": "Is it so? (yes or no)",
        "text": "What does it say, in your own words? (may be empty)",
    }
    if measure == "text":
        told["value"] = typer.prompt(questions[measure], default="", show_default=False)
    else:
        told["value"] = _take(told, "value", _value(measure), questions[measure])


def _subject(ledger: Ledger) -> Check:
    return lambda text: ledger.subject(text).id


def _what(ledger: Ledger, subject: str) -> str:
    kind = ledger.subjects[subject].kind
    own = [a.name for a in ledger.attributes.values() if kind in a.kinds]
    used = sorted({c.attribute for c in ledger.claims if c.subject == subject})
    names = list(dict.fromkeys([*own, *used]))[:8]
    return f"What of it? (an attribute, e.g. {', '.join(names) or 'says'})"


def _attribute(ledger: Ledger, subject: str) -> Check:
    from skyshade.errors import InputError, unknown_name

    kind = ledger.subjects[subject].kind

    def check(text: str) -> str:
        fitting = {a.name for a in ledger.attributes.values() if not a.kinds or kind in a.kinds}
        if text in ledger.attributes and text not in fitting:
            raise InputError(
                f"'{ledger.attributes[text].title}' cannot be said of a subject of kind '{kind}'",
                value=text,
                allowed=f"subjects of kind {', '.join(ledger.attributes[text].kinds)}",
            )
        if text not in fitting:
            raise unknown_name("attribute", text, fitting)
        return text

    return check


def _stance(text: str) -> str:
    from skyshade.errors import unknown_name
    from skyshade.programme.model import Stance

    if text not in get_args(Stance):
        raise unknown_name("stance", text, get_args(Stance))
    return text


def _confidence(text: str) -> str:
    from skyshade.errors import unknown_name
    from skyshade.programme.model import CONFIDENCE

    if text not in CONFIDENCE:
        raise unknown_name("confidence", text, CONFIDENCE)
    return text


def _date(text: str) -> str:
    from skyshade.dates import PartialDate

    return str(PartialDate.parse(text))


def _value(measure: str) -> Check:
    from skyshade.errors import InputError
    from skyshade.programme.amount import parse_amount, parse_money

    def check(text: str) -> str:
        if measure == "yes_no":
            if text not in ("yes", "no", "true", "false"):
                raise InputError("neither yes nor no", value=text)
        else:
            (parse_money if measure == "money" else parse_amount)(text)
        return text

    return check


def _text(text: str) -> str:
    from skyshade.errors import InputError

    if not text.strip():
        raise InputError("an empty answer")
    return text
