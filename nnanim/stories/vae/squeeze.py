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
HOLD = 3
"""The last state of a film is held so many times as long as the others."""

LATENT = 3.0
"""Factor by which the two neurons in the middle are enlarged."""

FLOW = 1.3
"""Seconds of the signals to the two neurons, and of those from them."""

PICTURE = {"en": "picture", "ja": "画像"}
REBUILT = {"en": "rebuilt", "ja": "復元"}
SHARE = {"en": "share of largest", "ja": "最大比"}


def beats(trace: Trace) -> Iterator[Beat]:
    """The picture as numbers, the encoder, the two numbers, the decoder."""
    yield numbers(trace)
    yield encoder(trace)
    yield two(trace)
    yield decoder(trace)


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
                "ja": "画像は {n} 個の数です。いくつ残せば、また描けるでしょうか。",
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
    """The neurons of layers as blocks of cells, each about as high as wide, as shares of their largest."""
    return [
        Grid(block(values / np.abs(values).max()), key=name, label=str(len(values)), means=SHARE, limit=1.0)
        for name in names
        for values in [np.asarray(trace[name][0], dtype=float)]
    ]


def find_limit(trace: Trace) -> float:
    """The largest |value| of the colours of the two numbers, and of the layers before and after them."""
    return round_up(max(float(np.abs(trace[name]).max()) for name in ("encoder.5", "point", "decoder.1")))


def block(values: Floats) -> Floats:
    """(n,) values in rows: at least as many rows as columns, as even as n allows."""
    columns = max(c for c in range(1, int(len(values) ** 0.5) + 1) if len(values) % c == 0)
    return values.reshape(-1, columns)


def point(trace: Trace) -> Grid:
    """The two numbers in the middle."""
    values = np.asarray(trace["point"][0], dtype=float)[:, None]
    return Grid(
        values, key="two", label=str(len(values)), digits=2, means=words.latent, limit=find_limit(trace)
    )


def chain(parts: list[Any]) -> Row:
    """Marks in a row, each joined to the next by an arrow; the cells of all layers are of one size."""
    tallest = max(len(part.values) for part in parts if isinstance(part, Grid))
    stage: list[Mark | Row] = []
    for before, part in zip([None, *parts], parts, strict=False):
        if before is not None:
            stage.append(Link(before, part, key=f"{before.key}>{part.key}"))
        if isinstance(part, Grid):
            stage.append(Row(part, scale=1.0 if part.digits else len(part.values) / tallest))
        else:
            stage.append(part)
    return Row(*stage)


def wave(parts: list[Any]) -> Playback:
    """The parts light up, one after the other; the first is lit from the beginning."""
    states: dict[str, list[Mark]] = {}
    for place, part in enumerate(parts):
        if isinstance(part, Picture):
            dark: Mark = modify(part, pixels=np.full_like(part.pixels, part.low))
        else:
            dark = modify(part, mask=np.ones_like(part.values, dtype=bool))
        states[part.key] = [dark if step < place else part for step in range(len(parts))]
    return Playback(states, seconds=0.38 * (len(parts) + HOLD - 1), holds=(*(1.0,) * (len(parts) - 1), HOLD))


def encoder(trace: Trace) -> Beat:
    """The picture runs through the encoder, layer by layer."""
    parts = [*layers(trace, ENCODER), point(trace)]
    picture = ink(the_picture(trace), "picture", PICTURE)
    counts = [part.values.size for part in parts]
    return Beat(
        fill(
            {
                "en": "An encoder makes {a} numbers of them, then {b}, {c}, and at last {d}: the latent.",
                "ja": "エンコーダーは {a} 個、{b} 個、{c} 個、最後に {d} 個の数（潜在変数）にします。",
            },
            **dict(zip("abcd", counts, strict=True)),
        ),
        chain([picture, *parts]),
        motion=wave([picture, *parts]),
        id="encoder",
        gathers={"numbers": parts[0].key},
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
            "ja": "すべてがこの 2 個を通ります。デコーダーには、ほかに何も届きません。",
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
        born={"into": From("encoder.5"), "z": From("two")},
    )


def decoder(trace: Trace) -> Beat:
    """From the two numbers back to a picture."""
    pixels = the_picture(trace)
    parts = [point(trace), *layers(trace, DECODER)]
    rebuilt = ink(np.asarray(trace["decoder"][0]).reshape(pixels.shape), "rebuilt", REBUILT)
    before = ink(pixels, "picture", {"en": "before", "ja": "元の画像"})
    stage = chain([*parts, rebuilt])
    return Beat(
        {
            "en": "From these 2 alone it draws the picture again, a little blurred.",
            "ja": "この 2 個だけから、また描きます。少しぼやけました。",
        },
        Row(*stage.children, before, gap=0.4),
        motion=wave([*parts, rebuilt]),
        id="decoder",
        born={"two": From("z"), "decoder.1": From("out")},
    )
