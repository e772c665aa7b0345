"""`skyshade serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skyshade.cli._flags import Out, UserFolders

if TYPE_CHECKING:
    from skyshade.web.server import Service


def register(app: typer.Typer) -> None:
    app.command("serve")(serve_command)


def serve_command(
    case: Annotated[str, typer.Argument(help="Name or path of a scenario.")] = "india-s400",
    port: Annotated[int, typer.Option(help="TCP port; 0 picks a free one.")] = 8400,
    host: Annotated[
        str,
        typer.Option(help="Address to listen on; any address but a loopback one needs a token."),
    ] = "127.0.0.1",
    catalogue: UserFolders = None,
    out: Out = Path("out/serve"),
    browser: Annotated[bool, typer.Option("--open", help="Open the map in a browser.")] = False,
) -> None:
    """Show the map in a browser: move a unit and see what changes."""
    import contextlib
    import signal
    import threading
    import webbrowser

    from skyshade.files import results_folder
    from skyshade.web.case import MapCase
    from skyshade.web.server import check_bundle, make_service

    check_bundle()
    loaded = MapCase.load(case)
    with results_folder(out):
        pass  # a folder that cannot be written is refused before anything is shown
    service = make_service(loaded, host, port, out)
    print(f"{loaded.scenario.title}: {service.link()}")
    if service.door:
        print(
            "The link opens once, within 15 minutes; press Enter for another one.\n"
            f"Scripts send the header 'Authorization: Bearer {service.door.token}'."
        )
        threading.Thread(target=_more_links, args=(service,), daemon=True).start()
    print(f"Results go to {out}. Ctrl-C stops.", flush=True)
    if browser:
        webbrowser.open(service.link())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        service.run()
    print("Stopped.")


def _more_links(service: Service) -> None:
    """Print a new link for each line that is entered, as long as there is someone to enter it."""
    import os

    while b"\n" in (entered := os.read(0, 1000)):  # sys.stdin would be locked at the end
        for _ in range(entered.count(b"\n")):
            print(service.link(), flush=True)
