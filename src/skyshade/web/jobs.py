"""Long work: started, watched, cancelled; what came of it is kept in the results folder.

A job is a function that reports progress, may report partial results, and returns plain JSON. It
runs in a thread; cancelling makes its next report raise. What does not report soon, as a kernel
that is being compiled, goes on for nobody, while another thread takes the next job. A job that was
under way when the server stopped says so, then and at the next start.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import re
import secrets
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from starlette.exceptions import HTTPException

from skyshade.errors import SkyshadeError
from skyshade.files import write_whole
from skyshade.manifest import make_manifest
from skyshade.yamlfile import load_json

JobState = Literal["waiting", "running", "done", "failed", "cancelled", "interrupted"]
ENDED = ("done", "failed", "cancelled", "interrupted")
AT_ONCE, MAX_WAITING, MAX_KEPT = 2, 20, 200
MAX_LEAVING = 2  # threads whose job was cancelled and that have not noticed yet
GIVES_WAY = 5  # how much more willingly jobs wait than answers, as `nice` counts
MAX_FILE_BYTES = 64 * 2**20  # of one job
PATIENCE_S = 1.5  # how long a job is waited for when the server stops
STOPPED = "the server stopped during this job; start it again"
log = logging.getLogger("skyshade.web")
_FILE = re.compile(r"job-[0-9a-f]{16}\.json")


class Cancelled(Exception):  # noqa: N818 (not an error of anyone)
    """Raised inside a job that is not wanted any more."""


@dataclass(eq=False)
class Job:
    """One job, and what is known of it.

    Attributes
    ----------
    asked : the request, plain JSON.
    news : grows by one with every change, so that a watcher knows whether to look.
    message : why it failed.
    """

    id: str
    kind: str
    asked: dict[str, Any]
    state: JobState = "waiting"
    progress: dict[str, Any] | None = None
    partial: Any = None
    result: Any = None
    message: str | None = None
    created: float = field(default_factory=time.time)
    seconds: float | None = None
    news: int = 0
    unwanted: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON, without results."""
        return {
            "id": self.id,
            "kind": self.kind,
            "state": self.state,
            "progress": self.progress,
            "message": self.message,
            "created": round(self.created, 3),
            "seconds": self.seconds,
        }

    def report(self, stage: str, done: int, total: int) -> None:
        """Say how far it is; ends the job if it is not wanted any more."""
        self.check()
        self.progress = {"stage": stage, "done": done, "total": total}
        self.news += 1

    def show(self, partial: Any) -> None:
        """Give what is known so far."""
        self.check()
        self.partial = partial
        self.news += 1

    def check(self) -> None:
        """Raise `Cancelled` if the job is not wanted any more."""
        if self.unwanted:
            raise Cancelled


Work = Callable[[Job], Any]


def _give_way() -> None:
    """Let answers go before this thread and those that it begins (Linux, where threads have it)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), GIVES_WAY)


class Jobs:
    """All jobs of a server.

    Parameters
    ----------
    out : folder of results; `jobs/` in it holds a file per job.
    kinds : name of a kind of job to the function that does it.
    made_from : what all of them rest on, for their manifests: the catalogue.
    """

    def __init__(
        self, out: Path, kinds: Mapping[str, Work], made_from: Mapping[str, Any] | None = None
    ) -> None:
        self.folder, self.kinds = out / "jobs", kinds
        self.made_from = dict(made_from or {})
        self._jobs: dict[str, Job] = {}
        self._lock = threading.RLock()
        self._line: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._leaving: set[Job] = set()  # cancelled; their threads end when they notice
        self.closing = False
        self._read()
        for _ in range(AT_ONCE):
            self._begin_thread()

    def start(self, kind: str, asked: dict[str, Any]) -> Job:
        """Put a job in line.

        Raises
        ------
        HTTPException : 429, too many are waiting.
        SkyshadeError : the results folder cannot be written.
        """
        with self._lock:
            waiting = sum(j.state == "waiting" for j in self._jobs.values())
            if waiting >= MAX_WAITING:
                raise HTTPException(429, "too many jobs are waiting; cancel some or wait")
            job = Job(f"job-{secrets.token_hex(8)}", kind, asked)
            self._write(job, job.state)
            self._jobs[job.id] = job
            self._forget_oldest()
        self._line.put(job)
        return job

    def find(self, id_: str) -> Job:
        """The job of that id.

        Raises
        ------
        HTTPException : 404, there is none.
        """
        job = self._jobs.get(id_)
        if job is None:
            raise HTTPException(404, "there is no such job")
        return job

    def all(self) -> list[Job]:
        """Every job, the newest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda j: -j.created)

    def cancel(self, job: Job) -> None:
        """End a job at once; its thread stops at its next report, another takes the next job."""
        with self._lock:
            job.unwanted = True
            was_running = job.state == "running"
            self._end(job, "cancelled")
            if was_running and not self.closing and len(self._leaving) < MAX_LEAVING:
                self._leaving.add(job)
                self._begin_thread()

    def stop(self) -> None:
        """Take no more from the line, and tell what is running and who watches that it is over."""
        self.closing = True
        for job in self.all():
            job.unwanted = True

    def close(self) -> None:
        """End all jobs, before the server stops; those not finished are marked as interrupted."""
        self.stop()
        for _ in range(AT_ONCE):
            self._line.put(None)
        end = time.monotonic() + PATIENCE_S
        while any(j.state == "running" for j in self.all()) and time.monotonic() < end:
            time.sleep(0.02)
        with self._lock:
            for job in self.all():
                self._end(job, "interrupted", STOPPED)

    def _begin_thread(self) -> None:
        # daemons: what does not heed the end must not put it off
        threading.Thread(target=self._work, name="job", daemon=True).start()

    def _work(self) -> None:
        _give_way()
        while (job := self._line.get()) is not None:
            self._run(job)
            with self._lock:
                if job in self._leaving:
                    self._leaving.remove(job)
                    return

    def _run(self, job: Job) -> None:
        with self._lock:
            if job.state != "waiting" or self.closing:
                return
            job.state = "running"
            job.news += 1
        start = time.monotonic()
        try:
            result = self.kinds[job.kind](job)
            job.seconds = round(time.monotonic() - start, 3)
            self._end(job, "done", result=result)
        except Cancelled:
            stopped = self.closing
            self._end(job, "interrupted" if stopped else "cancelled", STOPPED if stopped else None)
        except SkyshadeError as error:
            self._end(job, "failed", str(error))
        except MemoryError:
            self._end(job, "failed", "not enough memory for this")
        except Exception as error:  # a fault of ours: the terminal gets all of it, the user a line
            log.exception("a job failed: %s", job.kind)
            self._end(job, "failed", f"this is a fault of Skyshade's ({type(error).__name__})")

    def _end(
        self, job: Job, state: JobState, message: str | None = None, result: Any = None
    ) -> None:
        """Set down how a job ended, once and for all."""
        with self._lock:  # whoever closes waits until this is written
            if job.state in ENDED:
                return
            job.message, job.result = message, result
            try:
                self._write(job, state)
            except SkyshadeError as error:
                if state == "done":  # the result is still there for whoever looks now
                    job.message = f"the result could not be kept: {error}"
            job.state = state  # last: who sees that it has ended sees how, and it is on disk
            job.news += 1

    def _write(self, job: Job, state: JobState) -> None:
        kept = make_manifest(
            f"serve: {job.kind}",
            id=job.id,
            kind=job.kind,
            asked=job.asked,
            state=state,
            message=job.message,
            created=job.created,
            seconds=job.seconds,
            result=job.result,
            **self.made_from,
        )
        text = json.dumps(kept, indent=2, allow_nan=False, ensure_ascii=False)
        write_whole(self.folder / f"{job.id}.json", text + "\n")

    def _read(self) -> None:
        """Find the jobs of earlier runs; what cannot be read is left alone."""
        if not self.folder.is_dir():
            return
        for file in self.folder.iterdir():
            if not _FILE.fullmatch(file.name):
                continue
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                kept = load_json(file, MAX_FILE_BYTES)
                job = Job(
                    kept["id"],
                    kept["kind"],
                    kept["asked"],
                    kept["state"],
                    None,
                    None,
                    kept["result"],
                    kept["message"],
                    float(kept["created"]),
                    kept["seconds"],
                )
                known = isinstance(job.asked, dict) and job.state in get_args(JobState)
                if known and job.kind in self.kinds and f"{job.id}.json" == file.name:
                    if job.state not in ENDED:
                        job.state, job.message = "interrupted", STOPPED
                    self._jobs[job.id] = job

    def _forget_oldest(self) -> None:
        ended = [j for j in self.all() if j.state in ENDED]
        for job in ended[MAX_KEPT:]:
            del self._jobs[job.id]
            with contextlib.suppress(OSError):
                (self.folder / f"{job.id}.json").unlink()
