"""Things come from things: what is born, gathered in, and joins; at 24 and at 60 frames a second."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import examples
import invariants
import numpy as np
import pytest
from invariants import jump

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.births import From, window
from nnanim.errors import UserError
from nnanim.marks import (
    Bars,
    Column,
    Formula,
    Grid,
    Histogram,
    Picture,
    Row,
    Text,
    Tokens,
    View,
    digest,
    modify,
)
from nnanim.shapes import Boxes, Filled, Raster, word_box
from nnanim.style import RenderStyle
from nnanim.timeline import ENTER, takes
from nnanim.timeline.birth import find_source
from nnanim.timeline.enter import find_gathers
from nnanim.timeline.flight import APART, LAG, SECONDS
from nnanim.timeline.transition import JOIN

DARK = RenderStyle(theme.by_name("dark"))
SAID = ("the", "queen", "had", "a", "ring")
TOKENS = Tokens(SAID, key="tokens")
ROWS = Grid(np.linspace(-0.97, 0.96, 30).reshape(5, 6), key="rows", rows=SAID, limit=1, digits=2)
PICTURE = Picture(np.linspace(0, 1, 144).reshape(12, 12), key="picture")
PATCH = Grid(PICTURE.pixels[3:6, 4:7], key="patch", digits=2, limit=1, role="grey", means="pixel")
KERNEL = Grid(np.linspace(-0.9, 0.8, 9).reshape(3, 3), key="kernel", digits=2, limit=1)
PRODUCTS = Grid(PATCH.values * KERNEL.values, key="products", digits=2, limit=1)
TOTAL = Formula((f"= {PRODUCTS.values.sum():.2f}",), key="sum")
X, W1, H, W2, O = examples.network()  # noqa: E741
TERMS = Formula(("positive(0.35)", "+ negative(0.24)", "+ 0.1", "= 0.21"), key="terms")
VALUE = Formula(("z = 0.5", "arrow.r.long 0.62"), key="value")
NAMED = Grid(
    [[0.5, -1.0], [0.1, 0.3]], key="named", rows=("the mean of all of them", "deviation"), digits=2, limit=1
)
COUNTS = Histogram([1.0, 4, 9, 3], [0.0, 1, 2, 3, 4], key="counts")
NEXT = Bars([0.99, 0.01], ("ring", "lamp"), key="next", limit=1, percent=True)
AFTER = Bars([0.8, 0.2], (".", "and"), key="next", limit=1, percent=True)
LATER = Text("and then", key="later")


def beat(stage, id="b", **options):
    return Beat("Where does it come from?", stage, id=id, **options)


PLACES = ("in the house", "in a tree", "in the pond", "in the forest")
PLACED = Bars([0.5, 0.2, 0.2, 0.1], PLACES, key="places", limit=1, percent=True)
TURNED = Grid(np.eye(4), ("cat", "bird", "frog", "fox"), PLACES, key="turned", digits=2, limit=1)

FILMS = {
    "a table whose turned names lay before": [
        beat(Row(PLACED), "a"), beat(Row(TURNED, scale=1.6), born={"turned": From("places")}),
    ],
    "rows out of tokens that leave": [
        beat(Row(TOKENS), "a"), beat(Row(ROWS), born={"rows": From("tokens")}),
    ],
    "rows out of tokens that stay": [
        beat(Row(TOKENS), "a"), beat(Column(TOKENS, ROWS), born={"rows": From("tokens")}),
    ],
    "a patch out of a picture": [
        beat(Row(PICTURE), "a"),
        beat(Row(PICTURE, PATCH, KERNEL), born={"patch": From("picture", cells=window(3, 4, 3))}),
    ],
    "products out of a patch": [
        beat(Row(PATCH, KERNEL), "a"), beat(Row(PATCH, KERNEL, PRODUCTS), born={"products": From("patch")}),
    ],
    "products gathered into a sum that comes": [
        beat(Row(PATCH, PRODUCTS), "a"), beat(Row(PATCH, TOTAL), gathers={"products": "sum"}),
    ],
    "products gathered into a sum that stays": [
        beat(Row(PRODUCTS, TOTAL), "a"), beat(Row(PATCH, TOTAL), gathers={"products": "sum"}),
    ],
    "a value gathered into one neuron": [
        beat(Column(VALUE, Row(X, W1, modify(H, lit=False)), LATER), "a"),
        beat(Row(X, W1, modify(H, lit=True)), gathers={"value": ("h", 0)}),
    ],
    "products gathered into a sum that stays and moves": [
        beat(Row(PRODUCTS, TOTAL), "a"), beat(Row(TOTAL), gathers={"products": "sum"}),
    ],
    "named rows out of a picture at the edge": [
        beat(Row(PICTURE, KERNEL), "a"),
        beat(Row(PICTURE, NAMED, KERNEL), born={"named": From("picture")}),
    ],
    "neurons with their wires": [
        beat(Row(X), "a"), beat(Row(X, W1, H), born={"h": From("x")}),
    ],
    "terms out of the ends of wires": [
        beat(Row(X, W1, H), "a"),
        beat(Column(Row(X, W1, H), TERMS), born={"terms": From("w1", into=1)}, order="one by one"),
    ],
    "a word joins its sentence": [
        beat(Column(modify(TOKENS, words=SAID[:4], of=4), NEXT), "a"),
        beat(Column(TOKENS, AFTER), born={("tokens", -1): From("next", 0)}),
    ],
    "a word joins out of bars that leave": [
        beat(Column(modify(TOKENS, words=SAID[:4], of=4), NEXT), "a"),
        beat(Row(TOKENS), born={("tokens", -1): From("next", 0)}),
    ],
    "two words join their sentence": [
        beat(Column(modify(TOKENS, words=SAID[:3], of=3), NEXT), "a"),
        beat(Column(TOKENS, AFTER), born={("tokens", -2): From("next", 1), ("tokens", -1): From("next", 0)}),
    ],
    "words join that their source does not say": [
        beat(Column(modify(TOKENS, words=SAID[:2], of=2, highlight=()), NEXT), "a"),
        beat(
            Column(modify(TOKENS, highlight=(2, 3, 4)), AFTER),
            born={("tokens", place): From("next", 0) for place in (2, 3, 4)},
        ),
    ],
    "one after the other": [
        beat(Row(PICTURE), "a"),
        beat(
            Row(PICTURE, PATCH, PRODUCTS, LATER),
            born={"products": From("patch"), "patch": From("picture", cells=window(3, 4, 3))},
        ),
    ],
    "bars out of bars": [
        beat(Row(COUNTS), "a"),
        beat(
            Row(COUNTS, modify(COUNTS, key="more", edges=COUNTS.edges - 8, x_limits=None)),
            born={"more": From("counts")},
        ),
    ],
    "all out of one": [beat(Row(NEXT), "a"), beat(Column(NEXT, ROWS), born={"rows": From("next", 0)})],
}  # fmt: skip
every_film = pytest.mark.parametrize("name", FILMS)


@lru_cache
def film(name, lang="en", size=(16, 9)):
    width = 8 * size[0] / size[1] if size[0] >= size[1] else 4.5
    style = RenderStyle(theme.by_name("dark"), lang, width, 8.0)
    return takes(Story.from_beats(FILMS[name]), style)


def phase(take, name):
    return next(one for one in take.phases if one.name == name)


def before_enter(take):
    return sum(one.seconds for one in take.phases if one.name in ("leave", "move"))


def moments(take, fps):
    return np.arange(0, int(take.seconds * fps)) / fps


def words_in(seen):
    return [one for shapes in seen.values() for one in shapes if isinstance(one, Filled)]


def glyphs(seen):
    """The outlines of all words, each contour by itself: formulas are cut where their parts meet."""
    return {
        np.round(contour - contour[0, 0], 4).tobytes()
        for word in words_in(seen)
        for contour in np.split(word.piece.curves, word.piece.starts[1:])
        if len(contour)
    }


@every_film
@pytest.mark.parametrize("fps", [24, 60])
def test_words_in_flight_are_words_of_both_beats(name, fps):
    before, take = film(name)[-2:]
    known = glyphs(before.at(before.seconds)) | glyphs(take.at(take.seconds))
    for seconds in moments(take, fps):
        assert glyphs(take.at(seconds)) <= known, f"at {seconds:.2f} s"


@every_film
@pytest.mark.parametrize("fps", [24, 60])
def test_words_in_flight_do_not_lie_on_each_other(name, fps):
    worst = max((invariants.words_upon_words(film(name)[-1].at(t)), t) for t in moments(film(name)[-1], fps))
    assert worst[0] <= invariants.MUSH, f"{worst[0]:.2f} at {worst[1]:.2f} s"


@every_film
def test_nothing_jumps_where_phases_or_beats_meet(name):
    before, take = film(name)[-2:]
    assert jump(before.at(before.seconds), take.at(0.0), DARK)[1] == 0
    end = 0.0
    for one in take.phases[:-1]:
        end += one.seconds
        assert jump(take.at(end - 1e-7), take.at(end + 1e-7), DARK)[1] == 0, one.name


@every_film
def test_nothing_moves_by_leaps(name):
    take = film(name)[-1]
    for one, other in pairwise(moments(take, 24)):
        many = jump(take.at(one), take.at(other), DARK)[1]
        assert many < 0.25 * 180 * 320, f"{many} pixels change at {one:.2f} s"


@every_film
@pytest.mark.parametrize("size", [(16, 9), (4, 3)])
def test_nothing_leaves_the_frame(name, size):
    take = film(name, size=size)[-1]
    for seconds in moments(take, 10):
        assert invariants.outside_frame(take.frame.style, take.at(seconds)) == [], f"at {seconds:.2f} s"


def test_each_row_rolls_out_of_its_word():
    take = film("rows out of tokens that leave")[-1]
    enter = phase(take, "enter")
    assert enter.seconds == pytest.approx(SECONDS + 4 * LAG)
    start = before_enter(take)
    before = film("rows out of tokens that leave")[0]
    chips = {one.piece: one.origin for one in words_in({"t": before.at(before.seconds)["tokens"]})}
    first = words_in({"r": take.at(start + 1e-3)["rows"]})
    assert first == [] or all(one.origin == pytest.approx(chips[one.piece], abs=0.05) for one in first)
    seen = take.at(start + 0.6)["rows"]
    widths = next(one for one in seen if isinstance(one, Boxes)).sizes[:, 0].reshape(5, 6).sum(axis=1)
    assert (np.diff(widths) < 0).all()  # the first row is ahead


def test_a_word_that_leaves_flies_itself_and_is_never_seen_twice():
    take = film("rows out of tokens that leave")[-1]
    for seconds in moments(take, 30):
        seen = take.at(seconds)
        shown = [one.piece for k in ("tokens", "rows") for one in words_in({k: seen.get(k, ())})]
        names = [
            piece for piece in shown if piece in {one.piece for one in words_in({"": seen.get("tokens", ())})}
        ]
        assert len(names) == len(set(names))


def test_the_cells_of_a_patch_keep_their_arrangement():
    take = film("a patch out of a picture")[-1]
    start = before_enter(take)
    for seconds in np.linspace(start + 0.05, start + SECONDS, 12):
        at = next(one for one in take.at(seconds)["patch"] if isinstance(one, Boxes)).centers.reshape(3, 3, 2)
        steps = np.diff(at[..., 0], axis=1), np.diff(at[..., 1], axis=0)
        assert all(step.std() < 1e-9 for step in steps)


def test_a_patch_sets_out_from_its_cells():
    take = film("a patch out of a picture")[-1]
    start = before_enter(take)
    placed = take.frame["picture"]
    first = next(one for one in take.at(start + 0.02)["patch"] if isinstance(one, Boxes))
    cell = placed.w / 12
    middle = placed.x - placed.w / 2 + 5.5 * cell, placed.y + placed.h / 2 - 4.5 * cell
    np.testing.assert_allclose(first.centers.mean(axis=0), middle, atol=0.02)
    np.testing.assert_allclose(np.ptp(first.centers, axis=0), [2 * cell, 2 * cell], atol=0.02)


def test_terms_come_one_by_one():
    take = film("terms out of the ends of wires")[-1]
    enter = phase(take, "enter")
    assert enter.seconds > SECONDS + APART
    start = before_enter(take)
    counts = [len(words_in({"": take.at(start + t)["terms"]})) for t in (0.1, 0.6, 1.3, enter.seconds - 1e-3)]
    assert counts == sorted(counts) and counts[0] == 0 < counts[1] < counts[2] < counts[3]


def test_each_part_that_joins_flies_by_itself_one_after_the_other():
    take = film("two words join their sentence")[-1]
    end = {one.piece: np.array(one.origin) for one in words_in({"": take.at(take.seconds)["tokens"]})}
    way = phase(take, "move").seconds - JOIN - SECONDS / 2

    def far(word, seconds):
        seen = words_in({"": take.at(seconds)["tokens"]})
        return min(
            (np.linalg.norm(one.origin - end[one.piece]) for one in seen if one.piece is word), default=9
        )

    fourth, fifth = (one.piece for one in words_in({"": take.at(take.seconds)["tokens"]})[-2:])
    assert far(fourth, way) > 0.3 and far(fifth, way) > 0.3
    landed = [next(t for t in moments(take, 60) if far(word, t) < 0.02) for word in (fourth, fifth)]
    assert landed[0] < landed[1]


@pytest.mark.parametrize("name", [name for name in FILMS if "join" in name])
def test_a_chip_is_not_seen_before_its_word(name):
    take = film(name)[-1]
    for seconds in moments(take, 60):
        seen = take.at(seconds)["tokens"]
        lit = [one for one in words_in({"": seen}) if one.color[3] > 0.05]
        for chip in (one for one in seen if isinstance(one, Boxes) and len(one.centers) == 1):
            near = [one for one in lit if (np.abs(one.origin - chip.centers[0]) <= chip.sizes[0]).all()]
            assert near or chip.rims[0, 3] < 0.1, f"at {seconds:.2f} s"


def test_what_stands_after_a_newborn_waits_for_it():
    take = film("one after the other")[-1]
    start = before_enter(take)
    seen = {t: {k for k, shapes in take.at(start + t).items() if shapes} for t in (0.5, 1.3, 2.4)}
    assert "patch" in seen[0.5] and "products" not in seen[0.5]
    assert "products" in seen[1.3] and "later" not in seen[1.3]
    assert "later" in seen[2.4]


def test_a_source_that_leaves_lies_below_what_comes_out_of_it():
    take = film("rows out of tokens that leave")[-1]
    order = list(take.at(before_enter(take) + 0.2))
    assert order.index("tokens") < order.index("rows")


def test_what_is_gathered_in_does_not_come_back_while_others_move():
    take = film("products gathered into a sum that stays and moves")[-1]
    assert [one.name for one in take.phases[:2]] == ["leave", "move"]
    assert "products" not in phase(take, "move").at(0.5)


def test_wires_wait_for_the_neurons_that_are_born():
    take = film("neurons with their wires")[-1]
    enter = phase(take, "enter")
    assert enter.seconds > SECONDS

    def alpha(seconds):
        wires = enter.at(seconds / enter.seconds)["w1"]
        return max((one.colors[:, 3].max() for one in wires if hasattr(one, "colors")), default=0.0)

    assert alpha(0.6 * SECONDS) == 0
    assert alpha(enter.seconds) > 0.3


def test_bars_of_a_histogram_keep_their_arrangement_in_flight():
    take = film("bars out of bars")[-1]
    bars = next(one for one in phase(take, "enter").at(0.4)["more"] if isinstance(one, Boxes))
    assert np.ptp(bars.centers[:, 1] - bars.sizes[:, 1] / 2) < 0.1  # they stand on one line
    assert (np.diff(bars.centers[:, 0]) > 0).all()


def test_gathered_parts_end_in_what_gathers_them():
    for name, part in (
        ("products gathered into a sum that comes", "enter"),
        ("products gathered into a sum that stays", "leave"),
    ):
        take = film(name)[-1]
        before = 0.0
        for one in take.phases:
            if one.name == part:
                break
            before += one.seconds
        where = (film(name)[0] if part == "leave" else take).frame["sum"]
        seen = [take.at(before + t).get("products", ()) for t in np.arange(0, one.seconds, 1 / 60)]
        boxes = [shape for shapes in seen for shape in shapes if isinstance(shape, Boxes)]
        lit = [one.centers[one.fills[:, 3] > 0.05] for one in boxes]
        last = [centers for centers in lit if len(centers)][-1]
        assert np.abs(last - [where.x, where.y]).max() < 0.4


def pictures_of(*sides):
    """Pictures with as many pixels on a side, by the names a, b, …"""
    noise = np.random.default_rng(0)
    return [Picture(noise.random((side, side)), key=key) for side, key in zip(sides, "abcdef", strict=False)]


def journeys_of_pictures():
    """Films in which picture "a" or "b" flies, with its name."""
    for sides in ((8, 8, 4), (12, 12, 4), (8, 16, 4), (16, 8, 4), (6, 9, 4)):
        a, b, c = pictures_of(*sides)
        label = f"{sides[0]} into {sides[1]}"
        rows = beat(Row(a, c), "a"), beat(Row(a, b, c), "a")
        yield pytest.param(rows[1], beat(Row(b, c), gathers={"a": "b"}), "a", id=f"{label}, which stays")
        yield pytest.param(rows[0], beat(Row(c, b), gathers={"a": "b"}), "a", id=f"{label}, which comes")
        yield pytest.param(rows[0], beat(Row(c, b), born={"b": From("a")}), "b", id=f"{label}, born")
    grid = Grid(np.linspace(-1, 1, 256).reshape(16, 16), key="a", limit=1)
    of_rows = Picture(np.linspace(0, 1, 64).reshape(16, 4), key="b")
    yield pytest.param(
        beat(Row(grid), "a"), beat(Row(grid, of_rows), born={"b": From("a")}), "b", id="as many rows"
    )


@pytest.mark.parametrize("fps", [24, 60])
@pytest.mark.parametrize(("first", "second", "key"), list(journeys_of_pictures()))
def test_a_picture_flies_as_one(first, second, key, fps):
    """Its pixels cannot part: it is never larger than at both ends, and no faster than its way asks for."""
    take = takes(Story.from_beats([first, second]), DARK)[-1]
    start = 0.0
    for one in take.phases:
        times = np.arange(start + 1e-6, start + one.seconds, 1 / fps)
        start += one.seconds
        rasters = [[s for s in take.at(t).get(key, ()) if isinstance(s, Raster)] for t in times]
        boxes = [np.array([*some[0].center, *some[0].size]) for some in rasters if some]
        assert all(len(some) <= 1 for some in rasters)
        if one.name not in ("leave", "enter") or len(boxes) < 3:
            continue
        sizes = np.array([box[2:] for box in boxes])
        assert (sizes <= np.maximum(sizes[0], sizes[-1]) + 1e-6).all()
        way = np.abs(boxes[-1] - boxes[0])
        steps = np.abs(np.diff(boxes, axis=0))
        fastest = 1.875 * 1.25 / (fps * SECONDS)  # of the ramp, and of its arc
        assert (steps <= fastest * (way + 0.25 * np.hypot(*way[:2])) + 1e-6).all()


def test_a_formula_is_gathered_into_the_part_that_is_named_and_is_seen_on_its_way():
    take, before = film("a value gathered into one neuron")[-1], film("a value gathered into one neuron")[0]
    leave = phase(take, "leave")
    goal = before.frame["h"].part_box(0, before.frame)[:2]
    seen = [words_in({"value": take.at(t).get("value", ())}) for t in np.arange(0, leave.seconds, 1 / 60)]
    lit = [[word_box(one) for one in words if one.color[3] > 0.05] for words in seen]
    ways = [np.abs(np.mean(some, axis=(0, 1)) - goal).max() for some in lit if some]
    assert ways[-1] < 0.5 * ways[0]
    assert sum(bool(some) for some in lit) > 0.5 * len(seen)


def test_what_leaves_beside_something_gathered_does_not_come_back_while_others_move():
    take = film("a value gathered into one neuron")[-1]
    leave, names = phase(take, "leave"), [one.name for one in take.phases]
    assert names[:2] == ["leave", "move"]
    for seconds in np.arange(leave.seconds + 1e-6, take.seconds, 1 / 24):
        assert not {"value", "later", "say:a"} & set(take.at(seconds))


def test_a_word_that_flies_takes_the_colour_of_its_place_on_the_way():
    numbers = Bars([0.9], ("a",), key="numbers", digits=1)
    neuron = examples.network()[0]
    neuron = modify(
        neuron, values=np.array([0.9]), names=("a",), digits=1, lit=True, limit=1.0, shown=(), of=1
    )
    story = Story.from_beats([beat(Row(numbers), "a"), beat(Row(neuron), born={neuron.key: From("numbers")})])
    take = takes(story, DARK)[-1]
    start = before_enter(take)
    colors = [
        one.color[:3]
        for t in np.arange(start + 1e-3, start + SECONDS, 1 / 60)
        for one in take.at(t).get(neuron.key, ())
        if isinstance(one, Filled)
    ]
    ink = DARK.theme.rgba("ink")[:3]
    np.testing.assert_allclose(colors[0], ink, atol=0.05)
    assert not np.allclose(np.array(colors), ink, atol=0.3)


def test_the_digest_of_a_phase_tells_where_things_come_from():
    moved = [beat(Row(PICTURE), "a"), beat(Row(PICTURE, PATCH), born={"patch": From("picture", part=3)})]
    other = [beat(Row(PICTURE), "a"), beat(Row(PICTURE, PATCH), born={"patch": From("picture", part=4)})]
    plain = [beat(Row(PICTURE), "a"), beat(Row(PICTURE, PATCH))]
    names = [phase(takes(Story.from_beats(one), DARK)[-1], "enter").digest for one in (moved, other, plain)]
    assert len(set(names)) == 3
    elsewhere = [
        beat(Row(PICTURE, PATCH, LATER), "a"),
        beat(Row(ROWS), born={"rows": From("picture", part=3)}),
    ]
    here = [beat(Row(PICTURE), "a"), beat(Row(ROWS), born={"rows": From("picture", part=3)})]
    names = [phase(takes(Story.from_beats(one), DARK)[-1], "enter").digest for one in (elsewhere, here)]
    assert len(set(names)) == 2


def test_parts_of_a_formula_are_its_parts():
    frame = film("terms out of the ends of wires")[-1].frame
    placed = frame["terms"]
    parts = placed.mark.take_apart(placed, frame)
    assert len(parts) == 4
    assert (np.diff(parts.centers[:, 0]) > 0).all()
    whole = invariants.raster({"": placed.draw(frame)}, DARK)
    assert np.abs(whole - invariants.raster({"": parts.shapes}, DARK)).max() <= 2


def test_told_twice_a_birth_is_the_same():
    for name in FILMS:
        again = takes(Story.from_beats(FILMS[name]), DARK)[-1]
        take = film(name)[-1]
        for seconds in (0.5, 0.9, 1.3):
            assert digest(again.at(seconds)) == digest(take.at(seconds))


# Mistakes


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        (Row(TOKENS), {"stage": Row(ROWS), "born": {"rows": From("token")}},
         r"'rows' is born from 'token', which stands in neither this beat nor the one before; nearest: 'tok"),
        (Row(TOKENS), {"stage": Row(ROWS), "born": {"row": From("tokens")}},
         r"born 'row' is not on the stage; nearest: 'rows'"),
        (Row(TOKENS, ROWS), {"stage": Row(ROWS), "born": {"rows": From("tokens")}},
         r"'rows' stands in the beat before: it cannot be born, only its parts can"),
        (Row(NEXT), {"stage": Row(TOKENS), "born": {("tokens", -1): From("next", 0)}},
         r"part -1 joins 'tokens', which does not stand in the beat before"),
        (Row(TOKENS), {"stage": Row(ROWS), "born": {"rows": From("tokens", into=1)}},
         r"'rows' is born where 'tokens' ends, which is a Tokens; Wires wanted"),
        (Row(PRODUCTS), {"stage": Row(TOTAL), "gathers": {"products": "total"}},
         r"'products' is gathered into 'total', which is not on the stage"),
        (Row(PRODUCTS), {"stage": Row(TOTAL), "gathers": {"product": "sum"}},
         r"gathered 'product' does not stand in the beat before; nearest: 'products'"),
        (Row(PRODUCTS), {"stage": Row(PRODUCTS, TOTAL), "gathers": {"products": "sum"}},
         r"gathered 'products' stays on the stage: only what leaves is gathered in"),
        (Row(TOKENS), {"stage": Row(ROWS), "born": {"rows": From("tokens")}, "order": "by turns"},
         r"order='by turns'; 'one by one' or '' wanted"),
        (Row(TOKENS), {"stage": Row(ROWS, PATCH), "born": {"rows": From("patch"), "patch": From("rows")}},
         r"'rows' and 'patch' are born out of each other"),
    ],
)  # fmt: skip
def test_a_birth_that_cannot_be_is_one_line(one, other, says):
    with pytest.raises(UserError, match=f"^beat 'b': {says}"):
        Story.from_beats([beat(one, "a"), beat(**other)])


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (From("tokens", 7), r"'tokens' has no part 7; it has 5, counted from 0"),
        (From("tokens", cells=window(0, 0, 2)), r"'tokens' has no rows and columns of cells"),
        (From("picture", cells=window(11, 11, 2)), r"'picture' has \(12, 12\) cells, and none at \(11, 12\)"),
        (From("w1", into=5), r"'w1' runs to 3 neurons, and to none at 5"),
    ],
)
def test_a_part_that_is_not_there_is_one_line(source, says):
    story = Story.from_beats(
        [beat(Column(Row(X, W1, H), TOKENS, PICTURE), "a"), beat(Row(ROWS), born={"rows": source})]
    )
    with pytest.raises(UserError, match=f"^beat 'b': {says}"):
        takes(story, DARK)


def test_only_one_place_can_be_said():
    with pytest.raises(UserError, match=r"From\('x'\): part and into; only one of them can be said"):
        From("x", part=1, into=2)


def test_the_first_beat_needs_no_beat_before():
    (take,) = takes(Story.from_beats([beat(Row(ROWS), born={"rows": From("tokens")})]), DARK)
    assert phase(take, "enter").seconds == ENTER


@pytest.mark.parametrize("into", [("w1", 2, 1), ("w1", (2, 1)), ("w1", -1, -1)])
def test_a_wire_has_one_address_wherever_it_is_named(into):
    key, *place = into
    place = tuple(place[0]) if isinstance(place[0], tuple) else tuple(place)
    net, said = Row(X, W1, H), Text("new", key="new")
    story = Story.from_beats([
        beat(Column(net, said), "a"),
        beat(net, "b", gathers={"new": into}, pulse=into),
        beat(Column(net, PATCH), "c", born={"patch": From(key, place)}),
        beat(Column(net, KERNEL), "d", born={"kernel": From(key, *place)}, view=View(key, place)),
    ])  # fmt: skip
    found = takes(story, DARK)
    first, wire = (one.frame["w1"].part_box((2, 1), one.frame) for one in found[:2])
    (gather,) = find_gathers(story.beats[1], found[0].frame, found[1].frame, comes=False).values()
    np.testing.assert_allclose(gather.flight.off[0], first)
    for one in (From(key, place), From(key, *place)):
        source = find_source(one, found[1].frame)
        assert len(source.boxes) == 1
        np.testing.assert_allclose(source.boxes[0], wire)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {"gathers": {"new": ("w1", (7, 0))}},
            r"'w1' has no part \(7, 0\); it has 3 × 2, counted from 0 as",
        ),
        ({"gathers": {"new": ("w1", 0, 0, 0)}}, r"'w1' has no part \(0, 0, 0\)"),
        ({"gathers": {"new": ("w1", "a")}}, r"\('w1', 'a'\) is no key and no key with the index of a part"),
        ({"pulse": ("w1", 99)}, r"'w1' has no part 99"),
    ],
)
def test_an_address_that_is_none_is_one_line(options, says):
    net, said = Row(X, W1, H), Text("new", key="new")
    with pytest.raises(UserError, match=says):
        takes(Story.from_beats([beat(Column(net, said), "a"), beat(net, **options)]), DARK)


@pytest.mark.parametrize("wrong", [{"part": "a"}, {"part": (0, "a")}, {"cells": 3}])
def test_a_place_that_is_none_is_one_line(wrong):
    with pytest.raises(UserError, match=r"^From\('x'\): \w+=.*; a part is an index, or \(row, column\)"):
        From("x", **wrong)


def test_a_part_joins_a_formula_that_shows_more():
    first, then = (Formula(("2", "times 3", "= 6"), key="chain", visible=n) for n in (1, 3))
    story = Story.from_beats([
        beat(Column(Row(X), first), "a"),
        beat(Column(Row(X), then), "b", born={("chain", -2): From(X.key, 0)}),
    ])  # fmt: skip
    take = takes(story, DARK)[-1]
    move = phase(take, "move")
    half = words_in({"chain": move.at(0.5)["chain"]})
    placed = take.frame["chain"]
    middle = placed.mark.take_apart(placed, take.frame).centers[1]
    ways = [np.array(word_box(one)).mean(axis=0) for one in half]
    assert any(np.abs(way - middle).max() > 0.3 for way in ways)
