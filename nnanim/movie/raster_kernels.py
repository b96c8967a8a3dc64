"""Lines and discs onto pixels, pixels to the planes of a film, in loops that ``raster_jit`` compiles.

Shapes are in the units of the frame; ``matrix`` (xx, xy, yx, yy, x0, y0) takes them to pixels, as cairo's.
It may shift, scale, turn and mirror, not shear. Pixel (0, 0) covers 0..1. ``pixels`` are words of four bytes,
red the lowest, premultiplied, ``stride`` words a row; colours are four numbers in 0..1, not premultiplied.
Coverage of a line is exact but for its corners; that of a disc is a straight edge's. The last lies on top.

Arrays come as pointers to their first number, for then the machine code asks nothing of Python or numba.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

GLOW = 0.45, 0.13
"""Share of a disc's alpha that its light has at 0.8 radii, and at 0.45 of the way from there to its reach."""

FAINT = 0.5 / 255
"""An alpha that no byte can show."""

_compiled: Any = njit(error_model="numpy", fastmath=True)
_f = np.float32
_u = np.uint32
_ODD, _EVEN = np.uint32(0xFF00FF00), np.uint32(0x00FF00FF)

STEP = 32
"""Columns that are looked at together for a change."""

LUMA = np.float32(65.481 / 255), np.float32(128.553 / 255), np.float32(24.966 / 255)
BLUE = np.float32(-37.797 / 255), np.float32(-74.203 / 255), np.float32(112 / 255)
RED = np.float32(112 / 255), np.float32(-93.786 / 255), np.float32(-18.214 / 255)
"""Weights of red, green and blue in the planes of a film (BT.601, 16 to 235)."""


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


def lines(
    pixels: Any, rows: int, columns: int, stride: int, matrix: Any, count: int,
    starts: Any, ends: Any, colors: Any, widths: Any, opacity: float,
) -> None:  # fmt: skip
    """Straight lines with flat ends: (n, 2) starts and ends, (n, 4) colors, (n,) widths."""
    xx, xy, yx, yy, ox, oy = matrix[0], matrix[1], matrix[2], matrix[3], matrix[4], matrix[5]
    scale = math.sqrt(abs(xx * yy - xy * yx))
    zero, one, half_pixel, inner = _f(0), _f(1), _f(0.5), _f(0.75)
    for i in range(count):
        x0 = xx * starts[2 * i] + xy * starts[2 * i + 1] + ox
        y0 = yx * starts[2 * i] + yy * starts[2 * i + 1] + oy
        dx = xx * ends[2 * i] + xy * ends[2 * i + 1] + ox - x0
        dy = yx * ends[2 * i] + yy * ends[2 * i + 1] + oy - y0
        length, half, alpha = math.sqrt(dx * dx + dy * dy), widths[i] * scale / 2, colors[4 * i + 3] * opacity
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
        red, green, blue = _f(colors[4 * i]), _f(colors[4 * i + 1]), _f(colors[4 * i + 2])
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
                    pixels[row * stride + column] = _over(
                        pixels[row * stride + column], red * c, green * c, blue * c, c
                    )


def discs(
    pixels: Any, rows: int, columns: int, stride: int, matrix: Any, count: int,
    centers: Any, radii: Any, fills: Any, rims: Any, rim_width: float, glow: float, opacity: float,
) -> None:  # fmt: skip
    """Circles: (n, 2) centers, (n,) radii, (n, 4) fills and rims; light reaches ``glow`` radii."""
    xx, xy, yx, yy, ox, oy = matrix[0], matrix[1], matrix[2], matrix[3], matrix[4], matrix[5]
    scale = math.sqrt(abs(xx * yy - xy * yx))
    zero, one, half_pixel, byte = _f(0), _f(1), _f(0.5), _f(255)
    twelfth = one / _f(12)
    bright, dim = _f(GLOW[0]), _f(GLOW[1])
    first_slope, second_slope = (bright - dim) / _f(0.45), dim / _f(0.55)
    for i in range(count):
        x = _f(xx * centers[2 * i] + xy * centers[2 * i + 1] + ox)
        y = _f(yx * centers[2 * i] + yy * centers[2 * i + 1] + oy)
        true = _f(radii[i] * scale)
        if not true > zero:
            continue
        # The soft edge adds a twelfth of a pixel; a disc smaller than a pixel is a faint spot of one.
        r = math.sqrt(max(true * true - twelfth, half_pixel * half_pixel))
        share = min(one, true * true / (half_pixel * half_pixel + twelfth))
        shine_of = _f(fills[4 * i + 3] * opacity)
        fill, rim = shine_of * share, _f(rims[4 * i + 3] * opacity) * share
        half = _f(rim_width * scale / 2) if rim > zero else zero
        light = _f(glow) * true if shine_of * bright >= FAINT else zero
        if light == zero and max(fill, rim) < FAINT:
            continue
        reach = max(light, r + half + half_pixel)
        low = _f(0.8) * true
        slope = one / max(light - low, _f(1e-6))
        fr, fg, fb = _f(fills[4 * i]) * byte, _f(fills[4 * i + 1]) * byte, _f(fills[4 * i + 2]) * byte
        rr, rg, rb = _f(rims[4 * i]) * byte, _f(rims[4 * i + 1]) * byte, _f(rims[4 * i + 2]) * byte
        # Truncated, since LLVM has no floor of its own for these; a pixel too many gets nothing.
        top, bottom = int(max(y - reach, zero)), int(min(max(y + reach, zero), _f(rows)))
        for row in range(top, min(bottom + 1, rows)):
            v = _f(row) + half_pixel - y
            span = math.sqrt(max(reach * reach - v * v, zero))
            start = int(max(x - span - half_pixel, zero))
            stop = int(min(max(x + span - half_pixel, zero), _f(columns))) + 1
            for column in range(start, min(stop, columns)):
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
                pixels[row * stride + column] = _over(
                    pixels[row * stride + column],
                    fr * inside + rr * ring,
                    fg * inside + rg * ring,
                    fb * inside + rb * ring,
                    (inside + ring) * byte,
                )


def planes(
    pixels: Any, seen: Any, rows: int, columns: int, luma: Any, blue: Any, red: Any, wide: int, narrow: int,
    changes: Any,
) -> None:  # fmt: skip
    """Bring the planes of a film (YCbCr 4:2:0) up to date where ``pixels`` differ from ``seen``.

    Rows and columns are even and without gaps; ``luma`` has ``wide`` bytes a row, the others ``narrow``.
    ``seen`` becomes ``pixels``; ``changes`` counts the places where they differed.
    """
    count, low, eight, sixteen = 0, _u(255), _u(8), _u(16)
    dark, middle = _f(16.5), _f(128.5)
    for row in range(0, rows, 2):
        for left in range(0, columns, STEP):
            right, differ = min(left + STEP, columns), _u(0)
            for at in range(row * columns + left, row * columns + right):
                differ |= (pixels[at] ^ seen[at]) | (pixels[at + columns] ^ seen[at + columns])
            if differ == _u(0):
                continue
            count += 1
            for line in range(row, row + 2):
                for column in range(left, right):
                    word = pixels[line * columns + column]
                    seen[line * columns + column] = word
                    light = _f(word & low) * LUMA[0] + _f((word >> eight) & low) * LUMA[1]
                    light += _f((word >> sixteen) & low) * LUMA[2] + dark
                    luma[line * wide + column] = np.uint8(np.int32(light))
            for half in range(left // 2, right // 2):
                at = row * columns + 2 * half
                p, q, s, t = pixels[at], pixels[at + 1], pixels[at + columns], pixels[at + columns + 1]
                # Sums of four bytes fit into sixteen bits: two colours are added at once.
                even = (p & _EVEN) + (q & _EVEN) + (s & _EVEN) + (t & _EVEN)
                odd = ((p >> eight) & _EVEN) + ((q >> eight) & _EVEN)
                odd += ((s >> eight) & _EVEN) + ((t >> eight) & _EVEN)
                quarter, wide_byte = _f(0.25), _u(0xFFFF)
                r, g = _f(even & wide_byte) * quarter, _f(odd & wide_byte) * quarter
                b = _f(even >> sixteen) * quarter
                to = row // 2 * narrow + half
                blue[to] = np.uint8(np.int32(r * BLUE[0] + g * BLUE[1] + b * BLUE[2] + middle))
                red[to] = np.uint8(np.int32(r * RED[0] + g * RED[1] + b * RED[2] + middle))
    changes[0] = count
