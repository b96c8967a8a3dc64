"""Layout: everything in its place, nothing too near, nothing too small, and what does not fit is refused.

The invariants themselves are tested here on frames that break them.
"""

from __future__ import annotations

from dataclasses import replace

import examples
import invariants
import numpy as np
import pytest

from nnanim import shapes, theme, words
from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.layout import fits, place, place_story
from nnanim.marks import (
    KINDS,
    Bars,
    Block,
    Cloud,
    Column,
    Curve,
    Formula,
    Frame,
    Grid,
    Legend,
    Link,
    Overlay,
    Picture,
    Placed,
    Row,
    Table,
    Text,
    Tokens,
    Units,
    Wires,
    modify,
    number,
)
from nnanim.marks import legend as legend_mark
from nnanim.shapes import Polyline, Raster
from nnanim.style import MARGIN, RenderStyle, frame_size
from nnanim.theme import DIM

WIDE, NARROW = 128 / 9, 32 / 3
LOOK = RenderStyle(theme.by_name("dark"))
STYLES = [
    RenderStyle(theme.by_name(name), lang, width)
    for name, lang, width in (
        ("dark", "en", WIDE), ("dark", "ja", NARROW), ("light", "ja", WIDE), ("light", "en", NARROW)
    )
]  # fmt: skip
X, W1, H, W2, O = examples.network()  # noqa: E741
NET = Row(X, W1, H, W2, O)


def style_id(style):
    return f"{style.theme.name}-{style.lang}-{style.width:.1f}"


def text_of(key, frame):
    """Boxes of the lines of text of one mark."""
    return [box for one, _, _, box in invariants.texts({key: frame[key].draw(frame)})]


# Every kind of mark and the film of all of them keep the invariants.


@pytest.mark.parametrize("style", STYLES, ids=style_id)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_mark_alone_keeps_the_invariants(kind, style):
    beat = examples.beat(kind)
    found = invariants.faults(beat, place(beat, style, "A title"))
    small = ("Text", "Block", "Tokens", "Formula")
    assert [fault for fault in found if not (kind in small and "the stage is used" in fault)] == []


@pytest.mark.parametrize("style", STYLES, ids=style_id)
def test_a_film_of_everything_keeps_the_invariants(style):
    story = examples.story()
    for beat, frame in zip(story.beats, place_story(story, style), strict=True):
        assert invariants.faults(beat, frame) == []


LABEL = {"en": "a longer name for it", "ja": "すこし長い名前"}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"Alignment", "Arcs", "Wires", "Link"}))
def test_a_labelled_mark_in_an_overlay_a_column_and_a_row_keeps_the_invariants(kind):
    bare = {"digits": None} if kind == "Grid" else {}
    one, other = examples.mark(kind, label=LABEL, **bare), Picture([[0.0, 1.0]], key="p", label=LABEL)
    for stage in (
        Row(one, other),
        Column(Row(one, Text("beside", key="t")), other),
        Overlay(other, one),
        Overlay(one, other),
    ):
        if isinstance(stage, Overlay) and kind not in ("Picture", "Cloud", "Curve"):
            continue
        beat = Beat("A beat.", stage, id="b")
        shared = modify(other, label=None) if isinstance(stage, Overlay) else other
        beat = replace(beat, stage=type(stage)(*(shared if c is other else c for c in stage.children)))
        assert invariants.faults(beat, place(beat, LOOK, "A title")) == []


# place()


def test_a_stage_grows_to_fill_the_frame_and_shrinks_to_fit():
    few = place(Beat("a", Row(X, W1, H)), LOOK)
    many = place(Beat("a", Row(*(Units(np.ones(14), key=f"u{i}") for i in range(3)))), LOOK)
    assert few["x"].scale > 1 > many["u0"].scale
    for frame in (few, many):
        left, right, bottom, top = frame.stage
        rooms = np.array([one.room for one in frame.placed.values() if not one.mark.key.startswith("say")])
        used = (
            (rooms[:, 1].max() - rooms[:, 0].min()) / (right - left),
            (rooms[:, 3].max() - rooms[:, 2].min()) / (top - bottom),
        )
        assert max(used) > 0.95


def test_the_picture_stands_in_the_middle_of_the_stage():
    frame = place(Beat("a", Row(Picture([[0.0, 1.0]], key="p"))), LOOK)
    left, right, bottom, top = frame.stage
    assert frame["p"].x == pytest.approx((left + right) / 2)
    assert frame["p"].y == pytest.approx((top + bottom) / 2)


def test_everything_is_larger_in_the_wider_frame():
    beat = Beat("a", Row(*(Picture(np.eye(4), key=f"p{i}") for i in range(4))))
    assert (
        place(beat, RenderStyle(LOOK.theme, "en", WIDE))["p0"].w
        > place(beat, RenderStyle(LOOK.theme, "en", NARROW))["p0"].w
    )


def test_what_does_not_fit_is_refused_with_the_beats_id():
    wide = Row(*(Tokens(("a", "long", "sentence", "indeed"), key=f"t{i}") for i in range(9)))
    with pytest.raises(
        UserError, match=r"^beat 'b' \(en\): the marks need \d+\.\d × .* even at the smallest"
    ):
        place(Beat("a", wide, id="b"), LOOK)
    tall = Column(*(Text("a line", key=f"t{i}") for i in range(30)))
    with pytest.raises(UserError, match=r"^beat 'b' \(ja\): the marks need .* of the stage's 13\.4 × "):
        place(Beat("a", tall, id="b"), replace(LOOK, lang="ja"))


def test_a_sentence_has_at_most_two_lines():
    two = "Each number travels along every wire, and each one grows or shrinks, as the weight says."
    assert place(Beat(two, X, id="b"), LOOK)["say:b"].h > LOOK.theme.large
    with pytest.raises(UserError, match=r"^beat 'b' \(en\): the sentence takes [34] lines, two fit"):
        place(Beat(two + " " + two, X, id="b"), LOOK)


def test_a_title_has_one_line():
    with pytest.raises(UserError, match=r"^beat 'b' \(en\): the title takes more than one line"):
        place(Beat("a", X, id="b"), LOOK, "A very long title " * 8)


def test_a_missing_glyph_is_told_with_the_beats_id():
    with pytest.raises(UserError, match=r"^beat 'b' \(en\): the font .* has no glyph for '🦄'"):
        place(Beat("a", Text("a 🦄", key="t"), id="b"), LOOK)
    with pytest.raises(UserError, match=r"^beat 'b' \(en\): formula '"):
        place(Beat("a", Formula("sqrt(", key="f"), id="b"), LOOK)


def test_the_stage_ends_at_one_height_for_one_line_and_for_two():
    short, long = (place(Beat(s, X, id="b"), LOOK) for s in ("Short.", "A sentence of two lines. " * 4))
    assert short["say:b"].h < long["say:b"].h
    assert short.stage == long.stage


def test_marks_of_one_key_stand_where_they_stood_when_nothing_else_changes():
    a = place(Beat("One sentence.", NET, id="a"), LOOK)
    b = place(Beat("Another.", NET, id="b"), LOOK)
    assert all(a[key] == b[key] for key in ("x", "w1", "h", "w2", "o"))


def test_frames_places_every_beat():
    story = examples.story()
    placed = place_story(story, LOOK)
    assert [frame.id for frame in placed] == [beat.id for beat in story.beats]
    assert all("title" in frame.placed for frame in placed)
    assert place_story(Story("", story.beats[:1]), LOOK)[0].placed.keys().isdisjoint({"title"})


def test_focus_dims_what_is_not_spoken_of():
    frame = place(Beat("a", NET, focus=("w1", "h")), LOOK)
    assert {key: frame[key].opacity for key in ("x", "w1", "h", "w2", "o")} == {
        "x": DIM, "w1": 1, "h": 1, "w2": DIM, "o": DIM
    }  # fmt: skip
    assert frame["say:"].opacity == 1
    (disc, *_), (plain, *_) = frame["x"].draw(frame), replace(frame["x"], opacity=1.0).draw(frame)
    np.testing.assert_allclose(disc.fills[:, 3], DIM * plain.fills[:, 3])


def test_a_schematic_beat_says_so():
    frame = place(Beat("a", X, schematic=True), LOOK)
    assert "schematic" in frame.placed and "schematic" not in place(Beat("a", X), LOOK).placed
    assert LOOK.say(frame["schematic"].mark.words) == words.schematic["en"]
    x, y = (frame["schematic"].room[i] for i in (1, 2))
    assert x == pytest.approx(WIDE / 2 - MARGIN) and y >= -4 + MARGIN


# Arrangements


def test_a_row_stands_from_left_to_right_its_middles_on_one_line():
    frame = place(Beat("a", Row(Block("A", key="a"), X, Block("B", key="b"))), LOOK)
    assert frame["a"].room[1] < frame["x"].room[0] and frame["x"].room[1] < frame["b"].room[0]
    assert frame["a"].y == frame["x"].y == frame["b"].y


def test_a_column_stands_from_top_to_bottom_its_middles_on_one_line():
    frame = place(
        Beat("a", Column(Block("A", key="a"), Picture([[0, 1]], key="p"), Block("B", key="b"))), LOOK
    )
    assert frame["a"].room[2] > frame["p"].room[3] and frame["p"].room[2] > frame["b"].room[3]
    assert frame["a"].x == frame["p"].x == frame["b"].x


TABLE = Table(
    *(Block(k.upper(), key=k) for k in "abcd"),
    *(Link(s, t, key=s + t, square=True) for s, t in ("ab", "bd", "ac", "cd")),
    cells=[(1, 0), (0, 1), (2, 1), (1, 2), (0, 0), (0, 1), (2, 0), (2, 1)],
)


@pytest.mark.parametrize("style", STYLES, ids=style_id)
def test_a_table_stands_in_rows_and_columns(style):
    beat = Beat("A sentence.", TABLE, id="b")
    frame = place(beat, style, "A title")
    assert invariants.faults(beat, frame) == []
    assert frame["a"].y == frame["d"].y and frame["b"].x == frame["c"].x
    assert frame["a"].x < frame["b"].x < frame["d"].x
    assert frame["b"].y > frame["a"].y > frame["c"].y


def test_a_square_link_runs_in_right_angles_from_side_to_side():
    frame = place(Beat("", TABLE), LOOK)
    path = next(s for s in frame["ab"].draw(frame) if isinstance(s, Polyline)).points
    assert path[0][0] > frame["a"].x + frame["a"].w / 2 and path[-1][0] < frame["b"].x - frame["b"].w / 2
    assert path[0][1] == pytest.approx(frame["a"].y) and path[-1][1] == pytest.approx(frame["b"].y, abs=0.3)
    steps = np.abs(np.diff(path, axis=0))
    long = steps[np.hypot(*steps.T) > 0.15]
    assert (long.min(axis=1) < 1e-9).all()


def test_an_overlay_lies_in_one_place():
    frame = place(
        Beat("a", Overlay(Picture(np.eye(8), key="map"), examples.mark("Cloud", label="names"))), LOOK
    )
    a, b = frame["map"], frame["cloud"]
    assert (a.x, a.y, a.w, a.h) == (b.x, b.y, b.w, b.h)
    assert b.label_y - LOOK.theme.medium / 2 > b.y + b.h / 2


def test_the_names_of_columns_stand_at_one_height():
    frame = place(Beat("a", NET), LOOK)
    assert frame["x"].label_y == frame["h"].label_y == frame["o"].label_y
    assert frame["h"].label_y - LOOK.theme.medium / 2 > frame["h"].y + frame["h"].h / 2


def test_gaps_and_scales_are_kept():
    blocks = [Picture(np.eye(3), key=k) for k in "ab"]
    near, far = (place(Beat("a", Row(*blocks, gap=g)), LOOK) for g in (0.2, 2.0))

    def between(frame):
        return frame["b"].room[0] - frame["a"].room[1]

    assert between(far) / far["a"].scale == pytest.approx(10 * between(near) / near["a"].scale)
    frame = place(Beat("a", Row(blocks[0], Row(blocks[1], scale=0.5))), LOOK)
    assert frame["b"].h == pytest.approx(frame["a"].h / 2)


def test_wires_take_the_spare_width():
    frame = place(Beat("a", Row(X, W1, H)), LOOK)
    assert frame["h"].x - frame["x"].x > 1.7 * frame["x"].scale
    left, right, *_ = frame.stage
    row = [frame[key].room for key in ("x", "h")]
    assert row[1][1] - row[0][0] > 0.4 * (right - left)


def test_text_keeps_its_size_when_the_picture_shrinks():
    frame = place(Beat("a", Row(Units(np.ones(12), key="u", names=["a name"] * 12))), LOOK)
    assert frame["u"].scale < 0.5
    sizes = {shape.size for _, _, shape, _ in invariants.texts({"u": frame["u"].draw(frame)})}
    assert sizes == {LOOK.theme.small}


@pytest.mark.parametrize("kind", ["Bars", "Cloud", "Curve", "Grid", "Histogram", "Units"])
def test_small_print_grows_where_the_picture_is_large(kind):
    one = examples.mark(kind, label=None)
    if kind == "Grid":
        one = Grid([[1.0, 2.0]], key="grid", rows=("a",), columns=("b", "c"), digits=1)
    frame = place(Beat("a", Row(one)), LOOK)
    sizes = {shape.size for _, _, shape, _ in invariants.texts({"a": frame[one.key].draw(frame)})}
    assert sizes == {LOOK.theme.medium}


def test_small_print_grows_without_a_jump():
    sizes = [LOOK.print_size(scale) for scale in np.linspace(0.3, 1.7, 141)]
    assert sizes[0] == LOOK.theme.small and sizes[-1] == LOOK.theme.medium
    assert min(np.diff(sizes)) >= 0 and max(np.diff(sizes)) < 0.01


@pytest.mark.parametrize(
    ("x", "limits", "said"),
    [
        (np.arange(7.0), (0, 6), ["0", "2", "4", "6"]),
        (np.arange(4.0), (0, 3), ["0", "1", "2", "3"]),
        (np.arange(6.0), (0, 5), ["0", "1", "2", "3", "4", "5"]),
        (np.arange(0.0, 801, 100), (0, 800), ["0", "800"]),
        (np.linspace(0, 6, 30), (0, 6), ["0", "6"]),
        (np.linspace(0, 1, 30), (0, 1), ["0.0", "1.0"]),
        (np.arange(7.0), (0, 6.5), ["0.0", "6.5"]),
    ],
)
def test_whole_numbers_are_written_as_such(x, limits, said):
    frame = place(Beat("a", Row(Curve(x, x / 99, key="c", x_limits=limits, y_limits=(-9, 9)))), LOOK)
    texts = [(shape, box) for _, _, shape, box in invariants.texts({"c": frame["c"].draw(frame)})]
    axis = frame["c"].y - frame["c"].h / 2
    under = sorted((box[0], shape) for shape, box in texts if box[3] < axis)
    wanted = [shapes.text(word, 0, 0, 1.0, LOOK.theme.rgba("ink"), LOOK.theme)[0] for word in said]
    assert [len(shape.piece.curves) for _, shape in under] == [len(one.piece.curves) for one in wanted]
    assert all(
        np.allclose(shape.piece.curves, one.piece.curves)
        for (_, shape), one in zip(under, wanted, strict=True)
    )


def test_the_note_under_a_narrow_grid_has_its_room():
    beat = Beat({"en": "Few.", "ja": "少し。"}, Row(Grid(np.ones((3, 1)), key="g", of=(3, 12345))))
    assert invariants.faults(beat, place(beat, LOOK)) == []


def test_a_long_line_of_tokens_is_broken_evenly_and_a_short_one_never():
    short, long = (Tokens(("words",) * n, key="t") for n in (9, 40))
    assert short.lines(1.7, LOOK) == [range(9)]
    lines = long.lines(0.5, LOOK)
    assert len(lines) > 1 and max(map(len, lines)) - min(map(len, lines)) <= 1
    assert [i for line in lines for i in line] == list(range(40))
    assert len(modify(long, width=4.0).lines(0.5, LOOK)) > len(lines)
    for style in STYLES:
        beat = Beat({"en": "Many.", "ja": "多いです。"}, Row(modify(long, of=90)), id="t")
        frame = place(beat, style)
        assert invariants.faults(beat, frame) == []
        middles, sizes = frame["t"].mark.boxes(frame["t"], frame.style)
        assert len(np.unique(middles[:, 1].round(6))) == len(long.lines(frame["t"].scale, style))
        assert (np.abs(middles[:, 0]) + sizes[:, 0] / 2).max() <= style.width / 2 - MARGIN + 1e-6


def test_tokens_grow_in_the_three_sizes_only():
    seen = set()
    for count in range(1, 14, 3):
        frame = place(Beat("a", Tokens(("word",) * count, key="t")), LOOK)
        seen |= {shape.size for _, _, shape, _ in invariants.texts({"t": frame["t"].draw(frame)})}
    assert seen <= {LOOK.theme.small, LOOK.theme.medium, LOOK.theme.large} and len(seen) > 1


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.5, 2, "0.50"),
        (-0.5, 1, "−0.5"),
        (-0.001, 2, "0.00"),
        (-0.0, 0, "0"),
        (12.345, 1, "12.3"),
        (-7, 0, "−7"),
    ],
)
def test_numbers_have_a_true_minus_and_no_minus_before_zero(value, digits, text):
    assert number(value, digits) == text


# Legends


def legends(*marks, motion=None, style=LOOK):
    frame = place(Beat("a", Row(*marks), motion), style)
    return [one.mark for one in frame.placed.values() if isinstance(one.mark, Legend)]


@pytest.mark.parametrize(
    ("stage", "kinds"),
    [
        ((X,), ["color"]),
        ((modify(X, lit=False),), []),
        ((X, W1, H), ["color", "width", "color"]),
        ((examples.mark("Grid"),), ["color"]),
        ((examples.mark("Tokens"),), ["color"]),
        ((examples.mark("Tokens", values=None),), []),
        ((examples.mark("Picture"),), ["color"]),
        ((Picture(np.zeros((2, 2, 3)), key="rgb"),), []),
        ((examples.mark("Cloud"),), ["names"]),
        ((examples.mark("Cloud", names=()),), []),
        ((examples.mark("Bars"),), []),
    ],
)
def test_every_mapping_has_a_legend(stage, kinds):
    assert [one.kind for one in legends(*stage)] == kinds


def test_a_flow_has_a_legend_for_its_sizes():
    assert "size" in [one.kind for one in legends(X, W1, H, motion=examples.flow())]


def test_a_mapping_is_explained_once():
    twice = legends(X, W1, H, W2, modify(O, means=words.activation))
    assert len([one for one in twice if one.kind == "width"]) == 1
    assert len([one for one in twice if one.kind == "color"]) == 2
    other = legends(X, modify(X, key="x2", limit=10))
    assert len(other) == 2


def test_a_legend_says_its_range_and_its_meaning():
    (one,) = legends(examples.mark("Grid", means="score"))
    assert (one.low, one.high, one.means) == (-2.5, 2.5, "score")
    (one,) = legends(examples.mark("Grid", values=np.abs(examples.mark("Grid").values)))
    assert (one.low, one.high) == (0, 2.5)


def test_legends_stand_on_the_right_the_title_on_the_left():
    frame = place(Beat("a", Row(X, W1, H), examples.flow()), LOOK, "A title")
    assert frame["title"].room[0] == pytest.approx(-WIDE / 2 + MARGIN)
    rights = [one.room[1] for one in frame.placed.values() if isinstance(one.mark, Legend)]
    assert max(rights) == pytest.approx(WIDE / 2 - MARGIN)


LONG = {"en": "a very long name of what an activation is"}


def shown_legends(*beats, title="A title"):
    """The legends of each beat: what they mean."""
    frames = place_story(Story.from_beats(beats, title), LOOK)
    return [[one.mark.means for one in f.placed.values() if isinstance(one.mark, Legend)] for f in frames]


def test_legends_stand_in_one_line_and_what_was_shown_and_rests_goes_first():
    x, w = Units([0.5, -0.4], key="x", means=LONG), Wires([[0.5, -0.3]], "x", "y", key="w")
    dark = Units([0.1], key="y", lit=False)
    lit = modify(dark, lit=True, means={"en": "a rather long name of what comes out of it"})
    beats = [
        Beat("One.", Row(x, w, dark), id="a"),
        Beat("Two.", Row(x, w, lit), id="b"),  # its neuron has changed
        Beat("Three.", Row(x, w, lit), id="c", focus=("w",)),
        Beat("Four.", Row(x, w, lit), id="d", focus=("x",)),
    ]
    assert [len(one) for one in shown_legends(*beats[:1])] == [2]
    first, second, third, fourth = shown_legends(*beats)
    assert LONG in first and lit.means in second and LONG not in second
    assert lit.means in third and LONG not in third
    assert LONG in fourth
    for frame in place_story(Story.from_beats(beats, "A title"), LOOK):
        heights = {round(one.y, 6) for one in frame.placed.values() if isinstance(one.mark, Legend)}
        assert len(heights) == 1


def test_a_scale_of_written_numbers_goes_before_one_of_colours_alone():
    x = Units([0.5, -0.4], key="x", means=LONG)
    grid = Grid([[0.5, 1.0]], key="g", means={"en": "a rather long name of what is in a grid"})
    for digits, kept in ((None, grid.means), (1, LONG)):
        (seen,) = shown_legends(Beat("One.", Row(modify(x, numbers=False), modify(grid, digits=digits))))
        assert len(seen) == (2 if digits is None else 1) or kept in seen


def test_legends_that_no_other_beat_shows_say_it_more_shortly_before_they_need_a_second_line():
    names = ["query of one head", "key of one head", "their product, a matrix"]
    grids = [Grid([[0.5, 1.0]], key=name, means=name) for name in names]
    beats = [Beat("One.", Row(*grids[:count]), id=f"{count}") for count in (1, 3)]
    for count, swatch in ((1, legend_mark.SWATCH), (3, legend_mark.NARROW)):
        (frame,) = place_story(Story.from_beats([beats[count // 2]], "A title"), LOOK)
        legends = [one for one in frame.placed.values() if isinstance(one.mark, Legend)]
        assert len(legends) == count and len({round(one.y, 6) for one in legends}) == 1
        for one in legends:
            (bar,) = (shape for shape in one.draw(frame) if isinstance(shape, Raster))
            assert bar.size[0] == pytest.approx(swatch)


def test_names_are_never_left_out():
    x = Units([0.5, -0.4], key="x", means=LONG)
    cloud = Cloud([[0, 1], [1, 0]], (0, 1), key="c", names=("a kind of thing of a long name", "another kind"))
    frame = place(Beat("One.", Row(x, cloud), id="a"), LOOK, "A title that leaves them little room")
    assert [one.mark.kind for one in frame.placed.values() if isinstance(one.mark, Legend)] == ["names"]


# The invariants notice what they are there for.


def broken(frame, key, **changes):
    """The frame with one placed mark changed."""
    return replace(frame, placed={**frame.placed, key: replace(frame[key], **changes)})


BEAT = Beat("A sentence.", NET, id="b")
FRAME = place(BEAT, LOOK, "A title")
UP = {"label_y": FRAME["h"].label_y + 0.35}
MOVED = broken(FRAME, "o", x=FRAME["h"].x + 0.1, room=FRAME["h"].room)


def named(frame, beat=BEAT):
    return {fault.split(": ")[1] for fault in invariants.faults(beat, frame)}


def test_the_example_has_no_fault():
    assert invariants.faults(BEAT, FRAME) == []


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (MOVED, "rooms do not overlap"),
        (MOVED, "texts do not overlap"),
        (broken(FRAME, "h", x=FRAME["h"].x + 1), "marks keep to their rooms"),
        (broken(FRAME, "x", x=-6.5), "nothing leaves the safe area"),
        (broken(FRAME, "h", **UP), "the header stands apart"),
        (broken(FRAME, "o", x=-FRAME["o"].x / 2), "no wire runs through words"),
        (replace(FRAME, stage=(-30, 30, -30, 30)), "the stage is used"),
        (
            replace(FRAME, style=replace(LOOK, theme=replace(LOOK.theme, small=0.1))),
            None,
        ),
    ],
)
def test_the_invariants_notice(frame, name):
    found = named(frame)
    assert name in found if name else "no text is too small" not in found


def test_small_and_faint_texts_are_noticed():
    (one,) = (s for s in FRAME["say:b"].draw(FRAME))
    small, faint = replace(one, size=0.2), replace(one, color=LOOK.theme.rgba("panel"))
    assert invariants.too_small(FRAME, {"say:b": (small,)})
    assert invariants.hard_to_read(FRAME, {"say:b": (faint,)})
    assert not invariants.hard_to_read(FRAME, {"say:b": (one,)})


def test_text_that_cannot_be_read_on_a_picture_is_noticed():
    white = Placed(
        Picture(np.ones((2, 2)), key="p"), *(FRAME["say:b"].x, FRAME["say:b"].y), 9, 2, 1, 0, (0,) * 4
    )
    frame = Frame("b", {"p": white, "say:b": FRAME["say:b"]}, LOOK)
    assert invariants.hard_to_read(frame, invariants.drawn(frame))


def test_a_film_that_leaves_its_scale_is_noticed():
    from nnanim.motions import Playback

    states = [Units([0.1], key="u", limit=1), Units([4.0], key="u", limit=4)]
    with pytest.raises(UserError, match="'u' has a scale up to 1 in state 1, and its legend says 4"):
        Beat("a", states[-1], Playback({"u": states}))
    same = [modify(one, limit=4) for one in states]
    assert not invariants.film_honest(Beat("a", same[-1], Playback({"u": same})))


def test_a_bowed_link_over_a_formula_is_noticed():
    blocks = Row(Block("A", key="a"), Block("B", key="b"), Link("a", "b", key="l", bend=0.6), gap=4)
    beat = Beat("a", Column(Formula("x = sqrt(y) + z + 1 + a + b + c", key="f"), blocks, gap=0.2))
    frame = place(beat, LOOK)
    assert invariants.wires_through_words(frame, invariants.drawn(frame))


def test_wide_wires_and_bars_fit_their_stage():
    beat = Beat("a", Row(Units(np.ones(2), key="x"), Wires(np.ones((8, 2)), "x", "h", key="w"),
                         Units(np.ones(8), key="h"), Bars(np.ones(8), key="b"),
                         Grid(np.ones((3, 40)), key="g"), Cloud(np.ones((1, 2)), key="c")))  # fmt: skip
    assert invariants.faults(beat, place(beat, LOOK, "A title")) == []


@pytest.mark.parametrize("style", STYLES, ids=style_id)
def test_points_on_the_edge_and_long_names_keep_to_the_room_of_their_axes(style):
    name = {
        "en": "longer than its axis (cm)",
        "ja": "軸より長い名前 (cm)",
    }
    cloud = Cloud(
        [[0, 0], [7, 7], [7, 0], [0, 7]],
        key="c",
        x_limits=(0, 7),
        y_limits=(0, 7),
        highlight=(0, 1, 2, 3),
        x_name=name,
    )
    curve = modify(examples.mark("Curve"), x_name=name, y_name=name, aspect=0.5)
    beat = Beat("A sentence.", Row(cloud, curve, scale=0.6), id="b")
    assert invariants.faults(beat, place(beat, style, "A title")) == []


def test_the_stage_keeps_its_place_over_a_run_of_beats_with_the_same_marks():
    x, c = Units([0.5, -0.4], key="x"), Cloud([[0, 1], [1, 0]], (0, 1), names=("a", "b"), key="c")
    long = modify(c, names=("a kind of thing with a very long name", "another kind of thing"))
    beats = [
        Beat("One.", Row(modify(x, lit=False), c), id="a"),
        Beat("Two.", Row(x, long), id="b"),
        Beat("Three.", Row(x, c), id="c"),
    ]
    title = {"en": "A title that leaves the legends little room"}
    frames = place_story(Story.from_beats(beats, title), LOOK)
    alone = [place(beat, LOOK, LOOK.say(title)) for beat in beats]
    assert len({round(one.stage[3], 6) for one in alone}) > 1, "this says nothing"
    for key in "xc":
        assert len({(round(f[key].x, 6), round(f[key].y, 6), round(f[key].scale, 6)) for f in frames}) == 1
    other = place_story(Story.from_beats([*beats, Beat("Four.", Row(x), id="d")], title), LOOK)[-1]
    assert other["x"].y == place(Beat("Four.", Row(x), id="d"), LOOK, LOOK.say(title))["x"].y


@pytest.mark.parametrize("count", [2, 12, 24, 40])
@pytest.mark.parametrize("least", [0.0, 0.35, 0.6, 1.2, 3.0])
def test_whether_a_stage_fits_is_what_placing_it_says(count: int, least: float) -> None:
    column = Units(np.linspace(-1, 1, count), key="x", limit=1, names=tuple(f"n{i}" for i in range(count)))
    stage = Row(column, Row(Units(np.ones(3), key="y"), scale=0.5))

    def is_placed(lang: str) -> bool:
        try:
            frame = place(Beat("", stage), RenderStyle(theme.by_name("dark"), lang), "x")
        except UserError:
            return False
        return min(frame[key].scale for key in ("x", "y")) >= least

    assert fits(stage, least) is (is_placed("en") and is_placed("ja"))


@pytest.mark.parametrize("frame", ["16:9", "9:16"])
def test_beats_are_placed_alike_whether_those_after_them_are_or_not(frame: str) -> None:
    story, style = examples.story(), RenderStyle(theme.by_name("dark"), "en", *frame_size(frame))
    every = place_story(story, style)
    for wanted in (0, len(every) // 2, len(every) - 1):
        frames = place_story(story, style, wanted)
        assert wanted < len(frames) <= len(every)
        assert [one.placed for one in frames] == [one.placed for one in every[: len(frames)]]
