"""Which tests share work: those about one scene, whose story is told and placed once, else those of a file.

Whole groups are handed to the workers of ``pytest -n``: nothing is made in two of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nnanim.scene import loader

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

SCENES = (*loader.names(), "everything")

ABOUT_SCENES = frozenset(
    """test_film_is_the_timeline test_laws test_readouts test_rows_in_line test_stories test_theme
    test_true_numbers test_web_pixels""".split()
)
"""Files in which most tests ask something of every scene."""

LONG = """
test_docs test_any_place test_deck_vectors test_deck test_deck_browser test_page_browser test_places
test_film_jobs test_live_browser test_live_scenes test_play test_cli test_web_readouts test_page_answers
test_notebook test_packaging test_training
""".split()
"""Files that take longest: they begin first, lest one worker ends with them while the other has nothing."""

SPREAD = frozenset({"test_marks", "test_record_models"})
"""Large files whose tests share nothing: each goes to whichever worker is free."""


def find_group(test: str) -> str:
    """What a test shares work with, by its id: the name of a scene or of a file, or itself."""
    file, bracket, parameters = test.partition("[")
    file = Path(file.partition("::")[0]).stem
    if bracket and file in ABOUT_SCENES:
        told = {*parameters.removesuffix("]").split("-")}
        for scene in SCENES:
            if scene in told:
                return scene
    return test if file in SPREAD else file


def sort_tests(items: list[pytest.Item]) -> None:
    """Put tests that share work beside each other; of one scene, those in one language, theme and frame."""
    places = {name: place for place, name in enumerate([*LONG, *SCENES])}
    looks: dict[Any, int] = {}

    def place(item: pytest.Item) -> tuple[int, ...]:
        group = find_group(item.nodeid)
        if group not in SCENES:
            return places.get(group, len(places)), places.setdefault(group, len(places))
        shown = item.callspec.params  # type: ignore[attr-defined]
        look = shown.get("lang", "en"), shown.get("theme_name", "dark"), shown.get("frame", "")
        return places[group], looks.setdefault(look, len(looks))

    items.sort(key=place)


def make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """What hands one group after the other to the worker that is free, in the order in which they stand."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return find_group(nodeid)

    config.option.loadscopereorder = False
    return ByGroup(config, log)
