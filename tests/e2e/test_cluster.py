"""A sweep on a Dask cluster: the same bytes as without, also when a worker is killed meanwhile."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from e2e.conftest import Run
from raid_scenarios import SMALL

pytest.importorskip("distributed", reason="needs the extra 'cluster'")
import distributed
from distributed import LocalCluster

PIECES = 10
SWEEP = ("--sweep", f"n_targets=1:{PIECES}", "--replicates", 400)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    return file


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        death_timeout=60,
    ) as local:
        yield local


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        str(f.relative_to(folder)): f.read_bytes()
        for f in sorted(folder.rglob("*"))
        if f.is_file() and f.name != "manifest.json"
    }


def test_a_worker_killed_in_mid_run_loses_nothing(
    skyshade: Run, small: Path, tmp_path: Path, cluster: LocalCluster
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    asked = ("raid", small, *SWEEP, "--draws", 4, "--draw-replicates", 20)
    assert skyshade(*asked, "--out", here).code == 0
    killed = []

    def kill_one() -> None:
        until = time.monotonic() + 100
        while len(list((there / "outcomes").glob("*.parquet"))) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        worker = next(iter(cluster.workers.values()))
        os.kill(worker.process.pid, signal.SIGKILL)
        killed.append(len(list((there / "outcomes").glob("*.parquet"))))

    killer = threading.Thread(target=kill_one)
    killer.start()
    done = skyshade(*asked, "--out", there, "--scheduler", cluster.scheduler_address)
    killer.join()
    assert done.code == 0, done.err
    assert killed and killed[0] < PIECES  # it died in mid-run
    assert _bytes(there) == _bytes(here)


def test_draws_of_one_raid_on_a_cluster(
    skyshade: Run, small: Path, tmp_path: Path, cluster: LocalCluster
) -> None:
    flags = ("--replicates", 100, "--draws", 4, "--draw-replicates", 20)
    here, there = tmp_path / "here", tmp_path / "there"
    assert skyshade("raid", small, *flags, "--out", here).code == 0
    done = skyshade("raid", small, *flags, "--out", there, "--scheduler", cluster.scheduler_address)
    assert done.code == 0, done.err
    assert (there / "summary.json").read_bytes() == (here / "summary.json").read_bytes()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere", "tcp://[bad", "http://x:1"])
def test_a_scheduler_that_does_not_answer_is_one_line(
    skyshade: Run, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("skyshade.campaign.schedule.ANSWER_S", 1.0)
    done = skyshade("raid", small, *SWEEP, "--scheduler", address, "--out", tmp_path / "out")
    assert done.code == 2 and "--scheduler: the scheduler does not answer" in done.err, done.err
    assert done.err.strip().count("\n") == 0
    assert not (tmp_path / "out" / "sweep.parquet").exists()


def test_a_scheduler_that_is_lost_is_one_line(
    skyshade: Run,
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cluster: LocalCluster,
) -> None:
    """Tried by hand with a scheduler that was killed in mid-run; here its futures are cancelled.

    With a scheduler that goes on, a cancelled future means a lost worker, and is tried again.
    """
    monkeypatch.setattr("skyshade.campaign.schedule.RETRIES", 0)

    def lost(*_: object, **__: object) -> Iterator[object]:
        raise CancelledError
        yield

    monkeypatch.setattr("distributed.as_completed", lost)
    asked = (*SWEEP, "--scheduler", cluster.scheduler_address, "--out", tmp_path / "out")
    done = skyshade("raid", small, *asked)
    assert done.code == 1 and "is lost; finished pieces are kept" in done.err
    assert "Traceback" not in done.err


def test_a_piece_that_kills_its_workers_is_one_line(
    skyshade: Run,
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cluster: LocalCluster,
) -> None:
    """Dask gives up on a task after some workers have died of it."""

    def killed(*_: object, **__: object) -> Iterator[object]:
        raise distributed.KilledWorker("key-of-a-piece", None, 5)  # type: ignore[arg-type]  # no worker
        yield

    monkeypatch.setattr("distributed.as_completed", killed)
    asked = (*SWEEP, "--scheduler", cluster.scheduler_address, "--out", tmp_path / "out")
    done = skyshade("raid", small, *asked)
    assert done.code == 1 and "was killed, as happens without enough memory" in done.err
    assert done.err.strip().count("\n") == 0
