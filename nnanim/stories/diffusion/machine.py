"""The whole machine in order, and the U-Net in it, each part with its tensor."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Arrangement, Block, Column, Link, Picture, Row, Table, Text
from nnanim.stories.diffusion.runs import Runs
from nnanim.stories.diffusion.views import (
    STRONGEST,
    film,
    largest,
    latents,
    named,
    picture,
    sentence,
    shape,
    stage,
)
from nnanim.words import Words, fill


def machine(runs: Runs) -> Iterator[Beat]:
    """Sentence and noise in, picture out: the same stage, three times, a part at a time."""
    if "text.states" not in runs:
        return
    yield Beat(
        {
            "en": "A text encoder turns each word into a vector.",
            "ja": "テキストエンコーダーが、各単語をベクトルにします。",
        },
        overview(runs, 0),
        id="machine-text",
        focus=("prompt", "text", "states", "in-text", "out-text"),
    )
    limit = largest(runs.noisy)
    films = [latents(x, "x", limit, words.latent, words.latent) for x in runs.noisy]
    steps = [network(runs, n) for n in range(runs.steps + 1)]
    yield Beat(
        fill(
            {
                "en": "The U-Net reads them and takes away some noise, {n} times.",
                "ja": "U-Net が言葉を見ながら、ノイズを {n} 回取り除きます。",
            },
            n=runs.steps,
        ),
        overview(runs, runs.steps),
        film(films, steps, seconds=4.5),
        id="machine-unet",
        focus=("noise", "unet", "x", "states", "in-states", "in-noise", "out-unet"),
    )
    yield Beat(
        {
            "en": "The decoder turns the last latents into the picture.",
            "ja": "最後の潜在変数を、デコーダーが絵にします。",
        },
        overview(runs, runs.steps),
        id="machine-picture",
        focus=("x", "decoder", "picture", "in-decoder", "out-decoder"),
    )


def overview(runs: Runs, step: int) -> Arrangement:
    """All parts after so many steps; the words run above, the latents below."""
    limit = largest(runs.noisy)
    noise = fill({"en": "noise, seed {n}", "ja": "ノイズ、シード {n}"}, n=runs.seed)
    parts: dict[tuple[int, int], Arrangement] = {
        (0, 1): word_vectors(runs),
        (0, 2): Block(words.encoder, key="text", detail={"en": "of text", "ja": "文章用"}),
        (1, 0): latents(runs.noisy[0], "noise", limit, noise, words.latent),
        (1, 1): network(runs, step),
        (1, 2): latents(runs.noisy[step], "x", limit, words.latent, words.latent),
        (1, 3): Block(words.decoder, key="decoder"),
        (0, 3): picture(runs.pictures[-1], "picture", {"en": "picture", "ja": "絵"}),
    }
    links = [
        Link("prompt", "text", key="in-text"),
        Link("text", "states", key="out-text"),
        Link("states", "unet", key="in-states"),
        Link("noise", "unet", key="in-noise"),
        Link("unet", "x", key="out-unet"),
        Link("x", "decoder", key="in-decoder"),
        Link("decoder", "picture", key="out-decoder"),
    ]
    cells = [*parts, *[(1, 0)] * len(links)]
    return Column(sentence(runs.prompt), Table(*parts.values(), *links, cells=cells), gap=0.3)


def word_vectors(runs: Runs) -> Row:
    """All numbers of the words' vectors, a row a word."""
    vectors = runs["text.states"][0]
    limit, (rows, columns) = largest(vectors), vectors.shape
    mark = Picture(
        vectors, key="states", low=-limit, high=limit, colors="diverging", aspect=1.8 * rows / columns,
        means=words.vector, label={"en": "word vectors", "ja": "単語のベクトル"},
    )  # fmt: skip
    return Row(mark, scale=0.7)


def network(runs: Runs, done: int) -> Block:
    """The U-Net and how many of its steps are done."""
    count = {"en": "{n} of {all} steps", "ja": "{all} ステップ中 {n}"}
    return Block("U-Net", key="unet", detail=fill(count, n=done, all=runs.steps))


WAY = ("enter", "down_look", "middle_look_again", "up_look", "up_again", "leave")
"""The stages of the U-Net that are shown, on the way down and up."""

SKIPS = (("enter", "up_again"), ("down_look", "up_look"))
"""From which stage to which one there is a skip."""


def unet(runs: Runs) -> Iterator[Beat]:
    """The stages of the U-Net at one step: down to coarse, up to fine, the skips across."""
    if any(f"unet.{name}" not in runs for name in WAY):
        return
    down = ("x", *WAY[:3])
    yield Beat(
        {
            "en": "Inside the U-Net: on the way down, fewer places, more channels.",
            "ja": "U-Net の中：下りでは粗くなり、チャンネルが増えます。",
        },
        inside(runs),
        id="unet-down",
        focus=(*down, *(f"size-{name}" for name in down), "link-0", "link-1", "link-2", "cut"),
    )
    yield Beat(
        {
            "en": "On the way up, skips bring back what the coarse stage has lost.",
            "ja": "上りでは、スキップ接続が細部を戻し、予測が出ます。",
        },
        inside(runs),
        id="unet-up",
    )


def inside(runs: Runs) -> Arrangement:
    """The stages in the shape of a U."""
    values = {name: runs[f"unet.{name}"][0] for name in WAY}
    x = runs.noisy[runs.stage_step]
    cells = ((0, 1), (1, 2), (2, 3), (1, 4), (0, 5), (0, 6))
    marks: list[Arrangement] = [named(stage(x, "x"), {"en": "noisy", "ja": "ノイズ入り"}, "size-x")]
    for name in WAY:
        below: Words = {"en": "guess", "ja": "予測"} if name == WAY[-1] else shape(values[name])
        fine = values[name].shape[-1] / x.shape[-1]
        marks.append(named(Row(stage(values[name], name), scale=0.4 + 0.6 * fine), below, f"size-{name}"))
    ways = [("x", WAY[0]), *pairwise(WAY)]
    links = [Link(a, b, key=f"link-{i}") for i, (a, b) in enumerate(ways)]
    skip: Words = {"en": "skip", "ja": "スキップ"}
    links += [Link(a, b, key=f"skip-{a}", name=skip, role="accent", width=1.5) for a, b in SKIPS]
    table = Table(*marks, *links, cells=[(0, 0), *cells, *[(0, 0)] * len(links)], gap=0.5)
    note = {
        "en": "of each stage, the {n} strongest channels; step {step} of {all}",
        "ja": "各段の強い {n} チャンネル、{all} ステップ中 {step}",
    }
    return Column(
        table,
        Text(
            fill(note, n=STRONGEST, step=runs.stage_step + 1, all=runs.steps),
            key="cut", size="small", role="dimmed", width=12.0,
        ),
        gap=0.2,
    )  # fmt: skip
