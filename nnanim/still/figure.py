"""Figures in frame units, and how they are written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from nnanim.errors import UserError, nearest
from nnanim.files import atomic
from nnanim.style import RenderStyle

WIDTH_PX, DPI = 1920, 200

FORMATS = ("png", "svg", "pdf")

FILMS = ("mp4", "gif")

_RC: dict[str, Any] = {
    "savefig.bbox": None,
    "savefig.transparent": False,
    "savefig.facecolor": "auto",
    "svg.hashsalt": "nnanim",
    "svg.image_inline": True,
    "lines.scale_dashes": True,
    "path.sketch": None,
    "path.effects": [],
    "path.simplify": False,
    "patch.antialiased": True,
    "lines.antialiased": True,
}


@contextmanager
def default_settings() -> Iterator[None]:
    """A block in which a person's own matplotlib settings change nothing in a picture."""
    with matplotlib.rc_context(_RC):
        yield


def blank_figure(width_px: int, height_px: int, dpi: float, ground: Any) -> Figure:
    """An empty figure of a size in pixels, known to no window and to no global list."""
    if not (16 <= width_px <= 16384 and 16 <= height_px <= 65536):
        raise UserError(f"a picture of {width_px} × {height_px} pixels; 16 to 16384 wide wanted")
    # A hair more than the pixels: matplotlib cuts off after the point.
    figure = Figure(figsize=((width_px + 1e-6) / dpi, (height_px + 1e-6) / dpi), dpi=dpi, facecolor=ground)
    FigureCanvasAgg(figure)
    return figure


def stage_axes(
    figure: Figure, style: RenderStyle, box: tuple[float, float, float, float] = (0, 0, 1, 1)
) -> Axes:
    """Axes over ``box`` (left, bottom, width, height as shares of the figure) whose data are frame units."""
    axes = figure.add_axes(box)
    axes.set_axis_off()
    axes.set_autoscale_on(False)
    axes.set(xlim=(-style.width / 2, style.width / 2), ylim=(-style.height / 2, style.height / 2))
    axes.set_aspect("equal")
    return axes


def frame_figure(style: RenderStyle, width_px: int, dpi: float) -> tuple[Figure, Axes]:
    """A figure of one frame, its ground painted where the theme says so."""
    height_px = round(width_px * style.height / style.width)
    figure = blank_figure(width_px, height_px, dpi, ground_color(style))
    return figure, stage_axes(figure, style)


def figure_pixels(figure: Figure) -> npt.NDArray[np.uint8]:
    """(height, width, 4) red, green, blue, alpha of a figure as it is now."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg), "only such figures are made here"
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def ground_color(style: RenderStyle) -> Any:
    """The colour of the ground, or ``none`` where the theme leaves it open."""
    return style.theme.color("ground") if style.theme.opaque else "none"


def picture_format(path: str | os.PathLike[str], formats: tuple[str, ...], what: str) -> str:
    """The format that a path's name asks for.

    Raises:
        UserError: it is none of ``formats``.
    """
    name = Path(path).suffix.lstrip(".").lower()
    if name not in formats:
        asked = f".{name}" if name else "no suffix"
        known = ", ".join(f".{one}" for one in formats)
        raise UserError(f"{what} {str(path)!r} has {asked}; one of {known} wanted{_near(name, formats)}")
    return name


def _near(name: str, formats: tuple[str, ...]) -> str:
    found = nearest(name, formats)
    return found if "nearest" in found else ""


def write(figure: Figure, path: str | os.PathLike[str], about: Mapping[str, Any]) -> Path:
    """Write a figure as png, svg or pdf, byte for byte the same from run to run.

    Args:
        figure: the figure.
        path: its suffix says the format.
        about: ``title``, ``description`` and ``provenance`` for the file's metadata.

    Raises:
        UserError: unknown format, or the folder cannot be written to.
    """
    kind = picture_format(path, FORMATS, "the picture")
    with default_settings(), atomic(path) as temporary:
        figure.savefig(temporary, format=kind, dpi=figure.dpi, metadata=_metadata(kind, about))
    return Path(path)


def _metadata(kind: str, about: Mapping[str, Any]) -> dict[str, Any]:
    title, text = str(about.get("title", "")), str(about.get("description", ""))
    source = provenance_text(about.get("provenance") or {})
    if kind == "png":
        return {"Software": "nnanim", "Title": title, "Description": text, "Source": source}
    if kind == "svg":
        return {
            "Title": title,
            "Description": text,
            "Source": source or None,
            "Creator": "nnanim",
            "Date": None,
        }
    return {
        "Title": title, "Subject": text, "Keywords": source, "Creator": "nnanim", "Producer": None,
        "CreationDate": None,
    }  # fmt: skip


def provenance_text(provenance: Mapping[str, Any]) -> str:
    """Where the numbers come from, as one line of JSON, or nothing."""
    if not provenance:
        return ""
    return json.dumps(dict(provenance), ensure_ascii=False, sort_keys=True, default=str)
