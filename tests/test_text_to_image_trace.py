"""traced() and noised(): the numbers that films are told from, and the statistics of the forward process."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nnanim import text_to_image
from nnanim.data import captions
from nnanim.errors import UserError
from nnanim.models.clip import CLIP
from nnanim.models.painter import Painter
from nnanim.models.samplers import add_noise, alpha_bar, draw_step_noise, posterior
from nnanim.models.unet import UNet
from nnanim.models.world_vae import WorldVAE
from nnanim.text_to_image.forward_process import draw_small_noise
from nnanim.trace import Trace

WORDS = len(captions.vocabulary())
CAT = "a large red cat, at night"
PICTURE = np.random.default_rng(0).random((64, 64, 3), dtype=np.float32)


@pytest.fixture(scope="module")
def painter() -> Painter:
    torch.manual_seed(0)
    made = Painter(CLIP(WORDS).text, UNet(WORDS), WorldVAE()).eval()
    torch.nn.init.normal_(made.unet.conv_out.weight, std=0.1)
    return made


@pytest.fixture(scope="module")
def trace(painter) -> Trace:
    asked = {"num_inference_steps": 3, "seed": [1, 2]}
    return text_to_image.record_generation([CAT, "赤い猫"], backend=painter, stages_at=1, **asked)


def test_a_traced_run_is_the_run_to_the_bit(painter, trace):
    asked = {"backend": painter, "num_inference_steps": 3, "seed": [1, 2]}
    for at, one in enumerate(text_to_image.generate([CAT, "赤い猫"], **asked)):
        for name in ("noisy", "noise", "predicted", "latents", "picture"):
            np.testing.assert_array_equal(trace[name][at], getattr(one, name))
        np.testing.assert_array_equal(trace["predicted.picture"][at], one.predicted_picture)
        np.testing.assert_array_equal(trace["noisy.picture"][at], one.noisy_picture)
        assert trace["alpha_bar"][at] == one.alpha_bar
    assert trace["alpha_bar_after"].tolist() == [*trace["alpha_bar"][1:], 1.0]


def test_guidance_puts_the_two_guesses_together(trace):
    untold, told = trace["noise.uncond"], trace["noise.cond"]
    np.testing.assert_allclose(untold + 2.5 * (told - untold), trace["noise"], atol=1e-4)
    assert not np.allclose(told, untold, atol=1e-3)


@pytest.mark.parametrize("scale", [0, 1])
def test_both_guesses_are_there_where_only_one_counts(painter, scale):
    made = text_to_image.record_generation(CAT, backend=painter, num_inference_steps=2, guidance_scale=scale)
    np.testing.assert_array_equal(made["noise.cond" if scale else "noise.uncond"], made["noise"])
    assert not np.allclose(made["noise.cond"], made["noise.uncond"], atol=1e-3)
    whole = text_to_image.record_generation(CAT, backend=painter, num_inference_steps=2, guidance_scale=1.5)
    for name in ("noise.cond", "noise.uncond", "cross"):
        np.testing.assert_allclose(made[name][0], whole[name][0], atol=1e-4)


def test_attention_sums_to_one_over_words_and_belongs_to_the_prompt(painter, trace):
    maps = [name for name in trace.names if name.startswith("cross")]
    assert len(maps) == 5
    for name in maps:
        np.testing.assert_allclose(trace[name].sum(-1), 1, atol=1e-5)
        assert trace.axes(name)[-1] == "word"
    assert trace["cross"].shape == (3, 2, 8, 8, 8) and trace["cross.mid_attention"].shape == (
        3,
        2,
        4,
        4,
        4,
        8,
    )
    assert trace.provenance["words"][0] == ["a", "large", "red", "cat", ",", "at", "night", "<end>"]
    assert trace.provenance["words"][1][:3] == ["赤い", "猫", "<end>"]
    assert not trace["cross"][:, 1, ..., 3:].any()
    told = painter.condition([CAT])
    seen = []
    handle = painter.unet.up_attention.block.cross_attention.weights.register_forward_hook(
        lambda module, given, weights: seen.append(weights)
    )
    with torch.no_grad():
        painter.unet(torch.tensor(trace["noisy"][2, :1]), torch.tensor(trace["time"][2:]).float(), told)
    handle.remove()
    ours = trace["cross.up_attention"][2, 0].reshape(4, 64, 8)
    np.testing.assert_allclose(ours, seen[0][0, ..., :8], atol=1e-5)
    layers = [trace[name].mean(axis=2) for name in maps if name != "cross"]
    fine = [one.repeat(8 // one.shape[2], axis=2).repeat(8 // one.shape[2], axis=3) for one in layers]
    np.testing.assert_allclose(trace["cross"], np.mean(fine, axis=0), atol=1e-6)


def test_the_network_is_left_as_it_was(painter):
    text_to_image.record_generation(CAT, backend=painter, num_inference_steps=1)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in painter.modules())


def test_the_stages_lead_from_the_words_to_the_picture(painter, trace):
    velocity = torch.tensor(trace["unet.conv_out"])
    level = float(trace["alpha_bar"][1])
    noise = (1 - level) ** 0.5 * trace["noisy"][1] + level**0.5 * velocity.numpy()
    np.testing.assert_allclose(noise, trace["noise.cond"][1], atol=1e-5)
    entered = np.concatenate([trace["unet.up_attention"], trace["unet.conv_in"]], axis=1)  # the outer skip
    with torch.no_grad():
        left = painter.unet.conv_in(torch.tensor(trace["noisy"][1]))
        states = painter.text(torch.from_numpy(captions.encode([CAT, "赤い猫"])))[0][:, :8]
    np.testing.assert_allclose(trace["unet.conv_in"], left, atol=1e-5)
    assert entered.shape[1] == painter.unet.up_block_2.first.in_channels
    np.testing.assert_allclose(trace["text.states"], states, atol=1e-4)
    np.testing.assert_allclose((trace["decoder.10"] / 2 + 0.5).clip(0, 1).transpose(0, 2, 3, 1),
                               trace["picture"][-1], atol=1e-5)  # fmt: skip


def test_a_trace_is_kept_and_tells_its_origin(trace, tmp_path):
    trace.save(tmp_path / "cat.safetensors")
    assert Trace.load(tmp_path / "cat.safetensors") == trace.check()
    told = trace.provenance
    assert told["model"] == "world-diffusion" and told["request"]["guidance_scale"] == 2.5
    assert told["seed"] == [1, 2] and told["request"]["sampler"] == "ddim"


def test_stages_at_a_step_that_is_not_there(painter):
    with pytest.raises(UserError, match="there is no step 3; the run has 3"):
        text_to_image.record_generation(CAT, backend=painter, num_inference_steps=3, stages_at=3)


# The way forward


@pytest.mark.parametrize("now", [0.1, 0.4, 0.7, 0.95])
def test_noised_latents_have_the_mean_and_variance_of_the_formula(now):
    x = torch.tensor([-1.5, 0.0, 0.7, 2.0])
    n = 40_000
    noise = torch.randn(n, 4, generator=torch.Generator().manual_seed(1))
    level = float(alpha_bar(torch.tensor(now)))
    made = add_noise(x.expand(n, -1), noise, torch.full((n,), now))
    error = ((1 - level) / n) ** 0.5
    assert (made.mean(0) - level**0.5 * x).abs().max() < 5 * error
    assert (made.var(0) / (1 - level) - 1).abs().max() < 5 * (2 / n) ** 0.5


def test_one_jump_and_many_small_steps_have_the_same_distribution():
    n, steps, end = 20_000, 30, 0.6
    x = torch.full((n,), 1.3)
    levels = alpha_bar(torch.linspace(0, end, steps + 1))
    little = x
    for at in range(steps):
        ratio = levels[at + 1] / levels[at]
        fresh = torch.randn(n, generator=torch.Generator().manual_seed(at))
        little = ratio.sqrt() * little + (1 - ratio).sqrt() * fresh
    jump = add_noise(x, torch.randn(n, generator=torch.Generator().manual_seed(99)), torch.full((n,), end))
    shares = torch.linspace(0.02, 0.98, 25)
    gap = (little.quantile(shares) - jump.quantile(shares)).abs().max()
    assert gap < 0.06 * float(jump.std())
    assert abs(float(little.std() - jump.std())) < 0.03


def test_one_jump_with_the_noise_added_up_equals_the_small_steps(painter):
    made = text_to_image.record_forward_process(PICTURE, backend=painter, seed=3, small_steps=25)
    np.testing.assert_allclose(made["small.jump"], made["small.noisy"], atol=2e-5)
    np.testing.assert_array_equal(made["small.noisy"][0], made["latents"])
    assert float(made["small.noise"][1:].std()) == pytest.approx(1, abs=0.1)
    np.testing.assert_allclose(made["small.noise"][1], made["small.fresh"][0], atol=1e-4)


def test_the_way_forward_is_the_formula_and_the_networks_own_guess(painter):
    made = text_to_image.record_forward_process(PICTURE, [0, 0.3, 1], backend=painter, seed=3, prompt=CAT)
    for at, now in enumerate((0.0, 0.3, 1.0)):
        level = float(alpha_bar(torch.tensor(now)))
        assert made["alpha_bar"][at] == pytest.approx(level)
        mixed = level**0.5 * made["latents"] + (1 - level) ** 0.5 * made["noise"]
        np.testing.assert_allclose(made["noisy"][at], mixed, atol=1e-5)
    np.testing.assert_array_equal(made["error"], made["guess"] - made["noise"])
    np.testing.assert_allclose(made["loss"], (made["error"] ** 2).mean(axis=(1, 2, 3)), rtol=1e-5)
    np.testing.assert_array_equal(made["noise"], painter.noise([3])[0])
    assert made["noisy.picture"].shape == (3, 64, 64, 3) and made["schedule.alpha_bar"].shape == (201,)
    assert (np.diff(made["schedule.alpha_bar"]) <= 0).all()
    assert made.axes("error") == ("time", "channel", "row", "column") and made.axes("loss") == ("time",)


def test_ddpm_steps_back_as_bayes_says():
    """The mean and spread of x_s given x_t and x_0, against the product of two normal densities."""
    now, later, x, noisy = 0.7, 0.5, 0.8, -0.4
    level, after = (float(alpha_bar(torch.tensor(time))) for time in (now, later))
    ratio = level / after
    prior, likelihood = 1 / (1 - after), ratio / (1 - ratio)
    expected = (prior * after**0.5 * x + likelihood * noisy / ratio**0.5) / (prior + likelihood)
    mean, spread = posterior(torch.tensor(x), torch.tensor(noisy), now, later)
    assert float(mean) == pytest.approx(expected, abs=1e-5)
    assert spread == pytest.approx((prior + likelihood) ** -0.5, abs=1e-5)


def test_fresh_noise_is_standard_and_its_own_for_every_seed_and_step():
    noise = torch.stack(
        [draw_step_noise([seed], step, (50, 50))[0] for seed in range(8) for step in range(8)]
    )
    assert float(noise.mean()) == pytest.approx(0, abs=0.01) and float(noise.std()) == pytest.approx(
        1, abs=0.01
    )
    likeness = torch.corrcoef(noise.flatten(1)) - torch.eye(64)
    assert likeness.abs().max() < 0.1
    start = torch.stack(
        [torch.randn(2500, generator=torch.Generator().manual_seed(seed)) for seed in range(8)]
    )
    both = torch.corrcoef(torch.cat([start, noise.flatten(1)])) - torch.eye(72)
    assert both.abs().max() < 0.1
    assert draw_small_noise(1, 4, (3,)).shape == (4, 3)
    torch.testing.assert_close(draw_step_noise([4, 9], 2, (3,))[1], draw_step_noise([9], 2, (3,))[0])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"at": [0.5, 1.5]}, "a time lies in 0..1, got 1.5"),
        ({"at": [float("nan")]}, "a time lies in 0..1, got nan"),
        ({"at": ["soon"]}, "a time is a number"),
        ({"at": []}, "no times are given"),
        ({"prompt": "a dog"}, "does not know the word 'dog'"),
        ({"small_steps": 0}, "1 to 1000, got 0"),
        ({"picture": "no.png"}, "no.png"),
    ],
)
def test_mistakes_on_the_way_forward(painter, wrong, message):
    with pytest.raises(UserError, match=message):
        text_to_image.record_forward_process(**{"picture": PICTURE, "backend": painter, **wrong})
