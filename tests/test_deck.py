"""Decks of a small lesson: which slides there are, and what lies in each kind of file."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import decks
import numpy as np
import pytest
from lxml import etree
from PIL import Image
from pptx import Presentation

from nnanim import lessons, theme
from nnanim.deck import Deck, deck, embedded, html, word_slides
from nnanim.deck import folder as folders
from nnanim.errors import UserError
from nnanim.film import manifest
from nnanim.film.manifest import BeatRecord
from nnanim.film.subtitles import write_subtitles

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
READER = shutil.which("pdftoppm")

IDS = ["01", "02", "03-in", "03-sum-question", "03-sum", "04"]


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lesson whose films and pages are made, by two processes."""
    path = decks.lesson(tmp_path_factory.mktemp("deck"))
    _, result = decks.build(path, "folder", "--jobs", "2")
    assert result.exit_code == 0, result.output
    assert "6 slides" in result.output and "2 of 2 films made anew" in result.output
    return path


@pytest.fixture(scope="module")
def slides(lesson: Path) -> Deck:
    home = lesson.parent / "media" / "decks" / "small" / "ja-dark-l"
    films = {name: next((home / name).rglob("*.manifest.json")) for name in ("tiny_scene", "pages")}
    told = lessons.load(str(lesson))
    return deck(told, {2: films["tiny_scene"]}, "ja", theme.by_name("dark"), films["pages"])


def test_one_beat_is_one_slide(slides: Deck) -> None:
    assert [slide.id for slide in slides.slides] == IDS
    assert [slide.kind for slide in slides.slides] == ["title", "text", "film", "question", "film", "title"]
    assert [slide.after for slide in slides.slides] == [
        "pause", "advance", "loop", "pause", "advance", "pause",
    ]  # fmt: skip
    assert slides.size == (854, 480) and slides.title == "小さな授業"


def test_words_and_notes_of_a_slide(slides: Deck) -> None:
    first, question, last = slides.slides[2:5]
    assert first.title == "二つの数が入ります。"
    assert first.notes == "映像です。\n\n二つの数が入ります。"
    assert first.captions == {"en": "Two numbers go in.", "ja": "二つの数が入ります。"}
    assert (first.chapter, first.minutes) == ("小さなネットワーク", 5)
    assert question.title == "次は何でしょう？" and question.behind == first.poster
    assert last.title == "和です & <終わり>。" and last.captions["en"] == "They meet in two sums."
    assert last.notes == "和が二つです。" and last.hold == 1.5 and not last.chapter


def test_what_a_video_needs_drawn(lesson: Path) -> None:
    found = word_slides(lessons.load(str(lesson)), "ja")
    assert [one.id for one in found] == ["01", "02", "03-sum-question", "04"]
    assert found[1].seconds == 1


def test_a_missing_clip_is_named(lesson: Path, slides: Deck, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(lesson.parent / "media", copy)
    film = next(copy.rglob("Tiny.manifest.json"))
    next(copy.rglob("*_sum.mp4")).unlink()
    with pytest.raises(
        UserError, match=r"Tiny\.manifest\.json: the clip of beat 'sum' is missing, .*_sum\.mp4"
    ):
        deck(lessons.load(str(lesson)), {2: film}, "ja", theme.by_name("dark"))


@pytest.mark.parametrize("name", ["../../elsewhere.mp4", "/etc/hostname", "link.mp4", "a\0b"])
def test_a_manifest_names_no_file_outside_its_folder(lesson: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(lesson.parent / "media", copy)
    film = next(copy.rglob("Tiny.manifest.json"))
    (tmp_path / "secret.mp4").write_bytes(b"secret")
    (film.parent / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    (film.parent / "../../elsewhere.mp4").write_bytes(b"secret")
    content = json.loads(film.read_text(encoding="utf-8"))
    content["beats"][0]["clip"] = name
    film.write_text(json.dumps(content), encoding="utf-8")
    expected = "which is no path" if "\0" in name else "which lies outside its folder"
    with pytest.raises(UserError, match=rf"Tiny\.manifest\.json: the clip of beat .* {expected}"):
        deck(lessons.load(str(lesson)), {2: film}, "ja", theme.by_name("dark"))


def test_a_misspelt_beat_is_told_and_not_lost(tmp_path: Path) -> None:
    text = "title = 'T'\n[[steps]]\nscene = 'tiny_scene.py'\n{}[steps.beats.sun]\nnotes = 'Look.'\n"
    _, result = decks.build(decks.lesson(tmp_path, text.format("")), "html")
    assert result.exit_code == 2
    assert "small.toml, line 3, steps.1.scene: the film tiny_scene has no beat 'sun'" in result.output
    assert "nearest: 'sum'" in result.output
    _, result = decks.build(decks.lesson(tmp_path, text.format("to = 'in'\n")), "html")
    assert result.exit_code == 0, result.output


def test_a_deck_that_cannot_be_written_is_told_before_anything_is_filmed(
    lesson: Path, tmp_path: Path
) -> None:
    (tmp_path / "x").write_text("a file")
    media = tmp_path / "media"
    out = str(tmp_path / "x" / "small.html")
    _, result = decks.build(lesson, "html", "--out", out, "--media_dir", str(media))
    assert result.exit_code == 2 and f"cannot write to {tmp_path / 'x'}: " in result.output
    assert not media.exists()


def test_a_missing_clip_is_made_again(lesson: Path) -> None:
    clip = next((lesson.parent / "media").rglob("*_in.mp4"))
    before = clip.read_bytes()
    clip.unlink()
    _, result = decks.build(lesson, "html", "--clips", "video")
    assert "1 of 1 films made anew" in result.output and clip.read_bytes() == before


def test_what_is_there_is_not_made_again(lesson: Path) -> None:
    for clips in ("video", "vectors"):
        decks.build(lesson, "html", "--clips", clips)
        first = (lesson.parent / "small.html").read_bytes()
        out, result = decks.build(lesson, "html", "--clips", clips)
        assert "0 of 1 films made anew" in result.output and out.read_bytes() == first


def test_clips_are_encoded_by_one_thread(lesson: Path) -> None:
    # x264 writes its settings into what it encodes.
    clips = list((lesson.parent / "media").rglob("sections/*.mp4"))
    assert len(clips) == 6
    assert all(b" threads=1 " in clip.read_bytes() for clip in clips)


def test_pictures_of_a_page_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [tmp_path / f"{name}.png" for name in ("a", "b")]
    for shade, path in enumerate(paths):
        Image.new("RGB", (1920, 1080), (90 * shade, 0, 0)).save(path)
    first = embedded.shrink_pictures([*paths, *paths])
    with Image.open(io.BytesIO(first[paths[1]])) as picture:
        assert picture.size == (960, 540) and picture.format == "WEBP"
    shrunk: list[Path] = []
    shrink = embedded._shrink
    monkeypatch.setattr(embedded, "_shrink", lambda path, to: (shrunk.append(path), shrink(path, to)))
    assert embedded.shrink_pictures(paths) == first and not shrunk
    Image.new("RGB", (1920, 1080), (0, 200, 0)).save(paths[0])
    os.utime(paths[0], ns=(1, 1))
    again = embedded.shrink_pictures(paths)
    assert shrunk == paths[:1] and again[paths[0]] != first[paths[0]] and again[paths[1]] == first[paths[1]]


def test_a_folder_of_clips(lesson: Path, slides: Deck) -> None:
    out = lesson.parent / "clips"
    index = json.loads((out / "deck.json").read_text("utf-8"))
    names = [row["file"] for row in index["slides"]]
    assert names == [f"{n:03}-{one}.mp4" for n, one in enumerate(IDS, start=1)]
    assert sorted(path.name for path in out.iterdir()) == sorted([*names, "deck.json"])
    assert index["slides"][2]["notes"].startswith("映像です。")
    for row in index["slides"]:
        with av.open(str(out / row["file"])) as clip:
            assert clip.duration / 1e6 == pytest.approx(row["seconds"], abs=0.1)


@pytest.mark.parametrize(("format", "suffix"), [("png", ".png"), ("gif", ".gif")])
def test_pictures_and_gifs(slides: Deck, tmp_path: Path, format: str, suffix: str) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    folders.write(slides, tmp_path, "png")
    paths = folders.write(slides, tmp_path, format)
    assert [path.suffix for path in paths] == [suffix] * 6 + [".json"]
    assert len(list(tmp_path.iterdir())) == 8 and (tmp_path / "notes.txt").read_text() == "mine"
    with Image.open(paths[2]) as picture:
        frames = getattr(picture, "n_frames", 1)
        assert (frames > 5) is (format == "gif")
        assert picture.info.get("loop") == (0 if format == "gif" else None)
    with Image.open(paths[4]) as picture:
        assert "loop" not in picture.info


@pytest.mark.parametrize("format", ["webm", "prores"])
def test_clips_with_alpha(tmp_path: Path, format: str) -> None:
    path = decks.lesson(tmp_path, "title = 'T'\n[[steps]]\nscene = 'tiny_scene.py'\nshow = ['in']")
    out, result = decks.build(path, "folder", "--format", format, "--fps", "5")
    assert result.exit_code == 0, result.output
    (row,) = json.loads((out / "deck.json").read_text("utf-8"))["slides"]
    with av.open(str(out / row["file"])) as clip:
        assert clip.duration / 1e6 == pytest.approx(row["seconds"], abs=0.21)
        # FFmpeg's own decoder of VP9 leaves alpha out.
        decoder = av.CodecContext.create("libvpx-vp9", "r") if format == "webm" else clip.streams.video[0]
        frames = [frame for packet in clip.demux(video=0) for frame in decoder.decode(packet)]
    assert len(frames) == round(5 * row["seconds"]) > 3
    alpha = frames[-1].to_ndarray(format="rgba")[..., 3]
    assert alpha[0, 0] < 5 and alpha.max() > 250


def test_a_folder_in_the_place_of_a_file(lesson: Path, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("mine")
    _, result = decks.build(lesson, "folder", "--out", str(tmp_path / "x"))
    assert result.exit_code == 2 and "is a file; a folder wanted" in result.output


def test_one_long_video(lesson: Path, slides: Deck) -> None:
    out, result = decks.build(lesson, "video")
    assert result.exit_code == 0, result.output
    whole = sum(slide.seconds + slide.hold for slide in slides.slides)
    with av.open(str(out)) as film:
        assert film.duration / 1e6 == pytest.approx(whole, abs=0.15)
        assert [stream.type for stream in film.streams][:2] == ["video", "subtitle"]
        assert film.streams[1].metadata["language"] == "jpn"
        chapters = film.chapters()
        times = [frame.time for frame in film.decode(video=0)]
    assert [one["metadata"]["title"] for one in chapters] == [
        "題名 & <script>alert(1)</script>", "流れ", "小さなネットワーク", "終わり",
    ]  # fmt: skip
    assert chapters[0]["start"] == 0 and chapters[-1]["end"] == round(whole * 1000)
    assert all(a["end"] == b["start"] for a, b in pairwise(chapters))
    assert times == sorted(times) and len(times) == round((whole - 1.5) * 15)
    assert float(np.diff(times).max()) == pytest.approx(1.5 + 1 / 15, abs=0.01)


def test_subtitles_beside_the_video(lesson: Path, slides: Deck) -> None:
    decks.build(lesson, "video")
    vtt = (lesson.parent / "small.vtt").read_text("utf-8")
    srt = (lesson.parent / "small.srt").read_text("utf-8")
    assert vtt.count("-->") == srt.count("-->") == 2
    assert "和です &amp; &lt;終わり&gt;。" in vtt and "和です & <終わり>。" in srt
    start = sum(slide.seconds + slide.hold for slide in slides.slides[:2])
    assert f"00:00:{start:06.3f} -->" in vtt
    files = write_subtitles([BeatRecord(s.id, s.captions, 0.0, 1.0) for s in slides.slides if s.is_film],
                            lesson.parent / "small.mp4", ["en"])  # fmt: skip
    assert files[0].name == "small.en.srt" and files[0].read_text("utf-8").count("-->") == 2


A, P = (
    "{http://schemas.openxmlformats.org/drawingml/2006/main}",
    ("{http://schemas.openxmlformats.org/presentationml/2006/main}"),
)


@pytest.fixture(scope="module")
def pptx(lesson: Path) -> Path:
    out, result = decks.build(lesson, "pptx")
    assert result.exit_code == 0, result.output
    return out


def test_powerpoint_has_a_slide_for_every_click(pptx: Path) -> None:
    show = Presentation(str(pptx))
    assert len(show.slides) == 6
    assert show.slide_width / show.slide_height == pytest.approx(854 / 480, rel=1e-3)
    titles = [slide.shapes.title.text_frame.text for slide in show.slides]
    assert titles[0] == "題名 & <script>alert(1)</script>" and titles[4] == "和です & <終わり>。"
    notes = [slide.notes_slide.notes_text_frame.text for slide in show.slides]
    assert notes[2] == "映像です。\n\n二つの数が入ります。" and "window.broken" in notes[0]
    assert [run.text for run in show.slides[1].placeholders[1].text_frame.paragraphs[0].runs] == [
        "<i>一つ</i>"
    ]


def test_powerpoint_takes_a_long_title_and_many_models(slides: Deck, tmp_path: Path) -> None:
    from nnanim.deck import pptx as writer

    many = {f"film {i}": {"model": f"model-{i}", "seed": i} for i in range(40)}
    (path,) = writer.write(replace(slides, title="長" * 300, provenance=many), tmp_path / "long.pptx")
    facts = Presentation(str(path)).core_properties
    assert len(facts.title) == len(facts.comments) == 255 and "model-3 (seed 3)" in facts.comments


def parts(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as content:
        names = [name for name in content.namelist() if name.endswith(".xml")]
        return {name: etree.fromstring(content.read(name)) for name in names}


def test_the_same_deck_is_the_same_powerpoint(
    slides: Deck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnanim.deck import pptx as writer

    (first,) = writer.write(slides, tmp_path / "first.pptx")
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 1e8)
    (second,) = writer.write(slides, tmp_path / "second.pptx")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as file:
        assert {one.date_time for one in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert file.testzip() is None


def test_powerpoint_plays_loops_and_goes_on_by_itself(pptx: Path) -> None:
    slides = [parts(pptx)[f"ppt/slides/slide{n}.xml"] for n in range(1, 7)]
    for place, repeat in ((2, "indefinite"), (4, None)):
        tree = slides[place]
        command = tree.find(f".//{P}cmd")
        assert (command.get("type"), command.get("cmd")) == ("call", "playFrom(0.0)")
        media = tree.find(f".//{P}video/{P}cMediaNode")
        assert media.find(f"{P}cTn").get("repeatCount") == repeat
        (shape,) = {target.get("spid") for target in tree.iter(f"{P}spTgt")}
        picture = tree.find(f".//{P}pic/{P}nvPicPr/{P}cNvPr")
        assert picture.get("id") == shape and "。" in picture.get("descr")
        ids = [one.get("id") for one in tree.iter(f"{P}cTn")]
        assert len(ids) == len(set(ids))
    advances = [tree.find(f"{P}transition") for tree in slides]
    assert [one is not None for one in advances] == [False, True, False, False, True, False]
    order = [etree.QName(child).localname for child in slides[4]]
    assert order.index("transition") < order.index("timing")


def test_powerpoint_s_words_have_fonts_colours_and_language(pptx: Path) -> None:
    found = parts(pptx)
    fonts = found["ppt/theme/theme1.xml"]
    for kind in ("majorFont", "minorFont"):
        assert fonts.find(f".//{A}{kind}/{A}latin").get("typeface") == "Arial"
        assert fonts.find(f".//{A}{kind}/{A}ea").get("typeface") == "Yu Gothic"
    ground = theme.by_name("dark").color("ground").lstrip("#")
    assert fonts.find(f".//{A}clrScheme/{A}dk1/{A}srgbClr").get("val") == ground
    assert found["ppt/slideMasters/slideMaster1.xml"].find(f"{P}clrMap").get("bg1") == "dk1"
    runs = [run for name, tree in found.items() if "/slides/" in name for run in tree.iter(f"{A}rPr")]
    assert runs and {run.get("lang") for run in runs} == {"ja-JP"}


def test_powerpoint_holds_the_clips_and_their_posters(pptx: Path, slides: Deck) -> None:
    with zipfile.ZipFile(pptx) as content:
        media = {name: content.read(name) for name in content.namelist() if name.startswith("ppt/media/")}
    films = [slide for slide in slides.slides if slide.is_film]
    for slide in films:
        assert slide.clip is not None and slide.poster is not None
        assert slide.clip.read_bytes() in media.values()
        assert slide.poster.read_bytes() in media.values()


@pytest.mark.skipif(
    OFFICE is None or READER is None,
    reason=f"NO OFFICE: PowerPoint files were not opened. {decks.CURE}",
)
def test_powerpoint_opens_in_an_office(pptx: Path, tmp_path: Path) -> None:
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        str(OFFICE),
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(pptx),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    pdf = tmp_path / "small.pdf"
    assert pdf.is_file(), done.stderr
    subprocess.run([str(READER), "-r", "30", "-png", str(pdf), str(tmp_path / "page")], check=True)
    pages = sorted(tmp_path.glob("page*.png"))
    assert len(pages) == 6
    ground = np.array([14, 17, 23])
    for page in pages:
        with Image.open(page) as picture:
            pixels = np.asarray(picture.convert("RGB")).astype(int)
        assert np.abs(pixels[3, 3] - ground).max() < 6
        assert pixels.std(axis=(0, 1)).max() > 5


def test_a_page_asks_nothing_of_anybody(slides: Deck) -> None:
    text = html.format_page(slides)
    assert "<i>一つ" not in text and "&lt;i&gt;<wbr>一つ" in text
    assert "<script>alert(1)" not in text and "<script>window.broken" not in text
    assert "default-src 'none'" in text and "sourceMappingURL" not in text
    assert 'src="http' not in text and "url(http" not in text and "@import" not in text


def test_words_of_a_page_break_between_phrases(slides: Deck) -> None:
    first = replace(slides.slides[0], title="ニューラルネットから生成AIまで", id="x")
    text = html.format_page(replace(slides, slides=(first,)))
    assert "<h1>ニューラルネットから<wbr>生成AIまで</h1>" in text and "word-break: keep-all" in text


def test_a_heavy_page_is_warned_of(lesson: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nnanim.cli import deck as command

    monkeypatch.setattr(command, "HEAVY", 0.1)
    _, result = decks.build(lesson, "html")
    assert "MB are heavy" in result.output and result.exit_code == 0


def test_a_full_disk_loses_nothing(lesson: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, _ = decks.build(lesson, "html")
    before = out.read_bytes()

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(html, "format_page", full)
    _, result = decks.build(lesson, "html")
    assert result.exit_code == 2
    line = result.output.strip().splitlines()[-1]
    assert "small.html cannot be written: No space left on device; what stood there is as it was" in line
    assert out.read_bytes() == before


SMALL_FILES = """
import resource, sys
from nnanim.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), -1))
main(prog_name="nnanim")
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of files")
def test_a_disk_that_fills_up_is_told_in_a_line_and_the_film_goes_on_from_there(
    lesson: Path, tmp_path: Path
) -> None:
    path = decks.lesson(tmp_path)
    words = ["deck", str(path), "--to", "html", "--out", str(tmp_path / "small.html"), "-q", "l"]
    words += ["--media_dir", str(tmp_path / "media"), "--clips", "video"]
    command = [sys.executable, "-c", SMALL_FILES]
    done = subprocess.run([*command, "20000", *words], capture_output=True, text=True)
    assert done.returncode == 2
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith("nnanim: tiny_scene: cannot write to ") and "File too large; make room" in line
    assert not (tmp_path / "small.html").exists()
    done = subprocess.run([*command, "-1", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    whole = {clip.name: clip.read_bytes() for clip in (lesson.parent / "media").rglob("sections/*.mp4")}
    again = {clip.name: clip.read_bytes() for clip in (tmp_path / "media").rglob("sections/*.mp4")}
    assert again and again.items() <= whole.items()


def test_many_words_fit_on_the_picture_of_a_slide(tmp_path: Path) -> None:
    long = "A title that is so long that it takes two lines on every slide there is"
    step = f"[[steps]]\ntitle = '{long}'\nlines = {[f'line {i}' for i in range(9)]}\n"
    path = decks.lesson(tmp_path, f"title = 'T'\n{step}")
    out, result = decks.build(path, "folder", "--format", "png")
    assert result.exit_code == 0, result.output
    with Image.open(out / "001-01.png") as picture:
        rows = np.abs(np.asarray(picture.convert("RGB"), int) - [14, 17, 23]).max((1, 2)) > 60
    assert rows.any() and not rows[:20].any() and not rows[-20:].any()
    path.write_text(f"title = 'T'\n{step.replace('line ', 2 * long)}", encoding="utf-8")
    _, result = decks.build(path, "folder", "--format", "png")
    assert "slide 01: its words do not fit on a picture; write fewer" in result.output
    assert result.exit_code == 2 and (out / "001-01.png").exists()


def test_many_words_are_smaller_in_powerpoint(slides: Deck, tmp_path: Path) -> None:
    from nnanim.deck import pptx as writer

    def points(lines: int) -> float:
        text = slides.slides[1]
        many = replace(text, lines=("二つの数が入ります。" * 3,) * lines)
        (path,) = writer.write(replace(slides, slides=(many,)), tmp_path / "many.pptx")
        body = Presentation(str(path)).slides[0].placeholders[1]
        size = body.text_frame.paragraphs[0].runs[0].font.size
        assert size.pt == 12 or lines * 1.2 * size <= body.height
        return float(size.pt)

    assert points(2) == 24 and 12 <= points(14) < 20


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--out", "x.txt"), "the name of a html ends in .html"),
        (("--model", "my.py:net", "--input", "x.npy"), "takes no model"),
        (("--theme", "drak"), "there is no theme 'drak'; nearest: 'dark'"),
        (("--fps", "0"), "'--fps': 0.0 is not in the range 1<=x<=240"),
        (("--jobs", "0", "--fresh"), "0 workers cannot work; write --jobs 1 or more"),
        (("--lang", "fr"), "language 'fr' is not known"),
        (("--voice", "narrate"), "is not a voice's place"),
    ],
)
def test_a_mistake_on_the_command_line(lesson: Path, flags: tuple[str, ...], message: str) -> None:
    _, result = decks.build(lesson, "html", *flags)
    assert result.exit_code == 2 and message in result.output


def test_the_manifest_is_what_a_deck_reads(slides: Deck) -> None:
    assert all(slide.clip and slide.clip.is_file() for slide in slides.slides)
    clip = slides.slides[2].clip
    assert clip is not None
    note = manifest.read(next(clip.parents[1].glob("*.manifest.json")))
    assert [beat["id"] for beat in note["beats"]] == ["in", "sum"]
