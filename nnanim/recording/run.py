"""record(): one call of a model becomes a Trace."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.recording import build
from nnanim.recording.chance import Chance, only_torch
from nnanim.recording.gradients import Gradients
from nnanim.recording.kept import Kept
from nnanim.recording.model import Following, Model
from nnanim.recording.modules import called
from nnanim.recording.select import Choice, Patterns
from nnanim.recording.state import State
from nnanim.recording.values import mapped, shapes, tensors
from nnanim.recording.watch import Watch
from nnanim.trace import Trace

Loss = Callable[[Any], Tensor]
AS_IT_IS = nullcontext()


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
    **kwargs: Any,
) -> Trace:
    """Run ``model(*inputs, **kwargs)`` once and keep what every module in it gave.

    The model, its gradients, its buffers and all random states are afterwards as they were, whatever happens.

    Args:
        model: any module; a compiled one is run as the module that was compiled.
        inputs: tensors or numpy arrays (floats take the model's own type), in tuples, lists or dicts if it
            likes.
        only: names to keep, such as "blocks.*.attn" or a module with everything in it; the rest costs no
            memory.
        exclude: names not to keep.
        between: keep what functions between the modules gave (the sum of a residual, a concatenation), too.
        attention: make per-head attention weights visible (`Trace.attention`).
        gradients: also run backward: from the sum of the output (True), or from what a function of the output
            gives (`Trace.gradients`).
        check: run the model once more unwatched and compare.
        name: what to call the model in the provenance; its class otherwise.
        seed: seed of torch's random numbers inside the run.
        kwargs: more inputs, by keyword.

    Raises:
        ModelRaised: the model raised; the message names the module, and ``trace`` is what there was by then.
        UserError: not a module, a pattern that fits no name, values without numbers, or (with ``check``) an
            output that differs from the unwatched one.
    """
    run = Run(called(model), Choice(only, exclude), between, attention, gradients)
    with torch.set_grad_enabled(bool(gradients)):
        args, named = run.take(inputs, kwargs)
        chance = run.chance()
        start, failure, out = None, None, []
        try:
            if seed is not None:
                torch.manual_seed(seed)
            start = torch.default_generator.get_state() if check else None
            out = run.finish(run.forward(args, named), check)
        except UserError:
            raise
        except Exception as error:
            failure = error
        finally:
            run.state.restore()
            chance.restore()
        del args, named
        trace = run.trace(name, seed)
        if failure is not None:
            raise ModelRaised(run.told(failure), trace) from failure
        if start is not None:
            _compare(run, start, inputs, kwargs, out)
    run.choice.check()
    return trace


class Run:
    """One recorded call of a model."""

    def __init__(
        self, module: nn.Module, choice: Choice, between: bool, attention: bool, gradients: bool | Loss
    ) -> None:
        self.choice = choice
        self.given: Any = ()
        self.differentiable = torch.is_grad_enabled()
        self.model = Model(module)
        self.kept = Kept()
        self.state = State(self.model, self.kept)
        self.gradients = Gradients(gradients) if gradients else None
        expect = self.gradients.expect if self.gradients else None
        self.watch = Watch(
            self.model,
            self.state,
            self.kept,
            choice.test(),
            between=between,
            heads=attention,
            differentiate=expect,
        )

    def chance(self) -> Chance:
        """The random states that the model can reach, as they are now."""
        model, structure = self.model, self.model.structure
        reaches = (spec.facts.reach for spec in structure.specs)
        return Chance(model.hooked or not (structure.stock or all(map(only_torch, model.modules, reaches))))

    def take(self, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The model's arguments: copied inputs as tensors, noted as "input", "input[1]", "input[mask]"."""
        args = tuple([mapped(value, self._copied) for value in inputs])
        named = mapped(kwargs, self._copied) if kwargs else kwargs
        self.watch.enter(args)
        if named:
            self.watch.enter(named)
        if self.gradients is not None:
            self.gradients.leaves = [tensor for _, tensor in tensors((args, named)) if tensor.requires_grad]
            args, named = mapped(args, self.watch.passed_on), mapped(named, self.watch.passed_on)
        self.given = (args, named)
        return args, named

    def _copied(self, value: Any) -> Tensor:
        if isinstance(value, np.ndarray):
            tensor = torch.as_tensor(np.ascontiguousarray(value))
            like = next((p for p in self.model.parameters if p.is_floating_point()), None)
            if like is not None:
                tensor = tensor.to(like.device, like.dtype if tensor.is_floating_point() else None)
            tensor = tensor.clone() if tensor.is_cpu else tensor
        else:
            tensor = value.detach().clone() if value.requires_grad else value.clone()
        if self.gradients is not None and tensor.is_floating_point():
            tensor.requires_grad_()
        return tensor

    def forward(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run the model under watch."""
        module, followed = self.model.modules[0], self.model.structure.followed == [0]
        run = module if followed or not vars(module).get("_compiled_call_impl") else module._call_impl
        self.watch.start(args, kwargs)
        with _eager(), Following(self.model, self.watch.follow), self.watch:
            return run(*args, **kwargs)

    def finish(self, out: Any, copy: bool) -> list[Tensor]:
        """Note the output, run backward if asked for, and give copies of the output for a comparison."""
        self.watch.leave(out)
        if self.gradients is not None:
            self.gradients.run(out, self.model.structure.parameters, self.model.parameters)
        self.kept.settle([*self.model.parameters, *self.model.buffers])
        return [tensor.detach().clone() for _, tensor in tensors(out)] if copy else []

    def trace(self, name: str | None, seed: int | None) -> Trace:
        """What was recorded so far; the rest of the work is done when somebody looks at it."""
        told, state = name or self.model.structure.specs[0].kind, self.state.taken()
        return Trace.lazy(partial(build.parts, self.watch, self.kept, state, self.gradients, told, seed))

    def told(self, error: Exception) -> str:
        """One line: where the model raised, given what, and what it said."""
        call, given = self.watch.failed or (None, self.given)
        kind = self.model.structure.specs[0].kind
        where = f"{call.name!r} ({call.kind})" if call is not None else kind
        said = str(error).strip().split("\n")[0] or type(error).__name__
        lacking = isinstance(error, MemoryError | torch.OutOfMemoryError) or "not enough memory" in said
        if lacking:
            return f"out of memory in {where}, given {shapes(given)}: keep less with only=, or fewer samples"
        return f"{kind} raised in {where}, given {shapes(given)}: {said}"


def _eager() -> Any:
    """Compiled functions run as they were written, where anything was compiled."""
    return torch.compiler.set_stance("force_eager") if "torch._dynamo" in sys.modules else AS_IT_IS


def _compare(run: Run, start: Tensor, inputs: Any, kwargs: Any, traced: list[Tensor]) -> None:
    again = Run(run.model.modules[0], Choice((), None), False, False, False)
    args, named = again.take(inputs, kwargs)
    state = State(again.model, again.kept, unwatched=True)
    chance = again.chance()
    try:
        torch.default_generator.set_state(start)
        with torch.set_grad_enabled(run.differentiable):
            plain = [tensor.detach() for _, tensor in tensors(run.model.modules[0](*args, **named))]
    finally:
        state.restore()
        chance.restore()
    if len(plain) != len(traced):
        raise UserError(f"the recorded run gave {len(traced)} values, an unwatched one {len(plain)}")
    for number, (ours, other) in enumerate(zip(traced, plain, strict=True)):
        if ours.shape != other.shape or not close(ours, other):
            raise UserError(
                f"output {number} of the recorded run differs from an unwatched run: the model keeps a "
                "state of its own or draws random numbers that torch.manual_seed does not rule"
            )


def close(ours: Tensor, other: Tensor) -> bool:
    """Equal within 1e-6 of the largest number (or a few roundings of a coarser type)."""
    if torch.equal(ours, other):
        return True
    eps = torch.finfo(other.dtype).eps if other.is_floating_point() else 0.0
    bound = max(1e-6, 8 * eps) * float(other.abs().nan_to_num(0, 0, 0).max())
    return torch.allclose(ours, other, rtol=0, atol=bound, equal_nan=True)
