"""Resolution of 10^5 claims: seconds and memory beside the limits, and what is not in them.

The claims are made in memory, in three shapes: spread over many subjects, all about one event, and
all promises of one date, since a slot's size is what could make it slow; a quarter of them are a
party's word. Timed each by itself: making the Claim objects, `resolve` (by the clock, and in
seconds of the processor, which other work lengthens less), `ProgrammeState.as_dict`. Reading YAML
is timed apart, on 10^4 claims in one file, because it costs far more than resolution. Memory is the
peak of a fresh process per shape until the state is there, Python and its libraries included.

    python benchmarks/programme.py [--claims 100000]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from random import Random

from skyshade.dates import PartialDate
from skyshade.programme import Claim, Ledger, load_ledger, resolve
from skyshade.programme.amount import Amount
from skyshade.programme.ledger import vocabulary
from skyshade.programme.model import LedgerSource, Subject

SHAPES = ("many subjects", "one event", "one promise")
LIMIT_S, LIMIT_MIB = 2.0, 500.0
START = date(2018, 1, 1)
AUTHORITIES = ("inference", "copy", "agency", "named official", "official record")


def make(shape: str, n: int) -> Ledger:
    """A ledger of n claims of one shape, the same every time."""
    random = Random(1)
    names = [f"subject-{i}" for i in range(2000 if shape == "many subjects" else 1)]
    attributes = ("delivered", "deployed", "price", "schedule", "quantity", "status")
    claims = []
    for i in range(n):
        attribute = random.choice(attributes) if shape == "many subjects" else "delivered"
        day = START + timedelta(days=random.randrange(3000))
        span = PartialDate(day, day + timedelta(days=random.choice((0, 30, 365))))
        stance = random.choice(("affirms", "affirms", "affirms", "denies", "announces"))
        if shape != "many subjects":
            stance = "announces" if shape == "one promise" else stance
        later = PartialDate.on(span.last + timedelta(days=random.randrange(400)))
        value = {
            "price": Amount(random.choice((5.0e9, 5.43e9)), "USD"),
            "quantity": Amount(5.0, "systems"),
            "schedule": "late",
            "status": random.choice(("signed", "not signed")),
        }.get(attribute)
        claims.append(
            Claim(
                id=f"claim-{i:06d}",
                subject=random.choice(names),
                attribute=attribute,
                value=value,
                valid=later if stance == "announces" else span,
                reported=span if stance == "announces" else later,
                source="paper",
                stance=stance,
                confidence="medium",
                evidence="seen",
                authority=random.choice(AUTHORITIES),
                side="seller" if i % 4 == 0 else "",
                interested=i % 4 == 0,
            )
        )
    source = LedgerSource("paper", "A title", "A paper", "agency", PartialDate.on(START), "full")
    return Ledger(
        name="bench",
        title="bench",
        as_of=date(2030, 1, 1),
        subjects={name: Subject(name, "unit", name) for name in names},
        attributes=vocabulary(),
        sources={"paper": source},
        claims=tuple(claims),
    )


def one(shape: str, n: int) -> None:
    """Time one shape in this process and print a line."""
    start = time.perf_counter()
    ledger = make(shape, n)
    made, cpu = time.perf_counter(), time.process_time()
    state = resolve(ledger)
    resolved, cpu = time.perf_counter(), time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    state.as_dict()
    written = time.perf_counter()
    print(
        f"{shape:16}{made - start:9.2f}{resolved - made:10.2f}{cpu:10.2f}{cpu / LIMIT_S:10.2f}"
        f"{written - resolved:10.2f}{peak:10.0f}{peak / LIMIT_MIB:10.2f}{len(state.conflicts):11,}"
    )


def reading(n: int) -> None:
    """Write a ledger file of n claims and time reading it."""
    head = "schema: skyshade/ledger/1\nsubjects: {c: {kind: contract, title: c}}\nsources: {s: {title: t, outlet: o, date: 2020-01-01}}\nclaims:\n"  # noqa: E501
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.yaml"
        with file.open("w") as f:
            f.write(head)
            for i in range(n):
                f.write(
                    f"  - {{id: c{i}, subject: c, attribute: price, value: {i + 1} m USD, "
                    "valid: 2019, source: s, confidence: low}\n"
                )
        start = time.perf_counter()
        ledger = load_ledger(file)
        print(
            f"reading {len(ledger.claims):,} claims from YAML: {time.perf_counter() - start:.2f} s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--shape", choices=SHAPES)
    options = parser.parse_args()
    if options.shape:
        one(options.shape, options.claims)
        return
    heads = ("make s", "resolve s", "CPU s", "of limit", "as_dict s", "peak MiB", "of limit")
    heads = (*heads, "conflicts")
    print(f"{f'{options.claims:,} claims':16}" + "".join(f"{h:>10}" for h in heads))
    for shape in SHAPES:
        sys.stdout.flush()
        command = [sys.executable, __file__, "--claims", str(options.claims), "--shape", shape]
        subprocess.run(command, check=True)
    reading(10_000)


if __name__ == "__main__":
    main()
