"""A missile from the catalogue: figures kept with their bounds, impossible ones refused."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from skyshade.catalogue import Catalogue, load_catalogue
from skyshade.errors import InputError
from skyshade.flyout import load_missile
from skyshade.flyout.assumptions import assumptions_for

MISSILES = [entry.id for entry in load_catalogue().of_kind("missile")]


@pytest.mark.parametrize("name", MISSILES)
def test_every_missile_of_the_catalogue_loads(name: str) -> None:
    missile = load_missile(name)
    assert missile.id == name
    assert 0 <= missile.range_min_m < missile.range_max_m
    assert 0 <= missile.alt_min_m < missile.alt_max_m <= 80e3
    entry = load_catalogue().entry(name)
    for figure in missile.figures():
        assert figure.low <= figure.value <= figure.high
        assert figure.sources
    assert missile.range_max.sources == entry.figure("range_max").sources
    assert missile.range_max.confidence == entry.figure("range_max").confidence


def test_figures_as_published() -> None:
    """Read off the catalogue's file by hand."""
    missile = load_missile("40n6e")
    assert (missile.range_max.value, missile.range_max.high) == (380e3, 400e3)
    assert (missile.speed_kind, missile.speed_mps) == ("average", 1190.0)
    assert (missile.speed.low, missile.speed.high) == (1000.0, 1500.0)
    assert missile.speed.mark == "??"
    assert missile.target_speed_max_mps == 4800.0
    assert missile.ballistic_range_max_m is None
    other = load_missile("48N6DM")  # an alias
    assert (other.id, other.speed_kind, other.speed_mps) == ("48N6E3", "max", 2000.0)
    assert other.target_speed_max_mps is None
    assert other.ballistic_range_max_m == 60e3
    assert other.diameter.sources != ("assumed",)
    assert load_missile("48N6E2").diameter.sources == ("assumed",)
    assert load_missile("48N6E2").diameter_m == 0.519


def test_overrides_say_that_they_are_given() -> None:
    missile = load_missile("48N6E2", speed_average_mps=1000.0, range_max_m=100e3)
    assert (missile.speed_kind, missile.speed_mps) == ("average", 1000.0)
    assert missile.range_max.confidence == "given"
    assert load_missile("48N6E2", target_speed_max_mps=None).target_speed_max_mps is None


def test_missiles_can_be_compared_and_hashed() -> None:
    assert load_missile("48N6E2") == load_missile("48N6E2")
    assert len({load_missile(name) for name in MISSILES * 2}) == len(MISSILES)


@pytest.mark.parametrize(
    ("name", "overrides", "parts"),
    [
        ("48N6X2", {}, ["unknown catalogue entry", "Did you mean '48N6E2'?"]),
        ("91N6E", {}, ["is a radar, not a missile", "48N6E2"]),
        ("48N6E2", {"range_mx_m": 1.0}, ["range_mx_m", "Did you mean 'range_max_m'?"]),
        ("48N6E2", {"range_min_m": 200e3}, ["envelope is empty", "200 km", "below 200 km"]),
        ("48N6E2", {"range_min_m": 300e3}, ["envelope is empty", "range_min_m"]),
        ("48N6E2", {"alt_min_m": 27e3}, ["envelope is empty", "altitude", "alt_min_m"]),
        ("48N6E2", {"alt_max_m": 81e3}, ["above the atmosphere table", "up to 80 km"]),
        ("48N6E2", {"range_max_m": 0.0}, ["must be above zero", "range_max_m"]),
        ("48N6E2", {"range_min_m": -1.0}, ["must not be negative", "range_min_m"]),
        ("48N6E2", {"launch_mass_kg": -5.0}, ["must be above zero", "launch_mass_kg"]),
        ("48N6E2", {"speed_max_mps": 1.9}, ["no speed of an interceptor", "1.9 m/s"]),
        ("48N6E2", {"speed_max_mps": 1900e3}, ["no speed of an interceptor", "5000 m/s"]),
        ("48N6E2", {"speed_max_mps": math.nan}, ["finite"]),
        ("48N6E2", {"range_max_m": math.inf}, ["finite"]),
        ("48N6E2", {"launch_mass_kg": None}, ["no launch mass", "is published"]),
    ],
)
def test_impossible_missiles_are_refused(
    name: str, overrides: dict[str, Any], parts: list[str]
) -> None:
    with pytest.raises(InputError) as error:
        load_missile(name, **overrides)
    for part in parts:
        assert part in str(error.value)


def without(name: str, *keys: str, like: str | None = None) -> Catalogue:
    """The shipped catalogue without some figures of a missile."""
    known = load_catalogue()
    entry = known.entry(name)
    figures = {k: f for k, f in entry.figures.items() if k not in keys}
    changed = dataclasses.replace(entry, figures=figures, like=like)
    return Catalogue({**known.entries, name: changed}, known.sources, "test")


def test_what_a_missile_lacks_is_that_of_the_one_it_is_like() -> None:
    known = without("9M96E", "speed_average", "altitude_max", "launch_mass", like="48N6E2")
    missile = load_missile("9M96E", known)
    assert (missile.speed_kind, missile.speed_mps, missile.launch_mass_kg) == (
        "max",
        1900.0,
        1835.0,
    )
    assert missile.alt_max_m == 27e3
    assert missile.speed.sources == ("assumed",) and missile.speed.mark == "?"
    assert "that of 48N6E2" in missile.speed.condition
    assert load_missile("48N6E3").burn_time.value == 12.0  # type: ignore[union-attr]
    assert load_missile("48N6E2").diameter.condition == "assumed: that of 48N6E3"


def test_what_no_sister_has_is_estimated_by_the_stated_rules() -> None:
    keys = ("range_min", "altitude_min", "altitude_max", "speed_average", "launch_mass")
    missile = load_missile("9M96E", without("9M96E", *keys))
    assert missile.range_min_m == 0.025 * 40e3
    assert (missile.alt_min_m, missile.alt_max_m) == (30.0, 20e3)
    assert missile.speed_mps == pytest.approx(1000 * 0.8 ** (1 / 3))
    assert missile.speed.low == pytest.approx(0.75 * missile.speed_mps)
    assert missile.speed.high == pytest.approx(1.25 * missile.speed_mps)
    assert missile.launch_mass_kg == pytest.approx(280.0)
    assert missile.diameter_m == pytest.approx(0.038 * 280 ** (1 / 3))
    assert assumptions_for(missile).boost_s.value == pytest.approx(280 ** (1 / 3))
    for figure in missile.figures():
        assert (figure.sources == ("assumed",)) == figure.condition.startswith("assumed")


def test_the_rules_meet_what_is_published_of_large_and_small_missiles() -> None:
    """Within a third, as they say: 48N6E3 (published diameter, burn time of 48N6E2) and 9M96E2."""
    for name in ("48N6E3", "9M96E2"):
        missile = load_missile(name)
        scale = missile.launch_mass_kg ** (1 / 3)
        assert 0.038 * scale == pytest.approx(missile.diameter_m, rel=0.34)
        assert scale == pytest.approx(missile.burn_time.value, rel=0.34)  # type: ignore[union-attr]


def test_a_missile_without_range_is_refused() -> None:
    with pytest.raises(InputError, match="no range max of 9M96E is published; give a value"):
        load_missile("9M96E", without("9M96E", "range_max"))
