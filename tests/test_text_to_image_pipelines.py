"""Stable Diffusion pipelines from a folder: the same paintings, runs and traces; mistakes in one line."""

from __future__ import annotations

import json
import shutil
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import tiny_pipeline
import torch

pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from click.testing import CliRunner

from nnanim import text_to_image
from nnanim.cli import main
from nnanim.errors import UserError
from nnanim.text_to_image.hf.loading import silence_libraries
from nnanim.text_to_image.hf.pipeline import PipelineBackend
from nnanim.text_to_image.hf.stepping import iterate

CAT = "a large red cat, at night"
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("pipelines")
    with silence_libraries():
        return {"sd": tiny_pipeline.saved(place / "sd"), "xl": tiny_pipeline.saved_xl(place / "xl")}


@pytest.fixture(scope="module", params=["sd", "xl"])
def painter(request, folders) -> PipelineBackend:
    return text_to_image.open_pipeline(folders[request.param])


@pytest.fixture(scope="module")
def sd(folders) -> PipelineBackend:
    return text_to_image.open_pipeline(folders["sd"])


def content(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.mark.parametrize("scale", [1, 2.5])
def test_a_painting_is_what_diffusers_own_call_gives(painter, scale):
    steps = list(
        text_to_image.generate(CAT, backend=painter, num_inference_steps=3, seed=4, guidance_scale=scale)
    )
    own = painter._prepare(_order(painter, CAT))(
        CAT, num_inference_steps=3, guidance_scale=scale, generator=[torch.Generator().manual_seed(4)],
        output_type="np", height=16, width=16,
    ).images  # fmt: skip
    np.testing.assert_allclose(steps[-1].picture, own[0], atol=1e-5)
    assert [one.step for one in steps] == [0, 1, 2] and steps[0].steps == 3
    for before, after in pairwise(steps):
        np.testing.assert_allclose(before.latents, after.noisy, atol=1e-5)
    for one in steps:
        assert 0 < one.alpha_bar < 1 and 0 <= one.time <= 1
        mixed = one.alpha_bar**0.5 * one.predicted + (1 - one.alpha_bar) ** 0.5 * one.noise
        np.testing.assert_allclose(mixed, one.noisy, rtol=1e-3, atol=1e-3)


def _order(painter: PipelineBackend, prompt: str):
    from nnanim.text_to_image.request import build_request

    return build_request(prompt, samplers=painter.samplers)


def test_guidance_0_leaves_the_prompt_out(painter):
    one, other = (
        text_to_image.generate_picture(text, backend=painter, num_inference_steps=2, guidance_scale=0)
        for text in (CAT, "the moon")
    )
    np.testing.assert_array_equal(one, other)
    told = text_to_image.generate_picture(CAT, backend=painter, num_inference_steps=2, guidance_scale=1)
    assert not np.array_equal(one, told)
    nothing = {"negative_prompt": "a", "guidance_scale": 0, "backend": painter, "num_inference_steps": 2}
    np.testing.assert_allclose(
        text_to_image.generate_picture(CAT, **nothing),
        text_to_image.generate_picture("a", backend=painter, num_inference_steps=2, guidance_scale=1),
        atol=1e-5,
    )


def test_negative_prompts_and_batches(sd):
    plain = text_to_image.generate_picture(CAT, backend=sd, num_inference_steps=2)
    away = text_to_image.generate_picture(CAT, backend=sd, num_inference_steps=2, negative_prompt="the moon")
    assert not np.array_equal(plain, away)
    both = text_to_image.generate_picture(["the moon", CAT], backend=sd, num_inference_steps=2, seed=[3, 0])
    assert both.shape == (2, 16, 16, 3)
    np.testing.assert_allclose(both[1], plain, atol=1e-4)


def test_a_traced_run_is_the_run_and_its_maps_sum_to_one(painter):
    asked = {"backend": painter, "num_inference_steps": 3, "seed": [1, 2]}
    trace = text_to_image.record_generation([CAT, "the moon"], stages_at=-1, **asked)
    for at, one in enumerate(text_to_image.generate([CAT, "the moon"], **asked)):
        for name in ("noisy", "noise", "predicted", "latents", "picture"):
            np.testing.assert_array_equal(trace[name][at], getattr(one, name))
    words = trace.provenance["words"]
    assert words[0] == ["<|startoftext|>", "a", "large", "red", "cat", ",", "at", "night", "<|endoftext|>"]
    assert words[1][:4] == ["<|startoftext|>", "the", "moon", "<|endoftext|>"]
    assert trace["cross"].shape == (3, 2, 8, 8, 9)
    np.testing.assert_allclose(trace["cross"].sum(-1), 1, atol=1e-5)
    guided = trace["noise.uncond"] + 2.5 * (trace["noise.cond"] - trace["noise.uncond"])
    np.testing.assert_allclose(guided, trace["noise"], rtol=1e-3, atol=1e-3)
    assert trace["unet.mid_block"].shape[:2] == (2, 16) and trace["decoder.conv_out"].shape == (2, 3, 16, 16)
    last = (trace["decoder.conv_out"] / 2 + 0.5).clip(0, 1).transpose(0, 2, 3, 1)
    np.testing.assert_allclose(last, trace["picture"][-1], atol=1e-5)
    assert trace["text.states"].shape[:2] == (2, 9)
    assert (
        type(painter.pipe.unet.down_blocks[0].attentions[0].transformer_blocks[0].attn2.processor).__name__
        != "RecordingAttnProcessor"
    )


def test_the_maps_are_the_attention_of_the_prompt(sd):
    """Against the softmax of queries and keys, written out for every layer."""
    unet, seen = sd.pipe.unet, {}
    looks = [(name, one) for name, one in unet.named_modules() if name.endswith("attn2")]
    handles = [
        one.register_forward_pre_hook(
            lambda module, given, named, name=name: seen.update(
                {name: (given[0], named["encoder_hidden_states"])}
            ),
            with_kwargs=True,
        )
        for name, one in looks
    ]
    trace = text_to_image.record_generation(CAT, backend=sd, num_inference_steps=1)
    for handle in handles:
        handle.remove()
    maps = []
    for name, one in looks:
        places, words = (value[-1] for value in seen[name])
        q, k = (
            part.unflatten(1, (one.heads, -1)).transpose(0, 1) for part in (one.to_q(places), one.to_k(words))
        )
        weights = (q @ k.mT * one.scale).softmax(-1).mean(0).detach().numpy()
        side = round(len(weights) ** 0.5)
        grid = weights.reshape(side, side, -1).repeat(8 // side, axis=0).repeat(8 // side, axis=1)
        maps.append(np.concatenate([grid[..., :8], grid[..., 8:].sum(-1, keepdims=True)], axis=-1))
    assert len(maps) > 1
    np.testing.assert_allclose(trace["cross"][0, 0], np.mean(maps, axis=0), atol=1e-5)


def test_a_picture_to_begin_with(painter):
    image = np.random.default_rng(0).random((30, 20, 3), dtype=np.float32)
    steps = list(
        text_to_image.generate(CAT, backend=painter, num_inference_steps=4, init_image=image, strength=0.5)
    )
    assert [one.step for one in steps] == [0, 1] and steps[0].steps == 2
    assert steps[0].time <= 0.5
    with pytest.raises(UserError, match=r"strength 0.1 of 4 steps leaves none"):
        text_to_image.generate(CAT, backend=painter, num_inference_steps=4, init_image=image, strength=0.1)


def test_the_way_forward_with_a_pipeline(painter):
    image = np.random.default_rng(0).random((16, 16, 3), dtype=np.float32)
    made = text_to_image.record_forward_process(
        image, [0, 0.5, 0.999], backend=painter, prompt=CAT, seed=5, small_steps=20
    )
    bars = painter.pipe.scheduler.alphas_cumprod
    np.testing.assert_allclose(made["alpha_bar"], [1, bars[499], bars[998]], rtol=1e-6)
    x = painter.pipe.vae.encode(torch.tensor(image.transpose(2, 0, 1))[None] * 2 - 1).latent_dist.mean
    x = x[0].detach().numpy() * painter.pipe.vae.config.scaling_factor
    np.testing.assert_allclose(made["latents"], x, atol=1e-5)
    for at, level in enumerate(made["alpha_bar"].tolist()):
        mixed = level**0.5 * x + (1 - level) ** 0.5 * made["noise"]
        np.testing.assert_allclose(made["noisy"][at], mixed, atol=1e-5)
        mixed = level**0.5 * made["predicted"][at] + (1 - level) ** 0.5 * made["guess"][at]
        np.testing.assert_allclose(mixed, made["noisy"][at], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(made["small.jump"], made["small.noisy"], atol=2e-5)
    first = next(text_to_image.generate(CAT, backend=painter, seed=5, guidance_scale=1, sampler="ddim"))
    np.testing.assert_allclose(first.noisy, made["noise"], atol=1e-5)
    same = text_to_image.record_forward_process(
        image, [(round(first.time * 1000) + 1) / 1000], backend=painter, prompt=CAT, seed=5
    )
    told = painter.predict(torch.tensor(first.noisy)[None], torch.tensor(same["time"]), CAT)
    np.testing.assert_allclose(told[1][0], first.noise, atol=1e-4)
    assert same["alpha_bar"][0] == pytest.approx(first.alpha_bar, rel=1e-5)


@pytest.mark.parametrize("name", ["PNDM", "EulerAncestralDiscrete", "DPMSolverMultistep", "DDPM"])
def test_a_stopped_run_goes_on_with_every_kind_of_scheduler(tmp_path, name):
    import diffusers

    unclipped = {"clip_sample": False} if name == "DDPM" else {}
    scheduler = getattr(diffusers, f"{name}Scheduler")(steps_offset=1, **unclipped)
    with silence_libraries():
        place = tiny_pipeline.saved(tmp_path / "sd", scheduler)
    painter = text_to_image.open_pipeline(place)
    asked = {"backend": painter, "num_inference_steps": 5, "seed": 3}
    whole = list(text_to_image.generate(CAT, out=tmp_path / "whole", **asked))
    assert len(whole) == whole[0].steps >= 5
    walk = text_to_image.generate(CAT, out=tmp_path / "run", **asked)
    for _ in range(3):
        next(walk)
    walk.close()
    calls = []
    handle = painter.pipe.unet.conv_in.register_forward_hook(lambda *given: calls.append(1))
    list(text_to_image.generate(CAT, out=tmp_path / "run", **asked))
    handle.remove()
    assert content(tmp_path / "run") == content(tmp_path / "whole")
    assert len(calls) == len(whole) - 3
    with pytest.raises(UserError, match="another run"):
        text_to_image.generate(CAT, out=tmp_path / "run", **asked | {"sampler": "ddim"})


@pytest.mark.parametrize("kind", ["v_prediction", "sample"])
def test_networks_that_give_something_else_than_noise(tmp_path, kind):
    from diffusers import DDIMScheduler

    with silence_libraries():
        place = tiny_pipeline.saved(
            tmp_path / "sd", DDIMScheduler(clip_sample=False, steps_offset=1, prediction_type=kind)
        )
    for one in text_to_image.generate(CAT, backend=place, num_inference_steps=3):
        mixed = one.alpha_bar**0.5 * one.predicted + (1 - one.alpha_bar) ** 0.5 * one.noise
        np.testing.assert_allclose(mixed, one.noisy, rtol=1e-3, atol=1e-3)


def test_half_numbers_slices_and_other_sizes(folders):
    painter = text_to_image.open_pipeline(folders["xl"], half=True, slicing=True, size=(16, 24))
    assert painter.pipe.unet.dtype == torch.float16
    made = text_to_image.generate_picture(CAT, backend=painter, num_inference_steps=1)
    assert made.shape == (16, 24, 3) and made.dtype == np.float32
    trace = text_to_image.record_generation(CAT, backend=painter, num_inference_steps=1)
    assert trace["cross"].shape[2:4] == (8, 12)
    np.testing.assert_allclose(trace["cross"].sum(-1), 1, atol=1e-3)


def test_the_command_takes_a_folder(folders, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = [
        "paint",
        CAT,
        "--model",
        str(folders["sd"]),
        "--steps",
        "2",
        "--device",
        "cpu",
        "--size",
        "16x24",
    ]
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, done.output) == (0, "painting.png\n")


def test_what_is_no_pipeline_is_told_in_one_line(folders, tmp_path):
    empty, kind, odd = tmp_path / "empty", tmp_path / "kind", tmp_path / "odd"
    for place, index in ((empty, None), (kind, {"_class_name": "FluxPipeline"}), (odd, ["x"])):
        place.mkdir()
        if index is not None:
            (place / "model_index.json").write_text(json.dumps(index))
    lacking, damaged, part = (tmp_path / name for name in ("lacking", "damaged", "part"))
    for place in (lacking, damaged, part):
        shutil.copytree(folders["sd"], place)
    (lacking / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    (damaged / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(b"half")
    shutil.rmtree(part / "text_encoder")
    for place, message in (
        (tmp_path / "nowhere", "there is no folder"),
        (empty, "it has no model_index.json"),
        (kind, "is a FluxPipeline, which cannot be driven"),
        (odd, "model_index.json: expected `object`, got `array`"),
        (lacking, "the pipeline cannot be read"),
        (damaged, "vae/diffusion_pytorch_model.safetensors is damaged"),
        (part, "there is no folder text_encoder"),
    ):
        with pytest.raises(UserError, match=message) as raised:
            text_to_image.open_pipeline(place)
        assert "\n" not in str(raised.value)


def test_weights_that_are_missing_inside_a_file_are_told(folders, tmp_path):
    from safetensors.torch import load_file, save_file

    shutil.copytree(folders["sd"], tmp_path / "sd")
    for part, name in (("unet", "diffusion_pytorch_model"), ("text_encoder", "model")):
        path = tmp_path / "sd" / part / f"{name}.safetensors"
        whole = load_file(path)
        save_file({key: value for key, value in whole.items() if "bias" not in key}, path, {"format": "pt"})
        with pytest.raises(UserError, match=f"weights are missing in {part}"):
            text_to_image.open_pipeline(tmp_path / "sd")
        save_file(whole, path, {"format": "pt"})


def test_a_folder_with_float16_weights_only(folders, tmp_path):
    shutil.copytree(folders["sd"], tmp_path / "sd")
    for file in [*(tmp_path / "sd").rglob("*.safetensors")]:
        file.rename(file.with_suffix(".fp16.safetensors"))
    places = (folders["sd"], tmp_path / "sd")
    one, other = (
        text_to_image.generate_picture(CAT, backend=place, num_inference_steps=1) for place in places
    )
    np.testing.assert_array_equal(one, other)


def test_diffusers_that_is_not_installed(folders, monkeypatch):
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(UserError, match=r"pip install 'nnanim\[hf\]'"):
        text_to_image.open_pipeline(folders["sd"])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"guidance_scale": 0.5}, "guidance_scale 0, or 1 and more, got 0.5"),
        ({"guidance_scale": -1}, "guidance_scale 0, or 1 and more, got -1"),
        ({"prompt": "cat " * 15}, "at most 14 pieces here, got 15"),
        ({"num_inference_steps": 0}, "1 to 1000, got 0"),
        ({"sampler": "ddmp"}, "no sampler 'ddmp'; nearest: 'ddpm'"),
    ],
)
def test_orders_that_a_pipeline_cannot_paint(sd, wrong, message):
    with pytest.raises(UserError, match=message):
        text_to_image.generate(**{"prompt": CAT, "backend": sd, **wrong})


def test_devices_and_sizes_that_are_not_there(folders):
    for wrong, message in (
        ({"device": "gpu"}, "no device 'gpu' here; nearest: 'cpu'"),
        ({"size": 17}, "multiples of 2, got 17 × 17"),
        ({"size": 0}, "multiples of 2"),
    ):
        with pytest.raises(UserError, match=message):
            text_to_image.open_pipeline(folders["sd"], **wrong)
    if not torch.cuda.is_available():
        with pytest.raises(UserError, match="no device 'cuda' here; there is: 'cpu'"):
            text_to_image.open_pipeline(folders["sd"], device="cuda")


def test_values_are_handed_over_in_turn_and_mistakes_with_them():
    order = []

    def run(give):
        for at in range(3):
            order.append(f"made {at}")
            give(at)
        raise UserError("enough")

    taken = iterate(run)
    assert next(taken) == 0 and order == ["made 0"]
    assert next(taken) == 1 and next(taken) == 2
    with pytest.raises(UserError, match="enough"):
        next(taken)

    def endless(give):
        try:
            while True:
                give(1)
        finally:
            order.append("unwound")

    taken = iterate(endless)
    next(taken)
    taken.close()
    assert order[-1] == "unwound"


def test_a_prompt_is_shortened_to_what_the_text_encoder_takes(sd):
    assert sd.shorten(CAT) == CAT
    assert sd.shorten("cat " * 20) == " ".join(["cat"] * 14)
    assert sd.shorten("a large red cat, " * 5) == "a large red cat, a large red cat, a large red"
    sd.check(_order(sd, sd.shorten("z" * 300)))


CONFIGS = {
    "spacing": ("scheduler/scheduler_config.json", {"timestep_spacing": "wrong"}, "wrong is not supported"),
    "prediction": ("scheduler/scheduler_config.json", {"prediction_type": "x"}, "prediction_type given as x"),
    "no steps": ("scheduler/scheduler_config.json", {"num_train_timesteps": 0}, "cannot be larger"),
    "endless": (
        "tokenizer/tokenizer_config.json",
        {"model_max_length": None},
        "its text encoder takes 3 to 16",
    ),
    "a word": ("tokenizer/tokenizer_config.json", {"model_max_length": "a"}, "model_max_length is 'a'"),
    "too long": ("tokenizer/tokenizer_config.json", {"model_max_length": 17}, "model_max_length is 17;"),
    "no pad": ("tokenizer/tokenizer_config.json", {"pad_token": None}, "pad_token is None, none of the 77"),
    "odd pad": (
        "tokenizer/tokenizer_config.json",
        {"pad_token": "nope"},
        "pad_token is 'nope', none of the 77",
    ),
}


@pytest.mark.parametrize("what", CONFIGS)
def test_settings_that_fail_only_later_are_refused_with_their_file(folders, tmp_path, what):
    name, change, expected = CONFIGS[what]
    place = shutil.copytree(folders["sd"], tmp_path / "sd")
    file = place / name
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(UserError) as error:
        text_to_image.open_pipeline(place)
    assert str(error.value).startswith(f"{file}: ") and expected in str(error.value)


@pytest.mark.parametrize("what", ["short", "length", "brace", "kind", "name"])
def test_a_damaged_file_of_weights_is_named(folders, tmp_path, what):
    place = shutil.copytree(folders["sd"], tmp_path / "sd")
    file = next((place / "unet").glob("*.safetensors"))
    whole = file.read_bytes()
    damaged = {
        "short": whole[:-9],
        "length": b"\xff" * 8 + whole[8:],
        "brace": whole[:8] + b"[" + whole[9:],
        "kind": whole.replace(b'"F32"', b'"F99"', 1),
        "name": whole.replace(b"conv_in.bias", b"conv_in.bia5", 1),
    }
    file.write_bytes(damaged[what])
    with pytest.raises(UserError) as error:
        text_to_image.open_pipeline(place)
    if what == "name":  # the library would fill it with random numbers
        assert str(error.value) == f"{file.parent}: weights are missing in unet: 'conv_in.bias'"
    else:
        assert str(error.value).startswith(f"{file} is damaged: ")
