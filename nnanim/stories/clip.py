"""The story of CLIP: pictures and sentences in one space.

The question: how can a machine tell which picture and which sentence belong together? The moment to remember:
the table of cosines says nothing, and as the training runs its diagonal lights up, while in the plane beside
it each picture finds its sentence. The end: it names things without ever having been taught a class, and it
mixes up which colour belongs to which thing.

After A. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021); that
such models hardly bind words to each other: M. Yuksekgonul et al., "When and Why Vision-Language Models
Behave Like Bags-of-Words" (2023).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Block, Cloud, Column, Grid, Link, Picture, PictureGrid, Row, Table, Text
from nnanim.marks.content import Floats
from nnanim.motions import Playback, Sweep
from nnanim.stories.probabilities import softmax
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

WIDE = 32
"""Numbers of an embedding in one row."""

OFFERED = (2, 0, 5, 1)
"""Sentences that are offered for the first picture."""

OTHER = 5
"""The sentence that the first picture is compared with, beside its own."""

PLANE = 3.9
"""Scale of the plane beside the table."""

BARS = 3
"""Number of sentences that have a bar."""

PICTURE = {"en": "picture", "ja": "画像"}
PRODUCTS = {"en": "products", "ja": "積"}
COSINE = {"en": "cosine", "ja": "コサイン類似度"}
NAMED = {"en": "probability", "ja": "確率"}
IMAGE_ENCODER = {"en": "image encoder", "ja": "画像エンコーダー"}
TEXT_ENCODER = {"en": "text encoder", "ja": "テキストエンコーダー"}
NUMBER = {"en": "number", "ja": "数"}
PRODUCT = {"en": "product", "ja": "積"}
VIEW = {"en": "a plane through the space", "ja": "空間の中の一つの平面"}


@dataclass(frozen=True)
class ClipRuns:
    """Runs of a CLIP, and its training.

    Each run is of a model that takes pictures (n, 3, height, width) and sentences (m, words), and gives their
    cosines (n, m); its modules ``image`` and ``text`` give embeddings of length 1.

    Attributes:
        table: a run on pictures and on a sentence for each of them.
        named: a run on one picture and on a sentence for each kind of thing.
        two: a run on a picture of two things, and on its own sentence and the one with colours swapped.
        training: the recorded training on the pictures and sentences of ``table``.
        lang: language of the sentences.
        sentences, things, swapped: those of the three runs.
        nouns: what each picture of ``table`` shows, in a word.
        figures: ``named``: share of fresh pictures that it names rightly; ``colours``: share of pictures of
            two things that are nearer to their own sentence; both from the model's card.
    """

    table: Trace
    named: Trace
    two: Trace
    training: Trace
    lang: str
    sentences: Sequence[str]
    things: Sequence[str]
    swapped: Sequence[str]
    nouns: Sequence[str]
    figures: Mapping[str, float]

    def __post_init__(self) -> None:
        for name, run, listed in (
            ("table", self.table, self.sentences), ("named", self.named, self.things),
            ("two", self.two, self.swapped),
        ):  # fmt: skip
            if run["output"].shape[1] != len(listed):
                raise UserError(
                    f"{len(listed)} sentences for {run['output'].shape[1]} embeddings of {name!r}"
                )
        cosines = self.cosines(self.table)
        if (cosines.argmax(axis=1) != np.arange(len(cosines))).any():
            lost = int((cosines.argmax(axis=1) != np.arange(len(cosines))).argmax())
            raise UserError(f"picture {lost + 1} is nearer to another sentence than its own; choose others")

    def cosines(self, run: Trace) -> Floats:
        """(pictures, sentences) what a run gave."""
        return np.asarray(run["output"], dtype=float)

    def pictures(self, run: Trace) -> Floats:
        """(pictures, height, width, 3) what went into a run."""
        return np.asarray(run["input"], dtype=float).transpose(0, 2, 3, 1)

    def learnt(self, name: str) -> Floats:
        """(steps, 8, numbers) embeddings of the pictures or sentences during the training."""
        return np.asarray(self.training[name], dtype=float)

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps of the training that were recorded."""
        return tuple(int(step) for step in self.training["step"])

    @property
    def tables(self) -> list[Floats]:
        """(pictures, sentences) cosines at each of these steps."""
        both = zip(self.learnt("image"), self.learnt(f"text.{self.lang}"), strict=True)
        return [np.asarray(image @ text.T) for image, text in both]

    def planes(self) -> Floats:
        """(steps, 16, 2) pictures, then sentences, on a plane through the space, the same at every step.

        Of all planes it is the one on which, in the end, the middles of the pairs lie on a circle, so that
        none hides another. How far apart a picture and its sentence are is not chosen.
        """
        image, text = self.learnt("image"), self.learnt(f"text.{self.lang}")
        turn = 2 * np.pi * np.arange(image.shape[1]) / image.shape[1]
        directions = np.linalg.pinv((image[-1] + text[-1]) / 2) @ np.column_stack(
            [np.cos(turn), np.sin(turn)]
        )
        return np.asarray(np.concatenate([image, text], axis=1) @ directions)


def clip(runs: ClipRuns) -> Iterator[Beat]:
    """Tell how pictures and sentences come to lie in one space, and what that is good for, and what not."""
    picture = Picture(runs.pictures(runs.table)[0], key="picture")
    offered = [Text(runs.sentences[i], key=f"offered-{i}", size="large") for i in OFFERED]
    yield Beat(
        {
            "en": "A picture is pixels, a sentence is words. How can a machine tell which belong together?",
            "ja": "画像は画素、文は単語です。どれとどれが合うのか、機械はどう知るのでしょう。",
        },
        Row(Row(picture, scale=1.4), Column(*offered, gap=0.6), gap=1.2),
        id="question",
    )
    yield from _encode(runs)
    yield _fill_table(runs)
    yield from _train(runs)
    yield _name(runs)
    yield from _swap(runs)
    yield _end(runs)


def _vector(values: Floats, key: str, label: Words, limit: float | None = None) -> Grid:
    """The numbers of an embedding, in rows."""
    means = PRODUCT if key == "products" else NUMBER
    return Grid(values.reshape(-1, WIDE), key=key, label=label, limit=limit, means=means)


def _encode(runs: ClipRuns) -> Iterator[Beat]:
    """Two encoders give as many numbers each; these are multiplied and added."""
    image = np.asarray(runs.table["image"][0], dtype=float)
    texts = np.asarray(runs.table["text"], dtype=float)
    limit = float(np.ceil(10 * max(np.abs(image).max(), np.abs(texts).max())) / 10)
    vector, own = _vector(image, "image", PICTURE, limit), _vector(texts[0], "text", runs.sentences[0], limit)
    yield Beat(
        fill(
            {
                "en": "Two encoders turn the picture and a sentence into {n} numbers each.",
                "ja": "二つのエンコーダーが、画像と文を、それぞれ {n} 個の数にします。",
            },
            n=len(image),
        ),
        Table(
            Row(Picture(runs.pictures(runs.table)[0], key="picture"), scale=0.8),
            Link("picture", "image-encoder", key="in-picture"),
            Block(IMAGE_ENCODER, key="image-encoder"),
            Link("image-encoder", "image", key="out-picture"),
            Row(_vector(image, "image", "", limit), scale=1.35),
            Text(runs.sentences[0], key="offered-0"),
            Link("offered-0", "text-encoder", key="in-text"),
            Block(TEXT_ENCODER, key="text-encoder"),
            Link("text-encoder", "text", key="out-text"),
            Row(_vector(texts[0], "text", "", limit), scale=1.35),
            cells=[(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (1, 0), (1, 1), (1, 2), (1, 3), (1, 4)],
            gap=0.5,
        ),
        id="encode",
        born={
            "image-encoder": From("picture"), "text-encoder": From("offered-0"),
            "image": From("image-encoder"), "text": From("text-encoder"),
        },
    )  # fmt: skip
    says: tuple[dict[str, str], dict[str, str]] = (
        {
            "en": "Number by number, multiply and add. The sum is their cosine: {c:.2f}.",
            "ja": "数どうしを掛けて、足します。和がコサイン類似度で、{c:.2f} です。",
        },
        {
            "en": "With another sentence, plus and minus cancel: {c:.2f}. It does not belong here.",
            "ja": "別の文では、プラスとマイナスが打ち消し合って {c:.2f}。合わない文です。",
        },
    )
    most = float(np.ceil(100 * np.abs(image * texts[[0, OTHER]]).max()) / 100)
    for id_, said, which in (("cosine", says[0], 0), ("cancel", says[1], OTHER)):
        products = image * texts[which]
        yield Beat(
            fill(said, c=float(products.sum())),
            Column(
                vector,
                own if which == 0 else _vector(texts[which], "text", runs.sentences[which], limit),
                _vector(products, "products", PRODUCTS, most),
                gap=0.25,
                scale=1.7,
            ),
            id=id_,
            born={"products": From("text")} if which == 0 else {},
        )


def _table(runs: ClipRuns, cosines: Floats, names: Sequence[str], label: Words = "") -> PictureGrid:
    """Sentences below each other, pictures side by side, and their cosines."""
    return PictureGrid(
        cosines.T, tuple(names), key="table", label=label, limit=1.0, digits=1, means=COSINE,
        pictures=runs.pictures(runs.table), room_for=-0.5, aspect=1.4,
    )  # fmt: skip


def _fill_table(runs: ClipRuns) -> Beat:
    """All pictures with all sentences, cell by cell."""
    cosines = runs.cosines(runs.table)
    return Beat(
        fill(
            {
                "en": "{p} pictures, {s} sentences, {n} cosines. In every column, its own sentence wins.",
                "ja": "画像 {p} 枚と文 {s} 個で、{n} 個です。どの列でも、合う文が最大になりました。",
            },
            p=len(cosines), s=cosines.shape[1], n=cosines.size,
        ),
        _table(runs, cosines, runs.sentences),
        motion=Sweep("table", reveals="table", slow=3, seconds=6.0),
        id="table",
        born={"table": From("products")},
    )  # fmt: skip


def _train(runs: ClipRuns) -> Iterator[Beat]:
    """Before the training, and through it."""
    tables = [
        _table(runs, cosines, runs.nouns, _step_name(step))
        for cosines, step in zip(runs.tables, runs.steps, strict=True)
    ]  # fmt: skip
    clouds = _clouds(runs)
    yield Beat(
        {
            "en": "Before its training, the same table says nothing. What has to change?",
            "ja": "学習前の表からは、何も分かりません。何を変えればよいでしょうか。",
        },
        Row(tables[0], Row(clouds[0], scale=PLANE), gap=0.5),
        id="before",
        born={"plane": From("table")},
        asks=True,
    )
    yield Beat(
        {
            "en": "Each step pulls a picture and its sentence together, and pushes all other pairs apart.",
            "ja": "一歩ごとに、合う画像と文を引き寄せ、ほかの組み合わせを引き離します。",
        },
        Row(tables[-1], Row(clouds[-1], scale=PLANE), gap=0.5),
        motion=Playback({"table": tables, "plane": clouds}, seconds=8.0),
        id="training",
    )


def _clouds(runs: ClipRuns) -> list[Cloud]:
    """Pictures and sentences in a plane, at each recorded step."""
    planes, count = runs.planes(), len(runs.sentences)
    edge = float(np.ceil(10 * np.abs(planes).max()) / 10)
    return [
        Cloud(
            plane, (0,) * count + (1,) * count, key="plane",
            labels=("",) * count + tuple(runs.nouns), x_limits=(-edge, edge), y_limits=(-edge, edge),
            x_name=VIEW, pictures=(*runs.pictures(runs.table), *(None,) * count),
        )
        for plane in planes
    ]  # fmt: skip


def _name(runs: ClipRuns) -> Beat:
    """Sentences that name one thing each make it a classifier."""
    cosines = runs.cosines(runs.named)[0]
    chances = softmax(cosines * float(runs.named.parameters["sharpness"]))
    order = [int(i) for i in np.argsort(-chances)[:BARS]]
    return Beat(
        fill(
            {
                "en": "{n} sentences make it a classifier, though nobody taught it classes: {p} right.",
                "ja": "文を {n} 個並べると、分類もできます。クラスは教えていません。正解は {p} です。",
            },
            n=len(cosines), p=percent(runs.figures["named"]),
        ),
        Row(
            Picture(runs.pictures(runs.named)[0], key="named-picture"),
            Bars(
                chances[order], tuple(runs.things[i] for i in order), key="named", limit=1.0, percent=True,
                label=NAMED, highlight=(0,), of=len(chances),
            ),
            gap=0.9, scale=1.4,
        ),
        id="named",
        born={"named-picture": From("plane"), "named": From("named-picture")},
        given=("says",),
    )  # fmt: skip


def _swap(runs: ClipRuns) -> Iterator[Beat]:
    """Two things, and two sentences that differ in whose colour is whose."""
    cosines = runs.cosines(runs.two)[0]
    picture = Row(Picture(runs.pictures(runs.two)[0], key="two-picture"), scale=1.4)
    order = [1, 0]
    yield Beat(
        {
            "en": "Now two things, and two sentences of the same words. Which one will be nearer?",
            "ja": "今度は、ものが二つ。同じ単語でできた二つの文のうち、近いのはどちらでしょう。",
        },
        Row(
            picture,
            Column(*(Text(runs.swapped[i], key=f"swapped-{i}", width=7.0) for i in order), gap=0.7),
            gap=0.9,
        ),
        id="two",
        born={"two-picture": From("named-picture")},
        asks=True,
    )
    yield Beat(
        fill(
            {
                "en": "It can hardly tell: {p} right, a coin gets half. Whose colour is whose is lost.",
                "ja": "区別できません。正解は {p}、コイン投げと同じです。どれがどの色かは失われます。",
            },
            p=percent(runs.figures["colours"]),
        ),
        Row(
            picture,
            Bars(
                cosines[order], tuple(runs.swapped[i] for i in order), key="swapped", limit=1.0, label=COSINE,
                highlight=(order.index(int(cosines.argmax())),),
            ),
            gap=0.9,
        ),
        id="swapped",
        born={"swapped": From("two-picture")},
        given=("says",),
    )  # fmt: skip


def _end(runs: ClipRuns) -> Beat:
    """The question is answered."""
    return Beat(
        {
            "en": "So they belong together when they point the same way, in a space both encoders share.",
            "ja": "同じ空間で同じ向きを指せば、画像と文は合っています。二つのエンコーダーが、その空間を作りました。",
        },
        Row(_clouds(runs)[-1], scale=3.6),
        id="space",
        born={"plane": From("swapped")},
    )


def _step_name(step: int) -> Words:
    return fill({"en": "step {s:,}", "ja": "{s:,} 歩"}, s=step)
