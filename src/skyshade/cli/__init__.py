"""The `skyshade` command: one file per group; each command parses, calls the library, renders."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import Annotated, NoReturn

import typer

from skyshade import __version__
from skyshade.cli import _show
from skyshade.errors import InputError, SkyshadeError
from skyshade.files import BAD_NAMES

MOST_LETTERS = 1000  # of a complaint about the command line, which repeats what was given

app = typer.Typer(
    name="skyshade",
    help="Open analysis model of the S-400 air-defence system and of the programme behind it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"skyshade {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Open analysis model of the S-400 air-defence system and of the programme behind it."""


def _register() -> None:
    from skyshade.cli import (
        assess,
        assign,
        catalogue,
        compare,
        coverage,
        doctor,
        export,
        figure,
        flyout,
        imports,
        new,
        programme,
        radar,
        raid,
        reach,
        records,
        serve,
        siting,
        terrain,
        track,
        warm,
    )

    for group in (
        new,
        assess,
        raid,
        track,
        programme,
        coverage,
        reach,
        compare,
        siting,
        assign,
        export,
        figure,
        serve,
        radar,
        flyout,
        catalogue,
        records,
        terrain,
        doctor,
        warm,
        imports,
    ):
        group.register(app)


_register()


def main() -> None:
    """Run a command; every error becomes one line on standard error and an exit code."""
    try:
        _prepare_process()  # from here on Ctrl-C is an exception
        code = app(prog_name="skyshade", standalone_mode=False)
        if code == 130:  # the parser has turned Ctrl-C into a code
            _fail("interrupted; nothing was written", 130)
        sys.stdout.flush()
        sys.exit(code if isinstance(code, int) else 0)
    except SkyshadeError as error:
        _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        _fail("interrupted; nothing was written", 130)
    except MemoryError:
        _fail("not enough memory for this raster and range", 1)
    except BrokenPipeError:  # the reader of our output is gone, as under `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        is_input = error.filename is not None and error.errno in BAD_NAMES
        said = InputError(error.strerror or str(error), file=str(error.filename or "output"))
        _fail(str(said), 2 if is_input else 1)
    except Exception as error:
        usage = getattr(error, "format_message", None)  # an option the parser refuses
        if usage is None:
            raise
        if message := " ".join(usage().split()):
            _fail(message if len(message) <= MOST_LETTERS else message[:MOST_LETTERS] + "…", 2)
        sys.exit(2)  # a group without a command has shown its help


def _prepare_process() -> None:
    """Set up streams and signals as a command needs them."""
    gc.set_threshold(100_000, 20, 20)  # imports make many objects and no garbage
    for stream in (sys.stdout, sys.stderr):  # letters that it cannot show become codes
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    # SIGPIPE stays ignored, as Python leaves it: a connection that closes must not end a server
    signal.signal(signal.SIGINT, _interrupt)
    for name in ("SIGTERM", "SIGHUP"):  # an exception, so that scratch folders are removed
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, _end)


def _interrupt(*_: object) -> None:
    """Handle Ctrl-C; progress bars check the flag too, as a compiler callback may swallow this."""
    _show.interrupted.set()
    raise KeyboardInterrupt


def _end(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)


def _fail(message: str, code: int) -> NoReturn:
    print(f"skyshade: {message}", file=sys.stderr)
    sys.exit(code)
