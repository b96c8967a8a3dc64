"""Who fed whom: the calls of one run as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from nnanim.errors import UserError, nearest

LEAVING = frozenset("numpy array tolist item dlpack data_ptr untyped_storage storage".split())
"""Kinds of calls that give numbers to code that torch does not see; a graph has them where the way ends."""


def call_path(name: str) -> str:
    """The path whose call has this name: "hidden" for "hidden#2".

    What stands behind the last "#" counts the calls. A path with a "#" of its own has a count from its first
    call on.
    """
    path, sign, count = name.rpartition("#")
    return path if sign and count.partition("[")[0].isdecimal() else name


@dataclass(frozen=True, slots=True)
class Operand:
    """One positional argument of a call: a value of the run, or a constant.

    Attributes:
        value: name of the value: "hidden", "max[1]", "gain" for a parameter; "" for a constant.
        constant: a number, a word, or a tuple of them; None where it is a tensor of its own.
        view: (offset, shape, strides), in numbers, where the call took a view of the value: some rows of it,
            a transpose, another shape; () where it took all of it as it is; None where the view is unknown.
    """

    value: str = ""
    constant: Any = None
    view: tuple[Any, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Node:
    """One call of a module or a function, one input, one parameter used by itself, or one output.

    Attributes:
        name: "hidden"; "hidden#2" for its second call; "blocks.0.add" for a function called in "blocks.0".
        kind: "Linear", "Conv2d", "add", "cat", "input", "parameter", "output", …
        role: one of "input", "module", "function", "parameter", "output".
        inside: name of the module call in which it happened; "" at the top.
        inputs: names of the innermost nodes whose values it took, in the order of its arguments.
        outputs: names under which its values are (or would be) recorded; the first is its own name.
        shape: shape of its first output.
        order: position in the order in which the calls began.
        settings: what a module was made with, in torch's words: ("kernel_size", (3, 3)), ("stride", (1, 1));
            of a function, its constants by keyword
        operands: the positional arguments, as they are written: ``1 - x`` has the operands 1 and x; tensors
            in lists one by one
    """

    name: str
    kind: str
    role: str = "module"
    inside: str = ""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    order: int = 0
    settings: tuple[tuple[str, Any], ...] = ()
    operands: tuple[Operand, ...] = ()

    def setting(self, name: str, default: Any = None) -> Any:
        """One of the settings, or ``default``."""
        return dict(self.settings).get(name, default)

    @property
    def path(self) -> str:
        """The module's path as torch gives it: "hidden" for "hidden#2", "output" for "self.output"."""
        return call_path(self.name).removeprefix("self.")


@dataclass(frozen=True)
class Edge:
    """Values went from ``source`` to ``target`` (names of nodes).

    Attributes:
        source, target: names of nodes.
        values: names of the values that went: ("max[1]",) where only the second output of "max" was used.
    """

    source: str
    target: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graph:
    """All nodes in the order in which they ran; modules that called others contain them (`children`)."""

    nodes: tuple[Node, ...] = ()

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def _containers(self) -> frozenset[str]:
        return frozenset(node.inside for node in self.nodes if node.inside)

    def __getitem__(self, name: str) -> Node:
        """The node called ``name``; raises UserError with the nearest names when there is none."""
        try:
            return self._by_name[name]
        except KeyError:
            raise UserError(f"no node is called {name!r}{nearest(name, self._by_name)}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    @cached_property
    def leaves(self) -> tuple[Node, ...]:
        """The nodes with nothing recorded inside them, in the order in which they ran."""
        return tuple(node for node in self.nodes if node.name not in self._containers)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Who fed whom among the leaves; each pair once."""
        pairs = dict.fromkeys((source, node.name) for node in self.leaves for source in node.inputs)
        return tuple(Edge(*pair, self.carried_values(*pair)) for pair in pairs)

    def carried_values(self, source: str, target: str) -> tuple[str, ...]:
        """Names of the values that went from one node to another, each once; the first one if not known."""
        own = (source, *self[source].outputs)
        found = dict.fromkeys(one.value for one in self[target].operands if one.value in own)
        return tuple(found) or own[:1]

    def children(self, name: str = "") -> tuple[Node, ...]:
        """The nodes directly inside the module call ``name``; "" is the model itself."""
        return tuple(node for node in self.nodes if node.inside == name)

    def before(self, name: str) -> tuple[str, ...]:
        """Names of the leaves that fed ``name``, each once."""
        return tuple(dict.fromkeys(self[name].inputs))

    def after(self, name: str) -> tuple[str, ...]:
        """Names of the leaves that ``name`` fed, in the order in which they ran."""
        return tuple(edge.target for edge in self.edges if edge.source == name)

    def ancestors(self, name: str) -> tuple[str, ...]:
        """The module calls around ``name``, innermost first."""
        found = []
        inside = self[name].inside
        while inside and inside not in found:
            found.append(inside)
            inside = self._by_name[inside].inside if inside in self._by_name else ""
        return tuple(found)

    def fold(self, names: Iterable[str] = (), depth: int | None = None) -> Graph:
        """The same run seen from further away: chosen module calls become single nodes.

        Args:
            names: module calls to close; what ran inside them is no longer shown.
            depth: also close every module call that lies deeper than so many levels (1: only the top level).

        Raises:
            UserError: a name that is no node.
        """
        closed = {self[name].name for name in names}
        if depth is not None:
            closed |= {n.name for n in self.nodes if len(self.ancestors(n.name)) >= depth - 1}
        shown: dict[str, str] = {}
        for node in self.nodes:
            outermost = [name for name in self.ancestors(node.name) if name in closed]
            shown[node.name] = outermost[-1] if outermost else node.name
        entering: dict[str, list[str]] = {}
        for leaf in self.leaves:
            target = shown[leaf.name]
            sources = [shown.get(source, source) for source in leaf.inputs]
            entering.setdefault(target, []).extend(s for s in sources if s != target)
        nodes = []
        for node in self.nodes:
            if shown[node.name] == node.name:
                inputs = entering.get(node.name) or [shown.get(source, source) for source in node.inputs]
                nodes.append(replace(node, inputs=tuple(dict.fromkeys(inputs))))
        return Graph(tuple(nodes))
