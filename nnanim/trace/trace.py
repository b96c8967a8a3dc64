"""Trace: the read-only record of one run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from nnanim.errors import UserError
from nnanim.trace.arrays import Array, Arrays, Source, frozen
from nnanim.trace.contributions import Contributions, contributions
from nnanim.trace.file import read, write
from nnanim.trace.graph import Graph
from nnanim.trace.look import digest, refuse_infinite, table

AXES = {
    0: (),
    1: ("sample",),
    2: ("sample", "unit"),
    3: ("sample", "token", "unit"),
    4: ("sample", "channel", "row", "column"),
    5: ("sample", "channel", "depth", "row", "column"),
}
ATTENTION_AXES = ("sample", "head", "query", "key")
SECTIONS = ("arrays", "parameters", "buffers", "gradients", "attention", "given")


class Trace:
    """Read-only record of one run: named arrays with named axes, parameters, and the graph of who fed whom.

    ``trace["hidden"]`` is the output of the module at the path "hidden", a read-only array. A module that ran
    several times has "hidden", "hidden#2", …; further outputs of one call are "lstm[1][0]", "lstm[1][1]", ….
    ``trace["input"]`` and ``trace["output"]`` are the model's own; its other inputs are "input[1]" or
    "input[mask]" (by keyword), its other outputs "output[1]" or "output[logits]". A submodule that is itself
    called "input" or "output" is found under "self.input" or "self.output".

    Make one with `nnanim.recording.run`, `Trace.of` or `Trace.load`.

    Attributes:
        parameters: weights and biases by torch's names, as they were in the run.
        buffers: the rest of the model's state, such as running means.
        gradients: d loss / d value for recorded values and parameters, if they were asked for.
        graph: who fed whom.
    """

    _parts: Callable[[], Mapping[str, Any]] | None

    def __init__(
        self,
        sections: Mapping[str, Mapping[str, Source]],
        *,
        axes: Mapping[str, Sequence[str]] | None = None,
        graph: Graph | None = None,
        given: Mapping[str, str] | None = None,
        aliases: Mapping[str, str] | None = None,
        provenance: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None,
    ) -> None:
        self._arrays = Arrays(sections.get("arrays"), "nothing was recorded under")
        self.parameters = Arrays(sections.get("parameters"), "no parameter is called")
        self.buffers = Arrays(sections.get("buffers"), "no buffer is called")
        self.gradients = Arrays(sections.get("gradients"), "no gradient was recorded for")
        self._attention = Arrays(sections.get("attention"), "no attention was recorded in")
        self._given = Arrays(sections.get("given"), "no input was recorded for")
        self._given_names = dict(given or {})
        self._aliases = dict(aliases or {})
        self._axes = {name: tuple(names) for name, names in (axes or {}).items()}
        self.graph = graph or Graph()
        self._provenance = provenance or {}
        self._digest = ""

    @classmethod
    def later(cls, parts: Callable[[], Mapping[str, Any]]) -> Trace:
        """A trace whose parts (its constructor's arguments) are put together when somebody first looks."""
        trace = cls.__new__(cls)
        trace._parts = parts
        return trace

    def __getattr__(self, name: str) -> Any:
        parts = vars(self).pop("_parts", None)
        if parts is None:
            raise AttributeError(f"a Trace has no {name!r}")
        self.__init__(**parts())  # type: ignore[misc]
        return getattr(self, name)

    @classmethod
    def of(
        cls,
        arrays: Mapping[str, Any],
        *,
        axes: Mapping[str, Sequence[str]] | None = None,
        parameters: Mapping[str, Any] | None = None,
        gradients: Mapping[str, Any] | None = None,
        attention: Mapping[str, Any] | None = None,
        given: Mapping[str, str] | None = None,
        graph: Graph | None = None,
        provenance: Mapping[str, Any] | None = None,
    ) -> Trace:
        """A trace built from arrays, without torch.

        Args:
            arrays: name to numbers; they are copied, and read-only afterwards.
            axes: names of the axes where the usual ones for that many axes do not fit.
            parameters: weights by torch's names.
            gradients: by the name of the value or parameter.
            attention: name of the module to (sample, head, query, key).
            given: name of a dense layer to the name of the values that came into it (for `contributions`).
            graph: who fed whom.
            provenance: where the numbers came from.

        Raises:
            UserError: axes for an unknown name, a wrong number of axes, or values that are no numbers.
        """
        groups = {"arrays": arrays, "parameters": parameters, "gradients": gradients, "attention": attention}
        sections = {
            section: {name: frozen(value) for name, value in (values or {}).items()}
            for section, values in groups.items()
        }
        trace = cls(sections, axes=axes, graph=graph, given=given, provenance=dict(provenance or {}))
        for name, names in trace._axes.items():
            if len(names) != trace[name].ndim:
                raise UserError(f"{name!r} has {trace[name].ndim} axes, {len(names)} are named: {names}")
        return trace

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

    def given(self, name: str) -> Array:
        """What came into the dense or convolutional layer ``name``, as it was then."""
        alias = self._given_names.get(name)
        return self._arrays[alias] if alias is not None else self._given[name]

    def has_given(self, name: str) -> bool:
        """Whether it is known what came into ``name``."""
        return name in self._given_names or name in self._given

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
                f"several attentions were recorded in {name or 'the model'!r}: {', '.join(inside)}"
            )
        return self._attention[name]

    @property
    def attentions(self) -> tuple[str, ...]:
        """The names that `attention` knows, in the order in which they ran."""
        return tuple(self._attention)

    def contributions(
        self,
        name: str,
        sample: int = 0,
        top: int | None = None,
        *,
        at: int | Sequence[int] = (),
        units: Sequence[int] | None = None,
    ) -> Contributions:
        """What each input of a layer adds to each of its units: a dense layer or a convolution.

        Args:
            name: a call of a Linear, of a convolution or of a transposed convolution.
            sample: which sample.
            top: keep only the so many largest terms of each unit; the others are in ``rest``.
            at: position on further axes: the token, or the (row, column) of a map.
            units: which units, which are the channels of a convolution; all when None.

        Raises:
            UserError: no such layer, no layer of weights times inputs, no such sample, place or unit.
        """
        layer = f"self.{name}" if f"self.{name}" in self.graph else name
        return contributions(self, layer, sample, top, (at,) if isinstance(at, int) else tuple(at), units)

    def check(self) -> Trace:
        """This trace, if every recorded number is finite.

        Raises:
            UserError: names the first value in the order of the run that is not finite.
        """
        refuse_infinite(self)
        return self

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything to one .npz file, whole or not at all.

        Raises:
            UserError: the folder cannot be written to.
        """
        write(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trace:
        """Read a file written by `save`; arrays are read when they are asked for. Nothing in it is run.

        Raises:
            UserError: no such file, not a trace, damaged, or written by a newer version.
        """
        return cls(**read(path))

    def content(self) -> dict[str, Arrays]:
        """All arrays, by section: arrays, parameters, buffers, gradients, attention, given."""
        found = (self._arrays, self.parameters, self.buffers, self.gradients, self._attention, self._given)
        return dict(zip(SECTIONS, found, strict=True))

    def described(self) -> dict[str, Any]:
        """Everything but the arrays, as JSON: axes, graph, given, provenance."""
        return {
            "axes": {name: list(self.axes(name)) for name in self._arrays},
            "graph": [asdict(node) for node in self.graph.nodes],
            "given": self._given_names,
            "aliases": self._aliases,
            "provenance": self.provenance,
        }

    def digest(self) -> str:
        """sha256 of everything in it, as hex: equal traces have equal digests, on every machine."""
        if not self._digest:
            self._digest = digest(self)
        return self._digest

    def __eq__(self, other: object) -> bool:
        return self.digest() == other.digest() if isinstance(other, Trace) else NotImplemented

    def __hash__(self) -> int:
        return int(self.digest()[:15], 16)

    def __repr__(self) -> str:
        return f"<Trace of {self._model_name()}: {len(self)} values, {len(self.parameters)} parameters>"

    def _model_name(self) -> str:
        known = self._provenance if isinstance(self._provenance, Mapping) else {}
        return str(known.get("model", "a run"))

    def table(self) -> str:
        """What was recorded, to be read: a line for each name with its kind, its shape and its axes."""
        return table(self)
