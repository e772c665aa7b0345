"""The sentence an error makes of what it knows, and the nearest name."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from skyshade.errors import InputError, SkyshadeError, WorkError, did_you_mean, unknown_name


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "bad"),
        ({"file": "a.yaml"}, "a.yaml: bad"),
        ({"line": 3}, "line 3: bad"),
        ({"field": "x[0].y"}, "x[0].y: bad"),
        ({"file": "a.yaml", "line": 3, "field": "x"}, "a.yaml, line 3, x: bad"),
        ({"value": "3 mm"}, "bad (got '3 mm')"),
        ({"value": 0}, "bad (got 0)"),
        ({"value": False}, "bad (got False)"),
        ({"value": ""}, "bad (got '')"),
        ({"allowed": "m, km"}, "bad (allowed: m, km)"),
        ({"value": 1, "allowed": "m"}, "bad (got 1; allowed: m)"),
        ({"hint": "Try m."}, "bad. Try m."),
        (
            {"file": "a", "line": 1, "field": "b", "value": 2, "allowed": "c", "hint": "D."},
            "a, line 1, b: bad (got 2; allowed: c). D.",
        ),
    ],
)
def test_sentence(given: dict[str, Any], sentence: str) -> None:
    assert str(InputError("bad", **given)) == sentence


def test_a_long_value_is_cut_and_a_broken_one_escaped() -> None:
    assert len(str(InputError("bad", value="x" * 10**6))) < 100
    assert "\n" not in str(InputError("bad", value="a\nb\x1b[31m"))


def test_a_long_field_is_cut_and_a_broken_one_escaped() -> None:
    assert len(str(InputError("bad", field="x" * 10**6))) < 200
    assert "\n" not in str(InputError("bad", field="a\nb\x1b[31m"))


def test_nothing_reaches_the_terminal_raw() -> None:
    raw = "\x1b[31m\n\u202e"
    error = InputError(raw, file=raw, field=raw, value=raw, allowed=raw, hint=raw)
    assert str(error).isprintable()
    assert str(unknown_name("source", "a", [raw])).isprintable()


def test_at_fills_only_what_is_empty() -> None:
    near = InputError("bad", field="near", value=0)
    assert str(near.at(file="f", line=2, field="far", value=1)) == "f, line 2, near: bad (got 0)"
    assert str(near) == "near: bad (got 0)"  # the first stays as it was


def test_kinds_and_exit_codes() -> None:
    assert issubclass(InputError, ValueError)  # so that pydantic reports it
    assert issubclass(InputError, SkyshadeError)
    assert issubclass(WorkError, SkyshadeError)
    assert (InputError("x").exit_code, WorkError("x").exit_code) == (2, 1)


def test_the_sentence_survives_another_process() -> None:
    error = InputError("bad", file="a.yaml", line=3, value=1)
    assert str(pickle.loads(pickle.dumps(error))) == "a.yaml, line 3: bad (got 1)"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("s-40", "s-400"),
        ("S-400", "s-400"),
        ("s400", "s-400"),
        ("patriott", "Patriot"),
        ("zzz", None),
        ("", None),
    ],
)
def test_nearest_name(name: str, nearest: str | None) -> None:
    hint = did_you_mean(name, ["s-400", "Patriot", "akash"])
    assert hint == (f"Did you mean '{nearest}'?" if nearest else None)


def test_an_endless_name_is_near_to_nothing() -> None:
    assert did_you_mean("a" * 10**6, ["a" * 10**6]) is None


def test_nearest_of_none() -> None:
    assert did_you_mean("x", []) is None


def test_unknown_name_lists_at_most_twenty_in_order() -> None:
    message = str(unknown_name("source", "n7x", [f"n{i:02}" for i in range(30, 0, -1)], line=4))
    assert message.startswith("line 4: unknown source 'n7x' (allowed: n01, n02, n03, ")
    assert "n20, …)" in message
    assert "n21" not in message


def test_unknown_name_where_nothing_is_known() -> None:
    assert str(unknown_name("source", "x", [])) == "unknown source 'x'"


def test_a_path_made_of_a_files_own_text_is_cut() -> None:
    """Found by the fuzz suite: a ledger may name what it extends by 3,000 letters."""
    said = str(InputError("cannot be read", file="x" * 3000, field="extends"))
    assert len(said) < 1100 and said.endswith("extends: cannot be read")
