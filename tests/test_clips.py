"""Rendering: only what changed is drawn again; encoding as asked; a draft; a watch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from manim import config, tempconfig
from manim.utils.hashing import get_hash_from_play_call

from nnanim.beats import Beat, Story
from nnanim.cli import watch
from nnanim.marks import Row, Units, Wires
from nnanim.movie import StoryScene, encoding
from nnanim.movie.encoding import AVX2, LITTLE, PLAIN, PRESET, SMALL, preset
from nnanim.movie.ink import Ink
from nnanim.movie.phase_animation import PhaseAnimation
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.timeline import takes

SCENE = """
from nnanim.beats import Beat, Story
from nnanim.marks import Row, Units
from nnanim.movie import StoryScene

class Three(StoryScene):
    title = "Three beats"
    pace = 4

    def story(self, example):
        yield Beat("The first.", Row(Units([1.0], key="a")), id="one", pause=0.2)
        yield Beat("The second.", Row(Units([1.0], key="a"), Units([2.0], key="b")), id="two", pause=0.2)
        yield Beat("The third.", Row(Units([1.0], key="a"), Units([3.0], key="b")), id="three", pause=0.2)
"""


def rendered(folder: Path, *flags: str) -> set[str]:
    """Clips that the film consists of, by manim's names for their content."""
    command = [
        sys.executable,
        "-m",
        "nnanim.cli",
        "movie",
        str(folder / "scene.py"),
        "-ql",
        "--fps",
        "5",
        *flags,
    ]
    subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    return {path.name for path in (folder / "media").rglob("partial_movie_files/*/*.mp4")}


def test_one_sentence_changed_and_only_that_beat_is_drawn_again(tmp_path):
    (tmp_path / "scene.py").write_text(SCENE)
    first = rendered(tmp_path)
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "media").rglob("partial_movie_files/*/*.mp4")}
    assert rendered(tmp_path) == first
    assert times == {p: p.stat().st_mtime_ns for p in times}
    (tmp_path / "scene.py").write_text(SCENE.replace("The second.", "The other."))
    new = rendered(tmp_path) - first
    # Its sentence comes as its marks move, others come, it rests; the beat after it takes the sentence away.
    assert len(new) == 4 < len(first)
    assert times == {p: p.stat().st_mtime_ns for p in times}


def hashed(scene: StoryScene, animation: PhaseAnimation) -> str:
    more = {"backend": "cairo", "encoder_fingerprint": "none", "renderer_state": ()}
    return get_hash_from_play_call(scene, scene.camera, [animation], list(animation.inks.values()), **more)


def test_hashing_a_large_layer_walks_no_numbers():
    rng = np.random.default_rng(0)
    x, y = Units(rng.normal(size=64), key="x"), Units(rng.normal(size=37), key="y")
    wires = Wires(rng.normal(size=(37, 64)), x, y, key="w")
    story = Story.from_beats([Beat("Many.", Row(x, wires, y), id="many")], "t")
    take = takes(story, RenderStyle(by_name("dark"), "en"))[0]
    phase = take.phases[0]
    with tempconfig({"dry_run": True}):
        scene = StoryScene()
        inks = {key: Ink(key, shapes, (-1, 1, -1, 1), take.frame) for key, shapes in phase.at(0.5).items()}
        sizes = [len(json.dumps(ink.__dict__, default=repr)) for ink in inks.values()]
        assert max(sizes) < 2000
        one = hashed(scene, PhaseAnimation(inks, phase, 1.0))
        assert one == hashed(scene, PhaseAnimation(inks, phase, 1.0))
        other = takes(
            Story.from_beats([Beat("More.", Row(x, wires, y), id="many")], "t"),
            RenderStyle(by_name("dark"), "en"),
        )[0]
        assert one != hashed(scene, PhaseAnimation(inks, other.phases[0], 1.0))


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({"quality": "high_quality"}, {"preset": PRESET, **PLAIN}),
        ({"quality": "low_quality"}, {"preset": PRESET, **PLAIN, **SMALL}),
        (
            {"quality": "high_quality", "video_encoder_options": {"crf": "20", "subq": "7"}},
            {"crf": "20", "preset": PRESET, **PLAIN, "subq": "7"},
        ),
        ({"video_encoder_options": {"tune": "film"}}, {"tune": "film", "preset": PRESET}),
        ({"video_encoder_options": {"preset": "slow"}}, {"preset": "slow"}),
        ({"video_codec": "libvpx-vp9"}, {}),
        ({"transparent": True}, {}),
        ({"format": "webm"}, {}),
        ({"format": "gif"}, encoding.WITHOUT_LOSS),
    ],
)
def test_the_preset_is_ours_unless_one_is_asked_for(settings, options, monkeypatch):
    monkeypatch.setattr(encoding, "processor_has_avx2", lambda: False)
    with tempconfig(settings):
        before = dict(config.video_encoder_options)
        with preset():
            assert config.video_encoder_options == options
        assert config.video_encoder_options == before


def test_x264_uses_no_avx_512_whoever_asks_for_what(monkeypatch):
    monkeypatch.setattr(encoding, "processor_has_avx2", lambda: True)
    for given in ({}, {"preset": "slow"}, {"tune": "film"}):
        assert encoding.options(given, 100)["x264-params"] == AVX2
    both = encoding.options({"x264-params": "no-deblock=1"}, 100)
    assert both["x264-params"] == f"{AVX2}:no-deblock=1"


MOVING_DISCS = """
import av, hashlib, io, json, sys
import numpy as np

film, (y, x) = io.BytesIO(), np.mgrid[:480, :854]
with av.open(film, "w", format="mp4") as container:
    stream = container.add_stream("libx264", rate=15, options=json.loads(sys.argv[1]))
    stream.pix_fmt, stream.width, stream.height = "yuv420p", 854, 480
    for i in range(8):
        pixels = np.full((480, 854, 3), 20, np.uint8)
        for k in range(24):
            left = 80 + 30 * k * (1 + 0.05 * np.sin(k)) + 7 * i * np.cos(k)
            top = 240 + 150 * np.sin(k * 1.7) + 7 * i * np.sin(2 * k)
            disc = (x - left) ** 2 + (y - top) ** 2 < (10 + k % 5 * 4) ** 2
            pixels[disc] = 40 + 9 * k, 220 - 7 * k, 90 + 5 * k
        container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
    container.mux(stream.encode())
print(hashlib.sha256(film.getvalue()).hexdigest())
"""


def test_a_clip_is_the_same_whatever_lay_in_memory_before():
    options = json.dumps(encoding.options({"crf": "23"}, LITTLE))
    made = set()
    for byte in ("0", "1", "2"):  # glibc fills what it gives out with it; elsewhere it changes nothing
        command = [sys.executable, "-c", MOVING_DISCS, options]
        environment = {**os.environ, "MALLOC_PERTURB_": byte}
        run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        made.add(run.stdout)
    assert len(made) == 1


def test_a_film_is_made_with_it(tmp_path):
    with tempconfig({"media_dir": str(tmp_path), "format": "mp4"}):
        assert ("preset", PRESET) in StoryScene().session_spec.video_encoder.options
        config.video_encoder_options = {"preset": "fast"}
        assert ("preset", "fast") in StoryScene().session_spec.video_encoder.options


def test_a_draft_and_encoders_in_flight(tmp_path):
    (tmp_path / "scene.py").write_text(SCENE)
    command = [
        sys.executable,
        "-m",
        "nnanim.cli",
        "movie",
        "scene.py",
        "--draft",
        "--max-inflight-encoders",
        "2",
    ]
    run = subprocess.run([*command, "--beat", "1"], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert "480p15" in run.stdout


@click.command()
@click.argument("scene")
@click.option("-q", "--quality")
@click.option("--input", "inputs", multiple=True)
@click.option("--watch", is_flag=True)
@click.option("--draft", is_flag=True)
@click.pass_context
def _command(context, **_):
    click.echo(json.dumps(watch.arguments(context)))


def test_a_watch_passes_on_what_was_given():
    run = CliRunner().invoke(_command, ["x", "-q", "l", "--watch", "--draft", "--input", "a", "--input", "b"])
    assert json.loads(run.output) == ["--quality", "l", "--input", "a", "--input", "b", "--draft"]


def test_a_watch_renders_again_after_a_change(tmp_path, monkeypatch):
    scene, runs = tmp_path / "scene.py", []
    scene.write_text("1")

    def run(command, **_):
        runs.append(command[2:])

    def sleep(_):
        scene.write_text("2")
        os.utime(scene, ns=(1, len(runs)))

    monkeypatch.setattr(watch.subprocess, "run", run)
    monkeypatch.setattr(watch.time, "sleep", sleep)
    watch.watch(["scene.py", "--draft"], scene, rounds=3)
    assert runs == [["nnanim.cli", "movie", "scene.py", "--draft"]] * 3
