"""What tells two compared designs apart: title, name, file, or nothing but A and B."""

from __future__ import annotations

from pathlib import Path

import pytest

from raid_scenarios import SMALL
from skyshade.campaign import compare
from skyshade.engagement import compile_raid
from skyshade.errors import InputError
from skyshade.report.campaign_charts import comparison_figure
from skyshade.scenario import Scenario, load_scenario
from skyshade.scenario.load import scenario_file


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    file: Path = tmp_path_factory.mktemp("small") / "small.yaml"
    file.write_text(SMALL)
    return load_scenario(file)


TITLE = "A small raid over a smooth Earth"


@pytest.mark.parametrize(
    ("other", "files", "labels", "ids"),
    [
        (
            {"title": "More rounds", "name": "more"},
            ("a.yaml", "b.yaml"),
            (f"A: {TITLE}", "B: More rounds"),
            ("small", "more"),
        ),
        ({"name": "more"}, ("a.yaml", "b.yaml"), ("A: small", "B: more"), ("small", "more")),
        (
            {"title": "More rounds"},
            None,
            (f"A: {TITLE}", "B: More rounds"),
            (TITLE, "More rounds"),
        ),
        ({}, ("a.yaml", "b/a.yaml"), ("A: a.yaml", "B: b/a.yaml"), ("a.yaml", "b/a.yaml")),
        ({}, ("a.yaml", "a.yaml"), ("A", "B"), ("A", "B")),
        ({}, None, ("A", "B"), ("A", "B")),
    ],
)
def test_two_designs_are_told_apart(
    small: Scenario,
    other: dict[str, str],
    files: tuple[str, str] | None,
    labels: tuple[str, str],
    ids: tuple[str, str],
) -> None:
    found = compare(
        compile_raid(small), compile_raid(small.with_(other)), replicates=20, files=files
    )
    assert (found.labels, found.ids) == (labels, ids)
    legend = comparison_figure(found).axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == list(labels)
    shown = found.as_dict()
    assert (shown["a"], shown["b"]) == ids
    assert f"{ids[0]} and {ids[1]}" in repr(found)
    assert ". ".join(labels) in found._repr_html_()


def test_a_complaint_about_one_of_two_scenarios_names_its_file(tmp_path: Path) -> None:
    good, bad = load_scenario("raid-60x4"), tmp_path / "bad.yaml"
    text = scenario_file("raid-60x4").read_text()
    bad.write_text(text.replace("globe30-south-asia", "no-such-terrain"))
    assert text != bad.read_text()
    with pytest.raises(InputError, match=r"bad\.yaml, line \d+, north: unknown terrain"):
        compare(good, load_scenario(bad), replicates=8, files=("raid-60x4", str(bad)))
