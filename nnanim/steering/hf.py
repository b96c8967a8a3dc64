"""Real CLIP models as guides, and real autoencoders to steer through, from local folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim.errors import UserError
from nnanim.schema import read_json
from nnanim.steering.latent import Latent
from nnanim.text_to_image.hf import checks
from nnanim.text_to_image.hf.loading import fingerprint, import_library, load_pretrained

MEAN = (0.48145466, 0.4578275, 0.40821073)
SPREAD = (0.26862954, 0.26130258, 0.27577711)
"""Of red, green and blue in CLIP's training pictures (Radford et al. 2021); a folder may say otherwise."""


class HFGuide:
    """A CLIP of transformers as a guide; `open_guide` opens one.

    Real pictures show their thing at many sizes, and a guide that sees one view is soon fooled: it sees
    several, some of them small parts of the picture, as in Big Sleep and Deep Daze.

    Attributes:
        side: height and width of the pictures that it takes.
        views: how many views of a picture it sees in a step.
        scale: least and greatest width of a view, in widths of the picture.
        shift: greatest way of a view's middle, in half widths.
    """

    views = 8
    scale = (0.4, 1.0)
    shift = 0.3

    def __init__(
        self, model: Any, tokenizer: Any, path: Path, mean: Sequence[float], spread: Sequence[float]
    ) -> None:
        self.model, self.tokenizer, self.path = model, tokenizer, path
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
        self.side: int = model.config.vision_config.image_size
        self.mean, self.spread = (torch.tensor(one).reshape(1, 3, 1, 1) for one in (mean, spread))

    def embed_pictures(self, pictures: Tensor) -> Tensor:
        """Pictures (n, 3, side, side), 0..1, to (n, d)."""
        seen = self.model.vision_model(pixel_values=(pictures - self.mean) / self.spread).pooler_output
        return F.normalize(self.model.visual_projection(seen), dim=1)

    @torch.no_grad()
    def embed_texts(self, texts: Sequence[str]) -> Tensor:
        """Sentences to (n, d)."""
        ids = self.tokenizer(list(texts), padding=True, return_tensors="pt")
        seen = self.model.text_model(input_ids=ids["input_ids"], attention_mask=ids["attention_mask"])
        return F.normalize(self.model.text_projection(seen.pooler_output), dim=1)

    def check(self, texts: Sequence[str]) -> None:
        """Refuse sentences that it cannot read.

        Raises:
            UserError: an empty one, or one that is longer than its context.
        """
        most = self.model.config.text_config.max_position_embeddings
        for text in texts:
            if not text.strip():
                raise UserError("an empty prompt names nothing to steer towards")
            ids = self.tokenizer(text)["input_ids"]
            if len(ids) > most:
                raise UserError(f"{self.path.name} reads at most {most} tokens, got {len(ids)}: {text!r}")
            if max(ids) >= self.model.config.text_config.vocab_size:
                raise UserError(
                    f"{self.path.name}: its tokenizer has more pieces than its text encoder knows"
                )

    def describe(self) -> dict[str, Any]:
        """Its folder's name, and a fingerprint of the files."""
        return {"name": self.path.name, "weights": fingerprint(self.path)}


def open_guide(path: str | os.PathLike[str]) -> HFGuide:
    """A CLIP model in a local folder, as transformers' ``save_pretrained`` writes it; nothing is downloaded.

    Raises:
        UserError: transformers is not installed; no such folder, not a CLIP, weights or tokenizer that are
            missing or damaged.
    """
    folder = _find_folder(path)
    kind = read_json(folder / "config.json", dict[str, Any]).get("model_type")
    if kind != "clip":
        raise UserError(f"{path} is a model of the type {kind!r}; a guide is a CLIP, of the type 'clip'")
    transformers = import_library("transformers")
    failure = f"{path}: the CLIP cannot be read"
    model = load_pretrained(transformers.CLIPModel, folder, failure, torch_dtype=torch.float32)
    checks.check_whole(folder, model.eval().requires_grad_(False))
    tokenizer = load_pretrained(transformers.CLIPTokenizer, folder, f"{path}: the tokenizer cannot be read")
    settings = folder / "preprocessor_config.json"
    said = read_json(settings, dict[str, Any]) if settings.is_file() else {}
    mean, spread = (
        _three(settings, said.get(name, other), name)
        for name, other in (("image_mean", MEAN), ("image_std", SPREAD))
    )
    return HFGuide(model, tokenizer, folder, mean, spread)


class HFLatent(Latent):
    """The latents of a diffusers autoencoder, decoded; `open_latent` opens one.

    Args:
        vae: an AutoencoderKL.
        path: its folder.
        side: height and width of the pictures.
    """

    name = "latent"
    steps = 200

    def __init__(self, vae: Any, path: Path, side: int = 256, rate: float = 0.05) -> None:
        super().__init__(vae, spread=0.5, rate=rate)
        shrink = 2 ** (len(vae.config.block_out_channels) - 1)
        if side % shrink or not shrink <= side <= 1024:
            raise UserError(
                f"{path} makes pictures of multiples of {shrink} pixels a side up to 1024, not {side}"
            )
        self.side = side
        self.shape = (vae.config.latent_channels, side // shrink, side // shrink)
        self.scaling = float(vae.config.scaling_factor or 1.0)
        self.path = path.name

    def encode(self, pictures: Tensor) -> Tensor:
        """The mean latents (n, channel, row, column) of pictures (n, 3, side, side)."""
        latents: Tensor = self.vae.encode(2 * pictures - 1).latent_dist.mean * self.scaling
        return latents

    def paint(self, parameters: list[Tensor]) -> Tensor:
        """The decoded latents."""
        decoded: Tensor = self.vae.decode(parameters[0] / self.scaling, return_dict=False)[0]
        return (decoded / 2 + 0.5).clamp(0, 1)


def open_latent(path: str | os.PathLike[str], side: int = 256) -> HFLatent:
    """The autoencoder of a Stable Diffusion pipeline, in a local folder; nothing is downloaded.

    Args:
        path: an AutoencoderKL's folder, or a pipeline's, which has it in its folder ``vae``.
        side: height and width of the pictures.

    Raises:
        UserError: diffusers is not installed; no such folder, another kind of model, weights that are missing
            or damaged, a size that does not fit.
    """
    folder = _find_folder(path)
    folder = folder / "vae" if (folder / "vae").is_dir() else folder
    kind = read_json(folder / "config.json", dict[str, Any]).get("_class_name")
    if kind != "AutoencoderKL":
        raise UserError(f"{folder} is a {kind!r}; latents are steered through an 'AutoencoderKL'")
    diffusers = import_library("diffusers")
    failure = f"{path}: the autoencoder cannot be read"
    vae = load_pretrained(diffusers.AutoencoderKL, folder, failure, torch_dtype=torch.float32)
    checks.check_whole(folder, vae.eval())
    return HFLatent(vae, folder, side)


def _find_folder(path: str | os.PathLike[str]) -> Path:
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise UserError(f"there is no folder {path}; a model is read from a local folder, never downloaded")
    if not (folder / "config.json").is_file() and not (folder / "vae").is_dir():
        raise UserError(f"{path} is no model: it has no config.json")
    return folder


def _three(path: Path, value: Any, name: str) -> list[float]:
    if not (
        isinstance(value, list | tuple)
        and len(value) == 3
        and all(isinstance(one, int | float) for one in value)
    ):
        raise UserError(f"{path}: {name} is three numbers, got {value!r}")
    return [float(one) for one in value]
