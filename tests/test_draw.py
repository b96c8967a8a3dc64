"""Drawing: every colour, width, size and length is the number's own, mapped as the legend says."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import examples
import invariants
import numpy as np
import pytest

from nnanim import theme, words
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import (
    KINDS,
    Bars,
    Block,
    Column,
    Curve,
    Grid,
    Legend,
    Link,
    Picture,
    Row,
    Text,
    Tokens,
    Units,
    Wires,
    digest,
    modify,
)
from nnanim.marks.bars import BESIDE
from nnanim.marks.common import BIGGEST, cell_boxes
from nnanim.marks.curve import DASHES
from nnanim.marks.legend import WIDEST
from nnanim.motions import Flow, Playback
from nnanim.motions.flow import FADE, LAG
from nnanim.shapes import Boxes, Discs, Filled, Lines, Polyline, Raster, word_box
from nnanim.style import RenderStyle
from nnanim.theme import DIM

THEMES = ("dark", "light")
X, W1, H, W2, O = examples.network()  # noqa: E741


@pytest.fixture(params=THEMES)
def style(request):
    return RenderStyle(theme.by_name(request.param))


def shown(style, *marks, motion=None):
    """The frame of a row of marks, and the shapes of each."""
    frame = place(Beat("", Row(*marks), motion), style)
    return frame, frame.draw()


def first(shapes, kind):
    return next(shape for shape in shapes if isinstance(shape, kind))


def lines(shapes):
    """How many lines of text there are."""
    return sum(isinstance(shape, Filled) for shape in shapes)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_drawing_is_a_pure_function(kind, style):
    frame = place(examples.beat(kind), style)
    one, again = frame.draw(), frame.draw()
    assert digest(one) == digest(again)
    assert all(one.values())


def test_marks_are_drawn_from_the_lowest_layer_to_the_highest(style):
    frame = place(Beat("Words.", Row(H, Picture(np.eye(2), key="p"), X, W1)), style, "Title")
    layers = [frame[key].mark.layer for key in frame.order]
    assert layers == sorted(layers) and list(frame.draw()) == frame.order
    assert frame.order[0] == "w1"


# Units


def test_a_neuron_has_the_colour_of_its_value(style):
    values = np.array([-1.0, -0.4, 0.0, 0.3, 1.0]) * 4
    frame, seen = shown(style, Units(values, key="u", limit=5))
    discs = first(seen["u"], Discs)
    np.testing.assert_allclose(discs.fills, style.theme.signed_colors(values / 5))
    np.testing.assert_allclose(discs.centers, frame["u"].mark.centers(frame["u"]))
    assert (np.diff(discs.centers[:, 1]) < 0).all()


def test_an_unlit_neuron_is_an_empty_ring_without_a_number(style):
    _, seen = shown(style, Units([0.9, 0.9, 0.1], key="u", limit=1, lit=(True, False, True)))
    discs = first(seen["u"], Discs)
    np.testing.assert_allclose(discs.fills[1], style.theme.rgba("panel"))
    np.testing.assert_allclose(discs.rims[1], style.theme.rgba("outline"))
    assert lines(seen["u"]) == 2


def test_numbers_are_left_out_where_they_do_not_fit(style):
    _, few = shown(style, Units(np.ones(3), key="u"))
    frame, many = shown(style, Units(np.ones(14), key="u"))
    _, none = shown(style, Units(np.ones(3), key="u", numbers=False))
    assert (lines(few["u"]), lines(many["u"]), lines(none["u"])) == (3, 0, 0)
    note = Legend.of_hidden_numbers()
    assert note.key in many and note.key not in few and note.key not in none
    assert lines(many[note.key]) == 1 and not invariants.numbers_left_out(frame, many)
    silent = replace(frame, placed={key: one for key, one in frame.placed.items() if key != note.key})
    assert invariants.numbers_left_out(silent, many) == ["'u' writes 0 of its 14 numbers"]
    quiet = Row(
        Units([0.5, 0.0, 0.7], key="u", limit=1, off=(1,)),
        Grid(np.eye(3), key="g", digits=0, zeros=False, row_name="true", column_name="answer"),
    )
    frame, seen = shown(style, quiet)
    assert (lines(seen["u"]), lines(seen["g"])) == (2, 3 + 2)
    assert not invariants.numbers_left_out(frame, seen)


def test_numbers_that_only_a_state_of_a_motion_hides_are_said_too(style):
    last = Units([1.0, 2.0], key="u", limit=2e9, digits=0)
    wide = modify(last, values=[1.0, -1.999e9])
    still, moving = (Beat("", Row(last), motion=motion) for motion in (None, Playback({"u": [wide, last]})))
    note = Legend.of_hidden_numbers().key
    assert note not in place(still, style).placed and note in place(moving, style).placed


def test_signals_too_many_for_their_numbers_are_an_error():
    with pytest.raises(UserError, match="numbers=True for 225 signals; there is room for 200"):
        Flow("w", np.ones((15, 15)), np.ones(15), numbers=True)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("values", [np.full(3, -1.5e9), np.linspace(-1, 1, 14)])
def test_numbers_that_are_asked_for_stand_beside_the_neurons_where_they_do_not_fit(side, values, style):
    units = Units(values, key="u", numbers=True, names=("a",) * len(values), side=side)
    frame, seen = shown(style, units)
    assert lines(seen["u"]) == 2 * len(values)
    assert not invariants.outside_room(frame, seen) and not invariants.texts_overlap(frame, seen)
    dark = modify(units, lit=False)
    assert lines(shown(style, dark)[1]["u"]) == len(values)


def test_neurons_of_a_column_have_numbers_all_or_none(style):
    def written(values):
        return lines(shown(style, Units(values, key="u", limit=2e9, digits=0))[1]["u"])

    assert written([1.0, 2.0, 3.0]) == 3
    assert written([1.0, -1.999e9, 3.0]) == 0


def test_names_stand_on_their_side(style):
    for side, sign in (("left", -1), ("right", 1)):
        frame, seen = shown(style, Units([1.0], key="u", names=("a name",), numbers=False, side=side))
        (_, _, _, box), *_ = invariants.texts({"u": seen["u"]})
        edge = frame["u"].x + sign * frame["u"].mark.radius(frame["u"])
        assert box[1] < edge if side == "left" else box[0] > edge


def test_a_highlighted_neuron_is_ringed(style):
    frame, seen = shown(style, Units([1.0, 2.0], key="u", highlight=(1,)))
    ring = [s for s in seen["u"] if isinstance(s, Discs)][1]
    np.testing.assert_allclose(ring.centers, frame["u"].mark.centers(frame["u"])[1:])
    assert ring.radii[0] > frame["u"].mark.radius(frame["u"]) and ring.fills[0, 3] == 0
    np.testing.assert_allclose(ring.rims[0], style.theme.rgba("accent"))


CUT = [
    (Units.top(np.arange(1.0, 769.0), 8, key="m"), {"en": "8 of 768 shown", "ja": "768 個のうち 8 個"}),
    (Grid(np.ones((4, 4)), key="m", of=(64, 4)), {"en": "4 of 64 shown", "ja": "64 個のうち 4 個"}),
    (Bars(np.ones(5), key="m", of=50257), {"en": "5 of 50257 shown", "ja": "50257 個のうち 5 個"}),
]


@pytest.mark.parametrize(("mark", "words"), CUT)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_is_cut_down_says_so(mark, words, lang):
    from nnanim.words import typeset

    style = RenderStyle(theme.by_name("dark"), lang)
    _, seen = shown(style, mark)
    note = typeset.line(words[lang], style.theme.font).pieces[0]
    assert any(s.piece is note for s in seen["m"] if isinstance(s, Filled))
    whole = modify(mark, of=None, **({"shown": ()} if isinstance(mark, Units) else {}))
    _, seen = shown(style, whole)
    assert not any(s.piece is note for s in seen["m"] if isinstance(s, Filled))


# Wires


def test_a_wire_is_as_wide_as_its_weight(style):
    weights = np.array([[0.5, -1.0], [2.0, -4.0], [0.0, 3.0]])
    frame, seen = shown(style, X, Wires(weights, "x", "h", key="w", limit=5), H)
    found = first(seen["w"], Lines)
    starts, ends = (p.reshape(-1, 2) for p in frame["w"].mark.ends(frame))
    for start, end, color, width in zip(found.starts, found.ends, found.colors, found.widths, strict=True):
        (i,) = np.flatnonzero((np.abs(starts - start) < 1e-9).all(1) & (np.abs(ends - end) < 1e-9).all(1))
        weight = weights.ravel()[i]
        wanted = WIDEST * frame["w"].scale * abs(weight) / 5
        assert width == pytest.approx(max(wanted, 0.012))
        np.testing.assert_allclose(color[:3], style.theme.rgba("positive" if weight >= 0 else "negative")[:3])
        assert color[3] == pytest.approx(0.3 + 0.6 * abs(weight) / 5)


def test_wires_run_from_rim_to_rim(style):
    frame, _ = shown(style, X, W1, H)
    starts, ends = W1.ends(frame)
    a, b = frame["x"].mark.centers(frame["x"]), frame["h"].mark.centers(frame["h"])
    np.testing.assert_allclose(np.linalg.norm(starts - a[None], axis=-1), frame["x"].mark.radius(frame["x"]))
    np.testing.assert_allclose(np.linalg.norm(ends - b[:, None], axis=-1), frame["h"].mark.radius(frame["h"]))
    way, whole = ends - starts, b[:, None] - a[None]
    cross = way[..., 0] * whole[..., 1] - way[..., 1] * whole[..., 0]
    np.testing.assert_allclose(cross, 0, atol=1e-9)


def test_the_strongest_wires_lie_on_top(style):
    _, seen = shown(style, X, W1, H)
    assert (np.diff(first(seen["w1"], Lines).widths) >= 0).all()


# Signals


def radii_of(values, limit, scale):
    return np.maximum(BIGGEST * scale * np.sqrt(np.abs(values) / limit), 0.02)


@pytest.mark.parametrize("fraction", np.linspace(0.05, 0.95, 7))
def test_a_signals_area_is_the_size_of_its_value_on_its_way(style, fraction):
    motion = Flow("w1", W1.weights * X.values, X.values, limit=8)
    frame, _ = shown(style, X, W1, H, motion=motion)
    (discs,) = motion.journey(frame)(fraction)
    lag = np.broadcast_to(np.linspace(0, LAG, 3)[:, None], (3, 2))
    p = np.clip((fraction - lag) / (1 - LAG), 0, 1)
    eased = p * p * (3 - 2 * p)
    source, products = np.abs(np.broadcast_to(X.values, (3, 2))), np.abs(motion.contributions)
    size = source + (products - source) * eased
    flying = (p > 0) & (p < 1)
    np.testing.assert_allclose(np.sort(discs.radii), np.sort(radii_of(size[flying], 8, frame["w1"].scale)))
    starts, ends = W1.ends(frame)
    places = (starts + (ends - starts) * eased[..., None])[flying]
    np.testing.assert_allclose(np.sort(discs.centers[:, 0]), np.sort(places[:, 0]))


def test_signals_begin_and_end_on_the_rims(style):
    motion = examples.flow()
    frame, _ = shown(style, X, W1, H, motion=motion)
    starts, ends = W1.ends(frame)
    early, late = motion.journey(frame)(1e-6)[0], motion.journey(frame)(1 - 1e-6)[0]
    for at, rims in ((early.centers, starts), (late.centers, ends)):
        for center in at:
            assert np.linalg.norm(rims.reshape(-1, 2) - center, axis=1).min() < 1e-4
    assert motion.journey(frame)(0.0) == () == motion.journey(frame)(1.0)


def test_signals_take_the_sign_of_the_product(style):
    motion = Flow("w1", [[-2.0, 3.0]] * 3, [1.0, 2.0])
    frame, _ = shown(style, X, W1, H, motion=motion)
    early, late = motion.journey(frame)(FADE)[0], motion.journey(frame)((1 - LAG) * 0.9)[0]
    positive, negative = style.theme.rgba("positive")[:3], style.theme.rgba("negative")[:3]
    np.testing.assert_allclose(early.fills[:, :3], np.tile(positive, (len(early.fills), 1)))
    arrived = late.fills[np.argsort(-late.centers[:, 0])][:2, :3]
    assert {tuple(np.round(c, 3)) for c in arrived} == {tuple(np.round(c, 3)) for c in (positive, negative)}


def test_a_value_of_zero_sends_no_signal(style):
    motion = Flow("w1", np.zeros((3, 2)), [0.0, 1.0])
    frame, _ = shown(style, X, W1, H, motion=motion)
    (discs,) = motion.journey(frame)(0.3)
    assert len(discs.radii) == (motion.start_delays()[:, 1] < 0.3).sum()


def test_signals_leave_with_a_short_lag_and_arrivals_say_when_the_last_is_there():
    motion = examples.flow()
    lags = motion.start_delays()
    assert lags.shape == (3, 2) and lags.min() == 0 and lags.max() == LAG
    np.testing.assert_allclose(motion.arrivals(), lags.max(axis=1) + 1 - LAG)
    one = replace(motion, only=1)
    assert set(one.start_delays()[1]) == {0.0, LAG}
    assert Flow("w", [[1.0]], [1.0]).arrivals().tolist() == [1 - LAG]


# Tables


def test_a_cell_has_the_colour_of_its_value(style):
    mark = examples.mark("Grid")
    frame, seen = shown(style, mark)
    boxes = first(seen["grid"], Boxes)
    colors = style.theme.signed_colors(mark.values / mark.limit)
    colors[mark.mask] = style.theme.rgba("panel")
    np.testing.assert_allclose(boxes.fills, colors.reshape(-1, 4))
    at, size = cell_boxes(frame["grid"], frame["grid"].mark.cells)
    np.testing.assert_allclose(boxes.centers, at.reshape(-1, 2))
    assert (boxes.sizes <= size).all()
    assert at[0, 0, 0] < at[0, 1, 0] and at[0, 0, 1] > at[1, 0, 1]


def test_a_grid_may_have_another_positive_role(style):
    _, seen = shown(style, Grid([[1.0, -1.0]], key="g", limit=1, role="query"))
    fills = first(seen["g"], Boxes).fills
    np.testing.assert_allclose(fills, [style.theme.rgba("query"), style.theme.rgba("negative")])


def test_a_large_grid_is_a_texture_with_the_same_colours(style):
    values = np.sin(np.arange(40 * 40)).reshape(40, 40)
    _, seen = shown(style, Grid(values, key="g", limit=1))
    pixels = first(seen["g"], Raster).pixels
    np.testing.assert_array_equal(pixels, np.round(style.theme.signed_colors(values) * 255))


def test_a_veil_over_the_ground_has_the_colours_of_its_legend(style):
    values = np.linspace(-1, 1, 9).reshape(3, 3)
    _, seen = shown(style, Grid(values, key="g", limit=1, role="accent", veil=True))
    pixels = first(seen["g"], Raster).pixels / 255
    over = style.theme.rgba("ground")[:3] * (1 - pixels[..., 3:]) + pixels[..., :3] * pixels[..., 3:]
    np.testing.assert_allclose(over, style.theme.signed_colors(values, "accent")[..., :3], atol=0.01)


def test_a_barred_cell_has_no_number_and_highlights_are_ringed(style):
    mark = Grid(np.ones((2, 2)), key="g", digits=1, mask=[[0, 1], [0, 0]], highlight=((1, 0),))
    frame, seen = shown(style, mark)
    assert lines(seen["g"]) == 3
    ring = [s for s in seen["g"] if isinstance(s, Boxes)][-1]
    np.testing.assert_allclose(ring.centers, cell_boxes(frame["g"], frame["g"].mark.cells)[0][1, 0][None])


def test_a_picture_shows_its_pixels(style):
    grey = first(shown(style, Picture([[0.0, 0.5], [1.0, 0.25]], key="p"))[1]["p"], Raster)
    np.testing.assert_array_equal(grey.pixels[..., 0], [[0, 128], [255, 64]])
    np.testing.assert_array_equal(grey.pixels[..., 3], 255)
    wide = first(shown(style, Picture([[-2.0, 6.0]], key="p", low=-2, high=6))[1]["p"], Raster)
    np.testing.assert_array_equal(wide.pixels[0, :, 0], [0, 255])
    rgb = np.arange(12).reshape(2, 2, 3) / 11
    colored = first(shown(style, Picture(rgb, key="p"))[1]["p"], Raster)
    np.testing.assert_array_equal(colored.pixels[..., :3], np.round(rgb * 255))


def test_a_diverging_picture_passes_through_the_ground(style):
    raster = first(
        shown(style, Picture([[-3.0, 0.0, 3.0]], key="p", low=-3, high=3, colors="diverging"))[1]["p"], Raster
    )
    wanted = [style.theme.rgba(role) for role in ("negative", "ground", "positive")]
    np.testing.assert_array_equal(raster.pixels[0], np.round(np.array(wanted) * 255))


def test_a_picture_of_two_kinds_goes_from_one_colour_to_the_other_through_the_ground(style):
    mark = Picture([[0.0, 0.5, 1.0]], key="p", colors="kinds")
    raster = first(shown(style, mark)[1]["p"], Raster)
    wanted = [style.theme.rgba(role) for role in ("kind0", "ground", "kind1")]
    np.testing.assert_array_equal(raster.pixels[0], np.round(np.array(wanted) * 255))
    assert mark.legends()[0].role == "kinds"


def test_neurons_may_be_larger_and_wires_thicker_than_usual(style):
    x, w1, h, *_ = examples.network()
    usual = shown(style, Row(x, w1, h))[1]
    large = shown(style, Row(modify(x, size=1.2), modify(w1, widest=2 * w1.widest), modify(h, size=1.2)))
    scale = large[0]["h"].scale / shown(style, Row(x, w1, h))[0]["h"].scale
    radii = [first(seen["h"], Discs).radii[0] for seen in (usual, large[1])]
    widths = [first(seen["w1"], Lines).widths.max() for seen in (usual, large[1])]
    assert radii[1] == pytest.approx(1.2 * scale * radii[0])
    assert widths[1] == pytest.approx(2 * scale * widths[0])
    assert modify(w1, widest=0.4).legends()[0].widest == 0.4
    with pytest.raises(UserError, match=r"size=1\.5; it must be above 0, at most 1\.33"):
        modify(x, size=1.5)


def test_a_column_that_writes_all_its_numbers_needs_no_legend_of_colours():
    assert Units([1.0, 2.0], key="u").legends() and not Units([1.0, 2.0], key="u", numbers=True).legends()


def test_a_token_is_as_strong_as_its_value(style):
    mark = examples.mark("Tokens")
    frame, seen = shown(style, mark)
    boxes = first(seen["tokens"], Boxes)
    panel, amount = style.theme.rgba("panel"), style.theme.rgba("amount")
    np.testing.assert_allclose(boxes.fills, panel + (amount - panel) * mark.values[:, None])
    middles, sizes = frame["tokens"].mark.boxes(frame["tokens"], frame.style)
    np.testing.assert_allclose(boxes.centers, middles)
    assert (middles[1:, 0] - sizes[1:, 0] / 2 > middles[:-1, 0] + sizes[:-1, 0] / 2).all()


def test_tokens_may_be_small_dimmed_and_not_all_there(style):
    frame = place(Beat("", Row(Tokens(("ab", "E3 81", "c"), key="t", small=(1,), dimmed=(2,), of=9))), style)
    *letters, note = (s for s in frame["t"].draw(frame) if isinstance(s, Filled))
    assert letters[1].size == note.size == style.theme.small < letters[0].size
    assert letters[2].color[3] == pytest.approx(DIM) and letters[0].color[3] == 1
    chips = next(s for s in frame["t"].draw(frame) if isinstance(s, Boxes))
    np.testing.assert_allclose(chips.fills[:, 3], [1, 1, DIM])


def test_a_blank_token_can_be_seen(style):
    _, seen = shown(style, Tokens(("a", " "), key="t"))
    assert lines(seen["t"]) == 2


# Charts


def test_bars_are_as_long_as_their_values(style):
    frame, seen = shown(style, Bars([0.25, 1.0, 0.5], key="b", limit=1, names=("a", "b", "c")))
    boxes = first(seen["b"], Boxes)
    np.testing.assert_allclose(boxes.sizes[:, 0], np.array([0.25, 1.0, 0.5]) * frame["b"].w)
    np.testing.assert_allclose(boxes.centers[:, 0] - boxes.sizes[:, 0] / 2, frame["b"].x - frame["b"].w / 2)
    assert (np.diff(boxes.centers[:, 1]) < 0).all() and lines(seen["b"]) == 6


def test_negative_bars_run_to_the_left_of_a_common_zero(style):
    frame, seen = shown(style, Bars([-0.5, 1.0], key="b", limit=1))
    boxes = first(seen["b"], Boxes)
    left, right = boxes.centers[:, 0] - boxes.sizes[:, 0] / 2, boxes.centers[:, 0] + boxes.sizes[:, 0] / 2
    begin, unit = frame["b"].x - frame["b"].w / 2, frame["b"].w / 1.5  # the axis runs from -0.5 to 1
    np.testing.assert_allclose([left[0], right[0], left[1]], begin + unit * np.array([0, 0.5, 0.5]))
    np.testing.assert_allclose(boxes.sizes[:, 0], np.array([0.5, 1.0]) * unit)


def test_points_stand_at_their_coordinates_in_their_groups_colour(style):
    mark = examples.mark("Cloud")
    frame, seen = shown(style, mark)
    p, discs = frame["cloud"], first(seen["cloud"], Discs)
    np.testing.assert_allclose(discs.centers, [p.x - p.w / 2, p.y - p.h / 2] + mark.points / 7 * [p.w, p.h])
    wanted = [style.theme.rgba(mark.roles[g]) for g in mark.groups]
    np.testing.assert_allclose(discs.fills, wanted)


def test_a_curve_runs_through_its_values_as_far_as_it_is_drawn(style):
    x = np.linspace(0, 4, 9)
    mark = Curve(x, x**2, key="c", x_limits=(0, 4), y_limits=(0, 16))

    def line(one):
        frame, seen = shown(style, one)
        return frame["c"], [s for s in seen["c"] if isinstance(s, Polyline)][1]

    p, whole = line(mark)
    wanted = [p.x - p.w / 2, p.y - p.h / 2] + np.column_stack([x / 4, x**2 / 16]) * [p.w, p.h]
    np.testing.assert_allclose(whole.points, wanted)
    np.testing.assert_allclose(line(modify(mark, drawn=4))[1].points, wanted[:4])
    _, seen = shown(style, modify(mark, point=(2, 4)))
    spot = [s for s in seen["c"] if isinstance(s, Discs)][-1]
    np.testing.assert_allclose(spot.centers[0], wanted[4])


def test_several_curves_are_told_apart_by_their_dashes_and_the_legend_shows_them(style):
    x = np.linspace(0, 4, 9)
    mark = Curve(x, np.stack([x, 2 * x, 3 * x]), key="c", names=("one", "two", "three"))
    _, seen = shown(style, mark)
    curves = [s for s in seen["c"] if isinstance(s, Polyline)][1:]
    assert [s.dash for s in curves] == list(DASHES[2::-1]) and len(set(DASHES)) == len(DASHES)
    (entry,) = mark.legends()
    named = [s for key, some in seen.items() if key == entry.key for s in some if isinstance(s, Polyline)]
    assert [(s.dash, s.color.tolist()) for s in named] == [(s.dash, s.color.tolist()) for s in curves[::-1]]
    assert curves[-1].dash == ()


def test_the_answer_among_bars_is_lit_and_the_others_step_back(style):
    bars = Bars([0.2, 0.7, 0.1], key="b", limit=1, highlight=(1,))
    fills = first(shown(style, bars)[1]["b"], Boxes).fills
    np.testing.assert_allclose(fills[1], style.theme.rgba("answer"))
    np.testing.assert_allclose(fills[[0, 2]], [style.theme.rgba("amount", BESIDE)] * 2)
    kinds = first(shown(style, modify(bars, roles=("kind0", "kind1", "kind2")))[1]["b"], Boxes).fills
    np.testing.assert_allclose(kinds[:, :3], [style.theme.rgba(f"kind{i}")[:3] for i in range(3)])
    np.testing.assert_allclose(kinds[:, 3], [BESIDE, 1, BESIDE])


# Blocks, links, text


def test_a_block_is_lit_by_its_value(style):
    panel, role = style.theme.rgba("panel"), style.theme.rgba("query")
    for value in (0.0, 0.5, 1.0):
        _, seen = shown(style, Block("B", key="b", role="query", value=value))
        np.testing.assert_allclose(first(seen["b"], Boxes).fills[0], panel + (role - panel) * 0.55 * value)


@pytest.mark.parametrize("bend", [0.0, 0.4, -0.4])
def test_a_link_runs_from_one_mark_to_the_other(style, bend):
    ends = Block("A", key="a"), Block("B", key="b")
    frame = place(Beat("", Column(Row(ends[0], Link("a", "b", key="l", bend=bend), ends[1]))), style)
    path, tip = (s for s in frame["l"].draw(frame) if isinstance(s, Polyline))
    a, b = frame["a"], frame["b"]
    assert path.points[0][0] > a.x and path.points[0][0] < a.x + a.w / 2 + 0.2
    assert b.x - b.w / 2 - 0.2 < tip.points[0][0] < b.x
    rise = path.points[len(path.points) // 2][1] - a.y
    assert np.sign(np.round(rise, 6)) == np.sign(bend)


def test_text_keeps_its_line_feeds_and_its_role(style):
    frame, seen = shown(style, Text("one\ntwo\nthree", key="t", role="accent"))
    found = [s for s in seen["t"] if isinstance(s, Filled)]
    assert len(found) == 3
    assert found[0].origin[1] > found[1].origin[1] > found[2].origin[1]
    np.testing.assert_allclose(found[0].color, style.theme.rgba("accent"))
    assert frame["t"].h > 3 * style.theme.medium


def test_every_text_speaks_the_language_asked_for():
    for kind in ("Units", "Cloud", "Picture", "Block", "Text"):
        pictures = [
            digest(place(Beat("", examples.stage(kind)), RenderStyle(theme.by_name("dark"), lang)).draw())
            for lang in ("en", "ja")
        ]
        assert pictures[0] != pictures[1]


# Legends


def legend(style, kind, *marks, motion=None):
    frame, seen = shown(style, *marks, motion=motion)
    key = next(k for k, p in frame.placed.items() if isinstance(p.mark, Legend) and p.mark.kind == kind)
    return frame[key], seen[key]


def test_a_colour_legend_shows_the_very_colours(style):
    placed, seen = legend(style, "color", examples.mark("Grid"))
    pixels = first(seen, Raster).pixels
    wanted = style.theme.signed_colors(np.linspace(-1, 1, pixels.shape[1]))
    np.testing.assert_array_equal(pixels[0], np.round(wanted * 255))
    assert (placed.mark.low, placed.mark.high) == (-2.5, 2.5)


def test_a_size_legend_shows_one_disc_and_its_value(style):
    placed, seen = legend(style, "size", X, W1, H, motion=examples.flow())
    (disc,) = (one for one in seen if isinstance(one, Discs))
    assert len(disc.radii) == 1 and placed.mark.ends() == ("", f"= {placed.mark.high:g}")
    (said, equals) = (word for word in seen if isinstance(word, Filled))
    left, right = word_box(said)[1][0], word_box(equals)[0][0]
    assert left < disc.centers[0, 0] - disc.radii[0] and disc.centers[0, 0] + disc.radii[0] < right


def test_a_signal_is_as_large_as_the_legend_says(style):
    motion = examples.flow()
    placed, seen = legend(style, "size", X, W1, H, motion=motion)
    value = placed.mark.high  # what the largest disc of the legend stands for
    even = Flow("w1", np.full((3, 2), value), [value, value], limit=motion.limit)
    frame, _ = shown(style, X, W1, H, motion=motion)
    (discs,) = even.journey(frame)(0.5)
    np.testing.assert_allclose(discs.radii, first(seen, Discs).radii.max())


def test_the_largest_disc_of_a_size_legend_is_a_signal_of_the_value_beside_it(style):
    flow = examples.flow()
    placed, seen = legend(style, "size", X, W1, H, motion=flow)
    radius = first(seen, Discs).radii.max()
    wires = place(Beat("", Row(X, W1, H), flow, id="b"), style)["w1"]
    assert radius == pytest.approx(BIGGEST * wires.scale * np.sqrt(placed.mark.high / flow.limit))


def test_a_width_legend_ends_as_wide_as_the_strongest_wire_and_has_both_signs(style):
    placed, seen = legend(style, "width", X, W1, H)
    wedges = [s for s in seen if isinstance(s, Polyline)]
    assert all(np.ptp(w.points[:, 1]) == pytest.approx(WIDEST * placed.scale) for w in wedges)
    assert placed.scale == place(Beat("", Row(X, W1, H), id="b"), style)["w1"].scale
    colors = {tuple(np.round(w.fill[:3], 3)) for w in wedges}
    assert colors == {tuple(np.round(style.theme.rgba(r)[:3], 3)) for r in ("positive", "negative")}


def test_a_grey_legend_runs_from_black_to_white(style):
    _, seen = legend(style, "color", examples.mark("Picture"))
    pixels = first(seen, Raster).pixels
    assert pixels[0, 0].tolist() == [0, 0, 0, 255] and pixels[0, -1].tolist() == [255] * 4


def test_a_legend_of_names_shows_each_groups_colour(style):
    _, seen = legend(style, "names", examples.mark("Cloud"))
    fills = [s.fills[0] for s in seen if isinstance(s, Discs)]
    np.testing.assert_allclose(fills, [style.theme.rgba("kind0"), style.theme.rgba("kind1")])
    assert lines(seen) == 2


def test_bars_of_a_histogram_are_as_high_as_their_counts():
    frame = place(examples.beat("Histogram"), RenderStyle(theme.by_name("dark")))
    one = frame["histogram"]
    boxes = next(shape for shape in one.draw(frame) if isinstance(shape, Boxes))
    np.testing.assert_allclose(boxes.sizes[:, 1], one.mark.counts / one.mark.y_limits[1] * one.h)
    marked = theme.by_name("dark").rgba("kind1")
    np.testing.assert_array_equal((boxes.fills == marked).all(axis=1), [True, *[False] * 4, True])


def test_ellipses_reach_one_deviation_from_their_points():
    spreads = np.tile([0.5, 0.25], (40, 1))
    frame = place(examples.beat("Cloud", spreads=spreads), RenderStyle(theme.by_name("dark")))
    one = frame["cloud"]
    rounds = [shape for shape in one.draw(frame) if isinstance(shape, Polyline) and shape.closed]
    assert len(rounds) == 40
    for shape in rounds:
        np.testing.assert_allclose(np.ptp(shape.points, axis=0), [1 / 7 * one.w, 0.5 / 7 * one.h], rtol=0.02)


def test_names_inside_a_cloud_never_touch():
    points = np.column_stack([np.linspace(3, 3.2, 30), np.full(30, 3.0)])
    beat = examples.beat(
        "Cloud", points=points, groups=tuple(np.arange(30) % 3), names=("a", "b", "c"), highlight=(),
        inside=True,
    )  # fmt: skip
    frame = place(beat, RenderStyle(theme.by_name("dark")))
    plates = [s for s in frame["cloud"].draw(frame) if isinstance(s, Boxes)]
    assert len(plates) == 3 and not [key for key in frame.placed if key.startswith("legend")]
    for a, b in combinations(plates, 2):
        assert (np.abs(a.centers - b.centers) >= (a.sizes + b.sizes) / 2 - 1e-9).any()


def test_a_grey_grid_has_the_colours_of_a_picture(style):
    values = np.array([[0.0, 0.5], [0.25, 1.0]])
    grid = Grid(values, key="grid", limit=1, role="grey", means=words.pixel)
    frame, drawn = shown(style, grid, Picture(values, key="picture"))
    pixels = first(drawn["picture"], Raster).pixels / 255
    np.testing.assert_allclose(first(drawn["grid"], Boxes).fills, pixels.reshape(-1, 4), atol=0.003)
    assert len([key for key in frame.placed if key.startswith("legend:")]) == 1
    with pytest.raises(UserError, match="grey is for values from 0 up"):
        Grid(-values, key="grid", role="grey")


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({}, ["0.12", "0.25", "0.62"]),
        ({"digits": 1}, ["0.1", "0.2", "0.6"]),
        ({"digits": 0, "percent": True}, ["12.5 %", "25.0 %", "62.5 %"]),  # whole percents do not add up
        ({"digits": 1, "percent": True}, ["12.5 %", "25.0 %", "62.5 %"]),
        ({"digits": 3, "percent": True}, ["12.500 %", "25.000 %", "62.500 %"]),
    ],
)
def test_bars_are_written_with_the_digits_that_are_asked_for(options, written):
    bars = Bars([0.125, 0.25, 0.625], key="b", **options)
    assert [bars.format_value(value) for value in bars.values] == written


@pytest.mark.parametrize(
    ("values", "options", "written"),
    [
        ([13.0, 20.0, 0.0], {}, ["13", "20", "0"]),
        (np.array([0, 1]), {}, ["0", "1"]),
        ([1.0, 0.0], {}, ["1.00", "0.00"]),  # shares, perhaps
        ([2.0, 1.5], {}, ["2.00", "1.50"]),
        ([13, 20], {"digits": 1}, ["13.0", "20.0"]),
        ([0, 1], {"percent": True}, ["0 %", "100 %"]),
    ],
)
def test_bars_of_counts_are_whole_numbers(values, options, written):
    bars = Bars(values, key="b", **options)
    assert [bars.format_value(value) for value in modify(bars, label="n").values] == written
