"""One turn of the loop, slowly: picture, captioner, sentence, painter, picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Arrangement, Block, Column, Link, Mark, Picture, Row, Table, Text
from nnanim.stories.loop.run import LoopRun
from nnanim.stories.loop.say import SEEN, break_at_phrases, length, opening, shorten
from nnanim.words import Words, fill

CAPTIONER = {"en": "captioner", "ja": "説明係"}
PAINTER = {"en": "painter", "ja": "画家"}

MOST = 110
"""Columns of a sentence that stands by itself."""


def picture(run: LoopRun, number: int, label: Words | None = None, **options: Any) -> Picture:
    """The picture of a round; it has one key in all beats."""
    return Picture(run.thumbnail(number), key=f"picture-{number}", label=label, **options)


def seen_picture(run: LoopRun, number: int, label: Words | None = None) -> Picture:
    """The picture of a round as the captioner sees it."""
    return Picture(run.seen_thumbnail(number), key=f"seen-{number}", label=label)


def both_pictures(run: LoopRun, number: int, label: Words | None = None) -> Arrangement:
    """The picture of a round, and below it how the captioner sees it where that is another."""
    upright = picture(run, number, label)
    return Column(upright, seen_picture(run, number), gap=0.06) if run.is_turned else upright


def next_out_of(run: LoopRun, number: int) -> dict[str, From]:
    """Where the picture of a round, and how it is seen, come from: from what was seen in the round before."""
    out_of = f"seen-{number - 1}" if run.is_turned else f"picture-{number - 1}"
    keys = [f"picture-{number}", *([f"seen-{number}"] if run.is_turned else [])]
    return {key: From(out_of) for key in keys}


def sentence(run: LoopRun, number: int, whole: bool = False, brief: bool = False) -> Text:
    """What the painter is told after a round, its first phrase, or the caption that it was taken from."""
    words = (run.captions if whole else run.prompts)[number]
    told = break_at_phrases(opening(words, MOST) if brief else shorten(words, MOST), 21)
    return Text(told, key=f"said-{number}", size="medium", width=3.6)


def one_turn(run: LoopRun) -> Iterator[Beat]:
    """From the start picture to the second painting, as far as the run goes."""
    yield Beat(
        {
            "en": "Picture to words, words to picture: will it ever stop?",
            "ja": "絵を言葉に、言葉を絵に。いつか止まりますか？",
        },
        Row(picture(run, 0, run.name or {"en": "the start", "ja": "はじめの絵"})),
        id="start",
    )  # fmt: skip
    if run.is_turned:
        yield turns(run)
    yield says(run)
    if run.last:
        yield paints(run)
        yield information_loss(run)
    if run.last > 1:
        yield again(run)


def turns(run: LoopRun) -> Beat:
    """How the captioner sees every picture."""
    said = fill(
        {"en": "The captioner sees every picture {how}.", "ja": "説明係は、どの絵も{how}見ます。"},
        how=SEEN[run.orientation],
    )
    return Beat(said, both_pictures(run, 0, run.name or None), id="turns", born={"seen-0": From("picture-0")})


def says(run: LoopRun) -> Beat:
    """The captioner says what it sees."""
    said = {
        "en": "It says what it sees.",
        "ja": "見えたものを、言葉にします。",
    }
    words = sentence(run, 0, whole=True)
    stage = Row(both_pictures(run, 0, run.name or None), _tower(run, 0, words), gap=1.0)
    return Beat(said, stage, id="says", born={words.key: From("captioner")})


def turn(run: LoopRun, number: int, counts: bool = False, brief: bool = False) -> Row:
    """Round ``number`` on the left, the picture that it leads to on the right, the two models between."""
    numbers = fill({"en": "{n:,} numbers", "ja": "{n:,} 個の数"}, n=run.pictures[number].size)
    said = sentence(run, number, brief=brief)
    painter = Block(PAINTER, key="painter", role="part", detail=model(run, "painter"))
    return Row(
        both_pictures(run, number, numbers if counts else round_name(run, number)),
        _tower(run, number, said, painter),
        picture(run, number + 1, round_name(run, number + 1)),
        gap=1.0,
    )


def _tower(run: LoopRun, number: int, said: Text, painter: Block | None = None) -> Table:
    """The captioner, what it says and who paints it, one above the other.

    The captioner stands beside the picture that it sees: below, where that is the lower one of two.
    """
    captioner = Block(CAPTIONER, key="captioner", role="part", detail=model(run, "captioner"))
    floors: list[Mark] = [captioner, said, *([painter] if painter else [])]
    links = [
        Link(f"seen-{number}" if run.is_turned else f"picture-{number}", "captioner", key="sees"),
        Link("captioner", said.key, key="says"),
    ]
    if painter is not None:
        links += [
            Link(said.key, "painter", key="told"),
            Link("painter", f"picture-{number + 1}", key="paints"),
        ]
    if run.is_turned:
        floors.reverse()
    cells = [*((row, 0) for row in range(len(floors))), *[(0, 0)] * len(links)]
    return Table(*floors, *links, cells=cells, gap=0.9)


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
            "ja": "画家が見るのは文だけ。ノイズはいつも同じです。",
        }
    return Beat(said, turn(run, 0), id="paints", born={"picture-1": From("painter")})


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
    return Beat(
        said,
        turn(run, 0, counts=True),
        id="lost",
        focus=("picture-0", "said-0", *(["seen-0"] if run.is_turned else [])),
    )


def again(run: LoopRun) -> Beat:
    """The painting takes the place of the picture."""
    said = {
        "en": "The painting goes in next.",
        "ja": "できた絵を、また説明係に渡します。",
    }
    born = {"said-1": From("captioner"), "picture-2": From("painter")}
    if run.is_turned:
        born["seen-1"] = From("picture-1")
    return Beat(said, turn(run, 1, brief=True), id="again", born=born)
