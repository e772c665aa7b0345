"""`skyshade programme sanctions`, `payments` and `agreements`: what the deal is exposed to."""

from __future__ import annotations

from typing import Annotated

import typer

from skyshade.cli._programme_flags import (
    DEFAULT,
    AsJson,
    AsOf,
    DatesRule,
    KnownOn,
    LedgerOption,
    state_of,
)


def register(group: typer.Typer) -> None:
    """Hang the commands into the `programme` group."""
    group.command("sanctions")(sanctions)
    group.command("payments")(payments)
    group.command("agreements")(agreements)


def sanctions(
    case: Annotated[
        str | None,
        typer.Argument(help="A case of the ledger, e.g. india. [default: a summary of all]"),
    ] = None,
    ledger: LedgerOption = DEFAULT,
    as_of: AsOf = None,
    known_on: KnownOn = None,
    dates: DatesRule = "certainly",
    as_json: AsJson = False,
) -> None:
    """Walk a case through the decision of sections 231 and 235, each step explained.

    Each step says what the law requires somebody to decide, what is known and what is assumed. The
    command gives no judgement, and no advice on how to avoid a law.
    """
    import json

    from skyshade.cli._programme_reports import print_walk, print_walks
    from skyshade.programme.sanctions import walk

    state = state_of(ledger, as_of, known_on, dates)
    setup = state.ledger.setup
    names = list(setup.cases) if case is None else [setup.case(case).id]
    walks = [walk(state, name) for name in names]
    if as_json:
        data = [w.as_dict() for w in walks]
        print(json.dumps(data if case is None else data[0], indent=2, ensure_ascii=False))
    elif case is None:
        print_walks(state, walks)
    else:
        print_walk(walks[0])


def payments(
    ledger: LedgerOption = DEFAULT,
    as_of: AsOf = None,
    known_on: KnownOn = None,
    dates: DatesRule = "certainly",
    as_json: AsJson = False,
) -> None:
    """Show instalments and channels: what is paid, due and held up, in both currencies."""
    import json

    from skyshade.cli._programme_reports import print_exposure
    from skyshade.programme.payments import exposure

    found = exposure(state_of(ledger, as_of, known_on, dates))
    if as_json:
        print(json.dumps(found.as_dict(), indent=2, ensure_ascii=False))
    else:
        print_exposure(found)


def agreements(
    ledger: LedgerOption = DEFAULT,
    as_of: AsOf = None,
    known_on: KnownOn = None,
    dates: DatesRule = "certainly",
    as_json: AsJson = False,
) -> None:
    """Show the other agreements: their status over time and their progress against targets."""
    import json

    from skyshade.cli._programme_reports import print_agreements
    from skyshade.programme.agreements import register as agreements_of

    state = state_of(ledger, as_of, known_on, dates)
    found = agreements_of(state)
    if as_json:
        print(json.dumps([a.as_dict() for a in found], indent=2, ensure_ascii=False))
    else:
        print_agreements(state, found)
