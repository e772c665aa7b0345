"""Two designs under the same random numbers: the difference in leakers, paired by replicate."""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.campaign.stopping import ConfidenceSequence, leaked_share, portions
from skyshade.campaign.study import REPLICATES, Progress, check_length, check_workers, silent
from skyshade.engagement.compile import CompiledRaid, compile_raid
from skyshade.engagement.launch import MAX_REPLICATES, Block, Runner, block_size
from skyshade.engagement.results import Tally
from skyshade.errors import InputError
from skyshade.scenario.load import locating
from skyshade.scenario.schema import Scenario
from skyshade.shown import Plotted, count

_AB = ("A", "B")  # two designs that nothing else tells apart


@dataclass(frozen=True)
class Difference:
    """Share of leakers in B minus that in A, with its 95 % interval.

    Attributes
    ----------
    gain : factor by which two independent runs would have needed more replicates.
    """

    value: float
    low: float
    high: float
    gain: float

    def as_dict(self) -> dict[str, float | None]:
        """Plain JSON; no factor where no replicate differs."""
        return {
            "value": round(self.value, 6),
            "low": round(self.low, 6),
            "high": round(self.high, 6),
            "replicates_saved_factor": round(self.gain, 2) if math.isfinite(self.gain) else None,
        }


@dataclass(eq=False, repr=False)
class Comparison(Plotted):
    """Two raids run with the same random numbers; sums over replicates.

    Attributes
    ----------
    names : who is counted in both: "all", and classes that both raids have.
    sequence : the stopping rule, if there is one; it counts (1 + difference) / 2.
    files : names or paths that the two scenarios were read from; None for raids made in Python.
    """

    raids: tuple[CompiledRaid, CompiledRaid]
    sequence: ConfidenceSequence | None = None
    files: tuple[str, str] | None = None
    tallies: tuple[Tally, Tally] = field(init=False)
    names: list[str] = field(init=False)
    _sums: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def _in_short(self) -> str:
        a, b = self.ids
        return f"{a} and {b}, {count(self.replicates, 'paired replicate')}"

    def __post_init__(self) -> None:
        """Start at zero replicates."""
        self.tallies = (Tally(self.raids[0]), Tally(self.raids[1]))
        a, b = (t.members for t in self.tallies)
        if "all" not in a or "all" not in b:
            raise InputError("a raid without threats has no leakers to compare")
        self.names = [n for n in a if n in b and not n.startswith("group ")]

    @property
    def labels(self) -> tuple[str, str]:
        """The two designs for a reader: "A: " and "B: " before what tells them apart.

        That is the first of title, name and file in which they differ. If they differ in none, the
        labels are "A" and "B".
        """
        a, b = self._first_different("title", "name")
        return _AB if (a, b) == _AB else (f"A: {a}", f"B: {b}")

    @property
    def ids(self) -> tuple[str, str]:
        """The two designs for a program: the first of name, title and file in which they differ.

        "A" and "B" if they differ in none.
        """
        return self._first_different("name", "title")

    def _first_different(self, *fields: str) -> tuple[str, str]:
        a, b = (raid.scenario for raid in self.raids)
        pairs = [(getattr(a, field), getattr(b, field)) for field in fields]
        return next((pair for pair in [*pairs, self.files] if pair and pair[0] != pair[1]), _AB)

    @property
    def replicates(self) -> int:
        """Number of replicates of each raid."""
        return self.tallies[0].replicates

    def add(self, blocks: tuple[Block, Block]) -> None:
        """Count the same replicates of both, up to the one at which the difference is known."""
        if self.sequence is not None:
            shares = [
                leaked_share(block, raid.is_threat)
                for raid, block in zip(self.raids, blocks, strict=True)
            ]
            taken = self.sequence.add((1 + shares[1] - shares[0]) / 2)
            blocks = blocks[0].first_runs(taken), blocks[1].first_runs(taken)
        for tally, block in zip(self.tallies, blocks, strict=True):
            tally.add(block)
        for name in self.names:
            a, b = (
                leaked_share(block, tally.members[name])
                for tally, block in zip(self.tallies, blocks, strict=True)
            )
            d = b - a
            sums = np.array([x.sum() for x in (a, b, d, a * a, b * b, d * d)])
            self._sums[name] = self._sums.get(name, np.zeros(6)) + sums

    def difference(self, name: str = "all") -> Difference:
        """B minus A, paired, with Student's interval, or the stopping rule's if there is one.

        If no replicate differs, the rule of three: at 95 % fewer than 3 / n of all would.

        References
        ----------
        J. A. Hanley and A. Lippman-Hand, If nothing goes wrong, is everything all right?, JAMA
        249, 1983.
        """
        from scipy.stats import t

        n = self.replicates
        mean = self._sums[name] / n
        a, b, d = mean[:3]
        var_a, var_b, var_d = np.maximum(mean[3:] - mean[:3] ** 2, 0.0) * n / max(n - 1, 1)
        gain = float((var_a + var_b) / var_d) if var_d > 0 else math.inf
        if self.sequence is not None and name == "all":
            low, high = 2 * self.sequence.low - 1, 2 * self.sequence.high - 1
            return Difference(min(max(float(b - a), low), high), low, high, gain)
        half = 3 / n if var_d == 0 else float(t.ppf(0.975, n - 1)) * math.sqrt(var_d / n)
        return Difference(float(d), max(float(d) - half, -1.0), min(float(d) + half, 1.0), gain)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "replicates": self.replicates,
            "a": self.ids[0],
            "b": self.ids[1],
            "interval": "95 %, paired by replicate"
            + (
                ""
                if self.sequence is None
                else "; of all threats one that is valid at every number of replicates"
            ),
            "difference_b_minus_a": {n: self.difference(n).as_dict() for n in self.names},
            "leaked": {
                n: {side: t.share(n).as_dict() for side, t in zip("ab", self.tallies, strict=True)}
                for n in self.names
            },
            "rounds_fired": {
                side: {m: round(mean, 4) for m, (mean, _) in tally.rounds().items()}
                for side, tally in zip("ab", self.tallies, strict=True)
            },
        }


def compare(
    a: Scenario | CompiledRaid,
    b: Scenario | CompiledRaid,
    *,
    replicates: int | None = None,
    half_width: float | None = None,
    seed: int = 0,
    workers: int | None = None,
    files: tuple[str, str] | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Run two raids with common random numbers and pair them replicate by replicate.

    Parameters
    ----------
    a, b : scenarios with raids, or raids already compiled.
    replicates : of each, 1 to 10^9; 2000 by default.
    half_width : run until the difference is known to ± this instead.
    seed : 0 to 2^64 - 1.
    workers : threads; by default one per core.
    files : names or paths of the two scenarios. They name the faulty file in a message, and tell
        the designs apart if title and name do not.
    progress : called with a stage, the amount done, and the total.

    Raises
    ------
    InputError : a raid that cannot be compiled, or has no threats; numbers out of bounds.
    """
    check_length(replicates, half_width, seed)
    check_workers(workers)
    names = files or (None, None)
    raids = _compiled(a, names[0], progress), _compiled(b, names[1], progress)
    # a difference lies in [-1, 1], twice as wide as what a confidence sequence takes
    sequence = None if half_width is None else ConfidenceSequence(half_width / 2)
    found = Comparison(raids, sequence, files)
    runners = Runner(raids[0], seed, workers), Runner(raids[1], seed, workers)
    most = MAX_REPLICATES if sequence is not None else replicates or REPLICATES
    progress("replicates", 0, most)
    for first, n in portions(min(map(block_size, raids)), most):
        blocks = runners[0].run(first, n), runners[1].run(first, n)
        found.add(blocks)
        expected = most if sequence is None else sequence.expected()
        progress("replicates", found.replicates, max(expected, found.replicates))
        if sequence is not None and sequence.is_known:
            break
    return found


def _compiled(raid: Scenario | CompiledRaid, file: str | None, progress: Progress) -> CompiledRaid:
    """The raid, compiled if it is not; complaints name its file if that is given."""
    if isinstance(raid, CompiledRaid):
        return raid
    with nullcontext() if file is None else locating(file, raid):
        return compile_raid(raid, progress=progress)
