"""Names of modules in sentences as they are written; on blocks there is only room for a part of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnanim.structure.titles import shorten_name
from nnanim.trace import Graph
from nnanim.trace.graph import call_path
from nnanim.words import FilledWords, Words

MAX_SPOKEN = 32
"""Letters of a name in a sentence; a longer one stays cut."""


def full_names(graph: Graph) -> dict[str, str]:
    """The names that are cut on the screen, as they are written; not those that are cut to the same."""
    found: dict[str, set[str]] = {}
    for name in {one for node in graph.nodes for one in _names(node.name, node.path, node.kind)}:
        short = shorten_name(name)
        if short != name and len(name) <= MAX_SPOKEN:
            found.setdefault(short, set()).add(name)
    return {short: next(iter(names)) for short, names in found.items() if len(names) == 1}


def _names(name: str, path: str, kind: str) -> Iterator[str]:
    """What a call may be called by: its module, its module's list, its class."""
    parts = path.split(".")
    count = name.removeprefix(call_path(name)).removeprefix("#")
    listed = f"{parts[-2]} {parts[-1]}" if len(parts) > 1 and parts[-1].isdecimal() else parts[-1]
    for one in (parts[-1], listed, kind):
        yield from (one, f"{one} ({count})") if count else (one,)


def with_full_names(said: Words, names: Mapping[str, str]) -> Words:
    """A sentence, its names in full."""
    if isinstance(said, str):
        return names.get(said, said)
    if not isinstance(said, FilledWords):
        return said
    values = {
        key: with_full_names(value, names) if isinstance(value, str | Mapping) else value
        for key, value in said.values_filled.items()
    }
    if values == said.values_filled:
        return said
    made = FilledWords(said.template, values)
    made.typed = said.typed
    return made
