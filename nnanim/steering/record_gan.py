"""What the film of steering shows of a GAN: a style, two styles in one picture, words that pull."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnanim import models
from nnanim.models.style_generator import StyleGenerator
from nnanim.steering.engine import steer
from nnanim.steering.gan import Styles
from nnanim.steering.generator import draw
from nnanim.steering.guide import WorldGuide

ROWS, COLUMNS = 3, 5
"""Styles that all layers but the last are told, and styles for the last one."""


def record_gan(prompt: str, guide: WorldGuide, seed: int = 0, steps: int | None = None) -> dict[str, Any]:
    """A GAN at work and steered towards a sentence.

    Args:
        prompt: the sentence.
        guide: what steers.
        seed: of all noise.
        steps: of the steering; the generator's own number when None.

    Returns:
        ``gan.noise`` (64,), its ``gan.style`` (128,) and ``gan.picture`` (64, 64, 3); ``gan.rows`` (3, …) and
        ``gan.columns`` (5, …) pictures of one style each, ``gan.mixed`` (3, 5, …) with the row's style in all
        layers but the last and the column's there, and what the judge sees in them: ``gan.rows.thing`` (3,),
        ``gan.columns.colour`` (5,), ``gan.mixed.thing`` and ``gan.mixed.colour`` (3, 5), indices of classes;
        of the steering after each step ``gan.steered`` (step, 64, 64, 3) and ``gan.cosine`` (step,).
    """
    taken = list(steer(prompt, Styles(), guide=guide, seed=seed, steps=steps))
    return {
        "gan.steered": np.stack([one.picture for one in taken]),
        "gan.cosine": np.array([one.cosine for one in taken]),
        **mix_styles(Styles(), seed),
    }


@torch.no_grad()
def mix_styles(styles: Styles, seed: int) -> dict[str, Any]:
    """Pictures of some styles, and of each two of them."""
    generator: StyleGenerator = styles.generator
    rngs = [torch.Generator().manual_seed(seed + at) for at in range(ROWS + COLUMNS)]
    (told,) = styles.start(rngs)  # (styles, layers, 128)
    rows, columns = told[:ROWS], told[ROWS:]
    mixed = rows[:, None].repeat(1, COLUMNS, 1, 1)
    mixed[:, :, -1] = columns[None, :, -1]
    painted = styles.paint([torch.cat([told, mixed.flatten(0, 1)])])
    seen = [logits.argmax(1) for logits in models.load("judge")(painted)[:2]]
    thing, colour = (_part(one) for one in seen)
    pictures = _part(painted.permute(0, 2, 3, 1).contiguous())
    noise = draw([torch.Generator().manual_seed(seed)], (generator.NOISE,))
    return {
        "gan.noise": noise[0].numpy(), "gan.style": told[0, 0].numpy(), "gan.picture": pictures[0][0],
        "gan.rows": pictures[0], "gan.columns": pictures[1], "gan.mixed": pictures[2],
        "gan.rows.thing": thing[0], "gan.columns.colour": colour[1],
        "gan.mixed.thing": thing[2], "gan.mixed.colour": colour[2],
    }  # fmt: skip


def _part(values: Tensor) -> tuple[Any, Any, Any]:
    """Those of the rows, of the columns, and of both, (rows, columns, …)."""
    array = values.numpy()
    return (
        array[:ROWS],
        array[ROWS : ROWS + COLUMNS],
        array[ROWS + COLUMNS :].reshape(ROWS, COLUMNS, *array.shape[1:]),
    )
