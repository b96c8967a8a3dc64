"""The runs of a vision transformer that its film is told from: one picture, whole and changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnanim.errors import UserError
from nnanim.marks.content import Floats
from nnanim.stories.probabilities import softmax
from nnanim.trace import Trace
from nnanim.words import Words

BARS = 3
"""Number of classes that have a bar."""


@dataclass(frozen=True)
class Learnt:
    """How a vision transformer learnt, and what it still gets wrong.

    Attributes:
        training: the recorded training.
        filmed: index of the picture that is shown of it.
        unseen: share of right answers to things in colours that it never saw them in, from the card.
    """

    training: Trace
    filmed: int
    unseen: float


@dataclass(frozen=True)
class PatchRuns:
    """Runs of a vision transformer on one picture, whole and changed.

    A `nnanim.models.vit.ViT`, or another one that answers from a token [CLS] which stands before the patches.

    Attributes:
        whole: the picture as it is.
        covered, elsewhere: with as many patches covered, those that are looked at most and least.
        shuffled, along: with its patches in another order; and with their positions in it, too.
        side: of a patch, in pixels.
        hidden: number of patches that are covered.
        names: of the classes of the first answer, in every language.
        learnt: how it learnt, where that was recorded.
        embedding: name of the patches' vectors in the traces.
    """

    whole: Trace
    covered: Trace
    elsewhere: Trace
    shuffled: Trace
    along: Trace
    side: int
    hidden: int
    names: Sequence[Words]
    learnt: Learnt | None = None
    embedding: str = "embed"

    def __post_init__(self) -> None:
        if self.whole["output"].shape[1] != len(self.names):
            raise UserError(f"{len(self.names)} names for {self.whole['output'].shape[1]} classes")
        if (beside := self.whole.attention(self.whole.attentions[-1]).shape[-1] - self.grid**2) < 1:
            raise UserError(f"{self.grid**2} patches and {beside} other tokens; [CLS] is not there")

    def picture(self, run: Trace) -> Floats:
        """(height, width, 3) pixels of what went in."""
        return np.asarray(run["input"][0], dtype=float).transpose(1, 2, 0)

    def chances(self, run: Trace) -> Floats:
        """(classes,) probabilities of the first answer."""
        return softmax(run["output"][0])

    def likeliest(self, run: Trace) -> int:
        """Index of the likeliest class."""
        return int(self.chances(run).argmax())

    @property
    def bar_classes(self) -> tuple[int, ...]:
        """The classes that have a bar: the likeliest of every run, then those of the first."""
        runs = (self.whole, self.shuffled, self.covered, self.elsewhere)
        order = [*map(self.likeliest, runs), *np.argsort(-self.chances(self.covered))]
        return tuple(dict.fromkeys(int(one) for one in order))[:BARS]

    @property
    def grid(self) -> int:
        """Number of patches on a side."""
        return int(self.whole["input"].shape[-1]) // self.side

    @property
    def attention(self) -> Floats:
        """(heads, rows, columns) how much [CLS] looks at each patch, in the last block."""
        weights = self.whole.attention(self.whole.attentions[-1])[0, :, 0, -(self.grid**2) :].astype(float)
        return np.asarray(weights.reshape(-1, self.grid, self.grid))

    @property
    def looked_at(self) -> tuple[int, int]:
        """Row and column of the patch that is looked at most."""
        row, column = np.unravel_index(int(self.attention.mean(axis=0).argmax()), (self.grid, self.grid))
        return int(row), int(column)
