"""Chapters: dots on the lower edge say how many there are, and which one is told."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from invariants import faults, jump
from test_film_is_the_timeline import differences

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.layout import place_story
from nnanim.marks import Row, Units
from nnanim.movie import StoryScene
from nnanim.still.picture import _shapes_at
from nnanim.style import RenderStyle
from nnanim.timeline import takes

STYLE = RenderStyle(theme.by_name("dark"))
X = Row(Units([0.5, -0.4], key="x", limit=1))
NAMES = {"b": {"en": "One", "ja": "一"}, "d": {"en": "Two", "ja": "二"}, "e": "Three"}


def story(names=NAMES, **provenance):
    beats = [Beat(f"Beat {one}.", X, id=one, chapter=names.get(one, "")) for one in "abcdef"]
    return Story.from_beats(beats, "Chapters", provenance)


def dots(frame):
    return {key: one.mark for key, one in frame.placed.items() if key.startswith("say:chapter:")}


def test_every_beat_knows_its_chapter():
    told = story(model="m")
    assert [beat.chapter_of for beat in told.beats] == [
        (0, 0),
        (1, 3),
        (1, 3),
        (2, 3),
        (3, 3),
        (3, 3),
        (0, 0),
    ]
    shown = [dots(frame) for frame in place_story(told, STYLE)]
    assert [len(one) for one in shown] == [0, 1, 1, 1, 1, 1, 0]
    assert [(one.current, one.count) for some in shown for one in some.values()] == [
        (1, 3), (1, 3), (2, 3), (3, 3), (3, 3),
    ]  # fmt: skip


@pytest.mark.parametrize("names", [{}, {"c": "Only one"}])
def test_less_than_two_chapters_have_no_dots(names):
    assert not any(dots(frame) for frame in place_story(story(names), STYLE))


def test_the_dots_keep_clear_of_everything():
    told = story()
    for beat, frame in zip(told.beats, place_story(told, STYLE), strict=True):
        assert faults(beat, frame) == []


def test_the_dots_change_with_the_sentence_and_stay_within_a_chapter():
    film = takes(story(), STYLE)
    same, other = film[2], film[3]
    assert "say:chapter:1" in same.phases[0].resting
    assert (
        [phase.name for phase in other.phases] == [phase.name for phase in same.phases] == ["leave", "pause"]
    )
    for take in film:
        end = 0.0
        for phase in take.phases[:-1]:
            end += phase.seconds
            assert jump(take.at(end - 1e-7), take.at(end + 1e-7), STYLE)[1] == 0
    for one, following in pairwise(film):
        assert jump(one.at(one.seconds), following.at(0.0), STYLE)[1] == 0


def test_a_still_has_the_dots_of_the_film():
    told = story()
    seen = _shapes_at(told, told.beat("d"), STYLE, None, 1.0)["say:chapter:2"]
    film = takes(told, STYLE)[3].at(100.0)["say:chapter:2"]
    np.testing.assert_array_equal(seen[0].fills, film[0].fills)
    np.testing.assert_allclose(seen[0].fills[1], STYLE.theme.rgba("ink"))


def test_the_film_shows_what_the_timeline_says():
    assert list(differences(StoryScene, story())) == []


def test_a_scene_may_name_the_chapters_of_its_story():
    names = {"a": "One", "d": {"en": "Two", "ja": "二"}, "absent": "Three"}

    class Named(StoryScene):
        title = "t"
        chapters = names

        def story(self, example):
            return [Beat(f"Beat {one}.", X, id=one) for one in "abcdef"]

    told = Named.build_story({"lang": "en"})
    assert [beat.chapter_of for beat in told.beats] == [(1, 2)] * 3 + [(2, 2)] * 3
    assert [beat.chapter for beat in told.beats if beat.chapter] == ["One", {"en": "Two", "ja": "二"}]
