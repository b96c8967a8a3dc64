"""StoryScene: a manim scene that tells a story."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import click
from manim import MovingCameraScene, config
from manim.cli.render.commands import render as manim_command
from manim.constants import RendererType
from manim.utils.exceptions import EndSceneEarlyException

from nnanim import manifest, settings, timeline
from nnanim.beats import Beat, Story, told
from nnanim.errors import UserError, nearest
from nnanim.manifest import BeatRecord
from nnanim.marks import Frame
from nnanim.movie import remembered
from nnanim.movie.cairo_backend import paint, surface
from nnanim.movie.encoding import preset
from nnanim.movie.ink import Ink, PaintCamera
from nnanim.movie.phase_animation import PhaseAnimation
from nnanim.movie.renderer import FilmRenderer
from nnanim.movie.writer import Companions, FilmWriter, png
from nnanim.style import RenderStyle
from nnanim.terminal import echo
from nnanim.timeline import Phase, Take
from nnanim.words import Words

FINE = 1e-4
"""Share of a frame that keeps whole frames whole when manim divides seconds by frame rates."""


@contextmanager
def _one_line(scene: str) -> Iterator[None]:
    """A block whose user errors end the command ``manim`` with one line and exit code 2."""
    try:
        yield
    except UserError as error:
        context = click.get_current_context(silent=True)
        if context is None or context.command is not manim_command:
            raise
        echo(f"{scene}: {error}", err=True)
        raise SystemExit(2) from None


class StoryScene(MovingCameraScene):
    """A scene that tells a story, under plain ``manim`` with all of its flags.

    Give it a ``title``, an ``example`` (what is computed, once) and a ``story`` (what is told about it)::

        class Perceptron(StoryScene):
            title = {"en": "A perceptron", "ja": "パーセプトロン"}

            def example(self):
                return record(model, inputs)

            def story(self, trace):
                return perceptron(trace)

    While it is told, and after it, ``self["hidden"]`` is the mobject of the mark ``hidden``.
    """

    title: ClassVar[Words] = ""
    cover: ClassVar[str] = ""  # id of the beat whose motion stands for the scene on a page
    lang: ClassVar[str | None] = None
    theme: ClassVar[str | None] = None
    pace: ClassVar[float | None] = None
    only: ClassVar[int | str | None] = None
    """Number or id of the one beat that is told; None tells them all."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("renderer") is None and not args:
            kwargs["renderer"] = FilmRenderer(
                file_writer_class=FilmWriter,
                camera_class=PaintCamera,
                skip_animations=kwargs.get("skip_animations", False),
            )
        self._inks: dict[str, Ink] = {}
        self._due, self._shown = 0.0, 0
        with _one_line(type(self).__name__):
            if args or config.renderer is not RendererType.CAIRO:
                raise UserError("a story is drawn by manim's Cairo renderer; leave out --renderer=opengl")
        with preset():
            super().__init__(camera_class=PaintCamera, **kwargs)

    def example(self) -> Any:
        """What the story is told about: usually a Trace. It is computed once."""
        return None

    def story(self, example: Any) -> Iterable[Beat]:
        """The beats, from the example.

        Raises:
            UserError: the scene has no story.
        """
        raise UserError(f"{type(self).__name__} has no story(self, example) that yields beats")

    @classmethod
    def told(cls, *, cached: bool = False) -> Story:
        """The story, told without rendering anything.

        With ``cached``, a trace that was computed before is taken from the media folder if nothing that it
        was made of has changed, and kept there otherwise.
        """
        # The bare object has no renderer: a story needs none.
        bare = object.__new__(cls)
        kept = Path(config.media_dir) / "traces"
        example = remembered.example(cls, kept) if cached else bare.example()
        return told(bare.story(example), cls.title or cls.__name__, getattr(example, "provenance", None))

    def render(self, preview: bool = False) -> bool:
        """Render the film. Under the command ``manim``, a user's mistake ends in one line and exit code 2."""
        with _one_line(type(self).__name__):
            return bool(super().render(preview))

    def render_style(self) -> RenderStyle:
        """Theme, language and frame of this film."""
        now = settings.load(self.lang, self.theme, self.pace)
        return RenderStyle(now.theme, now.lang, config.frame_width, config.frame_height)

    def construct(self) -> None:
        """Tell the whole story."""
        self.tell(type(self).told(cached=not config.disable_caching))

    def tell(self, story: Story) -> None:
        """Tell a story, beat by beat: each is a section and a subtitle."""
        style, pace = self.render_style(), settings.load(self.lang, self.theme, self.pace).pace
        self.camera.background_color = style.theme.color("ground")
        self._companions().head = self._head(story, style, pace)
        for take in self.takes(story, style, pace):
            self._tell_beat(take, style)
            self.after(take.beat)

    def takes(self, story: Story, style: RenderStyle, pace: float) -> list[Take]:
        """The beats in time, or the one that ``only`` asks for, which starts from where the last one ended.

        Raises:
            UserError: there is no such beat, or one cannot be placed.
        """
        wanted = None if self.only is None else story.beat(self.only).id
        return [take for take in timeline.takes(story, style, pace) if wanted in (None, take.beat.id)]

    def after(self, beat: Beat) -> None:
        """Called when a beat has been told: the place for your own manim code."""

    def __getitem__(self, key: str) -> Ink:
        if key not in self._inks:
            raise UserError(f"nothing on the screen has the key {key!r}{nearest(key, self._inks)}")
        return self._inks[key]

    def _tell_beat(self, take: Take, style: RenderStyle) -> None:
        beat, start, spans = take.beat, self.time, {}
        kind = "nn.card" if beat.id == "card" else "nn.beat"
        self.next_section(beat.id, section_type=kind)
        early = None
        try:
            for phase in take.phases:
                before = self.time
                self._play(phase, take)
                spans[phase.name] = (before, self.time)
        except EndSceneEarlyException as error:
            early = error
        if self.session_spec.output.is_video and self.time > start:
            sentences = manifest.sentences(beat.says, style.lang)
            # Frame by frame and clip by clip, seconds add up to different last digits.
            seconds = [round(t, 6) for t in (start, self.time, *spans.get("motion", ()))]
            told = BeatRecord(beat.id, sentences, seconds[0], seconds[1], tuple(seconds[2:]) or None, kind)  # type: ignore[arg-type]
            self._note(told, sentences[style.lang], png(self._poster(take, style), config.transparent))
        if early is not None:
            raise early

    def _note(self, told: BeatRecord, sentence: str, poster: bytes) -> None:
        files, seconds = self._companions(), told.end - told.start
        files.beats.append(told)
        files.posters[told.id] = poster
        if sentence:
            self.add_subcaption(sentence, duration=seconds, offset=-seconds)

    def _frames(self, seconds: float) -> int:
        """Whole frames for the next ``seconds``; what is rounded off is made up for by those after them."""
        self._due += seconds * config.frame_rate
        count = max(round(self._due) - self._shown, 1)
        self._shown += count
        return count

    def _play(self, phase: Phase, take: Take) -> None:
        count = self._frames(phase.seconds)
        if phase.name == "pause":
            self._settle(phase, take.frame)
            self.wait((count + FINE) / config.frame_rate, frozen_frame=True)
            return
        moving = phase.moving(0.0)
        self._remove_all_but({**phase.resting, **moving})
        for key, shapes in {**phase.resting, **moving}.items():
            if key not in self._inks:
                self._inks[key] = Ink(key, shapes, self._room(key, take.frame), take.frame)
                self.add(self._inks[key])
        self._arrange(take, set(moving))
        # manim takes the ceiling of an animation's frames, the floor of a pause's.
        seconds = (count - FINE if count > 1 else count) / config.frame_rate
        self.play(PhaseAnimation({key: self._inks[key] for key in moving}, phase, seconds))

    def _remove_all_but(self, keys: Container[str]) -> None:
        for key in [key for key in self._inks if key not in keys]:
            self.remove(self._inks.pop(key))

    def _settle(self, phase: Phase, frame: Frame) -> None:
        """Remove what has left; everything else rests in its place."""
        self._remove_all_but(phase.resting)
        for key, shapes in phase.resting.items():
            if key in self._inks:
                self._inks[key].settle(shapes, self._room(key, frame), frame)
            else:
                self._inks[key] = Ink(key, shapes, self._room(key, frame), frame)
                self.add(self._inks[key])

    def _arrange(self, take: Take, moving: set[str]) -> None:
        """Sort as the timeline does, below mobjects of your own.

        manim draws all from the first moving mobject on anew in every frame: what rests apart from the stage
        lies below it.
        """
        order = take.order(self._inks)
        apart = [k for k in order if k.startswith(("say:", "title", "legend:")) and k not in moving]
        places = {key: i for i, key in enumerate([*apart, *(k for k in order if k not in apart)])}
        # One's own mobjects have no key; sorting is stable.
        self.mobjects.sort(key=lambda mobject: places.get(getattr(mobject, "key", ""), len(places)))

    def _room(self, key: str, frame: Frame) -> tuple[float, float, float, float]:
        half_w, half_h = frame.style.width / 2, frame.style.height / 2
        return frame[key].room if key in frame.placed else (-half_w, half_w, -half_h, half_h)

    def _poster(self, take: Take, style: RenderStyle) -> Any:
        pixels, context = surface(config.pixel_width, config.pixel_height, (style.width, style.height))
        if style.theme.opaque and not config.transparent:
            red, green, blue, _ = style.theme.rgba("ground")
            context.set_source_rgb(blue, green, red)
            context.paint()
        for shapes in take.at(take.seconds).values():
            paint(context, shapes)
        return pixels

    def _companions(self) -> Companions:
        writer = self.renderer.file_writer
        return writer.companions if isinstance(writer, FilmWriter) else Companions()

    def _head(self, story: Story, style: RenderStyle, pace: float) -> dict[str, Any]:
        return {
            "title": style.say(story.title),
            "scene": type(self).__name__,
            "lang": style.lang,
            "theme": style.theme.name,
            "ground": style.theme.color("ground"),
            "pace": pace,
            "size": [config.pixel_width, config.pixel_height],
            "fps": config.frame_rate,
            "provenance": dict(story.provenance),
        }
