"""Run a campaign's pieces on the threads of this machine, or on a Dask cluster."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from typing import Any

from skyshade._jit import keep_to_this_thread
from skyshade.campaign.pieces import Piece, run_piece
from skyshade.campaign.store import PieceStore
from skyshade.campaign.study import Study
from skyshade.errors import InputError, WorkError

ANSWER_S = 10.0  # how long to wait for a scheduler's first answer
RETRIES = 5  # of a piece, when its worker dies
POLL_S = 0.5  # between two looks for a worker
_LOG = logging.getLogger(__name__)


def run_pieces(
    study: Study,
    pieces: Sequence[Piece],
    store: PieceStore,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Run the pieces that the store does not have, and save each as soon as it is finished.

    Parameters
    ----------
    workers : threads here; by default one per core.
    scheduler : address of a Dask scheduler, whose workers do the work instead.
    progress : called with (pieces done, pieces in all).

    Raises
    ------
    InputError : a piece that cannot be run; a scheduler that does not answer.
    """
    missing = [piece for piece in pieces if store.read(piece.name) is None]
    done = len(pieces) - len(missing)
    progress(done, len(pieces))
    if not missing:
        return
    run = _on_threads if scheduler is None else _on_dask
    for name, data in run(study, missing, store.key, workers or os.cpu_count() or 1, scheduler):
        store.save(name, data)
        done += 1
        progress(done, len(pieces))


def _on_threads(
    study: Study, pieces: Sequence[Piece], key: str, workers: int, _: str | None
) -> Iterator[tuple[str, bytes]]:
    """Pieces in parallel, one thread each; more threads each if there are fewer pieces."""
    inner = max(workers // len(pieces), 1)
    threads = min(workers, len(pieces))
    with ThreadPoolExecutor(threads, initializer=keep_to_this_thread) as pool:
        names = {pool.submit(run_piece, study, p, key, inner): p.name for p in pieces}
        try:
            for future in as_completed(names):
                yield names.pop(future), future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _on_dask(
    study: Study, pieces: Sequence[Piece], key: str, _: int, scheduler: str | None
) -> Iterator[tuple[str, bytes]]:
    """Pieces on a Dask cluster; pieces of a worker that dies go to another worker."""
    try:
        import distributed
    except ImportError:
        raise InputError(
            "Dask is not installed",
            field="scheduler",
            hint="Install it with: pip install 'skyshade[cluster]'",
        ) from None
    dask: Any = distributed  # the library has no type hints
    try:
        client = dask.Client(scheduler, timeout=ANSWER_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            "the scheduler does not answer",
            field="scheduler",
            value=scheduler,
            allowed="tcp://HOST:PORT of a running Dask scheduler",
        ) from error
    log = logging.getLogger("distributed")
    level, lost = log.level, False
    log.setLevel(logging.CRITICAL)  # it reports a lost connection by dozens of lines
    missing = {piece.name: piece for piece in pieces}
    try:
        for tries_left in reversed(range(RETRIES + 1)):
            _wait_for_a_worker(client, scheduler)
            try:
                for name, data in _on_workers(dask, client, study, list(missing.values()), key):
                    del missing[name]
                    yield name, data
                break
            except (CancelledError, TimeoutError):  # the last worker took the study with it
                if not tries_left or client.status != "running":
                    raise
    except dask.KilledWorker as error:
        name = next((name for name in missing if name in str(error.task)), error.task)
        raise WorkError(
            f"every worker of the Dask scheduler {scheduler} that took piece {name} was killed, as "
            "happens without enough memory; finished pieces are kept. To go on, run the same "
            "command again."
        ) from error
    except (OSError, TimeoutError, CancelledError) as error:
        lost = True
        raise WorkError(
            f"the Dask scheduler {scheduler} is lost; finished pieces are kept. To go on, run the "
            "same command again."
        ) from error
    finally:
        with contextlib.suppress(Exception):
            client.close(timeout=0 if lost else ANSWER_S)
        log.setLevel(level)


def _wait_for_a_worker(client: Any, scheduler: str | None) -> None:
    """Wait until the scheduler has a worker, and say so once on standard error."""
    told = False
    while not client.scheduler_info().get("workers"):
        if client.status != "running":
            raise TimeoutError
        if not told:
            _LOG.warning(
                "no Dask worker at %s yet: waiting for one (start it with: dask worker %s)",
                scheduler,
                scheduler,
            )
            told = True
        time.sleep(POLL_S)


def _on_workers(
    dask: Any, client: Any, study: Study, pieces: Sequence[Piece], key: str
) -> Iterator[tuple[str, bytes]]:
    """Pieces on the workers that are there now."""
    shared = client.scatter(study, broadcast=True)
    futures = client.map(
        lambda piece, study: (piece.name, run_piece(study, piece, key)),
        pieces,
        study=shared,
        key=[f"{key}-{piece.name}-{secrets.token_hex(4)}" for piece in pieces],
        retries=RETRIES,
        pure=False,
    )
    for future in dask.as_completed(futures, loop=client.loop):
        yield future.result()
        future.release()
