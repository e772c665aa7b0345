"""The defender's environment: what is seen, done, rewarded; Gymnasium's own check; bad input."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raid_game import as_raid, desk, play_through, state
from raid_plans import make_plan, raid
from raid_scenarios import FIGHTER, SMALL, compiled
from skyshade import defender
from skyshade.defender import DefenderEnv, RandomPolicy, always_hold, engine_rule, register
from skyshade.defender.post import CommandPost
from skyshade.engagement._scalar_plan import A_BITS, ASK, B_BITS, N_EVENTS
from skyshade.errors import InputError
from skyshade.scenario.load import load_scenario

gymnasium = pytest.importorskip("gymnasium", reason="needs the extra 'rl'")
NEVER = np.inf


def one_target(**changes: Any) -> CommandPost:
    """A target of value 4 on a path of 100 s, seen once a second, 10 s of flight from the unit."""
    given: dict[str, Any] = {
        "steps": 100,
        "weight": 4.0,
        "channels": 2,
        "guidance_channels": 4,
        "load": 8,
        "stores": 2,
        "tubes": 8,
        "reaction": 3.0,
        "p_kill": 0.75,
        "duration": 200.0,
    }
    return CommandPost(as_raid(make_plan(**given | changes)))


def test_what_is_seen_by_hand() -> None:
    post = one_target()
    assert post.begin(1, 0)
    first_scan = post.time_s  # the phase of the radar, within its period of 1 s
    assert 0.0 <= first_scan < 1.0
    seen = post.snapshot()
    f4 = np.float32
    assert seen["time"] == f4(first_scan / 200)
    # time to go, value, 1 m2 between 1e-4 and 1e3, altitude, speed, held, friendly, shots
    expected = [(100 - first_scan) / 200, 1.0, 4 / 7, 1.0, 1.0, 1.0, 0.0, 0.0]
    np.testing.assert_allclose(seen["tracks"], [expected], rtol=1e-6)
    assert seen["flight"] == 1.0 and post.scales.flight == 10.0 and seen["kill"] == f4(0.75)
    assert seen["engaged"] == 0.0
    # up, free channels, guidance left, ready of ready and stored, stored
    np.testing.assert_allclose(seen["units"], [[1, 1, 1, 0.8, 0.2]], rtol=1e-6)
    np.testing.assert_array_equal(seen["sites"], [[1, 1]])
    assert post.mask.tolist() == [1, 1] and post.rule_action == 1


def test_what_is_seen_while_a_missile_flies() -> None:
    post = one_target(n=2, delay=[0.0, 5.0], kind=0)
    assert post.begin(1, 0)
    post.move(1)
    assert post.time_s >= 5.0  # the other target's track
    seen = post.snapshot()
    assert seen["engaged"].tolist() == [[1], [0]]
    np.testing.assert_allclose(seen["units"], [[1, 0.5, 0.75, 0.7, 0.2]], rtol=1e-6)
    assert seen["tracks"][:, 7].tolist() == [0.125, 0.0]  # one shot of eight
    assert post.mask.tolist() == [1, 0, 1], "the first target is engaged already"
    assert post.counts.rounds == 1


def test_tracks_are_numbered_as_they_come() -> None:
    post = one_target(n=3, delay=[20.0, 0.0, 10.0], weight=[1.0, 2.0, 4.0])
    post.begin(1, 0)
    values = []
    while post.move(0):
        values.append(post.snapshot()["tracks"][:, 1].tolist())
    assert [0.5, 0.0, 0.0] in values and [0.5, 1.0, 0.0] in values and [0.5, 1.0, 0.25] in values
    assert all(v[0] in (0.5, 0.0) for v in values), "a track keeps its number"
    assert desk(post).target.tolist() == [1, 2, 0]


def test_nothing_is_seen_of_who_is_not_detected() -> None:
    """Whatever the hidden target is worth, and whenever it comes, no observation differs."""
    seen = []
    for hidden in (
        {"delay": [0.0, 0.0], "weight": [4.0, 4.0]},
        {"delay": [0.0, 33.0], "weight": [4.0, 1.0]},
    ):
        in_view = np.array([True, False])[None, :, None]
        post = one_target(n=2, in_view=in_view, **hidden)
        found: list[Any] = []

        def keep(post: CommandPost, goes_on: bool, found: list[Any] = found) -> None:
            found.append((post.time_s, post.mask.tolist(), post._seen.tolist()))

        play_through(post, always_hold, 1, after=keep)
        assert post.snapshot()["tracks"][1].tolist() == [0] * 8 and len(found) > 10
        seen.append(found[:-1])  # at the end it is known who got through
    assert seen[0] == seen[1]


def test_a_lost_track_is_seen_no_more() -> None:
    """The first target is in view for 20 s; what the radar misses 4 times in a row is lost."""
    in_view = np.ones((1, 2, 101), bool)
    in_view[0, 0, 20:] = False
    post = one_target(n=2, in_view=in_view, delay=[0.0, 10.0])
    post.begin(1, 0)
    held = {}
    while post.move(0):
        seen = post.snapshot()
        held[post.time_s] = seen["tracks"][0, 5]
        if not seen["tracks"][0, 5]:
            assert not seen["tracks"][0].any() and not seen["kill"][0].any()
            assert not seen["flight"][0].any() and not post.mask[1]
    assert all((t < 24.0) == bool(h) for t, h in held.items()) and len(set(held.values())) == 2


def test_friendly_traffic_is_seen_and_never_offered() -> None:
    post = one_target(n=2, no_engage=[True, False])
    post.begin(1, 0)
    friendly = post.snapshot()["tracks"][:, 6].tolist()
    assert sorted(friendly) == [0.0, 1.0]
    assert post.mask[1:].tolist() == [1 - f for f in friendly]
    assert post.snapshot()["kill"][:, 0].tolist() == pytest.approx(
        [0.75 * (1 - f) for f in friendly]
    )


def test_who_holds_is_asked_again_after_five_seconds() -> None:
    post = one_target()
    post.begin(1, 0)
    asked = [post.time_s]
    while post.move(0):
        asked.append(post.time_s)
    np.testing.assert_allclose(np.diff(asked), 5.0)
    # the last time that a launch is still possible after the reaction time of 3 s
    assert 92.0 <= asked[-1] < 97.0
    assert post.counts.leaked == 1 and post.counts.lost_value == 4.0


def test_holds_do_not_pile_up() -> None:
    """Asked for each new track, the player is still asked again only once, within 5 s."""
    post = one_target(n=6, delay=np.arange(6.0))
    post.begin(1, 0)
    before, waiting = post.time_s, []
    while post.move(0):
        assert post.time_s <= before + 5.0
        before = post.time_s
        st = state(post)
        kinds = st.what[: st.count[N_EVENTS]] >> (A_BITS + B_BITS)
        waiting.append(int((kinds == ASK).sum()))
    assert set(waiting) == {0, 1}  # none at the time at which it asks


def test_what_cannot_be_done_holds() -> None:
    post = one_target(n=2, delay=[0.0, 50.0])
    for action in (0, 2):  # no second track yet
        post.begin(1, 0)
        assert post.mask[action] == (action == 0)
        post.move(action)
        assert post.counts.rounds == 0 and post.actions == 1
        assert post.time_s == pytest.approx(5.0, abs=1.0)


def test_one_decision_is_made_engagement_by_engagement() -> None:
    """Three targets come at once for two channels: no time passes until both are taken."""
    post = one_target(n=3, weight=[1.0, 3.0, 2.0])
    post.begin(1, 0)
    start = post.time_s
    assert post.mask.tolist() == [1, 1, 1, 1]
    assert post.rule_action == 2  # the best two of three are 1 and 2, the lower number first
    post.move(2)
    assert post.time_s == start and post.mask.tolist() == [1, 1, 0, 1] and post.rule_action == 3
    post.move(1)  # not what the rule wanted; then there is no channel left
    assert post.time_s > start


def test_a_raid_without_decisions_ends_at_the_first_step() -> None:
    post = one_target(in_view=False)
    assert not post.begin(1, 0) and post.mask.tolist() == [1, 0] and post.rule_action == 0
    assert post.counts.leaked == 1
    assert not post.move(0) and not post.move(1)
    assert post.counts.leaked == 1


def test_autonomous_units_may_both_engage() -> None:
    """Two sites decide apart: engaging with one takes nothing from the other."""
    for central, left in ((True, [1, 0, 0]), (False, [1, 0, 1])):
        post = one_target(sites=2, units=2, site=[0, 1], central=central, period=[1.0, 1.0])
        post.begin(1, 0)
        assert post.mask.tolist() == [1, 1, 1]
        start = post.time_s
        post.move(1)
        if post.time_s == start:
            assert post.mask.tolist() == left
        assert (post.time_s == start) == (not central)


# Gymnasium


def test_checker_of_gymnasium_has_nothing_to_say() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        register()
        env = gymnasium.make(register(), scenario="ballistic", round_cost=0.01)
        from gymnasium.utils.env_checker import check_env

        check_env(env.unwrapped)


def test_same_seed_same_episode() -> None:
    def episode(env: DefenderEnv, seed: int) -> list[Any]:
        seen, told = env.reset(seed=seed)
        policy, found, over = RandomPolicy(5), [], False
        while not over:
            seen, reward, end, cut, told = env.step(policy(seen, told))
            found.append((reward, end, cut, told["time_s"], *(v.tobytes() for v in seen.values())))
            over = end or cut
        return found

    env, other = (DefenderEnv(raid("ballistic")) for _ in range(2))
    first = episode(env, 3)
    assert first == episode(other, 3) == episode(env, 3)
    assert first != episode(env, 4)


def test_replicates_of_a_seed() -> None:
    """One after the other, or by number; the first seed is drawn where none is given."""
    env = DefenderEnv(raid("raid-60x4"))
    times = [env.reset(seed=7 if k == 0 else None)[1]["time_s"] for k in range(4)]
    assert env.replicate == 3 and env.raid_seed == 7 and len(set(times)) > 1
    assert env.reset(seed=7, options={"replicate": 2})[1]["time_s"] == times[2]
    assert env.reset()[1]["replicate"] == 3
    drawn = []
    for _ in range(2):
        env = DefenderEnv(raid("ballistic"))
        env.reset()
        drawn.append(env.raid_seed)
        assert env.replicate == 0
    assert drawn[0] != drawn[1]


def test_observations_are_not_overwritten() -> None:
    env = DefenderEnv(raid("ballistic"))
    seen, told = env.reset(seed=1)
    before, mask = {k: v.copy() for k, v in seen.items()}, told["action_mask"].copy()
    env.step(told["rule_action"])
    for name, values in before.items():
        np.testing.assert_array_equal(seen[name], values)
    np.testing.assert_array_equal(told["action_mask"], mask)
    assert env.observation_space.contains(seen)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_vectors_of_environments_play_the_same(mode: str) -> None:
    """In one process or several, each as it plays alone."""
    vector = gymnasium.make_vec(
        register(), num_envs=3, vectorization_mode=mode, scenario="ballistic"
    )
    _, told = vector.reset(seed=7)
    over, total, killed = np.zeros(3, bool), np.zeros(3), np.zeros(3, int)
    while not over.all():  # an episode that is over is followed by the next
        _, reward, end, cut, told = vector.step(told["rule_action"])
        total += np.where(over, 0.0, reward)
        killed[~over] = told["killed"][~over]
        over |= end | cut
    vector.close()
    env = DefenderEnv(raid("ballistic"))
    for k in range(3):
        seen, alone = env.reset(seed=7 + k)
        expected, end, cut = 0.0, False, False
        while not (end or cut):
            seen, one, end, cut, alone = env.step(engine_rule(seen, alone))
            expected += one
        assert (total[k], killed[k]) == (expected, alone["killed"])


def test_environments_of_one_scenario_share_its_raid(tmp_path: Path) -> None:
    """Until its file changes; worker processes depend on it, since they cannot compile a raid."""
    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    one, two = DefenderEnv(file), DefenderEnv(load_scenario(file))
    assert one.raid is two.raid
    file.write_text(SMALL.replace("count: 6", "count: 5"))
    assert DefenderEnv(file).raid.n_targets == 7 and one.raid.n_targets == 8


def test_the_greedy_policy_takes_the_nearest_and_holds_if_nothing_can_be_engaged() -> None:
    tracks = np.array([[0.5, 1.0], [0.2, 0.1], [0.2, 0.9]], np.float32)
    flight = np.array([[0.1, 0.1], [0.4, 0.3], [0.2, 0.1]], np.float32)
    seen = {"tracks": tracks, "flight": flight, "units": np.zeros((2, 3), np.float32)}
    mask = np.ones(7, np.int8)
    assert defender.nearest_first(seen, {"action_mask": mask}) == 1 + 2 * 2 + 1
    mask[[5, 6]] = 0  # nothing at the third target
    assert defender.nearest_first(seen, {"action_mask": mask}) == 1 + 1 * 2 + 1
    mask[1:] = 0
    assert defender.nearest_first(seen, {"action_mask": mask}) == 0


def test_random_actions_by_mask_are_allowed() -> None:
    env = DefenderEnv(raid("ballistic"))
    _, told = env.reset(seed=1)
    env.action_space.seed(1)
    for _ in range(20):
        action = env.action_space.sample(mask=told["action_mask"])
        assert told["action_mask"][action]
        *_, end, cut, told = env.step(action)
        if end or cut:
            _, told = env.reset()


def test_an_action_that_is_ruled_out_holds_and_says_so() -> None:
    env = DefenderEnv(raid("ballistic"))
    _, told = env.reset(seed=1)
    assert told["ruled_out"] is False
    other = int(np.flatnonzero(told["action_mask"] == 0)[0])
    *_, told = env.step(other)
    assert told["ruled_out"] is True and told["rounds"] == 0
    held = env.reset(seed=1) and env.step(0)[-1]
    assert held.pop("ruled_out") is False and told.pop("ruled_out")
    np.testing.assert_array_equal(held.pop("action_mask"), told.pop("action_mask"))
    assert held == told


def test_play_takes_wrapped_environments() -> None:
    flat = gymnasium.wrappers.FlattenObservation(DefenderEnv(raid("ballistic")))

    def flattened(seen: Any, told: dict[str, Any]) -> int:
        assert seen.shape == flat.observation_space.shape
        return int(engine_rule(seen, told))

    wrapped = defender.play(flat, flattened, 5, 7)
    bare = defender.play(DefenderEnv(raid("ballistic")), engine_rule, 5, 7)
    for a, b in zip(wrapped.arrays, bare.arrays, strict=True):
        np.testing.assert_array_equal(a, b)


# What cannot be used


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scenario": "raid-60x5"}, "Did you mean 'raid-60x4'"),
        ({"scenario": "single-site"}, "has no raid"),
        ({"scenario": 3}, "scenario: not a scenario .got 3; allowed: a name, a path"),
        ({"scenario": "ballistic", "round_cost": -0.5}, "round_cost: not a cost .got -0.5"),
        ({"scenario": "ballistic", "round_cost": NEVER}, "round_cost: not a cost .got inf"),
        ({"scenario": "ballistic", "round_cost": "1"}, "round_cost: not a cost .got '1'"),
    ],
)
def test_bad_environments(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        DefenderEnv(**given)


def test_a_raid_without_threats() -> None:
    decoys = compiled(FIGHTER | {"decoy": True, "count": 2})
    with pytest.raises(InputError, match=r"raid\.groups: this raid has no threats.*'check'"):
        DefenderEnv(decoys)


def test_bad_calls() -> None:
    env = DefenderEnv(raid("ballistic"))
    with pytest.raises(InputError, match=r"no raid yet\. Call reset"):
        env.step(0)
    for seed in (-1, 2**64, 1.5, "7"):
        with pytest.raises(InputError, match=r"seed: not a seed"):
            env.reset(seed=seed)
    with pytest.raises(
        InputError, match=r"options: unknown option .got 'raid'; allowed: replicate"
    ):
        env.reset(options={"raid": 1})
    with pytest.raises(InputError, match=r"replicate: not a replicate .got -1"):
        env.reset(options={"replicate": -1})
    env.reset(seed=1)
    before = env.post.time_s
    for action in (-1, 93, 1.0, "hold", None, np.array([1, 2])):
        with pytest.raises(InputError, match=r"action: not an action .*a whole number, 0 to 92"):
            env.step(action)
    assert env.post.time_s == before
    with pytest.raises(InputError, match=r"number of replicates"):
        defender.play(env, always_hold, 0)


def test_importing_needs_no_gymnasium_and_registers_nothing() -> None:
    code = """
import sys
import skyshade.defender
assert "gymnasium" not in sys.modules and "numba" not in sys.modules
sys.modules["gymnasium"] = None
for use in (skyshade.defender.register, lambda: skyshade.defender.DefenderEnv):
    try:
        use()
    except skyshade.errors.InputError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told = "Gymnasium is not installed. Install it with: pip install 'skyshade[rl]'\n"
    assert done.stdout == 2 * told
    code = """
import gymnasium
import skyshade.defender
import skyshade.defender.env
assert not any("Skyshade" in name for name in gymnasium.registry)
assert skyshade.defender.register() in gymnasium.registry
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match=r"no attribute 'attacker'"):
        _ = defender.attacker
