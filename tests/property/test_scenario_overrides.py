"""An override of a scenario is what its file would have been, had it said so."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from skyshade.errors import InputError
from skyshade.scenario import Scenario, load_scenario, scenario_names
from skyshade.scenario.load import check_scenario, scenario_file
from skyshade.yamlfile import Document, Path_, load_yaml

SHIPPED = {name: load_scenario(name) for name in scenario_names()}
DATA = {name: load_yaml(scenario_file(name)).data for name in SHIPPED}


def paths_in(data: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Every path into a scenario file, and what stands there."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        yield (*path, key), value
        if isinstance(value, dict | list):
            yield from paths_in(value, (*path, key))


def spelt(data: Any, path: Path_) -> str:
    """The path as text, members of lists by their ids where they have one."""
    words = []
    for part in path:
        data = data[part]
        words.append(str(data["id"] if isinstance(data, dict) and "id" in data else part))
    return ".".join(words)


def attribute(scenario: Scenario, path: Path_) -> tuple[str, Any]:
    """The path by the names of attributes, and the value there in SI."""
    words, value = [], scenario
    for part in path:
        if isinstance(value, BaseModel):
            fields = type(value).model_fields.items()
            name = next(n for n, f in fields if part in (f.alias, n))
            words.append(name)
            value = getattr(value, name)
        else:
            words.append(str(part))
            value = value[part]
    return ".".join(words), value


def test_the_shipped_scenarios_have_paths_of_every_kind() -> None:
    found = {name: list(paths_in(data)) for name, data in DATA.items()}
    assert all(len(paths) > 15 for paths in found.values())
    kinds = {type(value) for paths in found.values() for _, value in paths}
    assert kinds == {str, int, float, bool, list, dict}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_path_set_to_its_own_value_changes_nothing(name: str) -> None:
    scenario, data = SHIPPED[name], DATA[name]
    for path, value in paths_in(data):
        assert scenario.with_({path: value}) == scenario, path
        assert scenario.with_({spelt(data, path): value}) == scenario, path
        in_code, in_si = attribute(scenario, path)
        assert scenario.with_({in_code: in_si}) == scenario, path
        if len(path) == 1:
            assert scenario.model_copy(update={str(path[0]): in_si}) == scenario, path


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize(
    "nonsense",
    [{"nonsense": [None]}, [{"nonsense": None}], -1e300, pytest.param(object(), id="an object")],
    ids=str,
)
def test_nonsense_anywhere_is_refused_in_one_line(name: str, nonsense: Any) -> None:
    scenario, data = SHIPPED[name], DATA[name]
    for path, _ in paths_in(data):
        text = spelt(data, path)
        with pytest.raises(InputError) as caught:
            scenario.with_({text: nonsense})
        assert text.split(".")[0] in str(caught.value).split(":")[0], path
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 700


VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=12)
    | st.sampled_from(
        ["5 km", "1e999 m", "-5 km", "5 m agl", "2022-02-31", "town", "s-400", "2030"]
    )
    | st.sampled_from([[], {}, [1, 2], {"a": 1}, [[[]]], [None], {"lon": 1}, {"": 1}, [0, 90]])
)


def set_in(data: Any, path: Path_, value: Any) -> Any:
    """The file with another value at a path."""
    data = copy.deepcopy(data)
    holder = data
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    return data


@settings(max_examples=600, database=None, deadline=None, derandomize=True)
@given(st.data())
def test_an_override_is_what_the_file_would_have_been(draw: st.DataObject) -> None:
    """The same scenario, or the same complaint about the same place."""
    name = draw.draw(st.sampled_from(sorted(SHIPPED)))
    path, _ = draw.draw(st.sampled_from(list(paths_in(DATA[name]))))
    value = draw.draw(VALUES)
    written = Document(set_in(DATA[name], path, value), "f.yaml", {})
    outcomes: list[Any] = []
    for make in (
        functools.partial(check_scenario, written),
        functools.partial(SHIPPED[name].with_, {path: value}),
    ):
        try:
            outcomes.append(make())
        except InputError as error:
            details = error.problem, error.field, error.value, error.allowed
            outcomes.append(tuple(str(detail) for detail in details))
    assert outcomes[0] == outcomes[1]
