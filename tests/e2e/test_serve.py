"""The server of the map, asked as the map and as strangers ask it."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import httpx2
import numpy as np
import pytest
from starlette.testclient import TestClient

from e2e.conftest import Run, killed_on_failure
from skyshade.coverage.compute import cover, site_spec
from skyshade.scenario import load_scenario
from skyshade.terrain.model import Altitude
from skyshade.web import save
from skyshade.web.app import make_app
from skyshade.web.case import MapCase
from skyshade.web.drafts import DraftSite
from skyshade.web.guard import BURST, MAX_BODY_BYTES
from skyshade.web.jobs import Job, Jobs
from skyshade.web.lattice import NEVER, OUTSIDE, UNKNOWN
from skyshade.web.server import make_service
from unit.test_lattice import unpack

HOME = "http://127.0.0.1"
CASE = MapCase.load("india-s400")
SITES: list[dict[str, Any]] = [
    {"id": s.id, "like": s.id, "lon": s.position.lon, "lat": s.position.lat}
    for s in CASE.scenario.sites
]
RAID = {"n_targets": 20, "target": "fighter", "bearing_deg": 270.0, "place": "amritsar-airport"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(make_app(CASE, tmp_path / "out"), base_url=HOME) as client:
        yield client


def finished(client: TestClient, job: str) -> dict[str, Any]:
    """The job, once it has ended."""
    for _ in range(2400):
        found = client.get(f"/api/jobs/{job}").json()
        if found["state"] not in ("waiting", "running"):
            return dict(found)
        time.sleep(0.05)
    raise AssertionError("the job does not end")


def complaint(answer: httpx2.Response, status: int) -> dict[str, Any]:
    """The one sentence of an answer that is an error."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert "Traceback" not in answer.text and error["message"]
    return dict(error)


# what the map asks


def test_every_number_of_the_case_leads_to_its_source(client: TestClient) -> None:
    case = client.get("/api/case").json()
    assert {s["id"] for s in case["sites"]} == {s["id"] for s in SITES}
    keys = [k for thing in (*case["sites"], *case["targets"]) for k in thing["figures"]]
    assert keys and set(keys) <= set(case["figures"])
    for figure in case["figures"].values():
        assert figure["text"] and figure["why"] and figure["confidence"]
        assert set(figure["sources"]) <= set(case["sources"])
    events = [e for s in case["sites"] for e in s["events"]]
    assert all(set(e["sources"]) <= set(case["sources"]) for e in events)
    assert case["figures"]["91N6E.instrumented_range"]["value"] == 600e3


def test_a_view_is_the_coverage_that_the_library_gives(client: TestClient) -> None:
    head, arrays = unpack(client.post("/api/views", json={"site": SITES[0]}).content)
    col, row, columns, rows = head["arrays"][0]["window"]
    coverage = cover(CASE.dem, [site_spec(CASE.scenario.sites[0])], CASE.scenario.altitudes)
    lon, lat = CASE.lattice.centres((col, row, columns, rows))
    (r, c), _ = coverage.dem.grid.nearest_post(lon, lat)
    exact, coded = coverage.sites[0].masking_m[r, c], arrays["masking"]
    known = coded < NEVER
    assert np.array_equal(np.isnan(exact), coded == OUTSIDE)
    assert np.array_equal(np.isposinf(exact), coded == UNKNOWN)
    assert known.mean() > 0.5
    off = np.abs(np.ceil(exact[known]) + 500 - coded[known])
    assert off.max() <= 1 and off.mean() < 1e-3  # the last bit of a cut-out grid may round up


def test_all_who_round_to_a_place_share_its_answer(client: TestClient) -> None:
    """A place is worked out once, however finely it is asked for, and its frame kept."""
    lon, lat = SITES[0]["lon"] + 0.5, SITES[0]["lat"]
    frames = {
        client.post("/api/views", json={"site": SITES[0] | {"lon": x, "lat": y}}).content
        for x, y in ((lon, lat), (lon + 0.2, lat - 0.1), (lon - 0.2, lat + 0.2))
    }
    assert len(frames) == 1
    assert CASE._view_layers.has(CASE._place(DraftSite(**(SITES[0] | {"lon": lon, "lat": lat}))))


def test_whole_views_are_the_coverage_that_the_library_gives() -> None:
    drafts = [DraftSite(**site) for site in SITES[:2]]
    acquisition = CASE.whole_views(drafts)
    specs = [site_spec(site) for site in CASE.scenario.sites[:2]]
    library = cover(CASE.dem, specs, CASE.scenario.altitudes)
    for ours, theirs in zip(acquisition.sites, library.sites, strict=True):
        assert ours.spec == theirs.spec
        np.testing.assert_allclose(ours.masking_m, theirs.masking_m, atol=0.05)


def test_engageable_between_lowest_and_highest(client: TestClient) -> None:
    asked = {"site": SITES[0], "target": "fighter"}
    head, arrays = unpack(client.post("/api/engageable", json=asked).content)
    window = tuple(head["arrays"][0]["window"])
    site = CASE._engagements(DraftSite.model_validate(SITES[0]).spot)
    from skyshade.radar.load import load_target

    lon, lat = CASE.lattice.centres(window)
    (r, c), _ = site.coverage.dem.grid.nearest_post(lon, lat)
    low, high = arrays["lowest"].astype(int) - 500, arrays["highest"].astype(int) - 500
    some = arrays["lowest"] != OUTSIDE
    for metres in (300.0, 3_000.0, 12_000.0, 22_000.0):
        at = np.zeros(site.coverage.dem.grid.shape, bool)
        at[site.window] = site.at(load_target("fighter"), Altitude(metres, "msl"))
        says = some & (low <= metres) & (metres <= high)
        assert says.any() or not at.any()
        # the rest are cells between two missiles' envelopes and within rounding of a limit
        assert np.mean(says != at[r, c]) < 0.004


def test_reach_is_short_of_the_ring_and_grows_with_altitude(client: TestClient) -> None:
    found = client.post("/api/reach", json={"site": SITES[0], "target": "fighter"}).json()
    assert np.shape(found["median"]) == (4, len(found["az_deg"]))
    assert 0 < found["share_of_ring"][0] < found["share_of_ring"][-1] < 1
    assert np.max(found["median"]) <= found["ring_m"]


def test_a_profile_has_terrain_and_the_beam_above_it(client: TestClient) -> None:
    line = {"from": [75.5, 31.0], "to": [77.5, 33.0], "sites": SITES[:2]}
    found = client.post("/api/profile", json=line).json()
    ground, seen = (
        np.array(found["ground_m"], float),
        np.array(found["sites"][0]["lowest_m"], float),
    )
    assert ground.max() > 3000 and len(ground) == len(found["distance_m"])
    assert (seen[np.isfinite(seen)] >= -500).all()
    assert found["length_m"] == pytest.approx(found["distance_m"][-1])


def test_a_move_is_rounded_to_the_sector(client: TestClient) -> None:
    moved = SITES[0] | {"lon": 75.731234, "lat": 31.268}
    head, _ = unpack(client.post("/api/views", json={"site": moved}).content)
    assert (head["lon"], head["lat"]) == (75.5, 31.5)


# jobs


def test_exact_areas(client: TestClient) -> None:
    id_ = client.post("/api/jobs", json={"kind": "coverage", "sites": SITES[:2]}).json()["id"]
    assert finished(client, id_)["state"] == "done"
    areas = client.get(f"/api/jobs/{id_}/result").json()["areas"]
    assert {a["who"] for a in areas} == {"regiment-1", "regiment-2", "force"}
    for a in areas:
        parts = a["visible_km2"] + a["masked_km2"] + a["unknown_km2"]
        assert parts == pytest.approx(a["ring_km2"], rel=1e-4)


def test_a_raid_streams_its_curve_and_can_be_replayed(client: TestClient) -> None:
    asked = {"kind": "raid", "sites": SITES[:4], "raid": RAID, "replicates": 8192, "draws": 2}
    id_ = client.post("/api/jobs", json=asked).json()["id"]
    events = client.get(f"/api/jobs/{id_}/events").text.split("\n\n")[:-1]
    kinds = [e.split("\n")[0].removeprefix("event: ") for e in events]
    assert kinds[-1] == "end" and "progress" in kinds and "partial" in kinds
    partials = [
        json.loads(e.split("data: ")[1])
        for e, k in zip(events, kinds, strict=True)
        if k == "partial"
    ]
    assert partials[0]["replicates"] < 8192
    result = client.get(f"/api/jobs/{id_}/result").json()
    assert result == partials[-1]
    sizes = [p["n_targets"] for p in result["curve"]]
    assert sizes == sorted(sizes) and sizes[-1] == 20
    for point in result["curve"]:
        assert point["leaked"]["low"] <= point["leaked"]["value"] <= point["leaked"]["high"]
        assert point["band"] == sorted(point["band"]) and point["replicates"] == 8192
    assert result["headline"].startswith("Of 20 fighter aircraft")

    replay = client.get(f"/api/jobs/{id_}/replay/3").json()
    assert len(replay["targets"]) == 20
    ends = [t["end"] for t in replay["targets"]]
    assert ends.count("killed") == sum(e["event"] == "hit" for e in replay["events"])
    complaint(client.get(f"/api/jobs/{id_}/replay/8192"), 422)


def test_the_same_raid_gives_the_same_answer(client: TestClient) -> None:
    asked = {"kind": "raid", "sites": SITES[:2], "raid": RAID, "replicates": 64, "draws": 0}
    ids = [client.post("/api/jobs", json=asked).json()["id"] for _ in range(2)]
    results = []
    for id_ in ids:
        assert finished(client, id_)["state"] == "done"
        results.append(client.get(f"/api/jobs/{id_}/result").json())
    assert results[0] == results[1]


def test_a_raid_does_not_depend_on_what_was_asked_before(client: TestClient) -> None:
    asked = {"kind": "raid", "sites": SITES[:1], "raid": RAID, "replicates": 64, "draws": 0}

    def answer() -> Any:
        id_ = client.post("/api/jobs", json=asked).json()["id"]
        assert finished(client, id_)["state"] == "done"
        return client.get(f"/api/jobs/{id_}/result").json()

    first = answer()
    moved = SITES[0] | {"lon": SITES[0]["lon"] + 3}
    far = RAID | {"bearing_deg": 200}
    other = {**asked, "sites": [moved, *SITES[1:4]], "raid": far}
    assert finished(client, client.post("/api/jobs", json=other).json()["id"])["state"] == "done"
    assert answer() == first


def test_a_job_is_cancelled(client: TestClient) -> None:
    asked = {
        "kind": "raid",
        "sites": SITES[:4],
        "raid": RAID | {"n_targets": 300},
        "replicates": 100_000,
    }
    id_ = client.post("/api/jobs", json=asked).json()["id"]
    assert client.delete(f"/api/jobs/{id_}").json()["state"] == "cancelled"
    assert finished(client, id_)["state"] == "cancelled"
    complaint(client.get(f"/api/jobs/{id_}/result"), 409)


def test_a_cancelled_job_has_ended_before_its_thread_has(tmp_path: Path) -> None:
    """A kernel that is being compiled cannot be stopped; whoever cancels does not wait for it."""
    going, release = threading.Event(), threading.Event()

    def work(job: Job) -> str:
        if job.asked:
            return "next"
        going.set()
        release.wait(30)
        job.report("too late", 1, 1)
        return "never"

    known = set(threading.enumerate())

    def threads() -> set[threading.Thread]:
        return {t for t in threading.enumerate() if t.name == "job"} - known

    jobs = Jobs(tmp_path, {"slow": work})
    job = jobs.start("slow", {})
    assert going.wait(30)
    jobs.cancel(job)
    assert job.state == "cancelled"
    kept = json.loads((tmp_path / "jobs" / f"{job.id}.json").read_text())
    assert kept["state"] == "cancelled"
    other, end = jobs.start("slow", {}), time.monotonic() + 30  # all threads there were are taken
    while other.state != "running" and time.monotonic() < end:
        time.sleep(0.01)
    jobs.cancel(other)
    after = [jobs.start("slow", {"a": k}) for k in range(4)]
    while any(j.state != "done" for j in after) and time.monotonic() < end:
        time.sleep(0.01)
    assert [j.result for j in after] == ["next"] * 4  # and neither of the two has noticed yet
    assert len(threads()) == 4
    release.set()
    while len(threads()) > 2 and time.monotonic() < end:
        time.sleep(0.01)
    assert len(threads()) == 2  # those that have noticed are gone
    assert job.state == "cancelled" and job.result is None
    jobs.close()


def test_a_server_that_stopped_in_mid_job_says_so(tmp_path: Path) -> None:
    going, release = threading.Event(), threading.Event()

    def work(job: Job) -> str:
        going.set()
        release.wait(30)
        job.check()
        return "never"

    first = Jobs(tmp_path, {"slow": work})
    job = first.start("slow", {"a": 1})
    assert going.wait(30)
    # killed here: nothing is written at the end
    again = Jobs(tmp_path, {"slow": work})
    found = again.find(job.id)
    assert found.state == "interrupted" and "start it again" in str(found.message)
    assert found.asked == {"a": 1}
    release.set()
    first.close()


def test_a_job_that_does_not_heed_the_end_does_not_put_it_off(tmp_path: Path) -> None:
    going, release, over = threading.Event(), threading.Event(), threading.Event()

    def work(job: Job) -> str:
        going.set()
        release.wait(30)
        over.set()
        return "late"

    jobs = Jobs(tmp_path, {"deaf": work})
    job = jobs.start("deaf", {})
    assert going.wait(30)
    jobs.close()
    release.set()
    assert over.wait(30)
    kept = json.loads((tmp_path / "jobs" / f"{job.id}.json").read_text())
    assert kept["state"] == "interrupted" and kept["result"] is None
    assert job.state == "interrupted"


def test_stopped_in_mid_raid_it_says_so_and_ends(tmp_path: Path) -> None:
    serve = "from skyshade.cli import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-c", serve, "serve", "--port", "0", "--out", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    home = server.stdout.readline().rsplit(" ", 1)[1].strip()
    asked = {
        "kind": "raid",
        "sites": SITES[:4],
        "raid": RAID | {"n_targets": 300},
        "replicates": 100_000,
    }
    id_ = httpx.post(f"{home}api/jobs", json=asked, timeout=30).json()["id"]
    with httpx.stream("GET", f"{home}api/jobs/{id_}/events", timeout=60) as events:
        lines = events.iter_lines()
        while "partial" not in next(lines):
            pass
        server.send_signal(signal.SIGINT)
        assert '"state": "interrupted"' in list(lines)[-2]
    _, complaints = server.communicate(timeout=20)
    assert server.returncode == 0 and "Traceback" not in complaints
    kept = json.loads((tmp_path / "jobs" / f"{id_}.json").read_text())
    assert kept["state"] == "interrupted" and "start it again" in kept["message"]


def test_results_outlive_the_server(client: TestClient, tmp_path: Path) -> None:
    id_ = client.post("/api/jobs", json={"kind": "coverage", "sites": SITES[:1]}).json()["id"]
    finished(client, id_)
    before = client.get(f"/api/jobs/{id_}/result").json()
    with TestClient(make_app(CASE, tmp_path / "out"), base_url=HOME) as later:
        assert later.get(f"/api/jobs/{id_}/result").json() == before
    kept = json.loads((tmp_path / "out" / "jobs" / f"{id_}.json").read_text())
    assert kept["skyshade"] and kept["asked"]["sites"] and kept["result"] == before


def test_a_fault_of_ours_is_one_line(tmp_path: Path) -> None:
    def work(job: Job) -> None:
        raise ZeroDivisionError

    jobs = Jobs(tmp_path, {"bad": work})
    job = jobs.start("bad", {})
    while job.state in ("waiting", "running"):
        time.sleep(0.01)
    jobs.close()
    assert job.state == "failed" and "fault of Skyshade" in str(job.message)


# new scenarios


def test_a_draft_becomes_a_scenario(client: TestClient, tmp_path: Path) -> None:
    new = {"id": "unit-6", "like": "regiment-2", "name": "Sixth", "lon": 80.0, "lat": 27.0}
    drafts = [SITES[0] | {"lon": 76.0}, *SITES[1:4], new]
    asked = {"name": "what-if", "title": "What if", "sites": drafts}
    made = client.post("/api/scenarios", json=asked)
    assert made.status_code == 201
    scenario = load_scenario(made.json()["file"])
    assert [s.id for s in scenario.sites][-1] == "unit-6"
    assert scenario.sites[0].position.lon == 76.0 and scenario.sites[0].illustrative
    assert not scenario.sites[-1].events and scenario.sites[1].events
    assert scenario.places == CASE.scenario.places

    error = complaint(client.post("/api/scenarios", json=asked), 409)
    assert "what-if-2" in error["message"]
    assert client.get("/api/scenarios").json() == ["what-if"]
    again = client.get("/api/scenarios/what-if").json()
    assert [s["like"] for s in again["sites"]] == [d["like"] for d in drafts[:-1]] + ["regiment-1"]
    complaint(client.get("/api/scenarios/other"), 404)


def test_a_full_disk_leaves_nothing_half_written(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    monkeypatch.setattr(os, "fsync", full)
    asked = {"name": "what-if", "title": "What if", "sites": SITES}
    error = complaint(client.post("/api/scenarios", json=asked), 507)
    assert "no space left" in error["message"]
    complaint(client.post("/api/jobs", json={"kind": "coverage", "sites": SITES}), 507)
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]
    assert client.get("/api/jobs").json() == []


def test_saved_files_can_be_served_again(client: TestClient, tmp_path: Path) -> None:
    asked = {"name": "what-if", "title": "What if", "sites": [SITES[0] | {"lon": 76.0}]}
    file = client.post("/api/scenarios", json=asked).json()["file"]
    case = MapCase.load(file)
    made = save.save_draft(
        case,
        tmp_path / "out",
        "next",
        "Next",
        [DraftSite(id="regiment-1", like="regiment-1", lon=76.5, lat=31.0)],
    )
    assert load_scenario(made["file"]).sites[0].position.lon == 76.5


# bad input

SITE = SITES[0]
BAD: list[tuple[str, str, Any, int, str]] = [
    ("outside the terrain", "/api/views", {"site": SITE | {"lon": 10.0}}, 422, "outside the DEM"),
    ("unknown terrain", "/api/views", {"site": SITE | {"lon": 92.0}}, 422, "outside the DEM"),
    ("like nothing", "/api/views", {"site": SITE | {"like": "regiment-9"}}, 422, "Did you mean"),
    ("no such place", "/api/views", {"site": SITE | {"lat": 91}}, 422, "site.lat"),
    ("not finite", "/api/views", {"site": SITE | {"lon": "nan"}}, 422, "site.lon"),
    ("a path for an id", "/api/views", {"site": SITE | {"id": "../x"}}, 422, "site.id"),
    ("an unknown field", "/api/views", {"site": SITE | {"mast": 3}}, 422, "site.mast"),
    ("nothing", "/api/views", {}, 422, "site"),
    ("no such class", "/api/engageable", {"site": SITE, "target": "fightr"}, 422, "fighter"),
    ("no such class", "/api/reach", {"site": SITE, "target": ""}, 422, "target"),
    ("no length", "/api/profile", {"from": [75, 30], "to": [75, 30], "sites": [SITE]}, 422, "line"),
    ("too long", "/api/profile", {"from": [60, 5], "to": [89, 40], "sites": [SITE]}, 422, "1500"),
    ("no sites", "/api/jobs", {"kind": "coverage", "sites": []}, 422, "sites"),
    ("a site twice", "/api/jobs", {"kind": "coverage", "sites": [SITE, SITE]}, 422, "twice"),
    ("no such kind", "/api/jobs", {"kind": "attack", "sites": [SITE]}, 422, "kind"),
    (
        "draws",
        "/api/jobs",
        {"kind": "reach", "sites": [SITE], "target": "fighter", "draws": 3},
        422,
        "powers of two",
    ),
    (
        "no such place",
        "/api/jobs",
        {"kind": "raid", "sites": [SITE], "raid": RAID | {"place": "paris"}},
        422,
        "place",
    ),
    (
        "too many",
        "/api/jobs",
        {"kind": "raid", "sites": [SITE], "raid": RAID | {"n_targets": 10**9}},
        422,
        "n_targets",
    ),
    (
        "drag to nowhere",
        "/api/jobs",
        {"kind": "coverage", "sites": [SITE | {"lat": 50.0}]},
        422,
        "outside the DEM",
    ),
    (
        "too many, where",
        "/api/jobs",
        {"kind": "raid", "sites": [SITE], "raid": RAID | {"n_targets": 401}},
        422,
        "raid.n_targets",
    ),
    ("true for a number", "/api/views", {"site": SITE | {"lon": True}}, 422, "site.lon"),
    (
        "no such class of a raid",
        "/api/jobs",
        {"kind": "raid", "sites": [SITE], "raid": RAID | {"target": "fightr"}},
        422,
        "raid.target",
    ),
    (
        "no such altitude",
        "/api/jobs",
        {
            "kind": "raid",
            "sites": [SITE],
            "raid": RAID | {"altitude": {"value_m": 1, "datum": "agl"}},
        },
        422,
        "raid.altitude.value_m",
    ),
    ("no kind", "/api/jobs", {"sites": [SITE]}, 422, '"field": "kind"'),
    (
        "a path for a name",
        "/api/scenarios",
        {"name": "../../x", "title": "x", "sites": [SITE]},
        422,
        "name",
    ),
]


@pytest.mark.parametrize(("why", "path", "asked", "status", "says"), BAD)
def test_bad_input(
    client: TestClient, why: str, path: str, asked: Any, status: int, says: str
) -> None:
    error = complaint(client.post(path, json=asked), status)
    assert says in json.dumps(error)


def test_an_error_says_where_and_what_is_allowed(client: TestClient) -> None:
    asked = {"kind": "raid", "sites": [SITE], "raid": RAID | {"n_targets": 401}}
    error = complaint(client.post("/api/jobs", json=asked), 422)
    said = (error["field"], error["value"], error["allowed"])
    assert said == ("raid.n_targets", "401", "at most 400")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/jobs/job-0123456789abcdef", 404),
        ("/api/jobs/../../etc/passwd", 404),
        ("/api/jobs/%2e%2e%2fcase", 404),
        ("/api/jobs/job-0123456789abcdef/replay/x", 422),
        ("/api/scenarios/..%2f..%2fetc%2fpasswd", 404),
        ("/api/scenarios/%00", 422),
        ("/api/programme?as_of=soon", 422),
        ("/api/programme/forecast?known_on=0000", 422),
        ("/api/programme/forecast?known_on=9999-12-31", 422),
        ("/api/nothing", 404),
    ],
)
def test_bad_addresses(client: TestClient, path: str, status: int) -> None:
    complaint(client.get(path), status)


def test_malformed_and_huge_bodies(client: TestClient) -> None:
    as_json = {"Content-Type": "application/json"}
    complaint(client.post("/api/views", content=b'{"site": ', headers=as_json), 400)
    complaint(client.post("/api/views", content=b"\xff\xfe", headers=as_json), 400)
    complaint(client.post("/api/views", content=b"{}"), 415)
    complaint(
        client.post("/api/views", content=b"x=1", headers={"Content-Type": "text/plain"}), 415
    )
    huge = b"[" * (MAX_BODY_BYTES + 1)
    complaint(client.post("/api/views", content=huge, headers=as_json), 413)
    complaint(client.post("/api/views", content=iter([huge]), headers=as_json), 413)
    deep = b"[" * 100_000
    complaint(client.post("/api/views", content=deep, headers=as_json), 400)


# who may ask


def test_other_sites_pages_may_not_ask(client: TestClient) -> None:
    complaint(client.get("/api/case", headers={"Host": "evil.example"}), 403)
    complaint(client.get("/api/case", headers={"Origin": "https://evil.example"}), 403)
    answer = client.get("/api/borders", headers={"Origin": HOME})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers


def test_a_server_on_a_network_wants_its_token(tmp_path: Path) -> None:
    with TestClient(make_app(CASE, tmp_path, "secret"), base_url="http://10.0.0.5") as client:
        complaint(client.get("/api/borders"), 401)
        complaint(client.get("/api/borders", headers={"Authorization": "Bearer nearly"}), 401)
        complaint(client.get("/api/borders", headers={"Cookie": "skyshade=nearly"}), 401)
        for name in ("token", "key"):  # in an address it would stay in histories and logs
            complaint(client.get(f"/api/borders?{name}=secret"), 401)
        shown = client.get("/api/borders", headers={"Authorization": "Bearer secret"})
        assert shown.status_code == 200


def test_a_link_opens_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(CASE, tmp_path, "secret")
    home = "http://10.0.0.5"
    with TestClient(app, base_url=home) as one, TestClient(app, base_url=home) as other:
        key = app.state.door.new_key()
        assert one.head(f"/?key={key}").status_code == 401  # looks only
        link = one.get(f"/?key={key}", follow_redirects=False)
        assert (link.status_code, link.headers["location"]) == (303, "/")
        assert link.headers["referrer-policy"] == "no-referrer"
        cookie = link.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie  # a link may be followed to here
        assert key.lower() not in cookie
        assert one.get("/api/borders").status_code == 200  # the cookie
        said = other.get(f"/?key={key}")
        complaint(said, 401)
        assert "opened before" in said.text and "Press Enter" in said.text
        complaint(other.get("/api/borders"), 401)
        again = one.get(f"/?key={key}", follow_redirects=False)  # from a history, with the cookie
        assert (again.status_code, again.headers["location"]) == (303, "/")

        complaint(other.post("/api/link", json={}), 401)
        another = one.post("/api/link", json={})  # for a colleague, or by a script
        assert another.status_code == 201
        assert other.get(another.json()["link"], follow_redirects=False).status_code == 303
        assert other.get("/api/borders").status_code == 200

    with TestClient(app, base_url=home) as late:
        key, now = app.state.door.new_key(), time.monotonic()
        later = SimpleNamespace(monotonic=lambda: now + 15 * 60 + 1)
        monkeypatch.setattr("skyshade.web.guard.time", later)
        complaint(late.get(f"/?key={key}"), 401)


def test_unused_links_are_few(tmp_path: Path) -> None:
    door = make_app(CASE, tmp_path, "secret").state.door
    first, *_, last = [door.new_key() for _ in range(101)]
    assert not door.opens(first) and door.opens(last) and not door.opens(last)
    assert not door.opens("é" * 32)


def test_a_lost_link_is_had_again_in_the_terminal(tmp_path: Path) -> None:
    serve = "import skyshade.web.server as s; s.check_bundle = lambda: None; " + (
        "from skyshade.cli import main; main()"
    )
    asked = ["--host", "0.0.0.0", "--port", "0"]
    with (
        subprocess.Popen(
            [sys.executable, "-c", serve, "serve", "flat-earth-check", *asked, "--out", tmp_path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as server,
        killed_on_failure(server),
    ):
        assert server.stdout is not None and server.stdin is not None
        said = [server.stdout.readline() for _ in range(4)]
        port, key = re.search(r":(\d+)/\?key=(\S{32})$", said[0].strip()).groups()  # type: ignore[union-attr]
        assert "opens once" in said[1] and "Bearer" in said[2] and "Ctrl-C" in said[3]
        server.stdin.write("\n")
        server.stdin.flush()
        more = server.stdout.readline().strip()
        assert "?key=" in more and key not in more
        home = f"http://127.0.0.1:{port}/"
        link = f"{home}?{more.partition('?')[2]}"
        assert httpx.get(link, timeout=60).status_code == 303
        assert httpx.get(link, timeout=60).status_code == 401
        token = said[2].rpartition(" ")[2].strip().rstrip(".'")
        shown = httpx.get(f"{home}api/jobs", headers={"Authorization": f"Bearer {token}"})
        assert shown.json() == []
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0


def test_too_many_requests_are_put_off(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """All within one moment: a slow machine would be allowed more meanwhile."""
    now = time.monotonic()
    monkeypatch.setattr("skyshade.web.guard.time", SimpleNamespace(monotonic=lambda: now))
    codes = {client.get("/api/nothing").status_code for _ in range(int(BURST) + 100)}
    assert codes == {404, 429}


def test_two_browsers_at_once_do_not_disturb_each_other(client: TestClient) -> None:
    spots = [74.0, 74.5, 75.0, 75.5, 76.0, 76.5, 77.0, 77.5]
    alone = {
        lon: client.post("/api/views", json={"site": SITE | {"lon": lon}}).content for lon in spots
    }
    for kept in ("_sweeps", "_view_layers"):
        CASE.__dict__.pop(kept)
    together: dict[float, bytes] = {}

    def ask(lons: list[float]) -> None:
        for lon in lons:
            answer = client.post("/api/views", json={"site": SITE | {"lon": lon}})
            together[lon] = answer.content

    browsers = [threading.Thread(target=ask, args=(spots[k::2],)) for k in range(2)]
    for browser in browsers:
        browser.start()
    for browser in browsers:
        browser.join()
    assert together == alone


# the command


def test_a_port_in_use(skyshade: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skyshade.web.server.BUNDLE", tmp_path)
    (tmp_path / "index.html").write_text("")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        outcome = skyshade("serve", "--port", port, "--out", tmp_path / "out")
    assert outcome.code == 2
    assert "--port" in outcome.err and "in use" in outcome.err and outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--port", "70000"), "0 to 65535"),
        (("--host", "no.such.host.invalid"), "no such address"),
        (("--host", "192.0.2.1"), "cannot listen there"),
        (("india-s500",), "Did you mean 'india-s400'?"),
        (("--out", "/dev/null"), "/dev/null"),
    ],
)
def test_bad_flags(
    skyshade: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.setattr("skyshade.web.server.BUNDLE", tmp_path)
    (tmp_path / "index.html").write_text("")
    outcome = skyshade("serve", *arguments)
    assert outcome.code == 2 and says in outcome.err and outcome.err.count("\n") == 1


def test_without_the_map_it_says_what_to_do(
    skyshade: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skyshade.web.server.BUNDLE", tmp_path)
    outcome = skyshade("serve")
    assert outcome.code == 2 and "make serve" in outcome.err


def test_a_map_older_than_its_sources_is_not_shown(
    skyshade: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built, source = tmp_path / "static" / "index.html", tmp_path / "app" / "src" / "main.ts"
    for file in (built, source):
        file.parent.mkdir(parents=True)
        file.touch()
    os.utime(built, (1e9, 1e9))
    monkeypatch.setattr("skyshade.web.server.BUNDLE", built.parent)
    monkeypatch.setattr("skyshade.web.server.APP", tmp_path / "app")
    for command in (("serve",), ("export", "india-s400", "--site", "--out", tmp_path / "out")):
        outcome = skyshade(*command)
        assert outcome.code == 2 and "main.ts: this has changed since" in outcome.err
    assert not (tmp_path / "out").exists()


def test_it_listens_and_stops(tmp_path: Path) -> None:
    service = make_service(CASE, "127.0.0.1", 0, tmp_path / "out")
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        for _ in range(100):
            try:
                answer = httpx.get(f"{service.url}api/jobs")
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        assert answer.json() == []
    finally:
        service.server.should_exit = True
        thread.join(20)
    assert not thread.is_alive()


def test_anywhere_but_on_loopback_there_is_a_token(tmp_path: Path) -> None:
    service = make_service(CASE, "0.0.0.0", 0, tmp_path / "out")
    service.listening.close()
    assert "0.0.0.0" not in service.url  # where nobody could find it
    assert service.door is not None and len(service.door.token) == 32
    assert "?" not in service.url and len(service.link().partition("?key=")[2]) == 32
    assert service.link() != service.link()
