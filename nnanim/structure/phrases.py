"""What a call does to its values, in words: "× 0.5", "1 − x", "clamp 0 … 1"; a sentence where it is alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnanim.structure.kinds import COMPARISONS, is_dropout, plain_kind
from nnanim.trace import Graph, Node, Operand
from nnanim.trace.graph import call_path
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


def number(value: Any) -> str:
    """A constant as it is written, with four digits: the model's author chose it."""
    return chosen_number(value, ".4g") if isinstance(value, int | float) else str(value)


def is_computed(graph: Graph, operand: Operand) -> bool:
    """Whether an operand was computed in the run: not a constant, and not held by the model."""
    held = operand.value in graph and graph[operand.value].role == "parameter"
    return bool(operand.value) and not held


def constant_of(graph: Graph, operand: Operand) -> str:
    """A constant or a parameter, as it is written."""
    if operand.value:
        return call_path(operand.value).rpartition(".")[2]
    return "a constant" if operand.constant is None else number(operand.constant)


def phrase(graph: Graph, node: Node) -> str:
    """What a call does to the value that it takes, short: "ReLU", "× 0.5", "÷ gain", "1 − x", "x²"."""
    kind = plain_kind(node.kind)
    if kind in ("clamp", "clip", "clampmin", "clampmax"):
        return _clamp(graph, node)
    if is_dropout(kind):
        share = _argument(node, "p", 1, 0.5)
        return (
            f"Dropout {chosen_number(100 * share, '.3g')} %" if isinstance(share, int | float) else "Dropout"
        )
    if kind in SHORT:
        return SHORT[kind]
    if kind == "leakyrelu" and _argument(node, "negative_slope", 1, 0.01) != 0.01:
        return f"LeakyReLU {number(_argument(node, 'negative_slope', 1, 0.01))}"
    sign = SIGNS.get(kind) or COMPARISONS.get(node.kind)
    if (sign is None and kind != "pow") or len(node.operands) < 2:
        return WRITTEN.get(kind, node.kind)
    first, second = node.operands[:2]
    computed = is_computed(graph, first), is_computed(graph, second)
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


def _scaled_operand(graph: Graph, node: Node, operand: Operand) -> str:
    """What is added or taken away, with the factor that torch calls alpha."""
    alpha = node.setting("alpha", 1) if node.kind in ("add", "sub") else 1
    return constant_of(graph, operand) if alpha == 1 else f"{number(alpha)} × {constant_of(graph, operand)}"


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


def sentence(graph: Graph, node: Node) -> tuple[Mapping[str, str], str] | None:
    """What one operation with one constant does, as a template, and its constant; None for others."""
    sign = SIGNS.get(node.kind) or COMPARISONS.get(node.kind)
    if sign is None or len(node.operands) < 2 or node.setting("alpha", 1) != 1:
        return None
    first, second = node.operands[:2]
    computed = is_computed(graph, first), is_computed(graph, second)
    if sum(computed) != 1:
        return None
    key, other = (f"x{sign}", second) if computed[0] else (f"{sign}x", first)
    if key not in SENTENCES:
        return None
    en, ja = SENTENCES[key]
    return {"en": en, "ja": ja}, constant_of(graph, other)
