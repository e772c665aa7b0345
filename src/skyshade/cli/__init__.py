"""The `skyshade` command: one file per group; each command parses, calls the library, renders."""

from __future__ import annotations

import os
import sys

import typer

from skyshade.errors import SkyshadeError

app = typer.Typer(
    name="skyshade",
    help="Open analysis model of the S-400 air-defence system and of the programme behind it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _register() -> None:
    from skyshade.cli import assess, catalogue, coverage, terrain

    for group in (assess, coverage, catalogue, terrain):
        group.register(app)


_register()


def main() -> None:
    """Entry point: errors meant for the user become one line on standard error and an exit code."""
    try:
        app()
    except SkyshadeError as error:
        print(f"skyshade: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except MemoryError:
        print("skyshade: not enough memory for this raster and range", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("skyshade: interrupted; nothing was written", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
