"""Stories as matplotlib animations: signals travel, colours are true, files are whole."""

from __future__ import annotations

import io
from pathlib import Path

import examples
import numpy as np
import pytest
from matplotlib.animation import FuncAnimation, PillowWriter
from PIL import Image

from nnanim import theme as themes
from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import Row, Units, Wires
from nnanim.motions import Flow
from nnanim.shapes import Discs
from nnanim.still import Mp4Writer, animate, animation
from nnanim.still.figure import figure_pixels, frame_figure
from nnanim.still.film import Screen
from nnanim.still.picture import take_of
from nnanim.style import RenderStyle

DARK = RenderStyle(themes.by_name("dark"))
FPS = 20


def one_wire() -> Story:
    """Two neurons and a faint wire, along which one signal travels."""
    x = Units([0.9], key="x", limit=1, numbers=False)
    y = Units([0.5], key="y", limit=1, numbers=False)
    wires = Wires([[0.1]], x, y, key="w", limit=5)
    motion = Flow("w", np.array([[0.6]]), np.array([0.9]), limit=1, seconds=1.5)
    return Story.from_beats([Beat("It travels.", Row(x, wires, y), motion=motion, pause=0.4)], "One wire")


def moments(path: Path) -> list[tuple[float, np.ndarray]]:
    """Start in seconds and pixels of every frame of a gif."""
    frames, clock = [], 0.0
    with Image.open(path) as film:
        for index in range(film.n_frames):
            film.seek(index)
            frames.append((clock, np.asarray(film.convert("RGB")).astype(int)))
            clock += film.info["duration"] / 1000
    return frames


def decoded(path: Path | io.BytesIO) -> list[np.ndarray]:
    """Pixels of every frame of an mp4."""
    av = pytest.importorskip("av")
    with av.open(path) as film:
        return [frame.to_ndarray(format="rgb24").astype(int) for frame in film.decode(video=0)]


def place_of(
    shot: np.ndarray, color: np.ndarray, box: tuple[float, float, float, float]
) -> np.ndarray | None:
    """Middle in frame units of what has a colour within (left, right, bottom, top), or None."""
    scale = shot.shape[1] / DARK.width
    rows, columns = np.nonzero(np.abs(shot - color).max(axis=2) <= 6)
    x = (columns + 0.5 - shot.shape[1] / 2) / scale
    y = (shot.shape[0] / 2 - rows - 0.5) / scale
    inside = (x > box[0]) & (x < box[1]) & (y > box[2]) & (y < box[3])
    return np.array([x[inside].mean(), y[inside].mean()]) if inside.sum() > 5 else None


def test_a_signal_travels_along_its_wire(tmp_path: Path) -> None:
    story = one_wire()
    animate(story, tmp_path / "w.gif", fps=FPS, width_px=480)
    take = take_of(story, story.beats[0], DARK)
    frame, motion = take.frame, story.beats[0].motion
    assert isinstance(motion, Flow)
    (x0, y0), (x1, _) = (frame[key].mark.centers(frame[key])[0] for key in "xy")
    edge = frame["x"].mark.radius(frame["x"])
    before = next(
        sum(p.seconds for p in take.phases[:i]) for i, p in enumerate(take.phases) if p.name == "motion"
    )
    color = DARK.theme.rgba("positive")[:3] * 255
    seen = []
    for start, shot in moments(tmp_path / "w.gif"):
        where = place_of(shot, color, (x0 + edge + 0.25, x1 - edge - 0.25, y0 - 0.5, y0 + 0.5))
        flown = motion.journey(frame)(min((start - before) / 1.5 / 0.86, 1.0))
        if where is None or not flown:
            continue
        (disc,) = flown
        assert isinstance(disc, Discs)
        if x0 + edge + 0.5 < disc.centers[0, 0] < x1 - edge - 0.5:
            assert where == pytest.approx(disc.centers[0], abs=0.05)
            seen.append(where[0])
    assert len(seen) > 10 and np.all(np.diff(seen) > 0)


@pytest.mark.parametrize(("kind", "off"), [("gif", 4), ("mp4", 6)])
def test_neurons_in_the_film_have_the_colours_of_their_values(kind: str, off: int, tmp_path: Path) -> None:
    values = np.array([-1.0, -0.35, 0.2, 0.75])
    story = Story.from_beats(
        [Beat("Values.", Row(Units(values, key="u", limit=1, numbers=False)), pause=0.2)]
    )
    path = animate(story, tmp_path / f"v.{kind}", fps=10, width_px=640)
    last = moments(path)[-1][1] if kind == "gif" else decoded(path)[-1]
    scale = last.shape[1] / DARK.width
    one = place(story.beats[0], DARK)["u"]
    for value, (x, y) in zip(values, one.mark.centers(one), strict=True):
        found = last[int(last.shape[0] / 2 - y * scale), int(last.shape[1] / 2 + x * scale)]
        assert found == pytest.approx(DARK.theme.signed_colors(value)[:3] * 255, abs=off)


def test_every_frame_is_what_the_take_says() -> None:
    """Kept artists and new ones lie in the same order as in a picture made at once."""
    from nnanim.still.picture import picture

    story = Story.from_beats(list(examples.story().beats[1:4]), card=False)
    film = animation(story, fps=2, width_px=320)
    assert isinstance(film, FuncAnimation)
    for index in [*range(film.frames), 3, 0, film.frames - 1]:
        film.frame(index)
        take = max((t for t in film.takes if t.start <= index / 2 + 1e-9), key=lambda t: t.start)
        alone = figure_pixels(picture(take.at(index / 2 - take.start), DARK, 320, dpi=100)).copy()
        assert np.array_equal(figure_pixels(film.figure), alone), index


def test_what_stays_lies_below_what_enters_above_it() -> None:
    figure, axes = frame_figure(DARK, 320, dpi=100)
    screen, at = Screen(axes), np.zeros((1, 2))
    low, stays, high = ((Discs(at, np.ones(1), np.array([[i / 2, 0.5, 0.2, 1.0]])),) for i in range(3))
    screen.show({"low": low, "more": low, "stays": stays})
    screen.show({"stays": stays, "high": high})
    assert figure_pixels(figure)[90, 160, 0] == 255
    screen.show({"high": high, "stays": stays})
    assert int(figure_pixels(figure)[90, 160, 0]) == pytest.approx(127, abs=1)


@pytest.mark.parametrize("fps", [12, 30])
def test_a_film_is_as_long_as_its_beats(fps: int, tmp_path: Path) -> None:
    story = one_wire()
    film = animation(story, fps=fps, width_px=160)
    seconds = film.takes[-1].start + film.takes[-1].seconds
    assert film.frames == round(seconds * fps)
    film.save(tmp_path / "f.gif")
    with Image.open(tmp_path / "f.gif") as gif:
        total = 0
        for index in range(gif.n_frames):
            gif.seek(index)
            total += gif.info["duration"]
    assert total / 1000 == pytest.approx(film.frames / fps, abs=0.011)
    film.save(tmp_path / "f.mp4")
    assert len(decoded(tmp_path / "f.mp4")) == film.frames


def test_a_gif_shows_every_frame_in_the_nearest_colours(tmp_path: Path) -> None:
    film = animation(one_wire(), fps=8, width_px=320)
    film.save(tmp_path / "a.gif")
    frames = moments(tmp_path / "a.gif")
    for index in range(film.frames):
        shot = max((f for f in frames if f[0] <= index / 8 + 0.006), key=lambda f: f[0])[1]
        film.frame(index)
        true = figure_pixels(film.figure)[..., :3].astype(int)
        assert np.abs(shot - true).max() < 48 and np.abs(shot - true).mean() < 0.4, index
        for role in ("ground", "panel", "ink"):
            exact = np.round(DARK.theme.rgba(role)[:3] * 255).astype(int)
            assert (shot[(true == exact).all(axis=2)] == exact).all(), role


def test_pace_two_is_twice_as_fast() -> None:
    slow, fast = (animation(one_wire(), pace=pace, fps=60, width_px=160).frames for pace in (1, 2))
    assert slow == pytest.approx(2 * fast, abs=1)


def test_a_transparent_theme_is_told_on_its_ground(tmp_path: Path) -> None:
    path = animate(one_wire(), tmp_path / "t.gif", theme="transparent", fps=5, width_px=160)
    assert tuple(moments(path)[-1][1][0, 0]) == (0x0E, 0x11, 0x17)


def test_films_say_where_their_numbers_come_from(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    story = Story("Wire", one_wire().beats, {"model": "one-wire", "seed": 3})
    with av.open(animate(story, tmp_path / "a.mp4", fps=5, width_px=160)) as film:
        assert film.metadata["title"] == "Wire" and '"model": "one-wire"' in film.metadata["comment"]
    with Image.open(animate(story, tmp_path / "a.gif", fps=5, width_px=160)) as gif:
        assert b'"model": "one-wire"' in gif.info["comment"]


@pytest.mark.parametrize("kind", ["mp4", "gif"])
def test_films_are_the_same_from_run_to_run(kind: str, tmp_path: Path) -> None:
    a, b = (animate(one_wire(), tmp_path / f"{name}.{kind}", fps=5, width_px=160) for name in "ab")
    assert a.read_bytes() == b.read_bytes()


def test_a_film_of_odd_size_can_be_written(tmp_path: Path) -> None:
    shots = decoded(animate(one_wire(), tmp_path / "odd.mp4", fps=5, width_px=321))
    assert shots[0].shape == (180, 320, 3)


def test_matplotlib_can_write_it_too(tmp_path: Path) -> None:
    film = animation(one_wire(), fps=5, width_px=160)
    film.save(tmp_path / "p.gif", writer=PillowWriter(fps=5))
    film.save(tmp_path / "own.mp4", writer=Mp4Writer(fps=5))
    assert len(decoded(tmp_path / "own.mp4")) == film.frames
    assert len(moments(tmp_path / "p.gif")) > 3


# Bad input


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"fps": 0.0}, "1 to 240"),
        ({"fps": float("nan")}, "1 to 240"),
        ({"pace": 0.0}, "above 0"),
        ({"theme": "drak"}, "nearest: 'dark'"),
        ({"lang": "jp"}, "nearest: 'ja'"),
    ],
)
def test_mistakes_are_told_in_one_line(changes: dict[str, object], says: str) -> None:
    with pytest.raises(UserError) as caught:
        animation(one_wire(), **changes)  # type: ignore[arg-type]
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_a_gif_that_no_player_keeps_up_with_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="at most 50 frames a second, not 60"):
        animate(one_wire(), tmp_path / "a.gif", fps=60, width_px=160)


def test_an_unknown_suffix_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"'.*film.mpg' has .mpg; one of .mp4, .gif wanted; nearest: 'mp4'"):
        animate(one_wire(), tmp_path / "film.mpg")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot write"):
        animate(one_wire(), tmp_path / "file" / "a.gif", fps=5, width_px=160)


@pytest.mark.parametrize("kind", ["mp4", "gif"])
def test_a_film_that_fails_leaves_the_earlier_one(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{kind}"
    path.write_bytes(b"earlier")

    def burst(index: int, frames: int) -> None:
        if index == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        animation(one_wire(), fps=5, width_px=160).save(path, progress_callback=burst)
    assert path.read_bytes() == b"earlier" and list(tmp_path.iterdir()) == [path]


def test_without_pyav_mp4_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnanim.still.writers._av", lambda: None)
    with pytest.raises(UserError, match="pip install av"):
        animate(one_wire(), tmp_path / "a.mp4", fps=5, width_px=160)
    assert not list(tmp_path.iterdir())


def test_nothing_is_printed_where_there_is_no_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    animate(one_wire(), tmp_path / "a.gif", fps=5, width_px=160)
    assert capfd.readouterr() == ("", "")
