"""Kill probability of a missile against a class of targets: published, given, or assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from skyshade.catalogue import load_catalogue
from skyshade.uncertainty.figures import Figures
from skyshade.uncertainty.unknown import Unknown

# Which of a missile's figures speak about a class, the most particular first.
_AIRCRAFT = ("kill_probability_aircraft", "kill_probability_aerodynamic")
_UAV = ("kill_probability_uav", "kill_probability_aerodynamic")
_CRUISE = ("kill_probability_cruise", "kill_probability_missile", "kill_probability_aerodynamic")
_FAST = ("kill_probability_supersonic", "kill_probability_missile", "kill_probability_aerodynamic")
_BALLISTIC = ("kill_probability_ballistic", "kill_probability_missile")
_GLIDER = ("kill_probability_hypersonic", "kill_probability_missile")
FIGURES: Mapping[str, tuple[str, ...]] = {
    "fighter": _AIRCRAFT,
    "large-fighter": _AIRCRAFT,
    "bomber": _AIRCRAFT,
    "large-support-aircraft": _AIRCRAFT,
    "loitering-or-one-way-attack-uav": _UAV,
    "male-uav": _UAV,
    "subsonic-cruise-missile": _CRUISE,
    "supersonic-cruise-missile": _FAST,
    "short-range-ballistic-missile": _BALLISTIC,
    "medium-range-ballistic-missile": _BALLISTIC,
    "hypersonic-glide-vehicle": _GLIDER,
}
WHY = (
    "No figure for this missile against this class was found. A free parameter: the middle of the "
    "makers' claims for its relatives (0.7 to 0.9), down to a coin's toss, since rates seen in "
    "combat are far below brochure values."
)
LEAST = 0.5
ASSUMED = (0.7, LEAST, 0.9)  # value, low, high
CLAIM = (
    "A maker's claim says little about how bad a day may be; the lower end, a coin's toss, is an "
    "assumption of this model."
)


def kill_probability(
    missile: str, target: str, given: Mapping[str, float | Mapping[str, float]], figures: Figures
) -> float:
    """The single-shot kill probability: given, published or assumed.

    A missile that is better or worse than believed is so against all classes: its probabilities
    are drawn together.

    Parameters
    ----------
    missile, target : ids of the catalogue.
    given : what the scenario says, by missile or "all": one number, or one per class. The most
        particular statement holds.
    """
    catalogue = load_catalogue()
    key, group = f"kill probability {missile} against {target}", f"kill probability of {missile}"
    by_id = {
        catalogue.entry(name).id if name != "all" else name: value for name, value in given.items()
    }
    for name in (missile, "all"):
        said = by_id.get(name)
        if isinstance(said, Mapping):
            said = {catalogue.entry(t).id: p for t, p in said.items()}.get(target)
        if said is not None:
            return figures(Unknown(key, key, "1", said, said, said, origin="scenario", why="given"))
    published = catalogue.entry(missile).figures
    for field in (*FIGURES.get(target, ()), "kill_probability"):
        figure = published.get(field)
        if figure is not None and not figure.is_unknown:
            claim = Unknown.of(figure, key, missile, group=group)
            low, why = min(LEAST, claim.low), f"{claim.why} {CLAIM}".strip()
            return figures(replace(claim, low=low, why=why))
    return figures(
        Unknown(key, key, "1", *ASSUMED, origin="assumption", weak=True, why=WHY, group=group)
    )
