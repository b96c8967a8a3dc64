"""Boxes and polylines onto pixels, in loops that ``raster_jit`` compiles, beside those of ``raster_kernels``.

The coverage of a straight edge along the axes is exact, that of a round one is a straight edge's. A polyline
is first drawn as a mask, so that its pieces do not lie on each other where they meet.
"""

from __future__ import annotations

import math
from typing import Any

from numba import cfunc, types

from nnanim.movie.raster_kernels import FAINT, _compiled, _f, _over, discs, lines, planes

LOOK = 10
"""The look of a polyline: four of its line's colour, four of its fill's, its width, whether it closes."""


@_compiled
def _inside(u: Any, v: Any, w: Any, h: Any, r: Any) -> Any:
    """Share of a pixel, (u, v) from a box's middle, that lies in it: half its sides, its corners' radius."""
    zero, one, half = _f(0), _f(1), _f(0.5)
    if not (w > zero and h > zero):
        return zero
    x, y = abs(u) - (w - r), abs(v) - (h - r)
    if x > zero and y > zero and r > zero:
        return min(max(r - math.sqrt(x * x + y * y) + half, zero), one)
    across = max(min(w, u + half) - max(-w, u - half), zero)
    return across * max(min(h, v + half) - max(-h, v - half), zero)


def boxes(
    pixels: Any, rows: int, columns: int, stride: int, matrix: Any, count: int,
    centers: Any, sizes: Any, fills: Any, rims: Any, rim_width: float, corner: float, opacity: float,
) -> None:  # fmt: skip
    """Boxes along the axes: (n, 2) centers and sizes, (n, 4) fills and rims; ``corner`` is their radius."""
    across, down, ox, oy = matrix[0], matrix[3], matrix[4], matrix[5]
    scale = math.sqrt(abs(across * down))
    zero, one, half_pixel, byte = _f(0), _f(1), _f(0.5), _f(255)
    for i in range(count):
        x, y = _f(across * centers[2 * i] + ox), _f(down * centers[2 * i + 1] + oy)
        w, h = _f(abs(across) * sizes[2 * i] / 2), _f(abs(down) * sizes[2 * i + 1] / 2)
        r = min(_f(corner * scale), min(w, h))
        fill, rim = _f(fills[4 * i + 3] * opacity), _f(rims[4 * i + 3] * opacity)
        half = _f(rim_width * scale / 2) if rim >= FAINT else zero
        if max(fill, rim) < FAINT or not (w >= zero and h >= zero):
            continue
        fr, fg, fb = _f(fills[4 * i]) * byte, _f(fills[4 * i + 1]) * byte, _f(fills[4 * i + 2]) * byte
        rr, rg, rb = _f(rims[4 * i]) * byte, _f(rims[4 * i + 1]) * byte, _f(rims[4 * i + 2]) * byte
        outer = r + half if r > zero else zero
        top = max(int(max(y - h - half - half_pixel, zero)), 0)
        bottom = min(int(max(y + h + half + half_pixel, _f(-1))) + 1, rows)
        left = max(int(max(x - w - half - half_pixel, zero)), 0)
        right = min(int(max(x + w + half + half_pixel, _f(-1))) + 1, columns)
        deep = r + half + one
        for row in range(top, bottom):
            v = _f(row) + half_pixel - y
            first, last = right, right
            if abs(v) < h - deep and w > deep:  # from edge to edge, all pixels in the middle are alike
                first = min(max(int(max(x - w + deep, zero)) + 1, left), right)
                last = min(max(int(max(x + w - deep, zero)), first), right)
                if fill >= FAINT:
                    for column in range(first, last):
                        at = row * stride + column
                        pixels[at] = _over(pixels[at], fr * fill, fg * fill, fb * fill, fill * byte)
            column = left
            while column < right:
                if column == first:
                    column = last
                    if column >= right:
                        break
                u = _f(column) + half_pixel - x
                inside, ring = fill * _inside(u, v, w, h, r), zero
                if half > zero:
                    ring = _inside(u, v, w + half, h + half, outer)
                    ring = rim * (ring - _inside(u, v, w - half, h - half, max(r - half, zero)))
                    inside *= one - ring
                at = row * stride + column
                pixels[at] = _over(
                    pixels[at],
                    fr * inside + rr * ring,
                    fg * inside + rg * ring,
                    fb * inside + rb * ring,
                    (inside + ring) * byte,
                )
                column += 1


@_compiled
def _edge(mask: Any, wide: int, rows: int, left: Any, right: Any, x0: Any, y0: Any, x1: Any, y1: Any) -> None:
    """Add what an edge of a filled outline covers: sums along the rows of ``mask`` are the coverage."""
    if y0 == y1:
        return
    way = 1.0
    if y0 > y1:
        x0, y0, x1, y1, way = x1, y1, x0, y0, -1.0
    slope = (x1 - x0) / (y1 - y0)
    if y0 < 0:
        x0, y0 = x0 - y0 * slope, 0.0
    end = min(y1, 1.0 * rows)
    x = x0
    for row in range(int(y0), min(math.ceil(end), rows)):
        tall = min(row + 1.0, end) - max(1.0 * row, y0)
        on = x + slope * tall
        a, b = min(max(min(x, on), left), right), min(max(max(x, on), left), right)
        share, at, first, last = tall * way, row * wide, int(a), math.ceil(b)
        if last <= first + 1:
            late = 0.5 * (a + b) - first
            mask[at + first] += _f(share * (1 - late))
            mask[at + first + 1] += _f(share * late)
        else:
            step = 1.0 / (b - a)
            begun, ended = 1 - (a - first), b - last + 1
            before = 0.5 * step * begun * begun
            after = 0.5 * step * ended * ended
            mask[at + first] += _f(share * before)
            if last == first + 2:
                mask[at + first + 1] += _f(share * (1 - before - after))
            else:
                second = step * (begun + 0.5)
                mask[at + first + 1] += _f(share * (second - before))
                for column in range(first + 2, last - 1):
                    mask[at + column] += _f(share * step)
                third = second + (last - first - 3) * step
                mask[at + last - 1] += _f(share * (1 - third - after))
            mask[at + last] += _f(share * after)
        x = on


@_compiled
def _stroke(
    mask: Any, wide: int, rows: int, columns: int, x0: Any, y0: Any, x1: Any, y1: Any, half: Any
) -> None:
    """Cover what lies nearer than ``half`` to a piece of a line, whose ends are round."""
    dx, dy = x1 - x0, y1 - y0
    long = dx * dx + dy * dy
    reach = half + 0.5
    top, bottom = max(int(min(y0, y1) - reach), 0), min(int(max(y0, y1) + reach) + 1, rows)
    low, high = max(int(min(x0, x1) - reach), 0), min(int(max(x0, x1) + reach) + 1, columns)
    length = math.sqrt(long)
    for row in range(top, bottom):
        v = row + 0.5 - y0
        first, last = low, high
        if abs(dy) * (high - low) > 2 * reach * length + abs(dx):
            middle, span = x0 + v * dx / dy, (reach * length + 0.5 * abs(dx)) / abs(dy)
            first = max(low, int(max(middle - span - 1, 0.0)))
            last = min(high, int(max(middle + span + 1, 0.0)) + 1)
        for column in range(first, last):
            u = column + 0.5 - x0
            t = min(max((u * dx + v * dy) / long, 0.0), 1.0) if long > 0 else 0.0
            away = math.sqrt((u - t * dx) * (u - t * dx) + (v - t * dy) * (v - t * dy))
            cover = _f(min(half, away + 0.5) - max(-half, away - 0.5))
            if cover > mask[row * wide + column]:
                mask[row * wide + column] = cover


def polylines(
    pixels: Any, rows: int, columns: int, stride: int, matrix: Any, count: int,
    points: Any, starts: Any, looks: Any, mask: Any, opacity: float,
) -> None:  # fmt: skip
    """Lines through points, filled and closed or not: (m, 2) points, (n + 1,) where each line's begin.

    ``looks`` has `LOOK` numbers for each; ``mask`` is room for (rows, columns + 2) numbers, all 0, and is so
    again.
    """
    xx, xy, yx, yy, ox, oy = matrix[0], matrix[1], matrix[2], matrix[3], matrix[4], matrix[5]
    scale, wide = math.sqrt(abs(xx * yy - xy * yx)), columns + 2
    zero, one, byte = _f(0), _f(1), _f(255)
    for i in range(count):
        begin, end, look = int(starts[i]), int(starts[i + 1]), LOOK * i
        half = looks[look + 8] * scale / 2
        x = xx * points[2 * begin] + xy * points[2 * begin + 1] + ox
        y = yx * points[2 * begin] + yy * points[2 * begin + 1] + oy
        x_low, x_high, y_low, y_high = x, x, y, y
        for k in range(begin + 1, end):
            x = xx * points[2 * k] + xy * points[2 * k + 1] + ox
            y = yx * points[2 * k] + yy * points[2 * k + 1] + oy
            x_low, x_high, y_low, y_high = min(x_low, x), max(x_high, x), min(y_low, y), max(y_high, y)
        left, right = max(int(max(x_low - half - 1, 0.0)), 0), min(int(max(x_high + half + 2, 0.0)), columns)
        top, bottom = max(int(max(y_low - half - 1, 0.0)), 0), min(int(max(y_high + half + 2, 0.0)), rows)
        if left >= right or top >= bottom:
            continue
        for stroke in range(2):
            color = look if stroke else look + 4
            alpha = looks[color + 3] * opacity
            if alpha < FAINT or (stroke and not half > 0) or (not stroke and end - begin < 3):
                continue
            closes = looks[look + 9] > 0 or not stroke
            for k in range(begin, end if closes else end - 1):
                on = k + 1 if k + 1 < end else begin
                x0 = xx * points[2 * k] + xy * points[2 * k + 1] + ox
                y0 = yx * points[2 * k] + yy * points[2 * k + 1] + oy
                x1 = xx * points[2 * on] + xy * points[2 * on + 1] + ox
                y1 = yx * points[2 * on] + yy * points[2 * on + 1] + oy
                if stroke:
                    _stroke(mask, wide, rows, columns, x0, y0, x1, y1, half)
                else:
                    _edge(mask, wide, rows, 0.0, 1.0 * columns, x0, y0, x1, y1)
            red, green, blue = _f(looks[color]), _f(looks[color + 1]), _f(looks[color + 2])
            full = _f(alpha) * byte
            for row in range(top, bottom):
                sum_ = zero
                for column in range(left, right):
                    cover = mask[row * wide + column]
                    mask[row * wide + column] = zero
                    if not stroke:
                        sum_ += cover
                        cover = abs(sum_)
                    c = full * min(cover, one)
                    if c > zero:
                        at = row * stride + column
                        pixels[at] = _over(pixels[at], red * c, green * c, blue * c, c)
                mask[row * wide + right] = zero
                mask[row * wide + right + 1] = zero


def assembly() -> dict[str, tuple[str, str]]:
    """Name of each loop in its LLVM assembly, and the assembly."""
    words, numbers, shades = (types.CPointer(one) for one in (types.uint32, types.float64, types.uint8))
    whole, real = types.intp, types.float64
    head = (words, whole, whole, whole, numbers, whole)
    counts = types.CPointer(types.int64)
    made = {}
    for loop, takes in (
        (lines, (*head, *4 * [numbers], real)),
        (discs, (*head, *4 * [numbers], *3 * [real])),
        (boxes, (*head, *4 * [numbers], *3 * [real])),
        (polylines, (*head, *3 * [numbers], types.CPointer(types.float32), real)),
        (planes, (words, words, whole, whole, *3 * [shades], whole, whole, counts)),
    ):
        done = cfunc(types.void(*takes), error_model="numpy", fastmath=True)(loop)
        made[loop.__name__] = done.native_name.removeprefix("cfunc."), done.inspect_llvm()
    return made
