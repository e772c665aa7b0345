"""The run loop: blocks of replicates, run or read from a store, until the run is complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from skyshade.campaign.stopping import ConfidenceSequence, leaked_share, portions
from skyshade.campaign.store import BlockStore
from skyshade.engagement.launch import MAX_REPLICATES, Block, Runner, block_size, even_portions


def run_blocks(
    runner: Runner,
    replicates: int | None,
    sequence: ConfidenceSequence | None = None,
    store: BlockStore | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    first: int = 0,
) -> Iterator[Block]:
    """The blocks of a run, in order.

    Parameters
    ----------
    replicates : their number; None to run until `sequence` is narrow enough.
    sequence : gets the share of threats that leak in each replicate.
    store : blocks that it has are not run again; new blocks are saved there.
    progress : called with (replicates done, replicates expected in all).
    first : number of the first replicate, to continue a run of a fixed number.
    """
    if sequence is None:
        assert replicates is not None
        return _fixed_number(runner, replicates, store, progress, first)
    return _until_known(runner, sequence, store, progress)


def _fixed_number(
    runner: Runner,
    replicates: int,
    store: BlockStore | None,
    progress: Callable[[int, int], None],
    start: int,
) -> Iterator[Block]:
    """A fixed number of replicates; a block runs while the one before is used."""
    parts = list(even_portions(block_size(runner.raid), replicates, start))
    kept = {p for p in parts if store is not None and store.load(*p) is not None}
    fresh = runner.run_ahead(p for p in parts if p not in kept)
    progress(start, replicates)
    for first, n in parts:
        block = store.load(first, n) if store is not None and (first, n) in kept else None
        if block is None:
            block = next(fresh)
            if store is not None:
                store.save(block)
        yield block
        progress(first + n, replicates)


def _until_known(
    runner: Runner,
    sequence: ConfidenceSequence,
    store: BlockStore | None,
    progress: Callable[[int, int], None],
) -> Iterator[Block]:
    """Replicates up to the one at which the share of leakers is known well enough."""
    threat = runner.raid.is_threat
    progress(0, 1)
    for first, n in portions(block_size(runner.raid), MAX_REPLICATES):
        block = None if store is None else store.load(first, n)
        if block is None:
            block = runner.run(first, n)
            if store is not None:
                store.save(block)
        yield block.first_runs(sequence.add(leaked_share(block, threat)))
        progress(sequence.n, sequence.expected())
        if sequence.is_known:
            return
