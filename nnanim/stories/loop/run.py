"""One run of the caption loop as plain data, read from a folder or kept in a Trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError
from nnanim.orientation import UPRIGHT, find_orientation
from nnanim.words import Words

Floats = npt.NDArray[np.float64]
Picture = npt.NDArray[np.uint8]

SIDE = 128
"""Pictures are shown with at most so many pixels a side."""


@dataclass(frozen=True, eq=False)
class LoopRun:
    """A run: round 0 is the start picture and its caption, round n what was painted from round n - 1.

    Attributes:
        pictures: one (height, width, 3) of bytes a round.
        captions, prompts: what the captioner said, and what of it the painter was told next.
        embeddings: (rounds, width) of the pictures, each of length 1.
        kind: "fixed point", "cycle", "limit", "stopped", "failed", or "" for a run that goes on.
        length, since: rounds in the cycle, and the round whose state came back; 0 where there is none.
        unchanged: for how many rounds the last prompt has stood.
        settings: seed, rounds (the limit), caption, noise, seen, painter, captioner, embedding, as in
            config.json.
        name: what the start picture is, in words, or "".
    """

    pictures: Sequence[Picture]
    captions: tuple[str, ...]
    prompts: tuple[str, ...]
    embeddings: Floats
    kind: str = ""
    length: int = 0
    since: int = 0
    unchanged: int = 1
    settings: Mapping[str, Any] = field(default_factory=dict)
    name: Words = ""

    def __post_init__(self) -> None:
        counts = {len(self.pictures), len(self.captions), len(self.prompts), len(self.embeddings)}
        if len(counts) != 1 or not len(self.captions):
            raise UserError(
                f"a run has as many pictures as captions, prompts and embeddings, and at least one; "
                f"got {len(self.pictures)}, {len(self.captions)}, {len(self.prompts)}, {len(self.embeddings)}"
            )
        if self.kind in ("fixed point", "cycle") and not 0 < self.length < len(self.captions):
            raise UserError(f"a cycle of {self.length} rounds does not fit into {len(self.captions) - 1}")

    @classmethod
    def of(
        cls, rounds: Sequence[Any], config: Mapping[str, Any], pictures: Sequence[Picture] | None = None,
        **more: Any,
    ) -> LoopRun:  # fmt: skip
        """A run from the rounds of `nnanim.caption_loop` and its config.json.

        Args:
            rounds: from ``caption_loop`` or ``read_loop``.
            config: what was asked.
            pictures: where the rounds were read without theirs.
            more: ``name``.
        """
        end = rounds[-1].end
        ended = {k: getattr(end, k) for k in ("kind", "length", "since", "unchanged")} if end else {}
        return cls(
            [one.picture for one in rounds] if pictures is None else pictures,
            tuple(one.caption for one in rounds),
            tuple(one.prompt for one in rounds),
            np.stack([one.embedding for one in rounds]).astype(float),
            settings={key: config[key] for key in _SETTINGS if key in config},
            **ended, **more,
        )  # fmt: skip

    @property
    def last(self) -> int:
        """Number of the last round, which is how many pictures were painted."""
        return len(self.captions) - 1

    @property
    def has_attractor(self) -> bool:
        """Whether a state came back."""
        return self.kind in ("fixed point", "cycle")

    @property
    def cycle(self) -> range:
        """Numbers of the rounds in the cycle; empty where there is none."""
        return range(self.since + 1, self.since + 1 + self.length) if self.has_attractor else range(0)

    def setting(self, name: str, part: str = "") -> Any:
        """What was asked under ``name``, or ``part`` of it; None where it was not said."""
        found = self.settings.get(name)
        return found if not part else found.get(part) if isinstance(found, Mapping) else None

    def thumbnail(self, number: int) -> Floats:
        """(height, width, 3) the picture of a round, 0..1, made smaller where it is large."""
        return np.asarray(self._thumbnails[number])

    @property
    def is_turned(self) -> bool:
        """Whether the captioner sees the pictures otherwise than upright."""
        return bool(self.orientation != UPRIGHT)

    @property
    def orientation(self) -> str:
        """How the captioner sees the pictures: a name of `nnanim.orientation.ORIENTATIONS`."""
        return str(self.setting("seen") or UPRIGHT)

    def seen_thumbnail(self, number: int) -> Floats:
        """The thumbnail of a round as the captioner sees it."""
        return np.ascontiguousarray(find_orientation(self.orientation)(self.thumbnail(number)))

    @cached_property
    def _thumbnails(self) -> _Cached:
        return _Cached(lambda number: small(self.pictures[number]))

    @cached_property
    def similarity(self) -> Floats:
        """(2, rounds) cosine of each picture's embedding with the first's and with that one round before."""
        before = np.concatenate([self.embeddings[:1], self.embeddings[:-1]])
        return np.stack([self.embeddings @ self.embeddings[0], (self.embeddings * before).sum(axis=1)])

    @cached_property
    def plane(self) -> tuple[Floats, Floats]:
        """(rounds, 2) the embeddings on their first two principal components, (2,) shares of the variance.

        Each component points to where its largest entry is positive, so that the map never flips.
        """
        centred = self.embeddings - self.embeddings.mean(axis=0)
        _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
        axes = np.vstack([axes, np.zeros((2, axes.shape[1]))])[:2]
        signs = np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])
        power = np.append(sizes**2, [0.0, 0.0])
        shares = power[:2] / (power.sum() or 1.0)
        return centred @ (axes * np.where(signs == 0, 1, signs)[:, None]).T, shares


_SETTINGS = ("seed", "rounds", "caption", "noise", "seen", "painter", "captioner", "embedding", "start")


class _Cached(dict[int, Any]):
    """Values that are made when they are first asked for."""

    def __init__(self, make: Callable[[int], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: int) -> Any:
        self[key] = self._make(key)
        return self[key]


class Later(Sequence[Picture]):
    """Pictures that are read when they are looked at: a film of 200 rounds shows a dozen."""

    def __init__(self, count: int, read: Callable[[int], Picture]) -> None:
        """``read`` gives the picture of each of ``count`` rounds."""
        self._count, self._read = count, read

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, number: int) -> Picture: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Picture]: ...
    def __getitem__(self, number: int | slice) -> Picture | Sequence[Picture]:
        """The picture of a round."""
        if isinstance(number, slice):
            return [self[k] for k in range(*number.indices(self._count))]
        if not -self._count <= number < self._count:
            raise IndexError(number)
        return self._read(number % self._count)

    def __iter__(self) -> Iterator[Picture]:
        return (self[k] for k in range(self._count))


def small(picture: Picture, side: int = SIDE) -> Floats:
    """(height, width, 3), 0..1: blocks of pixels are averaged until no side is longer than ``side``."""
    array = np.asarray(picture, dtype=float) / 255
    step = -(-max(array.shape[:2]) // side)
    if step == 1:
        return array
    rows, columns = (n // step * step for n in array.shape[:2])
    blocks = array[:rows, :columns].reshape(rows // step, step, columns // step, step, 3)
    return np.asarray(blocks.mean(axis=(1, 3)))
