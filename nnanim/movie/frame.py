"""What manim's settings do not allow for: frames of any sides, and folders with braces in their names."""

from __future__ import annotations

import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from manim import config

from nnanim.style import WIDTH, fit_sides

PLACES = ("media_dir", "output_file", "input_file")
"""Settings that are a user's own paths."""

KNOWN = ("module_name", "scene_name", "quality")
"""Names in braces that manim fills in."""

BRACES = {"{": "\ue0f1", "}": "\ue0f2"}
"""Letters of the private use area stand for braces while manim puts paths together."""


def fit_frame() -> None:
    """A frame of other sides than its pixels keeps its width or height and grows in the other one."""
    sides = config.pixel_width / config.pixel_height
    own_width = abs(config.frame_width - WIDTH) > 0.01
    if sides < 0.99 * config.frame_width / config.frame_height:
        config.frame_height = config.frame_width / sides
    elif sides > 1.01 * config.frame_width / config.frame_height:
        config.frame_width = config.frame_height * sides
    if sides < 1 and (not own_width or config.frame_width < fit_sides(sides)[0]):
        # Sentences need their width, but no more: manim makes a portrait frame narrow for -r, and leaves it
        # as wide as any other for the pixels of a manim.cfg.
        config.frame_width, config.frame_height = fit_sides(sides)


@contextmanager
def plain_paths() -> Iterator[None]:
    """A block in which braces in a user's paths are not taken for names that manim fills in."""
    before = {name: config[name] for name in PLACES}
    for name, value in before.items():
        if value and not _is_template(str(value)):
            config[name] = _without_braces(str(value))
    try:
        yield
    finally:
        for name, value in before.items():
            config[name] = value


def _without_braces(path: str) -> str:
    for brace, letter in BRACES.items():
        path = path.replace(brace, letter)
    return path


def _is_template(path: str) -> bool:
    """Whether every brace in a path belongs to a name that manim fills in."""
    try:
        return all(name is None or name in KNOWN for _, name, _, _ in string.Formatter().parse(path))
    except ValueError:
        return False


def with_braces(plan: Any) -> Any:
    """The paths of manim's plan as the user wrote them."""

    def restore_braces(value: Any) -> Any:
        text = str(value)
        for brace, letter in BRACES.items():
            text = text.replace(letter, brace)
        return Path(text) if isinstance(value, Path) else text if isinstance(value, str) else value

    return replace(
        plan, **{one.name: restore_braces(getattr(plan, one.name)) for one in fields(plan) if one.init}
    )
