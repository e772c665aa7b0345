"""Stores of unfinished work: whatever a power failure leaves of their files, they go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from skyshade.campaign.store import CAMPAIGN, RUN, BlockStore, PieceStore
from skyshade.errors import InputError

IDENTITY = {"scenario": "a", "seed": 1, "version": "0.1.0"}
WHOLE = json.dumps(IDENTITY, indent=2, sort_keys=True)
TORN = [WHOLE[:n] for n in range(0, len(WHOLE), 7)]


@pytest.mark.parametrize("text", [*TORN, "\x00" * 64, "{", "nul"])
def test_a_torn_identity_does_not_block_its_own_campaign(tmp_path: Path, text: str) -> None:
    (tmp_path / CAMPAIGN).write_text(text)
    store = PieceStore(tmp_path, IDENTITY)
    assert (tmp_path / CAMPAIGN).read_text() == WHOLE
    assert store.key == PieceStore(tmp_path, IDENTITY).key
    assert [f.name for f in tmp_path.iterdir()] == [CAMPAIGN]


@pytest.mark.parametrize("text", [*TORN, "\x00" * 64])
def test_a_torn_identity_of_a_run_costs_its_blocks_and_no_more(tmp_path: Path, text: str) -> None:
    (tmp_path / RUN).write_text(text)
    (tmp_path / "from-0000000000.npz").write_bytes(b"of nobody knows which run")
    BlockStore(tmp_path, IDENTITY)
    assert not list(tmp_path.glob("from-*"))


def test_another_campaign_is_refused_and_left_alone(tmp_path: Path) -> None:
    PieceStore(tmp_path, IDENTITY)
    with pytest.raises(InputError, match="results of another scenario"):
        PieceStore(tmp_path, IDENTITY | {"seed": 2})
    assert (tmp_path / CAMPAIGN).read_text() == WHOLE


def test_pieces_cut_short_are_run_again(tmp_path: Path) -> None:
    store = PieceStore(tmp_path, IDENTITY)
    for data in (b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1"):
        store.path("piece").write_bytes(data)
        assert store.read("piece") is None
