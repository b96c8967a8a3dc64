"""The film of any recorded network: overview, stretch after stretch of layers, the answer, the gradients."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from nnanim.beats import Beat
from nnanim.errors import UserError, nearest, quote
from nnanim.marks import Arrangement
from nnanim.stories.network.answer import tell_answer
from nnanim.stories.network.attention import tell_attention
from nnanim.stories.network.backward import tell_backward
from nnanim.stories.network.columns import Columns, run_of_all, runs
from nnanim.stories.network.connect import connect
from nnanim.stories.network.conv import tell_convolution
from nnanim.stories.network.dense import repeat_dense, tell_dense
from nnanim.stories.network.grouping import group_layers, join_neighbours
from nnanim.stories.network.net import NetworkView, Teller
from nnanim.stories.network.operations import tell_changes, tell_operation
from nnanim.stories.network.overview import fitting_chart, thumbnail_chain
from nnanim.stories.network.plainer import shrink, tell_surely
from nnanim.stories.network.pooling import tell_pooling
from nnanim.stories.network.question import ask_first
from nnanim.stories.network.sequence import tell_cell, tell_embedding, tell_recurrent, tell_rows
from nnanim.stories.network.summary import summarize
from nnanim.stories.network.transposed_conv import tell_transposed_convolution
from nnanim.stories.network.unet import tell_u
from nnanim.structure.arithmetic import active_dropouts
from nnanim.structure.groups import Group, is_chain, part_strangers, single_group
from nnanim.structure.layers import Layer
from nnanim.structure.layers import find_layers as find_layers
from nnanim.structure.titles import fill
from nnanim.structure.u_shape import u_shape
from nnanim.trace import Graph, Trace
from nnanim.trace.graph import LEAVING
from nnanim.words import Words

TELLERS: tuple[Teller, ...] = (
    tell_dense,
    tell_cell,
    tell_convolution,
    tell_transposed_convolution,
    tell_pooling,
    tell_embedding,
    tell_recurrent,
    tell_rows,
    tell_attention,
    tell_operation,
)
"""Who tells a layer, in the order in which they are asked; the last one knows all."""


def network(
    trace: Trace,
    *,
    layers: str | Sequence[str] | None = None,
    max_units: int = 8,
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
    question: Words = "",
    tellers: Sequence[Teller] = TELLERS,
    closed: Sequence[str] = (),
) -> Iterator[Beat]:
    """Tell how a network turns its input into its output, whatever network it is.

    Args:
        trace: of any model, as ``record`` gives it.
        layers: names or patterns ("blocks.0.*") of the layers that are shown in detail; overviews show all.
        max_units: maximum number of neurons of a layer that are drawn.
        detail: "full" tells every layer, "blocks" each part of the network as one block.
        seconds: of the motion that tells one layer.
        sample: index of the sample that is shown.
        also: indices of other samples, shown quickly.
        backward: whether the gradients run back in the end (the trace was recorded with ``gradients=``).
        shape: (rows, columns) of the picture that the input vector is.
        classes: names of the last layer's units; of a model of language, all tokens that may follow.
        truth: (samples,) index of each sample's true class.
        tokens: the pieces of the sample's sentence.
        titles: names of layers and parts, instead of their own.
        question: what the first sentence asks, instead of what will come out.
        tellers: who tells a layer: the first that does not return None. Put your own before the others:
            ``tellers=[tell_mine, *TELLERS]``; it is called with the `Net` and the layer in a list.
        closed: classes of modules that are one layer, whatever runs inside them.

    Raises:
        UserError: nothing was recorded, no such layer, module, sample or detail, or no gradients.
    """
    if detail not in ("full", "blocks"):
        raise UserError(f"detail={detail!r}; 'full' or 'blocks' wanted")
    kinds = [closed] if isinstance(closed, str) else closed
    names = [node.name for node in trace.graph if node.role == "module" and node.kind in kinds]
    if missing := [kind for kind in kinds if not any(node.kind == kind for node in trace.graph)]:
        raise UserError(f"no module is a {missing[0]!r}{nearest(missing[0], {n.kind for n in trace.graph})}")
    found = find_layers(trace.graph.fold(names), active_dropouts(trace)) if names else None
    net = NetworkView(
        trace, sample, max_units, titles or {}, shape, tuple(classes), tuple(tokens), seconds, known=found
    )
    _check_connected(trace.graph)
    if len(net.layers) < 2:
        raise UserError("the trace has no graph of layers; record the model with nnanim.record()")
    net.batch  # noqa: B018 - a sample that is not there is the first thing to say
    film = Narration(net, _choose(net, layers), detail, tuple(int(one) for one in truth), tuple(tellers))
    seen: dict[str, int] = {}
    for beat in connect(map(shrink, film.beats(also, backward, question))):
        name = re.sub(r"[^\w.]+", "-", beat.id).strip("-") or "beat"
        seen[name] = seen.get(name, 0) + 1
        yield replace(beat, id=name if seen[name] == 1 else f"{name}-{seen[name]}")


def _check_connected(graph: Graph) -> None:
    """See that the output was made from the input by what torch has seen.

    Raises:
        UserError: it was not; the line names the call that left torch, if one did.
    """
    left = [node for node in graph if node.kind in LEAVING and node.role == "function" and not node.outputs]
    if left:
        call, source = left[-1], graph[left[-1].inputs[0]]
        raise UserError(
            f"there is no way from the input to the output: {call.kind}() took the numbers of "
            f"{quote(source.name)} out of torch; compute what follows with torch"
        )


def _choose(net: NetworkView, patterns: str | Sequence[str] | None) -> set[str]:
    """Names of the layers that are shown in detail."""
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
class Narration:
    """A film in the making: what was told at length already is told in short the next time."""

    net: NetworkView
    chosen: set[str]
    detail: str
    truth: tuple[int, ...]
    tellers: tuple[Teller, ...]
    told: set[object] = field(default_factory=set)

    def beats(self, also: Sequence[int], backward: bool, question: Words = "") -> Iterator[Beat]:
        """All beats."""
        net, every = self.net, self.net.steps
        yield from tell_surely(net, every[:1], ask_first(net, question))
        yield from self.part(every, None)
        yield from tell_surely(net, [net.last], tell_answer(net, self.truth))
        for sample in also:
            yield from self._again(replace(net, sample=sample))
        if backward:
            yield from tell_backward(net, group_layers(net, every))

    def _again(self, other: NetworkView) -> Iterator[Beat]:
        """One more sample, quickly."""
        if (whole := run_of_all(other)) is not None:
            yield repeat_dense(other, whole)
        yield from tell_answer(other, self.truth)

    def part(self, layers: Sequence[Layer], group: Group | None) -> Iterator[Beat]:
        """A stretch of layers: its overview, then each of its parts."""
        groups = group_layers(self.net, layers)
        shape = u_shape(self.net) if group is None else None
        if shape is not None and len(groups) <= len(shape.stages):
            groups = [
                stage.group for stage in shape.stages
            ]  # paths that only tell the U something are left out
        given = self._feeders(layers) if group is not None else []
        told = group is None or len(groups) > 4 or (len(groups) > 2 and not is_chain([*given, *groups]))
        whole = run_of_all(self.net) if group is None else None
        if whole is not None and self.detail == "full":
            yield Beat(self._overview(group, layers), Columns(self.net, whole).stage(0, lit=0), id="overview")
        elif told and (stage := self._chart([*given, *groups], [one.name for one in given])) is not None:
            name = f"{group.name}-inside" if group else "overview"
            yield Beat(self._overview(group, layers), stage, id=name)
        if shape is not None:
            yield from tell_u(self.net, shape, moving=self.detail == "full")
        if self.detail == "blocks":
            for one in groups:
                yield from self._brief([one], one.signature in self.told)
            return
        parted = [one for each in groups for one in part_strangers(self.net.trace.graph, each)]
        for several in join_neighbours(parted):
            if len(several[0].layers) == 1:
                yield from self.steps([one.layers[0] for one in several])
            else:
                yield from self._group(several, groups if group is None else None)

    def _chart(self, groups: Sequence[Group], given: Sequence[str] = (), lit: str = "") -> Arrangement | None:
        """Groups as blocks; in a chain, with what leaves each of them above it."""
        return thumbnail_chain(self.net, groups, lit, given) or fitting_chart(groups, lit, given)

    def _feeders(self, layers: Sequence[Layer]) -> list[Group]:
        """What feeds some layers from outside, if it is not much."""
        inside = {layer.name for layer in layers}
        every = dict.fromkeys(name for layer in layers for name in layer.inputs if name not in inside)
        outside = [name for name in every if not self.net.layers[name].held]
        return (
            [single_group(self.net.layers[name], self.net.names) for name in outside]
            if len(outside) < 4
            else []
        )

    def _group(self, several: Sequence[Group], around: Sequence[Group] | None) -> Iterator[Beat]:
        """One group from the inside; or some, one after the other, that are built like one told before."""
        group = several[0]
        if not any(layer.name in self.chosen for one in several for layer in one.layers):
            return
        if group.signature in self.told:
            yield from self._brief(several, True)
            yield from self._strangers(several[-1])
            return
        self.told.add(group.signature)
        module = group.name not in self.net.layers  # a function with what follows it has no inside
        if module and around is not None and (stage := self._chart(around, lit=group.name)) is not None:
            sentence = fill(
                {"en": "Now {t}, from the inside.", "ja": "次は {t} の中を見ます。"}, t=group.title
            )
            yield Beat(sentence, stage, id=f"{group.name}-next")
        yield from self.part(group.layers, group)
        if len(several) > 1:
            yield from self._brief(several[1:], True)
            yield from self._strangers(several[-1])

    def _strangers(self, group: Group) -> Iterator[Beat]:
        """What changes the value of a group outside of it, where the group was only told in brief."""
        return tell_changes(self.net, group.last) if group.strangers else iter(())

    def _overview(self, group: Group | None, layers: Sequence[Layer]) -> Words:
        count = sum(layer.role in ("module", "function") for layer in layers)
        if group is not None:
            sentence = {"en": "Inside {t}: {n} steps.", "ja": "{t} の中は、{n} 段です。"}
            return fill(sentence, t=group.title, n=count)
        known = self.net.trace.provenance.get("parameters")
        if known is None:
            known = sum(array.size for array in self.net.trace.parameters.values())
        sentence = {
            "en": "The whole network: one step and {p:,} parameters."
            if count == 1
            else "The whole network: {n} steps and {p:,} parameters.",
            "ja": "ネットワークの全体です。{n} 段、パラメーター {p:,} 個。",
        }
        return fill(sentence, n=count, p=known)

    def steps(self, layers: Sequence[Layer]) -> Iterator[Beat]:
        """Layers one after the other, dense ones that feed each other together."""
        net = self.net
        for run in runs(net, [layer for layer in layers if layer.role != "input"]):
            if run[0].name in self.chosen:
                beats = self._ask_tellers(run)
                # A teller of one's own is debugged by what it raises.
                yield from beats if set(self.tellers) - set(TELLERS) else tell_surely(net, run, beats)

    def _ask_tellers(self, run: Sequence[Layer]) -> Iterator[Beat]:
        """The beats of the first teller that knows the layers."""
        asked = (teller(self.net, run) for teller in self.tellers)
        yield from next((beats for beats in asked if beats is not None), ())

    def _brief(self, groups: Sequence[Group], alike: bool) -> Iterator[Beat]:
        return tell_surely(self.net, [groups[-1].last], summarize(self.net, groups, alike))
