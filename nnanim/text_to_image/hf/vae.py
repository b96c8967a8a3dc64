"""A diffusers autoencoder between pictures and latents of variance about 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from nnanim.images import Floats


@torch.no_grad()
def decode(vae: Any, latents: Floats) -> Floats:
    """Pictures (…, height, width, 3), 0..1, of latents (…, channel, row, column), each decoded alone."""
    values = torch.tensor(latents, dtype=torch.float32).to(vae.device)
    each = _unscale(vae, values.reshape(-1, 1, *values.shape[-3:]))
    with _full_precision(vae):
        pixels = torch.cat(
            [vae.decode(one.to(vae.dtype), return_dict=False)[0].float().cpu() for one in each]
        )
    pixels = (pixels / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1)
    pictures: Floats = pixels.reshape(*values.shape[:-3], *pixels.shape[1:]).numpy()
    return pictures


@torch.no_grad()
def encode(vae: Any, picture: Floats) -> Tensor:
    """The mean latents (channel, row, column) of a picture (height, width, 3), 0..1, that fits."""
    pixels = torch.tensor(picture.transpose(2, 0, 1))[None] * 2 - 1
    with _full_precision(vae):
        mean = vae.encode(pixels.to(vae.device, vae.dtype)).latent_dist.mean.float()
    shift, spread = _scale(vae, mean)
    return ((mean - shift) / spread).cpu()[0]


def _unscale(vae: Any, latents: Tensor) -> Tensor:
    """Latents as the autoencoder has them."""
    shift, spread = _scale(vae, latents)
    return latents * spread + shift


def _scale(vae: Any, like: Tensor) -> tuple[Tensor, Tensor]:
    mean, spread = vae.config.get("latents_mean"), vae.config.get("latents_std")
    both = (mean, spread) if mean is not None and spread is not None else ([0.0], [1.0])
    shift, width = (torch.tensor(one).to(like).reshape(-1, 1, 1) for one in both)
    return shift, width / vae.config.scaling_factor


@contextmanager
def _full_precision(vae: Any) -> Iterator[None]:
    """An autoencoder that overflows in float16 computes in float32."""
    upcast = vae.dtype == torch.float16 and vae.config.get("force_upcast", False)
    try:
        if upcast:
            vae.to(torch.float32)
        yield
    finally:
        if upcast:
            vae.to(torch.float16)
