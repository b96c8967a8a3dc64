"""A page of a steering: its pictures from the start to the end, each with its cosine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nnanim.caption_loop.contact_sheet import SheetTile, arrange_tiles, write_page
from nnanim.images import to_bytes
from nnanim.steering.step import SteeringStep
from nnanim.theme import by_name

TILES = 12
"""How many pictures of each prompt a page shows."""


def write_contact_sheet(
    walk: Sequence[SteeringStep],
    prompts: Sequence[str],
    path: Path,
    real: Sequence[float] = (),
    heading: str = "",
    theme: str = "dark",
) -> Path:
    """Write a page on which every picture has a row of `TILES` moments.

    Args:
        walk: all steps of a run.
        prompts: one for each picture.
        path: where to, .png.
        real: the cosine of real pictures, one for each prompt; they are written below the last moment.
        heading: what stands on top.
        theme: of nnanim.
    """
    chosen = [walk[round(at * (len(walk) - 1) / (TILES - 1))] for at in range(TILES)]
    moments, tiles = list(dict.fromkeys(chosen)), []
    for row, prompt in enumerate(prompts):
        for step in moments:
            picture = step.picture if step.picture.ndim == 3 else step.picture[row]
            cosine = np.ravel(step.cosine)[row]
            last = step is walk[-1]
            note = f"real {real[row]:.2f}" if last and real else prompt if step is walk[0] else ""
            tiles.append(SheetTile(to_bytes(picture), f"{step.step}: {cosine:.2f}", note, last))
    return write_page(arrange_tiles(tiles, heading, by_name(theme), len(moments)), path)
