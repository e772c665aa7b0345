"""Finished blocks of a run on disk, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import contextlib
import json
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from skyshade.engagement.launch import Block
from skyshade.errors import InputError

FOLDER, KEY = ".unfinished", "run.json"


class BlockStore:
    """Blocks of one run in a folder of their own under the results folder.

    Parameters
    ----------
    out : the results folder.
    key : what makes the run what it is (scenario, seed, versions); blocks of another key are
        refused, not overwritten.

    Raises
    ------
    InputError : blocks of another run stand there, or nothing can be written.
    """

    def __init__(self, out: Path, key: Mapping[str, Any]) -> None:
        self.folder, text = out / FOLDER, json.dumps(key, indent=2, sort_keys=True)
        try:
            if (self.folder / KEY).exists():
                if (self.folder / KEY).read_text("utf-8") != text:
                    raise InputError(
                        "an unfinished run of another scenario, seed or version is kept here",
                        file=self.folder,
                        hint="Finish it with its own command, delete the folder, "
                        "or choose another --out.",
                    )
            else:
                self.folder.mkdir(parents=True, exist_ok=True)
                (self.folder / KEY).write_text(text, "utf-8")
        except OSError as error:
            raise InputError(f"cannot write here: {error.strerror}", file=out) from None

    def load(self, first: int, n: int) -> Block | None:
        """The block of these replicates; None if it is not there, not whole or of another size."""
        try:
            with self._path(first).open("rb") as file, np.load(file) as data:
                block = Block(first, *(data[f.name] for f in fields(Block)[1:]))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return block if len(block.outcome) == n else None

    def save(self, block: Block) -> None:
        """Keep a block; it is there whole or not at all."""
        path = self._path(block.first)
        scratch = path.with_suffix(".part")
        with scratch.open("wb") as file:
            np.savez(file, **{f.name: getattr(block, f.name) for f in fields(Block)[1:]})
        scratch.replace(path)

    def remove(self) -> None:
        """Forget all blocks: the results are written."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.folder.parent.rmdir()

    def _path(self, first: int) -> Path:
        return self.folder / f"from-{first:010d}.npz"
