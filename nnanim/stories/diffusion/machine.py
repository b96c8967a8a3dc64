"""The whole machine in order, and the U-Net in it, each part with its tensor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import (
    Arrangement,
    Block,
    Column,
    Grid,
    Link,
    Picture,
    Row,
    Table,
    Text,
    round_up,
)
from nnanim.stories.diffusion.runs import Runs
from nnanim.stories.diffusion.views import (
    STRONGEST,
    caption,
    film,
    latents,
    picture,
    pieces,
    shape,
    stage,
)
from nnanim.words import Words, fill

MOST_ROWS, SHOWN = 16, 24
"""Maximum number of words whose vectors are shown, and of numbers of each."""


def machine(runs: Runs) -> Iterator[Beat]:
    """Words become vectors, the machine runs from noise to picture, and the U-Net opens."""
    if "text.states" in runs:
        yield word_vectors(runs)
    yield steps_beat(runs)
    yield from unet(runs)


def word_vectors(runs: Runs) -> Beat:
    """Each word of the sentence unrolls into its numbers."""
    return Beat(
        fill(
            {
                "en": "A text encoder turns each word into a vector of {n} numbers.",
                "ja": "テキストエンコーダーが、単語を {n} 個の数（ベクトル）にします。",
            },
            n=runs["text.states"].shape[-1],
        ),
        Row(vectors(runs, True), scale=1.5),
        id="machine-text",
        born={"states": From("words")},
    )


def vectors(runs: Runs, named: bool = False) -> Grid:
    """The first numbers of the words' vectors, a row a word."""
    values = runs["text.states"][0]
    chosen = [i for i in runs.pieces if i < len(values)][:MOST_ROWS]
    shown = values[chosen, :SHOWN]
    return Grid(
        shown, key="states", limit=round_up(float(np.abs(shown).max())), means=words.vector,
        rows=tuple(runs.words[i] for i in chosen) if named else (),
        label={"en": "word vectors", "ja": "単語のベクトル"},
        of=(len(chosen), values.shape[1] if named else shown.shape[1]),
    )  # fmt: skip


def steps_beat(runs: Runs) -> Beat:
    """The machine, and the U-Net in it at work."""
    films = [latents(x, "x", runs.limit, words.latent, words.latent) for x in runs.noisy]
    pictures = [picture(one, "picture", {"en": "picture", "ja": "画像"}) for one in runs.pictures]
    steps = [network(runs, n) for n in range(runs.steps + 1)]
    return Beat(
        fill(
            {
                "en": "{n} times the U-Net reads words and latents, and removes noise.",
                "ja": "U-Net が言葉と潜在変数を読み、ノイズを {n} 回に分けて除きます。",
            },
            n=runs.steps,
        ),
        overview(runs, runs.steps),
        film(films, steps, pictures, seconds=3.0),
        id="machine-unet",
        born={"picture": From("x")},
    )


def overview(runs: Runs, step: int) -> Arrangement:
    """All parts after so many steps: the words run above, the latents below, round and round the U-Net."""
    known = "text.states" in runs
    parts: dict[tuple[int, int], Arrangement] = {
        (0, 1): Block(words.encoder, key="text", detail={"en": "of text", "ja": "文章用"}),
        (1, 0): network(runs, step),
        (1, 1): latents(runs.noisy[step], "x", runs.limit, words.latent, words.latent),
        (1, 2): Block(words.decoder, key="decoder"),
        (1, 3): picture(runs.pictures[step], "picture", {"en": "picture", "ja": "画像"}),
    }
    if known:
        parts[0, 0] = Row(vectors(runs), scale=0.6)
    links = [
        Link("words", "text", key="in-text"),
        *([Link("text", "states", key="out-text")] if known else ()),
        Link("states" if known else "text", "unet", key="in-states"),
        Link("unet", "x", key="out-unet", bend=0.3),
        Link("x", "unet", key="in-unet", bend=0.3),
        Link("x", "decoder", key="in-decoder"),
        Link("decoder", "picture", key="out-decoder"),
    ]
    cells = [*parts, *[(1, 0)] * len(links)]
    return Column(pieces(runs), Table(*parts.values(), *links, cells=cells, gap=1.0), gap=0.3)


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
    places = runs[f"unet.{way.middle}"].shape[-2:]
    yield Beat(
        fill(
            {
                "en": "In the U-Net: down to {b} places and up; skips keep detail.",
                "ja": "U-Net の中：{b} まで縮めて戻します。細部はスキップ接続が運びます。",
            },
            b=" × ".join(map(str, places)),
        ),
        inside(runs, way),
        id="unet",
        born={name: From("unet") for name in way.names},
    )  # fmt: skip


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
        # One name is enough: both have the same colour.
        Link(a, b, key=f"skip-{a}", name="" if i else skip, role="part", width=1.5)
        for i, (a, b) in enumerate(zip(way.down, reversed(way.up), strict=True))
    ]
    cells = [(0, 0), *way.cells, *[(0, 0)] * len(links)]
    table = Table(*marks, *links, cells=cells, gap=0.4, scale=1.0 if small else 0.7)
    note = {
        "en": "the {n} strongest channels of each; step {step} of {all}",
        "ja": "強い {n} チャンネル、{all} ステップ中 {step}",
    }
    said = fill(note, n=STRONGEST, step=runs.stage_step + 1, all=runs.steps)
    return Column(table, Text(said, key="cut", size="small", role="dimmed", width=12.0), gap=0.2)


def scale_stage(mark: Picture, below: Words, small_print: bool, scale: float = 1.0) -> Arrangement:
    """A stage at its scale, with its size below it where there is room."""
    made = Row(mark, scale=scale)
    return caption(made, below, f"size-{mark.key}") if small_print else made
