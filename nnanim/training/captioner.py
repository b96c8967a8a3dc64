"""Train the captioner: ``python -m nnanim.training.captioner``.

Needs clip, whose image encoder it keeps as it is.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim import models
from nnanim.data import captions, world
from nnanim.data.world import COLUMNS
from nnanim.models.captioner import Captioner
from nnanim.terminal import run_main
from nnanim.training.loop import TrainingRun
from nnanim.training.pictures import TWO, draw_pictures
from nnanim.training.publish import publish_run, round_to_part

NAME = "captioner"
SEED = 51
STEPS = 1000


def rows_of(texts: list[str], languages: list[str]) -> Tensor:
    """Word numbers with the language in front, (n, 20)."""
    numbers = torch.from_numpy(captions.encode(texts))
    starts = torch.tensor([captions.SPECIAL.index(f"<{language}>") for language in languages])
    return torch.cat([starts[:, None], numbers[:, :-1]], dim=1)


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model = Captioner(len(captions.vocabulary()))
    model.image.load_state_dict(models.load("clip").image.state_dict())
    model.image.requires_grad_(False).eval()

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        rows = world.sample(64, rng, two=TWO)
        with torch.no_grad():
            tokens, _ = model.image(draw_pictures(rows, rng))
        languages = [captions.LANGUAGES[k] for k in rng.integers(0, 2, len(rows))]
        texts = [captions.caption(row, language) for row, language in zip(rows, languages, strict=True)]
        numbers = rows_of(texts, languages)
        wanted = torch.from_numpy(captions.encode(texts))[:, : numbers.shape[1]]
        logits = model(tokens, numbers)
        return F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=captions.PAD)

    inputs = {"clip": models.card("clip").sha256}
    return TrainingRun(NAME, model, loss, STEPS, rate=2e-3, seed=SEED, average=0.99, inputs=inputs)


def measure(model: Captioner, n: int = 500) -> dict[str, float]:
    """Share of exact captions and of right attributes, in both languages."""
    figures = {}
    for kind, two, held_out in (("one", 0.0, False), ("two", 1.0, False), ("held_out", 0.0, True)):
        rng = np.random.default_rng([SEED, 10**9])
        rows = world.sample(n, rng, two=two, held_out=held_out)
        pictures = draw_pictures(rows, rng)
        for language in captions.LANGUAGES:
            said = [text for part in pictures.split(50) for text in model.describe(part, language)]
            wanted = [captions.caption(row, language) for row in rows]
            figures[f"{kind}.{language}.exact"] = np.mean([a == b for a, b in zip(said, wanted, strict=True)])
            reads = [(captions.read(a), captions.read(b)) for a, b in zip(said, wanted, strict=True)]
            for name in COLUMNS:
                if name in reads[0][1]:
                    figures[f"{kind}.{language}.{name}"] = np.mean([a.get(name) == b[name] for a, b in reads])
    return {name: round(float(value), 4) for name, value in figures.items()}


def main() -> None:
    """Train, measure, write weights and card."""
    run = training()
    model = run.run()
    kept = round_to_part(model, "clip", part="image.")
    publish_run(
        run,
        model,
        **kept,
        title={"en": "Captioner of the small world", "ja": "小さな世界の説明文モデル"},
        arguments={"words": len(captions.vocabulary())},
        data="the small world and its full captions in English and Japanese, drawn afresh at every step",
        figures=measure(model),
        notes="exact: share of sentences equal to the full caption. The image encoder is that of clip, "
        "unchanged.",
    )


if __name__ == "__main__":
    run_main(main)
