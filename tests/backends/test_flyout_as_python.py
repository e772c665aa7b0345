"""The fly-out kernels mean the same compiled and as plain Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

# One family of few flights and its table; plain Python takes its time.
RUN = """
import sys
import numpy as np
from skyshade.flyout import _cpu
from skyshade.flyout._scalar_flight import Vehicle
p = Vehicle(1800.0, 8.0, 100.0, 6.0, 30.0, 2450.0, 0.21, 30.0)
elevations = np.deg2rad(np.linspace(5.0, 90.0, 7))
flown = np.zeros((7, 9))
_cpu.fly_family(p, elevations, 0.0, 12, (5e3, 25e3), 340.0, 60e3, flown)
crossings = np.empty((7, 9, 2, 3))
_cpu.cross_altitudes(p, elevations, 1000.0, 12, 3000.0, 26e3, 200e3, crossings)
time_s = np.empty((9, 41), np.float32)
speed = np.empty_like(time_s)
_cpu.fill_rows(crossings, 2500.0, 340.0, time_s, speed)
np.savez(sys.argv[1], flown=flown, crossings=crossings, time_s=time_s, speed=speed)
print(hasattr(_cpu.fly_family, 'py_func'))
"""


def run(path: Path, **environment: str) -> tuple[dict[str, np.ndarray], str]:
    shown = subprocess.run(
        [sys.executable, "-c", RUN, str(path)],
        check=True,
        timeout=120,
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    with np.load(path) as data:
        return dict(data), shown.stdout.strip()


def test_compiled_and_interpreted_flights_agree(tmp_path: Path) -> None:
    """Same cells reached, times and places to a millionth: only roundings may differ."""
    compiled, kind = run(tmp_path / "compiled.npz")
    interpreted, plain_kind = run(tmp_path / "plain.npz", NUMBA_DISABLE_JIT="1")
    assert (plain_kind, kind) == ("False", "True")
    assert 50 < np.isfinite(compiled["time_s"]).sum() < compiled["time_s"].size
    for name, expected in compiled.items():
        np.testing.assert_allclose(
            interpreted[name], expected, rtol=1e-6, atol=1e-6, err_msg=name, equal_nan=True
        )
