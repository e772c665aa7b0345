"""What a sweep says and draws: finding, unknowns at each point and over all, roses, panels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from skyshade.campaign import DrawPlan, Sweep, Uncertainty, parse_axis
from skyshade.campaign.axes import Axis
from skyshade.campaign.designs import design_points
from skyshade.campaign.findings import axis_correlations, pooled_drivers
from skyshade.campaign.study import Study
from skyshade.report.campaign_charts import round_the_rose, sweep_figure
from skyshade.report.style import Figure
from skyshade.scenario.load import load_scenario
from skyshade.uncertainty.draws import columns_of
from skyshade.uncertainty.drivers import by_chance, named_drivers
from skyshade.uncertainty.unknown import Unknown

CASE = load_scenario("raid-60x4")
MIX = "60 threats (40 fighter aircraft and 20 subsonic cruise missiles)"
Law = Callable[..., float]
FIGURES = [Unknown(k, k, "", 0.5, 0.0, 1.0) for k in ("reach", "delay", "idle")]


def made(*texts: str, law: Law, draws: Law | None = None, n: int = 64, **design: Any) -> Sweep:
    """A sweep whose share is a law of the settings, each known to ± 1 %.

    draws : the share as a function of the unknown figures and the settings.
    """
    axes = tuple(parse_axis(text, CASE) for text in texts)
    points = design_points(axes, **design)
    results = []
    for p in points:
        share = law(*p.values())
        leaked = {"value": share, "low": max(share - 0.01, 0.0), "high": min(share + 0.01, 1.0)}
        counts = {"all": 60, "class fighter": 40, "class subsonic-cruise-missile": 20}
        outcomes = {name: {"leaked": leaked, "targets": n} for name, n in counts.items()}
        results.append({"replicates": 100, "outcomes": outcomes})
    drawn = None if draws is None else [unknowns(draws, n, *p.values()) for p in points]
    study = Study(CASE, draws=None if drawn is None else drawn[0].plan)
    return Sweep(study, axes, points, results, drawn, {}, design.get("design", "grid"))


def unknowns(law: Law, n: int, *settings: float) -> Uncertainty:
    plan = DrawPlan("band", n)
    draws = plan.of(columns_of(FIGURES), 0)
    values = [draws.column(f.key)[1:] for f in FIGURES]
    leaked = np.array([law(*settings, *row) for row in zip(*values, strict=True)], float)
    return Uncertainty(plan, draws, {"all": leaked})


# ------------------------------------------------------------------------------------- sentences


def test_a_grid_names_the_settings_of_least_and_most() -> None:
    found = made("channels=1:4", law=lambda c: 0.6 / c)
    assert found.headline == (
        f"Of {MIX} 15 to 60 % get through: least at fire channels of a unit 4, most at fire "
        "channels of a unit 1."
    )


def test_the_finding_says_who_is_counted() -> None:
    """A share of unlike things is never given without them; numbers that vary are left out."""
    found = made("channels=1:4", law=lambda c: 0.6 / c)
    found.results[0]["outcomes"]["class fighter"]["targets"] = 30
    said = "all threats (fighter aircraft and subsonic cruise missiles)"
    assert found.headline.startswith(f"Of {said} 15 to 60 % get through")
    for result in found.results:
        del result["outcomes"]["class subsonic-cruise-missile"]
    assert found.headline.startswith("Of the fighter aircraft 15 to 60 % get through")


@pytest.mark.parametrize(
    "axis",
    [
        "bearing=0:360:9",
        "altitude=100:900:4",
        "groups.drones.bearing=0:270:4",
        "groups.drones.altitude=50:900:4",
        "groups.drones.distance=40 km,50 km,66 km",
        "groups.drones.aim.value=1:7:4",
    ],
)
@pytest.mark.parametrize("design", ["grid", "lhs"])
def test_no_sentence_names_a_way_through(axis: str, design: str) -> None:
    """Neither the setting with the most leakers nor the approach's name is in the finding."""
    points = 16 if design == "lhs" else None
    span = axis if design == "grid" or "," in axis else axis.rsplit(":", 1)[0]
    found = made(
        span, "channels=1:2", law=lambda a, c: a / 1e5 + 0.1 * c, design=design, points=points
    )
    approach = found.axes[0].field
    assert approach.is_approach and approach.label not in found.headline
    assert not any(
        f"{p[approach.name]:g}" in found.headline for p in found.points if p[approach.name] > 9
    )
    alone = made(span, law=lambda a: min(a / 1e5, 1.0), design=design, points=points)
    figure = sweep_figure(alone)
    assert figure is not None and approach.label not in title(figure)


def test_a_design_names_the_field_that_matters_unless_chance_would() -> None:
    asked: dict[str, Any] = {"design": "lhs", "points": 32}
    texts = "p_kill=0.2:0.8", "reaction_time=5:30"
    rising = made(*texts, law=lambda p, t: t / 60 - p / 100, **asked)
    assert rising.headline.endswith(
        "depends most on reaction time: larger values let more through."
    )
    falling = made(*texts, law=lambda p, t: 0.9 - t / 60, **asked)
    assert falling.headline.endswith("larger values let fewer through.")
    rng = np.random.default_rng(1)
    noise = made(*texts, law=lambda p, t: rng.uniform(0.2, 0.8), **asked)
    assert noise.headline.endswith("No single field stands out.")
    axis, r = axis_correlations(rising)[0]
    assert axis.field.name == "reaction_time" and r > 0.99


def test_differences_within_chance_are_not_told_as_a_finding() -> None:
    found = made("channels=1:3", law=lambda c: 0.5 + 0.001 * c)
    assert found.headline == f"Of {MIX} 50 % get through at each of the 3 points."
    wide = made("channels=1:3", law=lambda c: 0.495 + 0.006 * c)
    assert "within the error of chance" in wide.headline
    single = made("channels=2", law=lambda c: 0.004)
    assert single.headline == f"Of {MIX} under 1 % get through at fire channels of a unit 2."


# ------------------------------------------------------------------------------------- the unknowns


def test_the_ranking_is_kept_at_each_point_and_over_all() -> None:
    """Delay decides at two channels, reach at one, where the share varies three times as much."""

    def law(channels: float, reach: float, delay: float, idle: float) -> float:
        return 0.1 + 0.6 * reach if channels == 1 else 0.1 + 0.2 * delay

    found = made("channels=1,2", law=lambda c: 0.4, draws=law)
    assert found.uncertainties is not None and found.bands is not None
    assert [u.drivers[0].key for u in found.uncertainties] == ["reach", "delay"]
    assert [len(u.drivers) for u in found.uncertainties] == [1, 1]  # what moves nothing is left out
    reach, delay = found.drivers
    assert (reach.key, delay.key) == ("reach", "delay")
    assert reach.share == pytest.approx(0.9, abs=0.02)  # 0.6^2 / (0.6^2 + 0.2^2)
    assert delay.share == pytest.approx(0.1, abs=0.02)
    assert reach.swing == pytest.approx((0.1, 0.7))
    assert found.headline.endswith("; reach decides most of that.")
    told = found.as_dict()
    assert [d["key"] for d in told["draws"]["drivers"]] == ["reach", "delay"]
    assert [p["drivers"][0]["key"] for p in told["points"]] == ["reach", "delay"]


def test_points_where_nothing_varies_do_not_count() -> None:
    found = made(
        "channels=1,2", law=lambda c: 0.4, draws=lambda c, a, b, _: 0.0 if c == 1 else 0.5 * a
    )
    (only,) = found.drivers
    assert only.key == "reach" and only.share == pytest.approx(1.0)
    assert pooled_drivers([unknowns(lambda *_: 0.3, 8)]) == []


def test_chance_alone_names_an_unknown_once_in_twenty() -> None:
    """Of many results that have nothing to do with the figures, about 5 % name one."""
    n, rng, named = 64, np.random.default_rng(5), 0
    for _ in range(400):
        noise = rng.random(n + 6)
        drawn = unknowns(lambda *_: 0.0, n)
        drawn.leaked["all"][:] = noise
        named += bool(named_drivers(drawn.drivers))
    assert named < 40  # of 400; P(more than 39) < 1e-4 if it is 5 %
    assert by_chance(8, 3) > by_chance(64, 3) > by_chance(1024, 3)


# ------------------------------------------------------------------------------------- the figures


def title(figure: Figure) -> str:
    """The words of the heading."""
    return str(figure._suptitle.get_text()).replace("\n", " ")  # type: ignore[attr-defined]


def lines(figure: Figure) -> list[Any]:
    return list(figure.axes[0].lines)


def test_a_rose_is_closed_and_has_each_bearing_once() -> None:
    found = made("bearing=0:360:9", law=lambda b: 0.2 + b / 1000)
    figure = sweep_figure(found)
    assert figure is not None and figure.axes[0].name == "polar"
    az, share = lines(figure)[0].get_data()
    assert len(az) == 9 and share[0] == share[-1] == pytest.approx(20)
    assert az[-1] - az[0] == pytest.approx(2 * np.pi)
    assert np.allclose(np.diff(az), np.pi / 4)


def test_a_sector_of_bearings_is_not_closed() -> None:
    for text, first in (("bearing=200:320:5", 200.0), ("bearing=300,330,0,30", 300.0)):
        figure = sweep_figure(made(text, law=lambda b: b / 1000))
        assert figure is not None
        az, _ = lines(figure)[0].get_data()
        assert np.degrees(az[0]) == pytest.approx(first)
        assert 0 < az[-1] - az[0] < np.pi and (np.diff(az) > 0).all()


def test_bearings_in_any_order() -> None:
    assert round_the_rose(np.array([0.0, 360.0, 120.0, 240.0])).tolist() == [0, 2, 3, 0]
    assert round_the_rose(np.array([90.0, 0.0, 270.0, 180.0])).tolist() == [1, 0, 3, 2, 1]


@pytest.mark.parametrize(
    ("texts", "design", "panels"),
    [
        (("p_kill=0.2:0.8", "reaction_time=5:30"), "lhs", 1),
        (("p_kill=0.2:0.8", "reaction_time=5:30", "channels=1:4"), "sobol", 3),
        (("p_kill=0.2,0.8", "reaction_time=5,30", "channels=1,4"), "grid", 3),
    ],
)
def test_designs_are_drawn_with_the_finding_as_title(
    texts: tuple[str, ...], design: str, panels: int
) -> None:
    asked: dict[str, Any] = {"design": design, "points": None if design == "grid" else 16}
    found = made(*texts, law=lambda *v: min(v[1] / 60, 1.0), draws=lambda *v: v[-3] / 2, **asked)
    figure = sweep_figure(found)
    assert figure is not None and title(figure) == found.headline
    drawn = [ax for ax in figure.axes if ax.get_xlabel() in {_label(a) for a in found.axes}]
    assert len(drawn) == panels
    ranked = [ax for ax in figure.axes if ax.get_title(loc="left") == "Which unknown matters most"]
    assert [t.get_text() for t in ranked[0].get_yticklabels()] == ["reach"]
    if panels > 1:
        assert drawn[0].get_xlabel().startswith("reaction time")  # the strongest comes first
        offsets = np.asarray(drawn[0].collections[-1].get_offsets())
        assert len(offsets) == len(found.points)


def _label(axis: Axis) -> str:
    return f"{axis.field.label}{f' ({axis.field.unit})' if axis.field.unit else ''}"
