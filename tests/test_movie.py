"""Films of a tiny story, rendered by manim's own command line in this process: short and small."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from nnanim import theme
from nnanim.film import manifest
from nnanim.movie.writer import png

TINY = Path(__file__).with_name("tiny_scene.py")

FPS = 15


def read_tags(path: Path) -> dict[str, str]:
    """The metadata of a video file."""
    with av.open(str(path)) as source:
        return dict(source.metadata)


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANG", "THEME", "PACE"):
        monkeypatch.delenv(f"NNANIM_{name}", raising=False)


@pytest.fixture(scope="module")
def manim() -> Callable[..., str]:
    """Run manim's command line; returns what it logged."""
    from manim import logger, tempconfig
    from manim.__main__ import main

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    said: list[str] = []

    def run(folder: Path, *flags: str, scene: str = "Tiny") -> str:
        said.clear()
        handler = Lines()
        logger.addHandler(handler)
        try:
            with tempconfig({}):
                args = [
                    "render",
                    "-ql",
                    "--media_dir",
                    str(folder),
                    "--progress_bar",
                    "none",
                    "-v",
                    "INFO",
                    *flags,
                ]
                result = CliRunner().invoke(main, [*args, str(TINY), scene])
        finally:
            logger.removeHandler(handler)
        assert result.exit_code == 0, result.output
        return "\n".join(said)

    return run


@pytest.fixture(scope="module")
def film(manim: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The whole tiny film with its sections, and what manim said."""
    folder = tmp_path_factory.mktemp("film")
    said = manim(folder, "--save_sections", "--seed", "3")
    yield _found(folder, "Tiny.mp4"), said


def _found(folder: Path, name: str) -> Path:
    found = [path for path in folder.rglob(name) if "partial" not in str(path)]
    assert len(found) == 1, found
    return found[0]


def frames(path: Path, format: str = "rgb24") -> np.ndarray:
    with av.open(str(path)) as source:
        return np.stack([frame.to_ndarray(format=format) for frame in source.decode(video=0)])


def beats(film: Path) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = manifest.read(film.with_name(f"{film.stem}.manifest.json"))["beats"]
    return told


def test_the_film_has_the_length_that_its_manifest_says(film: tuple[Path, str]) -> None:
    told, seen = beats(film[0]), frames(film[0])
    assert seen.shape[1:] == (480, 854, 3)
    assert len(seen) == round(told[-1]["end"] * FPS)
    assert [beat["id"] for beat in told] == ["in", "sum", "card"]
    assert [beat["kind"] for beat in told] == ["nn.beat", "nn.beat", "nn.card"]
    assert all(one["end"] == two["start"] for one, two in pairwise(told))
    start, end = told[1]["motion"]
    assert end - start == pytest.approx(1.0, abs=1.01 / FPS)


def test_the_film_keeps_the_time_of_the_story(film: tuple[Path, str]) -> None:
    from nnanim.scene import loader
    from nnanim.style import RenderStyle
    from nnanim.timeline import takes

    story = loader.build_story(str(TINY))
    for beat, take in zip(
        beats(film[0]), takes(story, RenderStyle(theme.by_name("dark"), "en")), strict=True
    ):
        assert beat["start"] == pytest.approx(take.start, abs=0.51 / FPS)


def test_a_clip_of_every_beat_with_its_type(film: tuple[Path, str]) -> None:
    folder = film[0].parent
    sections = json.loads((folder / "sections" / "Tiny.json").read_text())
    assert [(one["name"], one["type"]) for one in sections] == [
        ("in", "nn.beat"), ("sum", "nn.beat"), ("card", "nn.card"),
    ]  # fmt: skip
    for beat in beats(film[0]):
        assert len(frames(folder / beat["clip"])) == round((beat["end"] - beat["start"]) * FPS)
        with Image.open(folder / beat["poster"]) as poster:
            assert poster.size == (854, 480)


def test_a_poster_is_the_last_frame_of_its_beat(film: tuple[Path, str]) -> None:
    beat = beats(film[0])[1]
    with Image.open(film[0].parent / beat["poster"]) as poster:
        still = np.asarray(poster.convert("RGB"), dtype=float)
    last = frames(film[0])[round(beat["end"] * FPS) - 1]
    assert np.abs(still - last).mean() < 4


def test_a_poster_has_straight_alpha_or_none() -> None:
    """Half a red, premultiplied as it is painted: without its alpha it stays what it was over the ground."""
    half = np.array([[[100, 0, 0, 128]]], dtype=np.uint8)
    for transparent, seen in ((True, (199, 0, 0, 128)), (False, (100, 0, 0))):
        with Image.open(io.BytesIO(png(half, transparent))) as poster:
            assert poster.getpixel((0, 0)) == seen


def test_subtitles(film: tuple[Path, str]) -> None:
    path = film[0]
    srt, vtt = path.with_suffix(".srt").read_text("utf-8"), path.with_suffix(".vtt").read_text("utf-8")
    assert srt.startswith("1\n00:00:00,000 --> 00:00:01,")
    assert vtt.startswith("WEBVTT\n\nin\n00:00:00.000 --> 00:00:01.")
    for text in (srt, vtt):
        assert "Two numbers go in." in text and "They meet in two sums." in text
        assert text.count("-->") == 3


def test_provenance_is_in_the_file(film: tuple[Path, str]) -> None:
    tags = read_tags(film[0])
    assert tags["title"] == "A tiny network"
    assert json.loads(tags["comment"]) == {"model": "tiny", "parameters": 4, "seed": 3}


def test_a_second_render_takes_every_clip_from_the_cache(
    film: tuple[Path, str], manim: Callable[..., str]
) -> None:
    path, first = film
    folder = path.parents[3]
    before = {
        name: (path.parent / name).read_bytes() for name in ("Tiny.mp4", "Tiny.srt", "Tiny.manifest.json")
    }
    again = manim(folder, "--save_sections", "--seed", "3")
    plays = first.count("Partial movie file written")
    assert plays >= 9 and "Using cached" not in first
    assert again.count("Using cached data") == plays and "written" not in again.replace(
        "Subcaption file has been written", ""
    )
    assert before == {name: (path.parent / name).read_bytes() for name in before}


def test_some_animations_only(manim: Callable[..., str], tmp_path: Path) -> None:
    manim(tmp_path, "-n", "3,4", "--save_sections")
    path = _found(tmp_path, "Tiny.mp4")
    told = beats(path)
    assert [beat["id"] for beat in told] == ["in", "sum"] or [beat["id"] for beat in told] == ["sum"]
    assert told[0]["start"] == 0
    assert len(frames(path)) == round(told[-1]["end"] * FPS)


def test_the_last_frame_only(manim: Callable[..., str], tmp_path: Path) -> None:
    manim(tmp_path, "-s")
    pictures = list(tmp_path.rglob("*.png"))
    assert len(pictures) == 1 and not list(tmp_path.rglob("*.mp4"))
    with Image.open(pictures[0]) as picture:
        assert np.asarray(picture.convert("RGB")).std(axis=(0, 1)).max() > 5


def test_transparent_webm_is_straight(manim: Callable[..., str], tmp_path: Path) -> None:
    manim(tmp_path, "-t", "--format", "webm", "-r", "426,240", scene="Brief")
    pixels = _alpha_frames(_found(tmp_path, "Brief.webm"))[-1]
    alpha = pixels[..., 3]
    assert (alpha < 10).mean() > 0.5 and (alpha > 245).any()
    ink = round(float((theme.by_name("dark").rgba("ink")[:3] * 255).mean()))
    # Edges of the sentence's letters, at the foot of the frame: half there, but as bright as the letters.
    letters = pixels[205:]
    edges = letters[(letters[..., 3] > 90) & (letters[..., 3] < 165)][..., :3].mean()
    assert edges > 0.85 * ink


def _alpha_frames(path: Path) -> np.ndarray:
    """(n, height, width, 4) straight alpha; FFmpeg's own VP9 decoder forgets it."""
    decoder = av.CodecContext.create("libvpx-vp9", "r")
    with av.open(str(path)) as source:
        decoder.extradata = source.streams.video[0].codec_context.extradata
        packets = [packet for packet in source.demux(video=0) if packet.size]
        found = [frame for packet in packets for frame in decoder.decode(packet)]
        return np.stack([frame.to_ndarray(format="rgba") for frame in [*found, *decoder.decode(None)]])


def test_gif(manim: Callable[..., str], tmp_path: Path) -> None:
    manim(tmp_path, "--format", "gif", "-r", "214,120", scene="Brief")
    path = _found(tmp_path, "Brief*.gif")
    with Image.open(path) as picture:
        # Frames that are alike are one, which is shown longer.
        assert getattr(picture, "n_frames", 1) >= 5
    assert path.with_name(f"{path.stem}.manifest.json").is_file()


def test_language_theme_and_pace_by_the_environment(
    manim: Callable[..., str], film: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("LANG", "ja"), ("THEME", "light"), ("PACE", "3")):
        monkeypatch.setenv(f"NNANIM_{name}", value)
    manim(tmp_path, "-r", "214,120")
    _check_japanese(_found(tmp_path, "Tiny.mp4"), film[0])


def test_language_theme_and_pace_by_manim_cfg(
    manim: Callable[..., str], film: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "manim.cfg").write_text("[nnanim]\nlang = ja\ntheme = light\npace = 3\n")
    monkeypatch.chdir(tmp_path)
    manim(tmp_path, "-r", "214,120")
    _check_japanese(_found(tmp_path, "Tiny.mp4"), film[0])


def _check_japanese(path: Path, english: Path) -> None:
    told = manifest.read(path.with_name("Tiny.manifest.json"))
    assert (told["lang"], told["theme"], told["pace"]) == ("ja", "light", 3.0)
    assert told["title"] == "小さなネットワーク"
    assert "二つの和になります。" in path.with_suffix(".srt").read_text("utf-8")
    assert "二つの和になります。" in path.with_suffix(".vtt").read_text("utf-8")
    assert frames(path)[-1][2, 2] == pytest.approx([255, 255, 255], abs=3)
    assert told["beats"][0]["end"] == pytest.approx(beats(english)[0]["end"] / 3, abs=0.1)


def test_ones_own_manim_code_follows_the_story(manim: Callable[..., str], tmp_path: Path) -> None:
    manim(tmp_path, "-r", "426,240", scene="Followed")
    seen = frames(_found(tmp_path, "Followed.mp4"))
    assert len(seen) == round(beats(_found(tmp_path, "Followed.mp4"))[-1]["end"] * FPS) + 4 * 4
    ground = np.round(theme.by_name("dark").rgba("ground")[:3] * 255)
    lit = np.abs(seen.astype(float) - ground).max(axis=-1) > 24
    shifted, zoomed = lit[-5], lit[-1]
    # The left column was shifted out to the left edge; the camera then came twice as near.
    assert shifted[:, :60].sum() > 2 * lit[-16][:, :60].sum()
    assert zoomed.sum() > 1.5 * shifted.sum()


# pydub leaves its files to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_film_with_sound_keeps_its_provenance(
    manim: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    manim(tmp_path, "-r", "214,120", scene="Loud")
    path = _found(tmp_path, "Loud.mp4")
    with av.open(str(path)) as source:
        assert len(source.streams.audio) == 1 and len(source.streams.video) == 1
    assert json.loads(read_tags(path)["comment"])["model"] == "tiny"


def test_a_user_mistake_is_one_line_under_manim(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "manim", "-ql", "--media_dir", str(tmp_path), str(TINY), "Wrong"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert (
        done.stderr.strip().splitlines() == ["Wrong: 'x' has the value 3 at 0, outside its limit 2"]
        or len(done.stderr.strip().splitlines()) == 1
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert not list(tmp_path.rglob("*.mp4"))
