"""The story of a dense network that reads pictures: a weight for each place, and no idea of a shape.

The question: you see a digit at once, what does a network see? The moment to remember: every pixel moves by
one place, and the answer turns; the weights move along, and it turns back. The end: weights that move are a
convolution, the next film.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.errors import UserError
from nnanim.marks import Column, Row
from nnanim.motions import Flow
from nnanim.stories.classifier.moved import move, move_along
from nnanim.stories.classifier.views import AT_REST, WEIGHTS, ClassifierView
from nnanim.stories.equations import sign
from nnanim.trace import Trace
from nnanim.words import Words, fill
from nnanim.words.numerals import percent

LAYERS = ("hidden", "answer")
"""Names of the two dense layers in the trace."""

DIGIT: Words = {"en": "digit", "ja": "数字"}
"""What an output stands for, where nothing else is said."""


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
    yield from move(net, way)
    yield from move_along(net)


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
        Row(picture, sign("×", "times"), pattern, sign("=", "equals"), products, gap=0.4),
        id="products",
        born={"products": From("picture")},
    )
    yield Beat(
        {
            "en": "Add all the products, and a bias.",
            "ja": "積をすべて足し、バイアスを加えます。",
        },
        Column(Row(picture, sign("×", "times"), pattern, gap=0.4), net.equation(AT_REST), gap=0.4),
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
