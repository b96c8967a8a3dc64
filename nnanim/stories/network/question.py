"""The question that a film opens with: what goes in, and what is to come out of it."""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat
from nnanim.layout import fits
from nnanim.marks import Arrangement, Row, Tokens
from nnanim.stories.network.net import NetworkView
from nnanim.stories.network.views import LayerView
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill
from nnanim.words import Words

LARGE = 2.0
"""Scale of tokens that stand alone."""

MIN_ROWS = 6
"""Fewer rows or columns than that are no beat of their own."""

SAYS: Words = {"en": "What will the network say?", "ja": "ネットワークは何と答えるでしょう。"}
FOLLOWS: Words = {"en": "Which token comes next?", "ja": "次に来るトークンは何でしょう。"}
PICTURE: Words = {
    "en": "A picture goes in. What will come out?",
    "ja": "画像を入れます。何が出てくるでしょう。",
}
ROWS = {
    "en": "{n} rows of numbers go in. What will come out?",
    "ja": "{n} 行の数を入れます。何が出てくるでしょう。",
}
NUMBERS = {
    "en": "{n} numbers go in. What will come out?",
    "ja": "{n} 個の数を入れます。何が出てくるでしょう。",
}
TOKENS = {
    "en": "{n} tokens go in. What will come out?",
    "ja": "{n} 個のトークンを入れます。何が出てくるでしょう。",
}
LAST: Words = {
    "en": "One layer is left. What will the network say?",
    "ja": "残りは一層です。何と答えるでしょう。",
}


def input_stage(net: NetworkView) -> Arrangement | None:
    """What goes in: the tokens, a picture, rows or neurons; None where it is too much, or hardly anything."""
    source = net.steps[0]
    view = LayerView(net, source)
    values = view.values
    if source.role != "input" or values is None:
        return None
    if net.tokens and values.ndim == 1 and len(net.tokens) == len(values):
        stage: Arrangement = Row(
            Tokens(tuple(net.tokens), key="tokens", label=net.title(source)), scale=LARGE
        )
    elif view.is_image or view.is_sheet or (view.is_rows and min(values.shape) >= MIN_ROWS):
        stage = view.whole()
    elif values.ndim == 1:
        stage = view.units()
    else:
        return None
    return stage if fits(stage) else None


def ask_first(net: NetworkView, question: Words) -> Iterator[Beat]:
    """What goes in, and the question of the film: ``question``, or what is to come out."""
    stage = input_stage(net)
    if stage is not None:
        yield Beat(question or _question(net, net.steps[0]), stage, id="input")


def _question(net: NetworkView, source: Layer) -> Words:
    if net.classifies:
        return SAYS
    if net.continues:
        return FOLLOWS
    view, values = LayerView(net, source), net.vector(source)
    if view.is_image or view.is_sheet:
        return PICTURE
    if net.tokens:
        return fill(TOKENS, n=len(net.tokens))
    rows = view.values
    return fill(ROWS, n=len(rows)) if rows is not None and rows.ndim == 2 else fill(NUMBERS, n=values.size)


def ask_class(net: NetworkView, stage: Arrangement | None, said: Words) -> Iterator[Beat]:
    """A question to the class, once in a film; the next beat begins to answer it."""
    if stage is not None and net.is_first("ask"):
        yield Beat(said, stage, id="ask", asks=True)
