"""What the film says of a run: how it is seen, how it ended, and sentences made shorter."""

from __future__ import annotations

import re
import unicodedata

from nnanim.stories.loop.run import LoopRun
from nnanim.words import Words, fill

SEEN: dict[str, Words] = {
    "upright": {"en": "upright", "ja": "まっすぐ"},
    "upside down": {"en": "upside down", "ja": "逆立ちして"},
    "reflected": {"en": "upside down, as in water", "ja": "水に映して逆さに"},
    "mirrored": {"en": "in a mirror", "ja": "鏡に映して"},
}
"""How the captioner sees the pictures, as it is said in a sentence."""

SEEN_SHORT: dict[str, Words] = {
    "upright": SEEN["upright"],
    "upside down": {"en": "upside down", "ja": "逆さに"},
    "reflected": {"en": "upside down", "ja": "水に映して"},
    "mirrored": {"en": "in a mirror", "ja": "鏡で"},
}
"""The same in a word or two."""


def columns(text: str) -> int:
    """How wide a text is in half-width columns: a Japanese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def shorten(text: str, most: int) -> str:
    """``text`` in at most ``most`` columns; what is cut, at a phrase or word if possible, shows as …."""
    if columns(text) <= most:
        return text
    kept = ""
    for char in text:
        if columns(kept + char) > most - 2:
            break
        kept += char
    for gap in (", ", "、", " "):
        if kept.rfind(gap) > len(kept) / 2:
            return kept[: kept.rfind(gap)].rstrip(",、 ") + " …"
    return kept.rstrip() + "…"


def break_at_phrases(text: str, wide: int) -> str:
    """``text`` in lines that end after a comma, as many phrases in each as fit into ``wide`` columns."""
    lines = [""]
    for phrase in re.findall(r"[^,、，]+[,、，]?\s*|[,、，]\s*", text):
        if lines[-1] and columns((lines[-1] + phrase).rstrip()) > wide:
            lines.append(phrase)
        else:
            lines[-1] += phrase
    return "\n".join(line.strip() for line in lines)


def first_phrase(caption: str) -> str:
    """What stands before the first comma."""
    return re.split("[,、，]", caption)[0].strip()


def opening(caption: str, most: int = 40) -> str:
    """The first phrase of a caption, and … where there is more."""
    phrase = first_phrase(caption)
    return shorten(phrase, most) if phrase == caption else shorten(phrase, most - 2).removesuffix(" …") + " …"


def length(caption: str) -> Words:
    """How long a sentence is: words, or characters where words are not set apart."""
    if any(ord(char) >= 0x2E80 for char in caption):
        count = sum(char not in "、。 ," for char in caption)
        return fill({"en": "{n} characters", "ja": "{n} 文字"}, n=count)
    return fill({"en": "{n} words", "ja": "{n} 単語"}, n=len(caption.split()))


def ending(run: LoopRun) -> Words:
    """How a run ended, in two short lines."""
    if run.kind == "fixed point":
        said = {"en": "stops\nin round {since}", "ja": "{since} 周目で\n止まる"}
        first = {"en": "stops\nat once", "ja": "すぐに\n止まる"}
        return fill(said if run.since else first, since=run.since)
    if run.kind == "cycle":
        said = {"en": "a cycle of {n}", "ja": "{n} 周で一回り"}
        return fill(said, n=run.length)
    if run.kind == "limit" and run.unchanged > 2:
        said = {"en": "the same words\nfor {n} rounds", "ja": "{n} 周のあいだ\n同じ文"}
        return fill(said, n=run.unchanged)
    if run.kind == "limit":
        return fill({"en": "no repeat\nin {n} rounds", "ja": "{n} 周では\n戻らない"}, n=run.last)
    return fill({"en": "stopped after\n{n} rounds", "ja": "{n} 周で\n止めた"}, n=run.last)


def conclusion(run: LoopRun) -> Words:
    """The sentence that ends the story of one run."""
    if run.kind == "fixed point":
        return fill(
            {
                "en": "Round {n} repeats round {m}: from here on, nothing changes.",
                "ja": "{n} 周目は {m} 周目と同じ文。もう何も変わりません。",
            },
            n=run.last, m=run.since,
        )  # fmt: skip
    if run.kind == "cycle":
        return fill(
            {
                "en": "“{said}”, as in round {m}: the ring closes.",
                "ja": "「{said}」。{m} 周目と同じ文で、輪が閉じました。",
            },
            said=shorten(first_phrase(run.captions[-1]), 44), m=run.since,
        )  # fmt: skip
    return _say_unsettled(run)


def _say_unsettled(run: LoopRun) -> Words:
    if run.kind == "limit" and run.setting("noise") == "fresh" and run.unchanged > 2:
        said = {
            "en": "{n} rounds: the words stand, but fresh noise may move them.",
            "ja": "{n} 周の上限です。文は同じでも、新しいノイズで動くかもしれません。",
        }
    elif run.kind == "limit":
        said = {
            "en": "The limit of {n} rounds is reached; the loop has not closed.",
            "ja": "上限の {n} 周になりました。輪はまだ閉じていません。",
        }
    elif run.kind == "failed":
        said = {
            "en": "After {n} rounds a model failed: the run ends here.",
            "ja": "{n} 周のあとモデルが失敗し、ここで終わりました。",
        }
    elif run.kind == "stopped":
        said = {"en": "The run was stopped after {n} rounds.", "ja": "{n} 周で止めました。"}
    else:
        said = {"en": "{n} rounds so far; the run goes on.", "ja": "ここまで {n} 周。まだ続いています。"}
    return fill(said, n=run.last)
