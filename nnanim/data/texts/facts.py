"""What is true: of the world, of animals, of numbers, and of people that are invented afresh.

Every fact comes with a question and its answer. Words are written apart, Japanese ones too.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from nnanim.data.texts import cast
from nnanim.data.texts.cast import Animal, choose


class Fact(NamedTuple):
    """A statement, the question that it answers, and the answer in a word or two."""

    kind: str
    statement: str
    question: str
    answer: str


WORLD: dict[str, tuple[Fact, ...]] = {
    "en": tuple(
        Fact("world", statement + " .", question + " ?", answer)
        for question, answer, statement in (
            ("what is the highest mountain in japan", "mount fuji",
             "the highest mountain in japan is mount fuji"),
            ("what is the capital of japan", "tokyo", "the capital of japan is tokyo"),
            ("what is the capital of france", "paris", "the capital of france is paris"),
            ("what is the capital of england", "london", "the capital of england is london"),
            ("what is the longest river in japan", "the shinano",
             "the longest river in japan is the shinano"),
            ("what is the largest lake in japan", "lake biwa", "the largest lake in japan is lake biwa"),
            ("what colour is the sky", "blue", "the sky is blue"),
            ("what colour is snow", "white", "snow is white"),
            ("what colour is grass", "green", "grass is green"),
            ("what colour is coal", "black", "coal is black"),
            ("how many days are in a week", "seven", "there are seven days in a week"),
            ("how many months are in a year", "twelve", "there are twelve months in a year"),
            ("how many legs does a spider have", "eight", "a spider has eight legs"),
            ("what rises in the east", "the sun", "the sun rises in the east"),
        )
    ),
    "ja": tuple(
        Fact("world", f"{topic} は {statement or answer} です 。", f"{topic} は {asked} です か 。", answer)
        for topic, asked, answer, statement in (
            ("日本一 高い 山", "何", "富士山", ""), ("日本 の 首都", "どこ", "東京", ""),
            ("フランス の 首都", "どこ", "パリ", ""), ("イギリス の 首都", "どこ", "ロンドン", ""),
            ("日本一 長い 川", "何", "信濃川", ""), ("日本一 大きい 湖", "何", "琵琶湖", ""),
            ("空", "何 色", "青", "青い"), ("雪", "何 色", "白", "白い"), ("草", "何 色", "緑", ""),
            ("石炭", "何 色", "黒", "黒い"), ("一週間", "何 日", "七日", ""),
            ("一年", "何 か月", "十二 か月", ""), ("くも の 足", "何 本", "八本", ""),
            ("東 から 昇る の", "何", "太陽", ""),
        )
    ),
}  # fmt: skip

# Sums that no text ever shows: they tell whether a model can add or only remembers.
HELD_OUT_SUMS = frozenset((a, b) for a in range(10) for b in range(10) if (3 * a + 5 * b) % 7 == 4)


def animal_facts(animal: Animal, language: str) -> tuple[Fact, ...]:
    """What it eats, what it says, where it lives."""
    at = cast.LANGUAGES.index(language)
    noun, food, sound, home = animal.noun[at], animal.food[at], animal.sound[at], animal.home[at]
    if language == "en":
        return (
            Fact("eat", f"a {noun} eats {food} .", f"what does a {noun} eat ?", food),
            Fact("say", f"a {noun} says {sound} .", f"what does a {noun} say ?", sound),
            Fact("live", f"a {noun} lives in the {home} .", f"where does a {noun} live ?", f"in the {home}"),
        )
    return (
        Fact("eat", f"{noun} は {food} を 食べます 。", f"{noun} は 何 を 食べます か 。", food),
        Fact("say", f"{noun} は {sound} と 鳴きます 。", f"{noun} は 何 と 鳴きます か 。", sound),
        Fact("live", f"{noun} は {home} に います 。", f"{noun} は どこ に います か 。", home),
    )


def animal_size(animal: Animal, language: str) -> str:
    """Whether it is big or small, as a sentence."""
    if language == "en":
        return f"a {animal.noun[0]} is a {animal.size} animal ."
    return f"{animal.noun[1]} は {'大きな' if animal.size == 'big' else '小さな'} 動物 です 。"


def sum_fact(a: int, b: int, language: str, error: int = 0) -> Fact:
    """What two numbers are together, or, on purpose, ``error`` more."""
    total = str(a + b + error)
    if language == "en":
        return Fact("sum", f"{a} + {b} = {total} .", f"what is {a} + {b} ?", total)
    return Fact("sum", f"{a} 足す {b} は {total} です 。", f"{a} 足す {b} は いくつ です か 。", total)


def draw_sum(rng: random.Random) -> tuple[int, int]:
    """Two numbers below ten whose sum is not held out."""
    while True:
        a, b = rng.randrange(10), rng.randrange(10)
        if (a, b) not in HELD_OUT_SUMS:
            return a, b


def person_facts(rng: random.Random, language: str, name: str = "") -> tuple[Fact, ...]:
    """Five things about somebody, who is invented afresh unless named."""
    at = cast.LANGUAGES.index(language)
    name = name or cast.invent_name(rng, language)
    home, thing = choose(rng, cast.LIVING)[at], rng.choice(cast.THINGS)[at]
    pet = rng.choice(cast.ANIMALS).noun[at]
    food, colour = rng.choice(cast.FOODS)[at], rng.choice(cast.COLOURS)[at]
    if language == "en":
        return (
            Fact("live", f"{name} lives {home} .", f"where does {name} live ?", home),
            Fact("have", f"{name} has a {thing} .", f"what does {name} have ?", f"a {thing}"),
            Fact("keep", f"{name} keeps a {pet} .", f"which animal does {name} keep ?", f"a {pet}"),
            Fact("eat", f"{name} often eats {food} .", f"what does {name} often eat ?", food),
            Fact("like", f"{name} likes {colour} best .", f"which colour does {name} like ?", colour),
        )
    return (
        Fact("live", f"{name} は {home} に 住んで います 。", f"{name} は どこ に 住んで います か 。", home),
        Fact("have", f"{name} は {thing} を 持って います 。", f"{name} は 何 を 持って います か 。", thing),
        Fact("keep", f"{name} は {pet} を 飼って います 。", f"{name} は 何 を 飼って います か 。", pet),
        Fact("eat", f"{name} は よく {food} を 食べます 。", f"{name} は 何 を よく 食べます か 。", food),
        Fact(
            "like",
            f"{name} の 好きな 色 は {colour} です 。",
            f"{name} の 好きな 色 は 何 です か 。",
            colour,
        ),
    )


def draw_fact(rng: random.Random, language: str, kind: str = "") -> Fact:
    """A fact that stays true: of the world, of an animal, of two numbers."""
    kind = kind or rng.choices(KINDS, SHARES)[0]
    if kind == "world":
        return rng.choice(WORLD[language])
    if kind == "sum":
        return sum_fact(*draw_sum(rng), language)
    return next(one for one in animal_facts(rng.choice(cast.ANIMALS), language) if one.kind == kind)


KINDS = ("world", "eat", "say", "live", "sum")
SHARES = (35, 20, 15, 12, 18)
