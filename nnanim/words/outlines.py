"""Outlines of glyphs and of what Typst has set, as cubic curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Outline = tuple[Floats, npt.NDArray[np.intp]]
"""(n, 4, 2) curves, and the index of the first curve of each contour."""


class Pen:
    """Collects a glyph's contours as cubic curves; its methods have the names that HarfBuzz calls."""

    def __init__(self) -> None:
        self.curves: list[list[tuple[float, float]]] = []
        self.starts: list[int] = []
        self._at = self._first = (0.0, 0.0)

    def moveTo(self, p: tuple[float, float]) -> None:
        """Begin a contour."""
        self.starts.append(len(self.curves))
        self._at = self._first = p

    def lineTo(self, p: tuple[float, float]) -> None:
        """A straight line."""
        (x0, y0), (x1, y1) = self._at, p
        third = ((2 * x0 + x1) / 3, (2 * y0 + y1) / 3)
        self.curveTo(third, ((x0 + 2 * x1) / 3, (y0 + 2 * y1) / 3), p)

    def qCurveTo(self, c: tuple[float, float], p: tuple[float, float]) -> None:
        """A quadratic curve."""
        (x0, y0), (cx, cy), (x1, y1) = self._at, c, p
        self.curveTo(
            (x0 + 2 / 3 * (cx - x0), y0 + 2 / 3 * (cy - y0)),
            (x1 + 2 / 3 * (cx - x1), y1 + 2 / 3 * (cy - y1)),
            p,
        )

    def curveTo(self, c1: tuple[float, float], c2: tuple[float, float], p: tuple[float, float]) -> None:
        """A cubic curve."""
        self.curves.append([self._at, c1, c2, p])
        self._at = p

    def closePath(self) -> None:
        """End a contour where it began."""
        # What steps add up to may be off by a rounding.
        if max(abs(self._at[0] - self._first[0]), abs(self._at[1] - self._first[1])) > 1e-6:
            self.lineTo(self._first)

    endPath = closePath


def read_outlines(svg: bytes) -> tuple[float, float, dict[str, Outline]]:
    """Width and height of a page that Typst has set, and its outlines by colour, in pixels, y pointing down.

    Typst writes groups, glyphs that are used by their names, and paths, each with a paint of its own: no more
    of SVG is read. Each glyph is read once, however many formulas it stands in.
    """
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    glyphs = {
        symbol.attrib["id"]: symbol[0].attrib["d"] for symbol in root.iter(f"{SVG}symbol") if len(symbol)
    }
    found: dict[str, list[Outline]] = {}
    for element, matrix in _walk(root, np.diag([PIXELS, PIXELS, 1.0])):
        color, outline = _read_element(element, glyphs)
        if len(outline[0]):
            moved = outline[0] @ matrix[:2, :2].T + matrix[:2, 2]
            found.setdefault(color, []).append((moved, outline[1]))
    return width * PIXELS, height * PIXELS, {color: _join(some) for color, some in found.items()}


PIXELS = 96 / 72
"""In a point, by CSS."""

SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"


def _walk(element: Any, matrix: Floats) -> Iterator[tuple[Any, Floats]]:
    """Everything that is drawn below an element, with the map from its own places to those of the page."""
    for child in element:
        if child.tag == f"{SVG}defs":
            continue
        here = matrix @ _transform(child.attrib.get("transform", ""))
        if child.tag == f"{SVG}use":
            here = here @ _shift(float(child.attrib.get("x", 0)), float(child.attrib.get("y", 0)))
        if child.tag in (f"{SVG}use", f"{SVG}path"):
            yield child, here
        else:
            yield from _walk(child, here)


def _read_element(element: Any, glyphs: Mapping[str, str]) -> tuple[str, Outline]:
    """Colour and outline of a glyph or a path, in its own places."""
    fill = element.attrib.get("fill", "none")
    if element.tag == f"{SVG}use":
        return _hex(fill), trace_path(glyphs.get(element.attrib[f"{XLINK}href"][1:], ""))
    path = element.attrib["d"]
    if fill != "none":
        return _hex(fill), trace_path(path)
    return _hex(element.attrib["stroke"]), _box_stroke(path, float(element.attrib["stroke-width"]))


@lru_cache(maxsize=4096)
def trace_path(path: str) -> Outline:
    """The curves of an SVG path."""
    import svgelements

    pen = Pen()
    for segment in svgelements.Path(path):
        _follow(pen, segment, svgelements)
    return np.array(pen.curves, dtype=float).reshape(-1, 4, 2), np.array(pen.starts, dtype=np.intp)


@lru_cache(maxsize=256)
def _box_stroke(path: str, width: float) -> Outline:
    """A straight stroke (fraction bar, root) as the thin rectangle that it covers."""
    import svgelements

    x0, y0, x1, y1 = svgelements.Path(path).bbox()
    half = width / 2
    dx, dy = (0.0, half) if x1 - x0 >= y1 - y0 else (half, 0.0)
    return trace_path(
        svgelements.Path(svgelements.Rect(x0 - dx, y0 - dy, x1 - x0 + 2 * dx, y1 - y0 + 2 * dy)).d()
    )


@lru_cache(maxsize=256)
def _hex(paint: str) -> str:
    import svgelements

    return str(svgelements.Color(paint).hexrgb)


@lru_cache(maxsize=1024)
def _transform(words: str) -> Floats:
    """(3, 3) the matrix that an SVG attribute says."""
    import svgelements

    one = svgelements.Matrix(words)
    return np.array([[one.a, one.c, one.e], [one.b, one.d, one.f], [0.0, 0.0, 1.0]])


def _shift(x: float, y: float) -> Floats:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def _join(outlines: Sequence[Outline]) -> Outline:
    """Several outlines as one."""
    before = np.cumsum([0, *(len(curves) for curves, _ in outlines[:-1])])
    starts = [first + own for first, (_, own) in zip(before, outlines, strict=True)]
    return np.concatenate([curves for curves, _ in outlines]), np.concatenate(starts).astype(np.intp)


def _follow(pen: Pen, segment: Any, svg: Any) -> None:
    if isinstance(segment, svg.Move):
        if pen.starts and pen.starts[-1] < len(pen.curves):
            pen.closePath()
        pen.moveTo(tuple(segment.end))
    elif isinstance(segment, svg.Close):
        pen.closePath()
    elif isinstance(segment, svg.Line):
        pen.lineTo(tuple(segment.end))
    elif isinstance(segment, svg.QuadraticBezier):
        pen.qCurveTo(tuple(segment.control), tuple(segment.end))
    elif isinstance(segment, svg.CubicBezier):
        pen.curveTo(tuple(segment.control1), tuple(segment.control2), tuple(segment.end))
