"""Beats and stories: what does not belong together is refused with the nearest that does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import examples
import numpy as np
import pytest

from nnanim import words
from nnanim.beats import Beat, Story, end_card, merge_provenance
from nnanim.errors import UserError
from nnanim.marks import Bars, Block, Column, Link, Overlay, Row, Text, Units, Wires, modify
from nnanim.motions import Flow, Playback, Sweep
from nnanim.trace import Trace

X, W1, H, W2, O = examples.network()  # noqa: E741
NET = Row(X, W1, H, W2, O)
FLOW = examples.flow()


def test_a_beat_knows_its_marks_by_key():
    one = Beat("a", NET)
    assert [mark.key for mark in one.marks] == ["x", "w1", "h", "w2", "o"]
    assert one["h"] is H
    with pytest.raises(UserError, match="beat 'a' has no mark 'w3'; nearest: 'w1', 'w2'"):
        one["w3"]
    assert [m.key for m in Beat("a", X).marks] == ["x"]


def test_beats_are_equal_by_content():
    assert Beat("a", NET, FLOW) == Beat("a", Row(*examples.network()), examples.flow())
    assert hash(Beat("a", NET)) == hash(Beat("a", NET))
    assert Beat("a", NET) != Beat("b", NET) != Beat("b", NET, pause=1.0)
    assert Beat("a", NET, FLOW) != Beat("a", NET)


def test_two_marks_with_one_key_are_refused():
    with pytest.raises(UserError, match=r"^beat 'twice': two marks have the key 'x'$"):
        Beat("twice", Row(X, Column(H, Overlay(Units([1.0], key="x")))))


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        (Row(X, Wires(examples.WEIGHTS, "x", "hiden", key="w"), Units(examples.HIDDEN, key="hidden")),
         "'w' is tied to 'hiden', which is not on the stage; nearest: 'hidden'"),
        (Row(Block("A", key="a"), Link("a", "bb", key="l"), Block("B", key="b")),
         "'l' is tied to 'bb', which is not on the stage; nearest: 'b'"),
        (Row(X, Wires(examples.WEIGHTS, "x", "x2", key="w"), Units([1.0], key="x2")),
         r"'w' has weights \(3, 2\) \(out, in\), but 'x2' has 1 neurons"),
        (Row(Block("A", key="a"), Wires(examples.WEIGHTS, "a", "h", key="w"), H),
         "'w' is tied to 'a', a Block; Units wanted"),
    ],
)  # fmt: skip
def test_wires_and_links_need_their_ends(stage, says):
    with pytest.raises(UserError, match=f"^beat 'tied': {says}"):
        Beat("tied", stage)


@pytest.mark.parametrize(
    ("motion", "says"),
    [
        (Flow("w3", FLOW.contributions, FLOW.source), "Flow moves 'w3', which is not on the stage; nearest"),
        (Flow("h", FLOW.contributions, FLOW.source), "Flow runs along 'h', a Units; Wires wanted"),
        (
            Flow("w2", FLOW.contributions, FLOW.source),
            r"contributions \(3, 2\) for weights \(1, 3\)",
        ),
        (
            Playback({"hh": [Units([1.0], key="hh")]}),
            "Playback moves 'hh', which is not on the stage; nearest: 'h'",
        ),
        (Sweep("xx"), "Sweep moves 'xx', which is not on the stage; nearest: 'x'"),
        (Sweep("x", reveals="oo"), "Sweep moves 'oo', which is not on the stage; nearest: 'o'"),
    ],
)
def test_a_motion_moves_what_is_on_the_stage(motion, says):
    with pytest.raises(UserError, match=f"^beat 'moved': .*{says}"):
        Beat("moved", NET, motion)


def test_the_focus_is_on_the_stage():
    with pytest.raises(UserError, match=r"^beat 'a': focus 'w11' is not on the stage; nearest: 'w1'"):
        Beat("a", NET, focus=("w11",))


@pytest.mark.parametrize("pause", [-0.1, np.nan, np.inf])
def test_a_pause_is_a_time(pause):
    with pytest.raises(UserError, match=r"^beat 'a': pause=.*; it must be 0 or more$"):
        Beat("a", NET, pause=pause)
    assert Beat("a", NET, pause=0).pause == 0


def test_errors_name_the_beat_by_its_id_else_by_its_sentence():
    with pytest.raises(UserError, match=r"^beat 'split': "):
        Beat("A sentence.", NET, id="split", focus=("nowhere",))
    with pytest.raises(UserError, match=r"^beat 'A sentence.': "):
        Beat({"ja": "文", "en": "A sentence."}, NET, focus=("nowhere",))


def test_told_numbers_the_beats_that_have_no_id():
    story = Story.from_beats([Beat("a", X), Beat("b", X, id="mine"), Beat("c", X)], "Title")
    assert [beat.id for beat in story.beats] == ["01", "mine", "03"]
    assert story.title == "Title" and story.provenance == {}


def test_told_refuses_what_is_no_story():
    with pytest.raises(UserError, match="the story has no beats"):
        Story.from_beats([])
    with pytest.raises(UserError, match="the story yields Row at place 2; Beat wanted"):
        Story.from_beats([Beat("a", X), NET])
    with pytest.raises(UserError, match="two beats have the id 'a'"):
        Story.from_beats([Beat("a", X, id="a"), Beat("b", X, id="a")])
    with pytest.raises(UserError, match="two beats have the id '02'"):
        Story.from_beats([Beat("a", X, id="02"), Beat("b", X)])


def test_told_twice_is_the_same_story():
    assert examples.story() == examples.story()


def test_a_story_ends_with_a_card_of_what_was_computed():
    story = examples.story()
    card = story.beats[-1]
    said = [words.say(mark.words, "en") for mark in card.marks]
    assert card.id == "card"
    assert said == ["iris-2-3-1", "13 parameters", "seed 1", "torch 2.13.0"]
    japanese = [words.say(mark.words, "ja") for mark in card.marks]
    assert japanese[1:] == ["パラメーター 13 個", "シード 1", "torch 2.13.0"]
    assert Story.from_beats([Beat("a", X)], provenance=examples.PROVENANCE, card=False).beats[-1].id == "01"
    assert len(Story.from_beats([Beat("a", X)]).beats) == 1


def test_the_card_says_only_what_is_known():
    card = Story.from_beats([Beat("a", X)], provenance={"model": "m", "parameters": 12345}).beats[-1]
    keys = [mark.key for mark in card.marks]
    assert "card:seed" not in keys
    assert words.say(card["card:parameters"].words, "en") == "12,345 parameters"
    assert "card:torch" not in keys


def test_a_misspelt_beginning_of_a_long_id_is_near():
    story = Story("t", (Beat("a", X, id="the-softmax-of-all-rows"), Beat("b", X, id="other")))
    with pytest.raises(UserError, match=r"nearest: 'the-softmax-of-all-rows'$"):
        story.beat("the-sofmax")


def test_a_beat_is_found_by_id_or_by_place():
    story = Story("t", (Beat("a", X, id="first"), Beat("b", X, id="second")))
    assert story.beat("second") is story.beat(2) is story.beat("2")
    digits = Story("t", (Beat("a", X, id="04"), Beat("b", X, id="1")))
    assert digits.beat("04") is digits.beat(1) and digits.beat("1") is digits.beat(2)
    with pytest.raises(UserError, match="there is no beat 'secnd'; nearest: 'second'"):
        story.beat("secnd")
    for place in (0, 3, "3"):
        with pytest.raises(UserError, match=f"there is no beat {place}; the story has 2"):
            story.beat(place)


def test_a_sentence_may_be_a_text_of_its_own():
    assert Beat("", Text("only words", key="t")).says == ""


def test_the_card_names_all_models_and_what_computed():
    known = {"model": "m", "parameters": 10, "also": {"n": 2000}, "computed_with": "torch 2.1.0+cpu"}
    said = [words.say(mark.words, "en") for mark in end_card(known).marks]
    assert said == ["m", "10 parameters", "n: 2,000 parameters", "torch 2.1.0"]
    assert "these runs" in words.say(end_card(known, proven=True).says, "en")
    numpy = {"model": "noise", "seed": 3, "computed_with": "numpy 2.2"}
    said = [words.say(mark.words, "ja") for mark in end_card(numpy).marks]
    assert said == ["noise", "シード 3", "numpy 2.2"]
    assert "network" not in words.say(end_card(numpy).says, "en")


def test_the_last_card_says_only_what_is_known() -> None:
    def said(proven: bool, **more: Any) -> str:
        provenance = {"model": "m", "parameters": 3, **more}
        story = Story.from_beats([Beat("a", X)], provenance=provenance, proven=proven)
        return words.say(story.beats[-1].says, "en")

    assert said(False) == said(False, also={"n": 4}) == "This was run for this film."
    assert said(True) == "Every number is from this run, or was given."
    assert said(True, also={"n": 4}) == "Every number is from these runs, or was given."


@dataclass
class Runs:
    """Several traces in an object of their own."""

    first: Trace
    second: Trace


def test_several_traces_are_told_of_on_one_card() -> None:
    one, other = (
        Trace.of({"x": [1.0]}, provenance={"model": name, "parameters": count, "seed": 3})
        for name, count in (("a", 5), ("b", 7))
    )
    nested = {"one": [one], "more": {"other": (other, 3)}}
    for example in ((one, other), [one, other], {"first": one, "second": other}, nested, Runs(one, other)):
        merged = merge_provenance(example)
        assert merged == {"model": "a", "parameters": 5, "seed": 3, "also": {"b": 7}}
        card = Story.from_beats([Beat("a", X)], provenance=merged).beats[-1]
        assert words.say(card["card:b"].words, "en") == "b: 7 parameters"
    again = Trace.of({"x": [1.0]}, provenance={"model": "a", "parameters": 5, "seed": 4})
    assert merge_provenance((one, again)) == {"model": "a", "parameters": 5, "seed": None}
    assert merge_provenance(one) == one.provenance
    assert merge_provenance((1, 2)) is merge_provenance(None) is None


def test_a_sentence_that_is_missing_in_a_language_is_known() -> None:
    both, english = {"en": "a", "ja": "あ"}, {"en": "b"}
    story = Story.from_beats([Beat(both, X, id="both"), Beat(english, X, id="one"), Beat("c", X, id="plain")])
    assert story.missing_translations("ja") == ["one"] and story.missing_translations("en") == []


def test_a_playback_ends_with_what_stands_on_the_stage() -> None:
    end = modify(X, values=[2.0, 1.0])
    with pytest.raises(UserError, match=r"^beat 'p': Playback: 'x' on the stage is not its last state"):
        Beat("", X, motion=Playback({"x": [X, end]}), id="p")
    with pytest.raises(
        UserError, match=r"^beat 'p': Playback: 'x' is a Units on the stage and a Bars in state 1"
    ):
        Beat("", X, motion=Playback({"x": [Bars([1.0], key="x"), X]}), id="p")
    assert Beat("", X, motion=Playback({"x": [end, modify(X, limit=X.limit)]})).motion is not None


def test_the_legend_of_a_playback_holds_for_every_state() -> None:
    wide = modify(X, limit=9.0)
    with pytest.raises(UserError, match=r"'x' has a scale up to 9 in state 1, and its legend says 8;"):
        Beat("", X, motion=Playback({"x": [wide, X]}), id="p")
    assert Beat("", wide, motion=Playback({"x": [modify(wide, values=[0.0, 1.0]), wide]})).motion is not None
