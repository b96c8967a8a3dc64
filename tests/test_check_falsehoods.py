"""Falsehoods that an assistant, or a tired author, plants into a scene: `nnanim check` finds each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnanim import theme
from nnanim.check import Report, check_story
from nnanim.check.ranges import range_faults
from nnanim.check.report import Finding
from nnanim.check.verdict import find_untrue
from nnanim.scene import loader
from nnanim.style import RenderStyle

TRUE = """
import numpy as np
import torch

import nnanim
from nnanim import Bars, Beat, Curve, Flow, Formula, Picture, Playback, Row, Text, Trace, Units, Wires
from nnanim.movie import StoryScene
from nnanim.words import fill
from nnanim.words.numerals import number, percent

NAMES = ("cat", "dog", "fox")


def model(shift=0.0):
    net = torch.nn.Sequential()
    net.add_module("hidden", torch.nn.Linear(2, 3))
    net.add_module("act", torch.nn.Tanh())
    net.add_module("answer", torch.nn.Linear(3, 3))
    net.add_module("softmax", torch.nn.Softmax(-1))
    with torch.no_grad():
        for place, value in enumerate(net.parameters()):
            value.copy_(torch.sin(torch.arange(value.numel()) * 1.7 + place + shift).reshape(value.shape))
    return net


class Small(StoryScene):
    title = {"en": "Three animals", "ja": "三つの動物"}

    def example(self):
        return nnanim.record(model(), torch.tensor([[0.5, -1.25], [0.25, 0.75]]), name="small", seed=0)

    def story(self, trace):
        x, h, p = trace["input"][0], trace["act"][0], trace["output"][0]
        first = trace.contributions("hidden")
        inputs, hidden = Units(x, key="x", limit=2, means="input"), Units(h, key="h", limit=1)
        before = Units(trace["hidden"][0], key="h", limit=3, means="sum")
        wires = Wires(trace.parameters["hidden.weight"], "x", "h", key="w", means="weight")
        yield Beat(
            {"en": "Two numbers are weighted and added.", "ja": "二つの数に重みを掛けて足します。"},
            Row(inputs, wires, before),
            motion=Flow("w", first.terms, x),
            id="sum",
        )
        yield Beat(
            {"en": "A function bends each sum.", "ja": "関数が和を曲げます。"},
            Row(inputs, wires, hidden),
            id="bend",
        )
        bars = Bars(p, NAMES, limit=1, key="bars", means={"en": "probability", "ja": "確率"})
        best = NAMES[int(np.argmax(p))]
        says = {"en": "The {name} is most likely, with {p}.", "ja": "最も確率が高いのは {name} で {p}。"}
        yield Beat(
            fill(says, name=best, p=percent(float(p.max()))),
            Row(hidden, bars),
            id="answer",
        )
        norm = np.cumsum(np.abs(trace["hidden"]).ravel())
        yield Beat(
            {"en": "The total grows from neuron to neuron.", "ja": "合計は増えていきます。"},
            Row(
                Curve(np.arange(6.0), norm, key="total", y_name={"en": "total", "ja": "合計"}),
                Formula(f"{number(float(h[0]))} + {number(float(h[1]))} approx {number(float(h[0] + h[1]))}",
                        key="sum"),
            ),
            id="total",
        )
"""

TYPED = "fill(says, name=best, p=percent(float(p.max())))"
FALSE: dict[str, tuple[str, str, str]] = {
    "a typed percentage in a sentence": (
        TYPED, '{"en": "It is sure, with 97 %.", "ja": "確率 97 % です。"}', "number"
    ),
    "a typed number that is filled in": ("p=percent(float(p.max()))", 'p="0.97"', "number"),
    "a typed bar": ("bars = Bars(p,", "bars = Bars([0.2, 0.7, 0.1],", "number"),
    "values out of linspace": ("norm = np.cumsum(np.abs(trace[\"hidden\"]).ravel())",
                               "norm = np.linspace(1, 5, 6)", "number"),
    "a typed number in a formula": ("approx {number(float(h[0] + h[1]))}", "approx 0.31", "number"),
    "a sum that is not right": ("approx {number(float(h[0] + h[1]))}", "= {number(float(h[2]))}", "sum"),
    "a typed number in a legend": ('means="weight")', 'means="√(weight / 18)")', "number"),
    "a count of other things": (
        '"Two numbers are weighted and added."', '"This network has 99 neurons."', "number"
    ),
    "a count that is spelled": ('"Two numbers are weighted and added."', '"It has seven neurons."', "number"),
    "a sentence that names another bar": (
        "best = NAMES[int(np.argmax(p))]", "best = NAMES[int(np.argmin(p))]", "claim"
    ),
    "a sentence that names a bar by its place": (
        TYPED, '{"en": "The middle one wins.", "ja": "答えです。"}', "claim"
    ),
    "a sentence that is wrong in Japanese alone": (
        "最も確率が高いのは {name} で {p}", "最も確率が低いのは {name} で {p}", "claim"
    ),
    "a comparison that is the other way round": (
        TYPED, '{"en": "The cat is more likely than the fox.", "ja": "比べます。"}', "claim"
    ),
    "two numbers that are swapped": (
        TYPED,
        """fill({"en": "It gives the cat {a}, the dog {b}.", "ja": "猫は {a}、犬は {b} です。"},
                 a=percent(float(p[1])), b=percent(float(p[0])))""", "claim"
    ),
    "a line that is said to fall": ("The total grows", "The total falls", "claim"),
    "activations of another network": (
        'return nnanim.record(model(), torch.tensor([[0.5, -1.25], [0.25, 0.75]]), name="small", seed=0)',
        """old, new = (
            nnanim.record(model(shift), torch.tensor([[0.5, -1.25], [0.25, 0.75]]), name="small", seed=0)
            for shift in (0.0, 1.0)
        )
        return Trace.of(
            {name: old[name] for name in old}, parameters=new.parameters, graph=old.graph,
            layer_inputs={"hidden": "input", "answer": "act"}, provenance=new.provenance,
        )""", "stale"
    ),
    "weights of another network": (
        'trace.parameters["hidden.weight"], "x"', 'trace.parameters["answer.weight"][:, :2], "x"', "signal"
    ),
    "a seed that was searched for": ("        return nnanim.record(", """
        def chance(seed):
            return torch.rand(1, 2, generator=torch.Generator().manual_seed(seed))

        seed = next(s for s in range(99) if model()(chance(s)).max() > 0.35)
        return nnanim.record(""", "picked"),
    "a sample that was searched for": ("        return nnanim.record(", """
        net = model()
        best = max(range(9), key=lambda i: float(model()(torch.full((1, 2), i / 9.0)).detach().max()))
        return nnanim.record(""", "picked"),
    "hidden clipping": ('Units(trace["hidden"][0], key="h", limit=3, means="sum")',
                        'Units(np.clip(trace["hidden"][0], -0.5, 0.5), key="h", limit=0.5, means="sum")',
                        "clipped"),
    "a probability that is none": (
        "bars = Bars(p, NAMES, limit=1,", 'bars = Bars(3 * trace["answer"][0], NAMES, limit=9,', "meaning"
    ),
    "another scale beside a legend of the same meaning": (
        "Row(hidden, bars)",
        'Row(Units(h, key="h", limit=1, means="m"), Units(4 * h, key="g", limit=4, means="m"))', "range",
    ),
    "a beat told twice": (
        '        bars = Bars(', """        yield Beat(
            {"en": "A function bends each sum.", "ja": "関数が和を曲げます。"},
            Row(inputs, wires, hidden),
            id="again",
        )
        bars = Bars(""", "twice"),
    "random numbers": ('Units(trace["hidden"][0], key="h", limit=3, means="sum")',
                       'Units(np.random.rand(3), key="h", limit=3, means="sum")', "random"),
    "a story that is another one each time": (
        'id="bend"', 'id=f"bend{np.random.rand()}"', "random"
    ),
    "numbers hidden in a picture": (
        "Row(hidden, bars)", 'Row(hidden, Picture(np.eye(5), key="map"))', "number"
    ),
    "data in the colour of pointing": ("Bars(p, NAMES,", 'Bars(p, NAMES, role="accent",', "colour"),
}  # fmt: skip


TRAINED = """
from dataclasses import replace

import numpy as np
import torch

import nnanim
from nnanim import Bars, Beat, Curve, Playback, Row, Surface, Units, Wires
from nnanim.movie import StoryScene
from nnanim.words import fill
from nnanim.words.numerals import number, percent

NAMES = ("cat", "dog", "fox")
SEED = 0


class Loss(torch.nn.Module):
    def forward(self, weights):
        return (weights[:, 0] - 1) ** 2 + 3 * (weights[:, 1] + 0.5) ** 2


class Trained(StoryScene):
    title = {"en": "A training", "ja": "学習"}

    def example(self):
        torch.manual_seed(SEED)
        hidden, answer = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
        model = torch.nn.Sequential(hidden, torch.nn.Tanh(), answer, torch.nn.Softmax(-1))
        x, y = torch.tensor([[0.5, -1.0, 0.25], [1.0, 0.5, -0.5]]), torch.tensor([1, 1])
        optimiser = torch.optim.SGD(model.parameters(), 1.0)
        w = torch.tensor([-1.0, 1.5])
        with nnanim.Recorder(model, x, name="small", seed=SEED) as recorder:
            for step in range(13):
                optimiser.zero_grad()
                loss = torch.nn.functional.nll_loss(model(x).log(), y)
                loss.backward()
                recorder.snapshot(
                    loss=loss.item(), w1=w[0].item(), w2=w[1].item(), height=Loss()(w[None]).item(),
                    hits=(model(x).argmax(-1) == y).float().mean().item(),
                )
                if step < 12:
                    optimiser.step()
                w = w - 0.1 * torch.tensor([2 * (w[0] - 1), 6 * (w[1] + 0.5)])
        line = torch.linspace(-2, 2, 21)
        b, a = torch.meshgrid(line, line, indexing="ij")
        grid = torch.stack([a, b], -1).reshape(-1, 2)
        return {"run": recorder.trace, "map": nnanim.record(Loss(), grid, name="loss", seed=0),
                "end": nnanim.record(model, x, name="small, trained", seed=0)}

    def story(self, traces):
        run, end = traces["run"], traces["end"]
        steps, losses, p = run["step"].astype(float), run["loss"], run["output"][:, 0]
        means = {"en": "probability", "ja": "確率"}
        bars = [Bars(one, NAMES, limit=1, percent=True, key="p", means=means) for one in p]
        curve = Curve(steps, losses, key="loss", y_name={"en": "loss", "ja": "損失"}, y_limits=(0, 3))
        lines = [*(replace(curve, drawn=k) for k in range(1, len(p))), curve]
        path = np.stack([run["w1"], run["w2"]], 1)
        values = traces["map"]["output"].reshape(21, 21)
        land = Surface(values, (-2, 2), (-2, 2), paths=(path,), key="land", x_name="w₁", y_name="w₂",
                       limit=30, means={"en": "height", "ja": "高さ"})
        x = Units(end["input"][0], key="x", limit=1, means={"en": "input", "ja": "入力"})
        h = Units(end["0"][0], key="h", limit=2, means={"en": "sum", "ja": "和"})
        yield Beat({"en": "Weights of {n}.".format(n="the network"), "ja": "重みです。"},
                   Row(x, Wires(end.parameters["0.weight"], "x", "h", key="w"), h), id="wires")
        says = {"en": "Before the training, the dog gets {p}.", "ja": "学習前、dog の確率は {p} です。"}
        yield Beat(fill(says, p=percent(float(p[0][1]))), Row(bars[0], replace(curve, drawn=1)), id="before")
        yield Beat({"en": "The dog rises.", "ja": "dog の確率が上がります。"}, Row(bars[-1], curve),
                   motion=Playback({"p": bars, "loss": lines}),
                   id="train")
        yield Beat(fill({"en": "The loss fell from {a} to {b}.", "ja": "損失は {a} から {b} に減りました。"},
                        a=number(losses[0]), b=number(losses[-1])),
                   Row(bars[-1], curve), id="fell", focus=("loss",))
        yield Beat({"en": "A walk down a valley.", "ja": "谷を下ります。"}, land, id="walk")
        right = Bars([run["hits"][-1], 1 - run["hits"][-1]], ("right", "wrong"), limit=1, key="hits",
                     percent=True, label={"en": "share of 2 pictures", "ja": "2 枚のうち"})
        yield Beat({"en": "The share of right answers is shown.", "ja": "正解の割合です。"},
                   Row(right, curve), id="hits")
"""
"""A training that is told truly; what is false in it stands in `FALSE_TRAINED`."""

SURE = 'Beat({"en": "The dog rises.", "ja": "dog の確率が上がります。"}, Row(bars[-1], curve)'
FELL = """fill({"en": "The loss fell from {a} to {b}.", "ja": "損失は {a} から {b} に減りました。"},
                        a=number(losses[0]), b=number(losses[-1]))"""


def rising(en: str, ja: str = "棒です。") -> tuple[str, str, str]:
    """What the sentence of the beat of the training says instead, which is false."""
    return SURE, SURE.replace("The dog rises.", en).replace("dog の確率が上がります。", ja), "claim"


FALSE_TRAINED: dict[str, tuple[str, str, str]] = {
    "a path whose axes are exchanged": ("paths=(path,)", "paths=(path[:, ::-1],)", "claim"),
    "a map whose axes are exchanged": ("Surface(values,", "Surface(values.T,", "claim"),
    "a map that is turned, of nameless axes": (
        'Surface(values, (-2, 2), (-2, 2), paths=(path,), key="land", x_name="w₁", y_name="w₂"',
        'Surface(values.T, (-2, 2), (-2, 2), paths=(path,), key="land"', "claim"
    ),
    "weights that are turned": (
        'end.parameters["0.weight"], "x"', 'end.parameters["0.weight"].T, "x"', "signal"
    ),
    "values of another sample": ('Units(end["0"][0]', 'Units(end["0"][1]', "signal"),
    "a training that runs backwards": (
        'Row(bars[-1], curve),\n                   motion=Playback({"p": bars, "loss"',
        'Row(bars[0], curve),\n                   motion=Playback({"p": bars[::-1], "loss"', "claim"
    ),
    "the end, said to be before the training": ("Row(bars[0], replace", "Row(bars[-1], replace", "claim"),
    "a whole number in a label": ('"share of 2 pictures"', '"share of 50 pictures"', "number"),
    "a whole number in a Japanese label": ('"2 枚のうち"', '"50枚のうち"', "number"),
    "a wrong range of a scale": ('means={"en": "height", "ja": "高さ"}', 'means="height (0–5)"', "range"),
    "ends of a line that are exchanged": ("a=number(losses[0]), b=number(losses[-1])",
                                          "a=number(losses[-1]), b=number(losses[0])", "claim"),
    "a line that rises in one language": ("損失は {a} から {b} に減りました", "損失は {a} から {b} に増えました", "claim"),
    "other numbers in the other language": ("ja\": \"損失は {a} から {b} に減りました。\"}",
                                            "ja\": \"損失は {a} から 9.25 に減りました。\"}", "claim"),
    "a typed number right behind a Japanese word": ('"ja": "正解の割合です。"', '"ja": "正解率は97%です。"', "number"),
    "a bar that is said to fall": rising("The dog falls.", "棒です。"),
    "a bar that is said to fall, in Japanese": rising("Bars.", "dog の確率が下がります。"),
    "worse than before": rising("The dog is now lower than before."),
    "worse than before, in Japanese": rising("Bars.", "dog は前より低くなりました。"),
    "a loss that is said to be higher than before": (
        FELL, '{"en": "The loss is higher than before.", "ja": "損失です。"}', "claim"
    ),
    "a leader that is none": rising("The fox leads."),
    "a favourite that is none, in Japanese": rising("Bars.", "本命は cat です。"),
    "a winner in other words": rising("The cat beats the dog."),
    "a comparison in Japanese, the other way round": rising("Bars.", "dog より cat が高いです。"),
    "a comparison in other Japanese words": rising("Bars.", "cat は dog を上回ります。"),
    "so many times as much": rising("The cat is twice as likely as the dog."),
    "as much as another": rising("The cat is as likely as the dog."),
    "as much as another, in Japanese": rising("Bars.", "cat と dog は同じくらいです。"),
    "another one at first": rising("At first the fox leads."),
    "less than half": rising("The dog gets less than half."),
    "less than half, in Japanese": rising("Bars.", "dog の確率は半分に届かず、低いです。"),
    "all of one sign": (
        '"Weights of {n}.".format(n="the network")', '"All the weights are positive."', "claim"
    ),
    "a number of another name": (
        "p=percent(float(p[0][1]))", "p=percent(float(p[0][0]), 1)", "claim"
    ),
    "a score in the title": (
        '{"en": "A training", "ja": "学習"}', '{"en": "97 % right", "ja": "97 % 正解"}', "number"
    ),
    "a score in a name": ('("right", "wrong"), limit', '("right: 97 %", "wrong"), limit', "number"),
}  # fmt: skip


SPOKEN = '            Row(hidden, bars),\n            id="answer",'
BESIDE = """            Row(Units(x, ("left", "right"), key="x", limit=2, means={"en": "input", "ja": "入力"}),
                Wires(trace.parameters["hidden.weight"], "x", "h", key="w", means="weight"), hidden),
            id="answer","""
SAYS = 'says = {"en": "The {name} is most likely, with {p}.", "ja": "最も確率が高いのは {name} で {p}。"}'
HONEST: dict[str, tuple[tuple[str, str], ...]] = {
    "the largest weight, beside the inputs": (
        (SPOKEN, BESIDE),
        ("best = NAMES[int(np.argmax(p))]",
         'best = ("left", "right")[int(np.abs(trace.parameters["hidden.weight"]).max(axis=0).argmax())]'),
        (SAYS, 'says = {"en": "The largest weight is that of {name}, not {p}.",'
               ' "ja": "重みが最も大きいのは {name} です。"}'),
    ),
    "the largest slope, of which there is no mark": (
        ("best = NAMES[int(np.argmax(p))]", "best = NAMES[int(np.argmin(p))]"),
        (SAYS, 'says = {"en": "The strongest gradient is that of {name}.",'
               ' "ja": "最大の勾配は {name} のものです。"}'),
    ),
    "numbers behind their names, in another order": (
        (TYPED, """fill({"en": "The dog gets {b}, the cat {a}.", "ja": "犬は {b}、猫は {a} です。"},
                 a=percent(float(p[0])), b=percent(float(p[1])))"""),
    ),
    "numbers before their names": (
        (TYPED, """fill({"en": "It gives {b} to the dog, {a} to the cat.", "ja": "{b} が犬、{a} が猫です。"},
                 a=percent(float(p[0])), b=percent(float(p[1])))"""),
    ),
    "an order": ((TYPED, '{"en": "All are shown, the strongest first.", "ja": "強い順に示します。"}'),),
    "a bound of a number": (
        ("best = NAMES[int(np.argmax(p))]", "best = NAMES[int(np.argmin(p))]"),
        (SAYS, 'says = {"en": "The {name} gets at least something, {p}.", "ja": "{name} は最大で {p}。"}'),
    ),
}  # fmt: skip
"""Sentences that are right, though other marks beside them have other largest values."""


def judge(folder: Path, text: str, name: str) -> Report:
    file = folder / f"{name}.py"
    file.write_text(text, encoding="utf-8")
    story = loader.build_story(str(file), {"lang": "en"})
    return check_story(story, RenderStyle(theme.by_name("dark"), "en"), name=name, file=file)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return judge(tmp_path_factory.mktemp("honest"), TRUE, "honest")


def test_the_honest_scene_is_true(honest: Report) -> None:
    small = {"ink", "reading", "dead", "cuts"}  # how well it is made is not what is asked here
    assert [one for one in honest.findings if one.bound not in small] == []
    assert [(one.kind, one.what) for one in honest.choices if one.kind == "seed"] == [("seed", "seed=0")]


def test_there_are_twenty_and_more() -> None:
    assert len(FALSE) >= 20 and len({bound for *_, bound in FALSE.values()}) >= 10


@pytest.mark.parametrize("what", FALSE)
def test_a_planted_falsehood_is_named(what: str, tmp_path: Path) -> None:
    place, falsehood, bound = FALSE[what]
    assert TRUE.count(place) == 1
    report = judge(tmp_path, TRUE.replace(place, falsehood), "planted")
    found = [one for one in report.findings if one.bound == bound]
    assert found and all(one.what and one.advice for one in found)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trained")


def find_false(folder: Path, text: str, name: str) -> list[Finding]:
    """What is not true; how it is laid out is not asked."""
    file = folder / f"{name}.py"
    file.write_text(text, encoding="utf-8")
    story = loader.build_story(str(file), {"lang": "en"})
    ranges = [Finding(beat.id, "range", what, "x") for beat in story.beats for what in range_faults(beat)]
    return [*find_untrue(story, file)[0], *ranges]


def test_a_true_training_is_true(trained: Path) -> None:
    assert find_false(trained, TRAINED, "true") == []


@pytest.mark.parametrize("what", FALSE_TRAINED)
def test_a_falsehood_in_a_training_is_named(what: str, trained: Path) -> None:
    place, falsehood, bound = FALSE_TRAINED[what]
    assert TRAINED.count(place) == 1
    found = [
        one for one in find_false(trained, TRAINED.replace(place, falsehood), "false") if one.bound == bound
    ]
    assert found and all(one.what and one.advice for one in found)


@pytest.mark.parametrize("what", HONEST)
def test_what_is_right_contradicts_nothing(what: str, tmp_path: Path) -> None:
    text = TRUE
    for place, other in HONEST[what]:
        assert text.count(place) == 1
        text = text.replace(place, other)
    assert [one for one in judge(tmp_path, text, "right").findings if one.bound == "claim"] == []


def test_a_finding_names_the_language_that_is_wrong(tmp_path: Path) -> None:
    place, falsehood, _ = FALSE["a sentence that is wrong in Japanese alone"]
    found = judge(tmp_path, TRUE.replace(place, falsehood), "japanese").findings
    assert [one.what[:28] for one in found if one.bound == "claim"] == ["the Japanese sentence calls "]
