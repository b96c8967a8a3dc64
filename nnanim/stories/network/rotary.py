"""Rotary positions: pairs of numbers that turn with their token (Su et al. 2021, eq. 34)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from nnanim.beats import Beat
from nnanim.layout import fits
from nnanim.marks import Cloud
from nnanim.stories.network.changes import tell_changes
from nnanim.stories.network.net import Floats, NetworkView
from nnanim.structure.layers import Layer
from nnanim.structure.titles import fill
from nnanim.words import Words

MAX_TOKENS = 6
"""Maximum number of tokens of which a pair is drawn before and after."""

MIN_TOKENS = 3
"""Fewer tokens than that would not show how the turn grows."""

APART = 0.22
"""Points that are named are so far from each other, in units of the largest number."""

NAMES: tuple[Words, ...] = ({"en": "before", "ja": "回す前"}, {"en": "after", "ja": "回した後"})

EVEN = {
    "en": "Rotary positions: this pair of numbers turns by {a:.1f}° more at each token.",
    "ja": "回転位置埋め込み：この二つの数の組は、トークンごとに {a:.1f}° ずつ多く回ります。",
}
UNEVEN: Words = {
    "en": "Rotary positions: a pair of numbers turns with the place of its token.",
    "ja": "回転位置埋め込み：二つの数の組が、トークンの位置に応じて回ります。",
}


def tell_rotary(net: NetworkView, run: Sequence[Layer]) -> Iterator[Beat] | None:
    """One pair of numbers of one head, before and after it turns; None for other steps."""
    layer = run[0]
    known = net.thing(layer.nodes[0])
    if known is None or known.kind != "rotary":
        return None
    before, after = net.part(known.source), net.value(layer.name)
    if "axis" in known.facts:
        before, after = _of_complex(net, layer.name, before, known.facts["axis"])
    if before is None or after is None or before.size != after.size:
        return None
    heads = [value.reshape(-1, *before.shape[-2:]) for value in (before, after)]
    tokens, width = before.shape[-2:]
    pair = (0, width // 2) if known.facts["halves"] else (0, 1)
    stage = _plane(layer, _choose_points([head[..., pair] for head in heads]), pair, tokens)
    if not fits(stage):
        return None
    turns = np.degrees(np.diff(known.facts["angles"][:, 0]))
    even = bool(len(turns) and np.ptp(turns) < 0.1)
    said = fill(EVEN, a=abs(float(turns.mean()))) if even else UNEVEN
    return chain([Beat(said, stage, id=f"{layer.name}-rotary")], tell_changes(net, layer))


def _choose_points(heads: Sequence[Floats]) -> list[Floats]:
    """(tokens, 2) before and after, of the head whose points lie furthest apart; fewer tokens if they crowd.

    Args:
        heads: (heads, tokens, 2) before and after.
    """
    for count in range(MAX_TOKENS, MIN_TOKENS - 1, -1):
        tried = [[values[:count] for values in two] for two in zip(*heads, strict=True)]
        apart = [_find_distance(two) for two in tried]
        if max(apart) >= APART:
            break
    return tried[int(np.argmax(apart))]


def _find_distance(points: Sequence[Floats]) -> float:
    """The smallest distance between two points that differ, in units of the largest number."""
    every = np.concatenate(points)
    far = np.linalg.norm(every[:, None] - every[None], axis=-1)
    reach = float(np.abs(every).max())
    stay = len(points[0])
    one, other = np.triu_indices(len(every), 1)
    kept = (other - one != stay) | (far[one, other] > 1e-6 * reach)  # a token that does not turn is one point
    return float(far[one, other][kept].min() / reach) if reach and kept.any() else 0.0


def _of_complex(
    net: NetworkView, name: str, before: Floats | None, axis: int
) -> tuple[Floats | None, Floats | None]:
    """(…, tokens, numbers) before and after, of pairs that are complex; ``axis`` counts the tokens."""
    whole = net.trace[name]
    if before is None or not np.isfinite(whole).all():
        return None, None
    first = len(whole) // net.batch * net.sample if net.sample_axis == 0 else 0
    pairs = np.stack([whole.real, whole.imag], axis=-1).reshape(*whole.shape[:-1], -1)
    turned = np.moveaxis(pairs, axis, -2)
    given = np.asarray(before, dtype=np.float64).reshape(pairs.shape[1:] if axis else pairs.shape)
    return np.moveaxis(given, axis - 1, -2), np.asarray(turned[first], dtype=np.float64)


def _plane(layer: Layer, points: Sequence[Floats], pair: tuple[int, int], count: int) -> Cloud:
    """Both numbers of a pair as places in a plane, before and after."""
    every = np.concatenate(points)
    reach = float(np.abs(every).max()) * 1.15
    numbers = tuple(f"{i + 1}" for i in range(len(points[0])))
    return Cloud(
        every,
        key=f"v:{layer.name}",
        groups=tuple(i // len(points[0]) for i in range(len(every))),
        names=NAMES,
        x_limits=(-reach, reach),
        y_limits=(-reach, reach),
        x_name=fill({"en": "number {n}", "ja": "{n} 番目の数"}, n=pair[0] + 1),
        y_name=fill({"en": "number {n}", "ja": "{n} 番目の数"}, n=pair[1] + 1),
        labels=numbers * 2,
        shown=len(points[0]),
        of=count,
        aspect=1.0,
    )
