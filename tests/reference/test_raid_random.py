"""The raid's random numbers: Philox against its authors' vectors, and against chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from skyshade._jit import worker
from skyshade.engagement._scalar_random import KILL, draw, philox
from skyshade.engagement.launch import make_key

# D. E. Shaw Research, Random123, tests/kat_vectors: counter, key, and what philox4x32-10 makes of
# them (J. K. Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC11, 2011).
KNOWN = [
    (
        "00000000 00000000 00000000 00000000",
        "00000000 00000000",
        "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    ),
    (
        "ffffffff ffffffff ffffffff ffffffff",
        "ffffffff ffffffff",
        "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ),
    (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


@worker
def fill(key: Any, entity: int, index: int, out: Any) -> None:
    """One draw for each replicate."""
    for run in range(out.shape[0]):
        out[run] = draw(key, run, entity, KILL, index)


def words(text: str) -> tuple[np.uint64, ...]:
    return tuple(np.uint64(int(w, 16)) for w in text.split())


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers(counter: str, key: str, expected: str) -> None:
    given = (*words(counter), *words(key))
    assert tuple(map(int, philox(*given))) == tuple(map(int, words(expected)))
    if hasattr(philox, "py_func"):  # and the same source as plain Python
        assert tuple(map(int, philox.py_func(*given))) == tuple(map(int, words(expected)))


N = 100_000


@pytest.fixture(scope="module")
def sample() -> Callable[..., np.ndarray]:
    def make(seed: int = 5, entity: int = 0, index: int = 0) -> np.ndarray:
        out = np.empty(N)
        fill(make_key(seed), entity, index, out)
        return out

    return make


def test_draws_are_uniform(sample: Callable[..., np.ndarray]) -> None:
    """Kolmogorov and Smirnov over replicates; a false alarm for one seed in 10^4."""
    drawn = sample()
    assert drawn.min() > 0.0 and drawn.max() < 1.0
    assert stats.kstest(drawn, "uniform").pvalue > 1e-4
    assert len(np.unique(drawn)) > N - 10  # of 2^32 values, 1.2 pairs are expected to meet


def test_draws_for_different_ends_are_independent(sample: Callable[..., np.ndarray]) -> None:
    """Spearman's rho of two samples within 5 / sqrt(N): a false alarm in about 10^6 each."""
    reference = sample()
    others = {
        "seed": sample(seed=6),
        "high word of the seed": sample(seed=5 + (1 << 32)),
        "entity": sample(entity=1),
        "index": sample(index=1),
        "next replicate": np.roll(reference, 1),
    }
    for name, other in others.items():
        rho = stats.spearmanr(reference, other).statistic
        assert abs(rho) < 5 / np.sqrt(N), name
        assert (reference != other).mean() > 0.999, name
