"""What the film of SIREN shows, in one Trace: a network of sines that is steered until it is a picture."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim import models
from nnanim.errors import UserError
from nnanim.images import Floats
from nnanim.steering.crops import crops
from nnanim.steering.engine import steer
from nnanim.steering.guide import WorldGuide
from nnanim.steering.siren import Siren, places
from nnanim.threads import one_thread
from nnanim.trace import Trace

VIEWS = 5
"""How many views of the finished picture are kept."""


@one_thread()
def record_siren(
    prompt: str,
    *,
    seed: int = 0,
    steps: int | None = None,
    pixel: tuple[int, int] = (24, 32),
    window: tuple[int, int, int] = (16, 24, 12),
    finer: int = 16,
    side: int = 256,
) -> Trace:
    """A network of sines, steered towards a sentence, with all that happens inside.

    Args:
        prompt: the sentence.
        seed: of the first weights and of the views.
        steps: of the steering; the generator's own number when None.
        pixel: row and column of the place that is followed through the network.
        window: first row, first column and height of a square part of the picture.
        finer: how many places there are in the width of a pixel, where that part is painted again.
        side: height and width at which the whole picture is painted again.

    Returns:
        A Trace with ``steered`` (step, 64, 64, 3) and ``cosine`` (step,) of the start and after each step,
        the cosine of ``real`` pictures, and ``slope`` (64, 64, 3) of the cosine at the first picture; for
        every layer k of the network ``slopes.k`` (out, in) of the cosine at its first weights, ``weights.k``
        (out, in) as they are in the end, and ``values.k`` (out,) at the followed ``place`` (2,), the sines or
        at last red, green and blue; ``place.x``, ``place.y`` (64, 64); of the first and the last layer of
        sines ``waves.first``, ``waves.last`` (neuron, 64, 64); ``views`` (view, 64, 64, 3) of the finished
        picture as the guide sees them; ``window.fine`` and ``large``, painted again by the same weights; and
        ``judge`` (things,), what the judge sees.

    Raises:
        UserError: a sentence that the guide cannot steer by, or places outside the picture.
    """
    guide, siren = WorldGuide(), Siren()
    row, column, height = window
    if not (min(*pixel, row, column) >= 0 and max(pixel) < siren.side >= max(row, column) + height):
        raise UserError(f"pixel {pixel} and window {window} do not lie in {siren.side}×{siren.side} pixels")
    walk = list(steer(prompt, siren, guide=guide, seed=seed, steps=steps))
    first, last = ([torch.from_numpy(one)[None] for one in walk[at].parameters] for at in (0, -1))
    found: dict[str, Any] = {
        "steered": np.stack([step.picture for step in walk]),
        "cosine": np.array([step.cosine for step in walk]),
        "real": np.array(guide.cosine_of_real(prompt)),
        "slope": _slope(guide, prompt, walk[0].picture),
    }
    found |= _slopes(siren, first, found["slope"])
    with torch.no_grad():
        found |= _inside(siren, last, pixel)
        found |= _again(siren, last, window, finer, side, seed)
        verdict: Any = models.load("judge")(torch.from_numpy(walk[-1].picture).permute(2, 0, 1)[None])
        found["judge"] = verdict[0][0].softmax(0).numpy()
    axes = {name: tuple(f"axis {i}" for i in range(np.ndim(value))) for name, value in found.items()}
    return Trace.of(found, axes=axes, provenance=_provenance(last, seed))


def _slope(guide: WorldGuide, prompt: str, picture: Floats) -> Floats:
    """(64, 64, 3) the slope of the cosine at a picture; what is steered by holds the rivals, too."""
    seen = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].requires_grad_()
    cosine = (guide.embed_pictures(seen) * guide.embed_texts([prompt])).sum()
    (slope,) = torch.autograd.grad(cosine, seen)
    return np.ascontiguousarray(slope[0].permute(1, 2, 0).numpy())


def _slopes(siren: Siren, weights: list[Tensor], slope: Floats) -> dict[str, Floats]:
    """The slope at the picture, carried back to the weights of every layer."""
    leaves = [one.detach().requires_grad_() for one in weights]
    pull = torch.from_numpy(slope).permute(2, 0, 1)[None]
    found = torch.autograd.grad(siren.paint(leaves), leaves, pull)
    return {f"slopes.{at // 2}": found[at][0].T.numpy() for at in range(0, len(found), 2)}


def _inside(siren: Siren, weights: list[Tensor], pixel: tuple[int, int]) -> dict[str, Floats]:
    """Weights, one place on its way through the network, and what neurons give at all places."""
    spots, n = places(siren.side), siren.side
    place = spots[pixel[0] * n + pixel[1]][None]
    found = {f"weights.{at // 2}": weights[at][0].T.numpy() for at in range(0, len(weights), 2)}
    found |= {f"values.{k}": one[0, 0].numpy() for k, one in enumerate(siren.layers(weights, place))}
    waves = [one[0].T.reshape(-1, n, n).numpy() for one in siren.layers(weights, spots)[:-1]]
    maps = {f"place.{name}": spots[:, k].reshape(n, n).numpy() for k, name in enumerate("xy")}
    return {**found, **maps, "place": place[0].numpy(), "waves.first": waves[0], "waves.last": waves[-1]}


def _again(
    siren: Siren, weights: list[Tensor], window: tuple[int, int, int], finer: int, side: int, seed: int
) -> dict[str, Floats]:
    """The same weights, seen a little off, asked at finer places, and painted large."""
    picture = siren.paint(weights)
    rngs = [torch.Generator().manual_seed(seed + at) for at in range(VIEWS)]
    views = crops(picture.expand(VIEWS, -1, -1, -1), siren.scale, siren.shift, rngs)
    row, column, height = window
    fine = siren.paint_large(weights, siren.side * finer)[0]
    part = fine[:, row * finer : (row + height) * finer, column * finer : (column + height) * finer]
    large = siren.paint_large(weights, side)[0]
    found = {"views": views, "window.fine": part, "large": large}
    return {name: np.ascontiguousarray(one.movedim(-3, -1).numpy()) for name, one in found.items()}


def _provenance(weights: list[Tensor], seed: int) -> dict[str, Any]:
    also = ("clip-guide", "text-encoder", "judge")
    return {
        "model": "SIREN", "parameters": sum(one.numel() for one in weights),
        "also": {name: models.card(name).parameters for name in also}, "seed": seed,
        "computed_with": "torch",
        "versions": {
            "torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version(),
        },
    }  # fmt: skip
