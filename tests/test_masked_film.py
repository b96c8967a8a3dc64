"""The film of gaps: what a model that looks back sees of them, and what one that looks both ways does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shipped
import torch

from nnanim import models
from nnanim.errors import UserError
from nnanim.models.masked import MaskedModel, encode_masked
from nnanim.models.tokenizer import MASK, Tokenizer
from nnanim.stories.masked import GapRuns, fill_gaps


@pytest.fixture(scope="module", params=["en", "ja"])
def runs(request: pytest.FixtureRequest) -> GapRuns:
    made: GapRuns = shipped.example("masked", request.param)
    return made


def test_a_gap_is_guessed_as_the_model_fills_it(runs: GapRuns) -> None:
    text = {"en": "a <mask> eats bones.", "ja": "<mask>は骨を食べます。"}[runs.lang]
    model, first = models.load("masked"), runs.ends[0]
    assert isinstance(model, MaskedModel)
    expected, tokens = dict(model.fill(text)[0]), Tokenizer.load_default().tokens
    for at, chance in enumerate(first.chances(first.both)):
        assert chance == pytest.approx(expected[tokens[at]], abs=1e-5)
    gpt = dict(models.load("language-model").next_token_probs("a" if runs.lang == "en" else ""))
    for at, chance in enumerate(first.chances(first.left)):
        assert chance == pytest.approx(gpt[tokens[at]], abs=1e-5)


def test_the_end_decides_for_one_model_and_not_for_the_other(runs: GapRuns) -> None:
    said = [runs.vocabulary[run.likeliest()] for run in runs.ends]
    assert said == {"en": ["dog", "cow", "bear"], "ja": ["犬", "牛", "熊"]}[runs.lang]
    for run in runs.ends:
        assert run.chances(run.both).max() > 3 * run.chances(run.left)[run.likeliest()]
        np.testing.assert_allclose(run.chances(run.left), runs.ends[0].chances(runs.ends[0].left), atol=1e-6)
    beat = {one.id: one for one in fill_gaps(runs)}["ends"]
    assert all(np.allclose(row, beat["left"].values[0], atol=1e-6) for row in beat["left"].values)
    assert [int(row.argmax()) for row in beat["both"].values] == [
        runs.answers.index(run.likeliest()) for run in runs.ends
    ]


def test_two_gaps_do_not_fit_until_one_is_filled(runs: GapRuns) -> None:
    pair, later = runs.pair, runs.then
    assert pair.likeliest(1) != later[0].likeliest()
    alone = pair.chances(pair.both, 1)
    odds = [[one.chances(one.both)[one.likeliest()], alone[one.likeliest()]] for one in later]
    now, before = (np.array(side) / (1 - np.array(side)) for side in zip(*odds, strict=True))
    assert (now > 2 * before).all()  # odds: a word that has more than half already cannot be twice as likely
    grid = {one.id: one for one in fill_gaps(runs)}["then"]["then"]
    assert [grid.columns[at] for at in grid.values.argmax(axis=1)] == [
        runs.vocabulary[one.likeliest()] for one in later
    ]


def test_the_token_before_the_gap_sees_what_is_behind_it(runs: GapRuns) -> None:
    gap = runs.gap
    lifted, barred = runs.weights(runs.whole.both), runs.weights(runs.whole.left)
    assert np.triu(barred, 1).max() == 0 < np.triu(lifted, 1).max()
    for table in (lifted, barred, runs.weights(runs.bare)):
        np.testing.assert_allclose(table.sum(axis=1), 1, atol=1e-5)
    assert runs.weights(runs.ends[0].both)[gap - 1, gap + 1 :].sum() > 0.3


def test_the_lifted_model_has_the_weights_of_the_gpt(runs: GapRuns) -> None:
    same = runs.whole.left.parameters
    assert all(np.array_equal(same[name], value) for name, value in runs.whole.both.parameters.items())


def test_what_is_practised_is_what_was_recorded(runs: GapRuns) -> None:
    training = models.training("masked")
    ids = encode_masked(training.provenance["texts"][runs.lang])[1:]
    assert list(runs.practice) == Tokenizer.load_default().spell(ids)
    guesses = np.asarray(training[f"{runs.lang}.guesses"])
    assert guesses.shape == (len(training["shown"]), ids.count(MASK))
    _, shares = runs.shares_found
    assert shares[-1] > shares[0] + 0.2
    model = models.load("masked")
    with torch.no_grad():
        last = model(torch.tensor([encode_masked(training.provenance["texts"][runs.lang])]))[0].argmax(-1)
    assert guesses[-1].tolist() == [int(last[at]) for at, one in enumerate(ids) if one == MASK]


def test_what_does_not_fit_is_refused(runs: GapRuns) -> None:
    first = runs.ends[0]
    with pytest.raises(UserError, match=r"gaps \[0\] in"):
        replace(first, gaps=[0])
    with pytest.raises(UserError, match="1 tokens for a run of"):
        replace(first, tokens=first.tokens[:1])
    with pytest.raises(UserError, match="two gaps, then the second"):
        replace(runs, pair=first)
    with pytest.raises(UserError, match="another token than the likeliest"):
        replace(runs, then=[replace(runs.then[0], tokens=["?"] * len(runs.then[0].tokens))])
    with pytest.raises(UserError, match="2 foods for 3 ends"):
        replace(runs, foods=("a", "b"))
