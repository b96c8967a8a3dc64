"""Networks of one shape on one stage: all of their columns in one place write numbers, or none does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from nnanim.beats import Beat
from nnanim.marks import Mark, Placed, Units, Wires
from nnanim.motions import Playback
from nnanim.style import RenderStyle


def quiet_twins(beat: Beat, placed: Mapping[str, Placed], style: RenderStyle) -> dict[str, Placed]:
    """The marks in their places; columns of neurons are quiet where a twin has no room for its numbers."""
    quiet = dict(placed)
    for twins in find_twins(beat):
        hidden = [
            any(one.mark.hides_numbers(one, style) for one in _states(beat, quiet[key])) for key in twins
        ]
        if any(hidden) and not all(hidden):
            quiet |= {key: replace(quiet[key], quiet=True) for key in twins}
    return quiet


def hides_numbers(beat: Beat, placed: Mapping[str, Placed], style: RenderStyle) -> bool:
    """Whether any mark of a beat, also while it moves, has no room for its numbers."""
    every = (state for mark in beat.marks for state in _states(beat, placed[mark.key]))
    return any(one.mark.hides_numbers(one, style) for one in every)


def _states(beat: Beat, placed: Placed) -> Iterator[Placed]:
    """A mark in its place, and the states that it runs through."""
    yield placed
    if isinstance(beat.motion, Playback):
        for state in beat.motion.states.get(placed.mark.key, ()):
            yield replace(placed, mark=state)


def find_twins(beat: Beat) -> list[tuple[str, ...]]:
    """Keys of the columns that stand in one place of several networks with as many neurons in each column."""
    networks = _networks(beat.marks)
    sizes = [tuple(len(one.values) for one in network) for network in networks]
    alike = [
        [network for network, size in zip(networks, sizes, strict=True) if size == known]
        for known in dict.fromkeys(sizes)
    ]
    return [
        tuple(one.key for one in twins)
        for some in alike
        if len(some) > 1
        for twins in zip(*some, strict=True)
    ]


def _networks(marks: tuple[Mark, ...]) -> list[list[Units]]:
    """The columns of neurons that wires join, network by network, in their order."""
    network = {mark.key: mark.key for mark in marks if isinstance(mark, Units)}
    for mark in marks:
        if isinstance(mark, Wires):
            one, other = (network[end] for end in mark.ties)
            network = {key: one if name == other else name for key, name in network.items()}
    found: dict[str, list[Units]] = {}
    for mark in marks:
        if isinstance(mark, Units):
            found.setdefault(network[mark.key], []).append(mark)
    return list(found.values())
