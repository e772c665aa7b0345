"""Systems side by side: each alone at one place, with its own ring, as reach has it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from skyshade.cli import app
from skyshade.errors import InputError
from skyshade.reach.scenario import reach_scenario
from skyshade.reach.systems import compare_systems
from skyshade.report.tables import SYSTEM_HEADINGS, system_rows

SEA = {"terrain": "smooth-earth", "at": (75.0, 20.0), "draws": 0, "n_azimuths": 8}


def test_each_reaches_what_it_reaches_alone() -> None:
    beside = compare_systems(["s-400", "nasams"], altitudes=["3 km msl"], **SEA)  # type: ignore[arg-type]
    assert [site.ring_m for site in beside.sites] == [380e3, 37.5e3]
    for site, found in zip(beside.scenario.sites, beside.sites, strict=True):
        alone = reach_scenario(
            beside.scenario.with_(sites=[site]), draws=0, n_azimuths=8, dem=beside.dem
        )
        assert np.array_equal(alone.sites[0].first_m, found.first_m)
    rows = system_rows(beside)
    assert [row[0] for row in rows] == ["s-400", "nasams"]
    assert all(len(row) == len(SYSTEM_HEADINGS) for row in rows)
    assert rows[0][3] == "380 km"


@pytest.mark.parametrize(
    ("systems", "message"),
    [
        (["s-400", "s-4000"], "unknown system 's-4000'.*Did you mean 's-400'"),
        (["s-400", "S400"], "this system is named twice"),
        (["thaad"], "the system thaad has no fire unit"),
        ([], "allowed: 1 to 8"),
    ],
)
def test_what_cannot_be_compared_is_refused(systems: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare_systems(systems, **SEA)  # type: ignore[arg-type]


def test_the_command_writes_a_table_a_figure_and_a_manifest(tmp_path: Path) -> None:
    asked = ["compare", "nasams", "tor-m2", "--dem", "smooth-earth", "--altitude", "3 km msl"]
    asked += ["--draws", "0", "--azimuths", "8", "--target", "fighter", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.exception
    assert {f.name for f in tmp_path.iterdir()} == {
        "manifest.json",
        "systems.json",
        "systems_fighter.png",
    }
    data = json.loads((tmp_path / "systems.json").read_text())
    assert [s["system"] for s in data["systems"]] == ["nasams", "tor-m2"]
    assert data["systems"][0]["ring_km"] == 37.5
    assert "tor-m2" in result.stdout
