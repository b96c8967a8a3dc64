"""What layers are called on the screen and in sentences."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from nnanim import words
from nnanim.structure.kinds import ARITHMETIC, COMPARISONS, HELD, WEIGHTED, is_random, plain_kind
from nnanim.structure.layers import Layer
from nnanim.structure.phrases import SHORT, SIGNS, TUNED, WRITTEN, constant_of, phrase, rounding_of, scale_of
from nnanim.trace import Graph, Node
from nnanim.trace.graph import call_path
from nnanim.words import FilledWords, Words

SYMBOLS: dict[str, Words] = {
    "add": "+", "sub": "−", "mul": "×", "div": "÷",
    "cat": {"en": "concat", "ja": "連結"},
    "stack": {"en": "stack", "ja": "積み重ね"},
    "matmul": {"en": "product", "ja": "行列積"},
    "bmm": {"en": "product", "ja": "行列積"},
    "masked_fill": {"en": "mask", "ja": "マスク"},
    "mean": {"en": "mean", "ja": "平均"},
    "getitem": {"en": "selection", "ja": "選択"},
    "cosine_similarity": {"en": "cosine", "ja": "コサイン"},
    "_pack_padded_sequence": {"en": "packing", "ja": "パック"},
    "rotary": {"en": "rotary", "ja": "回転位置"},
    "codebook": {"en": "codebook", "ja": "コードブック"},
    "experts": {"en": "experts", "ja": "エキスパート"},
    "unit length": {"en": "unit length", "ja": "長さ 1"},
}  # fmt: skip
"""How a function is written where it stands for itself."""

SPOKEN: dict[str, Words] = {
    "add": {"en": "the sum", "ja": "和"},
    "sub": {"en": "the difference", "ja": "差"},
    "mul": {"en": "the product", "ja": "積"},
    "div": {"en": "the quotient", "ja": "商"},
    "cat": {"en": "the concatenation", "ja": "連結"},
    "stack": {"en": "the stack", "ja": "積み重ね"},
    "matmul": {"en": "the matrix product", "ja": "行列の積"},
    "bmm": {"en": "the matrix product", "ja": "行列の積"},
    "masked_fill": {"en": "the mask", "ja": "マスク"},
    "mean": {"en": "the mean", "ja": "平均"},
    "getitem": {"en": "the selection", "ja": "選択"},
}
"""What a function gives, in a sentence."""

NOUNS: dict[str, Words] = {
    "+": {"en": "sum", "ja": "和"},
    "−": {"en": "difference", "ja": "差"},
    "×": {"en": "product", "ja": "積"},
    "÷": {"en": "quotient", "ja": "商"},
}
"""What stands above the value of an operation, and at its scale, where a sign would be read as one."""


def as_noun(title: Words) -> Words:
    """What a value is called that is the result of an operation: not by its sign."""
    return NOUNS.get(title, title) if isinstance(title, str) else title


RANDOM: Words = {"en": "random numbers", "ja": "乱数"}

DESCRIBED = ARITHMETIC | COMPARISONS.keys() | SHORT.keys() | TUNED.keys() | {"hardtanh", "floordivide"}
"""Kinds that are called by what they do to their one value."""

MAX_LETTERS = 16
"""Letters of a name on the screen, without its number."""

_CLASS, _WORD = re.compile(r"[A-Z][A-Za-z0-9]*"), re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*[a-z]?|\d+")

_BETWEEN = re.compile(r"(?<=[\u3000-\u30ff\u4e00-\u9fff]) (?=[\u3000-\u30ff\u4e00-\u9fff])")


def fill(template: Mapping[str, str], **values: Any) -> FilledWords:
    """As ``nnanim.words.fill``; in Japanese, a space stands only beside Latin letters and numbers."""
    said = words.fill(template, **values)
    if "ja" in said:
        said["ja"] = _BETWEEN.sub("", said["ja"])
    return said


def describe(graph: Graph, nodes: Sequence[Node], doubtful: Collection[str] = ()) -> Words:
    """Calls that follow each other, as they are read: ``BatchNorm2d + ReLU``; ``ReLU, then × 0.5``.

    Args:
        graph: of the run.
        nodes: the calls.
        doubtful: names of those that did something else than their kind says.
    """
    parts = [phrase(graph, node) for node in nodes]
    if not any(node.name in doubtful for node in nodes):
        # A plus between numbers with signs would be read as one.
        plain_names = all(
            part[:1].isalpha() and part[0] != "x" and not set(part) & set("(…−") for part in parts
        )
        if plain_names:
            return " + ".join(parts)
        return parts[0] if len(parts) == 1 else {"en": ", then ".join(parts), "ja": "、".join(parts)}
    names = ", ".join(node.kind for node in nodes)
    return {"en": f"further arithmetic ({names})", "ja": f"その他の計算（{names}）"}


def shorten_name(text: str) -> str:
    """A name cut to what can stand on a block: its end tells it from its neighbours.

    A class loses the first words of its name, most often the library's: ``TransformerEncoderLayer`` is
    "EncoderLayer"; all other names are cut in their middle.
    """
    if len(text) <= MAX_LETTERS:
        return text
    words_ = _WORD.findall(text) if _CLASS.fullmatch(text) else []
    for first in range(1, len(words_)):
        if len(short := "".join(words_[first:])) <= MAX_LETTERS and words_[first][0].isupper():
            return short
    end = 5
    return f"{text[: MAX_LETTERS - 1 - end]}…{text[-end:]}"


def label(node: Node, leaf: bool = True) -> Words:
    """What a call is called on the screen; a numbered ``leaf`` by its kind, a numbered block by its list."""
    if node.role == "input":
        if argument := node.setting("argument", ""):
            return shorten_name(argument)
        return {"en": "input", "ja": "入力"} if node.name == "input" else shorten_name(node.name)
    if node.role == "function" and is_random(node.kind):
        return words.noise if "randn" in node.kind or "normal" in node.kind else RANDOM
    if node.role == "function" and (scale := scale_of(node)):
        return f"{SYMBOLS[node.kind]} {scale} ×"
    if node.role == "function" and (rounding := rounding_of(node)):
        return f"{rounding}(÷)"
    if node.role == "function":
        return SYMBOLS.get(node.kind, shorten_name(WRITTEN.get(plain_kind(node.kind), node.kind)))
    call = node.name.removeprefix(call_path(node.name)).removeprefix("#")
    parts = node.path.split(".")
    name = parts[-1]
    if name.isdecimal():
        name = node.kind if leaf or len(parts) == 1 else f"{parts[-2]} {name}"
    return _cut_before(name, f" ({call})" if call else "")


def _number_kind(kind: str, number: int) -> str:
    """A kind with its number, which is not cut off."""
    return _cut_before(kind, f" {number}")


def _cut_before(name: str, after: str) -> str:
    return shorten_name(name) + after


def lone_modules(graph: Graph, names: Iterable[str]) -> dict[str, str]:
    """The outermost module that holds only one layer, by the layer's name; for those that have one."""
    inside: dict[str, set[str]] = {}
    for name in names:
        for around in graph.ancestors(name):
            inside.setdefault(around, set()).add(name)
    found = {name: [one for one in graph.ancestors(name) if inside[one] == {name}] for name in names}
    return {name: alone[-1] for name, alone in found.items() if alone}


def layer_titles(graph: Graph, found: Mapping[str, Layer], titles: Mapping[str, Words]) -> dict[str, Words]:
    """What every layer is called: as in ``titles``, by the module that holds only it, or by its own name."""
    inside: dict[str, set[str]] = {}
    for name in found:
        for around in graph.ancestors(name):
            inside.setdefault(around, set()).add(name)
    made: dict[str, Words] = {}
    for name, layer in found.items():
        alone = [around for around in graph.ancestors(name) if inside[around] == {name}]
        node = graph[alone[-1]] if alone else layer.nodes[0]
        own = next((titles[one] for one in (name, *alone) if one in titles), None)
        if layer.held and layer.role == "function" and own is None:
            own = shorten_name(_formula_of(graph, layer.nodes[-1].name))
        if own is None and not alone and layer.role == "function" and layer.kind in WEIGHTED:
            own = _name_of_weights(graph, layer)
        changes = layer.role == "function" and len(layer.takes) == 1 and plain_kind(layer.kind) in DESCRIBED
        if changes and own is None:
            # What follows is not in the name: "÷ 3 …" is what comes out in the end, "÷ 3" the first step.
            own = shorten_name(phrase(graph, layer.nodes[0]) + (" …" if layer.changes else ""))
        made[name] = own or label(node, leaf=not alone)
    for kind in {layer.kind for layer in found.values()}:
        same = [
            name
            for name, title in made.items()
            if title == shorten_name(kind) and name.split(".")[-1].isdecimal()
        ]
        for number, name in enumerate(same, start=1):
            made[name] = _number_kind(kind, number) if len(same) > 1 else made[name]
    return made | _again(made)


def _name_of_weights(graph: Graph, layer: Layer) -> Words | None:
    """A function by the weights that it uses: by the module that they are of, or by their own name."""
    node = layer.nodes[0]
    held = [
        call_path(one.value) for one in node.operands if one.value in graph and graph[one.value].role in HELD
    ]
    tables = [name for name in held if len(graph[name].shape) > 1] if all(n in graph for n in held) else held
    if not tables:
        return None
    owner, _, name = tables[0].rpartition(".")
    around = {call_path(one) for one in (*graph.ancestors(node.name), "")}
    if owner in around:
        return None if name == "weight" else shorten_name(name)
    parts = owner.split(".")
    return shorten_name(f"{parts[-2]} {parts[-1]}" if parts[-1].isdecimal() and len(parts) > 1 else parts[-1])


def _formula_of(graph: Graph, name: str) -> str:
    """What the model makes of its own values, as it is written: ``exp(scale)``, ``w × 0.5``."""
    if name not in graph or graph[name].role != "function":
        return call_path(name).rpartition(".")[2]
    node = graph[name]
    operands = [
        _formula_of(graph, one.value) if one.value else constant_of(graph, one) for one in node.operands
    ]
    sign = SIGNS.get(node.kind)
    if sign and len(operands) == 2:
        return f"{operands[0]} {sign} {operands[1]}"
    return f"{node.kind}({operands[0]})" if operands else node.kind


def _again(titles: Mapping[str, Words]) -> dict[str, Words]:
    """What later calls of numbered modules are called: as the first one, with their count."""
    found: dict[str, Words] = {}
    for name in titles:
        path, first = call_path(name), titles.get(call_path(name))
        count = name.removeprefix(path).removeprefix("#")
        if count and path.split(".")[-1].isdecimal() and isinstance(first, str):
            found[name] = _cut_before(first, f" ({count})")
    return found


def layer_words(layer: Layer, title: Words) -> Words:
    """A layer in a sentence: sums and the like by what they are, not by their sign."""
    return SPOKEN.get(layer.kind, title) if layer.role == "function" and not layer.held else title
