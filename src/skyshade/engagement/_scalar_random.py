"""Counter-based random numbers: what is drawn depends on what it is for, never on who draws it.

Philox 4x32-10 turns a counter of four words and a key of two into four random words. The key is
the seed; the counter says which replicate, which entity, for which purpose, and the number of
the draw. So results do not depend on workers, chunks or order, and two designs share the draws
they have in common.

Reference: J. K. Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC11, 2011.
"""

from skyshade._jit import scalar, u64

M0, M1 = u64(0xD2511F53), u64(0xCD9E8D57)
W0, W1 = u64(0x9E3779B9), u64(0xBB67AE85)
LOW, HIGH = u64(0xFFFFFFFF), u64(32)
PER_WORD = 2.0**-32

# purposes
ARRIVAL, PHASE, DETECTION, KILL, HOLDING, TIE, DAY, JUDGEMENT, STATION = range(9)


@scalar
def philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Four random words (uint64 below 2^32) from a counter and a key of such words."""
    for _ in range(10):
        p0 = M0 * c0
        p1 = M1 * c2
        c0, c1, c2, c3 = (p1 >> HIGH) ^ c1 ^ k0, p1 & LOW, (p0 >> HIGH) ^ c3 ^ k1, p0 & LOW
        k0 = (k0 + W0) & LOW
        k1 = (k1 + W1) & LOW
    return c0, c1, c2, c3


@scalar
def uniform(word):  # type: ignore[no-untyped-def]
    """A number in the open interval (0, 1) from a random word."""
    return (float(word) + 0.5) * PER_WORD


@scalar
def draw(key, run, entity, purpose, index):  # type: ignore[no-untyped-def]
    """One number in (0, 1): the `index`-th draw for this purpose, entity and replicate."""
    words = philox(u64(index), u64(entity), u64(purpose), u64(run), key.low, key.high)
    return uniform(words[0])
