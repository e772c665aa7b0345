"""What no source gives about a missile, assumed here in one place, each with reason and mark.

A figure that a missile lacks is that of the missile which its entry says it is `like`; where there
is none, it follows from the range or the mass by one of the rules here. The rules describe solid
surface-to-air missiles of one stage, from 10 kg and 5 km to 2 t and 400 km; each may be off by a
third.
"""

from __future__ import annotations

from skyshade.flyout.model import Assumed, Assumptions, Missile, Stated

ASSUMED = "assumed"  # stands for the source of an estimate
SPREAD = 0.25  # of an estimated speed, either way
RANGE_ALT_M = 10_000.0  # of an aircraft at cruise


def assumed(title: str, value: float, unit: str, how: str, spread: float = 0.0) -> Stated:
    """A figure that is estimated, marked as such."""
    return Stated(
        title=title,
        value=value,
        low=value * (1 - spread),
        high=value * (1 + spread),
        unit=unit,
        confidence="low",
        sources=(ASSUMED,),
        mark="?",
        condition=f"assumed: {how}",
    )


def range_min(range_max_m: float) -> Stated:
    """Shortest range (m): 2.5 % of the longest."""
    return assumed("minimum range", 0.025 * range_max_m, "m", "2.5 % of the maximum range")


def alt_min() -> Stated:
    """Lowest altitude of a target (m)."""
    return assumed("minimum target altitude", 30.0, "m", "30 m, between 5 and 60 m of others")


def alt_max(range_max_m: float) -> Stated:
    """Highest altitude of a target (m): half the range, at most 25 km."""
    value = min(0.5 * range_max_m, 25_000.0)
    return assumed("maximum target altitude", value, "m", "half the range, at most 25 km")


def speed_max(range_max_m: float) -> Stated:
    """Highest speed (m/s): 1000 m/s at a range of 50 km, with the cube root of the range."""
    value = 1000.0 * (range_max_m / 50_000.0) ** (1 / 3)
    how = "1000 m/s for 50 km, with the cube root of the range"
    return assumed("maximum speed", min(max(value, 450.0), 2000.0), "m/s", how, SPREAD)


def launch_mass(range_max_m: float) -> Stated:
    """Mass (kg) at launch: 7 kg for each km of range."""
    value = min(max(0.007 * range_max_m, 10.0), 2000.0)
    return assumed("launch mass", value, "kg", "7 kg for each km of range, 10 to 2000 kg")


def diameter(launch_mass_kg: float) -> Stated:
    """Diameter (m): 0.038 m times the cube root of the mass in kg, as bodies of one shape have."""
    how = "0.038 m times the cube root of the launch mass in kg"
    return assumed("diameter", 0.038 * launch_mass_kg ** (1 / 3), "m", how)


def _burn_time(missile: Missile) -> Assumed:
    """The burn time (s): as the catalogue has it, else the cube root of the mass in kg.

    A grain of one shape burns as long as its web is thick, and that grows with the size. The rule
    meets the one figure published for a large missile: 12 s for the 1835 kg of the 48N6E2.
    """
    known = missile.burn_time
    if known is None:
        return Assumed(
            title="burn time",
            value=missile.launch_mass_kg ** (1 / 3),
            unit="s",
            confidence="low",
            why="1 s times the cube root of the launch mass in kg; no figure is published",
        )
    return Assumed(
        title="burn time",
        value=known.value,
        unit="s",
        confidence="medium" if known.confidence in ("high", "medium") else "low",
        why=known.condition or "as published",
    )


def assumptions_for(missile: Missile) -> Assumptions:
    """The assumptions behind one missile's fly-out."""
    return Assumptions(
        boost_s=_burn_time(missile),
        sustain_s=Assumed(
            title="burn time of a sustain phase",
            value=0.0,
            unit="s",
            confidence="low",
            why="one thrust level; no source tells of two",
            is_used=False,
        ),
        sustain_frac=Assumed(
            title="propellant burnt in the sustain phase",
            value=0.0,
            unit="1",
            confidence="low",
            why="one thrust level; no source tells of two",
            is_used=False,
        ),
        specific_impulse_s=Assumed(
            title="specific impulse",
            value=250.0,
            unit="s",
            confidence="low",
            why="usual for solid composite propellant between sea level and vacuum; what it "
            "leaves open goes into the fitted propellant share",
        ),
        launch_speed_mps=Assumed(
            title="speed when the motor lights",
            value=30.0,
            unit="m/s",
            confidence="low",
            why="the missile is thrown out by gas first; only stands for a start off the rail",
        ),
        min_speed_mps=Assumed(
            title="lowest useful speed on arrival",
            value=340.0,
            unit="m/s",
            confidence="low",
            why="the speed of sound at sea level; a slower missile is spent",
        ),
        range_alt_m=Assumed(
            title="target altitude at which the published range holds",
            value=min(RANGE_ALT_M, 0.5 * missile.alt_max_m),
            unit="m",
            confidence="low",
            why="an aircraft at cruise, or half the missile's own highest altitude; sources give "
            "the range without altitude",
        ),
    )
