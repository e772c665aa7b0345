"""What sites can see over terrain: per site, over the force, per altitude, beside the ring."""

from skyshade.coverage.compute import cover, cover_scenario, coverage_at
from skyshade.coverage.model import Coverage, SiteCoverage, SiteSpec

__all__ = ["Coverage", "SiteCoverage", "SiteSpec", "cover", "cover_scenario", "coverage_at"]
