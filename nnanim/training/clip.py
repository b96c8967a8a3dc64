"""Train CLIP on the small world: ``python -m nnanim.training.clip``.

``--robust`` goes on from clip to the variant fit for guidance. Needs text-encoder.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim import models
from nnanim.data import captions, world
from nnanim.data.world import COLUMNS
from nnanim.models.clip import CLIP
from nnanim.terminal import run_main
from nnanim.training.loop import TrainingRun
from nnanim.training.pictures import TWO, classification_loss, draw_pictures
from nnanim.training.publish import publish_run, round_to_base, round_to_part
from nnanim.training.registry import choose_variant
from nnanim.training.text_encoder import sentences

SEED = 31
STEPS = {"clip": 500, "clip-robust": 200}
NUDGE = 4.0  # L2 length of the adversarial change of a picture


class Seer(nn.Module):
    """CLIP around the finished text encoder and, for training only.

    A linear reading of each attribute from a picture.
    """

    def __init__(self) -> None:
        super().__init__()
        self.clip = CLIP(len(captions.vocabulary()))
        self.clip.text.load_state_dict(models.load("text-encoder").state_dict())
        self.clip.text.requires_grad_(False)
        self.sizes = [len(words) + name.startswith("second") for name, words in COLUMNS.items()]
        self.reading = nn.Linear(128, sum(self.sizes))


def contrastive_loss(logits: Tensor, labels: Tensor, said: Tensor) -> Tensor:
    """Each picture finds its sentence and each sentence its picture; other fitting pairs are left out."""
    fits = ((labels[:, None] == labels[None]) | ~said[None]).all(dim=2)
    fits.fill_diagonal_(False)
    logits = logits.masked_fill(fits, -1e9)
    own = torch.arange(len(logits))
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def attack(
    clip: CLIP, pictures: Tensor, texts: Tensor, steps: int = 2, reach: float | Tensor = NUDGE
) -> Tensor:
    """The pictures, changed by a small step that pulls them away from their sentences.

    After A. Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks" (2018). ``reach``
    is the L2 length of the change, one for all or (batch, 1, 1, 1).
    """
    change = torch.randn_like(pictures) * 0.003
    for _ in range(steps):
        change.requires_grad_(True)
        similarity = (clip.embed_pictures((pictures + change).clamp(0, 1)) * texts).sum()
        (slope,) = torch.autograd.grad(similarity, change)
        with torch.no_grad():
            length = slope.flatten(1).norm(dim=1).clamp(min=1e-9)[:, None, None, None]
            change = change - slope / length * reach / steps * 1.25
            long = change.flatten(1).norm(dim=1)[:, None, None, None] / reach
            change = change / long.clamp(min=1)
    return (pictures + change).clamp(0, 1)


def training(name: str) -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    seer = Seer()
    if name == "clip-robust":
        seer.clip.load_state_dict(models.load("clip").state_dict())
    size = 64 if name == "clip-robust" else 96

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        rows = world.sample(size, rng, two=TWO)
        texts, mask = sentences(rows, rng)
        pictures, labels, said = draw_pictures(rows, rng), torch.from_numpy(rows), torch.from_numpy(mask)
        numbers = torch.from_numpy(captions.encode(texts))
        with torch.no_grad():
            text = seer.clip.embed_numbers(numbers)
        if name == "clip-robust":
            pictures = attack(seer.clip, pictures, text)
        image = seer.clip.embed_pictures(pictures)
        logits = image @ text.T * seer.clip.sharpness.exp().clamp(max=100)
        read = list(seer.reading(8 * image).split(seer.sizes, dim=1))
        return contrastive_loss(logits, labels, said) + classification_loss(read, labels)

    needed = "clip" if name == "clip-robust" else "text-encoder"
    inputs = {needed: models.card(needed).sha256}
    return TrainingRun(name, seer, loss, STEPS[name], rate=1.5e-3, seed=SEED, average=0.99, inputs=inputs)


@torch.no_grad()
def recall(
    clip: CLIP, language: str, two: float = 0.0, held_out: bool = False, n: int = 1000
) -> dict[str, float]:
    """Share of pictures whose own caption is the nearest of ``n`` different ones (recall@1).

    Or among the five nearest.
    """
    rng = np.random.default_rng([SEED, 10**9])
    rows = np.unique(world.sample(2 * n if not held_out else 6 * n, rng, two=two, held_out=held_out), axis=0)
    rows = rows[rng.permutation(len(rows))[:n]]
    texts = clip.embed_texts([captions.caption(row, language) for row in rows])
    pictures = torch.cat([clip.embed_pictures(part) for part in draw_pictures(rows, rng).split(50)])
    order = (pictures @ texts.T).argsort(dim=1, descending=True)
    own = torch.arange(len(rows))[:, None]
    return {f"recall@{k}": (order[:, :k] == own).any(dim=1).float().mean().item() for k in (1, 5)}


def recall_under_attack(clip: CLIP, n: int = 200) -> float:
    """recall@1 among ``n`` English captions of pictures that were nudged against this very model."""
    rng = np.random.default_rng([SEED, 10**9])
    rows = np.unique(world.sample(2 * n, rng), axis=0)
    rows = rows[rng.permutation(len(rows))[:n]]
    torch.manual_seed(SEED)
    with torch.no_grad():
        texts = clip.embed_texts([captions.caption(row) for row in rows])
    right = []
    for at in range(0, n, 50):
        pictures = attack(clip, draw_pictures(rows[at : at + 50], rng), texts[at : at + 50])
        with torch.no_grad():
            right.append((clip.embed_pictures(pictures) @ texts.T).argmax(dim=1) == torch.arange(at, at + 50))
    return torch.cat(right).float().mean().item()


def measure(clip: CLIP) -> dict[str, float]:
    """Recall among 1,000 full captions, in both languages."""
    figures: dict[str, float] = {}
    for language in captions.LANGUAGES:
        for kind, two, held_out in (("one", 0.0, False), ("two", 1.0, False), ("held_out", 0.0, True)):
            found = recall(clip, language, two, held_out)
            figures |= {f"{kind}.{language}.{key}": round(value, 4) for key, value in found.items()}
    figures["nudged.en.recall@1"] = round(recall_under_attack(clip), 4)
    return figures


def main() -> None:
    """Train, measure, write weights and card."""
    run = training(choose_variant("clip"))
    seer = run.run()
    robust = run.name == "clip-robust"
    if robust:
        kept = round_to_base(seer.clip, "clip")
    else:
        kept = round_to_part(seer.clip, "text-encoder", under="text.")
        kept["arguments"] = {"words": len(captions.vocabulary())}
    publish_run(
        run,
        seer.clip,
        **kept,
        title={
            "en": "CLIP of the small world" + " (robust)" * robust,
            "ja": "小さな世界のCLIP" + "（頑健）" * robust,
        },
        data="the small world and its captions in English and Japanese, drawn afresh at every step",
        figures=measure(seer.clip),
        notes="The text encoder is that of text-encoder, kept as it was while the image encoder learnt. "
        "Beside the contrastive loss a "
        "linear reading of the attributes from the picture's embedding was trained and dropped. "
        "recall@1: among 1,000 different full captions." + " Trained on pictures nudged against it." * robust,
    )


if __name__ == "__main__":
    run_main(main)
