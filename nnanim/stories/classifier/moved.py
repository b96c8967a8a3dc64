"""The picture moves by a pixel: what the network says now, and what it says when its weights move along."""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Column, Row
from nnanim.stories.classifier.views import AT_REST, MOVED, WEIGHTS, ClassifierView
from nnanim.stories.equations import sign
from nnanim.words import Words, fill
from nnanim.words.numerals import number, percent

PLACES: Words = {
    "en": "It sees places, not shapes. What if its weights could wander?",
    "ja": "見ていたのは、形ではなく場所。では、重みが動けたら？",
}
PLACES_OF_WEIGHTS: Words = {
    "en": "Each weight belongs to one place. What if the weights could wander?",
    "ja": "重みは、一つの場所に決まっています。では、重みが動けたら？",
}


def move(net: ClassifierView, way: Words) -> Iterator[Beat]:
    """The picture is moved: the answer, and why it is another one."""
    moved, before, after = net.picture(MOVED), net.shares(AT_REST), net.shares(MOVED)
    pictures = net.picture(), moved
    yield Beat(
        fill(
            {
                "en": "Now the picture moves {way}. What will the network say?",
                "ja": "絵を{way}へずらすと、何と答えるでしょう。",
            },
            way=way,
        ),
        Row(*pictures, Row(net.bars(before), scale=0.9), gap=0.6),
        id="move",
        focus=("picture", "moved"),
        born={"moved": From("picture")},
        asks=True,
    )
    best = int(after.argmax())
    said = {"en": "{c}, with {p}! For us, nothing has changed.", "ja": "{c}、{p}。人の目には同じなのに。"}
    if not net.is_turned:
        said = {"en": "Now {c}, with {p}.", "ja": "こんどは {c}、{p} です。"}
    if best == int(before.argmax()):
        said = {"en": "{c} again, with {p}.", "ja": "やはり {c}、{p} です。"}
    yield Beat(
        fill(said, c=net.classes[best], p=percent(float(after[best]))),
        Row(*pictures, Row(net.bars(after), scale=0.9), gap=0.6),
        id="moved",
    )
    pattern, products = net.pattern(net.one, WEIGHTS), net.products(MOVED)
    was, now = (number(net.total(sample), 2) for sample in (AT_REST, MOVED))
    yield Beat(
        fill(
            {
                "en": "The pixels meet other weights: the sum {a} becomes {b}.",
                "ja": "画素に別の重みが掛かり、和は {a} から {b} へ。",
            },
            a=was, b=now,
        ),
        Column(
            Row(moved, sign("×", "times"), pattern, sign("=", "equals"), products, gap=0.4),
            net.equation(MOVED),
            gap=0.4,
        ),
        id="why",
        born={pattern.key: From("moved"), "products": From("moved")},
    )  # fmt: skip


def move_along(net: ClassifierView) -> Iterator[Beat]:
    """The weights are moved, too: the answer is the old one, and what that means."""
    moved, shares = net.picture(MOVED), net.shares_along
    best, one = int(shares.argmax()), net.pattern(net.one, moved=True)
    others = {f"w{k}": From(one.key) for k in net.shown_neurons if k != net.one}
    yield Beat(
        fill(
            {
                "en": "Move all the weights along: {c}, with {p}.",
                "ja": "重みもみな、同じだけずらすと {c}、{p}。",
            },
            c=net.classes[best], p=percent(float(shares[best])),
        ),
        Row(Row(moved, scale=1.6), net.patterns(moved=True), Row(net.bars(shares), scale=1.4), gap=0.6),
        id="along",
        born=others,
    )  # fmt: skip
    yield Beat(
        PLACES if net.is_turned else PLACES_OF_WEIGHTS,
        Row(moved, net.pattern(net.one, moved=True), gap=1.2),
        id="places",
    )
