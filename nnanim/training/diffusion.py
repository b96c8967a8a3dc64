"""Train the U-Net that paints from words: ``python -m nnanim.training.diffusion``.

Needs world-vae, text-encoder and judge.
"""

from __future__ import annotations

import hashlib

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim import models
from nnanim.data import captions, world
from nnanim.data.world import Labels
from nnanim.files import atomic
from nnanim.models.painter import Painter
from nnanim.models.samplers import add_noise, velocity
from nnanim.models.unet import Condition, UNet
from nnanim.terminal import run_main
from nnanim.threads import one_thread
from nnanim.training.loop import FOLDER, TrainingRun
from nnanim.training.pictures import draw_pictures, judge_pictures
from nnanim.training.publish import publish_run, round_small
from nnanim.training.text_encoder import sentences

NAME = "world-diffusion"
SEED = 41
STEPS = 3600
BATCH = 32
POOL = {"one": 12000, "two": 6000}
ONE_FIRST = 1125  # steps before pictures with two things come in
TWO = 0.35
GUIDANCE = 2.5  # with which pictures are measured
DROPPED = 0.1  # sentences left out, so that guidance has something to compare with


def fingerprint(vae: nn.Module) -> str:
    """Of the encoder, which alone decides the latents."""
    state = {name: weight for name, weight in vae.state_dict().items() if not name.startswith("decoder")}
    return hashlib.sha256(safetensors.torch.save(state)).hexdigest()[:8]


@torch.no_grad()
@one_thread()
def latents(kind: str) -> tuple[Labels, Tensor]:
    """Labels (n, 8) and latents (n, 4, 8, 8) of pictures with one or two things.

    Computed once and kept beside the checkpoints.
    """
    vae = models.load("world-vae")
    path = FOLDER / f"latents-{fingerprint(vae)}-{kind}-{POOL[kind]}.npz"
    if not path.exists():
        rng = np.random.default_rng([SEED, len(kind), POOL[kind], kind == "two"])
        rows = world.sample(POOL[kind], rng, two=float(kind == "two"))
        some = np.array_split(rows, len(rows) // 100)
        parts = [vae.encode(draw_pictures(part, rng))[0] for part in some]  # type: ignore[operator]
        with atomic(path) as temporary:
            np.savez(temporary, rows=rows, latents=torch.cat(parts).half().numpy())
    with np.load(path, allow_pickle=False) as kept:
        return kept["rows"], torch.from_numpy(kept["latents"]).float()


def times(n: int, rng: np.random.Generator) -> Tensor:
    """Mostly logit-normal, shifted to the noisy end where the layout is decided, some evenly."""
    some = 1 / (1 + np.exp(-rng.normal(0.3, 1.2, n)))
    return torch.from_numpy(np.where(rng.random(n) < 0.2, rng.random(n), some)).float()


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    text = models.load("text-encoder")
    pools = {kind: latents(kind) for kind in POOL}
    torch.manual_seed(SEED)
    unet = UNet(len(captions.vocabulary()))

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        two = int(BATCH * TWO) if step > ONE_FIRST else 0
        rows, pictures = [], []
        for kind, n in (("one", BATCH - two), ("two", two)):
            chosen = rng.integers(0, POOL[kind], n)
            rows.append(pools[kind][0][chosen])
            pictures.append(pools[kind][1][chosen])
        texts, _ = sentences(np.concatenate(rows), rng, full=0.8)
        prompts = [text if rng.random() > DROPPED else "" for text in texts]
        token_ids = torch.from_numpy(captions.encode(prompts))
        with torch.no_grad():
            condition = Condition(token_ids, *text(token_ids))
        x, time = torch.cat(pictures), times(BATCH, rng)
        noise = torch.randn_like(x)
        return F.mse_loss(unet(add_noise(x, noise, time), time, condition), velocity(x, noise, time))

    inputs = {
        "text-encoder": models.card("text-encoder").sha256,
        "world-vae": fingerprint(models.load("world-vae")),
    }
    return TrainingRun(
        NAME, unet, loss, STEPS, rate=1.5e-3, seed=SEED, warm_up=200, average=0.998, inputs=inputs
    )


def judge_painted(
    painter: Painter, rows: Labels, language: str, steps: int = 20, sampler: str = "ddim"
) -> dict[str, float]:
    """What the judge sees in pictures painted from the full captions of some labels."""
    texts = [captions.caption(row, language) for row in rows]
    made = [
        painter.paint(texts[at : at + 50], list(range(at, min(at + 50, len(rows)))), steps, GUIDANCE, sampler)
        for at in range(0, len(rows), 50)
    ]
    return judge_pictures(models.load("judge"), torch.cat(made), torch.from_numpy(rows))


@torch.no_grad()
def measure(painter: Painter, n: int = 200, n_ddpm: int = 100) -> dict[str, float]:
    """What the judge sees in pictures painted from fresh full captions, in both languages.

    And in ``n_ddpm`` English ones painted by DDPM in 100 steps.
    """
    figures: dict[str, float] = {}
    for kind, two, held_out in (("one", 0.0, False), ("two", 1.0, False), ("held_out", 0.0, True)):
        rows = world.sample(n, np.random.default_rng([SEED, 10**9]), two=two, held_out=held_out)
        for language in captions.LANGUAGES:
            found = judge_painted(painter, rows, language)
            figures |= {f"{kind}.{language}.{name}": round(share, 4) for name, share in found.items()}
    rows = world.sample(n_ddpm, np.random.default_rng([SEED, 10**9]))
    found = judge_painted(painter, rows, "en", steps=100, sampler="ddpm")
    return figures | {f"one.en.ddpm.{name}": round(found[name], 4) for name in ("thing", "style", "all")}


def main() -> None:
    """Train, measure, write weights and card."""
    run = training()
    unet = run.run()
    kept = round_small(unet)
    text, vae = models.load("text-encoder"), models.load("world-vae")
    painter = Painter(text, unet, vae).eval()  # type: ignore[arg-type]
    figures = measure(painter)
    publish_run(
        run,
        unet,
        **kept,
        title={"en": "Latent diffusion of the small world", "ja": "小さな世界の潜在拡散モデル"},
        arguments={"words": len(captions.vocabulary())},
        data=f"latents of {POOL['one']} pictures with one thing and {POOL['two']} with two, captions "
        "drawn afresh at every step",
        figures=figures,
        notes="Share of 200 pictures (20 DDIM steps, guidance 2.5, full captions) in which the judge "
        "sees what was asked for; "
        "held_out: combinations of thing and colour or style that were in no training picture. Told by "
        "text-encoder, decoded by world-vae. ddpm: 100 pictures in English, painted by DDPM in 100 steps.",
    )


if __name__ == "__main__":
    run_main(main)
