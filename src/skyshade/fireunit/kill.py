"""Kill probability of a missile against a class of targets: given, or bounded by evidence.

Two kinds of evidence are published, and they contradict each other. Makers claim 0.7 to 0.9 for one
missile. In combat a whole country's defence shot down far smaller shares of the supersonic and
ballistic missiles launched at it (`data/combat_records.yaml`, which `skyshade records` derives from
a public file; the numbers come from there at run time).

**What the records say about one missile.** A share s of targets shot down is no single-shot
probability p. Two errors pull in opposite directions:

- more than one missile is fired at many targets, so p is below s;
- some targets are never shot at, so p against those that are is above s.

How many missiles were fired is not recorded. The bounds follow from stated cases:

low
    Every target was covered and two missiles were fired at each: s = 1 - (1 - p)^2, hence
    p = 1 - sqrt(1 - s), with s of the worst half-year that has 20 launches or more. s is taken as
    (k + 1/2) / (n + 1), so that a half-year without a kill is no proof of p = 0.
value
    The share over all periods, as if the two errors cancelled, and at most the maker's claim.
high
    The maker's claim at its upper end; 0.9, the highest of the makers' claims for related missiles,
    where there is none.

**Classes without records.** `data/combat_rates.yaml` names a stand-in, and the figure is marked as
assumed. For aircraft the lower end is a rate for each missile fired in combat. The value is half
way from there to the makers' claim, since nothing published favours a point between them.

All these figures are weak: one party's counts, other systems, other missiles.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from skyshade.catalogue import load_catalogue
from skyshade.catalogue.model import Catalogue, Category
from skyshade.fireunit.records import ClassRecord, shipped_rates, shipped_records
from skyshade.shown import percent
from skyshade.uncertainty.figures import Figures
from skyshade.uncertainty.unknown import Unknown

Evidence = Literal["combat-records", "makers-claims"]

# Which of a missile's figures speak about a category of targets, the most particular first.
CLAIMS: Mapping[Category, tuple[str, ...]] = {
    "aircraft": ("kill_probability_aircraft", "kill_probability_aerodynamic"),
    "uav": ("kill_probability_uav", "kill_probability_aerodynamic"),
    "cruise": (
        "kill_probability_cruise",
        "kill_probability_missile",
        "kill_probability_aerodynamic",
    ),
    "supersonic": (
        "kill_probability_supersonic",
        "kill_probability_missile",
        "kill_probability_aerodynamic",
    ),
    "ballistic": ("kill_probability_ballistic", "kill_probability_missile"),
    "hypersonic": ("kill_probability_hypersonic", "kill_probability_missile"),
}
ASSUMED_CLAIM = (0.7, 0.5, 0.9)  # value, low, high of what makers claim for related missiles
COIN_TOSS = 0.5  # lower end of `makers-claims`, an assumption
NO_CLAIM = "No figure for this missile against this class was found."
NO_CLAIM_HIGH = (
    f"{NO_CLAIM} The upper end is the highest of the makers' claims for related missiles."
)
CLAIMS_ALONE = (
    "Makers' claims alone, because the raid's rules say so: shares shot down in combat are left "
    "out. The lower end, a coin's toss, is an assumption of this model."
)


def kill_probability(
    missile: str,
    target: str,
    given: Mapping[str, float | Mapping[str, float]],
    figures: Figures,
    evidence: Evidence = "combat-records",
    catalogue: Catalogue | None = None,
) -> float:
    """The single-shot kill probability: given, or bounded by the evidence.

    A missile that is better or worse than believed is so against all classes: its probabilities
    are drawn together.

    Parameters
    ----------
    missile, target : ids of the catalogue.
    given : what the scenario says, by missile or "all": one number, or one per class. The most
        particular statement holds.
    evidence : what bounds it otherwise: combat, at most the maker's claim (see the module), or the
        makers' claims alone.
    catalogue : of missile and target; by default the one in use.
    """
    catalogue = catalogue or load_catalogue()
    key = f"kill probability {missile} against {target}"
    by_id = {
        catalogue.entry(name).id if name != "all" else name: value for name, value in given.items()
    }
    for name in (missile, "all"):
        said = by_id.get(name)
        if isinstance(said, Mapping):
            said = {catalogue.entry(t).id: p for t, p in said.items()}.get(target)
        if said is not None:
            return figures(Unknown(key, key, "1", said, said, said, origin="scenario", why="given"))
    claim = _claim(missile, target, key, catalogue)
    if evidence == "makers-claims":
        low = min(COIN_TOSS, claim.low)
        return figures(replace(claim, low=low, why=f"{claim.why} {CLAIMS_ALONE}"))
    return figures(_bounded(claim, _combat(target, claim, catalogue)))


def shot_correlation(target: str, catalogue: Catalogue | None = None) -> Unknown:
    """The correlation between the shots of one raid at targets of one class, 0 to 1.

    Countermeasures, weather and crews are the same for all shots of a raid, so its kills come
    together. The records give an upper bound: the intra-class correlation of the beta-binomial,
    which counts as common to a window everything that differs from one to another, also place,
    period and wave size. The default is half of the bound, for want of anything that separates
    them.

    Examples
    --------
    >>> shot_correlation("fighter").low
    0.0
    """
    records = shipped_records().classes
    title = f"correlation between shots of one raid, {target}"
    name, assumed = _record_class(target, catalogue or load_catalogue())
    if name is None:
        bounds = {t: r.pooled.rho[1] for t, r in records.items() if r.pooled.rho is not None}
        name = max(bounds, key=lambda t: bounds[t])
        assumed = f"No records of this class; the bound is the largest of all classes ({name})."
    low, high, top = records[name].pooled.rho or (0.0, 1.0, 1.0)
    why = (
        f"Combat records: the fates of two targets of one window correlate by {high:.2f} "
        f"({low:.2f} to {top:.2f}). That is an upper bound for the shots of one raid, since place, "
        f"period and wave size differ between windows too. The default is half of it. {assumed}"
    ).strip()
    return Unknown(
        f"shot correlation {target}",
        title,
        "1",
        high / 2,
        0.0,
        high,
        origin="assumption",
        weak=True,
        why=why,
        sources=(shipped_records().source,),
    )


@dataclass(frozen=True)
class _Bounds:
    """What combat says: the value and low of a kill probability, in words and with its source."""

    value: float
    low: float
    why: str
    source: str
    assumed: bool


def _claim(missile: str, target: str, key: str, catalogue: Catalogue) -> Unknown:
    """What the maker claims, or what makers claim for related missiles."""
    group = f"kill probability of {missile}"
    published = catalogue.entry(missile).figures
    for field in (*claims_about(target, catalogue), "kill_probability"):
        figure = published.get(field)
        if figure is not None and not figure.is_unknown:
            return Unknown.of(figure, key, missile, group=group)
    return Unknown(
        key, key, "1", *ASSUMED_CLAIM, origin="assumption", weak=True, why=NO_CLAIM, group=group
    )


def claims_about(target: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The figures of a missile that speak about a class of targets, the most particular first.

    A class without a category of its own has that of the class that it is like.
    """
    entry = catalogue.entry(target)
    if entry.category is None and entry.like is not None:
        return claims_about(entry.like, catalogue)
    return () if entry.category is None else CLAIMS[entry.category]


def _record_class(target: str, catalogue: Catalogue) -> tuple[str | None, str]:
    """The class whose records speak about a target, and a sentence if it is a stand-in."""
    if target in shipped_records().classes:
        return target, ""
    like = catalogue.entry(target).like
    if like is not None:
        name, assumed = _record_class(like, catalogue)
        return name, f"Taken to be like {like}, as its entry says. {assumed}".strip()
    stand_in = shipped_rates().stand_ins.get(target)
    if stand_in is None:
        return None, ""
    return stand_in.target, f"Assumed from {stand_in.target}: {stand_in.why}"


def _combat(target: str, claim: Unknown, catalogue: Catalogue) -> _Bounds:
    """The bounds of a class from its records, its stand-in's, or a published rate."""
    name, assumed = _record_class(target, catalogue)
    records = shipped_records()
    if name is not None:
        record = records.classes[name]
        value, low, why = _from_record(record)
        return _Bounds(value, low, f"{why} {assumed}".strip(), records.source, bool(assumed))
    like = catalogue.entry(target).like
    rates = shipped_rates().rates
    rate = rates.get(target) or (rates.get(catalogue.entry(like).id) if like else None)
    if rate is not None:
        why = (
            "The attack records hold no aircraft. Lower end, a rate for each missile fired in "
            f"combat: {rate.killed} of {rate.fired} ({rate.about}). {rate.differs} Value, an "
            "assumption: half way from there to the makers' claim."
        )
        return _Bounds((rate.value + claim.value) / 2, rate.value, why, rate.source, True)
    worst = min(records.classes.values(), key=lambda r: two_shot(r.worst[1].cautious_share))
    low = two_shot(worst.worst[1].cautious_share)
    why = (
        "Combat records hold nothing of this class. Lower end: that of the class with the lowest, "
        f"{worst.target}. Value, an assumption: half way from there to the makers' claim."
    )
    return _Bounds((low + claim.value) / 2, low, why, records.source, True)


def _from_record(record: ClassRecord) -> tuple[float, float, str]:
    period, worst = record.worst
    low = two_shot(worst.cautious_share)
    pooled = record.pooled
    why = (
        f"Combat records: a whole country's defence shot down {pooled.destroyed:,} of "
        f"{pooled.launched:,} ({percent(pooled.share)}), in the worst half-year ({period}) "
        f"{worst.destroyed:,} of {worst.launched:,}. Value: the share over all periods, at most "
        "the maker's claim. Lower end: two missiles at every target in the worst half-year, "
        f"1 - sqrt(1 - {worst.cautious_share:.3f}) = {low:.3f}."
    )
    return pooled.share, low, why


def two_shot(share: float) -> float:
    """The single-shot probability with which two independent shots kill this share of targets.

    >>> two_shot(0.75)
    0.5
    """
    return 1.0 - math.sqrt(1.0 - share)


def _bounded(claim: Unknown, combat: _Bounds) -> Unknown:
    """The claim, with value and lower end from combat, and never above the claim."""
    value = min(combat.value, claim.value)
    high = "Upper end: the maker's claim." if claim.origin == "figure" else NO_CLAIM_HIGH
    return replace(
        claim,
        value=value,
        low=min(combat.low, value),
        high=claim.high,
        origin="assumption" if combat.assumed else "figure",
        weak=True,
        memory_only=False,
        figure=claim.figure if value == claim.value else "",
        why=f"{combat.why} {high}",
        sources=(combat.source, *(s for s in claim.sources if s != combat.source)),
    )
