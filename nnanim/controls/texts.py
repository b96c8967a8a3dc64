"""Words that may be changed: a line of text, one of several choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from nnanim.controls.base import Control
from nnanim.errors import UserError, quote
from nnanim.words import Words, say

MAX_TEXT = 400
"""Maximum number of characters of a text."""


@dataclass(frozen=True, eq=False)
class Field(Control):
    """A line of text; what it starts with may differ from language to language."""

    value: Words = ""
    longest: int = MAX_TEXT
    kind: ClassVar[str] = "field"

    def start(self, lang: str) -> str:
        """The text given."""
        return say(self.value, lang)

    def check(self, value: Any) -> str:
        """Text that is not too long, its blanks and line ends as single blanks."""
        if not isinstance(value, str):
            raise UserError(f"{quote(value)} is not a text")
        if len(value) > self.longest:
            raise UserError(f"{len(value)} characters; at most {self.longest} can be read")
        text = " ".join(value.split())
        if not text:
            raise UserError("it is empty")
        if any(not char.isprintable() for char in text):
            raise UserError("it holds a character that cannot be printed")
        return text

    def describe(self, lang: str) -> dict[str, Any]:
        """Its length."""
        return {**super().describe(lang), "longest": self.longest}


@dataclass(frozen=True, eq=False)
class Menu(Control):
    """One of several choices: names that code uses, each with what is shown for it."""

    choices: Mapping[str, Words] = field(default_factory=dict)
    value: str | Mapping[str, str] = ""
    kind: ClassVar[str] = "menu"

    def __post_init__(self) -> None:
        if not self.choices:
            raise UserError("a Menu has choices: Menu({'a': 'first', 'b': 'second'})")

    def start(self, lang: str) -> str:
        """The choice given, or the first."""
        return say(self.value, lang) or next(iter(self.choices))

    def check(self, value: Any) -> str:
        """One of the choices."""
        if not isinstance(value, str) or value not in self.choices:
            raise UserError(f"{quote(value)} is none of {', '.join(map(quote, self.choices))}")
        return value

    def describe(self, lang: str) -> dict[str, Any]:
        """The choices."""
        return {
            **super().describe(lang),
            "choices": [[name, say(words, lang)] for name, words in self.choices.items()],
        }
