"""A picture is numbers; the encoder squeezes them to two, the decoder rebuilds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Grid, Link, Mark, Picture, Row, Units, Wires, modify, round_up
from nnanim.motions import Flow, Playback, Relay, Sweep
from nnanim.trace import Trace
from nnanim.words import Words, fill

Floats = npt.NDArray[np.float64]

ENCODER = ("encoder.1", "encoder.3", "encoder.5")
DECODER = ("decoder.1", "decoder.3", "decoder.5")
HOLD = 3
"""The last state of a film is held so many times as long as the others."""

LATENT = 2.4
"""Factor by which the two neurons in the middle are enlarged."""

PICTURE = {"en": "picture", "ja": "画像"}
REBUILT = {"en": "rebuilt", "ja": "復元"}
TWO = {"en": "the 2 numbers", "ja": "2 個の数"}


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
    """The picture beside its numbers."""
    pixels = the_picture(trace)
    return Beat(
        fill(
            {
                "en": "A picture is numbers: {n} pixels, each says how much ink.",
                "ja": "画像は数です。{n} 個の画素が、インクの量を表します。",
            },
            n=pixels.size,
        ),
        Row(
            ink(pixels, "picture", PICTURE),
            Grid(pixels, key="numbers", limit=1.0, digits=2, means=words.pixel, role="grey"),
            gap=1.0,
        ),
        motion=Sweep("picture", reveals="numbers", seconds=3.0),
        id="numbers",
    )


def layers(trace: Trace, names: tuple[str, ...]) -> list[Grid]:
    """The neurons of layers as blocks of cells, each about as high as wide, each of its own scale."""
    found = []
    for name in names:
        values = np.asarray(trace[name][0], dtype=float)
        means = fill({"en": "{n} neurons", "ja": "{n} 個のニューロン"}, n=len(values))
        found.append(Grid(block(values), key=name, label=str(len(values)), means=means))
    return found


def block(values: Floats) -> Floats:
    """(n,) values in rows: at least as many rows as columns, as even as n allows."""
    columns = max(c for c in range(1, int(len(values) ** 0.5) + 1) if len(values) % c == 0)
    return values.reshape(-1, columns)


def point(trace: Trace) -> Grid:
    """The two numbers in the middle."""
    values = np.asarray(trace["point"][0], dtype=float)[:, None]
    return Grid(values, key="two", label=str(len(values)), digits=2, means=TWO)


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
    return Playback(states, seconds=0.45 * (len(parts) + HOLD - 1), holds=(*(1.0,) * (len(parts) - 1), HOLD))


def encoder(trace: Trace) -> Beat:
    """The picture runs through the encoder, layer by layer."""
    parts = [*layers(trace, ENCODER), point(trace)]
    picture = ink(the_picture(trace), "picture", PICTURE)
    return Beat(
        fill(
            {
                "en": "The encoder squeezes {n} numbers, layer by layer, to 2.",
                "ja": "エンコーダーは {n} 個の数を、層ごとに 2 個まで減らします。",
            },
            n=picture.pixels.size,
        ),
        chain([picture, *parts]),
        motion=wave([picture, *parts]),
        id="encoder",
    )


def two(trace: Trace) -> Beat:
    """Everything has to pass two neurons."""
    z = np.asarray(trace["point"][0], dtype=float)
    into, out = (np.asarray(trace[name][0], dtype=float) for name in ("encoder.5", "decoder.1"))
    squeeze, widen = trace.parameters["point.weight"], trace.parameters["decoder.0.weight"]
    limit = round_up(max(float(np.abs(values).max()) for values in (into, z, out)))
    weights = round_up(float(max(np.abs(squeeze).max(), np.abs(widen).max())))
    flows = (Flow("w1", squeeze * into, into, seconds=1.6), Flow("w2", widen * z, z, seconds=1.6))
    largest = max(flow.limit or 0.0 for flow in flows)
    relay = Relay(tuple(Flow(f.wires, f.contributions, f.source, limit=largest, seconds=1.6) for f in flows))
    means = words.activation
    return Beat(
        {
            "en": "Everything must pass these two numbers: the latent.",
            "ja": "すべてがこの 2 個の数、潜在変数を通ります。",
        },
        Row(
            Units(into, key="into", label=words.encoder, limit=limit, means=means),
            Wires(squeeze, "into", "z", key="w1", limit=weights),
            Row(Units(z, key="z", label=words.latent, limit=limit, means=means), scale=LATENT),
            Wires(widen, "z", "out", key="w2", limit=weights),
            Units(out, key="out", label=words.decoder, limit=limit, means=means),
        ),
        motion=relay,
        id="two",
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
            "en": "From just these 2 numbers, the decoder rebuilds the picture.",
            "ja": "この 2 個だけから、デコーダーが画像を復元します。",
        },
        Row(*stage.children, before, gap=0.7),
        motion=wave([*parts, rebuilt]),
        id="decoder",
    )
