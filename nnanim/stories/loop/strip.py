"""The strip of pictures with their sentences, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Arrangement, Column, Link, Mark, Picture, Row, Table, Text, modify
from nnanim.motions import Playback
from nnanim.stories.loop.run import LoopRun
from nnanim.stories.loop.say import SEEN_SHORT, conclusion, first_phrase, shorten
from nnanim.stories.loop.turn import both_pictures, next_out_of, picture
from nnanim.words import Words, fill

ABREAST = 5
"""So many pictures stand beside each other."""

LAST = 4
"""So many rounds of a run that does not close are shown at its end."""

TOLD = 2
"""The last round that was told before the strip."""

MOST = 12
"""So many rounds are shown; what does not fit is left out, and the film says so."""

WIDE, MOST_TOLD = 44, 68
"""Columns of a phrase in a sentence of the film, and of a sentence under a picture."""


def choose_rounds(run: LoopRun, most: int = MOST) -> list[int]:
    """The rounds that are shown: all, or the first ones and the last ones."""
    count = run.last + 1
    if count <= most:
        return list(range(count))
    tail = max(min(len(run.cycle) + 1, most // 2), LAST)
    return [*range(most - tail), *range(count - tail, count)]


def entry(run: LoopRun, number: int, told: bool = False, width: float = 2.3) -> Column:
    """A picture of the strip, as it is and as it is seen, with its round, and its sentence where ``told``."""
    words = f"{number} · {shorten(run.captions[number], MOST_TOLD)}" if told else str(number)
    name = Text(words, key=f"told-{number}", size="small", width=width)
    return Column(both_pictures(run, number), name, gap=0.08, anchor=0)


def strip(run: LoopRun) -> Iterator[Beat]:
    """The rounds that were told already, then one picture at a time; the oldest makes room.

    Of a run that closes, the last sentence is asked for: the end tells it.
    """
    numbers = choose_rounds(run)
    for count in range(min(TOLD + 2, len(numbers)), len(numbers) + 1):
        row = numbers[max(count - ABREAST, 0) : count]
        stage = Row(*(entry(run, number) for number in row), gap=0.35)
        asks = run.kind == "cycle" and row[-1] == run.last
        says = guess(run) if asks else seen_as(run, row[-1])
        if len(numbers) <= run.last and count == len(numbers):
            says = fill(
                {
                    "en": "{k} of {n} rounds are shown: the first ones and the last ones.",
                    "ja": "全 {n} 周のうち、初めと終わりの {k} 枚です。",
                },
                k=len(numbers), n=run.last,
            )  # fmt: skip
        yield Beat(says, stage, id=f"strip-{row[-1]}", born=_newborn(run, row), asks=asks)


def guess(run: LoopRun) -> Words:
    """The question of what the captioner will say to the last picture."""
    if not run.is_turned:
        return {"en": "And this one: what will it say?", "ja": "では、この絵は何と言うでしょう？"}
    return fill(
        {"en": "And this one, {how}?", "ja": "では、これを{how}見ると？"}, how=SEEN_SHORT[run.orientation]
    )


def _newborn(run: LoopRun, row: list[int]) -> dict[str, From]:
    """Where the last picture of a row comes from, when the row is that of the round before and one more."""
    if len(row) < 2 or row[-1] - row[-2] != 1 or row[-1] <= TOLD:
        return {}
    fresh = next_out_of(run, row[-1])
    if run.is_turned and row[-1] == TOLD + 1:  # the turn before has not shown how it is seen
        fresh[f"seen-{TOLD}"] = From(f"picture-{TOLD}")
    return fresh


def seen_as(run: LoopRun, number: int) -> Words:
    """What the captioner makes of the picture of a round."""
    found = shorten(first_phrase(run.captions[number]), WIDE)
    same = number > 0 and run.captions[number] == run.captions[number - 1]
    said = {"en": "It sees “{found}”.", "ja": "「{found}」に見えました。"}
    if same:
        said = {"en": "It sees “{found}” again.", "ja": "また「{found}」に見えました。"}
    return fill(said, found=found)


def end(run: LoopRun) -> Beat:
    """The cycle closes, or it does not."""
    if not run.has_attractor:
        numbers = range(max(run.last - LAST + 1, 0), run.last + 1)
        return Beat(conclusion(run), Row(*(entry(run, k, told=True) for k in numbers), gap=0.35), id="end")
    if run.kind == "fixed point":
        return Beat(conclusion(run), _still(run), id="end")
    return cycle(run, conclusion(run))


def _still(run: LoopRun) -> Arrangement:
    """The last picture, and the one after it: the same words and the same noise make the same picture."""
    after = modify(picture(run, run.last), key="picture-after")
    words = Text(f"{run.last + 1}", key="told-after", size="small", width=2.3)
    same = {"en": "the same words", "ja": "同じ文"}
    return Row(
        entry(run, run.last, told=True),
        Link(f"picture-{run.last}", "picture-after", key="closes", role="accent", width=1.6, name=same),
        Column(after, words, gap=0.08, anchor=0),
        gap=1.6,
    )


def cycle(run: LoopRun, says: Words, id_: str = "end") -> Beat:
    """The pictures of the cycle, and an arc from the last back to the first."""
    numbers = list(run.cycle)
    there = numbers if len(numbers) <= ABREAST else [*numbers[: ABREAST - 2], *numbers[-2:]]
    cells = [(1, c) for c in range(len(there))]
    steps = [Link(f"picture-{a}", f"picture-{b}", key=f"step-{b}") for a, b in pairwise(there)]
    back = Link(
        f"picture-{there[-1]}", f"picture-{there[0]}", key="closes", role="accent", width=1.8, square=True,
    )  # fmt: skip
    ring = Table(
        *(entry(run, k) for k in there), *steps, back,
        cells=[*cells, *((1, c + 1) for c in range(len(steps))), (0, 0)], gap=0.4,
    )  # fmt: skip
    said = fill({"en": "a cycle of {n} rounds", "ja": "{n} 周で一回り"}, n=run.length)
    if len(there) < len(numbers):
        said = fill(
            {"en": "a cycle of {n} rounds, {k} of them shown", "ja": "{n} 周で一回り（うち {k} 枚）"},
            n=run.length, k=len(there),
        )  # fmt: skip
    closing = Text(said, key="length", bold=True)
    return Beat(says, Column(closing, ring, gap=0.15), id=id_)


def forever(run: LoopRun) -> Beat:
    """The cycle turns, from its last picture twice round to it again, with what is said of each."""
    upright, turned = (f"{name}-{run.last}" for name in ("picture", "seen"))
    numbers = [run.last, *run.cycle, *run.cycle]
    states: dict[str, list[Mark]] = {
        upright: [Picture(run.thumbnail(k), key=upright) for k in numbers],
        "turning": [_loud(first_phrase(run.captions[k])) for k in numbers],
    }
    if run.is_turned:
        states[turned] = [Picture(run.seen_thumbnail(k), key=turned) for k in numbers]
    says = {
        "en": "Only so many sentences exist: it goes round for ever.",
        "ja": "文の数には限りがあります。だから、回り続けます。",
    }
    film = Playback(states, seconds=0.34 * len(numbers))
    born = {"turning": From(turned if run.is_turned else upright)}
    stage = Row(both_pictures(run, run.last), states["turning"][-1], gap=1.4)
    return Beat(says, stage, motion=film, id="forever", born=born)


def _loud(phrase: str) -> Text:
    """What is said while the cycle turns."""
    return Text(shorten(phrase, WIDE), key="turning", size="large", width=6.0)
