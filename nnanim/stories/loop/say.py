"""What the film says of a run: how it ended, what is left of a sentence, and sentences made shorter."""

from __future__ import annotations

import re
import unicodedata

from nnanim.stories.loop.run import LoopRun
from nnanim.words import Words, fill

LITTLE = {
    "a",
    "an",
    "the",
    "of",
    "on",
    "in",
    "at",
    "with",
    "and",
    "to",
    "by",
    "is",
    "are",
    "his",
    "her",
    "its",
}

_WORD = re.compile(r"[A-Za-z'\-]+|[一-龠々]+[ぁ-ん]*|[ァ-ヶー]+の?|[ぁ-ん]{2,}")
"""A word; in Japanese a run of kanji with its ending, or of katakana."""


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


def opening(caption: str, most: int = 40) -> str:
    """The first phrase of a caption, and … where there is more."""
    phrase = re.split("[,、，]", caption)[0].strip()
    return shorten(phrase, most) if phrase == caption else shorten(phrase, most - 2).removesuffix(" …") + " …"


def content(caption: str) -> list[str]:
    """The words of a sentence that say something, each once."""
    found = (word.casefold() for word in _WORD.findall(caption))
    return list(dict.fromkeys(word for word in found if word not in LITTLE))


def surviving_words(first: str, last: str) -> list[str]:
    """The words of the first sentence that the last one still holds; in Japanese whole phrases."""
    there, phrases = set(content(last)), set(last.split("、"))
    kept: list[str] = []
    for phrase in first.split("、"):
        kept += [phrase] if phrase in phrases else [word for word in content(phrase) if word in there]
    return kept


def length(caption: str) -> Words:
    """How long a sentence is: words, or characters where words are not set apart."""
    if any(ord(char) >= 0x2E80 for char in caption):
        count = sum(char not in "、。 ," for char in caption)
        return fill({"en": "{n} characters", "ja": "{n} 文字"}, n=count)
    return fill({"en": "{n} words", "ja": "{n} 単語"}, n=len(caption.split()))


def ending(run: LoopRun) -> Words:
    """How a run ended, in two short lines."""
    if run.kind == "fixed point":
        said = {"en": "stands still\nfrom round {since}", "ja": "{since} 周目から\n動かない"}
        first = {"en": "stands still\nfrom the start", "ja": "最初から\n動かない"}
        return fill(said if run.since else first, since=run.since)
    if run.kind == "cycle":
        said = {"en": "a cycle of {n}\nfrom round {since}", "ja": "{since} 周目から\n{n} 周で一回り"}
        return fill(said, n=run.length, since=run.since)
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
                "en": "Round {n} says what round {m} said: a cycle of {k} rounds.",
                "ja": "{n} 周目で {m} 周目の文に戻り、あとは {k} 周ごとの繰り返しです。",
            },
            n=run.last, m=run.since, k=run.length,
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


def remains(run: LoopRun, number: int) -> Words:
    """What the sentence of a round still has of the first."""
    first, now = run.captions[0], run.captions[number]
    words = surviving_words(first, now)
    if first == now:
        said = {
            "en": "After {n} rounds it is still the first sentence.",
            "ja": "{n} 周しても、最初の文のままです。",
        }
        return fill(said, n=number)
    if not words:
        said = {
            "en": "After {n} rounds, no word of the first sentence is left.",
            "ja": "{n} 周で、最初の文の言葉は一つも残っていません。",
        }
        return fill(said, n=number)
    shown = shorten("、".join(words) if ord(words[0][0]) >= 0x2E80 else ", ".join(words), 30)
    said = {"en": "After {n} rounds this is left: {words}.", "ja": "{n} 周で残った言葉：{words}。"}
    return fill(said, n=number, words=shown)
