"""Filming what was ordered, in whatever process it arrives."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from manim import tempconfig

from nnanim import jobs, kept, manifest, scenes, settings, voice, words
from nnanim.beats import Beat, Story
from nnanim.errors import UserError, nearest
from nnanim.files import write_text
from nnanim.layout import NoRoom, place
from nnanim.marks import Column, Text
from nnanim.movie.render import Film, render
from nnanim.movie.scene import StoryScene
from nnanim.order import Made, Order, Page
from nnanim.style import RenderStyle
from nnanim.timeline import Phase, Take
from nnanim.voice import BREATH, Spoken
from nnanim.words import Words

SIZES = ((0.85, 0.5), (0.7, 0.43), (0.55, 0.36))
"""Sizes of a page's title and lines: the largest with which every page fits are taken."""

ASIDE = 0.9
"""Free on either side of a page."""

OPEN = ("sentence", "part")
"""Attributes that are None until they are set, and whose values are words; others may name files or code."""

_one_at_a_time = threading.Lock()
"""manim's configuration belongs to the whole process."""


def film(order: Order) -> Made:
    """Make the film of ``order`` in its folder, or take the one that is there and made of the same.

    Raises:
        UserError: a beat or name that the scene does not have; a scene that breaks; a folder that cannot be
            written to.
    """
    if order.keeps and (made := kept.found(order)) is not None:
        return made
    with _one_at_a_time, kept.reading(Path(order.folder)) as read, tempconfig({"max_files_cached": -1}):
        made = _film(order)
    if order.keeps:
        kept.keep(order, made, read)
    return made


def film_away(order: Order) -> tuple[Made, dict[str, bytes]]:
    """Make the film of ``order`` in a folder of this machine, which need not be that of who asked.

    Returns:
        the film, and the content of each of its files by its path.
    """
    folder = tempfile.mkdtemp(prefix="nnanim-")
    try:
        here = replace(order, folder=folder, flags=_moved(order.flags, folder), keeps=False)
        made = film(here)
        return made, {name: (Path(folder) / name).read_bytes() for name in kept.files(here, made)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _moved(flags: Sequence[str], folder: str) -> tuple[str, ...]:
    """The flags with another media folder."""
    made = list(flags)
    if "--media_dir" in made:
        made[made.index("--media_dir") + 1] = folder
    return tuple(made)


def _film(order: Order) -> Made:
    file = Path("pages.py") if order.pages else scenes.path(order.scene)
    try:
        kind = _kind(order)
        # manim's folder of traces belongs to the order, and is known only inside its flags.
        with tempconfig({"media_dir": order.folder}):
            given = order.data or order.set_to or order.pages
            story = _retold(order, kind.told(cached=not given and "--disable_caching" not in order.flags))
        shown = order.beats([beat.id for beat in story.beats])
        lang = kind.lang or "en"
        spoken = _voices(order, story, shown, lang)
        flags = order.flags if "--media_dir" in order.flags else (*order.flags, "--media_dir", order.folder)
        made = render(_shown(kind, shown, spoken), file, flags, story=story, watch=_Progress(lang))
    except (UserError, OSError):
        raise
    except Exception as error:
        located = scenes.located(error, file)
        raise (located if f"{file}, line" in str(located) else error) from error
    return _made(order, made, spoken)


def _made(order: Order, film: Film, spoken: Mapping[str, Spoken]) -> Made:
    folder = Path(order.folder).resolve()

    def inside(path: Path) -> str:
        return path.resolve().relative_to(folder).as_posix()

    beside = tuple(map(inside, film.beside))
    note = next((one for one in beside if one.endswith(".manifest.json")), "")
    if note and spoken:
        path = folder / note
        content = manifest.read(path)
        for beat in content["beats"]:
            if beat["id"] in spoken:
                where = Path(inside(spoken[beat["id"]].path))
                up = [".."] * len(Path(note).parent.parts)
                beat["voice"] = Path(*up, where).as_posix()
        write_text(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    return Made(inside(film.path), beside, note, film.seconds, film.frames)


def _kind(order: Order) -> type[StoryScene]:
    """The scene that tells what is ordered."""
    if order.pages:
        return type("Pages", (Pages,), {"__module__": __name__, "pages": order.pages, **_told(order, Pages)})
    found = scenes.load_all(order.scene)
    names = [one.__name__ for one in found]
    if order.chosen is not None and order.chosen not in names:
        raise order.wrong(
            f"{scenes.path(order.scene)} has no scene {order.chosen!r}{nearest(order.chosen, names)}"
        )
    kind = found[names.index(order.chosen) if order.chosen else 0]
    if "model" in order.set_to and not hasattr(kind, "model"):
        raise order.wrong(
            f"the scene {order.name} is about a model of its own; the scene network takes yours"
        )
    changes = {**_told(order, kind), **order.set_to, **_data(order, kind)}
    return type(kind.__name__, (kind,), {"__module__": kind.__module__, **changes})


def _told(order: Order, kind: type[StoryScene]) -> dict[str, Any]:
    """Language, theme and pace: the order's, else the scene's, else the settings in force."""
    now = settings.load(order.lang or kind.lang, order.theme or kind.theme, order.pace or kind.pace)
    return {"lang": now.lang, "theme": now.theme, "pace": now.pace}


def _data(order: Order, kind: type[StoryScene]) -> dict[str, Any]:
    """Values for attributes of the class; those for constants of its file are set there."""
    module, attributes = sys.modules[kind.__module__], {}
    for name, value in order.data.items():
        ours = {one for base in kind.__mro__ if base.__module__ == kind.__module__ for one in vars(base)}
        home: Any = kind if name in ours else module if name.isupper() and hasattr(module, name) else None
        if home is None or name in ("lang", "theme", "pace", "only", "title", "cover"):
            known = [
                one
                for one in (*vars(module), *ours)
                if _plain(getattr(kind, one, getattr(module, one, None)))
            ]
            raise order.wrong(f"the scene {order.name} takes no {name!r}{nearest(name, known)}")
        before = getattr(home, name)
        if before is None and name in OPEN and isinstance(value, str | dict):
            before = value
        if not _plain(before) or not _alike(before, value):
            raise order.wrong(f"{name} of the scene {order.name} is {before!r}; {value!r} is not of its kind")
        value = tuple(value) if isinstance(before, tuple) else value
        if home is kind:
            attributes[name] = value
        else:
            setattr(module, name, value)
    return attributes


def _plain(value: object) -> bool:
    return isinstance(value, str | bool | int | float | list | tuple | dict)


def _alike(before: object, value: object) -> bool:
    kinds = ((bool,), (int, float), (str, dict), (list, tuple))
    return any(isinstance(before, kind) and isinstance(value, kind) for kind in kinds)


def _retold(order: Order, story: Story) -> Story:
    """The story in the order's own words."""

    def own(beat: Beat) -> Beat:
        if beat.id not in order.says:
            return beat
        said = order.says[beat.id]
        if isinstance(said, Mapping) and isinstance(beat.says, Mapping):
            said = {**beat.says, **said}
        return replace(beat, says=said)

    title: Words = story.title if order.title is None else order.title
    return replace(story, title=title, beats=tuple(map(own, story.beats)))


def _voices(order: Order, story: Story, shown: Sequence[str], lang: str) -> dict[str, Spoken]:
    """The sentence of every shown beat, spoken."""
    if order.voice is None:
        return {}
    narrate, file = voice.find(order.voice), Path(order.voice.rpartition(":")[0])
    mark = file.read_text(encoding="utf-8") if file.suffix == ".py" else order.voice
    found = {}
    for beat in story.beats:
        text = words.say(beat.says, lang).replace("\n", " ")
        if beat.id in shown and text:
            found[beat.id] = voice.speak(narrate, text, lang, Path(order.folder) / "voice", mark)
    return found


def _shown(kind: type[StoryScene], shown: Sequence[str], spoken: Mapping[str, Spoken]) -> type[StoryScene]:
    """The scene with those beats alone, each at least as long as its sentence is spoken."""

    class Shown(kind):  # type: ignore[valid-type, misc]
        def takes(self, *args: Any) -> list[Take]:
            film: list[Take] = super().takes(*args)
            return [_stretched(take, spoken.get(take.beat.id)) for take in film if take.beat.id in shown]

    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(Shown, name, getattr(kind, name))
    return Shown


def _stretched(take: Take, said: Spoken | None) -> Take:
    missing = 0.0 if said is None else said.seconds + BREATH - take.seconds
    if missing <= 0:
        return take
    pause: Phase = take.phases[-1]
    return replace(take, phases=(*take.phases[:-1], replace(pause, seconds=pause.seconds + missing)))


class _Progress:
    """Tells whoever waits how much of the film is rendered."""

    def __init__(self, lang: str) -> None:
        self._lang, self._whole, self._done, self._says = lang, 0.0, 0.0, ""

    def begins(self, takes: Sequence[Take]) -> None:
        """Take the length of the whole."""
        self._whole = sum(take.seconds for take in takes)

    def tells(self, number: int, take: Take) -> None:
        """Take the sentence that is being told."""
        self._says = words.say(take.beat.says, self._lang).replace("\n", " ")

    def has_told(self, seconds: float) -> None:
        """Move on."""
        self._done += seconds
        jobs.progress(min(self._done / self._whole, 1.0) if self._whole else 0.0, self._says)


class Pages(StoryScene):
    """Pictures of words, one a beat."""

    pages: tuple[Page, ...] = ()

    def render_style(self) -> RenderStyle:
        """Larger letters than in a film, and as much room below as above: there is no sentence."""
        style = super().render_style()
        for title, lines in SIZES:
            sized = replace(style, theme=replace(style.theme, large=title / 2.5, medium=title, small=lines))
            with suppress(NoRoom):
                self._beats(sized)
                break
        return sized

    @classmethod
    def told(cls, *, cached: bool = False) -> Story:
        """The pages, without a title above them."""
        return Story("", tuple(page_beat(page) for page in cls.pages))

    def takes(self, story: Story, style: RenderStyle, pace: float) -> list[Take]:
        """The pages in time, their lines as wide as this frame lets them be.

        Raises:
            UserError: a page has more words than a picture can hold, or a glyph is missing.
        """
        return super().takes(replace(story, beats=self._beats(style)), style, pace)

    def _beats(self, style: RenderStyle) -> tuple[Beat, ...]:
        beats = tuple(page_beat(page, style.width - 2 * ASIDE) for page in self.pages)
        for beat in beats:
            try:
                place(beat, style)
            except NoRoom as error:
                raise NoRoom(f"slide {beat.id}: its words do not fit on a picture; write fewer") from error
            except UserError as error:
                raise UserError(f"slide {beat.id}: {error}") from error
        return beats


def page_beat(page: Page, width: float = 12.0) -> Beat:
    """A page as a beat: its title, and its lines below it."""
    title = Text(page.title, key=f"{page.id}:title", size="medium", bold=True, width=width)
    lines = [
        Text(line, key=f"{page.id}:{number}", size="small", width=width)
        for number, line in enumerate(page.lines, start=1)
    ]
    return Beat("", Column(title, *lines, gap=0.38), id=page.id, pause=page.seconds)
