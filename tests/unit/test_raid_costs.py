"""Losses of the defence and cost exchange, from blocks made by hand, and the prices behind them."""

from __future__ import annotations

import dataclasses
import json
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from raid_plans import raid
from skyshade.catalogue import load_catalogue
from skyshade.engagement import Block, Runner
from skyshade.engagement._scalar_plan import (
    COUNTERS,
    KILLED,
    LAYERS,
    LEAKED,
    NOTHING,
    OPEN,
    POST,
    RADAR,
    UNIT,
)
from skyshade.engagement.costs import CostTally, ratio
from skyshade.engagement.losses import Losses
from skyshade.engagement.prices import round_price, target_price
from skyshade.engagement.results import wilson
from skyshade.scenario.raid import Rules

UAV, CRUISE = "loitering-or-one-way-attack-uav", "subsonic-cruise-missile"


def block(outcome: list[list[int]], time_s: Any = 0.0, shots: Any = 0, fired: Any = 0) -> Block:
    """Results of a few replicates, as far as these tallies read them."""
    what = np.array(outcome, np.uint8)
    times = np.broadcast_to(np.asarray(time_s, np.float32), what.shape)
    rounds = np.broadcast_to(np.asarray(shots, np.uint16), what.shape)
    nobody = np.full(what.shape, -1, np.int16)
    count = np.zeros((len(what), COUNTERS), np.int64)
    return Block(
        0,
        what,
        np.zeros(what.shape, np.uint8),
        times,
        nobody,
        nobody,
        rounds,
        np.zeros(what.shape, np.uint8),
        count,
        np.broadcast_to(np.asarray(fired, np.int32), (len(what), 2)),
        np.zeros((len(what), LAYERS, 2), np.int32),
    )


def test_blocks_made_by_hand_are_laid_out_as_those_of_a_run() -> None:
    case = raid("saturation")
    run = Runner(case, 1, 1).run(0, 2)
    mine = block([[OPEN] * case.n_targets] * 2, fired=[[0] * len(case.missiles)] * 2)
    for field in dataclasses.fields(Block):
        theirs, own = getattr(run, field.name), getattr(mine, field.name)
        if not field.name.startswith("fired"):  # by hand there are always two missiles
            assert np.shape(own) == np.shape(theirs), field.name
        assert np.asarray(own).dtype == np.asarray(theirs).dtype, field.name


def test_first_leaker_counts() -> None:
    """Two leakers of one radar are one loss, at the time of the first."""
    threats = SimpleNamespace(
        breaks=np.array([RADAR, RADAR, POST, UNIT, NOTHING]), breaks_at=np.array([1, 1, 0, 2, 0])
    )
    case: Any = SimpleNamespace(
        plan=SimpleNamespace(threats=threats),
        sites=[SimpleNamespace(id="a"), SimpleNamespace(id="b")],
        units=[SimpleNamespace(id=f"u{k}") for k in range(3)],
    )
    losses = Losses(case)
    assert [(p.name, p.at) for p in losses.parts] == [
        ("command post", "a"),
        ("radar", "b"),
        ("fire unit", "u2"),
    ]
    yes, no = LEAKED, KILLED
    losses.add(
        block(
            [[yes, yes, no, no, yes], [no, yes, yes, no, OPEN]],
            [[30, 20, 9, 9, 9], [1, 50, 60, 1, 1]],
        )
    )
    losses.add(block([[no] * 5, [no] * 5]))
    said = json.loads(json.dumps(losses.as_dict()))
    post, radar, unit = said["parts"]
    assert radar["lost"]["value"] == 0.5 and radar["mean_time_s"] == 35.0 and radar["targets"] == 2
    assert (radar["lost"]["low"], radar["lost"]["high"]) == pytest.approx(wilson(2, 4), abs=1e-6)
    assert post["lost"]["value"] == 0.25 and post["mean_time_s"] == 60.0
    assert unit["lost"]["value"] == 0.0 and unit["mean_time_s"] is None
    assert said["any"]["value"] == 0.5 and said["replicates"] == 4
    # 1, 2, 0, 0 parts: mean 3/4, standard error sqrt(11/12)/2
    mean = said["parts_lost"]
    assert mean["value"] == 0.75
    assert mean["high"] == pytest.approx(0.75 + 1.95996 * (11 / 12) ** 0.5 / 2, abs=1e-4)
    assert mean["low"] == 0.0


def test_nothing_at_risk() -> None:
    """What nobody heads for is not listed, and the interval of nothing is that of no successes."""
    losses = Losses(raid("saturation"))
    losses.add(Runner(raid("saturation"), 1, 1).run(0, 5))
    said = losses.as_dict()
    assert said["parts"] == [] and said["parts_lost"]["high"] == 0.0
    assert said["any"]["high"] == pytest.approx(wilson(0, 5)[1], abs=1e-6)


def test_published_prices() -> None:
    """USD 1.1 bn over 288 missiles is an average, so weak for any one type."""
    price = round_price("48N6E3")
    assert price is not None and price.value_usd == pytest.approx(1.1e9 / 288, rel=0.01)
    assert price.weak and "average of a mixed order" in price.basis
    assert price.sources == ("cogni2026", "nb2026")
    assert round_price("40N6E") == price
    drone = target_price("one-way-attack-uav")
    assert drone is not None
    assert (drone.low_usd, drone.value_usd, drone.high_usd) == (2e4, 3.5e4, 8e4)
    assert not drone.weak
    for name in ("fighter", CRUISE, "short-range-ballistic-missile"):
        assert target_price(name) is None  # no price was found, and none is made up


def test_own_price_comes_first_and_strangers_have_none() -> None:
    catalogue = load_catalogue()
    missile = catalogue.entry("48N6E3")
    cost = dataclasses.replace(target := catalogue.entry("decoy").figure("unit_cost"), value=2e6)
    assert target.value != 2e6
    for entry, expected in (
        (dataclasses.replace(missile, figures={**missile.figures, "unit_cost": cost}), 2e6),
        (dataclasses.replace(missile, part_of="thaad"), None),
    ):
        other = dataclasses.replace(
            catalogue, entries=MappingProxyType({**catalogue.entries, entry.id: entry})
        )
        price = round_price("48N6E3", other)
        assert (price and price.value_usd) == expected


def hand_made(classes: list[str], decoys: list[bool], friends: list[bool]) -> Any:
    names = list(dict.fromkeys(classes))
    return SimpleNamespace(
        scenario=SimpleNamespace(known=load_catalogue()),
        raid=SimpleNamespace(rules=Rules()),
        missiles=("9M96E2", "48N6E3"),
        classes=tuple(names),
        class_of=np.array([names.index(c) for c in classes]),
        groups=[SimpleNamespace(decoy=d) for d in decoys],
        is_friendly=np.array(friends),
    )


def test_exchange_by_hand() -> None:
    """Three rounds at two drones, one shot down: 3.8 USD m times 3 over 35,000 USD."""
    case = hand_made(
        [UAV, UAV, CRUISE, UAV, "decoy"], [False, False, False, True, True], [False] * 5
    )
    tally = CostTally(case)
    assert [k.name for k in tally.kinds] == ["all", UAV, f"{UAV}, decoys", CRUISE, "decoy"]
    shots = [[2, 1, 4, 1, 0]]
    tally.add(block([[KILLED, LEAKED, KILLED, KILLED, LEAKED]], shots=shots, fired=[[5, 3]]))
    tally.add(block([[OPEN] * 5]))
    said = json.loads(json.dumps(tally.as_dict()))
    drone = said["targets"][UAV]
    assert drone["rounds_per_kill"]["value"] == 3.0 and drone["shot_down"] == 0.5
    assert drone["exchange"]["value"] == pytest.approx(3 * 3.8e6 / 3.5e4, rel=1e-4)
    assert drone["exchange"]["low"] == pytest.approx(3 * 3.8e6 / 8e4, rel=1e-4)
    assert drone["exchange"]["high"] == pytest.approx(3 * 3.8e6 / 2e4, rel=1e-4)
    # a drone that only looks like one costs nobody knows what; a decoy's own price is published
    assert said["targets"][f"{UAV}, decoys"]["price"] == "unknown"
    assert said["targets"][CRUISE]["exchange"] == said["targets"][CRUISE]["price"] == "unknown"
    assert said["targets"]["decoy"]["price"]["value_usd"] == 1e4
    assert said["targets"]["decoy"]["rounds_per_kill"] is None  # none was shot down
    assert said["targets"]["all"]["rounds_per_kill"]["value"] == pytest.approx(8 / 3, abs=1e-6)
    value = said["value"]
    assert value["rounds_fired"]["value_usd"] == 8 * 3.8e6 / 2
    assert value["rounds_fired"]["share_priced"] == 1.0
    assert value["shot_down"] == {
        "value_usd": 17500,
        "low_usd": 10000,
        "high_usd": 40000,
        "share_priced": 0.3333,
    }
    assert value["leaked"]["value_usd"] == (35000 + 10000) / 2


def test_nothing_known_is_said() -> None:
    tally = CostTally(hand_made([CRUISE, "fighter"], [False, False], [False, True]))
    tally.prices = (None, None)
    tally.add(block([[KILLED, OPEN]], shots=[[3, 0]], fired=[[3, 0]]))
    said = tally.as_dict()
    assert said["value"]["rounds_fired"] == said["value"]["shot_down"] == "unknown"
    assert said["value"]["leaked"]["value_usd"] == 0  # nothing leaked, which costs nothing
    assert said["targets"]["all"]["targets"] == 1  # a friend is no target
    assert said["targets"]["all"]["rounds_per_kill"]["value"] == 3.0


def test_rounds_are_conserved() -> None:
    """Rounds by target and rounds by missile are the same rounds."""
    case = raid("raid-60x4")
    run, tally = Runner(case, 4, 1).run(0, 50), CostTally(case)
    tally.add(run)
    assert tally.rounds[0] == tally.fired.sum() == run.shots.sum() > 0
    assert tally.rounds[1:].sum() == tally.rounds[0]
    assert tally.shot_down[0] == (run.outcome == KILLED).sum() == tally.shot_down[1:].sum()


def test_interval_of_a_ratio() -> None:
    """True ratio 2, in 300 samples of 60: coverage of a 95 % interval is within 91 to 98 %.

    The bounds are 3 standard errors and the small bias of the estimate (1/60) about 95 %.
    """
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(300):
        below = rng.poisson(5.0, 60).astype(float)
        above = below + rng.poisson(5.0, 60)
        found = ratio(
            above.sum(), below.sum(), (above**2).sum(), (below**2).sum(), (above * below).sum(), 60
        )
        assert found is not None
        hits += found.low <= 2.0 <= found.high
    assert 273 <= hits <= 294
    assert ratio(3.0, 0.0, 9.0, 0.0, 0.0, 1) is None
