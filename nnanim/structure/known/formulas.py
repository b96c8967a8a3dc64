"""Formulas with a name, tried on recorded values: a name is given only where the numbers agree.

Layer normalisation: Ba, Kiros and Hinton (2016), eq. 4. Root mean square: Zhang and Sennrich (2019), eq. 4.
Group normalisation: Wu and He (2018), eq. 1-7. GELU: Hendrycks and Gimpel (2016), section 2. Squash: Sabour,
Frosst and Hinton (2017), eq. 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.structure.arithmetic import FUNCTIONS, WRITTEN_OUT

Array = npt.NDArray[Any]
Found = tuple[str, dict[str, Any]]
"""A name, and what was found out."""

EPSILONS = (0.0, 1e-12, 1e-8, 1e-6, 1e-5, 1e-3)
"""Small numbers that are added so that nothing is divided by zero, besides those that are written."""

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "GELU": FUNCTIONS["gelu"],
    "GELU tanh": lambda x: FUNCTIONS["gelu"](x, approximate="tanh"),
    "QuickGELU": WRITTEN_OUT["quickgelu"],
    "SiLU": FUNCTIONS["silu"],
    "Mish": FUNCTIONS["mish"],
    "ReLU": FUNCTIONS["relu"],
    "ReLU²": WRITTEN_OUT["relu²"],
    "Hardswish": FUNCTIONS["hardswish"],
    "sigmoid": FUNCTIONS["sigmoid"],
    "tanh": FUNCTIONS["tanh"],
    "softplus": FUNCTIONS["softplus"],
}
"""Functions of each value by itself."""


def agree(expected: Array, found: Array) -> bool:
    """Whether two values are the same but for rounding."""
    if expected.shape != found.shape or not found.size or not np.isfinite(expected).all():
        return False
    size = float(np.abs(found).max())
    return size > 0 and bool(np.abs(expected - found).max() <= 2e-3 * size)


def name_activation(x: Array, y: Array) -> Found | None:
    """A function of each value by itself; of several that agree, as both forms of GELU do, the nearest."""
    if x.shape != y.shape or x.size < 4 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    with np.errstate(all="ignore"):
        made = {name: f(x) for name, f in ACTIVATIONS.items()}
        off = {name: float(np.abs(z - y).max()) for name, z in made.items() if agree(z, y)}
    name = min(off, key=lambda one: off[one], default=None)
    if name == "GELU tanh":
        return "GELU", {"approximate": "tanh"}
    return None if name is None else (name, {})


def name_norm(
    x: Array, y: Array, held: Sequence[tuple[str, Array]], constants: Sequence[float]
) -> Found | None:
    """A normalisation with what scales and shifts it: by its mean and spread, or by its root mean square."""
    if x.shape != y.shape or x.ndim < 2 or np.ptp(y) == 0:
        return None
    written = [c for c in constants if 0 < c < 1e-2]
    for name, axes, groups in _directions(x):
        parted = x.reshape(x.shape[0], groups, -1) if groups else x
        for centred in (True, False):
            scaled = list(_normalize(parted, axes, centred, [*written, *EPSILONS]))
            for values in scaled:
                match = _fit(values.reshape(x.shape), y, held)
                if match is not None:
                    kind = name if centred else name.replace("Layer", "RMS")
                    return kind, {"axes": axes, "groups": groups, **match}
    return None


def _directions(x: Array) -> Iterator[tuple[str, tuple[int, ...], int]]:
    """What may be brought to one scale together: each row, each place of maps, groups of maps, one map."""
    if x.shape[-1] > 1:
        yield "LayerNorm", (-1,), 0
    if x.ndim == 4 and x.shape[1] > 1:
        yield "LayerNorm", (1,), 0
    if x.ndim >= 3:
        yield "InstanceNorm", tuple(range(2, x.ndim)), 0
        for groups in (n for n in (1, 2, 4, 8, 16, 32) if x.shape[1] % n == 0 and n < x.shape[1]):
            yield "GroupNorm", (2,), groups


def _normalize(x: Array, axes: tuple[int, ...], centred: bool, epsilons: Sequence[float]) -> Iterator[Array]:
    count = math.prod(x.shape[axis] for axis in axes)
    middle = x.mean(axis=axes, keepdims=True) if centred else 0.0
    square = np.square(x - middle).mean(axis=axes, keepdims=True)
    with np.errstate(all="ignore"):
        for epsilon in dict.fromkeys(epsilons):
            yield (x - middle) / np.sqrt(square + epsilon)
        if centred and count > 1:  # torch's std() divides by n − 1
            yield (x - middle) / (np.sqrt(square * count / (count - 1)) + 1e-6)


def _fit(values: Array, y: Array, held: Sequence[tuple[str, Array]]) -> dict[str, str] | None:
    """The parameters that scale and shift a value; {} for none, None where no choice of them fits."""
    if not np.isfinite(values).all():
        return None
    if agree(values, y):
        return {}
    fitting = [(name, some) for name, table in held for some in _broadcast(table, y)]
    for scale, factor in [("", None), *fitting]:
        for plus in (0.0, 1.0):
            product = values if factor is None else values * (factor + plus)
            for shift, term in [("", None), *fitting]:
                if (scale or shift) and agree(product if term is None else product + term, y):
                    return {key: one for key, one in (("scale", scale), ("shift", shift)) if one}
            if factor is None:
                break
    return None


def _broadcast(table: Array, y: Array) -> Iterator[Array]:
    """A parameter in the shapes in which it can stand beside a value."""
    if table.size == 1:
        yield table.reshape(())
    elif table.shape == y.shape[-table.ndim :]:
        yield table
    elif table.ndim == 1 and y.ndim > 2 and len(table) == y.shape[1]:
        yield table.reshape(-1, *(1,) * (y.ndim - 2))
    elif table.ndim <= y.ndim and all(
        a in (1, b) for a, b in zip(table.shape[::-1], y.shape[::-1], strict=False)
    ):
        yield table


def name_length(x: Array, y: Array) -> Found | None:
    """A vector of length one, or squashed to a length below one."""
    if x.shape != y.shape or x.ndim < 1 or x.shape[-1] < 2:
        return None
    length = np.sqrt(np.square(x).sum(axis=-1, keepdims=True))
    with np.errstate(all="ignore"):
        if agree(x / length, y):
            return "unit length", {}
        if agree(length / (1 + np.square(length)) * x, y):
            return "squash", {}
    return None


def name_softmax(x: Array, y: Array) -> Found | None:
    """Shares that add up to one, written out."""
    if x.shape != y.shape or x.ndim < 1:
        return None
    for axis in range(x.ndim - 1, 0, -1):
        if x.shape[axis] > 1 and agree(FUNCTIONS["softmax"](x, dim=axis), y):
            return "softmax", {"dim": axis}
    return None


def name_complex_rotation(x: Array, y: Array) -> Found | None:
    """The same written with complex numbers: pairs side by side, each times a number of length one.

    Gives "angles", (tokens, pairs), and "axis": which axis of ``y`` counts the tokens.
    """
    if y.ndim not in (3, 4) or x.size != 2 * y.size:
        return None
    pairs = x.reshape(-1, 2) @ np.array([1, 1j])
    if np.abs(pairs).min() == 0 or not agree(np.abs(pairs), np.abs(y).ravel()):
        return None
    turn = y / pairs.reshape(y.shape)
    for axis in range(y.ndim - 2, 0, -1):
        by_token = np.moveaxis(turn, axis, -2).reshape(-1, y.shape[axis], y.shape[-1])
        first = by_token[0] / np.abs(by_token[0])
        several = y.shape[axis] > 1 and np.abs(np.angle(first[1:] / first[:-1])).max() > 1e-3
        if several and np.abs(by_token - first).max() <= 2e-2:
            angles = np.unwrap(np.angle(first), axis=0)
            return "rotary", {"angles": angles, "halves": False, "axis": axis}
    return None


def name_rotation(x: Array, y: Array) -> Found | None:
    """Pairs of numbers turned by an angle that depends on the token alone (Su et al. 2021, eq. 34).

    Gives "angles", (tokens, pairs), and "halves": whether a pair stands half the width apart or side by side.
    """
    if x.shape != y.shape or x.ndim not in (3, 4) or x.shape[-1] % 2 or x.shape[-2] < 2:
        return None
    half = x.shape[-1] // 2
    for halves in (True, False):
        a, b = (
            (v[..., :half] + 1j * v[..., half:]) if halves else (v[..., 0::2] + 1j * v[..., 1::2])
            for v in (x, y)
        )
        if not agree(np.abs(a), np.abs(b)) or np.abs(a).min() == 0:
            continue
        turn = b / a
        turn = turn.reshape(-1, *turn.shape[-2:])
        first = turn[0] / np.abs(turn[0])
        if np.abs(turn - first).max() > 2e-2 or np.abs(np.angle(first)).max() < 1e-3:
            continue
        return "rotary", {"angles": np.unwrap(np.angle(first), axis=0), "halves": halves}
    return None
