"""The film on words as vectors: its map, its neighbours and its grids are what the model holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shipped
import torch

from nnanim import models, theme
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import Cloud
from nnanim.models.tokenizer import Tokenizer
from nnanim.shapes import Filled, word_box
from nnanim.stories.words import WordVectors, words
from nnanim.style import RenderStyle


@pytest.fixture(scope="module", params=["en", "ja"])
def run(request: pytest.FixtureRequest) -> WordVectors:
    made: WordVectors = shipped.example("words", request.param)
    return made


def vector(word: str) -> torch.Tensor:
    """The row of a word in the model's embedding."""
    at = Tokenizer.load_default().encode(word)
    assert len(at) == 1
    return models.load("language-model").tokens.weight[at[0]].detach().double()


def cosine(a: torch.Tensor, b: torch.Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(a, b, dim=0))


def test_the_words_of_the_map_are_tokens_of_the_film_s_language(run: WordVectors) -> None:
    for word in run.all_words:
        np.testing.assert_allclose(run.vectors([word])[0], vector(word).numpy(), atol=1e-6)
        assert word.isascii() == (run.lang == "en")


def test_the_map_holds_the_variance_it_says(run: WordVectors) -> None:
    places, share = run.plane()
    every = run.vectors(run.all_words)
    assert share == pytest.approx(places.var(axis=0).sum() / every.var(axis=0).sum())
    covariance = np.linalg.eigvalsh(np.cov(every.T))
    assert share == pytest.approx(covariance[-2:].sum() / covariance.sum())


def test_words_of_a_kind_lie_together(run: WordVectors) -> None:
    places, _ = run.plane()
    kinds = np.array([index for index, listed in enumerate(run.kinds.values()) for _ in listed])
    middles = np.array([places[kinds == kind].mean(axis=0) for kind in range(len(run.kinds))])
    nearest = np.linalg.norm(places[:, None] - middles, axis=2).argmin(axis=1)
    assert (nearest == kinds).all()


def test_the_sum_leads_where_its_first_word_led_before(run: WordVectors) -> None:
    first, minus, plus, other = run.terms
    total = vector(first) - vector(minus) + vector(plus)
    for found, against in (
        (run.neighbours(run.sum(), run.terms[:3]), total),
        (run.neighbours(run.vectors([first])[0], run.terms[:3]), vector(first)),
    ):
        assert found[0][0] == other
        assert [value for _, value in found] == sorted((value for _, value in found), reverse=True)
        for word, value in found:
            assert value == pytest.approx(cosine(against, vector(word)), abs=1e-5)
    # So reckoning has even taken it away.
    assert cosine(total, vector(other)) < cosine(vector(first), vector(other))


def test_english_pairs_differ_alike_and_japanese_ones_do_not(run: WordVectors) -> None:
    for lang, pairs in run.pairs.items():
        steps = [vector(a) - vector(b) for a, b in pairs]
        expected = [[0.0 if a is b else cosine(a, b) for b in steps] for a in steps]
        np.testing.assert_allclose(run.steps(lang), expected, atol=1e-5)
    assert run.span("en")[0] > 0.4 and max(map(abs, run.span("ja"))) < 0.2


def test_only_the_english_texts_say_he_and_she() -> None:
    known = Tokenizer.load_default()
    assert {"he", "she", "his", "her"} <= {
        one.strip() for one in known.tokens
    } and "彼" not in known.characters


def test_what_does_not_fit_is_refused(run: WordVectors) -> None:
    with pytest.raises(UserError, match="'wug' is no single token"):
        replace(run, kinds={"people": ("wug",)})
    with pytest.raises(UserError, match="no kind of words 'plants'"):
        replace(run, kinds={"plants": ()})
    with pytest.raises(UserError, match="vectors for 2 tokens"):
        replace(run, tokens=("a", "b"))
    with pytest.raises(UserError, match="reckoned=0"):
        replace(run, reckoned=0)
    lang = run.lang
    turned = {**run.pairs, lang: [(run.terms[0], run.all_words[-1]), run.pairs[lang][1]]}
    with pytest.raises(UserError, match="does not lead to"):
        list(words(replace(run, pairs=turned, reckoned=1)))


@pytest.mark.parametrize("count", [3, 12])
def test_the_labels_of_a_cloud_touch_nothing_and_stay_inside(count: int) -> None:
    near = np.random.default_rng(0).normal(0, 0.2, (count, 2))
    cloud = Cloud(np.vstack([near, [[3.0, 0.0], [3.0, 0.02]]]), key="c", labels=("word",) * (count + 2))
    frame = place(Beat("A sentence.", cloud, id="b"), RenderStyle(theme.by_name("dark")), "A title")
    placed = frame.placed["c"]
    drawn = [one for one in cloud.draw_words(placed, frame.style) if isinstance(one, Filled)]
    boxes = [word_box(one) for one in drawn]
    middle, half = np.array([placed.x, placed.y]), np.array([placed.w, placed.h]) / 2
    assert len(boxes) == count + 2
    for i, (low, high) in enumerate(boxes):
        assert (low >= middle - half).all() and (high <= middle + half).all()
        for other_low, other_high in boxes[:i]:
            assert (low >= other_high).any() or (high <= other_low).any()
        for at in cloud.to_screen(placed, cloud.points):
            assert (at <= low).any() or (at >= high).any()
    (held,) = cloud.readouts(placed, frame)
    assert held.names == cloud.labels


def test_labels_are_one_for_each_point() -> None:
    with pytest.raises(UserError, match="labels"):
        Cloud(np.zeros((3, 2)), key="c", labels=("a",))


def test_the_rows_of_the_sum_add_up_as_they_are_written(run: WordVectors) -> None:
    grid = {beat.id: beat for beat in words(run)}["sum"]["terms"]
    written = np.round(grid.values, grid.digits)
    adds_up = np.abs(written[:3].sum(axis=0) - written[3]) <= 0.5 * 10.0**-grid.digits
    assert grid.rows[3] == ("=" if adds_up.all() else "≈")
