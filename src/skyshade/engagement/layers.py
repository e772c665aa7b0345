"""Layered defence: to which layer a site belongs, and to what its units are bound."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from skyshade.engagement.tables import Places
from skyshade.fireunit.model import FireUnit
from skyshade.scenario.raid import Raid
from skyshade.scenario.schema import Scenario, Site

NAMES = ("long", "medium", "short")  # from the outside in, as the kernel counts them
# The longest range of a site's missiles from which it counts as long or medium range, where the
# scenario does not say. There are no agreed limits; these are this model's.
LONG_M, MEDIUM_M = 100e3, 25e3


def layer_of(raid: Raid, site: Site, unit: FireUnit) -> int:
    """The layer of a site's fire units, an index of `NAMES`."""
    own = raid.sites.get(site.id)
    if own is not None and own.layer is not None:
        return NAMES.index(own.layer)
    longest = max(f.missile.range_max_m for f in unit.missiles)
    return int(longest < LONG_M) + int(longest < MEDIUM_M)


def bound_places(scenario: Scenario, raid: Raid, site: Site, places: Places) -> Bound:
    """Where the units of a site may meet a target, of all places on the paths; None: anywhere.

    A path counts up to its last place inside the circle around what they protect. Ground range
    counts: how high the target flies does not matter.
    """
    own = raid.sites.get(site.id)
    if own is None or own.protects is None:
        return None
    protects = own.protects
    position = next(
        held.position
        for held in (scenario.places if protects.place is not None else scenario.sites)
        if held.id == (protects.place or protects.site)
    )
    radius = protects.radius_m
    inside = places.points.polar(position.lon, position.lat, 1.01 * radius)[0] <= radius
    bound = np.zeros(len(inside), bool)
    for first, end in itertools.pairwise(places.first):
        within = np.flatnonzero(inside[first:end])
        if len(within):
            bound[first : first + within[-1] + 1] = True
    return bound


Bound = NDArray[np.bool_] | None
