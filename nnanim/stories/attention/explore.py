"""Attention in the hands of a class: any sentence, any head, any temperature; then the steps of the film."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nnanim.beats import Beat
from nnanim.marks import Column, Tokens
from nnanim.motions import Stream
from nnanim.stories.attention.arcs import gaze, heads
from nnanim.stories.attention.drawing import LONGEST, fit_line, needs_lines
from nnanim.stories.attention.guesses import likeliest
from nnanim.stories.attention.reading import Reading
from nnanim.stories.attention.story import attention
from nnanim.words import fill
from nnanim.words.numerals import chosen_number


def explore(reading: Reading, heat: float = 1.0, written: Sequence[str] = ()) -> Iterator[Beat]:
    """What the last token looks at and what comes next, all heads, and what is written at a temperature.

    Args:
        reading: the traced model on a sentence, of which a layer and a head may be chosen.
        heat: the temperature.
        written: the tokens that were drawn at this temperature, one after the other, to follow the sentence.
    """
    yield _look(reading, heat)
    yield replace(heads(reading), id="every-head", born={})
    if written:
        yield _write(reading, heat, written)
    yield from attention(reading)


def _look(reading: Reading, heat: float) -> Beat:
    place, (layer, head) = reading.at, reading.layer_and_head
    said = {
        "en": "Block {b}, head {h}: “{word}” looks at “{seen}”.",
        "ja": "ブロック {b} のヘッド {h}：「{word}」は「{seen}」を見ています。",
    }
    says = fill(
        said, b=layer + 1, h=head + 1, word=reading.name(place),
        seen=reading.name(int(reading.pattern[place].argmax())),
    )  # fmt: skip
    motion = None if needs_lines(reading) else Stream("arcs", seconds=1.0)
    if not reading.guesses:
        return Beat(says, gaze(reading, place), motion=motion, id="explore")
    label = {"en": "next token, temperature {t}", "ja": "次のトークン（温度 {t}）"}
    shown = likeliest(reading, place, "next", heat, fill(label, t=chosen_number(heat, ".1f")))
    stage = fit_line(lambda most: Column(gaze(reading, place, most=most), shown, gap=0.35))
    return Beat(says, stage, motion=motion, id="explore")


def _write(reading: Reading, heat: float, written: Sequence[str]) -> Beat:
    every = (*reading.names, *written)
    kept = every[-LONGEST:]
    added = tuple(range(len(kept) - len(written), len(kept)))
    return Beat(
        fill(
            {
                "en": "At temperature {t}, the model writes on like this.",
                "ja": "温度 {t} では、こう続けます。",
            },
            t=chosen_number(heat, ".1f"),
        ),
        Tokens(kept, key="tokens", of=len(every), highlight=added),
        id="write",
    )
