"""Marks hold checked numbers, cannot change, and are equal when they say the same."""

from __future__ import annotations

import copy
import re
from dataclasses import FrozenInstanceError, fields, replace

import examples
import numpy as np
import pytest

from nnanim import theme, words
from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import (
    KINDS,
    Bars,
    Cloud,
    Column,
    Curve,
    Grid,
    Histogram,
    Link,
    Overlay,
    Picture,
    Row,
    Table,
    Text,
    Tokens,
    Units,
    Wires,
    digest,
    flatten,
    modify,
    round_up,
)
from nnanim.shapes import Boxes, Discs, Lines, Polyline, Raster
from nnanim.style import RenderStyle

ALL = sorted(KINDS)

HOLDS = {
    "Units": ["values"],
    "Wires": ["weights"],
    "Grid": ["values"],
    "Tokens": ["values"],
    "Arcs": ["weights"],
    "Alignment": ["weights"],
    "Picture": ["pixels"],
    "PictureGrid": ["values"],
    "Cloud": ["points"],
    "Curve": ["x", "y"],
    "Bars": ["values"],
    "Squares": ["values"],
    "Histogram": ["counts", "edges", "expected"],
}
"""The arrays of numbers in each kind of mark."""

ARRAYS = [(kind, name) for kind, names in HOLDS.items() for name in names]


def test_there_is_an_example_of_every_kind():
    assert sorted(examples.EXAMPLES) == ALL
    assert {type(mark).__name__ for beat in examples.beats() for mark in beat.marks} >= set(ALL)


@pytest.mark.parametrize("kind", ALL)
def test_marks_are_equal_by_content(kind):
    one, same, other = examples.mark(kind), examples.mark(kind), examples.mark(kind, key="other")
    assert one == same and hash(one) == hash(same) and digest(one) == digest(same)
    assert one != other and digest(one) != digest(other)
    assert one != "a mark"


@pytest.mark.parametrize("kind", ALL)
def test_every_field_counts_for_equality(kind):
    one = examples.mark(kind)
    for field in fields(one):
        twin = copy.copy(examples.mark(kind))
        object.__setattr__(twin, field.name, "something else")
        assert digest(twin) != digest(one), field.name
        assert twin != one, field.name


def test_a_number_of_numpy_is_the_number():
    assert examples.mark("Bars", highlight=(np.int64(1),)) == examples.mark("Bars", highlight=(1,))
    assert examples.mark("Curve", aspect=np.float64(2.0)) == examples.mark("Curve", aspect=2.0)


@pytest.mark.parametrize("kind", ALL)
def test_marks_cannot_change(kind):
    one = examples.mark(kind)
    with pytest.raises(FrozenInstanceError):
        one.key = "another"
    assert copy.deepcopy(one) is one and copy.copy(one) is one
    for field in fields(one):
        value = getattr(one, field.name)
        assert not isinstance(value, list | dict) or field.name in (
            "label",
            "words",
            "name",
            "x_name",
            "y_name",
        )
        if isinstance(value, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                value[...] = 0


@pytest.mark.parametrize(("kind", "name"), ARRAYS)
def test_marks_keep_their_own_copy(kind, name):
    mine = np.array(getattr(examples.mark(kind), name))
    one = examples.mark(kind, **{name: mine})
    before = digest(one)
    mine[...] = mine[::-1] * 0.5
    assert digest(one) == before
    assert mine.flags.writeable


@pytest.mark.parametrize(("kind", "name"), ARRAYS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_none_is_refused_with_its_place(kind, name, bad):
    values = np.array(getattr(examples.mark(kind), name))
    place = (1,) * values.ndim
    if values.shape[0] < 2:
        place = (0, *place[1:])
    values[place] = bad
    at = place if len(place) > 1 else place[0]
    with pytest.raises(UserError, match=f"^{kind} '{kind.lower()}': .* hold {bad} at {re.escape(str(at))}$"):
        examples.mark(kind, **{name: values})


@pytest.mark.parametrize(("kind", "name"), ARRAYS)
def test_words_are_no_numbers(kind, name):
    with pytest.raises(UserError, match=f"^{kind} '{kind.lower()}': .* are words; numbers come first"):
        examples.mark(kind, **{name: ["one", "two"]})


@pytest.mark.parametrize(("kind", "name"), ARRAYS)
def test_a_wrong_number_of_dimensions_is_refused(kind, name):
    with pytest.raises(UserError, match=f"^{kind} '{kind.lower()}': .* have 4 dimensions"):
        examples.mark(kind, **{name: np.zeros((1, 1, 1, 1))})


WRONG = {
    "Units": [
        ({"values": []}, "there are no values"),
        ({"values": [1, 2, 3]}, "2 names for 3 values"),
        ({"lit": (True,)}, "1 lit for 2 values"),
        ({"shown": (1, 2, 3)}, "3 shown for 2 values"),
        ({"side": "top"}, "side='top'; 'left' or 'right' wanted"),
        ({"limit": 0}, "limit=0; it must be above 0"),
        ({"limit": np.nan}, "limit=nan; it must be above 0"),
    ],
    "Wires": [
        (
            {"source": Units([1.0], key="x")},
            r"weights \(3, 2\) \(out, in\) for 1 neurons .*'x'",
        ),
        (
            {"target": Units([1.0], key="h")},
            r"weights \(3, 2\) \(out, in\) for 1 neurons .*'h'",
        ),
    ],
    "Grid": [
        ({"values": np.zeros((0, 3))}, r"there are no cells \(shape \(0, 3\)\)"),
        ({"values": np.zeros((5, 3)), "mask": None}, "5 column names for 3 values"),
        ({"mask": np.zeros((2, 2))}, r"mask \(2, 2\) for values \(5, 5\)"),
        ({"highlight": ((5, 0),)}, r"highlight \(5, 0\) lies outside \(5, 5\)"),
    ],
    "Tokens": [
        ({"words": (), "values": None}, "there are no words"),
        ({"values": [0.5]}, "1 values for 5 values"),
        ({"highlight": (5,)}, "highlight 5 for 5 words"),
    ],
    "Picture": [
        ({"pixels": np.zeros((2, 2, 4))}, r"pixels of shape \(2, 2, 4\); \(height, width\) or"),
        ({"pixels": np.zeros((0, 2))}, r"there are no pixels \(shape \(0, 2\)\)"),
        ({"colors": "viridis"}, "colors='viridis'; 'grey', 'diverging' or 'kinds' wanted"),
        ({"low": 1, "high": 0}, r"range 1\.\.0"),
    ],
    "Cloud": [
        ({"points": np.zeros((3, 3))}, r"points of shape \(3, 3\); \(n, 2\) wanted"),
        ({"groups": (0, 1)}, "2 groups for 40 values"),
        ({"groups": (10,) * 40}, "group 10 has no role; there are 10"),
        ({"groups": (-1,) * 40}, "group -1 has no role"),
        ({"x_limits": (7, 0)}, r"x_limits=\(7, 0\); the first must be below the second"),
        ({"x_limits": (0, np.inf)}, r"x_limits=\(0, inf\)"),
        ({"highlight": (40,)}, "highlight 40 for 40 points"),
    ],
    "Curve": [
        ({"x": [0, 1, 2]}, r"x of shape \(3,\) for y of shape \(1, 80\)"),
        ({"x": np.linspace(6, -6, 80)}, "x does not ascend"),
        ({"point": (1, 2, 3)}, "point"),
        ({"drawn": 81}, "drawn=81 of 80"),
        ({"y_limits": (1, 1)}, r"y_limits=\(1, 1\); the first must be below the second"),
    ],
    "Bars": [
        ({"values": []}, "there are no values"),
        ({"values": [0.1, 0.2]}, "3 names for 2 values"),
        ({"highlight": (3,)}, "highlight 3 for 3 bars"),
    ],
    "Formula": [
        ({"parts": ()}, "there are no parts"),
        ({"visible": 5}, "visible=5 of 4 parts"),
        ({"visible": -1}, "visible=-1 of 4 parts"),
    ],
    "Block": [({"value": [0.5]}, "value have 1 dimensions"), ({"value": np.nan}, "value hold nan")],
    "Link": [({"square": True, "bend": 0.5}, "bend=0.5 of a square link; one of the two")],
    "Text": [],
}
"""Changes to the example that must be refused, and the end of the message."""


@pytest.mark.parametrize(
    ("kind", "changes", "says"),
    [(kind, changes, says) for kind, cases in WRONG.items() for changes, says in cases],
)
def test_what_does_not_fit_together_is_refused(kind, changes, says):
    with pytest.raises(UserError, match=f"^{kind} '{kind.lower()}': .*{says}"):
        examples.mark(kind, **changes)


OUTSIDE = [
    ("Units", {"limit": 4}, r"value 4\.7 at 0 lies outside ±4"),
    ("Wires", {"limit": 1.9}, r"value 2 at \(1, 1\) lies outside ±1\.9"),
    (
        "Grid",
        {"values": [[0.0, -3.0]], "limit": 2.5, "rows": (), "columns": (), "mask": None, "highlight": ()},
        r"value -3 at \(0, 1\) lies outside ±2\.5",
    ),
    ("Tokens", {"values": [0, 1.5, 0, 0, 0]}, r"value 1\.5 at 1 lies outside ±1"),
    ("Arcs", {"weights": [0.0, 1.5]}, r"value 1\.5 at 1 lies outside ±1"),
    ("Arcs", {"weights": [0.0, -0.5]}, r"weight -0\.5 at 1 lies outside 0\.\.1"),
    ("Alignment", {"weights": [[0.0, 1.5]], "origins": ()}, r"value 1\.5 at \(0, 1\) lies outside ±1"),
    ("Alignment", {"weights": [[0.0, -0.5]], "origins": ()}, r"weight -0\.5 at \(0, 1\) lies outside 0\.\.1"),
    ("Alignment", {"weights": np.zeros((0, 3)), "origins": ()}, r"there are no weights \(shape \(0, 3\)\)"),
    ("Alignment", {"origins": (1,)}, r"1 origins for 2 values"),
    ("Tokens", {"values": [0, 0, -0.5, 0, 0]}, r"value -0\.5 at 2 lies outside 0\.\.1"),
    ("Picture", {"pixels": [[0.0, 0.5], [1.5, 1.0]]}, r"value 1\.5 at \(1, 0\) lies outside 0\.\.1"),
    ("Picture", {"pixels": [[0.0, -0.5], [1.0, 1.0]]}, r"value -0\.5 at \(0, 1\) lies outside 0\.\.1"),
    ("Cloud", {"points": [[1, 1], [9, 1]], "groups": (), "highlight": ()}, r"x = 9 at 1 lies outside 0\.\.7"),
    (
        "Cloud",
        {"points": [[1, -1], [6, 1]], "groups": (), "highlight": ()},
        r"y = -1 at 0 lies outside 0\.\.7",
    ),
    (
        "Curve",
        {"x": [0, 1, 2], "y": [[0, 0.5, 1], [0, 2, 1]], "point": None},
        r"y = 2 at \(1, 1\) lies outside 0\.\.1",
    ),
    ("Curve", {"point": (7, 0.5)}, r"x = 7 at the point lies outside -6\.\.6"),
    ("Bars", {"values": [0.1, 0.2, -1.5]}, r"value -1\.5 at 2 lies outside ±1"),
    ("Block", {"value": 1.5}, r"value 1\.5 lies outside 0\.\.1"),
]


@pytest.mark.parametrize(("kind", "changes", "says"), OUTSIDE)
def test_a_value_outside_the_declared_range_is_refused_with_its_place(kind, changes, says):
    with pytest.raises(
        UserError, match=f"^{kind} '{kind.lower()}': (pixel )?{says}(; limit=[\\d.]+ holds all)?$"
    ):
        examples.mark(kind, **changes)


@pytest.mark.parametrize("kind", ALL)
def test_changed_gives_a_checked_mark_of_the_same_kind(kind):
    one = examples.mark(kind)
    other = modify(one, key="b")
    assert type(other) is type(one) and other.key == "b" and one.key == kind.lower()
    assert modify(other, key=kind.lower()) == one
    with pytest.raises(TypeError):
        modify(one, no_such_field=1)


def test_changed_checks_the_new_values():
    with pytest.raises(UserError, match="outside ±8"):
        modify(examples.mark("Units"), values=[9.0, 1.0])


def test_units_default_to_all_lit_and_all_shown():
    one = Units([1, -2, 3], key="u")
    assert one.lit == (True, True, True)
    assert (one.shown, one.of, one.limit) == ((0, 1, 2), 3, 3.0)


def test_top_takes_the_strongest_in_their_order_with_their_names():
    one = Units.top([0.1, -5, 2, 0, 3], 3, key="u", names=("a", "b", "c", "d", "e"))
    assert one.values.tolist() == [-5, 2, 3]
    assert (one.shown, one.of, one.names) == ((1, 2, 4), 5, ("b", "c", "e"))
    assert Units.top([1, 2], 8, key="u").of == 2


def test_wires_and_links_know_their_ends_by_key():
    x, h = Units([1, 2], key="x"), Units([1, 2, 3], key="h")
    assert examples.mark("Wires", source=x, target=h) == examples.mark("Wires", source="x", target="h")
    assert examples.mark("Link", source=x, target=h) == examples.mark("Link", source="x", target="h")


def test_a_curve_may_be_one_line_or_many_and_has_a_window():
    x = np.linspace(0, 1, 5)
    assert Curve(x, x, key="c").y.shape == (1, 5)
    assert Curve(x, [x, x**2], key="c").y.shape == (2, 5)
    low, high = Curve(x, 2 * x, key="c").y_limits
    assert low < 0 and high > 2


def test_a_curves_own_window_holds_its_point():
    x = np.linspace(0, 1, 5)
    one = Curve(x, x, key="c", point=(3, -2))
    assert one.x_limits[1] > 3 and one.y_limits[0] < -2


def test_a_cloud_without_points_still_has_axes():
    assert Cloud(np.zeros((0, 2)), key="c").x_limits[0] < Cloud(np.zeros((0, 2)), key="c").x_limits[1]


def test_pictures_hold_what_their_range_allows():
    assert Picture([[-3.0, 3.0]], key="p", low=-3, high=3).pixels.tolist() == [[-3, 3]]
    assert Picture(np.ones((2, 2, 3)), key="p").pixels.shape == (2, 2, 3)


def test_tokens_and_text_hold_any_words():
    assert Tokens(["a", " ", "。"], key="t").words == ("a", " ", "。")
    for name in ("highlight", "small", "dimmed"):
        with pytest.raises(UserError, match=f"{name} 3 for 3 words"):
            Tokens(["a", " ", "。"], key="t", **{name: (3,)})
    assert Text({"en": "a\nb"}, key="t").words == {"en": "a\nb"}


@pytest.mark.parametrize("scale", [10.0**p for p in range(-4, 5)])
@pytest.mark.parametrize("value", [1, 1.01, 1.3, 2.4, 3.7, 4.7, 7.9, 9.2, 9.99])
def test_nice_rounds_up_a_little(scale, value):
    rounded = round_up(value * scale)
    assert value * scale * (1 - 1e-9) <= rounded <= 1.4 * value * scale
    assert float(f"{rounded:.2g}") == pytest.approx(rounded)
    assert round_up(0) == 1


def test_flatten_gives_the_marks_in_their_order():
    a, b, c, d = (Text(k, key=k) for k in "abcd")
    assert [m.key for m in flatten(Row(a, Column(b, Overlay(c)), d))] == ["a", "b", "c", "d"]
    assert list(flatten(None)) == []


def test_arrangements_are_equal_by_content_and_kind():
    a, b = Text("a", key="a"), Text("b", key="b")
    assert Row(a, b) == Row(a, b) and hash(Row(a, b)) == hash(Row(a, b))
    assert Row(a, b) != Row(b, a) and Row(a, b) != Column(a, b) and Row(a, b) != Row(a, b, gap=1)
    assert Row(a, b) != Row(a, b, scale=2)


def test_a_table_has_a_cell_for_each_and_only_links_share():
    a, b = Text("a", key="a"), Text("b", key="b")
    link = examples.mark("Link", source="a", target="b")
    assert Table(a, b, link, cells=[(0, 0), (0, 1), (0, 0)]).cells == ((0, 0), (0, 1), (0, 0))
    assert Table(a, b, cells=[(0, 0), (0, 1)]) != Table(a, b, cells=[(0, 0), (1, 0)])
    with pytest.raises(UserError, match="Table: 1 cells for 2 children"):
        Table(a, b, cells=[(0, 0)])
    with pytest.raises(UserError, match=r"Table: two things in the cell \(0, 0\)"):
        Table(a, b, cells=[(0, 0), (0, 0)])


def test_meaning_is_what_the_mark_says_else_its_kind():
    assert examples.mark("Wires").meaning == words.weight
    assert examples.mark("Grid").meaning == words.value
    assert examples.mark("Grid", means="score").meaning == "score"


def test_digest_tells_shapes_types_and_nesting_apart():
    things = [
        np.zeros(4),
        np.zeros((2, 2)),
        np.zeros(4, dtype=np.float32),
        (1, (2, 3)),
        (1, 2, 3),
        ("1", "2"),
        {"a": 1},
        {"a": 2},
        {"b": 1},
        None,
        True,
        1,
        "1",
        Grid([[1]], key="g"),
        (Grid([[1]], key="g"),),
        (Grid([[2]], key="g"),),
    ]
    assert len({digest(thing) for thing in things}) == len(things)


def test_wires_accept_any_matrix():
    assert Wires(np.zeros((2, 3)), "a", "b", key="w").limit == 1


def test_a_histogram_counts_every_value_once():
    values = np.array([[0.0, 0.5, 1.0], [1.5, 2.0, 3.0]])
    made = Histogram.of(values, [0, 1, 2, 3], key="h", expected=[2, 2, 2])
    np.testing.assert_array_equal(made.counts, [2, 2, 2])
    assert made.y_limits == (0, 2) and made.x_limits == (0, 3)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"counts": [1, 2, 3]}, "7 edges for 3 counts; one more wanted"),
        ({"edges": [0, 1, 2, 3, 3, 4, 5]}, "the edges do not ascend"),
        ({"expected": [1, 2]}, "2 expected counts for 6 counts"),
        ({"counts": [1, 2, -3, 4, 5, 6]}, "count -3; it must be 0 or more"),
        ({"highlight": (6,)}, "highlight 6 for 6 bins"),
        ({"y_limits": (1, 40)}, r"y_limits=\(1, 40\); bars stand on 0"),
        ({"y_limits": (0, 20)}, r"y = 38 at 3 lies outside 0\.\.20"),
    ],
)
def test_a_histogram_that_makes_no_sense_is_refused(changes, says):
    with pytest.raises(UserError, match=f"^Histogram 'histogram': {says}$"):
        examples.mark("Histogram", **changes)


def test_a_histogram_leaves_no_value_out():
    with pytest.raises(UserError, match=r"2 of 4 values lie outside 0\.\.3"):
        Histogram.of([-1, 1, 2, 4], [0, 1, 2, 3], key="h")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"spreads": [[1, 1]]}, r"spreads of shape \(1, 2\) for points of shape \(2, 2\)"),
        ({"spreads": [[1, 1], [1, -1]]}, r"spread -1 at \(1, 1\); it must be 0 or more"),
        ({"spreads": [[1, 1], [np.nan, 1]]}, "spreads hold nan.*"),
        ({"spreads": [[4, 1], [1, 1]]}, r"x = 8 at 4 lies outside 0\.\.7"),
        ({"path": [[1, 2, 3]]}, r"path of shape \(1, 3\); \(n, 2\) wanted"),
        ({"path": [[1, 2], [3, 9]]}, r"y = 9 at 7 lies outside 0\.\.7"),
    ],
)
def test_spreads_and_paths_are_checked(changes, says):
    few = {"points": [[4, 4], [2, 2]], "groups": (), "highlight": ()}
    with pytest.raises(UserError, match=f"^Cloud 'cloud': {says}$"):
        examples.mark("Cloud", **few, **changes)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_mark_is_its_parts_laid_upon_each_other(kind):
    """Every element of every shape belongs to one part or to the rest, and a part lies in its box."""
    frame = place(examples.beat(kind), RenderStyle(theme.by_name("dark")))
    key = examples.mark(kind).key
    parts = frame[key].parts(frame)
    if not len(parts):
        assert parts.rest() == parts.shapes
        return
    indices = list(np.ndindex(parts.shape))
    pieces = [parts[index] for index in indices]
    assert sum(map(len, map(elements, (*pieces, parts.rest())))) == len(elements(parts.shapes))
    assert any(pieces)
    with pytest.raises(IndexError):
        parts[parts.shape]


def elements(shapes):
    """Every disc, line, box, pixel and outline of some shapes."""
    found = []
    for shape in shapes:
        arrays = [value for value in vars(shape).values() if isinstance(value, np.ndarray)]
        if isinstance(shape, Raster):
            found += [shape] * (shape.pixels.shape[0] * shape.pixels.shape[1])
        else:
            batch = isinstance(shape, Discs | Boxes | Lines)
            found += [shape] * (len(arrays[0]) if batch else 1)
    return found


@pytest.mark.parametrize(("square", "bend"), [(True, 0.0), (False, 0.0), (False, 0.3), (False, -0.6)])
@pytest.mark.parametrize("gap", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("large_first", [True, False])
def test_an_arrow_between_a_large_and_a_small_mark_covers_neither(large_first, gap, square, bend):
    large, small = Grid(np.ones((16, 16)), key="large"), Grid(np.ones((1, 1)), key="small")
    ends = (large, small) if large_first else (small, large)
    stage = Row(*ends, Link(*ends, key="link", square=square, bend=bend), gap=gap)
    frame = place(Beat("", stage), RenderStyle(theme.by_name("dark")))
    one, other = (frame[key] for key in ("large", "small"))
    far = (one.w + other.w) / 2 + gap
    beside = replace(other, x=one.x + far * np.sign(other.x - one.x))
    frame = replace(frame, placed={**frame.placed, "small": beside})
    drawn = [shape.points for shape in frame["link"].draw(frame) if isinstance(shape, Polyline)]
    for placed in (one, beside):
        inside = np.abs(np.vstack(drawn) - [placed.x, placed.y]) < np.array([placed.w, placed.h]) / 2 - 1e-6
        assert not inside.all(axis=1).any()


@pytest.mark.parametrize("sign", [1, -1])
def test_single_precision_keeps_to_the_limit_that_was_rounded_from_it(sign: int) -> None:
    weights = np.array([[0.5, sign * 1.2]], np.float32)
    limit = round_up(np.abs(weights).max())
    assert limit == round_up(float(np.abs(weights).max())) == 1.2
    units = Units(weights[0], key="u", limit=limit)
    wires = Wires(weights, "x", "y", key="w", limit=limit)
    assert units.limit == wires.limit == Wires(weights, "x", "y", key="w").limit == 1.2
    assert (np.abs(theme.by_name("dark").signed_colors(units.values / limit)) <= 1).all()
    with pytest.raises(UserError, match=r"outside ±1\.2"):
        Wires(weights * 1.00001, "x", "y", key="w", limit=limit)


def test_bars_of_a_small_scale_have_as_many_decimals_as_tell_them_apart():
    cases = ((0.0064, 0.0011, 0.02), (0.64, 0.1, 1), (6.4, 1.2, 10), (3e-6, 1e-6, 5e-6))
    written = [Bars(np.array([a, b]), key="b", limit=limit).number_text(0) for a, b, limit in cases]
    assert written == ["0.006", "0.64", "6.40", "0.0000030"]
    with pytest.raises(UserError, match=r"lies outside ±0\.5; limit=0\.8 holds all"):
        Bars([0.75], ("a",), key="b", limit=0.5)
