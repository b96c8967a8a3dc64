"""Layout: from a beat to boxes. Text is measured with the theme's font; what does not fit is refused."""

from __future__ import annotations

from nnanim.layout import charts, network, tables, text  # noqa: F401  (each registers its marks)
from nnanim.layout.arrange import Placed
from nnanim.layout.base import MARGIN, Extent, extent, number
from nnanim.layout.legend import Legend
from nnanim.layout.place import Frame, frames, place

__all__ = ["MARGIN", "Extent", "Frame", "Legend", "Placed", "extent", "frames", "number", "place"]
