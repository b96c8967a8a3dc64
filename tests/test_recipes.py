"""The cookbook: every recipe is placed in both languages, keeps the laws, and shows only true numbers."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from shipped import without_settings

from nnanim import theme, words
from nnanim.beats import Story
from nnanim.check import measure
from nnanim.check.honesty import find_dishonest
from nnanim.cli import main
from nnanim.recipes import MODULES, by_name, every_recipe, find
from nnanim.scene import loader
from nnanim.style import RenderStyle
from nnanim.threads import one_thread
from nnanim.truth import check_sums, examine

NAMES = [one.name for one in every_recipe()]
OF_A_FILM = {"ink", "cuts", "dead", "reading", "length", "legend"}
"""Bounds of a whole film, in which older legends give way; a recipe is a beat or two of one."""


@lru_cache(maxsize=2)
def example(module: str, lang: str) -> Any:
    with one_thread():
        return without_settings(lambda: import_module(module).example(lang))


def test_there_are_forty_of_them_and_each_kind_of_trace_has_some() -> None:
    assert len(NAMES) >= 40
    assert {one.module.rpartition(".")[2] for one in every_recipe()} == set(MODULES)


@pytest.mark.parametrize("module", [f"nnanim.recipes.{name}" for name in MODULES])
def test_recipes_are_true_lawful_and_short(module: str) -> None:
    for one in (each for each in every_recipe() if each.module == module):
        report = examine(lambda one=one: one.tell(example(module, "en")))  # type: ignore[misc]
        assert [str(fault) for fault in report.faults] == [], one.name
        assert [found.what for found in find_dishonest(report)] == [], one.name
        assert [str(fault) for beat in report.beats for fault in check_sums(beat)] == [], one.name
        assert len(report.beats) <= 2, one.name
        for lang, look in (("en", "dark"), ("ja", "light")):
            beats = report.beats if lang == "en" else tuple(one.tell(example(module, lang)))
            story = Story.from_beats(beats, one.question)
            assert story.missing_translations(lang) == [], one.name
            found = measure(story, RenderStyle(theme.by_name(look), lang), name=one.name).findings
            assert [str(f) for f in found if f.bound not in OF_A_FILM] == [], f"{one.name} {lang}"


@pytest.mark.parametrize(
    ("text", "first"),
    [("attention", "show-attention"), ("softmax", "turn-scores"), ("混同行列", "count-mistakes"),
     ("SLIDER effect", "multiply-views"), ("learning rate of a cat", None)],
)  # fmt: skip
def test_words_of_both_languages_find_recipes(text: str, first: str | None) -> None:
    found = [one.name for one in find(text)]
    assert first in found if first else found == []


def test_the_command_lists_prints_and_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = lambda *typed: CliRunner().invoke(main, ["recipes", *typed])  # noqa: E731
    assert "draw-arcs" in run("attention").output and "どこを見る" in run("attention", "--lang", "ja").output
    assert "def draw_arcs(" in run("draw-arcs").output and "@recipe" not in run("draw-arcs").output
    assert len(json.loads(run("--json").output)) == len(NAMES)
    assert "watch-loss" in run("loss", "training").output and "roll-ball" in run("loss", "slope").output
    assert "watch-loss" in run("loss", "unheard-of").output and "--from momentum" in run("momentum").output
    assert "--from residual" in run("skip", "connections").output and "--from momentum" in run("Adam").output
    films = json.loads(run("ball on a slope", "--json").output)
    assert films[0]["name"] == "roll-ball", "it has all of them"
    films = json.loads(run("valley twice unheard", "--json").output)
    assert films and films[0]["name"], "any word is enough"
    assert run("no-such-thing").exit_code == 2 and "lists all" in run("no-such-thing").output
    assert "nearest: 'draw-arcs'" in run("draw-arc", "--out", "a.py").output
    assert run("draw-arcs", "--out", "a.py").exit_code == 0
    assert "already there" in run("draw-arcs", "--out", "a.py").output
    assert run("draw-arcs", "--out", "a b.py").exit_code == 2


@pytest.mark.parametrize("name", ["add-terms", "switch-off", "draw-arcs", "explain-mistake"])
def test_a_recipe_as_a_scene_file_tells_the_same(name: str, tmp_path: Path) -> None:
    from nnanim.recipes.scene_file import write_scene

    file, one = tmp_path / "mine.py", by_name(name)
    file.write_text(write_scene(one, "mine"), encoding="utf-8")
    beats = loader.build_story(str(file), {"lang": "en"}).beats
    wanted = list(one.tell(example(one.module, "en")))
    assert [words.say(beat.says, "en") for beat in beats[:-1]] == [
        words.say(beat.says, "en") for beat in wanted
    ]
    assert [beat.stage for beat in beats[:-1]] == [beat.stage for beat in wanted]


def test_every_recipe_becomes_a_file_that_python_reads() -> None:
    from nnanim.recipes.scene_file import write_scene, write_source

    for one in every_recipe():
        compile(write_scene(one, "mine"), "mine.py", "exec")
        assert len(write_source(one).splitlines()) <= 32, one.name
