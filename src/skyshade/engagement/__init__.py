"""What gets through when a raid comes: compile, run replicates, count."""

from skyshade.engagement.compile import CompiledRaid, compile_raid
from skyshade.engagement.launch import Block, Runner, run_log
from skyshade.engagement.results import Tally

__all__ = ["Block", "CompiledRaid", "Runner", "Tally", "compile_raid", "run_log"]
