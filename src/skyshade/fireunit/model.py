"""A fire unit as reach sees it: two radars on masts, missiles, and the times between steps."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from skyshade import flyout
from skyshade._jit import kernel_cache_dir
from skyshade.catalogue import load_catalogue
from skyshade.catalogue.model import Entry
from skyshade.coverage.model import SiteSpec
from skyshade.errors import InputError
from skyshade.fireunit._cpu import resample_times
from skyshade.flyout.assumptions import assumptions_for
from skyshade.flyout.model import Missile
from skyshade.flyout.tables import flyout_table, load_missile
from skyshade.radar.load import load_radar
from skyshade.radar.model import Detection, Radar
from skyshade.uncertainty.unknown import Unknown

D_RANGE_M, FARTHEST_M = 1_000.0, 420_000.0  # no missile of any system here flies farther
D_ALT_M, TOP_M = 250.0, 31_000.0
# Not published for this or any comparable system; the same for all units, and shown as assumed.
ASSESSMENT = Unknown(
    "assessment delay",
    "kill assessment before the next shot",
    "s",
    5.0,
    3.0,
    10.0,
    origin="assumption",
    weak=True,
    why="No published figure was found; a few seconds of track after the intercept.",
)
MEANING = Unknown(
    "meaning of published ranges",
    "probability that a published detection range means",
    "1",
    0.5,
    0.5,
    0.9,
    origin="assumption",
    sampled=False,
    weak=True,
    why="Brochures do not say. 50 % is "
    "the usual convention; a maker who meant 90 % would be promising a stronger radar.",
)


@dataclass(frozen=True)
class Height:
    """An antenna above ground (m): the value used and its bounds."""

    value_m: float
    low_m: float
    high_m: float


@dataclass(frozen=True, eq=False)
class FlyoutFamily:
    """One missile's times of flight at the low, the default and the high value of its speed.

    Attributes
    ----------
    time_s : (3, altitudes, ranges) float32 on the grid of `D_ALT_M` and `D_RANGE_M`, +inf where
        the missile does not get to.
    """

    missile: Missile
    time_s: NDArray[np.float32]


@dataclass(frozen=True)
class FireUnit:
    """One site's means: what detects, what guides, what flies.

    Attributes
    ----------
    spec : where it stands; its antenna is the acquisition radar's.
    rounding_deg : positions are known to half of this.
    acquisition, engagement : the radars; the first makes the track, the second must hold it in
        line of sight from launch to intercept.
    height_a, height_e : their antennas above ground.
    missiles : fly-out tables, longest range first.
    reaction : confirmed track to first launch (s).
    """

    spec: SiteSpec
    rounding_deg: float
    acquisition: Radar
    engagement: Radar
    height_a: Height
    height_e: Height
    missiles: tuple[FlyoutFamily, ...]
    reaction: Unknown

    @property
    def id(self) -> str:
        return self.spec.id

    def spec_of(
        self,
        radar: Literal["acquisition", "engagement"],
        height: Literal["low", "value", "high"] = "value",
    ) -> SiteSpec:
        """The site as one of its radars looks from it, its antenna at one of its heights."""
        antenna = self.height_a if radar == "acquisition" else self.height_e
        agl_m = getattr(antenna, f"{height}_m")
        return replace(self.spec, antenna=replace(self.spec.antenna, agl_m=agl_m))

    def unknowns(self) -> list[Unknown]:
        """What is uncertain about the unit, except where and how high its antennas stand."""
        radars = (self.acquisition, self.engagement)
        found = [x for radar in radars for x in radar_unknowns(radar).values()]
        return [*found, self.reaction, ASSESSMENT, MEANING]


def radar_unknowns(radar: Radar) -> dict[str, Unknown]:
    """The radar's own uncertain figures, by the name of the field that they fill."""
    return {
        field: Unknown.of(radar.figures[field], f"{radar.id} {short}", radar.id)
        for field, short in (
            ("reference_range_m", "detection range"),
            ("scan_period_s", "scan period"),
        )
        if field in radar.figures
    }


@functools.cache
def flyout_family(name: str) -> FlyoutFamily:
    """The missile's family of tables, all on one grid so that a kernel can hold several.

    Kept on disk between runs, since calibrating a missile takes longer than a small raid.
    """
    missile = load_missile(name)
    made_of = [repr(missile), repr(assumptions_for(missile.id))]
    made_of += [f.read_text("utf-8") for f in sorted(Path(flyout.__file__).parent.glob("*.py"))]
    digest = hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:16]
    file = kernel_cache_dir() / "flyout" / f"{missile.id}-{digest}.npy"
    try:
        times = np.load(file)
    except (OSError, ValueError, EOFError):
        times = _family_times(missile)
        with contextlib.suppress(OSError):  # a read-only home: made anew each time
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as scratch:
                np.save(scratch, times)
            Path(scratch.name).replace(file)
    return FlyoutFamily(missile, times)


def _family_times(missile: Missile) -> NDArray[np.float32]:
    speeds = (missile.speed.low, missile.speed.value, missile.speed.high)
    shape = round(TOP_M / D_ALT_M) + 1, round(FARTHEST_M / D_RANGE_M) + 1
    times = np.empty((3, *shape), np.float32)
    for speed, out in zip(speeds, times, strict=True):
        table = flyout_table(missile, speed_mps=speed)
        resample_times(table.time_s, table.d_range_m, table.d_alt_m, D_RANGE_M, D_ALT_M, out)
    return times


def missile_names(system: str) -> list[str]:
    """The missiles that the catalogue lists as part of a system."""
    return [entry.id for entry in load_catalogue().children(system) if entry.kind == "missile"]


def load_fire_unit(
    spec: SiteSpec,
    *,
    system: str = "s-400",
    acquisition: str = "91N6E",
    engagement: str = "92N6E",
    missiles: Sequence[str] | None = None,
    height_a: Height | None = None,
    height_e: Height | None = None,
    rounding_deg: float = 0.0,
    detection: Detection | None = None,
) -> FireUnit:
    """The fire unit of a system, from the catalogue's figures.

    Raises
    ------
    InputError : an unknown radar or missile; a figure that is not published and not given.
    """
    height = height_a or Height(*[spec.antenna.agl_m] * 3)
    names = missile_names(system) if missiles is None else list(missiles)
    families = [flyout_family(name) for name in names]
    if not families:
        raise InputError(f"the catalogue lists no missile of {system}", field=f"{spec.id}.missiles")
    families.sort(key=lambda f: (-f.missile.range_max_m, f.missile.id))
    return FireUnit(
        spec=spec,
        rounding_deg=rounding_deg,
        acquisition=load_radar(acquisition, detection=detection),
        engagement=load_radar(engagement, detection=detection),
        height_a=height,
        height_e=height_e or height,
        missiles=tuple(families),
        reaction=_reaction(load_catalogue().entry(system)),
    )


def _reaction(system: Entry) -> Unknown:
    figure = system.figures.get("reaction_time")
    if figure is None or figure.is_unknown:
        raise InputError(f"no reaction time is published for {system.id}", field="reaction_time")
    return Unknown.of(figure, "reaction time", system.id)
