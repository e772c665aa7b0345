"""Amounts as ledgers write them: "5.43 bn USD", "40000 crore INR", "601427 rifles", "15 %"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from skyshade.errors import InputError, did_you_mean

CURRENCIES = ("USD", "INR", "RUB", "EUR", "TRY", "CNY", "GBP")
SCALES = {"": 1.0, "thousand": 1e3, "lakh": 1e5, "m": 1e6, "crore": 1e7, "bn": 1e9}

_AMOUNT = re.compile(
    r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,9})?)(?: (?P<scale>thousand|lakh|m|crore|bn)(?= ))? ?"
    r"(?P<unit>%|[A-Za-z][A-Za-z -]{0,30})"
)


# commas group thousands, in the western or the Indian way: 40,000 or 5,24,000
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}(?![0-9,])")
_WITH_COMMA = re.compile(r"[0-9][0-9,]*,[0-9,]*")


@dataclass(frozen=True, order=True, slots=True)
class Amount:
    """A number and what it counts: a currency, "%" for a share, or a noun in the plural."""

    value: float
    unit: str

    @property
    def is_money(self) -> bool:
        """True for an amount in a currency."""
        return self.unit in CURRENCIES

    def __str__(self) -> str:
        """As a person would write it.

        >>> str(Amount(5.43e9, "USD")), str(Amount(4e11, "INR")), str(Amount(601427, "rifles"))
        ('5.43 bn USD', '40,000 crore INR', '601,427 rifles')
        """
        if self.unit == "%":
            return f"{self.value:g} %"
        if self.unit == "INR" and self.value >= 1e7:
            return f"{self.value / 1e7:,.6g} crore INR"
        if self.is_money:
            for name, scale in (("bn", 1e9), ("m", 1e6)):
                if self.value >= scale:
                    return f"{self.value / scale:.6g} {name} {self.unit}"
        number = f"{self.value:,.0f}" if self.value == int(self.value) else f"{self.value:g}"
        return f"{number} {self.unit}"


def parse_amount(text: object) -> Amount:
    """Read one amount; commas group thousands and never mark decimals.

    Raises
    ------
    InputError : no number, no unit, an unknown currency, or a comma that groups no thousands.

    Examples
    --------
    >>> parse_amount("40000 crore INR"), parse_amount("15 %")
    (Amount(value=400000000000.0, unit='INR'), Amount(value=15.0, unit='%'))
    """
    written = str(text).strip()
    for number in _WITH_COMMA.findall(written):
        if not _GROUPED.fullmatch(number):
            raise InputError(
                "a comma that groups no thousands",
                value=text,
                allowed="a point for decimals, as in 5.43; commas for thousands, as in 40,000",
            )
    match = _AMOUNT.fullmatch(_GROUPED.sub(lambda m: m[0].replace(",", ""), written))
    if match is None:
        raise InputError(
            "not an amount with its unit",
            value=text,
            allowed="e.g. '5.43 bn USD', '40000 crore INR', '5 systems', '15 %'",
        )
    value = round(float(match["number"]) * SCALES[match["scale"] or ""], 6)
    return Amount(value, match["unit"].strip())


def parse_money(text: object) -> Amount:
    """Read an amount of money in one of the known currencies."""
    amount = parse_amount(text)
    if not amount.is_money:
        raise InputError(
            f"unknown currency {amount.unit!r}",
            value=text,
            allowed=", ".join(CURRENCIES),
            hint=did_you_mean(amount.unit, CURRENCIES),
        )
    return amount
