"""A floor under every quality figure, measured again on a few held-out samples."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nnanim import models
from nnanim.data import captions, digits, world
from nnanim.models.painter import Painter
from nnanim.training import (
    captioner,
    clip,
    diffusion,
    digits_vae,
    judge,
    quality,
    text_encoder,
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


@pytest.mark.parametrize("language", captions.LANGUAGES)
def test_painted_pictures_show_what_was_asked_for(language: str) -> None:
    rows = world.sample(24, np.random.default_rng(11))
    texts = [captions.caption(row, language) for row in rows]
    made = Painter.load().paint(texts, list(range(len(texts))), steps=12)
    found = judge_pictures(models.load(judge.NAME), made, torch.from_numpy(rows))
    assert found["thing"] >= 0.87 and found["colour"] >= 0.87 and found["all"] >= 0.8, found


def test_pictures_painted_with_fresh_noise_show_what_was_asked_for() -> None:
    rows = world.sample(10, np.random.default_rng(12))
    found = diffusion.judge_painted(Painter.load(), rows, "en", steps=40, sampler="ddpm")
    assert found["thing"] >= 0.9 and found["all"] >= 0.8, found


def test_painting_repeats_itself_to_the_pixel() -> None:
    painter = Painter.load()
    once, again = (painter.paint(["a red cat, at night"], [3], steps=4) for _ in range(2))
    assert torch.equal(once, again)
    assert not torch.equal(once, painter.paint(["a red cat, at night"], [4], steps=4))
