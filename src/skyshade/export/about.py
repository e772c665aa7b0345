"""The metadata of every exported file: title, contents, accuracy, rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skyshade import __version__
from skyshade.scenario.schema import Scenario, Site
from skyshade.terrain.model import Dem

EPOCH = "2000-01-01T00:00:00Z"  # start of a replay's clock; the date has no meaning
EPOCH_NOTE = f"The clock starts at {EPOCH}, an arbitrary date."
ILLUSTRATIVE = "Positions are sector-level and illustrative: no unit is known to stand at them."
GIVEN = "Positions are as the scenario gives them."


@dataclass(frozen=True)
class About:
    """Plain sentences for a file's metadata.

    Attributes
    ----------
    description : what the file shows, and whether its positions are illustrative.
    rights : how to cite it, and the licences of what it was made from.
    illustrative : whether any position is illustrative.
    """

    title: str
    description: str
    rights: str
    illustrative: bool

    @property
    def text(self) -> str:
        """Description and rights as one paragraph."""
        return f"{self.description} {self.rights}"

    def as_text(self) -> dict[str, str]:
        """Names and values, all as text."""
        return {
            k: str(v).lower() if v is True or v is False else str(v)
            for k, v in self.as_dict().items()
        }

    def as_dict(self) -> dict[str, str | bool]:
        """Names and values."""
        return {
            "title": self.title,
            "description": self.description,
            "licence": self.rights,
            "illustrative": self.illustrative,
        }


def about_scenario(
    scenario: Scenario, sites: Sequence[Site], dem: Dem, run: tuple[int, int] | None = None
) -> About:
    """The metadata of the exports of a scenario.

    Parameters
    ----------
    run : seed and replicate of a replay among them.
    """
    illustrative = any(site.illustrative for site in sites)
    said = [f"{scenario.title}.", ILLUSTRATIVE if illustrative else GIVEN]
    if run is not None:
        said.append(
            f"Replay of replicate {run[1]}, seed {run[0]}: one random run of a generic raid. "
            f"{EPOCH_NOTE} Missiles are drawn straight from their site to the intercept; the model "
            "gives only the times of launch and intercept."
        )
    rights = [f"Made by Skyshade {__version__} (Apache-2.0) from published, press-level figures."]
    rights.append(f"Terrain: {dem.name}" + (f" ({dem.licence})." if dem.licence else "."))
    named = dict.fromkeys(name for place in scenario.places for name in place.sources)
    for source in (scenario.sources[name] for name in named):
        licence = f" ({source.licence})" if source.licence else ""
        rights.append(f"Places: {source.title}, {source.outlet}{licence}.")
    return About(scenario.title, " ".join(said), " ".join(rights), illustrative)
