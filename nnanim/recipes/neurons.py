"""Recipes about neurons and weights, on a network of three layers that reads two lengths of iris flowers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.data import iris
from nnanim.marks import (
    Bars,
    Column,
    Curve,
    Formula,
    Grid,
    Row,
    Surface,
    Text,
    Units,
    View,
    Wires,
    arrange_multiples,
    round_up,
)
from nnanim.motions import Flow, Relay, Sweep
from nnanim.recipes.base import recipe
from nnanim.stories.equations import Term, equation
from nnanim.trace import Trace
from nnanim.words import fill

MODEL = "iris-2-3-1"
FLOWERS = [112, 97, 133]
NAMES = (iris.NAMES["petal length"], iris.NAMES["petal width"])
LIMITS = ((2.5, 7.5), (0.5, 3.0))  # of the two lengths, in cm
OFF = 1  # the hidden neuron that is switched off
NEURON = {"en": "neuron {n}", "ja": "ニューロン {n}"}
FLOWER = {"en": "flower {n}", "ja": "花 {n}"}
SURE = {"en": "virginica", "ja": "バージニカ"}
Runs = Mapping[str, Trace]


def example(lang: str) -> Runs:
    """The network's runs: on three flowers, along one length, all over the plane, with a neuron off."""
    import torch

    from nnanim import models
    from nnanim.recording import record

    network, flowers = models.load(MODEL), iris.measurements(FLOWERS)
    x, y = (np.linspace(*ends, 41) for ends in LIMITS)
    along = np.column_stack([x, np.full(41, flowers[0, 1])])
    inputs = {"run": flowers, "sweep": along, "plane": np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)}
    runs = {name: record(network, one, name=MODEL, seed=0) for name, one in inputs.items()}
    # The gradient of a loss by everything on the way; before an answer's sigmoid, that of −log is its error.
    back = record(network, flowers[2:], name=MODEL, seed=0, gradients=lambda y: -y.log().sum())
    kept = torch.diag(torch.tensor([float(place != OFF) for place in range(3)]))
    gate = torch.nn.Linear(3, 3, bias=False).requires_grad_(False)
    gate.weight.copy_(kept)
    network.hidden_activation = torch.nn.Sequential(network.hidden_activation, gate)
    off = record(network, flowers, name=f"{MODEL}, one neuron off", seed=0)
    dropout = torch.nn.Sequential(OrderedDict(values=torch.nn.Identity(), dropout=torch.nn.Dropout(0.5)))
    dropped = record(
        dropout.train(), runs["run"]["hidden_activation"].copy(), name="dropout, p = 0.5", seed=0
    )
    return {**runs, "off": off, "dropped": dropped, "back": back}


def draw_net(trace: Trace, flower: int = 0, mark: str = "", off: tuple[int, ...] = ()) -> list[Any]:
    """The three layers and their wires, as a flower left them; ``mark`` tells several apart."""
    x, h, o = f"x{mark}", f"h{mark}", f"o{mark}"
    weights = [trace.parameters[name] for name in ("hidden.weight", "answer.weight")]
    limit = round_up(max(np.abs(one).max() for one in weights))
    hidden, answer = trace["hidden_activation"][flower], trace["output"][flower]
    return [
        Units(trace["input"][flower], NAMES, key=x, limit=8, digits=1),
        Wires(weights[0], x, h, key=f"w{mark}", limit=limit),
        Units(hidden, key=h, limit=1, off=off, means=words.activation),
        Wires(weights[1], h, o, key=f"v{mark}", limit=limit),
        Units(answer, (SURE,), key=o, limit=1, side="right", means=words.activation),
    ]


@recipe("What is one neuron's sum made of?", "ニューロン一つの和は、何でできている？",
        "sum weighted neuron formula terms product bias 和 重み 積 バイアス 式")  # fmt: skip
def add_terms(runs: Runs) -> Iterator[Beat]:
    run = runs["run"]
    x, w = run["input"][0], run.parameters["hidden.weight"][0]
    b, z = float(run.parameters["hidden.bias"][0]), float(run["hidden"][0, 0])
    roles = ["positive" if one >= 0 else "negative" for one in w]
    terms = [Term(float(one), role) for role, one in zip(roles, w * x, strict=True)]
    bars = Bars(np.array([*(w * x), b]), (*NAMES, words.bias), key="terms")
    yield Beat(
        {"en": "Each input times its weight. What is the sum?", "ja": "入力に重みを掛けます。足すといくつ？"},
        bars,
        asks=True,
    )
    yield Beat(
        fill({"en": "All added: {z:.2f}.", "ja": "すべて足すと {z:.2f} です。"}, z=z),
        Column(bars, Formula(equation([*terms, Term(b)], z), key="sum")),
        born={"sum": From("terms")},
    )


@recipe("How do I write the weights on the wires of one neuron?", "一つのニューロンの線に重みを書くには？",
        "weights numbers wires bias sum neuron 重み 数 線 バイアス 和")  # fmt: skip
def write_weights(runs: Runs) -> Iterator[Beat]:
    run = runs["run"]
    x, z = run["input"][0], run["hidden"][0, :1]
    limit = round_up(max(np.abs(x).max(), np.abs(z).max()))
    wires = Wires(run.parameters["hidden.weight"][:1], "x", "z", key="w", numbers=True)
    yield Beat(
        fill({"en": "Weighted and added, with the bias {b:.2f}: {z:.2f}.",
              "ja": "重みを掛けて足し、バイアス {b:.2f} も足すと {z:.2f}。"},
             b=float(run.parameters["hidden.bias"][0]), z=float(z[0])),
        Row(Units(x, NAMES, key="x", limit=limit), wires,
            Units(z, ({"en": "sum", "ja": "和"},), key="z", limit=limit, side="right")),
        motion=Flow("w", run.contributions("hidden", units=(0,)).terms, x, numbers=True),
    )  # fmt: skip


@recipe("How do signals run through one layer?", "信号は層をどう進む？",
        "signals flow wires layer linear 信号 流れ 線 層 全結合")  # fmt: skip
def run_signals(runs: Runs) -> Iterator[Beat]:
    run = runs["run"]
    x, wires, hidden, *_ = draw_net(run)
    yield Beat(
        {"en": "Each number sets out along every wire.", "ja": "どの数も、すべての線に分かれて進みます。"},
        Row(x, wires, hidden),
        motion=Flow("w", run.contributions("hidden").terms, run["input"][0]),
    )


@recipe("How do I follow a single neuron?", "一つのニューロンだけを追うには？",
        "zoom camera view one neuron follow ズーム カメラ 追う 一つ")  # fmt: skip
def follow_neuron(runs: Runs) -> Iterator[Beat]:
    run = runs["run"]
    x, wires, hidden, *_ = draw_net(run)
    yield Beat(
        {"en": "At this neuron, two signals meet.", "ja": "このニューロンで、二つの信号が出会います。"},
        Row(x, wires, hidden),
        motion=Flow("w", run.contributions("hidden").terms, run["input"][0], only=1),
        view=View("h", 1, fills=1 / 3, at=(0.7, 0.5)),
    )


@recipe("How does the whole network compute, layer after layer?", "ネットワーク全体は、どう計算する？",
        "forward pass layers relay network 順伝播 層 全体")  # fmt: skip
def pass_forward(runs: Runs) -> Iterator[Beat]:
    run = runs["run"]
    hidden, answer = run.contributions("hidden"), run.contributions("answer")
    yield Beat(
        {"en": "Layer by layer, the signals come to an answer.", "ja": "層から層へ進み、答えになります。"},
        Row(*draw_net(run)),
        motion=Relay((Flow("w", hidden.terms, run["input"][0]),
                      Flow("v", answer.terms, run["hidden_activation"][0]))),
    )  # fmt: skip


@recipe("How does the error go back to a weight?", "誤差は、どうやって重みまで戻る？",
        "backpropagation backward chain rule gradient error slope 誤差逆伝播 逆向き 連鎖律 勾配 誤差")  # fmt: skip
def send_back(runs: Runs) -> Iterator[Beat]:
    run, slope = runs["back"], runs["back"].gradients
    x, _, _, wires, _ = draw_net(run)
    error, means = slope["answer"][0], words.gradient
    h, o = (
        Units(slope[name][0], key=key, limit=2, side="right", means=means)
        for key, name in (("h", "hidden_activation"), ("o", "answer"))
    )
    yield Beat(
        fill({"en": "It says {p:.2f}, not 1: the error {e:.2f} goes back, times each weight.",
              "ja": "出力は {p:.2f}。1 との誤差 {e:.2f} が、重みを掛けて戻ります。"},
             p=float(run["output"][0, 0]), e=float(error[0])),
        Row(h, wires, o),
        motion=Flow("v", wires.weights * error[:, None], error, backward=True, numbers=True),
    )  # fmt: skip
    h = Units(slope["hidden"][0], key="h", limit=2, side="right", means=means)
    steep = Wires(slope["hidden.weight"], "x", "h", key="steep", numbers=True, means=means)
    yield Beat(
        fill({"en": "A weight's gradient: its input {x:.2f}, times the error at its sum, {e:.2f}.",
              "ja": "重みの勾配は、入力 {x:.2f} に、和での誤差 {e:.2f} を掛けたものです。"},
             x=float(x.values[0]), e=float(h.values[0])),
        Row(x, steep, h), pulse=("steep", 0, 0), born={"steep": From("h")},
    )  # fmt: skip


@recipe("What does the activation do to a sum?", "活性化関数は、和をどう変える？",
        "activation sigmoid curve nonlinear 活性化 シグモイド 曲線 非線形")  # fmt: skip
def bend_sum(runs: Runs) -> Iterator[Beat]:
    z, a = (float(runs["run"][name][1, 0]) for name in ("hidden", "hidden_activation"))
    x = np.linspace(-6, 6, 121)
    yield Beat(
        fill({"en": "The sum {z:.2f} becomes {a:.2f}.", "ja": "和 {z:.2f} は {a:.2f} になります。"}, z=z, a=a),
        Curve(x, 1 / (1 + np.exp(-x)), key="curve", point=(z, a), x_limits=(-6, 6), y_limits=(0, 1),
              x_name={"en": "sum z", "ja": "和 z"}, y_name="σ(z)"),
        given=("curve.y",),
    )  # fmt: skip


@recipe("Which weight is the strongest?", "いちばん強い重みは？",
        "weight strongest pulse point wire 重み 強い 指す")  # fmt: skip
def find_strongest(runs: Runs) -> Iterator[Beat]:
    x, wires, hidden, *_ = draw_net(runs["run"])
    strongest = tuple(int(i) for i in np.unravel_index(np.abs(wires.weights).argmax(), wires.weights.shape))
    yield Beat(
        fill({"en": "The strongest weight is {w:.1f}.", "ja": "いちばん強い重みは {w:.1f} です。"},
             w=float(wires.weights[strongest])),
        Row(x, wires, hidden),
        pulse=("w", *strongest),
    )  # fmt: skip


@recipe("How do two inputs differ inside?", "二つの入力は、中でどう違う？",
        "compare two inputs side by side 比べる 二つ 入力 並べる")  # fmt: skip
def compare_inputs(runs: Runs) -> Iterator[Beat]:
    run = runs["run"]
    nets = [Row(*draw_net(run, flower, f"{flower}")) for flower in (0, 1)]
    yield Beat(
        fill({"en": "The same weights: {a:.0%} for one flower, {b:.0%} for the other.",
              "ja": "同じ重みで、一方は {a:.0%}、もう一方は {b:.0%} です。"},
             a=float(run["output"][0, 0]), b=float(run["output"][1, 0])),
        Column(*nets, gap=0.7),
    )  # fmt: skip


@recipe("What do all inputs look like inside, at a glance?", "全部の入力の中身を一目で見るには？",
        "grid activations heatmap batch samples 活性 マス 一覧 バッチ")  # fmt: skip
def list_activations(runs: Runs) -> Iterator[Beat]:
    run = runs["run"]
    hidden, rows = run["hidden_activation"], tuple(fill(FLOWER, n=n) for n in FLOWERS)
    inputs = Grid(run["input"], rows, NAMES, key="inputs", limit=8, digits=1, means={"en": "cm", "ja": "cm"})
    columns = tuple(f"h{n + 1}" for n in range(hidden.shape[1]))
    inside = Grid(hidden, columns=columns, key="hidden", limit=1, digits=2, means=words.activation)
    yield Beat({"en": "Three flowers, one a row.", "ja": "三つの花、行が一つの花です。"}, inputs)
    yield Beat(
        {
            "en": "Beside each flower, what the hidden neurons make of it.",
            "ja": "花ごとの、隠れニューロンの値です。",
        },
        Row(inputs, inside),
        born={"hidden": From("inputs")},
    )


@recipe("What happens when a neuron is switched off?", "ニューロンを一つ休ませると？",
        "ablation off dropout remove neuron cross 休む 切る 除く 切除")  # fmt: skip
def switch_off(runs: Runs) -> Iterator[Beat]:
    whole, off = runs["run"], runs["off"]
    before, after = (float(one["output"][0, 0]) for one in (whole, off))
    yield Beat(
        {"en": "All neurons at work.", "ja": "全部のニューロンが働いています。"}, Row(*draw_net(whole))
    )
    yield Beat(
        fill({"en": "Without one of them, {a:.0%} becomes {b:.0%}.", "ja": "一つ休むと、{a:.0%} が {b:.0%} に。"},
             a=before, b=after),
        Row(*draw_net(off, off=(OFF,))),
    )  # fmt: skip


@recipe("What does dropout do to the values that stay?", "ドロップアウトで残った値はどうなる？",
        "dropout double scale mask train kept ドロップアウト 二倍 マスク 学習 残る")  # fmt: skip
def double_kept(runs: Runs) -> Iterator[Beat]:
    before, after = runs["dropped"]["values"][0], runs["dropped"]["output"][0]
    limit = round_up(max(np.abs(before).max(), np.abs(after).max()))
    names = tuple(fill(NEURON, n=place + 1) for place in range(len(before)))
    one, gone = int(np.flatnonzero(after)[0]), tuple(map(int, np.flatnonzero(after == 0)))

    def stage(values: Any, off: tuple[int, ...]) -> Row:
        return Row(Units(values, names, key="layer", limit=limit, off=off, means=words.activation),
                   Bars(values, names, key="values", limit=limit))  # fmt: skip

    yield Beat(
        {
            "en": "A layer in training. Dropout switches some neurons off.",
            "ja": "学習中の層。ドロップアウトで一部を休ませます。",
        },
        stage(before, ()),
    )
    yield Beat(
        fill({"en": "What stays is divided by 1 − p: {a:.2f} becomes {b:.2f}.",
              "ja": "残った値は 1 − p で割ります。{a:.2f} が {b:.2f} に。"},
             a=float(before[one]), b=float(after[one])),
        stage(after, gone),
    )  # fmt: skip


@recipe("How does the answer depend on one input?", "一つの入力で、答えはどう変わる？",
        "slider sweep curve sensitivity input スライダー 感度 曲線 入力")  # fmt: skip
def vary_input(runs: Runs) -> Iterator[Beat]:
    sweep = runs["sweep"]
    lengths, answers = sweep["input"][:, 0], sweep["output"][:, 0]
    yield Beat(
        fill({"en": "From {a:.0%} to {b:.0%}, as the petal grows.", "ja": "花びらが長くなると、{a:.0%} から {b:.0%} へ。"},
             a=float(answers[0]), b=float(answers[-1])),
        Curve(lengths, answers, key="answer", y_limits=(0, 1),
              x_name=fill({"en": "{n} (cm)", "ja": "{n} (cm)"}, n=NAMES[0]), y_name=SURE),
    )  # fmt: skip


@recipe("How do I show a slider's effect without a slider?", "スライダーなしで変化を見せるには？",
        "slider small multiples several settings grid of pictures 小さな図 並べる スライダー")  # fmt: skip
def multiply_views(runs: Runs) -> Iterator[Beat]:
    sweep = runs["sweep"]
    marks = [
        Units(sweep["hidden_activation"][i], key=f"h{i}", limit=1, means=words.activation,
              label=fill({"en": "{n:.1f} cm", "ja": "{n:.1f} cm"}, n=float(sweep["input"][i, 0])))
        for i in (0, 13, 27, 40)
    ]  # fmt: skip
    yield Beat(
        {
            "en": "The hidden layer for longer and longer petals.",
            "ja": "花びらが長いほど、隠れ層はこう変わります。",
        },
        arrange_multiples(marks, words.hidden_layer),
    )


@recipe("What does the network answer everywhere?", "あらゆる入力への答えを一枚で見るには？",
        "decision boundary map plane surface regions 決定境界 地図 平面 領域")  # fmt: skip
def map_answers(runs: Runs) -> Iterator[Beat]:
    plane = runs["plane"]["output"].reshape(41, 41)
    yield Beat(
        {"en": "On the line, the network cannot decide.", "ja": "線の上では、どちらとも決められません。"},
        Surface(
            plane,
            key="map",
            x_limits=LIMITS[0],
            y_limits=LIMITS[1],
            role="kinds",
            levels=(0.5,),
            means=SURE,
            points=runs["run"]["input"],
            groups=(1, 0, 1),
            x_name=NAMES[0],
            y_name=NAMES[1],
        ),
    )


@recipe("How is a matrix product computed, cell by cell?", "行列の積は、一マスずつどう計算する？",
        "matrix multiplication product cell dot 行列 積 内積 マス")  # fmt: skip
def multiply_matrices(runs: Runs) -> Iterator[Beat]:
    run = runs["run"]
    weight, x = run.parameters["hidden.weight"], run["input"][:1].T
    product = np.asarray(weight, dtype=float) @ x
    limit = round_up(max(np.abs(product).max(), np.abs(weight).max(), x.max()))
    yield Beat(
        {"en": "Row times column: one cell of the product.", "ja": "行 × 列で、積の一マスになります。"},
        Row(Grid(weight, key="W", label="W", limit=limit, digits=1), Text("×", key="times", size="large"),
            Grid(x, key="x", label="x", limit=limit, digits=1), Text("=", key="equals", size="large"),
            Grid(product, key="Wx", label="W x", limit=limit, digits=1)),
        motion=Sweep("W", window=(1, 2), reveals="Wx", slow=2),
    )  # fmt: skip
