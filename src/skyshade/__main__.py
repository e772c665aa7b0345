"""Where the command begins: streams and signals first, then the modules that take time to load."""

import os
import signal
import sys


def main() -> None:
    """Entry point of `skyshade` and of `python -m skyshade`."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # while modules load there is nothing to clean up
    _open_streams()
    from skyshade.cli import main as command

    command()


def _open_streams() -> None:
    """Give closed standard streams the null device.

    Otherwise the next file that is opened would get the number of the closed stream, and whatever
    a library prints would land in it.
    """
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8"))  # noqa: PTH123, SIM115 (stays open)


if __name__ == "__main__":
    main()
