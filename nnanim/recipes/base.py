"""What a recipe is: a question, and a few beats that answer it on a trace that is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from nnanim.beats import Beat
from nnanim.words import Words

Tell = Callable[[Any], Iterator[Beat]]


@dataclass(frozen=True)
class Recipe:
    """One small answer to one question.

    Attributes:
        name: what it is called, such as ``add-terms``.
        question: what it answers.
        keywords: words that one may look for, in both languages.
        tell: gives its beats, from what the ``example`` of its module computes.
    """

    name: str
    question: Words
    keywords: str
    tell: Tell

    @property
    def module(self) -> str:
        """The module that it stands in: it has the ``example`` that is given to it."""
        return self.tell.__module__


def recipe(en: str, ja: str, keywords: str) -> Callable[[Tell], Tell]:
    """Make a function that tells beats a recipe; its question in both languages, and words to look for."""

    def note(tell: Tell) -> Tell:
        name = tell.__name__.replace("_", "-")
        RECIPES[name] = Recipe(name, {"en": en, "ja": ja}, keywords, tell)
        return tell

    return note


RECIPES: dict[str, Recipe] = {}
"""The recipes of the modules that are loaded, by name."""
