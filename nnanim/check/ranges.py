"""Legends: no number on a stage lies outside the scale that it is shown with; one line is enough."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from nnanim import words
from nnanim.beats import Beat
from nnanim.layout import find_legends
from nnanim.marks import Frame, Legend, Mark
from nnanim.motions import Playback


def range_faults(beat: Beat) -> Iterator[str]:
    """Values of the marks of a beat that lie outside a legend of the same meaning and colour on its stage.

    A legend of sizes shows the value of one disc and no range.
    """
    shown = [one for one in find_legends(beat) if isinstance(one, Legend) and one.kind in ("color", "width")]
    yield from _typed_ranges(beat)
    said = set[tuple[str, object]]()
    states = beat.motion.states.values() if isinstance(beat.motion, Playback) else ()
    for mark in (*beat.marks, *(state for some in states for state in some)):
        if getattr(mark, "clips", False):  # its legend says how far its values reach
            continue
        for place, own in enumerate(mark.legends()):
            values = _values(mark, place)
            if not isinstance(own, Legend) or not values.size:
                continue
            for legend in shown:
                same = (own.kind, own.meaning, own.role) == (legend.kind, legend.meaning, legend.role)
                low, high = min(legend.low, 0.0), legend.high
                outside = values[(values < low - 1e-9) | (values > high + 1e-9)]
                if same and outside.size and (mark.key, legend) not in said:
                    said.add((mark.key, legend))
                    what = words.say(legend.meaning, "en")
                    yield (
                        f"{mark.key!r} shows {outside[np.abs(outside).argmax()]:.3g} beside a legend "
                        f"of {what!r} from {legend.low:g} to {legend.high:g}"
                    )


_END = r"[−-]?\d+(?:\.\d+)?"
RANGE = re.compile(rf"(?<![\w.])({_END})\s*(?:%\s*)?(?:–|…|\.\.|〜|～|to|から|through)\s*({_END})(?![\w.]|/)")
"""From one number to another, in words."""


def _typed_ranges(beat: Beat) -> Iterator[str]:
    """Ranges that a mark's own words give and its scale, or its axes, have not."""
    for mark in beat.marks:
        limit = getattr(mark, "limit", None)
        scales = [(0.0, limit), (-limit, limit)] if isinstance(limit, float) else []
        scales += [one for name in ("x_limits", "y_limits") if (one := getattr(mark, name, None)) is not None]
        values = _values(mark)
        scales += [(float(values.min()), float(values.max()))] if values.size else []
        for text in dict.fromkeys(_texts(mark)) if scales else ():
            for found in RANGE.finditer(text):
                if _is_of_others(mark, text, found):
                    continue
                ends = [float(one.replace("−", "-")) for one in found.groups()]
                known = [scale for scale in scales if np.allclose(scale, ends, rtol=0.02)]
                shares = [scale for scale in scales if np.allclose(np.multiply(scale, 100), ends, rtol=0.02)]
                if ends[0] < ends[1] and not known and not shares:
                    low, high = scales[0]
                    yield f"{mark.key!r} says {found[0]!r}; its scale goes from {low:g} to {high:g}"


WITHIN = r"\s*(?:以内|以下|未満|の間|の範囲)"
"""What follows a range that says which of many things are counted."""


def _is_of_others(mark: Mark, text: str, found: re.Match[str]) -> bool:
    """Whether a range says what is counted, and not how far the scale goes: shares end at 100 %."""
    if re.match(WITHIN, text[found.end() :]):
        return True
    bracketed = text[: found.start()].rstrip()[-1:] in tuple("(（[［")
    return bool(getattr(mark, "percent", False)) and "%" not in found[0] and not bracketed


def _texts(mark: Mark) -> Iterator[str]:
    for name in ("label", "means", "meaning"):
        value = getattr(mark, name, None) or ""
        yield from [value] if isinstance(value, str) else value.values()


def legend_lines(frame: Frame) -> int:
    """How many lines of legends a frame has."""
    return len({round(one.y, 3) for one in frame.placed.values() if isinstance(one.mark, Legend)})


def _values(mark: Mark, place: int = 0) -> np.ndarray:
    """What the colours or widths of a mark stand for: those of which its legend number ``place`` speaks."""
    for name in ("values", "weights", "pixels"):
        if isinstance(found := getattr(mark, name, None), np.ndarray):
            lit = np.array(getattr(mark, "lit", True), dtype=bool)
            if getattr(mark, "diagonal", None) is not None:  # which has a scale of its own
                lit = np.eye(*found.shape, dtype=np.bool_) == bool(place)
            return found[lit] if lit.shape == found.shape else found.ravel()
    return np.zeros(0)
