"""What is measured of a film, on stages of which everything is known."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from click.testing import CliRunner

from nnanim import theme, words
from nnanim.beats import Beat, Story
from nnanim.check import BOUNDS, FRAMES, measure, recorded_seconds
from nnanim.check.bars import NEVER, list_bars
from nnanim.check.crowding import word_overlap
from nnanim.check.frames import find_doubles, leaving_frame
from nnanim.check.geometry import seen_boxes
from nnanim.check.ink import Sheet, cover
from nnanim.check.ranges import range_faults
from nnanim.check.reading import count
from nnanim.check.verdict import find_on_stages
from nnanim.cli.group import COMMANDS, Nnanim
from nnanim.layout import place
from nnanim.layout.legends import find_legends
from nnanim.marks import (
    Bars,
    Cloud,
    Column,
    Curve,
    Extent,
    Formula,
    Grid,
    Mark,
    Overlay,
    Parts,
    Picture,
    Row,
    Text,
    Units,
    modify,
)
from nnanim.motions import Playback
from nnanim.scene import loader
from nnanim.shapes import Boxes, Discs, Lines, Polyline, Raster, map_shape, text
from nnanim.style import RenderStyle, frame_size
from nnanim.timeline import takes

STYLE = RenderStyle(theme.by_name("dark"))
PICTURE = Picture(np.zeros((8, 8)), key="picture")
UNITS = Units([0.2, 0.9], key="units", limit=1)


def report(*beats: Beat, **options):
    return measure(Story.from_beats(beats, "A film"), options.pop("style", STYLE), **options)


def bounds_of(found) -> set[tuple[str, str]]:
    return {(one.beat, one.bound) for one in found.findings}


# Cuts


def test_a_change_in_which_nothing_stays_is_a_cut():
    found = report(
        Beat("One.", Row(PICTURE), id="a"),
        Beat("Two.", Row(UNITS), id="b"),
        Beat("Three.", Row(UNITS), id="c"),
    )
    assert [one.is_cut for one in found.changes] == [True, False]
    assert found.cut_share == 0.5
    assert {("", "cuts"), ("b", "cuts")} <= bounds_of(found) and ("c", "cuts") not in bounds_of(found)
    (advice,) = [one.advice for one in found.findings if (one.beat, one.bound) == ("b", "cuts")]
    assert "'picture'" in advice and "'units'" in advice


def test_neither_title_nor_legend_nor_sentence_survives():
    lit = modify(UNITS, means="pixel")
    other = Picture(np.ones((3, 3)), key="other", means="pixel")
    found = report(Beat("The same.", Row(lit), id="a"), Beat("The same.", Row(other), id="b"))
    assert found.changes[0].is_cut


# Ink


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        (Boxes(np.zeros((1, 2)), np.array([[3.0, 2.0]]), np.ones((1, 4))), 6.0),
        (Raster((1.0, 1.0), (2.0, 2.0), np.zeros((4, 4, 4), np.uint8)), 4.0),
        (Discs(np.array([[0.0, 0.0], [4.0, 0.0]]), np.array([1.0, 0.5]), np.ones((2, 4))), 1.25 * np.pi),
        (Polyline(np.array([[0, 0], [4, 0], [0, 3.0]]), np.zeros(4), 0.0, closed=True, fill=np.ones(4)), 6.0),
        (Lines(np.array([[-3.0, -2]]), np.array([[3.0, 2]]), np.ones((1, 4)), np.array([0.2])), 1.442),
        (Lines(np.array([[-3.0, 1]]), np.array([[3.0, 1]]), np.ones((1, 4)), np.array([0.01])), 0.06),
        (Boxes(np.zeros((1, 2)), np.array([[3.0, 2.0]]), np.ones((1, 4)) * [1, 1, 1, 0.02]), 0.0),
    ],
    ids=["box", "black picture", "discs", "triangle", "thick line", "thin line", "clear box"],
)  # fmt: skip
def test_ink_is_the_area_that_shapes_cover(shape, area):
    sheet = Sheet(STYLE.width, STYLE.height)
    cover(sheet, (shape,))
    assert sheet.share * STYLE.width * STYLE.height == pytest.approx(area, rel=0.06, abs=1e-3)


def test_what_lies_on_each_other_counts_once_and_what_lies_outside_not_at_all():
    sheet = Sheet(STYLE.width, STYLE.height)
    box = Boxes(np.array([[0.0, 0], [0, 0], [50, 50]]), np.full((3, 2), 2.0), np.ones((3, 4)))
    cover(sheet, (box,))
    assert sheet.share * STYLE.width * STYLE.height == pytest.approx(4.0, rel=0.02)


def test_a_film_of_small_marks_has_too_little_ink():
    small = report(Beat("One.", Row(Text("a word", key="t")), id="a"))
    large = report(Beat("One.", Row(PICTURE), id="a"))
    assert {("", "ink"), ("a", "ink")} <= bounds_of(small)
    assert large.ink > BOUNDS.ink and not {one for one in bounds_of(large) if one[1] == "ink"}


def test_the_end_card_is_held_to_no_use_of_the_stage_and_other_beats_are():
    beats = [Beat("One.", Row(PICTURE), id="a"), Beat("Two.", Row(Text("a", key="t")), id="b")]
    story = Story.from_beats(beats, "A film", {"model": "m", "seed": 0})
    assert story.beats[-1].id == "card"
    for frame in FRAMES:
        style = RenderStyle(theme.by_name("dark"), "en", *frame_size(frame))
        empty = {one.beat for one in find_on_stages(takes(story, style)) if one.bound == "empty"}
        assert "b" in empty and "card" not in empty


# Reading


@pytest.mark.parametrize(
    ("text", "lang", "many"),
    [
        ("Two numbers go in.", "en", 4),
        ("It's 0.97: sure, isn't it?", "en", 5),
        ("二つの数が入ります。", "ja", 9),
        ("U-Net に入ります。", "ja", 7),
        ("", "en", 0),
    ],
)
def test_words_and_characters_are_counted(text, lang, many):
    assert count(text, lang) == many


def test_what_is_new_on_the_stage_is_read_too_by_half():
    words = Text("six words that stand here below", key="t")
    silent, spoken = (
        report(Beat("One.", Row(PICTURE), id="a"), Beat("Two.", stage, id="b")).beats[1]
        for stage in (Row(PICTURE), Column(PICTURE, words))
    )
    assert spoken.words - silent.words == pytest.approx(3)
    again = report(Beat("One.", Column(PICTURE, words), id="a"), Beat("Two.", Column(PICTURE, words), id="b"))
    assert again.beats[1].words == silent.words


def test_numbers_that_run_are_looked_at_and_not_read():
    def states(word: str) -> list[Text]:
        return [Text(f"{word} {i}", key="t") for i in range(10)]

    runs = states("step")
    film = report(Beat("It runs.", Row(runs[-1]), motion=Playback({"t": runs}, seconds=2.0), id="a"))
    assert film.beats[0].words == pytest.approx(2 + 0.5 * 1 + 0.5 * 2)  # sentence, step, title


def test_too_much_to_read_is_found_with_what_to_do():
    many = " ".join(["word"] * 60)
    found = report(Beat("Look.", Row(Text(many, key="t", width=10.0)), id="a", pause=0.5))
    (one,) = [one for one in found.findings if one.bound == "reading"]
    assert one.beat == "a" and "words a second" in one.what and "less, or stay" in one.advice


# Dead time


def test_a_long_pause_after_everything_was_read_is_dead():
    short = report(Beat("One.", Row(PICTURE), id="a"))
    long = report(Beat("One.", Row(PICTURE), id="a", pause=9.0))
    assert short.total("dead") == pytest.approx(0, abs=0.2)
    assert long.total("dead") == pytest.approx(9 - 0.9, abs=1.0)
    assert ("a", "dead") in bounds_of(long) and ("", "dead") in bounds_of(long)


def test_a_motion_in_which_nothing_moves_is_dead_and_one_that_moves_is_not():
    def film(values):
        states = [Picture(np.full((8, 8), value), key="p") for value in values]
        return report(Beat("It runs.", Row(states[-1]), motion=Playback({"p": states}, seconds=10.0), id="a"))

    assert film([0.05 * i for i in range(20)]).total("dead") < 1
    assert film([0.1, 0.5]).total("dead") > 5


def test_the_phases_add_up():
    found = report(Beat("One.", Row(PICTURE), id="a"), Beat("Two.", Row(UNITS, PICTURE), id="b"))
    assert found.total("seconds") == pytest.approx(sum(one.seconds for one in found.beats))
    assert found.total("motion") == 0 and found.total("rest") > 0 and found.total("transition") > 0


# Length


def test_a_film_may_not_grow():
    beat = Beat("One.", Row(PICTURE), id="a", pause=5.0)
    assert ("", "length") not in bounds_of(report(beat, recorded=6.0))
    assert ("", "length") in bounds_of(report(beat, recorded=5.0))
    assert ("", "length") not in bounds_of(report(beat))


def test_every_scene_has_a_recorded_length():
    names = (*loader.names(), *loader.short_names())
    assert all(recorded_seconds(name, lang) for name in names for lang in ("en", "ja"))
    assert recorded_seconds("nothing of ours", "en") is None


# The command


def run(*arguments: str):
    return CliRunner().invoke(Nnanim("nnanim"), ["check", *arguments], standalone_mode=False)


def test_the_command_says_what_lies_outside_and_ends_as_a_linter():
    done = run("noise", "--lang", "en", "--json")
    (film,) = json.loads(done.output)
    assert (film["name"], film["lang"], film["recorded"]) == ("noise", "en", recorded_seconds("noise", "en"))
    assert done.exit_code == (1 if film["findings"] else 0)
    table = run("noise", "--lang", "en")
    assert "noise" in table.output and f"{film['seconds']:.1f}" in table.output
    for one in film["findings"]:
        assert (one["beat"] or "(film)") in table.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--all"),
        (("noise", "--all"), "--all"),
        (("noize",), "noise"),
        (("noise", "--frame", "16:10"), "16:9"),
        (("noise", "--lang", "xx"), "xx"),
    ],
)
def test_a_mistake_is_one_line(arguments, said):
    done = run(*arguments)
    assert said in str(done.exception) and "\n" not in str(done.exception)


def test_the_command_is_there():
    assert "check" in COMMANDS


def test_every_bound_has_a_line_of_its_own_that_names_the_worst_film():
    wrong = Beat("Two.", Column(Formula("1 + 2 = 4", key="wrong"), PICTURE), id="b")
    films = [
        replace(report(beat), name=name) for beat, name in ((Beat("a", PICTURE), "fine"), (wrong, "wrong"))
    ]
    bars = {bar.name: bar for bar in list_bars(films)}
    assert set(bars) == {"cuts", "dead", "ink", "reading", *NEVER}
    assert (bars["sum"].is_kept, bars["sum"].reached, bars["sum"].worst) == (False, "1", "wrong en")
    assert bars["double"].is_kept and bars["double"].worst == ""
    found = {one.bound for film in films for one in film.findings}
    assert {name for name, bar in bars.items() if not bar.is_kept} == found


def test_all_bounds_of_all_frames_are_printed():
    done = run("noise", "--lang", "en", "--frame", "all", "--brief")
    assert all(name in done.output for name in (*FRAMES, "length", "reading", *NEVER))


def test_ink_is_held_in_every_frame_and_most_in_the_widest():
    wide, *narrow = (BOUNDS.ink_in(float(sides)) for sides in FRAMES.values())
    assert wide == BOUNDS.ink and set(narrow) == {BOUNDS.narrow_ink} and 0 < BOUNDS.narrow_ink < BOUNDS.ink


# Colours, ranges, frames


def colours(*beats):
    return [(one.beat, one.what) for one in report(*beats).findings if one.bound == "colour"]


POINTS = np.array([[0.0, 0.0], [1.0, 1.0]])


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        (Cloud(POINTS, (0, 1), roles=("negative", "positive"), names=("a", "b"), key="c"), "means sign"),
        (Bars([0.5, 0.2], ("a", "b"), limit=1, role="accent", key="b"), "look here"),
        (Grid([[0.5, -0.2]], limit=1, role="query", key="g", label="vector"), "named otherwise"),
        (Grid([[0.5, -0.2]], limit=1, key="g", label=words.query), "has the colour of 'positive'"),
    ],
    ids=["kinds in sign colours", "data in the accent", "another vector", "a query in another colour"],
)
def test_a_colour_that_means_something_else_is_found(mark, said):
    ((beat, what),) = colours(Beat("One.", Row(mark), id="a"))[:1]
    assert beat == "a" and said in what


@dataclass(frozen=True, eq=False)
class Lamp(Mark):
    """A disc, filled or ringed."""

    filled: bool = True
    role: ClassVar[str] = "amount"

    def extent(self, scale, style):
        return Extent.core(scale, scale)

    def draw(self, placed, frame):
        at, accent = np.array([[placed.x, placed.y]]), frame.style.theme.rgba("accent")[None]
        fill = accent if self.filled else np.zeros((1, 4))
        return Parts((Discs(at, np.array([placed.w / 2]), fill, accent, 0.05),))


def test_what_is_filled_with_the_colour_of_pointing_is_found_whatever_its_role():
    ((beat, what),) = colours(Beat("One.", Row(Lamp(key="lamp")), id="a"))
    assert beat == "a" and "'lamp' is filled with 'accent'" in what
    assert not colours(Beat("One.", Row(Lamp(key="lamp", filled=False)), id="a"))


def test_kinds_of_bars_have_the_colours_of_their_kinds():
    cloud = Cloud(POINTS, (0, 1), names=("cat", "dog"), key="c")
    bars = Bars([0.5, 0.2], ("cat", "dog"), roles=("kind0", "kind1"), key="b")
    assert not colours(Beat("One.", Row(cloud, bars), id="a"))
    turned = modify(bars, roles=("kind1", "kind0"))
    assert any("'kind1' is 'dog'" in what for _, what in colours(Beat("One.", Row(cloud, turned), id="a")))


def test_a_kind_keeps_its_colour_through_a_film():
    one = Cloud(POINTS, (0, 1), names=("cat", "dog"), key="c")
    kept = modify(one, points=POINTS + 1, x_limits=None, y_limits=None)
    turned = modify(one, names=("dog", "cat"))
    assert not colours(Beat("One.", Row(one), id="a"), Beat("Two.", Row(kept), id="b"))
    assert {
        beat for beat, _ in colours(Beat("One.", Row(one), id="a"), Beat("Two.", Row(turned), id="b"))
    } == {"b"}


def test_marks_in_colours_of_their_meaning_are_fine():
    fine = Row(Grid([[0.5, -0.2]], limit=1, key="g"), Bars([0.5], ("a",), limit=1, key="b"), UNITS)
    assert not colours(Beat("One.", fine, id="a"))


def test_two_scales_of_one_meaning_on_one_stage_contradict_each_other():
    small, large = (
        Units([0.5], key="a", limit=1, means="score"),
        Units([7.18], key="b", limit=8, means="score"),
    )
    (fault,) = range_faults(Beat("One.", Row(small, large), id="a"))
    assert "7.18" in fault and "score" in fault
    assert not list(range_faults(Beat("One.", Row(small, modify(large, means="sum")), id="a")))
    table = Grid(np.array([[38.0, 40.0], [2.0, 30.0]]), key="t", limit=40, diagonal=38)
    assert not list(range_faults(Beat("One.", Row(table), id="a")))
    assert not list(range_faults(Beat("One.", Row(modify(table, limit=10, clips=True)), id="a")))


def test_what_reaches_over_the_edge_is_found_unless_it_is_clear():
    def take(opacity):
        box = Boxes(np.array([[7.0, 0.0]]), np.array([[1.0, 1.0]]), np.array([[1, 1, 1, opacity]]))
        (one,) = takes(Story.from_beats([Beat("One.", Row(PICTURE), id="a")]), STYLE)
        phase = replace(one.phases[0], moving=lambda fraction: {"picture": (box,)})
        return replace(one, phases=(phase, *one.phases[1:]))

    assert "leaves the frame by 0.39" in leaving_frame(take(1.0))[0]
    assert leaving_frame(take(0.1)) == []


def test_a_mark_that_is_there_twice_is_found():
    beats = [Beat("One.", Row(UNITS), id="a"), Beat("Two.", Row(PICTURE, UNITS), id="b")]
    first, second = takes(Story.from_beats(beats), STYLE)
    assert find_doubles(first, second) == []
    shapes = second.at(second.seconds)["units"]
    place = next(i for i, phase in enumerate(second.phases) if phase.name == "move")

    def twice(fraction):
        return {"units": (*shapes, *(map_shape(one, 1.0, (3.0, 0.0)) for one in shapes))}

    phases = list(second.phases)
    phases[place] = replace(phases[place], moving=twice)
    (fault,) = find_doubles(first, replace(second, phases=tuple(phases)))
    assert "'units' is doubled in move" in fault


def words_at(*places, light=1.0):
    ink = np.array([1.0, 1.0, 1.0, light])
    return tuple(one for x in places for one in text("words", x, 0.0, 0.5, ink, STYLE.theme))


def test_words_upon_words_are_found_unless_they_are_faint_covered_or_the_same():
    assert word_overlap({"a": words_at(0.0), "b": words_at(3.0)}) == (0.0, "")
    share, which = word_overlap({"a": words_at(0.0), "b": words_at(0.3)})
    assert 0.5 < share < 1 and which == "a:'words' on b:'words'"
    assert word_overlap({"a": words_at(0.0), "b": words_at(0.3, light=0.04)})[0] == 0
    assert word_overlap({"a": words_at(0.0), "b": words_at(0.0)})[0] == 0
    plate = Boxes(np.zeros((1, 2)), np.array([[3.0, 1.0]]), np.ones((1, 4)))
    assert word_overlap({"a": words_at(0.0), "b": (plate, *words_at(0.3))})[0] == 0


def test_boxes_and_discs_without_area_are_not_seen_but_by_their_rim():
    at, white = np.zeros((3, 2)), np.ones((3, 4))
    bars = Boxes(at, np.array([[1.0, 2.0], [1.0, 0.0], [0.0, 1.0]]), white)
    assert len(seen_boxes(bars)) == 1 and len(seen_boxes(replace(bars, rims=white, rim_width=0.1))) == 3
    assert len(seen_boxes(Discs(at, np.array([0.5, 0.0, 0.0]), white))) == 1


def two_losses(**options) -> Curve:
    x = np.arange(6.0)
    lines = np.stack([5 - x, 2 + (x - 2) ** 2])
    roles, names = ("kind0", "kind1"), ("training", "test")
    return Curve(x, lines, names=names, roles=roles, key="two losses", **options)


def test_a_line_and_points_of_one_name_have_one_legend() -> None:
    curve = two_losses()
    cloud = Cloud([[0, 0], [1, 1]], (0, 1), names=curve.names, roles=curve.roles[:2], key="cloud")
    for stage in (Overlay(curve, cloud), Overlay(cloud, curve)):
        assert [one.key for one in find_legends(Beat("Both.", stage))] == ["legend:names:two losses"]
    other = modify(cloud, roles=("kind1", "kind0"))
    assert len(find_legends(Beat("Both.", Overlay(curve, other)))) == 2


def test_plots_that_lie_on_each_other_take_the_width_that_is_free() -> None:
    cloud = Cloud([[0, 0], [5, 5]], (0, 0), x_limits=(0, 5), y_limits=(0, 11), key="cloud")
    alone, over = (
        place(Beat("A.", one), STYLE) for one in (Row(two_losses()), Row(Overlay(two_losses(), cloud)))
    )
    assert over["two losses"].w == over["cloud"].w >= 0.95 * alone["two losses"].w
    fixed = place(Beat("A.", Row(Overlay(two_losses(aspect=1.2), cloud))), STYLE)["two losses"]
    assert fixed.w / fixed.h == pytest.approx(1.2)
