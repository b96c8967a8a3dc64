"""Big backends of the caption loop, on tiny random models made here, where the libraries are installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nnanim.caption_loop.backends import ModelChoice, open_models
from nnanim.caption_loop.loop import caption_loop
from nnanim.caption_loop.reader import read_loop
from nnanim.caption_loop.run import LoopSettings, resume, run
from nnanim.errors import UserError

transformers: Any = pytest.importorskip("transformers")
diffusers: Any = pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore")

PICTURE = np.random.default_rng(0).integers(0, 256, (48, 40, 3), dtype=np.uint8)
LETTERS = "abcdefghijklmnopqrstuvwxyz,"
TEXT = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}


def clip_tokenizer() -> Any:
    pieces = [*LETTERS, *(f"{one}</w>" for one in LETTERS), "<|startoftext|>", "<|endoftext|>"]
    words = {piece: number for number, piece in enumerate(pieces)}
    return transformers.CLIPTokenizer(vocab=words, merges=[], model_max_length=24)


def text_config(**more: Any) -> Any:
    size = {"vocab_size": 2 * len(LETTERS) + 2, "max_position_embeddings": 24}
    ends = {"bos_token_id": 2 * len(LETTERS), "eos_token_id": 2 * len(LETTERS) + 1, "pad_token_id": 1}
    return transformers.CLIPTextConfig(**TEXT, **size, **ends, **more)


def unet(**more: Any) -> Any:
    return diffusers.UNet2DConditionModel(
        sample_size=8, block_out_channels=(16, 32), layers_per_block=1, norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), attention_head_dim=4,
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), **more,
    )  # fmt: skip


def vae() -> Any:
    return diffusers.AutoencoderKL(
        block_out_channels=(8, 16), norm_num_groups=8, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
    )  # fmt: skip


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sd, xl-turbo, blip, git and clip."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("models")
    schedule = diffusers.DDIMScheduler(clip_sample=False)
    diffusers.StableDiffusionPipeline(
        vae=vae(), text_encoder=transformers.CLIPTextModel(text_config()), tokenizer=clip_tokenizer(),
        unet=unet(cross_attention_dim=16), scheduler=schedule, safety_checker=None, feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder / "sd")  # fmt: skip
    diffusers.StableDiffusionXLPipeline(
        vae=vae(), scheduler=schedule, tokenizer=clip_tokenizer(), tokenizer_2=clip_tokenizer(),
        text_encoder=transformers.CLIPTextModel(text_config(projection_dim=16)),
        text_encoder_2=transformers.CLIPTextModelWithProjection(text_config(projection_dim=16)),
        unet=unet(
            cross_attention_dim=32, addition_embed_type="text_time", addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=64, transformer_layers_per_block=(1, 1),
        ),
    ).save_pretrained(folder / "xl-turbo")  # fmt: skip
    save_captioners(folder)
    return folder


def save_captioners(folder: Path) -> None:
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "cat", "dog", "red", "on", "hill", ","]
    words = transformers.BertTokenizer(vocab={piece: number for number, piece in enumerate(pieces)})
    vision = {**TEXT, "image_size": 16, "patch_size": 8}
    ends = {"bos_token_id": 2, "eos_token_id": 3, "sep_token_id": 3, "pad_token_id": 0}
    text = {**TEXT, "vocab_size": len(pieces), "max_position_embeddings": 64, **ends}
    blip = transformers.BlipConfig(
        text_config={**text, "encoder_hidden_size": 16}, vision_config=vision, projection_dim=16
    )
    git = transformers.GitConfig(vision_config=vision, **text)
    clip = transformers.CLIPConfig(
        text_config=text_config().to_dict(), vision_config=vision, projection_dim=16
    )
    for name, made, tokenizer in (
        ("blip", transformers.BlipForConditionalGeneration(blip), words),
        ("git", transformers.GitForCausalLM(git), words),
        ("clip", transformers.CLIPModel(clip), clip_tokenizer()),
    ):
        made.save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)


def chosen(models: Path, painter: str = "sd", captioner: str = "blip", **more: Any) -> ModelChoice:
    names = {"painter": str(models / painter), "captioner": str(models / captioner), "steps": 2, **more}
    return ModelChoice(**names, device="cpu")


@pytest.mark.parametrize(("painter", "captioner"), [("sd", "blip"), ("xl-turbo", "git")])
def test_a_run_with_big_models_resumes_and_is_read(models, tmp_path, painter, captioner):
    choice = chosen(models, painter, captioner, ranker=str(models / "clip"), side=64, slicing=True)
    backends = open_models(choice)
    question = LoopSettings(
        seed=1, rounds=3, noise="fresh", negative_prompt="a dog" if painter == "sd" else None
    )
    whole = list(run(PICTURE, tmp_path / "whole", question, backends))
    assert whole[-1].end is not None and whole[-1].end.kind == "limit"
    first = run(PICTURE, tmp_path / "torn", question, backends)
    next(first)
    next(first)
    first.close()
    list(resume(tmp_path / "torn", trust=True))
    saved, twin = read_loop(tmp_path / "whole"), read_loop(tmp_path / "torn")
    assert [one.caption for one in saved.rounds] == [one.caption for one in twin.rounds]
    for one, other in zip(saved.rounds, twin.rounds, strict=True):
        assert np.array_equal(one.picture, other.picture)
    assert all(one.picture.shape == (64, 64, 3) for one in saved.rounds)
    assert saved.embeddings.shape == (4, 16)


def test_a_ranker_adds_one_phrase_of_each_group(models):
    from nnanim.caption_loop.captioners import PHRASES, read_phrases

    plain = open_models(chosen(models))
    ranked = open_models(chosen(models, ranker=str(models / "clip")))
    groups = read_phrases(PHRASES)
    main, said = plain.captioners[0](PICTURE), ranked.captioners[0](PICTURE)
    assert said.startswith(main + ", ")
    added = said.removeprefix(main + ", ").split(", ")
    assert [phrase in words for phrase, words in zip(added, groups.values(), strict=True)] == [True] * len(
        groups
    )


def test_a_seed_and_a_sentence_make_the_picture(models):
    painter = open_models(chosen(models)).painter
    once = painter("a cat", seed=3)
    assert np.array_equal(once, painter("a cat", seed=3))
    assert not np.array_equal(once, painter("a cat", seed=4))
    assert not np.array_equal(once, painter("a dog", seed=3))
    assert not np.array_equal(once, painter("a cat", seed=3, negative_prompt="a hill"))


def test_turbo_takes_one_step_without_guidance(models):
    about = open_models(chosen(models, "xl-turbo", steps=None)).about
    assert about["painter"]["steps"] == 1
    assert about["painter"]["guidance"] == 1


def test_a_big_painter_goes_with_the_small_captioner(models):
    choice = ModelChoice(painter=str(models / "sd"), steps=2, device="cpu", side=64)
    backends = open_models(choice)
    rounds = list(caption_loop(PICTURE, backends.painter, backends.captioners, seed=0, max_rounds=2,
                               caption=lambda said: said[:10]))  # fmt: skip
    assert rounds[-1].end is not None
    assert backends.about["languages"] == ["en"]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"painter": "/no/such/folder"}, "the painter: there is no folder /no/such/folder"),
        ({"captioner": "clip"}, "is a clip model; a BLIP or GIT one wanted"),
        ({"ranker": "blip"}, "is a blip model; a CLIP one wanted"),
        ({"painter": "blip"}, "is no pipeline: it has no model_index.json"),
        ({"half": True}, "float16 wants a graphics card"),
    ],
)
def test_what_cannot_be_opened_is_told_in_a_line(models, changes, line):
    there = {
        name: str(models / value) if value in ("clip", "blip") else value for name, value in changes.items()
    }
    with pytest.raises(UserError, match=line):
        open_models(ModelChoice(**{**vars(chosen(models)), **there}))


def test_a_hub_name_without_a_connection_is_told_in_a_line(models, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(
        UserError, match="the captioner: nobody/nothing is neither a folder nor could it be had"
    ):
        open_models(chosen(models, captioner="x/y").__class__(painter="small", captioner="nobody/nothing"))


@pytest.mark.parametrize("device", ["cuda", "cuda:7", "potato"])
def test_a_device_that_is_not_there_is_told(device):
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("this machine has it")
    from nnanim.text_to_image.hf.loading import pick_device

    with pytest.raises(UserError, match="there is no device"):
        pick_device(device)


def test_a_backend_that_has_vanished_or_changed_is_told(models, tmp_path):
    import shutil

    shutil.copytree(models / "sd", tmp_path / "sd")
    choice = ModelChoice(
        painter=str(tmp_path / "sd"), captioner=str(models / "blip"), steps=1, device="cpu", side=64
    )
    rounds = run(PICTURE, tmp_path / "run", LoopSettings(rounds=3, noise="fresh"), open_models(choice))
    next(rounds)
    next(rounds)
    rounds.close()
    config = tmp_path / "sd" / "unet" / "config.json"
    config.write_text(config.read_text().replace("}", " }"), encoding="utf-8")
    with pytest.raises(
        UserError, match=r"holds another run: its painter .*; it cannot continue with other models"
    ):
        resume(tmp_path / "run", trust=True)
    shutil.rmtree(tmp_path / "sd")
    with pytest.raises(UserError, match="there is no folder"):
        resume(tmp_path / "run", trust=True)
    assert len(read_loop(tmp_path / "run").rounds) == 2


@pytest.mark.parametrize(
    ("text", "line"), [("a\n[b]\nc", "before the first"), ("[b]\n", "empty"), ("# only\n", "no \\[group\\]")]
)
def test_a_wrong_list_of_phrases_is_told(tmp_path, text, line):
    from nnanim.caption_loop.captioners import read_phrases

    file = tmp_path / "phrases.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=line):
        read_phrases(file)
