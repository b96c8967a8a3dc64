"""Who and what occurs in the texts: words in English and Japanese, and names that nobody has."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from nnanim.data.articles import choose_article

LANGUAGES = ("en", "ja")
CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"
KATAKANA = "アイウエカキクケコサシスセソタチテトナニネノハヒフマミムメモヤユヨラリルレロ"

Pair = tuple[str, str]  # English, Japanese
T = TypeVar("T")


class Hero(NamedTuple):
    """Somebody a story is about; ``age`` and ``rank`` say which words suit."""

    noun: Pair
    she: str
    her: str
    rank: str
    age: str


class Animal(NamedTuple):
    """An animal and what is true of it."""

    noun: Pair
    food: Pair
    sound: Pair
    home: Pair
    size: str


def _pair(words: str) -> Pair:
    en, ja = words.split("/")
    return en, ja


HEROES = tuple(
    Hero((en, ja), she, "her" if she == "she" else "his", rank, age)
    for en, she, ja, rank, age in (
        ("princess", "she", "王女", "royal", "young"), ("prince", "he", "王子", "royal", "young"),
        ("queen", "she", "女王", "royal", "old"), ("king", "he", "王様", "royal", "old"),
        ("girl", "she", "女の子", "common", "young"), ("boy", "he", "男の子", "common", "young"),
        ("grandmother", "she", "おばあさん", "common", "old"),
        ("grandfather", "he", "おじいさん", "common", "old"),
        ("woman", "she", "女の人", "common", "grown"), ("man", "he", "男の人", "common", "grown"),
    )
)  # fmt: skip
HOMES: dict[str, tuple[Pair, ...]] = {
    "royal": (("in a castle", "お城"), ("in a golden palace", "金 の 宮殿"), ("in a high tower", "高い 塔")),
    "common": (
        ("in a small house", "小さな 家"), ("by the sea", "海 の そば"), ("near the forest", "森 の 近く"),
        ("in a quiet village", "静かな 村"), ("on a hill", "丘 の 上"),
    ),
}  # fmt: skip
KINDS: dict[str, tuple[Pair, ...]] = {
    "young": (
        ("young", "若い"), ("little", "小さな"), ("brave", "勇敢な"), ("clever", "賢い"),
        ("kind", "やさしい"), ("lonely", "さびしい"),
    ),
    "old": (
        ("old", "年 を とった"), ("wise", "賢い"), ("kind", "やさしい"), ("proud", "誇り高い"),
        ("lonely", "さびしい"),
    ),
    "grown": (
        ("kind", "やさしい"), ("poor", "貧しい"), ("clever", "賢い"), ("strong", "強い"),
        ("lonely", "さびしい"),
    ),
}  # fmt: skip
ANIMALS = tuple(
    Animal(_pair(noun), _pair(food), _pair(sound), _pair(home), size)
    for noun, food, sound, home, size in (line.split(", ") for line in (
        "cat/猫, fish/魚, meow/にゃー, house/家, small",
        "dog/犬, bones/骨, woof/わん, house/家, small",
        "cow/牛, grass/草, moo/もー, field/野原, big",
        "bird/鳥, seeds/種, tweet/ちゅん, tree/木, small",
        "mouse/ねずみ, cheese/チーズ, squeak/ちゅー, hole/穴, small",
        "rabbit/うさぎ, carrots/にんじん, sniff/ぷう, field/野原, small",
        "horse/馬, hay/干し草, neigh/ひひん, field/野原, big",
        "bear/熊, honey/はちみつ, growl/うおー, forest/森, big",
        "frog/かえる, flies/はえ, croak/けろ, pond/池, small",
        "sheep/羊, leaves/葉, baa/めー, hill/丘, big",
        "duck/あひる, bread/パン, quack/がー, pond/池, small",
        "lion/ライオン, meat/肉, roar/がおー, forest/森, big",
        "pig/豚, potatoes/じゃがいも, oink/ぶー, farm/農場, big",
        "owl/ふくろう, mice/ねずみ, hoot/ほー, tree/木, small",
        "fox/きつね, eggs/卵, yip/こん, forest/森, small",
    ))
)  # fmt: skip
THINGS: tuple[Pair, ...] = (
    ("ring", "指輪"), ("lamp", "ランプ"), ("book", "本"), ("key", "鍵"), ("flute", "笛"), ("mirror", "鏡"),
    ("ball", "ボール"), ("map", "地図"), ("box", "箱"), ("bell", "鐘"),
)  # fmt: skip
PLACES: tuple[Pair, ...] = (
    ("in the forest", "森"), ("in the village", "村"), ("by the sea", "海"), ("on the mountain", "山"),
    ("at the market", "市場"), ("by the river", "川"), ("in the castle", "お城"), ("at the school", "学校"),
    ("in the garden", "庭"), ("on the bridge", "橋"),
)  # fmt: skip
LIVING: tuple[Pair, ...] = (
    ("in the forest", "森"), ("in the village", "村"), ("by the sea", "海 の そば"),
    ("on the mountain", "山"),
    ("near the market", "市場 の 近く"), ("by the river", "川 の そば"), ("in the castle", "お城"),
    ("near the school", "学校 の 近く"), ("by the garden", "庭 の そば"), ("under the bridge", "橋 の 下"),
)  # fmt: skip
COLOURS: tuple[Pair, ...] = (
    ("red", "赤"), ("blue", "青"), ("green", "緑"), ("white", "白"), ("black", "黒"), ("yellow", "黄色"),
)  # fmt: skip
FOODS: tuple[Pair, ...] = (
    ("bread", "パン"), ("rice", "ご飯"), ("soup", "スープ"), ("apples", "りんご"), ("cake", "ケーキ"),
    ("fish", "魚"),
)  # fmt: skip


def invent_name(rng: random.Random, language: str) -> str:
    """A name of two or three syllables, as "tomira" or "ミラ"."""
    if language == "en":
        return "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(rng.choice((2, 2, 3))))
    return "".join(rng.choice(KATAKANA) for _ in range(rng.choice((2, 3, 3))))


def choose(rng: random.Random, choices: Sequence[T], skew: float = 0.6) -> T:
    """One of ``choices``, the first ones more often, as words are in any text (Zipf)."""
    return rng.choices(choices, [1 / (at + 1) ** skew for at in range(len(choices))])[0]


def join_words(words: str, language: str) -> str:
    """The text of words that are written apart: "a owl ." is "an owl.", Japanese has no spaces."""
    if language == "ja":
        return words.replace(" ", "")
    words = re.sub(r"\ba (?=(\w+))", lambda found: f"{choose_article(found[1])} ", words)
    return re.sub(r" ([.,?!:])", r"\1", words)
