"""What a call does to its values, in words: "× 0.5", "1 − x", "clamp 0 … 1"; a sentence where it is alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from nnanim.structure.kinds import COMPARISONS, is_dropout, plain_kind
from nnanim.trace import Graph, Node, Operand
from nnanim.trace.graph import call_path
from nnanim.words import Words
from nnanim.words.numerals import chosen_number

WRITTEN = {
    "relu": "ReLU",
    "gelu": "GELU",
    "silu": "SiLU",
    "elu": "ELU",
    "selu": "SELU",
    "batchnorm": "BatchNorm",
}
"""How functions are written that are called in small letters."""

SHORT = {"square": "x²", "sqrt": "√x", "rsqrt": "1 ÷ √x", "reciprocal": "1 ÷ x", "neg": "−x"}
SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "÷"}
ROUNDED = {"floor": "floor", "trunc": "trunc"}
"""What rounds the quotient of a division, by its ``rounding_mode``."""

TUNED: dict[str, tuple[tuple[str, Any], ...]] = {
    "elu": (("alpha", 1.0),),
    "celu": (("alpha", 1.0),),
    "gelu": (("approximate", "none"),),
    "leakyrelu": (("negative_slope", 0.01),),
    "softplus": (("beta", 1.0), ("threshold", 20.0)),
    "threshold": (("threshold", None), ("value", None)),
    "softshrink": (("lambd", 0.5),),
    "hardshrink": (("lambd", 0.5),),
    "gumbelsoftmax": (("tau", 1.0),),
    "fmod": (("other", None),),
    "remainder": (("other", None),),
    "maximum": (("other", None),),
    "minimum": (("other", None),),
    "nantonum": (("nan", 0.0),),
    "lerp": (("end", None), ("weight", None)),
    "addcmul": (("tensor1", None), ("tensor2", None), ("value", 1)),
    "addcdiv": (("tensor1", None), ("tensor2", None), ("value", 1)),
}
"""Numbers that a function is called with after its value, and what they are if nothing is said."""

POWERS = {2: "x²", 3: "x³", 0.5: "√x", -1: "1 ÷ x", -0.5: "1 ÷ √x"}

SENTENCES: dict[str, tuple[str, str]] = {
    "x+": ("{c} is added to every value.", "どの値にも {c} を足します。"),
    "x−": ("{c} is taken away from every value.", "どの値からも {c} を引きます。"),
    "x×": ("Every value is multiplied by {c}.", "どの値にも {c} を掛けます。"),
    "x÷": ("Every value is divided by {c}.", "どの値も {c} で割ります。"),
    "+x": ("{c} is added to every value.", "どの値にも {c} を足します。"),
    "−x": ("Every value is taken away from {c}.", "{c} から、どの値も引きます。"),
    "×x": ("Every value is multiplied by {c}.", "どの値にも {c} を掛けます。"),
    "÷x": ("{c} is divided by every value.", "{c} を、どの値でも割ります。"),
    "x>": ("1 where a value is greater than {c}, else 0.", "{c} より大きい値は 1、ほかは 0 にします。"),
    "x<": ("1 where a value is less than {c}, else 0.", "{c} より小さい値は 1、ほかは 0 にします。"),
    "x≥": ("1 where a value is at least {c}, else 0.", "{c} 以上の値は 1、ほかは 0 にします。"),
    "x≤": ("1 where a value is at most {c}, else 0.", "{c} 以下の値は 1、ほかは 0 にします。"),
    "x=": ("1 where a value is {c}, else 0.", "{c} に等しい値は 1、ほかは 0 にします。"),
    "x≠": ("1 where a value is not {c}, else 0.", "{c} でない値は 1、ほかは 0 にします。"),
}
"""What one operation with one constant does; x stands where the value is written."""

PLACEWISE: dict[str, tuple[str, str]] = {
    "x+": ("{c} is added, place by place.", "{c} を、場所ごとに足します。"),
    "x−": ("{c} is taken away, place by place.", "{c} を、場所ごとに引きます。"),
    "x×": ("Multiplied by {c}, place by place.", "{c} を、場所ごとに掛けます。"),
    "x÷": ("Divided by {c}, place by place.", "{c} で、場所ごとに割ります。"),
    "−x": ("The values are taken away from {c}, place by place.", "{c} から、場所ごとに引きます。"),
    "÷x": ("{c} is divided by the values, place by place.", "{c} を、場所ごとに割ります。"),
    "x>": ("1 where a value is greater than its number in {c}.", "{c} の数より大きい所は 1 にします。"),
    "x<": ("1 where a value is less than its number in {c}.", "{c} の数より小さい所は 1 にします。"),
    "x≥": ("1 where a value is at least its number in {c}.", "{c} の数以上の所は 1 にします。"),
    "x≤": ("1 where a value is at most its number in {c}.", "{c} の数以下の所は 1 にします。"),
    "x=": ("1 where a value is its number in {c}.", "{c} の数に等しい所は 1 にします。"),
    "x≠": ("1 where a value is not its number in {c}.", "{c} の数でない所は 1 にします。"),
}
"""What one operation with a table of numbers does: each place has its own."""

FIXED: Words = {"en": "a fixed table", "ja": "決まった表"}
"""A tensor that was made for the call, neither computed nor held by the model."""


def number(value: Any) -> str:
    """A constant as it is written, with four digits: the model's author chose it."""
    if not isinstance(value, int | float):
        return str(value)
    whole = float(value).is_integer() and 1e4 <= abs(value) < 1e9
    return chosen_number(value, ".0f" if whole else ".4g")


def is_computed(graph: Graph, operand: Operand) -> bool:
    """Whether an operand was computed in the run: not a constant, and not held by the model."""
    held = operand.value in graph and graph[operand.value].role == "parameter"
    return bool(operand.value) and not held


def constant_of(graph: Graph, operand: Operand) -> str:
    """A constant or a parameter, as it is written."""
    if operand.value:
        return call_path(operand.value).rpartition(".")[2]
    return "tensor" if operand.constant is None else number(operand.constant)


def phrase(graph: Graph, node: Node) -> str:
    """What a call does to the value that it takes, short: "ReLU", "× 0.5", "÷ gain", "1 − x", "x²"."""
    kind = plain_kind(node.kind)
    if kind in ("clamp", "clip", "clampmin", "clampmax"):
        return _clamp(graph, node)
    if kind == "hardtanh":
        low, high = _argument(node, "min_val", 1, -1.0), _argument(node, "max_val", 2, 1.0)
        return node.kind if (low, high) == (-1, 1) else f"{node.kind} {number(low)} … {number(high)}"
    if kind == "maskedfill":
        filled = _argument(node, "value", 2, None)
        return "mask" if filled is None else f"mask {number(filled)}"
    if kind.endswith("droppath"):
        return node.kind
    if is_dropout(kind):
        share = _argument(node, "p", 1, 0.5)
        return (
            f"Dropout {chosen_number(100 * share, '.3g')} %" if isinstance(share, int | float) else "Dropout"
        )
    if (axis := softmax_axis(node)) is not None:
        return f"{node.kind}(dim={axis})"
    if kind in SHORT:
        return SHORT[kind]
    if kind in TUNED:
        return _phrase_with_numbers(graph, node)
    if kind == "floordivide" or rounding_of(node):
        return f"{rounding_of(node) or 'floor'}({_quotient(graph, node)})"
    sign = SIGNS.get(kind) or COMPARISONS.get(node.kind)
    if (sign is None and kind != "pow") or len(node.operands) < 2:
        return WRITTEN.get(kind, node.kind)
    first, second = node.operands[:2]
    computed = _are_values(graph, first, second)
    if kind == "pow":
        if computed == (True, True):
            return "x^x"
        exponent = second.constant if computed[0] else None
        known = POWERS.get(exponent) if isinstance(exponent, int | float) else None
        return known or (
            f"x^{constant_of(graph, second)}" if computed[0] else f"{constant_of(graph, first)}^x"
        )
    if computed == (True, True):
        return "x²" if kind == "mul" and first == second else f"x {sign} x"
    if computed[0]:
        return f"{sign} {_scaled_operand(graph, node, second)}"
    commutes = kind in ("add", "mul")
    return f"{sign} {constant_of(graph, first)}" if commutes else f"{constant_of(graph, first)} {sign} x"


def softmax_axis(node: Node) -> int | None:
    """The axis along which a softmax makes shares, where that is not the last one."""
    if plain_kind(node.kind) not in ("softmax", "logsoftmax", "softmin"):
        return None
    axis = _argument(node, "dim", 1, None)
    axes = len(node.shape)
    if not isinstance(axis, int) or not axes or axis % axes == axes - 1:
        return None
    return axis % axes


def _are_values(graph: Graph, first: Operand, second: Operand) -> tuple[bool, bool]:
    """Which of two operands are values that the call changes: computed ones, else those that are held."""
    computed = is_computed(graph, first), is_computed(graph, second)
    return computed if any(computed) else (bool(first.value), bool(second.value))


def rounding_of(node: Node) -> str:
    """What rounds the quotient of a division; "" for nothing."""
    return ROUNDED.get(node.setting("rounding_mode", ""), "") if node.kind == "div" else ""


def scale_of(node: Node) -> str:
    """By what the second value is multiplied before it is added or taken away; "" for nothing."""
    alpha = node.setting("alpha", 1) if node.kind in ("add", "sub") else 1
    return "" if alpha == 1 else number(alpha)


def _quotient(graph: Graph, node: Node) -> str:
    both = zip(node.operands[:2], _are_values(graph, *node.operands[:2]), strict=True)
    return " ÷ ".join("x" if taken else constant_of(graph, one) for one, taken in both)


def _phrase_with_numbers(graph: Graph, node: Node) -> str:
    """A function by its name, and the numbers that it was called with where they are not the usual ones."""
    kind = plain_kind(node.kind)
    name = {"leakyrelu": "LeakyReLU"}.get(kind) or WRITTEN.get(kind, node.kind.strip("_"))
    arguments = [
        (_argument(node, called, place, usual), usual)
        for place, (called, usual) in enumerate(TUNED[kind], start=1)
        if len(node.operands) <= place or not is_computed(graph, node.operands[place])
    ]
    while arguments and arguments[-1][0] == arguments[-1][1]:
        arguments.pop()
    said = [number(value) for value, _ in arguments if isinstance(value, int | float | str)]
    return " ".join([name, ", ".join(said)]) if said else name


def _scaled_operand(graph: Graph, node: Node, operand: Operand) -> str:
    """What is added or taken away, with the factor that torch calls alpha."""
    alpha, said = scale_of(node), constant_of(graph, operand)
    return f"{alpha} × {said}" if alpha else said


def _clamp(graph: Graph, node: Node) -> str:
    low, high = (_argument(node, name, place, None) for name, place in (("min", 1), ("max", 2)))
    if node.kind == "clamp_max":
        low, high = None, _argument(node, "max", 1, None)
    if low is None or high is None:
        bound = f"≤ {number(high)}" if low is None else f"≥ {number(low)}"
        return "clamp" if low is high else f"clamp {bound}"
    return f"clamp {number(low)} … {number(high)}"


def _argument(node: Node, name: str, place: int, default: Any) -> Any:
    """An argument by keyword or by its place."""
    by_place = node.operands[place].constant if len(node.operands) > place else None
    return node.setting(name, default if by_place is None else by_place)


def sentence(graph: Graph, node: Node) -> tuple[Mapping[str, str], Words] | None:
    """What one operation with one constant does, as a template, and its constant; None for others."""
    sign = SIGNS.get(node.kind) or COMPARISONS.get(node.kind)
    if sign is None or len(node.operands) < 2 or scale_of(node) or rounding_of(node):
        return None
    first, second = node.operands[:2]
    computed = _are_values(graph, first, second)
    if sum(computed) != 1:
        return None
    key, other = (f"x{sign}", second) if computed[0] else (f"{sign}x", first)
    several = _is_table(graph, other)
    if key not in SENTENCES:
        return None
    en, ja = PLACEWISE.get(key, PLACEWISE[f"x{sign}"]) if several else SENTENCES[key]
    named = bool(other.value) or other.constant is not None
    return {"en": en, "ja": ja}, constant_of(graph, other) if named else FIXED


def _is_table(graph: Graph, operand: Operand) -> bool:
    """Whether a constant or a parameter has a number for each place, and not one for all."""
    if operand.value:
        return math.prod(graph[operand.value].shape) > 1
    return operand.constant is None
