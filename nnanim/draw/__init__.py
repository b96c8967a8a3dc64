"""Drawing is a pure function: a placed mark in, shapes out. Printers only paint the shapes."""

from __future__ import annotations

from nnanim.draw import charts, network, tables, text  # noqa: F401  (each registers its marks)
from nnanim.draw.base import draw, ink
from nnanim.layout import Frame
from nnanim.shapes import Shapes

__all__ = ["draw", "draw_frame", "ink", "order"]


def order(frame: Frame) -> list[str]:
    """Keys from the lowest to the highest."""
    return sorted(frame.placed, key=lambda key: frame[key].mark.layer)


def draw_frame(frame: Frame) -> dict[str, Shapes]:
    """The shapes of every mark, from the lowest to the highest."""
    return {key: draw(frame[key], frame) for key in order(frame)}
