"""What to make of each torch function that runs between the modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

VIEWS = frozenset(
    """
    view reshape view_as reshape_as flatten unflatten ravel permute transpose t swapaxes swapdims movedim
    moveaxis squeeze unsqueeze expand expand_as broadcast_to contiguous clone detach to type type_as float
    double half bfloat16 cpu cuda chunk split split_with_sizes tensor_split unbind select narrow diagonal
    alias T mT H mH data real requires_grad_ detach_ squeeze_ unsqueeze_ t_ transpose_ requires_grad
    as_subclass positive hsplit vsplit dsplit atleast_1d atleast_2d atleast_3d view_as_real
    view_as_complex resolve_conj resolve_neg pin_memory
    """.split()
)
RANDOM = frozenset(
    """
    rand randn randint randperm rand_like randn_like randint_like normal bernoulli multinomial poisson
    normal_ uniform_ bernoulli_ exponential_ random_ log_normal_ cauchy_ geometric_ rrelu gumbel_softmax
    """.split()
)
CONSTANT = frozenset(
    "zeros_like ones_like full_like empty_like new_zeros new_ones new_full new_empty".split()
)
SWITCHED = frozenset(  # functions that overwrite their input when inplace=True
    """
    relu relu6 elu selu celu leaky_relu silu mish hardtanh hardswish hardsigmoid threshold rrelu dropout
    dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout
    """.split()
)
SPELLINGS = {
    "add": "radd iadd",
    "sub": "rsub isub subtract",
    "mul": "rmul imul multiply",
    "div": "truediv rtruediv rdiv itruediv true_divide divide",
    "pow": "rpow ipow",
    "matmul": "rmatmul imatmul",
    "cat": "concat concatenate",
    "neg": "negative",
    "abs": "absolute",
    "floor_divide": "floordiv rfloordiv ifloordiv",
    "and": "iand",
    "or": "ior",
}
SWAPPED = frozenset("rsub rtruediv rdiv rpow rmatmul rfloordiv".split())
PLAIN = {spelling: kind for kind, spellings in SPELLINGS.items() for spelling in spellings.split()}
IN_PLACE = ("iadd", "isub", "imul", "itruediv", "ipow", "imatmul", "ifloordiv", "imod", "iand", "ior", "ixor")


@dataclass(frozen=True)
class Plan:
    """How a function is seen: its kind, whether it is a view, draws, is constant, overwrites.

    ``swapped`` says that the second argument is written first: ``1 - x`` calls ``rsub(x, 1)``; ``shaped``
    that of its first argument only the shape matters: ``randn_like(x)``.
    """

    kind: str
    ignored: bool = False
    view: bool = False
    random: bool = False
    constant: bool = False
    in_place: bool = False
    switched: bool = False
    swapped: bool = False
    shaped: bool = False


PLANS: dict[Any, Plan] = {}


def plan(func: Callable[..., Any]) -> Plan:
    """The plan for a torch function; the same object every time."""
    found = PLANS.get(func)
    if found is None:
        found = PLANS[func] = _made(func)
    return found


def _made(func: Callable[..., Any]) -> Plan:
    name = getattr(func, "__name__", type(func).__name__)
    if name in ("__get__", "__set__"):
        name = getattr(getattr(func, "__self__", None), "__name__", "")
        return Plan(name, ignored=name not in VIEWS, view=True)
    dunder = name.startswith("__") and name.endswith("__")
    bare = name.strip("_")
    if dunder and bare in ("len", "bool", "int", "float", "repr", "format", "index", "hash", "array", "iter"):
        return Plan(bare, ignored=bare != "iter", view=True)
    if bare in ("size", "dim", "numel", "is_floating_point", "stride", "item", "tolist", "numpy", "data_ptr"):
        return Plan(bare, ignored=True)
    in_place = (
        bare in IN_PLACE or bare == "setitem" if dunder else name.endswith("_") and not name.startswith("_")
    )
    return Plan(
        PLAIN.get(bare, bare) if dunder or in_place else PLAIN.get(name, name),
        view=name in VIEWS,
        random=name in RANDOM,
        constant=name in CONSTANT,
        in_place=in_place and name not in VIEWS,
        switched=bare in SWITCHED,
        swapped=bare in SWAPPED,
        shaped=name in RANDOM and (name.endswith("_like") or in_place),
    )


MASKING = frozenset(
    """
    masked_fill scaled_dot_product_attention multi_head_attention and or xor invert logical_and logical_or
    logical_not logical_xor
    """.split()
)
"""Functions for which truth values stay what they are."""

SCALED_DOT_PRODUCT = F.scaled_dot_product_attention
MULTI_HEAD = F.multi_head_attention_forward
LINEAR = (
    *(F.linear, torch.conv1d, torch.conv2d, torch.conv3d),
    *(torch.conv_transpose1d, torch.conv_transpose2d, torch.conv_transpose3d),
)
