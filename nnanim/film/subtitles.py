"""Subtitles in further languages: ``FILM.ja.srt`` and ``.vtt`` beside a film, as players look for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import srt

from nnanim.errors import UserError
from nnanim.files import write_text
from nnanim.film import manifest
from nnanim.film.manifest import BeatRecord

CARD = "nn.card"
"""Kind of the last beat, which speaks all languages by itself."""


def read_beats(note: Path) -> list[BeatRecord]:
    """The beats of a film, from its manifest."""
    found = manifest.read(note)["beats"]
    return [
        BeatRecord(one["id"], one["says"], one["start"], one["end"], kind=one["kind"], asks=one["asks"])
        for one in found
    ]


def check_languages(beats: Iterable[BeatRecord], langs: Sequence[str]) -> None:
    """See that a film has sentences in some languages.

    Raises:
        UserError: it has none in one of them.
    """
    spoken = {lang for one in beats if one.kind != CARD for lang, text in one.says.items() if text}
    if missing := next((lang for lang in langs if lang not in spoken), None):
        there = ", ".join(sorted(spoken)) or "none"
        raise UserError(
            f"--subs {missing}: the film has no sentence in it, but in {there}; "
            f"write them beside each other: {{'en': …, {missing!r}: …}}"
        )


def write_subtitles(beats: Sequence[BeatRecord], film: Path, langs: Sequence[str]) -> list[Path]:
    """Write subtitles beside a film, two files a language; returns them.

    Args:
        beats: of the film, with their sentences in all languages.
        film: the film; the files are named after it.
        langs: languages.

    Raises:
        UserError: the film has no sentence in one of them.
    """
    check_languages(beats, langs)
    found = []
    for lang in dict.fromkeys(langs):
        place = film.with_name(f"{film.stem}.{lang}.srt")
        found += [
            write_text(place, compose_srt(beats, lang)),
            write_text(place.with_suffix(".vtt"), manifest.vtt(beats, lang)),
        ]
    return found


def compose_srt(beats: Iterable[BeatRecord], lang: str) -> str:
    """Subtitles as SubRip, one a beat; a beat without a sentence in that language has none."""
    said = [(one, one.says.get(lang, "")) for one in beats]
    composed: str = srt.compose(
        srt.Subtitle(None, timedelta(seconds=one.start), timedelta(seconds=one.end), text)
        for one, text in said
        if text
    )
    return composed
