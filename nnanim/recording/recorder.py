"""Recorder: snapshots of a model while it is trained, on one time axis."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.recording.name_filter import NameFilter, Patterns
from nnanim.recording.run import record
from nnanim.recording.surroundings import run_and_restore
from nnanim.recording.values import array
from nnanim.trace import Graph, Trace


class TrainMode:
    """Which modules of a model are in train mode."""

    def __init__(self, model: nn.Module) -> None:
        self._modules = [module for module in model.modules() if module.training]

    def restore(self) -> None:
        """Put them in train mode again."""
        for module in self._modules:
            module.training = True


class Recorder:
    """Snapshots of a model in training: weights, gradients, what it gives for chosen inputs, and any number.

        with Recorder(model, probe, every=10) as recorder:
            for batch in batches:
                loss = train_step(batch)
                recorder.snapshot(loss=loss)
        recorder.trace["hidden.weight"]      # ("step", "unit", "input")

    In ``recorder.trace`` every array has "step" as its first axis. "step" holds the numbers of the training
    steps; weights stand under torch's names, values for the chosen inputs under the names that `record`
    gives them, the numbers given to `snapshot` under their own. `Trace.parameters` are the weights at the
    last snapshot.

    Args:
        model: the model in training; it is only looked at.
        inputs: inputs for which it is run at every snapshot, in eval mode; none: it is not run.
        every: keep one snapshot in so many calls of `snapshot`, the first and (at the end of the block) the
            last.
        only: names to keep: weights ("*.weight"), values ("hidden", "output"). Everything when None.
        exclude: names not to keep.
        gradients: also the parameters' ``.grad`` as they stand, in ``trace.gradients``.
        name: what to call the model in the provenance.
        seed: the seed of the training, for the provenance.
        kwargs: more inputs, by keyword.
    """

    def __init__(
        self,
        model: nn.Module,
        *inputs: Any,
        every: int = 1,
        only: Patterns = None,
        exclude: Patterns = None,
        gradients: bool = False,
        name: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise UserError(f"Recorder takes a torch.nn.Module, got {type(model).__name__}")
        if every < 1:
            raise UserError(f"every= is a number of steps, at least 1; got {every}")
        self._model = model
        self._inputs = inputs
        self._kwargs = kwargs
        self._every = every
        self._names = NameFilter(only, exclude)
        self._gradients = gradients
        self._name = name
        self._seed = seed
        self._calls = 0
        self._due: dict[str, Any] | None = None
        self._series: dict[str, list[NDArray[Any]]] = {}
        self._slopes: dict[str, list[NDArray[Any]]] = {}
        self._axes: dict[str, tuple[str, ...]] = {}
        self._last: Trace | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if failure[0] is None and self._due is not None:
            self._take(self._due)

    def snapshot(self, **numbers: Any) -> None:
        """Note the model as it is now, if this call is due, with any numbers of this step (loss=…).

        Raises:
            UserError: other numbers than at the first snapshot, or other shapes.
        """
        step = self._calls
        self._calls += 1
        found = {key: _number(value) for key, value in {"step": step, **numbers}.items()}
        if step % self._every:
            self._due = found
            return
        self._take(found)

    def _take(self, numbers: dict[str, NDArray[Any]]) -> None:
        self._due = None
        arrays = dict(numbers)
        slopes: dict[str, NDArray[Any]] = {}
        for name, parameter in self._model.named_parameters():
            if self._names.wants(name):
                arrays[name] = array(parameter.detach().clone())
                self._axes[name] = ("step", *_weight_axes(parameter.ndim))
                if self._gradients and parameter.grad is not None:
                    slopes[name] = array(parameter.grad.detach().clone())
        arrays |= self._run()
        if self._series and arrays.keys() != self._series.keys():
            other = sorted(arrays.keys() ^ self._series.keys())
            raise UserError(f"every snapshot takes the same names; not in all of them: {', '.join(other)}")
        for name, value in arrays.items():
            series = self._series.setdefault(name, [])
            if series and series[0].shape != value.shape:
                raise UserError(
                    f"{name!r} had the shape {series[0].shape} "
                    f"and has {value.shape} at step {numbers['step']}"
                )
            series.append(value)
        for name, value in slopes.items():
            self._slopes.setdefault(name, []).append(value)

    def _run(self) -> dict[str, NDArray[Any]]:
        if not self._inputs and not self._kwargs:
            return {}
        only, training = self._names.only, TrainMode(self._model)
        self._last = run_and_restore(self._record_in_eval_mode, training)
        found = {name: self._last[name] for name in self._last if only is None or self._names.wants(name)}
        found = {name: value for name, value in found.items() if self._names.wants(name)}
        for name in found:
            self._axes[name] = ("step", *self._last.axes(name))
        return found

    def _record_in_eval_mode(self) -> Trace:
        for module in self._model.modules():
            module.training = False
        return record(self._model, *self._inputs, name=self._name, seed=self._seed, **self._kwargs)

    @property
    def trace(self) -> Trace:
        """Everything noted so far, with "step" as the first axis.

        Raises:
            UserError: no snapshot was taken, or a pattern that fits no name.
        """
        if not self._series:
            raise UserError("no snapshot was taken: call recorder.snapshot() in the training loop")
        self._names.check()
        arrays = {name: np.stack(values) for name, values in self._series.items()}
        axes = {
            name: self._axes.get(name, ("step", *(f"axis {i}" for i in range(1, a.ndim))))
            for name, a in arrays.items()
        }
        steps = [int(step) for step in self._series["step"]]
        last = self._last if self._last is not None else None
        provenance = (
            dict(last.provenance) if last is not None else {"model": self._name or type(self._model).__name__}
        )
        provenance |= {"seed": self._seed, "computed_with": "torch", "snapshots": len(steps)}
        return Trace.of(
            arrays,
            axes=axes,
            parameters={
                name: array(value.detach().clone()) for name, value in self._model.named_parameters()
            },
            gradients={name: np.stack(values) for name, values in self._slopes.items()},
            graph=last.graph if last is not None else Graph(),
            provenance=provenance,
        )


def _number(value: Any) -> NDArray[Any]:
    return array(value.detach().clone()) if isinstance(value, Tensor) else np.array(value)


def _weight_axes(ndim: int) -> tuple[str, ...]:
    return (
        ("unit", "input", "row", "column")[:ndim]
        if ndim <= 4
        else ("unit", "input", "depth", "row", "column")
    )
