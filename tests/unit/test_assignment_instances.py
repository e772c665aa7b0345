"""Instances: three forms of file, one message per fault, seeded random ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from skyshade.assignment.model import Instance
from skyshade.assignment.read import random_instance, read_instance, save_instance
from skyshade.errors import InputError

GOOD = {"values": [80, 30], "p_kill": [[0.8, 0.7], [0.6, 0.9]], "rounds": [2, 1]}
TABLE = """weapon,rounds,bomber,drone
value,,80,30
most shots,,3,1
west,2,0.8,0.7
east,1,0.6,0.9
"""


def same(a: Instance, b: Instance) -> bool:
    return (
        np.array_equal(a.values, b.values)
        and np.array_equal(a.p_kill, b.p_kill)
        and np.array_equal(a.rounds, b.rounds)
        and (a.weapons, a.targets) == (b.weapons, b.targets)
    )


def test_the_three_forms_hold_the_same(tmp_path: Path) -> None:
    csv, js, npz = (tmp_path / f"a{suffix}" for suffix in (".csv", ".json", ".npz"))
    csv.write_text(TABLE)
    named = {"weapons": ["west", "east"], "targets": ["bomber", "drone"], "most_shots": [3, 1]}
    js.write_text(json.dumps({**GOOD, **named}))
    first = read_instance(csv)
    save_instance(first, npz)
    for file in (js, npz):
        found = read_instance(file)
        assert same(found, first)
        assert found.most_shots is not None
        assert found.most_shots.tolist() == [3, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"p_kill": [[0.8, 0.7], [0.6]]}, "p_kill: row 2 has 1 values, the first row 2"),
        ({"p_kill": [[0.8, 1.7], [0.6, 0.9]]}, r"p_kill\[0\]\[1\]: out of range .got 1.7"),
        ({"p_kill": [[0.8, "x"], [0.6, 0.9]]}, "p_kill: not all of it are numbers"),
        ({"p_kill": [[0.8, float("nan")], [0.6, 0.9]]}, "must be finite .got 'NaN'"),
        ({"p_kill": [[0.8], [0.6]]}, "p_kill: 2 x 1 probabilities for 2 targets"),
        ({"values": [80, -30]}, r"values\[1\]: out of range .got -30.0; allowed: 0 or more"),
        ({"values": [0, 0]}, "values: no target has a value above 0"),
        ({"rounds": [0, 0]}, "rounds: no weapon has a round"),
        ({"rounds": [1.5, 1]}, r"rounds\[0\]: out of range .got 1.5"),
        ({"rounds": [1]}, "rounds: 1 numbers for 2 weapons"),
        ({"most_shots": -1}, r"most_shots\[0\]: out of range"),
        ({"targets": ["a", "a"]}, "targets: missing, empty or repeated names"),
        ({"value": [1]}, "unknown key 'value'.*Did you mean 'values'"),
    ],
)
def test_one_message_per_fault(tmp_path: Path, change: dict[str, object], message: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps({**GOOD, **change}))
    with pytest.raises(InputError, match=message) as fault:
        read_instance(file)
    assert str(file) in str(fault.value)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("0.6,0.9", "0.6", "line 5: 3 values where the heading has 4"),
        ("0.7", "1.7", "line 4, drone: not a probability .got 1.7"),
        ("0.7", "nan", "line 4, drone: not a number .got 'nan'"),
        ("value,,80,30\n", "", "no row with the values"),
        ("weapon,", "gun,", "line 1: the heading is not that of an instance"),
    ],
)
def test_faults_of_a_table(tmp_path: Path, before: str, after: str, message: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(TABLE.replace(before, after))
    with pytest.raises(InputError, match=message):
        read_instance(file)


def test_faults_of_arrays(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    np.savez(file, values=np.array([1.0]), p_kill=np.array([[np.nan]]))
    with pytest.raises(InputError, match=r"p_kill\[0\]\[0\]: out of range"):
        read_instance(file)
    file.write_bytes(b"PK no")
    with pytest.raises(InputError, match="not an npz file"):
        read_instance(file)
    with pytest.raises(InputError, match="unknown kind of file"):
        read_instance(tmp_path / "a.txt")


def test_random_instances_are_those_of_the_literature() -> None:
    case = random_instance("40x30", seed=5)
    assert case.p_kill.shape == (40, 30)
    assert 25 <= case.values.min() < 35 < 90 < case.values.max() <= 100
    assert 0.6 <= case.p_kill.min() < 0.61 < 0.89 < case.p_kill.max() <= 0.9
    assert same(case, random_instance("40x30", seed=5))
    assert not same(case, random_instance("40x30", seed=6))


@pytest.mark.parametrize("size", ["80", "0x3", "80x99999", "axb"])
def test_an_odd_size_is_refused(size: str) -> None:
    with pytest.raises(InputError, match="not a size"):
        random_instance(size)


def test_a_table_has_a_limit_of_rows(tmp_path: Path) -> None:
    """Each row of a narrow table takes thirty times its bytes in memory."""
    file = tmp_path / "many.csv"
    file.write_text("weapon,rounds,a\n" + "w,1,0.5\n" * 20_002)
    with pytest.raises(InputError, match="line 20003: too many weapons for a table"):
        read_instance(file)
