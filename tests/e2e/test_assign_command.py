"""`skyshade assign`: the answer first, files that carry the proof, one message per fault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from skyshade.assignment._cpu import first_plan
from skyshade.assignment.model import Instance
from skyshade.assignment.read import read_instance
from skyshade.assignment.solve import solve_assignment
from skyshade.cli import app
from skyshade.errors import Interrupted, SkyshadeError
from skyshade.report.assignment import findings

TABLE = "weapon,rounds,bomber,drone\nvalue,,80,30\nwest,2,0.8,0.7\neast,1,0.6,0.9\n"


def test_a_file_is_solved_and_its_proof_written(tmp_path: Path) -> None:
    """West shoots twice at the bomber (80 x 0.04), east once at the drone (30 x 0.1): 6.2."""
    (tmp_path / "a.csv").write_text(TABLE)
    done = CliRunner().invoke(
        app, ["assign", str(tmp_path / "a.csv"), "--out", str(tmp_path / "o")]
    )
    assert done.exit_code == 0, done.output
    assert done.output.startswith("6.2 of 110 is expected to survive the best plan (6 %)")
    assert "No plan lets less survive: proven." in done.output
    found = json.loads((tmp_path / "o" / "assignment.json").read_text())
    assert (found["stopped"], found["gap_frac"]) == ("proven", 0)
    assert found["survives"] == pytest.approx(6.2)
    assert found["plan"][0]["rounds"] == {"west": 2}
    assert found["certificate"][0]["limits"] == []
    assert len(found["certificate"][0]["prices"]) == 2
    assert (tmp_path / "o" / "plan.csv").read_text().splitlines()[1:] == [
        "west,bomber,2",
        "east,drone,1",
    ]
    assert read_instance(tmp_path / "o" / "instance.npz").weapons == ("west", "east")
    manifest = json.loads((tmp_path / "o" / "manifest.json").read_text())
    assert manifest["command"] == "assign"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "give an instance file or --random"),
        (["--random", "8"], "--random: not a size"),
        (["--random", "8x8", "--gap", "2"], "--gap: out of range"),
        (["--random", "8x8", "--time-limit", "0 s"], "--time-limit: out of range"),
        (["nowhere.json"], "nowhere.json: no such file"),
    ],
)
def test_bad_input(tmp_path: Path, flags: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["assign", *flags, "--out", str(tmp_path / "o")])
    assert isinstance(done.exception, SkyshadeError)
    assert done.exception.exit_code == 2
    assert message in str(done.exception)
    assert not (tmp_path / "o").exists()


def test_an_interrupted_run_writes_its_best_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(case: Instance, gap: float, limit_s: float, report: object) -> object:
        def stop(done: int) -> None:
            raise KeyboardInterrupt

        return solve_assignment(case, gap, limit_s, stop)

    monkeypatch.setattr("skyshade.assignment.solve.solve_assignment", stopped)
    done = CliRunner().invoke(
        app, ["assign", "--random", "8x6", "--seed", "1", "--out", str(tmp_path / "o")]
    )
    assert isinstance(done.exception, Interrupted)
    found = json.loads((tmp_path / "o" / "assignment.json").read_text())
    assert found["stopped"] == "interrupted"
    assert 0 < found["bound"] < found["survives"]
    assert "at most" in done.output


@pytest.mark.parametrize("has_plan", [True, False])
def test_an_interrupt_during_the_first_plan(
    monkeypatch: pytest.MonkeyPatch, has_plan: bool
) -> None:
    """The plan is kept if it was complete when Ctrl-C was heard, and its bound still holds."""

    def interrupted(*given: Any) -> None:
        if has_plan:
            first_plan(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr("skyshade.assignment.solve.first_plan", interrupted)
    case = Instance.of([80, 30], [[0.8, 0.7], [0.6, 0.9]], [2, 1])
    if not has_plan:
        with pytest.raises(KeyboardInterrupt):
            solve_assignment(case)
        return
    answer = solve_assignment(case)
    assert answer.stopped == "interrupted" and answer.plan.any()
    assert 0.0 <= answer.bound <= answer.value


def test_a_plan_short_of_proof_says_how_far_it_may_be_off() -> None:
    case = Instance.of([80, 30], [[0.8, 0.7], [0.6, 0.9]], [2, 1])
    answer = solve_assignment(case, time_limit_s=1e-9)
    assert "stopped at its time limit" in " ".join(findings(answer))
