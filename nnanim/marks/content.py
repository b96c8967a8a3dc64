"""The content of a mark: its fields are checked when it is made, and compared by what they hold."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.arguments import KnownArguments
from nnanim.errors import UserError
from nnanim.theme import SINGLE

Floats = npt.NDArray[np.float64]


def _describe(values: Any) -> str:
    """What values are that are no numbers, and what is wanted."""
    if isinstance(values, Mapping):
        return "not numbers but a dict; values come first, then names: list(d.values()), tuple(d)"
    if isinstance(values, str) or (
        np.size(values) and isinstance(np.ravel(np.array(values, object))[0], str)
    ):
        return "words; numbers come first, then names"
    return "not numbers"


class CheckedFields(KnownArguments):
    """What the ``__post_init__`` of a mark needs; a frozen dataclass with a ``key``."""

    key: str

    def set_fields(self, **values: Any) -> None:
        """Set fields of the frozen dataclass to what they became when they were checked."""
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def make_error(self, what: str) -> UserError:
        """The error that says what is wrong with this mark."""
        return UserError(f"{type(self).__name__} {self.key!r}: {what}")

    def check_numbers(self, values: npt.ArrayLike, what: str, *dimensions: int) -> Floats:
        """A read-only float copy, finite, with one of the given numbers of dimensions."""
        if getattr(values, "requires_grad", False):
            raise self.make_error(
                f"{what} are a tensor with a gradient; give them as {what}.detach().numpy()"
            )
        try:
            array = np.array(values, dtype=np.float64)
        except (TypeError, ValueError):
            raise self.make_error(f"{what} are {_describe(values)}") from None
        if array.ndim not in dimensions:
            wanted = " or ".join(str(d) for d in dimensions)
            raise self.make_error(
                f"{what} have {array.ndim} dimensions (shape {array.shape}); {wanted} wanted"
            )
        if array.size and not np.isfinite(array).all():
            at = int(np.argmin(np.isfinite(array)))
            raise self.make_error(f"{what} hold {array.flat[at]}{at_index(array, at)}")
        array.flags.writeable = False
        return array

    def check_limit(self, array: Floats, limit: float | None, clips: bool = False) -> float:
        """The limit of the value scale: as declared, else the largest size rounded up for a legend.

        With ``clips``, values may lie beyond it.
        """
        largest = float(np.abs(array).max()) if array.size else 0.0
        if limit is None:
            return round_up(largest)
        if not (math.isfinite(limit) and limit > 0):
            raise self.make_error(f"limit={limit!r}; it must be above 0")
        if largest > limit * (1 + SINGLE) and not clips:
            at = int(np.abs(array).argmax())
            holds = f"; limit={round_up(largest):g} holds all" if hasattr(self, "limit") else ""
            raise self.make_error(
                f"value {array.flat[at]:g}{at_index(array, at)} lies outside ±{limit:g}{holds}"
            )
        return float(limit)

    def check_count(self, values: Sequence[Any], count: int, what: str) -> tuple[Any, ...]:
        """The values, of which there are none or ``count``."""
        if len(values) not in (0, count):
            raise self.make_error(f"{len(values)} {what} for {count} values")
        return tuple(values)


def clip_shares(shares: Floats, clips: bool) -> Floats:
    """Shares of a colour scale, brought to its ends where the mark allows values beyond them."""
    return np.clip(shares, -1, 1) if clips else shares


def at_index(array: npt.NDArray[Any], flat: int) -> str:
    """The end of "value 3": `` at 2``, `` at (0, 1)``, or nothing for a single number."""
    at = tuple(int(i) for i in np.unravel_index(flat, array.shape))
    return f" at {at if len(at) > 1 else at[0]}" if at else ""


def round_up(value: float) -> float:
    """``value`` rounded up to one or two figures that read well in a legend; 1 for 0.

    What single precision adds to a figure is no reason for the next one: it is within `check_limit`.
    """
    value = float(value)  # a numpy float32 would be compared as one
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        float(f"{s * power:.3g}")
        for s in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
        if s * power * (1 + SINGLE) >= value
    )


def round_down(value: float) -> float:
    """A ``value`` above 0 rounded down to a figure that reads well in a legend."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(float(f"{s * power:.3g}") for s in (8, 6, 5, 4, 3, 2, 1, 0.5) if s * power <= value)


def digest(thing: Any) -> str:
    """A short name for the content of a mark, an arrangement or anything made of plain data."""
    sha = hashlib.sha256()
    if hasattr(thing, "__dataclass_fields__"):
        _feed_fields(sha, thing)
    else:
        _feed(sha, thing)
    return sha.hexdigest()[:16]


def _feed_fields(sha: Any, thing: Any) -> None:
    sha.update(type(thing).__name__.encode())
    for name in _field_names(thing.__class__):
        sha.update(name.encode())
        _feed(sha, getattr(thing, name))


@cache
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def _feed(sha: Any, thing: Any) -> None:
    if isinstance(thing, np.ndarray):
        sha.update(f"{thing.dtype}{thing.shape}".encode() + np.ascontiguousarray(thing).tobytes())
    elif hasattr(thing, "content_digest"):  # a mark knows its own, and cannot change
        sha.update(thing.content_digest.encode())
    elif hasattr(thing, "__dataclass_fields__"):
        _feed_fields(sha, thing)
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
