"""The strip of pictures with their sentences, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from nnanim.beats import Beat
from nnanim.marks import Arrangement, Column, Link, Mark, Row, Table, Text, modify
from nnanim.motions import Playback
from nnanim.stories.loop.run import LoopRun
from nnanim.stories.loop.say import conclusion, remains, shorten
from nnanim.stories.loop.turn import picture
from nnanim.words import Words, fill

ABREAST = 4
"""So many pictures stand in a row of the strip."""

SCREENS = 3
"""So many times the strip is shown; what does not fit is left out, and the film says so."""

MOST = 68
"""Columns of a sentence under a picture."""


def choose_rounds(run: LoopRun, most: int = ABREAST * (SCREENS + 1)) -> list[int]:
    """The rounds that are shown: all, or the first ones and the last ones."""
    count = run.last + 1
    if count <= most:
        return list(range(count))
    tail = max(min(len(run.cycle) + 1, most // 2), ABREAST)
    return [*range(most - tail), *range(count - tail, count)]


def entry(run: LoopRun, number: int, width: float = 2.9, most: int = MOST) -> Column:
    """A picture of the strip with its round and its sentence."""
    told = f"{number} · {shorten(run.captions[number], most)}"
    return Column(
        picture(run, number),
        Text(told, key=f"told-{number}", size="small", width=width),
        gap=0.08,
        anchor=0,
    )


def strip(run: LoopRun) -> Iterator[Beat]:
    """The strip grows, a row at a time; of two rows the upper one leaves."""
    numbers = choose_rounds(run)
    rows = [numbers[at : at + ABREAST] for at in range(0, len(numbers), ABREAST)]
    for place, row in enumerate(rows):
        shown = rows[place - 1 : place + 1] if place else rows[:1]
        if not place and len(rows) > 1 and len(row) == ABREAST:
            says: Words = {
                "en": "Round after round, the strip grows.",
                "ja": "一周ごとに、絵と文が並んでいきます。",
            }
        elif len(numbers) <= run.last and place == len(rows) - 1:
            says = fill(
                {
                    "en": "{k} of {n} rounds are shown: the first ones and the last ones.",
                    "ja": "全 {n} 周のうち、初めと終わりの {k} 枚です。",
                },
                k=len(numbers), n=run.last,
            )  # fmt: skip
        else:
            says = remains(run, row[-1])
        yield Beat(says, table(run, shown), id=f"strip-{place + 1}")


def table(run: LoopRun, rows: list[list[int]]) -> Arrangement:
    """Rows of the strip, one below the other."""
    cells = [(r, c) for r, row in enumerate(rows) for c in range(len(row))]
    entries = [entry(run, number) for row in rows for number in row]
    return entries[0] if len(entries) == 1 else Table(*entries, cells=cells, gap=0.35)


ROUND_TRIP = 4
"""So many pictures of a cycle are drawn as a ring."""

ROOMY = 3
"""With so many there is room for whole sentences, and for the picture that plays the cycle."""


def end(run: LoopRun) -> Beat:
    """The cycle closes, or it does not."""
    if not run.has_attractor:
        numbers = list(range(max(run.last - ABREAST + 1, 0), run.last + 1))
        return Beat(conclusion(run), table(run, [numbers]), id="end")
    if run.kind == "fixed point":
        return Beat(conclusion(run), _still(run), id="end")
    return cycle(run, conclusion(run))


def _still(run: LoopRun) -> Arrangement:
    """The last two pictures, between them a sign that the sentence came back."""
    same = {"en": "the same words", "ja": "同じ文"}
    return Row(
        entry(run, run.since),
        Link(
            f"picture-{run.since}", f"picture-{run.last}", key="closes", role="accent", width=1.6, name=same
        ),
        entry(run, run.last),
        gap=1.2,
    )


def cycle(run: LoopRun, says: Words, id_: str = "end") -> Beat:
    """The pictures of the cycle, an arc from the last back to the first, and one that plays them."""
    numbers = list(run.cycle)
    shown = numbers if len(numbers) <= ROUND_TRIP else [*numbers[: ROUND_TRIP - 2], *numbers[-2:]]
    roomy = len(shown) <= ROOMY
    parts: list[Mark | Row] = [entry(run, k, 2.4 if roomy else 1.7, MOST if roomy else 30) for k in shown]
    cells = [(1, c) for c in range(len(shown))]
    steps = [Link(f"picture-{a}", f"picture-{b}", key=f"step-{b}") for a, b in pairwise(shown)]
    back = Link(
        f"picture-{shown[-1]}", f"picture-{shown[0]}", key="closes", role="accent", width=1.8, square=True,
    )  # fmt: skip
    ring = Table(
        *parts, *steps, back, cells=[*cells, *((1, c + 1) for c in range(len(steps))), (0, 0)], gap=0.5
    )
    said = fill({"en": "a cycle of {n} rounds", "ja": "{n} 周で一回り"}, n=run.length)
    if len(shown) < len(numbers):
        said = fill(
            {"en": "a cycle of {n} rounds, {k} of them shown", "ja": "{n} 周で一回り（うち {k} 枚）"},
            n=run.length, k=len(shown),
        )  # fmt: skip
    closing = Text(said, key="length", bold=True)
    stage = Column(closing, ring, gap=0.2)
    if not roomy:
        return Beat(says, stage, id=id_)
    turning = modify(picture(run, numbers[-1]), key="turning")
    turns = [modify(turning, pixels=run.thumbnail(number)) for _ in range(3) for number in numbers]
    film = Playback({"turning": turns}, seconds=0.45 * len(turns))
    return Beat(says, Row(turning, stage, gap=0.9), motion=film, id=id_)
