"""From a lesson and the manifests of its films to slides: one beat, one click."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nnanim import words
from nnanim.errors import UserError, nearest, quote
from nnanim.files import quote_path
from nnanim.film import manifest
from nnanim.lessons.lesson import QUIZ, BeatOverride, Clip, Lesson, Page
from nnanim.theme import Theme

VECTORS = ".nnfilm"
"""How the names of films end that are played as vectors."""

WAIT = {
    "en": "A question to the class: wait for answers before you go on.",
    "ja": "クラスへの問いかけです。答えを待ってから進みます。",
}
"""Note on a beat that asks."""


@dataclass(frozen=True)
class Shot:
    """A beat of a film that is played as vectors; as a picture, how it ends.

    Attributes:
        film: the film.
        beat: id of the beat in it.
    """

    film: Path
    beat: str


Still = Path | Shot
"""A picture: a file, or what a film shows at the end of a beat."""


@dataclass(frozen=True)
class Slide:
    """One slide: words, a question, or a beat of a film.

    Attributes:
        id: short name, unique in the deck.
        kind: ``title``, ``text``, ``question`` or ``film``.
        title: what it is about; of a film, the sentence.
        lines: below the title.
        notes: what the teacher says.
        after: ``pause``, ``loop`` or ``advance``.
        seconds: of its clip, or how long its words stay in a video.
        hold: seconds that its last picture stays in a video after that.
        clip, poster: film and last picture of a film; of words, where they were drawn.
        shot: the beat of a film that has no clips, but is played as vectors.
        voice: sound of the spoken sentence.
        behind: last picture of the slide before, which a question lies over.
        captions: the sentence in every language.
        chapter: name of the chapter that begins here, or nothing.
        minutes: planned for the chapter.
        section: number of the part of the deck that a title opens; 0 for none.
        cover: picture of the film that follows words, or of the one before.
        asks: whether its sentence asks the class: the deck waits, whatever follows other films.
    """

    id: str
    kind: str
    title: str
    lines: tuple[str, ...] = ()
    notes: str = ""
    after: str = "pause"
    seconds: float = 0.0
    hold: float = 0.0
    clip: Path | None = None
    poster: Still | None = None
    shot: Shot | None = None
    voice: Path | None = None
    behind: Still | None = None
    captions: Mapping[str, str] = field(default_factory=dict)
    chapter: str = ""
    minutes: float = 0.0
    asks: bool = False
    section: int = 0
    cover: Still | None = None

    @property
    def is_film(self) -> bool:
        """Whether it shows a beat of a film."""
        return self.kind == "film"


@dataclass(frozen=True)
class Deck:
    """Slides in order, and how all of them look.

    Attributes:
        name, title: of the lesson.
        lang, theme: in which language, in which colours.
        size: width and height of the clips in pixels.
        slides: in order.
        provenance: of each film, by its title.
    """

    name: str
    title: str
    lang: str
    theme: Theme
    size: tuple[int, int]
    slides: tuple[Slide, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TextSlide:
    """A slide of words that is to be drawn for a video: its id, its words, its seconds."""

    id: str
    title: words.Words
    lines: tuple[words.Words, ...]
    seconds: float


def word_slides(lesson: Lesson, lang: str) -> list[TextSlide]:
    """The slides of words of a lesson, as a video needs them drawn: pages and questions, in order."""
    found = []
    for number, step in enumerate(lesson.steps, start=1):
        if isinstance(step, Page):
            found.append(TextSlide(_page_id(number), step.title, step.lines, step.count_seconds(lang)))
            continue
        for beat, override in step.beats.items():
            if override.question:
                found.append(TextSlide(_question_id(number, beat), override.question, (), QUIZ))
    return found


def _page_id(number: int) -> str:
    return f"{number:02}"


def _question_id(number: int, beat: str) -> str:
    return f"{number:02}-{beat}-question"


def deck(
    lesson: Lesson, films: Mapping[int, Path], lang: str, theme: Theme, pages: Path | None = None
) -> Deck:
    """The slides of a lesson.

    Args:
        lesson: what is shown.
        films: manifest of the film of each clip, by the clip's place among the steps (from 0).
        lang: language of notes and words.
        theme: its colours.
        pages: manifest of the film of ``drawn`` words, where they are needed as pictures.

    Raises:
        UserError: a manifest cannot be read, or a clip is missing; the lesson speaks of a beat that a film
            does not have.
    """
    manifests = {place: manifest.read(path) for place, path in films.items()}
    pictures = _rows(manifest.read(pages), pages) if pages is not None else {}
    found: list[Slide] = []
    for place, step in enumerate(lesson.steps):
        if isinstance(step, Page):
            page = _page(step, place, lang, pictures.get(_page_id(place + 1), {}))
            found.append(
                replace(page, section=_section(lesson, place), cover=_cover(manifests, films, place))
            )
        else:
            before = found[-1].poster if found and found[-1].is_film else None
            rows = list(_rows(manifests[place], films[place]).values())
            _check_beats(step, [row["id"] for row in rows])
            found += _clip(step, place, lang, manifests[place]["title"], rows, pictures, before)
    sizes = [tuple(one["size"]) for one in manifests.values()]
    width, height = sizes[0] if sizes else (1280, 720)
    made = {one["title"]: one["provenance"] for one in manifests.values()}
    return Deck(lesson.name, words.say(lesson.title, lang), lang, theme, (width, height), tuple(found), made)


def _section(lesson: Lesson, place: int) -> int:
    """The number of the part that a title opens: a title after the first slide, before some film."""
    opens = [
        number
        for number, step in enumerate(lesson.steps)
        if number and isinstance(step, Page) and not step.lines and _films_after(lesson, number)
    ]
    return opens.index(place) + 1 if place in opens else 0


def _films_after(lesson: Lesson, place: int) -> bool:
    return any(isinstance(step, Clip) for step in lesson.steps[place:])


def _cover(manifests: Mapping[int, Mapping[str, Any]], films: Mapping[int, Path], place: int) -> Still | None:
    """The cover of the film that comes after a page; of the last one, where none comes."""
    if not manifests:
        return None
    film = min((one for one in manifests if one > place), default=max(manifests))
    rows = _rows(manifests[film], films[film])
    picture: Still = rows.get(str(manifests[film].get("cover", "")), next(iter(rows.values())))["poster"]
    return picture


def _rows(content: Mapping[str, Any], path: Path) -> dict[str, dict[str, Any]]:
    """The beats of a manifest by their ids, with whole paths."""
    found = {}
    where = quote_path(path)
    vectors = content["film"].endswith(VECTORS)
    film = _beside(path, content["film"], "the film") if vectors else None
    for beat in content["beats"]:
        row = dict(beat)
        for key in ("clip", "poster", "voice"):
            row[key] = (
                _beside(path, beat[key], f"the {key} of beat {quote(beat['id'])}") if beat.get(key) else None
            )
        row["shot"] = Shot(film, beat["id"]) if film is not None else None
        if film is not None:
            row["poster"] = row["shot"]
        elif row["clip"] is None or row["poster"] is None:
            raise UserError(
                f"{where}: beat {quote(beat['id'])} has no clip; make the film with --save_sections"
            )
        found[beat["id"]] = row
    return found


def _beside(manifest: Path, name: str, what: str) -> Path:
    """A file in the folder of a manifest: a manifest from elsewhere must not put others into a deck."""
    where, shown = quote_path(manifest), quote_path(name)
    if "\0" in name:
        raise UserError(f"{where}: {what} is {quote(name)}, which is no path")
    path = manifest.parent / name
    if not path.resolve().is_relative_to(manifest.parent.resolve()):
        raise UserError(f"{where}: {what} is {shown}, which lies outside its folder")
    if not path.is_file():
        raise UserError(f"{where}: {what} is missing, {shown}; build the deck again")
    return path


def _check_beats(clip: Clip, shown: Sequence[str]) -> None:
    """Notes of a beat whose id is misspelt would be lost; where a part is shown, others may wait for it."""
    if clip.show or clip.first or clip.last:
        return
    for beat in clip.beats:
        if beat not in shown and beat not in clip.leave_out:
            raise UserError(
                f"{clip.where}: the film {Path(clip.scene).stem} has no beat {beat!r}{nearest(beat, shown)}"
            )


def _page(page: Page, place: int, lang: str, picture: Mapping[str, Any]) -> Slide:
    title = words.say(page.title, lang)
    return Slide(
        id=_page_id(place + 1),
        kind="text" if page.lines else "title",
        title=title,
        lines=tuple(words.say(line, lang) for line in page.lines),
        notes=words.say(page.notes, lang),
        after=page.after,
        seconds=_seconds(picture, page.count_seconds(lang)),
        clip=picture.get("clip"),
        poster=picture.get("poster"),
        captions={lang: ""},
        chapter=title,
        minutes=page.minutes,
    )


def _clip(
    clip: Clip,
    place: int,
    lang: str,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    pictures: Mapping[str, Mapping[str, Any]],
    before: Still | None,
) -> Iterator[Slide]:
    first = True
    for row in rows:
        override = clip.beats.get(row["id"], BeatOverride())
        says = manifest_sentence(row, lang)
        asks = bool(row.get("asks"))
        notes = [words.say(clip.notes, lang) if first else "", words.say(override.notes, lang) or says]
        notes += [words.say(WAIT, lang)] if asks else []
        chapter, minutes = (title, clip.minutes) if first else ("", 0.0)
        if override.question:
            name = _question_id(place + 1, row["id"])
            picture = pictures.get(name, {})
            yield Slide(
                name, "question", words.say(override.question, lang),
                notes=notes[0], seconds=_seconds(picture, QUIZ), clip=picture.get("clip"),
                poster=picture.get("poster"), behind=before, captions={lang: ""}, chapter=chapter,
                minutes=minutes,
            )  # fmt: skip
            chapter, minutes, notes[0] = "", 0.0, ""
        yield Slide(
            f"{place + 1:02}-{row['id']}", "film", says,
            notes="\n\n".join(filter(None, notes)), after="pause" if asks else override.after or clip.after,
            seconds=row["end"] - row["start"], hold=override.pause, clip=row["clip"], poster=row["poster"],
            shot=row["shot"], voice=row["voice"], captions=dict(row["says"]),
            chapter=chapter, minutes=minutes, asks=asks,
        )  # fmt: skip
        first, before = False, row["poster"]


def _seconds(picture: Mapping[str, Any], otherwise: float) -> float:
    """Length of the clip in which words were drawn, if they were."""
    return float(picture["end"] - picture["start"]) if picture else otherwise


def manifest_sentence(row: Mapping[str, Any], lang: str) -> str:
    """The sentence of a beat of a manifest, on one line."""
    return words.say(row["says"], lang).replace("\n", " ")
