"""Sentences about operations, by kind, as templates in every language."""

from __future__ import annotations

from collections.abc import Mapping

from nnanim.structure.kinds import LENGTHS
from nnanim.words import Words

JOINS: Mapping[str, tuple[str, str]] = {
    "add": ("Sum of {a} and {b}.", "{a} と {b} を足します。"),
    "sub": ("Take {b} away from {a}.", "{a} から {b} を引きます。"),
    "mul": ("Product of {a} and {b}, value by value.", "{a} と {b} を、一つずつ掛けます。"),
    "div": ("Divide {a} by {b}, value by value.", "{a} を {b} で、一つずつ割ります。"),
    "cat": ("Set {a} and {b} side by side.", "{a} と {b} を並べます。"),
    "stack": ("Stack {a} and {b}.", "{a} と {b} を積み重ねます。"),
    "setitem": ("Write {b} over a part of {a}.", "{a} の一部を {b} で書きかえます。"),
    "maximum": ("Of {a} and {b}, the larger values.", "{a} と {b} の、大きいほうをとります。"),
    "minimum": ("Of {a} and {b}, the smaller values.", "{a} と {b} の、小さいほうをとります。"),
    "cosine_similarity": (
        "The cosine between {a} and {b}: 1 where they point the same way.",
        "{a} と {b} のコサイン類似度です。向きが同じなら 1 です。",
    ),
    **dict.fromkeys(
        ("cdist", "pairwise_distance"),
        ("How far {a} and {b} lie apart, row by row.", "{a} と {b} の、行どうしの距離です。"),
    ),
    "mse_loss": ("The mean square of how far {a} lies from {b}.", "{a} と {b} の差の、二乗の平均です。"),
    "l1_loss": ("The mean of how far {a} lies from {b}.", "{a} と {b} の差の、大きさの平均です。"),
    "cross_entropy": (
        "Cross entropy: how surprised {a} is by the true classes, {b}.",
        "交差エントロピー：正解 {b} が、{a} にとってどれだけ意外かです。",
    ),
    "outer": ("Every value of {a} times every value of {b}.", "{a} の値と {b} の値を、総当たりで掛けます。"),
    "dot": ("{a} times {b}, value by value, added up.", "{a} と {b} を一つずつ掛けて足します。"),
    "getitem": (
        "Of {a}, the values at the places that {b} names.",
        "{a} から、{b} が示す場所の値をとります。",
    ),
    **dict.fromkeys(
        ("or", "logical_or", "bitwise_or"),
        ("1 where {a} or {b} holds, else 0.", "{a} か {b} が成り立つ所は 1、ほかは 0 です。"),
    ),
    **dict.fromkeys(
        ("and", "logical_and", "bitwise_and"),
        ("1 where {a} and {b} both hold, else 0.", "{a} と {b} がともに成り立つ所は 1、ほかは 0 です。"),
    ),
    "gather": (
        "Of {a}, the values at the places that {b} names.",
        "{a} から、{b} が示す場所の値をとります。",
    ),
    "grid_sample": ("{a}, read at the places that {b} names.", "{a} を、{b} が示す場所で読みます。"),
    "lerp": ("A mixture of {a} and {b}.", "{a} と {b} を混ぜた値です。"),
    **dict.fromkeys(
        ("matmul", "mm", "bmm"),
        (
            "Matrix product of {a} and {b}: rows times columns.",
            "{a} と {b} の行列の積です。行と列を掛けて足します。",
        ),
    ),
}
"""What is said of two values that become one."""

GATHER = {
    "en": "Each node adds up what its neighbours send: its row of {a} says which.",
    "ja": "各ノードは隣から届く値を足します。どれを足すかは {a} の行が示します。",
}
"""What is said of a product with a table of who is linked to whom."""

MANY: Mapping[str, Mapping[str, str]] = {
    "cat": {"en": "Set {n} values side by side.", "ja": "{n} 個の値を並べます。"},
    "stack": {"en": "Stack {n} values.", "ja": "{n} 個の値を積み重ねます。"},
    "add": {"en": "{n} values are added: {all}.", "ja": "{n} 個の値を足します：{all}。"},
    "": {"en": "{t} of {all}.", "ja": "{all} の {t} です。"},
}
"""What is said of more values than two, or of a call that has no word of its own."""

ALTERED: Mapping[str, tuple[str, str]] = {
    "add": ("Add {c} × {b} to {a}.", "{a} に、{c} × {b} を足します。"),
    "sub": ("Take {c} × {b} away from {a}.", "{a} から、{c} × {b} を引きます。"),
    "floor": ("Divide {a} by {b}, and round down.", "{a} を {b} で割り、切り下げます。"),
    "trunc": (
        "Divide {a} by {b}, and cut off the decimals.",
        "{a} を {b} で割り、小数を切り捨てます。",
    ),
}  # fmt: skip
"""What is said of two ways where the second one is scaled, or their quotient rounded."""

CHOICES = {"where": (0, 1, 2), "masked_fill": (1, 2, 0)}
"""Which arguments say where, what there, and what elsewhere."""

WHERE: Mapping[str, Words] = {
    "max": {"en": "largest value", "ja": "最大"},
    "min": {"en": "smallest value", "ja": "最小"},
}
"""Kinds of which the second output alone may be used: where a value was found."""

SINGLE: Mapping[str, tuple[str, str]] = {
    "softmax": ("{t} makes shares of them that add up to one.", "{t} が、合計 1 の割合にします。"),
    "softmax 0": (
        "{t}: at each place, the shares of all samples add up to one.",
        "{t}：どの位置でも、全サンプルの割合を足すと 1 です。",
    ),
    "softmax -1": (
        "{t}: shares that add up to one along that axis.",
        "{t}：その軸で足すと 1 になる割合です。",
    ),
    "setitem": ("A part of these values is overwritten.", "値の一部を書きかえます。"),
    "cat": ("{t}: of one value alone, so it stays.", "{t}：値が一つなので、そのままです。"),
    **dict.fromkeys(
        ("to", "type", "typeas", "long", "int", "short"),
        ("{t}: what stands after the point is cut off.", "{t}：小数点以下を切り捨てます。"),
    ),
    "bool": ("{t}: 1 where a value is not 0, else 0.", "{t}：0 でない所は 1、ほかは 0 です。"),
    **dict.fromkeys(
        ("not", "logicalnot", "bitwisenot", "invert"),
        ("{t}: 0 and 1 change places.", "{t}：0 と 1 を入れかえます。"),
    ),
    "argmax": ("{t}: where the largest value stands.", "{t}：最大の値の位置です。"),
    "argmin": ("{t}: where the smallest value stands.", "{t}：最小の値の位置です。"),
    "gumbelsoftmax": (
        "{t}: noise is added; shares follow that add up to one.",
        "{t}：ノイズを足し、合計 1 の割合にします。",
    ),
    "argsort": ("{t}: the places of the values, sorted by size.", "{t}：大きさの順に並べた位置です。"),
    "sort": ("{t}: the values, sorted by size.", "{t}：大きさの順に並べます。"),
    "topk": ("{t}: the largest values.", "{t}：大きい値を選びます。"),
    "onehot": ("{t}: 1 at the place of the number, else 0.", "{t}：番号の位置だけ 1、ほかは 0 です。"),
    "mean": ("{t}: the average of these values.", "{t}：値の平均です。"),
    "sum": ("{t}: these values are added up.", "{t}：値を足し合わせます。"),
    "prod": ("{t}: these values are multiplied.", "{t}：値を掛け合わせます。"),
    "cumsum": ("{t}: at each place, the sum up to there.", "{t}：そこまでの和です。"),
    "std": ("{t}: how far the values spread.", "{t}：値のばらつきです。"),
    "var": ("{t}: the square of how far the values spread.", "{t}：値のばらつきの二乗です。"),
    "logsumexp": ("{t}: a smooth largest value.", "{t}：なめらかな最大値です。"),
    "squash": (
        "{t}: each vector keeps its direction; its length ends below 1.",
        "{t}：向きはそのままで、長さを 1 より短くします。",
    ),
    "unit length": (
        "{t}: each vector is divided by its length, which becomes 1.",
        "{t}：ベクトルを自分の長さで割り、長さを 1 にします。",
    ),
    "pad": ("{t}: a frame of further cells around the values.", "{t}：値のまわりにセルを足します。"),
    "packpaddedsequence": (
        "{t}: steps that are only padding are left out.",
        "{t}：埋めただけの時刻を除きます。",
    ),
    "cumprod": ("{t}: at each place, the product up to there.", "{t}：そこまでの積です。"),
    "histc": ("{t}: how many values fall into each part.", "{t}：区間ごとの個数です。"),
    "copy": ("{t}: the same values once more.", "{t}：同じ値の写しです。"),
    "clone": ("{t}: the same values once more.", "{t}：同じ値の写しです。"),
    "flip": ("{t}: the same values in reverse order.", "{t}：値を逆の順に並べます。"),
    "roll": ("{t}: the same values, moved along.", "{t}：値をずらして並べます。"),
    "getitem": ("{t}: values from chosen places.", "{t}：選んだ位置の値です。"),
    "bernoulli": (
        "Drawn at random: 1 with these probabilities, else 0.",
        "この確率で 1、ほかは 0 を引きます。",
    ),
    **dict.fromkeys(
        LENGTHS, ("{t}: the length of these values as a vector.", "{t}：ベクトルとしての長さです。")
    ),
}
"""What is said of a call of one value, by its kind."""

DROPPED = {
    "en": "{t}: some values become 0, the others grow for it.",
    "ja": "{t}：一部を 0 にし、残りをその分大きくします。",
}

DROPPED_COUNT = {
    "en": "{t}, in training: {n} of {m} values become 0, the others are multiplied by {f:.2f}.",
    "ja": "{t}（学習中）：{m} 個のうち {n} 個を 0 にし、残りを {f:.2f} 倍します。",
}
