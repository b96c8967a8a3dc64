"""One word of a sentence is swapped before the class's eyes: arcs and bars show what follows from it."""

from __future__ import annotations

from collections.abc import Iterator

from nnanim import theme, words
from nnanim.beats import Beat
from nnanim.births import From, window
from nnanim.marks import Bars, Column, View, modify
from nnanim.marks.tokens import TOKEN_GAP
from nnanim.stories.attention.arcs import gaze
from nnanim.stories.attention.drawing import FEWER, build_line, choose_rows, fit_line, needs_lines
from nnanim.stories.attention.guesses import CHANCE, bars, likeliest
from nnanim.stories.attention.reading import Reading, Swap
from nnanim.stories.probabilities import softmax
from nnanim.style import RenderStyle
from nnanim.words import fill

SHOWN = 2
"""Number of likely tokens of each of the two sentences that have a bar in both."""

HALF, LARGE = 0.56, 1.2
"""Share of the sentence in its first line where it takes two, and the scale at which that is measured."""

FLAT = 8
"""Number of tokens from which a sentence in two lines is flat."""

LOW = 0.85
"""Scale of a stage that stays clear of the upper edge, where words fade while the camera moves."""

PASSES_ON = 0.5
"""Weight from which a token is said to have read another one in an earlier block."""


def question(reading: Reading) -> Iterator[Beat]:
    """A sentence that breaks off: the class says what comes next, and the model does."""
    asks = reading.guesses and reading.causal
    line = modify(
        build_line(reading, most=FEWER), width=None if needs_lines(reading) else HALF * _width(reading)
    )
    yield Beat(
        reading.pieces
        or (
            {"en": "Which word comes next?", "ja": "次に来る言葉は？"}
            if asks
            else {"en": "A sentence is cut into tokens.", "ja": "文をトークンに分けます。"}
        ),
        line,
        id="tokens",
        notice=reading.notice,
        pause=2.3,
        view=_close(reading),
    )
    if not asks:
        return
    shown = _bars(reading, reading.swaps[0]) if reading.swaps else likeliest(reading, reading.at, "next")
    yield Beat(
        fill(
            {
                "en": "The model says “{word}”, too. But how?",
                "ja": "モデルも「{word}」です。なぜでしょう？",
            },
            word=str(shown.names[0]),
        ),
        Column(line, shown, gap=0.5, scale=LOW),
        id="guess",
        pause=1.3,
        born={"next": From("tokens", -1)},
    )


def _close(reading: Reading) -> View:
    """The camera near the sentence; below the middle where that leaves room, for it then moves up."""
    flat = not needs_lines(reading) and reading.length >= FLAT
    return View("tokens", fills=0.9, at=(0.5, 0.36 if flat else 0.5))


def _width(reading: Reading) -> float:
    """Width of the sentence in one line, in frame units."""
    style = RenderStyle(theme.THEMES["dark"])
    widths = build_line(reading).widths(LARGE, style)
    return sum(widths) + TOKEN_GAP * (len(widths) - 1)


def first_prediction(reading: Reading) -> Beat:
    """The last row of the last block becomes the probabilities of every token of the vocabulary."""
    kept, swap = choose_rows(reading), reading.swaps[0] if reading.swaps else None
    row = window(kept.index(reading.at), 0, (1, 1))
    shown = _bars(reading, swap) if swap else likeliest(reading, reading.at, "next", label=words.next_word)
    return Beat(
        {
            "en": "The last row gives each next token's probability.",
            "ja": "最後の行から、次のトークンの確率が出ます。",
        },
        fit_line(lambda most: Column(gaze(reading, reading.at, most=most), shown, gap=0.35)),
        id="next-0",
        born={"tokens": From("out"), "next": From("out", cells=row)},
    )


def swaps(reading: Reading) -> Iterator[Beat]:
    """Every swap: the sentence as it was, unless it was just there, and with the other word."""
    for number, one in enumerate(reading.swaps):
        if number:
            yield _before(one, number)
        yield _after(one, number)


def _before(swap: Swap, number: int) -> Beat:
    reading = swap.before
    return Beat(
        fill(
            {
                "en": "Another head: “{at}” looks at “{old}”, hence “{guess}”.",
                "ja": "別のヘッドは「{old}」を見て、次は「{guess}」です。",
            },
            at=reading.name(reading.at),
            old=reading.name(swap.place),
            guess=str(_bars(reading, swap).names[0]),
        ),
        _stage(reading, swap, number),
        id=f"swap-{number}",
    )


def _after(swap: Swap, number: int) -> Beat:
    reading, place = swap.after, swap.place
    guess = str(_bars(reading, swap).names[0])
    seen = int(reading.pattern[reading.at].argmax())
    says = {
        "en": "“{new}” instead: “{guess}” comes next.",
        "ja": "「{new}」に替えると、次は「{guess}」です。",
    }
    if seen == place and not number:
        says = {
            "en": "Swap one word: the same head finds “{new}”.",
            "ja": "一語を替えると、「{new}」を見ます。",
        }
    elif seen != place and passed_on(reading, seen, place):
        says = {
            "en": "“{new}” makes it “{guess}”: “{seen}” had read it and passes it on.",
            "ja": "「{new}」なら「{guess}」です。先に読んだ「{seen}」が伝えます。",
        }
    return Beat(
        fill(says, new=reading.name(place), guess=guess, seen=reading.name(seen)),
        _stage(reading, swap, number),
        id=f"swapped-{number}",
    )


def passed_on(reading: Reading, token: int, place: int) -> bool:
    """Whether a head of an earlier block than the one shown let ``token`` look at ``place``."""
    earlier = reading.patterns[: reading.layer_and_head[0], :, token, place]
    return bool(earlier.size and earlier.max() >= PASSES_ON)


def _stage(reading: Reading, swap: Swap, number: int) -> Column:
    # Another head has other arcs: the old ones leave, they do not turn into these.
    key, shown = f"arcs-{number}" if number else "arcs", _bars(reading, swap)
    return fit_line(lambda most: Column(gaze(reading, reading.at, key, most), shown, gap=0.35))


def _bars(reading: Reading, swap: Swap) -> Bars:
    """The likeliest tokens of both sentences, with their probabilities in one of them."""
    named: list[str] = []
    for one in (swap.before, swap.after):
        chances = softmax(one.after(one.at))
        named += [str(name) for name in bars(chances, one.vocabulary, "next").names[:SHOWN]]
    chances = softmax(reading.after(reading.at))
    order = sorted({reading.vocabulary.index(name) for name in named}, key=lambda i: -chances[i])
    return Bars(
        chances[order], tuple(reading.vocabulary[i] for i in order), key="next", limit=1.0, percent=True,
        highlight=(0,), of=len(chances), label=words.next_word, role=CHANCE,
    )  # fmt: skip
