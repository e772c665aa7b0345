"""What no source gives about a missile, assumed here in one place, each with reason and mark."""

from __future__ import annotations

from skyshade.flyout.model import Assumed, Assumptions, Stated

_FAMILY_DIAMETER_M = {"48N6": 0.519, "40N6": 0.519, "9M96": 0.24}  # of a sister with a figure
_BOOST_S = {"48N6": 12.0, "40N6": 12.0, "9M96": 8.0}
_BOOST_WHY = {
    "48N6": "48N6E2 reaches its published top speed about 12 s after ignition; taken for the "
    "family",
    "40N6": "as the 48N6 family, whose launch mass it nearly shares; no figure is published",
    "9M96": "no figure is published; gives about the acceleration of the 48N6 family, or more",
}


def _family(missile_id: str) -> str:
    return next((f for f in _BOOST_S if missile_id.upper().startswith(f)), "48N6")


def assumed_diameter(missile_id: str) -> Stated:
    """The diameter of the nearest sister for which one is published (m)."""
    value = _FAMILY_DIAMETER_M[_family(missile_id)]
    return Stated(
        title="diameter",
        value=value,
        low=value,
        high=value,
        unit="m",
        confidence="low",
        sources=("assumed",),
        mark="?",
        condition="assumed: that of a sister missile",
    )


def assumptions_for(missile_id: str) -> Assumptions:
    """The assumptions behind one missile's fly-out."""
    family = _family(missile_id)
    return Assumptions(
        boost_s=Assumed(
            title="burn time",
            value=_BOOST_S[family],
            unit="s",
            confidence="medium" if missile_id == "48N6E2" else "low",
            why=_BOOST_WHY[family],
        ),
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
            value=10_000.0,
            unit="m",
            confidence="low",
            why="an aircraft at cruise; sources give the range without altitude",
        ),
    )
