"""Instances from files (JSON, CSV, npz), and the random families of the literature."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from skyshade.assignment.model import Instance
from skyshade.csvfile import read_table, table_text
from skyshade.errors import InputError, did_you_mean, unknown_name
from skyshade.yamlfile import DAMAGED_ARCHIVE, load_json, read_bytes

KEYS = ("values", "p_kill", "rounds", "most_shots", "weapons", "targets")
SUFFIXES = (".json", ".csv", ".npz")
LARGEST_FILE = 256 * 2**20  # bytes
LARGEST_TABLE = 20_000  # weapons of a CSV file
LARGEST = 5000  # weapons or targets of a random instance


def read_instance(path: str | Path) -> Instance:
    """The instance in a file; see docs/assignment.md for the three forms.

    Raises
    ------
    InputError : no such file, another kind of file, or something in it that cannot be used.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError("unknown kind of file", file=path, allowed=", ".join(SUFFIXES))
    reader = {".json": _from_json, ".csv": _from_csv, ".npz": _from_npz}[path.suffix.lower()]
    try:
        return reader(path)
    except InputError as error:
        raise error.at(file=path) from None


def random_instance(size: str, seed: int = 0, rounds: int = 1) -> Instance:
    """An instance of the family that the literature compares solvers on.

    Values are uniform in 25 to 100 and kill probabilities uniform in 0.6 to 0.9.

    Parameters
    ----------
    size : weapons x targets, such as "200x100".
    seed : 0 or more.
    rounds : of each weapon.

    References
    ----------
    R. K. Ahuja, A. Kumar, K. C. Jha, J. B. Orlin, Exact and heuristic algorithms for the weapon-
    target assignment problem, Operations Research 55 (2007), section on computational results.

    Examples
    --------
    >>> random_instance("3x2", seed=1)
    <Instance: 3 weapons with 3 rounds, 2 targets>
    """
    sizes = re.fullmatch(r"\s*([0-9]{1,6})\s*[x×*]\s*([0-9]{1,6})\s*", size)
    n_weapons, n_targets = (int(n) for n in sizes.groups()) if sizes else (0, 0)
    if not 1 <= n_weapons <= LARGEST or not 1 <= n_targets <= LARGEST:
        raise InputError(
            "not a size",
            field="random",
            value=size,
            allowed=f"weapons x targets, 1 to {LARGEST} each, e.g. 80x80",
        )
    if seed < 0:
        raise InputError("negative", field="seed", value=seed, allowed="0 or more")
    draw = np.random.default_rng(seed)
    values = draw.uniform(25.0, 100.0, n_targets)
    return Instance.of(values, draw.uniform(0.6, 0.9, (n_weapons, n_targets)), rounds)


def save_instance(instance: Instance, path: Path) -> None:
    """Write an instance as npz, which `read_instance` reads back to the last bit."""
    arrays: dict[str, Any] = {key: np.array(getattr(instance, key)) for key in KEYS}
    if instance.most_shots is None:
        del arrays["most_shots"]
    np.savez_compressed(path, **arrays)


def _of(found: dict[str, Any]) -> Instance:
    for key in found:
        if key not in KEYS:
            raise unknown_name("key", key, KEYS)
    for key in KEYS[:2]:
        if key not in found:
            raise InputError("missing", field=key, allowed=", ".join(KEYS))
    return Instance.of(**found)


def _from_json(path: Path) -> Instance:
    found = load_json(path, LARGEST_FILE)
    if not isinstance(found, dict):
        raise InputError("not an instance", allowed=f"an object with {', '.join(KEYS)}")
    return _of(found)


def _from_npz(path: Path) -> Instance:
    data = io.BytesIO(read_bytes(path, LARGEST_FILE))
    try:
        with zipfile.ZipFile(data) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > LARGEST_FILE:
            raise ValueError(f"{unpacked / 2**20:.0f} MiB when unpacked")
        with np.load(data, allow_pickle=False) as arrays:
            found = {key: arrays[key] for key in arrays.files}
    except (*DAMAGED_ARCHIVE, MemoryError) as error:  # a heading may claim any size
        raise InputError(f"not an npz file of plain arrays: {str(error)[:200]}") from None
    for key in ("weapons", "targets"):
        if key in found:
            found[key] = found[key].tolist()
    return _of(found)


def _from_csv(path: Path) -> Instance:
    table = read_table(table_text(read_bytes(path, LARGEST_FILE), path), path)
    head = [name.casefold() for name in table.columns]
    if len(head) < 3 or head[:2] != ["weapon", "rounds"]:
        raise InputError(
            "the heading is not that of an instance",
            line=1,
            value=", ".join(table.columns[:3]),
            allowed="weapon, rounds, and the names of the targets",
        )
    special: dict[str, list[float]] = {}
    rows: list[list[float]] = []
    names: list[str] = []
    rounds: list[float] = []
    for line, row in table.rows():
        if len(rows) > LARGEST_TABLE:
            allowed = f"at most {LARGEST_TABLE}; an npz file holds more"
            raise InputError("too many weapons for a table", line=line, allowed=allowed)
        name = row[0].strip()
        key = name.casefold().replace(" ", "_")
        is_weapon = key not in ("value", "most_shots")
        numbers = []
        for column, cell in list(zip(table.columns, row, strict=True))[1 if is_weapon else 2 :]:
            number = table.number(cell)
            if number is None:
                raise InputError("not a number", line=line, field=column, value=cell)
            numbers.append(number)
        if not is_weapon:
            special[key] = numbers
            continue
        if not all(0 <= p <= 1 for p in numbers[1:]):
            wrong = next(k for k, p in enumerate(numbers[1:]) if not 0 <= p <= 1)
            raise InputError(
                "not a probability",
                line=line,
                field=table.columns[wrong + 2],
                value=numbers[wrong + 1],
                allowed="0 to 1",
            )
        names.append(name)
        rounds.append(numbers[0])
        rows.append(numbers[1:])
    if "value" not in special:
        raise InputError(
            "no row with the values of the targets",
            allowed="value, , 80, 30, …",
            hint=did_you_mean(names[0] if names else "", ["value"]),
        )
    if not rows:
        raise InputError("no row with a weapon", allowed="name, rounds, probabilities")
    return Instance.of(
        special["value"], rows, rounds, special.get("most_shots"), names, list(table.columns[2:])
    )
