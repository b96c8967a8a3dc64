"""A traced run as the story sees it: its layers, the values of one sample, and what of them is shown."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim import words
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.marks import round_up
from nnanim.stories.network.color_limit import color_reach
from nnanim.stories.probabilities import softmax
from nnanim.structure.arithmetic import active_dropouts, is_confirmed
from nnanim.structure.known import Known, find_known, fold_known
from nnanim.structure.layers import Layer, find_layers
from nnanim.structure.phrases import SIGNS, is_computed
from nnanim.structure.titles import as_noun, describe, fill, label, layer_titles, layer_words
from nnanim.trace import Node, Operand, Trace
from nnanim.trace.dense_calls import dense_call
from nnanim.trace.operands import operand_values, recorded_values
from nnanim.trace.samples import FOLDED
from nnanim.words import Words

Floats = npt.NDArray[np.float64]

INDEXED = ("max", "min", "topk", "sort", "median", "mode", "kthvalue", "cummax", "cummin")
"""Kinds whose second output says where the first one was found."""

INDICES: Words = {"en": "indices", "ja": "添字"}

STATES: dict[str, Words] = {
    "[1]": {"en": "last state", "ja": "最後の状態"},
    "[1][0]": {"en": "last state", "ja": "最後の状態"},
    "[1][1]": {"en": "last cell state", "ja": "最後のセル状態"},
}
"""What the outputs of a recurrent layer are, besides the states at each step."""

MAX_LAST = 12
"""Maximum number of units of the last layer that are all drawn."""

FOLLOWING = ("pool", "upsample", "dropout", "pad", "interpolate")
"""Kinds that keep each channel a channel: the same ones are shown before and after."""


Source = tuple[Layer, str, Operand | None]
"""A layer that feeds another one, the name of the value that it gives, and the part of it that is taken."""

Teller = Callable[["NetworkView", Sequence[Layer]], Iterable[Beat] | None]
"""Tells a layer, or a run of dense layers that feed each other; None for what it does not know."""


@dataclass(frozen=True)
class NetworkView:
    """A traced run, as the story sees it.

    Attributes:
        trace: the run. sample: which sample is told.
        max_units: maximum number of neurons of a layer that are drawn.
        titles: names of layers, instead of their own.
        shape: (rows, columns) of the picture that the input vector is, or None.
        classes: names of the last layer's units.
        tokens: the pieces of the sample's sentence.
        seconds: of the motion that tells one layer.
        count: how many samples went in, where the input itself was not recorded.
        known: the layers, where they were found before.
        mean, std: (channels,) of the normalisation of the picture that goes in, if it is known.
        loss: "cross entropy" where the last values are logits of classes, whose softmax is shown.
        boxes: "xyxy", "xywh" or "cxcywh" where an output holds boxes on the picture that goes in.
        history: how often something was told, by whatever name a teller gives it.
    """

    trace: Trace
    sample: int = 0
    max_units: int = 8
    titles: Mapping[str, Words] = field(default_factory=dict)
    shape: tuple[int, int] | None = None
    classes: Sequence[Words] = ()
    tokens: Sequence[str] = ()
    seconds: float = 2.4
    count: int | None = None
    known: dict[str, Layer] | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    loss: str = ""
    boxes: str = ""
    history: Counter[str] = field(default_factory=Counter, compare=False)

    def is_first(self, what: str) -> bool:
        """Whether something is told for the first time in this film, which it then is not any more."""
        self.history[what] += 1
        return self.history[what] == 1

    @cached_property
    def layers(self) -> dict[str, Layer]:
        """Every layer by its name."""
        if self.known is not None:
            return self.known
        graph = fold_known(self.trace.graph, self.things.values())
        return find_layers(graph, active_dropouts(self.trace), samples_axis(self.trace))

    @cached_property
    def things(self) -> dict[str, Known]:
        """What several calls together are known to compute, by the name of the last one of them."""
        return find_known(self.trace)

    @cached_property
    def inner_calls(self) -> frozenset[str]:
        """Names of the calls that lie inside of known things, which only an output may show."""
        return frozenset(name for one in self.things.values() for name in one.nodes if name != one.end)

    def thing(self, node: Node) -> Known | None:
        """What a call stands for that is several calls together; None for a single one."""
        found = self.things.get(node.name)
        return found if found is not None and found.kind == node.kind else None

    @property
    def sample_axis(self) -> int | None:
        """Which axis of its values counts the samples; None where one sample went in by itself."""
        return self.steps[0].sample

    @property
    def steps(self) -> list[Layer]:
        """The layers in the order of the run, without the values that the model holds."""
        return [layer for layer in self.layers.values() if not layer.held]

    @cached_property
    def batch(self) -> int:
        """How many samples went in.

        Raises:
            UserError: the one that is told is not among them.
        """
        if self.count is not None:
            return self.count
        name = self.steps[0].name
        axes, shape = (self.trace.axes(name), self.trace[name].shape) if name in self.trace else ((), ())
        count = shape[axes.index("sample")] if "sample" in axes else 1
        if not 0 <= self.sample < count:
            raise UserError(f"there is no sample {self.sample}: the trace holds {count}")
        return int(count)

    @cached_property
    def last(self) -> Layer:
        """The layer whose value is the model's first output."""
        outputs = [node for node in self.trace.graph if node.role == "output"]
        for source in outputs[0].inputs if outputs else ():
            for layer in self.layers.values():
                if any(source == node.name for node in layer.nodes):
                    return layer
        return self.steps[-1]

    @cached_property
    def classifies(self) -> bool:
        """Whether the last value is one number for each of some classes."""
        values = self.output(self.last)
        return (
            values is not None
            and values.ndim == 1
            and (sums_to_one(values) or bool(self.classes or self.loss))
        )

    @property
    def shares(self) -> Floats:
        """The last value of a classifier: probabilities, or logits where nothing says that they are such."""
        values = self.vector(self.last)
        return softmax(values) if self.is_logits else values

    @property
    def is_logits(self) -> bool:
        """Whether the last values are logits whose softmax is shown."""
        return bool(self.loss) and not sums_to_one(self.vector(self.last))

    @cached_property
    def continues(self) -> bool:
        """Whether the last value is, for each token, one number for every token that may follow."""
        values = self.output(self.last)
        several = values is not None and values.ndim == 2 and len(values) == len(self.tokens)
        return bool(several and values is not None and values.shape[1] == len(self.classes))

    @cached_property
    def names(self) -> dict[str, Words]:
        """What every layer is called on the screen."""
        return layer_titles(self.trace.graph, self.layers, self.titles)

    def title(self, layer: Layer) -> Words:
        """What a layer is called on the screen."""
        return self.names[layer.name]

    def step_title(self, layer: Layer) -> Words:
        """What the first call of a layer is called, without what follows it."""
        title = self.title(layer)
        return title.removesuffix(" …") if isinstance(title, str) else title

    def value_title(self, layer: Layer, value: str) -> Words:
        """What one of a layer's values is called: the layer itself, or which of its outputs."""
        if not value.startswith(f"{layer.name}["):
            return self.step_title(layer) if value == layer.name else self.title(layer)
        if layer.kind in INDEXED:
            return INDICES
        if layer.kind in ("LSTM", "GRU", "RNN") and value[len(layer.name) :] in STATES:
            return STATES[value[len(layer.name) :]]
        return fill({"en": "{t} {p}", "ja": "{t} {p}"}, t=self.title(layer), p=value[len(layer.name) :])

    def taken_title(self, layer: Layer, value: str, part: Operand | None) -> Words:
        """What a taken value is called: the value, or a part of it."""
        graph = self.trace.graph
        title = self.value_title(layer, value)
        if part is not None and part.value in graph.ancestors(layer.name):
            title = self.titles.get(part.value) or label(graph[part.value], leaf=False)
        if part is None or not self.is_less(part):
            return title
        states = STATES.get(value[len(layer.name) :]) if layer.kind in ("LSTM", "GRU", "RNN") else None
        if states is not None and part.view and (number := self._number_of(value, part)) is not None:
            return fill({"en": "{t} {n}", "ja": "{t} {n}"}, t=states, n=number)
        return fill({"en": "part of {t}", "ja": "{t} の一部"}, t=title)

    def _number_of(self, value: str, part: Operand) -> int | None:
        """Which of the states along the first axis a part is, from 1: of one direction, or of one layer."""
        whole = recorded_values(self.trace, value)
        if whole is None or not part.view or whole.ndim < 2:
            return None
        each, offset = whole[0].size, part.view[0]
        return offset // each + 1 if math.prod(part.view[1]) == each and offset % each == 0 else None

    def is_less(self, part: Operand) -> bool:
        """Whether an operand is fewer numbers than its value."""
        whole = recorded_values(self.trace, part.value)
        taken = math.prod(part.view[1]) if part.view else None
        return whole is not None and taken is not None and taken < whole.size

    def layer_words(self, layer: Layer, value: str, part: Operand | None = None) -> Words:
        """One of a layer's values, in a sentence."""
        title = self.taken_title(layer, value, part)
        if title != self.title(layer):
            return title
        said, after = layer_words(layer, title), self.describe_changes(layer)
        factor = layer.kind == "mean" and isinstance(after, str) and after[:2] in ("× ", "÷ ")
        return fill({"en": "{t} {f}", "ja": "{t} {f}"}, t=said, f=after) if factor else said

    def used_value(self, layer: Layer) -> str:
        """The value of a call that the others use: its first, or the other output that alone is used."""
        used = {one.value for other in self.layers.values() for one in other.takes if one.layer == layer.name}
        if not used or layer.output in used or layer.name in used:
            return layer.name
        return sorted(used)[0]

    @cached_property
    def doubtful(self) -> frozenset[str]:
        """Names of the calls that gave something else than their kind says."""
        calls = [node for layer in self.layers.values() for node in layer.nodes]
        return frozenset(node.name for node in calls if is_confirmed(self.trace, node) is False)

    def describe_changes(self, layer: Layer) -> Words:
        """What follows the first call of a layer and changes its values, in words; "" if nothing does."""
        nodes = [node for node in layer.changes if not self.is_idle(node)]
        return describe(self.trace.graph, nodes, self.doubtful) if nodes else ""

    def is_idle(self, node: Node) -> bool:
        """Whether a call left every value as it was, as a sum with zeros does: that is no step to be told."""
        if node.kind not in SIGNS:
            return False
        taken = [one for one in node.operands if one.value and is_computed(self.trace.graph, one)]
        before = operand_values(self.trace, taken[0]) if len(taken) == 1 else None
        after = recorded_values(self.trace, node.name)
        return before is not None and after is not None and np.array_equal(before, after)

    def is_twin(self, one: Layer, other: Layer) -> bool:
        """Whether two layers give values of one shape."""
        values = self.output(one), self.value(other.name)
        return values[0] is not None and values[1] is not None and values[0].shape == values[1].shape

    def limit(self, name: str) -> float:
        """The limit of the colour scale of a recorded value."""
        return self.limits[name] if name in self.limits else round_up(self.reach(name))

    @cached_property
    def token_labels(self) -> tuple[str, ...]:
        """The tokens of the sample: as given, else the numbers that go in for them."""
        source = self.steps[0]
        found = self.output(source)
        if (
            self.tokens
            or found is None
            or found.ndim != 1
            or self.trace[source.output].dtype.kind not in "iu"
        ):
            return tuple(self.tokens)
        return tuple(f"{int(one)}" for one in found)

    def value(
        self,
        name: str,
        sample: int | None = None,
        source: Mapping[str, npt.NDArray[np.generic]] | None = None,
    ) -> Floats | None:
        """The values of one sample under a recorded name; None where there are none that can be drawn."""
        for held in (self.trace.parameters, self.trace.buffers):
            if name not in self.trace and name in held:
                return np.asarray(held[name], dtype=np.float64)
        if name not in self.trace:
            return None
        found = self._one_sample(name, sample, self.trace if source is None else source)
        if found.dtype.kind == "c" or not found.size or not np.isfinite(found).all():
            return None
        return np.asarray(found, dtype=np.float64)

    def _one_sample(
        self, name: str, sample: int | None, source: Trace | Mapping[str, npt.NDArray[np.generic]]
    ) -> npt.NDArray[Any]:
        found: npt.NDArray[Any] = source[name]
        axes = self.trace.axes(name)
        if "sample" in axes and found.ndim == len(axes) and found.shape[axes.index("sample")] == self.batch:
            found = found.take(self.sample if sample is None else sample, axis=axes.index("sample"))
            axes = tuple(axis for axis in axes if axis != "sample")
        if axes[:1] == (FOLDED,) and len(found) % self.batch == 0:
            count = len(found) // self.batch
            start = (self.sample if sample is None else sample) * count
            found = found[start : start + count]
        if axes == ("row", "column", "unit") and found.ndim == 3:
            found = np.moveaxis(found, -1, 0)  # a map for each unit
        return found

    def lost_numbers(self, name: str) -> tuple[int, int, str]:
        """How many of one sample's values under a name are no numbers, of how many, and what they are."""
        found = self._one_sample(name, None, self.trace) if name in self.trace else np.zeros(0)
        missing = int(np.isnan(found).sum())
        return (missing, found.size, "NaN") if missing else (int(np.isinf(found).sum()), found.size, "∞")

    def part(self, operand: Operand) -> Floats | None:
        """What one sample's call took of a value."""
        found = operand_values(self.trace, operand)
        if found is None or found.dtype.kind == "c" or not found.size or not np.isfinite(found).all():
            return None
        batched = self.sample_axis is not None and found.ndim > 0 and len(found) == self.batch
        return np.asarray(found[self.sample] if batched else found, dtype=np.float64)

    def output(self, layer: Layer) -> Floats | None:
        """What a layer shows."""
        return self.value(layer.output)

    @cached_property
    def limits(self) -> dict[str, float]:
        """The colour scale of each recorded name, over all samples; values of nearly one range share it."""
        found = {
            name: max(self.reach(name), 0.0)
            for layer in self.layers.values()
            for name in ((layer.output,) if layer.dense else (layer.name, layer.output))
        }
        limits: dict[str, float] = {}
        shared = 0.0
        for name in sorted(found, key=lambda one: -found[one]):
            if not shared or found[name] < shared / 2:
                shared = round_up(found[name])
            limits[name] = shared
        return limits

    def reach(self, name: str) -> float:
        """The |value| under a name that its colour scale reaches to."""
        for held in (self.trace, self.trace.parameters, self.trace.buffers):
            if name in held:
                values = held[name]
                return color_reach(values[np.isfinite(values)])
        return 0.0

    def scales(self, chosen: Sequence[Layer], own: Layer | None = None) -> dict[str, tuple[float, Words]]:
        """Limit and name of the colour scale of each layer that is seen together with the others.

        ``own`` is the layer of which the value before its normalisation and activation is seen.
        """
        limits = {one.name: self.limit(one.name if one is own else one.output) for one in chosen}
        sharing = {one: list(limits.values()).count(limits[one]) for one in limits}
        several = len(set(limits.values())) > 1
        return {
            one.name: (
                limits[one.name],
                as_noun(self.title(one)) if several and sharing[one.name] == 1 else words.value,
            )
            for one in chosen
        }

    def weight(self, layer: Layer) -> Floats:
        """(out, in) the weights of a dense layer."""
        call = dense_call(self.trace.graph, layer.name)
        table = call.weights(self.trace) if call is not None else None
        if table is not None:
            return np.asarray(table, dtype=np.float64)
        name = f"{layer.nodes[0].path}.weight"
        held = self.trace.parameters
        return np.asarray(held[name if name in held else "weight"], dtype=np.float64)

    def drawn_units(self, layer: Layer) -> npt.NDArray[np.intp]:
        """Which units of a layer's vector are drawn: those that are largest in this sample."""
        return top(self.vector(layer), self.max_drawn(layer))

    def max_drawn(self, layer: Layer) -> int:
        """Maximum number of neurons of a layer that are drawn: of the last all, if few or named."""
        if layer is not self.last:
            return self.max_units
        count = self.vector(layer).size
        return max(self.max_units, len(self.classes), count if count <= MAX_LAST else 0)

    def vector(self, layer: Layer) -> Floats:
        """A layer's value as one line of numbers, whatever its shape."""
        values = self.value(layer.output)
        return np.zeros(1) if values is None else values.ravel()

    def channels(self, layer: Layer, count: int) -> npt.NDArray[np.intp]:
        """Which feature maps of a layer are drawn: the brightest, the same ones where channels are kept."""
        values = self.output(layer)
        assert values is not None
        kind = layer.kind.lower()
        if any(word in kind for word in FOLLOWING) and layer.inputs and layer.inputs[0] in self.layers:
            source = self.layers[layer.inputs[0]]
            before = self.output(source)
            if before is not None and before.ndim == 3 and len(before) == len(values):
                return self.channels(source, count)
        return top(np.abs(values).mean(axis=(1, 2)), count)


def samples_axis(trace: Trace) -> int | None:
    """Which axis of the first input counts samples; None for none."""
    given = next((node.name for node in trace.graph if node.role == "input" and node.name in trace), None)
    axes = trace.axes(given) if given is not None else ("sample",)
    return axes.index("sample") if "sample" in axes else None if axes else 0


def top(values: Floats, count: int) -> npt.NDArray[np.intp]:
    """Indices of the largest |values|, at most ``count``, in their order."""
    return np.sort(np.argsort(-np.abs(values), kind="stable")[:count])


def sums_to_one(values: Floats) -> bool:
    """Whether a vector is a set of probabilities."""
    return (
        values.ndim == 1
        and len(values) > 1
        and bool(values.min() >= -1e-6)
        and bool(abs(values.sum() - 1) < 1e-4)
    )
