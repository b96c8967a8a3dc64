"""A scene that is told for whatever state of its controls: by its own model, story and layout."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

from nnanim.beats import Beat, Story, number_beats, with_shared_axes
from nnanim.controls import Control
from nnanim.errors import UserError, message_of, nearest, one_line
from nnanim.layout import place
from nnanim.live.morph import SECONDS, make_still, morph
from nnanim.live.placing import BeatRows, PlacedStory, list_rows
from nnanim.live.state import LiveState
from nnanim.marks import Frame
from nnanim.scene.loader import add_line
from nnanim.scene.source import StorySource
from nnanim.style import RenderStyle
from nnanim.threads import one_thread
from nnanim.timeline import Take, take_between
from nnanim.words import Words

RATE = 30.0
"""Pictures a second that are drawn of a change at most."""

BUDGET = 0.04
"""Seconds that all pictures of a change may take."""

MAX_LINE = 300
"""Maximum number of characters of what a page says of an error."""

STEP = 0.3
"""Seconds in which a beat that is computed step by step follows the one before."""


@dataclass(frozen=True, eq=False)
class Shown:
    """What is to be seen from now on.

    Attributes:
        state: for which it was computed.
        take: how it comes to be seen, and how it rests.
        title: of the film.
        beats: of every beat, in their order.
        seconds: that the model, the story, the layout and so on took, by name.
        rate: pictures a second that are drawn of the way; a player goes straight from one to the next.
    """

    state: LiveState
    take: Take
    title: str
    beats: BeatRows
    seconds: Mapping[str, float] = field(default_factory=dict)
    rate: float = RATE


class LiveFilm:
    """One scene, and what is seen of it.

    It remembers what was shown last: what comes next is the way from there. It is used by one thread.
    """

    def __init__(self, kind: type[StorySource], options: Mapping[str, Any] | None = None) -> None:
        """Prepare a scene.

        Args:
            kind: the scene's class.
            options: values for its options, such as ``hf`` or ``model``.
        """
        self.kind, self.options = kind, dict(options or {})
        self._placed: PlacedStory | None = None
        self._current = -1
        self._shown: tuple[LiveState, Beat, Frame] | None = None

    @cached_property
    def controls(self) -> Mapping[str, Control]:
        """The controls of the scene, which may depend on its options."""
        return self.kind.without_renderer(self.options).controls

    @property
    def streams(self) -> bool:
        """Whether beats are shown as they are computed."""
        return self.kind.live_streams

    def explain(self, error: BaseException) -> str:
        """An error as one line, with the line of the scene's file through which it came."""
        if isinstance(error, Exception) and not isinstance(error, UserError):
            file = Path(inspect.getfile(self.kind))
            error = add_line(error, file)
            if isinstance(error, UserError):
                return one_line(str(error).replace(str(file), file.name), MAX_LINE)
        if isinstance(error, UserError):
            return str(error)
        return one_line(f"{type(error).__name__}: {message_of(error)}", MAX_LINE)

    def scene(self, state: LiveState) -> StorySource:
        """The scene in a state."""
        look = {"lang": state.lang, "theme": state.theme, "chosen": dict(state.values)}
        return self.kind.without_renderer({**self.options, **look, "controls": self.controls})

    def show(self, state: LiveState, is_current: Callable[[], bool] = lambda: True) -> Iterator[Shown]:
        """What is to be seen for a state: one picture, or one after the other as they are computed.

        Args:
            state: what is wanted.
            is_current: whether it still is; else the rest is left out.

        Raises:
            UserError: the scene says so, or something in it cannot be drawn.
            Exception: whatever else the scene's model or story raises; what was shown before stays.
        """
        scene = self.scene(state)
        if scene.live_streams:
            yield from self._stream(scene, state, is_current)
            return
        with one_thread():
            made = self._show(scene, state)
        yield made

    def refresh(self, state: LiveState, is_current: Callable[[], bool] = lambda: True) -> BeatRows | None:
        """Tell the whole story for a state, so that other beats can follow at once.

        None where it was told already, or is not wanted any more.

        Raises:
            Exception: as `show`.
        """
        scene = self.scene(state)
        if self._shown is None or scene.live_streams or self._is_whole(state):
            return None
        with one_thread():
            beats = list(takewhile(lambda _: is_current(), number_beats(scene.live())))
            return self._tell_whole(scene, state, beats).rows if is_current() else None

    def _title(self, scene: StorySource) -> Words:
        return scene.title or self.kind.__name__

    def _is_whole(self, state: LiveState) -> bool:
        return self._current == state.changes and self._style_stays(state)

    def _style_stays(self, state: LiveState) -> bool:
        return self._placed is not None and self._placed.style == state.style

    def _show(self, scene: StorySource, state: LiveState) -> Shown:
        if self._shown is None or not self._style_stays(state):
            return self._play(scene, state, cut=True)
        if state.plays != self._shown[0].plays:
            return self._play(scene, state)
        if self._placed is None or self._shown[1].id not in self._placed.ids:
            return self._play(scene, state, cut=True)
        return self._change(scene, state)

    def _tell_whole(
        self, scene: StorySource, state: LiveState, beats: Iterable[Beat] | None = None
    ) -> PlacedStory:
        """The whole story in a state, placed; ``beats`` where they are told already."""
        if self._placed is None or not self._is_whole(state):
            story = Story.from_beats(beats or scene.live(), self._title(scene), card=False)
            self._placed = PlacedStory(story, state.style)
            self._current = state.changes
        return self._placed

    def _play(self, scene: StorySource, state: LiveState, cut: bool = False) -> Shown:
        """A beat from its beginning, or, with ``cut``, as it rests."""
        start = time.perf_counter()
        known = self._placed.ids if self._placed is not None else []
        placed = self._tell_whole(scene, state)
        told = time.perf_counter()
        if state.beat and state.beat not in (*placed.ids, *known):
            raise UserError(f"there is no beat {state.beat!r}{nearest(state.beat, placed.ids)}")
        # A beat that is told no more gives way to the one in its place.
        ids = placed.ids if state.beat in placed.ids else known
        index = min(ids.index(state.beat), len(placed.ids) - 1) if state.beat else 0
        beat, frame = placed.story.beats[index], placed.frames[index]
        before = self._shown
        if cut or before is None:
            take = make_still(beat, frame)
        elif index and before[1].id == placed.ids[index - 1]:
            take = take_between(beat, before[2], frame)
        else:  # from anywhere else, nothing can be born
            take = take_between(replace(beat, born={}, gathers={}, order=""), before[2], frame)
        self._shown = replace(state, beat=beat.id), beat, frame
        seconds = {"story": told - start, "motion": time.perf_counter() - told}
        return self._make(state, take, seconds, placed.story.title, placed.rows)

    def _change(self, scene: StorySource, state: LiveState) -> Shown:
        """The beat that is seen, with other numbers; the story is told no further."""
        assert self._placed is not None and self._shown is not None
        _, was, before = self._shown
        placed, times = self._placed, [time.perf_counter()]
        index = placed.ids.index(was.id)
        beat = next((one for one in number_beats(scene.live()) if one.id == was.id), None)
        times.append(time.perf_counter())
        if beat is None:  # told with these values, the story has no such beat
            self._current = -1
            placed = self._tell_whole(scene, state)
            index = min(index, len(placed.ids) - 1)
            beat, frame = placed.story.beats[index], placed.frames[index]
        else:
            beat = placed.number_chapter(index, with_shared_axes([was, beat])[1])
            frame = placed.place(index, beat)
        times.append(time.perf_counter())
        take = morph(before, beat, frame, 0.0 if state.hasty else SECONDS)
        self._shown = replace(state, beat=beat.id), beat, frame
        times.append(time.perf_counter())
        steps = dict(zip(("story", "layout", "motion"), _differences(times), strict=True))
        made = self._make(state, take, steps, placed.story.title, placed.rows)
        return replace(made, rate=_choose_rate(steps["motion"]))

    def _stream(
        self, scene: StorySource, state: LiveState, is_current: Callable[[], bool]
    ) -> Iterator[Shown]:
        """Beats as they are computed, each out of the one before."""
        beats = number_beats(scene.live())
        style = state.style
        told: list[Beat] = []
        while is_current():
            with one_thread():
                start = time.perf_counter()
                beat = next(beats, None)
                if beat is None:
                    if not told:
                        raise UserError(f"the scene {self.kind.__name__} has no beats")
                    return
                computed = time.perf_counter()
                told.append(replace(beat, id=f"{beat.id}-{len(told)}") if _is_among(beat, told) else beat)
                take = self._follow(scene, told[-1], style, first=len(told) == 1)
            self._shown = state, told[-1], take.frame
            seconds = {"story": computed - start, "motion": time.perf_counter() - computed}
            made = self._make(state, take, seconds, self._title(scene), list_rows(told[-1:], style))
            yield replace(made, rate=_choose_rate(seconds["motion"]))

    def _follow(self, scene: StorySource, beat: Beat, style: RenderStyle, first: bool) -> Take:
        """A beat that follows what is seen."""
        frame = place(beat, style, style.say(self._title(scene)))
        before = self._shown
        if before is None or before[2].style != style:
            return make_still(beat, frame)
        if beat.motion is not None or (beat.born and not first):
            return take_between(replace(beat, pause=0.0), before[2], frame)
        return morph(before[2], beat, frame, STEP)

    def _make(
        self, state: LiveState, take: Take, seconds: Mapping[str, float], title: Words, beats: BeatRows
    ) -> Shown:
        said = take.frame.style.say(title)
        return Shown(replace(state, beat=take.beat.id), take, said, beats, seconds)


def _choose_rate(seconds: float) -> float:
    """Pictures a second of a change whose first and last picture took so long: all together `BUDGET`."""
    return min(RATE, BUDGET / (max(seconds, 1e-4) / 2) / SECONDS)


def _is_among(beat: Beat, told: list[Beat]) -> bool:
    return any(one.id == beat.id for one in told)


def _differences(times: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(times)]
