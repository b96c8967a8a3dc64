"""What attention heads do, measured: how much of it goes to the token before, or to the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnanim.errors import UserError, nearest
from nnanim.stories.network.net import Floats, NetworkView
from nnanim.structure.titles import fill
from nnanim.words import Words
from nnanim.words.numerals import percent


@dataclass(frozen=True)
class Head:
    """One head of one attention.

    Attributes:
        name: of the attention in the trace.
        layer: which attention it is, from 0.
        number: of the head, from 0.
        pattern: (query, key) its weights; each row adds up to one.
    """

    name: str
    layer: int
    number: int
    pattern: Floats


def list_heads(net: NetworkView) -> list[Head]:
    """All heads whose attention was recorded, in the order of the run."""
    found = []
    for layer, name in enumerate(net.trace.attentions):
        values = net.trace.attention(name)
        heads = np.asarray(values[min(net.sample, len(values) - 1)], dtype=np.float64)
        if heads.ndim == 3 and heads.size and np.isfinite(heads).all():
            found += [Head(name, layer, number, pattern) for number, pattern in enumerate(heads)]
    return found


def _beside(pattern: Floats, offset: int) -> float:
    """The mean share of what stands ``offset`` places further, of the tokens that have something there."""
    shares = np.diagonal(pattern, offset)
    return float(shares.mean()) if len(shares) else 0.0


def _previous(pattern: Floats, tokens: Sequence[str]) -> float:
    return _beside(pattern, -1)


def _next(pattern: Floats, tokens: Sequence[str]) -> float:
    return _beside(pattern, 1)


def _itself(pattern: Floats, tokens: Sequence[str]) -> float:
    return _beside(pattern, 0)


def _first(pattern: Floats, tokens: Sequence[str]) -> float:
    return float(pattern[1:, 0].mean()) if len(pattern) > 1 else 0.0


def _same(pattern: Floats, tokens: Sequence[str]) -> float:
    if len(tokens) != pattern.shape[0] or pattern.shape[0] != pattern.shape[1]:
        return 0.0
    words = np.array([token.strip().lower() for token in tokens])
    twin = (words[:, None] == words[None, :]) & ~np.eye(len(words), dtype=bool)
    shares = (pattern * twin).sum(axis=1)[twin.any(axis=1)]
    return float(shares.mean()) if len(shares) else 0.0


@dataclass(frozen=True)
class Pattern:
    """Something that a head may do: how much of its attention does it, and what is said of it."""

    measure: Callable[[Floats, Sequence[str]], float]
    says: Mapping[str, str]


PATTERNS: dict[str, Pattern] = {
    "previous": Pattern(
        _previous,
        {
            "en": "Attention {l}, head {h}: {p} of it goes to the token before.",
            "ja": "アテンション {l} のヘッド {h}：{p} は一つ前のトークンに向きます。",
        },
    ),
    "first": Pattern(
        _first,
        {
            "en": "Attention {l}, head {h}: {p} of it goes to the first token.",
            "ja": "アテンション {l} のヘッド {h}：{p} は最初のトークンに向きます。",
        },
    ),
    "same word": Pattern(
        _same,
        {
            "en": "Attention {l}, head {h}: {p} of it goes to the same word elsewhere.",
            "ja": "アテンション {l} のヘッド {h}：{p} は別の所の同じ語に向きます。",
        },
    ),
    "itself": Pattern(
        _itself,
        {
            "en": "Attention {l}, head {h}: {p} of it stays with each token itself.",
            "ja": "アテンション {l} のヘッド {h}：{p} はそのトークン自身に向きます。",
        },
    ),
    "next": Pattern(
        _next,
        {
            "en": "Attention {l}, head {h}: {p} of it goes to the token after.",
            "ja": "アテンション {l} のヘッド {h}：{p} は一つ後のトークンに向きます。",
        },
    ),
}
"""What heads are chosen by; the share is a mean over the tokens that have such a place."""

KEENEST: Mapping[str, str] = {
    "en": "Attention {l}, head {h}: the most that one {one} gives to another is {p}.",
    "ja": "アテンション {l} のヘッド {h}：一つの相手に向く割合は、最大で {p} です。",
}


def choose_head(
    net: NetworkView, layer: int | None = None, head: int | str | None = None
) -> tuple[Head, Words] | None:
    """A head, and what is said of it; None where the run has no attention.

    Args:
        net: the run.
        layer: which attention, from 0; by default that of all which does most what is asked for.
        head: its number, from 0, or what it does (`PATTERNS`); by default the one that looks hardest at one
            token which is neither the first nor the one that looks.

    Raises:
        UserError: there is no such attention, head or pattern.
    """
    heads = list_heads(net)
    if not heads:
        if layer is not None or head is not None:
            raise UserError("no attention was recorded in this run, so no head can be chosen")
        return None
    heads = _narrow(heads, layer, head)
    tokens = net.token_labels
    if isinstance(head, str) and not head.isdecimal():
        pattern = PATTERNS[head]
        shares = [pattern.measure(one.pattern, tokens) for one in heads]
        says = pattern.says
    else:
        shares, says = [_keenness(one.pattern) for one in heads], KEENEST
    best = int(np.argmax(shares))
    chosen = heads[best]
    first = net.steps[0].output
    nodes = first in net.trace and net.trace.axes(first)[:1] == ("node",)
    one = "node" if nodes else "token"
    said = fill(says, l=chosen.layer + 1, h=chosen.number + 1, p=percent(shares[best]), one=one)
    return chosen, said


def _narrow(heads: Sequence[Head], layer: int | None, head: int | str | None) -> list[Head]:
    """The heads of one attention, or of one number."""
    if layer is not None:
        count = heads[-1].layer + 1
        if not 0 <= layer < count:
            raise UserError(f"there is no attention {layer}: the run has {count}, from 0")
        heads = [one for one in heads if one.layer == layer]
    if isinstance(head, str) and not head.isdecimal():
        if head not in PATTERNS:
            raise UserError(f"no head is chosen by {head!r}{nearest(head, PATTERNS)}")
    elif head is not None:
        count = max(one.number for one in heads) + 1
        heads = [one for one in heads if one.number == int(head)]
        if not heads:
            raise UserError(f"there is no head {head}: there are {count}, from 0")
    return list(heads)


def _keenness(pattern: Floats) -> float:
    """The largest share of one token that is neither the first nor the one that looks."""
    others = np.array(pattern, dtype=np.float64)
    others[:, 0] = 0.0
    if others.shape[0] == others.shape[1]:
        np.fill_diagonal(others, 0.0)
    return float(others.max()) if others.any() else float(np.max(pattern))
