"""Systems of the catalogue side by side: each alone at one place, over one terrain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from skyshade.case import Case
from skyshade.catalogue import Catalogue, load_catalogue
from skyshade.coverage.model import Coverage
from skyshade.errors import InputError
from skyshade.fireunit.conformance import check_system
from skyshade.fireunit.load import antenna_of
from skyshade.reach.inbound import AZIMUTHS, SiteReach
from skyshade.reach.scenario import reach_scenario
from skyshade.scenario.schema import Scenario
from skyshade.shown import Brief, listed
from skyshade.terrain.model import Dem

MOST = 8  # systems in one table and figure
PLACE = (72.5, 26.5)  # a made-up place on the edge of the Thar, inside the embedded terrain
ALTITUDES = ("100 m agl", "1 km agl", "10 km msl")


@dataclass(frozen=True, eq=False, repr=False)
class SystemsBeside(Brief):
    """What each of some systems reaches from the same place.

    Attributes
    ----------
    scenario : one site for each system, all at the place.
    coverage : line of sight of their acquisition radars.
    sites : reach of each; the ring of each is the range of its own longest missile.
    dem : the terrain.
    """

    scenario: Scenario
    coverage: Coverage
    sites: tuple[SiteReach, ...]
    dem: Dem

    @property
    def _in_short(self) -> str:
        return listed([site.name for site in self.scenario.sites])

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: medians with their 5-95 % bands."""
        place = self.scenario.sites[0].position
        return {
            "lon": place.lon,
            "lat": place.lat,
            "draws": self.sites[0].draws.n,
            "seed": self.sites[0].draws.seed,
            "quantiles": [0.05, 0.5, 0.95],
            "systems": [
                {"system": site.system, "ring_km": found.ring_m / 1e3} | found.as_dict()
                for site, found in zip(self.scenario.sites, self.sites, strict=True)
            ],
        }


def compare_systems(  # noqa: PLR0913 (the options are keyword-only)
    systems: Sequence[str],
    *,
    targets: Sequence[str] = ("fighter",),
    at: tuple[float, float] = PLACE,
    terrain: str | None = None,
    altitudes: Sequence[str] = ALTITUDES,
    draws: int = 64,
    seed: int = 0,
    n_azimuths: int = AZIMUTHS,
    catalogue: Catalogue | None = None,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> SystemsBeside:
    """Reach of systems of the catalogue, each alone at one place.

    Antennas stand as high as the catalogue has them (10 m, 5 to 20 m, where it has nothing).

    Parameters
    ----------
    at : longitude and latitude (degrees) of the place.
    terrain : a raster or a name, as a scenario has it; by default the embedded elevation model.
    altitudes : of the targets, as a scenario has them.
    draws : of the uncertain figures, a power of two; 0 for the defaults alone.

    Raises
    ------
    InputError : an unknown system, or one that cannot be modelled; one twice; too many; unusable
        terrain, place, classes or numbers.
    """
    known = catalogue or load_catalogue()
    ids = [known.entry(name, "system").id for name in systems]
    if not 1 <= len(ids) <= MOST:
        raise InputError("so many systems do not fit", value=len(ids), allowed=f"1 to {MOST}")
    for name in ids:
        if ids.count(name) > 1:
            raise InputError("this system is named twice", value=name)
        check_system(known, name)
    scenario = Scenario.model_validate(
        {
            "schema": "skyshade/scenario/1",
            "name": "systems",
            "title": "Systems side by side",
            "altitudes": list(altitudes),
            "targets": list(targets),
            "sites": [_site(known, name, at) for name in ids],
        }
    )
    if terrain is not None:
        scenario = scenario.with_({"terrain.dem": terrain})
    case = Case(scenario, progress=progress)
    found = reach_scenario(
        scenario,
        draws=draws,
        seed=seed,
        n_azimuths=n_azimuths,
        dem=case.dem,
        progress=lambda done, total: progress("reach", done, total),
    )
    return SystemsBeside(scenario, case.coverage, found.sites, case.dem)


def _site(known: Catalogue, system: str, at: tuple[float, float]) -> dict[str, Any]:
    antenna = antenna_of(system, known)
    return {
        "id": "-".join(system.lower().split()),
        "name": known.entry(system).title,
        "system": system,
        "position": {"lon": at[0], "lat": at[1]},
        "illustrative": True,
        "antenna": {
            "value": antenna.value_m,
            "low": antenna.low_m,
            "high": antenna.high_m,
            "why": "as the catalogue has it for a radar of the system",
        },
    }
