"""From the calls of a run to the layers of a film: what only changes values joins the layer before it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nnanim.trace import Graph, Node
from nnanim.trace.graph import call_path
from nnanim.words import Words

SYMBOLS: dict[str, Words] = {
    "add": "+", "sub": "−", "mul": "×", "div": "÷",
    "cat": {"en": "stack", "ja": "連結"},
    "matmul": {"en": "product", "ja": "行列積"},
    "bmm": {"en": "product", "ja": "行列積"},
    "masked_fill": {"en": "mask", "ja": "マスク"},
    "mean": {"en": "mean", "ja": "平均"},
}  # fmt: skip
"""How a function is written where it stands for itself."""

SCALING: Words = {"en": "scaling", "ja": "尺度変換"}
"""A call that only scales and shifts."""

SPOKEN: dict[str, Words] = {
    "add": {"en": "the sum", "ja": "和"},
    "sub": {"en": "the difference", "ja": "差"},
    "mul": {"en": "the product", "ja": "積"},
    "cat": {"en": "the stack", "ja": "連結"},
    "matmul": {"en": "the matrix product", "ja": "行列の積"},
    "bmm": {"en": "the matrix product", "ja": "行列の積"},
    "masked_fill": {"en": "the mask", "ja": "マスク"},
    "mean": {"en": "the mean", "ja": "平均"},
}
"""What a function gives, in a sentence."""

ACTIVATIONS = frozenset(
    """relu relu6 leakyrelu prelu elu selu celu gelu silu mish sigmoid hardsigmoid logsigmoid tanh hardtanh
    softplus softsign hardswish softmax logsoftmax softmin threshold sin glu""".split()
)
VIEWS = frozenset("flatten unflatten reshape view squeeze unsqueeze permute transpose identity tap".split())
ARITHMETIC = frozenset("add sub mul div clamp clip neg pow".split())
HELD = ("parameter", "buffer")
"""Roles of values that the model holds, not computes."""

DENSE = frozenset(("Linear", "LazyLinear", "NonDynamicallyQuantizableLinear"))
LONGEST = 14
"""Letters of a name on the screen."""


WRITTEN = {
    "relu": "ReLU",
    "gelu": "GELU",
    "silu": "SiLU",
    "elu": "ELU",
    "selu": "SELU",
    "batchnorm": "BatchNorm",
}
"""How functions are written that are called in small letters."""


def written(kinds: Iterable[str]) -> str:
    """Kinds that follow each other, as they are read: ``BatchNorm2d + ReLU``."""
    return " + ".join(WRITTEN.get(kind.replace("_", ""), kind) for kind in kinds)


def plain(kind: str) -> str:
    """A kind of module or function as one word in small letters: ``leaky_relu`` is ``LeakyReLU``."""
    return kind.lower().replace("_", "")


def is_activation(kind: str) -> bool:
    """Whether it changes each value by itself (or a softmax does)."""
    return plain(kind) in ACTIVATIONS


def is_norm(kind: str) -> bool:
    """Whether it normalises."""
    return "norm" in plain(kind) and "linalg" not in plain(kind)


def is_view(kind: str) -> bool:
    """Whether it only looks at the same values in another shape, or passes them on."""
    return plain(kind) in VIEWS or plain(kind).startswith(("dropout", "alphadropout", "featuredropout"))


@dataclass(frozen=True)
class Layer:
    """A call and those that only change its values right after it (normalisation, activation, dropout).

    Attributes:
        nodes: the calls, the first gives the layer its name.
        inputs: names of the layers that feed it, in the order of its arguments.
    """

    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of its first call: what the layer is called among the others."""
        return self.nodes[0].name

    @property
    def kind(self) -> str:
        """Kind of its first call."""
        return self.nodes[0].kind

    @property
    def role(self) -> str:
        """What it is: an input, a module, a function, or a value that the model holds."""
        return self.nodes[0].role

    @property
    def shown(self) -> str:
        """Name of the value that it shows: that of its last call which is more than a view."""
        real = [node for node in self.nodes if not is_view(node.kind)]
        return (real or self.nodes[:1])[-1].name

    @property
    def after(self) -> tuple[str, ...]:
        """Kinds of the normalisations and activations that follow the first call."""
        return tuple(n.kind for n in self.nodes[1:] if is_norm(n.kind) or is_activation(n.kind))

    @property
    def dense(self) -> bool:
        """Whether it is a dense layer."""
        return self.kind in DENSE


def layers(graph: Graph) -> dict[str, Layer]:
    """Every layer by its name, in the order of the run: those that the model's outputs depend on."""
    uses: dict[str, int] = {}
    for node in graph.leaves:
        for source in dict.fromkeys(node.inputs):
            uses[source] = uses.get(source, 0) + (node.role != "output")
    home: dict[str, str] = {}
    nodes: dict[str, list[Node]] = {}
    for node in graph.leaves:
        if node.role == "output":
            continue
        sources = _computed(graph, node, home)
        alone = len(sources) == 1 and uses[sources[0]] == 1
        if alone and _changes_only(node, 1) and nodes[home[sources[0]]][0].role in ("module", "function"):
            home[node.name] = home[sources[0]]
            nodes[home[node.name]].append(node)
            continue
        home[node.name] = node.name
        nodes[node.name] = [node]
    made = {
        name: Layer(tuple(calls), tuple(dict.fromkeys(home[s] for s in _computed(graph, calls[0], home))))
        for name, calls in nodes.items()
    }
    return _wanted(graph, made, home)


def _changes_only(node: Node, sources: int) -> bool:
    """Whether a call only changes values one by one (or normalises, or views them)."""
    single = node.role == "function" and node.kind in ARITHMETIC and sources == 1
    return single or is_activation(node.kind) or is_norm(node.kind) or is_view(node.kind)


def _computed(graph: Graph, node: Node, home: Mapping[str, str]) -> list[str]:
    """What a call took, without the factors and shifts that the model holds for it."""
    found = [source for source in dict.fromkeys(node.inputs) if source in home]
    if node.kind not in ARITHMETIC:
        return found
    size = math.prod(node.shape[1:])
    return [s for s in found if graph[s].role not in HELD or size <= 2 * math.prod(graph[s].shape)]


def _wanted(graph: Graph, made: dict[str, Layer], home: Mapping[str, str]) -> dict[str, Layer]:
    """Without the layers that no output depends on."""
    ends = [home[s] for node in graph.leaves if node.role == "output" for s in node.inputs if s in home]
    if not ends:
        return made
    wanted: set[str] = set()
    while ends:
        name = ends.pop()
        if name not in wanted:
            wanted.add(name)
            ends += made[name].inputs
    return {name: layer for name, layer in made.items() if name in wanted}


def short(text: str) -> str:
    """A name cut to what can stand on a block."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def label(node: Node, leaf: bool = True) -> Words:
    """What a call is called on the screen; a numbered ``leaf`` by its kind, a numbered block by its list."""
    if node.role == "input":
        return {"en": "input", "ja": "入力"} if node.name == "input" else short(node.name)
    if node.role == "function":
        return SYMBOLS.get(node.kind, short(written([node.kind])))
    call = node.name.removeprefix(call_path(node.name)).removeprefix("#")
    parts = node.path.split(".")
    name = parts[-1]
    if name.isdecimal():
        name = node.kind if leaf or len(parts) == 1 else f"{parts[-2]} {name}"
    return short(f"{name} ({call})" if call else name)


def _numbered(kind: str, number: int) -> str:
    """A kind with its number, which is not cut off."""
    after = f" {number}"
    return kind + after if len(kind + after) <= LONGEST else f"{kind[: LONGEST - 1 - len(after)]}…{after}"


def names(graph: Graph, found: Mapping[str, Layer], titles: Mapping[str, Words]) -> dict[str, Words]:
    """What every layer is called: as in ``titles``, by the module that holds only it, or by its own name."""
    inside: dict[str, set[str]] = {}
    for name in found:
        for around in graph.ancestors(name):
            inside.setdefault(around, set()).add(name)
    made: dict[str, Words] = {}
    for name, layer in found.items():
        alone = [around for around in graph.ancestors(name) if inside[around] == {name}]
        node = graph[alone[-1]] if alone else layer.nodes[0]
        own = next((titles[one] for one in (name, *alone) if one in titles), None)
        scaling = layer.role == "function" and layer.kind in ARITHMETIC and len(layer.inputs) == 1
        made[name] = own or (SCALING if scaling else label(node, leaf=not alone))
    for kind in {layer.kind for layer in found.values()}:
        same = [
            name for name, title in made.items() if title == short(kind) and name.split(".")[-1].isdecimal()
        ]
        for number, name in enumerate(same, start=1):
            made[name] = _numbered(kind, number) if len(same) > 1 else made[name]
    return made


def spoken(layer: Layer, title: Words) -> Words:
    """A layer in a sentence: sums and the like by what they are, not by their sign."""
    return SPOKEN.get(layer.kind, title) if layer.role == "function" else title


def size(layer: Layer) -> str:
    """The shape of one sample's value: "16 × 8 × 8"; "" for a single number."""
    shape = next(node.shape for node in layer.nodes if node.name == layer.shown)
    return " × ".join(map(str, shape if layer.role in HELD else shape[1:]))
