"""One mark on the screen as one mobject, and the camera that lets it paint itself."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from functools import cache
from typing import Any, Self

import cairo
import numpy as np
import numpy.typing as npt
from manim import BLACK, Circle, Group, ManimColor, Mobject, MovingCamera, Rectangle, VMobject, config, logger

from nnanim.errors import UserError
from nnanim.marks import Frame, digest
from nnanim.movie.cairo_backend import paint, straight, surface
from nnanim.movie.compat import AbstractImageMobject
from nnanim.scene import fingerprint
from nnanim.scene.fingerprint import DRAW, NO_FILM, versions
from nnanim.shapes import Lines, Polyline, Shapes, unwrap

Floats = npt.NDArray[np.float64]

THIN = 0.05
"""A mobject is never thinner, so that it can be scaled and turned."""


COMPUTES = (
    "caption_loop", "data", "film", "models", "recording", "scene", "schema", "stories", "text_to_image",
    "trace", "truth", "parallel", "settings", "terminal",
)  # fmt: skip
"""nnanim's folders and modules that draw nothing: a clip knows the content of what they give."""


@cache
def drawing_code() -> str:
    """A short name for what draws: when it changes, clips are drawn again."""
    return fingerprint.digest([fingerprint.code_digest((*NO_FILM, *COMPUTES)), versions(*DRAW)])[:16]


class Ink(AbstractImageMobject):
    """A mark as a mobject. It can be shifted, scaled, turned, faded and pointed at like any other.

    It paints itself from arrays, so that a layer of a thousand wires is one mobject. In a scene whose camera
    cannot let it paint (any manim scene but a StoryScene), it is a picture of itself.

    Attributes:
        key: of the mark.
        content: short name for what is painted; manim's cache sees this and not the arrays.
    """

    # Slots keep the arrays out of __dict__, which manim walks to find out whether a clip must be drawn again.
    __slots__ = ("_frame", "_home", "_shapes", "_shown")

    def __init__(
        self, key: str, shapes: Shapes, room: tuple[float, float, float, float], frame: Frame | None = None
    ):
        """Make a mobject of ``shapes``, which cover ``room`` (left, right, bottom, top)."""
        self.key = key
        self.opacity = 1.0
        self._shapes, self._shown = shapes, 0
        self._frame = frame
        self._home = _corners(room, shapes)
        self.content = f"{digest(shapes)} {drawing_code()}"
        super().__init__(scale_to_resolution=config.pixel_height)

    def reset_points(self) -> Self:
        """Put the corners (up left, up right, down left, down right) where the mark's room is."""
        self.points = self._home.copy()
        return self

    def show(self, shapes: Shapes) -> None:
        """Paint these shapes from now on; for every frame of an animation."""
        self._shown += shapes is not self._shapes
        self._shapes = shapes

    def paint_state(self) -> tuple[int, bytes, float]:
        """Equal as long as it is painted alike."""
        return self._shown, self.points.tobytes(), self.opacity

    def settle(self, shapes: Shapes, room: tuple[float, float, float, float], frame: Frame) -> None:
        """Paint these shapes from now on, at rest in ``room``; where it was shifted or scaled is kept."""
        home = _corners(room, shapes)
        if np.array_equal(self.points, self._home):
            self.points = home.copy()
            self._home = home
        self._frame = frame
        self.show(shapes)
        self.content = f"{digest(shapes)} {drawing_code()}"

    def paint(self, context: cairo.Context) -> None:
        """Paint into a context whose units are the frame's."""
        if np.array_equal(self.points, self._home):
            paint(context, self._shapes, self.opacity)
            return
        context.save()
        context.transform(self._displacement())
        paint(context, self._shapes, self.opacity)
        context.restore()

    def _displacement(self) -> cairo.Matrix:
        """The affine map from where the mark was placed to where its corners are now."""
        (x0, y0), (x1, _), (_, y2) = self._home[:3, :2]
        origin, across, down = (
            self.points[0, :2],
            self.points[1, :2] - self.points[0, :2],
            self.points[2, :2] - self.points[0, :2],
        )
        a, b = across / (x1 - x0), down / (y2 - y0)
        move = origin - a * x0 - b * y0
        return cairo.Matrix(a[0], a[1], b[0], b[1], move[0], move[1])

    def get_pixel_array(self) -> npt.NDArray[np.uint8]:
        """(height, width, 4) bytes, straight alpha, for cameras that only know pictures."""
        density = config.pixel_height / config.frame_height
        (left, top), (right, bottom) = self._home[0, :2], self._home[3, :2]
        wide, high = max(right - left, 0.01), max(top - bottom, 0.01)
        pixels, context = surface(max(round(wide * density), 1), max(round(high * density), 1), (wide, high))
        context.translate(-(left + right) / 2, -(top + bottom) / 2)
        paint(context, self._shapes, self.opacity)
        return straight(pixels)

    def part(self, *index: int) -> VMobject:
        """The outline of a neuron, cell, token or bar, to point at: ``Circumscribe(self["hidden"].part(1))``.

        Raises:
            UserError: the mark has no such part.
        """
        placed = self._frame.placed.get(self.key) if self._frame is not None else None
        if placed is None or self._frame is None or not len(parts := placed.parts(self._frame)):
            raise UserError(f"{self.key!r} has no parts")
        x, y, width, height = placed.part_box(index, self._frame)
        zoom = self._frame.zoom
        width, height = zoom.factor * width, zoom.factor * height
        outline = Circle(width / 2) if parts.round else Rectangle(width=width, height=height)
        return self._follow(outline, np.array(zoom.point(x, y)))

    def _follow(self, outline: VMobject, at: Floats) -> VMobject:
        color = self._frame.style.theme.color("accent") if self._frame else "#FFFFFF"
        x, y = self._displacement().transform_point(*at)
        ratio = float(
            np.linalg.norm(self.points[1] - self.points[0]) / np.linalg.norm(self._home[1] - self._home[0])
        )
        return outline.scale(ratio).move_to([x, y, 0]).set_stroke(color, 4)

    def vectors(self) -> Mobject:
        """The mark as ordinary manim vector mobjects, to take apart, recolour or transform."""
        from nnanim.movie.vectors import vectors

        made = vectors(self._shapes)
        matrix = self._displacement()
        linear = np.array([[matrix.xx, matrix.xy, 0], [matrix.yx, matrix.yy, 0], [0, 0, 1]])
        return made.apply_matrix(linear, about_point=np.zeros(3)).shift([matrix.x0, matrix.y0, 0])

    def set_opacity(self, opacity: float, family: bool = True) -> Self:
        """Make it see-through."""
        self.opacity = float(opacity)
        return self

    def fade(self, darkness: float = 0.5, family: bool = True) -> Self:
        """Take some of its opacity away."""
        return self.set_opacity(self.opacity * (1 - darkness))

    def set_color(self, color: Any = None, alpha: Any = None, family: bool = True) -> Self:
        """Leave the colours, which are values, and say so: ``Indicate`` and its kin work by size alone."""
        logger.info("The colours of %r are its values; .vectors() is a copy that can be recoloured", self.key)
        return self

    def interpolate_color(self, mobject1: Any, mobject2: Any, alpha: float) -> None:
        """Between two opacities, for FadeIn, FadeOut and ``animate``."""
        self.opacity = mobject1.opacity + (mobject2.opacity - mobject1.opacity) * alpha

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        made = self.__class__.__new__(self.__class__)
        memo[id(self)] = made
        for name in Ink.__slots__:
            setattr(made, name, getattr(self, name))
        for name, value in self.__dict__.items():
            setattr(made, name, copy.deepcopy(value, memo))
        return made


def _corners(room: tuple[float, float, float, float], shapes: Shapes) -> Floats:
    """(4, 3) up left, up right, down left, down right of a room; wires and links take that of their lines."""
    left, right, bottom, top = room
    if min(right - left, top - bottom) < THIN:
        drawn = unwrap(shapes)
        lines = [end for one in drawn if isinstance(one, Lines) for end in (one.starts, one.ends)]
        lines += [one.points for one in drawn if isinstance(one, Polyline)]
        points = np.concatenate([[[left, bottom], [right, top]], *lines])
        (left, bottom), (right, top) = points.min(axis=0) - THIN, points.max(axis=0) + THIN
    return np.array([[left, top, 0], [right, top, 0], [left, bottom, 0], [right, bottom, 0]], dtype=float)


def inks(mobjects: Iterable[Mobject]) -> list[Ink] | None:
    """What manim would paint of ``mobjects``, in its order, where these are Inks alone; else None."""
    found: list[Any] = []
    for one in mobjects:
        if type(one) is Mobject and not one.submobjects:
            continue  # what manim waits with stays in the scene, and is nothing to be seen
        family = one.submobjects if type(one) is Group else [one]
        if any(type(each) is not Ink or each.submobjects or each.z_index for each in family):
            return None
        found += family
    last = {id(one): i for i, one in enumerate(found)}
    return [one for i, one in enumerate(found) if last[id(one)] == i]


class PaintCamera(MovingCamera):
    """A camera that lets every Ink paint itself straight into the frame."""

    _colored, _ground = False, BLACK

    @property
    def background_color(self) -> ManimColor:
        """The colour behind everything."""
        return self._background_color

    @background_color.setter
    def background_color(self, color: ManimColor | str) -> None:
        self._background_color, self._colored = ManimColor(color), True
        self.init_background()

    def init_background(self) -> None:
        """Make the background, premultiplied as cairo wants it: an open one has no colour of its own."""
        super().init_background()
        opacity = self.background[..., 3:].astype(np.uint16)
        self.background[..., :3] = (self.background[..., :3] * opacity + 127) // 255

    def set_ground(self, color: str) -> None:
        """Give the background a theme's colour, unless somebody chose another."""
        if not self.has_own_background:
            self.background_color, self._colored = color, False
            self._ground = self._background_color

    @property
    def has_own_background(self) -> bool:
        """Whether somebody chose a background: in code, in manim.cfg or with ``-c``."""
        return self._colored or self._background_color not in (BLACK, self._ground)

    def capture_mobjects(self, mobjects: Iterable[Mobject], **kwargs: Any) -> None:
        """Paint mobjects onto the frame."""
        every = list(mobjects)
        plain = None if kwargs.get("excluded_mobjects") else inks(every)
        if plain is None:
            super().capture_mobjects(every, **kwargs)
        else:
            self.display_multiple_image_mobjects(plain, self.pixel_array)

    def display_multiple_image_mobjects(
        self, image_mobjects: Iterable[AbstractImageMobject], pixel_array: npt.NDArray[np.uint8]
    ) -> None:
        """Paint image mobjects in their order; all but an Ink as manim does."""
        context = self._context(pixel_array)
        context.save()
        for mobject in image_mobjects:
            if isinstance(mobject, Ink):
                mobject.paint(context)
            else:
                self.display_image_mobject(mobject, pixel_array)
        context.restore()

    def _context(self, pixel_array: npt.NDArray[np.uint8]) -> cairo.Context:
        """A context for every Ink, as long as the camera does not move."""
        kept: dict[Any, cairo.Context] = self.pixel_array_to_cairo_context  # manim's hash leaves it out
        place = id(pixel_array), self.frame.points.tobytes()
        if place not in kept:
            kept.clear()
            kept[place] = self.get_cairo_context(pixel_array)
        return kept[place]
