"""The programme: claims with their sources, and what follows from them on any date.

>>> from datetime import date
>>> from skyshade.programme import load_ledger, resolve
>>> state = resolve(load_ledger("india-s400"), known_on=date(2022, 8, 1))
>>> [unit.status for unit in state.units[:2]]
['delivered', 'delivery begun']
"""

from skyshade.programme.ledger import ledger_names, load_ledger
from skyshade.programme.model import Claim, Ledger
from skyshade.programme.resolve import resolve
from skyshade.programme.state import ProgrammeState

__all__ = ["Claim", "Ledger", "ProgrammeState", "ledger_names", "load_ledger", "resolve"]
