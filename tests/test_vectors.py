"""Films as vectors: the same beats as in the video, made without manim, kept as long as nothing changes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from decks import TINY

from nnanim.cli import main
from nnanim.errors import UserError
from nnanim.film import manifest
from nnanim.film.job import FilmJob
from nnanim.film.make import make_film
from nnanim.scene import loader
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.timeline import takes
from nnanim.web import decode_film
from nnanim.web.text import read_bytes

ALONE = """
import sys
from nnanim.film.job import FilmJob
from nnanim.film.make import make_film
make_film(FilmJob("dropout", sys.argv[1], "perceptron", printer="vectors"))
print([name for name in ("manim", "matplotlib", "av") if name in sys.modules])
"""


TWICE = """
import sys
from nnanim.film.job import FilmJob
from nnanim.film.make import make_film
print(make_film(FilmJob("tiny", sys.argv[1] + ".films", sys.argv[1], printer="vectors")).fresh)
"""


def job(folder: Path, **values: object) -> FilmJob:
    return FilmJob("tiny", str(folder), str(TINY), printer="vectors", **values)  # type: ignore[arg-type]


def movie(*words: str) -> Result:
    return CliRunner().invoke(main, ["movie", *words])


def test_a_film_has_the_beats_of_its_story_in_their_time(tmp_path: Path) -> None:
    result = make_film(job(tmp_path, lang="ja", theme="light"))
    told = takes(loader.build_story(str(TINY)), RenderStyle(by_name("light"), "ja"))
    content = manifest.read(result.manifest_path(str(tmp_path)))
    assert [beat["id"] for beat in content["beats"]] == [take.beat.id for take in told]
    for beat, take in zip(content["beats"], told, strict=True):
        assert (beat["start"], beat["end"]) == pytest.approx(
            (take.start, take.start + take.seconds), abs=1e-5
        )
        assert beat["clip"] is None and (beat["motion"] is None) == (take.beat.motion is None)
    assert (content["lang"], content["theme"], content["size"]) == ("ja", "light", [1280, 720])
    assert content["beats"][1]["says"]["en"] == "They meet in two sums." and content["cover"] in ("in", "sum")
    assert content["provenance"]["model"] == "tiny"
    cut = decode_film((tmp_path / result.film).read_bytes()).cuts[0]
    assert [beat.id for beat in cut.beats] == [take.beat.id for take in told]
    assert cut.seconds == pytest.approx(result.seconds, abs=1e-3)


def test_it_shows_what_its_job_asks_for(tmp_path: Path) -> None:
    asked = job(tmp_path, leave_out=("card",), says={"sum": {"en": "Sums."}}, title="Mine", pace=2.0)
    result = make_film(asked)
    cut = decode_film((tmp_path / result.film).read_bytes()).cuts[0]
    assert [(beat.id, beat.sentence) for beat in cut.beats] == [
        ("in", "Two numbers go in."),
        ("sum", "Sums."),
    ]
    assert cut.title == "Mine" and cut.beats[0].start == 0
    slow = make_film(job(tmp_path / "slow", leave_out=("card",)))
    assert result.seconds < 0.7 * slow.seconds
    with pytest.raises(UserError, match="has no beat 'sun'; nearest: 'sum'"):
        make_film(job(tmp_path / "wrong", leave_out=("sun",)))


def test_it_is_kept_as_long_as_nothing_changes(tmp_path: Path) -> None:
    assert make_film(job(tmp_path)).fresh
    again = make_film(job(tmp_path))
    assert not again.fresh
    assert make_film(job(tmp_path, theme="light")).fresh
    (tmp_path / again.film).write_bytes(b"damaged")
    assert make_film(job(tmp_path, theme="light")).fresh


def test_what_else_lies_in_the_folder_of_its_scene_is_of_no_account(tmp_path: Path) -> None:
    """Libraries that are loaded for a scene look for their versions wherever Python looks for modules."""
    scene = Path(shutil.copy(TINY, tmp_path))
    for fresh in ("True", "False"):
        done = subprocess.run([sys.executable, "-c", TWICE, str(scene)], capture_output=True, text=True)
        assert done.stdout.strip() == fresh, done.stderr
        (tmp_path / "notes.txt").write_text("new", encoding="utf-8")


def test_a_method_that_is_called_as_an_option_is_none(tmp_path: Path) -> None:
    scene = tmp_path / "mine.py"
    text = TINY.read_text(encoding="utf-8")
    scene.write_text(
        text.replace("    def story(", "    def run(self):\n        pass\n\n    def story(", 1), "utf-8"
    )
    result = make_film(FilmJob("mine", str(tmp_path / "film"), str(scene), printer="vectors"))
    assert Path(result.film).name == "Tiny.nnfilm"
    with pytest.raises(UserError, match="the scene 'Tiny' takes no --run"):
        make_film(
            FilmJob("mine", str(tmp_path / "film"), str(scene), options={"run": "x"}, printer="vectors")
        )


def test_a_spoken_sentence_has_time_to_end(tmp_path: Path) -> None:
    voice = tmp_path / "voice.py"
    voice.write_text(
        "import io, wave\n\n\ndef narrate(text, lang):\n    out = io.BytesIO()\n"
        "    with wave.open(out, 'wb') as sound:\n        sound.setparams((1, 2, 8000, 0, 'NONE', ''))\n"
        "        sound.writeframes(bytes(16000 * 9))\n    return out.getvalue()\n",
        encoding="utf-8",
    )
    result = make_film(job(tmp_path / "film", voice=f"{voice}:narrate"))
    note = result.manifest_path(str(tmp_path / "film"))
    for beat in json.loads(note.read_text(encoding="utf-8"))["beats"]:
        assert beat["end"] - beat["start"] > 9 and beat["voice"].startswith("Tiny.voices/")
        with wave.open(str(note.parent / beat["voice"])) as sound:
            assert sound.getnframes() == 72000


def test_manim_is_not_needed(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ALONE, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_movie_writes_a_page_in_both_languages_and_themes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = movie(str(TINY), "--to", "html", "--lang", "ja", "--frame", "4:3", "--frame", "16:9", "-o", "mine")
    assert made.exit_code == 0, made.output
    path, size = made.stdout.splitlines()
    page = (tmp_path / path).read_text(encoding="utf-8")
    assert path == "media/pages/mine.html" and size.endswith(" MB")
    begin = json.loads(page.partition('id="settings">')[2].partition("<")[0])
    assert (begin["lang"], begin["theme"], begin["pace"]) == ("ja", "dark", 1.0)
    film = page.partition('id="film">')[2].partition("<")[0]
    read = decode_film(read_bytes(film))
    shown = {(cut.lang, cut.theme, cut.frame) for cut in read.cuts}
    assert len(shown) == 8 and (read.cuts[0].lang, read.cuts[0].frame) == ("ja", "4:3")
    assert "<li>二つの数が入ります。</li>" in page


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--to", "html", "-ql"], "a page has no --quality: it is drawn by the browser, at any size"),
        (["--to", "html", "--format", "gif"], "a page has no --format: it is drawn by the browser"),
        (["--frame", "4:3", "--frame", "9:16"], "a video has one --frame; a page"),
        (["--to", "html", "--beat", "sun"], "there is no beat 'sun'; nearest: 'sum'"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], line: str) -> None:
    made = movie(str(TINY), *words)
    assert made.exit_code == 2 and made.stderr.startswith(f"nnanim: {line}") and made.stderr.count("\n") == 1
