"""The points of a sweep: a grid, a Latin hypercube or a Sobol sequence over its axes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from skyshade.campaign.axes import FLAG, MAX_POINTS, Axis, at_point
from skyshade.errors import InputError, unknown_name
from skyshade.scenario.schema import Scenario
from skyshade.uncertainty.draws import check_draws

SweepDesign = Literal["grid", "lhs", "sobol"]


def design_points(
    axes: Sequence[Axis], design: SweepDesign = "grid", points: int | None = None, seed: int = 0
) -> list[dict[str, float]]:
    """The settings of every point, by field.

    Parameters
    ----------
    design : "grid" for every combination of the axes' values, the last axis fastest; "lhs" for a
        Latin hypercube, "sobol" for a scrambled Sobol sequence.
    points : of "lhs" and "sobol". Points that are equal because an axis has few values are taken
        once, so there may be fewer in the end.

    Raises
    ------
    InputError : an unknown design; no axes, a field twice; too many points; a number of points that
        the design cannot have.

    References
    ----------
    M. D. McKay et al., A comparison of three methods for selecting values of input variables,
    Technometrics 21, 1979. A. B. Owen, Scrambled net variance, Ann. Statist. 25, 1997.
    """
    if design not in get_args(SweepDesign):
        raise unknown_name("design", design, get_args(SweepDesign), field="design")
    names = [a.field.name for a in axes]
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise InputError("a field is given twice", field=FLAG, value=twice)
    if design == "grid":
        if points is not None:
            raise InputError(
                "a grid has the points of its axes",
                field="points",
                value=points,
                hint="Leave the number out, or choose the design lhs or sobol.",
            )
        return _grid(axes)
    return _filling(axes, design, _checked(design, points), seed)


def _grid(axes: Sequence[Axis]) -> list[dict[str, float]]:
    for axis in axes:
        if axis.span is not None:
            name = axis.field.name
            raise InputError(
                "a grid needs the number of values",
                field=FLAG,
                value="{}={:g}:{:g}".format(name, *axis.span),
                allowed=f"{name}=LOW:HIGH:NUMBER or {name}=VALUE,VALUE",
            )
    sizes = [len(a.values) for a in axes]
    if math.prod(sizes) > MAX_POINTS:
        arithmetic = " x ".join(f"{n:,}" for n in sizes)
        raise InputError(
            "too many design points",
            field=FLAG,
            value=f"{arithmetic} = {math.prod(sizes):,}",
            allowed=f"at most {MAX_POINTS:,}",
        )
    names = [a.field.name for a in axes]
    return [dict(zip(names, v, strict=True)) for v in itertools.product(*(a.values for a in axes))]


def _checked(design: SweepDesign, points: int | None) -> int:
    if points is None:
        raise InputError(
            "this design needs a number of points",
            field="points",
            allowed="a power of two" if design == "sobol" else f"2 to {MAX_POINTS:,}",
        )
    if design == "sobol":
        check_draws(points, "points")
    elif not 2 <= points <= MAX_POINTS:
        raise InputError(
            "number out of bounds", field="points", value=points, allowed=f"2 to {MAX_POINTS:,}"
        )
    return points


def _filling(
    axes: Sequence[Axis], design: SweepDesign, points: int, seed: int
) -> list[dict[str, float]]:
    """Points that fill the space of the axes, each only once."""
    from scipy.stats import qmc

    engine = qmc.Sobol if design == "sobol" else qmc.LatinHypercube
    u = engine(len(axes), rng=np.random.default_rng(seed)).random(points)
    rows = [tuple(a.at(float(x)) for a, x in zip(axes, row, strict=True)) for row in u]
    names = [a.field.name for a in axes]
    return [dict(zip(names, row, strict=True)) for row in dict.fromkeys(rows)]


def check_settings(scenario: Scenario, axes: Sequence[Axis]) -> None:
    """Raise InputError if the raid cannot have a value of an axis, or two axes contradict.

    Each axis is checked alone, with all others at their first value. Two axes contradict if the
    scenario depends on which of them is set first.
    """
    first = {a.field.name: a.ends[0] for a in axes}
    for axis in axes:
        for value in axis.ends:
            at_point(scenario, first | {axis.field.name: value})
    for one, other in itertools.combinations(axes, 2):
        for i, j in ((0, -1), (-1, 0)):
            settings = {one.field.name: one.ends[i], other.field.name: other.ends[j]}
            turned = dict(reversed(settings.items()))
            if at_point(scenario, settings) != at_point(scenario, turned):
                raise InputError(
                    "these two fields set the same thing",
                    field=FLAG,
                    value=f"{one.field.name}, {other.field.name}",
                    hint="Leave one of them out.",
                )
