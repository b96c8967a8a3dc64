"""Sentences with names in them, in every language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nnanim import words
from nnanim.words import Filled

_BETWEEN = re.compile(r"(?<=[\u3000-\u30ff\u4e00-\u9fff]) (?=[\u3000-\u30ff\u4e00-\u9fff])")


def fill(template: Mapping[str, str], **values: Any) -> Filled:
    """As ``nnanim.words.fill``; in Japanese, a space stands only beside Latin letters and numbers."""
    said = words.fill(template, **values)
    if "ja" in said:
        said["ja"] = _BETWEEN.sub("", said["ja"])
    return said
