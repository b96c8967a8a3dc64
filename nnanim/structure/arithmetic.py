"""What a call did to its values, computed once more: a name on the screen is checked against the numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from inspect import signature
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.structure.kinds import is_dropout, plain_kind
from nnanim.trace import Node, Operand, Trace
from nnanim.trace.operands import operand_values, recorded_values

Array = npt.NDArray[Any]

MAX_NUMBERS = 1 << 18
"""Maximum number of numbers that are computed once more."""

_erf = np.vectorize(math.erf, otypes=[float])


def _sigmoid(x: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)))


def _softmax(x: Array, dim: int = -1) -> Array:
    powers = np.exp(x - x.max(axis=dim, keepdims=True))
    return np.asarray(powers / powers.sum(axis=dim, keepdims=True))


def _softplus(x: Array, beta: float = 1, threshold: float = 20) -> Array:
    return np.where(x * beta > threshold, x, np.log1p(np.exp(np.minimum(x * beta, threshold))) / beta)


def _gelu(x: Array, approximate: str = "none") -> Array:
    if approximate == "tanh":
        return np.asarray(0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))))
    return np.asarray(0.5 * x * (1 + _erf(x / math.sqrt(2))))


def _elu(x: Array, alpha: float = 1.0, scale: float = 1.0) -> Array:
    return np.asarray(scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))))


def _clamp(x: Array, min: float | None = None, max: float | None = None) -> Array:
    return np.asarray(x if min is None and max is None else np.clip(x, min, max))


def _where(condition: Array, x: Any, other: Any) -> Array:
    return np.asarray(np.where(condition.astype(bool), x, other))


FUNCTIONS: dict[str, Callable[..., Array]] = {
    "add": lambda x, other, alpha=1: x + alpha * other,
    "sub": lambda x, other, alpha=1: x - alpha * other,
    "mul": lambda x, other: x * other,
    "div": lambda x, other: x / other,
    "pow": lambda x, exponent: np.power(x, exponent),
    "neg": lambda x: -x,
    "clamp": _clamp,
    "clip": _clamp,
    "clampmin": lambda x, min: _clamp(x, min),
    "clampmax": lambda x, max: _clamp(x, None, max),
    "abs": np.abs,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "sign": np.sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "tanh": np.tanh,
    "erf": _erf,
    "sigmoid": _sigmoid,
    "logsigmoid": lambda x: -_softplus(-x),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leakyrelu": lambda x, negative_slope=0.01: np.where(x > 0, x, negative_slope * x),
    "elu": _elu,
    "selu": lambda x: _elu(x, 1.6732632423543772, 1.0507009873554805),
    "gelu": _gelu,
    "silu": lambda x: x * _sigmoid(x),
    "mish": lambda x: x * np.tanh(_softplus(x)),
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "hardsigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hardswish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hardtanh": lambda x, min_val=-1.0, max_val=1.0: np.clip(x, min_val, max_val),
    "softmax": _softmax,
    "softmin": lambda x, dim=-1: _softmax(-x, dim),
    "logsoftmax": lambda x, dim=-1: np.log(_softmax(x, dim)),
    "gt": np.greater,
    "lt": np.less,
    "ge": np.greater_equal,
    "le": np.less_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "where": _where,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "maskedfill": lambda x, mask, value: _where(mask, value, x),
}
"""How a kind of call is computed; the arguments are called as torch calls them."""

WRITTEN_OUT: dict[str, Callable[..., Array]] = {
    "quickgelu": lambda x: x * _sigmoid(1.702 * x),
    "relu²": lambda x: np.square(np.maximum(x, 0)),
}
"""Functions with a name that torch has no call for."""

UNHEARD = frozenset(("inplace", "dtype", "_stacklevel", "out", "modules"))
"""Settings that change no number."""


def compute(trace: Trace, node: Node) -> Array | None:
    """The values of a call, computed from those that it took; None where that is not known."""
    kind = plain_kind(node.kind)
    function = FUNCTIONS.get(kind) or WRITTEN_OUT.get(kind)
    arguments = [_argument(trace, one) for one in node.operands]
    missing = any(
        one.value and argument is None for one, argument in zip(node.operands, arguments, strict=True)
    )
    if function is None or missing or not node.operands:
        return None
    named = {key: value for key, value in node.settings if key not in UNHEARD}
    if isinstance(function, np.ufunc):
        named = {}
    elif named.keys() - signature(function).parameters.keys() and node.role == "function":
        return None
    else:
        named = {key: value for key, value in named.items() if key in signature(function).parameters}
    try:
        with np.errstate(all="ignore"):
            return np.asarray(function(*arguments, **named))
    except (TypeError, ValueError, AttributeError, IndexError):
        return None  # the call was written in a way that is not known here


def _argument(trace: Trace, operand: Any) -> Any:
    """A value as floating point numbers, or a constant as it is."""
    if not operand.value:
        return operand.constant
    found = operand_values(trace, operand)
    if found is None or found.size > MAX_NUMBERS or found.dtype.kind not in "biuf":
        return None
    return found.astype(np.float64)


def evaluate(trace: Trace, node: Node, values: Array) -> Array | None:
    """What a call of one value would make of other values; None where that is not known."""
    taken = [i for i, one in enumerate(node.operands) if one.value]
    if len(taken) != 1:
        return None
    operands = [Operand(constant=values) if i == taken[0] else one for i, one in enumerate(node.operands)]
    return compute(trace, replace(node, operands=tuple(operands)))


def is_confirmed(trace: Trace, node: Node) -> bool | None:
    """Whether a call gave what its name says; None where that cannot be computed."""
    expected, found = compute(trace, node), recorded_values(trace, node.name)
    if expected is None or found is None or found.dtype.kind not in "biuf":
        return None
    if expected.shape != found.shape:
        return False
    coarse = found.dtype.kind == "f" and found.dtype.itemsize < 4
    size = float(np.abs(expected[np.isfinite(expected)]).max(initial=0.0))
    bound = (1e-2 if coarse else 1e-4) * max(size, 1e-6)
    return bool(np.allclose(expected, found, rtol=1e-3, atol=bound, equal_nan=True))


def active_dropouts(trace: Trace) -> frozenset[str]:
    """Names of the dropouts that changed values in this run."""
    names = []
    for node in trace.graph.leaves:
        if not is_dropout(node.kind) or not node.operands:
            continue
        before, now = operand_values(trace, node.operands[0]), recorded_values(trace, node.name)
        if before is not None and now is not None and not np.array_equal(before, now):
            names.append(node.name)
    return frozenset(names)


def has_idle_dropout(trace: Trace) -> bool:
    """Whether dropouts ran that drop a share in training, and none of them changed a value in this run."""
    shares = [
        node.setting("p", node.operands[1].constant if len(node.operands) > 1 else 0.5)
        for node in trace.graph.leaves
        if is_dropout(node.kind)
    ]
    idle = any(isinstance(share, int | float) and share > 0 for share in shares)
    return idle and not active_dropouts(trace)
