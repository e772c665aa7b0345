"""Finished pieces of a campaign on disk: what is whole stays, what is not is made again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skyshade.campaign.pieces import METADATA
from skyshade.errors import InputError

KEY = "campaign.json"


class PieceStore:
    """A folder of Parquet files, one per piece.

    Parameters
    ----------
    folder : where; made if needed.
    identity : what makes the campaign what it is (scenario, seed, versions). A folder of another
        campaign is refused, not overwritten.

    Raises
    ------
    InputError : pieces of another campaign stand there, or nothing can be written.
    """

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        self.folder, text = folder, json.dumps(identity, indent=2, sort_keys=True)
        self.key = hashlib.sha256(text.encode()).hexdigest()[:16]
        known = folder / KEY
        try:
            if known.exists():
                if known.read_text("utf-8") != text:
                    raise InputError(
                        "results of another scenario, sweep, seed or version are kept here",
                        file=folder,
                        hint="Nothing was changed. Choose another --out, or delete the folder.",
                    )
            else:
                folder.mkdir(parents=True, exist_ok=True)
                known.write_text(text, "utf-8")
        except OSError as error:
            raise InputError(f"cannot write here: {error.strerror}", file=folder) from None

    def read(self, name: str) -> dict[str, Any] | None:
        """What a piece's file says of it; None unless the file is whole and of this campaign."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            found = json.loads((pq.read_metadata(self.path(name)).metadata or {})[METADATA])
        except (OSError, KeyError, ValueError, pa.ArrowException):
            return None
        return found if found.get("key") == self.key else None

    def save(self, name: str, data: bytes) -> None:
        """Keep a piece; it is there whole or not at all."""
        scratch = self.path(name).with_suffix(".unfinished")
        scratch.parent.mkdir(exist_ok=True)
        try:
            scratch.write_bytes(data)
            scratch.replace(self.path(name))
        except OSError:
            scratch.unlink(missing_ok=True)
            raise

    def path(self, name: str) -> Path:
        """Where a piece's file stands."""
        return self.folder / f"{name}.parquet"
