"""An assignment in words, as a table, and as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from skyshade.assignment.model import Answer
from skyshade.assignment.read import save_instance
from skyshade.files import write_csv, write_json
from skyshade.report import text
from skyshade.shown import count

HEADINGS = ("target", "rounds", "value", "survives", "kill probability")
SHOWN = 20  # targets on the terminal; the files have all
WHY = {
    "gap": "The search stopped at the gap that was asked for.",
    "time limit": "The search stopped at its time limit; a longer one may find a better plan.",
    "interrupted": "The search was interrupted.",
}


def findings(answer: Answer) -> list[str]:
    """What was found and how sure it is, in sentences."""
    case = answer.instance
    used = int(answer.plan.sum())
    lines = [
        f"{answer.value:.6g} of {case.at_stake:.6g} is expected to survive the best plan "
        f"({text.percent(answer.value / case.at_stake)}), with {used:,} of "
        f"{count(int(case.rounds.sum()), 'round')} fired at "
        f"{count(int(answer.plan.any(axis=0).sum()), 'target')}."
    ]
    if answer.stopped == "proven":
        lines.append("No plan lets less survive: proven.")
    else:
        lines.append(
            f"{WHY[answer.stopped]} No plan lets less than {answer.bound:.6g} survive, so this one "
            f"is at most {100 * answer.gap:.2g} % from the best."
        )
    more = answer.greedy - answer.value
    if more > 1e-6 * answer.value:
        lines.append(
            f"The rule of greatest return, with exchanges, lets {answer.greedy:.6g} survive "
            f"({100 * more / answer.value:.2g} % more)."
        )
    return lines


def plan_rows(answer: Answer) -> list[tuple[str, ...]]:
    """The first rows of the plan, the most valuable targets first."""
    order = np.argsort(-answer.instance.values, kind="stable")
    rows = [_row(answer, int(j)) for j in order[:SHOWN]]
    left = len(order) - len(rows)
    return [*rows, (f"… {left:,} more", "", "", "", "")] if left else rows


def write_assignment(answer: Answer, folder: Path) -> list[str]:
    """Write the answer with its certificate, the plan as a table, and the instance."""
    case = answer.instance
    write_json(folder / "assignment.json", answer.as_dict())
    write_csv(
        folder / "plan.csv",
        [
            {"weapon": case.weapons[i], "target": case.targets[j], "rounds": int(answer.plan[i, j])}
            for i, j in np.argwhere(answer.plan)
        ]
        or [{"weapon": "", "target": "", "rounds": 0}],
    )
    save_instance(case, folder / "instance.npz")
    return ["assignment.json", "plan.csv", "instance.npz"]


def _row(answer: Answer, j: int) -> tuple[str, ...]:
    case = answer.instance
    fired = ", ".join(
        case.weapons[i] + (f" x {n}" if n > 1 else "") for i, n in enumerate(answer.plan[:, j]) if n
    )
    value = float(case.values[j])
    alive = float(case.survives(answer.plan)[j])
    kill = text.percent(1 - alive / value) if value else text.NONE
    return case.targets[j], fired or text.NONE, f"{value:.4g}", f"{alive:.4g}", kill
