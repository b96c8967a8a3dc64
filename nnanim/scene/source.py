"""What a scene tells: a title, an example that is computed, and a story about it; no renderer is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from nnanim import settings
from nnanim.beats import Beat, Story, merge_provenance, with_chapters
from nnanim.controls import Control
from nnanim.errors import UserError, nearest
from nnanim.scene import trace_cache
from nnanim.scene.title_card import with_title_card
from nnanim.terminal import echo
from nnanim.threads import one_thread
from nnanim.truth import Proof
from nnanim.words import LANGUAGES, Words

OPTIONS = ("lang", "theme", "pace", "only", "title", "cover", "title_card")
"""Options that every scene has."""


@dataclass(frozen=True)
class StoryDraft:
    """A story that was told once, so that its beats are there; what its last card says takes longer.

    Attributes:
        story: its last card does not say yet whether all numbers are known to be the trace's.
        finish: gives the story as it is; of what was told, nothing is told again.
    """

    story: Story
    finish: Callable[[], Story]


class StorySource:
    """The part of a scene that needs no renderer.

    Options are attributes of the class, which give their defaults; an object has values of its own.
    """

    title: Words = ""
    about: Words = ""  # what the film is about, in a line
    audience: str = ""  # for whom it is: a name in `nnanim.scene.audiences`
    keywords: str = ""  # other words by which it is searched
    cover: str = ""  # id of the beat that stands for the scene; empty: the one with most ink
    chapters: Mapping[str, Words] = {}
    """Names of chapters by the ids of the beats that begin them, beside those that the story names."""
    title_card: bool = False
    """Whether the film begins with its cover, under its name."""
    card: bool | None = True
    """Whether the film ends with the card that says what was run; a gif of one beat needs none."""
    lang: str | None = None
    theme: str | None = None
    pace: float | None = None
    seconds: float | None = None
    """Length of the film at normal pace; None: as long as its beats need."""
    only: int | str | tuple[str, ...] | None = None
    """Number or id of the one beat that is told, or the ids of several; None tells them all."""

    controls: Mapping[str, Control] = {}
    """What ``nnanim live`` lets a class change, by name; `value` gives what it is."""
    chosen: Mapping[str, Any] = {}
    """What was changed, by name of its control."""
    live_streams: bool = False
    """Whether the beats of `live` are shown one after the other as they are computed."""

    def example(self) -> Any:
        """What the story is told about: usually a Trace. It is computed once."""
        return None

    def value(self, name: str) -> Any:
        """The value of a control: what was chosen, else what it starts with.

        Raises:
            UserError: the scene has no control of that name.
        """
        if name in self.chosen:
            return self.chosen[name]
        if name not in self.controls:
            raise UserError(
                f"the scene {type(self).__name__} has no control {name!r}{nearest(name, self.controls)}"
            )
        return self.controls[name].start(settings.load(self.lang).lang)

    def live(self) -> Iterable[Beat]:
        """The beats of ``nnanim live``, computed with the values of the controls; by default the film's."""
        return self.story(self.compute_example())

    def story(self, example: Any) -> Iterable[Beat]:
        """The beats, from the example.

        Raises:
            UserError: the scene has no story.
        """
        raise UserError(f"{type(self).__name__} has no story(self, example) that yields beats")

    @classmethod
    def trace_folder(cls) -> Path | None:
        """Where traces are kept; None where they are not."""
        return None

    @classmethod
    def without_renderer(cls, options: Mapping[str, Any] | None = None) -> Self:
        """An object that can tell its story, but not film it."""
        bare = object.__new__(cls)
        bare.set_options(options or {})
        return bare

    def set_options(self, options: Mapping[str, Any]) -> None:
        """Give the object values of its own.

        Raises:
            UserError: the class has no attribute of that name.
        """
        for name in options:
            if not hasattr(type(self), name):
                known = [one for kind in type(self).__mro__[:-1] for one in vars(kind) if one[:1] != "_"]
                raise UserError(
                    f"the scene {type(self).__name__} has no option {name!r}{nearest(name, known)}"
                )
        if options.get("data") and "title" not in options:
            name = Path(options["data"]).name  # what is told of a table is not what the scene is called after
            options = {**options, "title": {lang: name for lang in LANGUAGES}}
        vars(self).update(options)

    def compute_example(self) -> Any:
        """What ``example`` gives, computed by one thread: with several, sums have no fixed order."""
        with one_thread():
            return self.example()

    @classmethod
    def build_story(cls, options: Mapping[str, Any] | None = None, *, cached: bool = False) -> Story:
        """The story, without rendering anything.

        With ``cached``, a trace that was computed before is taken if nothing that it was made of has changed,
        and kept otherwise.
        """
        return cls.draft_story(options, cached=cached).finish()

    @classmethod
    def draft_story(cls, options: Mapping[str, Any] | None = None, *, cached: bool = False) -> StoryDraft:
        """The story, told but once; the arguments are those of `build_story`."""
        bare = cls.without_renderer(options)
        folder = cls.trace_folder() if cached else None
        example = bare.compute_example() if folder is None else trace_cache.example(bare, folder)
        return bare._draft(example)

    def tell_story(self, example: Any) -> Story:
        """The story about an example that was computed."""
        return self._draft(example).finish()

    def _draft(self, example: Any) -> StoryDraft:
        title, provenance = self.title or type(self).__name__, merge_provenance(example)

        def retell() -> Iterable[Beat]:
            return self.story(example)

        def make(beats: Iterable[Beat], proven: bool = False) -> Story:
            card = bool(self.card)
            story = Story.from_beats(beats, title, provenance, card=card, proven=proven, seconds=self.seconds)
            story = replace(story, retell=retell, example=example)
            if self.chapters:
                story = with_chapters(story, self.chapters)
            return with_title_card(story, self.cover) if self.title_card else story

        # What the last card may say of the numbers is found out by telling the story twice.
        proof = Proof(retell) if provenance else None
        draft = make(retell() if proof is None else proof.beats)
        lang = settings.load(self.lang, self.theme, self.pace).lang
        for line in _note_missing(draft, lang):
            echo(f"note: {line}", err=True)
        for line in draft.notices:
            echo(f"note: {line}", err=True)

        def finish() -> Story:
            return make(proof.beats, proven=True) if proof is not None and proof.holds() else draft

        return StoryDraft(draft, finish)


def _note_missing(story: Story, lang: str) -> list[str]:
    """Lines about beats without a sentence in a language; one where it is a film in another language."""
    missing = story.missing_translations(lang)
    spoken = [beat.id for beat in story.beats if beat.says and beat.id != "card"]
    if len(missing) > 1 and set(spoken) <= set(missing):
        others = {one for beat in story.beats if isinstance(beat.says, Mapping) for one in beat.says}
        known = next((one for one in sorted(others - {lang}) if not story.missing_translations(one)), "")
        advice = f": --lang {known}, or lang = {known!r} in the scene" if known else ""
        return [f"the film has no sentence in {lang!r}; another language is shown{advice}"]
    return [f"beat {beat!r} has no sentence in {lang!r}; another language is shown" for beat in missing]
