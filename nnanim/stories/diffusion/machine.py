"""The whole machine in order, and the U-Net in it, each part with its tensor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Arrangement, Block, Column, Link, Picture, Row, Table, Text, flatten
from nnanim.stories.diffusion.runs import Runs
from nnanim.stories.diffusion.views import (
    STRONGEST,
    caption,
    film,
    largest,
    latents,
    picture,
    sentence,
    shape,
    stage,
)
from nnanim.words import Words, fill


def machine(runs: Runs) -> Iterator[Beat]:
    """Sentence and noise in, picture out: the same stage, three times, a part at a time."""
    if "text.states" in runs:
        yield Beat(
            {
                "en": "A text encoder turns each word into a vector.",
                "ja": "テキストエンコーダーが、各単語をベクトルにします。",
            },
            overview(runs, 0),
            id="machine-text",
            focus=("prompt", "text", "states", "in-text", "out-text"),
        )
    vectors = ("states",) if "text.states" in runs else ("text",)
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
        focus=("noise", "unet", "x", *vectors, "in-states", "in-noise", "out-unet"),
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
    encoder = Block(words.encoder, key="text", detail={"en": "of text", "ja": "文章用"})
    known = "text.states" in runs
    parts: dict[tuple[int, int], Arrangement] = {
        (0, 1): word_vectors(runs) if known else encoder,
        (0, 3): picture(runs.pictures[-1], "picture", {"en": "picture", "ja": "画像"}),
        (1, 0): latents(runs.noisy[0], "noise", limit, noise, words.latent),
        (1, 1): network(runs, step),
        (1, 2): latents(runs.noisy[step], "x", limit, words.latent, words.latent),
        (1, 3): Block(words.decoder, key="decoder"),
    }
    links = [
        Link("prompt", "text", key="in-text"),
        Link("states" if known else "text", "unet", key="in-states"),
        Link("noise", "unet", key="in-noise"),
        Link("unet", "x", key="out-unet"),
        Link("x", "decoder", key="in-decoder"),
        Link("decoder", "picture", key="out-decoder"),
    ]
    if known:
        parts[0, 2] = encoder
        links.append(Link("text", "states", key="out-text"))
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


MOST_LEVELS = 3
"""Maximum number of levels of a U-Net that are shown, from the finest; coarser ones are left out."""


@dataclass(frozen=True)
class Way:
    """The stages of a U-Net: down, the middle, up, and the last one; a skip joins the two of each level."""

    down: tuple[str, ...]
    middle: str
    up: tuple[str, ...]
    last: str

    @classmethod
    def through(cls, runs: Runs) -> Way | None:
        """The stages that were recorded of nnanim's own U-Net or of one of diffusers; None without any."""
        down, up = ("conv_in", "down_attention"), ("up_attention", "up_block_2")
        own = cls(down, "mid_attention_2", up, "conv_out")
        count = sum(f"unet.down_blocks.{i}" in runs for i in range(len(runs.trace)))
        levels = range(min(count, MOST_LEVELS))
        other = cls(
            tuple(f"down_blocks.{i}" for i in levels), "mid_block",
            tuple(f"up_blocks.{count - 1 - i}" for i in reversed(levels)), "conv_out",
        )  # fmt: skip
        ways = (way for way in (own, other) if way.down and all(f"unet.{n}" in runs for n in way.names))
        return next(ways, None)

    @property
    def names(self) -> tuple[str, ...]:
        """All stages in their order."""
        return (*self.down, self.middle, *self.up, self.last)

    @property
    def cells(self) -> tuple[tuple[int, int], ...]:
        """(row, column) of each stage, after a first column for what goes in."""
        deep = len(self.down)
        rows = [*range(deep), deep, *reversed(range(deep)), 0]
        return tuple((row, column) for column, row in enumerate(rows, start=1))


def unet(runs: Runs) -> Iterator[Beat]:
    """The stages of the U-Net at one step: down to coarse, up to fine, the skips across."""
    way = Way.through(runs)
    if way is None:
        return
    down = ("x", *way.down, way.middle)
    seen = [mark.key for mark in flatten(inside(runs, way))]
    sizes = [key for key in seen if key.removeprefix("size-") in down and key.startswith("size-")]
    yield Beat(
        {
            "en": "Inside the U-Net: going down, fewer places, more channels.",
            "ja": "U-Net の中：下りでは粗くなり、チャンネルが増えます。",
        },
        inside(runs, way),
        id="unet-down",
        focus=(*down, *sizes, *(f"link-{i}" for i in range(len(down) - 1)), "cut"),
        pause=3.0,
    )
    yield Beat(
        {
            "en": "On the way up, skips bring back what the coarse stage has lost.",
            "ja": "上りでは、スキップ接続が細部を戻し、予測が出ます。",
        },
        inside(runs, way),
        id="unet-up",
    )


def inside(runs: Runs, way: Way) -> Arrangement:
    """The stages in the shape of a U."""
    values = {name: runs[f"unet.{name}"][0] for name in way.names}
    x = runs.noisy[runs.stage_step]
    small = len(way.down) < MOST_LEVELS  # with more levels there is no room for sizes
    marks: list[Arrangement] = [scale_stage(stage(x, "x"), {"en": "noisy", "ja": "ノイズ入り"}, small)]
    for name in way.names:
        below: Words = {"en": "guess", "ja": "予測"} if name == way.last else shape(values[name])
        share = min(values[name].shape[-1] / x.shape[-1], 1.0)
        marks.append(scale_stage(stage(values[name], name), below, small, 0.4 + 0.6 * share))
    links = [Link(a, b, key=f"link-{i}") for i, (a, b) in enumerate(pairwise(("x", *way.names)))]
    skip: Words = {"en": "skip", "ja": "スキップ"}
    links += [
        Link(a, b, key=f"skip-{a}", name=skip, role="part", width=1.5)
        for a, b in zip(way.down, reversed(way.up), strict=True)
    ]
    cells = [(0, 0), *way.cells, *[(0, 0)] * len(links)]
    table = Table(*marks, *links, cells=cells, gap=0.5, scale=1.0 if small else 0.7)
    note = {
        "en": "of each stage, the {n} strongest channels; step {step} of {all}",
        "ja": "各段の強い {n} チャンネル、{all} ステップ中 {step}",
    }
    said = fill(note, n=STRONGEST, step=runs.stage_step + 1, all=runs.steps)
    return Column(table, Text(said, key="cut", size="small", role="dimmed", width=12.0), gap=0.2)


def scale_stage(mark: Picture, below: Words, small_print: bool, scale: float = 1.0) -> Arrangement:
    """A stage at its scale, with its size below it where there is room."""
    made = Row(mark, scale=scale)
    return caption(made, below, f"size-{mark.key}") if small_print else made
