"""Tables that people have: CSV with commas, semicolons or tabs, with decimal points or commas."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from skyshade.errors import InputError, did_you_mean
from skyshade.yamlfile import decode

_POINT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_COMMA = re.compile(r"[-+]?([0-9]+,?[0-9]*|,[0-9]+)([eE][-+]?[0-9]+)?")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def plain_number(value: object) -> float | None:
    """A finite number, or the text of one in the digits 0 to 9; None for anything else.

    Python reads more: digits of other scripts, `1_000`, `nan`.

    Examples
    --------
    >>> plain_number(" -1.5e3"), plain_number(7), plain_number("1_000"), plain_number("inf")
    (-1500.0, 7.0, None, None)
    """
    if isinstance(value, str) and not _POINT.fullmatch(value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # an integer of hundreds of digits
        return None
    return number if math.isfinite(number) else None


def table_text(data: bytes, file: str | Path) -> str:
    """The text of a table: UTF-8, with or without a byte order mark, or marked UTF-16.

    Raises
    ------
    InputError : something else.
    """
    if data[:2] in _UTF16:
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise InputError("not whole UTF-16 text", file=file) from None
    return decode(data, file)


@dataclass(frozen=True)
class Table:
    """A table with a heading.

    Attributes
    ----------
    columns : the heading's names, without blanks around them.
    delimiter : what stands between values. With any other than a comma, a number may have a decimal
        comma.
    """

    file: Path
    columns: tuple[str, ...]
    delimiter: str
    text: str

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Number of the line and values of every row that is not blank.

        Raises
        ------
        InputError : a row has other than the heading's number of values; no CSV.
        """
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter)
        try:
            next(reader)
            for row in reader:
                if not any(value.strip() for value in row):
                    continue
                if len(row) != len(self.columns):
                    more = len(row) > len(self.columns) and self.delimiter == ","
                    raise InputError(
                        f"{len(row)} values where the heading has {len(self.columns)}",
                        file=self.file,
                        line=reader.line_num,
                        value=self.delimiter.join(row),
                        hint="A decimal comma splits a number: separate values by semicolons, or "
                        "write decimal points."
                        if more
                        else None,
                    )
                yield reader.line_num, row
        except csv.Error as error:
            raise InputError(
                f"not a table: {error}", file=self.file, line=reader.line_num
            ) from None

    def number(self, text: str) -> float | None:
        """A number as this table writes it; None if it is blank or none.

        Examples
        --------
        >>> Table(Path("a"), (), ";", "").number("47,5"), Table(Path("a"), (), ",", "").number("x")
        (47.5, None)
        """
        text = text.strip()
        if self.delimiter != "," and _COMMA.fullmatch(text):
            text = text.replace(",", ".")
        return plain_number(text)


def read_table(text: str, file: str | Path) -> Table:
    """The heading of a table, and how its values are separated.

    Raises
    ------
    InputError : empty, or no heading.
    """
    head = next((line for line in text.splitlines() if line.strip()), "")
    if not head:
        raise InputError("the file is empty", file=file, allowed="a heading, and a line per record")
    bare = re.sub(r'"[^"]*"', "", head)
    delimiter = max(";\t,", key=bare.count)
    start = text.index(head)
    columns = next(csv.reader([head], delimiter=delimiter))
    if any(_POINT.fullmatch(name.strip()) for name in columns):
        raise InputError(
            "there is no heading: the first line holds numbers",
            file=file,
            line=1,
            value=head,
            allowed="a line with the names of the columns",
        )
    return Table(Path(file), tuple(name.strip() for name in columns), delimiter, text[start:])


def find_columns(
    table: Table,
    aliases: Mapping[str, Sequence[str]],
    needed: Sequence[str],
    given: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Which column of a table holds which field: as given, else guessed by its name.

    Parameters
    ----------
    aliases : by field, usual names of its column, the likeliest first, in small letters.
    needed : fields without which the table is of no use.
    given : field -> name of a column.

    Raises
    ------
    InputError : an unknown field or column was given; a needed field has no column.
    """
    by_name = {name.casefold(): name for name in reversed(table.columns)}
    found: dict[str, str] = {}
    for field, name in (given or {}).items():
        if field not in aliases:
            raise InputError(
                f"unknown field '{field}'",
                field="columns",
                allowed=", ".join(aliases),
                hint=did_you_mean(field, aliases),
            )
        if name.casefold() not in by_name:
            raise InputError(
                f"there is no column '{name}'",
                file=table.file,
                field="columns",
                allowed=", ".join(table.columns),
                hint=did_you_mean(name, table.columns),
            )
        found[field] = by_name[name.casefold()]
    for field, names in aliases.items():
        match = next((by_name[n] for n in names if n in by_name), None)
        if field not in found and match is not None and match not in found.values():
            found[field] = match
    for field in needed:
        if field not in found:
            raise InputError(
                f"no column looks like {field}",
                file=table.file,
                line=1,
                value=", ".join(table.columns),
                allowed=f"for example {', '.join(aliases[field][:3])}",
                hint=f"Say which it is: --columns {field}=NAME",
            )
    return found
