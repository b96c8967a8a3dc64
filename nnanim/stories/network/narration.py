"""A film of a network in the making: stretch after stretch of layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nnanim.beats import Beat
from nnanim.marks import Arrangement
from nnanim.stories.network.answer import tell_answer
from nnanim.stories.network.backward import tell_backward
from nnanim.stories.network.boxes import tell_boxes
from nnanim.stories.network.changes import tell_changes
from nnanim.stories.network.columns import Columns, run_of_all, runs
from nnanim.stories.network.dense import repeat_dense
from nnanim.stories.network.grouping import group_layers, join_neighbours
from nnanim.stories.network.net import NetworkView, Teller
from nnanim.stories.network.outputs import tell_other_outputs
from nnanim.stories.network.overview import fitting_chart, thumbnail_chain
from nnanim.stories.network.own_tellers import check_beats, name_of
from nnanim.stories.network.plainer import tell_surely
from nnanim.stories.network.question import ask_first
from nnanim.stories.network.summary import summarize
from nnanim.stories.network.tellers import TELLERS
from nnanim.stories.network.unet import tell_u
from nnanim.structure.arithmetic import has_idle_dropout
from nnanim.structure.groups import Group, is_chain, part_strangers, single_group
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill
from nnanim.structure.u_shape import u_shape
from nnanim.words import FilledWords, Words


@dataclass
class Narration:
    """A film in the making: what was told at length already is told in short the next time."""

    net: NetworkView
    chosen: set[str]
    detail: str
    truth: tuple[Any, ...]
    tellers: tuple[Teller, ...]
    told: set[object] = field(default_factory=set)

    def beats(self, also: Sequence[int], backward: bool, question: Words = "") -> Iterator[Beat]:
        """All beats."""
        net, every = self.net, self.net.steps
        yield from tell_surely(net, every[:1], ask_first(net, question))
        yield from self.part(every, None)
        yield from tell_surely(net, [net.last], tell_answer(net, self.truth))
        yield from tell_surely(net, [net.last], tell_boxes(net))
        yield from tell_surely(net, [net.last], tell_other_outputs(net))
        for sample in also:
            yield from self._again(replace(net, sample=sample))
        if backward:
            yield from tell_backward(net, group_layers(net, every))

    def start_over(self) -> None:
        """Forget what was told."""
        self.told.clear()
        self.net.history.clear()

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
            yield Beat(
                self._say_overview(group, layers), Columns(self.net, whole).stage(0, lit=0), id="overview"
            )
        elif told and (stage := self._chart([*given, *groups], [one.name for one in given])) is not None:
            name = f"{group.name}-inside" if group else "overview"
            yield Beat(self._say_overview(group, layers), stage, id=name)
        if shape is not None:
            yield from tell_u(self.net, shape, moving=self.detail == "full")
        if self.detail == "blocks":
            for one in groups:
                yield from self.brief([one], one.signature in self.told)
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
            yield from self.brief(several, True)
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
            yield from self.brief(several[1:], True)
            yield from self._strangers(several[-1])

    def _strangers(self, group: Group) -> Iterator[Beat]:
        """What changes the value of a group outside of it, where the group was only told in brief."""
        return tell_changes(self.net, group.last) if group.strangers else iter(())

    def _say_overview(self, group: Group | None, layers: Sequence[Layer]) -> Words:
        count = sum(layer.role in ("module", "function") for layer in layers)
        if group is not None and group.name in self.net.layers:  # some steps, and not a module
            sentence = {
                "en": "The next step." if count == 1 else "The next {n} steps.",
                "ja": "次の {n} 段です。",
            }
            return fill(sentence, n=count)
        if group is not None:
            sentence = {"en": "Inside {t}: {n} steps.", "ja": "{t} の中は、{n} 段です。"}
            return fill(sentence, t=group.title, n=count)
        return self.say_size(layers)

    def say_size(self, layers: Sequence[Layer]) -> FilledWords:
        """How many steps the network has, and how many parameters."""
        count = sum(layer.role in ("module", "function") for layer in layers)
        known = self.net.trace.provenance.get("parameters")
        if known is None:
            known = sum(array.size for array in self.net.trace.parameters.values())
        sentence = {
            "en": "The whole network: one step and {p:,} parameters."
            if count == 1
            else "The whole network: {n} steps and {p:,} parameters.",
            "ja": "ネットワークの全体です。{n} 段、パラメーター {p:,} 個。",
        }
        if has_idle_dropout(self.net.trace):
            sentence = {
                "en": f"{sentence['en']} Dropout is off.",
                "ja": f"{sentence['ja']}ドロップアウトは休みです。",
            }
        return fill(sentence, n=count, p=known)

    def steps(self, layers: Sequence[Layer]) -> Iterator[Beat]:
        """Layers one after the other, dense ones that feed each other together."""
        net = self.net
        for run in runs(net, [layer for layer in layers if layer.role != "input"]):
            if run[0].name in self.chosen:
                yield from self.tell(run)

    def tell(self, run: Sequence[Layer]) -> Iterator[Beat]:
        """A layer, or a run of dense ones, by the first teller that knows it, one's own before the others."""
        for teller in self.tellers:
            if teller in TELLERS:
                continue
            beats = teller(self.net, run)  # it is debugged by what it raises
            if beats is not None:
                yield from check_beats(name_of(teller), run[0], beats)
                return
        yield from tell_surely(self.net, run, self._ask_tellers(run))

    def _ask_tellers(self, run: Sequence[Layer]) -> Iterator[Beat]:
        """The beats of the first of nnanim's tellers that knows the layers."""
        asked = (teller(self.net, run) for teller in self.tellers if teller in TELLERS)
        yield from next((beats for beats in asked if beats is not None), ())

    def brief(self, groups: Sequence[Group], alike: bool) -> Iterator[Beat]:
        """Groups as blocks, between what goes in and what comes out."""
        return tell_surely(self.net, [groups[-1].last], summarize(self.net, groups, alike))
