"""One example of everything that can be seen, shared by the tests of every layer.

``mark("Grid", limit=4)`` is an example of a kind, with changes; ``beat("Grid")`` shows it; ``story()`` tells
a film in which every kind of mark and every motion occurs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnanim import words
from nnanim.beats import Beat, Story
from nnanim.marks import (
    Alignment,
    Arcs,
    Bars,
    Block,
    Cloud,
    Column,
    Curve,
    Formula,
    Grid,
    Histogram,
    Link,
    Mark,
    Overlay,
    Picture,
    PictureGrid,
    Row,
    Squares,
    Surface,
    Text,
    Tokens,
    Units,
    Wires,
    modify,
)
from nnanim.motions import Flow, Playback, Sweep

WEIGHTS = np.array([[0.9, -1.6], [-0.4, 2.0], [1.2, 0.3]])
LAST = np.array([[1.5, -2.0, 0.7]])
INPUT = np.array([4.7, 1.4])
HIDDEN = 1 / (1 + np.exp(-(WEIGHTS @ INPUT - 2)))
OUTPUT = 1 / (1 + np.exp(-(LAST @ HIDDEN)))

PETALS = (
    {"en": "petal length", "ja": "花びらの長さ"},
    {"en": "petal width", "ja": "花びらの幅"},
)
PIECES = ("This", "is", "a", "pen", ".")
PROVENANCE = {"model": "iris-2-3-1", "parameters": 13, "seed": 1, "versions": {"torch": "2.13.0+cpu"}}


def _waves(rows: int, columns: int) -> np.ndarray:
    """(rows, columns) values in -1..1 that differ from cell to cell."""
    return np.sin(1.7 * np.arange(rows * columns, dtype=float) + 0.3).reshape(rows, columns)


def _spots() -> np.ndarray:
    """(40, 2) points of which the groups by turns lie low and high."""
    turn = np.arange(40)
    middle = np.where(turn % 2, 4.8, 1.9)[:, None]
    return middle + 1.2 * np.column_stack([np.sin(2.1 * turn), np.cos(3.3 * turn)])


def _spreads() -> np.ndarray:
    """(40, 2) standard deviations around the spots."""
    return 0.4 + 0.2 * _waves(40, 2)


EXAMPLES: dict[str, tuple[Callable[..., Mark], dict[str, Any]]] = {
    "Units": (Units, {"values": INPUT, "names": PETALS, "label": words.input_layer, "limit": 8, "digits": 1}),
    "Wires": (Wires, {"weights": WEIGHTS, "source": "x", "target": "h", "limit": 2.5}),
    "Arcs": (Arcs, {"weights": [0.1, 0.7, 0.05, 0.15], "tokens": "tokens", "origin": 1}),
    "Alignment": (
        Alignment,
        {
            "weights": [[0.8, 0.15, 0.05], [0.1, 0.2, 0.7]],
            "source": "source",
            "target": "target",
            "origins": (1, 2),
        },
    ),
    "Grid": (
        Grid,
        {
            "values": 2 * _waves(5, 5),
            "rows": PIECES,
            "columns": PIECES,
            "limit": 2.5,
            "digits": 2,
            "mask": np.triu(np.ones((5, 5)), 1) > 0,
            "highlight": ((2, 1),),
        },
    ),
    "Tokens": (Tokens, {"words": PIECES, "values": np.array([0.1, 0.9, 0.3, 0.0, 0.2]), "highlight": (1,)}),
    "Picture": (Picture, {"pixels": (1 + _waves(8, 8)) / 2, "label": {"en": "a digit", "ja": "数字"}}),
    "PictureGrid": (
        PictureGrid,
        {
            "values": 2 * _waves(2, 3),
            "rows": PIECES[:2],
            "limit": 2.5,
            "digits": 1,
            "pictures": (1 + _waves(3 * 16, 3)).reshape(3, 4, 4, 3) / 2,
        },
    ),
    "Cloud": (
        Cloud,
        {
            "points": _spots(),
            "groups": tuple(np.arange(40) % 2),
            "names": ("versicolor", "virginica"),
            "x_limits": (0, 7),
            "y_limits": (0, 7),
            "x_name": {"en": "petal length (cm)", "ja": "花びらの長さ (cm)"},
            "y_name": {"en": "petal width (cm)", "ja": "花びらの幅 (cm)"},
            "highlight": (3,),
        },
    ),
    "Curve": (
        Curve,
        {
            "x": np.linspace(-6, 6, 80),
            "y": 1 / (1 + np.exp(-np.linspace(-6, 6, 80))),
            "point": (1.3, 1 / (1 + np.exp(-1.3))),
            "x_limits": (-6, 6),
            "y_limits": (0, 1),
            "x_name": "z",
            "y_name": "σ(z)",
            "label": words.sigmoid,
        },
    ),
    "Bars": (
        Bars,
        {"values": np.array([0.1, 0.7, 0.2]), "names": ("cat", "dog", "fish"), "limit": 1, "highlight": (1,)},
    ),
    "Squares": (
        Squares,
        {
            "values": np.array([0.5, 8, 40]),
            "names": ("ours", "theirs", "all"),
            "limit": 40,
            "highlight": (1,),
        },
    ),
    "Surface": (
        Surface,
        {
            "values": np.add.outer(np.linspace(-1, 2, 7) ** 2, np.linspace(-2, 1, 9) ** 2),
            "x_limits": (-2, 1),
            "y_limits": (-1, 2),
            "paths": (
                np.array([[-1.8, 1.7], [-1, 0.9], [-0.4, 0.3], [0, 0]]),
                np.array([[0.9, -0.8], [0, 0]]),
            ),
            "names": ({"en": "slow", "ja": "遅い"}, {"en": "fast", "ja": "速い"}),
            "points": np.array([[0.5, 0.5], [-1, 1.5]]),
            "groups": (0, 1),
            "x_name": {"en": "a weight", "ja": "重み"},
            "y_name": {"en": "another one", "ja": "もう一つの重み"},
            "means": "loss",
        },
    ),
    "Histogram": (
        Histogram,
        {
            "counts": np.array([3, 12, 31, 38, 13, 3]),
            "edges": np.linspace(-3, 3, 7),
            "expected": np.array([2.1, 13.6, 34.1, 34.1, 13.6, 2.1]),
            "names": ({"en": "counted", "ja": "数えた数"}, {"en": "expected", "ja": "期待値"}),
            "highlight": (0, 5),
            "x_name": {"en": "noise", "ja": "ノイズ"},
        },
    ),
    "Formula": (
        Formula,
        {"parts": ("z =", "positive(1.2 times 4.7)", "+ negative((-0.3) times 1.4)", "= 5.2")},
    ),
    "Block": (Block, {"name": words.encoder, "detail": "64 → 16", "role": "query", "value": 0.7}),
    "Link": (Link, {"source": "from", "target": "to", "name": "16"}),
    "Text": (Text, {"words": {"en": "Which species is it?", "ja": "どの種類でしょうか。"}}),
}
"""Class and arguments of one example of each kind of mark."""


def mark(kind: str, **changes: Any) -> Any:
    """An example of a kind of mark, its key the kind's name in small letters."""
    made, options = EXAMPLES[kind]
    return made(**{"key": kind.lower(), **options, **changes})


def stage(kind: str, **changes: Any) -> Row:
    """An arrangement that shows the example, with what it is tied to."""
    one = mark(kind, **changes)
    if isinstance(one, Wires):
        out, into = one.weights.shape
        return Row(Units(_waves(1, into)[0], key="x"), one, Units(_waves(1, out)[0], key="h", side="right"))
    if isinstance(one, Arcs):
        pieces = ("a", "pen", "is", "red", "now")[: len(one.weights)]
        return Column(one, Tokens(pieces, key="tokens"), gap=0.0)
    if isinstance(one, Alignment):
        return Column(
            Tokens(("a", "red", "pen"), key="source"), one, Tokens((">", "1", "2"), key="target"), gap=0.0
        )
    if isinstance(one, Link):
        return Row(Block("A", key="from"), one, Block("B", key="to"))
    return Row(one)


def beat(kind: str, **changes: Any) -> Beat:
    """A beat that shows the example of a kind of mark."""
    return Beat(
        {"en": f"This is {kind}.", "ja": f"これは {kind} です。"}, stage(kind, **changes), id=kind.lower()
    )


def network(lit: bool = True) -> tuple[Units, Wires, Units, Wires, Units]:
    """A three-layer perceptron: input, weights, hidden layer, weights, output."""
    x = Units(INPUT, key="x", names=PETALS, label=words.input_layer, limit=8, digits=1)
    h = Units(HIDDEN, key="h", label=words.hidden_layer, limit=1, lit=lit, means=words.activation)
    o = Units(
        OUTPUT, key="o", label=words.output_layer, limit=1, side="right", names=("virginica",), lit=lit,
        means=words.activation,
    )  # fmt: skip
    return x, Wires(WEIGHTS, x, h, key="w1", limit=2.5), h, Wires(LAST, h, o, key="w2", limit=2.5), o


def flow() -> Flow:
    """The input's signals on their way to the hidden layer."""
    return Flow("w1", WEIGHTS * INPUT, INPUT)


def beats() -> Iterator[Beat]:
    """The beats of ``story``: every kind of mark, every motion, things that stay, move, enter and leave."""
    x, w1, h, w2, o = network()
    dark = [modify(one, lit=False) for one in (h, o)]
    yield Beat(
        {
            "en": "A flower's two numbers go in; which species is it?",
            "ja": "花の二つの数から、種類を当てます。",
        },
        Row(x, mark("Text")),
    )
    yield Beat(
        {"en": "Three columns of neurons, and a wire for each weight.", "ja": "ニューロンの三つの列です。"},
        Row(x, w1, dark[0], w2, dark[1]),
    )
    yield Beat(
        {
            "en": "Each number travels along every wire, and each one grows or shrinks on its way.",
            "ja": "それぞれの数が、すべての線に分かれて進みます。",
        },
        Row(x, w1, h, w2, dark[1]),
        motion=flow(),
        id="split",
    )
    yield Beat(
        {"en": "At one neuron they are added.", "ja": "一つのニューロンで足し合わされます。"},
        Row(h, w2, o),
        motion=Flow("w2", LAST * HIDDEN, HIDDEN, only=0, numbers=True),
        focus=("w2", "o"),
        id="merge",
    )
    yield Beat(
        {"en": "The sum goes through a curve.", "ja": "和は曲線を通ります。"},
        Column(mark("Formula"), Row(mark("Bars"), mark("Curve")), gap=0.4),
    )
    yield Beat(
        {"en": "Training turns the weights, and the map fills in.", "ja": "学習で重みが変わります。"},
        Row(x, w1, h, Overlay(_map(1.0), mark("Cloud"))),
        motion=Playback({"w1": [modify(w1, weights=WEIGHTS * s) for s in (0.2, 0.6, 1.0)],
                     "map": [_map(s) for s in (0.1, 0.5, 1.0)]}, seconds=2.0),
        id="training",
    )  # fmt: skip
    yield Beat(
        {"en": "A sentence becomes tokens; each looks at those before it.", "ja": "文はトークンになります。"},
        Row(
            Column(mark("Arcs", weights=[0.1, 0.7, 0.05, 0.15, 0.0]), mark("Tokens"), gap=0.1),
            mark("Grid"),
        ),
    )
    yield Beat(
        {"en": "Words look at the words of another sentence.", "ja": "別の文の語を見ます。"},
        stage("Alignment"),
        id="alignment",
    )
    yield Beat(
        {"en": "A window wanders over the picture.", "ja": "窓が絵の上を動きます。"},
        Row(mark("Picture"), Grid(2 * _waves(3, 3), key="sums", limit=2.5, digits=1)),
        motion=Sweep("picture", window=(4, 4), stride=(2, 2), reveals="sums"),
        id="sweep",
    )
    yield Beat(
        {"en": "Parts of a network, joined.", "ja": "ネットワークの部品をつなぎます。"},
        Row(Block(words.encoder, "64 → 16", key="from"), mark("Link"), mark("Block", key="to")),
        schematic=True,
    )
    yield Beat(
        {"en": "Counted values, and how many were expected.", "ja": "数えた値と、期待した数です。"},
        Row(
            mark("Histogram"), mark("Cloud", key="spread", inside=True, spreads=_spreads(), path=_spots()[:4])
        ),
    )
    yield Beat({"en": "Cells under pictures.", "ja": "絵の下に数が並びます。"}, mark("PictureGrid"))
    yield Beat({"en": "A function of two numbers.", "ja": "二つの数の関数です。"}, mark("Surface"))
    yield Beat({"en": "Amounts as areas, to scale.", "ja": "量を面積で、同じ縮尺で。"}, mark("Squares"))
    yield Beat(
        {"en": "Of a big layer, only the strongest are shown.", "ja": "大きな層は、強いものだけを見せます。"},
        Row(
            Units.top(_waves(1, 768)[0], 8, key="big", label={"en": "layer 3", "ja": "第3層"}),
            Wires(_waves(12, 8), "big", "out", key="wide"),
            Units(_waves(1, 12)[0], key="out"),
        ),
        id="big",
    )


def _map(strength: float) -> Picture:
    steps = np.linspace(-1, 1, 24)
    return Picture(np.tanh(3 * strength * np.add.outer(-steps, steps)), key="map", low=-1, colors="diverging")


def story() -> Story:
    """A film in which every kind of mark and every motion occurs."""
    return Story.from_beats(
        beats(), {"en": "A three-layer perceptron", "ja": "三層パーセプトロン"}, PROVENANCE
    )
