"""`skyshade programme`: who said what when, what arrived, what sanctions and payments can do.

The group, and the commands on the state of a programme. The others stand beside this file:
`_programme_exposure` (sanctions, payments, agreements), `_programme_future` (forecast, backtest,
whatif), `_programme_add`, `_programme_registers` and `_programme_packages`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from skyshade.cli._flags import folder
from skyshade.cli._programme_flags import (
    DEFAULT,
    AsJson,
    AsOf,
    DatesRule,
    KnownOn,
    LedgerOption,
    state_of,
)

if TYPE_CHECKING:
    from skyshade.programme import ProgrammeState


class _ShowByDefault(TyperGroup):
    """`skyshade programme [LEDGER] …` is `skyshade programme show [LEDGER] …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = ["show", *args]
        return super().parse_args(ctx, args)


group = typer.Typer(
    name="programme",
    cls=_ShowByDefault,
    help="Show a programme on a date, as known on a date, and forecast it: `programme [LEDGER] "
    "[--as-of D] [--known-on D] [--subject S]`.",
)


def register(app: typer.Typer) -> None:
    """Hang the `programme` commands into `app`."""
    from skyshade.cli import (
        _programme_add,
        _programme_exposure,
        _programme_future,
        _programme_packages,
        _programme_registers,
    )

    for part in (
        _programme_exposure,
        _programme_future,
        _programme_add,
        _programme_registers,
        _programme_packages,
    ):
        part.register(group)
    app.add_typer(group)


@group.command("show")
def show(
    ledger: Annotated[str, typer.Argument(help="A ledger's name, file or folder.")] = DEFAULT,
    as_of: AsOf = None,
    known_on: KnownOn = None,
    subject: Annotated[
        str | None, typer.Option(help="One subject, e.g. regiment-1: who said what about it.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show every answer and every contradiction, in tables.")
    ] = False,
    dates: DatesRule = "certainly",
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for programme.json and figures.", parser=folder, metavar="FOLDER"
        ),
    ] = None,
) -> None:
    """Show the state on a date, from what was published by a date (the default command).

    `skyshade programme --known-on 2021-04-06 --subject regiment-1` says what was known of the
    first regiment that day, and who said it.
    """
    from skyshade.cli._programme_tables import print_state, print_subject

    state = state_of(ledger, as_of, known_on, dates)
    if subject is not None:
        subject = state.subject(subject).id
    if as_json:
        _print_json(state, subject)
    elif subject is not None:
        print_subject(state, subject)
    else:
        print_state(state, everything)
    if out is not None:
        _write(state, out, quiet=as_json)


def _print_json(state: ProgrammeState, subject: str | None) -> None:
    import json

    data = state.as_dict()
    if subject is not None:
        for key in ("answers", "promises", "conflicts"):
            data[key] = [row for row in data[key] if row["subject"] == subject]
        data["units"] = [r for r in data["units"] if r["id"] == subject]
        data["claims"] = {i: c for i, c in data["claims"].items() if c["subject"] == subject}
        named = {s for c in data["claims"].values() for s in (c["source"], *c["also"])}
        data["sources"] = {i: s for i, s in data["sources"].items() if i in named}
    print(json.dumps(data, indent=2, ensure_ascii=False))


def _write(state: ProgrammeState, out: Path, quiet: bool) -> None:
    from skyshade.cli._show import say_written
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import make_manifest
    from skyshade.programme.forecast import forecast
    from skyshade.report.programme_charts import timeline_figure
    from skyshade.report.style import svg_text

    files = ["programme.json", "manifest.json"]
    with results_folder(out) as folder:
        data = state.as_dict()
        if state.ledger.of_kind("unit"):
            made = forecast(state.ledger, state.known_on)
            data["forecast"] = made.as_dict()
            timeline = svg_text(timeline_figure(state, made))
            (folder / "timeline.svg").write_text(timeline, "utf-8")
            files.insert(1, "timeline.svg")
        write_json(folder / "programme.json", data)
        manifest = make_manifest(
            f"programme {state.ledger.name}",
            as_of=state.as_of.isoformat(),
            known_on=state.known_on.isoformat(),
            ledger={"name": state.ledger.name, "version": state.ledger.version},
        )
        write_json(folder / "manifest.json", manifest)
    if not quiet:
        say_written(out, files)


@group.command("subjects")
def subjects(
    ledger: Annotated[str, typer.Argument(help="A ledger's name, file or folder.")] = DEFAULT,
    known_on: KnownOn = None,
    dates: DatesRule = "certainly",
    as_json: AsJson = False,
) -> None:
    """List every subject with its number of statements and the date of the newest one."""
    import json

    from skyshade.cli._programme_tables import print_subjects

    state = state_of(ledger, None, known_on, dates)
    if as_json:
        rows = [
            {"id": s.id, "title": s.title, "kind": s.kind, "claims": len(state.about(s.id))}
            for s in state.subjects.values()
        ]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_subjects(state)


@group.command("diff")
def diff(
    first: Annotated[str, typer.Argument(help="A day, e.g. 2021-12-07.")],
    second: Annotated[str, typer.Argument(help="A later day.")],
    ledger: LedgerOption = DEFAULT,
    dates: DatesRule = "certainly",
    as_json: AsJson = False,
) -> None:
    """Show what changed between two days, each as known on that day, and who said it."""
    import json

    from skyshade.cli._programme_tables import print_diff
    from skyshade.errors import InputError
    from skyshade.programme.changes import changes_between

    before, after = (state_of(ledger, None, text, dates) for text in (first, second))
    if after.known_on <= before.known_on:
        raise InputError("the second day is not later than the first", field="D2", value=second)
    found = changes_between(before, after)
    if as_json:
        print(json.dumps([c.as_dict() for c in found], indent=2, ensure_ascii=False))
    else:
        print_diff(before, after, found)
