"""A painter that is told nothing: its dreams, their cosines, and what a judge sees in the best."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Bars, Grid, Picture, Row, Table, Text, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.stories.diffusion.views import tile_channels
from nnanim.stories.steering.run import SteeredDream
from nnanim.words import Words, fill

WIDE = 16
"""Numbers of an embedding in one row."""

ABREAST = 6
"""Dreams side by side."""

SEEN = 3
"""How many things have a bar in what the judge sees."""

NUMBER = {"en": "{c:.2f}", "ja": "{c:.2f}"}
NOISE = {"en": "noise", "ja": "ノイズ"}
DREAM = {"en": "what it believes to be there", "ja": "見えているつもりの画像"}
JUDGE = {"en": "what the judge sees", "ja": "審査モデルに見えるもの"}


def _quote(run: SteeredDream) -> Text:
    words_of = {"en": f"“{run.prompt}”", "ja": f"「{run.prompt}」"}
    return Text(words_of, key="prompt", width=12.0, bold=True)


def draw_noise(values: Floats, key: str, limit: float, label: Words) -> Picture:
    """Noise (4, 8, 8), its channels two by two."""
    return Picture(
        tile_channels(values), key=key, low=-limit, high=limit, colors="diverging", label=label,
        means=words.latent,
    )  # fmt: skip


def show_dream(run: SteeredDream) -> Iterator[Beat]:
    """The painter's own dream, and the two embeddings that are compared."""
    dreams = [Picture(one, key="dream", label=DREAM) for one in run.array("dream")]
    bare = Picture(run.array("dream")[-1], key="dream")
    yield Beat(
        fill(
            {
                "en": "This painter was told nothing. Can words steer it to “{p}”?",
                "ja": "何も言われずに描いた画像です。"
                    "言葉で「{p}」に導けるでしょうか。",
            },
            p=run.prompt,
        ),
        Row(bare, scale=1.6),
        id="question",
        asks=True,
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "It paints from noise: {n} times it removes what it takes for noise.",
                "ja": "始まりはノイズです。"
                    "ノイズと思うものを {n} 回取り除いて描きます。",
            },
            n=len(dreams),
        ),
        Row(
            draw_noise(run.array("noise"), "noise", run.limit, NOISE), Text("→", key="arrow", size="large"),
            dreams[-1], gap=0.6, scale=1.5,
        ),
        motion=Playback({"dream": dreams}, seconds=3.0),
        id="dream",
        born={"noise": From("dream")},
    )  # fmt: skip
    wish, seen = run.array("wish"), run.array("embedding")
    limit = round_up(float(np.abs([wish, seen]).max()))
    yield Beat(
        fill(
            {
                "en": "CLIP turns words and picture into {n} numbers each. "
                    "Their cosine: {c:.2f}. They do not fit.",
                "ja": "CLIP は、言葉も画像も {n} 個の数にします。"
                    "コサインは {c:.2f}。合っていません。",
            },
            n=len(wish), c=float(wish @ seen),
        ),
        Table(
            _quote(run), Grid(wish.reshape(-1, WIDE), key="wish", limit=limit),
            bare, Grid(seen.reshape(-1, WIDE), key="seen", limit=limit),
            cells=[(0, 0), (0, 1), (1, 0), (1, 1)], gap=0.6,
        ),
        id="numbers",
        born={"prompt": From("dream"), "wish": From("prompt"), "seen": From("dream")},
    )  # fmt: skip


def show_pool(run: SteeredDream) -> Iterator[Beat]:
    """Many dreams, sorted; the best is the wrong thing."""
    cosines, ranks = run.array("cosines"), run.trace["ranks"]
    pictures = [
        Picture(one, key=f"dream-{at}", label=fill(NUMBER, c=float(cosines[rank])))
        for at, (one, rank) in enumerate(zip(run.array("dreams"), ranks, strict=True))
    ]
    yield Beat(
        fill(
            {
                "en": "Let it dream {n} times. Here are {k} of them by their cosines, the best first.",
                "ja": "{n} 回描かせ、コサインの順に並べました。"
                    "そのうちの {k} 枚です。",
            },
            n=len(cosines), k=len(pictures),
        ),
        Table(*pictures, cells=[divmod(at, ABREAST) for at in range(len(pictures))], gap=0.3),
        id="pool",
        born={mark.key: From("dream") for mark in pictures},
    )  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "Even the best is wrong. A judge that takes no part sees “{t}”.",
                "ja": "いちばん近いものでも違います。"
                    "別の審査モデルには「{t}」に見えます。",
            },
            t=run.things[run.likeliest("before")],
        ),
        Row(
            Row(Picture(run.array("steered")[0], key="dream-0"), scale=1.5),
            plot_verdict(run, "before"), gap=0.8,
        ),
        id="best",
        born={"judge": From("dream-0")},
    )  # fmt: skip


def plot_verdict(run: SteeredDream, when: str) -> Bars:
    """The things that the judge takes a picture for."""
    chances = run.array(f"judge.{when}")
    both = [run.wanted, *(run.likeliest(one) for one in ("before", "after"))]
    order = list(dict.fromkeys([*both, *np.argsort(-chances, kind="stable").tolist()]))[:SEEN]
    order.sort(key=lambda at: -chances[at])
    return Bars(
        chances[order], tuple(run.things[at] for at in order), key="judge", limit=1.0, percent=True,
        highlight=(order.index(run.likeliest(when)),), label=JUDGE, of=len(chances),
    )  # fmt: skip
