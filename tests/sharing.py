"""Which tests share work: those about one scene, whose story is told and placed once, else those of a file.

``make test`` hands whole groups to its workers (``--dist loadgroup``): nothing is made in two of them.
"""

from __future__ import annotations

from collections.abc import Hashable

import pytest

from nnanim.scene import loader

SCENES = frozenset({*loader.names(), "everything"})

LONG = (
    "test_docs", "test_any_place", "test_deck_vectors", "test_deck", "test_deck_browser", "test_page_browser",
    "test_places", "test_film_jobs", "test_live_browser", "test_live_scenes", "test_play", "test_cli",
    "test_web_readouts", "test_page_answers", "test_notebook", "test_packaging", "test_training",
)  # fmt: skip
"""Files that take longest: they begin first, lest one worker ends with them while the other has nothing."""

SPREAD = frozenset({"test_marks", "test_record_models"})
"""Large files whose tests share nothing: their tests fill up whichever worker is free."""


def arrange(items: list[pytest.Item]) -> None:
    """Sort tests by what they share, and mark each with its group."""
    for item in items:
        if (group := find_group(item)) is not None:
            item.add_marker(pytest.mark.xdist_group(group))
    first = {name: place for place, name in enumerate(LONG)}
    order: dict[Hashable, int] = {}

    def place(item: pytest.Item) -> tuple[int, ...]:
        group, file = find_group(item), item.path.stem
        kind = first.get(file, len(first) + (group is None) + (group == file))
        looks = [look_of(item)] if group in SCENES else []
        return kind, *(order.setdefault(one, len(order)) for one in (group or item.nodeid, *looks))

    items.sort(key=place)


def find_group(item: pytest.Item) -> str | None:
    """The scene that a test is about, or its file; None where it shares nothing."""
    file, parameters = item.path.stem, getattr(getattr(item, "callspec", None), "params", {})
    about_scene = hasattr(getattr(item, "module", None), "shipped") and parameters.get("name") in SCENES
    if about_scene and file not in LONG:
        return str(parameters["name"])
    return None if file in SPREAD else file


def look_of(item: pytest.Item) -> tuple[object, ...]:
    """Language and theme in which a test shows its scene, as far as it says so."""
    parameters = item.callspec.params  # type: ignore[attr-defined]
    return parameters.get("lang", "en"), parameters.get("theme_name", "dark"), parameters.get("frame", "")
