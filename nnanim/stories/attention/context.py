"""The context window: what a model guesses when it may look at its last few words only."""

from __future__ import annotations

from collections.abc import Iterator

from nnanim import words
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Row, Tokens, modify
from nnanim.motions import Playback
from nnanim.stories.attention.drawing import build_line
from nnanim.stories.attention.guesses import bars, likeliest
from nnanim.stories.attention.reading import Floats, Reading
from nnanim.stories.probabilities import softmax
from nnanim.words import Words, fill


def window(reading: Reading) -> Iterator[Beat]:
    """A context window slides along the text and forgets its oldest words: guesses with and without it.

    Raises:
        UserError: the reading holds no guesses of a limited context.
    """
    if not reading.causal:
        raise UserError("this model looks both ways and writes nothing on: no window slides over it")
    if reading.context and reading.length <= reading.context:
        raise UserError(
            f"the sentence has {reading.length} tokens; a window of {reading.context} slides over it only if "
            f"there are more: give it at least {reading.context + 1}"
        )
    if reading.limited is None:
        raise UserError("the reading holds no guesses of a limited context")
    first, last = reading.context - 1, reading.length - 1
    states = [_window_beat(reading, place) for place in range(first, last + 1)]
    lines, guesses_ = zip(*states, strict=True)
    yield Beat(
        _limit_sentence(reading),
        Column(lines[0], guesses_[0], gap=0.4),
        id="window",
        given=("says",),
    )
    yield Beat(
        {
            "en": "The window slides on, and its oldest tokens are forgotten.",
            "ja": "窓が進むと、古いトークンは忘れられます。",
        },
        Column(lines[-1], guesses_[-1], gap=0.4),
        motion=Playback({"tokens": lines, "next": guesses_}, seconds=min(0.4 * len(lines), 5.0)),
        id="slides",
    )
    limited = softmax(reading.after_context(last))
    whole = likeliest(reading, last, "whole", label={"en": "all tokens", "ja": "全部のトークン"})
    few = fill({"en": "the last {n} tokens", "ja": "最後の {n} トークン"}, n=reading.context)
    forgotten = modify(bars(limited, reading.vocabulary, "next"), label=few)
    yield Beat(
        _compare_guesses(limited, softmax(reading.after(last))),
        Column(lines[-1], Row(forgotten, whole, gap=1.2), gap=0.4),
        id="forgets",
    )


def _limit_sentence(reading: Reading) -> Words:
    """That the window is the film's choice, and what the model itself could read."""
    if reading.reads is None:
        return fill(
            {
                "en": "We let the model see {n} tokens at a time: a context window.",
                "ja": "ここでは、一度に {n} トークンだけ見せます（文脈の窓）。",
            },
            n=reading.context,
        )
    return fill(
        {
            "en": "It could read {m:,} tokens. We show it {n} at a time: a window.",
            "ja": "{m:,} トークンまで読めるモデルですが、ここでは {n} 個だけ見せます（文脈の窓）。",
        },
        m=reading.reads, n=reading.context,
    )  # fmt: skip


def _compare_guesses(limited: Floats, whole: Floats) -> Words:
    """What seeing all words does to the guess."""
    if int(limited.argmax()) != int(whole.argmax()):
        return {
            "en": "With all tokens in sight, the guess is another one.",
            "ja": "全部のトークンが見えると、予想が変わります。",
        }
    if whole.max() > limited.max():
        return {
            "en": "With all tokens in sight, the guess is surer.",
            "ja": "全部のトークンが見えると、予想が確かになります。",
        }
    return {
        "en": "With all tokens in sight, the guess is the same, and no surer.",
        "ja": "全部のトークンが見えても、予想は同じで、確かさは増しません。",
    }


def _window_beat(reading: Reading, place: int) -> tuple[Tokens, Bars]:
    """The tokens with those out of the window dimmed, and the guess after ``place``."""
    seen = range(max(place + 1 - reading.context, 0), place + 1)
    away = tuple(i for i in range(reading.length) if i not in seen)
    line = build_line(reading, highlight=tuple(seen), dimmed=away)
    return line, bars(softmax(reading.after_context(place)), reading.vocabulary, "next", words.next_word)
