"""`skyshade programme`: who said what when, what arrived, what sanctions and payments can do."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from skyshade.programme import State

DEFAULT = "india-s400"

AsOf = Annotated[str | None, typer.Option(help="The date asked about; default: --known-on.")]
KnownOn = Annotated[
    str | None,
    typer.Option(help="Only what was published by then; default: when the ledger was compiled."),
]
LedgerOption = Annotated[str, typer.Option("--ledger", help="A ledger's name or path.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class _ShowByDefault(TyperGroup):
    """`skyshade programme [LEDGER] …` is `skyshade programme show [LEDGER] …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = ["show", *args]
        return super().parse_args(ctx, args)


group = typer.Typer(
    name="programme",
    cls=_ShowByDefault,
    help="The programme on a date, as known on a date: `programme [LEDGER] [--as-of D] "
    "[--known-on D] [--subject S]`; and what may follow from it.",
)


def register(app: typer.Typer) -> None:
    """Hang the `programme` commands into `app`."""
    app.add_typer(group)


def day(text: str | None, flag: str) -> date | None:
    """The last day of a date given to a flag."""
    from skyshade.dates import PartialDate
    from skyshade.errors import InputError

    if text is None:
        return None
    try:
        return PartialDate.parse(text).last
    except InputError as error:
        raise error.at(field=flag) from None


def state_of(ledger: str, as_of: str | None, known_on: str | None) -> State:
    """The state that a command's flags ask for."""
    from skyshade.programme import load_ledger, resolve

    return resolve(load_ledger(ledger), day(as_of, "--as-of"), day(known_on, "--known-on"))


@group.command("show")
def show(
    ledger: Annotated[str, typer.Argument(help="A ledger's name, file or folder.")] = DEFAULT,
    as_of: AsOf = None,
    known_on: KnownOn = None,
    subject: Annotated[
        str | None, typer.Option(help="One subject, e.g. regiment-1: who said what about it.")
    ] = None,
    as_json: AsJson = False,
    out: Annotated[Path | None, typer.Option(help="Folder for programme.json and figures.")] = None,
) -> None:
    """The state on a date according to what was published by a date (the default command).

    `skyshade programme --known-on 2021-04-06 --subject regiment-1` says what was known of the
    first regiment that day, and who said it.
    """
    from skyshade.cli._programme_tables import print_state, print_subject

    state = state_of(ledger, as_of, known_on)
    if subject is not None:
        state.ledger.subject(subject)
    if as_json:
        _print_json(state, subject)
    elif subject is not None:
        print_subject(state, subject)
    else:
        print_state(state)
    if out is not None:
        _write(state, out, quiet=as_json)


def _print_json(state: State, subject: str | None) -> None:
    import json

    data = state.as_dict()
    if subject is not None:
        for key in ("answers", "promises", "conflicts"):
            data[key] = [row for row in data[key] if row["subject"] == subject]
        data["regiments"] = [r for r in data["regiments"] if r["id"] == subject]
        data["claims"] = {i: c for i, c in data["claims"].items() if c["subject"] == subject}
        named = {s for c in data["claims"].values() for s in (c["source"], *c["also"])}
        data["sources"] = {i: s for i, s in data["sources"].items() if i in named}
    print(json.dumps(data, indent=2, ensure_ascii=False))


def _write(state: State, out: Path, quiet: bool) -> None:
    from skyshade.cli._show import say_written
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import make_manifest

    with results_folder(out) as folder:
        write_json(folder / "programme.json", state.as_dict())
        manifest = make_manifest(
            f"programme {state.ledger.name}",
            as_of=state.as_of.isoformat(),
            known_on=state.known_on.isoformat(),
            ledger={"name": state.ledger.name, "version": state.ledger.version},
        )
        write_json(folder / "manifest.json", manifest)
    if not quiet:
        say_written(out, ["programme.json", "manifest.json"])


def is_ledger(text: str) -> bool:
    """True for a ledger's folder, a shipped ledger's name, or a file whose `schema` says so.

    A name that both a scenario and a ledger bear is the scenario's.
    """
    from skyshade.errors import InputError
    from skyshade.programme.ledger import SCHEMA, ledger_names
    from skyshade.scenario.load import scenario_names
    from skyshade.yamlfile import read_text

    if text in scenario_names():
        return False
    path = Path(text)
    try:
        if text in ledger_names() or (text and path.is_dir()):
            return True
        head = read_text(path)[:20_000]
    except (InputError, OSError, ValueError):
        return False
    kind = SCHEMA.rsplit("/", 1)[0]
    return any(
        line.startswith("schema:") and kind in line.partition("#")[0] for line in head.splitlines()
    )


def validate_ledger(text: str) -> None:
    """Check a ledger and say what it holds, or complain about the first thing wrong."""
    from skyshade.programme import load_ledger

    ledger = load_ledger(text)
    print(
        f"{text}: good. Ledger '{ledger.name}': {len(ledger.claims)} claims on "
        f"{len({c.subject for c in ledger.claims})} subjects, {len(ledger.sources)} sources, "
        f"{len(ledger.contradictions)} contradictions looked into."
    )
