"""The scenarios in which the policy matters: their results, and what the page says of them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from skyshade.defender import DefenderEnv, RandomPolicy, engine_rule, play
from skyshade.engagement.results import KILLED, Tally

ROOT = Path(__file__).parents[2]
ROW = re.compile(
    r"^\| `([\w-]+)` \| ([^|]+) \| ([\d.]+) % \(([\d.]+) to ([\d.]+)\) \| ([^|]+) \| ([\d.]+) "
    r"\| ([\d.]+) \|$",
    re.M,
)
REPLICATES = 100
HOLD, RANDOM, GREEDY, RULE, SAVES = (
    "never fires",
    "random",
    "nearest first (greedy)",
    "the engine's rule",
    "saves rounds",
)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    file = ROOT / "examples" / "defender" / "policies.py"
    spec = importlib.util.spec_from_file_location("policies", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scores(script: ModuleType) -> dict[tuple[str, str], Any]:
    return {(s.scenario, s.policy): s for s in script.scores(replicates=REPLICATES, seed=11)}


@pytest.fixture(scope="module")
def found(scores: dict[tuple[str, str], Any]) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Value lost with its interval, on other chance than the page's."""
    return {key: (s.lost, s.low, s.high) for key, s in scores.items()}


Found = dict[tuple[str, str], tuple[float, float, float]]


@pytest.mark.parametrize(
    ("scenario", "better", "worse"),
    [
        ("value-first", RULE, RANDOM),
        ("value-first", RANDOM, GREEDY),
        ("short-flights", GREEDY, RULE),
        ("short-flights", RULE, RANDOM),
        ("last-rounds", SAVES, RULE),
        ("last-rounds", SAVES, RANDOM),
        ("saturation", RULE, RANDOM),
    ],
)
def test_the_order_of_the_policies_is_clear(
    found: Found, scenario: str, better: str, worse: str
) -> None:
    """Intervals that do not even touch."""
    assert found[scenario, better][2] < found[scenario, worse][1]


def test_claims_of_the_page(found: Found) -> None:
    lost = {key: value for key, (value, _, _) in found.items()}
    assert all(lost[s, HOLD] == 1.0 for s in ("value-first", "short-flights", "last-rounds"))
    assert lost["short-flights", RANDOM] > 2 * lost["short-flights", RULE]
    assert abs(lost["last-rounds", RULE] - lost["last-rounds", RANDOM]) < 0.01
    assert lost["last-rounds", SAVES] < 0.25 * lost["last-rounds", RULE]
    assert lost["raid-8x24", RANDOM] < 0.6 * lost["raid-8x24", RULE]


def test_every_shipped_raid_tells_chance_from_the_rule(
    script: ModuleType, scores: dict[tuple[str, str], Any]
) -> None:
    """By twice the half-width of a 95 % interval of the paired difference, either way."""
    for scenario in script.SHIPPED:
        score = scores[scenario, RANDOM]
        assert abs(score.more) > 2 * score.error, scenario
        better = scenario in ("india-s400", "raid-8x24")
        assert (score.more < 0) is better, scenario
    assert scores["ballistic", GREEDY].more > 0.03


def test_where_chance_beats_the_rule_the_foremost_site_is_out_of_rounds() -> None:
    env = DefenderEnv("raid-8x24")
    low = [g.id == "low" for g in env.raid.groups]
    west = [env.raid.sites[u.site].id == "west" for u in env.raid.units]
    fired = {}
    for name, policy in ((RANDOM, RandomPolicy(1)), (RULE, engine_rule)):
        block = play(env, policy, replicates=40, seed=11)
        by_west = np.isin(block.unit, np.flatnonzero(west)) & (block.outcome == KILLED)
        fired[name] = by_west[:, ~np.array(low)].mean(), by_west[:, low].mean()
    assert fired[RULE][0] > 1.5 * fired[RANDOM][0]  # the others that west shot down
    assert fired[RULE][1] < 0.7 * fired[RANDOM][1]  # the low ones, which it alone can


def test_in_india_the_rule_spends_what_one_unit_alone_can_do() -> None:
    """The reason that the page gives: who shoots the aircraft down, and who is out of rounds."""
    env = DefenderEnv("india-s400")
    site_of = np.array([u.site for u in env.raid.units])
    aircraft = [g.id == "aircraft-delhi" for g in env.raid.groups]
    without, taken = {}, {}
    for name, policy in ((RANDOM, RandomPolicy(1)), (RULE, engine_rule)):
        tally, block = Tally(env.raid), play(env, policy, replicates=40, seed=11)
        tally.add(block)
        without[name] = tally.why("all")["no_round"]
        downed = block.unit[:, aircraft][block.outcome[:, aircraft] == KILLED]
        taken[name] = float((site_of[downed] == 0).mean())
    assert env.raid.sites[0].id == "regiment-1"
    assert without[RULE] > 2 * without[RANDOM]
    assert taken[RANDOM] < 0.6 < 0.8 < taken[RULE]


def test_the_page_has_the_numbers_of_the_script(script: ModuleType, found: Found) -> None:
    """Each value lies within the other's interval, widened to that of their difference."""
    page = (ROOT / "docs" / "defender.md").read_text(encoding="utf-8")
    table = page.split(script.START)[1].split(script.END)[0]
    told = {(m[0], m[1]): [float(x) / 100 for x in m[2:5]] for m in ROW.findall(table)}
    assert set(told) == set(found)
    for key, (value, low, high) in told.items():
        now, now_low, now_high = found[key]
        both = ((high - low) ** 2 + (now_high - now_low) ** 2) ** 0.5 / 2
        assert abs(now - value) <= 2.1 * both + 0.001, key  # 4 standard errors, as there are 33


def test_the_table_is_written_between_its_marks(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{script.START}old\n{script.END}after\n")
    monkeypatch.setattr("sys.argv", ["policies.py", "--replicates", "4", "--write", str(page)])
    script.main()
    text = page.read_text()
    assert text.startswith(f"before\n{script.START}| scenario |") and text.endswith(
        f"|\n{script.END}after\n"
    )
    assert "old" not in text and len(ROW.findall(text)) == 33
