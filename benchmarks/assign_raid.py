"""How much the one-step rule of raids loses: one unit per target, beside the exact optimum.

At every moment at which the engine decides, the channels that are free are so many rounds. The rule
gives each target at most one unit. The optimum may give it several, and chooses by value and kill
probability alone. The first table adds up, over all moments of some replicates, the value that is
expected to be shot down. Moments with as many targets as
channels, or more, are shown apart: there a second round at one target is a round that another does
not get. The second table plays whole raids: the engine's rule, a policy that makes the best
one-unit-per-target choice, and the doctrine of two rounds at a target.

    python benchmarks/assign_raid.py [--raids saturation,raid-60x4] [--replicates 5] [--played 100]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np

from skyshade.assignment.model import Instance
from skyshade.assignment.solve import solve_assignment
from skyshade.defender.post import CommandPost
from skyshade.engagement.compile import compile_raid
from skyshade.scenario import load_scenario

RAIDS = "saturation,raid-60x4,india-s400,ballistic,raid-8x24"


@dataclass
class Sums:
    """Value at stake, and what survives of it on expectation."""

    moments: int = 0
    listed: float = 0.0
    rule: float = 0.0
    one: float = 0.0
    several: float = 0.0

    def row(self) -> str:
        """What is saved, of what the optimum saves, and that of the value at stake."""
        most = self.listed - self.several
        if not most > 0:
            return f"{self.moments:>9}" + 3 * f"{'-':>9}"
        saved = [(self.listed - v) / most for v in (self.rule, self.one)]
        share = [*saved, most / self.listed]
        return f"{self.moments:>9}" + "".join(f"{100 * s:>8.1f}%" for s in share)


def now(post: CommandPost) -> tuple[np.ndarray, Instance] | None:
    """Tracks that can be engaged, and the moment as an instance; None if it is no choice."""
    n_units = post.seen["units"].shape[0]
    may = post.mask[1:].reshape(-1, n_units) > 0
    tracks = np.flatnonzero(may.any(axis=1))
    values = post.seen["tracks"][tracks, 1].astype(float)
    rounds = np.maximum(post._desk.room, 0)
    if not len(tracks) or not values.any() or not rounds.any():
        return None
    kill = np.where(may[tracks], post.seen["kill"][tracks], 0.0).astype(float).T
    return tracks, Instance.of(values, kill, rounds)


def one_each(case: Instance) -> np.ndarray:
    """(weapons, targets) the best plan with at most one round at a target."""
    best = Instance.of(case.values, case.p_kill, case.rounds, 1)
    return solve_assignment(best, time_limit_s=5.0).plan


def moments(post: CommandPost, replicates: int) -> tuple[Sums, Sums]:
    """What the rule does at each moment beside what would be best; the second: channels lack."""
    every, short = Sums(), Sums()
    n_units = post.seen["units"].shape[0]
    for replicate in range(replicates):
        going = post.begin(7, replicate)
        while going:
            found, at = now(post), post.time_s
            plan = {}
            while going and post.time_s == at:
                action = post.rule_action
                if action:
                    track, unit = divmod(action - 1, n_units)
                    plan[track] = unit
                going = post.move(action)
            if found is None:
                continue
            tracks, case = found
            x = np.zeros(case.p_kill.shape, np.int64)
            for k, track in enumerate(tracks.tolist()):
                if track in plan:
                    x[plan[track], k] = 1
            one = one_each(case)
            several = solve_assignment(case, time_limit_s=5.0)
            for sums in (every, short) if len(tracks) >= case.rounds.sum() else (every,):
                sums.moments += 1
                sums.listed += case.at_stake
                sums.rule += float(case.survives(x).sum())
                sums.one += float(case.survives(one).sum())
                sums.several += several.value
    return every, short


def played(post: CommandPost, replicates: int, best: bool) -> tuple[np.ndarray, float]:
    """Value lost in each raid, and mean rounds, by the rule or by the best single choice."""
    n_units = post.seen["units"].shape[0]
    lost, rounds = np.zeros(replicates), 0
    for replicate in range(replicates):
        going, chosen, at = post.begin(7, replicate), [], -1.0
        while going:
            action = post.rule_action
            if best:
                if post.time_s != at:
                    at, found = post.time_s, now(post)
                    plan = [] if found is None else np.argwhere(one_each(found[1]))
                    chosen = [1 + int(found[0][k]) * n_units + int(u) for u, k in plan]
                action = next((a for a in chosen if post.mask[a]), action)
            going = post.move(action)
        lost[replicate] = post.counts.lost_value
        rounds += post.counts.rounds
    return lost, rounds / replicates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--raids", default=RAIDS)
    parser.add_argument("--replicates", type=int, default=5)
    parser.add_argument("--played", type=int, default=100)
    given = parser.parse_args()
    solve_assignment(Instance.of([1.0], [[0.5]]))  # compiles
    names = given.raids.split(",")
    posts = {name: CommandPost(compile_raid(load_scenario(name))) for name in names}
    head = f"{'moments':>9}{'rule':>9}{'one':>9}{'optimum':>9}"
    print(
        "Expected to be shot down by the rule and by the best choice of one unit per target, of "
        "what the\noptimum shoots down; and that, of the value that could be engaged\n"
        f"{'raid':<14}{head} |{head}"
    )
    for name, post in posts.items():
        start = time.process_time()
        every, short = moments(post, given.replicates)
        took = time.process_time() - start
        print(f"{name:<14}{every.row()} |{short.row()}   ({took:.1f} s CPU)", flush=True)
    print(
        "\nValue lost in whole raids, per cent (95 % interval of the difference), and rounds\n"
        f"{'raid':<14}{'rule':>14}{'best single':>30}{'two rounds':>30}"
    )
    for name, post in posts.items():
        two = load_scenario(name).with_({"raid.rules": {"doctrine": "shoot-shoot", "salvo": 2}})
        total = float(post._desk.value.sum())
        rule, fired = played(post, given.played, False)
        text = f"{100 * rule.mean() / total:>8.1f}{fired:>6.0f}"
        for other, best in ((post, True), (CommandPost(compile_raid(two)), False)):
            lost, fired = played(other, given.played, best)
            more = 100 * (lost - rule) / total
            half = 1.96 * more.std(ddof=1) / np.sqrt(len(more))
            text += (
                f"{100 * lost.mean() / total:>8.1f} ({more.mean() - half:+.1f} to "
                f"{more.mean() + half:+.1f}){fired:>6.0f}"
            )
        print(f"{name:<14}{text}", flush=True)


if __name__ == "__main__":
    main()
