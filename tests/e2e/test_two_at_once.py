"""Several processes that change the same file at once lose nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ADD_CLAIM = """
import sys
from skyshade.programme.add import add_claim
for k in range({n}):
    add_claim("mine.yaml", {{
        "subject": "contract", "attribute": "says", "value": "word %d" % k,
        "valid": "2026-01-01", "source": "idn2601", "confidence": "low", "note": sys.argv[1],
    }})
"""
ADD_TERRAIN = """
import sys
from skyshade.terrain.library import add_terrain
for k in range({n}):
    add_terrain("dems/hills.tif", "set-%s-%d" % (sys.argv[1], k))
"""
ROUNDS, PROCESSES = 10, 4


def at_once(code: str) -> list[int]:
    started = [
        subprocess.Popen([sys.executable, "-c", code.format(n=ROUNDS), str(k)])
        for k in range(PROCESSES)
    ]
    return [process.wait(300) for process in started]


def test_no_claim_is_lost(tmp_path: Path) -> None:
    from skyshade.programme import load_ledger

    before = len(load_ledger("india-s400").claims)
    assert at_once(ADD_CLAIM) == [0] * PROCESSES
    assert len(load_ledger(tmp_path / "mine.yaml").claims) == before + ROUNDS * PROCESSES
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_no_terrain_set_is_lost(own_home: Path) -> None:
    from skyshade.terrain.library import terrain_sets

    embedded = len(terrain_sets())
    assert at_once(ADD_TERRAIN) == [0] * PROCESSES
    assert len(terrain_sets()) == embedded + ROUNDS * PROCESSES
    assert [p.name for p in own_home.iterdir()] == ["terrain.json"]
