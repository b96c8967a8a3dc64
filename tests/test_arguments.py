"""What a stranger types first: one line says the right form, and a traceback never."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from typing import Any

import numpy as np
import pytest

from nnanim import (
    Bars,
    Beat,
    Cloud,
    Column,
    Curve,
    Flow,
    From,
    Grid,
    Playback,
    Relay,
    Row,
    Sweep,
    Trace,
    Wires,
)
from nnanim.errors import UserError
from nnanim.marks import Histogram, Picture, Text, Tokens, Units, View, arrange_multiples, modify
from nnanim.words import fill

V, W = np.array([0.1, 0.5, 0.9]), np.full((2, 3), 0.1)
BARS = Bars(V, ("a", "b", "c"), key="b")

SLIPS: dict[str, tuple[Callable[[], Any], str]] = {
    "several flows": (lambda: Relay(run("w"), run("v")), "Relay((Flow(…), Flow(…)))"),
    "one flow": (lambda: Relay(run("w")), "flows=(Flow(…),)"),
    "another motion": (lambda: Relay((Playback({"b": [BARS]}),)), "Relay((Flow(…), Flow(…)))"),
    "states in a list": (lambda: Playback([BARS]), "a dict is wanted: states={'key': …}"),
    "one state": (lambda: Playback({"b": BARS}), "{'b': [state, …]}"),
    "contributions": (lambda: Flow("w", type("C", (), {"terms": W})(), V), "its terms are wanted"),
    "no terms": (lambda: Flow("w"), "Flow(wires, contributions, source)"),
    "one side": (lambda: Sweep("g", window=3), "window=(3, 3)"),
    "a list in a Row": (lambda: Row([BARS]), "Row(*marks)"),
    "a list as stage": (lambda: Beat("One.", [BARS]), "several marks stand in a Row(…)"),
    "two marks": (lambda: Beat("One.", BARS, BARS), "several marks stand in a Row(…)"),
    "two motions": (lambda: Beat("One.", BARS, motion=[run("w")]), "Relay((…, …))"),
    "no stage": (lambda: Beat("One."), "Beat(says, stage)"),
    "the stage first": (lambda: Beat(BARS, "One."), "says is a Bars; words are wanted"),
    "born of a key": (lambda: Beat("One.", BARS, born={"b": "a"}), "{'b': From('a')}"),
    "one setting": (lambda: Beat("One.", BARS, given="says"), "given=('says',)"),
    "names first": (lambda: Bars(("a", "b"), V[:2], key="b"), "numbers come first, then names"),
    "a dict": (lambda: Bars({"a": 1.0}, key="b"), "list(d.values()), tuple(d)"),
    "no key": (lambda: Bars(V), "key='…', the name by which the film knows it"),
    "one bar": (lambda: modify(BARS, highlight=1), "highlight=(1,)"),
    "two limits": (lambda: modify(BARS, limit=(0, 1)), "one number is wanted"),
    "one cell": (lambda: Grid(W, key="g", highlight=(0, 1)), "highlight=((row, column), …)"),
    "kinds by name": (lambda: Cloud(W.T, ("a", "b", "a"), key="c"), "names=(…)"),
    "no edges": (lambda: Histogram(V, key="h"), "np.histogram(values, bins=20)"),
    "a picture's limit": (lambda: Picture(W, key="p", limit=1), "low= and high="),
    "a colour": (lambda: Text("a", key="t", color="red"), "role="),
    "a sentence": (lambda: Tokens("the cat sat", key="t"), "tuple('the cat sat'.split())"),
    "one off": (lambda: Units(V, key="u", off=1), "off=(1,)"),
    "no ends": (lambda: Wires(W, key="w"), "Wires(weights, source, target, key=…)"),
    "no y": (lambda: Curve(V, key="c"), "Curve(x, y, key=…)"),
    "a zoom": (lambda: View("b", zoom=2), "it takes key, part, fills, at"),
    "two multiples": (lambda: arrange_multiples(BARS, BARS), "arrange_multiples([mark, mark], title)"),
    "no dict of arrays": (lambda: Trace.of(V), "Trace.of({'loss': loss})"),
}


def run(key: str) -> Flow:
    return Flow(key, W * V, V)


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_told_in_one_line_with_the_right_form(slip: str) -> None:
    wrong, right = SLIPS[slip]
    with pytest.raises(UserError, match=re.escape(right)) as told:
        wrong()
    assert "\n" not in str(told.value)


def test_words_of_one_language_may_be_a_string() -> None:
    assert fill("p = {p:.2f}", p=0.5) == {"en": "p = 0.50"} and fill("確率は {p}", p=1) == {"ja": "確率は 1"}


def test_a_column_stands_on_the_line_of_one_of_its_own() -> None:
    assert Column(BARS, Grid(W, key="g"), anchor=BARS).anchor == 0
    with pytest.raises(UserError, match="anchor='b' is none of its 1 children"):
        Column(Grid(W, key="g"), anchor=BARS)


def test_marks_stand_for_their_keys_and_copies_are_made_without_arguments() -> None:
    wires = Wires(W, "x", "h", key="w")
    assert Flow(wires, W * V, V).wires == "w" and Sweep(Grid(W, key="g")).over == "g"
    assert copy(BARS) == BARS and From("a", part=(0, 1)).part == (0, 1)
