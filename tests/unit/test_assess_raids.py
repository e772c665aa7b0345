"""The raid of an assessment, date by date: which units count, and what gets through."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raid_scenarios import FIGHTER, scenario, site
from skyshade.assess.raids import PER_VECTOR, REPLICATES, RaidsReport, assess_raids
from skyshade.campaign import DrawPlan, draw_unknowns, run_raid
from skyshade.coverage.compute import load_scenario_dem
from skyshade.engagement import Runner, Tally, compile_raid
from skyshade.engagement.compile import prepare_raid
from skyshade.report.pages.raids import over_time_sentence, raids_lead
from skyshade.scenario.load import load_scenario
from skyshade.scenario.schema import Scenario
from skyshade.shown import percent_range

FIRST, SECOND = date(2022, 4, 30), date(2023, 6, 30)
FIGHTERS: dict[str, Any] = FIGHTER | {
    "id": "fighters",
    "count": 12,
    "spacing": "1 km",
    "distance": "130 km",
}
PASSING: dict[str, Any] = {
    "id": "passing",
    "target": "fighter",
    "count": 4,
    "altitude": "10 km msl",
    "speed": "250 m/s",
    "path": [{"lon": 76.5, "lat": 20.0}, {"lon": 75.2, "lat": 20.4}],
}


def since(day: str) -> dict[str, Any]:
    return {"events": [{"kind": "operational", "date": day, "confidence": "low", "assumed": True}]}


def two_sites(*groups: dict[str, Any], lon: float = 75.3, **rest: Any) -> Scenario:
    """A site from April 2022, and another at this longitude from June 2023."""
    sites = [site(**since("2022-04")), site("later", lon=lon, **since("2023-06"))]
    # kill probabilities are left uncertain, so that there is something to draw
    made = scenario(*groups, sites=sites, **rest)
    del made["raid"]["rules"]["kill_probability"]
    Path("case.yaml").write_text(json.dumps(made))
    return load_scenario("case.yaml")


def report_of(found: Scenario, draws: int = 0, seed: int = 3) -> RaidsReport:
    first, later = found.sites
    steps = [(FIRST, [first], [first]), (SECOND, [later], [first, later])]
    report = assess_raids(found, steps, load_scenario_dem(found), draws=draws, seed=seed)
    assert report is not None
    return report


def test_each_date_is_the_raid_as_compiled_for_it() -> None:
    found = two_sites(FIGHTERS)
    report = report_of(found)
    assert [d.day for d in report.days] == [FIRST, SECOND]
    for day in report.days:
        tally = Tally(compile_raid(found, as_of=day.day))
        for block in Runner(tally.raid, seed=3).blocks(REPLICATES):
            tally.add(block)
        assert day.leaked == tally.share()
        # who shot them down, and who got through: everyone, as all have an aim
        assert sum(day.shot_down.values()) == pytest.approx(12 * (1 - day.leaked.value))
    one, two = report.days
    assert two.leaked.high < one.leaked.low  # eight rounds are too few for twelve, sixteen are not
    assert list(one.shot_down) == ["site"]
    assert two.shot_down["later"] > 1


def test_undefended_is_what_empty_magazines_let_through() -> None:
    report = report_of(two_sites(FIGHTERS, PASSING))
    plan = report.raid.plan
    empty = plan.fire._replace(load=0 * plan.fire.load, stores=0 * plan.fire.stores)
    tally = Tally(replace(report.raid, plan=plan._replace(fire=empty)))
    tally.add(Runner(tally.raid, seed=3).run(0, 64))
    assert report.undefended == FIRST
    assert report.aimed == tally.share().value == pytest.approx(12 / 16)


def test_a_unit_out_of_reach_changes_nothing() -> None:
    found = two_sites(FIGHTERS, lon=80.0)
    report = report_of(found)
    one, two = report.days
    assert two.leaked == one.leaked
    assert two.shot_down == {**one.shot_down, "later": 0.0}
    said = over_time_sentence(report, found, "2024-01-01")
    assert said.startswith(
        "Until 2022-04-30 no unit is in service, and all 12 threats get through."
    )
    assert (
        " Of 12 fighter aircraft " in said and " with the 2 of 2024-01-01, at the default " in said
    )
    assert "later shoots nothing down, because this raid is aimed at site" in said


def test_draws_of_every_date_and_the_unknown_that_matters() -> None:
    report = report_of(two_sites(FIGHTERS), draws=32)
    assert report.vectors == 32
    for day in report.days:
        assert day.band is not None
        low, middle, high = day.band
        assert low < middle < high
        assert low < day.leaked.value < high
    one, two = (d.drawn for d in report.days)
    assert one is not None
    assert two is not None
    assert (one.plan.n, one.plan.design, one.plan.ranked) == (32, "band", False)
    assert two.plan == dataclasses.replace(one.plan, ranked=True)
    assert one.vectors == 32 < two.vectors
    assert two.drivers[0].key == "kill probability of 48N6E3"
    assert "decide" in report.sentence
    shown = re.search(r"(\d+) of the (\d+) uncertain figures", raids_lead(report))
    assert shown is not None
    weak = [u for u in report.raid.unknowns if u.weak]
    assert (int(shown[1]), int(shown[2])) == (len(weak), len(report.raid.unknowns))
    said = over_time_sentence(report, two_sites(FIGHTERS), "2024-01-01")
    bands = [percent_range(*day.band[::2]) for day in report.days if day.band]
    assert f"Of 12 fighter aircraft {bands[0]} get through with one unit, and {bands[1]} " in said
    row = report.rows()[-1]
    assert report.latest.band is not None
    assert (row["units"], row["leaked_p95"]) == (2, round(report.latest.band[2], 6))


def test_all_dates_meet_the_same_draws() -> None:
    """Each vector of an earlier date is the raid prepared for that date alone, at that vector."""
    one, two = (d.drawn for d in report_of(two_sites(FIGHTERS), draws=8, seed=4).days)
    assert one is not None
    assert two is not None
    assert one.draws.columns == two.draws.columns
    assert np.array_equal(one.draws.u[1:], two.draws.u[two.draws.drawn], equal_nan=True)
    alone = prepare_raid(two_sites(FIGHTERS), as_of=FIRST)
    for share, values in zip(one.leaked["all"], one.draws.values(slice(1, None)), strict=True):
        tally = Tally(alone.at(values).compile(values))
        tally.add(Runner(tally.raid, seed=4).run(0, PER_VECTOR))
        assert share == tally.share().value
    assert (two.leaked["all"][:8] <= one.leaked["all"]).all()  # the same luck, and a unit more


def test_workers_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = two_sites(FIGHTERS)
    said = []
    for workers in (1, 5):
        monkeypatch.setattr("os.cpu_count", lambda n=workers: n)
        said.append(json.dumps(report_of(found, draws=4).as_dict()))
    assert said[0] == said[1]


def test_draws_in_memory_are_those_of_the_campaign(tmp_path: Path) -> None:
    found = two_sites(FIGHTERS)
    plan = DrawPlan("indices", 4, PER_VECTOR)
    run = run_raid(found, replicates=8, seed=5, as_of=SECOND, draws=plan, store=tmp_path / "kept")
    kept = run.uncertainty
    assert kept is not None
    prepared = prepare_raid(found, as_of=SECOND)
    told: list[tuple[int, int]] = []
    for workers in (1, 3):
        here = draw_unknowns(prepared, plan, 5, workers, lambda *done: told.append(done))
        assert here.draws.columns == kept.draws.columns
        assert np.array_equal(here.draws.u, kept.draws.u, equal_nan=True)
        assert list(here.leaked) == list(kept.leaked)
        for name in kept.leaked:
            assert np.array_equal(here.leaked[name], kept.leaked[name])
    assert told[-1] == (kept.vectors, kept.vectors)


@pytest.mark.parametrize("kind", [{"decoy": True}, {"friendly": True, "aim": None}])
def test_nothing_to_say_without_threats(kind: dict[str, Any]) -> None:
    group = {k: v for k, v in (FIGHTERS | kind).items() if v is not None}
    if "aim" not in group:
        group = PASSING | {"friendly": True}
    found = two_sites(group)
    steps = [(FIRST, list(found.sites), list(found.sites))]
    assert assess_raids(found, steps, load_scenario_dem(found)) is None


def test_dates_with_silent_radars_only_are_passed_over() -> None:
    found = two_sites(FIGHTERS, arms={"site": {"emission": "silent"}})
    report = report_of(found)
    assert [d.day for d in report.days] == [SECOND]
    assert report.undefended is None  # a unit stood there, though it saw nothing
