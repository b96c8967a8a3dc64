"""How many parameters the layers of a run have."""

from __future__ import annotations

from collections.abc import Iterable

from nnanim.structure.layers import Layer
from nnanim.trace import Trace


def count_weights(trace: Trace, layers: Iterable[Layer]) -> dict[str, int]:
    """Number of parameters of each layer: those of its modules, and those that its calls were given."""
    sizes = {name: int(values.size) for name, values in trace.parameters.items()}
    below: dict[str, set[str]] = {}
    for name in sizes:
        parts = name.split(".")
        for end in range(len(parts)):
            below.setdefault(".".join(parts[:end]), set()).add(name)
    counts = {}
    for layer in layers:
        paths = {node.path for node in layer.nodes if node.role == "module"}
        paths |= {path for node in layer.nodes for path in node.setting("modules", ())}
        given = {one.value for node in layer.nodes for one in node.operands if one.value in sizes}
        held = {name for path in paths for name in below.get(path, ())}
        counts[layer.name] = sum(sizes[name] for name in held | given)
    return counts
