"""What to make of each torch function that runs between the modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from nnanim.recording.values import tensors

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
EACH = frozenset("broadcast_tensors atleast_1d atleast_2d atleast_3d".split())
"""Views of several tensors at once: the first of the first, and so on."""

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
EXPOSING = frozenset("numpy array data_ptr dlpack untyped_storage storage set_".split())
"""Functions that give a tensor's memory out of torch's sight, where it may be overwritten."""

RESHAPING = frozenset("t_ squeeze_ unsqueeze_ transpose_".split())
"""Views that count as a change of all tensors in the same memory, though no number changes."""

UPDATING = frozenset("batch_norm instance_norm embedding embedding_bag".split())
"""Functions that may overwrite statistics or weights among their arguments."""

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
IN_PLACE = frozenset(f"i{name}" for name in "add sub mul truediv pow matmul floordiv mod and or xor".split())
ASKING = frozenset(
    """
    len bool int float repr format index hash array iter dlpack
    size dim numel is_floating_point stride item tolist numpy data_ptr untyped_storage storage
    """.split()
)
"""Functions that ask something of a tensor and compute nothing."""


@dataclass(frozen=True)
class FunctionRule:
    """How a function is seen.

    Attributes:
        kind: its name without the signs around it, one for all spellings.
        ignored: computes nothing.
        view: gives the values that it takes, in another shape or type.
        random: draws random numbers.
        constant: gives values that do not depend on those that it takes.
        in_place: overwrites its first argument.
        switched: does so with ``inplace=True``.
        swapped: its second argument is written first: ``1 - x`` calls ``rsub(x, 1)``.
        shaped: only the shape of its first argument matters: ``randn_like(x)``.
        many: overwrites lists of tensors.
        updating: may overwrite any of its arguments.
        exposes: gives the memory out of sight.
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
    many: bool = False
    updating: bool = False
    exposes: bool = False

    def find_overwritten(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Tensor]:
        """The tensors that a call with these arguments overwrites."""
        if self.many or self.updating:
            return [tensor for _, tensor in tensors((args, kwargs))]
        switched = self.switched and (any(value is True for value in args[1:]) or kwargs.get("inplace"))
        if self.in_place or switched or "out" in kwargs:
            first = args[:1] or list(kwargs.values())[:1]
            return [tensor for _, tensor in tensors((first, kwargs.get("out")))]
        return []


_rules: dict[Any, FunctionRule] = {}


def rule_of(func: Callable[..., Any]) -> FunctionRule:
    """The rule for a torch function; the same object every time."""
    found = _rules.get(func)
    if found is None:
        found = _rules[func] = _read_rule(func)
    return found


def _read_rule(func: Callable[..., Any]) -> FunctionRule:
    name = getattr(func, "__name__", type(func).__name__)
    if name in ("__get__", "__set__"):
        name = getattr(getattr(func, "__self__", None), "__name__", "")
        return FunctionRule(name, ignored=name not in VIEWS, view=True)
    dunder = name.startswith("__") and name.endswith("__")
    bare = name.strip("_")
    if bare in ASKING and (dunder or bare not in ("int", "float", "bool")):
        ignored = not (dunder and bare == "iter")
        return FunctionRule(bare, ignored=ignored, view=True, exposes=bare in EXPOSING)
    in_place = bare in IN_PLACE or bare == "setitem" if dunder else name.endswith("_") or _is_mutable(func)
    return FunctionRule(
        PLAIN.get(bare, bare) if dunder or in_place else PLAIN.get(name, name),
        view=name in VIEWS or name in EACH,
        random=name in RANDOM,
        constant=name in CONSTANT,
        in_place=in_place and name not in VIEWS,
        switched=bare in SWITCHED,
        swapped=bare in SWAPPED,
        shaped=name in RANDOM and (name.endswith("_like") or in_place),
        many=name.startswith(("_foreach", "_fused", "_amp")) or _is_mutable(func),
        updating=name in UPDATING,
        exposes=name in EXPOSING or name in RESHAPING,
    )


def _is_mutable(func: Any) -> bool:
    """Whether the schema of an operator says that it overwrites an argument."""
    overloads = [func] if hasattr(func, "_schema") else []
    if not overloads and hasattr(func, "overloads"):
        overloads = [getattr(func, name) for name in func.overloads()]
    return any(one._schema.is_mutable for one in overloads)


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
