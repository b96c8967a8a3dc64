"""Two encoders, their numbers, and the table of cosines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Block, Column, Grid, Link, Picture, PictureGrid, Row, Table, Text
from nnanim.marks.content import Floats
from nnanim.motions import Sweep
from nnanim.stories.clip.run import ClipRuns
from nnanim.words import Words, fill

WIDE = 32
"""Numbers of an embedding in one row."""

OTHER = 5
"""The sentence that the first picture is compared with, beside its own."""

PICTURE = {"en": "picture", "ja": "画像"}
PRODUCTS = {"en": "products", "ja": "積"}
COSINE = {"en": "cosine", "ja": "コサイン類似度"}
IMAGE_ENCODER = {"en": "image encoder", "ja": "画像エンコーダー"}
TEXT_ENCODER = {"en": "text encoder", "ja": "テキストエンコーダー"}
NUMBER = {"en": "number", "ja": "数"}
PRODUCT = {"en": "product", "ja": "積"}


def draw_vector(values: Floats, key: str, label: Words, limit: float | None = None) -> Grid:
    """The numbers of an embedding, in rows."""
    means = PRODUCT if key == "products" else NUMBER
    return Grid(values.reshape(-1, WIDE), key=key, label=label, limit=limit, means=means)


def show_encoders(runs: ClipRuns) -> Iterator[Beat]:
    """Two encoders give as many numbers each; these are multiplied and added."""
    image = np.asarray(runs.table["image"][0], dtype=float)
    texts = np.asarray(runs.table["text"], dtype=float)
    limit = float(np.ceil(10 * max(np.abs(image).max(), np.abs(texts).max())) / 10)
    vector, own = (
        draw_vector(image, "image", PICTURE, limit),
        draw_vector(texts[0], "text", runs.sentences[0], limit),
    )
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
            Row(draw_vector(image, "image", "", limit), scale=1.35),
            Text(runs.sentences[0], key="offered-0"),
            Link("offered-0", "text-encoder", key="in-text"),
            Block(TEXT_ENCODER, key="text-encoder"),
            Link("text-encoder", "text", key="out-text"),
            Row(draw_vector(texts[0], "text", "", limit), scale=1.35),
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
                own if which == 0 else draw_vector(texts[which], "text", runs.sentences[which], limit),
                draw_vector(products, "products", PRODUCTS, most),
                gap=0.25,
                scale=1.7,
            ),
            id=id_,
            born={"products": From("text")} if which == 0 else {},
        )


def draw_table(runs: ClipRuns, cosines: Floats, names: Sequence[str], label: Words = "") -> PictureGrid:
    """Sentences below each other, pictures side by side, and their cosines."""
    return PictureGrid(
        cosines.T, tuple(names), key="table", label=label, limit=1.0, digits=1, means=COSINE,
        pictures=runs.pictures(runs.table), room_for=-0.5, aspect=1.4,
    )  # fmt: skip


def fill_table(runs: ClipRuns) -> Beat:
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
        draw_table(runs, cosines, runs.sentences),
        motion=Sweep("table", reveals="table", slow=3, seconds=6.0),
        id="table",
        born={"table": From("products")},
    )  # fmt: skip
