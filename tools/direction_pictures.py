"""Draw docs/images/{view,pulse,asks,sweep}.png: what a beat can say about motion, before and after."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

import nnanim
from nnanim import Beat, Flow, Grid, Picture, Row, Story, Sweep, Units, View, Wires
from nnanim.still.picture import style_of
from nnanim.still.sheet import motion_strip
from nnanim.timeline import takes

IMAGES = Path(__file__).parent.parent / "docs" / "images"


def net() -> tuple[Row, Flow]:
    """A layer of two to three neurons, and its signals."""
    torch.manual_seed(3)
    layer = torch.nn.Linear(2, 3)
    trace = nnanim.record(layer, torch.tensor([[0.8, -0.6]]), seed=3)
    x, y, parts = trace["input"][0], trace["output"][0], trace.contributions("Linear")
    inputs, outputs = Units(x, key="x", limit=2, label="input"), Units(y, key="h", limit=2, label="layer")
    wires = Wires(trace.parameters["weight"], "x", "h", key="w")
    return Row(inputs, wires, outputs), Flow("w", parts.terms, x, only=1, numbers=True)


def draw(name: str, beat: Beat, stage: Row, wanted: dict[str, float]) -> None:
    """Three moments of a beat, after one that shows the same stage: each a share of a phase by its name."""
    told = Story.from_beats([Beat("Two numbers meet three neurons.", stage, id="before"), beat], "A layer")
    take, shown = takes(told, style_of("dark", "en"))[1], []
    for phase, share in wanted.items():
        before = 0.0
        for one in take.phases:
            if one.name == phase:
                shown.append(before + share * one.seconds)
            before += one.seconds
    motion_strip(told, beat.id, IMAGES / f"{name}.png", columns=3, thumb_width=520, moments=shown)


def main() -> None:
    """Draw all of them."""
    stage, flow = net()
    near = View("h", 1, fills=1 / 3, at=(0.7, 0.5))
    one = Beat("At one neuron, the signals come together.", stage, motion=flow, view=near, id="view")
    draw("view", one, stage, {"leave": 0.0, "move": 0.45, "motion": 0.42})
    pulsed = Beat("This neuron is the one.", stage, pulse=("h", 1), id="pulse")
    draw("pulse", pulsed, stage, {"leave": 0.0, "pulse": 0.5, "pause": 1.0})
    pixels = np.linspace(0, 1, 36).reshape(6, 6)
    means = np.array([[pixels[r : r + 3, c : c + 3].mean() for c in range(4)] for r in range(4)])
    maps = Row(Picture(pixels, key="p"), Grid(means, key="map", limit=1), gap=1.5)
    window = Sweep("p", (3, 3), reveals="map", slow=3, seconds=5.0)
    swept = Beat("A window takes the mean of nine pixels.", maps, motion=window, id="sweep")
    draw("sweep", swept, maps, {"leave": 0.0, "motion": 0.35, "pause": 1.0})
    asked = Beat("Which of the three is the largest?", stage, asks=True, id="asks")
    draw("asks", asked, stage, {"leave": 0.0, "ask": 0.4, "pause": 1.0})


if __name__ == "__main__":
    main()
