"""paint() and `nnanim paint`: the small world's painter, its runs on disk, and mistakes in one line each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from nnanim import text_to_image
from nnanim.cli import main
from nnanim.data import captions
from nnanim.errors import UserError
from nnanim.images import arrange_sheet, fit, read_picture, to_bytes, write_animation
from nnanim.models.clip import CLIP
from nnanim.models.painter import Painter
from nnanim.models.samplers import alpha_bar, draw_step_noise, posterior, predict_x0_eps
from nnanim.models.unet import UNet
from nnanim.models.world_vae import WorldVAE

WORDS = len(captions.vocabulary())
CAT = "a large red cat, at night"


@pytest.fixture(scope="module")
def painter() -> Painter:
    """A painter with random weights that hears its words."""
    torch.manual_seed(0)
    made = Painter(CLIP(WORDS).text, UNet(WORDS), WorldVAE()).eval()
    torch.nn.init.normal_(made.unet.conv_out.weight, std=0.1)
    return made


def latents(painter: Painter, *args, **options) -> np.ndarray:
    *_, last = text_to_image.generate(*args, backend=painter, **{"num_inference_steps": 3, **options})
    return last.latents


def test_every_step_unpacks_and_follows_the_last(painter):
    steps = list(text_to_image.generate(CAT, backend=painter, num_inference_steps=4, seed=5))
    assert [step for step, _, _ in steps] == [0, 1, 2, 3]
    for before, after in pairwise(steps):
        np.testing.assert_array_equal(before.latents, after.noisy)
    for one in steps:
        _, picture, given = one
        assert picture.shape == (64, 64, 3) and given.shape == (4, 8, 8) and one.steps == 4
        assert picture.min() >= 0 and picture.max() <= 1
        assert one.alpha_bar == pytest.approx(float(alpha_bar(torch.tensor(one.time))))
        mixed = one.alpha_bar**0.5 * one.predicted + (1 - one.alpha_bar) ** 0.5 * one.noise
        inside = np.abs(one.predicted) < 4  # beyond, a guess is held
        np.testing.assert_allclose(mixed[inside], one.noisy[inside], atol=1e-3)
    np.testing.assert_array_equal(steps[-1].latents, steps[-1].predicted)
    np.testing.assert_array_equal(steps[-1].picture, steps[-1].predicted_picture)
    start = torch.randn(4, 8, 8, generator=torch.Generator().manual_seed(5))
    np.testing.assert_array_equal(steps[0].noisy, start.numpy())


@pytest.mark.parametrize("sampler", ["ddim", "ddpm"])
def test_a_seed_decides_every_bit_wherever_it_stands_in_a_batch(painter, sampler):
    alone = latents(painter, CAT, seed=7, sampler=sampler)
    np.testing.assert_array_equal(alone, latents(painter, CAT, seed=7, sampler=sampler))
    both = latents(painter, ["a blue fish", CAT, "赤い猫"], seed=[1, 7, 7], sampler=sampler)
    assert both.shape == (3, 4, 8, 8)
    np.testing.assert_array_equal(alone, both[1])
    assert not np.array_equal(both[1], latents(painter, CAT, seed=8, sampler=sampler))


def test_ddpm_draws_noise_of_its_own_in_every_step(painter):
    asked = {"backend": painter, "num_inference_steps": 3, "sampler": "ddpm", "seed": 7}
    *steps, last = text_to_image.generate(CAT, **asked)
    for one, after in pairwise([*steps, last]):
        picture, noisy = torch.tensor(one.predicted), torch.tensor(one.noisy)
        mean, spread = posterior(picture, noisy, one.time, after.time)
        drawn = (torch.tensor(one.latents) - mean) / spread
        np.testing.assert_allclose(drawn, draw_step_noise([7], one.step, (4, 8, 8))[0], atol=1e-4)
    np.testing.assert_array_equal(last.latents, last.predicted)


@torch.no_grad()
def test_guidance_0_is_the_untold_network_and_1_the_told_one(painter):
    for scale, text in ((0, ""), (1, CAT)):
        told = painter.condition([text])
        for one in text_to_image.generate(CAT, backend=painter, num_inference_steps=3, guidance_scale=scale):
            noisy, now = torch.tensor(one.noisy)[None], torch.tensor([one.time])
            noise = predict_x0_eps(noisy, painter.unet(noisy, now, told), now)[1]
            np.testing.assert_array_equal(one.noise, noise[0].numpy())
    np.testing.assert_array_equal(
        latents(painter, CAT, guidance_scale=0), latents(painter, "a green tree", guidance_scale=0)
    )


@torch.no_grad()
@pytest.mark.parametrize("scale", [-1, 0.5, 3])
def test_guidance_goes_from_untold_to_told_and_beyond(painter, scale):
    one = next(text_to_image.generate(CAT, backend=painter, guidance_scale=scale))
    noisy, now = torch.tensor(one.noisy)[None], torch.tensor([one.time])
    told, untold = (painter.unet(noisy, now, painter.condition([text])) for text in (CAT, ""))
    noise = predict_x0_eps(noisy, untold + scale * (told - untold), now)[1]
    np.testing.assert_allclose(one.noise, noise[0], atol=1e-4)
    assert (told - untold).abs().max() > 0.01


def test_a_negative_prompt_stands_where_the_empty_sentence_does(painter):
    plain, away = (latents(painter, CAT, negative_prompt=one, guidance_scale=2) for one in (None, "a cat"))
    assert not np.allclose(plain, away, atol=1e-3)
    np.testing.assert_array_equal(
        latents(painter, CAT, negative_prompt="a cat", guidance_scale=0),
        latents(painter, "a cat", guidance_scale=1),
    )
    np.testing.assert_array_equal(
        latents(painter, "", guidance_scale=0), latents(painter, "", guidance_scale=1)
    )


def test_a_picture_to_begin_with_is_noised_up_to_the_strength(painter):
    image = np.random.default_rng(0).random((64, 64, 3), dtype=np.float32)
    way = [
        list(
            text_to_image.generate(
                CAT, backend=painter, init_image=image, strength=share, num_inference_steps=10
            )
        )
        for share in (0.1, 0.5, 1.0)
    ]
    assert [len(steps) for steps in way] == [1, 5, 10]
    assert [steps[0].time for steps in way] == pytest.approx([0.1, 0.5, 1.0])
    x = painter.vae.encode(torch.tensor(image.transpose(2, 0, 1))[None])[0][0].detach()
    noise, level = painter.noise([0])[0], alpha_bar(torch.tensor(0.5))
    expected = level.sqrt() * x + (1 - level).sqrt() * noise
    np.testing.assert_allclose(way[1][0].noisy, expected, atol=1e-5)
    np.testing.assert_allclose(way[2][0].noisy, noise, atol=0.02)


def test_one_step_and_the_shipped_painter():
    one = text_to_image.generate_picture(CAT, num_inference_steps=1)
    assert one.shape == (64, 64, 3)
    both = text_to_image.generate_picture([CAT, ""], num_inference_steps=2, seed=[0, 1])
    assert both.shape == (2, 64, 64, 3)
    other = Painter.load().paint([CAT], [0], steps=2)[0].permute(1, 2, 0)
    np.testing.assert_allclose(both[0], other.numpy(), atol=1e-3)


def test_the_callback_sees_every_painting(painter):
    seen = []
    given = list(text_to_image.generate(CAT, backend=painter, num_inference_steps=2, callback=seen.append))
    assert seen == given


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"prompt": 3}, "prompt is a sentence"),
        ({"prompt": []}, "an empty list"),
        ({"prompt": "a large dgo"}, "does not know the word 'dgo'"),
        ({"prompt": "a catt"}, "nearest: 'cat'"),
        ({"negative_prompt": "a dog"}, "does not know the word 'dog'"),
        ({"prompt": ["a cat"] * 2, "seed": [1, 2, 3]}, "3 pictures need as many entries of prompt"),
        ({"num_inference_steps": 0}, "whole number from 1 to 1000, got 0"),
        ({"num_inference_steps": 2.5}, "num_inference_steps is a whole number, got 2.5"),
        ({"num_inference_steps": True}, "whole number"),
        ({"guidance_scale": float("nan")}, "guidance_scale is a finite number, got nan"),
        ({"guidance_scale": float("inf")}, "guidance_scale is a finite number, got inf"),
        ({"guidance_scale": "much"}, "guidance_scale is a number"),
        ({"seed": 1.5}, "seed is a whole number, got 1.5"),
        ({"seed": -1}, "seed is a whole number from 0"),
        ({"strength": 0}, "strength lies above 0"),
        ({"strength": 1.01}, "at most 1, got 1.01"),
        ({"sampler": "ddmp"}, "no sampler 'ddmp'; nearest: 'ddpm'"),
        ({"backend": 3}, "backend is a Painter"),
        ({"init_image": "no.png"}, "no.png"),
        ({"init_image": np.zeros((8, 8, 4))}, "shape"),
        ({"init_image": np.zeros((0, 4, 3))}, "shape"),
        ({"init_image": np.full((8, 8, 3), np.nan)}, "values 0..1 wanted, got nan"),
        ({"init_image": np.full((8, 8, 3), 2.0)}, "values 0..1 wanted, got 2"),
        ({"init_image": np.full((8, 8, 3), 256)}, "whole numbers 0..255"),
        ({"init_image": object()}, "is a path, a PIL picture or an array"),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_one_line_before_anything_is_painted(painter, wrong, message):
    with pytest.raises(UserError, match=message) as raised:
        text_to_image.generate(**{"prompt": CAT, "backend": painter, **wrong})
    assert "\n" not in str(raised.value)


def test_missing_weights_are_told(monkeypatch, tmp_path):
    monkeypatch.setattr("nnanim.models.cards.WEIGHTS", tmp_path)
    with pytest.raises(UserError):
        text_to_image.generate(CAT)


def test_pictures_of_any_size_and_kind_are_fit(tmp_path):
    wide = np.zeros((40, 100, 3), dtype=np.float32)
    wide[:, 30:70] = 1
    assert fit(wide, 20).min() > 0.8
    assert fit(wide, (40, 100)) is wide
    Image.fromarray(to_bytes(wide)).convert("L").save(tmp_path / "grey.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "grey.png"), wide)
    Image.new("RGBA", (5, 4)).save(tmp_path / "clear.png")
    assert read_picture(tmp_path / "clear.png", 64).min() == 1
    page = arrange_sheet([wide, wide, wide], columns=2)
    assert page.shape == (82, 202, 3)
    write_animation([wide, 1 - wide], tmp_path / "a.gif", seconds=1)
    with Image.open(tmp_path / "a.gif") as made:
        assert made.n_frames == 2
    with pytest.raises(UserError, match=r"ending '.xyz'"):
        write_animation([wide], tmp_path / "a.xyz")


# Runs on disk


def content(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.mark.parametrize("sampler", ["ddim", "ddpm"])
def test_a_run_stopped_at_any_step_ends_with_the_same_bytes(painter, sampler, tmp_path):
    asked = {"backend": painter, "num_inference_steps": 3, "sampler": sampler, "seed": [1, 2]}
    whole = list(text_to_image.generate(CAT, out=tmp_path / "whole", **asked))
    expected = content(tmp_path / "whole")
    assert {"run.json", "000/00000.png", "001/00002.png", "steps/00002.npz"} <= set(expected)
    for stop in range(1, 4):
        walk = text_to_image.generate(CAT, out=tmp_path / f"{stop}", **asked)
        for _ in range(stop):
            next(walk)
        walk.close()
        again = list(text_to_image.generate(CAT, out=tmp_path / f"{stop}", **asked))
        assert content(tmp_path / f"{stop}") == expected
        for ours, other in zip(again, whole, strict=True):
            np.testing.assert_array_equal(ours.latents, other.latents)
            np.testing.assert_array_equal(ours.picture, other.picture)


def test_damaged_and_missing_files_of_a_run_are_made_anew(painter, tmp_path):
    asked = {"backend": painter, "num_inference_steps": 3, "out": tmp_path / "run"}
    list(text_to_image.generate(CAT, **asked))
    expected = content(tmp_path / "run")
    (tmp_path / "run" / "00000.png").unlink()
    (tmp_path / "run" / "steps" / "00001.npz").write_bytes(b"PK half a file")
    list(text_to_image.generate(CAT, **asked))
    assert content(tmp_path / "run") == expected


def test_a_finished_run_is_not_computed_again(painter, tmp_path, monkeypatch):
    asked = {"backend": painter, "num_inference_steps": 2, "out": tmp_path / "run"}
    list(text_to_image.generate(CAT, **asked))
    monkeypatch.setattr(painter.unet, "forward", None)
    assert len(list(text_to_image.generate(CAT, **asked))) == 2


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"prompt": "a cat"}, "its prompt is"),
        ({"seed": 4}, "its seed is 0, not 4"),
        ({"num_inference_steps": 5}, "its num_inference_steps is 3, not 5"),
        ({"guidance_scale": 3}, "its guidance_scale is 2.5, not 3"),
        ({"sampler": "ddpm"}, "its sampler"),
        ({"init_image": np.zeros((64, 64, 3))}, "its init_image is null"),
    ],
)
def test_the_folder_of_another_run_is_refused(painter, tmp_path, other, message):
    asked = {"prompt": CAT, "backend": painter, "num_inference_steps": 3, "out": tmp_path / "run"}
    next(text_to_image.generate(**asked))
    before = content(tmp_path / "run")
    with pytest.raises(UserError, match=message) as raised:
        text_to_image.generate(**asked | other)
    assert "\n" not in str(raised.value) and content(tmp_path / "run") == before


def test_folders_that_are_no_run_are_refused(painter, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "run.json").write_text("[]")
    messages = {"full": "other files", "file": "is a file", "odd": "run.json: expected `object`, got `array`"}
    for name, message in messages.items():
        with pytest.raises(UserError, match=message):
            text_to_image.generate(CAT, backend=painter, out=tmp_path / name)
    other = Painter(painter.text, painter.unet, WorldVAE())
    next(text_to_image.generate(CAT, backend=painter, out=tmp_path / "run"))
    with pytest.raises(UserError, match="its weights"):
        text_to_image.generate(CAT, backend=other, out=tmp_path / "run")


def test_a_killed_process_leaves_a_run_that_goes_on(tmp_path):
    asked = {"num_inference_steps": 16, "sampler": "ddpm"}
    words = ["paint", CAT, "--steps", "16", "--sampler", "ddpm", "--out", str(tmp_path / "run")]
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    run = subprocess.Popen([sys.executable, "-m", "nnanim.cli", *words], env={**os.environ, **threads})
    while run.poll() is None and not (tmp_path / "run" / "steps" / "00001.npz").exists():
        time.sleep(0.005)
    run.kill()
    run.wait()
    there = len(list((tmp_path / "run" / "steps").glob("0*.npz")))
    assert 2 <= there < 16
    for name in ("run", "whole"):
        list(text_to_image.generate(CAT, out=tmp_path / name, **asked))
    left, whole = content(tmp_path / "run"), content(tmp_path / "whole")
    assert {name: left[name] for name in whole} == whole
    assert all(Path(name).name.startswith(".") for name in left.keys() - whole.keys())
    assert json.loads(whole["run.json"])["prompt"] == CAT


# The command line


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, ["paint", *words])
    assert done.exit_code == code, done.output
    return done.output.strip()


def test_the_command_writes_pictures_animations_and_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(CAT, "--steps", "2", "--seed", "1", "--seed", "2") == "painting.png"
    with Image.open("painting.png") as made:
        assert made.size == (130, 64)
    assert (
        run("大きな赤い猫、夜", "--steps", "2", "-o", "cat.gif", "--show", "predicted", "--frames")
        == "cat.gif\ncat"
    )
    with Image.open("cat.gif") as made:
        assert made.n_frames == 2
    assert sorted(one.name for one in Path("cat").glob("*.png")) == ["00000.png", "00001.png"]
    assert run(CAT, "--steps", "3", "--sheet", "--seed", "1", "--seed", "2", "-o", "sheet.png") == "sheet.png"
    with Image.open("sheet.png") as made:
        assert made.size == (3 * 66 - 2, 4 * 66 - 2)
        last, foreseen = (made.crop((132, top, 196, top + 64)) for top in (0, 66))
        assert last.tobytes() == foreseen.tobytes()
    begun = ("--init", "cat/00001.png", "--strength", "0.5", "--negative", "a fish")
    assert run(CAT, "--steps", "4", *begun, "-o", "again") == "again"
    assert sorted(one.name for one in Path("again").glob("*.png")) == ["00000.png", "00001.png"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a dgo",), "the model does not know the word 'dgo' in 'a dgo'"),
        ((CAT, "--steps", "0"), "num_inference_steps is a whole number from 1 to 1000, got 0"),
        ((CAT, "--steps", "many"), "--steps 'many' is not a whole number"),
        ((CAT, "--guidance", "nan"), "guidance_scale is a finite number, got nan"),
        ((CAT, "--strength", "x"), "--strength 'x' is not a number"),
        ((CAT, "--init", "no.png"), "there is no picture no.png"),
        ((CAT, "--out", "x.xyz"), "x.xyz: no picture is written with the ending '.xyz'; take .png"),
        ((CAT, "--sheet", "--out", "folder"), "--sheet writes one picture: give -o a .png"),
        ((CAT, "--device", "cpu"), "--device, --size and --slicing belong to --model"),
        ((CAT, "--model", "nowhere"), "there is no folder nowhere"),
        ((CAT, "--model", ".", "--size", "1x2x3"), "--size '1x2x3' is not a size"),
    ],
)  # fmt: skip
def test_the_command_tells_mistakes_in_one_line(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    said = run(*words, code=2)
    assert said.startswith(f"nnanim: {message}") and "\n" not in said
    assert not list(tmp_path.iterdir())
