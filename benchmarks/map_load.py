"""The map's server with 20 readers who drag units: how long each waits, and what it costs.

    python benchmarks/map_load.py [--clients 20] [--seconds 60] [--apart] [--case india-s400]

A client does what the map does: it moves a unit to another rounded place, asks for the view from
there, waits for it, asks (every second client) for what can be engaged from there, waits, rests
`--pause` seconds, and goes on. The walk of a unit is random, a step of its rounding at a time, so
clients meet at some places; with `--apart` each goes anywhere over the terrain, and few meet.
Meanwhile two raids are started and cancelled every five seconds: how long until whoever asked is
told that it is cancelled, and until the next job begins. Times are wall times and depend on what
else the machine does; the seconds of processor time do not, and `load` says how busy it was.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

SERVE = (
    "import skyshade.web.server as s; s.check_bundle = lambda: None; "
    "from skyshade.__main__ import main; main()"
)
LIMIT_S = 1.0  # of the 95th percentile of each kind of answer, and of a cancellation
MOST_STEPS = 6  # from its own place, that a unit walks in either direction
RAID = {"n_targets": 60, "target": "fighter", "bearing_deg": 270}


class Client:
    """One reader: one connection, which stays open."""

    def __init__(self, port: int) -> None:
        self._to = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """Status and body of the answer."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        text = None if body is None else json.dumps(body)
        for last in (False, True):
            try:
                self._to.request(method, path, text, headers)
                answer = self._to.getresponse()
                return answer.status, answer.read()
            except (ConnectionError, http.client.RemoteDisconnected):
                self._to.close()  # an idle connection is closed by the server after 5 s
                if last:
                    raise
        raise AssertionError

    def read(self, method: str, path: str, body: object = None) -> Any:
        """The JSON of the answer."""
        return json.loads(self.ask(method, path, body)[1])


class Found:
    """What was measured, from all threads."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.refused: list[str] = []
        self._lock = threading.Lock()

    def timed(self, what: str, client: Client, *asked: Any) -> bool:
        """Ask, and keep how long it took; False if the answer is a complaint."""
        start = time.perf_counter()
        try:
            status, body = client.ask(*asked)
        except OSError as error:
            status, body = 0, repr(error).encode()
        seconds = time.perf_counter() - start
        with self._lock:
            if status in (200, 202):
                self.seconds[what].append(seconds)
            elif b"DEM" not in body:  # beyond the terrain: the walk turns round
                self.refused.append(f"{what} {status} {body[:120]!r}")
        return status in (200, 202)


def drag(found: Found, port: int, number: int, about: dict[str, Any], asked: Any) -> None:
    """Move a unit to and fro until the time is over."""
    rng = random.Random(f"{asked.seed} {number}")
    site = about["sites"][number % len(about["sites"])]
    client, step = Client(port), site["rounding_deg"]
    east, north = 0, 0
    while time.monotonic() < asked.end:
        east = max(-MOST_STEPS, min(MOST_STEPS, east + rng.choice((-1, 0, 1))))
        north = max(-MOST_STEPS, min(MOST_STEPS, north + rng.choice((-1, 0, 1))))
        lon, lat = (site[k] + n * step for k, n in (("lon", east), ("lat", north)))
        if asked.apart:
            lon, lat = rng.uniform(70, 86), rng.uniform(18, 30)
        draft = {"id": site["id"], "like": site["id"], "lon": round(lon, 6), "lat": round(lat, 6)}
        good = found.timed("view", client, "POST", "/api/views", {"site": draft})
        if good and number % 2:
            body = {"site": draft, "target": "fighter"}
            found.timed("engageable", client, "POST", "/api/engageable", body)
        time.sleep(asked.pause * rng.uniform(0.5, 1.5))


def cancel(found: Found, port: int, about: dict[str, Any], asked: Any) -> None:
    """Take all threads with raids and cancel one half a second later, again and again."""
    client = Client(port)
    sites = [
        {"id": s["id"], "like": s["id"], "lon": s["lon"], "lat": s["lat"]} for s in about["sites"]
    ]
    raid = RAID | {"place": about["places"][0]["id"]}
    body = {"kind": "raid", "sites": sites, "raid": raid, "replicates": 100_000, "draws": 16}
    while time.monotonic() < asked.end - 5:
        other, job = (client.read("POST", "/api/jobs", body)["id"] for _ in range(2))
        time.sleep(0.5)
        found.timed("cancel: the reader is told", client, "DELETE", f"/api/jobs/{job}")
        start = time.perf_counter()
        job = client.read("POST", "/api/jobs", {"kind": "coverage", "sites": sites[:1]})["id"]
        while client.read("GET", f"/api/jobs/{job}")["state"] == "waiting":
            time.sleep(0.01)
        found.seconds["cancel: the next job begins"].append(time.perf_counter() - start)
        client.ask("DELETE", f"/api/jobs/{other}")
        time.sleep(5)


def spent_s(pid: int) -> float:
    """Processor time of a process so far (s)."""
    parts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def memory_mib(pid: int, what: str) -> float:
    """A figure of memory of a process (MiB)."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{what}:\s+(\d+)", text)[1]) / 1024  # type: ignore[index]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two moves")
    parser.add_argument("--apart", action="store_true", help="anywhere over the terrain")
    parser.add_argument("--no-jobs", action="store_true", help="no raid meanwhile")
    parser.add_argument("--case", default="india-s400")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    found, load = Found(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-c", SERVE, "serve", asked.case, "--port", "0", "--out", out]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            first = server.stdout.readline()
            port = int(re.search(r":(\d+)/", first)[1])  # type: ignore[index]
            client = Client(port)
            about = client.read("GET", "/api/case")
            for site in about["sites"]:  # kernels are read, and what every map begins with is made
                draft = {
                    "id": site["id"],
                    "like": site["id"],
                    "lon": site["lon"],
                    "lat": site["lat"],
                }
                client.ask("POST", "/api/engageable", {"site": draft, "target": "fighter"})
            before, at_first = spent_s(server.pid), memory_mib(server.pid, "VmRSS")
            asked.end = time.monotonic() + asked.seconds
            threads = [
                threading.Thread(target=drag, args=(found, port, n, about, asked))
                for n in range(asked.clients)
            ]
            if not asked.no_jobs:
                threads.append(threading.Thread(target=cancel, args=(found, port, about, asked)))
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            cpu_s = spent_s(server.pid) - before
            most, now = memory_mib(server.pid, "VmHWM"), memory_mib(server.pid, "VmRSS")
            server.send_signal(signal.SIGTERM)
            server.wait(60)
    print(
        f"{asked.clients} clients, {asked.seconds:g} s, load {load:.1f} before and "
        f"{os.getloadavg()[0]:.1f} after, {os.cpu_count()} processors"
    )
    print(f"{'':<34}{'n':>6}{'median':>9}{'p95':>9}{'worst':>9}{'limit':>8} s")
    late = False
    for what, values in sorted(found.seconds.items()):
        values.sort()
        p95 = values[math.ceil(0.95 * len(values)) - 1]
        late |= p95 > LIMIT_S
        print(
            f"{what:<34}{len(values):>6}{statistics.median(values):>9.3f}{p95:>9.3f}"
            f"{values[-1]:>9.3f}{LIMIT_S:>8g}"
        )
    n = sum(len(v) for k, v in found.seconds.items() if not k.startswith("cancel"))
    print(f"processor time of the server {cpu_s:.1f} s, {1e3 * cpu_s / max(n, 1):.0f} ms an answer")
    print(f"memory: {at_first:.0f} MiB before, {most:.0f} MiB at most, {now:.0f} MiB at the end")
    print(f"refused or lost: {len(found.refused)}", *found.refused[:3], sep="\n  ")
    return int(late or bool(found.refused))


if __name__ == "__main__":
    sys.exit(main())
