"""`skyshade programme export` and `import-package`: ledgers as data packages, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skyshade.cli._flags import folder


def register(group: typer.Typer) -> None:
    """Hang the two commands into the `programme` group."""
    group.command("export")(export)
    group.command("import-package")(import_package)


def export(
    out: Annotated[
        Path, typer.Option(help="Folder for the package.", parser=folder, metavar="FOLDER")
    ],
    ledger: Annotated[str, typer.Argument(help="A ledger's name, file or folder.")] = "india-s400",
    prov: Annotated[bool, typer.Option(help="Write prov.json as well.")] = True,
) -> None:
    """Write a ledger as a Frictionless data package (CSV tables with schema) and its provenance.

    `skyshade programme import-package` reads it back, from the folder or from prov.json alone;
    nothing is lost on the way.
    """
    from skyshade.cli._show import say_written
    from skyshade.files import results_folder
    from skyshade.programme import load_ledger
    from skyshade.programme.exchange import package_files
    from skyshade.programme.provenance import prov_json

    found = load_ledger(ledger)
    files = package_files(found)
    if prov:
        files["prov.json"] = prov_json(found)
    with results_folder(out) as scratch:
        for name, text in files.items():
            (scratch / name).write_text(text, "utf-8")
    say_written(out, list(files))


def import_package(
    package: Annotated[
        Path, typer.Argument(help="The folder with datapackage.json, or a prov.json by itself.")
    ],
    out: Annotated[Path, typer.Option(help="The ledger file to write.")],
) -> None:
    """Read a ledger's data package, or its provenance, back into a ledger file.

    It is checked like any ledger.
    """
    from skyshade.cli._programme_files import say_good
    from skyshade.files import write_whole
    from skyshade.programme.exchange import checked_ledger, package_as_yaml
    from skyshade.programme.provenance import prov_as_yaml

    as_yaml = package_as_yaml if package.is_dir() else prov_as_yaml
    text = as_yaml(package)
    ledger = checked_ledger(text, package)
    write_whole(out, text)
    say_good(str(out), ledger)
