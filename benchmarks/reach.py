"""Detection probability per second beside scipy, and reach of five regiments over 256 draws.

python benchmarks/reach.py [--azimuths 720] [--draws 256]
"""

from __future__ import annotations

import argparse
import os
import resource
import time

import numpy as np
from scipy.stats import ncx2

from skyshade.coverage.compute import load_scenario_dem, site_spec
from skyshade.fireunit.load import load_fire_unit
from skyshade.fireunit.model import Height
from skyshade.radar.detection import detection_curve, detection_probability, false_alarm_threshold
from skyshade.radar.load import load_target
from skyshade.reach.inbound import draw_force, reach
from skyshade.scenario import load_scenario

MISSILES = ("40N6E", "48N6E3", "48N6E2", "48N6E", "9M96E2", "9M96E")


def timed(task, *args) -> float:
    start = time.perf_counter()
    task(*args)
    return time.perf_counter() - start


def detection() -> None:
    """Evaluations per second and core of the table, the exact sum, and scipy."""
    snr = np.logspace(-1, 4, 400_000)
    log_snr = np.log(np.logspace(-1, 4, 20_000_000))
    curve = detection_curve(1e-6, 10, 0)
    curve(log_snr)
    detection_probability(snr, 1e-6, 10, 0)
    cores = os.cpu_count() or 1
    table = len(log_snr) / min(timed(curve, log_snr) for _ in range(5)) / cores
    exact = len(snr) / min(timed(detection_probability, snr, 1e-6, 10, 0) for _ in range(5)) / cores
    vt = false_alarm_threshold(1e-6, 10)
    scipy = len(snr) / timed(ncx2.sf, 2 * vt, 20, 20 * snr)
    print(
        f"detection probability, Swerling 0, 10 pulses, evaluations per second and core: table "
        f"{table / 1e6:.0f} M, exact {exact / 1e6:.2f} M, scipy's ncx2 {scipy / 1e6:.2f} M; "
        f"ratio table / scipy {table / scipy:.0f}"
    )


def five_regiments(n_azimuths: int, samples: int) -> None:
    """The whole force of `india-s400`, six missiles, four classes, four altitudes."""
    scenario = load_scenario("india-s400")
    dem = load_scenario_dem(scenario)
    units = [
        load_fire_unit(
            site_spec(s),
            system=s.system,
            missiles=MISSILES,
            rounding_deg=s.position_rounding_deg,
            height_a=Height(s.antenna.value_m, s.antenna.low_m, s.antenna.high_m),
        )
        for s in scenario.sites
    ]
    targets = [load_target(name) for name in scenario.targets]
    reach(dem, units[:1], targets, scenario.altitudes, draws=draw_force(units[:1], 2), n_azimuths=8)
    draws = draw_force(units, samples)
    start, worked = time.perf_counter(), time.process_time()
    reach(dem, units, targets, scenario.altitudes, draws=draws, n_azimuths=n_azimuths)
    spent, worked = time.perf_counter() - start, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"reach, {len(units)} units x {len(MISSILES)} missiles x {len(targets)} classes x "
        f"{len(scenario.altitudes)} altitudes x {n_azimuths} azimuths x {samples} draws (and "
        f"{len(draws.values) - samples} rows of defaults and swings): {spent:.1f} s, "
        f"{worked:.0f} s of {os.cpu_count()} cores' time, peak {peak:.2f} GiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--azimuths", type=int, default=720)
    parser.add_argument("--draws", type=int, default=256)
    args = parser.parse_args()
    detection()
    five_regiments(args.azimuths, args.draws)


if __name__ == "__main__":
    main()
