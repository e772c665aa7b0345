"""A share always lies inside its own interval, and that inside 0 to 1."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skyshade.campaign.stopping import ConfidenceSequence
from skyshade.engagement.results import Share, clustered_share, wilson

COUNTS = st.integers(1, 10**9)
many = settings(max_examples=300, deadline=None, derandomize=True)


def is_in_order(share: Share) -> bool:
    return 0.0 <= share.low <= share.value <= share.high <= 1.0


@many
@given(COUNTS, st.data())
def test_wilsons_interval_holds_its_share(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    assert is_in_order(Share(successes / n, *wilson(successes, n)))


@many
@given(st.floats(1e-3, 1e12))
def test_wilsons_interval_ends_at_0_and_1_where_the_share_does(n: float) -> None:
    low, high = wilson(0, n)
    assert low == 0.0 < high < 1.0
    low, high = wilson(n, n)
    assert 0.0 < low < 1.0 == high


@many
@given(st.integers(1, 4096), st.lists(st.floats(0, 1), min_size=1, max_size=200))
def test_a_clustered_share_lies_in_its_interval(size: int, shares: list[float]) -> None:
    counts = np.rint(np.array(shares) * size)
    share = clustered_share(float(counts.sum()), float((counts**2).sum()), size, len(counts))
    assert is_in_order(share)
    if not counts.any():
        assert share.low == share.value == 0.0
    if (counts == size).all():
        assert share.value == share.high == 1.0


@many
@given(
    st.floats(1e-4, 0.49),
    st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.integers(1, 3000)), min_size=1),
)
def test_a_share_that_is_looked_at_again_and_again_stays_in_its_interval(
    half_width: float, runs: list[tuple[float, int]]
) -> None:
    """Also where values come in long runs, so that the bets weigh them very differently."""
    sequence = ConfidenceSequence(half_width)
    for value, n in runs:
        sequence.add(np.full(n, value))
        assert is_in_order(sequence.share)
