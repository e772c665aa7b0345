"""One replicate as a radar's tracker sees it, beside the raid's M-of-N rule."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyshade.coverage.compute import site_spec
from skyshade.engagement.compile import CompiledRaid, compile_raid
from skyshade.engagement.launch import check_replicate, check_run
from skyshade.errors import InputError, unknown_name
from skyshade.scenario.schema import Scenario
from skyshade.shown import Plotted, count
from skyshade.tracking.measures import Purity, Record, ospa, pair, purity, record
from skyshade.tracking.model import Assumptions
from skyshade.tracking.plots import Plots, make_plots
from skyshade.tracking.scans import Scans, fastest_mps, radar_scans
from skyshade.tracking.tracker import Picture, Tracker


@dataclass(frozen=True, eq=False, repr=False)
class Tracked(Plotted):
    """Truth, plots and tracks of one radar in one replicate, and how the two rules compare.

    Attributes
    ----------
    given : the assumptions, none left open.
    plots, pictures : of each scan.
    track : (scans, targets) number of the track that holds each target, -1 for none.
    purity : what the tracks are made of.
    ospa_m : (scans, 2) OSPA distance to the targets in play: of the tracker's confirmed tracks, and
        of the M-of-N rule's, which stand where the targets truly are.
    """

    raid: CompiledRaid
    seed: int
    replicate: int
    given: Assumptions
    scans: Scans
    plots: tuple[Plots, ...]
    pictures: tuple[Picture, ...]
    track: NDArray[np.int64]
    purity: Purity
    ospa_m: NDArray[np.float64]
    ms_per_scan: float

    @property
    def _in_short(self) -> str:
        return (
            f"radar of {self.site} in {self.raid.scenario.name}, replicate {self.replicate}, seed "
            f"{self.seed}, {count(len(self.pictures), 'scan')}"
        )

    @property
    def site(self) -> str:
        """Name of the radar's site."""
        return self.raid.sites[self.scans.site].id

    @property
    def mean_ospa_m(self) -> tuple[float, float]:
        """OSPA of the tracker and of the rule, over the scans with some target in play."""
        mean = self.ospa_m[self.scans.in_play.any(axis=1)].mean(axis=0)
        return float(mean[0]), float(mean[1])

    def records(self) -> dict[int, tuple[Record, Record]]:
        """For each target in play, how the M-of-N rule and how the tracker tracked it."""
        found = {}
        for j in np.nonzero(self.scans.in_play.any(axis=0))[0].tolist():
            when = self.scans.in_play[:, j]
            times = self.scans.times_s[when]
            rule = np.where(self.scans.held[when, j], 0, -1)
            found[j] = record(times, rule), record(times, self.track[when, j])
        return found

    def as_dict(self) -> dict[str, Any]:
        """Everything but plots and tracks, as plain JSON."""
        raid, records = self.raid, self.records()
        return {
            "scenario": raid.scenario.name,
            "site": self.site,
            "seed": self.seed,
            "replicate": self.replicate,
            "scans": len(self.scans.times_s),
            "scan_period_s": float(raid.plan.sight.period[self.scans.site]),
            "confirm": list(raid.raid.rules.confirm),
            "coast": raid.plan.sight.coast,
            "assumptions": self.given.as_rows(),
            "targets_in_play": len(records),
            "plots": int(sum(len(p.origin) for p in self.plots)),
            "false_alarms": int(sum((p.origin < 0).sum() for p in self.plots)),
            "rule": _overall([r for r, _ in records.values()], self.mean_ospa_m[1]),
            "tracker": _overall([t for _, t in records.values()], self.mean_ospa_m[0])
            | {
                "tracks": self.purity.tracks,
                "false_tracks": self.purity.false,
                "mixed_tracks": self.purity.mixed,
                "strange_updates": _share(self.purity.strange, self.purity.updates),
            },
            "difference": _difference(records, float(raid.plan.sight.period[self.scans.site])),
            "targets": [
                {"target": raid.target_ids[j], "rule": _plain(rule), "tracker": _plain(tracker)}
                for j, (rule, tracker) in records.items()
            ],
            "over_time": {
                "t_s": self.scans.times_s.round(3).tolist(),
                "in_play": self.scans.in_play.sum(axis=1).tolist(),
                "rule": self.scans.held.sum(axis=1).tolist(),
                "tracker": [int(p.confirmed.sum()) for p in self.pictures],
                "ospa_rule_m": self.ospa_m[:, 1].round(1).tolist(),
                "ospa_tracker_m": self.ospa_m[:, 0].round(1).tolist(),
            },
        }


def _overall(records: list[Record], ospa_m: float) -> dict[str, Any]:
    """Means over targets; times and continuity over those that were ever held."""
    held = [r for r in records if r.first_s is not None]
    return {
        "confirmed": len(held),
        "first_s": round(float(np.mean([r.first_s for r in held])), 3) if held else None,
        "held": _share(sum(r.held for r in records), sum(r.scans for r in records)),
        "continuity": round(float(np.mean([r.continuity for r in held])), 6) if held else None,
        "breaks": sum(r.breaks for r in records),
        "swaps": sum(r.swaps for r in records),
        "ospa_m": round(ospa_m, 3),
    }


def _difference(records: dict[int, tuple[Record, Record]], period_s: float) -> dict[str, Any]:
    """By how many scans the tracker confirms later, and how many targets only one confirms."""
    both = [
        round((t.first_s - r.first_s) / period_s)
        for r, t in records.values()
        if r.first_s is not None and t.first_s is not None
    ]
    counts = {str(d): both.count(d) for d in sorted(set(both))}
    only = [(r.first_s is None) - (t.first_s is None) for r, t in records.values()]
    return {
        "both": len(both),
        "only_rule": only.count(-1),
        "only_tracker": only.count(1),
        "scans_later": counts,
        "mean_scans_later": round(float(np.mean(both)), 4) if both else None,
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def _plain(found: Record) -> dict[str, Any]:
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in asdict(found).items()}


def track_raid(
    raid: Scenario | CompiledRaid,
    seed: int = 0,
    replicate: int = 0,
    site: str | None = None,
    given: Assumptions | None = None,
    *,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Tracked:
    """Follow one replicate of a raid through one site's radar, plot by plot.

    Detections are the raid kernel's own, draw by draw, so that its confirmations and drops can be
    compared one to one; what is shot down in the replicate leaves the air.

    Parameters
    ----------
    raid : a scenario with a raid, or a compiled raid.
    seed : 0 to 2^64 - 1; replicate : 0 to 10^9 - 1, as of `skyshade raid`.
    site : whose acquisition radar; by default the first that emits.
    progress : called with a stage, the amount done, and the total, while a scenario is compiled.

    Raises
    ------
    InputError : a raid that cannot be compiled; an unknown or silent site; a number out of bounds;
        a radar that no target comes into view of.
    """
    check_run(1, seed)
    check_replicate(replicate)
    if isinstance(raid, Scenario):
        raid = compile_raid(raid, progress=progress)
    at = _site(raid, site)
    given = given or Assumptions()
    if given.speed_max_mps is None:
        given = replace(given, speed_max_mps=float(np.ceil(fastest_mps(raid))))
    scans = radar_scans(raid, seed, replicate, at)
    spec = site_spec(raid.sites[at])
    if not scans.in_play.any():
        raise InputError(
            "no target ever comes into the view of this radar",
            field="site",
            value=spec.id,
            hint="Choose another site or replicate.",
        )
    plots = tuple(make_plots(scans, spec.antenna, spec.max_range_m, given, seed, replicate))
    m, n = raid.raid.rules.confirm
    tracker = Tracker(
        float(raid.plan.sight.period[at]),
        (m, n),
        raid.plan.sight.coast,
        manoeuvre_mps2=given.manoeuvre_mps2,
        speed_max_mps=given.speed_max_mps or 0.0,
        gate_frac=given.gate_frac,
        tracks_max=int(raid.plan.sight.tracks_max[at]),
    )
    began = time.perf_counter()
    pictures = tuple(tracker.scan(p) for p in plots)
    spent = time.perf_counter() - began
    distances = []
    for k, picture in enumerate(pictures):
        truth = scans.truth_m[k]
        distances.append(
            [
                ospa(shown, truth[scans.in_play[k]], given.cutoff_m, given.order)
                for shown in (picture.place_m[picture.confirmed], truth[scans.held[k]])
            ]
        )
    return Tracked(
        raid,
        seed,
        replicate,
        given,
        scans,
        plots,
        pictures,
        pair(scans.truth_m, pictures, given.cutoff_m),
        purity(plots, pictures),
        np.array(distances),
        1e3 * spent / len(pictures),
    )


def _site(raid: CompiledRaid, name: str | None) -> int:
    """Number of the site of that name, or of the first one whose radar emits."""
    emits = raid.plan.sight.emits
    if name is None:
        return int(np.argmax(emits))
    ids = [s.id for s in raid.sites]
    if name not in ids:
        raise unknown_name("site", name, ids, field="site")
    if not emits[ids.index(name)]:
        allowed = ", ".join(i for i, on in zip(ids, emits, strict=True) if on)
        raise InputError(
            "the radar of this site is silent", field="site", value=name, allowed=allowed
        )
    return ids.index(name)
