"""One turn of the loop, slowly: picture, captioner, sentence, painter, picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nnanim.beats import Beat
from nnanim.marks import Block, Link, Mark, Picture, Row, Table, Text
from nnanim.stories.loop.run import LoopRun
from nnanim.stories.loop.say import break_at_phrases, length, shorten
from nnanim.words import Words, fill

CAPTIONER = {"en": "captioner", "ja": "説明係"}
PAINTER = {"en": "painter", "ja": "画家"}

MOST = 110
"""Columns of a sentence that stands by itself."""


def picture(run: LoopRun, number: int, label: Words | None = None, **options: Any) -> Picture:
    """The picture of a round; it has one key in all beats."""
    return Picture(run.thumbnail(number), key=f"picture-{number}", label=label, **options)


def sentence(run: LoopRun, number: int, label: Words | None = None, whole: bool = False) -> Text:
    """What the painter is told after a round, or the whole caption that it was taken from."""
    told = break_at_phrases(shorten((run.captions if whole else run.prompts)[number], MOST), 21)
    return Text(told, key=f"said-{number}", label=label, size="medium", width=3.6)


def one_turn(run: LoopRun) -> Iterator[Beat]:
    """From the start picture to the second painting, as far as the run goes."""
    yield Beat(
        {
            "en": "A picture goes in. What will come out in the end?",
            "ja": "絵を一枚入れます。最後に何が出るでしょう？",
        },
        Row(picture(run, 0, run.name or {"en": "the start", "ja": "はじめの絵"})),
        id="start",
    )  # fmt: skip
    yield says(run)
    if run.last:
        yield paints(run)
        yield information_loss(run)
    if run.last > 1:
        yield again(run)


def says(run: LoopRun) -> Beat:
    """The captioner says what it sees."""
    captioner = Block(CAPTIONER, key="captioner", role="part", detail=model(run, "captioner"))
    return Beat(
        {
            "en": "A captioner says what it sees, in its own words.",
            "ja": "説明係のモデルが、見えたものを文にします。",
        },
        Row(
            picture(run, 0, run.name or None),
            Link("picture-0", "captioner", key="sees"),
            captioner,
            Link("captioner", "said-0", key="says"),
            sentence(run, 0, whole=True),
        ),
        id="says",
    )  # fmt: skip


def ring(run: LoopRun, number: int, counts: bool = False) -> Row:
    """Round ``number`` above, the picture that it leads to below."""
    above, below = f"picture-{number}", f"picture-{number + 1}"
    captioner = Block(CAPTIONER, key="captioner", role="part", detail=model(run, "captioner"))
    painter = Block(PAINTER, key="painter", role="part", detail=model(run, "painter"))
    numbers = fill({"en": "{n:,} numbers", "ja": "{n:,} 個の数"}, n=run.pictures[number].size)
    tops: Words = numbers if counts else round_name(run, number)
    said = sentence(run, number, length(run.prompts[number]) if counts else None)
    parts: list[tuple[Mark, tuple[int, int]]] = [
        (picture(run, number, tops), (0, 0)),
        (captioner, (0, 1)),
        (picture(run, number + 1, round_name(run, number + 1)), (1, 0)),
        (painter, (1, 1)),
        (Link(above, "captioner", key="sees"), (0, 0)),
        (Link("captioner", said.key, key="says"), (0, 1)),
        (Link(said.key, "painter", key="told"), (1, 1)),
        (Link("painter", below, key="paints"), (1, 0)),
    ]
    return Row(Table(*(mark for mark, _ in parts), cells=[cell for _, cell in parts], gap=1.0), said, gap=1.0)


def round_name(run: LoopRun, number: int) -> Words:
    """The name above a round's picture."""
    if number == 0:
        return run.name or {"en": "the start", "ja": "はじめの絵"}
    return fill({"en": "round {n}", "ja": "{n} 周目"}, n=number)


def model(run: LoopRun, which: str) -> Words:
    """What stands in a block in small print: the model's name, and for a painter the seed."""
    name = str(run.setting(which, "name") or "")
    name = shorten(name.rpartition("/")[2], 24) if name not in ("small", "") else ""
    if which != "painter":
        return name
    seed = run.setting("seed")
    if seed is None:
        return name
    if run.setting("noise") == "fresh":
        return {"en": "fresh noise each round", "ja": "ノイズは毎回新しく"}
    return fill({"en": "seed {s}, every time", "ja": "シードは毎回 {s}"}, s=seed)


def paints(run: LoopRun) -> Beat:
    """The painter makes a picture of the sentence alone."""
    fixed = run.setting("noise") != "fresh"
    said = {
        "en": "A painter sees only the sentence, and fresh noise.",
        "ja": "画家は文だけを見て、毎回新しいノイズから描きます。",
    }
    if fixed:
        said = {
            "en": "A painter sees only the sentence; its noise is held fixed.",
            "ja": "画家は文だけを見て、いつも同じノイズから描きます。",
        }
    return Beat(said, ring(run, 0), id="paints")


def information_loss(run: LoopRun) -> Beat:
    """How little the sentence holds of the picture."""
    said = fill(
        {
            "en": "{n:,} numbers became {words}. All else is made up anew.",
            "ja": "{n:,} 個の数が {words}に。残りは描くたびに作り直しです。",
        },
        n=run.pictures[0].size,
        words=length(run.prompts[0]),
    )
    return Beat(said, ring(run, 0, counts=True), id="lost", focus=("picture-0", "said-0"))


def again(run: LoopRun) -> Beat:
    """The painting takes the place of the picture."""
    return Beat(
        {
            "en": "The painting goes in next, and round it goes.",
            "ja": "できた絵を、また説明係に渡します。これを続けます。",
        },
        ring(run, 1),
        id="again",
    )  # fmt: skip
