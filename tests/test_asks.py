"""A beat that asks the class: the film waits under a sign, and whatever is made of the film knows it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from invariants import faults, jump
from test_film_is_the_timeline import differences

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.deck import deck
from nnanim.film.manifest import BeatRecord, vtt, write_beside
from nnanim.layout import place
from nnanim.lessons.lesson import Clip, Lesson
from nnanim.marks import Bars, Row, Text, Units
from nnanim.movie import StoryScene
from nnanim.shapes import Polyline
from nnanim.style import RenderStyle
from nnanim.timeline import takes

STYLE = RenderStyle(theme.by_name("dark"))
X = Units([0.5, -0.4, 0.9], key="x", limit=1)
QUESTION = {"en": "Which of the three is the largest?", "ja": "三つのうち、どれが最大でしょう。"}
ANSWER = Row(X, Bars([0.9], ("third",), key="b", limit=1))


def film(style=STYLE, pace=1.0, **asked):
    beats = (
        Beat("Three neurons.", X, id="three"),
        Beat(QUESTION, X, id="which", **asked),
        Beat("The third.", ANSWER, id="third"),
    )
    return takes(Story.from_beats(beats, "A question"), style, pace)


def phase(take, name):
    return next(one for one in take.phases if one.name == name)


def arc(take, seconds):
    return [one for one in take.at(seconds)["say:which:ask"] if isinstance(one, Polyline)]


def test_the_film_waits_before_the_answer():
    plain, asks = film()[1], film(asks=True)[1]
    assert asks.seconds == pytest.approx(plain.seconds + 3.0)
    assert [one.name for one in asks.phases][-2:] == ["ask", "pause"]
    assert film(asks=True, pace=2)[1].seconds == pytest.approx(asks.seconds / 2)


def test_the_ring_closes_evenly_while_the_class_thinks():
    take = film(asks=True)[1]
    before = sum(one.seconds for one in take.phases[:-2])
    wait = phase(take, "ask").seconds
    assert not arc(take, before)
    (half,) = arc(take, before + wait / 2)
    x, y = take.frame["say:which:ask"].x, take.frame["say:which:ask"].y
    assert half.points[-1] == pytest.approx([x, y - 0.24])
    np.testing.assert_allclose(half.color, STYLE.theme.rgba("accent"))
    (whole,) = arc(take, take.seconds)
    assert whole.points[-1] == pytest.approx(whole.points[0])


@pytest.mark.parametrize("asked", [{}, {"pulse": ("x", 2)}, {"pause": 0.2}])
def test_nothing_jumps(asked):
    told = film(asks=True, **asked)
    for take in told:
        end = 0.0
        for one in take.phases[:-1]:
            end += one.seconds
            assert jump(take.at(end - 1e-7), take.at(end + 1e-7), STYLE)[1] == 0, (take.beat.id, one.name)
    for one, following in pairwise(told):
        assert jump(one.at(one.seconds), following.at(0.0), STYLE)[1] == 0


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("says", [QUESTION, {"en": "wide " * 22, "ja": "文字" * 27}, {"en": "?", "ja": "？"}])
def test_the_sign_stands_beside_the_sentence(lang, says):
    style = RenderStyle(theme.by_name("light"), lang)
    beat = Beat(says, X, id="which", asks=True)
    frame = place(beat, style, "A question")
    assert faults(beat, frame) == []
    assert frame["say:which:ask"].room[1] <= style.width / 2 - 0.4 + 1e-6


def test_a_beat_that_does_not_ask_has_no_sign():
    assert not any(key.endswith(":ask") for take in film() for key in take.frame.placed)
    assert not any(key.endswith(":ask") for key in film(asks=True)[2].at(2.0))


def test_the_film_shows_what_the_timeline_says():
    beats = (Beat(QUESTION, X, id="which", asks=True, pulse="x"), Beat("The third.", ANSWER, id="third"))
    assert list(differences(StoryScene, Story.from_beats(beats, "A question"))) == []


def test_subtitles_mark_what_is_asked():
    told = [BeatRecord("a", {"en": "Why?"}, 0, 1, asks=True), BeatRecord("b", {"en": "So."}, 1, 2)]
    assert "<c.asks>Why?</c>" in vtt(told, "en") and "\nSo.\n" in vtt(told, "en")


def test_a_card_may_ask_in_the_middle_of_nothing():
    beat = Beat({"en": "Why?", "ja": "なぜ？"}, Text("7", key="t", size="large"), id="why", asks=True)
    (take,) = takes(Story.from_beats([beat], "A question"), STYLE)
    assert phase(take, "ask").seconds >= 3.0


def test_a_deck_stops_where_the_class_is_asked(tmp_path):
    told = [BeatRecord("a", {"en": "Why?"}, 0, 1, asks=True), BeatRecord("b", {"en": "So."}, 1, 2)]
    clips = {one.id: tmp_path / f"{one.id}.mp4" for one in told}
    for one in told:
        clips[one.id].touch()
        (tmp_path / f"{one.id}.png").touch()
    head = {"title": "T", "lang": "en", "size": [64, 36], "fps": 15, "provenance": {}}
    path = write_beside(tmp_path / "film.mp4", head, told, clips, tmp_path)
    lesson = Lesson("l", "L", (Clip("x", after="advance"),))
    asks, answers = deck(lesson, {0: path}, "en", theme.by_name("dark")).slides
    assert (asks.asks, asks.after, answers.asks, answers.after) == (True, "pause", False, "advance")
    assert asks.notes.endswith("wait for answers before you go on.") and "wait" not in answers.notes
