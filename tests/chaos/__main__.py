"""Break things on purpose, from a seed, and count what survives: `make chaos`.

Every experiment runs real commands in processes of their own, disturbs them, and checks that what
is left is whole: results are those of an undisturbed run or marked as incomplete, messages are one
line, and the same command works afterwards. `--seed` repeats a run, `--share 0.1` makes it shorter,
`--only` runs a part. Do not change the program meanwhile.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from raid_scenarios import SMALL

COMMAND = [sys.executable, "-m", "skyshade"]
WRITES = ["programme", "show"]
DRAWS = ["radar", "91N6E"]
LENGTH_S = 6.0  # within which a command is killed
JUMP = """
import random, sys, time
real, rng = time.time, random.Random({seed})
time.time = lambda: real() + rng.choice([-1e8, -3600, 0, 3600, 1e8])
from skyshade.__main__ import main; main()
"""
BETWEEN = """
import os, signal
from pathlib import Path
real, left = Path.replace, [{at}]
def replace(self, target):
    if self.parent.name.startswith(".skyshade-") or ".skyshade-" in str(self.parent):
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
    return real(self, target)
Path.replace = replace
from skyshade.__main__ import main; main()
"""


class BrokenError(Exception):
    """An experiment whose outcome is not acceptable."""


def check(good: bool, what: str) -> None:
    if not good:
        raise BrokenError(what)


def run(
    *arguments: object, within_s: float = 300, **how: object
) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
        **how,  # type: ignore[call-overload]
    )
    return done


def said_well(done: subprocess.CompletedProcess[str], codes: tuple[int, ...]) -> None:
    """The exit code is one of these, and whatever is said is no traceback."""
    check(done.returncode in codes, f"exit code {done.returncode}: {done.stderr[-200:]}")
    check("Traceback" not in done.stderr, done.stderr[-400:])
    if done.returncode:
        check(done.stderr.count("\n") == 1, f"not one line: {done.stderr[-400:]}")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the manifest, which tells the time."""
    return {
        str(f.relative_to(folder)): f.read_bytes()
        for f in sorted(folder.rglob("*"))
        if f.is_file() and f.name != "manifest.json"
    }


class Chaos:
    """The experiments; each takes a random generator and a folder of its own."""

    def __init__(self, work: Path) -> None:
        self.work = work
        run(*WRITES, "--out", work / "good")  # compiles and gives the right bytes
        run(*DRAWS, "--out", work / "sight")
        self.good = {"programme": contents(work / "good"), "radar": contents(work / "sight")}

    def kill(self, rng: random.Random, here: Path) -> None:
        """SIGKILL at a random moment, over the results of an earlier run or none."""
        asked = rng.choice([WRITES, DRAWS])
        good, out = self.good[asked[0]], here / "out"
        if rng.random() < 0.5:
            out.mkdir()
            for name, data in good.items():
                (out / name).parent.mkdir(parents=True, exist_ok=True)
                (out / name).write_bytes(data + b"earlier")
        before = contents(out) if out.exists() else {}
        with subprocess.Popen(
            [*COMMAND, *asked, "--out", str(out)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            time.sleep(rng.uniform(0.1, LENGTH_S))
            process.send_signal(rng.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGHUP]))
        if out.exists():
            left = {k: v for k, v in contents(out).items() if not k.startswith(".skyshade-")}
            whole = left in (before, good)
            check(whole or "INCOMPLETE.txt" in left, f"a mix that is not marked: {sorted(left)}")
        said_well(run(*asked, "--out", out), (0,))
        check(contents(out) == good, "the same command afterwards gives something else")

    def kill_between_renames(self, rng: random.Random, here: Path) -> None:
        """SIGKILL before one of the renames that bring results to their folder."""
        asked = rng.choice([WRITES, DRAWS])
        good, out = self.good[asked[0]], here / "out"
        moves = len(good) + 1
        for name in [*good, "manifest.json"]:
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_bytes(b"earlier")
        at = rng.randrange(moves)
        code = BETWEEN.format(at=at)
        done = subprocess.run(
            [sys.executable, "-c", code, *asked, "--out", out],
            capture_output=True,
            text=True,
            check=False,
        )
        check(done.returncode == -signal.SIGKILL, f"it was not killed: {done.returncode}")
        left = contents(out)
        new = sum(left[name] == data for name, data in good.items())
        check(new == at, f"{new} of {moves} files are new after {at} renames")
        check("INCOMPLETE.txt" in left, "a mix that is not marked")
        check((out / "manifest.json").read_bytes() == b"earlier", "the manifest is of the new run")
        again = run(*asked, "--out", out)
        said_well(again, (0,))
        check("an earlier run was stopped" in again.stderr, "the mix was passed over in silence")
        check(contents(out) == good, "the same command afterwards gives something else")

    def lost_workers(self, rng: random.Random, here: Path) -> None:
        """One worker of a Dask cluster, or both, killed in the middle of a sweep."""
        import logging

        from distributed import LocalCluster

        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # it tells of every loss
        (here / "small.yaml").write_text(SMALL)
        asked = ["raid", here / "small.yaml", "--sweep", "n_targets=1:16", "--replicates", "400"]
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            flags = ["--scheduler", cluster.scheduler_address, "--out", here / "there"]
            with subprocess.Popen(
                [*COMMAND, *map(str, [*asked, *flags])],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            ) as process:
                pieces, wanted = here / "there" / "outcomes", rng.randrange(1, 10)
                end = time.monotonic() + 240
                while time.monotonic() < end and process.poll() is None:
                    if len(list(pieces.glob("*.parquet"))) >= wanted:
                        break
                    time.sleep(0.02)
                both = list(cluster.workers.values())
                for worker in rng.sample(both, rng.choice([1, 1, 2])):
                    with contextlib.suppress(OSError, AttributeError):
                        os.kill(worker.process.pid, signal.SIGKILL)
                cluster.scale(2)  # where the nannies have given up; without workers it would wait
                try:
                    said = process.communicate(timeout=280)[1]
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise
        check(process.returncode in (0, 1), f"exit code {process.returncode}: {said[-300:]}")
        check("Traceback" not in said, said[-400:])
        # what is missing is done without a cluster, what is there is kept
        said_well(run(*asked, "--out", here / "there"), (0,))
        said_well(run(*asked, "--out", here / "here"), (0,))
        check(contents(here / "there") == contents(here / "here"), "the results are not the same")

    def full_disk(self, rng: random.Random, here: Path) -> None:
        """A disk of random size, which may hold an earlier result."""
        asked = rng.choice([WRITES, DRAWS])
        kib = int(2 ** rng.uniform(4, 11))
        with small_disk(here / "disk", kib):
            out = here / "disk" / "out"
            with contextlib.suppress(OSError):
                out.mkdir()
                (out / "mine.txt").write_text("mine")
            before = contents(out) if out.exists() else {}
            done = run(*asked, "--out", out)
            said_well(done, (0, 1))
            if done.returncode:
                check("no space left" in done.stderr, done.stderr)
                check((contents(out) if out.exists() else {}) == before, "something is left")

    def two_at_once(self, rng: random.Random, here: Path) -> None:
        """The same command two to four times at once: one works, the others may say in use."""
        asked = rng.choice([WRITES, DRAWS])
        started = [
            subprocess.Popen(
                [*COMMAND, *asked, "--out", str(here / "out")],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(rng.randint(2, 4))
        ]
        said = [process.communicate(timeout=300)[1] for process in started]
        codes = [process.returncode for process in started]
        check(0 in codes and set(codes) <= {0, 1}, f"exit codes {codes}: {said}")
        check(all("in use" in s for s, c in zip(said, codes, strict=True) if c), str(said))
        check(contents(here / "out") == self.good[asked[0]], "the result is not whole")

    def streams(self, rng: random.Random, here: Path) -> None:
        """Standard streams closed, full, or read by someone who goes away."""
        ends = ["<&-", ">&-", "2>&-", "< /dev/null", "| true", "| head -c 1", "> /dev/full"]
        line = " ".join(rng.sample(ends[:4], 2)) + " " + rng.choice(ends[4:])
        done = subprocess.run(
            ["sh", "-c", f'"$@" --out out {line}', "sh", *COMMAND, *WRITES],
            cwd=here,
            capture_output=True,
            text=True,
            check=False,
        )
        check("Traceback" not in done.stderr, done.stderr[-400:])
        if (here / "out").exists():
            check(contents(here / "out") == self.good["programme"], "the result is not whole")

    def clock(self, rng: random.Random, here: Path) -> None:
        """A clock that jumps by hours and years, to and fro."""
        done = subprocess.run(
            [sys.executable, "-c", JUMP.format(seed=rng.random()), *WRITES, "--out", here / "out"],
            capture_output=True,
            text=True,
            check=False,
        )
        said_well(done, (0,))
        check(contents(here / "out") == self.good["programme"], "the bytes depend on the clock")

    def connections(self, rng: random.Random, here: Path) -> None:
        """Clients that hang up, send halves, send garbage; afterwards the server answers."""
        code = (
            "import skyshade.web.server as s; s.check_bundle = lambda: None; "
            "from skyshade.__main__ import main; main()"
        )
        asked = ["serve", "--port", "0", "--out", str(here / "out")]
        with subprocess.Popen(
            [sys.executable, "-c", code, *asked],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it complains of its clients
            text=True,
        ) as process:
            assert process.stdout is not None
            found = re.search(r":(\d+)/", process.stdout.readline())
            check(found is not None, "the server did not start")
            address = ("127.0.0.1", int(found[1]))  # type: ignore[index]
            threads = [
                threading.Thread(target=disturb, args=(address, rng.random(), 60))
                for _ in range(12)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            time.sleep(5)
            check(process.poll() is None, f"the server ended: {process.returncode}")
            with socket.create_connection(address, timeout=30) as client:
                client.sendall(b"GET /api/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                check(b"200 OK" in client.recv(4096), "the server does not answer")
            process.send_signal(signal.SIGTERM)
            check(process.wait(120) == 0, f"exit code {process.returncode}")


def disturb(address: tuple[str, int], seed: float, times: int) -> None:
    """Ask badly, many times."""
    rng = random.Random(seed)
    for _ in range(times):
        asked = rng.choice(["/", "/api/borders", "/api/case", "/api/nothing", "//x.example/"])
        whole = f"GET {asked} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        kind = rng.randrange(4)
        data = whole[: rng.randrange(len(whole))] if kind == 1 else whole
        data = rng.randbytes(rng.randrange(1, 2000)) if kind == 2 else data
        with contextlib.suppress(OSError), socket.create_connection(address, 5) as client:
            client.sendall(data)
            time.sleep(rng.uniform(0, 0.05))
            if kind == 3:
                client.recv(rng.randrange(1, 4000))


@contextlib.contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[None]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "none", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def can_mount(work: Path) -> bool:
    try:
        with small_disk(work / "try", 64):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def main() -> int:
    """Run all experiments; 1 if any found a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="of the number of experiments")
    parser.add_argument("--only", default="", help="experiments with this in their name")
    asked = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="skyshade-chaos-"))
    start, faults = time.monotonic(), 0
    try:
        chaos = Chaos(work)
        plan: list[tuple[str, Callable[[random.Random, Path], None], int]] = [
            ("kills at a random moment", chaos.kill, 20),
            ("kills between two renames", chaos.kill_between_renames, 8),
            ("full disks", chaos.full_disk, 15 if can_mount(work) else 0),
            ("the same command at once", chaos.two_at_once, 8),
            ("closed or broken streams", chaos.streams, 10),
            ("clocks that jump", chaos.clock, 3),
            ("lost workers", chaos.lost_workers, 2 if find_spec("distributed") else 0),
            ("servers with bad clients", chaos.connections, 2),
        ]
        print(f"seed {asked.seed}")
        for name, experiment, most in plan:
            n = round(most * asked.share) if asked.only in name else 0
            said: list[str] = []
            for k in range(n):
                here = work / f"{experiment.__name__}-{k}"
                here.mkdir()
                try:
                    experiment(random.Random(f"{asked.seed} {name} {k}"), here)
                except (BrokenError, subprocess.TimeoutExpired) as error:
                    said.append(f"  {name} {k}: {error}")
                shutil.rmtree(here, ignore_errors=True)
            print(
                f"{name:<28} {n:>4} tried {n - len(said):>4} survived", *said, sep="\n", flush=True
            )
            faults += len(said)
        print(json.dumps({"seconds": round(time.monotonic() - start), "faults": faults}))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return int(faults > 0)


if __name__ == "__main__":
    os.environ.setdefault("SKYSHADE_HOME", tempfile.gettempdir() + "/skyshade-chaos-home")
    sys.exit(main())
