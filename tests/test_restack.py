"""Stages in frames that are less wide: what would be a thin band is stacked, as large as it goes."""

from __future__ import annotations

from itertools import pairwise

import examples
import invariants
import numpy as np
import pytest

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.layout import place, place_story
from nnanim.layout.restack import choose_alike, list_variants
from nnanim.marks import (
    Arcs,
    Block,
    Cloud,
    Column,
    Curve,
    Link,
    Picture,
    Row,
    Table,
    Text,
    Tokens,
    Units,
    View,
    Wires,
    modify,
)
from nnanim.marks.stack import stack
from nnanim.motions import Flow
from nnanim.shapes import Polyline
from nnanim.style import FRAMES, MARGIN, RenderStyle, frame_size
from nnanim.timeline import takes

DARK = theme.by_name("dark")
WIDE, SQUARER, TALL = (RenderStyle(DARK, "en", *frame_size(frame)) for frame in ("16:9", "4:3", "9:16"))
X, W1, H, W2, O = examples.network()  # noqa: E741
NET = Row(X, W1, H, W2, O)


def picture(key, **more):
    return Picture(np.eye(8), key=key, **more)


PICTURES = Row(*(picture(f"p{i}") for i in range(4)))


def drawn_line(frame, key):
    return next(shape for shape in frame[key].draw(frame) if isinstance(shape, Polyline)).points


# The frame


def test_a_portrait_frame_is_less_wide_so_that_words_are_larger():
    sizes = {frame: frame_size(frame) for frame in FRAMES}
    assert sizes["16:9"] == (RenderStyle.width, pytest.approx(RenderStyle.height))
    assert sizes["4:3"][0] == RenderStyle.width and sizes["9:16"][0] < 0.8 * RenderStyle.width
    assert all(w / h == pytest.approx(float(FRAMES[frame])) for frame, (w, h) in sizes.items())


def test_a_wide_frame_keeps_the_arrangement_of_the_author():
    assert [one.stage for one in list_variants(NET, WIDE)] == [NET]
    assert len(list_variants(NET, TALL)) > 1


def test_the_same_marks_stand_in_every_variant_once():
    stage = Column(PICTURES, Row(NET, Table(picture("a"), picture("b"), cells=[(0, 0), (0, 1)])))
    keys = sorted(mark.key for mark in stage.flatten())
    variants = list_variants(stage, TALL)
    assert len(variants) > 4
    assert all(sorted(mark.key for mark in one.stage.flatten()) == keys for one in variants)


# What is done


@pytest.mark.parametrize("frame", ["4:3", "9:16"])
@pytest.mark.parametrize(
    "stage", [NET, PICTURES, Column(picture("a"), PICTURES)], ids=["net", "row", "nested"]
)
def test_a_stage_is_no_smaller_than_as_its_author_has_arranged_it(stage, frame):
    style = RenderStyle(DARK, "en", *frame_size(frame))
    beat = Beat("A sentence.", stage)
    placed, as_it_was = place(beat, style), place(beat, style, arranged=stage)
    assert placed.scale >= as_it_was.scale - 1e-9
    assert invariants.faults(beat, placed) == []


def test_pictures_side_by_side_become_lines_in_a_portrait_frame():
    wide, tall = (place(Beat("a", PICTURES), style) for style in (WIDE, TALL))
    assert len({wide[f"p{i}"].y for i in range(4)}) == 1
    assert tall["p0"].y == tall["p1"].y > tall["p2"].y == tall["p3"].y
    assert tall["p0"].w / TALL.width > 1.5 * wide["p0"].w / WIDE.width


def loop_stage():
    """A picture is described, the words are read from below, and what is painted goes on to the right."""
    words = Text("a large yellow heart, in the middle, in the snow", key="words", width=2.5)
    tower = Block("painter", key="b", detail="seed 2, every time"), words, Block("captioner", key="a")
    links = (("p2", "a"), ("a", "words"), ("words", "b"), ("b", "q"))
    cells = [(0, 0), (1, 0), (2, 0), *[(0, 0)] * len(links)]
    tied = Table(*tower, *(Link(*ends, key="-".join(ends)) for ends in links), cells=cells, gap=0.9)
    shown = Column(picture("p", label="a rainbow"), picture("p2"), gap=0.04)
    return Row(shown, tied, picture("q", label="round 1"), gap=1.0)


@pytest.mark.parametrize("frame", ["1:1", "9:16"])
def test_arrows_between_what_was_restacked_run_through_no_words(frame):
    style = RenderStyle(DARK, "en", *frame_size(frame))
    beat = Beat("A sentence.", loop_stage())
    assert invariants.faults(beat, place(beat, style)) == []


def test_an_arrow_that_runs_down_starts_below_the_caption_of_its_source():
    shown = [
        Column(picture(key), Text("64 × 8 × 8", key=f"size-{key}", size="small"), gap=0.1) for key in "ab"
    ]
    stage = Table(*shown, Link("a", "b", key="l"), cells=[(0, 0), (0, 1), (0, 0)], gap=0.6)
    beat = Beat("", stack(stage))
    frame = place(beat, TALL)
    assert drawn_line(frame, "l")[0][1] < frame["size-a"].room[2]
    assert invariants.faults(beat, frame) == []


def test_an_arrow_that_runs_down_bows_round_what_lies_in_its_way():
    blocks = [Block(key.upper(), key=key) for key in "abc"]
    cells = [(0, 0), (0, 1), (0, 2), (0, 0)]
    frame = place(Beat("", stack(Table(*blocks, Link("a", "c", key="l"), cells=cells, gap=0.6))), TALL)
    line, (left, right, bottom, top) = drawn_line(frame, "l"), frame["b"].room
    t = np.linspace(0, 1, 99)[:, None, None]
    points = (line[:-1] * (1 - t) + line[1:] * t).reshape(-1, 2)
    assert frame["a"].y > frame["b"].y > frame["c"].y
    assert not ((points > [left, bottom]) & (points < [right, top])).all(axis=1).any()


def test_the_sign_of_a_question_stays_in_the_frame():
    """However full its lines are."""
    for words in range(4, 16):
        beat = Beat("word " * words + "end?", picture("a"), asks=True, id="q")
        frame = place(beat, TALL)
        assert frame["say:q:ask"].room[1] <= TALL.width / 2 - MARGIN + 1e-6


def test_a_network_lies_across_and_its_wires_run_down():
    stage = Row(*(Units(np.linspace(0.1, 1, n), key=k) for k, n in (("a", 3), ("b", 3), ("c", 3))), gap=3.0)
    frame = place(Beat("a", stage), TALL)
    assert frame["a"].turned == frame["b"].turned == 1.0
    assert frame["a"].y > frame["b"].y > frame["c"].y
    at = frame["a"].mark.centers(frame["a"])
    assert np.ptp(at[:, 1]) < 1e-9 and (np.diff(at[:, 0]) > 0).all()
    wires = Wires(np.ones((3, 3)), "a", "b", key="w")
    frame = place(Beat("a", Row(*stage.children[:1], wires, *stage.children[1:], gap=3.0)), TALL)
    starts, ends = wires.ends(frame)
    assert (starts[..., 1] > ends[..., 1]).all()


def test_long_names_of_neurons_that_lie_across_do_not_lie_on_each_other():
    names = tuple(f"a rather long name {i}" for i in range(6))
    for side, count in (("left", 6), ("right", 2)):
        named, other = ("x", "y") if side == "left" else ("y", "x")
        marks = {
            named: Units(np.ones(count), key=named, names=names[:count], side=side),
            other: Units(np.ones(count), key=other, label="layer"),
        }
        wires = Wires(np.ones((count, count)), "x", "y", key="w")
        beat = Beat("a", Row(marks["x"], wires, marks["y"], gap=2.0))
        frame = place(beat, TALL, arranged=stack(beat.stage))
        assert frame["x"].turned == 1.0
        assert invariants.faults(beat, frame) == []


def test_a_link_that_runs_down_ends_above_the_label_of_its_target():
    a, b = picture("a", label="before"), picture("b", label="after")
    tall = place(Beat("a", Row(a, Link("a", "b", key="l", name="then"), b)), TALL)
    path = drawn_line(tall, "l")
    assert tall["a"].y > tall["b"].y
    assert path[0][1] <= tall["a"].room[2] and path[-1][1] >= tall["b"].room[3]


def test_a_table_of_links_runs_down_and_nothing_lies_on_each_other():
    chain = [Block(f"step {i}", key=f"b{i}") for i in range(5)]
    links = [Link(f"b{i}", f"b{i + 1}", key=f"l{i}", square=True) for i in range(4)]
    skip = Link("b0", "b3", key="skip", name="shortcut", square=True)
    cells = [(1, i) for i in range(5)] + [(1, i) for i in range(4)] + [(0, 1)]
    beat = Beat("a", Table(*chain, *links, skip, cells=cells))
    frame = place(beat, TALL)
    assert [frame[f"b{i}"].y for i in range(5)] == sorted((frame[f"b{i}"].y for i in range(5)), reverse=True)
    assert frame.scale > place(beat, TALL, arranged=beat.stage).scale
    path = drawn_line(frame, "skip")
    steps = np.abs(np.diff(path, axis=0))
    assert (steps[np.hypot(*steps.T) > 0.15].min(axis=1) < 1e-9).all()  # in right angles
    assert path[:, 0].min() < frame["b1"].x - frame["b1"].w / 2  # beside what it passes by
    assert invariants.faults(beat, frame) == []


def test_a_sentence_is_broken_into_lines_but_not_below_arcs():
    words = tuple("the queen had a ring and the next day she lost the".split())
    tokens = Tokens(words, key="tokens")
    alone = place(Beat("a", Column(tokens, picture("p"))), TALL)
    arcs = Arcs(np.ones(len(words)) / len(words), "tokens", key="arcs")
    under = place(Beat("a", Column(arcs, tokens)), TALL)
    lines = {round(float(y), 6) for y in tokens.boxes(alone["tokens"], TALL)[0][:, 1]}
    assert len(lines) > 1 and alone["tokens"].scale > under["tokens"].scale
    assert len({round(float(y), 6) for y in tokens.boxes(under["tokens"], TALL)[0][:, 1]}) == 1


def test_planes_are_as_high_as_wide_in_a_portrait_frame_unless_pictures_stand_in_them():
    points = np.array([[0.0, 0.0], [1.0, 1.0]])
    cloud = Cloud(points, key="c", aspect=2.4)
    curve = Curve(np.arange(3.0), np.arange(3.0), key="k", aspect=2.4)
    shown = modify(cloud, pictures=(np.zeros((2, 2, 3)), None))
    for plane, aspect in ((cloud, 1.0), (curve, 1.0), (shown, 2.4)):
        tall = place(Beat("a", plane), TALL)[plane.key]
        assert tall.w / tall.h == pytest.approx(aspect)
        wide = place(Beat("a", plane), WIDE)[plane.key]
        assert wide.w / wide.h == pytest.approx(2.4)


def test_a_view_follows_what_it_looks_at_below_or_beside():
    beat = Beat("a", NET, view=View(NET.children[-1].key, 0, fills=0.2, at=(0.8, 0.5)))
    key = beat.view.key
    for style in (WIDE, TALL):
        frame = place(beat, style)
        x, y = frame.zoom.point(*frame[key].part_box(0, frame)[:2])
        left, right, bottom, top = frame.stage
        across, up = (x - left) / (right - left), (y - bottom) / (top - bottom)
        assert (across, up) == pytest.approx((0.5, 0.2) if frame[key].turned else (0.8, 0.5), abs=1e-6)


# From beat to beat


def test_what_stays_is_not_turned_for_a_little_size():
    variants = list_variants(NET, TALL)
    lying = next(one for one in variants if one.turned_keys)
    little, much = ([(variants[0], 1.0), (lying, gain)] for gain in (1.2, 3.0))
    kept = frozenset({X.key})
    standing = [(variants[0], 1.0)]
    assert choose_alike([standing, little], [frozenset(), kept]) == [0, 0]
    assert choose_alike([standing, much], [frozenset(), kept]) == [0, 1]
    assert choose_alike([standing, little], [frozenset(), frozenset()]) == [0, 1]


def test_beats_of_one_stage_have_one_arrangement():
    beats = [Beat("a", NET), Beat("b", Row(*NET.children)), Beat("c", NET)]
    frames = place_story(Story.from_beats(iter(beats), "t", {}), TALL)[:3]
    assert len({frame[X.key].turned for frame in frames}) == 1
    assert len({(frame[X.key].x, frame[X.key].y) for frame in frames}) == 1


@pytest.mark.parametrize("fps", [24, 60])
def test_neurons_turn_without_a_jump(fps):
    """A column of neurons that lies across in the next beat goes there in a straight line."""
    column = Units(np.linspace(0.1, 1, 4), key="x")
    net = Row(
        column, Wires(np.ones((4, 4)), "x", "y", key="w"), Units(np.ones(4), key="y"),
        Wires(np.ones((4, 4)), "y", "z", key="v"), Units(np.ones(4), key="z"), gap=2.0,
    )  # fmt: skip
    film = takes(Story.from_beats(iter([Beat("a", column), Beat("b", net)]), "t", {}), TALL)
    before, after = film[0].frame["x"], film[1].frame["x"]
    assert (before.turned, after.turned) == (0.0, 1.0)
    places = [
        film[1].at(i / fps)["x"][0].centers
        for i in range(int(film[1].seconds * fps))
        if "x" in film[1].at(i / fps)
    ]
    assert np.allclose(places[0], column.centers(before)) and np.allclose(places[-1], column.centers(after))
    fastest = max(np.abs(b - a).max() for a, b in pairwise(places))
    assert fastest < 0.2 * np.abs(places[-1] - places[0]).max() * 24 / fps * 1.5


def test_signals_run_down_the_wires_of_a_network_that_lies_across():
    flow = Flow(W1.key, W1.weights * X.values, X.values)
    film = takes(Story.from_beats(iter([Beat("a", NET, motion=flow)]), "t", {}), TALL)
    take = film[0]
    phase = next(one for one in take.phases if one.name == "motion")
    heights = [
        float(np.mean([shape.centers[:, 1].mean() for shape in seen if hasattr(shape, "radii")]))
        for f in (0.15, 0.4)
        if (seen := phase.at(f)["signals"])
    ]
    frame = take.frame
    if frame[X.key].turned:
        assert len(heights) == 2 and heights[0] > heights[1]
