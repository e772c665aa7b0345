"""The defender's moves on the CPU: one call from one decision to the next."""

from skyshade._jit import worker
from skyshade.defender._scalar import (
    BEGIN,
    N_PAIRS,
    N_RULE,
    NOW,
    act,
    ask_rule,
    clear,
    count_up,
    run_on,
    show_means,
    show_tracks,
)
from skyshade.engagement._scalar import begin, write_row
from skyshade.engagement._scalar_plan import worker_state


@worker
def move(plan, scratch, desk, scales, key, run, action):  # type: ignore[no-untyped-def]
    """Do what the action says, run on to the next decision, fill in the desk; False at the end.

    Parameters
    ----------
    scratch : of one worker, from `engagement._cpu.make_scratch`.
    action : `BEGIN` starts replicate `run`.
    """
    st = worker_state(scratch, 0)
    if action == BEGIN:
        begin(plan, st, key, run)
        clear(desk)
    else:
        act(plan, st, desk, action, desk.clock[NOW])
    goes_on = desk.counts[N_PAIRS] > 0 or run_on(plan, st, desk, key, run)
    if desk.counts[N_RULE] < 0:
        ask_rule(st, desk)
    count_up(st, desk)
    show_tracks(plan, st, desk, scales)
    show_means(plan, st, desk, scales)
    return goes_on


@worker
def copy_row(plan, scratch, r, rows):  # type: ignore[no-untyped-def]
    """What came of the replicate, as row r of the results."""
    write_row(plan, worker_state(scratch, 0), r, rows)
