"""One place of a convolution: the patch is lifted out, multiplied cell by cell, and added up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.births import Cells, From
from nnanim.layout import fits
from nnanim.marks import Column, Formula, Grid, Picture, Row, Text, modify, round_up
from nnanim.stories.equations import Term, equation
from nnanim.structure.windows import Convolution, Window
from nnanim.words import Words

MAX_CELLS = 25
"""Up to so many cells the products are written out."""


def tell_place(found: Convolution, kernel: Grid, given: Picture, name: str) -> Iterator[Beat]:
    """The place where the patch is liveliest: its cells, their products with the kernel, and the sum.

    Args:
        found: how the map came about.
        kernel: the mark that shows the kernel.
        given: the mark that shows the map under it.
        name: of the convolution.
    """
    patches = found.window.patches(found.inputs[found.into])
    lively = np.abs(found.term) * patches.std(axis=(2, 3))
    row, column = (int(i) for i in np.unravel_index(int(lively.argmax()), lively.shape))
    values = patches[row, column]
    # A number as wide as any of the three: so their cells are alike, and their rows stand in line.
    widest = -max(float(np.abs(one).max()) for one in (values, kernel.values, values * kernel.values))
    kernel = modify(kernel, room_for=widest)
    patch = Grid(
        values, key=f"p:{name}", digits=kernel.digits, limit=given.high, clips=True, means=given.means,
        room_for=widest,
        role="grey" if given.colors == "grey" else "positive",
        label={"en": "under the kernel", "ja": "カーネルの下"},
    )  # fmt: skip
    times, becomes = Text("×", key="times", size="large"), Text("→", key="becomes", size="large")
    formula = Formula(place_parts(found, row, column), key="sum", size="medium")
    yield Beat(
        {
            "en": "One place: lift out what lies under the kernel.",
            "ja": "一か所を見ます。カーネルの下にあるところを取りだします。",
        },
        Row(given, patch, times, kernel, gap=0.5),
        id=f"{name}-patch",
        born={patch.key: From(given.key, cells=_cells(found.window, row, column, values.shape))},
    )
    cells = (patch, times, kernel)
    tried = (Row(given, *cells, becomes, formula, gap=0.4), Row(*cells, becomes, formula, gap=0.4))
    summed = next(filter(fits, tried), Column(Row(*cells, gap=0.4), formula, gap=0.4))
    if values.size > MAX_CELLS:
        yield Beat(_SUM[found.bias is not None], summed, id=f"{name}-place")
        return
    products = _products(patch, kernel, name)
    x, w, p = (np.round(mark.values, 2) for mark in (patch, kernel, products))
    right = bool((np.abs(x * w - p) <= 0.005 + 1e-9).all())
    equals = Text("=" if right else "≈", key="equals", size="large")
    multiplied = (patch, times, kernel, equals, products)
    whole = Row(given, *multiplied, gap=0.4)
    yield Beat(
        {"en": "Multiply cell by cell.", "ja": "セルどうしを掛けます。"},
        whole if fits(whole) else Row(*multiplied, gap=0.4),
        id=f"{name}-products",
        born={products.key: From(patch.key)},
    )
    yield Beat(
        _SUM[found.bias is not None],
        summed,
        id=f"{name}-place",
        gathers={products.key: formula.key},
    )


_SUM: dict[bool, Words] = {
    True: {
        "en": "Add all the products, and a bias: one number.",
        "ja": "積をすべて足し、バイアスを加えると、一つの数になります。",
    },
    False: {
        "en": "Add all the products: one number.",
        "ja": "積をすべて足すと、一つの数になります。",
    },
}
"""What is done at one place, by whether there is a bias."""


def _products(patch: Grid, kernel: Grid, name: str) -> Grid:
    values = patch.values * kernel.values
    return Grid(
        values, key=f"q:{name}", digits=kernel.digits, limit=round_up(float(np.abs(values).max())),
        means=words.product, label=words.product, room_for=kernel.room_for,
    )  # fmt: skip


def _cells(window: Window, row: int, column: int, shape: tuple[int, ...]) -> Cells:
    """The cells of the padded map that a window sees at one of its places."""
    top, left = row * window.stride, column * window.stride
    return tuple(
        (top + r * window.dilation, left + c * window.dilation)
        for r in range(shape[0])
        for c in range(shape[1])
    )


def place_parts(found: Convolution, row: int, column: int) -> tuple[Words, ...]:
    """The parts of a formula for one place: the sum under the kernel, the other maps, the bias, the total."""
    rest = float(found.rest[row, column]) if found.added > 1 else None
    term, total = float(found.term[row, column]), float(found.total[row, column])
    return sum_parts(term, rest, found.bias, total, found.into + 1)


def sum_parts(
    term: float, rest: float | None, bias: float | None, total: float, map_: int
) -> tuple[Words, ...]:
    """The parts of a formula: what one map adds, the others, the bias (None: there is none), the total."""
    terms = [Term(term, "negative" if term < 0 else "positive", f"sum x_{map_} w_{map_}")]
    if rest is not None:
        terms.append(Term(rest, below=f"sum_(c eq.not {map_}) x_c w_c"))
    if bias is not None:
        terms.append(Term(bias, below="b"))
    return equation(terms, total)
