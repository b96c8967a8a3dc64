"""What comes out of a network, and whether it is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.marks import Arrangement, Bars, Block, Column, Link, Row, Text
from nnanim.numerals import number, percent
from nnanim.stories.network.net import Net, sums_to_one, top
from nnanim.stories.network.sentences import fill
from nnanim.stories.network.views import View
from nnanim.words import Words

OUTPUT = {"en": "output", "ja": "出力"}

MOST = 12
"""So many classes have a bar at the most."""


def answer(net: Net, truth: Sequence[int]) -> Iterator[Beat]:
    """The last value of a sample: as bars where its units have names or are probabilities, else as it is."""
    values = net.shown(net.last)
    if values is None or values.ndim != 1 or not (sums_to_one(values) or net.classes):
        out, given = View(net, net.last, heading=OUTPUT), View(net, next(iter(net.layers.values())))
        both = given.is_image and out.is_image and given.layer is not out.layer
        stage: Arrangement = Row(given.whole(), out.whole(), gap=1.2) if both else out.whole()
        if isinstance(stage, Block):
            first, key = given.face(most=8)
            stage = Row(first, Link(key, stage, key="l:output", width=1.4), stage)
        yield Beat({"en": "This comes out.", "ja": "これが出てきます。"}, stage, id="output")
        return
    named = len(net.classes) == len(values)
    names = net.classes if named else [f"{i}" for i in range(len(values))]
    kept, share, best = top(values, MOST), sums_to_one(values), int(values.argmax())
    bars = Bars(
        values[kept],
        tuple(names[i] for i in kept),
        key="answer",
        limit=1.0 if share else None,
        percent=share,
        highlight=(int(np.flatnonzero(kept == best)[0]),),
        of=len(values),
        label=words.probability if share else net.title(net.last),
    )
    beside: Arrangement = bars
    if len(truth):
        true = fill({"en": "true label: {name}", "ja": "正解：{name}"}, name=names[truth[net.sample]])
        beside = Column(bars, Text(true, key="truth", role="dimmed"), gap=0.35)
    source = View(net, next(iter(net.layers.values())))
    pictured = source.is_image or source.is_sheet or source.is_rows
    stage = Row(source.whole(), beside, gap=1.2) if pictured else Row(beside)
    yield Beat(_verdict(net, names[best], best, share, truth), stage, id=f"answer-{net.sample}")


def _verdict(net: Net, name: Words, best: int, share: bool, truth: Sequence[int]) -> Words:
    value = float(net.vector(net.last)[best])
    right: Words = {"en": "", "ja": ""}
    if len(truth):
        yes, no = (
            {"en": " That is right.", "ja": "正解です。"},
            {"en": " That is wrong.", "ja": "まちがいです。"},
        )
        right = yes if truth[net.sample] == best else no
    said = percent(value) if share else number(value)
    sentence = {"en": "The answer: {name}, with {p}.{r}", "ja": "答えは {name}、{p} です。{r}"}
    return fill(sentence, name=name, p=said, r=right)
