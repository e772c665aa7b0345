"""The section on the next unit: where it would add most, by which measure, and how sure."""

from __future__ import annotations

from functools import partial

from markupsafe import Markup

from skyshade.report import text
from skyshade.report.pages.parts import Figures, render
from skyshade.report.siting import candidate_rows, findings
from skyshade.report.siting_maps import demand_figure, frequency_figure
from skyshade.shown import ordinal
from skyshade.siting.study import SitingStudy

SHOWN = 12  # candidates in the table; the files have all


def siting_lead(study: SitingStudy) -> str:
    """The answer in one sentence."""
    return findings(study)[0]


def siting_section(study: SitingStudy | None, figures: Figures) -> Markup | str:
    """The section as HTML; empty if siting was not asked for."""
    if study is None:
        return ""
    number = len(study.stay) + 1
    single = len(study.answer.plan) == 1
    rows = [
        {
            "name": row["name"],
            "in_plan": row["in_plan"],
            "frequency": _percent(row["share_of_draws"]),
            "best": _percent(row["share_of_best"]),
        }
        for row in candidate_rows(study)[:SHOWN]
    ]
    n, step = len(study.candidates.lon), study.candidates.spacing_deg
    grid = f"{n} points, {step:g} degrees apart" if study.candidates.area is not None else (
        f"the {n} reported sectors, each by the rounded position in this scenario"
    )  # fmt: skip
    return render(
        "siting",
        title=f"The {ordinal(number)} unit" if single else "The next units",
        sentences=findings(study),
        map=figures.png("siting", partial(frequency_figure, study)),
        demand=figures.png("siting-demand", partial(demand_figure, study)),
        candidates=grid,
        draws=study.draws,
        what=study.demand.in_words(),
        rows=rows,
    )


def _percent(share: float | None) -> str:
    return text.NONE if share is None else text.percent(share)
