"""record(): one call of a model becomes a Trace."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.record import build, modules
from nnanim.record.gradients import Gradients
from nnanim.record.kept import Kept
from nnanim.record.select import Choice, Patterns
from nnanim.record.state import Randomness, State
from nnanim.record.values import mapped, shapes, tensors
from nnanim.record.watch import Watch
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
    **kwargs: Any,
) -> Trace:
    """Run ``model(*inputs, **kwargs)`` once and keep what every module in it gave.

    The model, its gradients, its buffers and all random states are afterwards as they were, whatever happens.

    Args:
        model: any module; a compiled one is run as the module that was compiled.
        inputs: tensors or numpy arrays (floats take the model's own type), in tuples, lists or dicts if it likes.
        only: names to keep, such as "blocks.*.attn" or a module with everything in it; the rest costs no memory.
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
        UserError: not a module, a pattern that fits no name, values without numbers, or (with ``check``) an output
            that differs from the unwatched one.
    """
    modules.refuse(model)
    model = modules.original(model)
    run = Run(model, Choice(only, exclude), between, attention, gradients)
    args, named = run.take(inputs, kwargs)
    failure: Exception | None = None
    with ExitStack() as stack:
        stack.enter_context(_eager())
        stack.callback(Randomness(run.foreign).restore)
        stack.callback(run.state.restore)
        if seed is not None:
            torch.manual_seed(seed)
        start = torch.default_generator.get_state() if check else None
        try:
            out = run.finish(run.forward(args, named))
        except UserError:
            raise
        except Exception as error:
            failure = error
    del args, named
    if failure is not None:
        raise ModelRaised(run.told(failure), run.trace(name, seed)) from failure
    if start is not None:
        _compare(run, start, inputs, kwargs, out)
    trace = run.trace(name, seed)
    run.choice.check()
    return trace


class Run:
    """One recorded call of a model."""

    def __init__(
        self, model: nn.Module, choice: Choice, between: bool, attention: bool, gradients: bool | Loss
    ) -> None:
        self.model = model
        self.differentiable = torch.is_grad_enabled()
        self.choice = choice
        self.specs = modules.specs(model)
        self.foreign = any(not _stock(module) for module in (model, *(spec.module for spec in self.specs)))
        self.kept = Kept()
        self.state = State(model, self.specs, self.kept)
        self.gradients = Gradients(gradients) if gradients else None
        self.watch = Watch(
            self.state,
            self.kept,
            choice.test(),
            between=between,
            heads=attention,
            differentiate=self.gradients.expect if self.gradients else None,
        )
        self.watch.paths = frozenset(spec.name for spec in self.specs)

    def take(self, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The model's arguments: copies of the inputs as tensors, noted as "input", "input[1]", "input[mask]"."""
        like = next((p for p in self.state.parameters.values() if p.is_floating_point()), None)
        change = _converter(like, self.gradients is not None)
        args, named = mapped(inputs, change), mapped(kwargs, change)
        for place, tensor in (*tensors(args), *tensors(named)):
            self.watch.enter(place, tensor)
        if self.gradients is not None:
            self.gradients.leaves = [tensor for _, tensor in tensors((args, named)) if tensor.requires_grad]
            args, named = mapped(args, self.watch.passed_on), mapped(named, self.watch.passed_on)
        return args, named

    def forward(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run the model under watch."""
        run = self.model._call_impl if vars(self.model).get("_compiled_call_impl") else self.model
        self.watch.differentiable = self.differentiable
        self.watch.start(modules.root(self.model, self.specs), args, kwargs)
        alone = bool(self.specs) and self.specs[0].module is self.model
        grad = torch.enable_grad() if self.gradients else torch.no_grad()
        with grad, modules.followed(self.specs, self.watch.follow), self.watch:
            return (self.model if alone else run)(*args, **kwargs)

    def finish(self, out: Any) -> list[Tensor]:
        """Note the output, run backward if asked for, and give copies of the output for a comparison."""
        self.watch.leave(out)
        if self.gradients is not None:
            self.gradients.run(out, self.state.parameters)
        return [tensor.detach() for _, tensor in tensors(out)]

    def trace(self, name: str | None, seed: int | None) -> Trace:
        """What was recorded so far."""
        return build.trace(self.model, self.watch, self.state, self.kept, self.gradients, name, seed)

    def told(self, error: Exception) -> str:
        """One line: where the model raised, given what, and what it said."""
        call, given = self.watch.failed or (None, None)
        kind = type(self.model).__name__
        where = f"{call.name!r} ({call.kind})" if call is not None else kind
        said = str(error).strip().split("\n")[0] or type(error).__name__
        lacking = isinstance(error, MemoryError | torch.OutOfMemoryError) or "not enough memory" in said
        if lacking:
            return f"out of memory in {where}, given {shapes(given)}: keep less with only=, or give fewer samples"
        return f"{kind} raised in {where}, given {shapes(given)}: {said}"


def _converter(like: Tensor | None, differentiable: bool) -> Callable[[Any], Tensor]:
    def change(value: Any) -> Tensor:
        if isinstance(value, np.ndarray):
            tensor = torch.as_tensor(np.ascontiguousarray(value))
            if like is not None:
                tensor = tensor.to(like.device, like.dtype if tensor.is_floating_point() else None)
            tensor = tensor.clone() if tensor.is_cpu else tensor
        else:
            tensor = value.detach().clone()
        if differentiable and tensor.is_floating_point():
            tensor.requires_grad_()
        return tensor

    return change


def _stock(module: nn.Module) -> bool:
    return type(module).__module__.startswith(("torch.nn.", "nnanim.record."))


def _eager() -> Any:
    """Compiled functions run as they were written, where anything was compiled."""
    return torch.compiler.set_stance("force_eager") if "torch._dynamo" in sys.modules else nullcontext()


def _compare(run: Run, start: Tensor, inputs: Any, kwargs: Any, traced: list[Tensor]) -> None:
    again = Run(run.model, Choice((), None), False, False, False)
    args, named = again.take(inputs, kwargs)
    with ExitStack() as stack:
        stack.callback(Randomness(run.foreign).restore)
        stack.callback(run.state.restore)
        torch.default_generator.set_state(start)
        with torch.set_grad_enabled(run.differentiable):
            plain = [tensor.detach() for _, tensor in tensors(run.model(*args, **named))]
    if len(plain) != len(traced):
        raise UserError(f"the recorded run gave {len(traced)} values, an unwatched one {len(plain)}")
    for number, (ours, other) in enumerate(zip(traced, plain, strict=True)):
        if ours.shape != other.shape or not close(ours, other):
            raise UserError(
                f"output {number} of the recorded run differs from an unwatched run: the model keeps a state of its "
                "own or draws random numbers that torch.manual_seed does not rule"
            )


def close(ours: Tensor, other: Tensor) -> bool:
    """Equal within 1e-6 of the largest number (or a few roundings of a coarser type)."""
    if torch.equal(ours, other):
        return True
    eps = torch.finfo(other.dtype).eps if other.is_floating_point() else 0.0
    bound = max(1e-6, 8 * eps) * float(other.abs().nan_to_num(0, 0, 0).max())
    return torch.allclose(ours, other, rtol=0, atol=bound, equal_nan=True)
