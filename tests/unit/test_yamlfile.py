"""The YAML reader: values, lines, and every refusal with its line; then fuzz."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyshade.errors import InputError
from skyshade.yamlfile import load_yaml, parse_yaml, read_text

fuzz = settings(max_examples=300, database=None, deadline=None, derandomize=True)

TEXT = """\
# a comment
schema: one
sites:
  - id: a
    position: {lon: 1.5, lat: 2}

  - id: b
    note: >-
      folded
      text
    events: [x, [y, z]]
"""


def complaint(text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "f.yaml")
    assert caught.value.file == "f.yaml"
    return caught.value


# ---- what is read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x: 12", 12),
        ("x: -012", -12),
        ("x: 1.5", 1.5),
        ("x: +.5", 0.5),
        ("x: 1e3", 1000.0),
        ("x: true", True),
        ("x: False", False),
        ("x: yes", "yes"),
        ("x: on", "on"),
        ("x: n", "n"),
        ("x:", None),
        ("x: ~", None),
        ("x: null", None),
        ("x: ''", ""),
        ("x: 'null'", "null"),
        ("x: '12'", "12"),
        ("x: 2022-04-30", "2022-04-30"),
        ("x: 2022-04", "2022-04"),
        ("x: 12:30:00", "12:30:00"),
        ("x: 0x1F", "0x1F"),
        ("x: 1_000", "1_000"),
        ("x: '.inf'", ".inf"),
        ("x: |\n  a\n  b\n", "a\nb\n"),
        ("x: [1, a, {b: c}]", [1, "a", {"b": "c"}]),
        ("x: 400 km", "400 km"),
        ("x: \u00e9\U0001f6f0", "\u00e9\U0001f6f0"),
        ("x: []", []),
        ("x: {}", {}),
    ],
)
def test_values(text: str, value: object) -> None:
    read = parse_yaml(text).data["x"]
    assert read == value
    assert type(read) is type(value)


def test_empty_text_is_none() -> None:
    assert parse_yaml("").data is None
    assert parse_yaml("# only a comment\n").data is None


def test_keys_are_text() -> None:
    assert parse_yaml("2022: a\n'x y': b").data == {"2022": "a", "x y": "b"}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 2),
        (("schema",), 2),
        (("sites",), 3),
        (("sites", 0), 4),
        (("sites", 0, "id"), 4),
        (("sites", 0, "position", "lat"), 5),
        (("sites", 1), 7),
        (("sites", 1, "note"), 8),
        (("sites", 1, "events", 1, 1), 11),
        # what does not stand in the file is looked for where it should be
        (("sites", 0, "position", "alt"), 5),
        (("sites", 1, "missing", "deep"), 7),
        (("no",), 2),
    ],
)
def test_line_of_every_field(path: tuple[str | int, ...], line: int) -> None:
    assert parse_yaml(TEXT).line(path) == line


def test_empty_document_has_no_lines() -> None:
    assert parse_yaml("").line(("x",)) is None


def test_windows_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert read_text(file).startswith("# a comment")
    document = load_yaml(file)
    assert document.data == parse_yaml(TEXT).data
    assert document.line(("sites", 1, "note")) == 8
    assert document.file == str(file)


# ---- what is refused


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("a: 1\nb: [1\nc: 2", 3, "not valid YAML: did not find expected ',' or ']'"),
        ("a: 1\n\tb: 2", 2, "tab character"),
        ("a: b: c", 1, "not valid YAML: mapping values are not allowed"),
        ("a: 'x\n\n", 3, "not valid YAML"),
        ('a: "\\ud800"', 1, "not valid YAML"),
        ("a: &x 1\nb: 2", 1, "anchors are not used here; write the value out (got 'x')"),
        ("a: 1\nb: *x", 2, "aliases and anchors"),
        ("a: &x [*x]", 1, "aliases and anchors"),
        ("a: &x {<<: *x}", 1, "aliases and anchors"),
        ("a: 1\nb: !!python/object:os.system x", 2, "tags are not used here"),
        ("a: 1\nb: !!int '3'", 2, "tags are not used here"),
        ("a: 1\nb: 2\na: 3", 3, "this key stands twice (got 'a')"),
        ("x:\n  1: 1\n  '1': 2", 3, "this key stands twice (got '1')"),
        ("a: 1\nb: .nan", 2, "a number must be finite (got '.nan')"),
        ("a: [1,\n -.INF]", 2, "a number must be finite (got '-.INF')"),
        ("a: inf", 1, "a number must be finite"),
        ("a: Infinity", 1, "(got 'Infinity'). Put it in quotes if it is a word."),
        ('a: 1\nb: "\\e[31m"', 2, "control characters are not allowed (got '\\x1b[31m')"),
        ('a: 1\n"b\\0": 1', 2, "control characters are not allowed"),
        ("a: 1e999", 1, "a number must be finite (got '1e999')"),
        ("? [1]\n: 1", 1, "a key must be a plain word"),
        ("{a: 1}: 1", 1, "a key must be a plain word"),
        ("a: 1\n---\nb: 2", 2, "more than one YAML document"),
        ("\n".join(" " * i + "a:" for i in range(60)), 41, "nested deeper than 40 levels"),
        ("- " * 60, 1, "nested deeper than 40 levels"),
        ("[" * 60, 1, "nested deeper than 40 levels"),
    ],
)
def test_refusals(text: str, line: int, part: str) -> None:
    error = complaint(text)
    assert part in str(error)
    assert error.line == line


@pytest.mark.parametrize("text", ["a: !!python/object:os.system [1]", "a: !!set {x: 1}", "!x {}"])
def test_tags_on_collections_are_refused_too(text: str) -> None:
    assert "tags are not used here" in str(complaint(text))


def test_a_billion_laughs_stop_at_the_first(tmp_path: Path) -> None:
    laughs = ["a0: &a0 [lol, lol]"]
    laughs += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 20)]
    error = complaint("\n".join(laughs))
    assert "aliases and anchors" in str(error)
    assert error.line == 1


@pytest.mark.parametrize("deep", ["[" * 100_000, "{a: " * 50_000, "- " * 50_000])
def test_bottomless_nesting(deep: str) -> None:
    complaint(deep)


def test_forty_levels_are_enough_for_anyone() -> None:
    assert parse_yaml("[" * 40 + "]" * 40).data
    complaint("[" * 41 + "]" * 41)


@pytest.mark.parametrize("text", ["- a\n" * 1_000_000, "[" + "a," * 1_000_000 + "a]"])
def test_a_million_values_are_refused_early(text: str) -> None:
    error = complaint(text)
    assert "at most" in str(error)
    assert error.line is not None
    assert error.line < 300_000  # it stopped there, and kept nothing of the rest


@pytest.mark.parametrize(("text", "line"), [("a: 1\nb: \x01", 2), ("a: 1\nb: 1\nc: x\0y", 3)])
def test_control_characters_are_refused_with_their_line(text: str, line: int) -> None:
    error = complaint(text)
    assert "control characters are not allowed" in str(error)
    assert error.line == line


def test_lone_surrogate_from_a_caller() -> None:
    complaint("a: \ud800")


# ---- files


def file_complaint(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_text(path)
    return str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    assert file_complaint(tmp_path / "no.yaml") == f"{tmp_path / 'no.yaml'}: no such file"


def test_folder(tmp_path: Path) -> None:
    assert file_complaint(tmp_path) == f"{tmp_path}: is a folder, not a file"


def test_file_used_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    assert "cannot be read: Not a directory" in file_complaint(tmp_path / "f" / "x.yaml")


def test_name_too_long(tmp_path: Path) -> None:
    assert "cannot be read" in file_complaint(tmp_path / ("a" * 5000))


def test_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "l").symlink_to(tmp_path / "l")
    assert "cannot be read" in file_complaint(tmp_path / "l")


def test_not_utf8(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes("a: é".encode("latin-1"))
    assert file_complaint(file) == f"{file}, line 1: not UTF-8 text (byte 3)"
    file.write_bytes("a: 1\nb: é".encode("latin-1"))
    assert file_complaint(file) == f"{file}, line 2: not UTF-8 text (byte 8)"
    file.write_bytes("a: é".encode("utf-16"))
    assert "not UTF-8 text" in file_complaint(file)


def test_a_large_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    with file.open("wb") as handle:
        handle.truncate(2**40)  # sparse: takes no space
    assert "is too large (got '1048576 MiB'; allowed: at most 16 MiB)" in file_complaint(file)


def test_the_largest_file(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(b"x" * 100)
    assert read_text(file, max_bytes=100) == "x" * 100
    with pytest.raises(InputError, match="the file is too large"):
        read_text(file, max_bytes=99)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f.yaml")
    assert "is not a regular file" in file_complaint(tmp_path / "f.yaml")


def test_a_device_is_no_file() -> None:
    assert file_complaint(Path("/dev/zero")) == "/dev/zero: is not a regular file"


def test_nul_in_a_file_name() -> None:
    file_complaint(Path("a/\0"))


# ---- fuzz


@fuzz
@given(st.text())
def test_any_text_parses_or_is_an_input_error(text: str) -> None:
    try:
        parse_yaml(text, "f.yaml")
    except InputError as error:
        assert str(error).startswith("f.yaml")


@fuzz
@given(st.text(alphabet=" \n\t:-[]{},&*!|>'\"%@`#?a1.~\\\r\x85\u2028", max_size=60))
def test_any_yaml_like_text_parses_or_is_an_input_error(text: str) -> None:
    try:
        document = parse_yaml(text, "f.yaml")
    except InputError as error:
        assert str(error).startswith("f.yaml")
    else:
        json.dumps(document.data, allow_nan=False)  # nothing but what JSON can say


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcxyz", min_size=1, max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@fuzz
@given(JSON)
def test_what_json_can_say_comes_back(data: object) -> None:
    assert parse_yaml(json.dumps(data, ensure_ascii=False)).data == data


@settings(fuzz, max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_as_a_file(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    file.write_bytes(data)
    try:
        load_yaml(file)
    except InputError as error:
        assert str(error).startswith(str(file))
