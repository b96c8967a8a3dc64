"""Dreams of three layers and of sentences, and a tree with a wish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Picture, Row
from nnanim.motions import Playback
from nnanim.stories.microscope.run import DREAM, TREE, Dreams, build_wall, draw_tree, walk
from nnanim.words import fill

COSINE = {"en": "cosine", "ja": "コサイン"}
KINDS = (
    {"en": "first layer", "ja": "最初の層"},
    {"en": "in the middle", "ja": "中ほど"},
    {"en": "deep", "ja": "深い層"},
    {"en": "words", "ja": "言葉"},
)
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
GUESS = {
    "en": "At the end, pictures meet sentences. These climbed towards {n} of them. What are they?",
    "ja": "最後の層では、画像と文が出会います。{n} 個の文に近づけた画像です。何でしょう。",
}


def show_walls(dreams: Dreams) -> Iterator[Beat]:
    """Eight channels of each of three layers."""
    for at, (name, says) in enumerate(WALLS):
        wall = build_wall(dreams, f"wall-{at}")
        yield Beat(
            fill(says, n=len(wall.children)),
            wall,
            id=name,
            born={mark.key: From("bare") for mark in wall.flatten()} if not at else {},
        )


def show_words(dreams: Dreams) -> Iterator[Beat]:
    """Sentences as wishes: guess them, then their names."""
    yield Beat(
        fill(GUESS, n=len(dreams.names)),
        build_wall(dreams, "words"),
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
        build_wall(dreams, "words", dreams.names),
        id="names",
    )  # fmt: skip


def show_wish(dreams: Dreams) -> Iterator[Beat]:
    """The tree becomes a star; then a whole layer without any wish."""
    yield Beat(
        fill(
            {
                "en": "Now our tree gets a wish: “{w}”. What will become of it?",
                "ja": "あの木に、願いを持たせます。「{w}」。木はどうなるでしょう。",
            },
            w=dreams.wish,
        ),
        Row(draw_tree(dreams), scale=1.6),
        id="wish",
        born={"tree": From("wall-0")},
    )
    film = walk(dreams, "star", "tree", COSINE)
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


def show_kinds(dreams: Dreams) -> Beat:
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
