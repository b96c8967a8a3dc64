"""Train a generator against a critic: ``python -m nnanim.training.gan``.

Needs world-vae, world-diffusion and judge. I. Goodfellow et al., "Generative Adversarial Networks" (2014), as
StyleGAN on the latents of world-vae. The critic looks through the frozen first half of the painter's U-Net
(A. Sauer et al., "Projected GANs", 2021) at latents under noise (Z. Wang et al., "Diffusion-GAN", 2022), each
drawn latent beside a real one of the same labels (N. Huang et al., "R3GAN", 2024), and names the labels, too
(A. Odena et al., "Auxiliary Classifier GANs", 2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from nnanim import models
from nnanim.data import captions, world
from nnanim.data.world import COLUMNS
from nnanim.models.samplers import add_noise
from nnanim.models.style_generator import TOLD, StyleGenerator
from nnanim.models.unet import UNet, timestep_embedding
from nnanim.terminal import run_main
from nnanim.threads import one_thread
from nnanim.training.diffusion import POOL, fingerprint, latents
from nnanim.training.loop import TrainingRun
from nnanim.training.pictures import draw_pictures, judge_pictures
from nnanim.training.publish import publish_run, round_small

NAME = "world-gan"
SEED = 61
STEPS = 5600
BATCH = 32
NOISIEST = 0.75  # the critic sees latents at times from 0 to this
FLAT = 0.02  # weight of the critic's squared slopes at what it looks at (R1, R2)
NAMING = 0.1  # weight of the named labels in the generator's loss
CROSSING = 4  # of the styles that are mixed when it is measured, the second is told from this layer on
MIXED = 0.3  # share of drawn latents with two styles
COLUMNS_TOLD = [list(COLUMNS).index(name) for name in TOLD]
CHANNELS = (64, 128, 128)
SAMPLES = 64

Maps = list[Tensor]
"""What the eyes give: (batch, 64, 8, 8) and twice (batch, 128, 4, 4)."""


class Eyes(nn.Module):
    """The first half of the painter's U-Net, told nothing: latents at some time to three maps."""

    def __init__(self, unet: UNet) -> None:
        super().__init__()
        self.unet = unet.requires_grad_(False)
        with torch.no_grad():
            token_ids = torch.from_numpy(captions.encode([""]))
            states, embedding = models.load("text-encoder")(token_ids)
            there = token_ids != captions.PAD
            own = unet.words(token_ids)
            words = (unet.states(states) + own + unet.positions)[there]
            gist = (own * there[..., None]).sum(1) / 4
            self.words, self.sentence = words[None], unet.sentence_mlp(torch.cat([embedding, gist], dim=1))

    def forward(self, x: Tensor, time: Tensor) -> Maps:
        """Latents (batch, 4, 8, 8) and times (batch,) to maps."""
        net, there = self.unet, torch.ones(len(x), self.words.shape[1], dtype=torch.bool)
        words = self.words.expand(len(x), -1, -1)
        conditioning = F.silu(net.time_mlp(timestep_embedding(time)) + self.sentence)
        first = net.down_attention(net.down_block(net.conv_in(x), conditioning), words, there)
        second = net.mid_attention(net.mid_block(net.downsample(first), conditioning), words, there)
        third = net.mid_attention_2(net.mid_block_2(second, conditioning), words, there)
        return [first, second, third]


class Critic(nn.Module):
    """For each map of the eyes and each place in it a number, high for real; and the labels that it sees."""

    def __init__(self, wide: int = 96) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Sequential(nn.GroupNorm(8, ins), nn.Conv2d(ins, wide, 3, padding=1), nn.LeakyReLU(0.2))
            for ins in CHANNELS
        )
        self.scores = nn.ModuleList(nn.Conv2d(wide, 1, 1) for _ in CHANNELS)
        self.wholes = nn.ModuleList(
            nn.Sequential(
                nn.AdaptiveAvgPool2d(4), nn.Conv2d(wide, wide // 2, 3, padding=1), nn.LeakyReLU(0.2),
                nn.Flatten(), nn.Linear(8 * wide, wide), nn.LeakyReLU(0.2),
            )
            for _ in CHANNELS
        )  # fmt: skip
        self.verdicts = nn.ModuleList(nn.Linear(wide, 1) for _ in CHANNELS)
        self.labels = nn.ModuleList(nn.Embedding(len(COLUMNS[name]), len(CHANNELS) * wide) for name in TOLD)
        self.classes = [len(COLUMNS[name]) for name in TOLD]
        self.names = nn.Sequential(
            nn.GroupNorm(8, 256), nn.Conv2d(256, wide, 3, padding=1), nn.LeakyReLU(0.2), nn.Flatten(),
            nn.Linear(16 * wide, sum(self.classes)),
        )  # fmt: skip

    def forward(self, maps: Maps, labels: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Scores (batch, 96) of all places and (batch, 3) of each whole map with the labels (batch, 4).

        And the logits of each label.
        """
        wanted = torch.stack([one(labels[:, at]) for at, one in enumerate(self.labels)]).sum(0)
        places, wholes = [], []
        for at, (one, want) in enumerate(zip(maps, wanted.chunk(3, dim=1), strict=True)):
            h = self.heads[at](one)
            places.append(self.scores[at](h).flatten(1))
            whole = self.wholes[at](h)
            wholes.append(self.verdicts[at](whole) + (whole * want).mean(1, keepdim=True))
        named = self.names(torch.cat(maps[1:], dim=1)).split(self.classes, dim=1)
        return torch.cat(places, dim=1), torch.cat(wholes, dim=1), list(named)


class Rivals(nn.Module):
    """Generator and critic, in one module, so that one checkpoint keeps both."""

    def __init__(self) -> None:
        super().__init__()
        self.generator, self.critic = StyleGenerator(), Critic()


def naming_loss(logits: list[Tensor], labels: Tensor) -> Tensor:
    """Mean cross-entropy of the named labels (batch, 4); the thing counts as much as the three others."""
    each = [F.cross_entropy(one, labels[:, at]) for at, one in enumerate(logits)]
    return each[0] / 2 + torch.stack(each[1:]).mean() / 2


def rank_loss(better: Sequence[Tensor], worse: Sequence[Tensor]) -> Tensor:
    """How far scores are from standing above others of the same kind, pair by pair."""
    return torch.stack([F.softplus(b - a).mean() for a, b in zip(better, worse, strict=True)]).mean()


def draw_latents(generator: StyleGenerator, labels: Tensor) -> Tensor:
    """Latents of labels (batch, 4) from fresh noise; some with a second style from some layer on."""
    n = len(labels)
    one, two = (generator.find_style(torch.randn(n, generator.NOISE), labels) for _ in range(2))
    crossing = torch.randint(1, generator.LAYERS, (n,))
    crossing[torch.rand(n) >= MIXED] = generator.LAYERS
    return generator.paint(
        [torch.where((crossing > layer)[:, None], one, two) for layer in range(generator.LAYERS)]
    )


def critic_loss(critic: Critic, real: Maps, drawn: Maps, labels: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
    """What the critic learns from, and its scores of the real latents; the generator gets nothing."""
    n = len(labels)
    shown = [torch.cat([a, b.detach()]).requires_grad_() for a, b in zip(real, drawn, strict=True)]
    *scores, named = critic(shown, torch.cat([labels, labels]))
    slopes = torch.autograd.grad(sum(one.sum() for one in scores), shown, create_graph=True)
    steep = torch.stack([one.square().flatten(1).sum(1).mean() for one in slopes]).sum()
    of_real, of_drawn = zip(*(one.chunk(2) for one in scores), strict=True)
    naming = naming_loss([one[:n] for one in named], labels)
    return rank_loss(of_real, of_drawn) + FLAT * steep + naming, of_real


def generator_loss(critic: Critic, drawn: Maps, labels: Tensor, of_real: Sequence[Tensor]) -> Tensor:
    """What the generator learns from, beside a critic that stays as it is."""
    frozen = {name: value.detach() for name, value in critic.named_parameters()}
    *of_drawn, named = functional_call(critic, frozen, (drawn, labels))
    return rank_loss(of_drawn, [one.detach() for one in of_real]) + NAMING * naming_loss(named, labels)


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    rows, real_latents = latents("one")
    told = torch.from_numpy(rows[:, COLUMNS_TOLD])
    torch.manual_seed(SEED)
    rivals, eyes = Rivals(), Eyes(models.load("world-diffusion"))  # type: ignore[arg-type]

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        chosen = torch.from_numpy(rng.integers(0, len(told), BATCH))
        labels, real = told[chosen], real_latents[chosen]
        drawn = draw_latents(rivals.generator, labels)
        time, noise = NOISIEST * torch.rand(BATCH), torch.randn_like(real)
        with torch.no_grad():
            real_maps = eyes(add_noise(real, noise, time), time)
        maps = eyes(add_noise(drawn, noise, time), time)
        critics, of_real = critic_loss(rivals.critic, real_maps, maps, labels)
        return critics + generator_loss(rivals.critic, maps, labels, of_real)

    inputs = {
        "world-vae": fingerprint(models.load("world-vae")),
        "world-diffusion": models.card("world-diffusion").sha256,
    }
    return TrainingRun(
        NAME, rivals, loss, STEPS, rate=2e-3, seed=SEED, warm_up=50, decay=0.0, average=0.997,
        betas=(0.0, 0.99), inputs=inputs,
    )  # fmt: skip


def choose_labels(n: int, seed: int = 10**9) -> np.ndarray:
    """Fresh labels (n, 8), all things in turn."""
    kinds = len(world.THINGS)
    rows = world.sample(kinds * n, np.random.default_rng([SEED, seed]))
    return np.stack([rows[rows[:, 0] == at % kinds][at // kinds] for at in range(n)])


def draw_samples(generator: StyleGenerator, labels: np.ndarray, seed: int = SEED) -> tuple[Tensor, Tensor]:
    """Styles (n, 128) and pictures (n, 3, 64, 64) of labels (n, 8) from fresh noise."""
    noise = torch.randn(len(labels), generator.NOISE, generator=torch.Generator().manual_seed(seed))
    styles = generator.find_style(noise, torch.from_numpy(labels[:, COLUMNS_TOLD]))
    return styles, decode(generator.paint([styles] * generator.LAYERS))


def decode(latents: Tensor) -> Tensor:
    """Pictures (n, 3, 64, 64) of latents."""
    vae: Any = models.load_shared("world-vae")
    return torch.cat([vae.decode(part) for part in latents.split(64)])


def measure_spread(generator: StyleGenerator, labels: np.ndarray) -> float:
    """How much pictures of the same labels differ, over the same of real ones, whose size and place vary."""
    rng = np.random.default_rng([SEED, 1])
    alike = labels.repeat(len(labels), axis=0)
    alike[:, 2:4] = world.sample(len(alike), rng)[:, 2:4]
    both = draw_samples(generator, alike)[1], draw_pictures(alike, rng)
    drawn, real = (one.unflatten(0, (len(labels), -1)).std(1).mean().item() for one in both)
    return drawn / real


def measure_mixing(generator: StyleGenerator, labels: np.ndarray) -> tuple[float, float]:
    """In what share of pictures with two styles the judge sees the first's thing, the other's colour."""
    styles, _ = draw_samples(generator, labels)
    other = styles.roll(1, 0)
    layers = [styles] * CROSSING + [other] * (generator.LAYERS - CROSSING)
    wanted = labels.copy()
    wanted[:, 1] = np.roll(labels[:, 1], 1)
    seen = judge_pictures(models.load("judge"), decode(generator.paint(layers)), torch.from_numpy(wanted))
    return seen["thing"], seen["colour"]


@torch.no_grad()
@one_thread()
def measure(generator: StyleGenerator, n: int = SAMPLES) -> dict[str, float]:
    """What the judge sees in ``n`` samples, all sixteen things in turn; spread; and mixed styles."""
    labels = choose_labels(n)
    seen = judge_pictures(models.load("judge"), draw_samples(generator, labels)[1], torch.from_numpy(labels))
    thing, colour = measure_mixing(generator, labels)
    figures = {name: seen[name] for name in TOLD}
    figures |= {
        "spread": measure_spread(generator, labels[: len(world.THINGS)]),
        "mixed.thing": thing,
        "mixed.colour": colour,
    }
    return {name: round(value, 4) for name, value in figures.items()}


def main() -> None:
    """Train, measure, write weights and card."""
    run = training()
    rivals = run.run()
    assert isinstance(rivals, Rivals)
    generator = rivals.generator
    kept = round_small(generator)
    publish_run(
        run,
        generator,
        **kept,
        title={"en": "GAN of the small world", "ja": "小さな世界のGAN"},
        data=f"latents of {POOL['one']} pictures with one thing",
        figures=measure(generator),
        notes=f"Noise and labels to latents, decoded by world-vae. Share of {SAMPLES} samples, four of each "
        "thing, in which the judge sees what was asked for. spread: how much pictures of the same labels "
        "differ, pixel by pixel, over the same of real ones: 1 would be as varied as these. mixed: share of "
        "pictures whose last layer was told another style than the rest, in which the judge sees the thing "
        "of the first style and the colour of the other.",
    )


if __name__ == "__main__":
    run_main(main)
