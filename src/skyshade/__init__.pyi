"""Types of the public names, which `__init__.py` loads on first use."""

from skyshade.assess.run import assess as assess
from skyshade.campaign.compare import compare as compare
from skyshade.campaign.run import RaidResult as RaidResult
from skyshade.campaign.run import run_raid as run_raid
from skyshade.campaign.sweep import sweep as sweep
from skyshade.case import Case as Case
from skyshade.catalogue.load import load_catalogue as load_catalogue
from skyshade.coverage.compute import cover as cover
from skyshade.coverage.compute import cover_scenario as cover_scenario
from skyshade.coverage.compute import coverage_at as coverage_at
from skyshade.coverage.model import Coverage as Coverage
from skyshade.coverage.model import SiteSpec as SiteSpec
from skyshade.flyout.load import load_missile as load_missile
from skyshade.flyout.tables import flyout_table as flyout_table
from skyshade.programme.backtest import backtest as backtest
from skyshade.programme.forecast import forecast as forecast
from skyshade.programme.ledger import load_ledger as load_ledger
from skyshade.programme.resolve import resolve as resolve
from skyshade.radar.load import load_radar as load_radar
from skyshade.radar.load import load_target as load_target
from skyshade.reach.scenario import reach_scenario as reach_scenario
from skyshade.scenario.load import load_scenario as load_scenario
from skyshade.scenario.schema import Scenario as Scenario
from skyshade.terrain.dem import load_dem as load_dem
from skyshade.terrain.model import Altitude as Altitude
from skyshade.terrain.model import Antenna as Antenna
from skyshade.terrain.sweep import masking_altitude as masking_altitude
from skyshade.terrain.uncertainty import ErrorModel as ErrorModel
from skyshade.terrain.uncertainty import visibility_probability as visibility_probability
from skyshade.tracking.run import track_raid as track_raid

__version__: str

reach = reach_scenario

# the same names, for `from skyshade import *` and for tools that list them
__all__: list[str]
