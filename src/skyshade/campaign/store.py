"""Finished work of a run or a campaign on disk, so that it can resume where it stopped.

A store has its own folder. A file in it records one identity: scenario, seed, versions. A folder
with another identity is refused and left unchanged.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from skyshade.engagement.launch import Block
from skyshade.errors import InputError
from skyshade.files import write_whole

METADATA = b"skyshade"  # key of a piece's summary in its Parquet file
RUN, CAMPAIGN = "run.json", "campaign.json"  # the files that record an identity


@contextlib.contextmanager
def working_folder(store: str | Path | None) -> Iterator[Path]:
    """The given folder, or a temporary one."""
    if store is not None:
        yield Path(store)
        return
    with tempfile.TemporaryDirectory(prefix="skyshade-") as folder:
        yield Path(folder)


class BlockStore:
    """Finished blocks of one run. The folder is made when the first block is saved.

    Parameters
    ----------
    folder : where.
    identity : everything the run depends on.

    Raises
    ------
    InputError : blocks of another run are kept there.
    """

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        """Check that the folder is free or belongs to this run."""
        self.folder, self._text = folder, _as_text(identity)
        claimed = _is_claimed(
            folder / RUN,
            self._text,
            "an unfinished run of another scenario, seed or version is kept here",
            "Finish that run, delete the folder, or choose another one.",
        )
        if not claimed:  # blocks without an identity are of no use
            for block in folder.glob("from-*.npz"):
                block.unlink(missing_ok=True)

    def load(self, first: int, n: int) -> Block | None:
        """The block of these replicates; None if missing, incomplete or of another size."""
        try:
            with self._path(first).open("rb") as file, np.load(file) as data:
                block = Block(first, *(data[f.name] for f in fields(Block)[1:]))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return block if len(block.outcome) == n else None

    def save(self, block: Block) -> None:
        """Save a block: write aside, then rename."""
        if not (self.folder / RUN).exists():
            write_whole(self.folder / RUN, self._text)
        data = io.BytesIO()
        np.savez(data, **{f.name: getattr(block, f.name) for f in fields(Block)[1:]})
        write_whole(self._path(block.first), data.getvalue())

    def remove(self) -> None:
        """Delete all blocks, and the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, first: int) -> Path:
        return self.folder / f"from-{first:010d}.npz"


class PieceStore:
    """Finished pieces of one campaign, one Parquet file each.

    Parameters
    ----------
    folder : where; made if needed.
    identity : everything the campaign depends on.

    Raises
    ------
    InputError : pieces of another campaign are kept there, or nothing can be written.
    """

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        """Claim the folder for this campaign."""
        self.folder, text = folder, _as_text(identity)
        self.key = hashlib.sha256(text.encode()).hexdigest()[:16]
        if not _is_claimed(
            folder / CAMPAIGN,
            text,
            "results of another scenario, sweep, seed or version are kept here",
            "Nothing was changed. Choose another folder, or delete this one.",
        ):
            write_whole(folder / CAMPAIGN, text)

    def read(self, name: str) -> dict[str, Any] | None:
        """The summary of a piece; None unless its file is complete and of this campaign."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            found = json.loads((pq.read_metadata(self.path(name)).metadata or {})[METADATA])
        except (OSError, KeyError, ValueError, pa.ArrowException):
            return None
        return found if found.get("key") == self.key else None

    def save(self, name: str, data: bytes) -> None:
        """Save a piece: write aside, then rename."""
        write_whole(self.path(name), data)

    def path(self, name: str) -> Path:
        """Path of a piece's file."""
        return self.folder / f"{name}.parquet"


def _as_text(identity: Mapping[str, Any]) -> str:
    return json.dumps(identity, indent=2, sort_keys=True)


def _is_claimed(file: Path, text: str, refused: str, hint: str) -> bool:
    """True if the folder has this identity, False if it has none, or only part of one.

    Raises
    ------
    InputError : it has another identity, or cannot be read.
    """
    try:
        if not file.exists():
            return False
        known = file.read_text("utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=file) from None
    if known == text:
        return True
    try:
        json.loads(known)
    except (ValueError, RecursionError):  # cut short by a power failure
        return False
    raise InputError(refused, file=file.parent, hint=hint)
