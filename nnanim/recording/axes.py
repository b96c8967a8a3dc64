"""Names for the axes of recorded values."""

from __future__ import annotations

from torch import nn

from nnanim.recording.recording_log import Call
from nnanim.recording.structure import ModuleInfo
from nnanim.trace.graph import Graph, Node
from nnanim.trace.samples import FOLDED, SampleAxis

Names = tuple[str, ...]
LAST: Names = ("sample", "row", "column", "unit")
"""Maps of which a dense layer, or a normalisation over one axis, sees the units at each place."""

PLACES: dict[int, Names] = {1: ("position",), 2: ("row", "column"), 3: ("depth", "row", "column")}


def module_axes(info: ModuleInfo, shape: tuple[int, ...]) -> Names | None:
    """Axes of the first output of a module whose kind says what they are; None where it does not."""
    ndim = len(shape)
    if info.traits.tap and len(info.attribute("axes")) == ndim and ndim:
        return tuple(info.attribute("axes"))
    sizes = _places(info.cls)
    if sizes and ndim in (sizes + 1, sizes + 2):
        return ("sample", "channel", *PLACES[sizes])[-ndim:]
    if (info.traits.heads or info.traits.recurrent) and ndim in (2, 3):
        first = ("sample", "token") if info.attribute("batch_first") else ("token", "sample")
        return (*first, "unit") if ndim == 3 else ("token", "unit")
    if issubclass(info.cls, nn.Linear) and ndim in (1, 4):
        return ("unit",) if ndim == 1 else LAST
    return None


def _places(cls: type[nn.Module]) -> int:
    """Over how many spatial axes a convolution, pooling or image normalisation works; 0 for others."""
    name = cls.__name__
    known = (
        "Conv",
        "LazyConv",
        "MaxPool",
        "AvgPool",
        "Adaptive",
        "InstanceNorm",
        "BatchNorm2",
        "BatchNorm3",
        "LPPool",
    )
    spatial = name.startswith(
        (*known, "FractionalMaxPool", "MaxUnpool", "Upsample", "PixelShuffle", "Dropout2")
    )
    if not spatial:
        return 0
    return next(
        (n for n in (1, 2, 3) if f"{n}d" in name), 2 if name in ("PixelShuffle", "PixelUnshuffle") else 0
    )


def _over_one_axis(node: Node, graph: Graph) -> bool:
    """Whether the weights of a normalisation say that it runs over the last axis alone."""
    held = [graph[name].shape for name in node.inputs if graph[name].role == "parameter"]
    return held[:1] == [node.shape[-1:]] or node.setting("normalized_shape") == node.shape[-1:]


def _fold_axes(node: Node, graph: Graph, counted: SampleAxis) -> Names | None:
    """Axes of what a call gives that took the tokens of all samples as one list, sample after sample."""
    taken = node.operands[0] if node.operands else None
    if taken is None or not taken.view or taken.value not in graph or counted.axis != 0:
        return None
    whole, seen, strides = graph[taken.value].shape, taken.view[1], taken.view[2]
    if len(whole) != 3 or len(seen) != 2 or node.shape[:1] != seen[:1] or len(node.shape) != 2:
        return None
    folded = seen[0] == whole[0] * whole[1] and tuple(strides) == (whole[2], 1)
    return (FOLDED, "unit") if folded and whole[1] > 1 else None


def _turn_axes(shape: tuple[int, ...], axis: int) -> Names:
    """Axes of an input whose samples are not counted by its first axis: (token, sample, unit)."""
    others = ("token", "unit", *(f"axis {i}" for i in range(3, len(shape))))
    return (*others[:axis], "sample", *others[axis : len(shape) - 1])


def _of_one_sample(ndim: int, first: str, known: Names | None) -> Names:
    """Axes of a value of one sample that goes in by itself, where no module has named them."""
    if known is not None and "sample" not in known:
        return known
    usual: dict[int, Names] = {
        0: (), 1: ("unit",), 2: (first, "unit"), 3: ("channel", "row", "column"),
        4: ("channel", "depth", "row", "column"),
    }  # fmt: skip
    return usual.get(ndim) or (first, *(f"axis {i}" for i in range(1, ndim)))


def _has_other_order(node: Node, source: str) -> bool:
    """Whether a call took a value with its axes in another order."""
    views = [one.view for one in node.operands if one.value == source and one.view]
    return any(list(strides) != sorted(strides, reverse=True) for _, _, strides, *_ in views)


def name_axes(
    calls: list[Call], graph: Graph, shapes: dict[str, tuple[int, ...]], counted: SampleAxis
) -> dict[str, Names]:
    """Axes for the recorded names where those usual for so many axes would be wrong.

    A value of the same shape as one that it was made from has the same axes; a dense layer changes only the
    last. Where one sample goes in by itself, no axis of any value is called after it.
    """
    found: dict[str, Names] = {}
    if counted.axis:
        found |= {
            node.name: _turn_axes(node.shape, counted.axis)
            for node in graph.nodes
            if node.role == "input" and len(node.shape) > counted.axis
        }
    by_name = {call.name: call for call in calls}
    for node in graph.nodes:
        call = by_name[node.name]
        axes = found.get(node.name)
        if call.info is not None:
            axes = module_axes(call.info, node.shape)
        if node.kind in ("LayerNorm", "layer_norm") and len(node.shape) == 4 and _over_one_axis(node, graph):
            axes = LAST
        same = len(node.shape) - (node.kind == "Linear")
        for source in node.inputs if axes is None else ():
            if (
                source in found
                and graph[source].shape[:same] == node.shape[:same]
                and not _has_other_order(node, source)
            ):
                axes = axes or (found[source] if len(found[source]) == len(node.shape) else None)
        axes = axes or _fold_axes(node, graph, counted)
        if axes is not None:
            found[node.name] = axes
    if counted.axis is None:
        found = {
            name: _of_one_sample(len(shape), counted.first, found.get(name)) for name, shape in shapes.items()
        }
    return {
        name: axes
        for name, axes in found.items()
        if len(shapes.get(name, ())) == len(axes) and name in shapes
    }
