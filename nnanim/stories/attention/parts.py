"""Parts of the attention film, each a film of its own or a part of yours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from nnanim.beats import Beat
from nnanim.errors import UserError, nearest
from nnanim.stories.attention import arcs, counting, guesses, head, places, vectors
from nnanim.stories.attention.context import window
from nnanim.stories.attention.reading import Reading
from nnanim.stories.attention.story import link
from nnanim.stories.attention.swaps import first_prediction


def score_table(reading: Reading) -> Iterator[Beat]:
    """The scores of a sentence with itself, written out: one still."""
    made = head.score_table(reading)
    yield Beat(
        {
            "en": "A sentence meets itself: how well does each query fit each key?",
            "ja": "文とそれ自身の表：クエリとキーがどれだけ合うかの値です。",
        },
        made,
        id="table",
    )


def positions(reading: Reading) -> Iterator[Beat]:
    """Positional encodings: sine waves and, where the model adds learned vectors, those."""
    yield from vectors.turns(reading)
    yield from vectors.offsets(reading)
    yield from places.stripes(reading.position_table)


def next_word(reading: Reading) -> Iterator[Beat]:
    """The next word (or the blank): bars, three temperatures, and top-k."""
    if reading.blank is None:
        yield first_prediction(reading)
        yield from guesses.next_words(reading)
    else:
        yield from guesses.blank(reading)
    yield guesses.temperature(reading)
    yield guesses.top_k(reading)


def causal_mask(reading: Reading) -> Iterator[Beat]:
    """The scores, the causal mask over them, and the weights.

    Raises:
        UserError: the model looks both ways.
    """
    if not reading.causal:
        raise UserError("this model looks both ways: it has no causal mask")
    yield from head.scores(reading)


PARTS: dict[str, Callable[[Reading], Iterable[Beat]]] = {
    "table": score_table,
    "arcs": arcs.looks,
    "heads": arcs.all_heads,
    "next": next_word,
    "positions": positions,
    "mask": causal_mask,
    "window": window,
}
"""Every part that is told from a reading alone; ``ngrams`` wants a text to count in, too."""

NAMES = (*PARTS, "ngrams")


def part(name: str, reading: Reading, texts: Iterable[Sequence[str]] | None = None) -> Iterable[Beat]:
    """The beats of one part of the film.

    Args:
        name: one of ``NAMES``.
        reading: the traced model on a sentence.
        texts: texts as words, for ``ngrams``.

    Raises:
        UserError: no such part, or the model has none of what it shows.
    """
    reading = reading.again()  # what it worked out for another telling is worked out anew
    if name == "ngrams":
        if texts is None:
            raise UserError("the part 'ngrams' counts in a text of the model's own words; give it texts")
        return link(counting.ngrams(reading, texts))
    if name not in PARTS:
        raise UserError(f"there is no part {name!r}{nearest(name, NAMES)}")
    return link(PARTS[name](reading))
