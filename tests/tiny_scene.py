"""Scenes for the tests of films: two beats about a network of four weights."""

import wave
from pathlib import Path
from typing import ClassVar

import numpy as np
from manim import Circumscribe, Indicate, linear

from nnanim.beats import Beat
from nnanim.marks import Row, Units, Wires, modify
from nnanim.motions import Flow
from nnanim.movie import StoryScene
from nnanim.trace import Trace

WEIGHTS = np.array([[0.9, -1.6], [-0.4, 2.0]])


class Tiny(StoryScene):
    title: ClassVar = {"en": "A tiny network", "ja": "小さなネットワーク"}

    def example(self):
        x = np.array([[1.0, -0.5]])
        provenance = {"model": "tiny", "parameters": 4, "seed": 3}
        return Trace.of(
            {"input": x, "output": x @ WEIGHTS.T}, parameters={"weight": WEIGHTS}, provenance=provenance
        )

    def story(self, trace):
        x = Units(trace["input"][0], key="x", limit=2)
        y = Units(trace["output"][0], key="y", limit=2, side="right")
        w = Wires(trace.parameters["weight"], "x", "y", key="w", limit=2)
        terms = trace.parameters["weight"] * trace["input"][0]
        flow = Flow("w", terms, trace["input"][0], limit=2, seconds=1.0)
        yield Beat(
            {"en": "Two numbers go in.", "ja": "二つの数が入ります。"},
            Row(x, w, modify(y, lit=False)),
            id="in",
            pause=0.4,
        )
        yield Beat(
            {"en": "They meet in two sums.", "ja": "二つの和になります。"},
            Row(x, w, y),
            motion=flow,
            id="sum",
            pause=0.4,
        )


class Brief(Tiny):
    """One beat, told fast."""

    only = 1
    pace = 2.0


class Followed(Brief):
    """A story, and then a teacher's own manim code."""

    def construct(self):
        super().construct()
        fast = {"run_time": 4 / 15, "rate_func": linear}
        self.play(Indicate(self["x"], scale_factor=1.2), **fast)
        self.play(self["x"].animate.shift([-3, 0, 0]), **fast)
        self.play(Circumscribe(self["x"].part(1)), **fast)
        self.play(self.camera.frame.animate.scale(0.5).move_to(self["x"]), **fast)


class Loud(Brief):
    """A story with a sound."""

    def after(self, beat):
        if not Path("beep.wav").exists():
            with wave.open("beep.wav", "wb") as sound:
                sound.setparams((1, 2, 8000, 0, "NONE", ""))
                sound.writeframes(bytes(1600))
        self.add_sound("beep.wav", time_offset=-0.5)


class Wrong(Tiny):
    """A value that its mark refuses."""

    def story(self, trace):
        yield Beat("Too much.", Row(Units([3.0], key="x", limit=2)))
