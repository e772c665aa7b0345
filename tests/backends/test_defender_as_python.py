"""The defender's moves mean the same compiled and as plain Python, which also minds bounds."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np

from raid_game import diary
from raid_plans import random_plan

HELPERS = Path(__file__).parents[1]


def test_all_that_is_shown(tmp_path: Path) -> None:
    plans = [random_plan(np.random.default_rng(k)) for k in range(100)]
    plans = [plan for plan in plans if not plan.threats.no_engage.all()]
    (tmp_path / "plans").write_bytes(pickle.dumps(plans))
    done = subprocess.run(
        [sys.executable, HELPERS / "raid_game.py", tmp_path / "plans", tmp_path / "out.npz"],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(HELPERS)},
        timeout=300,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    moves = 0
    with np.load(tmp_path / "out.npz") as plain:
        for plan, shown in zip(plans, plain.values(), strict=True):
            np.testing.assert_allclose(shown, diary(plan), rtol=1e-6)
            moves += len(shown)
    assert moves > 5 * len(plans)
