"""The two ways a command can fail, each carrying one sentence for a human.

SkyshadeError
 ├── InputError   bad input: exit code 2
 └── WorkError    the work itself failed (network, disk): exit code 1
      ├── NoSpaceError   the disk is full
      └── Interrupted    the user stopped it: exit code 130
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class SkyshadeError(Exception):
    """Root of the errors that Skyshade raises on purpose; never raised itself."""

    exit_code = 1


class WorkError(SkyshadeError):
    """The input was good, the work failed: disk full, connection lost, interrupted."""


class NoSpaceError(WorkError):
    """The disk is full; the message says what is kept."""


class Interrupted(WorkError):  # noqa: N818 (not an error of anyone)
    """The user stopped the work; the message says what is kept and how to go on."""

    exit_code = 130


class InputError(SkyshadeError, ValueError):
    """What the user gave cannot be used.

    Parameters
    ----------
    problem : what is wrong, one clause.
    file, line, field, value : where it stands, as far as known.
    allowed : what would be right.
    hint : the way out, e.g. the nearest valid name.

    Examples
    --------
    >>> print(InputError("unknown unit 'mm'", file="a.yaml", line=3, field="antenna_agl",
    ...                  value="3 mm", allowed="m, km, ft"))
    a.yaml, line 3, antenna_agl: unknown unit 'mm' (got '3 mm'; allowed: m, km, ft)
    """

    exit_code = 2

    def __init__(
        self,
        problem: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        field: str | None = None,
        value: object = None,
        allowed: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.problem, self.file, self.line, self.field = problem, file, line, field
        self.value, self.allowed, self.hint = value, allowed, hint
        super().__init__(str(self))

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                _cut(str(self.file), 1000) if self.file is not None else "",
                f"line {self.line}" if self.line is not None else "",
                _cut(self.field or "", 120),
            )
            if part
        )
        details = []
        if self.value is not None:
            details.append(f"got {_short(self.value)}")
        if self.allowed:
            details.append(f"allowed: {self.allowed}")
        text = f"{place}: {self.problem}" if place else self.problem
        if details:
            text += f" ({'; '.join(details)})"
        return _printable(f"{text}. {self.hint}" if self.hint else text)

    def at(self, **place: object) -> InputError:
        """The same complaint with a more exact place (only empty parts are filled in)."""
        known = {
            "file": self.file,
            "line": self.line,
            "field": self.field,
            "value": self.value,
            "allowed": self.allowed,
            "hint": self.hint,
        }
        for key, new in place.items():
            if known[key] is None:
                known[key] = new
        return InputError(self.problem, **known)  # type: ignore[arg-type]

    def inside(self, outer: str, joint: str = ".") -> InputError:
        """The same complaint about a field of something larger."""
        return InputError(
            self.problem,
            file=self.file,
            line=self.line,
            field=f"{outer}{joint}{self.field}" if self.field else outer,
            value=self.value,
            allowed=self.allowed,
            hint=self.hint,
        )


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint naming the nearest known name, or None (and None for what is too long for a name).

    >>> did_you_mean("s-40", ["s-400", "patriot"])
    "Did you mean 's-400'?"
    """
    if len(name) > 100:
        return None
    folded = {k.casefold(): k for k in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    return f"Did you mean '{folded[close[0]]}'?" if close else None


def unknown_name(kind: str, name: str, known: Iterable[str], **place: object) -> InputError:
    """The error for a name that is not in a register, listing what is there.

    >>> print(unknown_name("system", "s-40", ["s-400"]))
    unknown system 's-40' (allowed: s-400). Did you mean 's-400'?
    """
    known = sorted(known)
    shown = ", ".join(_cut(k) for k in known[:20]) + (", …" if len(known) > 20 else "")
    return InputError(
        f"unknown {kind} {_short(name)}",
        allowed=shown,
        hint=did_you_mean(str(name), known),
        **place,  # type: ignore[arg-type]
    )


def _short(value: object) -> str:
    return _cut(repr(value))


def _cut(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _printable(text: str) -> str:
    """The text with line breaks and terminal escapes written out, as they may come from a file."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
