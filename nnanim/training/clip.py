"""Train CLIP on the small world: ``python -m nnanim.training.clip`` (``--robust`` for the variant fit for guidance)."""

from __future__ import annotations

import sys

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.data import captions, world
from nnanim.data.world import COLUMNS, NONE, Labels
from nnanim.models.clip import CLIP
from nnanim.training.loop import Run
from nnanim.training.pictures import TWO, drawn, targets
from nnanim.training.publish import publish, rounded

SEED = 31
STEPS = {"clip": 1200, "clip-robust": 1000}
NUDGE = 4.0  # L2 length of the adversarial change of a picture


class Student(nn.Module):
    """CLIP and, for training only, a linear reading of each attribute from the embeddings.

    The reading of texts has one class more than the world: the attribute is not said.
    """

    def __init__(self) -> None:
        super().__init__()
        self.clip = CLIP(len(captions.vocabulary()))
        self.sizes = [len(words) + 2 for words in COLUMNS.values()]
        self.reading = nn.Linear(128, sum(self.sizes))


def sentences(rows: Labels, rng: np.random.Generator, full: float = 0.6) -> tuple[list[str], np.ndarray]:
    """A caption for each row, in either language, and which attributes it says: (n, 8)."""
    texts, said = [], np.zeros(rows.shape, dtype=bool)
    names = list(COLUMNS)[:6]
    for row, mask in zip(rows, said, strict=True):
        kept = set(names) if rng.random() < full else {"thing", *(name for name in names if rng.random() < 0.6)}
        texts.append(captions.caption(row, captions.LANGUAGES[rng.integers(2)], kept))
        mask[:6] = [name in kept for name in names]
        mask[6], mask[7] = True, mask[1]
        mask[2:4] &= row[6] == NONE
    return texts, said


def reading_loss(student: Student, embedding: Tensor, labels: Tensor, said: Tensor) -> Tensor:
    """Cross-entropy of every attribute; what was not said is the last class."""
    losses = []
    for column, logits in enumerate(student.reading(8 * embedding).split(student.sizes, dim=1)):
        wanted = torch.where(said[:, column], targets(labels, column), logits.shape[1] - 1)
        losses.append(F.cross_entropy(logits, wanted))
    return torch.stack(losses).mean()


def contrastive_loss(logits: Tensor, labels: Tensor, said: Tensor) -> Tensor:
    """Each picture finds its sentence and each sentence its picture; other fitting pairs are left out."""
    fits = ((labels[:, None] == labels[None]) | ~said[None]).all(dim=2)
    fits.fill_diagonal_(False)
    logits = logits.masked_fill(fits, -1e9)
    own = torch.arange(len(logits))
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def nudged(clip: CLIP, pictures: Tensor, texts: Tensor, steps: int = 2) -> Tensor:
    """The pictures, changed by a small step that pulls them away from their sentences (A. Madry et al., 2018)."""
    change = torch.randn_like(pictures) * 0.003
    for _ in range(steps):
        change.requires_grad_(True)
        similarity = (clip.embed_pictures((pictures + change).clamp(0, 1)) * texts).sum()
        (slope,) = torch.autograd.grad(similarity, change)
        with torch.no_grad():
            length = slope.flatten(1).norm(dim=1).clamp(min=1e-9)[:, None, None, None]
            change = change - slope / length * NUDGE / steps * 1.25
            long = (change.flatten(1).norm(dim=1) / NUDGE).clamp(min=1)[:, None, None, None]
            change = change / long
    return (pictures + change).clamp(0, 1)


def training(name: str) -> Run:
    torch.manual_seed(SEED)
    student = Student()
    size = 64 if name == "clip-robust" else 128

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        rows = world.sample(size, rng, two=TWO)
        texts, mask = sentences(rows, rng)
        pictures, labels, said = drawn(rows, rng), torch.from_numpy(rows), torch.from_numpy(mask)
        numbers = torch.from_numpy(captions.encode(texts))
        text = student.clip.embed_numbers(numbers)
        if name == "clip-robust":
            pictures = nudged(student.clip, pictures, text.detach())
        image = student.clip.embed_pictures(pictures)
        everything = torch.ones_like(said)
        everything[:, 2:4] = (labels[:, 6] == NONE)[:, None]
        logits = image @ text.T * student.clip.sharpness.exp().clamp(max=100)
        read = reading_loss(student, text, labels, said) + reading_loss(student, image, labels, everything)
        return contrastive_loss(logits, labels, said) + read / 2

    return Run(name, student, loss, STEPS[name], rate=1.5e-3, seed=SEED, average=0.99)


@torch.no_grad()
def recall(clip: CLIP, language: str, two: float = 0.0, held_out: bool = False, n: int = 1000) -> dict[str, float]:
    """Share of pictures whose own caption is the nearest of ``n`` different ones (recall@1), or among the five nearest."""
    rng = np.random.default_rng([SEED, 10**9])
    rows = np.unique(world.sample(2 * n if not held_out else 6 * n, rng, two=two, held_out=held_out), axis=0)
    rows = rows[rng.permutation(len(rows))[:n]]
    texts = clip.embed_texts([captions.caption(row, language) for row in rows])
    pictures = torch.cat([clip.embed_pictures(part) for part in drawn(rows, rng).split(50)])
    order = (pictures @ texts.T).argsort(dim=1, descending=True)
    own = torch.arange(len(rows))[:, None]
    return {f"recall@{k}": (order[:, :k] == own).any(dim=1).float().mean().item() for k in (1, 5)}


def measured(clip: CLIP) -> dict[str, float]:
    """Recall among 1,000 full captions, in both languages."""
    figures = {}
    for language in captions.LANGUAGES:
        for kind, two, held_out in (("one", 0.0, False), ("two", 1.0, False), ("held_out", 0.0, True)):
            found = recall(clip, language, two, held_out)
            figures |= {f"{kind}.{language}.{key}": round(value, 4) for key, value in found.items()}
    return figures


def main() -> None:
    torch.set_num_threads(1)
    name = "clip-robust" if "--robust" in sys.argv[1:] else "clip"
    run = training(name)
    student = run.run()
    assert isinstance(student, Student)
    rounded(student.clip)
    robust = name == "clip-robust"
    card = publish(
        student.clip,
        name,
        half=True,
        title={"en": "CLIP of the small world" + " (robust)" * robust, "ja": "小さな世界のCLIP" + "（頑健）" * robust},
        arguments={"words": len(captions.vocabulary())},
        data="the small world and its captions in English and Japanese, drawn afresh at every step",
        licence="MIT",
        command="python -m nnanim.training.clip" + " --robust" * robust,
        seed=SEED,
        minutes=round(run.minutes, 1),
        figures=measured(student.clip),
        notes="Beside the contrastive loss, a linear reading of the attributes from both embeddings was trained and dropped. "
        "recall@1: among 1,000 different full captions." + " Trained on pictures nudged against it." * robust,
    )
    print(card.figures)


if __name__ == "__main__":
    main()
