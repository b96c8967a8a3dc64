"""Decks of films without a lesson: some beats of one, into somebody's own presentation, and on paper."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import decks
import pytest
from click.testing import CliRunner, Result
from pptx import Presentation
from pptx.oxml.ns import qn
from pptx.util import Inches

from nnanim import lessons
from nnanim.cli import main
from nnanim.cli.deck import choose_lesson
from nnanim.deck.insert import Presented
from nnanim.lessons import Clip, Page
from nnanim.words.linebreak import phrases

READER = shutil.which("pdftotext")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["deck", *words])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny scene and its films, which all tests share."""
    folder = tmp_path_factory.mktemp("scenes")
    shutil.copy(decks.TINY, folder / "tiny.py")
    return folder


def own_presentation(path: Path, slides: int = 4, ground: str = "") -> Path:
    """Somebody's presentation, 4:3, with words of its own on each slide."""
    show = Presentation()
    show.slide_width, show.slide_height = Inches(10), Inches(7.5)
    for number in range(slides):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = f"mine {number + 1}"
    if ground:
        theme = next(
            rel.target_part for rel in show.slide_master.part.rels.values() if rel.reltype.endswith("/theme")
        )
        theme._blob = theme.blob.replace(b'lastClr="FFFFFF"', f'lastClr="{ground}"'.encode())
    show.save(str(path))
    return path


def test_the_lesson_of_a_scene_has_its_title_and_the_film() -> None:
    one = choose_lesson(["noise"], None, None)
    assert [type(step) for step in one.steps] == [Page, Clip] and one.name == "noise"
    assert one.title["ja"] == "ノイズ"
    two = choose_lesson(["noise", "dropout"], None, "4:3")
    assert [step.scene for step in two.clips] == ["noise", "dropout"] and two.aspect == "4:3"
    beats = choose_lesson(["noise"], "sum, clipped", None)
    assert beats.clips[0].show == ("sum", "clipped") and len(beats.steps) == 1
    assert choose_lesson(["how_chatgpt_was_made"], None, "9:16").aspect == "9:16"
    assert choose_lesson(["how_chatgpt_was_made"], None, None) == lessons.load("how_chatgpt_was_made")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nois"], "there is no lesson and no scene 'nois'; nearest: 'noise'"),
        (["noise", "noise"], "a scene is named twice"),
        (["noise", "dropout", "--beats", "sum"], "beats are chosen of one film"),
        (["how_chatgpt_was_made", "--beats", "sum"], "--beats belongs to a scene"),
        (["noise", "--beats", "summ"], "has no beat 'summ'; nearest: 'sum'"),
        (["noise", "--after", "3"], "name it with --into"),
        (["noise", "--into", "none.pptx"], "there is no file"),
        (["noise", "--into", "mine.pptx", "--to", "html"], "--into is about PowerPoint"),
        (["noise", "--into", "mine.pptx", "--after", "9"], "mine.pptx has 4 slides; 0 to 4 wanted"),
        (["noise", "--into", "mine.pptx", "--out", "mine.pptx"], "is your own presentation"),
        (["noise", "--into", "damaged.pptx"], "is no PowerPoint presentation"),
        (["noise", "--to", "pdf", "--out", "noise.html"], "the name of a pdf ends in .pdf"),
    ],
)
def test_mistakes_are_one_line(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    own_presentation(tmp_path / "mine.pptx")
    (tmp_path / "damaged.pptx").write_bytes(b"PK\x03\x04 no zip")
    result = run(*words)
    *progress, line = result.output.strip().splitlines()
    assert result.exit_code == 2 and said in line and "Traceback" not in result.output
    assert all(one.endswith(": failed") for one in progress)


@pytest.mark.parametrize(("ground", "theme"), [("", "light"), ("101418", "dark")])
def test_films_take_the_theme_that_goes_with_the_ground(tmp_path: Path, ground: str, theme: str) -> None:
    assert Presented(own_presentation(tmp_path / "mine.pptx", ground=ground)).theme_name() == theme


def test_slides_are_put_into_a_copy(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    mine = own_presentation(tmp_path / "mine.pptx")
    before = mine.read_bytes()
    out = tmp_path / "copy.pptx"
    done = run("tiny.py", "--beats", "sum", "--into", str(mine), "--after", "3", "-q", "l", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert mine.read_bytes() == before
    show = Presentation(str(out))
    titles = [slide.shapes.title.text for slide in show.slides]
    assert titles == ["mine 1", "mine 2", "mine 3", "They meet in two sums.", "mine 4"]
    assert (show.slide_width, show.slide_height) == (Inches(10), Inches(7.5))
    assert [one.name for one in show.slide_layouts] == [one.name for one in Presentation().slide_layouts]
    (movie,) = (
        shape for shape in show.slides[3].shapes if shape._element.find(f".//{qn('a:videoFile')}") is not None
    )
    assert movie.left == 0 and movie.width == show.slide_width  # as wide as the slide, its own sides kept
    assert (
        abs(movie.width / movie.height - 854 / 480) < 0.01
        and abs(movie.top * 2 + movie.height - show.slide_height) < 3
    )
    assert movie._element._nvXxPr.cNvPr.get("descr") == "They meet in two sums."
    colors = next(
        rel.target_part.blob for rel in show.slide_master.part.rels.values() if rel.reltype.endswith("/theme")
    )
    plain = next(
        rel.target_part.blob
        for rel in Presentation(str(mine)).slide_master.part.rels.values()
        if rel.reltype.endswith("/theme")
    )
    assert colors == plain  # nobody's fonts and colours are changed


def test_a_presentation_without_usual_layouts(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    show = Presentation()
    for layout in list(show.slide_layouts):
        if layout._element.get("type") != "blank":
            show.slide_layouts.remove(layout)
    show.slide_layouts[0]._element.attrib.pop("type")
    show.save(str(tmp_path / "bare.pptx"))
    out = tmp_path / "copy.pptx"
    done = run(
        "tiny.py", "--beats", "sum", "--into", str(tmp_path / "bare.pptx"), "-q", "l", "--out", str(out)
    )
    assert done.exit_code == 0, done.output
    texts = [shape.text for shape in Presentation(str(out)).slides[0].shapes if shape.has_text_frame]
    assert texts == ["They meet in two sums."]


def test_a_handout(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    first, second = tmp_path / "one.pdf", tmp_path / "two.pdf"
    for out in (first, second):
        done = run("tiny.py", "--to", "pdf", "--lang", "ja", "--out", str(out))
        assert done.exit_code == 0, done.output
    assert first.read_bytes().startswith(b"%PDF") and first.read_bytes() == second.read_bytes()
    if READER:
        text = subprocess.run([READER, str(first), "-"], capture_output=True, text=True, check=True).stdout
        assert "小さなネットワーク" in text and "二つの数が入ります。" in text
        assert text.count("二つの和になります。") == 1  # what is the sentence is not said again as a note


@pytest.mark.skipif(READER is None, reason="pdftotext is not installed")
def test_japanese_phrases_of_a_handout_stay_whole(tmp_path: Path) -> None:
    said = "二つの長さで、アヤメの種類がわかるでしょうか。線の太さは重みの大きさ、色は符号です。"
    lesson = decks.lesson(tmp_path, decks.LESSON.replace("和です & <終わり>。", said))
    out, done = decks.build(lesson, "pdf")
    assert done.exit_code == 0, done.output
    text = subprocess.run([str(READER), str(out), "-"], capture_output=True, text=True, check=True).stdout
    rest, lines = said, list[str]()
    for line in text.splitlines():
        if line and rest.startswith(line):
            lines, rest = [*lines, line], rest[len(line) :]
    pieces = phrases(said)
    ends = {"".join(pieces[:k]) for k in range(len(pieces) + 1)}
    assert not rest and len(lines) > 1
    assert {"".join(lines[:k]) for k in range(len(lines))} <= ends


def test_words_of_a_lesson_are_never_typst_code(tmp_path: Path) -> None:
    out, done = decks.build(decks.lesson(tmp_path), "pdf")
    assert done.exit_code == 0, done.output
    if READER:
        text = subprocess.run([READER, str(out), "-"], capture_output=True, text=True, check=True).stdout
        assert "#strong[二つ]" in text and "<script>" in text and "次は何でしょう" in text
