"""`skyshade programme`: who said what when, what arrived, what sanctions and payments can do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from skyshade.cli._flags import day, folder

if TYPE_CHECKING:
    from skyshade.dates import DateRule
    from skyshade.programme import Ledger, ProgrammeState
    from skyshade.programme.forecast import Forecast

DEFAULT = "india-s400"

AsOf = Annotated[str | None, typer.Option(help="The date asked about; default: --known-on.")]
KnownOn = Annotated[
    str | None,
    typer.Option(help="Only what was published by then; default: when the ledger was compiled."),
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
    from skyshade.cli import _programme_packages, _programme_registers

    _programme_registers.register(group)
    _programme_packages.register(group)
    app.add_typer(group)


def state_of(
    ledger: str, as_of: str | None, known_on: str | None, dates: str = "certainly"
) -> ProgrammeState:
    """The state that a command's flags ask for."""
    from skyshade.programme import load_ledger, resolve

    return resolve(
        load_ledger(ledger),
        day(as_of, "--as-of"),
        day(known_on, "--known-on"),
        dates=_rule(dates),
    )


def _rule(text: str) -> DateRule:
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


@group.command("show")
def show(
    ledger: Annotated[str, typer.Argument(help="A ledger's name, file or folder.")] = DEFAULT,
    as_of: AsOf = None,
    known_on: KnownOn = None,
    subject: Annotated[
        str | None, typer.Option(help="One subject, e.g. regiment-1: who said what about it.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every answer and every contradiction, in tables.")
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
    """The state on a date according to what was published by a date (the default command).

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


def is_ledger(text: str) -> bool:
    """True for a ledger's folder, a shipped ledger's name, or a file that is meant as one.

    A file says so in its `schema`; without that line, by having claims. A name that both a scenario
    and a ledger bear is the scenario's.
    """
    from skyshade.errors import InputError
    from skyshade.programme.ledger import SCHEMA, ledger_names
    from skyshade.scenario.load import IN_FOLDER, scenario_names
    from skyshade.yamlfile import read_text

    if text in scenario_names():
        return False
    path = Path(text)
    try:
        if text in ledger_names() or (text and path.is_dir() and not (path / IN_FOLDER).is_file()):
            return True
        head = read_text(path)[:20_000]
    except (InputError, OSError, ValueError):
        return False
    keys = {line.partition(":")[0]: line.partition("#")[0] for line in head.splitlines()}
    if "schema" in keys:
        return SCHEMA.rsplit("/", 1)[0] in keys["schema"]
    return any(key in keys for key in ("claims", "contradictions", "extends"))


def is_empty(text: str) -> bool:
    """True for a file that holds nothing but blanks and remarks."""
    from skyshade.errors import InputError
    from skyshade.yamlfile import read_text

    try:
        lines = read_text(Path(text))[:20_000].splitlines() if Path(text).is_file() else ["a name"]
    except (InputError, OSError, ValueError):
        return False
    return all(not line.strip() or line.lstrip().startswith("#") for line in lines)


def say_good(text: str, ledger: Ledger) -> None:
    """Say what a ledger holds that has been read without complaint."""
    from skyshade.report.text import count

    print(
        f"{text}: good. Ledger '{ledger.name}': {count(len(ledger.claims), 'claim')} on "
        f"{count(len({c.subject for c in ledger.claims}), 'subject')}, "
        f"{count(len(ledger.sources), 'source')}, "
        f"{count(len(ledger.contradictions), 'contradiction')} looked into."
    )


@group.command("subjects")
def subjects(
    ledger: Annotated[str, typer.Argument(help="A ledger's name, file or folder.")] = DEFAULT,
    known_on: KnownOn = None,
    dates: DatesRule = "certainly",
    as_json: AsJson = False,
) -> None:
    """The index: every subject that had been heard of, how much was said, and how lately."""
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
    """What changed between two days, each as known on that day, and who said it."""
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


@group.command("sanctions")
def sanctions(
    case: Annotated[
        str | None,
        typer.Argument(help="A case of the ledger, e.g. india; all in short without."),
    ] = None,
    ledger: LedgerOption = DEFAULT,
    as_of: AsOf = None,
    known_on: KnownOn = None,
    dates: DatesRule = "certainly",
    as_json: AsJson = False,
) -> None:
    """Walk a case through the decision of sections 231 and 235, each step explained.

    It says what the law makes somebody decide, what is known of it and what is assumed. It judges
    nothing, and it is no advice on how to fall outside of a law.
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


@group.command("payments")
def payments(
    ledger: LedgerOption = DEFAULT,
    as_of: AsOf = None,
    known_on: KnownOn = None,
    dates: DatesRule = "certainly",
    as_json: AsJson = False,
) -> None:
    """Instalments and channels: what is paid, due and stuck, in dollars and rupees."""
    import json

    from skyshade.cli._programme_reports import print_exposure
    from skyshade.programme.payments import exposure

    found = exposure(state_of(ledger, as_of, known_on, dates))
    if as_json:
        print(json.dumps(found.as_dict(), indent=2, ensure_ascii=False))
    else:
        print_exposure(found)


@group.command("agreements")
def agreements(
    ledger: LedgerOption = DEFAULT,
    as_of: AsOf = None,
    known_on: KnownOn = None,
    dates: DatesRule = "certainly",
    as_json: AsJson = False,
) -> None:
    """The other agreements: status over time, and progress against targets."""
    import json

    from skyshade.cli._programme_reports import print_agreements
    from skyshade.programme.agreements import register as agreements_of

    state = state_of(ledger, as_of, known_on, dates)
    found = agreements_of(state)
    if as_json:
        print(json.dumps([a.as_dict() for a in found], indent=2, ensure_ascii=False))
    else:
        print_agreements(state, found)


@group.command("forecast")
def forecast_command(
    ledger: LedgerOption = DEFAULT,
    known_on: KnownOn = None,
    by: Annotated[
        str | None, typer.Option(help="Also the chance that each has come by this day.")
    ] = None,
    dates: DatesRule = "certainly",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")] = 20181005,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for forecast.json and the curve.", parser=folder, metavar="FOLDER"
        ),
    ] = None,
) -> None:
    """When what is still due may come: P10, P50, P90 from what was published by a day.

    Beside it the view from outside: orders of the same kind in a public register. `--by D` gives
    the probability of delivery, and of being operational, by a day.

    The model was chosen with past deliveries of the shipped programme in view, so its tests on
    them flatter it; `skyshade programme backtest` says how it fared.
    """
    import json

    from skyshade.cli._programme_forecasts import print_forecast
    from skyshade.programme import load_ledger, resolve
    from skyshade.programme.forecast import forecast

    found = load_ledger(ledger)
    rule = _rule(dates)
    made = forecast(found, day(known_on, "--known-on"), seed=seed, dates=rule)
    until = day(by, "--by")
    data = made.as_dict()
    if until is not None:
        data["by"] = {
            "date": until.isoformat(),
            **{
                id_: {"delivered": round(p, 4), "operational": round(q, 4)}
                for id_, (p, q) in made.by(until).items()
            },
        }
    if as_json:
        print(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        state = resolve(found, made.known_on, made.known_on, dates=rule)
        print_forecast(made, state, until)
    if out is not None:
        _write_forecast(found, made, data, out, quiet=as_json)


def _write_forecast(
    ledger: Ledger, made: Forecast, data: dict[str, Any], out: Path, quiet: bool
) -> None:
    from skyshade.cli._show import say_written
    from skyshade.files import results_folder, write_json
    from skyshade.manifest import make_manifest
    from skyshade.report.programme_charts import forecast_figure
    from skyshade.report.style import svg_text

    files = ["forecast.json", "forecast.svg", "manifest.json"]
    with results_folder(out) as folder:
        write_json(folder / "forecast.json", data)
        (folder / "forecast.svg").write_text(svg_text(forecast_figure(made)), "utf-8")
        manifest = make_manifest(
            f"programme forecast {ledger.name}",
            known_on=made.known_on.isoformat(),
            seed=made.seed,
            ledger={"name": ledger.name, "version": ledger.version},
        )
        write_json(folder / "manifest.json", manifest)
    if not quiet:
        say_written(out, files)


@group.command("backtest")
def backtest_command(
    ledger: LedgerOption = DEFAULT,
    known_on: KnownOn = None,
    chosen: Annotated[
        bool, typer.Option("--chosen", help="The days on which the model was chosen instead.")
    ] = False,
    each: Annotated[bool, typer.Option("--each", help="Every single forecast as well.")] = False,
    dates: DatesRule = "certainly",
    as_json: AsJson = False,
) -> None:
    """Forecasts of the past against what happened, beside three simple methods.

    The days are those that the ledger names, else the ends of quarters since the contract. The
    model was chosen on some days of the shipped ledger, which `--chosen` shows; a test on them is
    none.
    """
    import json

    from skyshade.cli._programme_forecasts import print_backtest
    from skyshade.programme import load_ledger
    from skyshade.programme.backtest import backtest

    found = load_ledger(ledger)
    days = found.setup.chosen_on if chosen else None
    done = backtest(found, days, known_on=day(known_on, "--known-on"), dates=_rule(dates))
    if as_json:
        print(json.dumps(done.as_dict(), indent=2, ensure_ascii=False))
    else:
        print_backtest(done, each)


@group.command("whatif")
def whatif(
    channel_closes: Annotated[
        str | None, typer.Option(help="A channel that closes, e.g. channel-rupee-rouble.")
    ] = None,
    sanction: Annotated[bool, typer.Option("--sanction", help="A sanction lands.")] = False,
    on: Annotated[
        str | None, typer.Option(help="The day; default: the day after --known-on.")
    ] = None,
    months: Annotated[float, typer.Option(help="How long the channel stays closed.")] = 12.0,
    measures: Annotated[
        str | None,
        typer.Option(help="With --sanction: numbers of section 235(a), e.g. 1,2,3,4,12; or all."),
    ] = None,
    ledger: LedgerOption = DEFAULT,
    known_on: KnownOn = None,
    dates: DatesRule = "certainly",
    as_json: AsJson = False,
) -> None:
    """What a closed channel, or a sanction, would do to the buyer and to the deliveries still due.

    A sanction is a choice from the menu of the statute: export licences, credit, banking, property,
    persons. Deliveries stop only if a measure closes a way of payment. An assessment of
    consequences by a stated rule; it says nothing on how to pay or what to avoid.
    """
    import json
    from datetime import timedelta

    from skyshade.cli._programme_forecasts import print_whatif
    from skyshade.errors import InputError
    from skyshade.programme import load_ledger
    from skyshade.programme.whatif import channel_closes as closes
    from skyshade.programme.whatif import sanction_lands

    if sanction == (channel_closes is not None):
        raise InputError(
            "say what happens", allowed="--channel-closes NAME or --sanction, one of them"
        )
    found = load_ledger(ledger)
    known = day(known_on, "--known-on") or found.as_of
    when = day(on, "--on") or known + timedelta(days=1)
    if channel_closes is not None:
        result = closes(found, channel_closes, when, months, known, dates=_rule(dates))
    else:
        numbers = _numbers(measures)
        result = sanction_lands(found, when, known, measures=numbers, dates=_rule(dates))
    if as_json:
        print(json.dumps(result.as_dict(), indent=2, ensure_ascii=False))
    else:
        print_whatif(result)


def _numbers(text: str | None) -> list[int] | None:
    """Numbers with commas between them."""
    from skyshade.errors import InputError

    if text is None or text == "all":
        return None
    parts = [part.strip() for part in text.split(",")]
    strange = [part for part in parts if not part.isdigit()]
    if strange:
        raise InputError(
            "not a number of the menu",
            field="--measures",
            value=strange[0],
            allowed="numbers with commas, e.g. 1,2,3,4,12",
        )
    return [int(part) for part in parts]


@group.command("add")
def add(
    to: Annotated[
        Path | None, typer.Option(help="A file (made if needed) or the folder of a ledger.")
    ] = None,
    ledger: Annotated[
        str, typer.Option("--ledger", help="The ledger that a new file extends.")
    ] = DEFAULT,
    subject: Annotated[str | None, typer.Option(help="E.g. regiment-5.")] = None,
    attribute: Annotated[str | None, typer.Option(help="E.g. delivered.")] = None,
    value: Annotated[str | None, typer.Option(help="With its unit, e.g. '5.43 bn USD'.")] = None,
    valid: Annotated[
        str | None, typer.Option(help="The date it is about, as precise as it is known.")
    ] = None,
    stance: Annotated[
        str | None, typer.Option(help="affirms (default), denies, hedges or announces.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="A source of the ledger; or describe a new one below.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of a new source.")] = None,
    outlet: Annotated[str | None, typer.Option(help="Its outlet.")] = None,
    date_: Annotated[str | None, typer.Option("--date", help="When it was published.")] = None,
    url: Annotated[str | None, typer.Option(help="Its address.")] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="Its kind: official, agency (any identified outlet; default), reprint or copy."
        ),
    ] = None,
    speaker: Annotated[str | None, typer.Option(help="Who said it.")] = None,
    office: Annotated[str | None, typer.Option(help="Their office.")] = None,
    side: Annotated[
        str | None, typer.Option(help="The party they speak for: seller or buyer.")
    ] = None,
    confidence: Annotated[str | None, typer.Option(help="high, medium or low.")] = None,
    note: Annotated[str | None, typer.Option(help="Anything worth saying.")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Default: made from the content.")] = None,
) -> None:
    """Append a claim to a ledger's file and show what it changes; asks for what is missing.

    The shipped ledger is not written to: without --to the claim goes into NAME-added.yaml here,
    which extends it. The same claim again changes nothing.
    """
    from skyshade.cli._programme_ask import ask_for_claim
    from skyshade.cli._programme_reports import print_added
    from skyshade.programme import load_ledger
    from skyshade.programme.add import add_claim
    from skyshade.programme.ledger import ledger_names

    known = load_ledger(to if to is not None and to.exists() else ledger)
    given = {
        "subject": subject,
        "attribute": attribute,
        "stance": stance,
        "value": value,
        "valid": valid,
        "source": source,
        "title": title,
        "outlet": outlet,
        "date": date_,
        "kind": kind,
        "speaker": speaker,
        "office": office,
        "side": side,
        "confidence": confidence,
    }
    told = ask_for_claim(known, given)
    origin: Any = told.pop("source", None)
    described = {key: told.pop(key, None) for key in ("title", "outlet", "date", "kind")}
    if origin is None:
        origin = {key: text for key, text in {**described, "url": url}.items() if text}
    fields = told | {"id": id_, "value": _plain(told.get("value")), "source": origin, "note": note}
    if to is None:
        to = Path(f"{ledger}-added.yaml") if ledger in ledger_names() else Path(ledger)
    print_added(add_claim(to, fields, ledger))


def _plain(text: str | None) -> Any:
    """Yes and no as YAML has them."""
    return {"true": True, "yes": True, "false": False, "no": False}.get(text or "", text)
