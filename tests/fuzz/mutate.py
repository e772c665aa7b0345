"""Small damage to bytes, from a seed: what a fuzzer of files does, without a tool of its own."""

from __future__ import annotations

import random

TOKENS = (
    b"-1",
    b"0",
    b"1e400",
    b"1" + b"0" * 400,
    b"NaN",
    b"Infinity",
    b"null",
    b"[]",
    b"{}",
    b"'",
    b'"',
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\n",
    b"\t",
    b": ",
    b"- ",
    b"&a",
    b"*a",
    b"!!int ",
    b"<<: *a",
    b"%",
    b"#",
    b"[" * 3000,
    b"{" * 3000,
    b"km",
    b" msl",
    b"9999-12-31",
    b"../../x",
    b"/dev/zero",
    b"=1+1",
    b"$\\frac{",
    b"<script>",
    b"\xe2\x80\xae",
    b"\xd9\xa3",
    b"1_000",
    b"A" * 5000,
    b"?a=" * 50,
    b"\x1b[31m",
)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The data with one to six places changed."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(out) + 1)
        end = min(at + rng.choice([1, 2, 4, 16, 64]), len(out))
        kind = rng.randrange(7)
        if kind == 0:
            out[at:at] = rng.choice(TOKENS)
        elif kind == 1:
            out[at:end] = rng.choice(TOKENS)
        elif kind == 2:
            del out[at:end]
        elif kind == 3:
            out[at:end] = rng.randbytes(end - at)
        elif kind == 4 and out:
            out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
        elif kind == 5:
            out[at:at] = out[at:end] * rng.choice([1, 2, 50])
        else:
            del out[at:]
    return bytes(out)
