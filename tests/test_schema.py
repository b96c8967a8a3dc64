"""Typed reading of JSON and TOML, files that are opened with care, lines of sane length."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from mutations import byte_mutations, check, check_places, count, json_mutations

from nnanim import schema
from nnanim.cli.inputs import read_array
from nnanim.errors import MAX_LINE, UserError, nearest, one_line, quote, visible
from nnanim.files import open_regular, read_bytes, read_text
from nnanim.images import read_picture
from nnanim.schema import SchemaError
from nnanim.trace import Trace


@dataclass(frozen=True)
class Part:
    name: str
    start: Annotated[float, msgspec.Meta(ge=0)] = 0.0


@dataclass(frozen=True)
class Whole:
    title: str
    parts: tuple[Part, ...] = ()
    by_name: dict[str, Part] = field(default_factory=dict)
    figures: dict[str, dict[str, float]] = field(default_factory=dict)


GOOD = (
    b'{"title": "T", "parts": [{"name": "a", "start": 1}], "by_name": {"x": {"name": "b"}}, '
    b'"figures": {"one": {"a": 1.5, "b": 2}, "two": {}}}'
)


def test_json_becomes_its_type(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(GOOD)
    assert schema.read_json(path, Whole) == Whole(
        "T", (Part("a", 1.0),), {"x": Part("b")}, {"one": {"a": 1.5, "b": 2.0}, "two": {}}
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}", "a.json: object missing required field `title`"),
        (b'{"title": 3}', "a.json: title: expected `str`, got `int`"),
        (b'{"title": "T", "parts": [{"name": "a"}, {"name": null}]}', r"a.json: parts\[1\]\.name: expected"),
        (
            b'{"title": "T", "parts": [{"name": "a", "start": -1}]}',
            r"parts\[0\]\.start: expected `float` >= 0",
        ),
        (
            b'{"title": "T", "by_name": {"ok": {"name": ""}, "a b": {"name": 1}}}',
            r"by_name\['a b'\]\.name: exp",
        ),
        (
            b'{"title": "T", "figures": {"k": {}, "m": {"u": 1, "v": "x", "w": 2}, "z": {}}}',
            r"figures\.m\.v: exp",
        ),
        (b'{"title": "T", "figures": {"m": {"v": "x"}}, "parts": [', "a.json: "),
        (b'{"title": "T",\n\n "parts": [NaN]}', r"not valid JSON: invalid character in line 3"),
        (b'{"title": "T"', "not valid JSON: input data was truncated"),
        (b"[" * 100_000, "expected `object`"),
        (b'{"title": "T", "x": ' + b"[" * 100_000, "not valid JSON"),
        (b'{"title": "\xff"}', "not valid JSON: .*(UTF-8|utf-8)"),
        (
            b'{"title": "T", "parts": [{"name": "a", "start": 1e999}]}',
            r"parts\[0\]\.start: number out of range",
        ),
        (b'{"title": "T", "figures": {"m": {"a": ' + b"9" * 5000 + b"}}}", r"figures\.m|Number|number|range"),
    ],
)
def test_damaged_json_names_file_and_key(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        schema.read_json(path, Whole)
    assert str(error.value).startswith(str(path))


def test_a_wrong_entry_is_found_among_many() -> None:
    figures: dict[str, dict[str, Any]] = {f"n{i}": {"v": 0.5} for i in range(5000)}
    figures["n3217"]["v"] = "x"
    with pytest.raises(SchemaError, match=r"^here: figures\.n3217\.v: ") as error:
        schema.convert({"title": "T", "figures": figures}, Whole, "here")
    assert error.value.keys == ("figures", "n3217", "v")
    assert figures["n0"] == {"v": 0.5} and len(figures) == 5000
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)


def read_toml(path: Path) -> Whole:
    """The TOML file at ``path`` by the schema, as lessons are read."""
    return schema.convert(schema.parse_toml(path.read_text("utf-8"), str(path)), Whole, str(path))


def test_toml_becomes_its_type(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('title = "T"\n[[parts]]\nname = "a"\n', encoding="utf-8")
    assert read_toml(path) == Whole("T", (Part("a"),))
    path.write_text('title = "T"\n[[parts]]\nname = 1979-05-27\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"a\.toml: parts\[0\]\.name: expected `str`"):
        read_toml(path)
    path.write_text("title = [\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"a\.toml, line 1: "):
        read_toml(path)
    path.write_text('title = "T"\n[[parts]]\nname = "a"\nstart = nan\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"parts\[0\]\.start"):
        read_toml(path)


def test_files_of_any_kind_are_a_result_or_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(GOOD)
    survey = check(lambda: schema.read_json(path, Whole), path, json_mutations(GOOD, count(200)))
    assert survey.results and survey.lines
    check(lambda: schema.read_json(path, Whole), path, byte_mutations(GOOD, count(100), seed=1))
    assert len(check_places(lambda: schema.read_json(path, Whole), path).lines) >= 5
    assert path.read_bytes() == GOOD


@pytest.mark.parametrize(
    "twice", ['"a": {"b": "x"}, "a": {}', '"a": 1, "a": {"b": 2}', '"c": [], "a": {}, "c": {}']
)
def test_a_key_that_stands_twice_and_is_wrong_the_first_time(twice: str) -> None:
    """Plain JSON keeps the last value of a key; the first was checked, too."""
    with pytest.raises(SchemaError, match=r"^x\.json: figures\[.*expected"):
        schema.parse_json(f'{{"title": "T", "figures": {{{twice}}}}}', Whole, "x.json")


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"content")
    assert read_bytes(path) == b"content"
    with open_regular(path, None) as file:
        assert file.read(3) == b"con"
    with pytest.raises(UserError, match=r"x has 7 bytes; the maximum here is 6"):
        read_bytes(path, 6)
    with pytest.raises(UserError, match="is a folder, not a file"):
        read_bytes(tmp_path)
    with pytest.raises(UserError, match="null"):
        read_bytes("a\0b")
    with pytest.raises(UserError, match="No such file"):
        read_bytes(tmp_path / "nothing")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        refused = pytest.raises(UserError, match="is not a regular file but a pipe or a device")
        with refused, open_regular(tmp_path / "pipe"):
            pass
    path.write_bytes(b"a\xff")
    with pytest.raises(UserError, match=r"is not text in UTF-8: .* at byte 1"):
        read_text(path)


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="no file that opens and cannot be read")
@pytest.mark.parametrize("read", [read_bytes, read_text, read_array, Trace.load, read_picture])
def test_a_file_that_fails_while_it_is_read_is_named(tmp_path: Path, read: Any) -> None:
    path = tmp_path / "on a bad disk"
    path.symlink_to("/proc/self/mem")
    with pytest.raises(UserError, match=r"on a bad disk.*(Input/output error|is empty)"):
        read(path)


def test_an_error_is_one_line_of_sane_length() -> None:
    error = UserError("a\n\tb \x1b[31m \u202e \ud800 " + "c" * 10**6 + " end")
    line = str(error)
    assert line.startswith("a b \\x1b[31m \\u202e \\ud800 ccc") and line.endswith("ccc end")
    assert len(line) <= MAX_LINE
    assert str(pickle.loads(pickle.dumps(error))) == line
    assert one_line("名前 é 🐱 👨‍👩‍👧") == "名前 é 🐱 👨‍👩‍👧"
    assert visible("a\nb\x07", keep="\n") == "a\nb\\x07"
    assert len(quote("x" * 10**6)) <= 80 and quote("hidden") == "'hidden'"


def test_what_is_near_and_what_is_not() -> None:
    assert nearest("hiden", ["output", "hidden"]) == "; nearest: 'hidden'"
    assert nearest("Hidden", ["hidden"]) == "; nearest: 'hidden'"
    assert nearest("score", ["blocks.0.attn.scores", "blocks.0.mlp"]) == "; nearest: 'blocks.0.attn.scores'"
    assert nearest("iris", ["digits", "perceptron"]) == "; there is: 'digits', 'perceptron'"
    assert nearest("x", []) == ""
    many = [f"name{i}" for i in range(100_000)]
    assert nearest("zzz", many).endswith("and 99992 more")
    assert "nearest: 'name99999'" in nearest("name99999x", many)
    assert len(nearest("y" * 10**6, ["z" * 10**6] * 3)) < 200
