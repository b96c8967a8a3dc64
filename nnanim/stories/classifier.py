"""The story of a dense network that reads pictures: a weight for each place, and no idea of a shape.

The question: you see a digit at once, what does a network see? The moment to remember: every pixel moves by
one place, and the answer turns; the weights move along, and it turns back. The end: weights that move are a
convolution, the next film.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Bars, Column, Formula, Grid, Row, Text, Units, Wires, round_up
from nnanim.marks.content import Floats
from nnanim.motions import Flow
from nnanim.stories.equations import Term, equation
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import number, percent

LAYERS = ("hidden", "answer")
"""Names of the two dense layers in the trace."""

MAX_NEURONS, ABREAST = 10, 5
"""Maximum number of hidden neurons that are shown, and of those whose weights stand in one line."""

AT_REST, MOVED = 0, 1
"""Places of the two pictures in the trace."""

PICTURE: Words = {"en": "picture", "ja": "画像"}
MOVED_PICTURE: Words = {"en": "moved", "ja": "ずらした画像"}
PLACES: Words = {
    "en": "It sees places, not shapes. What if its weights could wander?",
    "ja": "見ていたのは、形ではなく場所。では、重みが動けたら？",
}
PLACES_OF_WEIGHTS: Words = {
    "en": "Each weight belongs to one place. What if the weights could wander?",
    "ja": "重みは、一つの場所に決まっています。では、重みが動けたら？",
}
WEIGHTS: Words = {"en": "its weights", "ja": "重み"}
ABOVE: Words = {"en": "above 0", "ja": "正の積"}
DIGIT: Words = {"en": "digit", "ja": "数字"}
"""What an output stands for, where nothing else is said."""

BELOW: Words = {"en": "below 0", "ja": "負の積"}


def classifier(
    trace: Trace,
    along: Trace,
    *,
    shape: tuple[int, int],
    classes: Sequence[Words],
    truth: int | None = None,
    way: Words,
    thing: Words = DIGIT,
) -> Iterator[Beat]:
    """Tell what a dense network of one hidden layer sees of a picture.

    Args:
        trace: of two pictures through dense layers that are called ``hidden`` and ``answer``: one as it is,
            and the same one, moved.
        along: of the moved picture alone, through the network whose hidden weights were moved with it.
        shape: (rows, columns) of the picture that the input vector is.
        classes: names of the outputs.
        truth: index of the picture's true class, where it is known.
        way: where the picture was moved, as the words of a sentence: "one pixel to the left".
        thing: what an output stands for, and a picture shows.

    Raises:
        UserError: the trace has not these layers, or not two pictures.
    """
    if missing := [name for name in LAYERS if name not in trace]:
        raise UserError(f"classifier() wants dense layers 'hidden' and 'answer'; there is no {missing[0]!r}")
    if len(trace["input"]) != 2:
        raise UserError(f"classifier() wants two pictures, one moved; there are {len(trace['input'])}")
    if trace["input"].min() < 0:
        raise UserError("classifier() wants pictures of ink, from 0 up")
    net = ClassifierView(trace, along, shape, tuple(classes), truth, thing)
    yield from _question(net)
    yield from _one_neuron(net)
    yield from _answer(net)
    yield from _move(net, way)
    yield from _move_along(net)


@dataclass(frozen=True)
class ClassifierView:
    """The runs, as the story shows them.

    Attributes:
        trace: of the picture and the moved picture.
        along: of the moved picture, with moved weights.
        shape: (rows, columns) of a picture.
        classes: names of the outputs.
        truth: index of the true class, or None.
        thing: what an output stands for.
    """

    trace: Trace
    along: Trace
    shape: tuple[int, int]
    classes: tuple[Words, ...]
    truth: int | None
    thing: Words = ""

    @property
    def is_turned(self) -> bool:
        """Whether the same shape gets another answer when it moves; what leaves the picture changes it."""
        before, after = np.asarray(self.trace["output"]).argmax(axis=1)
        at_rest, moved = (float(self.pixels(sample).sum()) for sample in (AT_REST, MOVED))
        return bool(before != after and np.isclose(at_rest, moved, rtol=1e-5))

    @cached_property
    def one(self) -> int:
        """The hidden neuron that is told: the one whose value falls most when the picture moves."""
        values = self.trace["hidden_activation"]
        return int((values[AT_REST] - values[MOVED]).argmax())

    @cached_property
    def shown_neurons(self) -> list[int]:
        """The hidden neurons that are shown: those of the largest values in any of the two pictures."""
        largest = self.trace["hidden_activation"].max(axis=0)
        return sorted(np.argsort(-largest, kind="stable")[:MAX_NEURONS].tolist())

    def pixels(self, sample: int) -> Floats:
        """(rows, columns) ink of a picture."""
        return np.asarray(self.trace["input"][sample], dtype=float).reshape(self.shape)

    def weights(self, moved: bool = False) -> Floats:
        """(neurons, rows, columns) the weights of the hidden neurons."""
        held = (self.along if moved else self.trace).parameters["hidden.weight"]
        return np.asarray(held, dtype=float).reshape(-1, *self.shape)

    def picture(self, sample: int = AT_REST, digits: int | None = None) -> Grid:
        """A picture, with its numbers or without."""
        limit = round_up(float(self.trace["input"].max()) or 1.0)
        key, label = ("moved", MOVED_PICTURE) if sample == MOVED else ("picture", PICTURE)
        return Grid(
            self.pixels(sample), key=key, limit=limit, digits=digits, role="grey",
            means=words.pixel, label=label if digits is None else None,
        )  # fmt: skip

    def pattern(self, neuron: int, label: Words | None = None, moved: bool = False) -> Grid:
        """The weights of a hidden neuron, each in the place of its pixel."""
        limit = round_up(float(np.abs(self.weights()).max()))
        return Grid(
            self.weights(moved)[neuron], key=f"w{neuron}", limit=limit, means=words.weight, label=label,
        )  # fmt: skip

    def patterns(self, moved: bool = False) -> Column:
        """The weights of all hidden neurons."""
        every, count = (
            [self.pattern(neuron, moved=moved) for neuron in self.shown_neurons],
            len(self.weights()),
        )
        lines = [Row(*every[i : i + ABREAST], gap=0.3) for i in range(0, len(every), ABREAST)]
        cut = fill({"en": "{n} of {of} shown", "ja": "{of} 個のうち {n} 個"}, n=len(every), of=count)
        note = Text(cut, key="cut", size="small", role="dimmed")
        return Column(*lines, *([note] if len(every) < count else []), gap=0.3)

    def products(self, sample: int) -> Grid:
        """Pixel times weight, place by place, of the neuron that is told."""
        values = [self.pixels(one) * self.weights()[self.one] for one in (AT_REST, MOVED)]
        limit = round_up(max(float(np.abs(one).max()) for one in values))
        return Grid(values[sample], key="products", limit=limit, means=words.product, label=words.product)

    def total(self, sample: int) -> float:
        """The sum of the neuron that is told."""
        return float(self.trace["hidden"][sample, self.one])

    def equation(self, sample: int) -> Formula:
        """The sum of the neuron that is told: what is above 0, what is below, and the bias."""
        products = self.pixels(sample) * self.weights()[self.one]
        terms = [
            Term(float(np.maximum(products, 0).sum()), "positive", ABOVE),
            Term(float(np.minimum(products, 0).sum()), "negative", BELOW),
            Term(float(self.trace.parameters["hidden.bias"][self.one]), below=words.bias),
        ]
        return Formula(equation(terms, self.total(sample)), key="sum")

    def bars(self, shares: Floats) -> Bars:
        """The probability of each class."""
        return Bars(
            shares, self.classes, key="classes", limit=1.0, percent=True, highlight=(int(shares.argmax()),),
            label=words.probability,
        )  # fmt: skip

    def shares(self, sample: int) -> Floats:
        """(classes,) the answer to a picture."""
        return np.asarray(self.trace["output"][sample], dtype=float)

    @property
    def shares_along(self) -> Floats:
        """(classes,) the answer to the moved picture, with moved weights."""
        return np.asarray(self.along["output"][0], dtype=float)

    def network(self) -> tuple[Units, Wires, Units]:
        """The hidden neurons that are shown, their wires, and the sums of the outputs."""
        found = self.trace
        limit = round_up(max(float(np.abs(found[name]).max()) for name in ("hidden_activation", "answer")))
        shared: dict[str, Any] = {"limit": limit, "numbers": False, "means": words.value}
        hidden = Units(
            found["hidden_activation"][AT_REST][self.shown_neurons],
            shown=tuple(self.shown_neurons),
            of=len(self.weights()),
            key="hidden",
            label=words.hidden_layer,
            **shared,
        )
        outputs = Units(
            found["answer"][AT_REST],
            self.classes,
            key="outputs",
            side="right",
            label=words.output_layer,
            **shared,
        )
        weights = found.parameters["answer.weight"][:, self.shown_neurons]
        return hidden, Wires(weights, hidden, outputs, key="wires"), outputs


def _sign(text: str, key: str) -> Text:
    return Text(text, key=key, size="large", bold=True)


def _question(net: ClassifierView) -> Iterator[Beat]:
    """The picture, and the numbers that it is."""
    yield Beat(
        {
            "en": "You see a digit at once. What does a network see?",
            "ja": "人には数字が見えます。ネットワークには何が見えるでしょう。",
        },
        net.picture(),
        id="question",
    )
    yield Beat(
        fill(
            {"en": "{n} numbers, each in its place.", "ja": "{n} 個の場所に、数が一つずつ。"},
            n=net.pixels(AT_REST).size,
        ),
        net.picture(digits=2),
        id="numbers",
    )


def _one_neuron(net: ClassifierView) -> Iterator[Beat]:
    """One hidden neuron: its weights, the products, their sum; then all the others."""
    picture, pattern = net.picture(), net.pattern(net.one, WEIGHTS)
    yield Beat(
        {
            "en": "A neuron has a weight for each place.",
            "ja": "ニューロンは、場所ごとに重みをもちます。",
        },
        Row(picture, pattern, gap=1.2),
        id="weights",
        born={pattern.key: From("picture")},
    )
    products = net.products(AT_REST)
    yield Beat(
        {"en": "Multiply each pixel by the weight in its place.", "ja": "同じ場所どうしを掛けます。"},
        Row(picture, _sign("×", "times"), pattern, _sign("=", "equals"), products, gap=0.4),
        id="products",
        born={"products": From("picture")},
    )
    yield Beat(
        {
            "en": "Add all the products, and a bias.",
            "ja": "積をすべて足し、バイアスを加えます。",
        },
        Column(Row(picture, _sign("×", "times"), pattern, gap=0.4), net.equation(AT_REST), gap=0.4),
        id="sum",
        gathers={"products": "sum"},
    )
    others = {f"w{k}": From(pattern.key) for k in net.shown_neurons if k != net.one}
    yield Beat(
        {
            "en": "Each neuron has a pattern of its own. Sums below 0 become 0.",
            "ja": "重みはニューロンごとに違います。負の和は 0 にします。",
        },
        net.patterns(),
        id="patterns",
        born=others,
    )


def _answer(net: ClassifierView) -> Iterator[Beat]:
    """From the hidden neurons to the outputs, and their probabilities."""
    hidden, wires, outputs = net.network()
    yield Beat(
        fill(
            {
                "en": "Their values run to {n} outputs, one for each {thing}.",
                "ja": "その値が、{thing}ごとの {n} 個の出力へ届きます。",
            },
            n=len(outputs.values),
            thing=net.thing,
        ),
        Row(hidden, wires, outputs, gap=0.7),
        motion=Flow(wires.key, wires.weights * hidden.values, hidden.values),
        id="outputs",
        gathers={f"w{k}": ("hidden", place) for place, k in enumerate(net.shown_neurons)},
    )
    shares = net.shares(AT_REST)
    best = int(shares.argmax())
    yield Beat(
        fill(
            {"en": "The answer: {c}, with {p}.{r}", "ja": "答えは {c}、{p}。{r}"},
            c=net.classes[best], p=percent(float(shares[best])), r=_verdict(net, best),
        ),
        Row(Row(net.picture(), scale=1.5), net.bars(shares), gap=0.8),
        id="answer",
        born={"classes": From("outputs")},
    )  # fmt: skip


def _verdict(net: ClassifierView, answer: int) -> Words:
    """Whether an answer is right, where that is known."""
    if net.truth is None:
        return ""
    right: Words = {"en": " That is right.", "ja": "正解です。"}
    wrong: Words = {"en": " That is wrong.", "ja": "まちがいです。"}
    return right if answer == net.truth else wrong


def _move(net: ClassifierView, way: Words) -> Iterator[Beat]:
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
            Row(moved, _sign("×", "times"), pattern, _sign("=", "equals"), products, gap=0.4),
            net.equation(MOVED),
            gap=0.4,
        ),
        id="why",
        born={pattern.key: From("moved"), "products": From("moved")},
    )  # fmt: skip


def _move_along(net: ClassifierView) -> Iterator[Beat]:
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


def explore(
    trace: Trace,
    along: Trace,
    *,
    shape: tuple[int, int],
    classes: Sequence[Words],
    truth: int | None = None,
    way: Words,
    thing: Words = DIGIT,
) -> Iterator[Beat]:
    """The network in the hands of a class: from the picture to the answer at one glance, then the story.

    Its arguments are those of `classifier`.
    """
    net = ClassifierView(trace, along, shape, tuple(classes), truth, thing)
    hidden, wires, outputs = net.network()
    shares = net.shares(AT_REST)
    best = int(shares.argmax())
    yield Beat(
        fill(
            {"en": "The answer: {a}, with {p}.", "ja": "答えは {a}、{p}。"},
            a=net.classes[best], p=percent(float(shares[best])),
        ),
        Row(Row(net.picture(), scale=1.5), hidden, wires, outputs, Row(net.bars(shares), scale=1.1), gap=0.5),
        id="explore",
    )  # fmt: skip
    yield from classifier(trace, along, shape=shape, classes=classes, truth=truth, way=way, thing=thing)
