"""Published figures of systems, their parts and targets, each with source, range, confidence.

>>> from skyshade.catalogue import load_catalogue
>>> load_catalogue().entry("48n6dm").figure("range_max").number
250000.0
"""

from skyshade.catalogue.load import load_catalogue
from skyshade.catalogue.model import Alternative, Catalogue, Entry, Figure, Source

__all__ = ["Alternative", "Catalogue", "Entry", "Figure", "Source", "load_catalogue"]
