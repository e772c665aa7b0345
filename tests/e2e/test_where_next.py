"""The map's question "where next?": a siting study of a draft, asked as the map asks it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from e2e.test_siting_command import CASE
from skyshade.errors import InputError
from skyshade.reach.interest import cover_interest, drawn_interest
from skyshade.reach.scenario import reach_scenario
from skyshade.report.siting import findings
from skyshade.siting import kept as kept_module
from skyshade.siting.study import study_siting
from skyshade.web import interest, where_next
from skyshade.web.app import make_app
from skyshade.web.case import MapCase
from skyshade.web.drafts import DraftSite, real_sites

WEST: dict[str, Any] = {"id": "west", "like": "west", "lon": 70.0, "lat": 20.0}
ASKED: dict[str, Any] = {"kind": "siting", "sites": [WEST], "like": "next", "draws": 2}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> MapCase:
    """Two towns on a smooth Earth, one unit in service and one to come."""
    file = tmp_path_factory.mktemp("towns") / "case.yaml"
    file.write_text(CASE.partition("siting:")[0])
    return MapCase.load(str(file))


@pytest.fixture
def client(case: MapCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(kept_module, "folder", lambda: tmp_path / "kept")
    with TestClient(make_app(case, tmp_path / "out"), base_url="http://127.0.0.1") as client:
        yield client


def ended(client: TestClient, id_: str) -> dict[str, Any]:
    """The job, once it has ended."""
    for _ in range(1200):
        found = client.get(f"/api/jobs/{id_}").json()
        if found["state"] not in ("waiting", "running"):
            return dict(found)
        time.sleep(0.05)
    raise AssertionError("the job does not end")


def answer(client: TestClient, **more: Any) -> dict[str, Any]:
    begun = client.post("/api/jobs", json=ASKED | more)
    assert begun.status_code == 202, begun.text
    job = ended(client, begun.json()["id"])
    assert job["state"] == "done", job["message"]
    return dict(client.get(f"/api/jobs/{job['id']}/result").json())


def test_the_answer_is_that_of_the_library(client: TestClient, case: MapCase) -> None:
    """The same sentences, bound and gap as the command prints, and every sector with its share."""
    got = answer(client)
    stay = real_sites(case.scenario, [DraftSite(**WEST)])
    siting = {"units": [{"like": "next"}], "candidates": {"within": ["sectors"]},
              "places": {"weight": 1}}  # fmt: skip
    study = study_siting(case.scenario.with_(siting=siting), stay=stay, draws=2, raid=False)
    assert got["summary"] == findings(study)
    assert got["answer"]["gap"] == 0.0 and got["answer"]["bound"] == pytest.approx(
        study.answer.bound
    )
    assert {p["name"] for p in got["points"]} == {"the sector of West", "the sector of Next"}
    assert all(0 <= p["share_of_draws"] <= 1 for p in got["points"])
    assert got["units_that_stay"] == ["west"]


def test_units_of_a_draft_stay_where_the_draft_has_them(client: TestClient) -> None:
    """A unit that was put beside the other town leaves the first town to the next one."""
    moved = WEST | {"id": "unit-3", "lon": 80.0, "lat": 20.5}
    got = answer(client, sites=[moved], count=1)
    assert got["units_that_stay"] == ["unit-3"]
    assert got["plan"][0]["lon"] in (70.0, 71.0)
    before = {g["name"]: g["covered_before"] for g in got["groups"]}
    assert before["Town"] == 0.0 and before["Port"] > 0.5


def test_a_cancelled_study_ends(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()

    def endless(*args: Any, progress: Any, **more: Any) -> Any:
        while True:
            progress("sweeps of candidates", 1, 2)
            begun.set()
            time.sleep(0.01)

    monkeypatch.setattr(where_next, "study_siting", endless)
    id_ = client.post("/api/jobs", json=ASKED).json()["id"]
    assert begun.wait(10)
    assert client.get(f"/api/jobs/{id_}").json()["progress"]["stage"] == "sweeps of candidates"
    assert client.delete(f"/api/jobs/{id_}").json()["state"] == "cancelled"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"within": ["/etc/secret.geojson"]}, "within[0]"),
        ({"within": ["Atlantis"]}, "within[0]"),
        ({"cover": "line", "line": "/etc/secret.geojson"}, "line"),
        ({"cover": "line"}, "line"),
        ({"cover": "area", "area": "Atlantis"}, "area"),
        ({"like": "nobody"}, "like"),
        ({"draws": 3}, "draws"),
        ({"count": 0}, "count"),
        ({"border_m": -1}, "border_m"),
    ],
)
def test_what_the_map_does_not_offer_is_refused(
    client: TestClient, more: dict[str, Any], field: str
) -> None:
    """At once, with the field; no file is read whatever its name."""
    refused = client.post("/api/jobs", json=ASKED | more)
    assert refused.status_code == 422
    assert field in refused.json()["error"]["field"]


def test_a_country_and_a_border(case: MapCase) -> None:
    asked = where_next.SitingAsked(
        kind="siting", sites=[], like="next", within=("India",), cover="line", line="India-Pakistan"
    )
    where_next.check_siting(case, asked)
    siting = where_next._scenario(case, asked).siting
    assert siting is not None and siting.candidates.within == ("India",)
    assert siting.line is not None and siting.line.along == "India-Pakistan"
    with pytest.raises(InputError):
        where_next.check_siting(case, asked.model_copy(update={"line": "India-Atlantis"}))


def test_reach_inside_an_area_is_that_of_the_library(client: TestClient, case: MapCase) -> None:
    """The same km2 as the library counts; a name that the map does not offer is refused."""
    corners = [(69.5, 19.5), (71.0, 19.5), (71.0, 20.5), (69.5, 20.5)]
    asked: dict[str, Any] = {
        "kind": "interest",
        "sites": [WEST],
        "target": "fighter",
        "altitude": case.scenario.altitudes[1].label,
        "corners": corners,
    }
    begun = client.post("/api/jobs", json=asked)
    assert begun.status_code == 202, begun.text
    id_ = begun.json()["id"]
    job = ended(client, id_)
    assert job["state"] == "done", job["message"]
    got = client.get(f"/api/jobs/{id_}/result").json()
    found = reach_scenario(
        case.scenario,
        real_sites(case.scenario, [DraftSite(**WEST)]),
        targets=["fighter"],
        altitudes=[case.scenario.altitudes[1]],
        draws=interest.DRAWS,
        n_azimuths=interest.AZIMUTHS,
        dem=case.dem,
    )
    ring = [*corners, corners[0]]
    shape = drawn_interest({"type": "Polygon", "coordinates": [ring]})
    mine = cover_interest(found.force, shape, dem=case.dem).as_dict()
    assert got["results"] == mine["results"] and got["total_km2"] == mine["total_km2"] > 1e4
    assert 0 < got["results"][0]["covered_km2"]["all"][1] <= got["total_km2"]
    for more, field in (
        ({"corners": [], "of": "/etc/secret.geojson"}, "of"),
        ({"altitude": "7 m"}, "altitude"),
        ({"target": "dragon"}, "target"),
        ({"corners": corners[:1]}, None),
    ):
        refused = client.post("/api/jobs", json=asked | more)
        assert refused.status_code == 422, refused.text
        if field:
            assert refused.json()["error"]["field"] == field
