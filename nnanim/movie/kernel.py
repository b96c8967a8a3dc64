"""Many lines and discs onto pixels, each in one compiled loop instead of Python calls for every one.

Shapes are in the units of the frame; ``matrix`` (xx, xy, yx, yy, x0, y0) takes them to pixels, as cairo's.
It may shift, scale, turn and mirror, not shear. Pixel (0, 0) covers 0..1. ``pixels`` are (height, width)
words of four bytes, red the lowest, premultiplied; colours are (n, 4) in 0..1, not premultiplied.
Coverage of a line is exact but for its corners; that of a disc is a straight edge's. The last lies on top.

Importing this takes numba's half a second; the machine code is made once a machine and kept.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Pixels = npt.NDArray[np.uint32]
Floats = npt.NDArray[np.float64]
Matrix = tuple[float, float, float, float, float, float]

GLOW = 0.45, 0.13
"""Share of a disc's alpha that its light has at 0.8 radii, and at 0.45 of the way from there to its reach."""

FAINT = 0.5 / 255
"""An alpha that no byte can show."""

_compiled: Any = njit(cache=True, error_model="numpy", fastmath=True)
_f = np.float32
_u = np.uint32
_ODD, _EVEN = np.uint32(0xFF00FF00), np.uint32(0x00FF00FF)


@_compiled
def _over(under: Any, red: Any, green: Any, blue: Any, alpha: Any) -> Any:
    """Lay a premultiplied colour, in 0..255, over a pixel; each byte is rounded."""
    half, eight, sixteen, last = _f(0.5), _u(8), _u(16), _u(24)
    a = _u(alpha + half)
    over = _u(red + half) | (_u(green + half) << eight) | (_u(blue + half) << sixteen) | (a << last)
    rest = _u(255) - a
    even = (under & _EVEN) * rest + _u(0x00800080)
    even = ((even + ((even >> eight) & _EVEN)) >> eight) & _EVEN
    odd = ((under >> eight) & _EVEN) * rest + _u(0x00800080)
    odd = (odd + ((odd >> eight) & _EVEN)) & _ODD
    return over + (even | odd)


@_compiled
def _before(t: Any, a: Any, b: Any) -> Any:
    """Share of a pixel before an edge ``t`` from its middle; its shadow is 2a wide, and level over 2b."""
    if t <= -a:
        return _f(0)
    if t >= a:
        return _f(1)
    high = _f(1) / (a + b)
    if t < -b:
        return high * (t + a) * (t + a) / (_f(2) * (a - b))
    if t <= b:
        return _f(0.5) + high * t
    return _f(1) - high * (a - t) * (a - t) / (_f(2) * (a - b))


@_compiled
def lines(
    pixels: Pixels,
    matrix: Matrix,
    starts: Floats,
    ends: Floats,
    colors: Floats,
    widths: Floats,
    opacity: float,
) -> None:
    """Straight lines with flat ends: (n, 2) starts and ends, (n, 4) colors, (n,) widths."""
    rows, columns = pixels.shape
    xx, xy, yx, yy, ox, oy = matrix
    scale = math.sqrt(abs(xx * yy - xy * yx))
    zero, one, half_pixel, inner = _f(0), _f(1), _f(0.5), _f(0.75)
    for i in range(len(widths)):
        x0 = xx * starts[i, 0] + xy * starts[i, 1] + ox
        y0 = yx * starts[i, 0] + yy * starts[i, 1] + oy
        dx = xx * ends[i, 0] + xy * ends[i, 1] + ox - x0
        dy = yx * ends[i, 0] + yy * ends[i, 1] + oy - y0
        length, half, alpha = math.sqrt(dx * dx + dy * dy), widths[i] * scale / 2, colors[i, 3] * opacity
        if not (length > 0 and half > 0) or alpha * min(2 * half, 1.0) < FAINT:
            continue
        tx, ty = dx / length, dy / length
        nx, ny = -ty, tx
        a, b = _f((abs(nx) + abs(ny)) / 2), _f(abs(abs(nx) - abs(ny)) / 2)
        reach = half + a
        across, down = abs(nx) * reach + abs(tx) * a, abs(ny) * reach + abs(ty) * a
        top, bottom = math.floor(min(y0, y0 + dy) - down), math.ceil(max(y0, y0 + dy) + down)
        left = max(math.floor(min(x0, x0 + dx) - across), 0)
        right = min(math.ceil(max(x0, x0 + dx) + across), columns)
        full, edge, end = _f(alpha * 255), _f(half), _f(length)
        red, green, blue = _f(colors[i, 0]), _f(colors[i, 1]), _f(colors[i, 2])
        step_s, step_t = _f(nx), _f(tx)
        for row in range(max(top, 0), min(bottom, rows)):
            off, along = ny * (row + 0.5 - y0), ty * (row + 0.5 - y0)
            first, last = left, right
            if abs(nx) * (right - left) > 2 * reach:
                middle, span = x0 - off / nx - 0.5, reach / abs(nx)
                first, last = max(left, math.ceil(middle - span)), min(right, math.floor(middle + span) + 1)
            s0, t0 = _f(nx * (first + 0.5 - x0) + off), _f(tx * (first + 0.5 - x0) + along)
            for column in range(first, last):
                place = _f(column - first)
                s, t = s0 + place * step_s, t0 + place * step_t
                cover = _before(edge - s, a, b) - _before(-edge - s, a, b)
                if t < inner or t > end - inner:
                    cover *= max(zero, min(t + half_pixel, end) - max(t - half_pixel, zero))
                c = full * min(cover, one)
                if c > zero:
                    pixels[row, column] = _over(pixels[row, column], red * c, green * c, blue * c, c)


@_compiled
def discs(
    pixels: Pixels, matrix: Matrix, centers: Floats, radii: Floats, fills: Floats, rims: Floats,
    rim_width: float, glow: float, opacity: float,
) -> None:  # fmt: skip
    """Circles: (n, 2) centers, (n,) radii, (n, 4) fills and rims; light reaches ``glow`` radii."""
    rows, columns = pixels.shape
    xx, xy, yx, yy, ox, oy = matrix
    scale = math.sqrt(abs(xx * yy - xy * yx))
    zero, one, half_pixel, byte = _f(0), _f(1), _f(0.5), _f(255)
    twelfth = one / _f(12)
    bright, dim = _f(GLOW[0]), _f(GLOW[1])
    first_slope, second_slope = (bright - dim) / _f(0.45), dim / _f(0.55)
    for i in range(len(radii)):
        x = _f(xx * centers[i, 0] + xy * centers[i, 1] + ox)
        y = _f(yx * centers[i, 0] + yy * centers[i, 1] + oy)
        true = _f(radii[i] * scale)
        if not true > zero:
            continue
        # The soft edge adds a twelfth of a pixel; a disc smaller than a pixel is a faint spot of one.
        r = math.sqrt(max(true * true - twelfth, half_pixel * half_pixel))
        share = min(one, true * true / (half_pixel * half_pixel + twelfth))
        shine_of = _f(fills[i, 3] * opacity)
        fill, rim = shine_of * share, _f(rims[i, 3] * opacity) * share
        half = _f(rim_width * scale / 2) if rim > zero else zero
        light = _f(glow) * true if shine_of * bright >= FAINT else zero
        if light == zero and max(fill, rim) < FAINT:
            continue
        reach = max(light, r + half + half_pixel)
        low = _f(0.8) * true
        slope = one / max(light - low, _f(1e-6))
        fr, fg, fb = _f(fills[i, 0]) * byte, _f(fills[i, 1]) * byte, _f(fills[i, 2]) * byte
        rr, rg, rb = _f(rims[i, 0]) * byte, _f(rims[i, 1]) * byte, _f(rims[i, 2]) * byte
        top, bottom = math.floor(y - reach), math.ceil(y + reach)
        for row in range(max(top, 0), min(bottom, rows)):
            v = _f(row) + half_pixel - y
            span = math.sqrt(max(reach * reach - v * v, zero))
            start, stop = math.ceil(x - span - half_pixel), math.floor(x + span - half_pixel) + 1
            for column in range(max(start, 0), min(stop, columns)):
                u = _f(column) + half_pixel - x
                d = math.sqrt(u * u + v * v)
                inside = fill * min(max(r - d + half_pixel, zero), one)
                if light > zero:
                    way = (d - low) * slope
                    shine = min(bright, max(bright - way * first_slope, (one - way) * second_slope))
                    inside += shine_of * max(shine, zero) * (one - inside)
                ring = zero
                if half > zero:
                    ring = rim * max(zero, min(r + half, d + half_pixel) - max(r - half, d - half_pixel))
                    inside *= one - ring
                pixels[row, column] = _over(
                    pixels[row, column],
                    fr * inside + rr * ring,
                    fg * inside + rg * ring,
                    fb * inside + rb * ring,
                    (inside + ring) * byte,
                )
