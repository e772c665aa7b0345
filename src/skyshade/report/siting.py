"""A siting study in words, as tables, and as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from skyshade.export.about import about_scenario
from skyshade.export.kml import kml_bytes
from skyshade.export.layers import Feature, Layer
from skyshade.export.tables import write_geopackage
from skyshade.export.vector import write_geojson
from skyshade.files import write_csv, write_json
from skyshade.report import text
from skyshade.report.siting_maps import (
    demand_figure,
    frequency_figure,
    gains_figure,
    prior_figure,
)
from skyshade.report.style import save_png
from skyshade.shown import count, listed, ordinal
from skyshade.siting.demand import Approaches
from skyshade.siting.model import Plan, SitingAnswer
from skyshade.siting.prior import Prior
from skyshade.siting.robust import AS_GOOD
from skyshade.siting.study import SitingStudy, kinds_of_demand, options_of, place_shares

HEADINGS = ("unit", "where", "longitude", "latitude", "ground", "in draws", "adds alone")
MANY_LEAVES = 3_000
WHY = {
    "gap": "The search stopped at the gap that was asked for",
    "time limit": "The search stopped at its time limit",
    "interrupted": "The search was interrupted",
    "level": "The search stopped at the level that was asked for",
}


def findings(study: SitingStudy) -> list[str]:
    """What was found and how sure it is, in at most five sentences."""
    lines = [_headline(study), _proof(study.answer)]
    if study.fewest is not None:
        lines[1] = _fewest(study)
    if study.by_draw is not None and study.by_draw.n:
        lines.append(_draws(study))
    if study.near is not None and study.answer.value > study.answer.base:
        lines.append(_near(study))
    if study.raids is not None:
        lines.append(_raid(study))
    return lines


def _headline(study: SitingStudy) -> str:
    answer = study.answer
    if not answer.plan:
        what = "cover" if study.fewest else "add to"
        return f"No new unit is needed to {what} what is asked: {_share(study, answer.base)}."
    if answer.value <= answer.base:
        return (
            "No candidate covers anything that the units there do not cover already "
            f"({text.percent(answer.base)})."
        )
    where = _where(study, answer.plan)
    n = len(answer.plan)
    number = len(study.stay) + 1
    if n == 1:
        who = f"The {ordinal(number)} unit adds" if study.stay else "One unit covers"
    else:
        who = f"{count(n, 'new unit')} add" if study.stay else f"{count(n, 'unit')} cover"
    more = ""
    if answer.base > 0:
        more = f", {100 * (answer.value / answer.base - 1):+.0f} %"
    what = _counted(study)
    return (
        f"{who} most {where}: {what} from {text.percent(answer.base)} to "
        f"{text.percent(answer.value)}{more}."
    )


def _counted(study: SitingStudy) -> str:
    """What rises, as a subject with its verb."""
    siting = study.siting
    what = study.demand.in_words()
    if siting.objective == "worst":
        return "the least covered of all rises"
    if siting.at_least > 1:
        return f"the share of {what} covered by {siting.at_least} or more units rises"
    return f"the covered share of {what} rises"


def _share(study: SitingStudy, value: float) -> str:
    return f"{text.percent(value)} of {study.demand.in_words()} is covered"


def _proof(answer: SitingAnswer) -> str:
    if answer.stopped == "proven":
        return "No plan can add more: proven (gap 0 %)."
    at_least = 1.0 - answer.gap
    return (
        f"{WHY[answer.stopped]}; the plan adds at least {100 * at_least:.4g} % of what any plan "
        f"could add (gap {100 * answer.gap:.2g} %)."
    )


def _fewest(study: SitingStudy) -> str:
    found = study.fewest
    assert found is not None
    n, level = len(found.answer.plan), text.percent(found.level / found.answer.problem.most)
    if found.at_least >= n:
        return f"Fewer than {count(n, 'new unit')} cannot reach {level}: proven."
    return (
        f"{WHY[found.stopped]}: {count(n, 'new unit')} reach {level}, and at least "
        f"{found.at_least} are needed."
    )


def _draws(study: SitingStudy) -> str:
    draws = study.by_draw
    assert draws is not None
    return (
        f"In {draws.n_as_good} of {draws.n} draws of the uncertain figures that stays so: no plan "
        f"adds over {text.percent(AS_GOOD)} more; the regret is {_percent(np.median(draws.regret))}"
        f" in the middle draw and {_percent(draws.regret.max())} in the worst{_band(study)}."
    )


def _band(study: SitingStudy) -> str:
    """The covered share over the draws; what is not in it is named."""
    if study.band is None:
        return ""
    _, (low, _, high) = study.band.quantiles()
    return (
        f"; with its units moved inside their rounding as well, {text.percent(low)} to "
        f"{text.percent(high)} are covered in 90 % of the draws (other plans were not moved)"
    )


def _percent(share: Any) -> str:
    return f"{100 * float(share):.1f} %" if share < 0.0995 else text.percent(float(share))


def _near(study: SitingStudy) -> str:
    near = study.near
    assert near is not None
    n = len(near.plans)
    good = int((near.best_with >= 1.0 - AS_GOOD).sum())
    if n == 1:
        second = near.others[0] if near.others else None
        if second is None:
            return "No other plan was found that comes within 2 %."
        adds = (second[1] - study.answer.base) / (study.answer.value - study.answer.base)
        where = _difference(study, second[0])
        return f"No other plan comes within 2 %; the next best, with one {where}, adds {_of(adds)}."
    plan = list(study.answer.plan)
    moved = {o for other, _ in near.plans for o in other} - set(plan)
    same = all(study.same_region[o, plan].any() for o in moved)
    meaning = "it is the region that matters, not the point" if same else (
        "the choice among these regions is open"
    )  # fmt: skip
    return (
        f"{n} plans known are as good to within {text.percent(AS_GOOD)}, with units at {good} "
        f"candidates among them: {meaning}."
    )


def _of(share: float) -> str:
    return f"{text.percent(share)} of what the plan adds"


def _difference(study: SitingStudy, plan: Plan) -> str:
    new = [o for o in plan if o not in study.answer.plan]
    return _where(study, new)


def _where(study: SitingStudy, options: Sequence[int]) -> str:
    """In which sectors, or at which points."""
    names = [study.candidates.names[study.place_of(o)] for o in options]
    return listed([f"in {name}" if name.startswith("the ") else f"at {name}" for name in names])


def _raid(study: SitingStudy) -> str:
    raids = study.raids
    assert raids is not None
    start = f"In the raid {text.percent(raids.leaked[0])} of the threats get through with this plan"
    if study.stay:
        start += f", {text.percent(raids.nobody)} without it"
    if not raids.less:
        return start + "."
    if raids.decided:
        return f"{start}; the next best plans let more through, so the order survives."
    if raids.survives:
        return f"{start}; no other of the best plans lets fewer through."
    i = int(np.argmin([d.value for d in raids.less]))
    plan, _ = raids.plans[1 + i]
    where = _difference(study, plan)
    points = -100 * raids.less[i].value
    return (
        f"{start}; the plan with one {where} lets {points:.1g} points fewer through, so the order "
        "does not survive."
    )


def plan_rows(study: SitingStudy) -> list[tuple[str, ...]]:
    """The plan, a unit a row."""
    frequency = _frequency(study)
    rows: list[tuple[str, ...]] = []
    for o in study.answer.plan:
        c = study.place_of(o)
        alone = study.answer.problem.value((o,)) - study.answer.base
        rows.append(
            (
                study.kinds[study.kind_of(o)].title,
                study.candidates.names[c],
                f"{study.candidates.lon[c]:g}",
                f"{study.candidates.lat[c]:g}",
                f"{study.candidates.ground_m[c]:.0f} m",
                text.NONE if frequency is None else text.percent(frequency[c]),
                f"{100 * alone:+.1f} points",
            )
        )
    return rows


def candidate_rows(study: SitingStudy) -> list[dict[str, Any]]:
    """All candidates, those in the best plans of most draws first."""
    frequency = _frequency(study)
    near = None if study.near is None else study.near.best_with
    chosen = {study.place_of(o) for o in study.answer.plan}
    rows = [
        {
            "lon": float(study.candidates.lon[c]),
            "lat": float(study.candidates.lat[c]),
            "name": study.candidates.names[c],
            "ground_msl_m": round(float(study.candidates.ground_m[c]), 1),
            "in_plan": c in chosen,
            "share_of_draws": None if frequency is None else round(float(frequency[c]), 4),
            "share_of_best": None if near is None else round(float(near[c]), 4),
        }
        for c in range(len(study.candidates.lon))
    ]
    return sorted(rows, key=lambda r: (not r["in_plan"], -(r["share_of_draws"] or 0.0),
                                       -(r["share_of_best"] or 0.0)))  # fmt: skip


def _frequency(study: SitingStudy) -> Any:
    if study.by_draw is None or not study.by_draw.n:
        return None
    return study.by_draw.frequency(options_of(study), len(study.candidates.lon))


def as_dict(study: SitingStudy) -> dict[str, Any]:
    """The whole answer as plain JSON."""
    answer = study.answer
    before, after = place_shares(study, None), place_shares(study, answer.plan)
    return {
        "summary": findings(study),
        "objective": study.siting.objective,
        "at_least": study.siting.at_least,
        "plan": [_unit(study, o) for o in answer.plan],
        "answer": answer.as_dict(),
        "units_that_stay": [site.id for site in study.stay],
        "kinds": [
            {"like": k.like.id, "count": k.count, "arrives": k.arrives and k.arrives.isoformat()}
            for k in study.kinds
        ],
        "candidates": {
            "n": len(study.candidates.lon),
            "spacing_deg": study.candidates.spacing_deg,
            "points_in_area": study.candidates.n_grid,
            "removed": study.candidates.removed,
        },
        "demand": [
            {"kind": title, "covered_before": b, "covered_after": a}
            for (title, b), (_, a) in zip(
                kinds_of_demand(study, None), kinds_of_demand(study, answer.plan), strict=True
            )
        ],
        "groups": [
            {"name": name, "covered_before": before[name], "covered_after": after[name]}
            for name in before
        ],
        "fewest": None if study.fewest is None else {
            "level": study.fewest.level,
            "units": len(study.fewest.answer.plan),
            "at_least": study.fewest.at_least,
            "stopped": study.fewest.stopped,
        },
        "draws": _draws_dict(study),
        "band": None if study.band is None else {
            **dict(zip(("covered_before", "covered_after"), study.band.quantiles(), strict=True)),
            "positions": "drawn for the plan and the units that stay, not for other candidates",
            "moved": study.band.n_moved,
            "not_moved_off_terrain": study.band.n_kept,
        },
        "alternatives": None if study.near is None else {
            "within": AS_GOOD,
            "plans": [
                {"value": value, "at": [study.candidates.names[study.place_of(o)] for o in plan]}
                for plan, value in study.near.plans[:50]
            ],
            "n_plans": len(study.near.plans),
            "others": [
                {"value": value, "at": [study.candidates.names[study.place_of(o)] for o in plan]}
                for plan, value in study.near.others
            ],
        },
        "gains": None if study.gains is None else {
            "value": study.gains.value.tolist(),
            "bound": study.gains.bound.tolist(),
            "marginal": study.gains.marginal.tolist(),
            "band": np.quantile(study.gains.by_draw, [0.05, 0.5, 0.95], axis=0).tolist(),
        },
        "raid": None if study.raids is None else study.raids.as_dict(),
        "left_out": study.left_out,
        "seed": study.seed,
    }  # fmt: skip


def _draws_dict(study: SitingStudy) -> dict[str, Any]:
    draws = study.by_draw
    if draws is None or not draws.n:
        return {"asked": study.draws, "solved": 0}
    return {
        "asked": study.draws,
        "solved": draws.n,
        "as_good": draws.n_as_good,
        "regret": np.quantile(draws.regret, [0.05, 0.5, 0.95]).tolist(),
        "largest_regret": float(draws.regret.max()),
        "largest_gap": float(
            np.max((draws.bound - draws.best) / np.maximum(draws.bound - draws.base, 1e-12))
        ),
    }


def _unit(study: SitingStudy, option: int) -> dict[str, Any]:
    c, kind = study.place_of(option), study.kinds[study.kind_of(option)]
    return {
        "like": kind.like.id,
        "arrives": kind.arrives.isoformat() if kind.arrives else None,
        "lon": float(study.candidates.lon[c]),
        "lat": float(study.candidates.lat[c]),
        "rounding_deg": study.candidates.spacing_deg,
        "name": study.candidates.names[c],
    }


def certificate(answer: SitingAnswer) -> dict[str, Any]:
    """The proof: parts of all plans, each with its bound and what proves it.

    Too many parts are left out, and the certificate says so.
    """
    known: dict[int, int] = {}
    lines: list[dict[str, Any]] = []
    leaves = []
    for leaf in answer.leaves[:MANY_LEAVES]:
        if id(leaf.line) not in known:
            known[id(leaf.line)] = len(lines)
            lines.append(
                {"constant": leaf.line.constant, "coefficients": leaf.line.coefficients.tolist()}
            )
        leaves.append(
            {
                "line": known[id(leaf.line)],
                "out": sorted(leaf.out),
                "in": sorted(leaf.in_),
                "any_of": list(leaf.any_of),
                "bound": leaf.bound,
                "by": leaf.by,
            }
        )
    return {
        "bound": answer.bound,
        "value": answer.value,
        "dropped": {str(a): b for a, b in answer.dropped.items()},
        "units": answer.problem.units.tolist(),
        "kind": answer.problem.kind.tolist(),
        "place": answer.problem.place.tolist(),
        "leaves": leaves,
        "leaves_left_out": max(len(answer.leaves) - MANY_LEAVES, 0),
        "lines": lines,
    }


def layers(study: SitingStudy) -> list[Layer]:
    """The plan, the candidates and the demand, for other tools."""
    sites: list[Feature] = []
    for role, some in (("stays", study.stay), ("new", study.new_sites(study.answer.plan))):
        for site in some:
            here = site.position
            sites.append(
                (
                    shapely.Point(here.lon, here.lat),
                    {
                        "id": site.id,
                        "name": site.name,
                        "role": role,
                        "system": site.system,
                        "sector": site.sector,
                        "illustrative": site.illustrative,
                        "position_rounding_deg": site.position_rounding_deg,
                    },
                )
            )
    candidates = [
        (
            shapely.Point(row["lon"], row["lat"]),
            {k: v for k, v in row.items() if k in ("name", "in_plan", "share_of_draws",
                                                   "share_of_best")},
        )
        for row in candidate_rows(study)
    ]  # fmt: skip
    found = [
        Layer("plan", "Units that stay, and new units at the candidates chosen.", tuple(sites)),
        Layer(
            "candidates",
            "Where a unit could stand: share of the draws in whose best plan one does, and what "
            "the best plan known with a unit there adds, as a share of the best.",
            tuple(candidates),
        ),
        Layer(
            "demand",
            "What is to be covered: probability before and after.",
            tuple(_demand(study)),
        ),
    ]
    return [layer for layer in found if layer.features]


def _demand(study: SitingStudy) -> list[Feature]:
    before, after = study.covered_by(None), study.covered_by(study.answer.plan)
    found: list[Feature] = []
    for i, part in enumerate(study.demand.parts):
        here = study.demand.slice_of(i)
        w = study.demand.weight[here]
        if isinstance(part, Approaches):
            shape = (len(part.places), -1)
            total = w.reshape(shape).sum(axis=1)
            shares = [(p[here] * w).reshape(shape).sum(axis=1) / total for p in (before, after)]
            at = [(p.name, p.position.lon, p.position.lat) for p in part.places]
        else:
            shape = (part.shape[0], -1)
            total = w.reshape(shape).sum(axis=0)
            shares = [p[here].reshape(shape).mean(axis=0) for p in (before, after)]
            at = [(part.title, float(x), float(y)) for x, y in zip(part.lon, part.lat, strict=True)]
        for (name, lon, lat), weight, b, a in zip(at, total, *shares, strict=True):
            found.append(
                (
                    shapely.Point(round(lon, 5), round(lat, 5)),
                    {
                        "name": name,
                        "weight": float(weight),
                        "covered_before": round(float(b), 5),
                        "covered_after": round(float(a), 5),
                    },
                )
            )
    return found


def write_siting(study: SitingStudy, folder: Path) -> list[str]:
    """Write everything; the names of the files."""
    about = about_scenario(
        study.scenario, study.stay + study.new_sites(study.answer.plan), study.dem
    )
    every = layers(study)
    write_json(folder / "summary.json", as_dict(study))
    write_json(folder / "certificate.json", certificate(study.answer), indent=None)
    write_csv(folder / "candidates.csv", candidate_rows(study))
    write_geojson(
        folder / "plan.geojson",
        [
            (shape, {"layer": layer.name} | properties)
            for layer in every
            if layer.name != "demand"
            for shape, properties in layer.features
        ],
        about.as_dict(),
    )
    (folder / "plan.kml").write_bytes(kml_bytes(every, about))
    files = ["summary.json", "certificate.json", "candidates.csv", "plan.geojson", "plan.kml"]
    try:
        write_geopackage(folder / "plan.gpkg", every, about)
        files.append("plan.gpkg")
    except ImportError:
        study.left_out.append("plan.gpkg was not written: the library pyogrio is not installed")
    save_png(frequency_figure(study), folder / "map.png")
    save_png(demand_figure(study), folder / "demand.png")
    files += ["map.png", "demand.png"]
    if study.gains is not None and len(study.gains.plans):
        save_png(gains_figure(study), folder / "gains.png")
        files.append("gains.png")
    return files


def write_prior(seen: Prior, folder: Path) -> list[str]:
    """Write the area seen from every candidate, as a table and a picture per altitude."""
    write_csv(folder / "prior.csv", seen.rows())
    files = ["prior.csv"]
    note = (
        f"Line of sight of an antenna as of {seen.scenario.sites[0].name}, from points every "
        f"{seen.candidates.spacing_deg:g} degrees."
    )
    for a, altitude in enumerate(seen.altitudes):
        files.append(f"prior_{altitude.slug}.png")
        figure = prior_figure(
            seen.dem,
            seen.candidates.lon,
            seen.candidates.lat,
            seen.km2[a],
            f"Area seen at {altitude.label} from each point",
            note,
        )
        save_png(figure, folder / files[-1])
    return files
