"""Scenes for the tests of ``nnanim live``: they compute with numpy alone, and can be told to fail."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from nnanim.beats import Beat
from nnanim.controls import Field, Menu, Slider, Stepper
from nnanim.errors import UserError
from nnanim.marks import Row, Text, Units, Wires, modify
from nnanim.motions import Flow
from nnanim.scene.source import StorySource
from nnanim.words import fill

WEIGHTS = np.array([[0.9, -1.6], [-0.4, 2.0]])


class Adder(StorySource):
    """Two numbers go through four weights; what the controls say of them is what is shown."""

    title: ClassVar = {"en": "A tiny network", "ja": "小さなネットワーク"}
    controls: ClassVar = {
        "first": Slider(-2, 2, 1.0, label={"en": "first number", "ja": "一つめの数"}),
        "second": Slider(-2, 2, -0.5),
        "mood": Menu(
            {"calm": "calm", "raise": "raise", "exit": "exit", "mistake": "mistake", "wide": "wide"}
        ),
    }
    tells = 0

    def example(self) -> Any:
        type(self).tells += 1
        mood = self.value("mood")
        if mood == "raise":
            raise ZeroDivisionError("the model\nis broken")
        if mood == "exit":
            raise SystemExit(3)
        if mood == "mistake":
            raise UserError("this model takes positive numbers alone")
        x = np.array([self.value("first"), self.value("second")])
        return x, WEIGHTS @ x

    def story(self, example: Any) -> Iterator[Beat]:
        x_values, y_values = example
        x = Units(x_values, key="x", limit=2)
        y = Units(y_values, key="y", limit=6, side="right")
        w = Wires(WEIGHTS, "x", "y", key="w", limit=2)
        yield Beat(
            {"en": "Two numbers go in.", "ja": "二つの数が入ります。"},
            Row(x, w, modify(y, lit=False)),
            id="in",
        )
        flow = Flow("w", WEIGHTS * x_values, x_values, limit=4, seconds=1.0)
        yield Beat({"en": "They meet.", "ja": "出会います。"}, Row(x, w, y), motion=flow, id="sum")
        if self.value("mood") != "wide":
            said = fill({"en": "The sum is {y:.2f}.", "ja": "和は {y:.2f} です。"}, y=float(y_values[0]))
            yield Beat(said, Row(x, w, y), id="end", asks=True)


class Countdown(StorySource):
    """Counts down from a number, as a sampler does its steps."""

    title: ClassVar = "Countdown"
    controls: ClassVar = {"from": Stepper(1, 50, 3), "word": Field("steps")}
    live_streams = True
    computed: ClassVar[list[int]] = []

    def live(self) -> Iterator[Beat]:
        for number in range(self.value("from"), 0, -1):
            self.computed.append(number)
            time.sleep(0.01)
            yield Beat(self.value("word"), Text(f"{number}", key="number"), id="step")
