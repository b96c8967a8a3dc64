"""What a normalisation did in a run: found by its recorded values, and said in its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnanim.stories.network.net import Floats, NetworkView
from nnanim.structure.kinds import is_norm
from nnanim.structure.known.formulas import agree, name_norm
from nnanim.structure.titles import fill
from nnanim.trace import Node
from nnanim.trace.operands import operand_values, recorded_values
from nnanim.words import Words

ROW: dict[str, Words] = {
    "row": {"en": "row 1", "ja": "1 行目"},
    "line": {"en": "the values", "ja": "値"},
    "place": {"en": "the first place of all maps", "ja": "全マップの最初の位置"},
    "group": {"en": "group 1 of {g} of the maps", "ja": "マップを {g} 組に分けた 1 組目"},
    "map": {"en": "map 1", "ja": "1 枚目のマップ"},
}
"""What is brought to one scale together: the first of it, of which numbers are given."""

CENTRED = {
    "en": "{t}: in {r}, mean {m:.2f} and spread {s:.2f} become 0 and 1{then}.",
    "ja": "{t}：{r}の平均 {m:.2f}、ばらつき {s:.2f} を、0 と 1 にします{then}。",
}
ROOT = {
    "en": "{t}: {r} is divided by its root mean square, {s:.2f}{then}.",
    "ja": "{t}：{r}を、二乗平均の平方根 {s:.2f} で割ります{then}。",
}
RUNNING = {
    "en": "{t}: map 1 less its usual mean, {m:.2f}, over its usual spread, {s:.2f}{then}.",
    "ja": "{t}：1 枚目から、ふだんの平均 {m:.2f} を引き、ふだんのばらつき {s:.2f} で割ります{then}。",
}
AGAIN = {
    "en": "{t} again: mean {m:.2f} and spread {s:.2f} to 0 and 1.",
    "ja": "{t}：平均 {m:.2f}、ばらつき {s:.2f} を、0 と 1 にします。",
}
ROOT_AGAIN = {"en": "{t} again: {r} divided by {s:.2f}.", "ja": "{t}：{r}を {s:.2f} で割ります。"}
THEN: dict[tuple[bool, bool], Words] = {
    (True, True): {"en": ", then scaled and shifted", "ja": "。そのあと重みを掛け、バイアスを足します"},
    (True, False): {"en": ", then scaled", "ja": "。そのあと重みを掛けます"},
    (False, True): {"en": ", then shifted", "ja": "。そのあとバイアスを足します"},
    (False, False): {"en": "", "ja": ""},
}


@dataclass(frozen=True)
class Normalization:
    """What a normalisation did in this run.

    Attributes:
        kind: its name: LayerNorm, RMSNorm, GroupNorm, InstanceNorm, BatchNorm.
        templates: the sentences for the first of its kind in a film, and for a later one.
        together: what is brought to one scale together, a key of `ROW`.
        groups: how many groups of maps there are.
        mean, spread: of the first of these, before.
        scaled, shifted: whether learned numbers follow.
    """

    kind: str
    templates: tuple[Mapping[str, str], Mapping[str, str]]
    together: str
    groups: int
    mean: float
    spread: float
    scaled: bool
    shifted: bool


def normalization_of(net: NetworkView, node: Node) -> Normalization | None:
    """What a call normalises, found by its recorded values; None where they do not agree with a formula."""
    taken = [one for one in node.operands if one.value]
    known = net.thing(node)
    given = operand_values(net.trace, taken[0]) if taken else None
    gave = recorded_values(net.trace, node.name)
    if given is None or gave is None or given.shape != gave.shape or given.ndim < 2:
        return None
    x, y = (np.asarray(one, dtype=np.float64) for one in (given, gave))
    if known is not None:
        found = (known.kind, dict(known.facts))
    else:
        held = _find_held(net, node)
        running = _running(net, node, x, y, held)
        match = None if running is not None else name_norm(x, y, list(held.items()), _epsilons(node))
        if match is None:
            return running
        found = match
    kind, facts = found
    if "axes" not in facts:
        return None
    centred = not kind.startswith("RMS")
    axes, groups = facts["axes"], facts["groups"]
    first = x[net.sample if net.sample_axis == 0 else 0][None]
    parted = first.reshape(1, groups, -1) if groups else first
    middle = parted.mean(axis=axes, keepdims=True) if centred else np.zeros(1)
    spread = np.sqrt(np.square(parted - middle).mean(axis=axes, keepdims=True))
    places = {"LayerNorm": "row", "RMSNorm": "row", "GroupNorm": "group", "InstanceNorm": "map"}
    together = "place" if axes == (1,) else places.get(kind, "row")
    together = "line" if together == "row" and x.ndim == 2 and net.sample_axis is not None else together
    templates = (CENTRED, AGAIN) if centred else (ROOT, ROOT_AGAIN)
    return Normalization(
        kind, templates, together, groups, float(middle.flat[0]), float(spread.flat[0]),
        "scale" in facts, "shift" in facts,
    )  # fmt: skip


def _epsilons(node: Node) -> list[float]:
    eps = node.setting("eps", None)
    return [float(eps)] if isinstance(eps, int | float) else []


def _find_held(net: NetworkView, node: Node) -> dict[str, Floats]:
    """Weights and buffers of the module that normalises, or of the call."""
    found: dict[str, Floats] = {}
    for held in (net.trace.parameters, net.trace.buffers):
        names = [f"{node.path}.{name}" for name in ("weight", "bias", "running_mean", "running_var")]
        names += [one.value for one in node.operands[1:]]
        found |= {name: np.asarray(held[name], dtype=np.float64) for name in names if name in held}
    return found


def _running(
    net: NetworkView, node: Node, x: Floats, y: Floats, held: dict[str, Floats]
) -> Normalization | None:
    """A batch normalisation that uses the means and spreads of its training (Ioffe and Szegedy 2015)."""
    named = {name.rpartition(".")[2]: one for name, one in held.items()}
    if not {"running_mean", "running_var"} <= named.keys() or len(named["running_mean"]) != x.shape[1]:
        return None
    wide = {name: one.reshape(-1, *(1,) * (x.ndim - 2)) for name, one in named.items() if one.ndim == 1}
    for eps in [*_epsilons(node), 1e-5, 1e-3]:
        made = (x - wide["running_mean"]) / np.sqrt(wide["running_var"] + eps)
        made = made * wide.get("weight", 1.0) + wide.get("bias", 0.0)
        if agree(made, y):
            mean, var = float(named["running_mean"][0]), float(named["running_var"][0])
            learned = ("weight" in named, "bias" in named)
            return Normalization(
                "BatchNorm", (RUNNING, RUNNING), "map", 0, mean, float(np.sqrt(var)), *learned
            )
    return None


def say_norm(net: NetworkView, node: Node) -> Words | None:
    """What a normalisation did, in a sentence; None where that is not known."""
    found = normalization_of(net, node) if is_norm(node.kind) else None
    if found is None:
        return None
    row = ROW[found.together]
    if found.together == "group" and not isinstance(row, str):
        row = fill(row, g=found.groups)
    then = THEN[found.scaled, found.shifted]
    template = found.templates[not net.is_first(f"norm {found.kind} {found.together}")]
    return fill(template, t=found.kind, r=row, m=found.mean, s=found.spread, then=then)
