"""What comes out of a network in the end, which answers the question that the film opened with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.layout import fits
from nnanim.marks import Arrangement, Bars, Block, Column, Link, Row, Text, Tokens, modify, round_up
from nnanim.stories.network.net import Floats, NetworkView, sums_to_one, top
from nnanim.stories.network.question import FOLLOWS, SAYS, ask_class, input_stage
from nnanim.stories.network.sizes import count_values
from nnanim.stories.network.views import LayerView
from nnanim.stories.probabilities import softmax
from nnanim.structure.titles import fill
from nnanim.words import Words
from nnanim.words.numerals import chosen_number, number, percent

OUTPUT = {"en": "output", "ja": "出力"}
TRUE = {"en": "true value", "ja": "正解"}

LARGE, LEAST = 1.5, 0.6
"""Scale of what went in beside the answer, and the smallest scale of anything there."""

FEW_BARS, SMALLEST = 4, 0.3
"""Up to so many bars are drawn larger; and the smallest scale at which bars stand beside the input."""

MAX_DIGITS = 6
"""Maximum number of decimals of a number that comes out; smaller ones are told by their range."""

MOST_NUMBERS = 64
"""More numbers than that are no list of results, of which the largest have bars."""

MAX_CLASSES, MAX_TOKENS = 12, 6
"""Maximum number of classes, and of tokens that may follow, that have a bar."""


def tell_answer(net: NetworkView, truth: Sequence[Any]) -> Iterator[Beat]:
    """The last value of a sample: probabilities as bars, a token that joins the others, or all as it is.

    ``truth`` is what `read_truth` gives.
    """
    if net.classifies:
        yield from ask_class(net, input_stage(net), SAYS)
        yield _class(net, truth)
    elif net.continues:
        yield from ask_class(net, input_stage(net), FOLLOWS)
        yield from _token(net)
    elif len(truth):
        yield _compare(net, truth)
    else:
        yield _output(net)


def read_truth(net: NetworkView, truth: Sequence[Any]) -> tuple[Any, ...]:
    """What is true of each sample: the index of its class, or (values,) numbers where numbers come out.

    Raises:
        UserError: numbers that are not as many as those that come out.
    """
    if net.classifies:
        return tuple(int(one) for one in truth)
    rows = [np.ravel(np.asarray(one, dtype=np.float64)) for one in truth]
    wanted = net.vector(net.last).size
    for sample, row in enumerate(rows):
        if row.size != wanted or wanted > MAX_CLASSES or not np.isfinite(row).all():
            raise UserError(
                f"truth has {row.size} numbers for sample {sample}, of which {wanted} come out; "
                f"as many wanted, at most {MAX_CLASSES}, and all of them finite"
            )
    return tuple(rows)


def _compare(net: NetworkView, truth: Sequence[Any]) -> Beat:
    """The numbers that come out beside those that are true, on one scale."""
    values, true = net.vector(net.last), truth[net.sample]
    limit = round_up(max(float(np.abs([*values, *true]).max()), 1e-9))
    said = {"en": "{v} comes out; {t} is true.", "ja": "出てきた値は {v}、正解は {t} です。"}
    if len(values) == 1:
        stage: Arrangement = Bars(np.append(values, true), (OUTPUT, TRUE), key="answer", limit=limit)
    else:
        names = net.classes if len(net.classes) == len(values) else [f"{i + 1}" for i in range(len(values))]
        each = {"answer": (values, OUTPUT), "truth": (true, TRUE)}
        stage = Row(
            *(Bars(v, tuple(names), key=k, limit=limit, label=title) for k, (v, title) in each.items())
        )
        said = {
            "en": "{n} values come out, {d} away from the true ones on average.",
            "ja": "{n} 個の値が出ました。正解との差は、平均 {d} です。",
        }
    off = number(float(np.abs(values - true).mean()))
    shown = fill(
        said, v=number(float(values[0])), t=chosen_number(float(true[0]), ".2f"), n=len(values), d=off
    )
    return Beat(shown, stage, id=f"answer-{net.sample}", given=("truth" if len(values) > 1 else "answer",))


def _output(net: NetworkView) -> Beat:
    """What comes out, as it is."""
    out = LayerView(net, net.last, heading=OUTPUT)
    given = LayerView(net, net.steps[0])
    both = given.is_image and out.is_image and given.layer is not out.layer
    stage: Arrangement = Row(given.whole(), out.whole(), gap=1.2) if both else out.whole()
    bars = draw_numbers(out, f"answer:{net.last.name}")
    if bars is not None:
        first, key = given.face(max_units=8)
        several = sum(layer.role == "input" for layer in net.steps) > 1
        first = (input_stage(net, True) or first) if several else first
        large = Row(bars, scale=1.6 if len(bars.values) <= FEW_BARS else 1.0)
        tried: list[Arrangement] = [large]
        if given.layer is not out.layer:
            alone = len(bars.values) == 1
            other: Arrangement = Row(out.whole(), scale=0.8) if alone else large
            way = (Link(key, out.key, key="l:output", width=1.4),) if alone and not several else ()
            tried = [Row(first, *way, other, gap=1.4), Row(first, bars, gap=1.4), large]
        stage = next((one for one in tried if fits(one, SMALLEST)), tried[-1])
    if not fits(stage):
        stage = out.block()
    if isinstance(stage, Block):
        first, key = given.face(max_units=8)
        stage = Row(first, Link(key, stage, key="l:output", width=1.4), stage)
    values, counted = net.vector(net.last), count_values(net, net.last)
    size = counted.words
    said = {"en": "{a} come out.", "ja": "出てきたのは、{a} です。"}
    if bars is not None and len(bars.values) == values.size > 1:
        said = {
            "en": "{a} come out, from {low} to {high}.",
            "ja": "出てきたのは、{low} から {high} までの {a} です。",
        }
    if values.size == 1:
        said = {"en": "One value comes out: {v}.", "ja": "出てきた値は {v} です。"}
    elif out.is_image:
        said = {"en": "A picture of {r} × {c} comes out.", "ja": "{r} × {c} の画像が出てきました。"}
    elif counted.lone:
        said = {"en": "Out comes {a}.", "ja": "出てきたのは、{a} です。"}
    rows, columns = out.values.shape[-2:] if out.is_image and out.values is not None else (1, 1)
    known: Words = OUTPUT
    if values.size:
        digits = count_digits(values)
        low, high, first_one = (number(float(v), digits) for v in (values.min(), values.max(), values[0]))
        known = fill(said, a=size, v=first_one, low=low, high=high, r=rows, c=columns)
    born: dict[str | tuple[str, int], From] = (
        {bars.key: From(out.key)} if bars is not None and len(bars.values) > 1 else {}
    )
    return Beat(known, stage, id="output", born=born)


def draw_numbers(view: LayerView, key: str) -> Bars | None:
    """A line of numbers as bars, all of a few, else the largest; None for what is not such a line."""
    values = view.values
    line = values is not None and (values.ndim < 2 or (values.ndim == 3 and values.shape[1:] == (1, 1)))
    if values is None or not line or view.is_tokens or view.is_sheet or not 0 < values.size <= MOST_NUMBERS:
        return None
    flat = values.ravel()
    digits = count_digits(flat)
    if digits > MAX_DIGITS or not np.isfinite(flat).all():
        return None
    kept = top(flat, MAX_CLASSES)
    names = tuple(f"{i + 1}" for i in kept) if flat.size > 1 else ()
    return Bars(
        flat[kept], names, key=key, of=flat.size, digits=digits, label=view.title,
        limit=round_up(float(np.abs(flat).max())),
    )  # fmt: skip


def count_digits(values: Floats) -> int:
    """Decimals with which the largest of some numbers has two figures, and at least two."""
    largest = float(np.abs(values).max(initial=0.0))
    return 2 if largest == 0 or not np.isfinite(largest) else max(2, 1 - math.floor(math.log10(largest)))


def _class(net: NetworkView, truth: Sequence[int]) -> Beat:
    """The classes as bars, beside what went in where that is a picture."""
    values = net.shares
    named = len(net.classes) == len(values)
    names = net.classes if named else [f"{i}" for i in range(len(values))]
    kept = np.sort(np.argsort(-values, kind="stable")[:MAX_CLASSES])
    share, best = sums_to_one(values), int(values.argmax())
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
    source = LayerView(net, net.steps[0])
    pictured = source.is_image or source.is_sheet or source.is_rows or source.is_signal or source.is_map
    stage = Row(beside)
    if pictured:  # as high as the bars, where there is room
        given = source.face()[0] if source.is_signal or source.is_map else source.whole()
        tried = [Row(Row(given, scale=scale), beside, gap=0.8) for scale in (LARGE, 1.0)]
        stage = next((one for one in tried if fits(one, LEAST)), tried[-1])
    return Beat(_verdict(net, names[best], best, share, truth), stage, id=f"answer-{net.sample}")


def _verdict(net: NetworkView, name: Words, best: int, share: bool, truth: Sequence[int]) -> Words:
    value = float(net.shares[best])
    right: Words = {"en": "", "ja": ""}
    if len(truth):
        yes, no = (
            {"en": " That is right.", "ja": "正解です。"},
            {"en": " That is wrong.", "ja": "まちがいです。"},
        )
        right = yes if truth[net.sample] == best else no
    said = percent(value) if share else number(value)
    sentence = {"en": "The answer: {name}, with {p}.{r}", "ja": "答えは {name}、{p} です。{r}"}
    if net.is_logits:
        sentence = {
            "en": "Softmax makes shares of the logits: {name}, with {p}.{r}",
            "ja": "ソフトマックスでロジットを割合にします：{name}、{p} です。{r}",
        }
    return fill(sentence, name=name, p=said, r=right)


def _token(net: NetworkView) -> Iterator[Beat]:
    """Which tokens may follow the last one; the most likely one joins the sentence."""
    values = net.output(net.last)
    assert values is not None
    shares = values[-1] if sums_to_one(values[-1]) else softmax(values[-1])
    likely = np.argsort(-shares, kind="stable")[:MAX_TOKENS]
    bars = Bars(
        shares[likely], tuple(net.classes[i] for i in likely), key="answer", percent=True, limit=1.0,
        highlight=(0,), of=len(shares), label=words.probability,
    )  # fmt: skip
    pieces, best = tuple(net.tokens), net.classes[likely[0]]
    tokens = Tokens(pieces, key="tokens")
    yield Beat(
        fill(
            {"en": "After “{t}”, most likely: “{c}”, with {p}.", "ja": "「{t}」の次は「{c}」、{p} です。"},
            t=pieces[-1], c=best, p=percent(float(shares[likely[0]])),
        ),
        Column(tokens, bars, gap=0.5),
        id=f"answer-{net.sample}",
    )  # fmt: skip
    longer = modify(tokens, words=(*pieces, words.say(best, "en")), of=None, highlight=(len(pieces),))
    yield Beat(
        {
            "en": "It joins the sentence, and all of this runs again for the next one.",
            "ja": "これを文に加え、次のトークンのために、はじめからもう一度動かします。",
        },
        Column(longer, bars, gap=0.5),
        id="joins",
        born={("tokens", -1): From("answer", 0)},
    )
