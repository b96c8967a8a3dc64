"""Examples of several traces are kept as one trace is: whole, exact, and only where all can be written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.scene import loader, trace_cache
from nnanim.scene.example_file import pack, unpack
from nnanim.stories.rag import Answer
from nnanim.trace import Trace

SCENE = """
from nnanim.beats import Beat
from nnanim.marks import Row, Units
from nnanim.movie import StoryScene
from nnanim.trace import Trace

RUNS = []

class Several(StoryScene):
    title = "Several"

    def example(self):
        RUNS.append(1)
        return {"one": Trace.of({"x": [1.0, 2.0]}), "more": [Trace.of({"x": [3.0, 4.0]})], "note": NOTE}

    def story(self, traces):
        yield Beat("Some numbers.", Row(Units(traces["more"][0]["x"], key="x")))
"""


def trace(*values: float) -> Trace:
    return Trace.of({"x": np.array(values)}, provenance={"model": "m", "seed": 1})


def example() -> dict[str, Any]:
    return {
        "answer": Answer(trace(1.0, 0.1), ["a", "b"], 0, 1, "b"),
        "several": [trace(2.0), (trace(3.0), None, True, 4, 0.1, "日本")],
        "arrays": (np.arange(6, dtype=np.int64).reshape(2, 3), np.array([True]), np.float32(0.1)),
        3: np.zeros((0, 2)),
    }


def there(folder: Path, thing: Any) -> Any:
    packed = pack(thing)
    assert packed is not None
    return unpack(packed.tree, packed.write(folder / "e"))


def test_what_was_written_is_read_as_it_was(tmp_path: Path) -> None:
    before, after = example(), there(tmp_path, example())
    assert list(after) == list(before) and type(after["answer"]) is Answer
    assert after["answer"] == before["answer"] and after["several"] == before["several"]
    for one, other in zip(before["arrays"], after["arrays"], strict=True):
        assert one.dtype == other.dtype and np.array_equal(one, other)
    assert after[3].shape == (0, 2) and after["answer"].trace.provenance["seed"] == 1


@pytest.mark.parametrize(
    "thing",
    [
        {"x": trace(1.0), "y": float("nan")},
        [trace(1.0), object()],
        [trace(1.0), np.array(["a"])],
        [trace(1.0), {1, 2}],
        [trace(1.0), Story.from_beats],
        [trace(1.0), Beat],
    ],
)
def test_what_cannot_be_written_is_not_kept(thing: Any) -> None:
    assert pack(thing) is None


@pytest.mark.parametrize(
    "tree",
    [
        ["trace", 9],
        ["array", 9],
        ["nothing", 1],
        ["object", "os", "system", [["command", ["plain", "x"]]]],
        ["object", "nnanim.stories.rag", "Answers", []],
        ["object", "nnanim.stories.rag", "Answer", [["text", ["plain", ""]]]],
        ["list", [["plain"]]],
        [],
    ],
)
def test_a_tree_that_is_damaged_is_one_line(tree: list[Any], tmp_path: Path) -> None:
    packed = pack([trace(1.0)])
    assert packed is not None
    with pytest.raises(UserError, match="the kept example e is damaged"):
        unpack(tree, packed.write(tmp_path / "e"))


def runs(folder: Path) -> tuple[Any, int]:
    """The example, and how often it was computed for it."""
    kind = loader.load(str(folder / "several.py"))
    found = trace_cache.example(kind.without_renderer(), folder / "media" / "traces")
    return found, len(sys.modules[kind.__module__].RUNS)


def test_several_traces_are_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "several.py"
    file.write_text(SCENE.replace("NOTE", "'kept'"), encoding="utf-8")
    first, count = runs(tmp_path)
    again, none = runs(tmp_path)
    assert (count, none) == (1, 0) and again == first
    part = next((tmp_path / "media" / "traces").glob("*.1.trace"))
    part.write_bytes(part.read_bytes()[:-1])
    assert runs(tmp_path)[1] == 1 and runs(tmp_path)[1] == 0
    file.write_text(SCENE.replace("NOTE", "'changed'"), encoding="utf-8")
    assert runs(tmp_path)[0]["note"] == "changed"
    monkeypatch.setattr(trace_cache, "MAX_BYTES", 10)
    file.write_text(SCENE.replace("NOTE", "'large'"), encoding="utf-8")
    assert [runs(tmp_path)[1] for _ in range(2)] == [1, 1]


def test_what_is_not_written_is_computed_every_time(tmp_path: Path) -> None:
    (tmp_path / "several.py").write_text(SCENE.replace("NOTE", "{1, 2}"), encoding="utf-8")
    assert [runs(tmp_path)[1] for _ in range(2)] == [1, 1]
