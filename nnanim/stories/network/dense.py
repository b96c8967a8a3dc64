"""Dense layers, told with neurons and wires: signals split, scale by the weights, and merge."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Bars, Row, modify
from nnanim.motions import Relay
from nnanim.stories.network.columns import Columns, dense_inputs, is_vector, row_of
from nnanim.stories.network.net import NetworkView, sums_to_one
from nnanim.stories.network.question import LAST, ask_class
from nnanim.structure.kinds import plain_kind
from nnanim.structure.layers import Layer, is_repeat
from nnanim.structure.phrases import softmax_axis
from nnanim.structure.titles import fill
from nnanim.trace import Contributions
from nnanim.trace.dense_calls import dense_call
from nnanim.words import Words
from nnanim.words.numerals import agreeing

MAX_TERMS = 4
"""Maximum number of terms of a sum that are written out."""


def tell_dense(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """Tell a run of dense layers; in the first one, one neuron's sum term by term."""
    return _tell_run(net, run, net.is_first("dense")) if is_vector(net, run[0]) else None


def _tell_run(net: NetworkView, run: Sequence[Layer], first: bool) -> Iterator[Beat]:
    columns = Columns(net, run)
    if columns.source.role == "input" or net.trace[columns.source.output].ndim > 2:
        yield _enter(columns)
    if first:
        yield from _one(columns)
    for i, layer in enumerate(run):
        if layer is net.last and net.classifies:
            yield from ask_class(net, columns.stage(i + 1, lit=i + 1), LAST)
        yield Beat(
            _sentence(net, layer),
            columns.stage(i + 1),
            motion=columns.flow(i, net.seconds),
            id=f"{layer.name}-flow",
        )


def _enter(columns: Columns) -> Beat:
    net, count = columns.net, len(dense_inputs(columns.net, columns.run[0]))
    source = net.output(columns.source)
    values: dict[str, object] = {
        "n": count,
        "shape": "" if source is None else " × ".join(map(str, source.shape)),
        "title": net.title(columns.source),
    }
    if columns.is_pictured:
        sentence = {
            "en": "A picture is {n} numbers. The ringed ones are shown as neurons.",
            "ja": "絵は {n} 個の数です。枠の画素をニューロンで示します。",
        }
    elif source is not None and source.ndim > 1 and source.size == count:
        sentence = {
            "en": "{shape} values are read as one line of {n} numbers.",
            "ja": "{shape} の値を、{n} 個の数の列として読みます。",
        }
    elif source is not None and source.ndim == 2 and source.shape[1] == count:
        row = row_of(source, dense_inputs(net, columns.run[0]))
        if row is not None:
            values |= {"row": row + 1, "of": len(source)}
            sentence = {
                "en": "Row {row} of {of} goes on: {n} numbers.",
                "ja": "{of} 行のうち {row} 行目の {n} 個の数が進みます。",
            }
        else:
            sentence = {"en": "{n} numbers go on.", "ja": "{n} 個の数が進みます。"}
    elif columns.source.role == "input":
        sentence = {
            "en": "One number goes in." if count == 1 else "{n} numbers go in.",
            "ja": "{n} 個の数が入ります。",
        }
        if source is not None and source.size > count:
            values |= {"of": source.size}
            sentence = {"en": "{n} of {of} numbers go in.", "ja": "{of} 個のうち {n} 個の数が入ります。"}
    else:
        sentence = {"en": "{n} numbers go on.", "ja": "{n} 個の数が進みます。"}
    return Beat(fill(sentence, **values), columns.stage(0), id=f"{columns.run[0].name}-in")


def _one(columns: Columns) -> Iterator[Beat]:
    """One neuron: its signals arrive and are added."""
    net, layer = columns.net, columns.run[0]
    target = columns.units[1]
    place = int(np.abs(target.values).argmax())
    one = target.shown[place]
    sums = net.trace.contributions(layer.sum, net.sample, top=MAX_TERMS, units=[one])
    blank = modify(target, lit=False, highlight=(place,))
    row = Row(columns.units[0], columns.wires[0], blank)
    beside = columns.lead
    yield Beat(
        {
            "en": "At one neuron, a signal arrives on every wire …",
            "ja": "一つのニューロンに、信号が届きます。",
        },
        row if beside is None else Row(beside, *row.children, gap=0.7),
        motion=columns.flow(0, net.seconds, only=place),
        id=f"{layer.name}-arrive",
    )
    yield Beat(
        _say_sum(sums),
        Row(*row.children, Row(terms(net, sums, source=columns.source), scale=2.3), gap=0.7),
        id=f"{layer.name}-sum",
        born={"sum": From(target.key, place)},
    )


def _has_rest(sums: Contributions) -> bool:
    """Whether the terms that are written out are not all that is added."""
    return not sums.is_complete or bool(abs(sums.rest[0]) >= 0.005)


def _say_sum(sums: Contributions) -> Words:
    """What is added up in one neuron."""
    added = [
        (True, {"en": "the strongest", "ja": "強い信号"}),
        (_has_rest(sums), {"en": "the rest", "ja": "残り"}),
        (sums.biased, {"en": "a bias", "ja": "バイアス"}),
    ]
    named = [said for there, said in added if there]
    if len(named) == 1 or (len(named) == 2 and not _has_rest(sums)):
        named[0] = {"en": "all of them", "ja": "すべての信号"}
    listed = {
        "en": ", and ".join([", ".join(one["en"] for one in named[:-1]), named[-1]["en"]])
        if len(named) > 1
        else named[0]["en"],
        "ja": ("と" if len(named) == 2 else "、").join(one["ja"] for one in named),
    }
    return fill({"en": "… and they are added: {l}.", "ja": "{l}を足します。"}, l=listed)


def terms(net: NetworkView, sums: Contributions, source: Layer) -> Bars:
    """The sum of one neuron, term by term: its strongest terms, the rest, the bias, the total."""
    name = {"en": "from {i}", "ja": "{i} から"}
    names: list[Words] = [fill(name, i=int(i) + 1) for i in sums.indices[0]]
    values = [*sums.terms[0]]
    if _has_rest(sums):
        names.append(fill({"en": "the other {n}", "ja": "ほか {n} 個"}, n=len(sums.inputs) - len(values)))
        values.append(sums.rest[0])
    if sums.biased:
        names.append(words.bias)
        values.append(sums.bias[0])
    digits, agrees = agreeing(values, sums.total[0])
    names.append({"en": "sum", "ja": "和"} if agrees else {"en": "sum ≈", "ja": "和 ≈"})
    values.append(sums.total[0])
    return Bars(np.array(values), tuple(names), key="sum", highlight=(len(values) - 1,), digits=digits)


def uses_weights_again(net: NetworkView, layer: Layer) -> bool:
    """Whether an earlier dense layer has the same weights: the same module, or the same table."""
    call = dense_call(net.trace.graph, layer.name)
    if call is None:
        return layer.role == "module" and is_repeat(layer.name)
    before = itertools.takewhile(lambda one: one is not layer, net.steps)
    others = [dense_call(net.trace.graph, one.name) for one in before]
    return any(one is not None and (one.weight, one.turned) == (call.weight, call.turned) for one in others)


def _sentence(net: NetworkView, layer: Layer) -> Words:
    title, after = net.title(layer), net.describe_changes(layer)
    if uses_weights_again(net, layer):
        title = fill({"en": "{t}, the same weights again", "ja": "{t}（同じ重み）"}, t=title)
    if (
        layer is net.last
        and [plain_kind(node.kind) for node in layer.changes] == ["softmax"]
        and (softmax_axis(layer.changes[0]) is None)
    ):
        return {
            "en": "The last layer: softmax makes its sums into probabilities.",
            "ja": "最後の層です。ソフトマックスが和を確率に変えます。",
        }
    if len(layer.changes) > 1 and not isinstance(after, str):
        return fill(
            {
                "en": "{title}: all neurons add up; then {f}.",
                "ja": "{title}：すべてのニューロンが足し、続いて {f} です。",
            },
            title=title,
            f=after,
        )
    if after:
        return fill(
            {
                "en": "{title}: all neurons add up, and {f} follows.",
                "ja": "{title}：すべてのニューロンが足し、{f} を通します。",
            },
            title=title,
            f=after,
        )
    return fill(
        {
            "en": "{title}: all neurons add up at once.",
            "ja": "{title}：すべてのニューロンが、いっせいに足します。",
        },
        title=title,
    )


def repeat_dense(net: NetworkView, run: Sequence[Layer]) -> Beat:
    """One more sample through a run of dense layers, quickly."""
    columns = Columns(net, run)
    flows = [columns.flow(i, 0.6 * net.seconds) for i in range(len(run))]
    limit = max(flow.limit or 0.0 for flow in flows)
    values = net.vector(net.last)
    sentence = {"en": "Another one.", "ja": "もう一つ見ましょう。"}
    if sums_to_one(values) and values.max() < 0.7:
        sentence = {"en": "And a hard case.", "ja": "こんどは難しい例です。"}
    motion = Relay(tuple(replace(flow, limit=limit) for flow in flows))
    return Beat(sentence, columns.stage(len(run)), motion=motion, pause=0.4, id=f"again-{net.sample}")
