"""Tellers of one's own: a function that tells a class of modules, and what it may give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nnanim.beats import Beat
from nnanim.errors import UserError, quote
from nnanim.stories.network.net import NetworkView, Teller
from nnanim.structure.layers import Layer

Tell = Callable[[NetworkView, Layer], Beat | Iterable[Beat] | None]
"""Tells one layer: its beat or beats; None to have it told as any other layer."""


@dataclass(frozen=True)
class ClassTeller:
    """A teller for the modules of one class, as `teller` makes it.

    Attributes:
        kind: the class, by its name.
        tell: the function.
    """

    kind: str
    tell: Tell

    @property
    def name(self) -> str:
        """What the function is called."""
        return str(getattr(self.tell, "__name__", self.tell))

    def __call__(self, net: NetworkView, run: Sequence[Layer]) -> Iterable[Beat] | None:
        """The beats of some layers, if all are of the class and the function tells all of them."""
        if any(layer.kind != self.kind for layer in run):
            return None
        found = [self.tell(net, layer) for layer in run]
        if any(beats is None for beats in found):
            return None
        return [
            beat
            for layer, beats in zip(run, found, strict=True)
            for beat in check_beats(self.name, layer, beats)
        ]


def teller(kind: str) -> Callable[[Tell], ClassTeller]:
    """Make a function the teller of a class of modules: each is one layer then, whatever runs inside it.

    It gets the run and the layer, and gives a beat, some beats, or None for what it leaves to others::

        @teller("Vote")
        def tell_vote(net, layer):
            bars = Bars(net.output(layer), ("left", "right"), key="votes")
            return Beat({"en": "Two experts vote.", "ja": "二人が投票します。"}, bars, id="votes")

        network(trace, tellers=[tell_vote])

    Args:
        kind: the name of the class, as the trace has it.

    Raises:
        UserError: it is no name of a class.
    """
    if not isinstance(kind, str) or not kind.isidentifier():
        raise UserError(f"teller({kind!r}): the name of a class of modules wanted, such as teller('Vote')")
    return lambda tell: ClassTeller(kind, tell)


def check_beats(name: str, layer: Layer, beats: object) -> list[Beat]:
    """What a teller gave, as a list of beats.

    Raises:
        UserError: it is no beat, or something among it is none.
    """
    found = [beats] if isinstance(beats, Beat) else list(beats) if isinstance(beats, Iterable) else None
    wrong = beats if found is None else next((one for one in found if not isinstance(one, Beat)), None)
    if found is None or wrong is not None:
        what = type(beats if isinstance(beats, str) else wrong).__name__
        raise UserError(
            f"the teller {name} gave a {what} for {quote(layer.name)}; a Beat, some of them or None wanted"
        )
    return [one for one in found if isinstance(one, Beat)]


def name_of(one: Teller) -> str:
    """What a teller is called in an error."""
    return one.name if isinstance(one, ClassTeller) else str(getattr(one, "__name__", one))
