"""What the README shows works as shown."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib
import pytest

import skyshade

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_python_lines_run_as_in_a_notebook() -> None:
    """The five lines run; the last one's value is a share of the ring."""
    matplotlib.use("Agg")
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    *lines, last = block.strip().splitlines()
    exec("\n".join(lines), names)
    seen = names["seen"]
    assert isinstance(seen, skyshade.Coverage)
    assert seen._repr_html_().count("<tr>") == 1 + len(seen.altitudes)
    assert 0.0 < eval(last.split("#")[0], names) < 0.2


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_public_names_are_sorted_and_load() -> None:
    assert skyshade.__all__ == sorted(skyshade.__all__)
    for name in skyshade.__all__:
        assert getattr(skyshade, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'coverag'"):
        _ = skyshade.coverag  # type: ignore[attr-defined]
