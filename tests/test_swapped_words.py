"""A sentence of which one word changes, arcs that grow with it, and values that run along them."""

from __future__ import annotations

import numpy as np
import pytest

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import Arcs, Column, Grid, Tokens
from nnanim.motions import SIGNALS, Stream
from nnanim.shapes import Filled
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.timeline import compare_frames

STYLE = RenderStyle(by_name("dark"))
RING = Tokens(("a", "queen", "had", "a", "ring"), key="t")
LAMP = Tokens(("a", "queen", "had", "a", "lamp"), key="t")


def words(mark, placed, frame) -> list[str]:
    shapes = mark.draw(placed, frame).shapes
    return [one.piece.text for one in shapes if isinstance(one, Filled) and one.color[3] > 0.5]


@pytest.mark.parametrize(
    ("fraction", "shown"), [(0.0, "ring"), (0.2, "ring"), (0.5, ""), (0.8, "lamp"), (1.0, "lamp")]
)
def test_the_old_word_goes_before_the_new_one_comes(fraction, shown):
    frame = place(Beat("x", LAMP, id="b"), STYLE)
    seen = words(RING.between(LAMP, fraction), frame["t"], frame)
    assert seen == ["a", "queen", "had", "a", *([shown] if shown else [])]


def test_a_shorter_sentence_loses_its_end_and_a_longer_one_grows_otherwise():
    short = Tokens(("a", "king", "had"), key="t")
    frame = place(Beat("x", short, id="b"), STYLE)
    assert words(RING.between(short, 0.9), frame["t"], frame) == ["a", "king", "had"]
    assert short.between(Tokens(("a", "king", "had", "a"), key="t"), 0.5) is None


def test_another_sentence_comes_when_the_old_one_has_gone():
    other = Tokens(("one", "day", "it", "rained"), key="t")
    frame = place(Beat("x", other, id="b"), STYLE)
    for fraction in np.linspace(0, 1, 11):
        seen = set(words(RING.between(other, float(fraction)), frame["t"], frame))
        assert not (seen & {"queen", "ring"} and seen & {"one", "rained"})


def test_arcs_of_one_token_grow_and_others_fade():
    before, after = (Arcs(np.array(w), "t", key="a", origin=2) for w in ([0.9, 0.1, 0], [0.1, 0.1, 0.8]))
    np.testing.assert_allclose(before.between(after, 0.5).weights, [0.5, 0.1, 0.4])
    assert before.between(Arcs(np.array([1.0, 0, 0]), "t", key="a", origin=0), 0.5) is None


def test_values_run_along_the_arcs_from_what_is_looked_at_to_what_looks():
    tokens = Tokens(("ring", ".", "the"), key="t")
    arcs = Arcs(np.array([0.9, 0.0, 0.1]), tokens, key="a", origin=2)
    beat = Beat("x", Column(arcs, tokens), motion=Stream("a"), id="b")
    frame = place(beat, STYLE)
    at = beat.motion.drawing(frame, frame)
    tops = frame["t"].parts(frame).centers
    ways = [at(f)[SIGNALS][0] for f in (0.0, 0.5, 1.0)]
    assert all(len(discs.centers) == 2 for discs in ways), "a weight of 0 has no arc, and nothing to give"
    first, last = (discs.centers[discs.radii.argmax()][0] for discs in (ways[0], ways[2]))
    assert first == pytest.approx(tops[0, 0]) and last == pytest.approx(tops[2, 0])
    with pytest.raises(UserError, match="a Tokens; Arcs wanted"):
        Beat("x", Column(arcs, tokens), motion=Stream("t"))


def test_cells_have_room_for_a_number_of_another_grid():
    one, other = (Grid(np.array([[v]]), key="g", digits=2, room_for=-8.5) for v in (-8.5, 8.5))
    assert (
        one.side(1.0, STYLE)
        == other.side(1.0, STYLE)
        > Grid(np.array([[8.5]]), key="g", digits=2).side(1.0, STYLE)
    )


def test_arcs_over_tokens_of_another_number_leave_and_others_come():
    def frame(tokens: Tokens):
        arcs = Arcs(np.full(len(tokens.words), 0.1), tokens, key="a", origin=len(tokens.words) - 1)
        return place(Beat("x", Column(arcs, tokens), id="b"), STYLE)

    before, after = frame(RING), frame(Tokens(("a", "king"), key="t"))
    change = compare_frames(before, after)
    assert "a" in change.leaving and "a" in change.entering and "t" in change.moving
    assert "a" in compare_frames(before, frame(LAMP)).moving
    with pytest.raises(UserError, match="5 weights for 2 tokens"):
        before["a"].mark.check({"t": Tokens(("a", "king"), key="t")})
    with pytest.raises(UserError, match="Tokens wanted"):
        before["a"].mark.check({"t": before["a"].mark})
