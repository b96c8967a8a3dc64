"""A scene in the hands of a class: every change is computed anew, and what is seen becomes what it says."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import live_scenes
import numpy as np
import pytest

from nnanim.beats import Story
from nnanim.errors import UserError
from nnanim.layout import place_story, refit
from nnanim.live.film import LiveFilm, Shown
from nnanim.live.state import LiveState
from nnanim.live.worker import Busy, LiveWorker, Note
from nnanim.marks import modify
from nnanim.shapes import Filled
from nnanim.style import RenderStyle
from nnanim.theme import by_name

CONTROLS = live_scenes.Adder.controls
STYLE = RenderStyle(by_name("dark"))


def send(state: LiveState, **message: Any) -> LiveState:
    return state.with_message(message, CONTROLS)


def show(film: LiveFilm, state: LiveState) -> Shown:
    return next(film.show(state))


def texts(shown: Shown) -> str:
    seen = shown.take.at(shown.take.seconds)
    return " ".join(one.piece.text for shapes in seen.values() for one in shapes if isinstance(one, Filled))


@pytest.fixture
def film() -> LiveFilm:
    return LiveFilm(live_scenes.Adder)


def test_a_scene_is_shown_and_a_change_is_computed(film: LiveFilm) -> None:
    first = show(film, LiveState())
    assert first.title == "A tiny network" and first.state.beat == "in"
    assert [row[0] for row in first.beats] == ["in", "sum", "end"] and first.beats[2] == (
        "end",
        "The sum is 1.70.",
        True,
    )
    last = show(film, send(LiveState(), type="beat", id="end"))
    assert last.take.frame["y"].mark.values == pytest.approx([1.7, -1.4])
    changed = show(film, send(last.state, type="set", name="first", value=2))
    assert changed.take.frame["y"].mark.values == pytest.approx([2.6, -1.8])
    assert "The sum is 2.60." in texts(changed) and "1.70" not in texts(changed)
    assert 0.2 < changed.take.seconds < 0.5


def test_it_is_shown_in_frames_of_other_shapes(film: LiveFilm) -> None:
    wide = show(film, LiveState())
    upright = show(film, send(wide.state, type="look", frame="9:16"))
    style = upright.take.frame.style
    assert style.width / style.height == pytest.approx(9 / 16) and upright.state.beat == "in"
    changed = show(film, send(upright.state, type="set", name="first", value=2))
    assert changed.take.frame.style == style and changed.take.phases[-1].name == "pause"
    back = show(film, send(changed.state, type="look", frame="16:9"))
    assert back.take.frame.style == wide.take.frame.style


def test_a_change_begins_with_what_was_seen_and_ends_with_what_is_placed_anew(film: LiveFilm) -> None:
    state = show(film, send(LiveState(), type="beat", id="end")).state
    before = show(film, send(state, type="set", name="first", value=0.5))
    after = show(film, send(before.state, type="set", name="first", value=-1.5))
    old, new = before.take.at(9), after.take.at(0)
    assert old.keys() == new.keys()
    assert {type(one) for shapes in old.values() for one in shapes} == {
        type(one) for shapes in new.values() for one in shapes
    }
    scene = film.scene(after.state)
    story = Story.from_beats(scene.live(), scene.title, card=False)
    placed = place_story(story, STYLE)[2]
    assert after.take.frame["y"].mark == placed["y"].mark
    for key, one in placed.placed.items():
        assert (one.x, one.y, one.w, one.h) == pytest.approx(
            [getattr(after.take.frame[key], name) for name in "xywh"], abs=1e-6
        )


def test_while_a_slider_is_dragged_nothing_is_drawn_in_between(film: LiveFilm) -> None:
    state = show(film, LiveState()).state
    hasty = show(film, send(state, type="set", name="first", value=0.3, hasty=True))
    assert hasty.take.seconds == 0 and hasty.take.frame["x"].mark.values[0] == 0.3


def test_only_as_many_beats_are_told_as_needed(film: LiveFilm) -> None:
    state = show(film, LiveState()).state
    live_scenes.Adder.tells = 0
    state = show(film, send(state, type="set", name="mood", value="wide")).state
    assert live_scenes.Adder.tells == 1 and state.beat == "in"
    refreshed = film.refresh(state)
    assert refreshed is not None and [row[0] for row in refreshed] == ["in", "sum"]
    assert live_scenes.Adder.tells == 2
    assert film.refresh(state) is None and live_scenes.Adder.tells == 2
    later = show(film, send(state, type="set", name="first", value=0.1)).state
    assert film.refresh(later, lambda: False) is None
    rows = film.refresh(later)
    assert rows is not None and len(rows) == 2


def test_a_beat_is_played_with_its_motion_whatever_was_seen_before(film: LiveFilm) -> None:
    state = show(film, LiveState()).state
    for beat, way in (("sum", True), ("end", False), ("sum", True), ("sum", True)):
        shown = show(film, state := send(state, type="beat", id=beat))
        assert shown.state.beat == beat
        assert ("motion" in [phase.name for phase in shown.take.phases]) is way


def test_a_beat_that_is_gone_gives_way_to_another(film: LiveFilm) -> None:
    state = show(film, send(LiveState(), type="beat", id="end")).state
    shown = show(film, send(state, type="set", name="mood", value="wide"))
    assert shown.state.beat == "sum" and len(shown.beats) == 2
    with pytest.raises(UserError, match="no beat 'end'"):
        show(film, send(shown.state, type="beat", id="end"))
    calm = show(film, send(send(shown.state, type="set", name="mood", value="calm"), type="beat", id="end"))
    wide = send(calm.state, type="set", name="mood", value="wide")
    assert show(film, send(wide, type="beat", id="end")).state.beat == "sum"


def test_language_and_theme_change_what_is_said_but_no_number(film: LiveFilm) -> None:
    state = show(film, send(LiveState(), type="set", name="first", value=0.7)).state
    shown = show(film, send(state, type="look", lang="ja", theme="light"))
    assert shown.title == "小さなネットワーク" and shown.take.frame.style.theme.name == "light"
    assert shown.take.frame["x"].mark.values[0] == 0.7


def test_what_fails_leaves_what_is_shown(film: LiveFilm) -> None:
    state = show(film, send(LiveState(), type="set", name="first", value=0.7)).state
    for mood, kind in (("raise", ZeroDivisionError), ("exit", SystemExit), ("mistake", UserError)):
        with pytest.raises(kind):
            show(film, send(state, type="set", name="mood", value=mood))
        again = show(film, send(state, type="set", name="first", value=0.9))
        assert again.take.frame["x"].mark.values[0] == 0.9


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (None, "JSON object"),
        ([], "JSON object"),
        ("set", "JSON object"),
        ({}, "JSON object"),
        ({"type": 3}, "JSON object"),
        ({"type": "sett"}, "no message 'sett'"),
        ({"type": "set"}, "no control None"),
        ({"type": "set", "name": "frist", "value": 1}, "no control 'frist'; nearest: 'first'"),
        ({"type": "set", "name": ["first"], "value": 1}, "no control"),
        ({"type": "set", "name": "first"}, "first: None is not a number"),
        ({"type": "set", "name": "first", "value": 3}, "first: 3 does not lie between -2 and 2"),
        ({"type": "set", "name": "mood", "value": "x" * 10_000}, "mood: "),
        ({"type": "beat"}, "named by its id"),
        ({"type": "beat", "id": "x" * 300}, "named by its id"),
        ({"type": "look", "lang": "xx"}, "language 'xx' is not known"),
        ({"type": "look", "theme": "pink"}, "pink"),
        ({"type": "look", "lang": 3}, "named by words"),
        ({"type": "look", "frame": "9:15"}, "no frame '9:15'; nearest: '9:16'"),
    ],
)
def test_messages_that_ask_for_nonsense_are_refused_in_one_line(message: Any, says: str) -> None:
    with pytest.raises(UserError, match=says) as refusal:
        LiveState().with_message(message, CONTROLS)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 400


def test_reset_gives_what_everything_starts_with() -> None:
    state = send(LiveState(), type="set", name="first", value=2)
    assert send(state, type="reset").values == {} and send(state, type="reset").changes == 2


def test_refit_keeps_places_while_nothing_needs_more_room() -> None:
    scene = live_scenes.Adder.without_renderer({})
    beat = list(scene.live())[1]
    frame = place_story(Story.from_beats([beat], "t"), STYLE)[0]
    x, w, y = beat.stage.children
    other = replace(beat, stage=type(beat.stage)(modify(x, values=np.array([0.1, -0.2])), w, y))
    kept = refit(frame, beat, other)
    assert kept is not None and kept["x"].mark.values[0] == 0.1 and kept["x"].x == frame["x"].x
    longer = replace(beat, stage=type(beat.stage)(x, w, y, gap=2.0))
    named = replace(beat, stage=type(beat.stage)(modify(x, names=("one", "two")), w, y))
    scaled = replace(beat, stage=type(beat.stage)(modify(x, limit=3), w, y))
    for one in (longer, named, scaled):
        assert refit(frame, beat, one) is None


class Listener:
    """Receives what a worker reports."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.lock = threading.Condition()

    def __call__(self, what: Any) -> None:
        with self.lock:
            self.said.append(what)
            self.lock.notify_all()

    def wait(self, wanted: Callable[[list[Any]], bool], seconds: float = 30) -> None:
        with self.lock:
            assert self.lock.wait_for(lambda: wanted(self.said), seconds), self.said


def test_of_several_wishes_the_newest_wins() -> None:
    listener = Listener()
    worker = LiveWorker(LiveFilm(live_scenes.Adder), listener, idle=0.01)
    worker.start()
    state = LiveState()
    for value in np.linspace(-2, 2, 41):
        state = send(state, type="set", name="first", value=float(value), hasty=True)
        worker.want(state)

    def is_last(said: list[Any]) -> bool:
        shown = [one for one in said if isinstance(one, Shown)]
        return bool(shown) and shown[-1].take.frame["x"].mark.values[0] == 2

    listener.wait(is_last)
    assert sum(isinstance(one, Busy) for one in listener.said) < 41
    worker.stop()


def line_of(text: str) -> int:
    lines = Path(live_scenes.__file__).read_text(encoding="utf-8").splitlines()
    return next(i for i, line in enumerate(lines, start=1) if text in line)


def test_a_model_that_raises_is_a_line_and_the_worker_lives() -> None:
    listener = Listener()
    worker = LiveWorker(LiveFilm(live_scenes.Adder), listener)
    worker.start()
    state = LiveState()
    for mood, line in (
        ("raise", f"live_scenes.py, line {line_of('raise Zero')}: ZeroDivisionError: the model is broken"),
        ("exit", "SystemExit: 3"),
        ("mistake", "this model takes positive numbers alone"),
    ):
        state = send(state, type="set", name="mood", value=mood)
        worker.want(state)
        listener.wait(lambda said, line=line: Note(line) in said)  # type: ignore[misc]
    worker.want(send(state, type="set", name="mood", value="calm"))
    listener.wait(lambda said: isinstance(said[-1], Shown))
    worker.stop()


def test_steps_are_shown_one_after_the_other_until_something_else_is_wanted() -> None:
    listener = Listener()
    controls = live_scenes.Countdown.controls
    worker = LiveWorker(LiveFilm(live_scenes.Countdown), listener)
    worker.start()
    state = LiveState()
    worker.want(state)
    listener.wait(lambda said: sum(isinstance(one, Shown) for one in said) == 3)
    ids = [one.state.beat for one in listener.said if isinstance(one, Shown)]
    assert ids == ["step", "step-1", "step-2"]
    live_scenes.Countdown.computed.clear()
    worker.want(state := state.with_message({"type": "set", "name": "from", "value": 50}, controls))
    listener.wait(lambda said: sum(isinstance(one, Shown) for one in said) >= 5)
    start = time.monotonic()
    worker.want(state.with_message({"type": "set", "name": "from", "value": 1}, controls))
    listener.wait(lambda said: isinstance(said[-1], Shown) and "1" in texts(said[-1]).split())
    assert time.monotonic() - start < 10 and len(live_scenes.Countdown.computed) < 20
    worker.stop()
