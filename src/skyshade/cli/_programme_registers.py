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
    group.command("import-register")(import_register)


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
        from skyshade.files import write_whole

        write_whole(out, HEADER + text)
        console().print(f"Written to {out}.")


def import_register(
    file: RegisterFile,
    buyer: Annotated[
        str | None,
        typer.Option(help="Whose orders, e.g. India. [default: a summary of all buyers]"),
    ] = None,
    snapshot: SnapshotDay = None,
    against: Annotated[
        Path | None, typer.Option(help="An older download, to compare with.", metavar="FILE")
    ] = None,
    against_snapshot: Annotated[
        str | None, typer.Option(help="The day of the older download.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write a ledger of the buyer's newest order under way to this file."),
    ] = None,
    system: Annotated[
        str | None, typer.Option(help="With --out: the order of this system instead.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read a register of arms orders: a buyer's orders, what changed, a ledger to start from.

    FILE is the trade register of the SIPRI Arms Transfers Database as its page exports it, or a
    table with several editions. Every order keeps its row and the day of the download.
    """
    import json

    from skyshade.cli._programme_tables import console, print_rows
    from skyshade.errors import InputError
    from skyshade.programme.register import compare, read_registers
    from skyshade.programme.seed import order_to_seed, seed_ledger
    from skyshade.programme.words import number

    registers = read_registers(file, snapshot)
    newest = registers[-1]
    older = (
        read_registers(against, against_snapshot)[-1]
        if against is not None
        else next((r for r in reversed(registers) if r.last_year < newest.last_year), None)
    )
    orders = newest.orders if buyer is None else newest.of(buyer)
    if out is not None and buyer is None:
        raise InputError("say whose orders", field="--buyer", allowed="a buyer in the register")
    changes = compare(older, newest) if older is not None else ()
    if buyer is not None:
        named = {order.recipient for order in orders}
        changes = tuple(c for c in changes if any(o and o.recipient in named for o in c.orders))
    if as_json:
        data = {
            "file": newest.file,
            "file_version": newest.version,
            "snapshot": str(newest.snapshot),
            "compared_with": str(older.snapshot) if older else None,
            "orders": [order.as_dict() for order in orders],
            "changes": [
                {"row": o.row, "order": " ".join(map(str, o.key)), "what": c.words}
                for c in changes
                for o in [c.after or c.before]
                if o is not None
            ],
        }
        print(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        n, complete = len(orders), sum(order.complete for order in orders)
        print(
            f"The register of {newest.snapshot} has {number(n)} order{'' if n == 1 else 's'} of "
            f"air-defence systems{f' by {buyer}' if buyer else ''}, {number(complete)} of them "
            "delivered in full."
        )
        if older is not None:
            differ = f"{number(len(changes))} {'differs' if len(changes) == 1 else 'differ'}"
            print(f"Of these, {differ} from the register of {older.snapshot}.")
        rows = [
            (
                str(o.row),
                f"{o.ordered_in}{'?' if o.uncertain else ''}",
                o.supplier,
                o.designation,
                f"{o.n_delivered} of {o.n_ordered or '?'}",
                ", ".join(map(str, o.delivered_in)) or "–",
                str(o.planned or "–"),
            )
            for o in orders
        ]
        if buyer is not None:
            heads = ("row", "ordered", "from", "system", "delivered", "in", "expected")
            print_rows(f"Orders of {buyer}", heads, rows)
        print_rows(
            "What changed between the editions",
            ("order", "what"),
            [
                (" ".join(map(str, o.key)), c.words)
                for c in changes
                for o in [c.after or c.before]
                if o is not None
            ],
        )
    if out is not None and buyer is not None:
        from skyshade.files import write_whole

        write_whole(out, seed_ledger(newest, order_to_seed(orders, system)))
        if not as_json:
            console().print(f"Written to {out}. skyshade programme {out} shows it.")


HEADER = """\
# Figures derived from a public register of arms orders; its rows are not part of this package.
# Source: SIPRI Arms Transfers Database, trade register of ground-based air-defence systems,
# Stockholm International Peace Research Institute, https://armstransfers.sipri.org (c) SIPRI.
# Recompute them from your own download with: skyshade programme reference FILE --out THIS_FILE
# `first`, `last`: life tables by the last year of deliveries that they use, and by class.
"""
