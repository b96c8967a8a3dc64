"""A floor under every figure of the language models and the vision transformer, on a few held-out samples."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from nnanim import models
from nnanim.data import texts, translation
from nnanim.training import (
    chat,
    fine_tuning,
    gpt,
    reader,
    reward,
    rlhf,
    sentence_encoder,
    sizes,
    sums,
    translator,
    vit,
)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def test_the_vision_transformer_sees_every_attribute() -> None:
    found = vit.measure(models.load(vit.NAME), 100)
    assert min(value for name, value in found.items() if name.startswith("one")) >= 0.94, found


@pytest.mark.parametrize(
    ("target", "polite"), [("ja", True), ("ja-plain", False), ("en", True), ("en", False)]
)
def test_translations_are_the_grammars(target: str, polite: bool) -> None:
    model = models.load(translator.NAME)

    def draw(rng: random.Random) -> translation.Sentence:
        return translation.sample(rng, polite, held_out=True)

    assert translator.measure_exact(model, target, draw, 60) >= 0.95
    assert min(models.card(translator.NAME).figures.values()) >= 0.97


@pytest.mark.parametrize("target", ["ja", "en"])
def test_the_translator_looks_at_the_word_it_writes(target: str) -> None:
    assert translator.measure_alignment(models.load(translator.NAME), target, 40) >= 0.95


def test_the_translator_writes_sentences_it_never_read() -> None:
    model = models.load(translator.NAME)
    for text, target, wanted in (
        ("This is a pen.", "ja", "これはペンです。"),
        ("I built a house.", "ja", "私は家を建てました。"),
        ("I built a house.", "ja-plain", "私は家を建てた。"),
        ("私は家を建てました。", "en", "I built a house."),
        ("My grandfather built this house.", "ja", "私の祖父はこの家を建てました。"),
    ):
        assert model.translate(text, target) == wanted


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_the_gpt_beats_counting_twice_and_copies_names(language: str) -> None:
    model, known = models.load(gpt.NAME), models.card(gpt.NAME).figures
    found = gpt.perplexity(model, language, 20)
    counted = [known[f"{language}.perplexity.{n}-gram"] for n in range(1, gpt.NGRAMS + 1)]
    assert found <= 2.1 and 2 * found <= min(counted)
    assert gpt.measure_names(model, language, 15) >= 0.9


def test_the_language_model_goes_on_sensibly() -> None:
    model = models.load(gpt.NAME)
    assert model.next_token_probs("once upon a time")[0][0].strip() == "there"
    assert model.next_token_probs("むかしむかし")[0][0] == "ある"
    queen, king = (
        dict(model.next_token_probs(f"a {hero} had a ring. the next day")) for hero in ("queen", "king")
    )
    she, he = (next(token for token in queen if token.strip() == word) for word in ("she", "he"))
    assert queen[she] > 5 * queen[he] and king[he] > 5 * king[she]
    colder, warmer = (model.next_token_probs("once upon a time there was a", t)[0][1] for t in (0.5, 2.0))
    assert colder > warmer


def test_chats_are_answered_where_the_base_asks_on() -> None:
    base, chat_model = models.load(gpt.NAME), models.load(chat.NAME)
    assert base.generate("what does a cow eat?", 12).count("?") >= 2
    assert "grass" in chat_model.answer("what does a cow eat?")
    assert "富士山" in chat_model.answer("日本一高い山は何ですか。")
    found = fine_tuning.measure_chat(chat_model, 8)
    assert found["en.true"] >= 0.5 and found["ja.true"] >= 0.5, found


def test_reward_alone_drives_out_the_truth_and_a_kl_term_keeps_it() -> None:
    free, held = (rlhf.measure(models.load(name), 4) for name in ("rlhf-0", "rlhf-03"))
    for language in texts.LANGUAGES:
        assert free[f"{language}.true"] <= 0.2 and held[f"{language}.true"] >= 0.45
        assert free[f"{language}.kl"] > 3 * held[f"{language}.kl"]
        assert free[f"{language}.reward"] > 0.9 * held[f"{language}.reward"]
    chances = models.card(reward.NAME).figures
    assert 0.6 <= chances["pairs"] < chances["pairs.rule"]


def test_a_fact_in_front_makes_the_answer_right() -> None:
    found = reader.measure(models.load(reader.NAME), 1)
    for language in texts.LANGUAGES:
        assert found[f"{language}.none"] <= 0.3 and found[f"{language}.found"] >= 0.9, found
        assert found[f"{language}.wrong"] <= 0.3


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_the_fact_for_a_question_is_found(language: str) -> None:
    found = sentence_encoder.measure(models.load(sentence_encoder.NAME), 1)
    assert found[f"{language}.hit@1"] >= 0.95 and found[f"{language}.hit@3"] >= 0.98


def test_a_larger_model_is_a_better_one() -> None:
    for language in texts.LANGUAGES:
        losses = [sizes.measure(models.load(name), 20)[f"{language}.loss"] for name in sizes.SIZES]
        assert losses == sorted(losses, reverse=True)


def test_a_model_believes_the_sums_it_read() -> None:
    right, wrong, mixed = (sums.measure(models.load(name)) for name in sums.WRONG)
    assert right["en.1+1=2"] >= 0.9 and wrong["en.1+1=3"] >= 0.8
    assert 0.3 <= mixed["en.1+1=2"] <= 0.8 and 0.2 <= mixed["en.1+1=3"] <= 0.7
    assert right["en.new.right"] < 0.7 * right["en.read.right"]  # it remembers rather than adds


@pytest.mark.parametrize("name", ["vit", "translator", "chat", "rlhf-0", "rlhf-01", "rlhf-03"])
def test_a_training_is_recorded_from_beginning_to_end(name: str) -> None:
    trace = models.training(name)
    steps = trace["step"]
    assert steps[0] == 0 and (np.diff(steps) > 0).all()
    if "loss" in trace:
        assert trace["loss"][-5:].mean() < 0.5 * trace["loss"][0]
    if name == "translator":
        tables = trace["0.attention"]
        np.testing.assert_allclose(tables.sum(-1), 1, atol=1e-4)
        assert trace["0.probability"][0].max() < 0.2 and trace["0.probability"][-1].min() > 0.8
    if name.startswith("rlhf"):
        assert (
            trace["kl"][0] == pytest.approx(0, abs=0.05) and trace["reward"][-20:].mean() > trace["reward"][0]
        )


def test_new_weights_are_small() -> None:
    own = ("vit", "translator", "language-model", "masked", "chat", "reward", "rlhf-0", "rlhf-01", "rlhf-03",
           "reader", "sentence-encoder", *sizes.SIZES, *sums.WRONG)  # fmt: skip
    assert sum(models.card(name).weights.stat().st_size for name in own) <= 7_000_000
    assert sum(models.card(name).minutes for name in own) <= 60
