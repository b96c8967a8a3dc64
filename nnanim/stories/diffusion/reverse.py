"""From noise to pictures: one, with another seed, in many steps or few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Block, Column, Link, Mark, Picture, Row
from nnanim.stories.diffusion.runs import Runs
from nnanim.stories.diffusion.views import counter, film, latents, picture, picture_states, sentence
from nnanim.words import fill

LARGE = 1.4
"""Factor by which the pictures that a beat is about are enlarged."""


def question(runs: Runs) -> Beat:
    """The sentence and what became of it."""
    return Beat(
        {
            "en": "These words became this picture. Where did it come from?",
            "ja": "この文から画像ができました。どこから来たのでしょう。",
        },
        Column(sentence(runs.prompt), Row(picture(runs.pictures[-1], "picture"), scale=LARGE), gap=0.4),
        id="question",
        born={"picture": From("prompt")},
    )


def first_noise(runs: Runs) -> Iterator[Beat]:
    """The noise that the painting begins with, and what the decoder makes of it."""
    yield Beat(
        {
            "en": "Painting begins with noise alone. Is there a picture in it?",
            "ja": "始まりはノイズだけ。この中に、画像はあるでしょうか。",
        },
        Row(
            latents(runs.noisy[0], "x", runs.limit, fill(NOISE, n=runs.seed), words.latent),
            Link("x", "decoder", key="in-decoder"),
            Block(words.decoder, key="decoder"),
            Link("decoder", "picture", key="out-decoder"),
            picture(runs.pictures[0], "picture", {"en": "decoded", "ja": "復号すると"}),
        ),
        id="noise",
        born={"picture": From("x")},
        asks=True,
    )


NOISE = {"en": "noise, seed {n}", "ja": "ノイズ、シード {n}"}


def reverse(runs: Runs) -> Beat:
    """From pure noise, step by step; beside it what the network expects."""
    steps = [counter(n, runs.steps) for n in range(runs.steps + 1)]
    now = picture_states(runs.pictures, "picture", {"en": "now", "ja": "いま"})
    pair: list[Picture] = [now[-1]]
    states: list[Sequence[Mark]] = [now, steps]
    if runs.predicted_x0 is not None:
        expected = picture_states(
            runs.predicted_x0, "expected", {"en": "what the network expects", "ja": "完成図の予測"}
        )
        pair, states = [now[-1], expected[-1]], [now, expected, steps]
    return Beat(
        fill(
            {
                "en": "{n} times it guesses the noise, and a little of it is taken away.",
                "ja": "ノイズを当てて、少し取り除く。これを {n} 回くり返します。",
            },
            n=runs.steps,
        ),
        Column(Row(*pair, gap=0.8, scale=LARGE), steps[-1], gap=0.25),
        film(*states, seconds=5.0),
        id="reverse",
        born={"expected": From("picture")},
    )


def seeds(runs: Runs) -> Iterator[Beat]:
    """The same sentence with other noise."""
    if "seeds/picture" not in runs:
        return
    frames, order = runs.frames("seeds"), runs.provenance("seeds")
    films = [
        picture_states(frames[:, i], f"seed-{i}", fill({"en": "seed {n}", "ja": "シード {n}"}, n=seed))
        for i, seed in enumerate(order["seeds"])
    ]
    yield Beat(
        {
            "en": "Other noise, other picture: it decides what words leave open.",
            "ja": "ノイズが違えば、別の画像です。文にないことは、ノイズが決めます。",
        },
        Column(sentence(order["prompts"][0]), Row(*(f[-1] for f in films)), gap=0.3),
        film(*films, seconds=3.0),
        id="seeds",
        born={one[0].key: From("picture") for one in films},
    )


def samplers(runs: Runs) -> Iterator[Beat]:
    """The same noise, many steps with fresh noise in each and few steps without."""
    if not ("ddpm/picture" in runs and "ddim/picture" in runs):
        return
    slow, fast = (runs.frames(name)[:, 0] for name in ("ddpm", "ddim"))
    many, few = len(slow) - 1, len(fast) - 1
    label = {"en": "{name}, {n} steps", "ja": "{name}、{n} ステップ"}
    long = picture_states(slow, "ddpm", fill(label, name="DDPM", n=many))
    short = picture_states(fast, "ddim", fill(label, name="DDIM", n=few))
    # Both take the same time: of the few steps each is held longer.
    place = [n * few // many for n in range(many + 1)]
    counts = [counter(n, many, "count-ddpm") for n in range(many + 1)]
    fewer = [counter(n, few, "count-ddim") for n in range(few + 1)]
    yield Beat(
        {
            "en": "Two samplers: DDPM adds fresh noise at each step, DDIM none.",
            "ja": "進み方は二通り。DDPM は毎回ノイズを足し、DDIM は足しません。",
        },
        Row(
            Column(long[-1], counts[-1], gap=0.2, anchor=0),
            Column(short[-1], fewer[-1], gap=0.2, anchor=0),
            gap=0.8,
        ),
        film(long, counts, [short[i] for i in place], [fewer[i] for i in place], seconds=3.6),
        id="samplers",
        born={"ddpm": From("seed-0"), "ddim": From("seed-0")},
    )


def answer(runs: Runs) -> Iterator[Beat]:
    """The question once more, with its answer, and the one that follows."""
    yield Beat(
        {
            "en": "Out of noise it came, led by words. Can it lead back to words?",
            "ja": "言葉に導かれ、ノイズから現れました。言葉に戻せるでしょうか。",
        },
        Column(sentence(runs.prompt), Row(picture(runs.pictures[-1], "picture"), scale=LARGE), gap=0.4),
        id="answer",
        born={"picture": From("conv_out")},
    )
