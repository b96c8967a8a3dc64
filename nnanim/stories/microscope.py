"""The story of what neurons want to see: a picture that climbs the slope of one number inside a network.

The question: what would one neuron like to see best? The moment to remember: a tree is given a wish, "a large
yellow star", and its branches turn into the points of a star. The end: what a neuron wants is what training
made of it, colours first, then stripes, at last things.

After A. Mordvintsev et al., "Inceptionism" (2015), C. Olah et al., "Feature Visualization" (2017), and
OpenAI's Microscope (2020).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Curve, Grid, Picture, Row, Table, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Playback
from nnanim.trace import Trace
from nnanim.words import Words, fill

ACROSS = 4
"""Pictures in a row of a wall."""

TREE = {"en": "a picture", "ja": "画像"}
SLOPE = {"en": "what each pixel would do", "ja": "各画素のはたらき"}
DREAM = {"en": "its dream", "ja": "夢"}
STEP = {"en": "step", "ja": "ステップ"}
MEAN = {"en": "mean of the channel", "ja": "チャンネルの平均"}
COSINE = {"en": "cosine", "ja": "コサイン"}
SHAKEN = {"en": "shaken: {v:.1f}", "ja": "揺らす：{v:.1f}"}
BARE = {"en": "not shaken: {v:.1f}", "ja": "揺らさない：{v:.1f}"}
KINDS = (
    {"en": "first layer", "ja": "最初の層"},
    {"en": "in the middle", "ja": "中ほど"},
    {"en": "deep", "ja": "深い層"},
    {"en": "words", "ja": "言葉"},
)


@dataclass(frozen=True)
class Dreams:
    """What `nnanim.steering.dream_trace.trace_dreams` recorded for this film.

    Attributes:
        trace: dreams ``look`` (of the picture, before its first step), ``climb`` and ``bare`` (of one
            channel, with and without a shaken view), ``wall-0`` to ``wall-2``, ``words``, ``star``,
            ``layer``; and ``map`` (rows, columns) of the channel on the picture, ``judged`` (n, classes) what
            the judge says of ``words``, ``wanted`` (n,) the classes that were wished for.
        unit: number of the channel.
        names: of what was wished for.
        wish: the sentence that the picture is given.
    """

    trace: Trace
    unit: int
    names: Sequence[Words]
    wish: Words

    def __post_init__(self) -> None:
        if len(self.trace["wanted"]) != len(self.names):
            raise UserError(f"{len(self.names)} names for {len(self.trace['wanted'])} wishes")

    def picture(self, dream: str, step: int = -1, sample: int = 0) -> Floats:
        """(height, width, 3) pixels of a dream at a step."""
        return np.asarray(self.trace[f"{dream}.pictures"][step, sample], dtype=float)

    def value(self, dream: str, step: int = -1) -> float:
        """What was climbed, at a step."""
        return float(self.trace[f"{dream}.values"][step, 0])

    @property
    def right(self) -> int:
        """In how many pictures of ``words`` the judge sees the thing that was wished for."""
        return int((self.trace["judged"].argmax(axis=1) == self.trace["wanted"]).sum())


def microscope(dreams: Dreams) -> Iterator[Beat]:
    """Tell what one channel, three layers, and eight sentences want to see."""
    yield from _look(dreams)
    yield from _climb(dreams)
    yield from _walls(dreams)
    yield from _words(dreams)
    yield from _wish(dreams)
    yield _end(dreams)


def _tree(dreams: Dreams, label: Words = "") -> Picture:
    return Picture(dreams.picture("look", 0), key="tree", label=label)


def _look(dreams: Dreams) -> Iterator[Beat]:
    """A picture, what a channel says to it, and how each pixel matters."""
    trace = dreams.trace
    yield Beat(
        {
            "en": "A neuron answers a picture with one number. What would it like to see best?",
            "ja": "ニューロンは、画像に一つの数で答えます。いちばん見たいものは何でしょう。",
        },
        Row(_tree(dreams), scale=1.6),
        id="question",
    )
    values = np.asarray(trace["map"], dtype=float)
    rows, columns = values.shape
    name = fill({"en": "channel {u}", "ja": "チャンネル {u}"}, u=dreams.unit)
    yield Beat(
        fill(
            {
                "en": "Its copies stand in {r} × {c} places: a channel. For this tree their mean is {m:.1f}.",
                "ja": "同じものが {r} × {c} か所に並び、チャンネルになります。この木での平均は {m:.1f} です。",
            },
            r=rows, c=columns, m=float(values.mean()),
        ),
        Row(_tree(dreams, TREE), Grid(values, key="map", label=name, digits=0), gap=1.0, scale=1.4),
        id="channel",
        born={"map": From("tree")},
    )  # fmt: skip
    slope = np.asarray(trace["look.slopes"][0, 0], dtype=float).sum(axis=2)
    end = float(np.abs(slope).max())
    yield Beat(
        {
            "en": "Go backwards: orange pixels raise this number when they brighten, blue ones lower it.",
            "ja": "逆にたどります。明るくすると数が上がる画素はオレンジ、下がる画素は青です。",
        },
        Row(
            _tree(dreams, TREE),
            Picture(slope / end, low=-1, colors="diverging", key="slope", label=SLOPE, means=SLOPE),
            gap=1.0,
            scale=1.4,
        ),
        id="slope",
        born={"slope": From("map")},
    )


def _curve(dreams: Dreams, dream: str, name: Words, drawn: int) -> Curve:
    """What was climbed, step by step."""
    values = np.asarray(dreams.trace[f"{dream}.values"][:, 0], dtype=float)
    low = float(values.min())
    return Curve(
        np.arange(float(len(values))), values, key="curve", x_name=STEP, y_name=name, drawn=drawn, aspect=1.3,
        x_limits=(0, len(values) - 1), y_limits=(-round_up(-low) if low < 0 else 0, round_up(values.max())),
    )  # fmt: skip


def _walk(dreams: Dreams, dream: str, key: str, name: Words, label: Words = "") -> Playback:
    """A picture and its curve, step by step."""
    count = len(dreams.trace[f"{dream}.pictures"])
    return Playback(
        {
            key: [Picture(dreams.picture(dream, step), key=key, label=label) for step in range(count)],
            "curve": [_curve(dreams, dream, name, step + 1) for step in range(count)],
        },
        seconds=5.0,
    )


def _climb(dreams: Dreams) -> Iterator[Beat]:
    """From grey up the slope, and the same without help."""
    film = _walk(dreams, "climb", "dream", MEAN, DREAM)
    yield Beat(
        fill(
            {
                "en": "Begin with grey, and take {n} small steps up such a slope: from {a:.1f} to {b:.1f}.",
                "ja": "灰色から、この傾きに沿って小さく {n} 回進みます。{a:.1f} が {b:.1f} になります。",
            },
            n=len(film.states["dream"]) - 1, a=dreams.value("climb", 0), b=dreams.value("climb"),
        ),
        Row(film.states["dream"][-1], film.states["curve"][-1], gap=0.8, scale=1.3),
        motion=film,
        id="climb",
        born={"dream": From("slope"), "curve": From("dream")},
    )  # fmt: skip
    yield Beat(
        {
            "en": "Here the picture was shaken and smoothed a little at every step. What if it is not?",
            "ja": "ここでは毎回、画像を少し揺らし、なめらかにしました。しないと、どうなるでしょう。",
        },
        Row(Picture(dreams.picture("climb"), key="dream", label=DREAM), scale=1.6),
        id="helpers",
        asks=True,
        gathers={"curve": "dream"},
    )
    with_, without = dreams.value("climb"), dreams.value("bare")
    yield Beat(
        fill(
            {
                "en": "It climbs to {b:.1f}, by noise. Shaking leaves only what survives it.",
                "ja": "{b:.1f} まで上がりますが、ノイズだらけです。揺らすと、揺れに耐える形だけが残ります。",
            },
            b=without,
        ),
        Row(
            Picture(dreams.picture("climb"), key="dream", label=fill(SHAKEN, v=with_)),
            Picture(dreams.picture("bare"), key="bare", label=fill(BARE, v=without)),
            gap=1.0,
            scale=1.4,
        ),
        id="bare",
        born={"bare": From("dream")},
    )


def _wall(dreams: Dreams, dream: str, names: Sequence[Words] = ()) -> Table:
    """Several dreams, in rows."""
    count = dreams.trace[f"{dream}.pictures"].shape[1]
    return Table(
        *(
            Picture(
                dreams.picture(dream, sample=at), key=f"wall-{at}", label=names[at] if names else ""
            )
            for at in range(count)
        ),
        cells=[divmod(at, ACROSS) for at in range(count)],
        gap=0.25,
        scale=1.6,
    )  # fmt: skip


WALLS: tuple[tuple[str, Mapping[str, str]], ...] = (
    (
        "first",
        {
            "en": "{n} channels of the first layer, each with its own dream: plain colours.",
            "ja": "最初の層の {n} チャンネルの夢です。どれも単色です。",
        },
    ),
    (
        "middle",
        {
            "en": "In the middle of the network they dream of stripes and patterns.",
            "ja": "ネットワークの中ほどでは、縞や模様を夢に見ます。",
        },
    ),
    (
        "deep",
        {
            "en": "Deeper, of shapes: bars, corners, blocks of one colour.",
            "ja": "さらに深い層では、形です。棒や角、一色のかたまりが見えます。",
        },
    ),
)


def _walls(dreams: Dreams) -> Iterator[Beat]:
    """Eight channels of each of three layers."""
    for at, (name, says) in enumerate(WALLS):
        wall = _wall(dreams, f"wall-{at}")
        yield Beat(
            fill(says, n=len(wall.children)),
            wall,
            id=name,
            born={mark.key: From("bare") for mark in wall.flatten()} if not at else {},
        )


GUESS = {
    "en": "At the end, pictures meet sentences. These climbed towards {n} of them. What are they?",
    "ja": "最後の層では、画像と文が出会います。{n} 個の文に近づけた画像です。何でしょう。",
}


def _words(dreams: Dreams) -> Iterator[Beat]:
    """Sentences as wishes: guess them, then their names."""
    yield Beat(
        fill(GUESS, n=len(dreams.names)),
        _wall(dreams, "words"),
        id="guess",
        asks=True,
    )
    yield Beat(
        fill(
            {
                "en": "A judge, another network, sees the right thing in {k} of {n}.",
                "ja": "別のネットワークの審判は、{n} 枚のうち {k} 枚を正しく見分けます。",
            },
            k=dreams.right, n=len(dreams.names),
        ),
        _wall(dreams, "words", dreams.names),
        id="names",
    )  # fmt: skip


def _wish(dreams: Dreams) -> Iterator[Beat]:
    """The tree becomes a star; then a whole layer without any wish."""
    yield Beat(
        fill(
            {
                "en": "Now our tree gets a wish: “{w}”. What will become of it?",
                "ja": "あの木に、願いを持たせます。「{w}」。木はどうなるでしょう。",
            },
            w=dreams.wish,
        ),
        Row(_tree(dreams), scale=1.6),
        id="wish",
        born={"tree": From("wall-0")},
    )
    film = _walk(dreams, "star", "tree", COSINE)
    yield Beat(
        fill(
            {
                "en": "Its branches become the points of a star. The cosine rises from {a:.2f} to {b:.2f}.",
                "ja": "枝が星のとげになります。コサインは {a:.2f} から {b:.2f} に上がります。",
            },
            a=dreams.value("star", 0), b=dreams.value("star"),
        ),
        Row(film.states["tree"][-1], film.states["curve"][-1], gap=0.8, scale=1.3),
        motion=film,
        id="star",
        born={"curve": From("tree")},
    )  # fmt: skip
    count = len(dreams.trace["layer.pictures"])
    states = [Picture(dreams.picture("layer", step), key="layer", label=DREAM) for step in range(count)]
    yield Beat(
        {
            "en": "And no wish at all? The judge exaggerates whatever one of its layers sees in the tree.",
            "ja": "願いがなければ？審判の一つの層が、木に見えたものを何でも強めていきます。",
        },
        Row(Picture(dreams.picture("layer", 0), key="tree", label=TREE), states[-1], gap=1.0, scale=1.4),
        motion=Playback({"layer": states}, seconds=4.0),
        id="layer",
        born={"layer": From("tree")},
        gathers={"curve": "tree"},
    )


def _end(dreams: Dreams) -> Beat:
    """One of each kind."""
    kinds = {"wall-0": 0, "wall-1": 0, "wall-2": 4}
    shown = [
        Picture(dreams.picture(name, sample=one), key=f"kind-{at}", label=KINDS[at])
        for at, (name, one) in enumerate(kinds.items())
    ]
    star = Picture(dreams.picture("star"), key="star", label=KINDS[-1])
    return Beat(
        {
            "en": "What does a neuron want? Colours, then stripes, then things: what it learnt to see.",
            "ja": "見たいものは、色、縞、そして物へと変わります。学習で見分けるようになったものです。",
        },
        Row(*shown, star, gap=0.4, scale=1.5),
        id="end",
        born={**{mark.key: From("tree") for mark in shown}, "star": From("layer")},
    )
