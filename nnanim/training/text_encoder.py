"""Train the text encoder of the small world: ``python -m nnanim.training.text_encoder`` (about a minute).

It learns to say every attribute of a picture from its caption, and to put the English and the Japanese
caption of a picture in the same place. CLIP then keeps it as it is and learns to see (as in X. Zhai et al.,
"LiT", 2022, with the towers' roles exchanged), and the U-Net that paints is told by it.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.data import captions, world
from nnanim.data.world import COLUMNS, NONE, Labels
from nnanim.models.clip import TextEncoder
from nnanim.terminal import run_main
from nnanim.training.loop import TrainingRun
from nnanim.training.pictures import targets
from nnanim.training.publish import publish_run, round_small

NAME = "text-encoder"
SEED = 29
STEPS = 700


class Student(nn.Module):
    """The text encoder and, for training only, a linear reading of each attribute from its embedding.

    The reading has two classes more than the world: there is none, and it is not said.
    """

    def __init__(self) -> None:
        super().__init__()
        self.text = TextEncoder(len(captions.vocabulary()))
        self.sizes = [len(words) + 2 for words in COLUMNS.values()]
        self.reading = nn.Linear(128, sum(self.sizes))

    def read(self, embedding: Tensor) -> tuple[Tensor, ...]:
        """Logits for every attribute, 8 times (batch, classes)."""
        return self.reading(8 * F.normalize(embedding, dim=1)).split(self.sizes, dim=1)


def sentences(rows: Labels, rng: np.random.Generator, full: float = 0.6) -> tuple[list[str], np.ndarray]:
    """A caption for each row, in either language, and which attributes it says: (n, 8)."""
    texts, said = [], np.zeros(rows.shape, dtype=bool)
    names = list(COLUMNS)[:6]
    for row, mask in zip(rows, said, strict=True):
        kept = (
            set(names) if rng.random() < full else {"thing", *(name for name in names if rng.random() < 0.6)}
        )
        texts.append(captions.caption(row, captions.LANGUAGES[rng.integers(2)], kept))
        mask[:6] = [name in kept for name in names]
        mask[6], mask[7] = True, mask[1]
        mask[2:4] &= row[6] == NONE
    return texts, said


def reading_loss(student: Student, embedding: Tensor, labels: Tensor, said: Tensor) -> Tensor:
    """Cross-entropy of every attribute; what was not said is the last class."""
    losses = []
    for column, logits in enumerate(student.read(embedding)):
        wanted = torch.where(said[:, column], targets(labels, column), logits.shape[1] - 1)
        losses.append(F.cross_entropy(logits, wanted))
    return torch.stack(losses).mean()


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    student = Student()

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        rows = world.sample(96, rng, two=0.3)
        texts, mask = sentences(rows, rng)
        _, embedding = student.text(torch.from_numpy(captions.encode(texts)))
        read = reading_loss(student, embedding, torch.from_numpy(rows), torch.from_numpy(mask))
        pairs = [captions.caption(row, language) for language in captions.LANGUAGES for row in rows[:32]]
        both = F.normalize(student.text(torch.from_numpy(captions.encode(pairs)))[1], dim=1)
        english, japanese = both.chunk(2)
        apart = 12 * english @ japanese.T
        own = torch.arange(len(apart))
        return read + 0.2 * (F.cross_entropy(apart, own) + F.cross_entropy(apart.T, own))

    return TrainingRun(NAME, student, loss, STEPS, rate=1.5e-3, seed=SEED, average=0.99)


@torch.no_grad()
def measure(text: TextEncoder, n: int = 1000) -> dict[str, float]:
    """Among n different pictures, half of them of combinations never trained on.

    The share whose Japanese caption is nearest to the English.
    """
    rng = np.random.default_rng([SEED, 10**9])
    rows = np.concatenate([world.sample(n, rng, two=0.3, held_out=held_out) for held_out in (False, True)])
    rows = np.unique(rows, axis=0)
    rows = rows[rng.permutation(len(rows))[:n]]
    places = []
    for language in captions.LANGUAGES:
        texts = [captions.caption(row, language) for row in rows]
        places.append(F.normalize(text(torch.from_numpy(captions.encode(texts)))[1], dim=1))
    nearest = (places[0] @ places[1].T).argmax(dim=1)
    return {"translation_recall@1": round((nearest == torch.arange(n)).float().mean().item(), 4)}


def main() -> None:
    """Train, measure, write weights and card."""
    run = training()
    student = run.run()
    kept = round_small(student.text)
    publish_run(
        run,
        student.text,
        **kept,
        title={"en": "Text encoder of the small world", "ja": "小さな世界のテキストエンコーダ"},
        arguments={"words": len(captions.vocabulary())},
        data="captions of the small world in English and Japanese, written afresh at every step",
        figures=measure(student.text),
        notes="clip holds the same text encoder; the U-Net of world-diffusion is told by it. "
        "translation_recall@1: share of 1,000 "
        "captions whose Japanese wording is the nearest of all to the English one.",
    )


if __name__ == "__main__":
    run_main(main)
