"""Which painter, captioner and embedding a run uses, and opening them from that choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from nnanim.errors import UserError, nearest
from nnanim.loops.loop import Captioner, Embed

SMALL = "small"

SPEECHES = {"en": ("en",), "ja": ("ja",), "alternating": ("en", "ja")}
"""What ``--lang`` may say, and which language has its turn in which round."""


@dataclass(frozen=True)
class Choice:
    """What a run is made with; everything here is plain data and stands in the run's config.json.

    Attributes:
        painter: "small" for the shipped one; else a folder or the hub name of a diffusers pipeline.
        captioner: "small"; else a folder or hub name of a BLIP or GIT captioner of transformers.
        ranker: a folder or hub name of a CLIP model that adds style phrases to the big captioner's sentence.
        language: "en", "ja" or "alternating", for the small captioner.
        steps: of the sampler; None for the painter's own number.
        guidance: how strongly the words steer; None for the painter's own, below 0 for the contrary.
        device: "auto", "cpu", "cuda", "cuda:1", "mps"; big models only.
        half: float16; big models only.
        slicing: attention slicing, for little memory; big models only.
        side: width of the pictures; None for the painter's own; big models only.
    """

    painter: str = SMALL
    captioner: str = SMALL
    ranker: str | None = None
    language: str = "en"
    steps: int | None = None
    guidance: float | None = None
    device: str = "auto"
    half: bool = False
    slicing: bool = False
    side: int | None = None

    def __post_init__(self) -> None:
        if self.language not in SPEECHES:
            raise UserError(f"the loop speaks no {self.language!r}{nearest(self.language, SPEECHES)}")
        if self.steps is not None and not 1 <= self.steps <= 1000:
            raise UserError(f"steps={self.steps}; 1 to 1000 wanted")
        if self.guidance is not None and not -100 <= self.guidance <= 100:
            raise UserError(f"guidance={self.guidance}; -100 to 100 wanted")
        if self.side is not None and not (64 <= self.side <= 4096 and self.side % 8 == 0):
            raise UserError(f"side={self.side}; a multiple of 8 from 64 to 4096 wanted")


@dataclass(frozen=True)
class Backends:
    """A painter, captioners that take turns, and an embedding, ready to run.

    Attributes:
        painter: see `nnanim.loops.loop.Painter`.
        captioner: one, or two that take turns.
        embed: picture to vector.
        about: what stands in config.json: the names of the three, with their checksums where they are known,
            the languages of the captioners, and the side of the pictures. Two runs with the same ``about``
            and the same question give the same rounds.
    """

    painter: Callable[..., Any]
    captioner: tuple[Captioner, ...]
    embed: Embed
    about: dict[str, Any]


def open_backends(choice: Choice) -> Backends:
    """Load what a choice names.

    Raises:
        UserError: a folder that is not there, a hub name without a connection, a missing package, a model of
            another kind, a device that this machine lacks.
    """
    small = (choice.painter == SMALL, choice.captioner == SMALL)
    if choice.ranker is not None and choice.captioner == SMALL:
        raise UserError("--ranker adds style phrases to a big captioner's sentence: give --captioner too")
    if all(small):
        return _small(choice)
    from nnanim.loops import hf

    return hf.open_backends(choice)


def _small(choice: Choice) -> Backends:
    from nnanim.loops.small import GUIDANCE, STEPS, SmallCaptioner, SmallPainter

    guidance = GUIDANCE if choice.guidance is None else choice.guidance
    painter = SmallPainter(choice.steps or STEPS, guidance)
    speakers = tuple(SmallCaptioner(language) for language in SPEECHES[choice.language])
    return Backends(painter, speakers, speakers[0].embed, small_about(choice, painter.side))


def small_about(choice: Choice, side: int) -> dict[str, Any]:
    """What config.json says of the small models."""
    from nnanim.loops import small

    return {
        "languages": list(SPEECHES[choice.language]),
        "side": side,
        "painter": {
            "name": SMALL,
            "sha256": small.checksum(small.PAINTS),
            "steps": choice.steps or small.STEPS,
            "guidance": small.GUIDANCE if choice.guidance is None else choice.guidance,
        },
        "captioner": {"name": SMALL, "sha256": small.checksum(small.DESCRIBES)},
        "embedding": {"name": "clip", "sha256": small.checksum(small.EMBEDS), "width": 128},
        "choice": asdict(choice),
    }
