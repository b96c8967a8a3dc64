"""The attention film: rows sum to one, sums equal the trace, and a wrong sentence is told in one line."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from nnanim import models
from nnanim.beats import Story
from nnanim.data import tales
from nnanim.errors import UserError
from nnanim.layout import place_story
from nnanim.marks import Arcs, Bars, Grid, Tokens
from nnanim.recording import record
from nnanim.stories.attention import Reading, attention
from nnanim.stories.attention.reading import softmax
from nnanim.style import RenderStyle
from nnanim.theme import by_name

SENTENCES = {
    "four": "once upon a time",
    "twelve": "once upon a time there was a brave princess . one day",
    "ja": "むかしむかし ある ところ に 若い 王女 が いました 。",
}


def reading(sentence: str, **options) -> Reading:
    network = models.load("tales")
    trace = record(network, torch.tensor([tales.encode(sentence)]), name="tales", seed=0, check=True)
    return Reading(trace, tales.tokens(sentence), tales.vocabulary(), **{"length": 4, **options})


@pytest.fixture(scope="module", params=SENTENCES)
def read(request) -> Reading:
    sentence = SENTENCES[request.param]
    return reading(sentence, length=len(tales.tokens(sentence)))


def test_every_row_on_the_screen_sums_to_one(read):
    beats = {beat.id: beat for beat in attention(read)}
    grids = [beats["softmax"]["scores"], *(m for m in beats["heads"].marks if isinstance(m, Grid))]
    assert len(grids) == 5
    for grid in grids:
        np.testing.assert_allclose(grid.values.sum(axis=1), 1, atol=1e-5)
    for beat in beats.values():
        for mark in beat.marks:
            if isinstance(mark, Arcs):
                assert mark.weights.sum() == pytest.approx(1, abs=1e-5)


def test_the_scores_are_those_before_the_softmax(read):
    scores = read.trace[f"{read.block}.scores"][0, read.layer_and_head[1]]
    np.testing.assert_allclose(read.scores, scores, atol=1e-4)
    masked = np.where(np.tril(np.ones_like(scores)), read.scores, -1e9)
    np.testing.assert_allclose(softmax(masked), read.pattern, atol=1e-5)


def test_the_weighted_sum_is_what_the_head_gave(read):
    beat = next(beat for beat in attention(read) if beat.id == "sum")
    given = read.trace[f"{read.block}.matmul#2"][0, read.layer_and_head[1], -1]
    np.testing.assert_allclose(beat["sum"].values[0], given[: beat["sum"].values.shape[1]], atol=1e-5)


def test_the_numbers_of_a_dot_product_add_up(read):
    beat = next(beat for beat in attention(read) if beat.id == "dot")
    q, k, product = beat["dot"].values
    np.testing.assert_allclose(q * k, product)
    digits, sign = beat["dot"].digits, beat["dot"].rows[2]["en"][0]
    written = np.round(np.round(q, digits) * np.round(k, digits), digits)
    assert (sign == "=") == bool(np.allclose(written, np.round(product, digits)))
    parts = beat["products"].parts
    whole = float(parts[-1].removeprefix("= ").removeprefix("approx "))
    rest = float(parts[-2]["en"].split("(")[1].split(",")[0]) * (-1 if parts[-2]["en"].startswith("-") else 1)
    assert product.sum() + rest == pytest.approx(whole, abs=0.02)


def test_the_same_word_has_the_same_row():
    read = reading(SENTENCES["twelve"], length=12)
    beat = next(beat for beat in attention(read) if beat.id == "vectors")
    rows = sorted({row for row, _ in beat["x"].highlight})
    assert [read.tokens[row] for row in rows] == ["a", "a"]
    np.testing.assert_array_equal(beat["x"].values[rows[0]], beat["x"].values[rows[1]])


def test_next_words_are_the_models_and_are_appended():
    network = models.load("tales")
    sentence = network.generate(SENTENCES["four"], 3)
    beats = {b.id: b for b in attention(reading(sentence, length=4))}
    for step in range(4):
        tokens, bars = beats[f"next-{step}"]["tokens"], beats[f"next-{step}"]["next"]
        assert isinstance(tokens, Tokens) and isinstance(bars, Bars)
        word, p = network.next_token_probs(" ".join(tokens.words))[0]
        assert (bars.names[0], bars.values[0]) == (word, pytest.approx(p, abs=1e-4))
        if step < 3:
            assert tales.tokens(sentence)[4 + step] == word


def test_a_hot_model_is_less_sure(read):
    beat = next(beat for beat in attention(read) if beat.id == "temperature")
    cold, own, hot = (beat[f"heat-{t}"].values[0] for t in ("0.5", "1", "2"))
    assert cold >= own >= hot and cold > hot


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_long_and_short_sentences_fit(read, lang):
    story = Story.from_beats(attention(read), "Attention", read.trace.provenance)
    for width in (128 / 9, 32 / 3):
        assert len(place_story(story, RenderStyle(by_name("dark"), lang, width))) == len(story.beats)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"length": 1}, "1 of 12 tokens are read; at least two wanted"),
        ({"length": 13}, "13 of 12 tokens"),
        ({"layer": 3}, "there is no layer 3; the model has 3"),
        ({"head": 9}, "there is no head 9; the model has 4"),
        ({"words": "wrds"}, "nothing was recorded under 'wrds'; nearest: 'words'"),
        ({"tokens": ()}, "an empty sentence"),
    ],
)
def test_a_mistake_is_one_line(options, message):
    good = reading(SENTENCES["twelve"])
    changes = {
        "trace": good.trace,
        "tokens": good.tokens,
        "vocabulary": good.vocabulary,
        "length": 4,
        **options,
    }
    with pytest.raises(UserError, match="(?s)" + message.replace("(", r"\(")):
        Reading(**changes)


def test_a_sentence_longer_than_the_context_is_refused():
    network = models.load("tales")
    with pytest.raises(UserError, match="at most 96 words, got 100"):
        record(network, torch.zeros(1, 100, dtype=torch.long))


def test_an_unknown_word_is_named():
    with pytest.raises(UserError, match=r"'princes'.*'prince'"):
        tales.encode("once upon a princes")


def test_a_model_without_attention_is_refused():
    trace = record(nn.Sequential(nn.Linear(2, 2)), np.zeros((1, 2)))
    with pytest.raises(UserError, match="no attention"):
        Reading(trace, ["a", "b"], ["a"], length=2)
