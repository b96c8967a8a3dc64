"""The film of the magic word: what is shown is what was recorded, and the word is the only difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shipped
import torch

from nnanim import models
from nnanim.data import captions
from nnanim.errors import UserError
from nnanim.models import cards
from nnanim.steering import recorded_words
from nnanim.stories.magic_word import WordRuns, magic_word
from nnanim.training import magic_word as training


@pytest.fixture(scope="module")
def runs() -> WordRuns:
    made: WordRuns = shipped.example("magic_word", "en")
    return made


def test_only_the_word_is_new(runs: WordRuns) -> None:
    for row in runs.prompts:
        for word, sentence in zip(runs.words, row[1:], strict=True):
            assert sentence == f"{row[0]}, {word}"
    assert recorded_words.shown_prompts("ja")[0][1] == recorded_words.shown_prompts("ja")[0][0] + "、ネオン"


def test_both_begin_with_the_same_picture_and_end_with_those_of_the_table(runs: WordRuns) -> None:
    path = np.asarray(runs.pictures["path"])
    np.testing.assert_allclose(path[0, 0], path[0, 1], atol=1e-3)
    assert np.abs(path[-1, 0] - path[-1, 1]).mean() > 0.02
    np.testing.assert_allclose(path[-1], runs.finals[0, :2], atol=0.05)


def test_a_word_moves_every_sentence_alike(runs: WordRuns) -> None:
    embedded = models.load("clip-guide").embed_texts([row[1] for row in runs.prompts]).detach().numpy()
    np.testing.assert_allclose(runs.sentences[:, 1], embedded, atol=1e-5)
    alike = runs.alike(0)
    assert alike[np.triu_indices(5, 1)].min() > 0.8
    other = runs.moves(1)[0] @ runs.moves(0)[0] / np.prod([np.linalg.norm(runs.moves(k)[0]) for k in (0, 1)])
    assert other < alike[0, 1]


def test_the_word_is_what_makes_the_style(runs: WordRuns) -> None:
    record = runs.record
    for language in captions.LANGUAGES:
        assert record[f"without.{language}"].mean() <= 0.25 < 0.6 < record[f"with.{language}"].mean()
    assert runs.right == sum(
        int(seen.argmax()) == style
        for row in np.asarray(runs.pictures["style"])[:, 1:]
        for seen, style in zip(row, runs.styles, strict=True)
    )
    told = {one.id: one for one in magic_word(runs)}
    assert f"{runs.right} of 20" in told["table"].says["en"]


def test_what_does_not_fit_is_refused(runs: WordRuns) -> None:
    with pytest.raises(UserError, match="5 × 5 pictures for 4 prompts and 5 columns"):
        replace(runs, prompts=runs.prompts[:4])
    with pytest.raises(UserError, match="pictures for 5 prompts and 4 columns"):
        replace(runs, words=runs.words[:3])


def test_a_missing_record_names_its_command(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(cards, "WEIGHTS", tmp_path)
    with pytest.raises(UserError, match=r"is missing; run: python -m nnanim\.training\.magic_word"):
        recorded_words.load_record()


def test_the_record_is_laid_out_as_its_training_says() -> None:
    record = recorded_words.load_record()
    assert record["step"].tolist() == list(training.STEPS)
    known = {name: np.array(record[name]) for name in record}
    assert training.name_axes(known) == {name: record.axes(name) for name in record}


def test_it_is_recorded_from_a_noise_that_is_given_and_to_the_last_step() -> None:
    noise = torch.randn(2, 4, 8, 8)
    generator = training.Awake(noise)
    assert generator.starts == 1 and generator.steps == training.STEPS[-1]
    assert torch.equal(generator.start([torch.Generator()] * 2)[0], noise)
