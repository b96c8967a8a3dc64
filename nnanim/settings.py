"""How films are told on this machine: language, theme and pace.

The environment (``NNANIM_LANG``, ``NNANIM_THEME``, ``NNANIM_PACE``) comes before the section ``[nnanim]``
of a ``manim.cfg`` in the working folder (keys ``lang``, ``theme``, ``pace``), and that before the defaults.
"""

from __future__ import annotations

import configparser
import math
import os
from dataclasses import dataclass
from pathlib import Path

from nnanim import theme as themes
from nnanim.errors import UserError, nearest
from nnanim.theme import Theme
from nnanim.words import check_language

KEYS = ("lang", "theme", "pace")


@dataclass(frozen=True)
class Settings:
    """Language, theme and pace of a film; ``pace`` 2 is twice as fast."""

    lang: str = "en"
    theme: Theme = themes.THEMES["dark"]
    pace: float = 1.0


def load(
    lang: str | None = None, theme: str | Theme | None = None, pace: float | str | None = None
) -> Settings:
    """The settings in force; what is given here comes before all else.

    Raises:
        UserError: an unknown language or theme, a pace that is not above 0, an unknown key.
    """
    given = {"lang": lang, "theme": theme, "pace": pace}
    values = {"lang": "en", "theme": "dark", "pace": 1.0, **_from_file(), **_from_environment()}
    values |= {key: value for key, value in given.items() if value is not None}
    try:
        speed = float(values["pace"])  # type: ignore[arg-type]
    except (TypeError, ValueError):
        speed = math.nan
    if not (math.isfinite(speed) and speed > 0):
        raise UserError(f"pace {values['pace']!r} is not a number above 0")
    return Settings(check_language(str(values["lang"])), themes.by_name(values["theme"]), speed)  # type: ignore[arg-type]


def _from_environment() -> dict[str, object]:
    found = {key: os.environ.get(f"NNANIM_{key.upper()}") for key in KEYS}
    return {key: value for key, value in found.items() if value}


def _from_file(path: Path = Path("manim.cfg")) -> dict[str, object]:
    parser = configparser.ConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise UserError(f"{path}: {str(error).splitlines()[0]}") from error
    section = dict(parser["nnanim"]) if parser.has_section("nnanim") else {}
    for key in section:
        if key not in KEYS:
            raise UserError(f"{path}: section [nnanim] has no key {key!r}{nearest(key, KEYS)}")
    return dict(section)
