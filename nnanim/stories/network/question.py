"""The question that a film opens with: what goes in, and what is to come out of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

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

FEW_TOKENS = 6
"""Fewer numbers of tokens than that are no beat of their own."""

SAYS: Words = {"en": "What will the network say?", "ja": "ネットワークは何と答えるでしょう。"}
FOLLOWS: Words = {"en": "Which token comes next?", "ja": "次に来るトークンは何でしょう。"}
PICTURE: Words = {
    "en": "A picture goes in. What will come out?",
    "ja": "画像を入れます。何が出てくるでしょう。",
}
ONE_MAP: Words = {
    "en": "A map of numbers goes in. What will come out?",
    "ja": "一枚の数の図を入れます。何が出てくるでしょう。",
}
FRAMES = {
    "en": "{n} frames of {c} maps go in. What will come out?",
    "ja": "{n} コマ（各 {c} 枚の図）を入れます。何が出てくるでしょう。",
}
ROWS = {
    "en": "{n} rows of numbers go in. What will come out?",
    "ja": "{n} 行の数を入れます。何が出てくるでしょう。",
}
ONE_ROW: Words = {
    "en": "One row of numbers goes in. What will come out?",
    "ja": "1 行の数を入れます。何が出てくるでしょう。",
}
NUMBERS = {
    "en": "{n} numbers go in. What will come out?",
    "ja": "{n} 個の数を入れます。何が出てくるでしょう。",
}
ONE_NUMBER: Words = {
    "en": "One number goes in. What will come out?",
    "ja": "一つの数を入れます。何が出てくるでしょう。",
}
TOKENS = {
    "en": "{n} tokens go in. What will come out?",
    "ja": "{n} 個のトークンを入れます。何が出てくるでしょう。",
}
MAPS = {
    "en": "{n} maps of numbers go in. What will come out?",
    "ja": "{n} 枚の数の図を入れます。何が出てくるでしょう。",
}
SIGNAL = {
    "en": "A signal of {n} values goes in. What will come out?",
    "ja": "{n} 個の値の信号を入れます。何が出てくるでしょう。",
}
MAP = {
    "en": "A map of {r} × {c} numbers goes in. What will come out?",
    "ja": "{r} × {c} 個の数の図を入れます。何が出てくるでしょう。",
}
SEVERAL = {
    "en": "{n} inputs go in. What will come out?",
    "ja": "入力は {n} 個です。何が出てくるでしょう。",
}
LAST: Words = {
    "en": "One layer is left. What will the network say?",
    "ja": "残りは一層です。何と答えるでしょう。",
}


MAX_INPUTS = 3
"""Maximum number of inputs that are seen beside each other."""


def input_stage(net: NetworkView, always: bool = False) -> Arrangement | None:
    """What goes in: tokens, a picture, rows or neurons; None where it is too much, or hardly anything.

    With ``always``, maps and tables of any numbers, too.
    """
    inputs = [layer for layer in net.steps if layer.role == "input"]
    shown = [stage for layer in inputs[:MAX_INPUTS] if (stage := _show_input(net, layer, always)) is not None]
    if len(inputs) > 1 and len(shown) == len(inputs) and fits(both := Row(*shown, gap=1.0)):
        return both
    return shown[0] if shown and inputs[0] is net.steps[0] and fits(shown[0]) else None


def _show_input(net: NetworkView, source: Layer, always: bool) -> Arrangement | None:
    """One input; None where it is too much, or hardly anything."""
    view = LayerView(net, source)
    values = view.values
    if values is None:
        return None
    tokens = list_tokens(net, source)
    if tokens:
        first = source is net.steps[0]
        key = "tokens" if first else f"tokens:{source.name}"
        if len(tokens) < FEW_TOKENS and not always and not net.tokens:
            return None  # some digits alone leave the stage empty
        return Row(Tokens(tokens, key=key, label=net.title(source)), scale=LARGE)
    if view.is_tokens and values.ndim == 2:
        return view.whole()
    if values.ndim == 4:
        return view.frames()
    if values.ndim == 3 and values.shape[1:] == (1, 1):  # a vector, written as maps of one cell
        return view.units()
    if values.ndim in (2, 3) or view.is_sheet:
        return view.whole()
    return view.signal() if view.is_signal else view.units()


def list_tokens(net: NetworkView, source: Layer) -> tuple[str, ...]:
    """The pieces of a sentence that goes in: as given, else the numbers that stand for them."""
    values = net.output(source)
    if values is None or values.ndim > 1 or not values.size:
        return ()
    values = values.reshape(-1)
    first = source is net.steps[0]
    if first and len(net.token_labels) == len(values):
        return tuple(net.token_labels)
    whole = net.trace[source.output].dtype.kind in "iu"
    return tuple(f"{int(one)}" for one in values) if whole else ()


def ask_first(net: NetworkView, question: Words, always: bool = False) -> Iterator[Beat]:
    """What goes in, and the question of the film: ``question``, or what is to come out."""
    stage = input_stage(net, always)
    if stage is not None:
        yield Beat(question or _question(net, net.steps[0]), stage, id="input")


def _question(net: NetworkView, source: Layer) -> Words:
    if net.classifies:
        return SAYS
    if net.continues:
        return FOLLOWS
    if (count := sum(layer.role == "input" for layer in net.layers.values())) > 1:
        return fill(SEVERAL, n=count)
    view, values = LayerView(net, source), net.vector(source)
    if view.is_image or view.is_sheet:
        return PICTURE
    if view.values is not None and (view.is_signal or view.is_map):
        rows, columns = np.atleast_2d(view.values).shape
        return fill(SIGNAL, n=columns) if view.is_signal else fill(MAP, r=rows, c=columns)
    if view.values is not None and view.values.ndim == 4:
        return fill(FRAMES, n=len(view.values), c=view.values.shape[1])
    if view.values is not None and view.values.ndim == 3 and view.values.shape[1:] != (1, 1):
        return fill(MAPS, n=len(view.values)) if len(view.values) > 1 else ONE_MAP
    if tokens := list_tokens(net, source):
        return fill(TOKENS, n=len(tokens))
    rows = view.values
    if rows is not None and rows.ndim == 2:
        return fill(ROWS, n=len(rows)) if len(rows) > 1 else ONE_ROW
    return fill(NUMBERS, n=values.size) if values.size != 1 else ONE_NUMBER


def ask_class(net: NetworkView, stage: Arrangement | None, said: Words) -> Iterator[Beat]:
    """A question to the class, once in a film; the next beat begins to answer it."""
    if stage is not None and net.is_first("ask"):
        yield Beat(said, stage, id="ask", asks=True)
