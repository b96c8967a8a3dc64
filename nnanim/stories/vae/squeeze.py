"""A picture is numbers; the encoder squeezes them to two, the decoder rebuilds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Grid, Link, Mark, Picture, Row, Units, Wires, modify, round_up
from nnanim.motions import Flow, Playback, Relay
from nnanim.trace import Trace
from nnanim.words import Words, fill

Floats = npt.NDArray[np.float64]

ENCODER = ("encoder.1", "encoder.3", "encoder.5")
DECODER = ("decoder.1", "decoder.3", "decoder.5")
STEP, HOLD = 0.37, 1.5
"""Seconds in which a part of the chain lights up; the last one is held so many times as long."""

POINT, LAYER, FRAMED, ARROW = 0.55, 2.0, 1.2, 0.65
"""Scales of the chain's two numbers, such that they can be read, of its largest layer, pictures, arrows."""

ABREAST = 8
"""Maximum number of columns of a layer: large layers are high, so that the chain is an hourglass."""

LATENT = 3.0
"""Factor by which the two neurons in the middle are enlarged."""

FLOW = 0.9
"""Seconds of the signals to the two neurons, and of those from them."""

PICTURE = {"en": "picture", "ja": "画像"}
REBUILT = {"en": "rebuilt", "ja": "復元"}
SHARE = {"en": "share of largest", "ja": "最大比"}


def beats(trace: Trace) -> Iterator[Beat]:
    """The picture as numbers, the encoder, the decoder, and the two numbers between them."""
    yield numbers(trace)
    yield encoder(trace)
    yield decoder(trace)
    yield two(trace)


def ink(pixels: Floats, key: str, label: Words | None = None) -> Picture:
    """A picture of ink, 0..1; what a float is above 1 by rounding is 1."""
    return Picture(np.asarray(pixels, dtype=float), key=key, label=label)


def the_picture(trace: Trace) -> Floats:
    """(height, width) the picture that is squeezed."""
    return np.asarray(trace["pictures"][int(trace["start"])], dtype=float)


def numbers(trace: Trace) -> Beat:
    """The question: the picture, and the numbers that it is."""
    pixels = the_picture(trace)
    return Beat(
        fill(
            {
                "en": "A picture is {n} numbers. How few are enough to draw it again?",
                "ja": "画像は {n} 個の数です。いくつ残せば、また描けますか。",
            },
            n=pixels.size,
        ),
        Row(
            ink(pixels, "picture", PICTURE),
            Grid(pixels, key="numbers", limit=1.0, digits=2, means=words.pixel, role="grey"),
            gap=1.0,
        ),
        id="numbers",
        born={"numbers": From("picture")},
    )


def layers(trace: Trace, names: tuple[str, ...]) -> list[Grid]:
    """The neurons of layers as blocks of cells, as shares of their largest."""
    return [
        Grid(block(values / np.abs(values).max()), key=name, label=str(len(values)), means=SHARE, limit=1.0)
        for name in names
        for values in [np.asarray(trace[name][0], dtype=float)]
    ]


def find_limit(trace: Trace) -> float:
    """The largest |value| of the colours of the two numbers, and of the layers before and after them."""
    return round_up(max(float(np.abs(trace[name]).max()) for name in ("encoder.5", "point", "decoder.1")))


def block(values: Floats) -> Floats:
    """(n,) values in rows: at least as many rows as columns, and as many columns as n and `ABREAST` allow."""
    most = min(int(len(values) ** 0.5), ABREAST)
    columns = max(c for c in range(1, most + 1) if len(values) % c == 0)
    return values.reshape(-1, columns)


def point(trace: Trace) -> Grid:
    """The two numbers in the middle."""
    values = np.asarray(trace["point"][0], dtype=float)[:, None]
    return Grid(
        values, key="two", label=str(len(values)), digits=2, means=words.latent, limit=find_limit(trace)
    )


def darken(part: Any) -> Mark:
    """A part of the chain that nothing has come to yet."""
    if isinstance(part, Picture):
        dark: Mark = modify(part, pixels=np.full_like(part.pixels, part.low))
    else:
        dark = modify(part, mask=np.ones_like(part.values, dtype=bool))
    return dark


def chain(parts: list[Any]) -> Row:
    """Marks in a row, each joined to the next by an arrow; the cells of all layers are of one size."""
    tallest = max(len(part.values) for part in parts if isinstance(part, Grid))
    stage: list[Mark | Row] = []
    for before, part in zip([None, *parts], parts, strict=False):
        if before is not None:
            stage.append(Row(Link(before, part, key=f"{before.key}>{part.key}"), scale=ARROW))
        if isinstance(part, Grid):
            stage.append(Row(part, scale=POINT if part.digits else LAYER * len(part.values) / tallest))
        else:
            stage.append(Row(part, scale=FRAMED))
    return Row(*stage, gap=0.08)


def wave(parts: list[Any]) -> Playback:
    """Parts light up, one after the other; the first is lit from the beginning."""
    states = {
        part.key: [darken(part) if step < place else part for step in range(len(parts))]
        for place, part in enumerate(parts)
    }
    return Playback(states, seconds=STEP * (len(parts) + HOLD - 1), holds=(*(1.0,) * (len(parts) - 1), HOLD))


def hourglass(trace: Trace) -> tuple[list[Any], list[Any]]:
    """The picture and what the encoder makes of it, to the two numbers; what the decoder makes of these."""
    pixels = the_picture(trace)
    down = [ink(pixels, "picture", PICTURE), *layers(trace, ENCODER), point(trace)]
    rebuilt = ink(np.asarray(trace["decoder"][0]).reshape(pixels.shape), "rebuilt", REBUILT)
    return down, [*layers(trace, DECODER), rebuilt]


def encoder(trace: Trace) -> Beat:
    """The picture runs through the encoder, layer by layer; the decoder waits."""
    down, up = hourglass(trace)
    *counts, last = [part.values.size for part in down[1:]]
    return Beat(
        fill(
            {
                "en": "An encoder squeezes it: {counts}, and at last {d} numbers, the latent.",
                "ja": "エンコーダーが {counts}、{d} 個の数（潜在変数）に縮めます。",
            },
            counts={lang: join.join(map(str, counts)) for lang, join in (("en", ", "), ("ja", "、"))},
            d=last,
        ),
        chain([*down, *map(darken, up)]),
        motion=wave(down),
        id="encoder",
        gathers={"numbers": down[1].key},
    )


def decoder(trace: Trace) -> Beat:
    """From the two numbers back to a picture."""
    down, up = hourglass(trace)
    return Beat(
        fill(
            {
                "en": "From these {n} alone, a decoder draws the picture again, a little blurred.",
                "ja": "この {n} 個だけから、デコーダーがまた描きます。少しぼけました。",
            },
            n=down[-1].values.size,
        ),
        chain([*down, *up]),
        motion=wave([down[-1], *up]),
        id="decoder",
    )


def two(trace: Trace) -> Beat:
    """Everything has to pass two neurons."""
    z = np.asarray(trace["point"][0], dtype=float)
    into, out = (np.asarray(trace[name][0], dtype=float) for name in ("encoder.5", "decoder.1"))
    squeeze, widen = trace.parameters["point.weight"], trace.parameters["decoder.0.weight"]
    limit = find_limit(trace)
    weights = round_up(float(max(np.abs(squeeze).max(), np.abs(widen).max())))
    flows = (Flow("w1", squeeze * into, into, seconds=FLOW), Flow("w2", widen * z, z, seconds=FLOW))
    largest = max(flow.limit or 0.0 for flow in flows)
    relay = Relay(tuple(Flow(f.wires, f.contributions, f.source, limit=largest, seconds=FLOW) for f in flows))
    look: dict[str, Any] = {"limit": limit, "means": words.activation}
    return Beat(
        {
            "en": "Everything passes these two: nothing else reaches the decoder.",
            "ja": "すべてがこの 2 個を通ります。ほかには何も届きません。",
        },
        Row(
            Units(into, key="into", label=words.encoder, numbers=False, **look),
            Wires(squeeze, "into", "z", key="w1", limit=weights),
            Row(Units(z, key="z", label=words.latent, **look), scale=LATENT),
            Wires(widen, "z", "out", key="w2", limit=weights),
            Units(out, key="out", label=words.decoder, numbers=False, **look),
        ),
        motion=relay,
        id="two",
        born={"into": From("encoder.5"), "z": From("two"), "out": From("decoder.1")},
    )
