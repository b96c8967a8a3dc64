"""Data that changes between two beats: what grows, what changes places, and what is read on the way."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import examples
import numpy as np
import pytest
from invariants import jump, texts

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.marks import (
    Bars,
    Cloud,
    Column,
    Curve,
    Grid,
    Histogram,
    Link,
    Picture,
    Row,
    Text,
    Tokens,
    Units,
    modify,
)  # fmt: skip
from nnanim.marks.easing import ramp
from nnanim.marks.plot_motion import between_limits
from nnanim.shapes import Boxes, Discs, Filled, Polyline, unwrap
from nnanim.style import RenderStyle
from nnanim.timeline import LEAVE, MOVE, takes

STYLE = RenderStyle(theme.by_name("dark"))
RATES = (24, 60)
VISIBLE = 0.2
"""Alpha from which words can be read."""

OLD = Bars([0.1, 0.6, 0.3, 0.05], ("cat", "dog", "fish", "owl"), limit=1, key="b", highlight=(1,))
NEW = Bars([0.5, 0.2, 0.7, 0.1], ("fish", "cat", "ant", "dog"), limit=1, key="b", highlight=(0,), of=9)

CELLS = Grid(
    np.linspace(-1, 1, 24).reshape(3, 8), rows=("one", "two", "three"), limit=1, key="g", label="cells",
    of=(3, 40),
)  # fmt: skip
CORNER = modify(CELLS, values=CELLS.values[:, :3])

CHANGES = {
    "more cells": (Row(CORNER), Row(CELLS)),
    "fewer cells": (Row(Text("beside", key="t"), CELLS), Row(CORNER)),
    "names of rows": (Row(modify(CORNER, rows=())), Row(CELLS)),
    "places": (Row(OLD), Row(NEW)),
    "signs": (Row(OLD), Row(modify(OLD, values=[-0.4, 0.6, -0.9, 0.0]))),
    "names": (Row(OLD), Row(Bars([0.3, 0.2], ("a", "b"), limit=1, key="b"))),
    "no names": (Row(Bars([0.3, 0.2], key="b")), Row(Bars([0.1, 0.2, 0.3], key="b"))),
    "order turned": (
        Row(Bars(np.arange(1.0, 7), tuple("abcdef"), key="b")),
        Row(Bars(np.arange(1.0, 7), tuple("fedcba"), key="b")),
    ),
    "label and place": (Row(OLD), Row(Text("beside", key="t"), modify(NEW, label="now"))),
}


def change(what):
    """The move of a change by name, and the takes on both sides of it."""
    return move_between(*CHANGES[what])


def move_between(old, new):
    """The move from one stage to the other, with the take before it and its own."""
    beats = (Beat("", stage, id=name) for name, stage in zip("ab", (old, new), strict=True))
    first, last = takes(Story.from_beats(beats), STYLE)
    return first, last, next(one for one in last.phases if one.name == "move")


def every_frame(phase):
    """Fractions of a phase at which a film of each rate has a frame."""
    return sorted({i / rate / phase.seconds for rate in RATES for i in range(int(phase.seconds * rate) + 1)})


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_begins_and_ends_as_its_neighbours(what):
    first, last, _ = change(what)
    assert jump(first.at(first.seconds), last.at(0.0), STYLE)[1] == 0
    end = 0.0
    for phase in last.phases[:-1]:
        end += phase.seconds
        assert jump(last.at(end - 1e-7), last.at(end + 1e-7), STYLE)[1] == 0, phase.name


@pytest.mark.parametrize("what", CHANGES)
def test_nothing_jumps_on_the_way(what):
    _, _, move = change(what)
    for a, b in zip(np.linspace(0, 1, 30)[:-1], np.linspace(0, 1, 30)[:-1] + 1e-6, strict=True):
        assert jump(move.at(a), move.at(b), STYLE)[1] == 0, a


@pytest.mark.parametrize("what", CHANGES)
def test_words_that_can_be_read_never_lie_over_each_other_nor_leave_the_frame(what):
    _, _, move = change(what)
    for fraction in every_frame(move):
        read = [box for _, _, shape, box in texts(move.at(fraction)) if shape.color[3] > VISIBLE]
        for one, other in combinations(read, 2):
            wide = min(one[1], other[1]) - max(one[0], other[0])
            tall = min(one[3], other[3]) - max(one[2], other[2])
            assert min(wide, tall) < 1e-6, fraction
        for box in read:
            assert abs(box[:2]).max() < STYLE.width / 2 and abs(box[2:]).max() < STYLE.height / 2


def test_a_bar_keeps_its_name_while_it_grows_and_then_changes_places():
    first, last, move = move_between(Row(OLD), Row(modify(NEW, of=4)))
    assert move.seconds == pytest.approx(Bars.change_seconds)
    was, will = first.frame["b"].parts(first.frame), last.frame["b"].parts(last.frame)
    places, lengths = (was.centers[1, 1], will.centers[3, 1]), (was.sizes[1, 0], will.sizes[3, 0])
    ys, wide = np.array([dog(move.at(fraction)["b"]) for fraction in np.linspace(0, 1, 25)]).T
    assert (ys[0], ys[-1]) == pytest.approx(places) and (wide[0], wide[-1]) == pytest.approx(lengths)
    assert (np.diff(wide) <= 1e-9).all() and (np.diff(ys) <= 1e-9).all()
    np.testing.assert_allclose(ys[:9], ys[0], atol=1e-6)
    np.testing.assert_allclose(wide[15:], wide[-1], rtol=1e-3)


def dog(shapes):
    """Height and length of the bar that stands beside the word "dog"."""
    name = dog_name(shapes)
    rows = [one for one in shapes if isinstance(one, Boxes)]
    centers, sizes = (np.concatenate([getattr(one, of) for one in rows]) for of in ("centers", "sizes"))
    at = int(np.abs(centers[:, 1] - name).argmin())
    return centers[at, 1], sizes[at, 0]


def dog_name(shapes):
    """Height at which "dog" is written."""
    (piece,) = (
        {one.piece for one in words_of(OLD)}
        & {one.piece for one in words_of(NEW)}
        & {one.piece for one in words_of(Bars([0.33], ("dog",), key="b"))}
    )
    (word,) = [one for one in shapes if isinstance(one, Filled) and one.piece is piece]
    return word.origin[1] + 0.36 * word.size


def words_of(mark):
    """The words of a mark alone on its stage."""
    only = takes(Story.from_beats([Beat("", Row(mark))]), STYLE)[0]
    return [shape for shape in only.frame["b"].draw(only.frame) if isinstance(shape, Filled)]


def test_no_number_is_written_that_neither_state_has():
    _, _, move = change("places")
    known = {one.piece for mark in (OLD, NEW) for one in words_of(mark)}
    for fraction in every_frame(move):
        assert {one.piece for one in move.at(fraction)["b"] if isinstance(one, Filled)} <= known


def test_the_old_numbers_are_gone_before_the_new_ones_come():
    _, _, move = change("signs")
    for fraction in (0.46, 0.5, 0.54):
        read = [one for one in move.at(fraction)["b"] if isinstance(one, Filled) and one.color[3] > 0]
        assert len(read) == 4 + 1, "names, and the one number that stays"


# Plots


NEAR = np.array([[-0.4, -0.3], [0.1, 0.4], [0.3, -0.2]])
FAR = np.concatenate([NEAR, [[3.5, -3.0], [-4.5, 4.0]]])
PLOTS = {
    "cloud": (
        Cloud(NEAR, key="c", x_limits=(-0.5, 0.5), y_limits=(-0.5, 0.5), x_name="a", y_name="b"),
        Cloud(FAR, key="c", x_limits=(-5, 5), y_limits=(-5, 5), x_name="a", y_name="b"),
    ),
    "curve": (
        Curve([0, 1, 2], [0, 1, 0], key="c", x_limits=(0, 2), y_limits=(-1, 1)),
        Curve([0, 1, 2, 3], [0, 1, 0, -2], key="c", x_limits=(0, 4), y_limits=(-2, 2)),
    ),
    "histogram": (
        Histogram([1, 2], [0, 1, 2], key="c", y_limits=(0, 2)),
        Histogram([1, 2, 8], [0, 1, 2, 3], key="c", y_limits=(0, 8)),
    ),
}
every_plot = pytest.mark.parametrize("kind", PLOTS)


def flat(shapes):
    return list(unwrap(shapes))


@every_plot
@pytest.mark.parametrize("fps", [24, 60])
def test_a_plot_zooms_and_its_numbers_go_before_the_new_ones_come(kind, fps):
    old, new = PLOTS[kind]
    _, _, move = move_between(Row(old), Row(new))
    assert move.seconds >= old.change_seconds
    states = []
    for mark in (old, new):
        only = takes(Story.from_beats([Beat("", Row(mark))]), STYLE)[0]
        states.append({one.piece for one in only.frame["c"].draw(only.frame) if isinstance(one, Filled)})
    for frame in range(int(move.seconds * fps)):
        words = {
            one.piece for one in flat(move.at(frame / fps / move.seconds)["c"]) if isinstance(one, Filled)
        }
        assert any(words <= known for known in states), frame


@every_plot
def test_a_zoom_begins_and_ends_with_its_states(kind):
    first, last, move = move_between(Row(PLOTS[kind][0]), Row(PLOTS[kind][1]))
    assert jump(first.at(first.seconds), last.at(0.0), STYLE)[1] == 0
    assert jump(move.at(1 - 1e-6), last.at(last.seconds), STYLE)[1] == 0


def test_rings_lie_above_names_on_the_way_as_at_rest():
    old = modify(PLOTS["cloud"][0], names=("a", "b", "c"), groups=(0, 1, 2), highlight=(1,), inside=True)
    first, last, move = move_between(Row(old), Row(modify(old, x_limits=(-5, 5), y_limits=(-5, 5))))
    for seen in (first.at(first.seconds), move.at(0.1), move.at(0.95), move.at(1.0)):
        assert isinstance(flat(seen["c"])[-1], Discs)
    assert jump(move.at(1.0), last.at(last.seconds), STYLE)[1] == 0


def test_a_cloud_zooms_by_equal_factors_in_equal_times():
    old, new = (mark.limits for mark in PLOTS["cloud"])
    widths = [between_limits(old, new, e)[0] for e in (0, 0.25, 0.5, 0.75, 1)]
    ratios = [(b[1] - b[0]) / (a[1] - a[0]) for a, b in pairwise(widths)]
    np.testing.assert_allclose(ratios, 10**0.25)
    assert widths[0] == pytest.approx(old[0]) and widths[-1] == pytest.approx(new[0])


def test_points_stay_at_their_values_and_no_other_is_seen():
    old, new = PLOTS["cloud"]
    frame = takes(Story.from_beats([Beat("", Row(new))]), STYLE)[0].frame
    for fraction in (0.3, 0.5, 0.7):
        window = between_limits(old.limits, new.limits, ramp(fraction))
        wanted = new.through(window).to_screen(frame["c"], FAR)
        on_way = old.between(new, fraction)
        shapes = flat(on_way.draw(replace(frame["c"], mark=on_way), frame).shapes)
        for discs in [one for one in shapes if isinstance(one, Discs)]:
            seen = discs.centers[discs.fills[:, 3] > 0]
            apart = np.abs(seen[:, None] - wanted[None]).max(axis=-1).min(axis=1)
            assert (apart < 1e-6).all()


def test_bars_and_the_line_of_a_histogram_change_their_colours_on_the_way():
    old = Histogram([3, 6, 2], [0, 4, 8, 12], key="c", expected=[3, 5, 1], highlight=(2,))
    new = modify(old, highlight=(0,), roles=("amount2", "kind1", "kind2"), y_limits=(0, 20))
    _, _, move = move_between(Row(old), Row(new))

    def colors(fraction):
        bars, line = flat(move.at(fraction)["c"])[-2:]
        return np.vstack([bars.fills, line.color[None]])

    seen = np.stack([colors(fraction) for fraction in np.linspace(0, 1, 41)])
    assert np.abs(seen[-1] - seen[0])[:, :3].max(axis=1).min() > 0.1
    assert np.abs(np.diff(seen, axis=0)).max() < 0.1


def test_bars_of_a_histogram_grow_where_they_stand_and_are_there_once():
    old = Histogram([0, 6, 2], [0, 4, 8, 12], key="c", x_name="pixel", expected=[0, 5, 1], highlight=(2,))
    new = Histogram(
        [1, 2, 2, 1], [-4, 0, 4, 8, 12], key="c", x_name="pixel", expected=[1, 2, 2, 1], highlight=(0,)
    )
    _, _, move = move_between(Row(old), Row(new))
    for fraction in (0.3, 0.5, 0.8):
        share = ramp(fraction)
        on_way = old.blend(new, share)
        np.testing.assert_allclose(on_way.edges, [-4, 0, 4, 8, 12])
        np.testing.assert_allclose(
            on_way.counts, (1 - share) * np.array([0, 0, 6, 2]) + share * np.array([1, 2, 2, 1])
        )
        assert on_way.highlight == ((3,) if share < 0.5 else (0,))
        bars = [one for one in flat(move.at(fraction)["c"]) if isinstance(one, Boxes)]
        places = np.concatenate([one.centers[:, 0] for one in bars]).round(3)
        assert 3 <= len(places) == len(set(places)) <= 4
    assert old.blend(new, 1.0).counts[:4].tolist() == new.counts.tolist()
    assert all(old.blend(new, share).counts.min() >= 0 for share in np.linspace(0, 1, 997))


def test_histograms_whose_bins_do_not_lie_in_line_fade_into_each_other():
    old = Histogram([1, 2], [0, 1, 2], key="c")
    for edges in ([0.5, 1.5, 2.5], [0, 2, 4], [0, 1, 3]):
        assert old.blend(modify(old, edges=edges, x_limits=None), 0.5) is None


def test_a_plot_whose_axes_get_other_names_keeps_its_data():
    old = modify(PLOTS["histogram"][0], x_name="pixel")
    _, _, move = move_between(Row(old), Row(modify(old, x_name="")))
    bars = [one for one in flat(move.at(0.5)["c"]) if isinstance(one, Boxes)]
    assert sum(len(one.centers) for one in bars) == 2 and bars[0].fills[0, 3] == 1


def test_a_plot_in_the_same_window_invents_nothing_between_its_states():
    curve = PLOTS["curve"][0]
    assert curve.between(modify(curve, y=[0, 0.5, 0]), 0.5) is None


# Arrows


X, Y, Z = (Units([0.5], key=key) for key in "xyz")


def arrows(seen, key="l"):
    """How many arrow heads are seen of a link."""
    return sum(isinstance(one, Polyline) and one.fill is not None for one in seen.get(key, ()))


def test_an_arrow_whose_end_leaves_goes_with_it_and_comes_with_the_new_one():
    link = Link("x", "y", key="l")
    _, last, move = move_between(Row(X, link, Y), Row(Text("t", key="t"), X, modify(link, target="z"), Z))
    gone = LEAVE / move.seconds  # before anything has moved by much
    assert not any(arrows(move.at(fraction)) for fraction in every_frame(move) if fraction >= gone)
    enter = next(one for one in last.phases if one.name == "enter")
    assert arrows(enter.at(1.0)) == 1


def test_an_arrow_waits_for_an_end_that_is_not_there_yet():
    frame = Row(X, Text("t", key="t"), Y)
    _, last, _ = move_between(frame, Row(X, Link("x", "z", key="l"), Z))
    assert [one.name for one in last.phases][:2] == ["move", "enter"]
    assert not arrows(last.phases[0].at(0.5))


@pytest.mark.parametrize("changes", [{}, {"width": 3.0}, {"bend": 0.3}, {"name": "16"}])
def test_an_arrow_in_motion_is_drawn_once(changes):
    link = Link("x", "y", key="l", name="8")
    _, _, move = move_between(Row(X, link, Y), Row(Text("t", key="t"), X, modify(link, **changes), Y))
    for fraction in every_frame(move):
        assert arrows(move.at(fraction)) == 1


def test_words_fade_before_they_would_leave_the_frame():
    names = ("a long name of a neuron, to the left of it",)
    old = Row(Text("x" * 30, key="t"), Units([0.5], names=names, key="x"))
    _, _, move = move_between(old, Row(Units([0.5], key="x"), Text("y" * 40, key="t2")))
    for fraction in every_frame(move):
        for _, _, shape, box in texts(move.at(fraction)):
            assert shape.color[3] == 0 or box[0] > -STYLE.width / 2, fraction


def test_other_moves_last_as_long_as_ever():
    _, _, move = move_between(Row(X), Row(modify(X, values=[0.2])))
    assert move.seconds == MOVE
    same = Row(examples.mark("Bars"))
    _, _, move = move_between(same, Row(Text("t", key="t"), *same.children))
    assert move.seconds == MOVE


# Values


GRIDS = Grid([[0.5, -0.3]], key="g", limit=1, digits=2), Grid([[-0.9, -0.3]], key="g", limit=1, digits=2)
VALUES = {
    "a grid": GRIDS,
    "neurons": (Units([0.5, -0.3], key="g", limit=1), Units([-0.9, -0.3], key="g", limit=1)),
    "neurons that light up": (Units([0.5, -0.3], key="g", lit=False), Units([0.5, -0.3], key="g")),
    "a picture": (Picture([[0.1, 0.9]], key="g"), Picture([[0.8, 0.9]], key="g")),
    "a texture": (Grid(np.eye(40), key="g", limit=1), Grid(-np.eye(40), key="g", limit=1)),
}


@pytest.mark.parametrize("what", VALUES)
@pytest.mark.parametrize("fps", RATES)
def test_values_change_in_place_and_numbers_go_before_others_come(what, fps):
    old, new = VALUES[what]
    first, last, move = move_between(Row(old), Row(new))
    states = [
        {one.piece for one in take.at(take.seconds)["g"] if isinstance(one, Filled)} for take in (first, last)
    ]
    count = sum(not isinstance(one, Filled) for one in last.at(last.seconds)["g"])
    for frame in range(int(move.seconds * fps)):
        seen = move.at(frame / fps / move.seconds)["g"]
        words = {one.piece for one in seen if isinstance(one, Filled)}
        assert any(words <= known for known in states), frame
        assert sum(not isinstance(one, Filled) for one in seen) == count, "nothing is drawn twice"
    for one, other in (
        (first.at(first.seconds), last.at(0.0)),
        (move.at(1 - 1e-6), last.at(last.seconds)),
    ):
        assert jump({"g": one["g"]}, {"g": other["g"]}, STYLE)[1] == 0


def test_a_number_that_stays_is_there_all_the_time():
    _, last, move = move_between(*map(Row, GRIDS))
    stays = [one.piece for one in last.at(last.seconds)["g"] if isinstance(one, Filled)][1]
    for fraction in every_frame(move):
        (word,) = [one for one in move.at(fraction)["g"] if getattr(one, "piece", None) is stays]
        assert word.color[3] == 1


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("what", ["more cells", "fewer cells"])
def test_cells_of_a_grid_that_grows_are_there_once_and_keep_their_colours(what, fps):
    old, new = (next(iter(stage)) for stage in (CHANGES[what][0].children[-1:], CHANGES[what][1].children))
    _, _, move = change(what)
    rest = CELLS.colors(STYLE.theme)
    for fraction in np.arange(0, 1, 1 / (fps * move.seconds)):
        (cells,) = (one for one in move.at(fraction)["g"] if isinstance(one, Boxes))
        seen = cells.fills[cells.fills[:, 3] > 0.99]
        assert min(old.values.size, new.values.size) <= len(cells.centers) <= CELLS.values.size
        columns = len(seen) // 3
        np.testing.assert_allclose(seen, rest[:, :columns].reshape(-1, 4))


def test_a_grid_whose_values_change_or_are_written_changes_in_place():
    assert CORNER.between(modify(CELLS, values=CELLS.values * 0.9), 0.5) is None
    assert modify(CORNER, digits=1).between(CELLS, 0.5) is None
    assert CORNER.between(modify(CORNER), 0.5) is None


@pytest.mark.parametrize("fps", RATES)
def test_the_boxes_of_words_fade_with_them_before_the_edge_of_the_frame(fps):
    """A sentence that grows to the frame's width keeps its beginning in place, and its end comes later."""
    said = tuple("in the middle of the night the queen lost her golden ring".split())
    old = Column(Tokens(said[:8], key="words"), scale=0.7)
    new = Column(Tokens((*said, "in", "the", "deep", "well"), key="words"), OLD, scale=0.7)
    _, _, move = move_between(old, new)
    for fraction in np.arange(0, 1, 1 / (fps * move.seconds)):
        for shape in move.at(fraction)["words"]:
            if isinstance(shape, Boxes):
                right = shape.centers[:, 0] + shape.sizes[:, 0] / 2
                lit = (shape.fills[:, 3] > 0.02) | (shape.rims[:, 3] > 0.02)
                assert (right[lit] < STYLE.width / 2).all()
