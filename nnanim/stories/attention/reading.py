"""One reading of a sentence by a language model: which arrays of the trace are what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError, nearest
from nnanim.marks import round_up
from nnanim.trace import Trace
from nnanim.trace.arrays import apply_replacement
from nnanim.words import Words

Floats = npt.NDArray[np.float64]

FLAT = 0.4
"""Largest weight up to which all weights are small: on a scale up to 1, their cells would look black."""

SPACE = "␣"
"""Stands for the space that belongs to a token."""


@dataclass(frozen=True)
class Reading:
    """A traced language model on one sentence.

    The trace of a causal model may go on after the sentence: what comes later changes nothing before it, so
    that the predictions after every word lie in one run.

    Attributes:
        trace: of one sentence; attention blocks whose layers are called query, key and value. It may hold
            ``<block>.offset`` (sample, head, query, key), what is added to the scores, and ``<block>.plain``,
            the queries of the first block before they were turned by their position; and ``<block>.capped``,
            the scores where large ones are squeezed.
        tokens: every piece of the traced sentence.
        vocabulary: the word for each logit; empty where the model guesses none.
        length: how many of the tokens are read; the rest are what the model added.
        layer, head: which head is shown; by default the one in which the token that is spoken of looks most
            at ``toward``; where that is None, at the token that is predicted next, if it stands in the
            sentence; else at any other one.
        toward: index of the token whose influence is told, or None.
        embedding, positions, added: names of the token vectors, the position vectors (None where none are
            added) and of what goes into the first block.
        pieces: what is unusual about the tokens, said in the first beat, or none.
        notice: what whoever makes the film should know of the sentence, or nothing.
        spoken: index of the token that is spoken of; by default the last one read.
        blank: index of the token that is to be filled in, in a model that fills in blanks.
        special: indices of tokens that stand for no word, such as [CLS].
        small: indices of tokens that are shown as bytes.
        scale: what a dot product is multiplied by; by default 1 over the root of the vectors' length.
        limited: (place, word) logits after each token when only ``context`` tokens are read, or None.
        reads: how many tokens the model itself reads at most, or None where nothing limits it.
        swaps: sentences in which one word is swapped; the first is this one.
    """

    trace: Trace
    tokens: Sequence[str]
    vocabulary: Sequence[str]
    length: int
    layer: int | None = None
    head: int | None = None
    toward: int | None = None
    embedding: str = "tokens"
    positions: str | None = "positions"
    added: str = "add"
    pieces: Words | None = None
    notice: str = ""
    spoken: int | None = None
    blank: int | None = None
    special: Sequence[int] = ()
    small: Sequence[int] = ()
    scale: float | None = None
    limited: Floats | None = None
    context: int = 0
    reads: int | None = None
    swaps: Sequence[Swap] = ()

    def __post_init__(self) -> None:
        if not self.tokens:
            raise UserError("an empty sentence has nothing to look at; give it at least two words")
        if not 2 <= self.length <= len(self.tokens):
            raise UserError(f"{self.length} of {len(self.tokens)} tokens are read; at least two wanted")
        if not self.trace.attentions:
            raise UserError("the trace holds no attention; is the model a transformer?")
        for name in (self.embedding, self.positions, self.added):
            if name is not None and name not in self.trace:
                raise UserError(f"nothing was recorded under {name!r}{nearest(name, self.trace.names)}")
        heads = self.patterns.shape[:2]
        for what, value, count in (("layer", self.layer, heads[0]), ("head", self.head, heads[1])):
            if value is not None and not 0 <= value < count:
                raise UserError(f"there is no {what} {value}; the model has {count}")
        for place in (self.spoken, self.blank, self.toward, *self.special, *self.small):
            if place is not None and not 0 <= place < len(self.tokens):
                raise UserError(f"there is no token {place}; the sentence has {len(self.tokens)}")

    @cached_property
    def patterns(self) -> Floats:
        """(layers, heads, query, key) attention weights of the tokens that are read."""
        n = self.length
        return np.stack([self.trace.attention(name)[0, :, :n, :n] for name in self.trace.attentions]).astype(
            float
        )

    def again(self) -> Reading:
        """The same reading, of which nothing is worked out yet: for another telling of the story."""
        return replace(self, swaps=tuple(Swap(one.before.again(), one.after.again()) for one in self.swaps))

    @property
    def provenance(self) -> dict[str, Any]:
        """Where the numbers came from."""
        return self.trace.provenance

    @property
    def names(self) -> tuple[str, ...]:
        """The tokens that are read."""
        return tuple(self.tokens[: self.length])

    def name(self, place: int) -> str:
        """A token as it is spoken of in a sentence: without the sign for a space before it."""
        return self.tokens[place].strip(SPACE) or self.tokens[place]

    @property
    def at(self) -> int:
        """Index of the token that is spoken of."""
        if self.spoken is not None:
            return self.spoken
        return self.length - 1 if self.blank is None else self.blank

    @cached_property
    def largest(self) -> float:
        """The end of the scale of weights: 1; where all are small, the largest, so that they can be seen."""
        most = float(self.patterns.max())
        return 1.0 if most > FLAT else round_up(most)

    @cached_property
    def causal(self) -> bool:
        """Whether no token looks at a later one."""
        return bool(np.triu(self.patterns, 1).max() < 1e-6)

    @property
    def future(self) -> npt.NDArray[np.bool_] | None:
        """(query, key) what a causal model bars, or None."""
        return np.triu(np.ones((self.length, self.length), dtype=bool), 1) if self.causal else None

    @property
    def position_table(self) -> Floats | None:
        """(positions, units) the position vectors that the model has learned, or None."""
        name = f"{self.positions}.weight"
        if self.positions is None or name not in self.trace.parameters:
            return None
        return np.asarray(self.trace.parameters[name], dtype=float)

    @property
    def guesses(self) -> bool:
        """Whether the model says which word may come next, or fill the blank."""
        return bool(len(self.vocabulary)) and (self.causal or self.blank is not None)

    @cached_property
    def sharing(self) -> int:
        """How many heads have one key and one value together: 1, or more in grouped-query attention."""
        keys = self._heads("key")
        groups = sum(bool(np.any(keys[i] != keys[i - 1])) for i in range(1, len(keys))) + 1
        return len(keys) // groups if len(keys) % groups == 0 else 1

    @property
    def echo(self) -> int | None:
        """Index of the last token before the one spoken of that is the one predicted next, or None."""
        if not self.guesses or not self.causal:
            return None
        word = self.vocabulary[int(self.after(self.at).argmax())]
        return next((i for i in reversed(range(self.at)) if self.tokens[i] == word), None)

    @cached_property
    def layer_and_head(self) -> tuple[int, int]:
        """Layer and head that are shown."""
        # A first token that every head falls back to says little about a sentence.
        others = np.ones(self.length, dtype=bool)
        others[[0, self.at, *(i for i in self.special if i < self.length)]] = False
        if not others[: self.at + 1 if self.causal else None].any():
            others = np.arange(self.length) != self.at
        toward = self.echo if self.toward is None else self.toward
        if toward is not None:
            others = np.arange(self.length) == toward
        last = np.where(others, self.patterns[:, :, self.at], 0.0).max(axis=-1)
        if self.layer is not None:
            return self.layer, int(last[self.layer].argmax()) if self.head is None else self.head
        if self.head is not None:
            return int(last[:, self.head].argmax()), self.head
        layer, head = np.unravel_index(int(last.argmax()), last.shape)
        return int(layer), int(head)

    @property
    def block(self) -> str:
        """Name of the attention that is shown, such as ``blocks.0.attention``."""
        return str(self.trace.attentions[self.layer_and_head[0]])

    @property
    def pattern(self) -> Floats:
        """(query, key) weights of the head that is shown; every row sums to 1."""
        return np.asarray(self.patterns[self.layer_and_head])

    def part(self, which: str) -> Floats:
        """(token, unit) the head's share of ``query``, ``key`` or ``value``."""
        return np.asarray(self._heads(which)[self.layer_and_head[1]])

    def _heads(self, which: str, block: str = "") -> Floats:
        """(head, token, unit) ``which`` of every head."""
        whole = self.trace[f"{block or self.block}.{which}"][0, : self.length].astype(float)
        return np.asarray(whole.reshape(len(whole), self.patterns.shape[1], -1).swapaxes(0, 1))

    @property
    def factor(self) -> float:
        """What a dot product is multiplied by to become a score."""
        return 1 / float(np.sqrt(self.part("query").shape[1])) if self.scale is None else self.scale

    @property
    def offset(self) -> Floats | None:
        """(query, key) what the shown head adds to its scores for where the words stand, or None."""
        name = f"{self.block}.offset"
        if name not in self.trace:
            return None
        return np.asarray(
            self.trace[name][0, self.layer_and_head[1], : self.length, : self.length], dtype=float
        )

    @property
    def rotary_queries(self) -> tuple[Floats, Floats] | None:
        """(token, unit) queries of the first block before and after they are turned by position, or None.

        Of the head with the number that is shown.
        """
        first = self.trace.attentions[0]
        if f"{first}.plain" not in self.trace:
            return None
        head = self.layer_and_head[1]
        return self._heads("plain", first)[head], self._heads("query", first)[head]

    @property
    def soft_capped_scores(self) -> Floats | None:
        """(query, key) the shown head's scores after large ones were squeezed, or None."""
        name = f"{self.block}.capped"
        if name not in self.trace:
            return None
        return np.asarray(
            self.trace[name][0, self.layer_and_head[1], : self.length, : self.length], dtype=float
        )

    @property
    def scores(self) -> Floats:
        """(query, key) dot products times ``factor``, plus ``offset`` or ``capped``; before any mask."""
        if self.soft_capped_scores is not None:
            return self.soft_capped_scores
        products = self.part("query") @ self.part("key").T * self.factor
        return np.asarray(products if self.offset is None else products + self.offset)

    @property
    def entering(self) -> str:
        """Name of what goes into the block that is shown."""
        layer = self.layer_and_head[0]
        return self.trace.attentions[layer - 1].rpartition(".")[0] if layer else self.added

    def vectors(self, name: str) -> Floats:
        """(token, unit) what was recorded under ``name`` for the tokens that are read."""
        array = self.trace[name]
        return np.asarray((array[0] if array.ndim == 3 else array)[: self.length], dtype=float)

    def after(self, place: int) -> Floats:
        """(words,) logits for the word after the token at ``place``."""
        return np.asarray(self.trace["output"][0, place], dtype=float)

    def after_context(self, place: int) -> Floats:
        """(words,) logits for the word after the token at ``place`` when only ``context`` tokens are read."""
        assert self.limited is not None
        return np.asarray(apply_replacement("limited", self.limited)[place], dtype=float)

    def strongest(self, most: int) -> tuple[int, ...]:
        """Indices, in order, of the up to ``most`` tokens that the one spoken of looks at most."""
        if self.length <= most:
            return tuple(range(self.length))
        return tuple(sorted(int(i) for i in np.argsort(-self.pattern[self.at], kind="stable")[: most - 1]))


@dataclass(frozen=True)
class Swap:
    """One word of a sentence swapped for another.

    Attributes:
        before, after: the model's readings of both, of which the last token read is spoken of; both show the
            head that the first one shows.
        place: index of the token that is swapped.
    """

    before: Reading
    after: Reading
    place: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        pairs = zip(self.before.names, self.after.names, strict=False)
        differ = [i for i, (one, other) in enumerate(pairs) if one != other]
        if self.before.length != self.after.length or len(differ) != 1:
            raise UserError(
                "two sentences with one word swapped have as many tokens and differ in one of them"
            )
        layer, head = self.before.layer_and_head
        object.__setattr__(self, "place", differ[0])
        object.__setattr__(self, "after", replace(self.after, layer=layer, head=head))
