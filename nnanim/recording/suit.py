"""Inputs from a user's files, brought to what a model takes where it refuses them as they are."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import nn

from nnanim.errors import UserError, nearest, quote
from nnanim.recording.run import record
from nnanim.terminal import echo
from nnanim.trace import Trace

LUMA = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in a grey (ITU-R BT.601), as Pillow takes them."""


def record_fitting(
    model: nn.Module, values: Sequence[Any], named: Mapping[str, Any] | None = None, **options: Any
) -> Trace:
    """What `record` gives; a model that refuses its inputs gets them again, as its first layer takes them.

    A note on stderr says what was changed.

    Args:
        model: the model.
        values: numpy arrays by position.
        named: by keyword.
        options: of `record`.

    Raises:
        UserError: as `record`; the model has no such argument.
    """
    named = dict(named or {})
    _check_names(model, named)
    try:
        return record(model, *values, **options, **named)
    except UserError:
        changed, said = _suit(model, list(values))
        if not said:
            raise
        try:
            trace = record(model, *changed, **options, **named)
        except UserError:
            trace = None
        if trace is None:
            raise
        for line in said:
            echo(f"note: {line}", err=True)
        return trace


def _check_names(model: nn.Module, named: Mapping[str, Any]) -> None:
    """See that the model has the arguments.

    Raises:
        UserError: it lacks one.
    """
    try:
        known = inspect.signature(model.forward).parameters
    except (TypeError, ValueError):
        return
    if any(one.kind is one.VAR_KEYWORD for one in known.values()):
        return
    for name in named:
        if name not in known:
            raise UserError(f"{type(model).__name__} takes no input {quote(name)}{nearest(name, known)}")


def _suit(model: nn.Module, values: list[Any]) -> tuple[list[Any], list[str]]:
    """The inputs as the first layer with weights takes them, and what was changed."""
    first = next(
        (one for one in model.modules() if next(one.parameters(recurse=False), None) is not None), None
    )
    said: list[str] = []
    for change in (_to_whole, _to_channels, _to_vector):
        if values and first is not None:
            values[0], line = change(first, values[0])
            said += [line] if line else []
    return values, said


def _to_whole(first: nn.Module, value: Any) -> tuple[Any, str]:
    """Whole numbers for a table of embeddings."""
    if not isinstance(first, nn.Embedding) or value.dtype == np.int64 or value.dtype.kind not in "iuf":
        return value, ""
    if value.dtype.kind == "f" and (value != np.round(value)).any():
        return value, ""
    return value.astype(np.int64), "the input goes in as whole numbers: the first layer looks them up"


def _to_channels(first: nn.Module, value: Any) -> tuple[Any, str]:
    """Grey pictures where one channel is taken, three equal channels where three are."""
    taken = getattr(first, "in_channels", None) if "Conv2d" in type(first).__name__ else None
    if value.ndim != 4 or taken not in (1, 3) or value.shape[1] not in (1, 3) or value.shape[1] == taken:
        return value, ""
    if taken == 3:
        return np.repeat(value, 3, axis=1), "the grey picture goes in as three equal channels"
    grey = np.tensordot(np.array(LUMA, value.dtype), value, axes=([0], [1]))[:, None]
    return np.ascontiguousarray(grey), "the picture goes in as greys: the first convolution takes one channel"


def _to_vector(first: nn.Module, value: Any) -> tuple[Any, str]:
    """One line of numbers for a dense layer that takes as many."""
    wide = getattr(first, "in_features", None) if isinstance(first, nn.Linear) else None
    if wide is None or value.ndim < 3:
        return value, ""
    if value.ndim == 4 and value.shape[1] == 3 and wide == math.prod(value.shape[2:]):
        value = np.tensordot(np.array(LUMA, value.dtype), value, axes=([0], [1]))
    if wide != math.prod(value.shape[1:]):
        return value, ""
    return value.reshape(len(value), -1), f"the input goes in as {wide:,} numbers in one line"
