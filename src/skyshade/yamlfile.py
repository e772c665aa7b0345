"""YAML files as plain data plus the line of every field, with the traps of YAML closed.

Only what JSON can say is read (mappings, lists, strings, numbers, booleans, null); dates stay
strings. Refused with file and line: aliases and anchors (a short file could unfold into gigabytes
or into itself), tags, duplicate keys, NaN and infinity, nesting and sizes beyond any real file.
"""

from __future__ import annotations

import json
import math
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from skyshade.errors import InputError
from skyshade.files import check_finished

MAX_BYTES = 16 * 2**20
# what the standard library and NumPy may raise on an archive that is damaged
DAMAGED_ARCHIVE = (
    *(OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, LookupError, ValueError),
    *(struct.error, NotImplementedError, OverflowError),
)
MAX_DEPTH = 40
MAX_VALUES = 200_000  # keys included; ten times the largest scenario, and about 100 MB

Path_ = tuple[str | int, ...]

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")  # as in YAML itself
# with these, a text is shown in another order than it is stored in
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_NON_FINITE = re.compile(r"[-+]?\.?(inf|infinity)|\.?nan", re.IGNORECASE)
_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(frozen=True)
class Document:
    """One parsed file: `data` and, per path into it, the line (from 1) where it stands."""

    data: Any
    file: str
    lines: dict[Path_, int] = field(repr=False)

    def line(self, path: Path_) -> int | None:
        """Line of `path`, or of its nearest ancestor that stands in the file."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return None


def read_bytes(path: str | Path, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of a file.

    Raises
    ------
    InputError : missing, not a regular file, unreadable, larger than `max_bytes`, part of results
        that a stopped run left unfinished.
    """
    path = Path(path)
    if "\0" in str(path):
        raise InputError("no such file", file=path)
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InputError("is a folder, not a file", file=path)
        if not path.is_file():  # a pipe or a device may have no end
            raise InputError("is not a regular file", file=path)
        with path.open("rb") as file:
            data = file.read(min(size, max_bytes) + 1)
            if len(data) > size:  # which is untrue, as it is under /proc
                data += file.read(max(max_bytes + 1 - len(data), 0))
    except FileNotFoundError:
        raise InputError("no such file", file=path) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from None
    check_finished(path)
    if len(data) > max_bytes:
        raise InputError(
            "the file is too large",
            file=path,
            value=f"{max(size, len(data)) / 2**20:.0f} MiB",
            allowed=f"at most {max_bytes / 2**20:.0f} MiB",
        )
    return data


def decode(data: bytes, file: str | Path) -> str:
    """The UTF-8 text of a file's bytes.

    Raises
    ------
    InputError : not UTF-8, with the line.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(f"not UTF-8 text (byte {error.start})", file=file, line=line) from None


def read_text(path: str | Path, max_bytes: int = MAX_BYTES) -> str:
    """The UTF-8 text of a file.

    Raises
    ------
    InputError : missing, not a regular file, unreadable, larger than `max_bytes`, not UTF-8.
    """
    return decode(read_bytes(path, max_bytes), path)


def load_json(path: str | Path, max_bytes: int = MAX_BYTES) -> Any:
    """The plain data of a JSON file, with the limits of :func:`read_text`.

    Raises
    ------
    InputError : as there; not JSON, nested too deeply, numbers that are not finite.
    """
    text = read_text(path, max_bytes)

    def number(digits: str) -> int | float:
        value = int(digits) if len(digits) < 40 and _INT.fullmatch(digits) else float(digits)
        if not math.isfinite(value):
            raise InputError("a number must be finite", file=path, value=digits)
        return value

    try:
        return json.loads(text, parse_int=number, parse_float=number, parse_constant=number)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}", file=path, line=error.lineno) from None
    except RecursionError:
        raise InputError("nested too deeply", file=path) from None


class _Dumper(yaml.SafeDumper):
    """Quotes every text that :func:`parse_yaml` would read as something else."""


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = (
        text in _NULL
        or text in _BOOL
        or (
            len(text) < 40
            and (_INT.fullmatch(text) or _FLOAT.fullmatch(text) or _NON_FINITE.fullmatch(text))
        )
    )
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if plain else None)


_Dumper.add_representer(str, _quoted)


def dump_yaml(data: Any, **options: Any) -> str:
    """YAML that :func:`parse_yaml` reads as the same data; keys keep their order."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, **options)
    return text


def load_yaml(path: str | Path) -> Document:
    """Read and parse one YAML file; see :func:`parse_yaml`."""
    return parse_yaml(read_text(path), str(path))


def parse_yaml(text: str, file: str = "<text>") -> Document:
    """Parse YAML text.

    Raises
    ------
    InputError : syntax error or one of the refusals named in the module docstring, with its line.

    Examples
    --------
    >>> doc = parse_yaml("site:\\n  lat: 30\\n")
    >>> doc.data, doc.line(("site", "lat"))
    ({'site': {'lat': 30}}, 2)
    """
    tree = _Tree(file)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            tree.count(event, line)
            tree.take(event, line)
    except yaml.reader.ReaderError as error:  # its position counts bytes or characters
        raise _unreadable(text, text.find(chr(error.character)), error.reason, file) from None
    except UnicodeEncodeError as error:
        raise _unreadable(text, error.start, "half a character", file) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        raise InputError(
            f"not valid YAML: {problem}", file=file, line=mark.line + 1 if mark else None
        ) from None
    return Document(tree.root[0] if tree.root else None, file, tree.lines)


class _Tree:
    """The plain data that a file's events build up, and the line of each value."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path_, int] = {}
        self.root: list[Any] = []  # the document, once it has begun
        # one frame per open collection: (container, path, pending key or none)
        self._stack: list[tuple[Any, Path_, list[str]]] = []
        self._n_values = 0

    def count(self, event: yaml.Event, line: int) -> None:
        """Count a value; refuse one too many, and anchors, aliases and tags."""
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            raise InputError(
                "YAML aliases and anchors are not used here; write the value out",
                file=self.file,
                line=line,
                value=anchor,
            )
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            raise InputError("YAML tags are not used here", file=self.file, line=line, value=tag)
        self._n_values += isinstance(event, yaml.NodeEvent)
        if self._n_values > MAX_VALUES:
            raise InputError(
                "too many values",
                file=self.file,
                line=line,
                allowed=f"at most {MAX_VALUES:,} in one file, keys included",
            )

    def take(self, event: yaml.Event, line: int) -> None:
        """Add what an event says to the tree."""
        if isinstance(event, yaml.ScalarEvent):
            self._place(_scalar(event, self.file, line), line, event.value)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open({} if isinstance(event, yaml.MappingStartEvent) else [], line)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._stack.pop()
        elif isinstance(event, yaml.DocumentStartEvent) and self.root:
            raise InputError("more than one YAML document", file=self.file, line=line)

    def _open(self, container: dict[str, Any] | list[Any], line: int) -> None:
        """Begin a mapping or a list."""
        if self._stack and isinstance(self._stack[-1][0], dict) and not self._stack[-1][2]:
            raise InputError("a key must be a plain word", file=self.file, line=line)
        if len(self._stack) >= MAX_DEPTH:
            raise InputError(f"nested deeper than {MAX_DEPTH} levels", file=self.file, line=line)
        self._stack.append((container, self._place(container, line), []))

    def _place(self, value: Any, line: int, written: str = "") -> Path_:
        """Put a finished or just opened value where it belongs; its path.

        Parameters
        ----------
        written : a scalar as it stands in the file; a key is taken so: 57E6 is a name, no number.
        """
        if not self._stack:
            self.root.append(value)
            self.lines[()] = line
            return ()
        container, path, pending = self._stack[-1]
        if isinstance(container, list):
            here = (*path, len(container))
            container.append(value)
            self.lines[here] = line
            return here
        if not pending:  # this is a key
            if not isinstance(value, str):
                value = written
            if value in container:
                raise InputError("this key stands twice", file=self.file, line=line, value=value)
            pending.append(value)
            self.lines[(*path, value)] = line
            return (*path, value)
        key = pending.pop()
        container[key] = value
        return (*path, key)


def _unreadable(text: str, at: int, reason: str, file: str) -> InputError:
    """The complaint about a character that may not stand in a file."""
    line = len((text[:at] + ".").splitlines())
    return InputError(f"not valid YAML: {reason}", file=file, line=line, value=text[at])


def _scalar(event: yaml.ScalarEvent, file: str, line: int) -> Any:
    text: str = event.value
    _check_characters(text, event.style == '"', file, line)
    if event.style in ("'", '"', "|", ">"):
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if len(text) < 40:
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            number = float(text)
            if math.isfinite(number):
                return number
            raise InputError("a number must be finite", file=file, line=line, value=text)
        if _NON_FINITE.fullmatch(text):
            hint = "Put it in quotes if it is a word." if text.isalpha() else None
            raise InputError("a number must be finite", file=file, line=line, value=text, hint=hint)
    return text


def _check_characters(text: str, escaped: bool, file: str, line: int) -> None:
    """Refuse characters that hide what a text says; `escaped` ones may be of any kind."""
    if escaped and _CONTROL.search(text):
        raise InputError("control characters are not allowed", file=file, line=line, value=text)
    if _REORDERING.search(text):
        problem = "characters that reverse the order of text are not allowed"
        raise InputError(problem, file=file, line=line, value=text)
