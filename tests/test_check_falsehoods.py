"""Falsehoods that an assistant, or a tired author, plants into a scene: `nnanim check` finds each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnanim import theme
from nnanim.check import Report, check_story
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
