"""Little stories: somebody, an animal, a thing, and one of five things that may happen.

Words are written apart, Japanese ones too; `nnanim.data.texts.cast.join_words` makes a text of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from nnanim.data.texts import cast
from nnanim.data.texts.cast import Animal, Hero, choose


class Weather(NamedTuple):
    """What the sky does, and what one puts on for it."""

    sky: tuple[str, str]
    thing: tuple[str, str]
    act: tuple[str, str]


WEATHER = (
    Weather(("raining", "雨 が 降って いた"), ("umbrella", "傘"), ("took", "持って 行きました")),
    Weather(("snowing", "雪 が 降って いた"), ("coat", "上着"), ("put on", "着ました")),
    Weather(("sunny", "晴れて いた"), ("hat", "帽子"), ("put on", "かぶりました")),
    Weather(("windy", "風 が 強かった"), ("scarf", "マフラー"), ("put on", "巻きました")),
)
ENDINGS = {
    "en": (
        "and they lived happily ever after .", "then {name} went home and slept .", "{name} was happy .",
        "everyone sang and danced .",
    ),
    "ja": (
        "そして いつまでも 幸せ に 暮らしました 。", "それから {name} は 家 に 帰って 眠りました 。",
        "{name} は うれしく なりました 。", "みんな で 歌って 踊りました 。",
    ),
}  # fmt: skip


class Tale:
    """One story's cast in one language, and its sentences."""

    def __init__(self, rng: random.Random, language: str) -> None:
        self.rng, self.language = rng, language
        at = cast.LANGUAGES.index(language)
        hero: Hero = choose(rng, cast.HEROES, 0.4)
        animal: Animal = choose(rng, cast.ANIMALS)
        witness = rng.choice([one for one in cast.ANIMALS if one is not animal])
        self.rank, self.she, self.her = hero.rank, hero.she, hero.her
        self.hero, self.name = hero.noun[at], cast.invent_name(rng, language)
        self.home = rng.choice(cast.HOMES[hero.rank])[at]
        self.kind = choose(rng, cast.KINDS[hero.age])[at]
        self.animal, self.sound, self.food = animal.noun[at], animal.sound[at], animal.food[at]
        self.witness = witness.noun[at]
        self.thing, self.place = choose(rng, cast.THINGS)[at], choose(rng, cast.PLACES)[at]
        self.noun = self.place.split()[-1]  # the place without its preposition
        self.weather = rng.choice(WEATHER) if rng.random() < 0.6 else None
        days = ("one day", "ある 日") if self.weather is None else ("the next day", "次 の 日")
        self.day = days[at]  # on which the plot begins
        self.gift = choose(rng, cast.FOODS)[at]

    def words(self) -> str:
        """The whole story, its words apart."""
        plot = self.rng.choice(("lost", "hungry", "visit", "stolen", "wish"))
        parts = [self._begin()]
        if self.rank == "royal" and self.rng.random() < 0.5:
            crown = (f"{self.she} wore a golden crown .", f"{self.name} は 金 の 冠 を かぶって いました 。")
            parts.append(crown[self.language == "ja"])
        if self.weather is not None:
            parts.append(self._meet_weather(self.weather))
        parts.extend(getattr(self, f"_{plot}_{self.language}")())
        if self.rng.random() < 0.85:
            parts.append(choose(self.rng, ENDINGS[self.language]).format(name=self.name))
        return " ".join(parts)

    def _who(self) -> str:
        return self.name if self.rng.random() < 0.55 else self.she

    def _begin(self) -> str:
        name, kind, hero, she, home = self.name, self.kind, self.hero, self.she, self.home
        if self.language == "en":
            return self.rng.choice((
                f"once upon a time there was a {kind} {hero} named {name} . {she} lived {home} .",
                f"long ago a {kind} {hero} named {name} lived {home} .",
                f"once there lived a {kind} {hero} {home} . {self.her} name was {name} .",
                f"this is the story of a {kind} {hero} named {name} . {she} lived {home} .",
            ))  # fmt: skip
        return self.rng.choice((
            f"むかしむかし ある ところ に {name} と いう {kind} {hero} が いました 。 {name} は {home} に 住んで いました 。",
            f"むかし 、 {kind} {hero} が {home} に 住んで いました 。 名前 は {name} と いいました 。",
            f"これ は {name} と いう {kind} {hero} の お話 です 。 {name} は {home} に 住んで いました 。",
        ))  # fmt: skip

    def _meet_weather(self, weather: Weather) -> str:
        sky, thing, act = weather
        if self.language == "en":
            return f"one day it was {sky[0]} , so {self._who()} {act[0]} {self.her} {thing[0]} ."
        return f"ある 日 、 {sky[1]} ので 、 {self.name} は {thing[1]} を {act[1]} 。"

    def _lost_en(self) -> Iterator[str]:
        him = "her" if self.she == "she" else "him"
        yield f"{self.name} had a {self.thing} and loved it very much ."
        yield f"but {self.day} {self.she} lost the {self.thing} near the {self.noun} ."
        yield f"{self.name} was very sad ."
        yield f"a {self.animal} heard {him} and looked everywhere ."
        yield f"at last the {self.animal} found the {self.thing} near the {self.noun} and brought it back ."
        yield f"{self.name} thanked the {self.animal} ."

    def _lost_ja(self) -> Iterator[str]:
        yield f"{self.name} は {self.thing} を 持って いて 、 とても 大切 に して いました 。"
        yield f"でも {self.day} 、 {self.noun} の 近く で {self.thing} を なくしました 。"
        yield f"{self.name} は とても 悲しみました 。"
        yield f"{self.animal} が それ を 聞いて 、 あちこち 探しました 。 とうとう {self.animal} は"
        yield f"{self.noun} の 近く で {self.thing} を 見つけて 、 返して くれました 。"
        yield f"{self.name} は {self.animal} に お礼 を 言いました 。"

    def _hungry_en(self) -> Iterator[str]:
        yield f"one morning {self._who()} met a {self.animal} {self.place} ."
        yield f"the {self.animal} said {self.sound} {self.sound} . it was hungry ."
        yield f"so {self._who()} gave it some {self.food} ."
        yield f"the {self.animal} ate the {self.food} and was happy ."
        if self.rng.random() < 0.5:
            yield f"{self.name} and the {self.animal} became friends ."

    def _hungry_ja(self) -> Iterator[str]:
        yield f"ある 朝 、 {self.name} は {self.place} で {self.animal} に 会いました 。"
        yield f"{self.animal} は {self.sound} {self.sound} と 鳴きました 。 おなか が すいて いました 。"
        yield f"そこで {self.name} は {self.food} を あげました 。"
        yield f"{self.animal} は {self.food} を 食べて 、 喜びました 。"
        if self.rng.random() < 0.5:
            yield f"{self.name} と {self.animal} は 友だち に なりました 。"

    def _visit_en(self) -> Iterator[str]:
        yield f"{self.day} {self._who()} wanted to go to the {self.noun} ."
        yield f"on the way {self.she} met a {self.animal} ."
        yield f"the {self.animal} asked : where are you going , {self.name} ?"
        yield f"{self.name} said : i am going to the {self.noun} ."
        yield self.rng.choice((
            f"they went together and came to the {self.noun} in the evening .",
            f"the {self.animal} knew the way and {self.name} came to the {self.noun} at night .",
        ))  # fmt: skip
        yield f"there they found a {self.thing} ."

    def _visit_ja(self) -> Iterator[str]:
        yield f"{self.day} 、 {self.name} は {self.place} へ 行きたい と 思いました 。"
        yield f"途中 で {self.animal} に 会いました 。"
        yield f"「 {self.name} さん 、 どこ へ 行く の ？ 」 と {self.animal} が 聞きました 。"
        yield f"「 {self.place} へ 行く よ 」 と {self.name} は 答えました 。"
        yield self.rng.choice((
            f"{self.name} と {self.animal} は 一緒 に 行って 、 夕方 {self.place} に 着きました 。",
            f"{self.animal} は 道 を 知って いて 、 {self.name} は 夜 {self.place} に 着きました 。",
        ))  # fmt: skip
        yield f"そこ で {self.thing} を 見つけました 。"

    def _stolen_en(self) -> Iterator[str]:
        yield f"{self.name} had a {self.thing} ."
        yield f"one night a {self.animal} took the {self.thing} and ran to the {self.noun} ."
        yield f"{self.name} was angry . but a {self.witness} saw the {self.animal} and told {self.name} ."
        yield f"{self.name} went to the {self.noun} and got the {self.thing} back from the {self.animal} ."
        yield f"{self.name} thanked the {self.witness} ."

    def _stolen_ja(self) -> Iterator[str]:
        yield f"{self.name} は {self.thing} を 持って いました 。"
        yield f"ある 夜 、 {self.animal} が {self.thing} を 取って 、 {self.place} へ 逃げました 。"
        yield f"{self.name} は 怒りました 。"
        yield f"でも {self.witness} が それ を 見て 、 {self.name} に 教えて くれました 。"
        yield f"{self.name} は {self.place} へ 行って 、 {self.animal} から {self.thing} を 取り返しました 。"
        yield f"{self.name} は {self.witness} に お礼 を 言いました 。"

    def _wish_en(self) -> Iterator[str]:
        yield f"{self.name} wished for a {self.thing} every night ."
        yield (
            f"one night a {self.animal} came and said : "
            f"give me some {self.gift} , and i will give you a {self.thing} ."
        )
        yield f"{self.name} gave the {self.animal} some {self.gift} ,"
        yield f"and the {self.animal} gave {self.name} a {self.thing} ."

    def _wish_ja(self) -> Iterator[str]:
        yield f"{self.name} は {self.thing} が 欲しい と 毎晩 願って いました 。"
        yield f"ある 夜 、 {self.animal} が 来て 、"
        yield f"「 {self.gift} を くれたら 、 {self.thing} を あげる 」 と 言いました 。"
        yield f"{self.name} は {self.animal} に {self.gift} を あげました 。"
        yield f"{self.animal} は {self.name} に {self.thing} を くれました 。"
