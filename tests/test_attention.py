"""The attention film: rows sum to one, sums equal the trace, a swapped word moves what it should."""

from __future__ import annotations

import numpy as np
import pytest
import shipped
import torch
from torch import nn

from nnanim import models
from nnanim.beats import Story
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.layout import place_story
from nnanim.marks import Arcs, Bars, Grid, Tokens
from nnanim.models.tokenizer import Tokenizer
from nnanim.recording import record
from nnanim.stories.attention import Reading, Swap, attention
from nnanim.stories.attention.story import link
from nnanim.stories.probabilities import softmax
from nnanim.style import RenderStyle
from nnanim.theme import by_name

SENTENCES = {
    "four": "once upon a time",
    "twelve": "a queen had a ring. the next day she lost the",
    "ja": "むかしむかしあるところに若い王女がいました。",
}


def reading(sentence: str, more: int = 0, **options) -> Reading:
    network, tokenizer = models.load("language-model"), Tokenizer.load_default()
    ids = tokenizer.encode(sentence)
    options = {"length": len(ids), **options}
    ids = network.extend(ids, more, more)
    trace = record(network, torch.tensor([ids]), name="language-model", seed=0, check=True)
    return Reading(trace, tokenizer.spell(ids), tokenizer.spellings, **options)


@pytest.fixture(scope="module", params=SENTENCES)
def read(request) -> Reading:
    return reading(SENTENCES[request.param], more=2)


@pytest.fixture(scope="module")
def told(request) -> dict[str, Story]:
    return {lang: shipped.story("attention", lang) for lang in ("en", "ja")}


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
    scores = read.trace[f"{read.block}.scores"][0, read.layer_and_head[1], : read.length, : read.length]
    np.testing.assert_allclose(read.scores, scores, atol=1e-4)
    masked = np.where(np.tril(np.ones_like(scores)), read.scores, -1e9)
    np.testing.assert_allclose(softmax(masked), read.pattern, atol=1e-5)


def test_the_weighted_sum_is_what_the_head_gave(read):
    beat = next(beat for beat in attention(read) if beat.id == "sum")
    given = read.trace[f"{read.block}.matmul#2"][0, read.layer_and_head[1], read.at]
    np.testing.assert_allclose(beat["sum"].values[0], given[: beat["sum"].values.shape[1]], atol=1e-5)


def test_the_numbers_of_a_dot_product_add_up(read):
    beat = next(beat for beat in attention(read) if beat.id == "dot")
    q, k, product = (beat[key].values[0] for key in ("q", "k", "qk"))
    np.testing.assert_allclose(q * k, product)
    parts = beat["products"].parts
    whole = float(parts[-1].removeprefix("= ").removeprefix("approx "))
    rest = float(parts[-2]["en"].split("(")[1].split(",")[0]) * (-1 if parts[-2]["en"].startswith("-") else 1)
    assert product.sum() + rest == pytest.approx(whole, abs=0.02)
    assert [beat[key].role for key in ("q", "k")] == ["query", "key"]


def test_the_tables_of_a_block_add_up(read):
    beat = next(beat for beat in attention(read) if beat.id == "block")
    rows, attended, changed, out = (beat[key].values for key in ("total", "heads", "small", "out"))
    np.testing.assert_allclose(rows + attended + changed, out, atol=1e-4)


def test_the_same_word_has_the_same_row():
    beat = next(beat for beat in attention(reading(SENTENCES["twelve"])) if beat.id == "vectors")
    rows = sorted({row for row, _ in beat["x"].highlight})
    assert [beat["x"].rows[row] for row in rows] == ["a", "a"]
    np.testing.assert_array_equal(beat["x"].values[rows[0]], beat["x"].values[rows[1]])


def test_pieces_of_a_word_are_no_words():
    spelled = reading("mira had a ring.").tokens
    assert spelled[:2] == ["mir", "-a"] and spelled[3] == "a"


def test_next_words_are_the_models_and_are_appended():
    network, tokenizer = models.load("language-model"), Tokenizer.load_default()
    read_ = reading(SENTENCES["four"], more=3)
    beats = {b.id: b for b in attention(read_)}
    ids = tokenizer.encode(SENTENCES["four"])
    for step, added in ((0, 0), (1, 1), (2, 3)):
        tokens, bars = beats[f"next-{step}"]["tokens"], beats[f"next-{step}"]["next"]
        assert isinstance(tokens, Tokens) and isinstance(bars, Bars)
        assert list(tokens.words) == list(read_.tokens[: len(ids) + added])
        seen = torch.tensor([network.extend(ids, added, added)])
        p = network(seen)[0, -1].detach().softmax(0)
        assert bars.names[0] == tokenizer.spellings[int(p.argmax())]
        assert bars.values[0] == pytest.approx(float(p.max()), abs=1e-4)
    assert beats["next-1"].born == {("tokens", -1): From("next", 0)}


def test_a_hot_model_is_less_sure_and_a_cold_one_surer(told):
    for story in told.values():
        states = story.beat("temperature").motion.states["next"]
        own, cold, hot = states[0], max(states, key=lambda one: one.values[0]), states[-1]
        assert cold.values[0] > own.values[0] + 0.1 > hot.values[0] + 0.1
        assert {one.names for one in states} == {own.names}, "no bar changes its name while it changes"


def test_bars_say_more_than_nothing(told):
    for story in told.values():
        for beat in story.beats:
            for mark in beat.marks:
                if isinstance(mark, Bars) and mark.percent:
                    assert len(mark.values) > 1 and mark.values[0] > 0.05


def test_candidates_are_of_the_films_language(told):
    for lang, story in told.items():
        for beat in story.beats:
            for mark in beat.marks:
                if isinstance(mark, Bars) and mark.percent:
                    assert all(str(name).isascii() == (lang == "en") for name in mark.names), (
                        beat.id,
                        mark.names,
                    )


def test_one_word_is_swapped_and_the_prediction_follows(told):
    for lang, old, new in (("en", "ring", "lamp"), ("ja", "指輪", "ランプ")):
        first, second = told[lang].beat("next-0"), told[lang].beat("swapped-0")
        assert first["next"].names[0] == old and second["next"].names[0] == new
        assert first["next"].values[0] > 0.85 and second["next"].values[0] > 0.85
        assert set(first["next"].names) == set(second["next"].names)
        differ = [
            i
            for i, (a, b) in enumerate(zip(first["tokens"].words, second["tokens"].words, strict=True))
            if a != b
        ]
        assert [second["tokens"].words[i] for i in differ] == [new]
        for beat in (first, second):
            assert int(beat["arcs"].weights.argmax()) == differ[0] and beat["arcs"].weights.max() > 0.7


def test_a_queen_is_she_and_a_king_is_he(told):
    before, after = (told["en"].beat(id)["next"] for id in ("swap-1", "swapped-1"))
    assert (before.names[0], after.names[0]) == ("she", "he") and min(
        before.values[0], after.values[0]
    ) > 0.85
    assert "“.” had read it" in told["en"].beat("swapped-1").says["en"]
    rain, snow = (told["ja"].beat(id)["next"] for id in ("swap-1", "swapped-1"))
    assert (rain.names[0], snow.names[0]) == ("傘", "上着") and min(rain.values[0], snow.values[0]) > 0.85


def test_both_sentences_of_a_swap_show_one_head():
    before, after = (reading(f"a {who} had a ring. the next day", toward=1) for who in ("queen", "king"))
    swap = Swap(before, after)
    assert swap.place == 1 and swap.after.layer_and_head == before.layer_and_head
    with pytest.raises(UserError, match="differ in one"):
        Swap(before, reading("a king had a lamp. the next day"))


def test_the_head_that_is_shown_looks_at_what_is_predicted():
    read_ = reading(SENTENCES["twelve"])
    assert read_.tokens[read_.echo] == "ring"
    assert read_.pattern[read_.at, read_.echo] == read_.patterns[:, :, read_.at, read_.echo].max()


def test_every_change_has_a_survivor_or_a_birth(told):
    for story in told.values():
        for one, other in zip(story.beats[:-1], story.beats[1:-1], strict=False):
            assert set(one.by_key) & set(other.by_key) or other.born, other.id


def test_births_whose_source_is_not_there_are_left_out():
    beats = list(attention(reading(SENTENCES["four"])))
    dot = next(beat for beat in beats if beat.id == "dot")
    assert dot.born and next(iter(link([dot]))).born == {}


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
        ({"toward": 12}, "there is no token 12; the sentence has 12"),
        ({"embedding": "tokns"}, "nothing was recorded under 'tokns'; nearest: 'tokens'"),
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
    network = models.load("language-model")
    with pytest.raises(UserError, match="at most 128 tokens, got 130"):
        record(network, torch.zeros(1, 130, dtype=torch.long))


def test_a_model_without_attention_is_refused():
    trace = record(nn.Sequential(nn.Linear(2, 2)), np.zeros((1, 2)))
    with pytest.raises(UserError, match="no attention"):
        Reading(trace, ["a", "b"], ["a"], length=2)
