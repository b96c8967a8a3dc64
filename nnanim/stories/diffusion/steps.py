"""A picture as it comes into being: each step is shown when it has been computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Column, Row
from nnanim.stories.diffusion.runs import Floats
from nnanim.stories.diffusion.views import counter, picture, sentence
from nnanim.words import Words

LARGE = 1.4
"""Factor by which the pictures are enlarged."""

NOW: Words = {"en": "now", "ja": "いま"}
EXPECTED: Words = {"en": "what the network expects", "ja": "完成図の予測"}

BEGINS: Words = {"en": "It begins with noise.", "ja": "ノイズから始まります。"}
GOES_ON: Words = {
    "en": "It guesses the noise, and takes a little of it away.",
    "ja": "ノイズを当てて、少し取り除きます。",
}
ENDS: Words = {"en": "The noise is gone: this is the picture.", "ja": "ノイズがなくなり、画像ができました。"}


def paint(
    prompt: str, first: Floats, steps: Iterable[tuple[Floats, Floats | None]], count: int
) -> Iterator[Beat]:
    """The noise, and after each step the picture and what the network expects it to become.

    Args:
        prompt: the sentence.
        first: (row, column, colour) the noise, decoded.
        steps: of each step the picture and the expected one, as they are computed.
        count: how many steps there will be.
    """
    yield Beat(BEGINS, _stage(prompt, first, None, 0, count), id="noise")
    for number, (now, expected) in enumerate(steps, start=1):
        yield Beat(
            ENDS if number == count else GOES_ON,
            _stage(prompt, now, expected, number, count),
            id="step",
            born={"expected": From("picture")} if number == 1 and expected is not None else {},
        )


def _stage(prompt: str, now: Floats, expected: Floats | None, number: int, count: int) -> Column:
    pair = [picture(now, "picture", NOW)]
    if expected is not None:
        pair.append(picture(expected, "expected", EXPECTED))
    return Column(sentence(prompt), Row(*pair, gap=0.8, scale=LARGE), counter(number, count), gap=0.25)
