"""The manifest and the subtitles beside a film."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nnanim import words
from nnanim.errors import UserError
from nnanim.film import manifest
from nnanim.film.manifest import BeatRecord
from nnanim.film.subtitles import read_beats, write_subtitles

BEATS = (
    BeatRecord("in", {"en": "Two numbers go in.", "ja": "二つの数が入ります。"}, 0.0, 1.5),
    BeatRecord("sum", {"en": "a < b & c", "ja": "和"}, 1.5, 3725.25, motion=(2.0, 3.0)),
    BeatRecord("card", {"en": ""}, 3725.25, 3726.0, kind="nn.card"),
)


def written(folder: Path, lang: str = "en") -> Path:
    clip = folder / "sections" / "in clip.mp4"
    clip.parent.mkdir()
    clip.touch()
    (folder / "film.posters").mkdir()
    (folder / "film.posters" / "sum.png").touch()
    provenance = {"model": "test", "loss": float("nan")}
    head = {"title": "三層", "lang": lang, "fps": 15, "size": (854, 480), "provenance": provenance}
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


def test_subtitles_of_another_language_lie_beside_the_film_under_its_name(tmp_path: Path) -> None:
    note = written(tmp_path)
    beats = read_beats(note)
    assert [(one.id, one.says, one.end, one.kind) for one in beats] == [
        (one.id, one.says, one.end, one.kind) for one in BEATS
    ]
    files = write_subtitles(beats, tmp_path / "film.mp4", ["ja"])
    assert [one.name for one in files] == ["film.ja.srt", "film.ja.vtt"]
    assert files[0].read_text("utf-8").startswith("1\n00:00:00,000 --> 00:00:01,500\n二つの数が入ります。\n")
    assert "a < b & c" in write_subtitles(beats, tmp_path / "film.mp4", ["en"])[0].read_text("utf-8")
    with pytest.raises(UserError, match="--subs fr: the film has no sentence in it, but in en, ja"):
        write_subtitles(beats, tmp_path / "film.mp4", ["fr"])


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
        ("{", r"film\.manifest\.json: not valid JSON: input data was truncated"),
        ("[]", r"film\.manifest\.json: expected `object`, got `array`"),
        ('{"manifest": 2}', "is not a manifest of version 1: manifest is 2"),
        ('{"manifest": 1}', r"film\.manifest\.json: object missing required field `film`"),
    ],
)
def test_what_is_no_manifest(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "film.manifest.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=message):
        manifest.read(path)


def beat(**change: Any) -> dict[str, Any]:
    """The beats of a manifest: one, with a change."""
    return {"beats": [{"id": "a", "says": {}, "start": 0, "end": 1} | change]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fps": 0}, "fps: expected `float` > 0"),
        ({"size": [854]}, "size: expected `array` of length 2"),
        (beat(says={"en": 3}), r"beats\[0\]\.says\.en: expected `str`"),
        (beat(start=2), r"beats\[0\]: beat 'a' ends before it starts"),
        (beat(end=1e9), r"beats\[0\]\.end: expected `float` <= 86400"),
    ],
)
def test_an_edited_manifest_names_the_key(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = written(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(UserError, match=rf"film\.manifest\.json: {message}"):
        manifest.read(path)


def test_what_is_not_checked_stays(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"later": 1}), "utf-8")
    assert manifest.read(path)["later"] == 1 and manifest.read(path)["provenance"]["loss"] is None
