"""The raid kernel against closed forms.

Seeds are fixed. Where chance is in play, the bound is five standard errors of the mean, a false
alarm in 1.7 million for each comparison.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from raid_plans import make_plan, raid, run, run_to_end
from skyshade.engagement._scalar_plan import (
    A_BITS,
    ASSIGNED,
    B_BITS,
    CONFIRMED,
    HIT,
    INTERCEPT,
    KILLED,
    LAUNCHED,
    LEAK,
    LEAKED,
    MISSED,
    N_EVENTS,
    N_HIT,
    N_LOST,
    N_MISSED,
    N_WASTED,
    OPEN,
    RELEASED,
    RELOAD,
)
from skyshade.engagement._scalar_random import PHASE

SIGMAS = 5.0


def close(sample: NDArray[np.generic], expected: float) -> None:
    """The mean of independent values is as expected, to `SIGMAS` of its own standard error."""
    values = np.asarray(sample, float)
    error = values.std(ddof=1) / math.sqrt(len(values))
    assert abs(values.mean() - expected) <= SIGMAS * error, (values.mean(), expected, error)


def window(start: int, end: int, flight_s: float, steps: int) -> NDArray[np.float64]:
    """Flight times that allow a launch only at places `start` to `end`."""
    flights = np.full(steps + 1, np.inf)
    flights[start : end + 1] = flight_s
    return flights


# One target


@pytest.mark.parametrize(("salvo", "p"), [(1, 0.7), (2, 0.7), (3, 0.4), (6, 0.1)])
def test_salvo(salvo: int, p: float) -> None:
    """n independent shots kill with probability 1 - (1 - p)^n."""
    plan = make_plan(
        salvo=salvo, shots_max=salvo, load=salvo, launchers=salvo, p_kill=p, engage_again=False
    )
    close(run(plan, 40_000).outcome[:, 0] == KILLED, 1 - (1 - p) ** salvo)


@pytest.mark.parametrize(("rounds", "p"), [(1, 0.5), (3, 0.5), (8, 0.25)])
def test_shoot_look_shoot(rounds: int, p: float) -> None:
    """Up to n shots, stopping at the kill, take (1 - (1 - p)^n) / p rounds on average."""
    done = run(make_plan(load=rounds, p_kill=p, assessment=2.0), 40_000)
    close(done.fired[:, 0], (1 - (1 - p) ** rounds) / p)
    close(done.outcome[:, 0] == KILLED, 1 - (1 - p) ** rounds)


def test_convergence_over_a_million_replicates() -> None:
    """P(leak) = 0.3 comes out at the binomial rate."""
    leaked = run(make_plan(p_kill=0.7, steps=30), 1_000_000).outcome[:, 0] == LEAKED
    for n in (10_000, 100_000, 1_000_000):
        assert abs(leaked[:n].mean() - 0.3) < SIGMAS * math.sqrt(0.3 * 0.7 / n)


def philox_by_hand(counter: list[int], key: list[int]) -> int:
    """First word of Philox4x32-10, in plain integers after Salmon et al. 2011, section 3.3."""
    c, k = list(counter), list(key)
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c[0], 1 << 32)
        high1, low1 = divmod(0xCD9E8D57 * c[2], 1 << 32)
        c = [high1 ^ c[1] ^ k[0], low1, high0 ^ c[3] ^ k[1], low0]
        k = [(k[0] + 0x9E3779B9) % (1 << 32), (k[1] + 0xBB67AE85) % (1 << 32)]
    return c[0]


def test_timeline_by_hand() -> None:
    """One target and two missiles that miss: when everything happens can be worked out.

    Scan period 6 s, in view from 40 s on, 2 of 3, reaction 9 s, flight 30 s less a tenth of the
    time of launch, assessment 4 s; a missile hits once in 10^9, and the magazine holds two.
    """
    seed, number, period = 7, 3, 6.0
    phase = (philox_by_hand([0, 0, PHASE, number], [seed, 0]) + 0.5) / 2**32 * period
    seen = np.arange(301) >= 40
    plan = make_plan(
        in_view=seen,
        confirm=(2, 3),
        period=period,
        reaction=9.0,
        assessment=4.0,
        flight=30.0 - 0.1 * np.arange(301),
        p_kill=1e-9,
        load=2,
        interval=5.0,
    )
    _, log = run_to_end(plan, number, seed)
    confirmed = phase + (math.ceil((40.0 - phase) / period) + 1) * period  # the second look
    launch = confirmed + 9.0
    met = launch + 30.0 - 0.1 * launch
    again = met + 4.0  # one launcher, long since ready
    met_again = again + 30.0 - 0.1 * again
    expected = [
        (confirmed, CONFIRMED),
        (confirmed, ASSIGNED),
        (launch, LAUNCHED),
        (met, MISSED),
        (again, LAUNCHED),
        (met_again, MISSED),
        (met_again + 4.0, RELEASED),
        (300.0, LEAK),
    ]
    assert log[:, 1].astype(int).tolist() == [entry for _, entry in expected]
    # flight times stand in single precision: 30 s to 2e-6 s
    np.testing.assert_allclose(log[:, 0], [time for time, _ in expected], atol=1e-5)


def test_a_certain_hit_ends_it() -> None:
    state, log = run_to_end(make_plan(reaction=9.0, assessment=4.0, load=4))
    assert log[:, 1].astype(int).tolist() == [CONFIRMED, ASSIGNED, LAUNCHED, HIT, RELEASED]
    assert state.outcome[0, 0] == KILLED and state.end[0, 0] == log[3, 0]
    assert state.ready[0, 0, 0] == 3


# Many targets


def test_magazine_exhaustion() -> None:
    """M shots at K targets, each shot until it is dead: kills are min(K, successes in M trials)."""
    targets, rounds, p = 4, 6, 0.6
    plan = make_plan(targets, load=rounds, p_kill=p, assessment=1.0)
    killed = (run(plan, 40_000).outcome == KILLED).sum(axis=1)
    wins = np.arange(rounds + 1)
    pmf = np.bincount(np.minimum(wins, targets), stats.binom.pmf(wins, rounds, p))
    for k in range(targets + 1):
        close(killed == k, pmf[k])
    close(killed, float(pmf @ np.arange(targets + 1)))


@pytest.mark.parametrize(("shots", "channels", "p"), [(10, 4, 0.7), (3, 5, 0.5), (8, 8, 0.9)])
def test_hughes_salvo(shots: int, channels: int, p: float) -> None:
    """Simultaneous arrivals against one defensive salvo: leakers = shots - intercepted.

    With z = min(shots, channels) intercept attempts that each work with probability p, the mean is
    shots - p z, the variance p (1 - p) z. (W. P. Hughes, A salvo model of warships in missile
    combat used to evaluate their staying power, Naval Research Logistics 42, 1995: what leaks is
    what was fired less what the defence takes out, for arrivals all at once.)
    """
    plan = make_plan(
        shots,
        flight=window(50, 50, 20.0, 100),
        steps=100,
        channels=channels,
        launchers=channels,
        load=channels,
        p_kill=p,
        assessment=5.0,
    )
    leakers = (run(plan, 40_000).outcome == LEAKED).sum(axis=1)
    tries = min(shots, channels)
    close(leakers, shots - p * tries)
    close((leakers - (shots - p * tries)) ** 2, p * (1 - p) * tries)


@pytest.mark.parametrize("targets", [1, 2, 5, 6, 7, 20])
@pytest.mark.parametrize(("reaction", "cycles"), [(0.0, 3), (3.0, 2)])
def test_cycles_of_channels(targets: int, reaction: float, cycles: int) -> None:
    """c channels serve min(N, c * cycles) simultaneous targets.

    A launch is possible for 25 s, a cycle takes reaction + 6 s flight + 4 s assessment: launches
    0, 10, 20 s into the window, or 0 and 13 s with 3 s of reaction.
    """
    plan = make_plan(
        targets,
        steps=120,
        flight=window(50, 75, 6.0, 120),
        channels=2,
        launchers=2,
        load=40,
        reaction=reaction,
        assessment=4.0,
    )
    killed = (run(plan, 20).outcome == KILLED).sum(axis=1)
    assert (killed == min(targets, 2 * cycles)).all()


@pytest.mark.parametrize(("channels", "offered"), [(1, 0.5), (2, 2.0), (4, 3.0)])
def test_poisson_stream_at_busy_channels(channels: int, offered: float) -> None:
    """Blocked calls are lost: Erlang's B formula, which holds for service of any length.

    Each target can be shot at in one moment only, and holds its channel for a fixed 1000 s (5 s
    flight, 995 s assessment); who finds all channels busy gets through. That moment is really one
    step of 1 s long, in which a channel may yet come free: at most a share channels / 1000 of the
    blocked, a tenth of the bound. The first 40 targets fill the empty system and are left out.

    A. K. Erlang, Solution of some problems in the theory of probabilities of significance in
    automatic telephone exchanges, 1917.
    """
    n, hold = 160, 1000.0
    plan = make_plan(
        n,
        after=np.arange(n) - 1,
        gap=hold / offered,
        steps=60,
        duration=1e9,
        period=40.0,
        flight=window(50, 50, 5.0, 60),
        channels=channels,
        launchers=channels,
        load=n,
        assessment=hold - 5.0,
    )
    blocked = (run(plan, 1000).outcome[:, 40:] == LEAKED).mean(axis=1)
    terms = offered ** np.arange(channels + 1) / [math.factorial(k) for k in range(channels + 1)]
    close(blocked, float(terms[-1] / terms.sum()))


# A whole raid


def test_every_missile_and_every_target_is_accounted_for() -> None:
    """raid-60x4: what was launched hit, missed, was wasted or lost, or is still flying.

    Every other replicate is broken off after five minutes.
    """
    whole = raid("raid-60x4").plan
    broken_off = whole._replace(rules=whole.rules._replace(duration=300.0))
    undecided = under_way = 0
    for number in range(30):
        plan = broken_off if number % 2 else whole
        state, _ = run_to_end(plan, number)
        count, size = state.count[0], state.count[0, N_EVENTS]
        codes = state.what[0, :size]
        kinds = codes >> (A_BITS + B_BITS)
        flying = int((kinds == INTERCEPT).sum())
        on_the_road = int(((codes[kinds == RELOAD] & ((1 << B_BITS) - 1)) >> 4).sum())
        fired = int(state.fired.sum())
        assert fired == count[[N_HIT, N_MISSED, N_WASTED, N_LOST]].sum() + flying
        assert fired == state.shots.sum()
        left = int(state.ready.sum() + state.stores.sum()) + on_the_road
        assert fired + left == plan.fire.load.sum() + plan.fire.stores.sum()
        assert (state.ready >= 0).all() and (state.stores >= 0).all()
        outcome = state.outcome[0]
        assert (outcome == KILLED).sum() == count[N_HIT]
        assert ((state.by[0] >= 0) == (outcome == KILLED)).all()
        late = state.start[0] + plan.threats.steps * plan.rules.step > plan.rules.duration
        assert (late[outcome == OPEN]).all()  # nobody is left undecided but for want of time
        undecided += int((outcome == OPEN).sum())
        under_way += flying
    assert undecided > 0 and under_way > 0


def test_outcomes_are_shares_of_one() -> None:
    done = run(raid("raid-60x4").plan, 300)
    shares = [(done.outcome == k).mean() for k in range(4)]
    assert math.isclose(sum(shares), 1.0) and shares[KILLED] > 0.5 and shares[LEAKED] > 0.0
    killed = done.outcome == KILLED
    assert (done.by[killed] >= 0).all() and (done.by[~killed] == -1).all()
    assert (done.missile[killed] >= 0).all() and (done.shots[killed] > 0).all()
    assert (done.when > 0).all()
    assert (done.count[:, N_HIT] == killed.sum(axis=1)).all()
    assert (done.fired.sum(axis=1) == done.shots.sum(axis=1)).all()
