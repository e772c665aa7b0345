"""A raid on disk: every target's outcome in every replicate, and replicates event by event."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.engagement.compile import CompiledRaid
from skyshade.engagement.launch import Block
from skyshade.engagement.replay import replay
from skyshade.engagement.results import COUNTS, OUTCOMES, reasons_of


class OutcomeTable:
    """Blocks as Arrow tables with a row per replicate and target.

    Columns: replicate, target, group, class, outcome, reason (of a leaker), time_s (when it was
    settled), unit and missile (of a kill), shots (fired at it).

    Parameters
    ----------
    front : columns that have one value in all rows, put before the others.
    """

    def __init__(self, raid: CompiledRaid, front: Mapping[str, Any] | None = None) -> None:
        """Keep what all tables of the raid share: columns and words."""
        import pyarrow as pa

        names = [g.id for g in raid.groups]
        groups = list(dict.fromkeys(names))
        self.front = {name: pa.scalar(value) for name, value in (front or {}).items()}
        self._group = np.array([groups.index(n) for n in names], np.int32)
        self._class = raid.class_of
        words = {
            "target": raid.target_ids,
            "group": groups,
            "class": raid.classes,
            "outcome": tuple(OUTCOMES.values()),
            "reason": tuple(reasons_of(raid).values()),
            "unit": tuple(u.id for u in raid.units),
            "missile": raid.missiles,
        }
        self._words = {column: _strings(known) for column, known in words.items()}
        word = pa.dictionary(pa.int32(), pa.string())
        self.schema = pa.schema(
            [
                *((name, value.type) for name, value in self.front.items()),
                ("replicate", pa.uint32()),
                ("target", word),
                ("group", word),
                ("class", word),
                ("outcome", word),
                ("reason", word),
                ("time_s", pa.float32()),
                ("unit", word),
                ("missile", word),
                ("shots", pa.uint16()),
            ]
        )

    def of(self, block: Block) -> Any:
        """The block as a table."""
        import pyarrow as pa

        n_runs, n = block.outcome.shape
        runs = np.arange(block.first, block.first + n_runs, dtype=np.uint32)

        def words(column: str, index: Any) -> Any:
            index = np.broadcast_to(index, block.outcome.shape).ravel().astype(np.int32)
            return pa.DictionaryArray.from_arrays(_column(index, index < 0), self._words[column])

        return pa.Table.from_arrays(
            [
                *(pa.repeat(value, n_runs * n) for value in self.front.values()),
                _column(np.repeat(runs, n)),
                words("target", np.arange(n)),
                words("group", self._group),
                words("class", self._class),
                words("outcome", block.outcome),
                words("reason", block.reason.astype(np.int32) - 1),  # 0 is no reason
                _column(block.time_s.ravel()),
                words("unit", block.unit),
                words("missile", block.missile),
                _column(block.shots.ravel()),
            ],
            schema=self.schema,
        )


def _column(values: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> Any:
    """An Arrow array over the values; `pa.array` would first import pandas, which takes long."""
    import pyarrow as pa

    values = np.ascontiguousarray(values)
    valid = None
    if missing is not None and missing.any():
        valid = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    type_ = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(type_, len(values), [valid, pa.py_buffer(values)])


def _strings(words: Sequence[str]) -> Any:
    """An Arrow array of strings; see :func:`_column`."""
    import pyarrow as pa

    coded = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, coded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(coded))]
    return pa.Array.from_buffers(pa.string(), len(coded), buffers)


class OutcomeWriter:
    """Writes `outcomes.parquet` (see :class:`OutcomeTable`) and `runs.parquet`, block by block.

    `runs.parquet` has a row per replicate: how many threats had which outcome, rounds fired by
    missile, and what happened to them.
    """

    def __init__(self, folder: Path) -> None:
        """Note the folder; the files are made with the first block."""
        self.folder = folder
        self._open: tuple[OutcomeTable, Any, Any] | None = None

    def __enter__(self) -> OutcomeWriter:
        """The writer itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close both files, if there are any."""
        if self._open is not None:
            for writer in self._open[1:]:
                writer.close()

    def write(self, raid: CompiledRaid, block: Block) -> None:
        """Append one block, as a row group of its own."""
        import pyarrow as pa

        if self._open is None:
            self._open = self._start(raid)
        table, outcomes, runs = self._open
        n_runs, n = block.outcome.shape
        outcomes.write_table(table.of(block), row_group_size=n_runs * n)
        threat = raid.is_threat
        counted = [(block.outcome[:, threat] == o).sum(axis=1) for o in OUTCOMES]
        spent = [block.count[:, index] for index in COUNTS.values()]
        columns = [
            np.arange(block.first, block.first + n_runs, dtype=np.uint32),
            *(c.astype(np.int32) for c in (*counted, *block.fired.T, *spent)),
        ]
        runs.write_table(
            pa.Table.from_arrays([_column(c) for c in columns], schema=runs.schema),
            row_group_size=n_runs,
        )

    def _start(self, raid: CompiledRaid) -> tuple[OutcomeTable, Any, Any]:
        """The table of the raid's outcomes, and the writers of both files."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = OutcomeTable(raid)
        per_run = pa.schema(
            [
                ("replicate", pa.uint32()),
                *((f"n_{o}", pa.int32()) for o in OUTCOMES.values()),
                *((f"fired_{m}", pa.int32()) for m in raid.missiles),
                *((name, pa.int32()) for name in COUNTS),
            ]
        )
        return (
            table,
            pq.ParquetWriter(self.folder / "outcomes.parquet", table.schema, compression="zstd"),
            pq.ParquetWriter(self.folder / "runs.parquet", per_run, compression="zstd"),
        )


def write_replay(raid: CompiledRaid, seed: int, runs: Sequence[int], path: Path) -> None:
    """`replay.jsonl`: the events of some replicates, one JSON object per line."""
    with path.open("w", encoding="utf-8") as file:
        for run in runs:
            for event in replay(raid, seed, run):
                file.write(json.dumps(event, ensure_ascii=False) + "\n")
