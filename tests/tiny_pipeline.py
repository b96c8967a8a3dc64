"""Stable Diffusion in a few thousand random weights: every part is there, nothing is learned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

WORDS = ("a", "large", "red", "cat", "at", "night", "the", "moon", "on")


def tokenizer(folder: Path) -> Any:
    """A CLIPTokenizer that knows letters and a few words."""
    from transformers import CLIPTokenizer

    letters = [chr(at) for at in range(ord("a"), ord("z") + 1)] + [",", "."]
    pieces = [*letters, *(f"{letter}</w>" for letter in letters)]
    merges: list[str] = []
    for word in WORDS:
        parts = [*word[:-1], f"{word[-1]}</w>"]
        while len(parts) > 1:
            merge = f"{parts[0]} {parts[1]}"
            if merge not in merges:
                merges.append(merge)
            parts = [parts[0] + parts[1], *parts[2:]]
            if parts[0] not in pieces:
                pieces.append(parts[0])
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({piece: at for at, piece in enumerate(pieces)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    return CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=16, pad_token="<|endoftext|>"
    )


def text_encoder(kind: Any, words: int, end: int) -> Any:
    """A random CLIP text encoder of 32 units."""
    from transformers import CLIPTextConfig

    return kind(
        CLIPTextConfig(
            vocab_size=words, hidden_size=32, intermediate_size=37, num_hidden_layers=2,
            num_attention_heads=4, max_position_embeddings=16, projection_dim=32,
            bos_token_id=end - 1, eos_token_id=end, pad_token_id=end,
        )
    ).eval()  # fmt: skip


def vae() -> Any:
    """A random autoencoder that shrinks by 2."""
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        in_channels=3, out_channels=3, latent_channels=4, block_out_channels=(8, 16), norm_num_groups=4,
        layers_per_block=1, down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
    )  # fmt: skip


def unet(**more: Any) -> Any:
    """A random U-Net told by 32 units, for latents of 8×8."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, block_out_channels=(8, 16), norm_num_groups=4,
        layers_per_block=1, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), attention_head_dim=4,
        **{"cross_attention_dim": 32, **more},
    )  # fmt: skip


def saved(folder: Path, scheduler: Any = None) -> Path:
    """A Stable Diffusion pipeline, written to a folder."""
    from diffusers import DDIMScheduler, StableDiffusionPipeline
    from transformers import CLIPTextModel

    torch.manual_seed(0)
    words = tokenizer(folder.parent / "words")
    made = StableDiffusionPipeline(
        vae=vae(), text_encoder=text_encoder(CLIPTextModel, len(words), words.eos_token_id),
        tokenizer=words, unet=unet(),
        scheduler=scheduler or DDIMScheduler(clip_sample=False, steps_offset=1),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    made.save_pretrained(folder)
    return folder


def saved_xl(folder: Path) -> Path:
    """A Stable Diffusion XL pipeline, written to a folder."""
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline
    from transformers import CLIPTextModel, CLIPTextModelWithProjection

    torch.manual_seed(0)
    words = tokenizer(folder.parent / "words")
    encoders = [
        text_encoder(kind, len(words), words.eos_token_id)
        for kind in (CLIPTextModel, CLIPTextModelWithProjection)
    ]
    more = {"cross_attention_dim": 64, "addition_embed_type": "text_time", "addition_time_embed_dim": 8,
            "transformer_layers_per_block": 1, "projection_class_embeddings_input_dim": 80}  # fmt: skip
    made = StableDiffusionXLPipeline(
        vae=vae(), text_encoder=encoders[0], text_encoder_2=encoders[1],
        tokenizer=words, tokenizer_2=words, unet=unet(**more), scheduler=EulerDiscreteScheduler(),
        add_watermarker=False,
    )  # fmt: skip
    made.save_pretrained(folder)
    return folder
