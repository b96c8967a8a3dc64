"""The film on tokens: merges, surprise and windows are those of the tokenizer and the model."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import shipped
import torch

from nnanim import models
from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.marks import Column, Row, Tokens
from nnanim.models.tokenizer import END, Tokenizer
from nnanim.motions import Playback
from nnanim.shapes import Boxes
from nnanim.stories.tokens import TokenRuns, tokens
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.timeline import takes


@pytest.fixture(scope="module", params=["en", "ja"])
def runs(request: pytest.FixtureRequest) -> TokenRuns:
    made: TokenRuns = shipped.example("tokens", request.param)
    return made


@pytest.mark.parametrize("text", ["there was a princess", "むかしむかし王女がいました", "x", "café 12", ""])
def test_merges_lead_from_characters_to_pieces(text: str) -> None:
    tokenizer = Tokenizer.load_default()
    states = tokenizer.merge_steps(text)
    assert [len(one) for one in states] == sorted((len(one) for one in states), reverse=True)
    assert all("".join(one).strip() == text for one in states)
    known = {one.left + one.right for one in tokenizer.merges}
    for before, after in pairwise(states):
        assert len(set(after) - set(before)) == 1 and set(after) - set(before) <= known
    if all(character in tokenizer.ids for character in text):
        assert states[-1] == tokenizer.split(text)


def test_surprise_is_what_the_model_did_not_expect(runs: TokenRuns) -> None:
    model = models.load("language-model")
    ids = list(runs.ids)
    with torch.no_grad():
        chances = model(torch.tensor([ids]))[0].softmax(-1)
    expected = [-np.log2(float(chances[i, one])) for i, one in enumerate(ids[1:])]
    np.testing.assert_allclose(runs.bits, expected, rtol=1e-3, atol=1e-4)
    assert ids[0] == END
    name = runs.name
    assert runs.bits[name[1]] > 4 and runs.bits[runs.asked] < 0.1
    others = np.delete(runs.bits[: runs.asked], list(name))
    assert runs.bits[list(name)].mean() > 4 > 1 > others.mean()  # the name is what surprises


def test_a_window_that_loses_the_name_forgets_it(runs: TokenRuns) -> None:
    for size, run in runs.windows.items():
        sees = any(runs.asked - size <= i for i in runs.mentions[:: len(runs.name)] if i < runs.asked - 1)
        assert (runs.chance(run) > 0.9) == sees, size
        assert run["output"].shape[1] == size + 1


def test_parts_that_overlap_or_have_a_summary_know_the_name(runs: TokenRuns) -> None:
    chances = {name: runs.chance(run) for name, run in runs.pieces.items()}
    assert chances["alone"] < 0.05
    assert min(chances[name] for name in ("overlap", "summary", "whole")) > 0.9


def test_what_does_not_fit_is_refused(runs: TokenRuns) -> None:
    with pytest.raises(UserError, match=r"3 pieces and \d+ numbers for a run of \d+ tokens"):
        replace(runs, tokens=runs.tokens[:3])
    with pytest.raises(UserError, match="the runs in pieces are alone, overlap, summary, whole; got alone"):
        replace(runs, pieces={"alone": runs.pieces["alone"]})
    assert sum(beat.asks for beat in tokens(runs)) == 2


@pytest.mark.parametrize("fps", [24, 60])
def test_words_stay_in_the_frame_on_their_way_to_the_beginning_of_a_playback(fps: int) -> None:
    style = RenderStyle(by_name("dark"))
    letters, word = Tokens(tuple("a long sentence here"), key="t"), Tokens(("a", "long", "one"), key="t")
    first = Beat("", Row(letters), id="1")
    second = Beat("", Column(word, Tokens(("x",), key="x")), id="2", motion=Playback({"t": [letters, word]}))
    film = takes(Story.from_beats([first, second]), style)
    move = next(phase for phase in film[1].phases if phase.name == "move")
    for frame in range(round(move.seconds * fps)):
        boxes = [one for one in move.at(frame / fps / move.seconds)["t"] if isinstance(one, Boxes)]
        middles = np.concatenate([one.centers for one in boxes])
        assert abs(middles[:, 0].mean()) < 0.05  # both states stand in the middle
