"""Controls: what a class may change of a scene while it is shown (``nnanim live``).

A scene names them, and asks for their values::

    class Perceptron(StoryScene):
        controls = {"petal length": Slider(1, 7, 5.5, unit="cm")}

        def example(self):
            return record(network, [[self.value("petal length"), 1.8]])

In a film, each has the value that it starts with.
"""

from __future__ import annotations

from nnanim.controls.base import Control
from nnanim.controls.numbers import NumberTable, Pad, Slider, Stepper
from nnanim.controls.pictures import Sketch, Upload
from nnanim.controls.texts import Field, Menu

__all__ = ["Control", "Field", "Menu", "NumberTable", "Pad", "Sketch", "Slider", "Stepper", "Upload"]
