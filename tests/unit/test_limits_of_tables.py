"""Tables of the user's have a limit of rows, as a narrow row takes thirty times its bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from skyshade.errors import InputError
from skyshade.programme import load_ledger
from skyshade.programme.exchange import package_files, read_package
from skyshade.programme.register import read_registers


def test_a_register(tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    file.write_text("a,b\n" * 200_001)
    with pytest.raises(InputError, match="too many lines"):
        read_registers(file)


def test_a_table_of_a_package(tmp_path: Path) -> None:
    for name, text in package_files(load_ledger("india-s400")).items():
        (tmp_path / name).write_text(text, "utf-8")
    claims = tmp_path / "claims.csv"
    head = claims.read_text("utf-8").splitlines()[0]
    claims.write_text("\n".join([head, *["," * head.count(",")] * 100_001]), "utf-8")
    with pytest.raises(InputError, match=r"line \d+: too many rows"):
        read_package(tmp_path)
