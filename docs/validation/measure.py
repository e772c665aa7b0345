"""Measure what the dossier shows, and write it to `results/`.

    python docs/validation/measure.py [SECTION …]     # all without one

Line of sight over terrain is measured by `benchmarks/accuracy.py --json`, injected defects by
`make mutants`. Stone Soup and SALib are peers: what is not installed is left out and said so.
"""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]


def geometries() -> Any:
    """Two horizon distances, by closed form and by rays to points (km, median over azimuths)."""
    from skyshade.terrain.dem import load_dem
    from skyshade.terrain.geodesy import curvature_radius_m, geod
    from skyshade.terrain.model import Antenna
    from skyshade.terrain.points import EarthPoints, in_sight, surface_of

    lon, lat, k = 76.0, 20.0, 4 / 3
    dem = load_dem("smooth-earth", around=(lon, lat, 100e3))
    az = np.arange(5.0, 360.0, 10.0)
    radius = k * curvature_radius_m(lat, az)
    rows = []
    for antenna_m in (3.0, 10.0, 24.0, 39.0, 100.0):
        for target_m in (25.0, 50.0, 100.0):
            closed = radius * (
                np.arccos(radius / (radius + antenna_m)) + np.arccos(radius / (radius + target_m))
            )
            low, high = closed * 0.8, closed * 1.2
            for _ in range(12):
                middle = 0.5 * (low + high)
                lons, lats, _ = geod().fwd(np.full(az.size, lon), np.full(az.size, lat), az, middle)
                points = EarthPoints.of(lons, lats)
                sees = in_sight(
                    dem,
                    surface_of(dem),
                    Antenna(lon, lat, antenna_m),
                    points,
                    points.polar(lon, lat),
                    np.full(az.size, target_m),
                )
                low, high = np.where(sees, middle, low), np.where(sees, high, middle)
            error = 0.5 * (low + high) - closed
            rows.append(
                {
                    "antenna_m": antenna_m,
                    "target_m": target_m,
                    "closed_km": float(np.median(closed)) / 1e3,
                    "rays_km": float(np.median(closed + error)) / 1e3,
                    "largest_error_m": float(np.abs(error).max()),
                }
            )
    return rows


def examples() -> Any:
    """Worked examples: what is published or follows in closed form, and what we compute."""
    from scipy import stats

    from raid_plans import make_plan, run
    from skyshade.engagement._scalar_plan import KILLED
    from skyshade.flyout._scalar_air import air
    from skyshade.radar.attenuation import specific_attenuation
    from skyshade.radar.detection import detection_probability, required_snr
    from skyshade.radar.ranges import horizon_range

    rows: list[dict[str, Any]] = []

    def add(product: str, what: str, source: str, given: float, found: float, unit: str) -> None:
        rows.append(
            {
                "product": product,
                "what": what,
                "source": source,
                "given": float(given),
                "found": float(found),
                "unit": unit,
            }
        )

    itu = "ITU-R P.676-12, validation examples"
    for ghz, oxygen, vapour in (
        (12.0, 0.00869826, 0.00953539),
        (20.0, 0.01188355, 0.09704730),
        (60.0, 14.62347480, 0.15484184),
    ):
        dry, wet = specific_attenuation(ghz * 1e9, 1013.25, 288.15, 7.5)
        add("radar", f"oxygen at {ghz:g} GHz", itu, oxygen, dry, "dB/km")
        add("radar", f"water vapour at {ghz:g} GHz", itu, vapour, wet, "dB/km")
    swerling = "Swerling 1960: Pd = Pfa^(1 / (1 + S))"
    for decibel in (10.0, 13.0, 20.0):
        snr = 10 ** (decibel / 10)
        given = 1e-6 ** (1 / (1 + snr))
        found = detection_probability(snr, pfa=1e-6, n_pulses=1, swerling=1)
        add("radar", f"Swerling 1, one pulse, {decibel:g} dB, Pfa 1e-6", swerling, given, found, "")
    needed = math.log(1e-6) / math.log(0.9) - 1
    found = 10 * math.log10(required_snr(0.9, pfa=1e-6, n_pulses=1, swerling=1))
    add("radar", "SNR for Pd 0.9, Pfa 1e-6", swerling, 10 * math.log10(needed), found, "dB")
    apa = "Air Power Australia, second-hand"
    add("radar", "horizon, 24 m mast, target at 25 m", apa, 41.0, horizon_range(24, 25) / 1e3, "km")
    add("radar", "horizon, 10 m mast, target at 50 m", apa, 42.0, horizon_range(10, 50) / 1e3, "km")
    standard = "U.S. Standard Atmosphere 1976, table I"
    for alt_m, kelvin in ((5e3, 255.676), (11e3, 216.774), (20e3, 216.650), (30e3, 226.509)):
        what = f"temperature at {alt_m / 1e3:g} km"
        add("fly-out", what, standard, kelvin, air(alt_m)[0], "K")
    n = 40_000
    for salvo, p in ((2, 0.5), (3, 0.4)):
        plan = make_plan(
            salvo=salvo, shots_max=salvo, load=salvo, launchers=salvo, p_kill=p, engage_again=False
        )
        killed = run(plan, n).outcome[:, 0] == KILLED
        what = f"salvo of {salvo}, p = {p:g}: share killed"
        add("kill chain", what, "1 - (1 - p)^n", 1 - (1 - p) ** salvo, killed.mean(), "")
    for rounds, p in ((3, 0.5), (8, 0.25)):
        fired = run(make_plan(load=rounds, p_kill=p, assessment=2.0), n).fired[:, 0]
        given = (1 - (1 - p) ** rounds) / p
        what = f"shoot-look-shoot, up to {rounds}, p = {p:g}: mean rounds"
        add("kill chain", what, "(1 - (1 - p)^n) / p", given, fired.mean(), "")
    killed = (run(make_plan(4, load=6, p_kill=0.6, assessment=1.0), n).outcome == KILLED).sum(
        axis=1
    )
    wins = np.arange(7)
    given = float((np.minimum(wins, 4) * stats.binom.pmf(wins, 6, 0.6)).sum())
    what = "six rounds at four targets, p = 0.6: mean kills"
    add("kill chain", what, "min(K, binomial(M, p))", given, killed.mean(), "")
    rows.extend(_statistics())
    return {"replicates": n, "rows": rows}


def _statistics() -> list[dict[str, Any]]:
    from scoringrules import crps_normal

    from skyshade.engagement.results import wilson

    low, high = wilson(81, 263)
    source = "R. G. Newcombe, 1998, Statistics in Medicine 17, table I"
    gneiting = "T. Gneiting and A. E. Raftery, 2007, closed form for a normal distribution"
    closed = math.sqrt(2 / math.pi) - 1 / math.sqrt(math.pi)
    return [
        {"product": "statistics", "what": "Wilson, 81 of 263, lower end", "source": source,
         "given": 0.2553, "found": float(low), "unit": ""},
        {"product": "statistics", "what": "Wilson, 81 of 263, upper end", "source": source,
         "given": 0.3662, "found": float(high), "unit": ""},
        {"product": "forecast", "what": "CRPS of N(0, 1) at 0", "source": gneiting,
         "given": closed, "found": float(crps_normal(0.0, 0.0, 1.0)), "unit": ""},
    ]  # fmt: skip


def tracking() -> Any:
    """Milliseconds of processor time a scan on the same plots, in turn with Stone Soup."""
    import tracking as bench

    import stone_soup
    from skyshade.tracking import Tracker

    rows = []
    for targets, scans in ((50, 40), (1000, 6)):
        plots = bench.scene(targets, scans)
        bench_tracker = Tracker(bench.PERIOD_S, speed_max_mps=300.0)
        for one in plots:  # kernels are loaded
            bench_tracker.scan(one)
        ours = math.inf
        for _ in range(5):
            tracker = Tracker(bench.PERIOD_S, speed_max_mps=300.0)
            start = time.process_time()
            pictures = [tracker.scan(one) for one in plots]
            ours = min(ours, 1e3 * (time.process_time() - start) / scans)
        start = time.process_time()
        shown, _ = stone_soup.track(
            plots,
            bench.PERIOD_S,
            manoeuvre_mps2=3.0,
            speed_var=tracker.speed_var,
            gate=tracker.gate,
            confirm=tracker.confirm,
            coast=tracker.coast,
        )
        theirs = 1e3 * (time.process_time() - start) / scans
        same = sum(len(a) == b.confirmed.sum() for a, b in zip(shown, pictures, strict=True))
        rows.append(
            {
                "targets": targets,
                "scans": scans,
                "skyshade_ms": ours,
                "stone_soup_ms": theirs,
                "scans_with_as_many_tracks": int(same),
            }
        )
    return rows


def campaign() -> Any:
    """Processor time of more and more replicates of a small raid, without rows on disk.

    The cost of the last is predicted from the others: a start and a price per replicate.
    """
    import resource

    from raid_scenarios import FIGHTER, compiled
    from skyshade.engagement import Runner, Tally

    eight = FIGHTER | {"count": 8, "arrival": {"process": "stream", "interval": "20 s"}}
    raid = compiled(eight)
    runner = Runner(raid, 7)
    runner.run(0, 64)  # kernels are loaded
    numbers = [10**4, 10**5, 10**6, 10**7]
    rows = []
    for n in numbers:
        tally, start, wall = Tally(raid), time.process_time(), time.perf_counter()
        for block in runner.blocks(n):
            tally.add(block)
        rows.append(
            {
                "replicates": n,
                "cpu_s": time.process_time() - start,
                "wall_s": time.perf_counter() - wall,
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
        print(rows[-1], flush=True)
    known = rows[:-1]
    price, start_s = np.polyfit([r["replicates"] for r in known], [r["cpu_s"] for r in known], 1)
    return {
        "targets": int(raid.plan.threats.steps.size),
        "rows": rows,
        "price_us": 1e6 * float(price),
        "start_s": float(start_s),
        "predicted_s": float(start_s + price * numbers[-1]),
        "measured_s": rows[-1]["cpu_s"],
        "planned_replicates": 10**8,
        "planned_core_hours": float(start_s + price * 10**8) / 3600,
    }


def forecast() -> Any:
    """The backtest of each shipped ledger, as its command prints it, without single forecasts."""
    found = {}
    for ledger in ("india-s400", "turkey-s400"):
        words = ["programme", "backtest", "--ledger", ledger, "--json"]
        done = subprocess.run(
            [sys.executable, "-m", "skyshade", *words], check=True, capture_output=True, text=True
        )
        given = json.loads(done.stdout)
        rows = given.pop("rows")
        given["n_forecasts"] = len(rows)
        given["n_days"] = len({row["known_on"] for row in rows})
        found[ledger] = given
    return found


def records() -> Any:
    """Shares shot down in combat, as shipped."""
    from skyshade.fireunit.records import shipped_records
    from skyshade.report.record_tables import COUNT_HEADINGS, count_rows, records_notes

    shipped = shipped_records()
    return {
        "headings": list(COUNT_HEADINGS),
        "rows": [list(row) for row in count_rows(shipped)],
        "notes": list(records_notes(shipped)),
    }


def sensitivity() -> Any:
    """Sobol indices of Ishigami's function, by us, by scipy and by SALib on as many points."""
    from scipy import stats

    spec = importlib.util.spec_from_file_location(
        "campaign_statistics", ROOT / "tests/reference/test_campaign_statistics.py"
    )
    assert spec is not None and spec.loader is not None
    theirs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(theirs)
    n = 4096
    found = theirs.ishigami_indices(n, 0)
    scipy_ = stats.sobol_indices(
        func=lambda x: theirs.ishigami(x.T),
        n=n,
        dists=[stats.uniform(-math.pi, 2 * math.pi)] * 3,
        rng=np.random.default_rng(0),
    )
    salib = _salib(theirs.ishigami, n)
    rows = []
    for i, name in enumerate("xyz"):
        for j, kind in enumerate(("first order", "total")):
            other = scipy_.first_order if j == 0 else scipy_.total_order
            weight = found[i][j]
            rows.append(
                {
                    "input": name,
                    "index": kind,
                    "true": theirs.TRUE[i][j],
                    "skyshade": weight.value,
                    "interval": [weight.low, weight.high],
                    "scipy": float(other[i]),
                    "salib": salib[j][i] if salib else None,
                }
            )
    return {"points": n, "rows": rows}


def _salib(function: Callable[[Any], Any], n: int) -> list[list[float]] | None:
    try:
        from SALib.analyze import sobol as analyse
        from SALib.sample import sobol as sample
    except ImportError:
        return None
    problem = {"num_vars": 3, "names": list("xyz"), "bounds": [[-math.pi, math.pi]] * 3}
    points = sample.sample(problem, n, calc_second_order=False, seed=0)
    found = analyse.analyze(problem, function(points), calc_second_order=False, seed=0)
    return [[float(v) for v in found["S1"]], [float(v) for v in found["ST"]]]


SECTIONS: dict[str, Callable[[], Any]] = {
    f.__name__: f
    for f in (geometries, examples, tracking, campaign, forecast, records, sensitivity)
}


def main() -> None:
    """Measure what is named, or all."""
    wanted = sys.argv[1:] or list(SECTIONS)
    if wrong := [name for name in wanted if name not in SECTIONS]:
        sys.exit(f"No section {wrong[0]!r}; there are {', '.join(SECTIONS)}.")
    (HERE / "results").mkdir(exist_ok=True)
    for name in wanted:
        text = json.dumps(SECTIONS[name](), indent=1, ensure_ascii=False) + "\n"
        (HERE / "results" / f"{name}.json").write_text(text, "utf-8")
        print(name, flush=True)


if __name__ == "__main__":
    main()
