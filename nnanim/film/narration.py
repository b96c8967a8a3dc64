"""The words of a film: those that its job asks for, and the sentences as they are spoken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nnanim import words
from nnanim.beats import Beat, Story
from nnanim.files import atomic, write_text
from nnanim.film import manifest, voice
from nnanim.film.job import FilmJob
from nnanim.film.voice import Speech
from nnanim.scene.reads import pause_reads
from nnanim.words import Words


def use_own_words(job: FilmJob, story: Story) -> Story:
    """The story in the job's words."""

    def own(beat: Beat) -> Beat:
        if beat.id not in job.says:
            return beat
        says = job.says[beat.id]
        if isinstance(says, Mapping) and isinstance(beat.says, Mapping):
            says = {**beat.says, **says}
        return replace(beat, says=says)

    title: Words = story.title if job.title is None else job.title
    return replace(story, title=title, beats=tuple(map(own, story.beats)))


def speak_sentences(job: FilmJob, story: Story, shown: Sequence[str], lang: str) -> dict[str, Speech]:
    """The sentence of every shown beat, spoken."""
    if job.voice is None:
        return {}
    # What was spoken is kept by its words: how a voice makes it is its own affair.
    with pause_reads():
        return dict(_sentences_spoken(job.voice, Path(job.folder) / "voice", story, shown, lang))


def _sentences_spoken(
    target: str, folder: Path, story: Story, shown: Sequence[str], lang: str
) -> Iterator[tuple[str, Speech]]:
    narrate, file = voice.find_voice(target), Path(target.rpartition(":")[0])
    mark = file.read_text(encoding="utf-8") if file.suffix == ".py" else target
    for beat in story.beats:
        text = words.say(beat.says, lang).replace("\n", " ")
        if beat.id in shown and text:
            yield beat.id, voice.speak(narrate, text, lang, folder, mark)


def add_voices(note: Path, spoken: Mapping[str, Speech]) -> None:
    """Lay each spoken sentence beside a manifest, which names no file outside its folder, and note it."""
    content = manifest.read(note)
    folder = note.with_name(f"{note.name.removesuffix('.manifest.json')}.voices")
    for beat in content["beats"]:
        if beat["id"] in spoken:
            with atomic(folder / f"{beat['id']}.wav") as temporary:
                shutil.copyfile(spoken[beat["id"]].path, temporary)
            beat["voice"] = f"{folder.name}/{beat['id']}.wav"
    write_text(note, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
