"""Runs of a CLIP and its training: what the film of CLIP shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnanim.errors import UserError
from nnanim.marks.content import Floats
from nnanim.trace import Trace


@dataclass(frozen=True)
class ClipRuns:
    """Runs of a CLIP, and its training.

    Each run is of a model that takes pictures (n, 3, height, width) and sentences (m, words), and gives their
    cosines (n, m); its modules ``image`` and ``text`` give embeddings of length 1.

    Attributes:
        table: a run on pictures and on a sentence for each of them.
        named: a run on one picture and on a sentence for each kind of thing.
        two: a run on a picture of two things, and on its own sentence and the one with colours swapped.
        training: the recorded training on the pictures and sentences of ``table``.
        lang: language of the sentences.
        sentences, things, swapped: those of the three runs.
        nouns: what each picture of ``table`` shows, in a word.
        figures: ``named``: share of fresh pictures that it names rightly; ``colours``: share of pictures of
            two things that are nearer to their own sentence; both from the model's card.
    """

    table: Trace
    named: Trace
    two: Trace
    training: Trace
    lang: str
    sentences: Sequence[str]
    things: Sequence[str]
    swapped: Sequence[str]
    nouns: Sequence[str]
    figures: Mapping[str, float]

    def __post_init__(self) -> None:
        for name, run, listed in (
            ("table", self.table, self.sentences), ("named", self.named, self.things),
            ("two", self.two, self.swapped),
        ):  # fmt: skip
            if run["output"].shape[1] != len(listed):
                raise UserError(
                    f"{len(listed)} sentences for {run['output'].shape[1]} embeddings of {name!r}"
                )
        cosines = self.cosines(self.table)
        if (cosines.argmax(axis=1) != np.arange(len(cosines))).any():
            lost = int((cosines.argmax(axis=1) != np.arange(len(cosines))).argmax())
            raise UserError(f"picture {lost + 1} is nearer to another sentence than its own; choose others")

    def cosines(self, run: Trace) -> Floats:
        """(pictures, sentences) what a run gave."""
        return np.asarray(run["output"], dtype=float)

    def pictures(self, run: Trace) -> Floats:
        """(pictures, height, width, 3) what went into a run."""
        return np.asarray(run["input"], dtype=float).transpose(0, 2, 3, 1)

    def learnt(self, name: str) -> Floats:
        """(steps, 8, numbers) embeddings of the pictures or sentences during the training."""
        return np.asarray(self.training[name], dtype=float)

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps of the training that were recorded."""
        return tuple(int(step) for step in self.training["step"])

    @property
    def tables(self) -> list[Floats]:
        """(pictures, sentences) cosines at each of these steps."""
        both = zip(self.learnt("image"), self.learnt(f"text.{self.lang}"), strict=True)
        return [np.asarray(image @ text.T) for image, text in both]

    def planes(self) -> Floats:
        """(steps, 16, 2) pictures, then sentences, on a plane through the space, the same at every step.

        Of all planes it is the one on which, in the end, the middles of the pairs lie on a circle, so that
        none hides another. How far apart a picture and its sentence are is not chosen.
        """
        image, text = self.learnt("image"), self.learnt(f"text.{self.lang}")
        turn = 2 * np.pi * np.arange(image.shape[1]) / image.shape[1]
        directions = np.linalg.pinv((image[-1] + text[-1]) / 2) @ np.column_stack(
            [np.cos(turn), np.sin(turn)]
        )
        return np.asarray(np.concatenate([image, text], axis=1) @ directions)
