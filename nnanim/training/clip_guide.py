"""Train the CLIP that steers pictures: ``python -m nnanim.training.clip_guide``.

Needs clip-robust, world-vae and judge. A CLIP that is followed uphill is soon fooled: the cosine rises and
the picture is noise. This one learns from its own dreams: pictures that follow its slope towards a sentence
are kept, and it is taught that they are not what the sentence says. Only what looks like the thing is left to
climb.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim import models
from nnanim.data import world
from nnanim.models.clip import CLIP
from nnanim.models.world_vae import SIDE
from nnanim.steering.crops import crops, unit
from nnanim.terminal import run_main
from nnanim.training.clip import Seer, attack, contrastive_loss, recall
from nnanim.training.loop import TrainingRun
from nnanim.training.pictures import classification_loss, draw_pictures
from nnanim.training.publish import publish, round_to_base
from nnanim.training.steered import measure_steered
from nnanim.training.text_encoder import sentences

NAME = "clip-guide"
TITLE = {"en": "CLIP of the small world that steers", "ja": "小さな世界のCLIP（かじ取り役）"}
SEED = 331
STEPS = 900
AWAKE = 0.4  # share of the steps before the dreams come in: nudged pictures only
BATCH = 32
DREAMS = 240  # that are kept
DREAMT = 32  # of them that go on in a step
ANEW = 0.1  # share of these that begin again


class Dreamer(nn.Module):
    """CLIP with its reading, and the dreams so far with the embeddings of their sentences.

    The dreams are buffers, so that they are part of the checkpoint.
    """

    pictures: Tensor
    wishes: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.seer = Seer()
        self.seer.clip.load_state_dict(models.load("clip-robust").state_dict())
        self.register_buffer("pictures", torch.zeros(DREAMS, 3, SIDE, SIDE))
        self.register_buffer("wishes", torch.zeros(DREAMS, 128))

    @torch.no_grad()
    def begin(self, chosen: Tensor, vae: nn.Module, rng: np.random.Generator) -> None:
        """Give some dreams another sentence and start: grey, blobs, random latents, a real picture."""
        n = len(chosen)
        rows = world.sample(n, rng)
        coarse = SIDE >> int(torch.randint(1, 5, ()))
        starts = torch.stack([
            0.5 + 0.15 * torch.randn(n, 3, 1, 1) + 0.03 * torch.randn(n, 3, SIDE, SIDE),
            F.interpolate(torch.rand(n, 3, coarse, coarse), size=SIDE, mode="bilinear"),
            vae.decode(torch.randn(n, 4, 8, 8)),  # type: ignore[operator]
            draw_pictures(rows, rng),
        ])  # fmt: skip
        kind = torch.multinomial(torch.tensor([0.3, 0.25, 0.25, 0.2]), n, replacement=True)
        self.pictures[chosen] = starts[kind, torch.arange(n)].clamp(0, 1)
        texts, _ = sentences(world.sample(n, rng), rng, full=1.0)
        self.wishes[chosen] = self.seer.clip.embed_texts(texts)

    def go_on(self, chosen: Tensor, steps: int = 3, length: float = 1.5) -> tuple[Tensor, Tensor]:
        """Some dreams, a little further up the slope, and their wishes."""
        pictures, wishes = self.pictures[chosen], self.wishes[chosen]
        for _ in range(steps):
            pictures.requires_grad_(True)
            seen = self.seer.clip.embed_pictures(crops(pictures, (0.93, 1.07), 0.05))
            (slope,) = torch.autograd.grad((seen * wishes).sum(), pictures)
            pictures = pictures.detach() + length * unit(slope) + 0.005 * torch.randn_like(pictures)
            pictures = pictures.clamp(0, 1)
        self.pictures[chosen] = pictures
        return pictures, wishes


def roughen(pictures: Tensor) -> Tensor:
    """Half of the pictures moved a little, a quarter blurred, half under noise."""
    n = len(pictures)

    def some(share: float) -> Tensor:
        return (torch.rand(n, 1, 1, 1) < share).float()

    moved = some(0.5)
    pictures = moved * crops(pictures, (0.85, 1.1), 0.08) + (1 - moved) * pictures
    soft = F.avg_pool2d(F.pad(pictures, (2, 2, 2, 2), mode="replicate"), 5, 1)
    blurred = some(0.25)
    pictures = blurred * soft + (1 - blurred) * pictures
    noise = some(0.5) * torch.rand(n, 1, 1, 1) * 0.5
    return (pictures + noise * torch.randn_like(pictures)).clamp(0, 1)


def dream_loss(dreams: Tensor, wishes: Tensor, texts: Tensor) -> Tensor:
    """How near dreams (m, 128) are to their own sentences, and too near to others' (n, 128)."""
    own = F.relu((dreams * wishes).sum(1)).mean()
    return 2 * own + 0.6 * F.relu(dreams @ texts.T - 0.2).mean()


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    dreamer, vae = Dreamer(), models.load("world-vae").requires_grad_(False)
    dreamer.begin(torch.arange(DREAMS), vae, np.random.default_rng(SEED))
    seer, clip = dreamer.seer, dreamer.seer.clip
    awake = int(AWAKE * STEPS)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        rows = world.sample(BATCH, rng, two=0.1)
        words, mask = sentences(rows, rng)
        pictures, labels, said = draw_pictures(rows, rng), torch.from_numpy(rows), torch.from_numpy(mask)
        with torch.no_grad():
            texts = clip.embed_texts(words)
        reach = 2 + (10 if step < awake else 8) * torch.rand(BATCH, 1, 1, 1)
        away = texts - 0.7 * texts.roll(1, 0)  # from its own sentence, towards another's
        pictures = attack(clip, roughen(pictures), away, reach=reach)
        wishes = texts[:0]
        if step >= awake:
            chosen = torch.randperm(DREAMS)[:DREAMT]
            if len(anew := chosen[torch.rand(DREAMT) < ANEW]):
                dreamer.begin(anew, vae, rng)
            dreams, wishes = dreamer.go_on(chosen)
            pictures = torch.cat([pictures, dreams])
        seen = clip.embed_pictures(pictures)
        image = seen[:BATCH]
        logits = image @ texts.T * clip.sharpness.exp().clamp(max=100)
        read = list(seer.reading(8 * image).split(seer.sizes, dim=1))
        total = contrastive_loss(logits, labels, said) + classification_loss(read, labels)
        return total + dream_loss(seen[BATCH:], wishes, texts) if len(wishes) else total

    inputs = {name: models.card(name).sha256 for name in ("clip-robust", "world-vae")}
    return TrainingRun(
        NAME, dreamer, loss, STEPS, rate=1e-3, seed=SEED, warm_up=20, falling=0.5, average=0.98, every=10,
        inputs=inputs,
    )  # fmt: skip


def measure(clip: CLIP) -> dict[str, float]:
    """Recall among 300 full captions, and what the judge sees in pictures that this CLIP steered."""
    figures: dict[str, float] = {}
    for kind, language, held_out in (("one", "en", False), ("one", "ja", False), ("held_out", "en", True)):
        found = recall(clip, language, held_out=held_out, n=300)
        figures |= {f"{kind}.{language}.{key}": round(value, 4) for key, value in found.items()}
    return figures | measure_steered(clip)


def main() -> None:
    """Train, measure, write weights and card."""
    torch.set_num_threads(1)
    run = training()
    dreamer = run.run()
    assert isinstance(dreamer, Dreamer)
    clip = dreamer.seer.clip
    stored = round_to_base(clip, "clip-robust")
    card = publish(
        clip,
        NAME,
        title=TITLE,
        data="the small world and its captions in English and Japanese, drawn afresh at every step, and the "
        "model's own dreams",
        licence="MIT",
        command="python -m nnanim.training.clip_guide",
        seed=SEED,
        minutes=round(run.minutes, 1),
        figures=measure(clip),
        notes="Only the image encoder learnt; the text encoder is that of text-encoder. Trained on pictures "
        "nudged against it and, after a while, on its own dreams: pictures that followed its slope towards a "
        "sentence and are not to be taken for it. recall@1: among 300 full captions. siren and others: "
        "share of 40 pictures, steered from full captions, in which the judge sees what was asked for, and "
        "their cosine beside that of real pictures; above it would mean that the guide is fooled.",
        **stored,
    )
    print(card.figures)


if __name__ == "__main__":
    run_main(main)
