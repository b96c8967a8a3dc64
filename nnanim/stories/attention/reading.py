"""One reading of a sentence by a language model: which arrays of the trace are what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError, nearest
from nnanim.marks import Grid, nice
from nnanim.trace import Trace
from nnanim.words import Words

Floats = npt.NDArray[np.float64]

COLUMNS = 12
"""So many numbers of a vector are drawn."""

FEW = 8
"""So many where three tables stand side by side."""


@dataclass(frozen=True)
class Reading:
    """A traced language model on one sentence, read up to its last word.

    The trace may go on further: in a causal model, what comes later changes nothing before it, so that the
    predictions after every word lie in one run.

    Attributes:
        trace: of one sentence; attention blocks whose layers are called query, key and value.
        tokens: every piece of the traced sentence.
        vocabulary: the word for each logit.
        length: how many of the tokens are read; the rest are what the model added.
        layer, head: which head is shown; by default the one whose last word looks most at an earlier one.
        words, positions, added: names of the word vectors, the position vectors and their sum.
        pieces: what is unusual about the tokens, said in the first beat, or none.
    """

    trace: Trace
    tokens: Sequence[str]
    vocabulary: Sequence[str]
    length: int
    layer: int | None = None
    head: int | None = None
    words: str = "words"
    positions: str = "positions"
    added: str = "add"
    pieces: Words | None = None

    def __post_init__(self) -> None:
        if not self.tokens:
            raise UserError("an empty sentence has nothing to look at; give it at least two words")
        if not 2 <= self.length <= len(self.tokens):
            raise UserError(f"{self.length} of {len(self.tokens)} tokens are read; at least two wanted")
        if not self.trace.attentions:
            raise UserError("the trace holds no attention; is the model a transformer?")
        for name in (self.words, self.positions, self.added):
            if name not in self.trace:
                raise UserError(f"nothing was recorded under {name!r}{nearest(name, self.trace.names)}")
        heads = self.patterns.shape[:2]
        for what, value, count in (("layer", self.layer, heads[0]), ("head", self.head, heads[1])):
            if value is not None and not 0 <= value < count:
                raise UserError(f"there is no {what} {value}; the model has {count}")

    @cached_property
    def patterns(self) -> Floats:
        """(layers, heads, query, key) attention weights of the tokens that are read."""
        n = self.length
        return np.stack([self.trace.attention(name)[0, :, :n, :n] for name in self.trace.attentions]).astype(
            float
        )

    @cached_property
    def chosen(self) -> tuple[int, int]:
        """Layer and head that are shown."""
        last = self.patterns[:, :, -1, : self.length - 1].max(axis=-1)
        if self.layer is not None:
            return self.layer, int(last[self.layer].argmax()) if self.head is None else self.head
        if self.head is not None:
            return int(last[:, self.head].argmax()), self.head
        layer, head = np.unravel_index(int(last.argmax()), last.shape)
        return int(layer), int(head)

    @property
    def block(self) -> str:
        """Name of the attention that is shown, such as ``blocks.0.attention``."""
        return str(self.trace.attentions[self.chosen[0]])

    @property
    def pattern(self) -> Floats:
        """(query, key) weights of the head that is shown; every row sums to 1."""
        return np.asarray(self.patterns[self.chosen])

    def part(self, which: str) -> Floats:
        """(token, unit) the head's share of ``query``, ``key`` or ``value``."""
        whole = self.trace[f"{self.block}.{which}"][0, : self.length].astype(float)
        heads = self.patterns.shape[1]
        return np.asarray(whole.reshape(len(whole), heads, -1)[:, self.chosen[1]])

    @property
    def scores(self) -> Floats:
        """(query, key) dot products over the root of the vectors' length, before any mask."""
        q, k = self.part("query"), self.part("key")
        return np.asarray(q @ k.T / np.sqrt(q.shape[1]))

    @property
    def mixed(self) -> Floats:
        """(token, unit) weighted sums of the values, as the head gives them."""
        return np.asarray(self.pattern @ self.part("value"))

    def vectors(self, name: str) -> Floats:
        """(token, unit) what was recorded under ``name`` for the tokens that are read."""
        array = self.trace[name]
        return np.asarray((array[0] if array.ndim == 3 else array)[: self.length], dtype=float)

    def after(self, place: int) -> Floats:
        """(words,) logits for the word after the token at ``place``."""
        return np.asarray(self.trace["output"][0, place], dtype=float)

    def grid(
        self, values: Floats, key: str, label: Words | None = None, rows: bool = True, columns: int = COLUMNS,
        **options: object,
    ) -> Grid:  # fmt: skip
        """The first numbers of vectors as a grid, one row a token; without names the rows are as high."""
        shown = values[:, :columns]
        limit = options.pop("limit", None) or nice(float(np.abs(values).max()))
        names = tuple(self.tokens[: len(values)]) if rows else ("",) * len(values)
        return Grid(
            shown, key=key, label=label, of=values.shape, limit=limit,  # type: ignore[arg-type]
            rows=names if any(names) or len(values) > 1 else (), **options,  # type: ignore[arg-type]
        )  # fmt: skip


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Probabilities of logits (…, n) at a temperature above 0."""
    z = np.asarray(logits, dtype=float) / temperature
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))
