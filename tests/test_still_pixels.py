"""Every kind of mark through matplotlib: against reference pictures, and against the film's own painter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import examples
import numpy as np
import pytest
from PIL import Image

from nnanim import theme as themes
from nnanim.beats import Beat, Story
from nnanim.layout import place
from nnanim.marks import KINDS, Frame, Grid, Legend, Mark, Placed, flatten
from nnanim.shapes import Filled, Shapes
from nnanim.still.figure import figure_pixels
from nnanim.still.picture import picture, take_of
from nnanim.style import RenderStyle

REFERENCES = Path(__file__).parent / "pixels"
MADE_OF_WORDS = ("Formula", "Text")
MOVING = ("split", "merge", "training", "sweep")
STORY = examples.story()


def painted(seen: Mapping[str, Shapes], style: RenderStyle, width: int) -> np.ndarray:
    """(height, width, 3) pixels through matplotlib."""
    return figure_pixels(picture(seen, style, width, dpi=100))[..., :3].astype(int)


def beside(path: Path, *shots: np.ndarray) -> Path:
    """Write pictures beside each other, and last how they differ, eight times as strong."""
    differ = np.clip(np.abs(shots[0] - shots[1]) * 8, 0, 255)
    Image.fromarray(np.concatenate([*shots, differ], axis=1).astype(np.uint8)).save(path)
    return path


def differences(a: np.ndarray, b: np.ndarray, block: int = 12) -> tuple[float, float]:
    """Mean absolute difference, and that of the block of pixels where it is largest."""
    apart = np.abs(a - b).mean(axis=2)
    rows, columns = (n // block for n in apart.shape)
    blocks = apart[: rows * block, : columns * block].reshape(rows, block, columns, block).mean(axis=(1, 3))
    return float(apart.mean()), float(blocks.max())


def bench(*marks: Mark) -> Frame:
    """Marks beside each other at scale 1, in places that no change of the layout moves."""
    style = RenderStyle(themes.by_name("dark"), width=80 / 9, height=5.0)
    placed = {}
    for x, mark in zip(np.linspace(-2.0, 2.0, len(marks)) if len(marks) > 1 else [0.0], marks, strict=True):
        e = mark.measure(1.0, style)
        room = (x - e.left, x + e.right, -e.down, e.up)
        placed[mark.key] = Placed(mark, float(x), 0.0, e.width, e.height, 1.0, e.up, room)
    return Frame("bench", placed, style)


def without_words(seen: Mapping[str, Shapes]) -> dict[str, Shapes]:
    """Shapes without text, which has tests of its own."""
    return {key: tuple(s for s in shapes if not isinstance(s, Filled)) for key, shapes in seen.items()}


def compare(name: str, shot: np.ndarray, update: bool, folder: Path) -> None:
    reference = REFERENCES / f"still-{name}.png"
    if update:
        REFERENCES.mkdir(exist_ok=True)
        Image.fromarray(shot.astype(np.uint8)).save(reference, optimize=True)
    assert reference.is_file(), f"no reference picture of {name}; --update-snapshots makes it"
    with Image.open(reference) as known:
        wanted = np.asarray(known.convert("RGB")).astype(int)
    assert wanted.shape == shot.shape
    mean, worst = differences(wanted, shot)
    if mean > 0.3 or worst > 4:
        written = beside(folder / f"{name}.png", wanted, shot)
        pytest.fail(f"{name} differs by {mean:.2f}, at the worst place by {worst:.1f}: see {written}")


@pytest.mark.parametrize("kind", KINDS)
def test_a_mark_looks_as_it_did(kind: str, update_snapshots: bool, tmp_path: Path) -> None:
    frame = bench(*flatten(examples.stage(kind)))
    seen = frame.draw() if kind in MADE_OF_WORDS else without_words(frame.draw())
    shot = painted(seen, frame.style, 480)
    assert np.ptp(shot.reshape(-1, 3), axis=0).max() > 60, "nothing is to be seen"
    compare(kind, shot, update_snapshots, tmp_path)


def test_signals_look_as_they_did(update_snapshots: bool, tmp_path: Path) -> None:
    frame = bench(*examples.network())
    seen = {**frame.draw(), "signals": examples.flow().journey(frame)(0.5)}
    compare("signals", painted(without_words(seen), frame.style, 480), update_snapshots, tmp_path)


@pytest.mark.parametrize("kind", ["color", "width", "size", "names"])
def test_a_legend_looks_as_it_did(kind: str, update_snapshots: bool, tmp_path: Path) -> None:
    names = ("cat", "dog") if kind == "names" else ()
    roles = ("positive", "negative")[: len(names)]
    frame = bench(
        Legend(key="legend", kind=kind, means="weight", low=-2.0, high=2.0, names=names, roles=roles)
    )
    compare(
        f"legend-{kind}",
        painted(without_words(frame.draw()), frame.style, 480),
        update_snapshots,
        tmp_path,
    )


def as_in_the_film(seen: Mapping[str, Shapes], style: RenderStyle, width: int) -> np.ndarray:
    """(height, width, 3) pixels through the film's painter."""
    paint = pytest.importorskip("nnanim.movie.cairo_backend")
    rows = round(width * style.height / style.width)
    shot, context = paint.surface(width, rows, (style.width, style.height))
    red, green, blue, _ = style.theme.rgba("ground")
    context.set_source_rgba(blue, green, red, 1)  # as the painter: bytes are red, green, blue
    context.paint()
    for shapes in seen.values():
        paint.paint(context, shapes)
    return shot[..., :3].astype(int)


def assert_same(seen: Mapping[str, Shapes], style: RenderStyle, path: Path) -> None:
    film, still = as_in_the_film(seen, style, 960), painted(seen, style, 960)
    mean, worst = differences(film, still)
    if mean > 0.4 or worst > 5:
        pytest.fail(
            f"differs by {mean:.2f}, at the worst place by {worst:.1f}: see {beside(path, film, still)}"
        )


@pytest.mark.parametrize(("theme", "lang"), [("dark", "en"), ("light", "ja")])
@pytest.mark.parametrize("kind", KINDS)
def test_a_still_looks_like_the_film(kind: str, theme: str, lang: str, tmp_path: Path) -> None:
    style = RenderStyle(themes.by_name(theme), lang)
    assert_same(place(examples.beat(kind), style).draw(), style, tmp_path / f"{kind}.png")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("which", MOVING)
def test_a_motion_looks_like_the_film(which: str, theme: str, tmp_path: Path) -> None:
    style = RenderStyle(themes.by_name(theme))
    take = take_of(STORY, STORY.beat(which), style)
    for seconds in (take.middle(), take.middle() - 0.7):
        assert_same(take.at(seconds), style, tmp_path / f"{which}.png")


def test_turned_names_look_like_the_film(tmp_path: Path) -> None:
    style = RenderStyle(themes.by_name("dark"))
    names = tuple(f"a long name of column {i}" for i in range(12))
    beat = Beat("Turned.", Grid(np.linspace(-1, 1, 36).reshape(3, 12), key="g", columns=names), id="turned")
    seen = place(beat, style).draw()
    assert any(isinstance(shape, Filled) and shape.turn for shape in seen["g"])
    assert_same(seen, style, tmp_path / "turned.png")


def test_dimmed_marks_look_like_the_film(tmp_path: Path) -> None:
    style = RenderStyle(themes.by_name("dark"))
    for kind in KINDS:
        stage = examples.stage(kind)
        other = examples.mark("Text", key="spoken")
        beat = Beat("Dimmed.", type(stage)(*stage.children, other), focus=("spoken",), id="dim")
        assert_same(
            place(Story.from_beats([beat]).beats[0], style).draw(), style, tmp_path / f"dim-{kind}.png"
        )
