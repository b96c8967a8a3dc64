"""A network of sines is a picture: a place on its way through it, all places, and what its neurons give."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Picture, Row, Table, Text, Units, Wires, modify, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Flow, Relay, Sweep
from nnanim.stories.siren.run import COLOURS, PLACE, SINES, VALUE, WAVE, SteeredSiren
from nnanim.words import Words, fill

ABREAST = 8
"""Pictures of neurons side by side."""


def show_network(run: SteeredSiren) -> Iterator[Beat]:
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
    # Nothing is known of them before the signals run.
    rings = [one if one.key == "place" else modify(one, lit=False) for one in columns]
    resting = [mark for pair in zip(rings, wires, strict=False) for mark in pair]
    small = Row(run.picture(-1), scale=0.9)
    yield Beat(
        fill(
            {
                "en": "Of a network with {n:,} weights: a place goes in, x and y, and its colour comes out.",
                "ja": "重み {n:,} 個のネットワークです。場所 x と y を入れると、その色が出ます。",
            },
            n=run.count,
        ),
        Row(*resting, rings[-1], small, gap=0.5),
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
        Row(*net, columns[-1], small, gap=0.5),
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


def show_waves(run: SteeredSiren) -> Iterator[Beat]:
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
