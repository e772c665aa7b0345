"""Flags that the `programme` commands share, and the state that they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from skyshade.cli._flags import day

if TYPE_CHECKING:
    from skyshade.dates import DateRule
    from skyshade.programme import ProgrammeState

DEFAULT = "india-s400"

AsOf = Annotated[
    str | None, typer.Option(help="Date of the question. [default: that of --known-on]")
]
KnownOn = Annotated[
    str | None,
    typer.Option(
        help="Use only what was published by this date. [default: the date of the ledger]"
    ),
]
DatesRule = Annotated[
    str,
    typer.Option(
        "--dates",
        help="When a report with an imprecise day counts as published, and an imprecise event "
        "as past: "
        "certainly (after its last day), possibly (from its first) or middle.",
    ),
]
LedgerOption = Annotated[str, typer.Option("--ledger", help="A ledger's name or path.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def state_of(
    ledger: str, as_of: str | None, known_on: str | None, dates: str = "certainly"
) -> ProgrammeState:
    """The state that a command's flags ask for."""
    from skyshade.programme import load_ledger, resolve

    return resolve(
        load_ledger(ledger),
        day(as_of, "--as-of"),
        day(known_on, "--known-on"),
        dates=rule_of(dates),
    )


def rule_of(text: str) -> DateRule:
    """The rule for imprecise dates of that name."""
    from typing import get_args

    from skyshade.dates import DateRule
    from skyshade.errors import InputError, did_you_mean

    if text not in get_args(DateRule):
        raise InputError(
            "unknown rule for imprecise dates",
            field="--dates",
            value=text,
            allowed=", ".join(get_args(DateRule)),
            hint=did_you_mean(text, get_args(DateRule)),
        )
    rule: DateRule = text  # type: ignore[assignment]
    return rule
