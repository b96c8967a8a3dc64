"""Films that are ordered: some beats, other words, own data, a voice; and what is made again when."""

from __future__ import annotations

import json
import math
import pickle
import shutil
import struct
import subprocess
import sys
import wave
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch

from nnanim.errors import UserError
from nnanim.film import cache, manifest, voice
from nnanim.film.job import FilmJob, FilmResult, TextPage
from nnanim.film.make import make_film, make_remote_film

TINY = Path(__file__).with_name("tiny_scene.py")
SMALL = ("--resolution", "214,120", "--fps", "10", "--save_sections")

VOICE = """
import io, math, struct, wave

def narrate(text, lang):
    seconds = 3.0 if lang == "ja" else 2.0
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        wave_ = [9000 * math.sin(2 * math.pi * 440 * i / 8000) for i in range(int(8000 * seconds))]
        sound.writeframes(b"".join(struct.pack("<h", round(value)) for value in wave_))
    return made.getvalue()

def silent(text, lang):
    return b"no sound"

def broken(text, lang):
    raise RuntimeError("no voice is installed")
"""

CONSTANTS = """
from tiny_scene import Tiny as Whole
TEXT = "Two numbers."
LIMITS = (2, 3)
class Own(Whole):
    sentence = None
    model = None
    speed = 2.0
    def story(self, trace):
        for beat in super().story(trace):
            from dataclasses import replace
            yield replace(beat, says=self.sentence or f"{TEXT} {LIMITS} {self.speed}")
"""


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("LANG", "THEME", "PACE"):
        monkeypatch.delenv(f"NNANIM_{name}", raising=False)
    shutil.copy(TINY, tmp_path / "tiny_scene.py")
    return tmp_path / "tiny_scene.py"


def job(scene: Path, **wanted: Any) -> FilmJob:
    told: dict[str, Any] = {"pace": 4.0, "flags": SMALL, **wanted}
    return FilmJob("tiny", str(scene.parent / "films"), scene=str(scene), **told)


def beats(made: FilmResult, what: FilmJob) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = manifest.read(made.manifest_path(what.folder))["beats"]
    return told


def test_some_beats_in_other_words(scene: Path) -> None:
    what = job(scene, show=("sum",), says={"sum": {"en": "Own words."}}, title="Mine", lang="en")
    made = make_film(what)
    (row,) = beats(made, what)
    assert row["id"] == "sum" and row["says"] == {"en": "Own words.", "ja": "二つの和になります。"}
    assert manifest.read(made.manifest_path(what.folder))["title"] == "Mine"
    with av.open(str(made.manifest_path(what.folder).parent / row["clip"])) as clip:
        assert sum(1 for _ in clip.decode(video=0)) == round((row["end"] - row["start"]) * 10)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"show": ("som",)}, r"here, line 3: the scene tiny has no beat 'som'; nearest: 'sum'"),
        ({"says": {"x": "y"}}, r"has no beat 'x'"),
        ({"first": "sum", "last": "in"}, r"no beat is left"),
        ({"class_name": "Tini"}, r"has no scene 'Tini'; nearest: 'Tiny'"),
        ({"options": {"model": "my.py:net"}}, r"about a model of its own"),
        ({"data": {"WIGHTS": [1]}}, r"takes no 'WIGHTS'"),
        ({"data": {"lang": "ja"}}, r"takes no 'lang'"),
        ({"data": {"WEIGHTS": [1]}}, r"\[1\] is not of its kind"),
        ({"voice": "nothing.py:narrate"}, r"there is no file 'nothing.py'"),
    ],
)
def test_what_cannot_be_filmed(scene: Path, wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        make_film(job(scene, where="here, line 3", **wanted))


def test_own_data_reach_constants_and_attributes(scene: Path) -> None:
    own = scene.with_name("own.py")
    own.write_text(CONSTANTS, encoding="utf-8")
    what = job(own, data={"TEXT": "Three.", "LIMITS": [4], "speed": 1}, show=("in",))
    assert beats(make_film(what), what)[0]["says"]["en"] == "Three. (4,) 1"
    what = job(own, data={"sentence": "Said."}, show=("in",))
    assert beats(make_film(what), what)[0]["says"]["en"] == "Said."
    # A None may stand for code or a folder: a lesson sets none of it.
    with pytest.raises(UserError, match=r"model of the scene tiny is None"):
        make_film(job(own, data={"model": "my.py:net"}))


def test_only_what_changed_is_made_again(scene: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    what = job(scene, show=("in",))
    first = make_film(what)
    assert first.fresh and not make_film(what).fresh
    assert cache.find_film(replace(what, name="other", where="elsewhere")) is not None
    assert cache.find_film(replace(what, says={"in": "Other words."})) is None
    assert cache.find_film(replace(what, theme="light")) is None
    scene.write_text(scene.read_text() + "\n# edited\n")
    assert cache.find_film(what) is None
    assert make_film(what).fresh and cache.find_film(what) is not None
    with monkeypatch.context() as other:
        other.setattr(cache, "code_digest", lambda: "another nnanim")
        assert cache.find_film(what) is None
    clip = next(Path(what.folder).rglob("*_in.mp4"))
    clip.write_bytes(clip.read_bytes()[:-9])
    assert cache.find_film(what) is None


ASKED_AGAIN = """
import sys
from nnanim.cli import main
main(sys.argv[1:], standalone_mode=False)
assert not {"torch", "manim", "matplotlib", "av"} & sys.modules.keys()
"""


def test_films_that_share_a_folder_are_taken_as_they_are(
    scene: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(scene.parent)
    what = job(scene, only="in", shared=True)
    other = replace(what, only="sum")
    assert make_film(what).fresh and make_film(other).fresh
    assert not make_film(what).fresh and not make_film(other).fresh
    assert cache.find_film(replace(what, theme="light")) is None
    (scene.parent / "manim.cfg").write_text("[CLI]\nbackground_color = BLUE\n", encoding="utf-8")
    assert cache.find_film(what) is None
    (scene.parent / "manim.cfg").unlink()
    made = Path(what.folder) / make_film(what).film
    made.write_bytes(made.read_bytes()[:-9])
    assert cache.find_film(what) is None
    # What lies among the results may be read without being noted.
    inside = shutil.copy(scene, Path(what.folder) / "inside.py")
    what = replace(what, scene=str(inside))
    assert make_film(what).fresh and make_film(what).fresh


def test_a_film_that_is_asked_for_again_needs_neither_torch_nor_manim(scene: Path) -> None:
    words = ["movie", str(scene), "Brief", "--resolution", "214,120", "--fps", "10"]
    run = partial(subprocess.run, cwd=scene.parent, capture_output=True, text=True, check=True)
    first = run([sys.executable, "-m", "nnanim", *words]).stdout
    again = run([sys.executable, "-c", ASKED_AGAIN, *words]).stdout
    assert "unchanged" not in first and again == first.replace(" frames", " frames, unchanged")
    new = run([sys.executable, "-m", "nnanim", *words, "--disable_caching"]).stdout
    assert new == first


KILLED = """
import os, pickle, sys
from manim.scene.video_segment_encoder import VideoSegmentEncoder as Encoder
from nnanim.film.make import make_film
finish, begun = Encoder.finish, []
def torn(self):
    begun.append(self)
    if len(begun) < int(sys.argv[2]):
        return finish(self)
    for packet in self._stream.encode():
        self._container.mux(packet)
    os._exit(9)
Encoder.finish = torn
make_film(pickle.loads(bytes.fromhex(sys.argv[1])))
"""


@pytest.mark.parametrize("format", ["mp4", "webm"])
@pytest.mark.parametrize("clip", [1, 3])
def test_a_film_that_was_killed_goes_on(scene: Path, tmp_path: Path, format: str, clip: int) -> None:
    flags = (*SMALL, "--transparent", "--format", "webm", "--verbosity", "ERROR")
    # Its clips: enter and pause of one beat; leave, enter, motion and pause of the next.
    what = replace(job(scene, pace=1.0), flags=flags if format == "webm" else SMALL, reuse=False)
    whole = replace(what, folder=str(tmp_path / "whole"))
    expected = pictures(Path(whole.folder) / make_film(whole).film)
    command = [sys.executable, "-c", KILLED, pickle.dumps(what).hex(), str(clip)]
    assert subprocess.run(command, cwd=Path(__file__).parent).returncode == 9
    assert len(list(Path(what.folder).rglob(f"partial_movie_files/*/*.{format}"))) == clip
    assert np.array_equal(pictures(Path(what.folder) / make_film(what).film), expected)


ALPHA_MODE = b"\x53\xc0\x81\x01"
"""How a .webm says that it has alpha: without this, a browser shows it on black."""


def test_a_beat_of_few_frames_has_a_clip_of_its_own_with_alpha(scene: Path) -> None:
    flags = (*SMALL, "--transparent", "--format", "webm", "--verbosity", "ERROR")
    what = job(scene, show=("in",), flags=flags, reuse=False)
    made = make_film(what)
    clip = next(Path(what.folder).rglob("sections/*_in.webm"))
    for film in (clip, Path(what.folder) / made.film):
        with av.open(str(film)) as source:
            stream = source.streams.video[0]
            assert stream.average_rate == 10 and stream.metadata["DURATION"].startswith("00:00:00.3")
        assert ALPHA_MODE in film.read_bytes() and len(pictures(film)) == 3


def pictures(film: Path) -> np.ndarray:
    with av.open(str(film)) as source:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)])


def test_what_the_scene_reads_is_watched(scene: Path) -> None:
    data = scene.with_name("sentence.txt")
    data.write_text("First.", encoding="utf-8")
    reading = scene.with_name("reading.py")
    reading.write_text(
        "from pathlib import Path\nfrom tiny_scene import Tiny as Whole\n"
        "class Reading(Whole):\n    def story(self, trace):\n        from dataclasses import replace\n"
        "        text = Path(__file__).with_name('sentence.txt').read_text()\n"
        "        for beat in super().story(trace):\n            yield replace(beat, says=text)\n"
    )
    what = job(reading, show=("in",))
    make_film(what)
    assert not make_film(what).fresh
    data.write_text("Second.", encoding="utf-8")
    assert make_film(what).fresh and beats(make_film(what), what)[0]["says"]["en"] == "Second."


WEIGHTS = """
from pathlib import Path
import torch
from torch import nn
from nnanim.recording import record
from tiny_scene import Tiny as Whole
class Trained(Whole):
    def example(self):
        net = nn.Sequential(nn.Linear(2, 2, bias=False))
        net.load_state_dict(torch.load(Path(__file__).with_name("weights.pt")))
        return record(net, torch.tensor([[1.0, -0.5]]), name="tiny")
    def story(self, trace):
        from nnanim.beats import Beat
        from nnanim.marks import Row, Units
        yield Beat("Two sums.", Row(Units(trace["output"][0], key="y", limit=8)), id="in")
"""


def test_replaced_weights_make_the_film_and_its_checksum_anew(scene: Path) -> None:
    trained, weights = scene.with_name("trained.py"), scene.with_name("weights.pt")
    trained.write_text(WEIGHTS, encoding="utf-8")
    what, facts = job(trained), []
    for weight in (0.5, 0.5, 0.75):
        torch.save({"0.weight": torch.full((2, 2), weight)}, weights)
        made = make_film(what)
        path = made.manifest_path(what.folder)
        told = manifest.read(path)
        facts.append((told["provenance"]["weights"], (path.parent / told["film"]).read_bytes()))
    (first, film), again, (second, other) = facts
    assert again == (first, film)
    assert second != first and other != film


def test_a_film_made_elsewhere_is_the_same(scene: Path) -> None:
    what = job(scene, show=("in",))
    made, content, dependencies, stamp = make_remote_film(what)
    cache.write_received(replace(what, folder=str(scene.parent / "far")), made, content, dependencies, stamp)
    make_film(what)
    for name in content:
        near, far = Path(what.folder) / name, scene.parent / "far" / name
        assert near.read_bytes() == far.read_bytes(), name
    assert any(name.endswith(".mp4") for name in content)


def test_pages_of_words(tmp_path: Path) -> None:
    pages = (TextPage("01", {"en": "Title & <b>", "ja": "題"}), TextPage("02", "T", ("#strong[a]", "b"), 1.0))
    what = FilmJob("pages", str(tmp_path), flags=SMALL, pages=pages, lang="ja")
    made = make_film(what)
    rows = beats(made, what)
    assert [row["id"] for row in rows] == ["01", "02"] and not rows[0]["says"].get("ja")
    assert made.beside and not made.film.endswith(".png")


def test_a_frame_of_four_to_three(scene: Path) -> None:
    what = job(scene, show=("in",), flags=("--resolution", "160,120", "--fps", "10", "--save_sections"))
    poster = next(Path(what.folder, make_film(what).manifest).parent.rglob("in.png"))
    from PIL import Image

    with Image.open(poster) as picture:
        pixels = np.asarray(picture.convert("L")).astype(int)
    seen = np.flatnonzero((np.abs(pixels - pixels[0, 0]) > 20).any(axis=1))
    # The sentence stands at the frame's foot and the title at its head: no bars.
    assert seen[0] < 14 and seen[-1] > 105


def tone(path: Path) -> tuple[float, np.ndarray]:
    """Length of a clip's sound in seconds, and its samples."""
    with av.open(str(path)) as source:
        stream = source.streams.audio[0]
        parts = [frame.to_ndarray()[0] for frame in source.decode(stream)]
        samples = np.concatenate(parts)
        return len(samples) / stream.rate, samples


def test_a_voice_stretches_its_beats_and_is_heard(scene: Path) -> None:
    from nnanim.deck.slides import Slide
    from nnanim.deck.sound import RATE, add_voice, mix_track

    speaking = scene.with_name("my_voice.py")
    speaking.write_text(VOICE, encoding="utf-8")
    what = job(scene, show=("in", "sum"), voice=f"{speaking}:narrate", lang="ja")
    made = make_film(what)
    rows = beats(made, what)
    assert all(row["end"] - row["start"] >= 3 + voice.BREATH - 0.11 for row in rows)
    home = made.manifest_path(what.folder).parent
    slides = [
        Slide(
            row["id"], "film", "", seconds=row["end"] - row["start"], hold=1.0,
            clip=home / row["clip"], voice=home / row["voice"],
        )
        for row in rows
    ]  # fmt: skip
    seconds, samples = tone(add_voice(slides[0]))
    assert seconds == pytest.approx(3.0, abs=0.1) and np.abs(samples).max() > 0.1
    whole = mix_track(slides)
    assert len(whole) == round(sum(slide.seconds + 1 for slide in slides) * RATE)
    begin = round((slides[0].seconds + 1) * RATE)
    assert np.abs(whole[begin : begin + RATE]).max() > 3000 and not whole[begin - RATE // 2 : begin].any()
    assert not make_film(what).fresh


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("silent", r"gave no WAV file for 'Two numbers go in\.'"),
        ("broken", r"the voice broke at .*RuntimeError: no voice is installed"),
        ("nrrate", r"has no function 'nrrate'; nearest: 'narrate'"),
    ],
)
def test_a_voice_that_cannot_speak(scene: Path, name: str, message: str) -> None:
    speaking = scene.with_name("my_voice.py")
    speaking.write_text(VOICE, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        make_film(job(scene, show=("in",), voice=f"{speaking}:{name}", lang="en"))


def test_a_voice_may_give_a_path_and_speaks_once(tmp_path: Path) -> None:
    said: list[str] = []

    def narrate(text: str, lang: str) -> str:
        said.append(f"{lang}: {text}")
        with wave.open(str(tmp_path / "x.wav"), "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(struct.pack("<h", round(math.pi)) * 4000)
        return str(tmp_path / "x.wav")

    first = voice.speak(narrate, "Hello.", "en", tmp_path / "kept")
    again = voice.speak(narrate, "Hello.", "en", tmp_path / "kept")
    assert first == again and first.seconds == 0.5 and said == ["en: Hello."]
    voice.speak(narrate, "Hello.", "en", tmp_path / "kept", mark="other")
    assert len(said) == 2


def test_an_order_travels_and_has_one_name(scene: Path) -> None:
    import pickle

    what = job(scene, options={"model": "m", "inputs": (np.arange(6.0).reshape(2, 3),)})
    there = pickle.loads(pickle.dumps(what))
    assert there.digest() == what.digest()
    assert replace(what, options={"inputs": (np.arange(6.0),)}).digest() != what.digest()
    assert json.loads(json.dumps(vars(FilmResult("a", (), "", 1.0, 2))))["film"] == "a"


def test_two_films_of_one_helper_are_both_made_again(scene: Path) -> None:
    """In one process, the second film finds the helper loaded already."""
    (scene.parent / "words_of_both.py").write_text("SAYS = 'First.'\n", encoding="utf-8")
    whats = []
    for name in ("one", "two"):
        file = scene.with_name(f"{name}.py")
        file.write_text(
            "from dataclasses import replace\nimport words_of_both\nfrom tiny_scene import Tiny as Whole\n"
            "class Own(Whole):\n    def story(self, trace):\n        for beat in super().story(trace):\n"
            "            yield replace(beat, says=words_of_both.SAYS)\n",
            encoding="utf-8",
        )
        whats.append(replace(job(file, show=("in",)), folder=str(scene.parent / name)))
    assert [make_film(what).fresh for what in whats] == [True, True]
    assert [make_film(what).fresh for what in whats] == [False, False]
    (scene.parent / "words_of_both.py").write_text("SAYS = 'Other.'\n", encoding="utf-8")
    for what in whats:
        made = make_film(what)
        assert made.fresh and beats(made, what)[0]["says"]["en"] == "Other."


def test_a_damaged_file_of_the_same_size_is_not_a_whole_film(scene: Path) -> None:
    what = job(scene, show=("in",))
    made = make_film(what)
    expected = pictures(Path(what.folder) / made.film)
    for name in cache.list_files(what, made):
        path = Path(what.folder) / name
        content = path.read_bytes()
        path.write_bytes(content[:-9] + bytes(byte ^ 1 for byte in content[-9:]))
        assert cache.find_film(what) is None, name
        path.write_bytes(content)
    # manim's clips, too: each is drawn again.
    for clip in Path(what.folder).rglob("partial_movie_files/*/*.mp4"):
        content = clip.read_bytes()
        clip.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    (Path(what.folder) / cache.NOTE).unlink()
    assert np.array_equal(pictures(Path(what.folder) / make_film(what).film), expected)


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ("text = file.read_text()", True),
        ("text = file.read_text(); file.write_text('Saved meanwhile.')", False),
        ("text = 'later' if Path(__file__).with_name('later.txt').exists() else 'now'", True),
        ("import torch; text = 'x' if hasattr(torch.jit, 'load') else 'y'", False),
        ("import sqlite3; text = 'x'", False),
        ("import os; text = os.environ.get('SAYS', 'x')", False),
    ],
)
def test_a_film_is_kept_only_where_all_is_known(scene: Path, lines: str, kept: bool) -> None:
    scene.with_name("words.txt").write_text("First.", encoding="utf-8")
    own = scene.with_name("own.py")
    own.write_text(
        "from pathlib import Path\nfrom tiny_scene import Tiny as Whole\nclass Own(Whole):\n"
        "    def story(self, trace):\n        from dataclasses import replace\n"
        f"        file = Path(__file__).with_name('words.txt')\n        {lines}\n"
        "        for beat in super().story(trace):\n            yield replace(beat, says=text)\n",
        encoding="utf-8",
    )
    what = job(own, show=("in",))
    make_film(what)
    assert (cache.find_film(what) is not None) is kept
    if "later" in lines:
        scene.with_name("later.txt").write_text("", encoding="utf-8")
        assert cache.find_film(what) is None
