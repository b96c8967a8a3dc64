"""The truth test: a finished film is decoded, and its pixels are read back as the numbers of the trace.

Only places come from the layout; every value that is compared is computed here, from the trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from nnanim import theme
from nnanim.film import manifest
from nnanim.marks.common import BIGGEST
from nnanim.movie.render import render
from nnanim.scene import loader
from nnanim.style import RenderStyle
from nnanim.timeline import Take, takes
from nnanim.trace import Trace

BEATS = ("wires", "split", "hidden")
DARK = theme.by_name("dark")
LUMA = np.array([0.299, 0.587, 0.114])


@dataclass
class Shot:
    """A beat of the film: how it was planned, and its frames (n, height, width, 3) in 0..1."""

    take: Take
    told: dict[str, Any]
    frames: np.ndarray

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """(…, 2) places in pixels (column, row) of (…, 2) places in frame units."""
        style, (high, wide) = self.take.frame.style, self.frames.shape[1:3]
        return np.stack(
            [(points[..., 0] / style.width + 0.5) * wide, (0.5 - points[..., 1] / style.height) * high],
            axis=-1,
        )

    @property
    def density(self) -> float:
        """Pixels a frame unit."""
        return self.frames.shape[1] / self.take.frame.style.height


@pytest.fixture(scope="module")
def scene() -> Any:
    return loader.load("perceptron")


@pytest.fixture(scope="module")
def trace(scene: Any) -> Trace:
    return scene.example(object.__new__(scene))


@pytest.fixture(scope="module")
def shots(scene: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shot]:
    """Three beats of the perceptron's film, rendered and decoded."""
    story = scene.build_story()

    class Short(scene):  # type: ignore[misc]
        def takes(self, *args: Any) -> list[Take]:
            return [take for take in super().takes(*args) if take.beat.id in BEATS]

    folder = tmp_path_factory.mktemp("truth")
    # 30 frames a second: signals are read where they fly alone, however short the beat is.
    look = ["-ql", "--fps", "30", "--media_dir", str(folder)]
    film = render(Short, loader.path("perceptron"), look, story=story)
    planned = {take.beat.id: take for take in takes(story, RenderStyle(DARK, "en"))}
    told = manifest.read(film.path.with_name("Short.manifest.json"))
    frames = _decoded(film.path)
    assert len(frames) == film.frames
    found = {}
    for beat in told["beats"]:
        first, last = (round(beat[end] * told["fps"]) for end in ("start", "end"))
        found[beat["id"]] = Shot(planned[beat["id"]], {**beat, "fps": told["fps"]}, frames[first:last])
    return found


def _decoded(path: Path) -> np.ndarray:
    with av.open(str(path)) as source:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]) / 255


def read_values(shot: Shot, key: str, limit: float) -> np.ndarray:
    """The values of a column of neurons, read from the colours between each one's number and its rim."""
    placed = shot.take.frame[key]
    assert placed.opacity == 1
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    ring = 0.78 * placed.mark.radius(placed) * np.column_stack([np.cos(turn), np.sin(turn)])
    at = np.floor(shot.pixels(placed.mark.centers(placed)[:, None] + ring)).astype(int)
    colors = np.median(shot.frames[-2][at[..., 1], at[..., 0]], axis=1)
    return np.array([_value(color) for color in colors]) * limit


def _value(color: np.ndarray) -> float:
    """The fraction in -1..1 whose colour is nearest; the colour must be one of the scale's."""
    scale = np.linspace(-1, 1, 2001)
    apart = np.abs(DARK.signed_colors(scale)[:, :3] - color).max(axis=1)
    assert apart.min() < 0.06, f"{color} is on no place of the colour scale"
    return float(scale[np.argmin(apart)])


def check_neurons(shot: Shot, trace: Trace) -> None:
    hidden = next(node.name for node in trace.graph.leaves if node.kind == "Sigmoid")
    for key, values, limit in (("x", trace["input"], 6), ("h", trace[hidden], 1), ("y", trace["output"], 1)):
        np.testing.assert_allclose(read_values(shot, key, limit), values[0], atol=0.05 * limit)


def check_wires(shot: Shot, trace: Trace) -> None:
    weights = [value for name, value in trace.parameters.items() if name.endswith("weight")]
    for key, matrix in zip(("w1", "w2"), weights, strict=True):
        placed = shot.take.frame[key]
        limit = placed.mark.limit  # type: ignore[attr-defined]
        starts, ends = placed.mark.ends(shot.take.frame)  # type: ignore[arg-type]
        for index, weight in np.ndenumerate(matrix):
            share = weight / limit
            read, seen = _width(shot, starts[index], ends[index])
            wanted = max(placed.mark.widest * placed.scale * abs(share), 0.012)  # type: ignore[attr-defined]
            assert read == pytest.approx(wanted, rel=0.25, abs=0.02), f"width of {key}{index}"
            positive = seen[0] > seen[2]
            assert positive == (weight > 0), f"sign of {key}{index}"


def _width(shot: Shot, start: np.ndarray, end: np.ndarray) -> tuple[float, np.ndarray]:
    """Width of a wire in frame units and its colour over the ground, where nothing else crosses it."""
    along = (end - start) / np.linalg.norm(end - start)
    across = np.array([-along[1], along[0]])
    far = 1.03 * _widest(shot) * np.linspace(-1, 1, 129)
    found = []
    for share in np.linspace(0.1, 0.9, 33):
        line = start + share * (end - start) + far[:, None] * across
        lit = _sampled(shot, line) - DARK.rgba("ground")[:3]
        strength = np.abs(lit @ LUMA)
        dark = np.flatnonzero(strength < 0.02)
        below, above = dark[dark < 64], dark[dark > 64]
        if len(below) and len(above):  # the ground is seen on both sides
            own = slice(below[-1], above[0] + 1)
            near = slice(max(own.start, 56), min(own.stop, 73))
            found.append((strength[own].sum() * (far[1] - far[0]), lit[near].mean(axis=0)))
    assert found, "the wire is crossed everywhere"
    area, colors = np.median([one[0] for one in found]), np.median([one[1] for one in found], axis=0)
    # A wire thinner than a pixel is drawn fainter: its light is told by the colour that it was painted with.
    role = DARK.rgba("positive" if colors[0] > colors[2] else "negative")[:3]
    full = abs((role - DARK.rgba("ground")[:3]) @ LUMA)
    return _solved(area / full, shot), colors


def _widest(shot: Shot) -> float:
    """Width of a wire of the largest weight of the legend, in frame units."""
    placed = shot.take.frame["w1"]
    return float(placed.mark.widest * placed.scale)  # type: ignore[attr-defined]


def _solved(light: float, shot: Shot) -> float:
    """Width w of a wire of which w × alpha(w) is seen, where a wider wire is also more opaque."""
    widths = np.linspace(0.012, _widest(shot), 500)
    alphas = 0.3 + 0.6 * widths / _widest(shot)
    return float(widths[np.argmin(np.abs(widths * alphas - light))])


def _sampled(shot: Shot, points: np.ndarray) -> np.ndarray:
    """Colours of the last but one frame at places between the pixels."""
    at = shot.pixels(points) - 0.5
    low, frame = np.floor(at).astype(int), shot.frames[-2]
    (fx, fy), (x, y) = (at - low).T[..., None], low.T
    upper = frame[y, x] * (1 - fx) + frame[y, x + 1] * fx
    lower = frame[y + 1, x] * (1 - fx) + frame[y + 1, x + 1] * fx
    return upper * (1 - fy) + lower * fy


def check_signals(shot: Shot, trace: Trace) -> None:
    """Areas of signals in flight are |x| → |w·x| by the legend, their colours the sign of what they carry."""
    name = next(node.name for node in trace.graph.leaves if node.kind == "Linear")
    x = trace["input"][0]
    terms = trace.parameters[f"{name}.weight"] * x
    limit, checked = shot.take.beat.motion.limit, 0  # type: ignore[union-attr]
    placed = shot.take.frame["w1"]
    starts, ends = placed.mark.ends(shot.take.frame)  # type: ignore[arg-type]
    for frame, places in _flying(shot):
        for index, way, place in _ways(starts, ends, places):
            size = abs(x[index[1]]) + (abs(terms[index]) - abs(x[index[1]])) * way
            # Half of the rim, 0.02 wide in the colour of the ground, lies inside the disc.
            wanted = (BIGGEST * placed.scale * np.sqrt(size / limit) - 0.01) * shot.density
            near = np.sort(np.linalg.norm(places - place, axis=1))[1:2]
            largest = BIGGEST * placed.scale * np.sqrt(np.abs(terms).max() / limit) * shot.density
            alone = not len(near) or near[0] * shot.density > max(2.4 * wanted + 6, wanted + 1.6 * largest)
            if not (alone and 0.25 < way < 0.9 and abs(way - 0.5) > 0.15 and wanted > 2.5):
                continue
            after = way > 0.5
            sign = (terms[index] if after else x[index[1]]) > 0
            read = _radius(shot, frame, place, wanted, DARK.rgba("positive" if sign else "negative")[:3])
            assert read == pytest.approx(wanted, abs=0.6, rel=0.1), f"signal {index} at {way:.2f} of its way"
            checked += 1
    assert checked >= 16


def _flying(shot: Shot) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Every frame of the motion, and where the layout says that signals are at that moment."""
    fps, start = shot.told["fps"], shot.told["start"]
    first, last = (round((t - start) * fps) for t in shot.told["motion"])
    motion = next(phase for phase in shot.take.phases if phase.name == "motion")
    for index in range(first, last):
        discs = motion.moving((index - first) / (last - first)).get("signals", ())
        if discs:
            yield shot.frames[index], discs[0].centers  # type: ignore[union-attr]


def _ways(
    starts: np.ndarray, ends: np.ndarray, places: np.ndarray
) -> Iterator[tuple[Any, float, np.ndarray]]:
    """For each signal: its wire (out, in), how far along it is, and where."""
    for place in places:
        along = ends - starts
        way = ((place - starts) * along).sum(-1) / (along**2).sum(-1)
        off = np.linalg.norm(starts + way[..., None] * along - place, axis=-1)
        index = np.unravel_index(np.argmin(off), off.shape)
        if np.sort(off.ravel())[1] > 0.08:
            yield index, float(way[index]), place


def _radius(shot: Shot, frame: np.ndarray, place: np.ndarray, wanted: float, color: np.ndarray) -> float:
    """Radius in pixels of a disc: the root of the area of the pixels of its colour."""
    column, row = shot.pixels(place)
    reach = int(np.ceil(1.5 * wanted)) + 2
    rows = slice(int(row) - reach, int(row) + reach + 1)
    part = frame[rows, int(column) - reach : int(column) + reach + 1]
    ground = DARK.rgba("ground")[:3]
    light = ((part - ground) @ LUMA) / ((color - ground) @ LUMA)
    apart = np.abs(part - color).max(axis=-1)
    assert apart.min() < 0.2, f"no pixel has the colour of the signal: {color}"
    return float(np.sqrt((light > 0.72).sum() / np.pi))


def test_neurons_have_the_colour_of_their_value(shots: dict[str, Shot], trace: Trace) -> None:
    check_neurons(shots["hidden"], trace)


def test_wires_have_the_width_and_the_sign_of_their_weight(shots: dict[str, Shot], trace: Trace) -> None:
    check_wires(shots["wires"], trace)


def test_signals_grow_and_shrink_from_input_to_contribution(shots: dict[str, Shot], trace: Trace) -> None:
    check_signals(shots["split"], trace)


@pytest.mark.parametrize(
    ("beat", "check", "name", "change"),
    [
        ("hidden", check_neurons, "input", 0.9),
        ("wires", check_wires, "weight", 0.6),
        ("wires", check_wires, "weight", -1.0),
        ("split", check_signals, "weight", 0.6),
        ("split", check_signals, "input", 0.7),
    ],
)
def test_a_film_of_other_numbers_is_found_out(
    shots: dict[str, Shot],
    trace: Trace,
    beat: str,
    check: Callable[[Shot, Trace], None],
    name: str,
    change: float,
) -> None:
    with pytest.raises(AssertionError):
        check(shots[beat], _perturbed(trace, name, change))


def _perturbed(trace: Trace, name: str, change: float) -> Trace:
    """The trace with one of its values, or every weight from one input, times ``change``."""
    arrays = {key: np.array(trace[key]) for key in trace}
    weights = {key: np.array(value) for key, value in trace.parameters.items()}
    if name == "input":
        arrays["input"][0, 0] *= change
    else:
        weights[next(key for key in weights if key.endswith(name))][:, 0] *= change
    return Trace.of(arrays, parameters=weights, graph=trace.graph)
