"""A picture that moves: the answer, the maps, and how many of many pictures are read right."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Bars, Link, Row
from nnanim.motions import Sweep
from nnanim.stories.convnet.views import AT_REST, MOVED, ConvNetView
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

BEFORE: Words = {"en": "its map", "ja": "そのマップ"}
THIS: Words = {"en": "this network", "ja": "このネットワーク"}
DENSE: Words = {"en": "dense network", "ja": "全結合のネットワーク"}


def move(net: ConvNetView, way: Words) -> Iterator[Beat]:
    """The picture is moved: what the network says, and why."""
    pictures = net.picture(AT_REST), net.picture(MOVED)
    before, after = (int(net.shares(sample).argmax()) for sample in (AT_REST, MOVED))
    yield Beat(
        fill(
            {
                "en": "Now the picture moves {way}. What will it say?",
                "ja": "{way}ずらすと、何と答えるでしょう。",
            },
            way=way,
        ),
        Row(*pictures, net.bars(AT_REST), gap=0.6),
        id="move",
        focus=("picture", "moved"),
        born={"moved": From("picture")},
        asks=True,
    )
    said = {"en": "Still {c}, with {p}.", "ja": "やはり {c}、{p} です。"}
    if before != after:
        said = {"en": "{c}, with {p}: it has lost it, too.", "ja": "{c}、{p}。これも見失いました。"}
    yield Beat(
        fill(said, c=net.classes[after], p=percent(float(net.shares(MOVED)[after]))),
        Row(*pictures, net.bars(MOVED), gap=0.6),
        id="moved",
    )
    first = net.map("first_activation", net.one, "map", BEFORE)
    second = net.map("first_activation", net.one, "map-moved", BEFORE, sample=MOVED)
    links = [
        Link(one, other, key=f"to-{other.key}") for one, other in zip(pictures, (first, second), strict=True)
    ]
    yield Beat(
        {"en": "Its maps move along with the picture.", "ja": "マップも、画像と一緒に動きます。"},
        Row(pictures[0], links[0], first, pictures[1], links[1], second, gap=0.4),
        id="along",
        motion=Sweep(
            "moved", net.find_convolution("first", net.one).window.size, reveals="map-moved", seconds=2.0
        ),
        born={"map": From("picture")},
    )


def scores(share: Trace, dense_share: Trace, versions: tuple[Words, ...]) -> Iterator[Beat]:
    """Of many pictures that it never saw, how many are read right, as they are and moved."""
    ours, theirs = (np.asarray(one["output"], dtype=float) for one in (share, dense_share))
    stage = Row(
        *(
            Bars(values, versions, key=key, limit=1.0, percent=True, label=label)
            for values, key, label in ((ours, "ours", THIS), (theirs, "theirs", DENSE))
        ),
        gap=1.0,
    )
    a, b, c, d = (percent(float(one)) for some in (ours, theirs) for one in (some[1:].min(), some[1:].max()))
    yield Beat(
        fill(
            {
                "en": "{n} new digits, moved: it reads {a} to {b}, the dense network {c} to {d}.",
                "ja": "新しい {n} 枚をずらすと、正解は {a}〜{b}。全結合では {c}〜{d} です。",
            },
            n=share["input[1]"].size, a=a, b=b, c=c, d=d,
        ),
        stage,
        id="scores",
        born={"ours": From("picture"), "theirs": From("moved")},
    )  # fmt: skip
    yield Beat(
        {
            "en": "Better, not perfect: its last layer still knows places. Would more layers help?",
            "ja": "よくなりましたが、最後の層は場所で見ています。層を重ねれば？",
        },
        stage,
        id="places",
    )
