"""Sentences about the small world in English and Japanese, the words they are made of, and reading them back.

The fullest caption is a list of phrases: thing, place, background, style, as painting tools expect it:
"a large red cat, on the left, at night, neon" and "大きな赤い猫、左側、夜、ネオン".
Any attribute but the thing can be left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nnanim.data.articles import choose_article
from nnanim.data.world import COLUMNS, NONE, Labels
from nnanim.errors import UserError, nearest

LANGUAGES = ("en", "ja")

WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "thing": {
        "en": COLUMNS["thing"],
        "ja": (
            "猫", "ユニコーン", "魚", "船", "家", "ロケット", "月", "星",
            "ハート", "花", "木", "鍵", "カップ", "きのこ", "車", "かさ",
        ),
    },
    "colour": {"en": COLUMNS["colour"], "ja": ("赤い", "黄色い", "緑の", "青い", "紫の", "ピンクの")},
    "size": {"en": COLUMNS["size"], "ja": ("小さな", "大きな")},
    "place": {"en": ("on the left", "in the middle", "on the right"), "ja": ("左側", "中央", "右側")},
    "background": {
        "en": ("at night", "in the snow", "on a meadow", "at sunset"),
        "ja": ("夜", "雪の中", "草原", "夕焼け"),
    },
    "style": {
        "en": ("plain", "neon", "striped", "pixel art", "sticker"),
        "ja": ("ふつう", "ネオン", "しま模様", "ドット絵", "シール"),
    },
}  # fmt: skip

LEVELS: dict[str, tuple[str, ...]] = {
    "thing": ("thing",),
    "short": ("thing", "colour"),
    "scene": ("thing", "colour", "size", "background"),
    "full": ("thing", "colour", "size", "place", "background", "style"),
}

PAD, END = 0, 1
SPECIAL = ("<pad>", "<end>", "<en>", "<ja>")
LENGTH = 20


def caption(row: Sequence[int] | Labels, language: str = "en", said: Collection[str] = LEVELS["full"]) -> str:
    """The sentence for one row of labels.

    Args:
        row: the eight labels of `nnanim.data.world`.
        language: "en" or "ja".
        said: the attributes that are mentioned (see ``LEVELS``); the thing always is.

    Raises:
        UserError: a language that is not there.
    """
    if language not in LANGUAGES:
        raise UserError(f"captions are written in {', '.join(LANGUAGES)}, not {language!r}")
    word = {
        name: WORDS[name][language][row[at]] for at, name in enumerate(COLUMNS) if at < 6 and name in said
    }
    word["thing"] = WORDS["thing"][language][row[0]]
    if row[6] == NONE:
        nouns = [word.get("size", ""), word.get("colour", ""), word["thing"]]
        phrases = [_noun(nouns, language), word.get("place", "")]
    else:
        first = _noun([word.get("colour", ""), word["thing"]], language)
        colour = WORDS["colour"][language][row[7]] if "colour" in said else ""
        second = _noun([colour, WORDS["thing"][language][row[6]]], language)
        phrases = [f"{first} left of {second}"] if language == "en" else [f"左に{first}", f"右に{second}"]
    phrases += [word.get("background", ""), word.get("style", "")]
    return (", " if language == "en" else "、").join(phrase for phrase in phrases if phrase)


def tokens(text: str) -> list[str]:
    """The words of a sentence in either language; Japanese is cut at the longest known word.

    Raises:
        UserError: a word that no caption holds, with the nearest ones.
    """
    found: list[str] = []
    for chunk in re.findall(r"[a-zA-Z]+|[,、，]|[^\sa-zA-Z,、，]+", text):
        if chunk in ",、，":
            found.append("," if chunk == "," else "、")
        elif chunk[0].isascii():
            found.append(_require_known(chunk.lower(), text))
        else:
            found.extend(_cut(chunk, text))
    return found


def encode(texts: Sequence[str]) -> NDArray[np.int64]:
    """Word numbers, (n, LENGTH): the words of each sentence, the end, padding.

    The empty sentence is only the end.

    Raises:
        UserError: an unknown word, or a sentence of more than LENGTH - 1 words.
    """
    numbers = _numbers()
    rows = np.full((len(texts), LENGTH), PAD, dtype=np.int64)
    for row, text in zip(rows, texts, strict=True):
        words = tokens(text)
        if len(words) >= LENGTH:
            raise UserError(f"a caption has at most {LENGTH - 1} words, got {len(words)}: {text!r}")
        row[: len(words)] = [numbers[word] for word in words]
        row[len(words)] = END
    return rows


def decode(numbers: Sequence[int] | NDArray[np.int64]) -> str:
    """The sentence of some word numbers, up to the end."""
    words = []
    for number in numbers:
        if number == END:
            break
        if number >= len(SPECIAL):
            words.append(vocabulary()[number])
    joint = "" if any(not word.isascii() for word in words) else " "
    return joint.join(words).replace(" ,", ",")


def read(text: str) -> dict[str, str]:
    """What a caption says: attribute to the world's word for it, only for what is said.

    Raises:
        UserError: an unknown word.
    """
    language = "ja" if any(not word.isascii() for word in tokens(text)) else "en"
    plain = re.sub(r"[,、，]", " ", text.lower()) if language == "en" else text
    said: dict[str, str] = {}
    for name, words in WORDS.items():
        at = sorted(
            (place.start(), k) for k, word in enumerate(words[language]) for place in _places(word, plain)
        )
        for which, (_, k) in zip((name, f"second {name}"), at, strict=False):
            said[which] = COLUMNS[name][k]
    return {name: word for name, word in said.items() if name in COLUMNS}


@cache
def vocabulary() -> tuple[str, ...]:
    """All words, the special ones first, then English, then Japanese."""
    english = {"a", "an", ",", "left", "of"}
    english |= {piece for words in WORDS.values() for word in words["en"] for piece in word.split()}
    japanese = {"、", "左に", "右に"} | {word for words in WORDS.values() for word in words["ja"]}
    return (*SPECIAL, *sorted(english), *sorted(japanese))


def _noun(parts: Sequence[str], language: str) -> str:
    words = [part for part in parts if part]
    if language == "ja":
        return "".join(words)
    return " ".join([choose_article(words[0]), *words])


def _places(word: str, text: str) -> list[re.Match[str]]:
    pattern = rf"\b{word}\b" if word.isascii() else word
    return list(re.finditer(pattern, text))


def _require_known(word: str, text: str) -> str:
    if word not in _numbers():
        near = nearest(word, vocabulary()[len(SPECIAL) :])
        raise UserError(f"the model does not know the word {word!r} in {text!r}{near}")
    return word


def _cut(chunk: str, text: str) -> list[str]:
    found: list[str] = _japanese().findall(chunk)
    if "".join(found) != chunk:
        # Words that it knows stand between those that it does not know.
        rest = next(part for part in _japanese().split(chunk) if part)
        raise UserError(f"the model does not know {rest!r} in {text!r}{nearest(rest, vocabulary())}")
    return found


@cache
def _japanese() -> re.Pattern[str]:
    """Any Japanese word, the longest first."""
    longest = sorted((word for word in vocabulary() if not word.isascii()), key=len, reverse=True)
    return re.compile("|".join(longest))


@cache
def _numbers() -> dict[str, int]:
    return {word: at for at, word in enumerate(vocabulary())}
