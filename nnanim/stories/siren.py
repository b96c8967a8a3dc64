"""The story of Deep Daze: a picture that is a network of sines, and words that steer its weights.

The question: what is a picture made of that has no pixels? The moment to remember: a tip of the mushroom,
cut out of the pixels, is a staircase; the same weights, asked between the pixels, draw its edge. The end: the
weights are the picture, at whatever size it is asked for.

After P. Wang, "Deep Daze" (2021), and V. Sitzmann et al., "Implicit Neural Representations with Periodic
Activation Functions" (2020).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From, window
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Curve, Grid, Picture, Row, Table, Text, Units, Wires, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Flow, Playback, Relay, Sweep
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

ABREAST = 8
"""Pictures of neurons side by side."""

EVERY = 2
"""Of the steps of the steering each of so many is filmed."""

COLOURS: tuple[Words, ...] = (
    {"en": "red", "ja": "赤"}, {"en": "green", "ja": "緑"}, {"en": "blue", "ja": "青"},
)  # fmt: skip
VALUE = {"en": "{name}: {v:.2f}", "ja": "{name} {v:.2f}"}
SINES = {"en": "{n} sines", "ja": "サイン {n} 個"}
SIDE = {"en": "{n} × {n}", "ja": "{n} × {n}"}
WAVE = {"en": "what a neuron gives", "ja": "ニューロンの出力"}
PLACE = {"en": "place", "ja": "場所"}
SLOPE = {"en": "slope of the cosine", "ja": "コサインの勾配"}
MORE = {"en": "more {c}?", "ja": "{c}を増やす？"}
COSINE = {"en": "cosine", "ja": "コサイン"}
REAL = {"en": "real pictures", "ja": "本物の画像"}
STEERED = {"en": "this one", "ja": "この画像"}
SHARES = {"en": "right, by the judge", "ja": "審査での正解率"}
PIXELS = {"en": "its pixels", "ja": "画素"}
BETWEEN = {"en": "the network, asked between them", "ja": "画素のあいだもネットワークに聞く"}
ATTRIBUTES: Mapping[str, Words] = {
    "thing": {"en": "thing", "ja": "物"},
    "colour": {"en": "colour", "ja": "色"},
    "background": {"en": "background", "ja": "背景"},
    "style": {"en": "style", "ja": "画風"},
}


@dataclass(frozen=True)
class SteeredSiren:
    """A network of sines that words steered, and what is said of it.

    Attributes:
        trace: of `nnanim.steering.record_siren.record_siren`.
        prompt: the sentence.
        pixel: row and column of the place that is followed.
        window: first row, first column and height of the part that is painted finer.
        things: names of what the judge knows, in its order.
        wanted: index of the thing that was asked for.
        shares: of `ATTRIBUTES`, the share of steered pictures in which the judge sees what was asked for.
        pictures: of how many.
    """

    trace: Trace
    prompt: str
    pixel: tuple[int, int]
    window: tuple[int, int, int]
    things: Sequence[Words]
    wanted: int
    shares: Mapping[str, float]
    pictures: int

    def __post_init__(self) -> None:
        if len(self.things) != len(self.trace["judge"]):
            raise UserError(f"{len(self.things)} names for {len(self.trace['judge'])} things")
        if missing := [name for name in ATTRIBUTES if name not in self.shares]:
            raise UserError(f"no share of {missing[0]!r} is given")

    def array(self, name: str) -> Floats:
        """An array of the trace."""
        return np.asarray(self.trace[name], dtype=float)

    @property
    def layers(self) -> int:
        """How many layers the network has, the colours' among them."""
        return sum(name.startswith("weights.") for name in self.trace)

    @property
    def count(self) -> int:
        """Number of its weights and biases."""
        sizes = [self.trace[f"weights.{k}"].shape for k in range(self.layers)]
        return sum(rows * columns + rows for rows, columns in sizes)

    def picture(self, at: int, label: Words | None = None) -> Picture:
        """The picture after some steps."""
        return Picture(self.array("steered")[at], key="picture", label=label)


def siren(run: SteeredSiren) -> Iterator[Beat]:
    """Tell how a network is a picture, and how words steer it.

    Raises:
        UserError: the judge does not see in the picture what was asked for.
    """
    if (seen := int(run.array("judge").argmax())) != run.wanted:
        raise UserError(f"the judge sees {run.things[seen]}, not {run.things[run.wanted]}; take another seed")
    yield from _network(run)
    yield from _waves(run)
    yield from _slope(run)
    yield _film(run)
    yield from _verdict(run)
    yield from _size(run)


def _network(run: SteeredSiren) -> Iterator[Beat]:
    """A place goes in, a colour comes out; at all places, a picture."""
    yield Beat(
        {
            "en": "No pixel of this picture is stored anywhere. What is it made of?",
            "ja": "この絵の画素は、どこにも保存されていません。何でできているのでしょう。",
        },
        Row(run.picture(-1), scale=1.6),
        id="question",
        asks=True,
    )
    columns, wires, flows = _net(run)
    net = [mark for pair in zip(columns, wires, strict=False) for mark in pair]
    row, column = run.pixel
    side = run.trace["steered"].shape[2]
    stage = Row(*net, columns[-1], Row(run.picture(-1), scale=0.9), gap=0.5)
    yield Beat(
        fill(
            {
                "en": "Of a network with {n:,} weights: a place goes in, x and y, and its colour comes out.",
                "ja": "重み {n:,} 個のネットワークです。場所 x と y を入れると、その色が出ます。",
            },
            n=run.count,
        ),
        stage,
        id="network",
        born={mark.key: From("picture") for mark in columns},
    )
    yield Beat(
        fill(
            {
                "en": "At this place: {k} times {n} sines of weighted sums, then red, green and blue.",
                "ja": "この場所では、重みつきの和のサインが {n} 個ずつ {k} 回。そして赤、緑、青です。",
            },
            k=run.layers - 1, n=len(columns[1].values),
        ),
        stage,
        motion=Relay(tuple(flows)),
        id="signals",
        pulse=("picture", row, column),
    )  # fmt: skip
    maps = [
        Picture(
            run.array(f"place.{name}"), key=f"map-{name}", low=-1.0, high=1.0, colors="diverging",
            label=name, means=PLACE,
        )
        for name in "xy"
    ]  # fmt: skip
    yield Beat(
        fill(
            {
                "en": "Asked at all {n:,} places, one after the other, its answers are the picture.",
                "ja": "{n:,} か所すべてで聞いていくと、答えが絵になります。",
            },
            n=side * side,
        ),
        Row(*maps, Text("→", key="arrow", size="large"), run.picture(-1), gap=0.5, scale=1.25),
        motion=Sweep("map-x", beside=("map-y",), reveals="picture", slow=3, seconds=5.0),
        id="places",
        born={"map-x": From("place", 0), "map-y": From("place", 1)},
    )


def _net(run: SteeredSiren) -> tuple[list[Units], list[Wires], list[Flow]]:
    """Its neurons at one place, the wires between them, and the signals along these."""
    values = [run.array("place"), *(run.array(f"values.{k}") for k in range(run.layers))]
    last = run.layers
    columns = []
    for k, one in enumerate(values):
        # What comes out is not told before the signals have arrived.
        names: tuple[Words, ...] = COLOURS if k == last else ()
        if k == 0:
            names = tuple(fill(VALUE, name=name, v=v) for name, v in zip("xy", one, strict=True))
        label = fill(SINES, n=len(one)) if 0 < k < last else None
        columns.append(
            Units(
                one, key="place" if k == 0 else f"layer-{k}", limit=1.0, names=names, label=label,
                side="right" if k == last else "left", numbers=False,
            )
        )  # fmt: skip
    weights = [run.array(f"weights.{k}") for k in range(run.layers)]
    limit = round_up(max(float(np.abs(one).max()) for one in weights))
    wires = [
        Wires(one, columns[k].key, columns[k + 1].key, key=f"w-{k}", limit=limit)
        for k, one in enumerate(weights)
    ]
    terms = [one * values[k] for k, one in enumerate(weights)]
    flows = [Flow(f"w-{k}", one, values[k], limit=1.0, seconds=1.3) for k, one in enumerate(terms)]
    return columns, wires, flows


def _waves(run: SteeredSiren) -> Iterator[Beat]:
    """What the neurons of the first and the last layer of sines give at all places."""
    first, last = (_table(run.array(f"waves.{name}")) for name in ("first", "last"))
    count = len(run.array("waves.first"))
    yield Beat(
        fill(
            {
                "en": "Each of its first {n} neurons is a wave: the sine of a weighted sum of x and y.",
                "ja": "最初の {n} 個は、それぞれが波です。x と y の重みつきの和の、サインです。",
            },
            n=count,
        ),
        first,
        id="waves",
        born={f"wave-{at}": From("picture") for at in range(count)},
    )
    yield Beat(
        {
            "en": "Two layers on they are sines of sums of sines: the waves bend into shapes.",
            "ja": "2 層先では、サインの和のサインになります。波が曲がり、形になります。",
        },
        last,
        id="shapes",
    )


def _table(waves: Floats) -> Table:
    pictures = [
        Picture(one, key=f"wave-{at}", low=-1.0, high=1.0, colors="diverging", means=WAVE)
        for at, one in enumerate(waves)
    ]
    return Table(*pictures, cells=[divmod(at, ABREAST) for at in range(len(pictures))], gap=0.15)


def _quote(run: SteeredSiren) -> Text:
    return Text({"en": f"“{run.prompt}”", "ja": f"「{run.prompt}」"}, key="prompt", width=5.5, bold=True)


def _slope(run: SteeredSiren) -> Iterator[Beat]:
    """Random weights, their cosine, and its slope back to every weight."""
    count = len(run.array("waves.last"))
    yield Beat(
        fill(
            {
                "en": "At first the weights are random, and the picture is fog. "
                "CLIP's cosine with the words: {c:.2f}.",
                "ja": "はじめ、重みは乱数で、絵は霧です。CLIP によるコサインは {c:.2f}。",
            },
            c=float(run.array("cosine")[0]),
        ),
        Row(Row(run.picture(0), scale=1.5), _quote(run), gap=0.8),
        id="random",
        gathers={f"wave-{at}": "picture" for at in range(count)},
        born={"prompt": From("picture")},
    )
    slope = run.array("slope")
    limit = float(np.abs(slope).max())
    maps = [
        Picture(
            slope[..., k] / limit, key=f"slope-{k}", low=-1.0, high=1.0, colors="diverging",
            label=fill(MORE, c=colour), means=SLOPE,
        )
        for k, colour in enumerate(COLOURS)
    ]  # fmt: skip
    yield Beat(
        {
            "en": "The slope of the cosine says, for each pixel, which colour should grow, and which shrink.",
            "ja": "コサインの勾配は、画素ごとに、どの色を増やし、どの色を減らすかを教えます。",
        },
        Row(run.picture(0), *maps, gap=0.5, scale=1.1),
        id="slope",
        born={mark.key: From("picture") for mark in maps},
        gathers={"prompt": "picture"},
    )
    parts = [run.array(f"slopes.{k}") for k in range(run.layers)]
    end = round_up(max(float(np.abs(one).max()) for one in parts))
    grids = [
        Grid(
            one.T if k == run.layers - 1 else one, key=f"layer-slope-{k}", limit=end,
            label=fill({"en": "layer {n}", "ja": "{n} 層目"}, n=k + 1), means=SLOPE,
        )
        for k, one in enumerate(parts)
    ]  # fmt: skip
    born = {grids[-1].key: From("slope-0")}
    born |= {one.key: From(after.key) for one, after in pairwise(grids)}
    yield Beat(
        fill(
            {
                "en": "But there are no pixels to change. So it runs on, back to each of the {n:,} weights.",
                "ja": "けれど、変えられる画素はありません。勾配はさらに、{n:,} 個の重みまで戻ります。",
            },
            n=run.count,
        ),
        Row(*grids, gap=0.5),
        id="weights",
        born=born,
    )


def _film(run: SteeredSiren) -> Beat:
    """All steps, and the curve of the cosine beside that of real pictures."""
    cosine, real = run.array("cosine"), float(run.array("real"))
    last = len(cosine) - 1
    filmed = [*range(0, last, EVERY), last]
    low, high = min(float(cosine.min()), 0.0), max(float(cosine.max()), real)

    def curve(drawn: int) -> Curve:
        return Curve(
            np.arange(len(cosine), dtype=float), np.vstack([cosine, np.full(len(cosine), real)]),
            names=(STEERED, REAL), key="curve", drawn=drawn, x_name=words.step, y_name=COSINE,
            x_limits=(0.0, float(last)), y_limits=(-round_up(-low) if low < 0 else 0.0, round_up(high)),
            aspect=1.4,
        )  # fmt: skip

    pictures, curves = [run.picture(at) for at in filmed], [curve(at + 1) for at in filmed]
    return Beat(
        fill(
            {
                "en": "{s} small steps of all weights. "
                "The cosine rises to {c:.2f}; real pictures have {r:.2f}.",
                "ja": "全部の重みを少しずつ {s} 回。コサインは {c:.2f} に。本物の画像は {r:.2f} です。",
            },
            s=last, c=float(cosine[-1]), r=real,
        ),
        Row(Row(pictures[-1], scale=1.6), curves[-1], gap=0.8),
        motion=Playback({"picture": pictures, "curve": curves}, seconds=8.0),
        id="film",
        born={"curve": From("layer-slope-0"), "picture": From(f"layer-slope-{run.layers - 1}")},
    )  # fmt: skip


def _verdict(run: SteeredSiren) -> Iterator[Beat]:
    """What the judge says, and why the guide is not fooled by one pixel."""
    shares = np.array([run.shares[name] for name in ATTRIBUTES])
    yield Beat(
        fill(
            {
                "en": "A judge that took no part sees a {t}. In {m} such pictures, {p} show the right thing.",
                "ja": "別の審査モデルにも「{t}」に見えます。{m} 枚のうち {p} で、物は正解です。",
            },
            t=run.things[run.wanted], m=run.pictures, p=percent(float(shares[0])),
        ),
        Row(
            Row(run.picture(-1), scale=1.5),
            Bars(shares, tuple(ATTRIBUTES.values()), key="shares", limit=1.0, percent=True, label=SHARES),
            gap=0.8,
        ),
        id="judge",
        born={"shares": From("curve")},
        given=("says", "shares"),
    )  # fmt: skip
    views = [Picture(one, key=f"view-{at}") for at, one in enumerate(run.array("views"))]
    yield Beat(
        {
            "en": "CLIP never saw it twice alike: nearer, farther, shifted. "
            "So no trick of single pixels helps.",
            "ja": "CLIP は毎回少しずらして見ました。近く、遠く、横へ。画素だけの小細工は効きません。",
        },
        Row(*views, gap=0.3),
        id="views",
        born={mark.key: From("picture") for mark in views},
    )


def _size(run: SteeredSiren) -> Iterator[Beat]:
    """The same weights, asked between the pixels, and at any size."""
    row, column, height = run.window
    pixels = run.array("steered")[-1]
    part = pixels[row : row + height, column : column + height]
    side = pixels.shape[0]
    yield Beat(
        fill(
            {
                "en": "CLIP saw {n} × {n} pixels. How large can this picture be?",
                "ja": "CLIP が見たのは {n} × {n} 画素です。この絵は、どこまで大きくできるでしょう。",
            },
            n=side,
        ),
        Row(run.picture(-1), scale=1.6),
        id="size",
        gathers={f"view-{at}": "picture" for at in range(len(run.array("views")))},
        asks=True,
    )
    yield Beat(
        {
            "en": "As large as you like. Pixels end in a staircase; the network answers between them, too.",
            "ja": "いくらでも。画素は階段になりますが、ネットワークはそのあいだでも答えます。",
        },
        Row(
            Picture(part, key="part", label=PIXELS),
            Picture(run.array("window.fine"), key="fine", label=BETWEEN, smooth=True),
            gap=0.8, scale=1.5,
        ),
        id="between",
        born={"part": From("picture", cells=window(row, column, height)), "fine": From("part")},
    )  # fmt: skip
    large = run.array("large")
    yield Beat(
        fill(
            {
                "en": "Its {w:,} weights are the picture. As {s}×{s} pixels it would be {p:,} numbers.",
                "ja": "{w:,} 個の重みが、この絵です。{s} × {s} 画素なら {p:,} 個の数になります。",
            },
            w=run.count, s=large.shape[0], p=large.size,
        ),
        Column(Row(Picture(large, key="large", smooth=True), scale=1.7)),
        id="end",
        born={"large": From("fine")},
    )  # fmt: skip
