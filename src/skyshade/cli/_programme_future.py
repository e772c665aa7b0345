"""`skyshade programme forecast`, `backtest` and `whatif`: what may come, and how sure that is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skyshade.cli._flags import day, folder
from skyshade.cli._programme_flags import (
    DEFAULT,
    AsJson,
    DatesRule,
    KnownOn,
    LedgerOption,
    rule_of,
)

if TYPE_CHECKING:
    from skyshade.programme import Ledger
    from skyshade.programme.forecast import Forecast


def register(group: typer.Typer) -> None:
    """Hang the commands into the `programme` group."""
    group.command("forecast")(forecast_command)
    group.command("backtest")(backtest_command)
    group.command("whatif")(whatif)


def forecast_command(
    ledger: LedgerOption = DEFAULT,
    known_on: KnownOn = None,
    by: Annotated[
        str | None, typer.Option(help="Also give the chance that each unit has come by this day.")
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
    """Forecast when the outstanding units come: P10, P50, P90 from what was published by a day.

    Beside it stands how long orders of the same kind took, from a public register. `--by D` gives
    the probability that each unit is delivered, and operational, by a day.

    The model was chosen after past deliveries of the shipped programme had been seen, so tests on
    them flatter it; `skyshade programme backtest` shows these tests.
    """
    import json

    from skyshade.cli._programme_forecasts import print_forecast
    from skyshade.programme import load_ledger, resolve
    from skyshade.programme.forecast import forecast

    found = load_ledger(ledger)
    rule = rule_of(dates)
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


def backtest_command(
    ledger: LedgerOption = DEFAULT,
    known_on: KnownOn = None,
    chosen: Annotated[
        bool,
        typer.Option("--chosen", help="Test on the days on which the model was chosen instead."),
    ] = False,
    each: Annotated[
        bool, typer.Option("--each", help="List every single forecast as well.")
    ] = False,
    dates: DatesRule = "certainly",
    as_json: AsJson = False,
) -> None:
    """Test the forecast on past days, against what happened and beside three simple methods.

    The days are those that the ledger names, or else the ends of quarters since the contract.
    `--chosen` takes the days of the shipped ledger on which the model was chosen; results on those
    days are not a test of it.
    """
    import json

    from skyshade.cli._programme_forecasts import print_backtest
    from skyshade.programme import load_ledger
    from skyshade.programme.backtest import backtest

    found = load_ledger(ledger)
    days = found.setup.chosen_on if chosen else None
    done = backtest(found, days, known_on=day(known_on, "--known-on"), dates=rule_of(dates))
    if as_json:
        print(json.dumps(done.as_dict(), indent=2, ensure_ascii=False))
    else:
        print_backtest(done, each)


def whatif(
    channel_closes: Annotated[
        str | None, typer.Option(help="A channel that closes, e.g. channel-rupee-rouble.")
    ] = None,
    sanction: Annotated[bool, typer.Option("--sanction", help="Assume a sanction.")] = False,
    on: Annotated[
        str | None, typer.Option(help="The day of it. [default: the day after --known-on]")
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
    """Show what a closed channel or a sanction would do to the buyer and to outstanding deliveries.

    A sanction is a choice from the menu of the statute: export licences, credit, banking, property,
    persons. Deliveries stop only if a measure closes a way of payment. The consequences
    follow from a stated rule; the command says nothing on how to pay or what to avoid.
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
        result = closes(found, channel_closes, when, months, known, dates=rule_of(dates))
    else:
        numbers = _numbers(measures)
        result = sanction_lands(found, when, known, measures=numbers, dates=rule_of(dates))
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
