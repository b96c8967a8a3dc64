"""The whole film of any recorded network: overview, stretch after stretch of layers, the answer, the gradients."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.errors import UserError, nearest
from nnanim.layout import number
from nnanim.marks import Bars, Block, Column, Link, Row, Text
from nnanim.stories.network.backward import backward as told_backward
from nnanim.stories.network.chart import chart, columns, fits
from nnanim.stories.network.dense import again, dense, runs
from nnanim.stories.network.fold import Group, folded, links, stretches
from nnanim.stories.network.layers import Layer
from nnanim.stories.network.net import Net, top
from nnanim.stories.network.operations import operation, sums_to_one
from nnanim.stories.network.pictures import convolved, pooled
from nnanim.stories.network.sequence import attended, called, embedded, recurrent, rows
from nnanim.stories.network.views import View
from nnanim.trace import Trace
from nnanim.words import Words, fill

BLOCKS = 16
"""So many blocks stand in one overview at the most."""


def network(
    trace: Trace,
    *,
    layers: str | Sequence[str] | None = None,
    most: int = 8,
    detail: str = "full",
    seconds: float = 2.4,
    sample: int = 0,
    also: Sequence[int] = (),
    backward: bool = False,
    shape: tuple[int, int] | None = None,
    classes: Sequence[Words] = (),
    truth: Sequence[int] = (),
    tokens: Sequence[str] = (),
    titles: Mapping[str, Words] | None = None,
) -> Iterator[Beat]:
    """Tell how a network turns its input into its output, whatever network it is.

    Args:
        trace: of any model, as ``record`` gives it.
        layers: names or patterns ("blocks.0.*") of the layers that are told; the others are only seen in overviews.
        most: so many neurons of a layer are drawn at the most.
        detail: "full" tells every layer, "blocks" each part of the network as one block.
        seconds: of the motion that tells one layer.
        sample: which sample is told; ``also``: others, told quickly.
        backward: whether the gradients run back in the end (the trace was recorded with ``gradients=``).
        shape: (rows, columns) of the picture that the input vector is.
        classes: names of the last layer's units; ``truth``: (samples,) index of each sample's true class.
        tokens: the pieces of the sample's sentence.
        titles: names of layers and parts, instead of their own.

    Raises:
        UserError: nothing was recorded, no such layer, sample or detail, or no gradients.
    """
    if detail not in ("full", "blocks"):
        raise UserError(f"detail={detail!r}; 'full' or 'blocks' wanted")
    net = Net(trace, sample, most, titles or {}, shape, tuple(classes), tuple(tokens), seconds)
    if len(net.layers) < 2:
        raise UserError("the trace has no graph of layers; record the model with nnanim.record()")
    film = Film(net, _chosen(net, layers), detail, tuple(int(one) for one in truth))
    seen: dict[str, int] = {}
    for beat in film.beats(also, backward):
        name = re.sub(r"[^\w.]+", "-", beat.id).strip("-") or "beat"
        seen[name] = seen.get(name, 0) + 1
        yield replace(beat, id=name if seen[name] == 1 else f"{name}-{seen[name]}")


def _chosen(net: Net, patterns: str | Sequence[str] | None) -> set[str]:
    """Names of the layers that are told."""
    if patterns is None:
        return set(net.layers)
    chosen: set[str] = set()
    known = {name: {name, *net.trace.graph.ancestors(name)} for name in net.layers}
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        found = {name for name, called in known.items() if any(fnmatchcase(one, pattern) for one in called)}
        if not found:
            names = sorted({one for called in known.values() for one in called})
            raise UserError(f"no layer is called {pattern!r}{nearest(pattern, names)}")
        chosen |= found
    return chosen


@dataclass
class Film:
    """A film in the making: what was told at length already is told in short the next time."""

    net: Net
    chosen: set[str]
    detail: str
    truth: tuple[int, ...]
    told: set[object] = field(default_factory=set)

    def beats(self, also: Sequence[int], backward: bool) -> Iterator[Beat]:
        """All beats."""
        net = self.net
        every = list(net.layers.values())
        yield from self._input(every)
        yield from self.part(every, None)
        yield from self._answer(net)
        for sample in also:
            other = replace(net, sample=sample)
            found = list(runs(other, every))
            whole = [run for run in found if len(run) > 1 or run[0].dense]
            if len(whole) == 1 and sum(map(len, found)) == len(whole[0]) + 1:
                yield again(other, whole[0])
            yield from self._answer(other)
        if backward:
            yield from told_backward(net)

    def _input(self, every: Sequence[Layer]) -> Iterator[Beat]:
        source = every[0]
        view = View(self.net, source)
        if view.is_image or view.is_sheet:
            yield Beat({"en": "This picture goes in.", "ja": "この絵が入ります。"}, view.whole(), id="input")

    def part(self, layers: Sequence[Layer], group: Group | None) -> Iterator[Beat]:
        """A stretch of layers: its overview, then each of its parts."""
        groups = grouped(self.net, layers)
        stage = chart(groups)
        if len(groups) > 1 and fits(stage):
            yield Beat(
                self._overview(group, layers), stage, id=f"{group.name}-inside" if group else "overview"
            )
        if self.detail == "blocks":
            for one in groups:
                yield from self._brief(one)
            return
        deep = any(len(one.layers) > 1 for one in groups)
        for one in self._together(groups):
            if len(one) == 1 and len(one[0].layers) > 1:
                yield from self._group(one[0], groups if group is None else None)
            elif any(layer.name in self.chosen for g in one for layer in g.layers):
                if deep and group is None and len(one[0].layers) == 1 and False:
                    yield Beat("", stage)
                yield from self.steps([g.layers[0] for g in one])

    def _together(self, groups: Sequence[Group]) -> Iterator[list[Group]]:
        """Groups that are told together: neighbours of one layer each."""
        waiting: list[Group] = []
        for group in groups:
            if len(group.layers) == 1:
                waiting.append(group)
                continue
            if waiting:
                yield waiting
            waiting = []
            yield [group]
        if waiting:
            yield waiting

    def _group(self, group: Group, around: Sequence[Group] | None) -> Iterator[Beat]:
        if not any(layer.name in self.chosen for layer in group.layers):
            return
        if group.signature in self.told:
            yield from self._brief(group)
            return
        self.told.add(group.signature)
        if around is not None and fits(stage := chart(around, lit=(group.name,))):
            sentence = fill(
                {"en": "Now {t}, from the inside.", "ja": "次は {t} の中を見ます。"}, t=group.title
            )
            yield Beat(sentence, stage, id=f"{group.name}-next", pause=1.0)
        yield from self.part(group.layers, group)

    def _overview(self, group: Group | None, layers: Sequence[Layer]) -> Words:
        count = sum(layer.role in ("module", "function") for layer in layers)
        if group is not None:
            return fill(
                {"en": "Inside {t}: {n} steps.", "ja": "{t} の中は、{n} 段です。"}, t=group.title, n=count
            )
        weights = sum(array.size for array in self.net.trace.parameters.values())
        return fill(
            {"en": "The whole network: {n} steps, {p:,} parameters.", "ja": "ネットワークの全体です。{n} 段、パラメーター {p:,} 個。"},
            n=count, p=weights,
        )  # fmt: skip

    def _brief(self, group: Group) -> Iterator[Beat]:
        """A group as one block: what goes in and what comes out."""
        net, inside = self.net, {layer.name for layer in group.layers}
        sources = [name for layer in group.layers for name in layer.inputs if name not in inside]
        if not sources:
            return
        first, last = net.layers[sources[0]], group.last
        scales = net.scales((first, last))
        left, left_key = View(net, first, scales[first.name]).face(most=6)
        right, right_key = View(net, last, scales[last.name]).face(most=6)
        made = Block(
            group.title,
            group.layers[0].kind if len(inside) == 1 else "",
            key=f"part:{group.name}",
            role="key",
        )
        ends = (
            Link(left_key, made, key=f"l:{group.name}:in", width=1.4),
            Link(made, right_key, key=f"l:{group.name}:out", width=1.4),
        )
        if group.signature in self.told:
            sentence = fill(
                {"en": "{t} is built the same way.", "ja": "{t} も同じつくりです。"}, t=group.title
            )
        else:
            sentence = fill(
                {"en": "What goes into {t}, and what comes out.", "ja": "{t} に入るものと、出るものです。"},
                t=group.title,
            )
        yield Beat(
            sentence, Row(left, ends[0], made, ends[1], right, gap=0.25), id=f"{group.name}-brief", pause=1.2
        )

    def steps(self, layers: Sequence[Layer]) -> Iterator[Beat]:
        """Layers one after the other, those of a kind together."""
        net = self.net
        for run in runs(net, [layer for layer in layers if layer.role not in ("input", "parameter")]):
            if run[0].name not in self.chosen or self._repeated(run[0]):
                continue
            if run[0].dense and net.trace[run[0].shown].ndim == 2 and net.shown(run[0]) is not None:
                yield from dense(net, run, self._first("dense"))
            else:
                yield from self._step(run[0])

    def _first(self, kind: str) -> bool:
        """Whether this is the first of its kind in the film."""
        first = kind not in self.told
        self.told.add(kind)
        return first

    def _repeated(self, layer: Layer) -> bool:
        """Whether it is a later call of a cell that was told with the first."""
        return "#" in layer.name and ("calls", layer.nodes[0].path) in self.told

    def _step(self, layer: Layer) -> Iterator[Beat]:
        net, kind, beats = self.net, layer.kind.lower(), None
        if kind.endswith("cell"):
            calls = [one for one in net.layers.values() if one.nodes[0].path == layer.nodes[0].path]
            beats = called(net, calls) if len(calls) > 1 else None
            if beats is not None:
                self.told.add(("calls", layer.nodes[0].path))
        elif "conv" in kind and "transpose" not in kind:
            beats = convolved(net, layer, "conv" not in self.told)
            self.told |= {"conv"} if beats is not None else set()
        elif "pool" in kind:
            beats = pooled(net, layer)
        elif "embedding" in kind:
            beats = embedded(net, layer)
        elif kind in ("lstm", "gru", "rnn"):
            beats = recurrent(net, layer)
        elif layer.dense:
            beats = rows(net, layer)
        else:
            beats = attended(net, layer)
        yield from beats if beats is not None else operation(net, layer)

    def _answer(self, net: Net) -> Iterator[Beat]:
        values = net.shown(net.last)
        view = View(net, net.last)
        if values is None or values.ndim != 1 or not (sums_to_one(values) or net.classes):
            yield Beat({"en": "This comes out.", "ja": "これが出てきます。"}, view.whole(), id="output")
            return
        kept = top(values, 12)
        names = net.classes if len(net.classes) == len(values) else [f"{i}" for i in range(len(values))]
        share, best = sums_to_one(values), int(values.argmax())
        bars = Bars(
            values[kept], tuple(names[i] for i in kept), key="answer", limit=1.0 if share else None, percent=share, of=len(values),
            highlight=(int(np.flatnonzero(kept == best)[0]),), label=words.probability if share else net.title(net.last),
        )  # fmt: skip
        source = View(net, next(iter(net.layers.values())))
        beside = (
            [Column(bars, Text(self._truth(net, names), key="truth", role="dimmed"), gap=0.35)]
            if self.truth
            else [bars]
        )
        stage = Row(source.whole(), *beside, gap=1.2) if source.is_image or source.is_sheet else Row(*beside)
        yield Beat(self._verdict(net, names, best, share), stage, id=f"answer-{net.sample}")

    def _truth(self, net: Net, names: Sequence[Words]) -> Words:
        return fill({"en": "true label: {name}", "ja": "正解：{name}"}, name=names[self.truth[net.sample]])

    def _verdict(self, net: Net, names: Sequence[Words], best: int, share: bool) -> Words:
        value = net.vector(net.last)[best]
        said = f"{100 * value:.0f} %" if share else number(float(value))
        right = {"en": "", "ja": ""}
        if self.truth:
            good = self.truth[net.sample] == best
            right = (
                {"en": " That is right.", "ja": "正解です。"}
                if good
                else {"en": " That is wrong.", "ja": "まちがいです。"}
            )
        return fill(
            {"en": "The answer: {name}, with {p}.{r}", "ja": "答えは {name}、{p} です。{r}"},
            name=names[best],
            p=said,
            r=right,
        )


def grouped(net: Net, layers: Sequence[Layer]) -> list[Group]:
    """Layers as so many blocks as one overview can hold, the finest grouping that fits."""
    graph = net.trace.graph
    deepest = max((len(graph.ancestors(layer.name)) for layer in layers), default=0) + 1
    groups: list[Group] = []
    for depth in range(deepest, 0, -1):
        groups = folded(graph, layers, depth, net.titles)
        if _few(groups) and fits(chart(groups)):
            return groups
    for count in (6, 5, 4, 3, 2):
        parts = stretches(groups, count)
        if fits(chart(parts)):
            return parts
    return groups


def _few(groups: Sequence[Group]) -> bool:
    names = [group.name for group in groups]
    return len(groups) <= BLOCKS and max(columns(names, links(groups)).values(), default=0) < BLOCKS
