"""What the raid kernel reads, and the state of one replicate, as tuples of arrays.

Legend: n targets, s sites (each with an acquisition radar and a command post), u fire units (each
with an engagement radar and launchers, standing at a site), m missile types. Acquisition radars are
those of the sites, in their order, and then those in the air, which have neither units nor command
post. A target's path is a row of places one `step` (s) apart; the rows of all paths stand one after
the other in the tables, and targets on the same path share its row. A radar in the air has a row of
the tables of sight for each position of its orbit.
"""

from typing import Any, NamedTuple

from skyshade._jit import inner

# what became of a target
OPEN, KILLED, LEAKED, DEPARTED = 0, 1, 2, 3
# why a leaker got through; the order in which they are asked is that of `_scalar.why_leaked`
(
    NO_REASON,
    NEVER_TRACKED,
    OUT_OF_REACH,
    TOO_LATE,
    NO_CHANNEL,
    NO_GUIDANCE,
    NO_ROUND,
    ALL_MISSED,
    WRITTEN_OFF,
    UNIT_GONE,
    HELD_BACK,
    NOT_PROTECTED,
) = range(12)
# who takes a target that several units could: whoever adds most, the outermost layer, the best shot
BENEFIT, BY_LAYER, BY_SHOT = 0, 1, 2
LAYERS = 3  # long, medium and short range, from the outside in
# what a channel of a fire unit is doing
FREE, READYING, FLYING, ASSESSING = 0, 1, 2, 3
# what a leaker destroys
NOTHING, RADAR, POST, UNIT = 0, 1, 2, 3
# events; at the same time they happen in this order. ASK: by hand, for who decides from outside
(
    INTERCEPT,
    ARRIVE,
    ASSESS,
    RELOAD,
    RESUPPLY,
    REPAIR,
    SCAN,
    LAUNCH,
    ASK,
    WAKE,
    LAST_CHANCE,
) = range(11)
# entries of the log
(
    CONFIRMED,
    DROPPED,
    ASSIGNED,
    LAUNCHED,
    HIT,
    MISSED,
    WASTED,
    LOST,
    LEAK,
    DEPARTURE,
    RELEASED,
    RELOADED,
    RADAR_LOST,
    POST_LOST,
    UNIT_LOST,
    RADAR_REPAIRED,
    POST_REPAIRED,
    UNIT_REPAIRED,
    RESUPPLIED,
) = range(19)
LOG_COLUMNS = 6  # time (s), entry, target, unit (or site), missile, detail
# counters of a replicate
(
    N_EVENTS,
    N_ALIVE,
    N_LOG,
    IS_DUE,
    N_HIT,
    N_MISSED,
    N_WASTED,
    N_LOST,
    N_CONFIRMED,
    N_DROPPED,
    N_REFUSED,
    N_ENGAGED,
    NEXT_RADAR,
    NEXT_TARGET,
    NEXT_GROUP,
    NEXT_CHANCE,
) = range(16)
COUNTERS = 16
A_BITS, B_BITS = 20, 20  # of an event's code: kind, first and second number

NO_LIMIT = 1 << 30
ENGAGES, GIVEN_UP = 1, 2  # bits of `RunState.busy`


class Key(NamedTuple):
    """The seed as the two words that Philox takes."""

    low: Any
    high: Any


class Threats(NamedTuple):
    """Who comes. Arrays over targets unless said otherwise.

    Attributes
    ----------
    after, delay, gap : each starts `delay` (s) after the start of target `after` (-1: of the raid)
        and an exponential time of mean `gap` (s) more.
    first, steps : where its path begins in the tables, and how many steps long it is.
    chance : path time (s) of the last moment at which an order to launch can still lead to a
        meeting; -inf if no unit could ever meet it.
    chances : those that have such a moment, by when it comes if every random time were its mean.
    beyond : the reason of a leaker without one: `OUT_OF_REACH`, or `NOT_PROTECTED` where the units
        that could meet it protect something else.
    reaches : whether the path ends at an aim point; else the target flies on and is gone.
    weight : value of what it heads for.
    breaks, breaks_at : what it destroys there, and of which site or unit.
    kind : its class, as a column of `p_kill`.
    jams : whether it is a stand-off jammer.
    no_engage : friendly traffic: tracked, never engaged.
    order : targets by when their paths end, if every random time were its mean.
    """

    after: Any
    delay: Any
    gap: Any
    first: Any
    steps: Any
    chance: Any
    chances: Any
    beyond: Any
    reaches: Any
    weight: Any
    breaks: Any
    breaks_at: Any
    kind: Any
    jams: Any
    no_engage: Any
    order: Any


class Sight(NamedTuple):
    """What the acquisition radars can see.

    Attributes
    ----------
    threshold : (rows, places) detection threshold: a look detects if its random word is below it
        (see `_scalar_track.detection_threshold`). Stand-off noise is not in it.
    gain : (rows, places) ln of the signal-to-noise ratio; -inf where the radar is blind.
    first_s, last_s : (radars, targets) path time of the first and the last place in view (s).
    noise : (rows, places) J/N that a stand-off jammer there puts into the radar's side lobes.
    share : (rows, places) of such noise in all that a target there is seen against, which is 1
        unless it screens itself: 1 / (1 + its own J/N). Both are empty if no jammer stands off.
    curve : (radars, nodes) detection probability over ln(snr).
    curve_first, per_node, log_snr_floor : (radars,) ln(snr) of the curve's first node, its nodes
        per unit, and the ln(snr) below which a look is blind.
    enough : (2^(N-1),) one more detection confirms, by the bits of the last N-1 scans.
    coast : a confirmed track is dropped after more missed scans in a row than this.
    first_row, rows : (radars,) of the tables: one for a radar on the ground, one for each position
        of an orbit, in the order in which they are flown.
    lap : (radars,) time of one round of the orbit (s).
    watch, cycle : (radars,) on station for so long in every cycle (s); equal: always.
    """

    threshold: Any
    gain: Any
    first_s: Any
    last_s: Any
    noise: Any
    share: Any
    curve: Any
    curve_first: Any
    per_node: Any
    log_snr_floor: Any
    enough: Any
    coast: int
    period: Any  # (radars,)
    emits: Any  # (radars,)
    tracks_max: Any  # (radars,)
    first_row: Any
    rows: Any
    lap: Any
    watch: Any
    cycle: Any


class Fire(NamedTuple):
    """What the fire units can do.

    Attributes
    ----------
    flight : (places, sites, missiles + 1) time of flight (s) to the target of a missile launched
        when the target is there; +inf where none can be met. The last is none, but the path time
        (s) of the next place at which some missile can be launched: what is asked about a place
        then stands in one or two lines of the cache.
    p_kill : (missiles, classes) mean over raids.
    p_days : (missiles, classes, days) the same on equally likely days from the worst to the best;
        one day if shots are independent.
    shape : (places, sites, missiles) factor on it at a meeting there; empty if there is none.
    site : (units,) where each stands.
    first_channel, channels : (units,) of the channel arrays.
    guidance_channels, launchers : (units,).
    load, stores : (units, missiles) rounds ready, and reloads.
    resupply : (units, missiles) rounds that come into the stores every `Rules.resupply`.
    tubes : (missiles,) rounds on a launcher.
    thrift : (missiles,) by how much a kill probability counts more the cheaper the round is, at
        most 1; all 1 unless the cheapest shot is wanted.
    layer : (units,) 0 for the outermost, `LAYERS` - 1 for the innermost.
    """

    flight: Any
    p_kill: Any
    p_days: Any
    shape: Any
    site: Any
    first_channel: Any
    channels: Any
    guidance_channels: Any
    launchers: Any
    load: Any
    stores: Any
    resupply: Any
    tubes: Any
    thrift: Any
    layer: Any


class Doctrine(NamedTuple):
    """How each fire unit shoots; arrays over units.

    Attributes
    ----------
    reaction : from the assignment to the launch (s).
    interval : between launches of one launcher (s).
    assessment : from the last intercept of a salvo until its result is known (s).
    reload : from a launcher's last round until it comes back full (s); +inf: no reload.
    salvo : missiles launched before looking.
    shots_max : missiles of one engagement.
    shots_most : missiles at one target over the whole raid.
    engage_again : whether a target that survives a salvo is shot at again at once.
    false_kill : probability that a target which survived a salvo is taken for destroyed.
    false_miss : probability that a destroyed target is taken for alive.
    """

    reaction: Any
    interval: Any
    assessment: Any
    reload: Any
    salvo: Any
    shots_max: Any
    shots_most: Any
    engage_again: Any
    false_kill: Any
    false_miss: Any


class Rules(NamedTuple):
    """Times (s) and switches of the kill chain as a whole."""

    step: float
    duration: float
    central: bool  # one command post assigns for all sites; else each for its own
    cueing: bool  # a track of any radar serves every unit; else only its own site's
    by_time: bool  # whether time to go and value make the rank
    by_value: bool
    horizon: float  # how fast a later intercept loses worth (s)
    resupply: float  # between two resupplies (s); +inf: none
    repair: float  # until what was lost works again (s); +inf: never
    prefers: int  # BENEFIT, BY_LAYER or BY_SHOT: who takes a target that several units could


class Plan(NamedTuple):
    """A raid, compiled."""

    threats: Threats
    sight: Sight
    fire: Fire
    doctrine: Doctrine
    rules: Rules


class Rows(NamedTuple):
    """Results, one row per replicate; see `engagement._cpu.make_rows`."""

    outcome: Any  # (replicates, targets)
    reason: Any  # (replicates, targets) why it leaked; NO_REASON if it did not
    when: Any  # (replicates, targets) when that was settled (s)
    by: Any  # (replicates, targets) unit that killed it, -1
    missile: Any  # (replicates, targets) with which it was killed, -1
    shots: Any  # (replicates, targets) fired at it
    tried: Any  # (replicates, targets) layers that fired at it: bits
    count: Any  # (replicates, COUNTERS)
    fired: Any  # (replicates, missiles)
    fired_by: Any  # (replicates, LAYERS, missiles)


class RunState(NamedTuple):
    """One replicate while it runs. Views of scratch arrays; see `engagement._cpu.make_scratch`."""

    count: Any  # (COUNTERS,)
    # targets
    start: Any
    end: Any
    tie: Any  # random number that decides between what is otherwise equal
    outcome: Any
    reason: Any
    tracked: Any  # whether any radar ever confirmed a track of it
    obstacle: Any  # what stood in the way of the last chance to order a launch
    given_up: Any  # how many units take it for destroyed though it is not
    by: Any  # unit that killed it, -1
    by_missile: Any
    shots: Any  # fired at it
    tried: Any  # layers that fired at it: bits
    resolved: Any
    judged: Any  # kill assessments of it
    holders: Any  # radars that hold a confirmed track
    engagers: Any  # units that engage it
    alive: Any  # which are in the air or still to come, in order; the first N_ALIVE entries
    order: Any  # all by when their paths end; NEXT_TARGET is the place of the first still open
    chances: Any  # those that have a last chance, by when; NEXT_CHANCE is the place of the next
    chance_at: Any  # when it is
    jn: Any  # (sites,) J/N of stand-off jammers at the scan in hand
    limit: Any  # detection thresholds of those that it looks at
    # sites x targets
    due: Any  # number of the scan that must look at it next
    bits: Any  # what the last looks detected, while there is no track
    hit: Any  # number of the last scan known to have detected it; -1: no confirmed track
    looked: Any  # number of the last scan that was worked out
    block: Any
    words: Any  # (sites * targets, 4)
    # units x targets
    busy: Any  # ENGAGES, GIVEN_UP: bits
    retry: Any  # when its group, by its lowest unit, looks at the target again
    # sites
    phase: Any  # when the radar's scan 0 is
    scan_at: Any  # when the radar looks next
    scans: Any  # number of that scan
    radar_up: Any
    post_up: Any
    tracks: Any
    orbit: Any  # (radars,) share of a round flown at the start
    rota: Any  # (radars,) share of its cycle passed at the start
    # units
    unit_up: Any
    free: Any
    guiding: Any
    group: Any
    wake: Any  # of a group, by its lowest unit: when it next has to look at a target again
    turn: Any
    ready: Any  # (units, missiles)
    stores: Any
    emptied: Any
    fired: Any
    launcher: Any  # (units, launchers) when each may launch again
    p_now: Any  # (missiles, classes) kill probability on the day
    worth: Any  # (missiles, classes) by which a missile is chosen: its mean, times `thrift`
    # channels
    target: Any
    doing: Any
    flying: Any
    to_fire: Any
    spent: Any
    believed: Any  # whether a destroyed target is taken for alive
    # queue
    when: Any
    what: Any
    # deciding
    waiting: Any
    benefit: Any  # (n, units)
    chosen: Any
    room: Any
    gain: Any
    entry: Any
    via: Any
    log: Any  # (rows, LOG_COLUMNS); no rows: no log


@inner
def worker_state(s, w):  # type: ignore[no-untyped-def]
    """The state of worker w: views of scratch arrays that have a leading axis of workers."""
    return RunState(
        s.count[w],
        s.start[w],
        s.end[w],
        s.tie[w],
        s.outcome[w],
        s.reason[w],
        s.tracked[w],
        s.obstacle[w],
        s.given_up[w],
        s.by[w],
        s.by_missile[w],
        s.shots[w],
        s.tried[w],
        s.resolved[w],
        s.judged[w],
        s.holders[w],
        s.engagers[w],
        s.alive[w],
        s.order[w],
        s.chances[w],
        s.chance_at[w],
        s.jn[w],
        s.limit[w],
        s.due[w],
        s.bits[w],
        s.hit[w],
        s.looked[w],
        s.block[w],
        s.words[w],
        s.busy[w],
        s.retry[w],
        s.phase[w],
        s.scan_at[w],
        s.scans[w],
        s.radar_up[w],
        s.post_up[w],
        s.tracks[w],
        s.orbit[w],
        s.rota[w],
        s.unit_up[w],
        s.free[w],
        s.guiding[w],
        s.group[w],
        s.wake[w],
        s.turn[w],
        s.ready[w],
        s.stores[w],
        s.emptied[w],
        s.fired[w],
        s.launcher[w],
        s.p_now[w],
        s.worth[w],
        s.target[w],
        s.doing[w],
        s.flying[w],
        s.to_fire[w],
        s.spent[w],
        s.believed[w],
        s.when[w],
        s.what[w],
        s.waiting[w],
        s.benefit[w],
        s.chosen[w],
        s.room[w],
        s.gain[w],
        s.entry[w],
        s.via[w],
        s.log[w],
    )
