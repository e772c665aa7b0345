"""The raid kernel means the same compiled and as plain Python, and its state never contradicts."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from raid_plans import raid, random_plan, run, under_rule, variants
from skyshade.engagement._scalar_plan import BY_LAYER, BY_SHOT, N_HIT, N_LOST, Plan, Rows

HELPERS = Path(__file__).parents[1]
Stepped = tuple[dict[str, Plan], dict[str, Rows]]


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Stepped:
    """Plans, and what plain Python made of them, with every invariant checked at every event."""
    folder = tmp_path_factory.mktemp("raid")
    plans = variants(raid("raid-60x4").plan)
    plans |= {f"random {k}": random_plan(np.random.default_rng(k)) for k in range(100)}
    plans |= {
        f"random {k}, rule {rule}": under_rule(random_plan(np.random.default_rng(k)), rule)
        for k in range(20)
        for rule in (BY_LAYER, BY_SHOT)
    }
    (folder / "plans").write_bytes(pickle.dumps(plans))
    done = subprocess.run(
        [sys.executable, HELPERS / "raid_invariants.py", folder / "plans", folder / "out.npz", "2"],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(HELPERS)},
        timeout=300,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(folder / "out.npz") as data:
        return plans, {
            name: Rows(*(data[f"{name}:{field}"] for field in Rows._fields)) for name in plans
        }


def same(compiled: Rows, plain: Rows, name: str) -> None:
    """Equal whole numbers; times to the rounding of their single precision."""
    for field, values in compiled._asdict().items():
        np.testing.assert_allclose(
            plain._asdict()[field], values, rtol=1e-6 if field == "when" else 0, err_msg=name
        )


def test_state_and_outcomes(stepped: Stepped) -> None:
    plans, found = stepped
    for name, plan in plans.items():
        same(run(plan, 2), found[name], name)


def test_variants_go_other_ways(stepped: Stepped) -> None:
    """Else the checks above would say little."""
    found = {name: out for name, out in stepped[1].items() if not name.startswith("random")}
    fired = {
        name: tuple(out.count[:, N_HIT]) + tuple(out.fired.sum(axis=1))
        for name, out in found.items()
    }
    assert len(set(fired.values())) > len(fired) - 3
    assert (
        found["losses"].count[:, N_LOST].sum() + found["losses, autonomous"].count[:, N_LOST].sum()
        > 0
    )
