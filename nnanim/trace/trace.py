"""Trace: the read-only record of one run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nnanim.errors import UserError
from nnanim.trace.arrays import freeze
from nnanim.trace.contributions import Contributions, contributions
from nnanim.trace.costs import count_costs, table_of_costs
from nnanim.trace.data import RunData
from nnanim.trace.file import read_trace, write_trace
from nnanim.trace.graph import Graph
from nnanim.trace.inspect import digest, refuse_infinite, table


class Trace(RunData):
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

    _build: Callable[[], Mapping[str, Any]] | None
    _digest = ""

    @classmethod
    def lazy(cls, build: Callable[[], Mapping[str, Any]]) -> Trace:
        """A trace whose parts (its constructor's arguments) are put together when somebody first looks."""
        trace = cls.__new__(cls)
        trace._build = build
        return trace

    def __getattr__(self, name: str) -> Any:
        build = vars(self).get("_build")
        if build is None:
            if name in vars(self):  # another thread has just put it there
                return vars(self)[name]
            raise AttributeError(f"a Trace has no {name!r}")
        self.__init__(**build())  # type: ignore[misc]
        vars(self).pop("_build", None)  # only now: an interrupt, or another thread, finds them until then
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
        layer_inputs: Mapping[str, str] | None = None,
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
            layer_inputs: name of a dense layer to the name of the values that came into it (for
                `contributions`).
            graph: who fed whom.
            provenance: where the numbers came from.

        Raises:
            UserError: axes for an unknown name, a wrong number of axes, or values that are no numbers.
        """
        if not isinstance(arrays, Mapping):
            raise UserError(
                f"Trace.of takes a dict, not a {type(arrays).__name__}: Trace.of({{'loss': loss}})"
            )
        groups = {"arrays": arrays, "parameters": parameters, "gradients": gradients, "attention": attention}
        sections = {
            section: {name: freeze(value) for name, value in (values or {}).items()}
            for section, values in groups.items()
        }
        trace = cls(
            sections, axes=axes, graph=graph, layer_inputs=layer_inputs, provenance=dict(provenance or {})
        )
        for name, names in trace._axes.items():
            if len(names) != trace[name].ndim:
                raise UserError(f"{name!r} has {trace[name].ndim} axes, {len(names)} are named: {names}")
        return trace

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
            top: number of terms of each unit that are kept, the largest ones; the others are in ``rest``.
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
        """Write everything to one safetensors file, whole or not at all; equal traces give equal files.

        Raises:
            UserError: the folder cannot be written to, or the trace holds numbers that no such file holds.
        """
        write_trace(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trace:
        """Read a file written by `save`; arrays are read when they are asked for. Nothing in it is run.

        Raises:
            UserError: no such file, not a trace, damaged, or written by a newer version.
        """
        return cls(**read_trace(path))

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
        known = self._provenance if isinstance(self._provenance, Mapping) else {}
        model = known.get("model", "a run")
        return f"<Trace of {model}: {len(self)} values, {len(self.parameters)} parameters>"

    def table(self, depth: int | None = None) -> str:
        """What was recorded, to be read: a line for each name with its kind, its shape and its axes.

        With ``depth``, a line for each module down to that depth (1: the model's own) instead, with the shape
        and memory of its output, its parameters and multiply-adds; neighbours that are alike are one line.

        Raises:
            UserError: the depth is below 1, or the trace has no graph.
        """
        return table(self) if depth is None else table_of_costs(count_costs(self, depth, fold=True))
