"""Words in every language: sentences stand where they are said; the field's terms stand here, once.

``Words`` is a plain string, or one string for each language::

    {"en": "Two numbers go in.", "ja": "二つの数が入ります。"}

A language that nnanim does not speak comes from outside: ``add_language("fr", {"Two numbers go in.": "…"})``
is asked by the English text.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from string import Formatter
from typing import TYPE_CHECKING, Any

from nnanim.errors import UserError, nearest
from nnanim.words import numerals
from nnanim.words.glossary import *  # noqa: F403 - words.hidden_layer, known to editors and mypy
from nnanim.words.glossary import LANGUAGES as LANGUAGES
from nnanim.words.glossary import TERMS as TERMS
from nnanim.words.literals import typed_keywords
from nnanim.words.plurals import agree

Words = str | Mapping[str, str]

_learnt: dict[str, dict[str, str]] = {}


def term(name: str) -> dict[str, str]:
    """A term of the glossary, such as ``hidden_layer``, in every language that nnanim speaks.

    Raises:
        UserError: the glossary has no such term.
    """
    if name not in TERMS:
        raise UserError(f"the glossary has no term {name!r}{nearest(name, TERMS)}")
    return TERMS[name]


if not TYPE_CHECKING:  # mypy would take every name for a term

    def __getattr__(name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(f"nnanim.words has no term {name!r}{nearest(name, TERMS)}")


class _Sentence(Formatter):
    """Fills a template; its numbers are written as all numbers are."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """One value under its format specification."""
        return numerals.format_value(value, format_spec)


_sentence = _Sentence()


class _Typed(Formatter):
    """Fills a template with texts, whatever format its numbers have."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """The text as it is."""
        return str(value)


def _inflect(lang: str, text: str) -> str:
    """A sentence whose numbers are filled in, its nouns as its language has them behind a number."""
    return agree(text) if lang == "en" else text


class FilledWords(dict[str, str]):
    """Words with their numbers filled in, which still know the sentence they were made from."""

    def __init__(self, template: Mapping[str, str], values: Mapping[str, Any]) -> None:
        """Fill ``values`` into every language of ``template`` by :meth:`str.format`."""
        super().__init__(
            {
                lang: _inflect(
                    lang,
                    _sentence.vformat(
                        text, (), {name: say(v, lang) if _is_words(v) else v for name, v in values.items()}
                    ),
                )
                for lang, text in template.items()
            }
        )
        self.template = dict(template)
        self.values_filled = dict(values)
        self.typed: Mapping[str, Any] = {}

    @property
    def templates(self) -> dict[str, str]:
        """The template with those numbers in it that somebody typed."""
        shown = {name: f"{{{name}}}" for name in self.values_filled} | {
            name: str(value) for name, value in self.typed.items()
        }
        return {lang: _Typed().vformat(text, (), shown) for lang, text in self.template.items()}


def fill(template: Words, **values: Any) -> FilledWords:
    """Sentences with numbers: ``fill({"en": "p = {p:.2f}", "ja": "p は {p:.2f}"}, p=0.971)``.

    A plain string is one in the language of its letters. A value may itself be words; each language then
    takes its own.
    """
    if isinstance(template, str):
        from nnanim.words.linebreak import is_japanese

        template = {"ja" if is_japanese(template) else "en": template}
    made = FilledWords(template, values)
    if numerals.is_watched():
        made.typed = typed_keywords(sys._getframe(1))
    return made


def add_language(lang: str, dictionary: Mapping[str, str]) -> None:
    """Teach nnanim a language: what it says for each English text, templates of ``fill`` included."""
    _learnt.setdefault(lang, {}).update(dictionary)


def say(words: Words | None, lang: str) -> str:
    """The text of ``words`` in ``lang``: its own, else from what was learnt, else English."""
    if words is None:
        return ""
    if isinstance(words, str):
        return _learnt.get(lang, {}).get(words, words)
    if lang in words:
        return words[lang]
    learnt = _learnt.get(lang, {})
    if isinstance(words, FilledWords) and (text := learnt.get(words.template.get("en", ""))) is not None:
        values = {n: say(v, lang) if _is_words(v) else v for n, v in words.values_filled.items()}
        return _sentence.vformat(text, (), values)
    english = words.get("en") or next(iter(words.values()), "")
    return learnt.get(english, english)


def is_translated(words: Words | None, lang: str) -> bool:
    """Whether ``words`` have a text in ``lang``; a plain string is of no language, and serves for all."""
    if words is None or isinstance(words, str) or words.get(lang):
        return True
    learnt = _learnt.get(lang, {})
    return words.get("en", "") in learnt or (
        isinstance(words, FilledWords) and words.template.get("en", "") in learnt
    )


def available_languages() -> list[str]:
    """The languages that can be asked for: English, Japanese and those learnt."""
    return [*LANGUAGES, *(lang for lang in _learnt if lang not in LANGUAGES)]


def check_language(lang: str) -> str:
    """``lang`` itself.

    Raises:
        UserError: nnanim does not speak it.
    """
    if lang not in available_languages():
        near = nearest(lang, available_languages())
        raise UserError(f"language {lang!r} is not known{near}; teach it with nnanim.words.add_language()")
    return lang


def _is_words(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(text, str) for text in value.values())
