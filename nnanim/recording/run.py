"""record(): one call of a model becomes a Trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from inspect import signature
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nnanim.errors import UserError, message_of
from nnanim.recording.build import FIND, trace_parts
from nnanim.recording.compat import close_mode_guards
from nnanim.recording.gradients import BackwardPass
from nnanim.recording.name_filter import NameFilter, Patterns
from nnanim.recording.recorder_mode import RecorderMode
from nnanim.recording.recording_log import RecordingLog
from nnanim.recording.rng_state import RngState
from nnanim.recording.state import ModelState
from nnanim.recording.structure import Structure, module_of
from nnanim.recording.surroundings import ONE_AT_A_TIME, Surroundings, refuse_transforms, run_and_restore
from nnanim.recording.tensor_store import TensorStore
from nnanim.recording.values import replace_tensors, shapes, tensors
from nnanim.trace import Trace

Loss = Callable[[Any], Tensor]


class ModelRaised(UserError):
    """The model raised while it was recorded; ``trace`` holds what it computed up to there."""

    def __init__(self, message: str, trace: Trace) -> None:
        super().__init__(message)
        self.trace = trace


def record(
    model: nn.Module,
    *inputs: Any,
    only: Patterns = None,
    exclude: Patterns = None,
    between: bool = True,
    attention: bool = True,
    gradients: bool | Loss = False,
    check: bool = False,
    name: str | None = None,
    seed: int | None = None,
    batch: int | str | None = FIND,
    **kwargs: Any,
) -> Trace:
    """Run ``model(*inputs, **kwargs)`` once and keep what every module in it gave.

    The model, its gradients, its buffers and all random states are afterwards as they were, whatever happens;
    so is what stood in its attributes before (one that the run adds stays there).
    One recording runs at a time: another thread waits. A thread that only calls the model goes on unrecorded.

    Args:
        model: any module; a compiled one is run as the module that was compiled.
        inputs: tensors or numpy arrays (floats take the model's own type), also in tuples, lists, dicts and
            objects.
        only: names to keep, such as "blocks.*.attn" or a module with everything in it; the rest costs no
            memory.
        exclude: names not to keep.
        between: keep what functions between the modules gave (the sum of a residual, a concatenation), too.
        attention: make per-head attention weights visible (`Trace.attention`); they are computed when they
            are asked for.
        gradients: also run backward: from the sum of the output (True), or from what a function of the output
            gives (`Trace.gradients`).
        check: run the model once more unwatched and compare.
        name: what to call the model in the provenance; its class otherwise.
        seed: seed of torch's random numbers inside the run.
        batch: which axis of the first input counts samples: 0 or 1; None where one sample goes in by itself;
            by default found by what the calls do: samples never meet.
        kwargs: more inputs, by keyword.

    Raises:
        ModelRaised: the model raised; the message names the module, and ``trace`` is what there was by then.
        UserError: not a module, a pattern that fits no name, values without numbers, a transform of
            torch.func, or (with ``check``) an output that differs from the unwatched one.
    """
    names = NameFilter(only, exclude)
    if batch not in (FIND, None, 0, 1):
        raise UserError(f"batch={batch!r}; 0, 1 or None wanted, or {FIND!r}")
    refuse_transforms("record()")
    with ONE_AT_A_TIME:
        structure = Structure(module_of(model))
        store = TensorStore()
        state = ModelState(structure, store)
        rng = RngState(structure.modules)
        surroundings = Surroundings(structure)
        slopes = BackwardPass(gradients) if gradients else None
        expect = slopes.expect if slopes is not None else None
        log = RecordingLog(structure, store, names.predicate(), between, expect)
        mode = RecorderMode(structure, log, store, state, rng, heads=attention)
        run = RecordedRun(structure, log, mode, store, slopes, seed, check)
        run_and_restore(
            partial(run.forward, surroundings, inputs, kwargs), surroundings, state, rng, surroundings
        )
        trace = Trace.lazy(
            partial(
                trace_parts, log, store, state.sections(), slopes, name or structure.root.kind, seed, batch
            )
        )
        if run.failure is not None:
            raise ModelRaised(run.explain(run.failure), trace) from run.failure
        if check:
            compare_unwatched(structure, run, inputs, kwargs)
    names.check()
    return trace


def argument_names(module: nn.Module) -> list[str]:
    """What a module calls the inputs that it takes by their place."""
    try:
        parameters = signature(module.forward).parameters.values()
    except (TypeError, ValueError):  # forward is no function of Python
        return []
    return [one.name for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]


@dataclass
class RecordedRun:
    """The recorded run of a model.

    Attributes:
        failure: what the model raised.
        outputs: copies of what it gave, for a comparison.
        start: torch's random state at its beginning, for the same.
    """

    structure: Structure
    log: RecordingLog
    mode: RecorderMode
    store: TensorStore
    slopes: BackwardPass | None
    seed: int | None
    check: bool
    inputs: Any = ()
    failure: Exception | None = None
    outputs: list[Tensor] = field(default_factory=list)
    start: Tensor | None = None

    def forward(self, surroundings: Surroundings, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Run the model under watch, and backward if gradients are asked for; note what goes in and out."""
        surroundings.prepare()
        if self.seed is not None:
            torch.manual_seed(self.seed)
        self.start = torch.default_generator.get_state() if self.check else None
        if self.slopes is not None:
            torch.set_grad_enabled(True)
        args, named = self.inputs = copy_inputs(self.structure, (inputs, kwargs), self.slopes is not None)
        self.log.add_own("input", args)
        self.log.add_own("input", named)
        self.log.name_inputs(argument_names(self.structure.module))
        if self.slopes is not None:
            self.slopes.leaves = [tensor for _, tensor in tensors((args, named)) if tensor.requires_grad]
            args, named = replace_tensors((args, named), self._copy_of_leaf)
        try:
            out = self.mode.run(args, named)
            self.log.add_own("output", out)
            if self.slopes is not None:
                self.slopes.run(out, self.structure.parameters)
            self.outputs = [tensor.detach().clone() for _, tensor in tensors(out)] if self.check else []
        except UserError:
            raise
        except Exception as error:
            close_mode_guards(error)
            self.failure = error
        self.store.copy_shared()

    def _copy_of_leaf(self, tensor: Any) -> Any:
        """A tensor that may be overwritten, in place of an input whose gradient is asked for."""
        if not isinstance(tensor, Tensor):
            return tensor
        copy = tensor.clone()
        source = self.log.sources.get(tensor)
        self.log.sources.set(copy, source.node if source is not None else "")
        return copy

    def explain(self, error: Exception) -> str:
        """One line: where the model raised, given what, and what it text."""
        call, given = self.mode.failed or (None, self.inputs)
        kind = self.structure.root.kind
        where = f"{call.name!r} ({call.kind})" if call is not None else kind
        text = message_of(error).split("\n")[0]
        lacking = isinstance(error, MemoryError | torch.OutOfMemoryError) or "not enough memory" in text
        if lacking:
            return f"out of memory in {where}, given {shapes(given)}: keep less with only=, or fewer samples"
        hint = "" if tensors(self.inputs) else "; give tensors or arrays, as torch.tensor([[1.0, 2.0]])"
        return f"{kind} raised in {where}, given {shapes(given)}: {text}{hint}"


def copy_inputs(structure: Structure, inputs: Any, differentiable: bool) -> Any:
    """The inputs as tensors of the run's own; floats from numpy take the type of the model's parameters.

    Args:
        structure: the model.
        inputs: what was given.
        differentiable: let all of them take gradients, not only those that did.
    """
    like = next((p for p in structure.parameters.values() if p.is_floating_point()), None)

    def copy(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            try:
                tensor = torch.as_tensor(np.ascontiguousarray(value, value.dtype.newbyteorder("=")))
            except TypeError:  # words, dates, objects: the model knows what to do with them
                return value.copy()
            if like is not None:
                tensor = tensor.to(like.device, like.dtype if tensor.is_floating_point() else None)
            tensor = tensor.clone() if tensor.is_cpu else tensor
        else:
            tensor = value.detach().clone()
            tensor.requires_grad_(value.requires_grad)
            if not (value.is_leaf or differentiable):  # such a one may be overwritten
                with torch.enable_grad():
                    tensor = tensor.clone()
        return tensor.requires_grad_() if differentiable and tensor.is_floating_point() else tensor

    return replace_tensors(inputs, copy)


def compare_unwatched(structure: Structure, run: RecordedRun, inputs: Any, kwargs: Any) -> None:
    """Run the model once more, unwatched and from the same random state, and compare its outputs.

    Raises:
        UserError: they differ.
    """
    found: list[Tensor] = []

    def forward() -> None:
        args, named = copy_inputs(structure, (inputs, kwargs), False)
        if run.start is not None:
            torch.default_generator.set_state(run.start)
        found.extend(tensor.detach() for _, tensor in tensors(structure.module(*args, **named)))

    state = ModelState(structure, TensorStore(), unwatched=True)
    surroundings = Surroundings(structure)
    run_and_restore(forward, surroundings, state, RngState(structure.modules), surroundings)
    if len(found) != len(run.outputs):
        raise UserError(f"the recorded run gave {len(run.outputs)} values, an unwatched one {len(found)}")
    for number, (ours, other) in enumerate(zip(run.outputs, found, strict=True)):
        if ours.shape != other.shape or not is_close(ours, other):
            raise UserError(
                f"output {number} of the recorded run differs from an unwatched run: the model keeps a "
                "state of its own or draws random numbers that torch.manual_seed does not rule"
            )


def is_close(ours: Tensor, other: Tensor) -> bool:
    """Equal within 1e-6 of the largest number (or a few roundings of a coarser type)."""
    if ours.layout is not torch.strided and other.layout is ours.layout:
        ours, other = ours.to_dense(), other.to_dense()
    if torch.equal(ours, other):
        return True
    eps = torch.finfo(other.dtype).eps if other.is_floating_point() else 0.0
    bound = max(1e-6, 8 * eps) * float(other.abs().nan_to_num(0, 0, 0).max())
    return torch.allclose(ours, other, rtol=0, atol=bound, equal_nan=True)
