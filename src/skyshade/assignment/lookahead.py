"""What looking between salvos is worth: shoot-look-shoot by dynamic programming, on small cases.

After each salvo it is seen which targets are hit, and the rounds that are left go at those that are
not. With the rounds r and the targets A that are left, and n more salvos::

    V_0(r, A) = sum of the values of A
    V_n(r, A) = min over x <= r of  sum over B of  P(B is what survives x) V_(n-1)(r - x, B)

Each target survives x with probability prod_i (1 - p_ij)^x_ij, independently. V_1 is the static
problem. Everything is gone through, so this is a reference and not a method for large cases.

Reference: P. A. Hosein, M. Athans, Some analytical results for the dynamic weapon-target allocation
problem, MIT LIDS-P-1944, 1990.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from skyshade.assignment.model import Floats, Instance, Ints
from skyshade.errors import InputError
from skyshade.shown import Brief, count

MOST_WORK = 3_000_000  # what may survive each plan in each state, all counted

Rounds = tuple[int, ...]


@dataclass(frozen=True, eq=False, repr=False)
class ShootLookShoot(Brief):
    """The best salvo for every number of rounds, targets and salvos left.

    Attributes
    ----------
    salvos : how many may be fired. value : of the targets that survive in the mean.
    blind : the same if all rounds are fired at once.
    plan : (weapons, targets) rounds of the first salvo.
    """

    instance: Instance
    salvos: int
    value: float
    blind: float
    plan: Ints
    _best: dict[tuple[Rounds, int, int], tuple[float, Ints]] = field(repr=False)

    @property
    def _in_short(self) -> str:
        salvos = count(self.salvos, "salvo")
        return f"{self.value:.6g} survives {salvos}, {self.blind:.6g} a single one"

    def salvo(self, rounds: Rounds, alive: Rounds, salvos: int) -> Ints:
        """(weapons, targets) rounds to fire now.

        Parameters
        ----------
        rounds : left per weapon. alive : indices of the targets left. salvos : left, this one too.
        """
        return self._best[rounds, sum(1 << j for j in alive), salvos][1]


def shoot_look_shoot(instance: Instance, salvos: int) -> ShootLookShoot:
    """The least value that survives if it is seen after each salvo what has been hit.

    A limit `most_shots` of the instance holds for each salvo.

    Parameters
    ----------
    salvos : most salvos, 1 or more.

    Raises
    ------
    InputError : no salvo; a case that is too large to be gone through.

    Examples
    --------
    Three rounds at two targets, each kills every second time. All at once, 0.25 + 0.5 survives.
    With a look after the first two, the third goes at a target that was missed.

    >>> case = Instance.of([1, 1], [[0.5, 0.5]], rounds=3)
    >>> found = shoot_look_shoot(case, 2)
    >>> found.value, found.blind
    (0.625, 0.75)
    """
    if salvos < 1:
        raise InputError("no salvo", field="salvos", value=salvos, allowed="1 or more")
    n_targets = len(instance.values)
    rounds = tuple(int(r) for r in instance.rounds)
    work = sum(  # per set of targets left: rounds left, rounds fired at each or kept, what survives
        math.comb(n_targets, n) * 2**n * math.prod(math.comb(r + n + 1, n + 1) for r in rounds)
        for n in range(n_targets + 1)
    )
    if work * salvos > MOST_WORK:
        raise InputError(
            "too large to be gone through plan by plan",
            field="instance",
            value=instance._in_short,
            allowed=f"up to {MOST_WORK:,} outcomes of plans; this has up to {work * salvos:.3g}",
            hint="Take fewer targets, rounds or salvos.",
        )
    search = _Search(instance)
    whole = (1 << n_targets) - 1
    value, plan = search.best(rounds, whole, salvos)
    blind = value if salvos == 1 else search.best(rounds, whole, 1)[0]
    return ShootLookShoot(instance, salvos, value, blind, plan, search.known)


class _Search:
    def __init__(self, case: Instance) -> None:
        self.case, self.miss = case, 1.0 - case.p_kill
        self.known: dict[tuple[Rounds, int, int], tuple[float, Ints]] = {}
        self.most = case.shots_allowed()

    def best(self, rounds: Rounds, alive: int, salvos: int) -> tuple[float, Ints]:
        """V_n and the plan that gives it; of plans as good, the first that was met."""
        found = self.known.get((rounds, alive, salvos))
        if found is None:
            found = self.known[rounds, alive, salvos] = self.look_at_all(rounds, alive, salvos)
        return found

    def look_at_all(self, rounds: Rounds, alive: int, salvos: int) -> tuple[float, Ints]:
        targets = [j for j in range(len(self.case.values)) if alive >> j & 1]
        none = np.zeros(self.miss.shape, np.int64)
        best, plan = float(self.case.values[targets].sum()), none
        if not salvos or not targets or not any(rounds):
            return best, plan
        for x in self.plans(rounds, targets):
            survive = np.prod(self.miss[:, targets] ** x, axis=0)
            left = tuple(int(r) for r in np.array(rounds) - x.sum(axis=1))
            value = self.after(survive, targets, left, salvos - 1)
            if value < best - 1e-12:
                best, plan = value, none.copy()
                plan[:, targets] = x
        return best, plan

    def after(self, survive: Floats, targets: list[int], left: Rounds, salvos: int) -> float:
        """Mean of what survives in the end, over what may survive this salvo."""
        if not salvos or not any(left):
            return float(self.case.values[targets] @ survive)
        total = 0.0
        for lives in itertools.product((False, True), repeat=len(targets)):
            chance = float(np.prod(np.where(lives, survive, 1.0 - survive)))
            if chance > 0.0:
                alive = sum(1 << j for j, one in zip(targets, lives, strict=True) if one)
                total += chance * self.best(left, alive, salvos)[0]
        return total

    def plans(self, rounds: Rounds, targets: list[int]) -> Iterator[Ints]:
        """Every way to fire up to so many rounds at these targets, within `most_shots`."""
        ways = [
            [x for x in itertools.product(range(r + 1), repeat=len(targets)) if sum(x) <= r]
            for r in rounds
        ]
        for rows in itertools.product(*ways):
            x = np.array(rows)
            if (x.sum(axis=0) <= self.most[targets]).all():
                yield x
