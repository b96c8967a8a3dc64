"""Little fairy tales in English and Japanese from a grammar of our own: text that may be given to anybody.

A tale has a hero, something the hero loves, somebody who takes it, and a friend who brings it back. Words are
separated by spaces in both languages, so that a word is a token. The tales are made up by rule and sound like
it; they are good for showing how a language model picks the next word, not for reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from nnanim.errors import UserError, nearest

LANGUAGES = ("en", "ja")
PAD, END = 0, 1
SPECIAL = ("<pad>", "<end>")

HEROES = (
    ("princess", "she", "her", "王女"), ("prince", "he", "his", "王子"), ("girl", "she", "her", "女の子"),
    ("boy", "he", "his", "男の子"), ("queen", "she", "her", "女王"), ("king", "he", "his", "王様"),
    ("grandmother", "she", "her", "おばあさん"), ("grandfather", "he", "his", "おじいさん"),
)  # fmt: skip
OTHERS = (
    ("fox", "きつね"),
    ("wolf", "おおかみ"),
    ("dragon", "竜"),
    ("witch", "魔女"),
    ("bear", "熊"),
    ("crow", "からす"),
)
FRIENDS = (
    ("cat", "猫"),
    ("dog", "犬"),
    ("bird", "鳥"),
    ("unicorn", "ユニコーン"),
    ("rabbit", "うさぎ"),
    ("mouse", "ねずみ"),
)
THINGS = (
    ("ring", "指輪"),
    ("lamp", "ランプ"),
    ("book", "本"),
    ("crown", "冠"),
    ("flute", "笛"),
    ("mirror", "鏡"),
    ("key", "鍵"),
)
PLACES = (
    ("in a castle", "お城"), ("in a small house", "小さな 家"), ("by the sea", "海 の そば"),
    ("in a deep forest", "深い 森"), ("on a high mountain", "高い 山"),
)  # fmt: skip
KINDS = (("kind", "やさしい"), ("young", "若い"), ("poor", "貧しい"), ("brave", "勇敢な"), ("clever", "賢い"))
MOODS = (("hungry", "おなか が すいて いました"), ("sad", "悲しんで いました"), ("angry", "怒って いました"))
GIFTS = (("bread", "パン"), ("an apple", "りんご"), ("some soup", "スープ"), ("a warm coat", "暖かい 上着"))

_CASTING: Any = (HEROES, OTHERS, FRIENDS, THINGS, PLACES, KINDS, MOODS, GIFTS)


class _Cast(NamedTuple):
    """Who and what occurs in one tale: words in both languages."""

    hero: tuple[str, str, str, str]
    other: tuple[str, str]
    friend: tuple[str, str]
    thing: tuple[str, str]
    place: tuple[str, str]
    kind: tuple[str, str]
    mood: tuple[str, str]
    gift: tuple[str, str]
    stolen: bool


def tale(rng: np.random.Generator, language: str = "en") -> str:
    """One tale, its words separated by spaces.

    Raises:
        UserError: a language that is not there.
    """
    if language not in LANGUAGES:
        raise UserError(f"tales are told in {', '.join(LANGUAGES)}, not {language!r}")
    drawn = [choices[rng.integers(len(choices))] for choices in _CASTING]
    cast = _Cast._make([*drawn, bool(rng.random() < 0.6)])
    return " ".join(_english(cast) if language == "en" else _japanese(cast))


def _english(cast: _Cast) -> Iterator[str]:
    name, she, her, _ = cast.hero
    other, friend, thing, place = cast.other[0], cast.friend[0], cast.thing[0], cast.place[0]
    yield f"once upon a time there was a {cast.kind[0]} {name} . {she} lived {place} ."
    yield f"the {name} had a {thing} and loved it very much ."
    yield f"one day {she} met a {other} ."
    if cast.stolen:
        yield f"the {other} took the {thing} and ran away . the {name} cried ."
        yield f"but a {friend} found the {thing} and brought it back to {her} {place.split()[-1]} ."
        yield f"the {name} thanked the {friend} , and they lived happily ever after ."
    else:
        yield f"the {other} was {cast.mood[0]} , so the {name} gave it {cast.gift[0]} ."
        yield f"the {other} was happy and thanked the {name} . a {friend} saw it and danced ."
        yield f"the {name} and the {other} became friends , and they lived happily ever after ."


def _japanese(cast: _Cast) -> Iterator[str]:
    name, other, friend, thing, place = (
        cast.hero[3],
        cast.other[1],
        cast.friend[1],
        cast.thing[1],
        cast.place[1],
    )
    yield f"むかしむかし ある ところ に {cast.kind[1]} {name} が いました 。"
    yield f"{name} は {place} に 住んで いました 。"
    yield f"{name} は {thing} を 持って いて 、 それ を とても 大切 に して いました 。"
    yield f"ある 日 {name} は {other} に 会いました 。"
    if cast.stolen:
        yield f"{other} は {thing} を 取って 逃げました 。 {name} は 泣きました 。"
        yield f"けれども {friend} が {thing} を 見つけて 返して くれました 。"
        yield f"{name} は {friend} に お礼 を 言い 、 二人 は いつまでも 幸せ に 暮らしました 。"
    else:
        yield f"{other} は {cast.mood[1]} 。 そこで {name} は {other} に {cast.gift[1]} を あげました 。"
        yield f"{other} は 喜んで {name} に お礼 を 言いました 。"
        yield f"{friend} が それ を 見て 踊りました 。"
        yield f"{name} と {other} は 友だち に なり 、 いつまでも 幸せ に 暮らしました 。"


@cache
def vocabulary() -> tuple[str, ...]:
    """All words of both languages, the special ones first."""
    rng = np.random.default_rng(0)
    found = {word for language in LANGUAGES for _ in range(1500) for word in tale(rng, language).split()}
    return (*SPECIAL, *sorted(found))


def tokens(text: str) -> list[str]:
    """The words of a text: cut at spaces, or, where Japanese is written without them.

    At the longest known word.

    Raises:
        UserError: a word that no tale holds, with the nearest ones.
    """
    known = vocabulary()[len(SPECIAL) :]
    found: list[str] = []
    for chunk in text.lower().replace(",", " , ").replace(".", " . ").split():
        if chunk in known:
            found.append(chunk)
            continue
        while chunk:
            word = max(
                (word for word in known if not word.isascii() and chunk.startswith(word)), key=len, default=""
            )
            if not word:
                raise UserError(f"the model does not know {chunk!r} in {text!r}{nearest(chunk, known)}")
            found.append(word)
            chunk = chunk[len(word) :]
    return found


def encode(text: str) -> list[int]:
    """The numbers of a text's words; raises as ``tokens`` does."""
    numbers = {word: at for at, word in enumerate(vocabulary())}
    return [numbers[word] for word in tokens(text)]


def texts(language: str = "en", count: int = 500, seed: int = 0) -> list[list[str]]:
    """The words of ``count`` tales, the same for the same seed: something to count in.

    Raises:
        UserError: a language that is not there.
    """
    rng = np.random.default_rng(seed)
    return [tale(rng, language).split() for _ in range(count)]
