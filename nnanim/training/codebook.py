"""Find the codebook of the small world by k-means: ``python -m nnanim.training.codebook`` (half a minute).

Needs world-vae and judge. Nothing is trained: the latents of many pictures are clouds of points with four
coordinates, and the codes are the middles of 512 clusters (S. Lloyd, "Least Squares Quantization in PCM",
1982). Begun anew, the search gives the same codes, so that there is no checkpoint.
"""

from __future__ import annotations

import math
import time

import numpy as np
import torch
from torch import Tensor, nn

from nnanim import models
from nnanim.models.codebook import Codebook
from nnanim.terminal import run_main
from nnanim.training.pictures import batch, judge_pictures
from nnanim.training.publish import publish, round_to_half
from nnanim.training.world_vae import signal_to_noise

NAME = "codebook"
SEED = 41
CODES = 512
PICTURES = 3000  # whose latents are gathered, 64 cells each
ROUNDS = 30


@torch.no_grad()
def gather_cells(count: int, seed: list[int]) -> Tensor:
    """Latents of pictures of the small world, one row a cell: (64 · count, 4)."""
    vae, rng = models.load("world-vae"), np.random.default_rng(seed)
    latents = [vae.encode(batch(100, rng)[0])[0] for _ in range(count // 100)]  # type: ignore[operator]
    return torch.cat(latents).permute(0, 2, 3, 1).reshape(-1, 4)


def find_clusters(cells: Tensor, count: int, rounds: int = ROUNDS) -> Tensor:
    """Middles (count, width) of clusters of cells (n, width): Lloyd's rounds from cells drawn by lot.

    A cluster that loses all of its cells begins again at the cells that are farthest from their middles.
    """
    middles = cells[torch.randperm(len(cells))[:count]].clone()
    for _ in range(rounds):
        found = [torch.cdist(part, middles).min(1) for part in cells.split(20_000)]
        distance, owner = torch.cat([one.values for one in found]), torch.cat([one.indices for one in found])
        sizes = torch.bincount(owner, minlength=count)
        sums = torch.zeros_like(middles).index_add_(0, owner, cells)
        middles = sums / sizes.clamp(min=1)[:, None]
        if empty := int((sizes == 0).sum()):
            middles[sizes == 0] = cells[distance.topk(empty).indices]
    return middles


@torch.no_grad()
def measure(book: nn.Module) -> dict[str, float]:
    """Faithfulness of pictures that went through the codes, how many codes are used, what the judge sees.

    ``psnr`` in decibels, ``error`` the mean square between latents and codes, ``bits`` the entropy of a code.
    """
    assert isinstance(book, Codebook)
    vae, judge = models.load("world-vae"), models.load("judge")
    figures: dict[str, float] = {}
    for kind, two, held_out in (("one", 0.0, False), ("two", 1.0, False), ("held_out", 0.0, True)):
        pictures, labels = batch(300, np.random.default_rng([SEED, 10**9]), two=two, held_out=held_out)
        latents = torch.cat([vae.encode(part)[0] for part in pictures.split(50)])  # type: ignore[operator]
        rounded = book(latents)
        made = torch.cat([vae.decode(part) for part in rounded.split(50)])  # type: ignore[operator]
        numbers = book.find_nearest(latents).flatten()
        share = torch.bincount(numbers, minlength=len(book.codes)) / len(numbers)
        figures |= {
            f"{kind}.psnr": signal_to_noise(made, pictures),
            f"{kind}.error": float((rounded - latents).square().mean()),
            f"{kind}.used": int((share > 0).sum()),
            f"{kind}.bits": float(torch.special.entr(share).sum()) / math.log(2),
        }
        figures |= {f"{kind}.{name}": seen for name, seen in judge_pictures(judge, made, labels).items()}
    return {name: round(value, 4) for name, value in figures.items()}


def main() -> None:
    """Gather latents, find the codes, measure, write weights and card."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    clock = time.process_time()
    book = Codebook(CODES)
    with torch.no_grad():
        book.codes.copy_(find_clusters(gather_cells(PICTURES, [SEED]), CODES))
    minutes = (time.process_time() - clock) / 60
    round_to_half(book)
    card = publish(
        book,
        NAME,
        half=True,
        title={"en": "Codebook of the small world", "ja": "小さな世界のコードブック"},
        arguments={"size": CODES},
        data=f"latents of {PICTURES:,} pictures of the small world by world-vae: {64 * PICTURES:,} cells",
        licence="MIT",
        seed=SEED,
        minutes=round(minutes, 2),
        figures=measure(book),
        notes="512 codes of four numbers, found by k-means: a picture is 64 of them, 576 bits. psnr: of "
        "pictures that went through world-vae and the codes, in decibels; error: mean square between latents "
        "and their codes; used: codes that 300 pictures need; bits: entropy of a code, at most 9; other "
        "figures: the share in which the judge still sees the attribute.",
    )
    print(card.figures)


if __name__ == "__main__":
    run_main(main)
