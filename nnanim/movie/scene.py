"""StoryScene: a manim scene that tells a story."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import click
from manim import MovingCameraScene, config

from nnanim import settings, timeline
from nnanim.beats import Beat, Story
from nnanim.errors import UserError, nearest
from nnanim.film import manifest
from nnanim.film.manifest import BeatRecord
from nnanim.marks import Frame, is_on_stage
from nnanim.movie.cairo_backend import paint, surface
from nnanim.movie.compat import EndSceneEarlyException, RendererType, manim_command
from nnanim.movie.cover import cover_beat
from nnanim.movie.encoding import preset
from nnanim.movie.frame import fit_frame, plain_paths
from nnanim.movie.ink import Ink, PaintCamera
from nnanim.movie.phase_animation import PhaseAnimation
from nnanim.movie.places import check_film_place, check_writable, explain_unwritten
from nnanim.movie.renderer import FilmRenderer
from nnanim.movie.writer import WRITERS, Companions, FilmWriter
from nnanim.scene.source import StorySource
from nnanim.style import RenderStyle
from nnanim.terminal import echo
from nnanim.timeline import Phase, Take, stretch

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


class Progress(Protocol):
    """Receives how far a film has been rendered."""

    def start(self, takes: Sequence[Take]) -> None:
        """Nothing is rendered yet; these beats will be."""

    def begin_beat(self, number: int, take: Take) -> None:
        """A beat begins, counted from 1."""

    def advance(self, seconds: float) -> None:
        """Add the seconds of the story that have just been rendered."""


class StoryScene(StorySource, MovingCameraScene):
    """A scene that tells a story, under plain ``manim`` with all of its flags.

    Give it a ``title``, an ``example`` (what is computed, once) and a ``story`` (the beats)::

        class Perceptron(StoryScene):
            title = {"en": "A perceptron", "ja": "パーセプトロン"}

            def example(self):
                return record(model, inputs)

            def story(self, trace):
                return perceptron(trace)

    While it runs, and afterwards, ``self["hidden"]`` is the mobject of the mark ``hidden``.
    """

    min_seconds: Mapping[str, float] = {}
    """Minimum length of a beat, by its id: its sentence takes that long to be spoken."""

    def __init__(
        self,
        *args: Any,
        options: Mapping[str, Any] | None = None,
        story: Story | None = None,
        progress: Progress | None = None,
        animated: str = "",
        **kwargs: Any,
    ) -> None:
        """Make the scene.

        Args:
            args: none; manim gives a renderer here where it is not Cairo.
            options: values for attributes of the class, such as ``lang`` or ``sentence``.
            story: what it tells, if that is known already.
            progress: receives how far it is.
            animated: ``.webp`` or ``.apng``: what is written instead of a gif.
            kwargs: as of a manim scene.
        """
        if kwargs.get("renderer") is None and not args:
            kwargs["renderer"] = FilmRenderer(
                file_writer_class=WRITERS.get(animated, FilmWriter),
                camera_class=PaintCamera,
                skip_animations=kwargs.get("skip_animations", False),
            )
        self.set_options(options or {})
        self._options, self._given_story, self._progress = options, story, progress
        self._inks: dict[str, Ink] = {}
        self._due, self._shown = 0.0, 0
        with _one_line(type(self).__name__):
            if args or config.renderer is not RendererType.CAIRO:
                raise UserError("a story is drawn by manim's Cairo renderer; leave out --renderer=opengl")
            check_writable()
        fit_frame()
        with preset(), plain_paths():
            super().__init__(camera_class=PaintCamera, **kwargs)

    @classmethod
    def trace_folder(cls) -> Path | None:
        """The folder of traces in manim's media folder."""
        return Path(config.media_dir) / "traces"

    def render(self, preview: bool = False) -> bool:
        """Render the film. Under the command ``manim``, a user's mistake ends in one line and exit code 2."""
        with _one_line(type(self).__name__):
            check_film_place(self.renderer, is_film=not self.session_spec.output.is_image_sequence)
            with explain_unwritten():
                return bool(super().render(preview))

    def render_style(self) -> RenderStyle:
        """Theme, language and frame of this film."""
        now = settings.load(self.lang, self.theme, self.pace)
        return RenderStyle(now.theme, now.lang, config.frame_width, config.frame_height)

    def construct(self) -> None:
        """Tell the whole story."""
        story = self._given_story
        if story is None:
            story = self.build_story(self._options, cached=not config.disable_caching)
        self.tell(story)

    def tell(self, story: Story) -> None:
        """Tell a story, beat by beat: each is a section and a subtitle."""
        style, pace = self.render_style(), settings.load(self.lang, self.theme, self.pace).pace
        self.camera.set_ground(style.theme.color("ground"))
        if config.transparent or self.camera.has_own_background:
            # Nothing may be drawn in the colour of a ground that is not there.
            style = replace(style, theme=replace(style.theme, opaque=False))
        takes = self.takes(story, style, pace)
        cover = cover_beat(takes, self.cover)
        self._companions().head = {**self._head(story, style, pace), "cover": cover}
        if self._progress is not None:
            self._progress.start(takes)
        for number, take in enumerate(takes, start=1):
            if self._progress is not None:
                self._progress.begin_beat(number, take)
            self._tell_beat(take, style)
            self.after(take.beat)

    def takes(self, story: Story, style: RenderStyle, pace: float) -> list[Take]:
        """The beats in time, or those that ``only`` asks for, which start from where the ones before ended.

        Raises:
            UserError: there is no such beat, or one cannot be placed.
        """
        names = self.only if isinstance(self.only, tuple) else (self.only,)
        wanted = [story.beat(one).id for one in names if one is not None]
        found = [take for take in timeline.takes(story, style, pace) if not wanted or take.beat.id in wanted]
        return [stretch(take, self.min_seconds.get(take.beat.id, 0.0)) for take in found]

    def after(self, beat: Beat) -> None:
        """Called at the end of each beat: the place for your own manim code."""

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
            motion = (seconds[2], seconds[3]) if len(seconds) > 2 else None
            told = BeatRecord(
                beat.id, sentences, seconds[0], seconds[1], motion, kind, beat.asks, style.say(beat.chapter),
                beat.notice,
            )  # fmt: skip
            self._note(told, sentences[style.lang])
            self._companions().add_poster(beat.id, self._poster(take, style), config.transparent)
        if early is not None:
            raise early

    def _note(self, told: BeatRecord, sentence: str) -> None:
        files, seconds = self._companions(), told.end - told.start
        files.beats.append(told)
        if sentence:
            self.add_subcaption(sentence, duration=seconds, offset=-seconds)

    def _frames(self, seconds: float) -> int:
        """Whole frames for the next ``seconds``; what is rounded off is made up for by those after them."""
        self._due += seconds * config.frame_rate
        count = max(round(self._due) - self._shown, 1)
        self._shown += count
        return count

    def _play(self, phase: Phase, take: Take) -> None:
        self._play_frames(phase, take)
        if self._progress is not None:
            self._progress.advance(phase.seconds)

    def _play_frames(self, phase: Phase, take: Take) -> None:
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
        apart = [k for k in order if not is_on_stage(k) and k not in moving]
        places = {key: i for i, key in enumerate([*apart, *(k for k in order if k not in apart)])}
        # One's own mobjects have no key; sorting is stable.
        self.mobjects.sort(key=lambda mobject: places.get(getattr(mobject, "key", ""), len(places)))

    def _room(self, key: str, frame: Frame) -> tuple[float, float, float, float]:
        half_w, half_h = frame.style.width / 2, frame.style.height / 2
        return frame.seen_room(key) if key in frame.placed else (-half_w, half_w, -half_h, half_h)

    def _poster(self, take: Take, style: RenderStyle) -> Any:
        pixels, context = surface(config.pixel_width, config.pixel_height, (style.width, style.height))
        if not config.transparent and (style.theme.opaque or self.camera.has_own_background):
            red, green, blue = self.camera.background_color.to_rgb()
            context.set_source_rgb(blue, green, red)
            context.paint()
        for shapes in take.at(take.seconds).values():
            paint(context, shapes)
        return pixels

    def _companions(self) -> Companions:
        writer = self.renderer.file_writer
        return writer.companions if isinstance(writer, FilmWriter) else Companions()

    def _head(self, story: Story, style: RenderStyle, pace: float) -> dict[str, Any]:
        own = self.camera.has_own_background
        return {
            "title": style.say(story.title),
            "scene": type(self).__name__,
            "lang": style.lang,
            "theme": style.theme.name,
            "ground": self.camera.background_color.to_hex() if own else style.theme.color("ground"),
            "pace": pace,
            "size": [config.pixel_width, config.pixel_height],
            "fps": config.frame_rate,
            "provenance": dict(story.provenance),
        }
