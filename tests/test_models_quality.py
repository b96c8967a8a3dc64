"""A floor under every quality figure, measured again on a few held-out samples."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from nnanim import models
from nnanim.data import captions, digits, tales, texts, translation, world
from nnanim.models.painter import Painter
from nnanim.training import (
    captioner,
    chat,
    clip,
    diffusion,
    digits_vae,
    fine_tuning,
    gpt,
    judge,
    language_model,
    masked,
    quality,
    reader,
    reward,
    rlhf,
    sentence_encoder,
    sizes,
    sums,
    text_encoder,
    translator,
    vit,
    world_vae,
)
from nnanim.training.pictures import batch, draw_pictures, judge_pictures


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("name", [one for one in models.names() if one.startswith(("digits", "iris"))])
def test_a_small_model_is_as_good_as_its_card_says(name: str) -> None:
    found = quality.measure(name)
    assert found.keys() == models.card(name).figures.keys()
    assert quality.worse(models.card(name), found) == []


@pytest.mark.parametrize("name", models.names())
def test_every_model_can_be_measured_again(name: str) -> None:
    assert callable(quality.training(name).measure)


@pytest.mark.parametrize("two", [0.0, 1.0])
def test_the_judge_sees_every_attribute(two: float) -> None:
    found = judge_pictures(models.load(judge.NAME), *batch(100, np.random.default_rng(7), two=two))
    assert min(found.values()) >= 0.94, found


def test_the_autoencoder_keeps_what_the_judge_sees() -> None:
    pictures, labels = batch(60, np.random.default_rng(8), two=0.0)
    model = models.load(world_vae.NAME)
    with torch.no_grad():
        made = model(pictures)
    assert world_vae.signal_to_noise(made, pictures) >= 27
    found = judge_pictures(models.load(judge.NAME), made, labels)
    assert min(found.values()) >= 0.93, found


def test_latents_vary_by_one() -> None:
    pictures, _ = batch(60, np.random.default_rng(9))
    with torch.no_grad():
        latents = models.load(world_vae.NAME).encode(pictures)[0]
    assert 0.8 < float(latents.std()) < 1.2


def test_captions_mean_the_same_in_both_languages() -> None:
    assert text_encoder.measure(models.load(text_encoder.NAME), 100)["translation_recall@1"] >= 0.97


def test_the_digits_plane_is_readable() -> None:
    known, asked = (digits_vae.pictures(indices) for indices in digits.split())
    for name in digits_vae.NAMES:
        assert digits_vae.neighbours(models.load(name), known, asked) >= 0.88
    trace = models.training("digits-vae")
    assert trace["mean"].shape == (len(trace["step"]), 360, 2)
    with torch.no_grad():
        mean, _ = models.load("digits-vae").encode(asked[0])
    np.testing.assert_allclose(trace["mean"][-1], mean.numpy(), atol=1e-4)


@pytest.mark.parametrize("language", captions.LANGUAGES)
def test_clip_finds_the_sentence(language: str) -> None:
    assert clip.recall(models.load("clip"), language, n=100)["recall@1"] >= 0.97


def test_clip_holds_the_text_encoder() -> None:
    own, other = models.load("clip").text.state_dict(), models.load("text-encoder").state_dict()
    assert all(torch.equal(weight, other[name]) for name, weight in own.items())


@pytest.mark.parametrize("language", captions.LANGUAGES)
def test_the_captioner_says_what_is_there(language: str) -> None:
    rng = np.random.default_rng(10)
    rows = world.sample(40, rng)
    said = models.load(captioner.NAME).describe(draw_pictures(rows, rng), language)
    assert (
        np.mean([text == captions.caption(row, language) for text, row in zip(said, rows, strict=True)])
        >= 0.8
    )


@pytest.mark.parametrize("language", tales.LANGUAGES)
def test_the_language_model_beats_counting(language: str) -> None:
    model = models.load(language_model.NAME)
    known = models.card(language_model.NAME).figures
    assert language_model.perplexity(model, language, 30) <= 1.1 * known[f"{language}.perplexity"]
    assert known[f"{language}.perplexity"] < 0.9 * known[f"{language}.perplexity.3-gram"]


def test_the_language_model_goes_on_sensibly() -> None:
    model = models.load(language_model.NAME)
    assert model.following("once upon a time")[0][0] == "there"
    assert model.following("むかしむかし")[0][0] == "ある"
    hero = dict(model.following("once upon a time there was a kind princess ."))
    assert hero["she"] > 50 * hero["he"]
    colder, warmer = (model.following("once upon a time there was a", t)[0][1] for t in (0.5, 2.0))
    assert colder > warmer


@pytest.mark.parametrize("language", captions.LANGUAGES)
def test_painted_pictures_show_what_was_asked_for(language: str) -> None:
    rows = world.sample(24, np.random.default_rng(11))
    texts = [captions.caption(row, language) for row in rows]
    made = Painter.shipped().paint(texts, list(range(len(texts))), steps=12)
    found = judge_pictures(models.load(judge.NAME), made, torch.from_numpy(rows))
    assert found["thing"] >= 0.87 and found["colour"] >= 0.87 and found["all"] >= 0.8, found


def test_pictures_painted_with_fresh_noise_show_what_was_asked_for() -> None:
    rows = world.sample(10, np.random.default_rng(12))
    found = diffusion.judge_painted(Painter.shipped(), rows, "en", steps=40, sampler="ddpm")
    assert found["thing"] >= 0.9 and found["all"] >= 0.8, found


def test_painting_repeats_itself_to_the_pixel() -> None:
    painter = Painter.shipped()
    once, again = (painter.paint(["a red cat, at night"], [3], steps=4) for _ in range(2))
    assert torch.equal(once, again)
    assert not torch.equal(once, painter.paint(["a red cat, at night"], [4], steps=4))


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

    assert translator.exact(model, target, draw, 60) >= 0.95
    assert min(models.card(translator.NAME).figures.values()) >= 0.97


@pytest.mark.parametrize("target", ["ja", "en"])
def test_the_translator_looks_at_the_word_it_writes(target: str) -> None:
    assert translator.alignment(models.load(translator.NAME), target, 40) >= 0.95


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
    assert gpt.names_copied(model, language, 15) >= 0.9


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


def test_both_sides_tell_what_is_masked() -> None:
    found = masked.measure(models.load(masked.NAME), 20)
    assert min(found[f"{language}.masked"] for language in texts.LANGUAGES) >= 0.65, found
    assert min(found[f"{language}.eats_honey"] for language in texts.LANGUAGES) >= 0.9, found


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
    own = ("vit", "translator", "language-model", "chat", "reward", "rlhf-0", "rlhf-01", "rlhf-03", "reader",
           "sentence-encoder", "masked", *sizes.SIZES, *sums.WRONG)  # fmt: skip
    assert sum(models.card(name).bytes for name in own) <= 9e6
