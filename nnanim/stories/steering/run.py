"""A dream that words steered: what the film of Big Sleep shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnanim.marks import Bars, round_up
from nnanim.stories.steered import JudgedRun

RIVALS = 4
"""How many rival sentences have a bar."""

CHANCE = {"en": "probability by CLIP", "ja": "CLIP による確率"}


@dataclass(frozen=True)
class SteeredDream(JudgedRun):
    """A dream that words steered, and what is said of it.

    Attributes:
        trace: of `nnanim.steering.record_sleep.record_sleep`.
        gan_share: of as many pictures that a GAN paints, steered by the same sentences, the share in which
            the judge sees the thing.
    """

    JUDGED = "judge.after"

    gan_share: float

    def likeliest(self, when: str) -> int:
        """Index of the thing that the judge sees ``before`` or ``after``."""
        return int(self.array(f"judge.{when}").argmax())

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentence and its rivals, in the order of their probabilities."""
        return (self.prompt, *self.trace.provenance["rivals"])

    def ahead(self, when: str) -> int:
        """How many rivals fit better than the sentence, ``before`` or ``after``."""
        chances = self.array(f"rivals.{when}")
        return int((chances > chances[0]).sum())

    @property
    def chance_limit(self) -> float:
        """The end of the scale of CLIP's probabilities."""
        return round_up(max(float(self.array(f"rivals.{when}").max()) for when in ("before", "after")))

    @property
    def shown_rivals(self) -> list[int]:
        """Indices of the sentences that have a bar: the asked one, and the strongest rivals at the start."""
        order = np.argsort(-self.array("rivals.before"), kind="stable")
        return [0, *[int(i) for i in order if i][:RIVALS]]

    @property
    def limit(self) -> float:
        """The end of the colour scale of the noise."""
        return round_up(float(np.abs(self.array("noise")).max()))


def plot_rivals(run: SteeredDream, when: str) -> Bars:
    """The sentence among its rivals."""
    chances, shown = run.array(f"rivals.{when}"), run.shown_rivals
    shown = sorted(shown, key=lambda at: -chances[at])
    return Bars(
        chances[shown], tuple(run.sentences[at] for at in shown), key="rivals", limit=run.chance_limit,
        percent=True, highlight=(shown.index(0),), label=CHANCE, of=len(chances),
    )  # fmt: skip
