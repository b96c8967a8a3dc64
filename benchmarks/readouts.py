"""What it costs that every number of a film can be asked: bytes, CPU time, and how long a look-up takes.

python benchmarks/readouts.py [SCENE | EDGES …]

For each film: bytes with and without what can be asked, side by side; CPU time to find where its numbers were
recorded, in tellings of its story; and, in headless Chromium, the time of a look-up, over all places of all
beats.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import _networks
from browser import Browser

from nnanim.beats import Story
from nnanim.scene import loader
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.timeline import takes
from nnanim.truth import find_origins
from nnanim.web import FilmCut, encode_film
from nnanim.web.page import PageSettings, write_page
from nnanim.web.readouts import ReadoutTables

SCENES = ("perceptron", "digits", "attention", "lstm", "vae", "diffusion")
SIZES = (2368, 101632)

LOOK_UP = """
const { cut } = nnanim.player, { readouts } = nnanim.theatre.pointing;
const times = [];
for (const beat of cut.beats) {
  readouts.find(beat, 0, 0);
  for (let x = -7; x < 7; x += 0.25) for (let y = -4; y < 4; y += 0.25) {
    const start = performance.now();
    readouts.find(beat, x, y);
    times.push(1000 * (performance.now() - start));
  }
}
times.sort((a, b) => a - b);
const mean = times.reduce((a, b) => a + b) / times.length;
return { mean, slow: times[Math.floor(0.99 * times.length)] };
"""


@contextmanager
def without_readouts() -> Iterator[None]:
    """A block in which films are written without what can be asked."""
    with patch.object(ReadoutTables, "write", lambda self, shots, *rest: [None] * len(shots)):
        yield


def measure(name: str, browser: Browser, folder: Path) -> dict[str, Any]:
    """Everything about one film."""
    if name.isdecimal():
        story = _networks.story(int(name), steady=False)
    else:
        story = loader.load(name).build_story(cached=True)
    told, found, origins = _find(story)
    style = RenderStyle(by_name("dark"))
    cut = FilmCut(story, style, takes=takes(story, style), origins=origins)
    data = encode_film([cut], origins=False)
    with without_readouts():
        bare = encode_film([cut], origins=False)
    browser.open(write_page(data, folder / f"{name}.html", PageSettings()))
    browser.until("window.nnanim && nnanim.player.cut")
    return {"with": len(data), "without": len(bare), "told": told, "found": found, **browser.run(LOOK_UP)}


def _find(story: Story) -> tuple[float, float, Any]:
    """CPU seconds to tell a story and to find its numbers, and where they were recorded."""
    if story.retell is None:
        return 0.0, 0.0, None
    start = time.process_time()
    tuple(story.retell())
    told = time.process_time()
    origins = find_origins(story.retell)
    return told - start, time.process_time() - told, origins


def main() -> None:
    """Print a line for each film."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[*SCENES, *map(str, SIZES)])
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(Path(folder) / "profile")
        try:
            for name in parser.parse_args().names:
                row = measure(name, browser, Path(folder))
                print(
                    f"{name}: {row['with'] / 1e3:.1f} kB, {row['without'] / 1e3:.1f} kB without readouts; "
                    f"told in {row['told']:.2f} s, origins found in {row['found']:.2f} s of CPU time; "
                    f"a look-up takes {row['mean']:.0f} µs, p99 {row['slow']:.0f} µs",
                    flush=True,
                )
        finally:
            browser.quit()


if __name__ == "__main__":
    main()
