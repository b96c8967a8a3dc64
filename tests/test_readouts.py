"""Every number that a film shows can be asked for, and the answer is the number that was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import examples
import numpy as np
import pytest
import shipped

from nnanim import words
from nnanim.beats import Beat
from nnanim.layout import place, place_story
from nnanim.marks import KINDS, Formula, Frame, Row, modify
from nnanim.marks.readout import (
    BARRED,
    KNOWN,
    NOT_YET,
    BoxArea,
    CellArea,
    PathArea,
    PlotArea,
    Readout,
    WireArea,
)
from nnanim.motions import Flow, list_flows
from nnanim.scene import loader
from nnanim.style import RenderStyle
from nnanim.theme import by_name
from nnanim.trace import Trace
from nnanim.truth import Origin, find_origins
from nnanim.truth.noise import StoryReads
from nnanim.truth.origins import COMPUTED, GIVEN, UNKNOWN
from nnanim.truth.shown import shown_arrays
from nnanim.words.numerals import number

STYLE = RenderStyle(by_name("dark"), "en")

UNASKED = {
    "Cloud.pictures": "small pictures in the place of points; the points can be asked",
    "PictureGrid.pictures": "small pictures in the place of names; the cells below them can be asked",
}
"""Arrays whose numbers cannot be asked for, and why."""

NO_NUMBERS = {"Formula", "Link", "Text"}
"""Kinds of marks that hold words alone."""


def readouts(beat: Beat, frame: Frame) -> dict[str, tuple[Readout, ...]]:
    return {mark.key: mark.readouts(frame[mark.key], frame) for mark in beat.marks}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - NO_NUMBERS))
def test_every_kind_of_mark_answers(kind: str) -> None:
    beat = examples.beat(kind)
    mark = next(one for one in beat.marks if type(one).__name__ == kind)
    if kind == "Block":
        beat = Beat("", mark := modify(mark, value=0.5))
    frame = place(beat, STYLE)
    found = mark.readouts(frame[mark.key], frame)
    assert found and all(len(one) for one in found)
    for lang in words.LANGUAGES:
        named = [*(one.part for one in found), *(q.means for one in found for q in one.quantities)]
        assert all(words.is_translated(name, lang) for name in named)


@pytest.mark.parametrize("name", loader.names())
def test_every_number_of_a_film_can_be_asked_for(name: str) -> None:
    story = shipped.story(name)
    for beat, frame in zip(story.beats, place_story(story, STYLE), strict=True):
        held: dict[str, Any] = {}
        for key, found in readouts(beat, frame).items():
            for one in found:
                for quantity in one.quantities:
                    assert len(quantity.values) == len(one)
                    held[f"{key}.{quantity.source}"] = beat[key], quantity
        for key, quantities in (beat.motion.quantities(beat.by_key) if beat.motion else {}).items():
            for quantity in quantities:
                assert len(quantity.values) == len(beat[key].weights.ravel())
                held[f"{key}.{quantity.source}"] = None, quantity
        shown = [one for one in shown_arrays(beat, axes=True) if not one.passes]
        for one in shown:
            bare = one.where.split("[")[0]
            kind = f"{type(beat[one.key]).__name__}.{bare.removeprefix(one.key + '.')}"
            if kind in UNASKED:
                continue
            mark, quantity = held[one.where]
            flat = np.asarray(one.values if mark is None else getattr(mark, quantity.source)).ravel()
            places = np.arange(flat.size) if quantity.places is None else quantity.places
            assert np.array_equal(quantity.values.ravel(), flat[places]), one.where


@pytest.mark.parametrize("kind", sorted(set(KINDS) - NO_NUMBERS - {"Block"}))
def test_areas_lie_where_the_mark_is_drawn(kind: str) -> None:
    beat = examples.beat(kind)
    frame = place(beat, STYLE)
    mark = next(one for one in beat.marks if type(one).__name__ == kind)
    left, right, bottom, top = frame[mark.key].room
    for one in mark.readouts(frame[mark.key], frame):
        if isinstance(one.area, WireArea):
            assert {one.area.source, one.area.target} == set(mark.ties)
            continue
        points = corners(one)
        assert points.shape == (len(points), 2)
        slack = 0.02
        if kind not in ("Alignment", "Arcs"):  # lines go to tokens that stand beside their own room
            assert points[:, 0].min() >= left - slack and points[:, 0].max() <= right + slack
        assert points[:, 1].min() >= bottom - slack and points[:, 1].max() <= top + 1.0


def corners(one: Readout) -> np.ndarray[Any, Any]:
    """(n, 2) points of the outline of an area."""
    area = one.area
    if isinstance(area, BoxArea):
        return np.vstack([area.centers - area.sizes / 2, area.centers + area.sizes / 2])
    if isinstance(area, PathArea):
        return area.points[area.widths > 0].reshape(-1, 2)
    assert isinstance(area, CellArea | PlotArea)
    x, y, w, h = area.box
    return np.array([[x - w / 2, y - h / 2], [x + w / 2, y + h / 2]])


def test_neurons_that_are_not_lit_and_barred_cells_say_so() -> None:
    units = examples.mark("Units", lit=(True, False))
    (one,) = units.readouts(place(Beat("", units), STYLE)["units"], place(Beat("", units), STYLE))
    assert one.quantities[0].states.tolist() == [KNOWN, NOT_YET]
    mask = np.eye(5, dtype=bool)
    grid = examples.mark("Grid", mask=mask)
    frame = place(Beat("", grid), STYLE)
    (cells,) = grid.readouts(frame[grid.key], frame)
    assert (cells.quantities[0].states.reshape(5, 5) == np.where(mask, BARRED, KNOWN)).all()


def test_wires_keep_their_places_though_they_are_drawn_by_size() -> None:
    beat = examples.beat("Wires")
    frame = place(beat, STYLE)
    wires = next(one for one in beat.marks if type(one).__name__ == "Wires")
    (one,) = wires.readouts(frame[wires.key], frame)
    assert one.shape == wires.weights.shape
    assert np.array_equal(one.quantities[0].values.reshape(one.shape), wires.weights)


def test_a_flow_tells_what_it_carried_and_only_where_it_ran() -> None:
    beat = examples.beat("Wires")
    wires = next(one for one in beat.marks if type(one).__name__ == "Wires")
    source = beat[wires.source].values
    flow = Flow(wires.key, wires.weights * source, source, only=1)
    sent, product = replace(beat, motion=flow).motion.quantities(beat.by_key)[wires.key]
    out = np.repeat(np.arange(len(wires.weights)), len(source))
    assert (sent.values == np.tile(source, len(wires.weights))).all()
    assert (product.values == (wires.weights * source).ravel()).all()
    assert (product.states == np.where(out == 1, KNOWN, NOT_YET)).all()
    assert list_flows(flow) == (flow,)


def test_origins_name_array_section_axis_and_place() -> None:
    # All of x is shown, in its order: so its zero is at home there, too. Of h a part is shown.
    arrays = {
        "x": np.array([[1.5, -2.25, 0.0]]),
        "h": np.array([[0.3, 0.7]]),
        "z": np.array([[0.0, 3.5, 1.5]]),
    }
    trace = Trace.of(arrays, parameters={"weight": np.array([[0.5, 0.25, 1.0], [2.0, 3.0, -1.0]])})

    def tell() -> list[Beat]:
        x, h = trace["x"][0], trace["h"][0]
        units = examples.mark("Units", key="x", values=x, names=(), limit=None)
        hidden = examples.mark("Units", key="h", values=h + 1, names=(), limit=None)
        some = examples.mark("Units", key="z", values=trace["z"][0, :2], names=(), limit=None)
        chosen = examples.mark("Units", key="c", values=np.array([0.125, 3.5]), names=(), limit=None)
        wires = examples.mark(
            "Wires", key="w", weights=trace.parameters["weight"], source="x", target="h", limit=None
        )
        return [Beat("", Row(units, wires, hidden, some, chosen), id="one", given=("c",))]

    origins = find_origins(tell)

    def find(key: str, source: str) -> list[Any]:
        codes = origins.find("one", key, source)
        assert codes is not None
        return [origins.table[code] if code >= 0 else int(code) for code in codes]

    x = Origin("x", "arrays", "sample", 0)
    assert find("x", "values") == [x, x, x]
    assert find("z", "values") == [UNKNOWN, Origin("z", "arrays", "sample", 0)]
    assert find("h", "values") == [COMPUTED, COMPUTED] and find("c", "values") == [GIVEN, GIVEN]
    assert find("w", "weights") == [Origin("weight", "parameters", "", i) for i in (0, 0, 0, 1, 1, 1)]
    assert origins.find("one", "w", "nothing") is None


def test_in_too_many_numbers_nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = Trace.of({"x": np.array([[1.5, -2.25]])})

    def tell() -> list[Beat]:
        told.append(1)
        return [
            Beat("", examples.mark("Units", key="x", values=trace["x"][0], names=(), limit=None), id="one")
        ]

    told: list[int] = []
    assert find_origins(tell).table and len(told) > 2
    monkeypatch.setattr("nnanim.truth.origins.MAX_NUMBERS", 1)
    told.clear()
    assert find_origins(tell).find("one", "x", "values") is None and len(told) == 1


@pytest.mark.parametrize("name", ["perceptron", "lstm", "dropout"])
def test_origins_hold_the_numbers_that_are_shown(name: str) -> None:
    origins, reads = find_origins(lambda: shipped.tell(name, "en")), StoryReads()
    with reads.watching():
        beats = tuple(shipped.tell(name, "en"))
    checked = 0
    for beat in beats:
        for shown in shown_arrays(beat):
            codes = origins.find(beat.id, shown.key, shown.where.removeprefix(f"{shown.key}."))
            if codes is None or shown.passes:
                continue
            for code in np.unique(codes[codes >= 0]):
                at = origins.table[code]
                held = [
                    plain[at.place].ravel() / (255 if plain.dtype == np.uint8 else 1)
                    for (array, _), (plain, _) in reads.read.items()
                    if array == at.array and at.place < len(plain)
                ]
                mine = shown.values.ravel()[codes == code]
                assert np.isin(mine, np.concatenate(held)).all(), at
                checked += len(mine)
    assert checked > 100


def test_numbers_in_formulas_are_known_where_one_value_reads_so() -> None:
    trace = Trace.of({"h": np.array([[0.12345, -2.71828]])}, parameters={"bias": np.array([-10.25, 0.5])})

    def tell() -> Iterator[Beat]:
        (a, b), bias = trace["h"][0], float(trace.parameters["bias"][0])
        parts = (number(a), f"+ {number(b)}", f"- {number(abs(bias))}", f"= {number(a + b + bias, 3)}")
        yield Beat("", Formula(parts, key="sum"), id="sum")
        both = Formula((number(a, 1), number(a + 0.001, 1), "0.77"), key="both")
        yield Beat("", both, id="both")

    origins = find_origins(tell)
    known = {text: found for (beat, text), found in origins.written.items() if beat == "sum"}
    h, bias = Origin("h", "arrays", "sample", 0), Origin("bias", "parameters", "", 0)
    found = [known[text] for text in ("0.12", "−2.72", "10.25")]
    assert [(value, origins.table[code]) for value, code in found] == [
        (0.12345, h), (-2.71828, h), (-10.25, bias),
    ]  # fmt: skip
    assert known["−12.845"] == (0.12345 - 2.71828 - 10.25, COMPUTED)
    # Two values read 0.1, and nobody has written 0.77.
    assert not {text for beat, text in origins.written if beat == "both"}


@pytest.mark.parametrize("name", ["perceptron", "attention", "digits"])
def test_numbers_in_words_are_what_stands_there(name: str) -> None:
    written = find_origins(lambda: shipped.tell(name, "en")).written
    assert len(written) > 4
    for (_, text), (value, _) in written.items():
        digits = len(text.partition(".")[2])
        assert abs(abs(value) - float(text.replace("−", "-").lstrip("-"))) <= 0.5 * 10**-digits + 1e-9
