"""The file of a trace: equal bytes, lazy reading, every type of number, damaged and hostile files."""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from mutations import byte_mutations, check, check_places, count, json_mutations

from nnanim import models
from nnanim.errors import UserError
from nnanim.files import open_regular, write_text
from nnanim.trace import Graph, Node, Operand, Trace, file

rng = np.random.default_rng(0)


def dense(inputs: int = 6, units: int = 3, samples: int = 4) -> Trace:
    """A trace of one dense layer called "hidden", with settings that JSON lacks."""
    x = rng.normal(size=(samples, inputs)).astype(np.float32)
    w = rng.normal(size=(units, inputs)).astype(np.float32)
    hidden = x @ w.T
    settings = (("kernel_size", (3, 3)), ("min_val", -math.inf), ("names", ("a", ())))
    operands = (Operand("hidden", None, (0, (2, 3), (3, 1))), Operand("", math.nan), Operand("", 1j))
    nodes = (
        Node("input", "input", "input", outputs=("input",), shape=x.shape),
        Node("hidden", "Linear", inputs=("input",), outputs=("hidden",), order=1, settings=settings),
        Node("add", "add", "function", "hidden", operands=operands, order=2),
    )
    return Trace.of(
        {"input": x, "hidden": hidden, "loss": np.zeros(5)},
        axes={"loss": ("step",)},
        parameters={"hidden.weight": w},
        gradients={"hidden": hidden},
        layer_inputs={"hidden": "input"},
        graph=Graph(nodes),
        provenance={"model": "ねこ", "seed": 2**64, "loss": math.nan, "nested": {"a": [1, 2.5, None, True]}},
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A saved trace."""
    path = tmp_path / "run.safetensors"
    dense().save(path)
    return path


def test_saved_and_loaded_traces_are_equal(tmp_path: Path) -> None:
    trace, path = dense(), tmp_path / "run.safetensors"
    trace.save(path)
    again = Trace.load(path)
    assert again == trace and hash(again) == hash(trace) and again.digest() == trace.digest()
    assert str(again.provenance) == str(trace.provenance) and again.names == trace.names
    assert str([asdict(node) for node in again.graph]) == str([asdict(node) for node in trace.graph])
    assert again.axes("loss") == ("step",) and again.axes("hidden") == ("sample", "unit")
    np.testing.assert_array_equal(again.contributions("hidden").terms, trace.contributions("hidden").terms)
    assert not again["hidden"].flags.writeable
    assert [path.name for path in tmp_path.iterdir()] == ["run.safetensors"]


def test_two_saves_are_equal_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = dense()
    trace.save(tmp_path / "a.safetensors")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    Trace.load(tmp_path / "a.safetensors").save(tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_the_library_reads_it(path: Path) -> None:
    found, trace = safetensors.numpy.load_file(path), Trace.load(path)
    np.testing.assert_array_equal(found["arrays/hidden"], trace["hidden"])
    np.testing.assert_array_equal(found["parameters/hidden.weight"], trace.parameters["hidden.weight"])
    with safetensors.safe_open(path, "np") as opened:
        assert opened.metadata()["format"] == "nnanim.trace"
        assert json.loads(opened.metadata()["trace"])["provenance"]["model"] == "ねこ"


TYPES = "? i1 u1 i2 u2 i4 u4 i8 u8 f2 f4 f8 c8 c16 >f4 >i8 >c16 >u2".split()


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3)])
def test_every_type_and_shape(tmp_path: Path, kind: str, shape: tuple[int, ...]) -> None:
    values = (rng.normal(size=shape) * 3).astype(kind)
    path = tmp_path / "a.safetensors"
    trace = Trace.of({"a": values, "turned": values.T})
    trace.save(path)
    again = Trace.load(path)
    np.testing.assert_array_equal(again["a"], values)
    np.testing.assert_array_equal(again["turned"], values.T)
    assert again["a"].shape == shape and again["a"].dtype == values.dtype.newbyteorder("=")
    assert again == trace
    safetensors.numpy.load_file(path)


def test_types_that_no_file_holds(tmp_path: Path) -> None:
    for values in (np.array(["a"]), np.zeros(2, "f4,i4"), np.array([{}]), np.zeros(2, "M8[s]")):
        with pytest.raises(UserError, match="a trace holds numbers"):
            Trace.of({"a": values})
    if np.dtype(np.longdouble).itemsize > 8:
        with pytest.raises(UserError, match=r"'a' holds numbers of type .*, which no file holds"):
            Trace.of({"a": np.zeros(2, np.longdouble)}).save(tmp_path / "a.safetensors")
    with pytest.raises(UserError, match=r"provenance\.x of the trace is .* no file holds that"):
        Trace.of({}, provenance={"x": object()}).save(tmp_path / "a.safetensors")
    with pytest.raises(UserError, match="a name that is no text"):
        Trace.of({"\ud800": np.zeros(1)}).save(tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())


def test_arrays_are_read_when_asked_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = Trace.load(path)
    reads: list[Any] = []
    monkeypatch.setattr(file, "open_regular", lambda *a, **k: reads.append(a) or open_regular(*a, **k))
    assert trace.axes("hidden") == ("sample", "unit") and not reads
    trace["hidden"], trace["hidden"]
    assert len(reads) == 1


def test_a_file_that_changes_after_loading(path: Path) -> None:
    trace = Trace.load(path)
    hidden = trace["hidden"]
    dense().save(path)
    assert trace["hidden"] is hidden
    with pytest.raises(UserError, match=r"run\.safetensors was changed after it was loaded"):
        trace["input"]
    path.unlink()
    with pytest.raises(UserError, match=r"run\.safetensors: No such file"):
        trace["input"]


def test_the_working_folder_may_change(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    trace = Trace.load(path.name)
    monkeypatch.chdir("/")
    assert trace["hidden"].shape == (4, 3)


def test_the_same_memory_is_written_once(tmp_path: Path) -> None:
    values = np.arange(6.0)
    values.flags.writeable = False
    Trace.of({"a": values, "b": values}).save(tmp_path / "run.safetensors")
    assert list(safetensors.numpy.load_file(tmp_path / "run.safetensors")) == ["arrays/a"]
    np.testing.assert_array_equal(Trace.load(tmp_path / "run.safetensors")["b"], values)


def test_a_failed_save_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()
    monkeypatch.setattr(os, "replace", lambda *a: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dense().save(path)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["run.safetensors"]


def head_of(path: Path) -> tuple[dict[str, Any], bytes]:
    """The head of a safetensors file and all that follows it."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def forge(path: Path, **changes: Any) -> None:
    """Change the contents of a saved trace, with checksums that fit: what a stranger would make."""
    head, rest = head_of(path)
    contents = json.loads(head["__metadata__"]["trace"]) | changes
    text = json.dumps(contents)
    head["__metadata__"] |= {"trace": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    raw = json.dumps(head).encode()
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + rest)


def test_foreign_files_are_named(tmp_path: Path, path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.zeros(3))
    with pytest.raises(UserError, match=r"a\.npz is a zip file"):
        Trace.load(tmp_path / "a.npz")
    with pytest.raises(UserError, match=r"is a safetensors file, but holds no trace"):
        Trace.load(models.card("iris-2-3-1").weights)
    with pytest.raises(UserError, match="is a folder, not a file"):
        Trace.load(tmp_path)
    head, rest = head_of(path)
    head["__metadata__"]["version"] = "99"
    raw = json.dumps(head).encode()
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + rest)
    with pytest.raises(UserError, match=r"written by a newer nnanim \(version 99"):
        Trace.load(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"graph": [{"name": "a", "kind": 3}]}, r"graph\[0\]\.kind: expected `str`"),
        ({"graph": [{"name": "a", "kind": "b", "settings": [["k"]]}]}, r"graph\[0\]\.settings\[0\]"),
        ({"graph": [{"name": "a", "kind": "b", "inside": "a"}]}, "the call 'a' lies inside itself"),
        (
            {"graph": [{"name": "a", "kind": "b", "inside": "c"}, {"name": "c", "kind": "b", "inside": "a"}]},
            "lies inside itself",
        ),
        ({"axes": {"loss": ["step", "unit"]}}, r"axes\.'loss' are not those of its 1 axes"),
        ({"axes": {"loss": 3}}, r"axes\.loss: expected"),
        ({"arrays": [["arrays", "x", "|O", [2], 0, 0]]}, r"'x' has the type '\|O'"),
        ({"arrays": [["arrays", "x", "<f8", [2**62, 2**62], 0, 0]]}, "its numbers take"),
        ({"arrays": [["arrays", "x", "<f8", [-1], 0, 0]]}, r"arrays\[0\]"),
        ({"arrays": [["nowhere", "x", "<f8", [1], 0, 0]]}, r"arrays\[0\]"),
        ({"arrays": []}, "its numbers take"),
        ({"provenance": None}, "provenance: expected `object`"),
    ],
)
def test_hostile_contents_name_file_and_key(path: Path, changes: dict[str, Any], message: str) -> None:
    forge(path, **changes)
    with pytest.raises(UserError, match=message) as error:
        Trace.load(path)
    assert str(path) in str(error.value)


def test_an_empty_array_of_absurd_shape(path: Path) -> None:
    Trace.of({"a": np.zeros((0, 3))}).save(path)
    forge(path, arrays=[["arrays", "a", "<f8", [0, 2**62, 2**62], 0, 0]])
    with pytest.raises(UserError, match=r"arrays\.'a'"):
        Trace.load(path)["a"]


def test_a_head_is_bounded(path: Path) -> None:
    with path.open("wb") as file_:
        file_.write((1 << 40).to_bytes(8, "little"))
        file_.truncate(1 << 41)
    with pytest.raises(UserError, match=r"its head has .* bytes, the maximum is"):
        Trace.load(path)


def test_a_hundred_thousand_names(tmp_path: Path) -> None:
    path = tmp_path / "many.safetensors"
    nodes = (Node(f"layer{i}", "Linear", inputs=(f"layer{max(i - 1, 0)}",), order=i) for i in range(100_000))
    Trace.of({f"layer{i}": np.float32(i) for i in range(100_000)}, graph=Graph(tuple(nodes))).save(path)
    trace = Trace.load(path)
    assert len(trace) == len(trace.graph) == 100_000 and trace["layer777"] == 777
    with pytest.raises(UserError, match=r"nearest: 'layer99999'"):
        trace["layer99999x"]


def test_damaged_files_are_equal_or_a_line(path: Path) -> None:
    whole = Trace.load(path).digest()
    content = path.read_bytes()
    head = 8 + int.from_bytes(content[:8], "little")

    def read() -> str:
        return Trace.load(path).digest()

    survey = check(read, path, byte_mutations(content, count(150), head=head), lambda found: found == whole)
    assert survey.lines
    assert len(check_places(read, path).lines) >= 5


def test_edited_contents_are_a_result_or_a_line(path: Path) -> None:
    contents = json.loads(head_of(path)[0]["__metadata__"]["trace"])
    original = path.read_bytes()

    def read() -> object:
        trace = Trace.load(path)
        return trace.digest(), trace.table(), trace.graph.edges, trace.graph.fold(depth=2), trace.attentions

    edits = json_mutations(json.dumps(contents).encode(), count(150))
    for mutation in edits:
        try:
            edited = json.loads(mutation.content)
        except (ValueError, RecursionError):
            continue
        if not isinstance(edited, dict):
            continue
        path.write_bytes(original)
        forge(path, **edited)
        try:
            read()
        except UserError as error:
            assert "\n" not in str(error), mutation.what


def test_an_older_file_in_its_place(tmp_path: Path) -> None:
    write_text(tmp_path / "a.safetensors", "an older trace")
    with pytest.raises(UserError, match="not a saved trace"):
        Trace.load(tmp_path / "a.safetensors")


def _with_contents(path: Path, contents: str) -> Path:
    """A file whose checksum is right for any contents."""
    checksum = hashlib.sha256(contents.encode()).hexdigest()
    metadata = {"format": "nnanim.trace", "version": "2", "sha256": checksum, "trace": contents}
    head = json.dumps({"__metadata__": metadata}).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head)
    return path


@pytest.mark.parametrize(
    ("arrays", "provenance", "message"),
    [
        ("[]", '{"a": [' + "[]," * (file.MAX_PARTS + 1) + "0]}", "more than 2,000,000 lists and tables"),
        ("[]", '{"a": ' + "[" * 900 + "]" * 900 + "}", "nested too deeply"),
        (
            "[" + ",".join(f'["arrays","{i}","|b1",[0],0,0]' for i in range(file.MAX_ARRAYS + 1)) + "]",
            "{}",
            "it says that it holds 200,001 arrays",
        ),
    ],
)
def test_contents_under_a_right_checksum_take_no_time_and_memory(tmp_path, arrays, provenance, message):
    contents = (
        f'{{"arrays": {arrays}, "axes": {{}}, "graph": [], "layer_inputs": {{}}, "aliases": {{}}, '
        f'"provenance": {provenance}}}'
    )
    with pytest.raises(UserError, match=f"t.safetensors is damaged: .*{message}"):
        Trace.load(_with_contents(tmp_path / "t.safetensors", contents))


@pytest.mark.parametrize("view", [[1], [0, 1, 2], [0, [1]], [0, [1], [1], 4]])
def test_a_view_that_is_none_is_refused(tmp_path, view):
    operands = json.dumps([{"value": "a", "view": view}])
    contents = (
        '{"arrays": [], "axes": {}, "layer_inputs": {}, "aliases": {}, "provenance": {}, '
        f'"graph": [{{"name": "n", "kind": "add", "operands": {operands}}}]}}'
    )
    with pytest.raises(UserError, match=r"t\.safetensors is damaged: .n. takes a view that is none"):
        Trace.load(_with_contents(tmp_path / "t.safetensors", contents))


def test_a_graph_in_a_wrong_order_is_told():
    from nnanim.structure.layers import _takes

    nodes = (Node("late", "Linear", inputs=("early",)), Node("early", "Linear"))
    with pytest.raises(UserError, match="'late' takes 'early', which comes after it"):
        _takes(Graph(nodes), nodes[0], {"early": "early"}, {})
