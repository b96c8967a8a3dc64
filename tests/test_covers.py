"""Covers: the beat whose picture stands for a film, and where decks show it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pptx import Presentation

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.deck import Deck, deck, html, pptx
from nnanim.errors import UserError
from nnanim.film.manifest import BeatRecord, write_beside
from nnanim.lessons.lesson import Clip, Lesson, Page
from nnanim.marks import Picture, Row, Text
from nnanim.movie.cover import cover_beat, stage_ink
from nnanim.scene.source import StorySource
from nnanim.style import RenderStyle
from nnanim.timeline import takes

STYLE = RenderStyle(theme.by_name("dark"))
SMALL, LARGE = Row(Text("a", key="t")), Row(Picture(np.ones((4, 4)), key="p"))


def film():
    beats = [
        Beat("A letter.", SMALL, id="letter"),
        Beat("A picture.", LARGE, id="picture"),
        Beat("", LARGE, id="card"),
    ]
    return takes(Story.from_beats(beats, "Two"), STYLE)


def test_the_cover_is_the_beat_with_most_ink():
    letter, picture, _ = film()
    assert stage_ink(picture.frame) > 0.15 > stage_ink(letter.frame) > 0
    assert cover_beat(film()) == "picture"


def test_the_cover_is_the_beat_that_the_scene_names_where_it_is_shown():
    assert cover_beat(film(), "letter") == "letter"
    assert cover_beat(film()[1:], "letter") == "picture"
    assert cover_beat(film()[2:]) == "card"


@pytest.fixture
def slides(tmp_path: Path) -> Deck:
    """Two films with covers of their own, and pages around them."""
    films = {}
    for place, (name, cover) in {3: ("one", "b"), 5: ("two", "a")}.items():
        home = tmp_path / name
        home.mkdir()
        told = [BeatRecord(beat, {"en": beat}, i, i + 1) for i, beat in enumerate("ab")]
        for record in told:
            (home / f"{record.id}.mp4").touch()
            Image.new("RGB", (64, 36), "red").save(home / f"{record.id}.png")
        clips = {record.id: home / f"{record.id}.mp4" for record in told}
        head = {"title": name, "lang": "en", "size": [64, 36], "fps": 15, "provenance": {}, "cover": cover}
        films[place] = write_beside(home / "film.mp4", head, told, clips, home)
    steps = (
        Page("The deck"), Page("Plan", ("first", "second")), Page("Part"), Clip("one"), Page("Other part"),
        Clip("two"), Page("The end"),
    )  # fmt: skip
    return deck(Lesson("l", "L", steps), films, "en", theme.by_name("dark"))


def words(slides: Deck):
    return [slide for slide in slides.slides if not slide.is_film]


def test_words_show_the_cover_of_the_film_that_follows(slides: Deck):
    covers = [slide.cover and (slide.cover.parent.name, slide.cover.stem) for slide in words(slides)]
    assert covers == [("one", "b")] * 3 + [("two", "a")] * 2


def test_titles_within_the_deck_are_numbered(slides: Deck):
    assert [slide.section for slide in words(slides)] == [0, 0, 1, 2, 0]


def test_covers_are_in_the_page_and_in_powerpoint(slides: Deck, tmp_path: Path):
    page = [html._words(slide, html._pictures(slides), html._reels(slides)) for slide in words(slides)]
    assert all('<img alt="" src="data:image/webp' in one for one in page)
    assert '<p class="section">1</p><h1>Part</h1>' in page[2] and "section" not in page[0]
    pages = Deck(slides.name, "L", "en", slides.theme, slides.size, tuple(words(slides)))
    show = Presentation(str(pptx.write(pages, tmp_path / "l.pptx")[0]))
    kinds = [
        [shape.shape_type is not None and shape.shape_type.name for shape in one.shapes]
        for one in show.slides
    ]
    assert all("PICTURE" in one for one in kinds)
    assert [one.shapes.title.text_frame.text for one in show.slides][2] == "Part"
    texts = [shape.text_frame.text for shape in show.slides[2].shapes if shape.has_text_frame]
    assert "1" in texts


def scene(**named):
    class Told(StorySource):
        title = {"en": "Two", "ja": "二つ"}  # noqa: RUF012

        def story(self, example):
            yield Beat("A letter.", SMALL, id="letter", asks=True)
            yield Beat("A picture.", LARGE, id="picture", pulse="p")

    return Told.build_story(named)


def test_a_film_may_begin_with_its_cover_under_its_name():
    card, letter, _ = takes(scene(title_card=True, cover="picture"), STYLE)
    assert (card.beat.id, card.beat.pulse, letter.beat.id) == ("title", (), "letter")
    assert "p" in card.frame.placed and card.frame["say:title"].mark.words == "Two"
    assert "title" not in card.frame.placed and "title" in letter.frame.placed
    assert card.seconds < 4 and not any(one.beat.id == "title" for one in takes(scene(), STYLE))


@pytest.mark.parametrize(
    ("named", "said"),
    [({}, "name it: cover"), ({"cover": "pictur"}, "no beat 'pictur'; nearest: 'picture'")],
)
def test_a_title_card_wants_a_cover_that_is_there(named, said):
    with pytest.raises(UserError, match=said):
        scene(title_card=True, **named)
