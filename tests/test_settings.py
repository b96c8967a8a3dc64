"""Language, theme and pace: what is given, the environment, manim.cfg, the defaults, in this order."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnanim import settings
from nnanim.errors import UserError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("LANG", "THEME", "PACE"):
        monkeypatch.delenv(f"NNANIM_{name}", raising=False)
    return tmp_path


def told() -> tuple[str, str, float]:
    now = settings.load()
    return now.lang, now.theme.name, now.pace


def test_defaults() -> None:
    assert told() == ("en", "dark", 1.0)


def test_manim_cfg_comes_before_the_defaults(here: Path) -> None:
    (here / "manim.cfg").write_text(
        "[CLI]\nquality = low_quality\n\n[nnanim]\nlang = ja\ntheme = light\npace = 1.5\n"
    )
    assert told() == ("ja", "light", 1.5)


def test_the_environment_comes_before_manim_cfg(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "manim.cfg").write_text("[nnanim]\nlang = ja\ntheme = light\n")
    monkeypatch.setenv("NNANIM_THEME", "transparent")
    assert told() == ("ja", "transparent", 1.0)


def test_what_is_given_comes_before_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNANIM_LANG", "ja")
    monkeypatch.setenv("NNANIM_PACE", "2")
    now = settings.load(lang="en", pace="3")
    assert (now.lang, now.pace) == ("en", 3.0)


def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNANIM_LANG", "")
    assert settings.load().lang == "en"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"lang": "jp"}, "language 'jp' is not known; nearest: 'ja'"),
        ({"theme": "drak"}, "there is no theme 'drak'; nearest: 'dark'"),
        ({"pace": "fast"}, "pace 'fast' is not a number above 0"),
        ({"pace": 0}, "pace 0 is not a number above 0"),
        ({"pace": "nan"}, "pace 'nan' is not a number above 0"),
    ],
)
def test_mistakes_are_told(given: dict[str, str], message: str) -> None:
    with pytest.raises(UserError) as error:
        settings.load(**given)  # type: ignore[arg-type]
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[nnanim]\nlanguage = ja\n", "manim.cfg: section [nnanim] has no key 'language'; nearest: 'lang'"),
        ("[nnanim]\nlang = jp\n", "language 'jp' is not known"),
        ("lang = ja\n", "manim.cfg: File contains no section headers."),
    ],
)
def test_mistakes_in_manim_cfg_are_told(here: Path, text: str, message: str) -> None:
    (here / "manim.cfg").write_text(text)
    with pytest.raises(UserError) as error:
        settings.load()
    assert str(error.value).startswith(message)
