"""Who said something, when and where, as a sentence has it."""

from __future__ import annotations

from collections.abc import Sequence

from skyshade.dates import PartialDate, day_in_words
from skyshade.programme.amount import CURRENCIES, Amount
from skyshade.programme.decision import load_graph
from skyshade.programme.model import Claim
from skyshade.programme.state import ProgrammeState

_NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_CURRENCY = {"USD": "US dollars", "INR": "rupees", "RUB": "roubles", "EUR": "euros", "TRY": "lira"}


def outlet(state: ProgrammeState, claim: Claim) -> str:
    """Where a claim was read; a copy says that it is one."""
    source = state.ledger.sources[claim.source]
    is_copy = source.kind == "copy" and "copy" not in source.outlet
    return f"{source.outlet}, a copy" if is_copy else source.outlet


def speaker(claim: Claim) -> str:
    """Who said it, marked where a side of the deal speaks of itself; empty if the report does."""
    office = "" if claim.speaker and claim.office.startswith(claim.speaker) else claim.office
    said_by = claim.office if claim.speaker and not office else claim.speaker
    name = ", ".join(part for part in (said_by, office) if part)
    return f"{name}, speaking for the {claim.side}" if name and claim.interested else name


def who(state: ProgrammeState, claim: Claim) -> str:
    """Who said it, and where it was read."""
    if claim.evidence == "memory":
        return "recalled, read nowhere"
    if claim.authority == "inference":
        return "inferred from other reports"
    name = speaker(claim)
    return f"{name}; {outlet(state, claim)}" if name else outlet(state, claim)


def word_of(state: ProgrammeState, claim: Claim) -> str:
    """By whose word: the speaker without the outlet, or the outlet."""
    if claim.evidence == "memory":
        return "recalled only"
    if claim.authority == "inference":
        return "our inference"
    return speaker(claim) or outlet(state, claim)


def said(claim: Claim) -> str:
    """What a claim says of its attribute; numbers of the law's menu with what each means."""
    if claim.attribute != "measures":
        return claim.says
    menu = load_graph().menu
    parts = [part.strip() for part in claim.says.split(",")]
    known = {str(n): f"{n} ({measure.title})" for n, measure in menu.items()}
    return "; ".join(known.get(part, part) for part in parts)


def number(n: int) -> str:
    """A small number as a word.

    >>> number(0), number(5), number(40)
    ('no', 'five', '40')
    """
    return _NUMBERS[n] if 0 <= n < len(_NUMBERS) else f"{n:,}"


def counted(n: int, noun: str) -> str:
    """A number and its noun, in words.

    >>> counted(1, "month"), counted(5, "month"), counted(40, "month")
    ('one month', 'five months', '40 months')
    """
    return f"{number(n)} {noun}{'' if n == 1 else 's'}"


def in_months(value: float) -> str:
    """A time in whole months, at least one."""
    return counted(max(1, round(value)), "month")


def verb(things: Sequence[object], one: str, many: str) -> str:
    """The form of a verb that fits the number of its subjects."""
    return one if len(things) == 1 else many


def day_of(state: ProgrammeState) -> str:
    """The day whose knowledge a state has, in words."""
    return day_in_words(state.known_on)


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence.

    >>> listed(["first", "second", "third"])
    'first, second and third'
    """
    return " and ".join(", ".join(parts).rsplit(", ", 1)) if len(parts) > 1 else "".join(parts)


def money(amount: Amount) -> str:
    """A sum with the name of its currency.

    >>> money(Amount(5.43e9, "USD")), money(Amount(4e11, "INR"))
    ('5.43 billion US dollars', '40,000 crore rupees')
    """
    value, unit = amount.value, _CURRENCY.get(amount.unit, amount.unit)
    if amount.unit == "INR" and value >= 1e7:
        return f"{value / 1e7:,.6g} crore {unit}"
    for name, scale in (("billion", 1e9), ("million", 1e6)):
        if value >= scale:
            return f"{float(f'{value / scale:.3g}'):g} {name} {unit}"
    return f"{value:,.6g} {unit}"


def amount(value: Amount) -> str:
    """A sum in words; any other amount as it is written.

    >>> amount(Amount(3e10, "USD")), amount(Amount(6, "units"))
    ('30 billion US dollars', '6 units')
    """
    return money(value) if value.unit in CURRENCIES else str(value)


def share(k: int, n: int, one: str, many: str) -> str:
    """A number out of all, as the subject of a sentence.

    >>> [share(k, 5, "regiment", "regiments") for k in (0, 1, 5)]
    ['none of the five regiments', 'one of the five regiments', 'all five regiments']
    >>> [share(k, 2, "battery", "batteries") for k in (0, 1, 2)]
    ['neither of the two batteries', 'one of the two batteries', 'both batteries']
    >>> share(1, 1, "system", "systems")
    'the only system'
    """
    if n == 1:
        return f"the only {one}"
    if k == n:
        return f"both {many}" if n == 2 else f"all {number(n)} {many}"
    none = "neither" if n == 2 else "none"
    return f"{number(k) if k else none} of the {number(n)} {many}"


def at(span: PartialDate) -> str:
    """When, with its preposition.

    >>> at(PartialDate.parse("2018-10-05")), at(PartialDate.parse("2021-12"))
    ('on 5 October 2018', 'in December 2021')
    >>> at(PartialDate.parse("2021-11-01/2021-11-14"))
    'between 1 and 14 November 2021'
    """
    words = span.words
    if span.precision == "interval":
        return f"between {words.replace(' to ', ' and ')}"
    return f"on {words}" if span.precision == "day" else f"in {words}"


def sentence(text: str) -> str:
    """The text with a capital letter and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
