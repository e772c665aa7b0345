"""The pages of an assessment: what an `Assessment` looks like to a reader, and as files."""

from skyshade.report.pages.front import answers, steps
from skyshade.report.pages.write import write_report

__all__ = ["answers", "steps", "write_report"]
