"""Lessons as TOML files: every one that comes with nnanim, and what is said of a wrong one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from nnanim import lessons, words
from nnanim.cli import main
from nnanim.errors import UserError
from nnanim.lessons import Clip, Lesson, Page
from nnanim.lessons.lines import key_lines
from nnanim.scene import loader
from nnanim.words import Words

SNAPSHOTS = Path(__file__).parent / "snapshots"

every_lesson = pytest.mark.parametrize("name", lessons.names())

WHOLE = """
title = { en = "A & B", ja = "あ" }
language = "ja"
theme = "light"
aspect = "4:3"
pace = 2

[[steps]]
title = "Hello"
lines = [
    "one [not a table]",
    { en = "two", ja = "二" },
]
notes = '''
[steps]
scene = "not a key"
'''
seconds = 3
minutes = 2

[[steps]]
scene = "perceptron"
from = "split"
to = "sum"
leave_out = ["arrive"]
after = "advance"
data = { FLOWERS = [1, 2] }
minutes = 5.5
[steps.beats.split]
says = { en = "Own words." }
question = "What?"
after = "loop"
pause = 1
"""


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def all_words(lesson: Lesson) -> Iterator[Words]:
    yield lesson.title
    for step in lesson.steps:
        yield step.notes
        if isinstance(step, Page):
            yield from (step.title, *step.lines)
        else:
            for told in step.beats.values():
                yield from (told.says or "", told.notes, told.question)


def test_there_are_lessons() -> None:
    assert {"from_perceptron_to_generative_ai", "look_inside_your_own_model"} <= set(lessons.names())


@every_lesson
def test_every_lesson_speaks_every_language(name: str) -> None:
    lesson = lessons.load(name)
    for said in all_words(lesson):
        assert not said or set(words.LANGUAGES) <= set(said), said


@every_lesson
def test_every_lesson_has_notes_and_minutes(name: str) -> None:
    lesson = lessons.load(name)
    assert 20 <= lesson.minutes <= 150
    assert all(step.notes for step in lesson.steps)
    assert any(isinstance(step, Page) and step.lines for step in lesson.steps)


@every_lesson
def test_every_beat_that_a_lesson_names_is_there(name: str) -> None:
    for clip in lessons.load(name).clips:
        kept = SNAPSHOTS / f"{clip.scene}.en.txt"
        if kept.is_file():
            ids = re.findall(r"^\[([^\]]+)\]", kept.read_text("utf-8"), re.MULTILINE)
            for beat in (*clip.beats, *clip.show, *clip.leave_out, *filter(None, (clip.first, clip.last))):
                assert beat in [*ids, "card"], f"{clip.scene} has no beat {beat}"


def test_the_large_lesson_shows_every_film() -> None:
    shown = {clip.scene for clip in lessons.load("from_perceptron_to_generative_ai").clips}
    # Scene network is about whatever model it is given, and has a lesson of its own.
    assert shown == set(loader.names()) - {"network"}


def test_a_whole_lesson(tmp_path: Path) -> None:
    lesson = lessons.load(str(written(tmp_path, WHOLE)))
    assert (lesson.name, lesson.lang, lesson.theme, lesson.aspect, lesson.pace) == (
        "mine", "ja", "light", "4:3", 2.0
    )  # fmt: skip
    page, clip = lesson.steps
    assert isinstance(page, Page) and isinstance(clip, Clip)
    assert page.lines == ("one [not a table]", {"en": "two", "ja": "二"})
    assert page.seconds == page.count_seconds("en") == 3
    assert (clip.first, clip.last, clip.leave_out, clip.after) == ("split", "sum", ("arrive",), "advance")
    assert clip.data == {"FLOWERS": [1, 2]}
    told = clip.beats["split"]
    assert (told.says, told.question, told.after, told.pause) == ({"en": "Own words."}, "What?", "loop", 1.0)
    assert clip.where == f"{tmp_path / 'mine.toml'}, line 22, steps.2.scene"
    assert lesson.minutes == 7.5


def test_keys_and_their_lines() -> None:
    lines = key_lines(WHOLE)
    text = WHOLE.splitlines()
    assert text[lines["steps", 0, "notes"] - 1].startswith("notes")
    assert lines["steps", 1] == text.index('scene = "perceptron"')
    assert text[lines["steps", 1, "beats", "split", "pause"] - 1] == "pause = 1"
    assert ("steps", 0, "scene") not in lines


def test_a_page_is_read_at_the_pace_of_its_language() -> None:
    page = Page({"en": "One two three", "ja": "一二三四五六七八九十"})
    assert page.count_seconds("en") == pytest.approx(2.9)
    assert page.count_seconds("ja") == pytest.approx(3.2)


STEP = 'title = "T"\n[[steps]]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('title = "T"\n[[steps]\n', r"line 2: expected"),
        ('title = "T\n', r"line 1: "),
        ('title = "T', r"line 1: "),
        ("[[steps]]\ntitle = 3", r"line 1: the lesson has no title"),
        ('title = "T"', r"steps: there are no steps"),
        ('title = "T"\nsteps = 3', r"line 2, steps: there are no steps"),
        ('title = "T"\nlanguage = "fr"\n[[steps]]\ntitle = "x"', r"line 2, language: 'fr' is none of en, ja"),
        (STEP + 'titel = "x"', r"steps\.1: a step has a scene or a title"),
        (
            STEP + 'title = "x"\nnote = "y"',
            r"line 4, steps\.1\.note: there is no key 'note'.*nearest: 'notes'",
        ),
        (
            STEP + 'scene = "percepton"',
            r"line 3, steps\.1\.scene: there is no scene 'percepton'.*'perceptron'",
        ),
        (STEP + 'scene = "../x.py"', r"line 3.*'\.\./x\.py' lies outside the lesson's folder"),
        (STEP + 'scene = "/etc/x.py"', r"line 3.*lies outside the lesson's folder"),
        (STEP + 'scene = "mine.py"', r"line 3.*there is no file 'mine\.py' in"),
        (
            STEP + 'scene = "digits"\nafter = "stop"',
            r"line 4, steps\.1\.after: 'stop' is none of pause, loop",
        ),
        (
            STEP + 'scene = "digits"\nminutes = -1',
            r"line 4, steps\.1\.minutes: -1 is not a number from 0 to 3600",
        ),
        (
            STEP + f"title = 'x'\nseconds = 1{'0' * 400}",
            r"line 4, steps\.1\.seconds: 10+ … 0+ is not a number",
        ),
        (
            STEP + "title = 'x'\nseconds = 1e9",
            r"steps\.1\.seconds: 1000000000.0 is not a number above 0, up to 3600",
        ),
        (STEP + "title = 'x'\nseconds = nan", r"steps\.1\.seconds: nan is not a number"),
        (STEP + f"title = 'x'\nseconds = {'9' * 5000}", r"line 4: exceeds the limit"),
        (STEP + f"title = {'[' * 5000}", r"line 3: brackets too deep"),
        (STEP + 'title = "ring \\u0007"', r"line 3, steps\.1\.title: the character U\+0007 cannot be shown"),
        (
            STEP + 'title = "x"\nlines = [{ en = "\\uFFFF" }]',
            r"steps\.1\.lines: the character U\+FFFF cannot",
        ),
        (STEP + 'title = "x"\nnotes = "\\u000B"', r"steps\.1\.notes: the character U\+000B cannot be shown"),
        (STEP + 'scene = "digits"\nminutes = true', r"steps\.1\.minutes: True is not a number"),
        (STEP + 'scene = "digits"\nshow = "a"', r"steps\.1\.show: 'a' is not a list of texts"),
        (STEP + 'scene = "digits"\nshow = ["a"]\nto = "b"', r"write show, or from and to, not both"),
        (STEP + 'scene = "digits"\nnotes = { fr = "x" }', r"steps\.1\.notes: language 'fr' is not known"),
        (STEP + 'scene = "digits"\nnotes = { en = 3 }', r"steps\.1\.notes: \{'en': 3\} are not words"),
        (STEP + 'scene = "digits"\nmodel = "os:x"', r"steps\.1\.model: write model = \"yours\""),
        (STEP + 'scene = "digits"\ndata = { __doc__ = 1 }', r"'__doc__' cannot be a name in a scene"),
        (STEP + 'scene = "digits"\ndata = { D = 2020-01-01 }', r"none of: number, text"),
        (STEP + 'scene = "digits"\n[steps.beats.a]\nsay = "x"', r"line 5, steps\.1\.beats\.a\.say: .*'says'"),
        (STEP + 'scene = "digits"\nbeats = 3', r"steps\.1\.beats: 3 is not a table"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UserError, match=message) as error:
        lessons.load(str(path))
    assert str(error.value).startswith(f"{path}, line ") and "\n" not in str(error.value)


def test_what_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"title = '\xff'")
    with pytest.raises(UserError, match=r"is not text in UTF-8: .* at byte 9"):
        lessons.load(str(path))


@pytest.mark.parametrize(
    ("name", "message"),
    [("look_inside_your_model", r"nearest: 'look_inside_your_own_model'"), ("no/such.toml", r"no file")],
)
def test_a_lesson_that_is_not_there(name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        lessons.load(name)


def test_lessons_are_listed() -> None:
    told = CliRunner().invoke(main, ["lessons", "--lang", "ja"]).output
    assert "from_perceptron_to_generative_ai" in told and "ニューラルネットから生成AIまで" in told
