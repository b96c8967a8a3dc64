"""What a trace holds: named arrays with named axes, parameters, the graph, where the numbers came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from nnanim.errors import UserError, quote
from nnanim.trace.arrays import Array, Arrays, Source
from nnanim.trace.graph import Graph
from nnanim.trace.json_values import encode, encode_node

AXES = {
    0: (),
    1: ("sample",),
    2: ("sample", "unit"),
    3: ("sample", "token", "unit"),
    4: ("sample", "channel", "row", "column"),
    5: ("sample", "channel", "depth", "row", "column"),
}
SECTIONS = ("arrays", "parameters", "buffers", "gradients", "attention", "layer_inputs")


class RunData:
    """The numbers of one run by their names; read-only.

    Attributes:
        parameters: weights and biases by torch's names, as they were in the run.
        buffers: the rest of the model's state, such as running means.
        gradients: d loss / d value for recorded values and parameters, if they were asked for.
        graph: who fed whom.
    """

    def __init__(
        self,
        sections: Mapping[str, Mapping[str, Source]],
        *,
        axes: Mapping[str, Sequence[str]] | None = None,
        graph: Graph | None = None,
        layer_inputs: Mapping[str, str] | None = None,
        aliases: Mapping[str, str] | None = None,
        provenance: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None,
    ) -> None:
        self._axes = {name: tuple(names) for name, names in (axes or {}).items()}

        def arrays(section: str, missing: str, axis: str, axes: Mapping[str, Sequence[str]]) -> Arrays:
            return Arrays(sections.get(section), missing, section=section, axis=axis, axes=axes)

        self._arrays = arrays("arrays", "nothing was recorded under", "sample", self._axes)
        self.parameters = arrays("parameters", "no parameter is called", "", {})
        self.buffers = arrays("buffers", "no buffer is called", "", {})
        self.gradients = arrays("gradients", "no gradient was recorded for", "", self._axes)
        self._attention = arrays("attention", "no attention was recorded in", "sample", {})
        self._layer_inputs = arrays("layer_inputs", "no input was recorded for", "sample", {})
        self._layer_input_names = dict(layer_inputs or {})
        self._aliases = dict(aliases or {})
        self.graph = graph or Graph()
        self._provenance = provenance or {}

    def __getitem__(self, name: str) -> Array:
        """The values recorded under ``name``; raises UserError with the nearest names when there are none."""
        return self._arrays[self._aliases.get(name, name)]

    def __contains__(self, name: object) -> bool:
        return name in self._arrays or name in self._aliases

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    @property
    def names(self) -> tuple[str, ...]:
        """All recorded names, in the order in which they were computed."""
        return tuple(self._arrays)

    @property
    def provenance(self) -> dict[str, Any]:
        """Where the numbers came from: model, parameters, weights, inputs, seed, versions, computed_with.

        "weights" and "inputs" are short checksums (sha256) of the model's state and of its inputs.
        """
        if callable(self._provenance):
            self._provenance = dict(self._provenance())
        return dict(self._provenance)

    def axes(self, name: str) -> tuple[str, ...]:
        """Names of the axes of ``trace[name]``: ("sample", "unit"), ("sample", "token", "unit"), …."""
        named = self._axes.get(self._aliases.get(name, name))
        if named is not None:
            return named
        ndim = self[name].ndim
        return AXES.get(ndim) or (*AXES[5], *(f"axis {i}" for i in range(5, ndim)))[:ndim]

    def layer_input(self, name: str) -> Array:
        """What came into the dense or convolutional layer ``name``, as it was then."""
        alias = self._layer_input_names.get(name)
        return self._arrays[alias] if alias is not None else self._layer_inputs[name]

    def has_layer_input(self, name: str) -> bool:
        """Whether it is known what came into ``name``."""
        return name in self._layer_input_names or name in self._layer_inputs

    def attention(self, name: str = "") -> Array:
        """Attention weights (sample, head, query, key), the softmax of the scores; each row sums to one.

        Args:
            name: the attention module, or one around exactly one attention; "" if the model has only one.

        Raises:
            UserError: none was recorded there, or several, which are then listed.
        """
        if name in self._attention:
            return self._attention[name]
        inside = [key for key in self._attention if not name or key.startswith(f"{name}.")]
        if len(inside) == 1:
            return self._attention[inside[0]]
        if inside:
            raise UserError(
                f"several attentions were recorded in {quote(name or 'the model')}: {', '.join(inside)}"
            )
        return self._attention[name]

    @property
    def attentions(self) -> tuple[str, ...]:
        """The names that `attention` knows, in the order in which they ran."""
        return tuple(self._attention)

    def sections(self) -> dict[str, Arrays]:
        """All arrays, by section: arrays, parameters, buffers, gradients, attention, layer_inputs."""
        found = (
            self._arrays, self.parameters, self.buffers, self.gradients, self._attention, self._layer_inputs
        )  # fmt: skip
        return dict(zip(SECTIONS, found, strict=True))

    def description(self) -> dict[str, Any]:
        """Everything but the arrays, as JSON has it: axes, graph, layer_inputs, aliases, provenance."""
        return {
            "axes": {name: self.axes(name) for name in self._arrays},
            "graph": [encode_node(node) for node in self.graph.nodes],
            "layer_inputs": self._layer_input_names,
            "aliases": self._aliases,
            "provenance": encode(self.provenance, "provenance"),
        }
