"""Real CLIP models as guides and diffusers autoencoders to steer through, in tiny random ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiny_pipeline
import torch
from torch.nn import functional as F

from nnanim import steering
from nnanim.errors import UserError
from nnanim.steering.engine import _fit
from nnanim.steering.hf import MEAN, SPREAD, HFGuide, open_guide, open_latent
from nnanim.steering.pixels import Pixels
from nnanim.steering.siren import Siren

pytest.importorskip("transformers")
pytest.importorskip("diffusers")
PROMPT = "a large red cat at night"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP of 32 units that sees pictures of 32 pixels."""
    from transformers import CLIPConfig, CLIPModel

    where = tmp_path_factory.mktemp("clip")
    words = tiny_pipeline.tokenizer(where / "words")
    torch.manual_seed(0)
    common = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 4}
    model = CLIPModel(
        CLIPConfig(
            text_config={
                **common, "vocab_size": len(words), "max_position_embeddings": 16,
                "eos_token_id": words.eos_token_id, "bos_token_id": words.bos_token_id,
                "pad_token_id": words.eos_token_id,
            },
            vision_config={**common, "image_size": 32, "patch_size": 8},
            projection_dim=16,
        )
    )  # fmt: skip
    model.save_pretrained(where / "tiny")
    words.save_pretrained(where / "tiny")
    return where / "tiny"


@pytest.fixture(scope="module")
def vae(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    where = tmp_path_factory.mktemp("vae")
    tiny_pipeline.vae().save_pretrained(where)
    return where


@pytest.fixture(scope="module")
def guide(folder: Path) -> HFGuide:
    return open_guide(folder)


def test_a_real_clip_embeds_as_transformers_does(folder: Path, guide: HFGuide) -> None:
    from transformers import CLIPModel, CLIPTokenizer

    model, words = CLIPModel.from_pretrained(folder), CLIPTokenizer.from_pretrained(folder)
    pictures = torch.rand(2, 3, 32, 32)
    pixels = (pictures - torch.tensor(MEAN).reshape(3, 1, 1)) / torch.tensor(SPREAD).reshape(3, 1, 1)
    ids = words([PROMPT, "a moon"], padding=True, return_tensors="pt")
    with torch.no_grad():
        both = model(pixel_values=pixels, **ids)
        torch.testing.assert_close(guide.embed_pictures(pictures), both.image_embeds)
        torch.testing.assert_close(guide.embed_texts([PROMPT, "a moon"]), both.text_embeds)


@pytest.mark.parametrize("generator", [Pixels(side=48), Siren(side=48)])
def test_a_real_clip_steers(generator: Any, guide: HFGuide, tmp_path: Path) -> None:
    walk = list(steering.steer(PROMPT, generator, guide=guide, steps=6, out=tmp_path / "run"))
    assert walk[-1].picture.shape == (48, 48, 3)
    assert walk[-1].cosine > walk[0].cosine  # type: ignore[operator]
    note = json.loads((tmp_path / "run" / "run.json").read_text())
    assert note["guide"]["name"] == "tiny" and len(note["guide"]["weights"]) == 16


def test_it_steers_through_a_real_autoencoder(
    guide: HFGuide, vae: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"views": 1, "scale": (1.0, 1.0), "shift": 0.0}.items():
        monkeypatch.setattr(guide, name, value)
    latent = open_latent(vae, side=32)
    walk = list(steering.steer(PROMPT, latent, guide=guide, steps=6))
    assert walk[0].parameters[0].shape == (4, 16, 16) and walk[0].picture.shape == (32, 32, 3)
    assert walk[-1].cosine > walk[0].cosine  # type: ignore[operator]
    picture = np.full((32, 32, 3), 0.5, dtype=np.float32)
    begun = next(steering.steer(PROMPT, latent, guide=guide, init_image=picture))
    with torch.no_grad():
        there = latent.vae.encode(torch.zeros(1, 3, 32, 32)).latent_dist.mean * latent.scaling
    torch.testing.assert_close(torch.from_numpy(begun.parameters[0]), there[0])


def test_a_view_is_resampled_to_the_size_that_the_guide_takes(guide: HFGuide) -> None:
    picture = torch.rand(1, 3, 64, 64)
    whole = _fit(picture, SimpleNamespace(guide=guide))  # type: ignore[arg-type]
    assert whole.shape == (1, 3, 32, 32)
    assert F.l1_loss(whole.mean((2, 3)), picture.mean((2, 3))) < 0.05


def copy(folder: Path, to: Path, name: str, **changes: Any) -> Path:
    shutil.copytree(folder, to)
    file = to / name
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    return to


def test_what_is_no_clip_is_told_in_one_line(folder: Path, vae: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no folder nowhere"):
        open_guide("nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"no model: it has no config\.json"):
        open_guide(tmp_path / "empty")
    with pytest.raises(UserError, match="of the type 'bert'"):
        open_guide(copy(folder, tmp_path / "bert", "config.json", model_type="bert"))
    with pytest.raises(UserError, match="is a 'UNet'"):
        open_latent(copy(vae, tmp_path / "unet", "config.json", _class_name="UNet"))
    with pytest.raises(UserError, match="multiples of 2 pixels a side up to 1024, not 33"):
        open_latent(vae, side=33)
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(UserError, match="is damaged"):
        open_guide(broken)


def test_settings_of_pictures_are_read_and_checked(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "plain")
    settings = tmp_path / "plain" / "preprocessor_config.json"
    settings.write_text(json.dumps({"image_mean": [0.5] * 3, "image_std": [0.5] * 3}))
    assert open_guide(tmp_path / "plain").mean.flatten().tolist() == [0.5] * 3
    settings.write_text(json.dumps({"image_mean": "grey"}))
    with pytest.raises(UserError, match="image_mean is three numbers, got 'grey'"):
        open_guide(tmp_path / "plain")


def test_a_sentence_that_it_cannot_read(guide: HFGuide) -> None:
    for prompt, says in (("  ", "names nothing"), ("cat " * 20, "reads at most 16 tokens, got 22")):
        with pytest.raises(UserError, match=says):
            steering.steer(prompt, Pixels(side=32), guide=guide)
