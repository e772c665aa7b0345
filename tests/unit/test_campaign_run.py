"""`run_raid`, `sweep` and `compare` as a program calls them: stores, sinks, progress, bad input."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import skyshade
from raid_scenarios import SMALL
from skyshade.campaign import DrawPlan, RaidResult, Sweep, parse_axis
from skyshade.campaign.axes import Axis
from skyshade.campaign.blocks import run_blocks
from skyshade.engagement import Block, CompiledRaid, Runner, Tally, compile_raid
from skyshade.engagement.compile import prepare_raid
from skyshade.engagement.launch import block_size
from skyshade.engagement.results import KILLED
from skyshade.errors import InputError
from skyshade.scenario.load import load_scenario
from skyshade.scenario.schema import Scenario
from skyshade.uncertainty.draws import HEIGHT, POSITION

FRIENDS = SMALL.replace("aim: {place: town}", "friendly: true", 1).replace(
    "      bearing: 270 deg\n      distance: 120 km\n",
    "      path: [{lon: 74, lat: 20}, {lon: 76, lat: 20}]\n",
)


@pytest.fixture
def small(tmp_path: Path) -> Scenario:
    return scenario(tmp_path)


def scenario(folder: Path, text: str = SMALL) -> Scenario:
    (folder / "small.yaml").write_text(text)
    return load_scenario(folder / "small.yaml")


def answers(found: RaidResult) -> tuple[Any, ...]:
    """All that came of a run, but for how it was stored."""
    return found.as_dict(), found.tally.sums, found.losses.as_dict()


def stop_after(n: int) -> Any:
    """A sink that stops the run at the n-th block, as Ctrl-C would."""
    seen = []

    def sink(raid: CompiledRaid, block: Block) -> None:
        seen.append(block.first)
        if len(seen) == n:
            raise KeyboardInterrupt

    return sink


def test_a_run_gives_shares_losses_costs_and_a_sentence(small: Scenario) -> None:
    found = skyshade.run_raid(small, replicates=200, seed=7)
    assert (found.replicates, found.seed, found.raid.n_targets) == (200, 7, 8)
    assert found.share() == found.tally.share()
    assert found.share("class subsonic-cruise-missile", KILLED).value > 0
    assert found.losses.replicates == found.costs.replicates == 200
    assert found.headline is not None and found.headline.startswith("Of 6 subsonic cruise")
    assert found.as_dict()["headline"] == found.headline
    assert found.uncertainty is None and found.sequence is None
    assert found.identity["seed"] == 7 and found.identity["backend"] == "cpu"


def test_2000_replicates_are_run_by_default(small: Scenario) -> None:
    assert skyshade.run_raid(small).replicates == 2000


def test_a_run_until_it_is_known_has_the_interval_that_holds(small: Scenario) -> None:
    found = skyshade.run_raid(small, half_width=0.05)
    assert found.sequence is not None
    share = found.share()
    assert share == found.sequence.share != found.tally.share()
    assert share.high - share.low <= 0.1
    assert found.share("group cruise") == found.tally.share("group cruise")
    told = found.as_dict()["outcomes"]["all"]["leaked"]
    assert told["high"] == round(share.high, 6) and "confidence sequence" in told["interval"]


def test_a_compiled_raid_runs_to_the_same_result(small: Scenario) -> None:
    one = skyshade.run_raid(small, replicates=100, seed=2)
    two = skyshade.run_raid(compile_raid(small), replicates=100, seed=2)
    assert answers(one) == answers(two)


def test_a_prepared_raid_runs_and_is_drawn_to_the_same_result(small: Scenario) -> None:
    one = skyshade.run_raid(small, replicates=100, draws=4, seed=2)
    two = skyshade.run_raid(prepare_raid(small), replicates=100, draws=4, seed=2)
    assert answers(one) == answers(two)
    assert one.uncertainty is not None and two.uncertainty is not None
    assert one.uncertainty.as_dict() == two.uncertainty.as_dict()
    for asked in ({"as_of": date(2024, 1, 1)}, {"scheduler": "tcp://x:1", "draws": 4}):
        with pytest.raises(InputError, match=r"^(as_of|scheduler): date and terrain of a prepared"):
            skyshade.run_raid(prepare_raid(small), **asked)


def test_a_run_in_parts_counts_every_replicate_once(small: Scenario) -> None:
    raid = compile_raid(small)
    whole, parts, runner = Tally(raid), Tally(raid), Runner(raid, 7)
    for block in run_blocks(runner, 700):
        whole.add(block)
    for goal in (64, 64, 65, 700):
        for block in run_blocks(runner, goal, first=parts.replicates):
            parts.add(block)
        assert parts.replicates == goal
    assert parts.as_dict() == whole.as_dict()


@pytest.mark.parametrize("length", [{"replicates": 20_000}, {"half_width": 0.01}])
def test_a_stopped_run_goes_on_to_the_same_result(
    small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: dict[str, Any]
) -> None:
    store = tmp_path / "kept"
    with pytest.raises(KeyboardInterrupt):
        skyshade.run_raid(small, **length, store=store, sink=stop_after(3))
    kept = sorted(store.glob("*.npz"))
    assert len(kept) >= 3
    kept[1].write_bytes(b"not a block")
    run: list[int] = []
    start = Runner._start

    def noted(self: Runner, first: int, n: int) -> Any:
        run.append(first)
        return start(self, first, n)

    monkeypatch.setattr(Runner, "_start", noted)
    again = skyshade.run_raid(small, **length, store=store)
    resumed = list(run)
    assert 0 not in resumed and len(resumed) > 0  # the first block was not run again
    assert int(kept[1].stem.removeprefix("from-")) in resumed  # what is not whole was
    assert answers(again) == answers(skyshade.run_raid(small, **length))
    run.clear()
    kept_whole = skyshade.run_raid(small, **length, store=store)
    assert not run  # all of it is kept
    assert answers(kept_whole) == answers(again)


def test_draws_are_kept_too(small: Scenario, tmp_path: Path) -> None:
    plan = DrawPlan("indices", 4, 20)
    asked: dict[str, Any] = {"replicates": 64, "draws": plan, "store": tmp_path / "kept"}
    found = skyshade.run_raid(small, **asked)
    pieces = sorted((tmp_path / "kept" / "draws").rglob("*.parquet"))
    before = [p.stat().st_mtime_ns for p in pieces]
    pieces[0].write_bytes(b"")
    again = skyshade.run_raid(small, **asked)
    after = [p.stat().st_mtime_ns for p in pieces]
    assert after[1:] == before[1:] and after[0] != before[0]
    assert found.uncertainty is not None and again.uncertainty is not None
    assert again.uncertainty.as_dict() == found.uncertainty.as_dict()
    fresh = skyshade.run_raid(small, replicates=64, draws=plan).uncertainty
    assert fresh is not None and fresh.as_dict() == found.uncertainty.as_dict()


def test_a_band_comes_from_its_draws_and_its_ranking_from_one_unknown_at_a_time(
    small: Scenario,
) -> None:
    found = skyshade.run_raid(small, replicates=8, draws=DrawPlan("band", 4, 10)).uncertainty
    assert found is not None
    singles = {row for rows in found.draws.one_at_a_time.values() for row in rows}
    assert found.vectors == 4 + len(singles) and len(singles) > len(found.draws.columns)
    drawn = found.leaked["all"][:4]
    assert found.band()[0] == pytest.approx(np.quantile(drawn, 0.05))
    assert {d.method for d in found.drivers} <= {"rank correlation"}


def test_antennas_and_positions_are_among_what_is_drawn(small: Scenario) -> None:
    """Each moves the result by itself: the vectors in which it alone differs say so."""
    plan = DrawPlan("band", 2, 60)
    somewhere = small.with_({"sites.unit.position_rounding": "0.5 deg"})
    found = skyshade.run_raid(somewhere, replicates=8, draws=plan).uncertainty
    assert found is not None
    keys = {c.key for c in found.draws.columns}
    assert {HEIGHT, POSITION} <= keys
    moved = [found.in_rows("all")[row] for row in found.draws.one_at_a_time[POSITION]]
    assert len(moved) == 4 and len(set(moved)) > 1


@pytest.mark.parametrize("other", [{"seed": 1}, {"as_of": date(2030, 1, 1)}])
def test_a_store_of_another_run_is_refused_and_left_alone(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    event = "{events: [{kind: operational, date: 2022, confidence: low, assumed: true}]}"
    case = scenario(tmp_path, SMALL.replace("    max_range", f"    {event[1:-1]}\n    max_range"))
    store = tmp_path / "kept"
    skyshade.run_raid(case, replicates=64, store=store)
    before = {f.name: f.read_bytes() for f in store.iterdir()}
    with pytest.raises(InputError, match="an unfinished run of another scenario, seed or version"):
        skyshade.run_raid(case, replicates=64, store=store, **other)
    assert {f.name: f.read_bytes() for f in store.iterdir()} == before
    skyshade.run_raid(case, replicates=128, store=store)  # another length of the same run


def test_a_store_knows_compiled_raids_by_all_their_numbers(small: Scenario, tmp_path: Path) -> None:
    raid, store = compile_raid(small), tmp_path / "kept"
    skyshade.run_raid(raid, replicates=64, store=store)
    skyshade.run_raid(compile_raid(small), replicates=64, store=store)
    fire = raid.plan.fire._replace(p_days=raid.plan.fire.p_days * 0.999)
    other = dataclasses.replace(raid, plan=raid.plan._replace(fire=fire))
    for changed in (other, small):
        with pytest.raises(InputError, match="an unfinished run of another"):
            skyshade.run_raid(changed, replicates=64, store=store)


def test_a_sink_gets_every_block_in_order_as_it_comes(small: Scenario) -> None:
    got: list[Block] = []
    raids = set()

    def sink(raid: CompiledRaid, block: Block) -> None:
        raids.add(id(raid))
        got.append(block)

    n = 3 * block_size(compile_raid(small)) // 2
    found = skyshade.run_raid(small, replicates=n, seed=4, sink=sink)
    assert raids == {id(found.raid)}
    assert [b.first for b in got] == [0, block_size(found.raid)]
    outcome = np.concatenate([b.outcome for b in got])
    assert np.array_equal(outcome, Runner(found.raid, 4).run(0, n).outcome)


def test_progress_tells_every_stage_from_nothing_to_all(small: Scenario) -> None:
    told: list[tuple[str, int, int]] = []
    skyshade.run_raid(small, replicates=64, draws=2, progress=lambda *step: told.append(step))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == ["line of sight", "replicates", "draws"]
    for stage in stages[1:]:
        steps = [(done, total) for name, done, total in told if name == stage]
        assert steps[0][0] == 0 and steps[-1][0] == steps[-1][1]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"replicates": 0}, "replicates: number of replicates out of bounds"),
        ({"replicates": 1.5}, "replicates: number of replicates out of bounds"),
        ({"half_width": 0.7}, "half_width: half-width out of bounds"),
        ({"replicates": 9, "half_width": 0.1}, "half_width: .* not both"),
        ({"seed": -1}, "seed: seed out of range"),
        ({"draws": 3}, "draws: a Sobol sequence is balanced only at powers of two"),
        ({"draws": DrawPlan("band", 4, 0)}, r"draws\.replicates: number out of bounds"),
        ({"workers": 0}, "workers: number out of bounds"),
        ({"backend": "gpu"}, "backend: unknown backend"),
        ({"scheduler": "tcp://127.0.0.1:1"}, "scheduler: a scheduler serves sweeps and draws"),
        ({"as_of": "2024-01-01"}, "as_of: a date is wanted"),
    ],
)
def test_complaints_name_parameters(small: Scenario, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=f"^{said}"):
        skyshade.run_raid(small, **asked)


@pytest.mark.parametrize("asked", [{"draws": 4}, {"as_of": date(2024, 1, 1)}])
def test_a_compiled_raid_has_figures_and_date_already(
    small: Scenario, asked: dict[str, Any]
) -> None:
    with pytest.raises(
        InputError, match=f"^{next(iter(asked))}: figures and date of a compiled raid are fixed"
    ):
        skyshade.run_raid(compile_raid(small), **asked)


def test_a_raid_without_threats_has_no_share_to_wait_for(tmp_path: Path) -> None:
    case = scenario(tmp_path, FRIENDS)
    found = skyshade.run_raid(case, replicates=8)
    assert found.headline is None and found.as_dict()["threats"] == 0
    assert found._repr_html_()
    for asked in ({"half_width": 0.1}, {"draws": 4}):
        with pytest.raises(InputError, match=f"^{next(iter(asked))}: a raid without threats"):
            skyshade.run_raid(case, **asked)


def same_sweep(one: Sweep, two: Sweep) -> bool:
    return one.as_dict() == two.as_dict() and one.to_arrow().equals(two.to_arrow())


def test_a_sweep_is_the_same_kept_or_not(small: Scenario, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"replicates": 40, "draws": DrawPlan("band", 4, 10), "seed": 3}
    axes: list[Axis | str] = [parse_axis("n_targets=2,6"), "p_kill=0.5,0.9"]
    files = set(tmp_path.rglob("*"))
    found = skyshade.sweep(small, axes, **asked)
    assert set(tmp_path.rglob("*")) == files and not found.study.rows
    kept = skyshade.sweep(small, axes, **asked, store=tmp_path / "kept")
    assert same_sweep(found, kept)
    rows = sorted((tmp_path / "kept" / "outcomes").glob("*.parquet"))
    assert [pq.read_metadata(f).num_rows for f in rows] == [80, 80, 240, 240]
    assert same_sweep(skyshade.sweep(small, axes, **asked, store=tmp_path / "kept"), kept)
    point = skyshade.run_raid(small, replicates=40, seed=3)
    whole = skyshade.sweep(small, "n_targets=8", replicates=40, seed=3)
    assert whole.leaked[0, 1] == round(point.share().value, 6)


def test_a_field_of_a_site_changes_what_it_sees(small: Scenario) -> None:
    """At each height as if the file had said so; a low antenna sees low flyers later."""
    asked: dict[str, Any] = {"replicates": 100, "seed": 3}
    low = small.with_({"raid.rules.detection": "certain", "raid.groups.cruise.count": 12})
    found = skyshade.sweep(low, "sites.unit.antenna=5:39:3", **asked)
    assert [p["sites.unit.antenna"] for p in found.points] == [5, 22, 39]
    for i, height in enumerate((5.0, 22.0, 39.0)):
        ends = {f"sites.unit.antenna.{end}": height for end in ("value", "low", "high")}
        alone = skyshade.run_raid(low.with_(ends), **asked)
        assert found.leaked[i, 1] == round(alone.share().value, 6)
    assert found.leaked[0, 1] > found.leaked[2, 1]


@pytest.mark.parametrize(("design", "n"), [("lhs", 5), ("sobol", 8)])
def test_a_design_is_the_same_on_any_number_of_workers_and_resumed(
    small: Scenario, tmp_path: Path, design: Any, n: int
) -> None:
    axes = ["groups.cruise.count=2:9", "defence.load.48N6E3=2:10", "p_kill=0.3:0.9"]
    asked: dict[str, Any] = {
        "design": design,
        "points": n,
        "replicates": 30,
        "draws": DrawPlan("band", 4, 10),
        "seed": 3,
    }
    one = skyshade.sweep(small, axes, **asked, workers=1, store=tmp_path / "one")
    two = skyshade.sweep(small, axes, **asked, workers=2, store=tmp_path / "two")

    def files(name: str) -> dict[str, bytes]:
        folder = tmp_path / name
        return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*.parquet")}

    whole = files("one")
    assert whole == files("two") and same_sweep(one, two)
    parts = sorted((tmp_path / "two").rglob("*.parquet"))
    parts[0].unlink()
    parts[-1].write_bytes(b"")
    assert same_sweep(skyshade.sweep(small, axes, **asked, store=tmp_path / "two"), one)
    assert files("two") == whole
    with pytest.raises(InputError, match="results of another scenario, sweep"):
        skyshade.sweep(small, axes, **(asked | {"points": 4}), store=tmp_path / "two")
    assert len(one.points) == n == len(one.results)
    assert one.drivers == two.drivers and one.drivers


def test_a_swept_figure_is_not_drawn_at_its_points(small: Scenario) -> None:
    """A time that the sweep sets is known there; the others are still drawn, each ranked."""
    asked: dict[str, Any] = {"replicates": 20, "draws": DrawPlan("band", 4, 10)}
    found = skyshade.sweep(small, "rules.assessment_delay=2,30", **asked)
    assert found.uncertainties is not None
    for drawn in found.uncertainties:
        keys = [c.key for c in drawn.draws.columns]
        assert "assessment delay" not in keys and "reaction time" in keys
        assert drawn.vectors == 4 + sum(map(len, drawn.draws.one_at_a_time.values()))
    free = skyshade.sweep(small, "groups.cruise.count=6,7", **asked)
    assert free.uncertainties is not None
    assert "assessment delay" in [c.key for c in free.uncertainties[0].draws.columns]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"axes": ["groups.cruse.count=1,2"]}, r"--sweep: .*Did you mean 'raid\.groups\.cruise"),
        ({"design": "lhs"}, "points: this design needs a number of points"),
        ({"points": 8}, "points: a grid has the points of its axes"),
        ({"axes": []}, "axes: a sweep needs a field to vary"),
        ({"draws": DrawPlan("indices", 4)}, r"draws\.design: a sweep has no use for Sobol"),
        ({"replicates": -1}, "replicates: number of replicates out of bounds"),
        ({"workers": 0}, "workers: number out of bounds"),
    ],
)
def test_a_bad_sweep_is_refused(small: Scenario, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=f"^{said}"):
        skyshade.sweep(small, **({"axes": ["n_targets=2,6"]} | asked))


def test_scenarios_are_compared_as_compiled_raids_are(small: Scenario) -> None:
    other = small.model_copy(update={"name": "other"})
    told: list[str] = []
    found = skyshade.compare(
        small, compile_raid(other), replicates=50, progress=lambda stage, *_: told.append(stage)
    )
    assert found.replicates == 50 and found.difference().value == 0.0
    assert set(told) == {"line of sight", "replicates"}
    until = skyshade.compare(small, other, half_width=0.05)
    d = until.difference()
    assert d.low <= d.value <= d.high and d.high - d.low <= 0.1
    with pytest.raises(InputError, match=r"^half_width: .* not both"):
        skyshade.compare(small, other, replicates=5, half_width=0.05)
