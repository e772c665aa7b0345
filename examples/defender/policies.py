"""Play the scenarios beside this file, and shipped raids, with several policies; print the table.

    python examples/defender/policies.py [--replicates N] [--seed S] [--write PAGE]

All policies meet the same chance. `--write` puts the table into a page, between its two marks.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from skyshade.defender import (
    DefenderEnv,
    RandomPolicy,
    always_hold,
    engine_rule,
    nearest_first,
    play,
)
from skyshade.defender.policies import Policy
from skyshade.engagement.results import LEAKED

HERE = Path(__file__).parent
SCENARIOS = ("value-first", "short-flights", "last-rounds")
SHIPPED = ("saturation", "raid-60x4", "india-s400", "ballistic", "raid-8x24", "five-days")
RULE = "the engine's rule"
PLAYED = ("random", "nearest first (greedy)", RULE)  # in the shipped raids
REPLICATES, SEED = 400, 7
START, END = "<!-- policies -->\n", "<!-- end of policies -->\n"


def save_rounds(observation: dict[str, Any], info: dict[str, Any]) -> int:
    """Never fire at less than a quarter of the highest value; of the rest the dearest first."""
    pairs = np.flatnonzero(info["action_mask"][1:])
    track, _ = np.divmod(pairs, len(observation["units"]))
    left, value = observation["tracks"][track, 0], observation["tracks"][track, 1]
    worth = np.flatnonzero(value >= 0.25)
    if len(worth) == 0:
        return 0
    return 1 + int(pairs[worth[np.lexsort((left[worth], -value[worth]))[0]]])


def policies() -> dict[str, Policy]:
    """The policies by the name that the table has."""
    return {
        "never fires": always_hold,
        "random": RandomPolicy(1),
        "nearest first (greedy)": nearest_first,
        RULE: engine_rule,
        "saves rounds": save_rounds,
    }


class Score(NamedTuple):
    """What a policy loses in a scenario.

    Attributes
    ----------
    lost, low, high : mean share of the value that gets through, with Student's 95 % interval.
    more, error : mean difference to the engine's rule on the same chance, replicate by replicate,
        and half of its 95 % interval.
    leakers, rounds : means per replicate.
    """

    scenario: str
    policy: str
    lost: float
    low: float
    high: float
    more: float
    error: float
    leakers: float
    rounds: float


def scores(replicates: int = REPLICATES, seed: int = SEED) -> Iterator[Score]:
    """Every policy in every scenario."""
    for scenario in (*SCENARIOS, *SHIPPED):
        ours = scenario in SCENARIOS
        env = DefenderEnv(HERE / f"{scenario}.yaml" if ours else scenario)
        value = env.raid.plan.threats.weight * env.raid.is_threat
        blocks = {
            name: play(env, policy, replicates, seed)
            for name, policy in policies().items()
            if ours or name in PLAYED
        }
        lost = {name: (b.outcome == LEAKED) @ value / value.sum() for name, b in blocks.items()}
        for name, block in blocks.items():
            mean, half = _mean(lost[name])
            more, error = _mean(lost[name] - lost[RULE])
            yield Score(
                scenario,
                name,
                mean,
                max(mean - half, 0.0),
                min(mean + half, 1.0),
                more,
                error,
                float((block.outcome == LEAKED).sum(axis=1).mean()),
                float(block.fired.sum() / replicates),
            )


def _mean(values: NDArray[np.float64]) -> tuple[float, float]:
    """The mean, and half of its 95 % interval by Student's distribution."""
    n = len(values)
    return float(values.mean()), float(
        student.ppf(0.975, n - 1) * values.std(ddof=1) / math.sqrt(n)
    )


def _signed(share: float) -> str:
    """Points with a sign, and none before zero."""
    points = round(100 * share, 1)
    return f"{points:+.1f}".replace("-", "−") if points else "0.0"


def table(found: list[Score]) -> str:
    """The scores as a table of a page."""
    heads = "value lost (95 % interval) | more than the rule, same chance | leakers | rounds"
    lines = [f"| scenario | policy | {heads} |", "|---|---|---|---|---|---|"]
    for s in found:
        share = f"{100 * s.lost:.1f} % ({100 * s.low:.1f} to {100 * s.high:.1f})"
        more = "–" if s.policy == RULE else f"{_signed(s.more)} ± {100 * s.error:.1f} points"
        lines.append(
            f"| `{s.scenario}` | {s.policy} | {share} | {more} | {s.leakers:.1f} | {s.rounds:.1f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the table, or write it into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--write", type=Path, metavar="PAGE")
    asked = parser.parse_args()
    text = table(list(scores(asked.replicates, asked.seed)))
    print(text, end="")
    if asked.write:
        page = asked.write.read_text("utf-8")
        before, rest = page.split(START)
        asked.write.write_text(before + START + text + END + rest.split(END)[1], "utf-8")


if __name__ == "__main__":
    main()
