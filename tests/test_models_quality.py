"""A floor under every quality figure, measured again on a few held-out samples."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nnanim import models
from nnanim.data import digits, tales
from nnanim.training import digits_vae, judge, language_model, text_encoder, world_vae
from nnanim.training.pictures import batch, judged


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("two", [0.0, 1.0])
def test_the_judge_sees_every_attribute(two: float) -> None:
    found = judged(models.load(judge.NAME), *batch(100, np.random.default_rng(7), two=two))
    assert min(found.values()) >= 0.94, found


def test_the_autoencoder_keeps_what_the_judge_sees() -> None:
    pictures, labels = batch(60, np.random.default_rng(8), two=0.0)
    model = models.load(world_vae.NAME)
    with torch.no_grad():
        made = model(pictures)
    assert world_vae.signal_to_noise(made, pictures) >= 25.5
    found = judged(models.load(judge.NAME), made, labels)
    assert min(found.values()) >= 0.85, found


def test_latents_vary_by_one() -> None:
    pictures, _ = batch(60, np.random.default_rng(9))
    with torch.no_grad():
        latents = models.load(world_vae.NAME).encode(pictures)[0]
    assert 0.8 < float(latents.std()) < 1.2


def test_captions_mean_the_same_in_both_languages() -> None:
    assert text_encoder.measured(models.load(text_encoder.NAME), 100)["translation_recall@1"] >= 0.97


def test_the_digits_plane_is_readable() -> None:
    known, asked = (digits_vae.pictures(indices) for indices in digits.split())
    for name in digits_vae.NAMES:
        assert digits_vae.neighbours(models.load(name), known, asked) >= 0.88
    trace = models.training("digits-vae")
    assert trace["mean"].shape == (len(trace["step"]), 360, 2)
    with torch.no_grad():
        mean, _ = models.load("digits-vae").encode(asked[0])
    np.testing.assert_allclose(trace["mean"][-1], mean.numpy(), atol=1e-4)


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
    hero = model.following("once upon a time there was a kind princess .")
    assert hero[0][0] == "she"
    colder, warmer = (model.following("once upon a time there was a", t)[0][1] for t in (0.5, 2.0))
    assert colder > warmer
