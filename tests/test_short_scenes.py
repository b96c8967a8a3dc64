"""The short scenes: real runs, true, lawful, short, in both languages; measured without a renderer."""

from __future__ import annotations

import json
from functools import partial

import pytest
from click.testing import CliRunner
from shipped import without_settings

from nnanim import theme, words
from nnanim.check import measure
from nnanim.cli import main
from nnanim.errors import UserError
from nnanim.scene import loader
from nnanim.scene.audiences import AUDIENCES
from nnanim.style import RenderStyle
from nnanim.truth import check_sums, examine

SECONDS, LINES = 45, 80


def test_there_are_fifteen_at_least_and_none_has_the_name_of_a_film() -> None:
    assert len(loader.short_names()) >= 15
    assert not set(loader.short_names()) & set(loader.names())
    with pytest.raises(UserError, match="nearest: 'momentum'"):
        loader.path("momentun")


@pytest.mark.parametrize("name", loader.short_names())
def test_a_short_scene_is_true_lawful_and_short(name: str) -> None:
    text, kind = loader.path(name).read_text(encoding="utf-8"), loader.load(name)
    assert len(text.splitlines()) <= LINES and f"scenes/short/{name}.py" in text
    assert getattr(kind, "audience", "") in AUDIENCES
    assert all(words.is_translated(said, "ja") for said in (kind.title, getattr(kind, "about", "")))
    known = None
    for lang, look in (("en", "dark"), ("ja", "light")):
        scene = kind.without_renderer({"lang": lang})
        if known is None or "settings" in text:
            known = without_settings(scene.compute_example)
        if lang == "en":
            report = examine(partial(scene.story, known))
            assert [str(fault) for fault in report.faults] == []
            assert [str(fault) for beat in report.beats for fault in check_sums(beat)] == []
        story = without_settings(partial(scene.tell_story, known))
        assert story.missing_translations(lang) == []
        assert story.beats[-1].id == "card" and story.provenance["model"]
        measured = measure(story, RenderStyle(theme.by_name(look), lang), name=name)
        assert [str(one) for one in measured.findings if one.bound != "ink"] == [], lang
        assert measured.total("seconds") <= SECONDS


def test_the_command_lists_them_apart() -> None:
    said = CliRunner().invoke(main, ["list"]).output
    assert said.index("short scenes") < said.index("gradient_descent")
    listed = json.loads(CliRunner().invoke(main, ["list", "--json"]).output)
    assert {one["name"] for one in listed if one.get("short")} == set(loader.short_names())
