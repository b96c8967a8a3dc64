"""What every mark is: a key, checked numbers, equality by content; and what it answers when it is asked.

A mark of one's own is a frozen dataclass that subclasses ``Mark`` and has ``extent`` and ``draw``; all else
here may be overridden. ``docs/new-mark.md`` shows one.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from nnanim import words
from nnanim.errors import UserError
from nnanim.marks.parts import Parts
from nnanim.marks.placed import GAP, Extent, Frame, Placed
from nnanim.shapes import Shapes
from nnanim.style import RenderStyle
from nnanim.words import Words

if TYPE_CHECKING:
    from nnanim.marks.legend import Legend

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Mark:
    """One thing on the screen.

    Attributes:
        key: short and stable; the same key in the next beat is the same thing.
        label: its name, written above it.
        means: what its values are, for the legend ("weight", "activation", …).
        layer: 0 lies under 1 lies under 2.
        opaque: whether it covers what lies under it: when it changes, the new state is laid over the old one.
        connects: whether it runs between its neighbours in a Row, whose labels may hang over it.
        roomless: whether it takes no room of its own in a Table.
        term: name in ``words`` of what its values are where ``means`` does not say it.
        read: names of its fields that are read: where they change, the old state goes before the new comes.
    """

    key: str
    label: Words | None = None
    means: Words | None = None
    layer: ClassVar[int] = 2
    opaque: ClassVar[bool] = False
    connects: ClassVar[bool] = False
    roomless: ClassVar[bool] = False
    term: ClassVar[str] = "value"
    read: ClassVar[tuple[str, ...]] = ()

    # What a mark of its own kind says.

    def extent(self, scale: float, style: RenderStyle) -> Extent:
        """The room that it wants at ``scale``, without its label."""
        raise NotImplementedError(f"{type(self).__name__} has no extent(self, scale, style)")

    def draw(self, placed: Placed, frame: Frame) -> Parts:
        """Its shapes in its place, and the part that each belongs to; ``frame`` has what it is tied to."""
        raise NotImplementedError(f"{type(self).__name__} has no draw(self, placed, frame)")

    def legends(self) -> tuple[Legend, ...]:
        """What its colours, widths or sizes mean; one of equal legends is shown."""
        return ()

    @property
    def ties(self) -> tuple[str, ...]:
        """Keys of the marks that this one is drawn between or on; they must be on the stage."""
        return ()

    def check(self, marks: Mapping[str, Mark]) -> None:
        """See that it fits the marks that it is tied to; they are on the stage.

        Raises:
            UserError: it does not.
        """

    @property
    def cells(self) -> tuple[int, int] | None:
        """Rows and columns of its parts where a window may wander over them, else None."""
        return None

    def reveal(self, count: int) -> Mark | None:
        """The mark with its first ``count`` cells alone, in reading order; None if it has no such state."""
        return None

    @property
    def square(self) -> bool:
        """Whether it runs in right angles along the lanes of a Table."""
        return False

    # What it does when it changes between two beats.

    def between(self, after: Mark, fraction: float) -> Mark | None:
        """The mark on its way to ``after``; None where the old state fades into the new one."""
        return None

    def continues(self, before: Placed, after: Placed, style: RenderStyle) -> bool:
        """Whether what stays of it stays at its left edge, as in a sentence that grows."""
        return False

    @property
    def loose(self) -> tuple[str, ...]:
        """Fields of words that ``draw_loose`` draws and without which the mark can be drawn."""
        return ()

    def draw_loose(self, placed: Placed, frame: Frame) -> Shapes:
        """The words of its ``loose`` fields."""
        return ()

    # What follows from that for every mark.

    @property
    def meaning(self) -> Words:
        """What its values are, in words: its own ``means``, else what its kind says."""
        return self.means if self.means is not None else words.term(self.term)

    def measure(self, scale: float, style: RenderStyle, spare: float = 0.0) -> Extent:
        """The room that it wants at ``scale``, with its label."""
        bare = self.extent(scale, style)
        if not self.label_height(style):
            return bare
        half = style.text_width(self.label, style.theme.medium, bold=True) / 2
        return replace(
            bare,
            left=max(bare.left, half),
            right=max(bare.right, half),
            up=bare.up + GAP + style.theme.medium,
        )

    def label_height(self, style: RenderStyle) -> float:
        """Height that its label takes above all else."""
        return GAP + style.theme.medium if style.say(self.label) else 0.0

    def put(
        self, x: float, y: float, scale: float, style: RenderStyle, spare: float = 0.0
    ) -> Iterator[Placed]:
        """The mark in its place, the middle of its core at (x, y)."""
        yield self.place(x, y, scale, style, self.measure(scale, style))

    def place(self, x: float, y: float, scale: float, style: RenderStyle, extent: Extent) -> Placed:
        """The mark in its place, in the room ``extent``."""
        room = (x - extent.left, x + extent.right, y - extent.down, y + extent.up)
        label_y = y + extent.up - style.theme.medium / 2
        return Placed(self, x, y, extent.width, extent.height, scale, label_y, room)

    def flatten(self) -> Iterator[Mark]:
        """The mark itself, as an arrangement of one."""
        yield self

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and digest(self) == digest(other)

    def __hash__(self) -> int:
        return hash(digest(self))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self  # nothing in a mark can change

    # What a mark's ``__post_init__`` needs.

    def set_fields(self, **values: Any) -> None:
        """Set fields of the frozen dataclass to what they became when they were checked."""
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def make_error(self, what: str) -> UserError:
        """The error that says what is wrong with this mark."""
        return UserError(f"{type(self).__name__} {self.key!r}: {what}")

    def check_numbers(self, values: npt.ArrayLike, what: str, *dimensions: int) -> Floats:
        """A read-only float copy, finite, with one of the given numbers of dimensions."""
        try:
            array = np.array(values, dtype=np.float64)
        except (TypeError, ValueError):
            raise self.make_error(f"{what} are not numbers") from None
        if array.ndim not in dimensions:
            wanted = " or ".join(str(d) for d in dimensions)
            raise self.make_error(
                f"{what} have {array.ndim} dimensions (shape {array.shape}); {wanted} wanted"
            )
        if array.size and not np.isfinite(array).all():
            at = int(np.argmin(np.isfinite(array)))
            raise self.make_error(f"{what} hold {array.flat[at]}{where(array, at)}")
        array.flags.writeable = False
        return array

    def check_limit(self, array: Floats, limit: float | None) -> float:
        """The limit of the value scale: as declared, else the largest size rounded up for a legend."""
        largest = float(np.abs(array).max()) if array.size else 0.0
        if limit is None:
            return nice(largest)
        if not (math.isfinite(limit) and limit > 0):
            raise self.make_error(f"limit={limit!r}; it must be above 0")
        if largest > limit * (1 + 1e-9):
            at = int(np.abs(array).argmax())
            raise self.make_error(f"value {array.flat[at]:g}{where(array, at)} lies outside ±{limit:g}")
        return float(limit)

    def check_count(self, values: Sequence[Any], count: int, what: str) -> tuple[Any, ...]:
        """The values, of which there are none or ``count``."""
        if len(values) not in (0, count):
            raise self.make_error(f"{len(values)} {what} for {count} values")
        return tuple(values)


def where(array: npt.NDArray[Any], flat: int) -> str:
    """The end of "value 3": `` at 2``, `` at (0, 1)``, or nothing for a single number."""
    at = tuple(int(i) for i in np.unravel_index(flat, array.shape))
    return f" at {at if len(at) > 1 else at[0]}" if at else ""


def nice(value: float) -> float:
    """``value`` rounded up to one or two figures that read well in a legend; 1 for 0."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        float(f"{s * power:.3g}")
        for s in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
        if s * power >= value * (1 - 1e-9)
    )


def digest(thing: Any) -> str:
    """A short name for the content of a mark, an arrangement or anything made of plain data."""
    sha = hashlib.sha256()
    _feed(sha, thing)
    return sha.hexdigest()[:16]


def _feed(sha: Any, thing: Any) -> None:
    if isinstance(thing, np.ndarray):
        sha.update(f"{thing.dtype}{thing.shape}".encode() + np.ascontiguousarray(thing).tobytes())
    elif hasattr(thing, "__dataclass_fields__"):
        sha.update(type(thing).__name__.encode())
        for one in fields(thing):
            sha.update(one.name.encode())
            _feed(sha, getattr(thing, one.name))
    elif isinstance(thing, Mapping):
        for name in thing:
            sha.update(repr(name).encode())
            _feed(sha, thing[name])
    elif isinstance(thing, tuple | list):
        sha.update(f"({len(thing)}".encode())
        for one in thing:
            _feed(sha, one)
    else:
        sha.update(repr(thing.item() if isinstance(thing, np.generic) else thing).encode() + b";")


def modify(mark: Mark, **values: Any) -> Any:
    """The same mark with other values: ``modify(units, lit=True)``."""
    return replace(mark, **values)


def key_of(end: str | Mark) -> str:
    """The key of a mark; a key is itself."""
    return end.key if isinstance(end, Mark) else end
