"""Kinds of calls: activations, normalisations, views, arithmetic, draws."""

from __future__ import annotations

from collections.abc import Collection

from nnanim.trace import Graph, Node

ACTIVATIONS = frozenset(
    """relu relu6 leakyrelu prelu elu selu celu gelu silu mish sigmoid hardsigmoid logsigmoid tanh hardtanh
    softplus softsign hardswish quickgelu relu² softmax logsoftmax softmin threshold sin glu""".split()
)
POINTWISE = frozenset(
    """abs cos tan exp exp2 expm1 log log2 log10 log1p sqrt rsqrt square reciprocal sign floor ceil round
    trunc erf""".split()
)
"""Functions of one value that are steps of their own."""

VIEWS = frozenset("flatten unflatten reshape view squeeze unsqueeze permute transpose identity tap".split())
PASSING = frozenset(("pad", "cat"))
"""Kinds that may pass a value on as it is: a frame of no cells, a list of one."""

ARITHMETIC = frozenset("add sub mul div clamp clip clamp_min clamp_max neg pow".split())
COMPARISONS = {"gt": ">", "lt": "<", "ge": "≥", "le": "≤", "eq": "=", "ne": "≠"}
WEIGHTED = frozenset(
    """linear addmm conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d batch_norm
    layer_norm group_norm instance_norm rms_norm native_layer_norm embedding bilinear prelu matmul mm bmm
    einsum baddbmm addmv addbmm""".split()
)
"""Functions whose parameters are part of what they do, as those of a module are."""

LENGTHS = frozenset("norm vectornorm matrixnorm frobeniusnorm nuclearnorm linalgnorm".split())
DROPOUT = ("dropout", "alphadropout", "featuredropout", "featurealphadropout")
HELD = ("parameter", "buffer")
"""Roles of values that the model holds, not computes."""


def held_calls(graph: Graph) -> frozenset[str]:
    """Names of the values that are the same whatever goes in: weights, buffers, what functions make of them.

    Where nothing else leads to an output, none of them is: they are all that there is to be told.
    """
    found: set[str] = set()
    for node in graph.leaves:
        made = node.role == "function" and bool(node.inputs) and all(one in found for one in node.inputs)
        if node.role in HELD or (made and not is_random(node.kind)):
            found.add(node.name)
    outputs = [node for node in graph.leaves if node.role == "output"]
    moved = any(source not in found for node in outputs for source in node.inputs)
    return frozenset(found) if moved or not outputs else frozenset()


DENSE = frozenset(("Linear", "LazyLinear", "NonDynamicallyQuantizableLinear"))


def plain_kind(kind: str) -> str:
    """A kind of module or function as one word in small letters: ``leaky_relu`` is ``LeakyReLU``."""
    return kind.lower().replace("_", "")


def is_activation(kind: str) -> bool:
    """Whether it changes each value by itself (or a softmax does)."""
    return plain_kind(kind) in ACTIVATIONS


def is_norm(kind: str) -> bool:
    """Whether it normalises; ``norm`` itself is the length of a vector."""
    return "norm" in plain_kind(kind) and "linalg" not in plain_kind(kind) and plain_kind(kind) not in LENGTHS


def is_dropout(kind: str) -> bool:
    """Whether it sets some values to zero, in training."""
    return plain_kind(kind).startswith(DROPOUT) or plain_kind(kind).endswith("droppath")


def is_random(kind: str) -> bool:
    """Whether it draws numbers."""
    return plain_kind(kind).startswith(("rand", "normal", "uniform", "bernoulli", "multinomial", "poisson"))


def is_view(node: Node, dropping: Collection[str] = ()) -> bool:
    """Whether it only looks at the same values in another shape, or passes them on.

    Args:
        node: the call.
        dropping: names of the dropouts that did set values to zero in this run.
    """
    return plain_kind(node.kind) in VIEWS or (is_dropout(node.kind) and node.name not in dropping)


def is_spatial(kind: str) -> bool:
    """Whether it works on maps of rows and columns."""
    plain = plain_kind(kind)
    return plain.endswith(("conv2d", "convtranspose2d", "pool2d", "interpolate", "pixelshuffle"))


def is_convolution(kind: str) -> bool:
    """Whether a kernel of it sees neighbours: a convolution of any number of axes, transposed ones too."""
    return plain_kind(kind).startswith("conv") and plain_kind(kind).endswith(("1d", "2d", "3d"))
