"""What is right and was found fault with: `nnanim check` is silent, or its advice fits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from nnanim import (
    Bars,
    Beat,
    Curve,
    Flow,
    From,
    Grid,
    Overlay,
    Playback,
    Row,
    Sweep,
    Text,
    Trace,
    Units,
    Wires,
    theme,
    words,
)
from nnanim.beats import Story, merge_provenance
from nnanim.check import check_story, measure
from nnanim.check.claims import find_contradictions
from nnanim.check.covering import find_covering
from nnanim.check.frames import moments
from nnanim.check.geometry import box_of
from nnanim.check.honesty import find_dishonest
from nnanim.check.legible import hard_to_read
from nnanim.check.ranges import range_faults
from nnanim.check.report import Finding
from nnanim.check.stage import _advise_on_contrast, find_in_frame
from nnanim.check.swaps import find_swaps
from nnanim.cli.group import Nnanim
from nnanim.errors import UserError
from nnanim.marks import Cloud, modify
from nnanim.scene import loader
from nnanim.shapes import Boxes, text
from nnanim.style import RenderStyle
from nnanim.timeline import takes
from nnanim.truth import examine

STYLE = RenderStyle(theme.by_name("dark"))
STEPS = np.arange(6.0)
TEST = np.array([2.0, 1.2, 0.8, 0.9, 1.1, 1.4])
LINES = Curve(STEPS, [TEST / 2, TEST], names=("training loss", "test loss"), key="loss", y_name="loss")


def claims(says: words.Words, *marks: Any) -> list[str]:
    beat = Beat(says, Row(*marks), id="a")
    return [what for _, what in (*find_contradictions(beat), *find_swaps(beat))]


# Which language

SCENE = """
import numpy as np
from nnanim import Bars, Beat, Row, Trace
from nnanim.movie import StoryScene


class Small(StoryScene):
    title = "Small"

    def example(self):
        return Trace.of({"values": np.array([0.5, 0.25])}, provenance={"model": "small", "seed": 0})

    def story(self, trace):
        yield Beat(SAYS, Row(Bars(trace["values"], ("a", "b"), key="b")), id="one")
"""


@pytest.mark.parametrize(
    ("says", "langs"),
    [
        ({"en": "Two bars."}, ["en"]),
        ("Two bars.", ["en"]),
        ("棒が二本あります。", ["ja"]),
        ({"en": "Two bars.", "ja": "棒が二本あります。"}, ["en", "ja"]),
    ],
    ids=["English", "a plain string", "a Japanese string", "both"],
)
def test_a_film_is_checked_in_the_languages_that_it_speaks(says, langs, tmp_path):
    file = tmp_path / "small.py"
    file.write_text(SCENE.replace("SAYS", repr(says)), encoding="utf-8")
    done = CliRunner().invoke(Nnanim("nnanim"), ["check", str(file), "--json"], standalone_mode=False)
    assert [film["lang"] for film in json.loads(done.output)] == langs


# Claims


@pytest.mark.parametrize(
    "says",
    [
        "Stop where the test loss is lowest.",
        "The test loss is lowest at step 2.",
        {"en": "Stop here.", "ja": "test loss が最も低いところで止めます。"},
        {"en": "Stop here.", "ja": "test loss はステップ 2 で最小になります。"},
    ],
)
def test_where_one_line_is_lowest_is_no_claim_about_the_others(says):
    assert claims(says, LINES) == []


def test_a_wrong_step_of_an_extreme_and_a_wrong_line_are_found():
    assert "at 4; in 'loss' that is at 2" in claims("The test loss is lowest at step 4.", LINES)[0]
    assert claims("The test loss is the lowest line.", LINES)


FALLING = Curve(STEPS, TEST[::-1] * [1, 1, 1, 1, 1, 1], key="w", y_name={"en": "weight", "ja": "重み"})


@pytest.mark.parametrize("word", ["減衰", "減少率", "減点", "増減", "圧縮", "低下率"])
def test_a_japanese_noun_is_no_verb(word):
    assert claims({"en": "Weights.", "ja": f"重みの{word}を見ます。"}, FALLING) == []


@pytest.mark.parametrize("verb", ["減ります", "減少します", "下がります", "縮みます", "小さくなります"])
def test_a_japanese_verb_is_still_one(verb):
    assert claims({"en": "Weights.", "ja": f"重みが{verb}。"}, FALLING)


def test_what_lies_within_a_distance_goes_nowhere():
    says = {"en": "With decay.", "ja": "0 から 0.05 以内の重みが減ります。"}
    rises = {"en": "It falls.", "ja": "損失は 0.25 から 0.75 に減ります。"}
    assert claims(says, Text("a", key="t")) == []
    assert len(claims(rises, Text("a", key="t"))) == 1


def test_what_falls_on_a_slope_is_the_ball_that_lies_there_and_not_the_slope():
    slope = Curve(STEPS, TEST[::-1] * np.linspace(1, 2, 6), key="slope", x_name="weight", y_name="loss")
    balls = [Cloud(np.array([[place, height]]), key="ball") for place, height in ((0.0, 2.0), (2.0, 0.5))]

    def found(states: list[Cloud], says: str = "The loss fell.") -> list[str]:
        beat = Beat(says, Overlay(slope, states[-1]), motion=Playback({"ball": states}), id="a")
        return [what for _, what in find_contradictions(beat)]

    assert found(balls) == [] and found(balls[::-1]) != [] and found(balls, "The loss rises.") != []


# Ranges


@pytest.mark.parametrize("label", ["weights from 0 to 0.05", {"en": "near", "ja": "0 から 0.05 以内の重み"}])
def test_a_range_of_what_is_counted_is_none_of_the_scale(label):
    near = Bars([0.4, 0.7], ("without", "with"), percent=True, limit=1, key="near", label=label)
    assert list(range_faults(Beat("One.", Row(near), id="a"))) == []


def test_a_range_in_brackets_is_still_one_of_the_scale():
    near = Bars([0.4, 0.7], ("a", "b"), percent=True, limit=1, key="near", label="probability (0–5)")
    assert list(range_faults(Beat("One.", Row(near), id="a")))


# Numbers of the trace


def trace_of(**arrays: Any) -> Trace:
    return Trace.of({name: np.asarray(one) for name, one in arrays.items()})


def numbers(trace: Trace, tell: Any) -> list[Finding]:
    found = find_dishonest(examine(lambda: list(tell(trace))))
    return [one for one in found if one.bound == "number"]


WEIGHTS = np.sin(np.arange(5 * 2048) * 1.7).reshape(5, 32, 64) * np.linspace(1, 0.3, 5)[:, None, None]


def test_shares_of_many_counts_are_judged_by_a_large_change():
    def tell(trace: Trace) -> Iterator[Beat]:
        near = [(np.abs(trace["w"][step]) < 0.05).mean() for step in range(5)]
        bars = [Bars([one, 1 - one], ("near", "far"), limit=1, key="b") for one in near]
        yield Beat("Shares.", Row(bars[-1]), motion=Playback({"b": bars}), id="a")

    def typed(trace: Trace) -> Iterator[Beat]:
        yield Beat("Shares.", Row(Bars([0.25, 0.75], ("a", "b"), limit=1, key="b")), id="a")

    assert numbers(trace_of(w=WEIGHTS), tell) == []
    assert numbers(trace_of(w=WEIGHTS), typed)


def test_a_field_of_a_mark_whose_key_has_a_space_can_be_given():
    def tell(trace: Trace, **more: Any) -> Iterator[Beat]:
        line = Curve(np.arange(5.0), trace["loss"], point=(2.0, 0.5), y_limits=(0, 2), key="big loss")
        yield Beat("A line.", Row(line), id="a", **more)

    trace = trace_of(loss=np.array([1.5, 1.2, 0.9, 0.8, 0.7]))
    (fault,) = numbers(trace, tell)
    assert fault.mark == "big loss" and "given=('big loss.point',)" in fault.advice
    assert numbers(trace, lambda one: tell(one, given=("big loss.point",))) == []


def test_values_at_the_end_of_a_fixed_scale_stay_on_it_with_other_numbers():
    def tell(trace: Trace) -> Iterator[Beat]:
        line = Curve(trace["x"], trace["loss"], x_limits=(0, 10), y_limits=(0.5, 2), key="l")
        gain = Bars(trace["loss"][:1] - trace["loss"][1:2], ("gain",), limit=1, key="gain")
        yield Beat("A line.", Row(line, gain), id="a")

    trace = trace_of(x=np.array([0.0, 5.0, 10.0]), loss=np.array([2.0, 1.0, 0.5]))
    assert numbers(trace, tell) == []


def test_counts_that_were_recorded_as_whole_numbers_are_the_traces():
    def tell(trace: Trace) -> Iterator[Beat]:
        yield Beat("Counts.", Row(Bars(trace["count"] + 0.0, ("a", "b"), key="count")), id="a")

    def typed(trace: Trace) -> Iterator[Beat]:
        _ = trace["count"]
        yield Beat("Counts.", Row(Bars([32.0, 17.0], ("a", "b"), key="count")), id="a")

    trace = trace_of(count=np.array([32, 17]), loss=np.array([0.5, 0.25]))
    assert numbers(trace, tell) == []
    assert any(one.mark == "count" for one in numbers(trace, typed))


# Advice


def test_words_that_are_hard_to_read_are_quoted_and_the_advice_fits_their_mark():
    mark = Text("a word", key="t")
    (take,) = takes(Story.from_beats([Beat("One.", Row(mark), id="a")], "A film"), STYLE)
    pale = text("a word", 0.0, 0.0, 0.5, np.array([0.2, 0.2, 0.2, 1.0]), STYLE.theme)
    (what,) = hard_to_read(take.frame, {"t": pale})
    assert "'a word'" in what and "role='ink'" in _advise_on_contrast(mark)
    ends = modify(LINES, name_ends=True)
    assert "name_ends" in _advise_on_contrast(ends) and "role='ink'" not in _advise_on_contrast(ends)


def test_all_marks_of_a_playback_that_are_wrong_are_named_at_once():
    one, other = Bars([0.5], ("a",), limit=1, key="b"), Bars([0.5], ("a",), limit=1, key="c")
    last = {"b": [modify(one, values=[0.25])], "c": [modify(other, values=[0.75])]}
    with pytest.raises(UserError, match=r"^Playback: 'b' on .*; 'c' on .*$"):
        Playback(last).check({"b": one, "c": other})


def test_a_dot_that_grows_is_not_there_twice_and_the_advice_is_not_for_a_grid():
    cloud = Cloud(np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 0.2]]), key="plain", radius=0.05)
    beats = [Beat("One.", Row(cloud), id="a"), Beat("Two.", Row(modify(cloud, radius=0.3)), id="b")]
    found = measure(Story.from_beats(beats, "A film"), STYLE).findings
    assert [one for one in found if one.bound == "double"] == []


# Ink


def test_thin_lines_that_fill_the_stage_are_large_enough_and_small_ones_are_not():
    line = Curve(STEPS, TEST, key="l", x_name="step", y_name="loss")
    for mark, hint in ((line, False), (Text("a word", key="t"), True)):
        story = Story.from_beats([Beat("One.", Row(mark), id="a")], "A film")
        report = measure(story, STYLE)
        assert report.ink < report.least_ink()
        assert any(one.bound == "ink" for one in report.findings) == hint
        assert any(one.bound == "ink" for one in measure(story, STYLE, recorded=9.0).findings)


# Words that are hidden on the way


def test_a_mark_that_hides_words_for_most_of_a_phase_is_found_unless_it_comes_from_them():
    beats = [Beat("One.", Row(Text("some words", key="t")), id="a"),
             Beat("Two.", Row(Text("some words", key="t"), Cloud(np.eye(2), key="c")), id="b")]  # fmt: skip
    take = takes(Story.from_beats(beats, "A film"), STYLE)[1]
    assert list(find_covering(take, moments(take))) == []
    (word,) = take.at(take.seconds)["t"][:1]
    box = np.array([[*np.array(box_of(word)).reshape(2, 2).mean(axis=1)]])
    plate = Boxes(box, np.array([[9.0, 3.0]]), np.ones((1, 4)))
    phase = take.phases[0]
    seen = [(phase, {"t": (word,), "c": (plate,)})] * 3
    ((key, what),) = find_covering(take, seen)
    assert key == "c" and "'some words' of 't'" in what
    assert list(find_covering(take, seen[:2])) == []
    born = replace(take, beat=replace(take.beat, born={"c": From("t")}))
    assert list(find_covering(born, seen)) == []


# What reaches the end of its scale


def clipped(trace: Trace, tell: Any) -> list[Finding]:
    found = find_dishonest(examine(lambda: list(tell(trace))))
    return [one for one in found if one.bound == "clipped"]


def test_what_runs_along_wires_is_held_to_its_own_scale_and_not_to_that_of_the_weights():
    counts, weights = np.array([1.0, 2.0, 3.0, 2.0, 1.0]), np.array([[0.9, 0.4, 0.3, 0.8, 0.7]])

    def tell(trace: Trace) -> Iterator[Beat]:
        own = trace["w"] * counts
        stage = Row(Units(counts, key="x", limit=3), Wires(trace["w"], "x", "y", key="w", limit=1),
                    Units(own.sum(axis=1), key="y", limit=8))  # fmt: skip
        yield Beat("One.", stage, motion=Flow("w", own, counts), given=("x", "w"), id="a")

    assert clipped(trace_of(w=weights), tell) == []


def test_what_was_recorded_up_to_an_end_was_not_cut_off_and_what_was_cut_off_is_told_where():
    pixels = np.round(8 + 8 * np.sin(np.arange(64.0))).reshape(8, 8)
    assert (pixels == 16).sum() > 2

    def tell(trace: Trace, top: float = 16) -> Iterator[Beat]:
        yield Beat("One.", Grid(np.minimum(trace["x"], top), key="g", limit=top, role="grey"), id="a")

    assert clipped(trace_of(x=pixels), tell) == []
    (found,) = clipped(trace_of(x=pixels), lambda one: tell(one, 12))
    assert "end of their scale, 12," in found.what and "12 or more" in found.advice


# What is slow by will


def test_a_sweep_that_its_author_slows_down_is_not_dead_and_one_that_stands_is():
    cells = np.linspace(0, 1, 16).reshape(4, 4)

    def dead(seconds: float, recorded: float | None = None) -> float:
        stage = Row(Grid(cells, key="a", limit=1), Grid(cells[::2, ::2], key="b", limit=1))
        motion = Sweep("a", window=(2, 2), stride=(2, 2), reveals="b", slow=4, seconds=seconds)
        story = Story.from_beats([Beat("One.", stage, motion=motion, id="a")], "A film")
        return measure(story, STYLE, recorded=recorded).total("dead")

    assert dead(20.0) < 0.5 < 2 < dead(20.0, recorded=30.0)
    assert dead(40.0) > 5


# Where a mistake stands


def test_a_mistake_in_a_scene_names_its_line_and_a_stage_without_room_the_mark_with_what_fits_it(tmp_path):
    file = tmp_path / "small.py"
    file.write_text(SCENE.replace("SAYS", "'One.'").replace('key="b"', 'key="b", limit=0.25'), "utf-8")
    done = CliRunner().invoke(Nnanim("nnanim"), ["check", str(file)])
    assert done.exit_code == 2 and "limit=0.5 holds all (small.py, line 14)" in done.output
    names = tuple(f"a rather long name {i}" for i in range(30))
    grid = Grid(np.ones((30, 30)), names, names, key="g", limit=1, digits=3)
    with pytest.raises(
        UserError, match=r"^beat 'a' .*; Grid 'g' alone is .*: fewer decimals or none \(digits="
    ):
        takes(Story.from_beats([Beat("One.", Row(grid, Text("x", key="t")), id="a")], "A film"), STYLE)


def test_all_beats_without_room_are_named_at_once():
    names = tuple(f"a rather long name {i}" for i in range(30))
    beats = [
        Beat("One.", Row(Grid(np.ones((30, 30)), names, key=key, limit=1, digits=3)), id=key) for key in "ab"
    ]
    with pytest.raises(UserError, match=r"^beat 'a' .* · beat 'b' .*Grid 'b' alone"):
        check_story(Story.from_beats(beats, "A film"), STYLE)


def test_the_disc_of_a_legend_hides_no_word_in_a_high_frame():
    x, w = np.array([1.0, 0.1]), np.array([[0.5, -1.0], [0.9, 2.0]])
    stage = Row(
        Units(x, key="x", limit=8), Wires(w, "x", "z", key="w", limit=6), Units(w @ x, key="z", limit=8)
    )
    beat = Beat("One.", stage, motion=Flow("w", w * x, x), id="a")
    high = replace(STYLE, width=11.0, height=11.0 * 16 / 9)
    found = measure(Story.from_beats([beat], "A film"), high)
    (take,) = takes(Story.from_beats([beat], "A film"), high)
    assert [one.what for one in find_in_frame(beat, take.frame) if one.law.bound == "contrast"] == []
    assert found.frame == "9:16"


# The last card


def test_a_card_says_a_model_once_and_can_be_left_out(tmp_path):
    run = Trace.of({"a": [0.5]}, provenance={"model": "iris 2-3-1", "parameters": 13, "seed": 0})
    beside = Trace.of({"b": [0.5]}, provenance={"model": "2-3-1", "parameters": 13, "seed": 0})
    other = Trace.of({"b": [0.5]}, provenance={"model": "2-64-1", "parameters": 257, "seed": 0})
    assert "also" not in merge_provenance({"run": run, "kept": beside})
    assert merge_provenance({"run": run, "kept": beside, "big": other})["also"] == {"2-64-1": 257}
    file = tmp_path / "small.py"
    file.write_text(SCENE.replace("SAYS", "'One.'"), "utf-8")
    assert [one.id for one in loader.build_story(str(file)).beats] == ["one", "card"]
    file.write_text(
        SCENE.replace("SAYS", "'One.'").replace('"Small"\n', '"Small"\n    card = None\n'), "utf-8"
    )
    assert [one.id for one in loader.build_story(str(file)).beats] == ["one"]
