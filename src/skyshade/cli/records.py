"""`skyshade records`: shares shot down in combat, shipped or derived from the public file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skyshade.cli._flags import folder


def register(app: typer.Typer) -> None:
    app.command("records")(records_command)


def records_command(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Public table of attack windows (CSV). [default: the shipped shares]",
            metavar="FILE.csv",
        ),
    ] = None,
    retrieved: Annotated[
        str,
        typer.Option(
            help="Date of the download, YYYY-MM or YYYY-MM-DD; it is written into the result."
        ),
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for combat_records.yaml and .csv.", parser=folder, metavar="FOLDER"
        ),
    ] = None,
) -> None:
    """List the shares of targets shot down in combat, by class and half-year.

    These shares bound the kill probabilities of raids. With FILE.csv, the command derives them
    again from the public file and lists the differences from the shipped shares. The file is the
    table missile_attacks_daily.csv of Kaggle's piterfm/massive-missile-attacks-on-ukraine.
    """
    from skyshade.cli._flags import day
    from skyshade.cli._show import print_table, say_written
    from skyshade.engagement.records import derive_records, differences, records_csv, records_yaml
    from skyshade.files import results_folder
    from skyshade.fireunit.records import shipped_records
    from skyshade.report.record_tables import (
        COUNT_HEADINGS,
        LEFT_OUT_HEADINGS,
        count_rows,
        left_out_rows,
        records_notes,
    )

    shipped = shipped_records()
    day(retrieved or None, "--retrieved")
    records = shipped if file is None else derive_records(file, retrieved)
    print_table("Shot down of those launched", COUNT_HEADINGS, count_rows(records))
    print_table("Left out", LEFT_OUT_HEADINGS, left_out_rows(records))
    for line in records_notes(records):
        print(line)
    if file is not None:
        found = differences(shipped, records)
        print(f"{file}: {'differs from' if found else 'agrees with'} the shipped shares.")
        for line in found:
            print(f"  {line}")
    if out is not None:
        with results_folder(out) as scratch:
            (scratch / "combat_records.yaml").write_text(records_yaml(records), "utf-8")
            (scratch / "combat_records.csv").write_text(records_csv(records), "utf-8")
        say_written(out, ["combat_records.yaml", "combat_records.csv"])
