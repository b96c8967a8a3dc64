"""Stills and contact sheets: what is written where, and that numbers and widths in them are true."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import examples
import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from nnanim import theme as themes
from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import Grid, Row, Units, digest
from nnanim.shapes import Boxes, Discs, Lines, Polyline, Raster, Shape
from nnanim.still import contact_sheet, motion_strip, still
from nnanim.still.artists import add_artists
from nnanim.still.figure import figure_pixels, frame_figure
from nnanim.still.sheet import _moments, strip_step
from nnanim.style import RenderStyle
from nnanim.timeline import Take, take_of

ROOT = Path(__file__).parent.parent
STORY = examples.story()
WHITE, BLACK = np.ones(4), np.array([0.0, 0.0, 0.0, 1.0])


def image(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGBA"))


def spot(shot: np.ndarray, x: float, y: float, style: RenderStyle) -> np.ndarray:
    """Red, green, blue, alpha (0..1) of the pixel at a place in frame units."""
    scale = shot.shape[1] / style.width
    return shot[int(shot.shape[0] / 2 - y * scale), int(shot.shape[1] / 2 + x * scale)] / 255


# What it looks like


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_neurons_have_the_colours_of_their_values(theme: str, tmp_path: Path) -> None:
    values = np.array([-2.0, -0.7, 0.0, 0.4, 1.5])
    story = Story.from_beats([Beat("Five neurons.", Row(Units(values, key="u", limit=2, numbers=False)))])
    still(story, path=tmp_path / "u.png", theme=theme, width_px=640)
    shot, style = image(tmp_path / "u.png"), RenderStyle(themes.by_name(theme))
    placed = place(story.beats[0], style)["u"]
    for value, (x, y) in zip(values, placed.mark.centers(placed), strict=True):
        assert spot(shot, x, y, style) == pytest.approx(style.theme.signed_colors(value / 2), abs=1.5 / 255)


def test_cells_have_the_colours_of_their_values(tmp_path: Path) -> None:
    values = np.linspace(-1, 1, 40 * 40).reshape(40, 40)
    story = Story.from_beats([Beat("Many cells.", Row(Grid(values, key="g", limit=1)))])
    still(story, path=tmp_path / "g.png", width_px=1280)
    shot, style = image(tmp_path / "g.png"), RenderStyle(themes.by_name("dark"))
    at = place(story.beats[0], style)["g"]
    for row, column in itertools.product((0, 7, 20, 39), repeat=2):
        x = at.x - at.w / 2 + (column + 0.5) * at.w / 40
        y = at.y + at.h / 2 - (row + 0.5) * at.h / 40
        assert spot(shot, x, y, style) == pytest.approx(
            style.theme.signed_colors(values[row, column]), abs=1.5 / 255
        )


def covered(figure: Figure) -> float:
    """Width in pixels of what is white along the middle row of a figure on black."""
    shot = figure_pixels(figure)
    return float(shot[shot.shape[0] // 2, :, 0].sum() / 255)


@pytest.mark.parametrize("width_px", [320, 961, 1920])
def test_line_widths_are_in_frame_units_at_every_size(width_px: int) -> None:
    style = RenderStyle(themes.by_name("dark"))
    up = np.array([[0.3, -3.0], [0.3, 3.0]])
    for shape in (
        Lines(up[:1], up[1:], WHITE[None], np.array([0.2])),
        Polyline(up, WHITE, 0.2),
        Discs(np.array([[9.0, 0.0]]), np.array([4.0]), np.zeros((1, 4)), WHITE[None], rim_width=0.2),
        Boxes(np.array([[9.0, 0.0]]), np.array([[8.0, 6.0]]), np.zeros((1, 4)), WHITE[None], 0.2),
    ):
        figure, axes = frame_figure(style, width_px, dpi=100)
        figure.set_facecolor("black")
        add_artists((shape,), axes)
        assert covered(figure) == pytest.approx(0.2 * width_px / style.width, rel=0.02, abs=0.1), shape
        figure.set_size_inches(figure.get_size_inches() * 0.5)
        assert covered(figure) == pytest.approx(0.1 * width_px / style.width, rel=0.02, abs=0.1), shape
        figure.set_dpi(300)
        assert covered(figure) == pytest.approx(0.3 * width_px / style.width, rel=0.02, abs=0.1), shape


def test_a_line_stands_where_it_is_and_not_at_whole_pixels() -> None:
    style = RenderStyle(themes.by_name("dark"))
    for shift in (0.0, 0.25, 0.5, 0.75):
        x = 1.0 + shift * style.width / 640
        figure, axes = frame_figure(style, 640, dpi=100)
        figure.set_facecolor("black")
        add_artists(
            (Discs(np.array([[x, 0.0]]), np.array([0.5]), WHITE[None], WHITE[None], rim_width=0.05),), axes
        )
        row = figure_pixels(figure)[180, :, 0].astype(float)
        middle = (row @ (np.arange(640) + 0.5) / row.sum() - 320) * style.width / 640
        assert middle == pytest.approx(x, abs=0.03 * style.width / 640)


def test_a_dash_is_as_long_as_it_says() -> None:
    style = RenderStyle(themes.by_name("dark"))
    figure, axes = frame_figure(style, 960, dpi=100)
    figure.set_facecolor("black")
    ends = np.array([[-3.0, 0.0], [3.0, 0.0]])
    add_artists((Polyline(ends, WHITE, 0.4, dash=(0.5, 0.25)),), axes)
    scale = 960 / style.width
    assert covered(figure) / scale == pytest.approx(6 * 0.5 / 0.75, abs=0.02)


def shapes_of(colors: list[np.ndarray]) -> list[Shape]:
    """A shape of each kind over the middle of the frame, one colour each."""
    at, size = np.zeros((1, 2)), np.ones((1, 2))
    square = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    tiles = [np.round(np.tile(c, (2, 2, 1)) * 255).astype(np.uint8) for c in colors]
    return [
        Discs(at, np.array([0.5]), colors[0][None]),
        Lines(np.array([[0.0, -0.5]]), np.array([[0.0, 0.5]]), colors[1][None], np.array([1.0])),
        Boxes(at, size, colors[2][None]),
        Polyline(square, colors[3], 0.0, closed=True, fill=colors[3]),
        Raster((0.0, 0.0), (1.0, 1.0), tiles[4]),
        Discs(at, np.array([0.5]), colors[5][None], glow=2.0),
    ]


def test_what_is_painted_later_lies_above() -> None:
    style = RenderStyle(themes.by_name("dark"))
    colors = [np.array([0.1 * i, 0.5, 1 - 0.1 * i, 1.0]) for i in range(6)]
    kinds = shapes_of(colors)
    for last in range(6):
        order = [shape for i, shape in enumerate(kinds) if i != last] + [kinds[last]]
        figure, axes = frame_figure(style, 320, dpi=100)
        add_artists(tuple(order), axes)
        assert figure_pixels(figure)[90, 160] / 255 == pytest.approx(colors[last], abs=1.5 / 255)


def test_a_transparent_theme_leaves_the_ground_open(tmp_path: Path) -> None:
    still(STORY, "split", path=tmp_path / "t.png", theme="transparent", width_px=480)
    shot, style = image(tmp_path / "t.png"), RenderStyle(themes.by_name("transparent"))
    assert shot[0, 0, 3] == 0
    at = place(STORY.beat("split"), style, style.say(STORY.title))["h"]
    x, y = at.mark.centers(at)[0]
    assert spot(shot, x, y + at.mark.radius(at) * 0.7, style)[3] == 1
    assert 'style="fill: #' not in _ground_of_svg(tmp_path, "transparent")
    assert 'style="fill: #0e1117' in _ground_of_svg(tmp_path, "dark")


def _ground_of_svg(folder: Path, theme: str) -> str:
    still(STORY, 1, path=folder / "t.svg", theme=theme)
    text = (folder / "t.svg").read_text(encoding="utf-8")
    return text[text.index('id="patch_1"') : text.index('id="axes_1"')]


def test_a_moment_in_the_beat_differs_from_its_end() -> None:
    end, middle, start = (
        figure_pixels(still(STORY, "split", at=at, width_px=320)) for at in (None, "middle", 0.0)
    )
    assert np.abs(end.astype(int) - middle).max() > 50
    assert np.abs(start.astype(int) - middle).max() > 50


def test_the_end_of_a_beat_is_what_the_film_ends_with() -> None:
    style = RenderStyle(themes.by_name("dark"))
    seconds = take_of(STORY, STORY.beat("merge"), style).seconds
    end, last = (figure_pixels(still(STORY, "merge", at=at, width_px=320)) for at in (None, seconds))
    assert np.array_equal(end, last)


def test_a_figure_can_be_drawn_on_in_frame_units() -> None:
    figure = still(STORY, 1, width_px=640)
    before = figure_pixels(figure).copy()
    figure.axes[0].plot([-6, 6], [-3, -3], color="red", linewidth=4)
    assert np.abs(figure_pixels(figure).astype(int) - before).max() > 100
    assert (figure_pixels(figure).shape[1], figure_pixels(figure).shape[0]) == (640, 360)


# What is written


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_files_are_the_same_from_run_to_run(kind: str, tmp_path: Path) -> None:
    for name in "ab":
        still(STORY, "split", path=tmp_path / f"{name}.{kind}", at="middle", lang="ja", width_px=480)
    assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_an_svg_has_keys_as_ids_words_as_outlines_and_widths_in_points(tmp_path: Path) -> None:
    still(STORY, "split", path=tmp_path / "s.svg", at="middle", width_px=1920, dpi=200)
    root = ElementTree.parse(tmp_path / "s.svg").getroot()
    ids = {element.get("id") for element in root.iter()}
    assert {"x", "h", "w1", "signals", "say:split"} <= ids
    assert not [element for element in root.iter() if element.tag.endswith("}text")]
    wires = next(element for element in root.iter() if element.get("id") == "w1")
    widest = max(float(path.get("style", "").split("stroke-width: ")[1].split(";")[0]) for path in wires)
    style = RenderStyle(themes.by_name("dark"))
    shape = place(STORY.beat("split"), style, style.say(STORY.title)).draw()["w1"][0]
    assert isinstance(shape, Lines)
    assert widest == pytest.approx(shape.widths.max() * 1920 / 200 * 72 / style.width, rel=1e-4)


def test_a_pdf_is_a_pdf(tmp_path: Path) -> None:
    still(STORY, "05", path=tmp_path / "p.pdf")
    data = (tmp_path / "p.pdf").read_bytes()
    assert data.startswith(b"%PDF") and data.rstrip().endswith(b"%%EOF") and b"/Type /Font" not in data


def test_a_picture_says_what_it_shows_and_where_its_numbers_come_from(tmp_path: Path) -> None:
    still(STORY, "split", path=tmp_path / "a.png", lang="ja", width_px=320)
    with Image.open(tmp_path / "a.png") as picture:
        text = picture.info
    assert text["Title"] == "三層パーセプトロン"
    assert text["Description"] == STORY.beat("split").says["ja"]  # type: ignore[index]
    assert '"model": "iris-2-3-1"' in text["Source"]


def test_a_contact_sheet_shows_every_beat_and_on_request_every_motion(tmp_path: Path) -> None:
    figure = contact_sheet(STORY, tmp_path / "sheet.png", thumb_width=160, columns=3)
    assert len(figure.axes) == len(STORY.beats)
    assert image(tmp_path / "sheet.png").shape[1] == 3 * 160 + 4 * 14
    both = contact_sheet(STORY, thumb_width=160, middles=True)
    assert len(both.axes) == len(STORY.beats) + sum(beat.motion is not None for beat in STORY.beats)


def test_a_strip_shows_all_that_moves_every_quarter_of_a_second_and_then_the_beat_at_rest(
    tmp_path: Path,
) -> None:
    beat = next(one for one in STORY.beats[1:] if one.motion is not None)
    figure = motion_strip(STORY, beat.id, tmp_path / "strip.png", thumb_width=160, columns=4)
    take = take_of(STORY, beat, RenderStyle(themes.by_name("dark")))
    moving = take.seconds - take.phases[-1].seconds
    times = [*np.arange(0, moving - 1e-6, 0.25), moving]
    assert len(figure.axes) == len(times)
    assert image(tmp_path / "strip.png").shape[1] == 4 * 160 + 5 * 14
    names = [name.split(" s · ") for name, _ in _moments(take, None, 0.25)]
    assert [float(seconds) for seconds, _ in names] == pytest.approx(times, abs=0.005)
    assert [phase for _, phase in names] == [phase_at(take, seconds) for seconds in times]
    assert {"motion", "pause"} <= {phase for _, phase in names}
    for second, (_, seen) in zip(times, _moments(take, None, 0.25), strict=True):
        assert digest(seen) == digest(take.at(second))


def test_a_strip_of_a_long_beat_has_fewer_pictures_at_equal_distances() -> None:
    beat = next(one for one in STORY.beats[1:] if one.motion is not None)
    assert beat.motion is not None
    story = replace(
        STORY, beats=(*STORY.beats[:-1], replace(beat, motion=replace(beat.motion, seconds=90.0), id="l"))
    )
    take = take_of(story, story.beats[-1], RenderStyle(themes.by_name("dark")))
    step = strip_step(take)
    rows = -(-(len(list(_moments(take, None, step)))) // 6)
    assert step == 1.0 and 3000 < rows * 211 <= 4000
    assert strip_step(take, thumb_width=160) < step < strip_step(take, thumb_width=854)


def phase_at(take: Take, seconds: float) -> str:
    """Name of the phase that a moment belongs to."""
    for phase in take.phases[:-1]:
        if seconds < phase.seconds - 1e-9:
            return phase.name
        seconds -= phase.seconds
    return take.phases[-1].name


def test_a_strip_of_a_beat_that_only_rests_is_one_picture() -> None:
    same = STORY.beats[0]
    story = Story.from_beats([replace(same, motion=None, id=name, says="") for name in "ab"])
    assert len(motion_strip(story, "b", thumb_width=160).axes) == 1


def test_the_times_of_a_strip_stand_under_its_pictures() -> None:
    strip = figure_pixels(motion_strip(STORY, 1, thumb_width=480, columns=4)).astype(int)
    alone = figure_pixels(still(STORY, 1, at=0.25, width_px=480)).astype(int)
    tile = strip[14 : 14 + 270, 2 * 14 + 480 : 2 * 14 + 960]
    assert np.abs(tile - alone)[3:-3, 3:-3].mean() < 2


def test_a_thumbnail_is_the_still(tmp_path: Path) -> None:
    sheet = figure_pixels(contact_sheet(STORY, thumb_width=480, columns=4)).astype(int)
    alone = figure_pixels(still(STORY, 2, width_px=480)).astype(int)
    top = 14 + round(480 * 8.75 / (128 / 9)) - 270
    tile = sheet[top : top + 270, 2 * 14 + 480 : 2 * 14 + 960]
    assert np.abs(tile - alone)[3:-3, 3:-3].mean() < 2


def test_settings_of_matplotlib_are_left_alone_and_do_not_show(tmp_path: Path) -> None:
    calm = figure_pixels(still(STORY, 2, width_px=320))
    with matplotlib.rc_context(
        {"lines.scale_dashes": False, "savefig.bbox": "tight", "path.simplify": False}
    ):
        before = dict(matplotlib.rcParams)
        still(STORY, 2, path=tmp_path / "a.png", width_px=320)
        assert dict(matplotlib.rcParams) == before
    assert np.array_equal(image(tmp_path / "a.png"), calm)


def test_no_window_is_opened_and_no_other_printer_is_loaded() -> None:
    names = ("matplotlib.pyplot", "manim", "torch")
    script = f"import sys, nnanim.still; print([name for name in {names} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


# Bad input


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"beat": "spilt"}, "nearest: 'split'"),
        ({"beat": 99}, "there is no beat 99"),
        ({"theme": "drak"}, "nearest: 'dark'"),
        ({"lang": "jp"}, "nearest: 'ja'"),
        ({"at": 99.0}, "lasts"),
        ({"at": float("nan")}, "neither in it"),
        ({"at": "midle"}, "nor 'middle'"),
        ({"path": "a.jpg"}, ".png, .svg, .pdf wanted"),
        ({"path": "a"}, "no suffix"),
        ({"width_px": 0}, "16 to 16384"),
    ],
)
def test_mistakes_are_told_in_one_line(changes: dict[str, object], says: str) -> None:
    options = {"beat": "split", **changes}
    with pytest.raises(UserError) as caught:
        still(STORY, options.pop("beat"), **options)  # type: ignore[arg-type]
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_columns_below_one_are_refused() -> None:
    with pytest.raises(UserError, match="columns=0"):
        contact_sheet(STORY, columns=0)
    with pytest.raises(UserError, match="columns=0"):
        motion_strip(STORY, columns=0)


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for write in (still, lambda story, path: contact_sheet(story, path)):
        with pytest.raises(UserError, match="cannot write"):
            write(STORY, path=tmp_path / "file" / "a.png")


def test_a_read_only_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object, *args: object, **options: object) -> int:
        if str(tmp_path) in str(path):
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **options)

    opened = os.open
    monkeypatch.setattr("nnanim.files.os.open", refuse)
    with pytest.raises(UserError, match="Permission denied"):
        still(STORY, path=tmp_path / "a.png")


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    still(STORY, path=tmp_path / "new" / "a.png", width_px=320)
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["a.png"]


def test_a_picture_that_fails_leaves_the_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"earlier")

    def burst(*args: object, **options: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Figure, "savefig", burst)
    with pytest.raises(RuntimeError):
        still(STORY, path=path, width_px=320)
    assert path.read_bytes() == b"earlier" and list(tmp_path.iterdir()) == [path]


def test_a_story_of_one_beat_needs_no_other() -> None:
    story = Story("", (Beat("One.", Row(Units([1.0], key="u")), id="only"),))
    assert still(story, "only", at=0.0, width_px=320).axes


def test_the_frame_s_sides_pace_and_size_of_a_picture(tmp_path: Path) -> None:
    """A beat is arranged for its frame; a second of a film that is twice as fast is two of the other's."""
    tall = still(STORY, "split", path=tmp_path / "tall.png", frame="9:16", width_px=90, dpi=50)
    with Image.open(tmp_path / "tall.png") as picture:
        assert picture.size == (90, 160) and picture.info["dpi"] == pytest.approx((50, 50), abs=0.1)
    assert tall.axes[0].get_xlim()[1] == pytest.approx(5.5)
    square = still(STORY, "split", frame=1.0, width_px=100)
    assert [round(side * square.dpi) for side in square.get_size_inches()] == [100, 100]
    slow, fast, other = (
        figure_pixels(still(STORY, "split", at=at, pace=pace, width_px=160))
        for at, pace in ((1, 1), (0.5, 2), (0.5, 1))
    )
    assert np.array_equal(slow, fast) and not np.array_equal(slow, other)
    with pytest.raises(UserError, match="there is no frame '3:2'; there are 16:9, 4:3, 1:1, 9:16"):
        still(STORY, frame="3:2")
