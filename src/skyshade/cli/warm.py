"""`skyshade warm`."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    app.command("warm")(warm_command)


def warm_command() -> None:
    """Compile the kernels for this machine now, so that the first run need not (about a minute)."""
    from skyshade._jit import kernel_cache_dir
    from skyshade.assess.warm import compile_kernels
    from skyshade.cli._raid_run import announce_compilation
    from skyshade.cli._show import stage_progress

    announce_compilation()
    with stage_progress() as progress:
        compile_kernels(progress)
    print(f"Line of sight, reach and raids are compiled: {kernel_cache_dir()}")
