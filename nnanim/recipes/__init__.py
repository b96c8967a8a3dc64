"""A cookbook: small answers to single questions, each a few beats on a trace that is given.

``find("attention")`` searches them; `nnanim.recipes.scene_file.write_scene` makes a scene of one, to be
changed. Nothing here loads torch before an ``example`` is asked for.
"""

from __future__ import annotations

from importlib import import_module

from nnanim import words
from nnanim.errors import UserError, nearest
from nnanim.recipes.base import RECIPES, Recipe
from nnanim.recipes.search import rank

__all__ = ["MODULES", "Recipe", "by_name", "every_recipe", "find", "find_any"]

MODULES = {
    "neurons": {"en": "Neurons and weights", "ja": "ニューロンと重み"},
    "digits": {"en": "Answers and mistakes", "ja": "答えとまちがい"},
    "pictures": {"en": "Kernels and maps", "ja": "カーネルと特徴マップ"},
    "sentences": {"en": "Words and attention", "ja": "言葉とアテンション"},
    "learning": {"en": "Training", "ja": "学習"},
    "descent": {"en": "Slopes and steps", "ja": "坂と歩幅"},
}
"""The modules of this package that hold recipes, and what they are about."""


def every_recipe() -> list[Recipe]:
    """All recipes, in the order in which they are written down."""
    for module in MODULES:
        import_module(f"nnanim.recipes.{module}")
    order = [f"nnanim.recipes.{module}" for module in MODULES]
    return sorted(RECIPES.values(), key=lambda one: order.index(one.module))


def by_name(name: str) -> Recipe:
    """The recipe of that name; an underscore is as good as a hyphen.

    Raises:
        UserError: there is none.
    """
    known = {one.name: one for one in every_recipe()}
    wanted = name.replace("_", "-")
    if wanted not in known:
        raise UserError(f"there is no recipe {name!r}{nearest(wanted, known)}")
    return known[wanted]


def find_any(text: str) -> list[Recipe]:
    """The recipes that have any word of a text, the best first."""
    return rank(text, [(one, f"{one.name} {_questions(one)} {one.keywords}") for one in every_recipe()])


def _questions(one: Recipe) -> str:
    return " ".join(words.say(one.question, lang) for lang in words.LANGUAGES)


def find(text: str) -> list[Recipe]:
    """The recipes in whose name, question or keywords every word of a text occurs, in either language.

    Those with the words in their question come first.
    """
    parts = text.casefold().split()
    found: list[tuple[bool, int, Recipe]] = []
    for place, one in enumerate(every_recipe()):
        questions = _questions(one).casefold()
        if all(part in f"{one.name} {questions} {one.keywords}".casefold() for part in parts):
            found.append((not all(part in questions for part in parts), place, one))
    return [one for _, _, one in sorted(found, key=lambda each: each[:2])]
