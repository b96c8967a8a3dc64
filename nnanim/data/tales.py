"""Little fairy tales in English and Japanese from a grammar of our own: text that may be given to anybody.

A tale has a hero, something the hero loves, somebody who takes it, and a friend who brings it back. Words are separated
by spaces in both languages, so that a word is a token. The tales are made up by rule and sound like it; they are good for
showing how a language model picks the next word, not for reading.
"""

from __future__ import annotations

from functools import cache

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
OTHERS = (("fox", "きつね"), ("wolf", "おおかみ"), ("dragon", "竜"), ("witch", "魔女"), ("bear", "熊"), ("crow", "からす"))
FRIENDS = (("cat", "猫"), ("dog", "犬"), ("bird", "鳥"), ("unicorn", "ユニコーン"), ("rabbit", "うさぎ"), ("mouse", "ねずみ"))
THINGS = (("ring", "指輪"), ("lamp", "ランプ"), ("book", "本"), ("crown", "冠"), ("flute", "笛"), ("mirror", "鏡"), ("key", "鍵"))
PLACES = (
    ("in a castle", "お城"), ("in a small house", "小さな 家"), ("by the sea", "海 の そば"),
    ("in a deep forest", "深い 森"), ("on a high mountain", "高い 山"),
)  # fmt: skip
KINDS = (("kind", "やさしい"), ("young", "若い"), ("poor", "貧しい"), ("brave", "勇敢な"), ("clever", "賢い"))
MOODS = (("hungry", "おなか が すいて いました"), ("sad", "悲しんで いました"), ("angry", "怒って いました"))
GIFTS = (("bread", "パン"), ("an apple", "りんご"), ("some soup", "スープ"), ("a warm coat", "暖かい 上着"))


def tale(rng: np.random.Generator, language: str = "en") -> str:
    """One tale, its words separated by spaces.

    Raises:
        UserError: a language that is not there.
    """
    if language not in LANGUAGES:
        raise UserError(f"tales are told in {', '.join(LANGUAGES)}, not {language!r}")
    hero, other, friend, thing, place, kind, mood, gift = (
        choices[rng.integers(len(choices))] for choices in (HEROES, OTHERS, FRIENDS, THINGS, PLACES, KINDS, MOODS, GIFTS)
    )
    stolen = rng.random() < 0.6
    words = _english if language == "en" else _japanese
    return " ".join(words(hero, other, friend, thing, place, kind, mood, gift, stolen))


def _english(hero, other, friend, thing, place, kind, mood, gift, stolen):  # type: ignore[no-untyped-def]
    name, she, her, _ = hero
    yield f"once upon a time there was a {kind[0]} {name} . {she} lived {place[0]} ."
    yield f"the {name} had a {thing[0]} and loved it very much ."
    yield f"one day {she} met a {other[0]} ."
    if stolen:
        yield f"the {other[0]} took the {thing[0]} and ran away . the {name} cried ."
        yield f"but a {friend[0]} found the {thing[0]} and brought it back to {her} {place[0].split()[-1]} ."
        yield f"the {name} thanked the {friend[0]} , and they lived happily ever after ."
    else:
        yield f"the {other[0]} was {mood[0]} , so the {name} gave it {gift[0]} ."
        yield f"the {other[0]} was happy and thanked the {name} . a {friend[0]} saw it and danced ."
        yield f"the {name} and the {other[0]} became friends , and they lived happily ever after ."


def _japanese(hero, other, friend, thing, place, kind, mood, gift, stolen):  # type: ignore[no-untyped-def]
    name = hero[3]
    yield f"むかしむかし ある ところ に {kind[1]} {name} が いました 。 {name} は {place[1]} に 住んで いました 。"
    yield f"{name} は {thing[1]} を 持って いて 、 それ を とても 大切 に して いました 。"
    yield f"ある 日 {name} は {other[1]} に 会いました 。"
    if stolen:
        yield f"{other[1]} は {thing[1]} を 取って 逃げました 。 {name} は 泣きました 。"
        yield f"けれども {friend[1]} が {thing[1]} を 見つけて 返して くれました 。"
        yield f"{name} は {friend[1]} に お礼 を 言い 、 二人 は いつまでも 幸せ に 暮らしました 。"
    else:
        yield f"{other[1]} は {mood[1]} 。 そこで {name} は {other[1]} に {gift[1]} を あげました 。"
        yield f"{other[1]} は 喜んで {name} に お礼 を 言いました 。 {friend[1]} が それ を 見て 踊りました 。"
        yield f"{name} と {other[1]} は 友だち に なり 、 いつまでも 幸せ に 暮らしました 。"


@cache
def vocabulary() -> tuple[str, ...]:
    """All words of both languages, the special ones first."""
    rng = np.random.default_rng(0)
    found = {word for language in LANGUAGES for _ in range(1500) for word in tale(rng, language).split()}
    return (*SPECIAL, *sorted(found))


def tokens(text: str) -> list[str]:
    """The words of a text: cut at spaces, or, where Japanese is written without them, at the longest known word.

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
            word = max((word for word in known if not word.isascii() and chunk.startswith(word)), key=len, default="")
            if not word:
                raise UserError(f"the model does not know {chunk!r} in {text!r}{nearest(chunk, known)}")
            found.append(word)
            chunk = chunk[len(word) :]
    return found


def encode(text: str) -> list[int]:
    """The numbers of a text's words; raises as ``tokens`` does."""
    numbers = {word: at for at, word in enumerate(vocabulary())}
    return [numbers[word] for word in tokens(text)]
