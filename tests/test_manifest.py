"""The manifest and the subtitles beside a film."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnanim import manifest, words
from nnanim.errors import UserError
from nnanim.manifest import Told

BEATS = (
    Told("in", {"en": "Two numbers go in.", "ja": "二つの数が入ります。"}, 0.0, 1.5),
    Told("sum", {"en": "a < b & c", "ja": "和"}, 1.5, 3725.25, motion=(2.0, 3.0)),
    Told("card", {"en": ""}, 3725.25, 3726.0, kind="nn.card"),
)


def written(folder: Path, lang: str = "en") -> Path:
    clip = folder / "sections" / "in clip.mp4"
    clip.parent.mkdir()
    clip.touch()
    (folder / "film.posters").mkdir()
    (folder / "film.posters" / "sum.png").touch()
    head = {"title": "三層", "lang": lang, "fps": 15}
    return manifest.write_beside(folder / "film.mp4", head, BEATS, {"in": clip}, folder / "film.posters")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert path == tmp_path / "film.manifest.json"
    assert "三層" in path.read_text("utf-8")
    told = manifest.read(path)
    assert (told["film"], told["title"], told["fps"]) == ("film.mp4", "三層", 15)
    assert [beat["id"] for beat in told["beats"]] == ["in", "sum", "card"]
    assert told["beats"][1]["motion"] == [2.0, 3.0]
    assert told["beats"][2]["kind"] == "nn.card"


def test_paths_are_relative_and_only_of_what_is_there(tmp_path: Path) -> None:
    told = manifest.read(written(tmp_path))["beats"]
    assert [beat["clip"] for beat in told] == ["sections/in clip.mp4", None, None]
    assert [beat["poster"] for beat in told] == [None, "film.posters/sum.png", None]


def test_subtitles_in_the_film_s_language(tmp_path: Path) -> None:
    written(tmp_path, "ja")
    assert (tmp_path / "film.vtt").read_text("utf-8") == (
        "WEBVTT\n\n"
        "in\n00:00:00.000 --> 00:00:01.500\n二つの数が入ります。\n\n"
        "sum\n00:00:01.500 --> 01:02:05.250\n和\n"
    )


def test_signs_of_the_format_are_escaped() -> None:
    assert "a &lt; b &amp; c" in manifest.vtt(BEATS, "en")


def test_sentences_in_every_language_and_a_learnt_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_learnt", {"fr": {"Yes.": "Oui."}})
    assert manifest.sentences("Yes.", "fr") == {"en": "Yes.", "fr": "Oui."}
    assert manifest.sentences({"en": "Yes.", "ja": "はい。"}, "ja") == {"en": "Yes.", "ja": "はい。"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        ("{", "is not a manifest"),
        ("[]", "is not a manifest of version 1"),
        ('{"manifest": 2}', "is not a manifest of version 1"),
    ],
)
def test_what_is_no_manifest(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "film.manifest.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=message):
        manifest.read(path)
