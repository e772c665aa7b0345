"""Adding a claim to a ledger's file: only a valid claim, and no claim twice."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyshade.errors import InputError
from skyshade.files import exists, refused, write_whole
from skyshade.locks import folder_lock
from skyshade.manifest import sha256
from skyshade.programme.changes import changes_between
from skyshade.programme.ledger import (
    SCHEMA,
    ledger_files,
    ledger_names,
    load_files,
    load_ledger,
)
from skyshade.programme.model import Claim, Ledger
from skyshade.programme.resolve import resolve
from skyshade.programme.state import ProgrammeState
from skyshade.yamlfile import dump_yaml, parse_yaml, read_text

ASIDE = ".skyshade-add-"
WAIT_S = 60.0  # for another process that adds to a file of the same folder
ORDER = (
    "id",
    "subject",
    "attribute",
    "value",
    "stance",
    "valid",
    "said",
    "reported",
    "source",
    "also",
    "speaker",
    "office",
    "side",
    "authority",
    "evidence",
    "confidence",
    "supersedes",
    "note",
)


@dataclass(frozen=True)
class Added:
    """The result of adding a claim; `file` is None if the ledger had the claim already."""

    claim: Claim
    file: Path | None
    before: ProgrammeState
    after: ProgrammeState

    @property
    def changes(self) -> tuple[str, ...]:
        """What the claim changes in the state, in words, one line each."""
        lines = []
        for slot, new in self.after.answers.items():
            old = self.before.answers.get(slot)
            if old and old.claim == new.claim and len(new.support) > len(old.support):
                title = self.after.ledger.attributes[slot[1]].title
                lines.append(f"{slot[0]}, {title}: one more report agrees")
        for change in changes_between(self.before, self.after):
            was, now = change.before or "nothing known", change.after or "nothing known"
            if change.kind == "promise":
                was = change.before or "new"
            lines.append(f"{change.subject}, {change.what}: was {was}, is now {now}")
        more = len(self.after.conflicts) - len(self.before.conflicts)
        if more:
            noun = "contradiction" if abs(more) == 1 else "contradictions"
            lines.append(f"{abs(more)} {noun} {'more' if more > 0 else 'fewer'}")
        return tuple(lines)


def add_claim(target: str | Path, fields: Mapping[str, Any], base: str = "india-s400") -> Added:
    """Append a claim to a ledger's file; a file that does not exist is made and extends `base`.

    The file is written aside and renamed only after the whole ledger has been read with the claim
    in it; comments and everything else in the file stay as they are. A claim without an id gets
    one made from its content, so adding the same claim again gives the same id.

    Raises
    ------
    InputError : the claim, or the file, breaks a rule. Nothing is written in that case.
    WorkError : the disk is full, or another process holds the folder for too long.
    """
    path = Path(target)
    if str(target) in ledger_names():
        raise InputError(
            "a shipped ledger is not written to",
            value=str(target),
            hint=f"Name a file of your own, e.g. {target}-added.yaml; it extends the shipped one.",
        )
    others: list[Path] = []
    if exists(path) and path.is_dir():
        path, base = path / "added.yaml", str(target)
        others = [file for file in ledger_files(base) if file != path]
    with folder_lock(path.parent, WAIT_S):  # so that no claim of another process is lost
        return _add(path, base, others, fields)


def _add(path: Path, base: str, others: list[Path], fields: Mapping[str, Any]) -> Added:
    fresh = not path.exists()
    text = _new_file(path, None if others else base) if fresh else read_text(path)
    before = load_ledger(base if fresh or others else path)
    entry = {key: fields[key] for key in ORDER if fields.get(key) not in (None, "", [], ())}
    entry.setdefault("id", _id_of(entry))
    entry = {key: entry[key] for key in ORDER if key in entry}
    known = before.by_id.get(str(entry["id"]))
    whole = _append(text, entry, path)
    after = _load_with(whole, path, others)
    claim = after.claim(str(entry["id"]))
    if known is None:
        write_whole(path, whole)
    day = max(before.as_of, after.as_of, claim.reported.first)
    states = tuple(resolve(ledger, day, day) for ledger in (before, after))
    return Added(claim, path if known is None else None, states[0], states[1])


def _new_file(path: Path, base: str | None) -> str:
    if base is None:
        return f"schema: {SCHEMA}\n\nclaims:\n"
    name = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "added"
    return f"schema: {SCHEMA}\nname: {name}\nextends: {base}\n\nclaims:\n"


def _id_of(entry: Mapping[str, Any]) -> str:
    text = repr(sorted((k, str(v)) for k, v in entry.items() if k != "id"))
    return f"{entry.get('subject', 'claim')}-{sha256(text.encode())[:10]}"


def _append(text: str, entry: Mapping[str, Any], path: Path) -> str:
    """The text with the claim at the end of its list `claims`."""
    document = parse_yaml(text, str(path))
    data = document.data
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise InputError("not a ledger", file=path, field="schema", allowed=SCHEMA)
    lines = text.splitlines()
    claims = data.get("claims", ())
    if "claims" not in data:
        lines += ["", "claims:"]
        at, indent = len(lines), 2
    else:
        start = document.lines[("claims",)]
        later = [n for p, n in document.lines.items() if len(p) == 1 and n > start]
        at = min(later, default=len(lines) + 1) - 1
        while at > start and (not lines[at - 1].strip() or lines[at - 1].startswith("#")):
            at -= 1
        if claims and "-" not in lines[document.lines[("claims", 0)] - 1][:20]:
            raise InputError(
                "the claims are not written as a block list",
                file=path,
                line=start,
                allowed="one '- id: …' per claim, on lines of their own",
            )
        first = lines[document.lines[("claims", 0)] - 1] if claims else "  -"
        indent = len(first) - len(first.lstrip())
    block = dump_yaml([dict(entry)], width=100, default_flow_style=False)
    body = [" " * indent + line for line in block.rstrip().splitlines()]
    gap = [""] if claims and at > 0 and lines[at - 1].strip() else []
    return "\n".join([*lines[:at], *gap, *body, *lines[at:]]) + "\n"


def _load_with(text: str, path: Path, others: list[Path]) -> Ledger:
    """The ledger with the claim in it; complaints name the file that would hold the claim."""
    aside = path.with_name(f"{ASIDE}{secrets.token_hex(8)}.tmp")  # beside it, for what it extends
    try:
        for left in path.parent.glob(f"{ASIDE}*.tmp"):  # of a process that was killed
            left.unlink()
        aside.write_text(text, "utf-8")
        return load_files([*others, aside])
    except InputError as error:
        file = path if str(error.file) == str(aside) else error.file
        raise InputError(
            error.problem,
            file=file,
            line=error.line,
            field=error.field,
            value=error.value,
            allowed=error.allowed,
            hint=error.hint,
        ) from None
    except OSError as error:
        raise refused(error, path) from None
    finally:
        with contextlib.suppress(OSError):
            aside.unlink()
