"""`skyshade programme reference` and `import-register`: what a register of arms orders says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RegisterFile = Annotated[
    Path, typer.Argument(help="The register's CSV, as downloaded.", metavar="FILE")
]
SnapshotDay = Annotated[
    str | None, typer.Option(help="The day of the download, if the file does not say it.")
]


def register(group: typer.Typer) -> None:
    """Hang the two commands into the `programme` group."""
    group.command("reference")(reference)


def reference(
    file: RegisterFile,
    snapshot: SnapshotDay = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the derived figures to this YAML file.")
    ] = None,
) -> None:
    """Recompute the figures of the reference class from a register, with their test.

    The package holds life tables derived from the trade register of SIPRI, never its rows. This
    command derives them anew from the file that you downloaded, leaves out the orders that the
    shipped ledgers are about, and scores the classes on orders that they have not seen.
    """
    import yaml

    from skyshade.cli._programme_tables import console, print_rows
    from skyshade.programme.ledger import ledger_names, load_ledger
    from skyshade.programme.reference import as_document
    from skyshade.programme.reference_check import reference_figures
    from skyshade.programme.register import read_registers

    registers = read_registers(file, snapshot)
    orders = [o for name in ledger_names() if (o := load_ledger(name).setup.order)]
    made = reference_figures(registers, [(o.buyer, o.system, o.ordered_in) for o in orders])
    rows = [
        (
            {"first": "order to first delivery", "last": "first to last delivery"}[t["wait"]],
            t["held out"],
            str(t["orders"]),
            f"{t['crps_years']:.2f}",
            f"{t['crps_years_plain_class']:.2f}",
            f"{t['difference']:+.2f} ± {t['standard_error']:.2f}",
        )
        for t in made.about["tests"]
    ]
    print_rows(
        "Held-out orders: CRPS in years, smaller is better",
        ("wait", "held out", "orders", "by class", "all orders alike", "difference"),
        rows,
    )
    expected = [
        (
            title,
            str(t["orders"]),
            f"{t['crps_years_nested_class']:.2f}",
            f"{t['crps_years_plain_class']:.2f}",
            f"{t['crps_years_expected_by_the_register']:.2f}",
        )
        for title, t in made.about.get("expected_years", {}).items()
        if t["orders"]
    ]
    print_rows(
        "Orders under way, against the years that the register expected",
        ("edition", "orders", "by class", "all orders alike", "expected years"),
        expected,
    )
    if out is not None:
        text = yaml.safe_dump(
            as_document(made), sort_keys=False, width=400, default_flow_style=None
        )
        out.write_text(HEADER + text, "utf-8")
        console().print(f"Written to {out}.")


HEADER = """\
# Figures derived from a public register of arms orders; its rows are not part of this package.
# Source: SIPRI Arms Transfers Database, trade register of ground-based air-defence systems,
# Stockholm International Peace Research Institute, https://armstransfers.sipri.org (c) SIPRI.
# Recompute them from your own download with: skyshade programme reference FILE --out THIS_FILE
# `first`, `last`: life tables by the last year of deliveries that they use, and by class.
"""
