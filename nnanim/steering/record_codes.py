"""What the film of the codebook shows, in one Trace: a picture as codes, and codes steered by a sentence."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim import models
from nnanim.errors import UserError
from nnanim.images import Floats
from nnanim.models.world_vae import SIDE
from nnanim.steering.codes import CodeLogits, Codes
from nnanim.steering.engine import steer
from nnanim.steering.guide import WorldGuide
from nnanim.threads import one_thread
from nnanim.trace import Trace

TILE = 8
"""Side of a tile in pixels: what the decoder paints of one cell."""

NEARER = 1.05
"""Factor by which the picture grows from one picture of the zoom to the next."""

ZOOM_STEPS, ZOOM_RATE = 4, 0.12
"""Steps on each picture of the zoom, and their rate."""


@one_thread()
def record_codes(
    prompt: str, picture: Floats, *, seed: int = 0, steps: int | None = None, zooms: int = 24
) -> Trace:
    """A picture written in codes, then codes steered towards a sentence.

    Args:
        prompt: the sentence.
        picture: (64, 64, 3), 0..1, that is written in codes.
        seed: of the codes that the steering begins with.
        steps: of the steering; the generator's own number when None.
        zooms: how many pictures the zoom has.

    Returns:
        A Trace with ``picture``, its ``latents`` (4, 8, 8), ``numbers`` (8, 8) of their codes, what is
        decoded from them without and with ``rounded`` codes, ``rebuilt`` and ``written`` (64, 64, 3); the
        ``codes`` (512, 4) and their ``tiles`` (512, 8, 8, 3); of the steering after each step ``steered``
        (step, 64, 64, 3), ``steered.latents`` (step, 4, 8, 8), ``steered.numbers`` (step, 8, 8) and
        ``cosine`` (step,); the slope of the cosine at the start, ``slope`` (64, 64, 3) at the picture and
        ``slope.latents`` (4, 8, 8); the cosine of ``real`` pictures; ``zoom`` (zooms, 64, 64, 3) with
        ``zoom.cosine``; ``aleph`` (64, 64, 3), steered through logits, with ``aleph.cosine``.

    Raises:
        UserError: a sentence that the guide cannot steer by, a picture of another shape.
    """
    if np.shape(picture) != (SIDE, SIDE, 3):
        raise UserError(f"a picture of shape {np.shape(picture)}; ({SIDE}, {SIDE}, 3) wanted")
    guide, generator = WorldGuide(), Codes()
    found = _write(generator, np.asarray(picture, dtype=np.float32))
    found |= {"codes": generator.book.codes.numpy(), "tiles": paint_tiles(generator)}
    found |= _steer(prompt, generator, guide, seed, steps)
    *_, aleph = steer(prompt, CodeLogits(), guide=guide, seed=seed, steps=steps)
    found |= {"aleph": aleph.picture, "aleph.cosine": np.array(aleph.cosine)}
    zoom = list(zoom_in(prompt, found["steered"][-1], guide, seed, zooms))
    found |= {"zoom": np.stack([one for one, _ in zoom]), "zoom.cosine": np.array([c for _, c in zoom])}
    found["real"] = np.array(guide.cosine_of_real(prompt))
    return Trace.of(found, axes=_axes(found), provenance=_provenance(generator, guide, seed))


def _write(generator: Codes, picture: Floats) -> dict[str, Any]:
    """A picture through the autoencoder, without and with codes."""
    pictures = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None]
    with torch.no_grad():
        latents = generator.vae.encode(pictures)[0]
        rebuilt, written = generator.vae.decode(latents), generator.paint([latents])
        return {
            "picture": picture, "latents": latents[0].numpy(), "rebuilt": _plain(rebuilt)[0],
            "rounded": generator.book(latents)[0].numpy(), "written": _plain(written)[0],
            "numbers": generator.find_numbers([latents])[0].numpy(),
        }  # fmt: skip


@torch.no_grad()
def paint_tiles(generator: Codes) -> Floats:
    """(codes, 8, 8, 3) a tile of each code: the middle of the picture in which every cell is that code."""
    numbers = torch.arange(len(generator.book.codes))[:, None, None].expand(-1, 4, 4)
    pictures = [generator.vae.decode(generator.book.look_up(part)) for part in numbers.split(128)]
    middle = slice(TILE, 2 * TILE)
    return _plain(torch.cat(pictures))[:, middle, middle]


def _steer(prompt: str, generator: Codes, guide: WorldGuide, seed: int, count: int | None) -> dict[str, Any]:
    """Each step of a steering, and the slope of the cosine at its start."""
    steps = list(steer(prompt, generator, guide=guide, seed=seed, steps=count))
    latents = torch.from_numpy(np.stack([step.parameters[0] for step in steps]))
    first = latents[:1].clone().requires_grad_()
    painted = generator.paint([first])
    seen = painted.detach().requires_grad_()
    cosine = (guide.embed_pictures(seen) * guide.embed_texts([prompt])).sum()
    (slope,) = torch.autograd.grad(cosine, seen)
    (inner,) = torch.autograd.grad(painted, first, slope)
    return {
        "steered": np.stack([step.picture for step in steps]), "steered.latents": latents.numpy(),
        "steered.numbers": generator.find_numbers([latents]).numpy(),
        "cosine": np.array([step.cosine for step in steps]), "slope": _plain(slope)[0],
        "slope.latents": inner[0].numpy(),
    }  # fmt: skip


def zoom_in(
    prompt: str, picture: Floats, guide: WorldGuide, seed: int, count: int
) -> Iterator[tuple[Floats, float]]:
    """``count`` pictures (64, 64, 3) and cosines: each the one before, a little nearer and steered."""
    generator = Codes(ZOOM_RATE)
    view = torch.tensor([[[1 / NEARER, 0, 0], [0, 1 / NEARER, 0]]])
    for at in range(count):
        before = torch.from_numpy(np.array(picture, dtype=np.float32)).permute(2, 0, 1)[None]
        places = F.affine_grid(view, list(before.shape), align_corners=False)
        nearer = F.grid_sample(before, places, padding_mode="border", align_corners=False).clamp(0, 1)
        start = _plain(nearer)[0]
        *_, last = steer(prompt, generator, guide=guide, steps=ZOOM_STEPS, seed=seed + at, init_image=start)
        picture = last.picture
        yield picture, float(last.cosine)


def _plain(pictures: Tensor) -> Floats:
    array: Floats = pictures.detach().permute(0, 2, 3, 1).contiguous().numpy()
    return array


def _axes(found: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(f"axis {i}" for i in range(np.ndim(value))) for name, value in found.items()}


def _provenance(generator: Codes, guide: WorldGuide, seed: int) -> dict[str, Any]:
    also = ("world-vae", "clip-guide")
    return {
        "model": "codebook", "parameters": models.card("codebook").parameters,
        "also": {name: models.card(name).parameters for name in also}, "seed": seed,
        "computed_with": "torch",
        "versions": {
            "torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version(),
        },
    }  # fmt: skip
