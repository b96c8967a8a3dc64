"""Recipes about answers, mistakes and what many pictures have in common, on a dense classifier of digits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import From
from nnanim.data import digits
from nnanim.marks import (
    Bars,
    Cloud,
    Column,
    Curve,
    Grid,
    Histogram,
    Picture,
    Row,
    arrange_multiples,
    modify,
    round_up,
)
from nnanim.motions import Playback
from nnanim.recipes.base import recipe
from nnanim.trace import Trace
from nnanim.words import fill
from nnanim.words.numerals import percent

MODEL = "digits-64-16-10"
NAMES = tuple(str(digit) for digit in range(10))
RIGHT = digits.labels(digits.split()[1])  # the digit in each held-out picture
Runs = Mapping[str, Trace]
ANSWER = {"en": "answer", "ja": "答え"}


def example(lang: str) -> Runs:
    """The run on all held-out pictures, with slopes by the pixels; and what was counted of it."""
    from nnanim import models
    from nnanim.recording import record

    pictures = digits.images(digits.split()[1]).reshape(-1, 64) / digits.HIGHEST
    run = record(models.load(MODEL), pictures, name=MODEL, seed=0, gradients=lambda y: y.amax(dim=1).sum())
    said, table = run["output"].argmax(axis=1), np.zeros((10, 10))
    np.add.at(table, (RIGHT, said), 1)
    counts = {
        "table": table,
        "rates": table.diagonal() / table.sum(axis=1),
        "hits": said == RIGHT,
        "active": (run["hidden_activation"] > 0).mean(axis=0),
    }
    return {
        "run": run,
        "counts": Trace.of({name: np.asarray(one, dtype=float) for name, one in counts.items()}),
    }


def draw_digit(trace: Trace, place: int, key: str = "picture", label: words.Words | None = None) -> Picture:
    """A held-out picture."""
    return Picture(trace["input"][place].reshape(8, 8), key=key, label=label)


def find_mistakes(trace: Trace) -> np.ndarray:
    """Places of the pictures that are read wrongly, the surest first."""
    wrong = np.flatnonzero(trace["output"].argmax(axis=1) != RIGHT)
    return wrong[np.argsort(-trace["output"][wrong].max(axis=1), kind="stable")]


@recipe("How does a picture become numbers?", "絵はどうやって数になる？",
        "input pixels picture numbers flatten 画素 入力 数 絵")  # fmt: skip
def read_pixels(runs: Runs) -> Iterator[Beat]:
    trace = runs["run"]
    picture = draw_digit(trace, 0)
    yield Beat({"en": "A digit, as a person sees it.", "ja": "人が見る数字です。"}, picture)
    yield Beat(
        {"en": "As the network gets it: a number a pixel.", "ja": "ネットワークには、画素ごとの数です。"},
        Row(picture, Grid(picture.pixels, key="numbers", digits=1, limit=1, role="grey", means=words.pixel)),
        born={"numbers": From("picture")},
    )


@recipe("How sure is the network of its answer?", "ネットワークは、どれくらい自信がある？",
        "answer probability softmax bars confidence 確率 答え 自信")  # fmt: skip
def show_answer(runs: Runs) -> Iterator[Beat]:
    trace = runs["run"]
    output = trace["output"][0]
    best = int(output.argmax())
    yield Beat(
        fill(
            {"en": "It says {c}, with {p:.0%}.", "ja": "{p:.0%} で「{c}」と答えます。"},
            c=NAMES[best],
            p=float(output[best]),
        ),
        Row(
            draw_digit(trace, 0), Bars(output, NAMES, key="answer", limit=1, percent=True, highlight=(best,))
        ),
    )


@recipe("How do scores become probabilities?", "スコアはどうやって確率になる？",
        "softmax logits scores probabilities 確率 スコア ソフトマックス")  # fmt: skip
def turn_scores(runs: Runs) -> Iterator[Beat]:
    trace = runs["run"]
    scores, output = trace["answer"][0], trace["output"][0]
    yield Beat(
        {"en": "Softmax turns scores into shares of one.", "ja": "softmax が、スコアを合計 1 の割合に変えます。"},
        Row(Bars(scores, NAMES, key="scores", digits=1, label=words.score, means=words.score,
                 limit=round_up(np.abs(scores).max())),
            Bars(output, NAMES, key="answer", limit=1, percent=True, label=words.softmax)),
    )  # fmt: skip


@recipe("What does the temperature of a softmax change?", "softmax の温度は何を変える？",
        "temperature softmax sharp flat 温度 ソフトマックス")  # fmt: skip
def change_temperature(runs: Runs) -> Iterator[Beat]:
    trace = runs["run"]
    scores, marks = np.asarray(trace["answer"][0], dtype=float), []
    for heat in (0.5, 1.0, 4.0):
        shares = np.exp((scores - scores.max()) / heat)
        marks.append(
            Bars(shares / shares.sum(), NAMES, key=f"t{heat}", limit=1, percent=True, label=f"T = {heat:g}")
        )
    yield Beat(
        {
            "en": "Hotter means flatter: the same scores each time.",
            "ja": "温度を上げると平らに。スコアは同じです。",
        },
        arrange_multiples(marks, words.temperature),
        given=tuple(f"{mark.key}.label" for mark in marks),
    )


@recipe("How do I show only the best few of many answers?", "多くの答えから上位だけ見せるには？",
        "top k best bars many answers of 上位 一部 答え")  # fmt: skip
def keep_best(runs: Runs) -> Iterator[Beat]:
    trace = runs["run"]
    place = int(find_mistakes(trace)[0])
    output = trace["output"][place]
    best = np.argsort(-output)[:3]
    picture = draw_digit(trace, place)
    yield Beat({"en": "Which digit is it?", "ja": "どの数字でしょう？"}, picture, asks=True)
    yield Beat(
        {"en": "Its three best guesses.", "ja": "上位三つの答えです。"},
        Row(picture, Bars(output[best], tuple(NAMES[i] for i in best), key="best", limit=1, percent=True,
                          of=len(output))),
    )  # fmt: skip


@recipe("What does a mistake look like, and why is it made?", "まちがいはどんなもの？ なぜ起きる？",
        "mistake error wrong why saliency 誤り まちがい なぜ")  # fmt: skip
def explain_mistake(runs: Runs) -> Iterator[Beat]:
    trace = runs["run"]
    place = int(find_mistakes(trace)[0])
    output, right = trace["output"][place], int(RIGHT[place])
    said = int(output.argmax())
    shares = trace.contributions("answer", place)
    pull = shares.terms[said] - shares.terms[right]
    most = np.sort(np.argsort(-np.abs(pull))[:6])
    yield Beat(
        fill(
            {"en": "A {r}, read as a {s}.", "ja": "「{r}」を「{s}」と読みました。"},
            r=NAMES[right],
            s=NAMES[said],
        ),
        Row(
            draw_digit(trace, place),
            Bars(output, NAMES, key="answer", limit=1, percent=True, highlight=(said,)),
        ),
    )
    yield Beat(
        fill({"en": "These hidden neurons pull to {s} (+) or to {r} (−).",
              "ja": "「{s}」へ引く（+）か「{r}」へ引く（−）、隠れニューロンです。"}, r=NAMES[right], s=NAMES[said]),
        Row(draw_digit(trace, place),
            Bars(pull[most], tuple(f"h{i + 1}" for i in most), key="pull", digits=1, of=len(pull))),
        gathers={"answer": "pull"},
    )  # fmt: skip


@recipe("Which digits are taken for which?", "どの数字とどの数字をまちがえる？",
        "confusion matrix mistakes table classes 混同行列 まちがい 表")  # fmt: skip
def count_mistakes(runs: Runs) -> Iterator[Beat]:
    table = runs["counts"]["table"]
    yield Beat(
        {"en": "On the diagonal stands what is read right.", "ja": "対角線の上が、正しく読めたものです。"},
        Grid(
            table,
            NAMES,
            NAMES,
            key="table",
            digits=0,
            zeros=False,
            diagonal=50,
            limit=4,
            row_name={"en": "digit", "ja": "数字"},
            column_name=ANSWER,
            means={"en": "pictures", "ja": "枚数"},
        ),
    )


@recipe("Which digit is the hardest?", "いちばん難しい数字は？",
        "accuracy per class bars hardest 正解率 クラス 難しい")  # fmt: skip
def rate_classes(runs: Runs) -> Iterator[Beat]:
    rates = runs["counts"]["rates"]
    worst = int(rates.argmin())
    yield Beat(
        fill({"en": "The hardest is {d}: {p:.0%} are right.", "ja": "いちばん難しいのは {d}、正解は {p:.0%}。"},
             d=NAMES[worst], p=float(rates[worst])),
        Bars(rates, NAMES, key="rates", limit=1, percent=True, highlight=(worst,)),
    )  # fmt: skip


@recipe("How do I put many activations into one plane?", "多くの活性を一枚の平面に置くには？",
        "pca projection scatter embedding plane principal components 主成分 射影 散布図")  # fmt: skip
def project_activations(runs: Runs) -> Iterator[Beat]:
    trace = runs["run"]
    hidden = np.asarray(trace["hidden_activation"], dtype=float)
    centered = hidden - hidden.mean(axis=0)
    _, spread, axes = np.linalg.svd(centered, full_matrices=False)
    share = float((spread[:2] ** 2).sum() / (spread**2).sum())
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    axes = axes * np.sign(largest)  # a direction has no sign of its own
    yield Beat(
        fill({"en": "Two directions hold {s:.0%} of the variance.", "ja": "二つの方向で、分散の {s:.0%} です。"}, s=share),
        Cloud(centered @ axes[:2].T, tuple(RIGHT), key="plane", names=NAMES, inside=True,
              x_name={"en": "first component", "ja": "第 1 主成分"}, y_name={"en": "second", "ja": "第 2"}),
    )  # fmt: skip


@recipe("What does a neuron look for in a picture?", "ニューロンは絵の何を探している？",
        "weights as picture template feature neuron 重み 絵 特徴 テンプレート")  # fmt: skip
def draw_weights(runs: Runs) -> Iterator[Beat]:
    trace = runs["run"]
    weight = trace.parameters["hidden.weight"]
    busiest = np.argsort(-trace["hidden_activation"].mean(axis=0))[:4]
    limit = round_up(np.abs(weight[busiest]).max())
    marks = [
        Picture(
            weight[i].reshape(8, 8),
            key=f"w{i}",
            low=-limit,
            high=limit,
            colors="diverging",
            means=words.weight,
            label=fill({"en": "neuron {n}", "ja": "ニューロン {n}"}, n=i + 1),
        )
        for i in busiest.tolist()
    ]
    yield Beat(
        {"en": "Ink here helps (+), there it hurts (−).", "ja": "ここのインクは助け（+）、そこは妨げ（−）。"},
        Row(*marks),
    )


@recipe("How are the values of a layer distributed?", "層の値はどう分布している？",
        "histogram distribution activations values ヒストグラム 分布 活性")  # fmt: skip
def count_values(runs: Runs) -> Iterator[Beat]:
    trace = runs["run"]
    sums, after = (np.asarray(trace[name], dtype=float).ravel() for name in ("hidden", "hidden_activation"))
    edges = np.linspace(np.floor(sums.min()), np.ceil(sums.max()), 28)
    before, later = (
        Histogram(np.histogram(values, edges)[0], edges, key=key, x_name=name)
        for key, values, name in (
            ("sums", sums, {"en": "sum", "ja": "和"}),
            ("after", after, {"en": "after ReLU", "ja": "ReLU の後"}),
        )
    )
    yield Beat(
        {
            "en": "How many sums of each size? The higher, the more.",
            "ja": "棒が高いほど、その大きさの和が多い。",
        },
        before,
    )
    yield Beat(
        fill({"en": "After ReLU, {p:.0%} of them are 0.", "ja": "ReLU の後は、{p:.0%} が 0 です。"},
             p=float((sums < 0).mean())),
        Row(before, later),
        born={"after": From("sums")},
    )  # fmt: skip


@recipe("How often is each neuron active?", "ニューロンはどれくらい働く？",
        "dead neurons sparsity active often 死んだ 活動 疎 頻度")  # fmt: skip
def count_active(runs: Runs) -> Iterator[Beat]:
    active = runs["counts"]["active"]
    order = np.argsort(-active)
    yield Beat(
        fill(
            {
                "en": "The busiest answers to {p:.0%} of the pictures.",
                "ja": "いちばん働くものは、絵の {p:.0%} に応じます。",
            },
            p=float(active[order[0]]),
        ),
        Bars(
            active[order][:8],
            tuple(f"h{i + 1}" for i in order[:8]),
            key="active",
            limit=1,
            percent=True,
            of=len(active),
        ),
    )


@recipe("Which pictures look alike to the network?", "ネットワークには、どの絵が似て見える？",
        "nearest neighbours similarity cosine pictures 似ている 近傍 コサイン")  # fmt: skip
def find_alike(runs: Runs) -> Iterator[Beat]:
    trace = runs["run"]
    hidden = np.asarray(trace["hidden_activation"], dtype=float)
    units = hidden / np.linalg.norm(hidden, axis=1, keepdims=True)
    near = units @ units[0]
    best = np.argsort(-near, kind="stable")[1:9].tolist()
    alike = [draw_digit(trace, i, f"p{i}", fill({"en": "{c:.3f}", "ja": "{c:.3f}"}, c=near[i])) for i in best]
    mine = draw_digit(trace, 0)
    yield Beat(
        {"en": "Which pictures are like this one, inside?", "ja": "中で、この絵に似ているのはどれ？"},
        mine,
        asks=True,
    )
    yield Beat(
        {
            "en": "The nearest eight, by the cosine of their activations.",
            "ja": "活性のコサインが近い、八枚です。",
        },
        Row(mine, Column(Row(*alike[:4]), Row(*alike[4:]), scale=0.6)),
        born={one.key: From("picture") for one in alike},
    )


@recipe("Which pixels does the answer hang on?", "答えはどの画素にかかっている？",
        "saliency gradient pixels attribution explanation 勾配 顕著性 画素 説明")  # fmt: skip
def weigh_pixels(runs: Runs) -> Iterator[Beat]:
    trace = runs["run"]
    slope = np.asarray(trace.gradients["input"][1], dtype=float).reshape(8, 8)
    limit = round_up(np.abs(slope).max())
    yield Beat(
        {"en": "More ink would raise (+) or lower (−) its answer.", "ja": "インクを足すと、答えが上がる（+）か下がる（−）画素。"},
        Row(draw_digit(trace, 1), Picture(slope, key="slope", low=-limit, high=limit, colors="diverging",
                                          means={"en": "gradient", "ja": "勾配"})),
    )  # fmt: skip


@recipe("What does the average picture of a class look like?", "クラスの平均の絵はどんなもの？",
        "mean average class picture 平均 クラス 絵")  # fmt: skip
def average_class(runs: Runs) -> Iterator[Beat]:
    trace = runs["run"]
    means = [trace["input"][digit == RIGHT].mean(axis=0).reshape(8, 8) for digit in range(10)]
    pictures = [Picture(one, key=f"m{i}", label=NAMES[i]) for i, one in enumerate(means)]
    yield Beat(
        {"en": "All pictures of a digit, averaged.", "ja": "同じ数字の絵を、すべて平均しました。"},
        Column(Row(*pictures[:5]), Row(*pictures[5:])),
    )


@recipe("Does a sure answer mean a right one?", "自信があれば正しい？",
        "calibration confidence accuracy curve 較正 自信 正解率")  # fmt: skip
def check_confidence(runs: Runs) -> Iterator[Beat]:
    sure, hit = runs["run"]["output"].max(axis=1), runs["counts"]["hits"]
    thirds = np.array_split(np.argsort(-sure, kind="stable"), 3)
    right = np.array([hit[one].mean() for one in thirds])
    names = ({"en": "surest third", "ja": "自信のある三分の一"}, {"en": "middle third", "ja": "中ほど"},
             {"en": "least sure third", "ja": "自信のない三分の一"})  # fmt: skip
    bars = Bars(right, names, key="right", limit=1, percent=True, label=words.accuracy, highlight=(2,))
    yield Beat(
        {
            "en": "Sorted by how sure it is. Which third has mistakes?",
            "ja": "自信の順に三つに分けます。まちがいはどこに？",
        },
        Histogram(
            *np.histogram(sure, bins=20, range=(0, 1)),
            key="sure",
            x_name={"en": "probability of its answer", "ja": "答えの確率"},
        ),
        asks=True,
    )
    yield Beat(
        fill({"en": "Of the least sure third, {p:.0%} are right.", "ja": "自信のない三分の一は、正解 {p:.0%}。"},
             p=float(right[2])),
        bars,
        gathers={"sure": "right"},
    )  # fmt: skip


@recipe("Why does a sure mistake cost so much?", "自信のあるまちがいは、なぜ高くつく？",
        "cross entropy loss logarithm penalty confident wrong 交差エントロピー 損失 対数 自信 まちがい")  # fmt: skip
def price_mistake(runs: Runs) -> Iterator[Beat]:
    output = runs["run"]["output"]
    places = int(np.flatnonzero(runs["counts"]["hits"])[0]), int(find_mistakes(runs["run"])[0])
    shares = np.array([float(output[one, RIGHT[one]]) for one in places])
    a, b = -np.log(shares)
    p = np.geomspace(shares.min(), 1, 121)
    curve = Curve(p, -np.log(p), key="loss", point=(shares[0], a), x_limits=(0, 1), y_limits=(0, round_up(b)),
                  x_name={"en": "probability of the right digit", "ja": "正しい数字の確率"},
                  y_name={"en": "loss: −ln p", "ja": "損失：−ln p"})  # fmt: skip
    way = np.geomspace(shares[0], shares[1], 61)
    states = [modify(curve, point=(one, -np.log(one))) for one in way]
    yield Beat(
        fill({"en": "A {r}, and the network gives it {p}. What does that cost?",
              "ja": "「{r}」に確率 {p}。損失はいくら？"}, r=NAMES[RIGHT[places[0]]], p=percent(float(shares[0]))),
        Row(draw_digit(runs["run"], places[0], "right"), curve), asks=True, given=("loss.y",),
    )  # fmt: skip
    yield Beat(
        fill({"en": "Loss {a:.2f}. This {r} gets {p}: loss {b:.2f}.",
              "ja": "損失 {a:.2f}。この「{r}」は確率 {p} で、損失 {b:.2f}。"},
             a=float(a), b=float(b), r=NAMES[RIGHT[places[1]]], p=percent(float(shares[1]), 1)),
        Row(draw_digit(runs["run"], places[1], "wrong"), states[-1]),
        motion=Playback({"loss": states}, seconds=4), given=("loss.y",),
    )  # fmt: skip
