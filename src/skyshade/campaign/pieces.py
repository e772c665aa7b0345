"""The pieces of a campaign. Each runs by itself, on any machine, to the same bytes.

A piece is either the replicates of one design point, target by target, or some draws of the unknown
figures there. Its result is one Parquet file. The file's metadata holds the summary that the
campaign needs, so a complete file is a finished piece, and an incomplete one is run again.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skyshade.campaign.axes import at_point
from skyshade.campaign.blocks import run_blocks
from skyshade.campaign.stopping import ConfidenceSequence
from skyshade.campaign.store import METADATA
from skyshade.campaign.study import Study
from skyshade.engagement.compile import CompiledRaid, PreparedRaid, prepare_raid
from skyshade.engagement.launch import Runner
from skyshade.engagement.results import Tally
from skyshade.export.raid import OutcomeTable


@dataclass(frozen=True)
class Piece:
    """One piece: replicates at a point, or draws there if `vectors` is given.

    Attributes
    ----------
    point, settings : number of the design point, and its settings by field (SI).
    vectors : first and last + 1 of the parameter vectors.
    """

    point: int
    settings: Mapping[str, float] = field(default_factory=dict)
    vectors: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """Name of its file, inside the campaign's folder and without ending."""
        if self.vectors is None:
            return f"outcomes/point-{self.point:05d}"
        return f"draws/point-{self.point:05d}-{self.vectors[0]:07d}"


def run_piece(study: Study, piece: Piece, key: str, workers: int = 1) -> bytes:
    """The piece's Parquet file.

    Parameters
    ----------
    key : of the campaign; written into the file.

    Raises
    ------
    InputError : settings that the raid cannot have, or that make a raid that cannot be compiled.
    """
    prepared = bench_of(study).prepare(piece.settings)
    if piece.vectors is None:
        return _replicates(study, piece, prepared, key, workers)
    return _draws(study, piece, prepared, key, workers)


def _replicates(
    study: Study, piece: Piece, prepared: PreparedRaid, key: str, workers: int
) -> bytes:
    raid = prepared.compile()
    runner, tally = Runner(raid, study.seed, workers), Tally(raid, seed=study.seed)
    sequence = None if study.half_width is None else ConfidenceSequence(study.half_width)
    settings = {name: float(value) for name, value in piece.settings.items()}
    table = OutcomeTable(raid, {"point": np.uint32(piece.point), **settings})
    with _part(table.schema) as (writer, file):
        for block in run_blocks(runner, study.replicates, sequence):
            tally.add(block)
            if study.rows:
                writer.write_table(table.of(block))
        found = tally.as_dict()
        if sequence is not None:  # a fixed-number interval is not valid here
            found["outcomes"]["all"]["leaked"] = sequence.share.as_dict()
        _note(writer, {"key": key, "point": piece.point, "settings": settings, "result": found})
    return file.getvalue()


def _draws(study: Study, piece: Piece, prepared: PreparedRaid, key: str, workers: int) -> bytes:
    import pyarrow as pa

    assert study.draws is not None and piece.vectors is not None
    plan = study.draws
    draws = plan.of(prepared.columns(), study.seed)
    first, last = piece.vectors
    vectors = draws.values(slice(1 + first, 1 + last))
    leaked: dict[str, list[float]] = {}
    for values in vectors:  # all run with the same random numbers
        prepared = prepared.at(values)  # of the one before: draws may differ in one figure only
        raid = prepared.compile(values)
        for name, share in leaked_in(raid, plan.replicates, study.seed, workers).items():
            leaked.setdefault(name, []).append(share)
    table = pa.table(
        {
            "point": pa.array(np.full(len(vectors), piece.point, np.uint32)),
            "vector": pa.array(np.arange(*piece.vectors, dtype=np.uint32)),
            **{name: [values[name] for values in vectors] for name in vectors[0]},
            **{f"leaked {name}": shares for name, shares in leaked.items()},
        }
    )
    with _part(table.schema) as (writer, file):
        writer.write_table(table)
        _note(writer, {"key": key, "point": piece.point})
    return file.getvalue()


def leaked_in(
    raid: CompiledRaid, replicates: int, seed: int, workers: int | None = None
) -> dict[str, float]:
    """Shares of leakers in so many replicates, by name of who is counted."""
    tally = Tally(raid)
    for block in Runner(raid, seed, workers).blocks(replicates):
        tally.add(block)
    return {name: tally.share(name).value for name in tally.members}


@contextlib.contextmanager
def _part(schema: Any) -> Iterator[tuple[Any, io.BytesIO]]:
    """A Parquet file in memory and its writer."""
    import pyarrow.parquet as pq

    file = io.BytesIO()
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        yield writer, file


def _note(writer: Any, found: Mapping[str, Any]) -> None:
    writer.add_key_value_metadata({METADATA: json.dumps(found).encode()})


class Bench:
    """Prepares the raids of a study, all over the same terrain.

    Parameters
    ----------
    prepared : the study's raid, if that has been prepared already.
    """

    def __init__(self, study: Study, prepared: PreparedRaid | None = None) -> None:
        """Prepare the study's raid as it stands."""
        self.study = study
        self.base = prepared or prepare_raid(study.scenario, as_of=study.as_of)

    def prepare(self, settings: Mapping[str, float]) -> PreparedRaid:
        """The raid at a design point."""
        if not settings:
            return self.base
        scenario = at_point(self.study.scenario, settings)
        return prepare_raid(scenario, as_of=self.study.as_of, dem=self.base.ground.dem)


_benches: dict[str, Bench] = {}  # the latest of this process only
_lock = threading.Lock()


def bench_of(study: Study, prepared: PreparedRaid | None = None) -> Bench:
    """The bench of the study's scenario.

    It is made at the first call in a process, and again when a prepared raid is given.
    """
    key = hashlib.sha256(f"{study.scenario.model_dump_json()} {study.as_of}".encode()).hexdigest()
    with _lock:
        if key not in _benches or prepared is not None:
            _benches.clear()
            _benches[key] = Bench(study, prepared)
        return _benches[key]
