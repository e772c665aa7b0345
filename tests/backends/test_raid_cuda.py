"""The raid kernel on CUDA: simulated, compiled for a device, and on a device where there is one."""

from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from numba import cuda, typeof

from raid_plans import make_plan, raid, run, under_rule, variants, with_radar_in_the_air
from skyshade.engagement import _cuda
from skyshade.engagement._cpu import make_rows, make_scratch
from skyshade.engagement._scalar_plan import BY_LAYER, BY_SHOT, KILLED, LEAKED, Rows
from skyshade.engagement.launch import make_key

HELPERS = Path(__file__).parents[1]
SIMULATE = """
import pickle, sys
from pathlib import Path
from numba import cuda
from skyshade.engagement._cpu import make_rows
from skyshade.engagement._cuda import run_device, run_on_device
from skyshade.engagement.launch import make_key
assert type(run_device).__name__ == "FakeCUDAKernel"
found = {}
for name, plan in pickle.loads(Path(sys.argv[1]).read_bytes()).items():
    found[name] = make_rows(plan, 20)
    run_on_device(plan, make_key(1), 5, found[name])
Path(sys.argv[2]).write_bytes(pickle.dumps({name: tuple(out) for name, out in found.items()}))
"""
LARGEST_PARAMETERS = 32_764  # bytes; CUDA C++ Programming Guide, __global__ parameters, from 7.0 on


def test_simulated_device_agrees(tmp_path: Path) -> None:
    """Equal outcomes in CUDA's simulator; times to the rounding of their single precision."""
    plan = make_plan(
        4,
        gap=5.0,
        steps=60,
        sites=2,
        units=2,
        site=[0, 1],
        p_kill=[[0.4], [0.6]],
        load=[[1, 2]],
        flight=[[[np.arange(61) / 4 + 5]]],
        channels=2,
        assessment=3.0,
        reaction=4.0,
        p_detect=0.6,
        confirm=(2, 3),
        noise=0.5,
        jams=[True, False, False, False],
        breaks=[1, 2, 3, 0],
        stores=2,
        reload=15.0,
    )
    alone = plan._replace(
        rules=plan.rules._replace(central=False, cueing=False),
        doctrine=plan.doctrine._replace(salvo=np.full_like(plan.doctrine.salvo, 2)),
    )
    turning = np.arange(plan.sight.gain.shape[1]) // 7 % 3 == np.arange(3)[:, None]
    aloft = with_radar_in_the_air(plan, turning, lap=20.0, watch=30.0, cycle=40.0)
    plans = {"central": plan, "autonomous": alone, "radar in the air": aloft}
    plans |= {f"rule {rule}": under_rule(plan, rule) for rule in (BY_LAYER, BY_SHOT)}
    (tmp_path / "plans").write_bytes(pickle.dumps(plans))
    environment = {
        "NUMBA_DISABLE_JIT": "1",
        "NUMBA_ENABLE_CUDASIM": "1",
        "PYTHONPATH": str(HELPERS),
    }
    done = subprocess.run(
        [sys.executable, "-c", SIMULATE, tmp_path / "plans", tmp_path / "out"],
        timeout=300,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = pickle.loads((tmp_path / "out").read_bytes())
    for name, each in plans.items():
        expected = run(each, 20, first=5)
        assert 0 < (expected.outcome == KILLED).sum() < expected.outcome.size
        simulated = Rows(*found[name])._asdict()
        for field, compiled in expected._asdict().items():
            rtol = 1e-6 if field == "when" else 0.0
            np.testing.assert_allclose(simulated[field], compiled, rtol, err_msg=f"{name}: {field}")


def test_state_left_behind_does_not_matter() -> None:
    """Device memory is not cleared: a replicate sets everything that it reads."""
    from skyshade.engagement._cpu import run_share

    for name, plan in variants(raid("raid-60x4").plan).items():
        scratch, out = make_scratch(plan, 1), make_rows(plan, 3)
        for array in scratch:
            array[...] = 77
        run_share(plan, scratch, make_key(1), 0, out)
        for field, got, clean in zip(Rows._fields, out, run(plan, 3), strict=True):
            np.testing.assert_array_equal(got, clean, err_msg=f"{name}: {field}")


@pytest.mark.slow
def test_compiles_for_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """To PTX for an H100 (sm_90), where NVIDIA's compiler libraries are installed."""
    from numba.cuda import dispatcher

    # nested device functions ask the device at hand, if any, what it can do
    asked = types.SimpleNamespace(compute_capability=(9, 0))
    monkeypatch.setattr(dispatcher, "get_current_device", lambda: asked)
    try:
        cuda.compile_ptx(lambda: None, (), cc=(9, 0))
    except Exception as problem:
        pytest.skip(f"no CUDA compiler here (pip install 'skyshade[gpu]' brings one): {problem}")
    plan = raid("raid-60x4").plan
    values = (plan, make_scratch(plan, 1), make_key(0), 0, make_rows(plan, 1))
    ptx, _ = cuda.compile_ptx(_cuda.run_device.py_func, tuple(map(typeof, values)), cc=(9, 0))
    assert ".target sm_90" in ptx and ptx.count(".entry") == 1
    assert ".extern" not in ptx  # nothing is left to be found by a linker
    head = ptx[ptx.index(".entry") :]
    sizes = {"u8": 1, "b8": 1, "u16": 2, "u32": 4, "f32": 4, "u64": 8, "f64": 8}
    parameters = re.findall(r"\.param (?:\.align \d+ )?\.(\w+)", head[: head.index("{")])
    assert len(parameters) > 500
    assert sum(sizes[kind] for kind in parameters) <= LARGEST_PARAMETERS


@pytest.mark.gpu
@pytest.mark.skipif(not cuda.is_available(), reason="no CUDA device")
def test_on_a_device() -> None:
    """Rates as on the CPU: logarithms may differ in the last place and flip a few replicates."""
    n = 4096
    plan = raid("raid-60x4").plan
    out, expected = make_rows(plan, n), run(plan, n)
    _cuda.run_on_device(plan, make_key(1), 0, out)
    flipped = (out.outcome != expected.outcome).any(axis=1).mean()
    assert flipped < 0.01
    for outcome in (KILLED, LEAKED):
        rates = [(o.outcome == outcome).mean() for o in (out, expected)]
        assert abs(rates[0] - rates[1]) < 1e-3


def test_the_benchmark_of_a_card_runs_whole_in_the_simulator(tmp_path: Path) -> None:
    """So that whoever has a card gets a file, not a traceback."""
    script = HELPERS.parent / "benchmarks" / "gpu.py"
    done = subprocess.run(
        [sys.executable, script, "--tiny", "--budget-s", "1", "--out", tmp_path / "found.json"],
        timeout=300,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "NUMBA_ENABLE_CUDASIM": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads((tmp_path / "found.json").read_text())
    assert "missing" not in found["machine"]["device"]
    tiny = found["raids"]["tiny"]
    assert tiny["fates_that_differ"]["n"] == 0
    for side in ("cpu_one_core", "cpu_all_cores", "cuda"):
        assert tiny[side]["replicates_per_s"] > 0
