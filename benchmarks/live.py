"""nnanim live: from a changed control to the picture on the screen, in headless Chromium.

python benchmarks/live.py [SCENE …] [--changes 25]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from _measure import table, write
from browser import Browser
from live_server import serving

from nnanim.controls import Sketch
from nnanim.live.film import LiveFilm
from nnanim.live.session import encode_shown
from nnanim.live.state import LiveState
from nnanim.scene import loader
from nnanim.scene.bare import without_manim

BARS = {"perceptron": 60, "digits": 120, "attention": 300}
"""Milliseconds from a change to the screen, by scene."""

WAIT = """
const [name, values] = given, {live} = window.nnanim, times = [];
for (const value of values) {
  const before = live.shown.changes, start = performance.now();
  live.set(name, value, true);
  while (live.shown.changes === before) await new Promise((go) => setTimeout(go, 0));
  live.stage.canvas.getContext("2d").getImageData(0, 0, 1, 1);
  times.push(performance.now() - start);
}
return times;
"""
"""Changes a control and waits until the new picture's pixels are there, for each of some values."""


def list_values(name: str, count: int) -> tuple[str, list[Any]]:
    """A control of a scene, and values that nobody has seen."""
    rng = np.random.default_rng(0)
    if name == "perceptron":
        return "petal length", rng.uniform(2.5, 7.5, count).tolist()
    if name == "digits":
        return "drawing", [Sketch().show(rng.uniform(size=(32, 32)) > 0.6) for _ in range(count)]
    words = ["a", "queen", "king", "wolf", "bird", "had", "saw", "lost", "the", "ring", "lamp", "day", "next"]
    return "text", [" ".join(rng.choice(words, 12)) for _ in range(count)]


def compute(name: str, beat: str, values: list[Any], control: str) -> dict[str, float]:
    """CPU milliseconds of one change without a browser: the scene, and the bytes."""
    film = LiveFilm(loader.load(name))
    controls, state = film.controls, LiveState()
    next(film.show(state))
    state = state.with_message({"type": "beat", "id": beat}, controls)
    next(film.show(state))
    scene, coding, size = [], [], []
    for value in values:
        message = {"type": "set", "name": control, "value": value, "hasty": True}
        state = state.with_message(message, controls)
        start = time.process_time()
        shown = next(film.show(state))
        told = time.process_time()
        size.append(len(encode_shown(shown, controls)))
        scene.append(1000 * (told - start))
        coding.append(1000 * (time.process_time() - told))
    middle = statistics.median
    return {"scene": middle(scene), "bytes": middle(coding), "kB": middle(size) / 1000}


def main() -> None:
    """Measure each scene in each of its beats that are shown first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(BARS))
    parser.add_argument("--changes", type=int, default=25)
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder, without_manim():
        browser = Browser(Path(folder) / "profile", 1920, 1080)
        try:
            for name in asked.names:
                rows += measure(browser, name, asked.changes)
        finally:
            browser.quit()
    headings = [
        "scene",
        "beat",
        "model, story, layout",
        "bytes",
        "kB",
        "to the screen: fastest, median, 90 %",
        "bar",
    ]
    text = (
        "A control is changed as while it is dragged. The model runs, the beat that is seen is told anew and "
        "put into its places, and its shapes go to the page, which draws them at 1920 × 1080; the last "
        "column is wall time in the page, from the change to the pixels, with the server and the "
        "browser on the same two cores."
    )
    write("live", "nnanim live", text, table(headings, rows))


def measure(browser: Browser, name: str, count: int) -> list[list[str]]:
    """A row for each of some beats of a scene."""
    control, values = list_values(name, 4 * count)
    rows = []
    with serving(loader.load(name)) as server:
        browser.open(server.address)
        browser.until("window.nnanim && window.nnanim.live.shown", 120)
        beats = [row[0] for row in browser.run("return window.nnanim.live.beats.rows")]
        for number, beat in enumerate([beats[0], beats[len(beats) // 2], beats[-1]]):
            browser.run("window.nnanim.live.send({type: 'beat', id: arguments[0]})", beat)
            browser.until(f"window.nnanim.live.shown.beat === {beat!r}")
            time.sleep(1.0)
            mine = values[number * count : (number + 1) * count]
            times = sorted(
                browser.run(f"return (async (given) => {{{WAIT}}})([...arguments])", control, mine)
            )
            own = compute(name, beat, mine[:10], control)
            middle = statistics.median(times)
            screen = f"{times[0]:.0f}, {middle:.0f}, {times[int(0.9 * len(times))]:.0f} ms"
            costs = [f"{own['scene']:.1f} ms", f"{own['bytes']:.1f} ms", f"{own['kB']:.1f}"]
            rows.append([name, beat, *costs, screen, f"{BARS.get(name, 0)} ms"])
            print(rows[-1], flush=True)
    return rows


if __name__ == "__main__":
    main()
