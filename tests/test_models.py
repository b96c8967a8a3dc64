"""The registry, and models against torch's own functions."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from nnanim import models
from nnanim.data import captions, digits, iris
from nnanim.errors import UserError
from nnanim.models import cards
from nnanim.models.attention import Attention, TransformerBlock, causal
from nnanim.models.captioner import Captioner
from nnanim.models.clip import CLIP
from nnanim.models.digits_vae import DigitsVAE, divergence
from nnanim.models.gpt import GPT
from nnanim.models.painter import Painter
from nnanim.models.perceptron import Perceptron
from nnanim.models.samplers import add_noise, alpha_bar, ddim, ddpm, predict_x0_eps, velocity
from nnanim.models.unet import Condition, UNet
from nnanim.models.world_vae import WorldVAE

WORDS = len(captions.vocabulary())


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in cards.WEIGHTS.glob("iris-2-3-1.*"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(cards, "WEIGHTS", tmp_path)
    return tmp_path


def test_listing_models_needs_no_torch() -> None:
    code = (
        "import sys; from nnanim import models; models.card(models.names()[0]); print('torch' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_loading_a_model_needs_no_compiler() -> None:
    code = (
        "import sys; from nnanim import models\n"
        "for name in models.names(): models.load(name)\n"
        "print([name for name in ('torch._dynamo', 'sympy') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("name", models.names())
def test_every_model_loads_and_fits_its_card(name: str) -> None:
    known = models.card(name)
    model = models.load(name)
    assert not model.training and all(weight.dtype == torch.float32 for weight in model.parameters())
    assert sum(weight.numel() for weight in model.parameters()) == known.parameters
    assert known.weights.stat().st_size == known.bytes
    assert known.figures and known.licence and set(known.title) == {"en", "ja"}
    assert known.command.startswith("python -m nnanim.training.")


def test_all_weights_together_are_small() -> None:
    """Those of language (7 MB) have a bound in a test of their own."""
    assert sum(models.card(name).bytes for name in models.names()) <= 16.2e6


def test_unknown_model() -> None:
    with pytest.raises(UserError, match="no trained model 'iris-2-3'; nearest: 'iris-2-3-1'"):
        models.load("iris-2-3")
    with pytest.raises(UserError, match="training of model 'digits-64-16-10' was not recorded"):
        models.training("digits-64-16-10")


def test_damaged_and_missing_weights(weights: Path) -> None:
    path = weights / "iris-2-3-1.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"damaged: .*checksum .*python -m nnanim.training.iris"):
        models.load("iris-2-3-1")
    path.unlink()
    with pytest.raises(UserError, match="missing"):
        models.load("iris-2-3-1")


def test_no_folder_for_temporary_files_is_not_said_of_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise FileNotFoundError("No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr(models, "import_module", fail)
    with pytest.raises(UserError, match="cannot be loaded: No usable temporary directory"):
        models.load("iris-2-3-1")


def test_weights_of_another_shape_and_a_damaged_card(weights: Path) -> None:
    path = weights / "iris-2-3-1.card.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(
        json.dumps(known | {"arguments": {"inputs": 2, "hidden": 4, "outputs": 1}}), encoding="utf-8"
    )
    with pytest.raises(UserError, match="do not fit Perceptron"):
        models.load("iris-2-3-1")
    path.write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match=r"iris-2-3-1\.card\.json: not valid JSON"):
        models.card("iris-2-3-1")


def test_perceptron_is_two_affine_maps_and_sigmoids() -> None:
    torch.manual_seed(0)
    model, x = Perceptron(3, 4, 2), torch.randn(5, 3)
    hidden = torch.sigmoid(x @ model.hidden.weight.T + model.hidden.bias)
    torch.testing.assert_close(model(x), torch.sigmoid(hidden @ model.answer.weight.T + model.answer.bias))


def test_the_iris_film_shows_what_its_card_says() -> None:
    model, known = models.load("iris-2-3-1"), models.card("iris-2-3-1")
    _, held_out = iris.split(iris.classes()[0])
    for sample in known.film_samples.values():
        assert sample["index"] in held_out
        x = iris.measurements([sample["index"]])
        assert x[0].tolist() == pytest.approx(sample["measurements"])
        assert model(torch.from_numpy(x).float()).item() == pytest.approx(sample["probability"], abs=1e-3)


def test_the_iris_replay_ends_at_the_shipped_weights() -> None:
    trace, model = models.training("iris-2-3-1"), models.load("iris-2-3-1")
    for name, weight in model.named_parameters():
        np.testing.assert_array_equal(trace[name][-1], weight.detach().numpy())
    length, width = np.meshgrid(trace["map.petal length"], trace["map.petal width"])
    grid = torch.from_numpy(np.stack([length, width], -1).reshape(-1, 2)).float()
    np.testing.assert_allclose(trace["map"][-1].ravel(), model(grid)[:, 0].detach().numpy(), atol=1e-5)
    assert 40 <= len(trace["step"]) <= 60 and (np.diff(trace["step"]) > 0).all()
    assert trace["loss"][-1] < 0.5 * trace["loss"][0]


def test_digit_classifier_gives_probabilities() -> None:
    model = models.load("digits-64-16-10")
    _, held_out = digits.split()
    x = torch.from_numpy(digits.images(held_out) / 16).float().flatten(1)
    answers = model(x)
    torch.testing.assert_close(answers.sum(1), torch.ones(len(x)))
    assert (answers.argmax(1).numpy() == digits.labels(held_out)).mean() >= 0.96


@pytest.mark.parametrize("masked", [False, True])
def test_attention_is_torchs(masked: bool) -> None:
    torch.manual_seed(0)
    own, x = Attention(16, 4), torch.randn(2, 7, 16)
    theirs = torch.nn.MultiheadAttention(16, 4, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([own.query.weight, own.key.weight, own.value.weight]))
        theirs.in_proj_bias.copy_(torch.cat([own.query.bias, own.key.bias, own.value.bias]))
        theirs.out_proj.load_state_dict(own.mix.state_dict())
    mask = causal(7) if masked else None
    expected, _ = theirs(x, x, x, attn_mask=None if mask is None else ~mask)
    torch.testing.assert_close(own(x, mask=mask), expected)


def test_block_is_torchs_encoder_layer() -> None:
    torch.manual_seed(0)
    own, x = TransformerBlock(16, 4), torch.randn(2, 5, 16)
    theirs = torch.nn.TransformerEncoderLayer(16, 4, 64, 0.0, "gelu", batch_first=True, norm_first=True)
    attention = own.attention
    with torch.no_grad():
        theirs.self_attn.in_proj_weight.copy_(
            torch.cat([attention.query.weight, attention.key.weight, attention.value.weight])
        )
        theirs.self_attn.in_proj_bias.copy_(
            torch.cat([attention.query.bias, attention.key.bias, attention.value.bias])
        )
    theirs.self_attn.out_proj.load_state_dict(attention.mix.state_dict())
    theirs.norm1.load_state_dict(own.norm.state_dict())
    theirs.norm2.load_state_dict(own.mlp_norm.state_dict())
    theirs.linear1.load_state_dict(own.mlp[0].state_dict())
    theirs.linear2.load_state_dict(own.mlp[2].state_dict())
    torch.testing.assert_close(own(x), theirs(x))


def test_a_language_model_cannot_see_ahead() -> None:
    torch.manual_seed(0)
    model = GPT(20, 12, 16, 2, 2).eval()
    numbers = torch.randint(2, 20, (1, 8))
    changed = numbers.clone()
    changed[0, 5] = (changed[0, 5] + 1) % 20
    torch.testing.assert_close(model(numbers)[:, :5], model(changed)[:, :5])
    assert not torch.allclose(model(numbers)[:, 5:], model(changed)[:, 5:])
    with pytest.raises(UserError, match="at most 12 tokens, got 13"):
        model(torch.zeros(1, 13, dtype=torch.long))


def test_divergence_is_torchs() -> None:
    mean, deviation = torch.randn(5, 2), torch.rand(5, 2) + 0.1
    cloud, standard = torch.distributions.Normal(mean, deviation), torch.distributions.Normal(0.0, 1.0)
    torch.testing.assert_close(
        divergence(mean, deviation), torch.distributions.kl_divergence(cloud, standard).sum(1)
    )


def test_vae_draws_only_in_training() -> None:
    torch.manual_seed(0)
    model, x = DigitsVAE(), torch.rand(3, 64)
    assert not torch.equal(model(x), model(x))
    model.eval()
    assert torch.equal(model(x), model(x))
    mean, deviation = model.encode(x)
    torch.testing.assert_close(model(x, torch.ones(3, 2)), model.decode(mean + deviation))


def test_world_vae_keeps_a_48th_and_refuses_other_pictures() -> None:
    model = WorldVAE().eval()
    mean, log_variance = model.encode(torch.rand(2, 3, 64, 64))
    assert mean.shape == log_variance.shape == (2, 4, 8, 8)
    assert model.decode(mean).shape == (2, 3, 64, 64)
    with pytest.raises(
        UserError, match=r"this model takes pictures \(batch, 3, 64, 64\), got \(2, 3, 32, 32\)"
    ):
        model.encode(torch.rand(2, 3, 32, 32))
    with pytest.raises(UserError, match=r"values 0\.\.1 wanted, got 0 to 255"):
        model.encode(torch.linspace(0, 255, 3 * 64 * 64).reshape(1, 3, 64, 64))


def test_clip_and_captioner_refuse_other_pictures() -> None:
    with pytest.raises(UserError, match="this model takes pictures"):
        CLIP(WORDS, 32, 1, 2).embed_pictures(torch.rand(3, 64, 64))
    with pytest.raises(UserError, match="got nan to nan"):
        Captioner(WORDS).describe(torch.full((1, 3, 64, 64), torch.nan))


def test_clip_embeddings_ignore_padding_and_have_length_one() -> None:
    torch.manual_seed(0)
    clip = CLIP(WORDS, 32, 2, 2).eval()
    texts = clip.embed_texts(["a cat", "大きな赤い猫、左側、夜、ネオン"])
    torch.testing.assert_close(texts.norm(dim=1), torch.ones(2))
    changed = clip.text.words.weight.detach().clone()
    changed[captions.PAD] += 5
    clip.text.words.weight.data = changed
    torch.testing.assert_close(clip.embed_texts(["a cat"]), texts[:1])
    assert clip(torch.rand(3, 3, 64, 64), torch.from_numpy(captions.encode(["a cat"]))).shape == (3, 1)


def test_captioner_refuses_other_languages() -> None:
    with pytest.raises(UserError, match="speaks en, ja, not 'fr'"):
        Captioner(WORDS).describe(torch.rand(1, 3, 64, 64), "fr")


def test_noise_and_velocity_are_inverse() -> None:
    torch.manual_seed(0)
    picture, noise, time = torch.randn(6, 4, 8, 8), torch.randn(6, 4, 8, 8), torch.linspace(0.02, 0.98, 6)
    noisy = add_noise(picture, noise, time)
    found, guess = predict_x0_eps(noisy, velocity(picture, noise, time), time)
    torch.testing.assert_close(found, picture, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(guess, noise, atol=1e-4, rtol=1e-4)
    levels = alpha_bar(torch.linspace(0, 1, 50))
    assert levels[0] == pytest.approx(1) and levels[-1] < 1e-3 and (levels.diff() < 0).all()


@pytest.mark.parametrize("sampler", [ddim, ddpm])
def test_samplers_find_a_gaussian(sampler: object) -> None:
    """For data N(2, 0.5^2) the right velocity is known: samples must have that mean and spread."""

    def network(noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        left = alpha_bar(time).reshape(-1, 1)
        variance = left * 0.25 + 1 - left
        picture = 2 + 0.25 * left.sqrt() / variance * (noisy - 2 * left.sqrt())
        noise = (noisy - left.sqrt() * picture) / (1 - left).sqrt().clamp(min=1e-4)
        return velocity(picture, noise, time)

    start = torch.randn(4000, 1, generator=torch.Generator().manual_seed(0))
    *_, last = sampler(network, start, 100)  # type: ignore[operator]
    assert float(last.x0.mean()) == pytest.approx(2, abs=0.05)
    assert float(last.x0.std()) == pytest.approx(0.5, abs=0.05)


def test_the_painter_is_deterministic_and_tells_mistakes() -> None:
    torch.manual_seed(0)
    painter = Painter(CLIP(WORDS).text, UNet(WORDS), WorldVAE()).eval()
    torch.nn.init.normal_(painter.unet.conv_out.weight, std=0.1)
    both = painter.paint(["a cat", "赤い猫"], [1, 2], steps=2)
    assert both.shape == (2, 3, 64, 64)
    torch.testing.assert_close(painter.paint(["赤い猫"], [2], steps=2), both[1:], atol=1e-4, rtol=1e-3)
    numbers = torch.from_numpy(captions.encode(["a cat", "赤い猫"]))
    torch.testing.assert_close(painter(numbers, painter.noise([1, 2]), 2), both)
    assert len(painter.steps(["a cat"], [0], 3, sampler="ddpm")) == 3
    for wrong, message in (
        ({"texts": ["a dog"], "seeds": [0]}, "does not know the word 'dog'"),
        ({"texts": ["a cat"], "seeds": [0, 1]}, "as many seeds"),
        ({"texts": ["a cat"], "seeds": [0], "sampler": "ddmp"}, "no sampler 'ddmp'; nearest: 'ddpm'"),
        ({"texts": ["a cat"], "seeds": [0], "steps": 0}, "at least one step"),
    ):
        with pytest.raises(UserError, match=message):
            painter.paint(**wrong)


def test_the_unet_reads_its_words_and_ignores_padding() -> None:
    torch.manual_seed(0)
    unet = UNet(WORDS).eval()
    torch.nn.init.normal_(unet.conv_out.weight, std=0.1)
    x, time = torch.randn(1, 4, 8, 8), torch.tensor([0.5])
    numbers = torch.from_numpy(captions.encode(["a cat"]))
    cond = Condition(numbers, torch.randn(1, 20, 128), torch.randn(1, 128))
    answer = unet(x, time, cond)
    beyond = cond.states.clone()
    beyond[:, 3:] = 7
    torch.testing.assert_close(unet(x, time, cond._replace(states=beyond)), answer)
    other = torch.from_numpy(captions.encode(["a boat"]))
    assert F.mse_loss(unet(x, time, cond._replace(token_ids=other)), answer) > 1e-6
