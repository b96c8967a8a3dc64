"""Animated pictures: gif with a palette for every beat, webp and apng, of a tiny film and made-up frames."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from nnanim.animated import GifEncoder, PictureEncoder, choose_palette
from nnanim.cli import main
from nnanim.film import manifest
from nnanim.theme import by_name

TINY = Path(__file__).with_name("tiny_scene.py")
SMALL = ("-r", "214,120", "--media_dir", "media")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["movie", str(TINY), *words])


def fine(*words: str) -> Path:
    """The film that a command says it has made."""
    done = run(*words)
    assert done.exit_code == 0, done.output
    return Path(done.stdout.splitlines()[0])


def decode(path: Path, kind: str = "RGB") -> tuple[list[np.ndarray], list[float]]:
    """Pixels of every frame, and how many milliseconds each stays."""
    frames, stays = [], []
    with Image.open(path) as film:
        for index in range(getattr(film, "n_frames", 1)):
            film.seek(index)
            frames.append(np.asarray(film.convert(kind)).astype(int))
            stays.append(film.info["duration"])
    return frames, stays


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny film in all three formats, with sections; the working folder in which they are."""
    folder = tmp_path_factory.mktemp("films")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for kind in ("gif", "webp", "apng"):
            made = fine("--format", kind, "--fps", "10", "--save_sections", *SMALL)
            assert made.name == f"Tiny.{kind}"
    return folder


@pytest.mark.parametrize(("kind", "off"), [("gif", 2.5), ("webp", 4), ("apng", 0.6)])
def test_every_beat_ends_as_its_poster_shows_it(films: Path, kind: str, off: float) -> None:
    (path,) = films.rglob(f"120p10/Tiny.{kind}")
    beats = manifest.read(path.with_name("Tiny.manifest.json"))["beats"]
    frames, stays = decode(path)
    ends = np.cumsum(stays) / 1000
    assert ends[-1] == pytest.approx(beats[-1]["end"], abs=0.011)
    for beat in beats:
        last = frames[int(np.searchsorted(ends, beat["end"] - 0.02))]
        with Image.open(path.parent / beat["poster"]) as poster:
            apart = np.abs(last - np.asarray(poster.convert("RGB")).astype(int))
        assert apart.mean() <= off, beat["id"]


@pytest.mark.parametrize("kind", ["gif", "webp", "apng"])
def test_sections_are_animated_pictures_too(films: Path, kind: str) -> None:
    """The formats share a folder, and the list of sections is that of the last film."""
    (folder,) = films.rglob("sections")
    names = [Path(row["video"]).stem for row in json.loads((folder / "Tiny.json").read_text())]
    assert len(names) == 3
    for name in names:
        with Image.open(folder / f"{name}.{kind}") as clip:
            assert clip.n_frames > 1 or name.endswith("card")


def test_with_alpha_the_ground_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for kind in ("webp", "apng"):
        made = fine("Brief", "-t", "--theme", "transparent", "--fps", "5", *SMALL, "-o", f"b.{kind}")
        assert made == Path(f"b.{kind}")
        alpha = decode(made, "RGBA")[0][-1][..., 3]
        assert alpha[0, 0] == 0 and alpha.max() > 200


def test_letters_of_an_open_film_are_as_dark_at_their_edges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = fine("Brief", "--theme", "transparent-light", "--fps", "5", *SMALL, "-o", "b.apng")
    last = decode(made, "RGBA")[0][-1]
    half = last[(last[..., 3] > 90) & (last[..., 3] < 165)]
    ink = by_name("transparent-light").rgba("ink")[:3].max() * 255
    assert len(half) > 20 and np.median(half[:, :3]) < ink + 12


def test_an_open_gif_lets_the_page_through_and_clears_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = fine("Brief", "--theme", "transparent-light", "--fps", "5", *SMALL, "-o", "b.gif")
    for frame in decode(made, "RGBA")[0]:
        assert set(np.unique(frame[..., 3])) <= {0, 255} and frame[0, 0, 3] == 0
    ends = [(frame[..., 3] > 0).mean() for frame in decode(made, "RGBA")[0]]
    assert 0.005 < ends[-1] < 0.5


def test_a_gif_of_moving_dots_leaves_no_trace(tmp_path: Path) -> None:
    frames = np.zeros((3, 6, 8, 4), dtype=np.uint8)
    frames[0, 1, 1] = frames[1, 4, 5] = (200, 0, 0, 255)
    gif = GifEncoder(tmp_path / "d.gif", (8, 6), 10)
    gif.begin(choose_palette([one[..., :3] for one in frames]))
    for frame in frames:
        gif.add(frame)
    gif.finish()
    seen, _ = decode(tmp_path / "d.gif", "RGBA")
    assert [np.argwhere(one[..., 3]).tolist() for one in seen] == [[[1, 1]], [[4, 5]], []]


def test_a_gif_has_no_more_frames_than_players_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, stays = decode(fine("Brief", "--fps", "60", *SMALL, "-o", "b.gif"))
    assert min(stays) >= 20
    (note,) = tmp_path.rglob("*.manifest.json")
    assert sum(stays) / 1000 == pytest.approx(manifest.read(note)["beats"][-1]["end"], abs=0.04)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["-o", "x.gif", "--format", "webm"], "its name ends in .gif, but webm is asked for"),
        (["-o", "x.html", "--to", "video"], "its name ends in .html, but video is asked for"),
        (["-o", "x.html", "-ql"], "a page has no --quality"),
        (["-o", "nowhere\0.gif"], "NUL"),
        (["--format", "gfi"], "there is no format 'gfi'"),
        (["--fps", "0"], "--fps '0': 1 to 240 frames a second wanted"),
        (["--fps", "inf"], "--fps 'inf': 1 to 240 frames a second wanted"),
        (["--frame", "9:16", "-r", "100,200"], "leave out --frame"),
        (["--frame", "9:16", "--frame", "1:1"], "a video has one --frame"),
    ],
)
def test_mistakes(words: list[str], line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.exit_code == 2 and line in done.stderr and len(done.stderr.splitlines()) == 1, done.output
    assert list(tmp_path.iterdir()) == []


def test_a_page_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = fine("Brief", "-o", "own/b.html", "--media_dir", "media")
    assert made == Path("own/b.html") and made.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_an_upright_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Image.open(fine("Brief", "--frame", "9:16", "-ql", "-s", "-o", "b.png")) as picture:
        assert picture.size == (480, 854)


# The encoders alone


def paint(values: np.ndarray) -> np.ndarray:
    return np.repeat(np.repeat(values.reshape(15, 15, 3), 4, axis=0), 4, axis=1).astype(np.uint8)


def test_every_part_has_colours_of_its_own(tmp_path: Path) -> None:
    """Two parts of 225 colours each, none of them shared: in one palette they would not all find a place."""
    grey = np.arange(225)
    parts = [np.stack([grey, 0 * grey, 255 - grey], 1), np.stack([0 * grey, grey, grey], 1)]
    gif = GifEncoder(tmp_path / "a.gif", (60, 60), 10)
    for part in parts:
        frame = paint(part)
        gif.begin(choose_palette([frame], [[1, 2, 3]]))
        gif.add(frame)
        gif.add(frame)
    gif.finish()
    frames, stays = decode(tmp_path / "a.gif")
    assert stays == [200, 200]
    for frame, part in zip(frames, parts, strict=True):
        assert np.array_equal(frame, paint(part))


def test_what_rests_takes_no_room(tmp_path: Path) -> None:
    noise = paint(np.random.default_rng(1).integers(0, 256, (225, 3)))
    sizes = []
    for count in (1, 40):
        gif = GifEncoder(tmp_path / f"{count}.gif", (60, 60), 10)
        gif.begin(choose_palette([noise], [[0, 0, 0], [255, 255, 255]]))
        for index in range(count):
            frame = noise.copy()
            frame[0, 0], frame[-1, -1] = (255, 0)[index % 2], (0, 255)[index % 2]
            gif.add(frame)
        gif.finish()
        sizes.append((tmp_path / f"{count}.gif").stat().st_size)
    # Two corners change: all between them lies in the part that is written again, as what it was before.
    assert (sizes[1] - sizes[0]) / 39 < 250


def test_slack_leaves_noise_out_and_nothing_else(tmp_path: Path) -> None:
    rng, still = np.random.default_rng(2), np.full((60, 60, 3), 100, dtype=np.uint8)
    noisy = [(still + rng.integers(-2, 3, still.shape)).astype(np.uint8) for _ in range(5)]
    noisy[4][10:20, 10:20] = 200
    gif = GifEncoder(tmp_path / "a.gif", (60, 60), 10, slack=4)
    gif.begin(choose_palette(noisy))
    for frame in noisy:
        gif.add(frame)
    gif.finish()
    frames, stays = decode(tmp_path / "a.gif")
    assert stays == [400, 100] and np.abs(frames[1] - noisy[4]).max() <= 8


@pytest.mark.parametrize("suffix", [".webp", ".apng"])
def test_a_picture_keeps_its_length(suffix: str, tmp_path: Path) -> None:
    """Its last frame, too, stays as long as it was added."""
    path = tmp_path / f"a{suffix}"
    one, two = np.zeros((60, 60, 3), np.uint8), np.full((60, 60, 3), 200, np.uint8)
    picture = PictureEncoder(path, (60, 60), 10, suffix=suffix)
    for frame in [one] * 3 + [two] * 7:
        picture.add(frame)
    picture.finish()
    frames, stays = decode(path)
    ends = np.cumsum(stays)
    assert ends[-1] == pytest.approx(1000, abs=1)
    for moment, color in ((50, 0), (290, 0), (310, 200), (990, 200)):
        assert np.abs(frames[int(np.searchsorted(ends, moment))] - color).max() <= 2
    with Image.open(path) as film:
        assert film.info["loop"] == 0
