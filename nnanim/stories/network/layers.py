"""From the calls of a run to the layers of a film: what only changes values joins the layer before it."""

from __future__ import annotations

from dataclasses import dataclass

from nnanim.trace import Graph, Node
from nnanim.words import Words

SYMBOLS = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "cat": "cat", "matmul": "matmul"}
"""How a function is written where it stands for itself."""

ACTIVATIONS = frozenset(
    """relu relu6 leakyrelu prelu elu selu celu gelu silu mish sigmoid hardsigmoid logsigmoid tanh hardtanh
    softplus softsign hardswish softmax logsoftmax softmin threshold sin glu""".split()
)
VIEWS = frozenset("flatten unflatten reshape view squeeze unsqueeze permute transpose identity".split())
DENSE = frozenset(("Linear", "LazyLinear", "NonDynamicallyQuantizableLinear"))
LONGEST = 14
"""Letters of a name on the screen."""


def plain(kind: str) -> str:
    """A kind of module or function, as one word in small letters: ``leaky_relu`` and ``LeakyReLU`` are one."""
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
        """ "input", "module", "function" or "parameter"."""
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
    """Every layer by its name, in the order of the run; the model's outputs are left out."""
    leaves = [node for node in graph.leaves if node.role != "output"]
    uses: dict[str, int] = {}
    for node in graph.leaves:
        for source in dict.fromkeys(node.inputs):
            uses[source] = uses.get(source, 0) + (node.role != "output")
    home: dict[str, str] = {}
    nodes: dict[str, list[Node]] = {}
    for node in leaves:
        sources = [s for s in dict.fromkeys(node.inputs) if s in home]
        quiet = is_activation(node.kind) or is_norm(node.kind) or is_view(node.kind)
        joins = quiet and len(sources) == 1 and uses[sources[0]] == 1
        if joins and nodes[home[sources[0]]][0].role in ("module", "function"):
            home[node.name] = home[sources[0]]
            nodes[home[node.name]].append(node)
        else:
            home[node.name] = node.name
            nodes[node.name] = [node]
    made = {}
    for name, calls in nodes.items():
        feeding = dict.fromkeys(home[s] for s in calls[0].inputs if s in home)
        made[name] = Layer(tuple(calls), tuple(feeding))
    return made


def short(text: str) -> str:
    """A name cut to what can stand on a block."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def label(node: Node) -> Words:
    """What a call is called on the screen."""
    if node.role == "input":
        return {"en": "input", "ja": "入力"} if node.name == "input" else short(node.name)
    if node.role == "function":
        return SYMBOLS.get(node.kind, short(node.kind))
    path, _, call = node.name.partition("#")
    parts = path.removeprefix("self.").split(".")
    name = parts[-1]
    if name.isdecimal():
        name = f"{parts[-2]} {name}" if len(parts) > 1 and len(node.kind) > LONGEST else node.kind
    return short(f"{name} ({call})" if call else name)


def size(shape: tuple[int, ...]) -> str:
    """The shape of one sample's value: "16 × 8 × 8"; "" for a single number."""
    return " × ".join(map(str, shape[1:]))
