"""`skyshade doctor`."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Hang the command into `app`."""
    app.command("doctor")(doctor_command)


def doctor_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what works on this machine, what is missing, and how to get it.

    Versions, compiled kernels, threads, terrain, memory, GPU, extras, and what the map needs.
    Nothing is changed or fetched. The exit code is 1 if something that commands need is broken.
    """
    import json

    from skyshade.cli._programme_tables import print_rows
    from skyshade.doctor import examine

    found = examine()
    broken = [f.what for f in found if f.needed and f.state != "works"]
    if as_json:
        print(json.dumps([f.as_dict() for f in found], indent=2))
    else:
        rows = [(f.what, f.state, f.details, f.remedy or "–") for f in found]
        print_rows(
            "What Skyshade finds here", ("what", "state", "details", "how to get or mend it"), rows
        )
        missing = sum(f.state != "works" and not f.needed for f in found)
        print(
            f"Broken: {', '.join(broken)}."
            if broken
            else "Everything that commands need works"
            + (f"; {missing} additions are missing or broken." if missing else ".")
        )
    if broken:
        raise typer.Exit(1)
