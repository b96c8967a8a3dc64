"""The story of attention: how a model knows what comes next.

It opens with a sentence that breaks off and the question how the model knows its next word. The moment to
remember is the answer: one word is swapped, the same head finds the other word in its place, and arcs and
bars follow. It ends with the model writing on by itself, where a film about chatting can begin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from nnanim.beats import Beat
from nnanim.births import key_of_born
from nnanim.stories.attention import arcs, guesses, head, inside, vectors
from nnanim.stories.attention.reading import Reading
from nnanim.stories.attention.swaps import first_prediction, question, swaps


def attention(reading: Reading) -> Iterator[Beat]:
    """Tell how a transformer reads a sentence and guesses the next word, or the blank in it.

    Args:
        reading: the traced model on a sentence, and the words that it added.
    """
    reading = reading.again()  # what it worked out for another telling is worked out anew
    reading.trace.check()
    return link(_tell(reading))


def _tell(reading: Reading) -> Iterator[Beat]:
    yield from question(reading)
    yield vectors.vectors(reading)
    yield from vectors.positions(reading)
    yield head.maps(reading)
    yield from vectors.turns(reading)
    yield head.dot(reading)
    yield from vectors.offsets(reading)
    yield from head.scores(reading)
    yield arcs.look(reading)
    yield head.weighted_sum(reading)
    yield arcs.heads(reading)
    yield from inside.blocks(reading)
    if reading.guesses and reading.causal:
        yield first_prediction(reading)
        yield from swaps(reading)
        last = reading.swaps[-1].after if reading.swaps else reading
        yield from guesses.next_words(last)
        yield guesses.temperature(last)
    elif reading.guesses:
        yield from guesses.blank(reading)


def link(beats: Iterable[Beat]) -> Iterator[Beat]:
    """The beats, each without births and gatherings of marks that are not there in its place of the story.

    A part of the story can be told by itself, and some beats only of some models.
    """
    before: frozenset[str] = frozenset()
    for beat in beats:
        here = frozenset(beat.by_key)
        born = {
            one: source
            for one, source in beat.born.items()
            if source.key in before | here and (key_of_born(one) in before) == (not isinstance(one, str))
        }
        gathers = {one: into for one, into in beat.gathers.items() if one in before and one not in here}
        yield replace(beat, born=born, gathers=gathers)
        before = here
