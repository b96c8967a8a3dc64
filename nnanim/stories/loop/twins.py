"""Twins: runs from the same start that differ in one setting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.stories.loop.rows import rows
from nnanim.stories.loop.run import LoopRun
from nnanim.stories.loop.say import SEEN_SHORT
from nnanim.stories.loop.strip import cycle
from nnanim.words import Words, fill
from nnanim.words.numerals import chosen_number

SETTINGS = ("seen", "caption", "noise", "guidance", "steps", "seed")
"""What twins may differ in; guidance and steps are the painter's."""

_VALUES: dict[tuple[str, str], Words] = {
    **{("seen", name): words for name, words in SEEN_SHORT.items()},
    ("caption", "full"): {"en": "whole caption", "ja": "文の全部"},
    ("caption", "first phrase"): {"en": "first phrase", "ja": "最初の句だけ"},
    ("noise", "fixed"): {"en": "fixed noise", "ja": "同じノイズ"},
    ("noise", "fresh"): {"en": "fresh noise", "ja": "毎回新しいノイズ"},
}
_NUMBERS: dict[str, dict[str, str]] = {
    "guidance": {"en": "guidance {v}", "ja": "ガイダンス {v}"},
    "steps": {"en": "{v} steps", "ja": "{v} ステップ"},
    "seed": {"en": "seed {v}", "ja": "シード {v}"},
}
_NAMES: dict[str, Words] = {
    "seen": {"en": "how the captioner sees", "ja": "説明係の見かた"},
    "caption": {"en": "the part of the caption", "ja": "文のどこを渡すか"},
    "noise": {"en": "the noise", "ja": "ノイズ"},
    "guidance": {"en": "the guidance scale", "ja": "ガイダンススケール"},
    "steps": {"en": "the number of steps", "ja": "ステップの数"},
    "seed": {"en": "the seed", "ja": "シード"},
}


def twins(run: LoopRun, others: Sequence[LoopRun]) -> Iterator[Beat]:
    """A beat for each setting in which some of the others differ from the run, and one for a cycle.

    Raises:
        UserError: one differs in no setting that the film can name.
    """
    found: dict[str, list[LoopRun]] = {}
    for other in others:
        found.setdefault(differs(run, other), []).append(other)
    for name, group in found.items():
        lines = [(one, _capital(_value(one, name))) for one in (run, *group)]
        if len(group) == 1:
            a, b = _capital(_value(run, name)), _value(group[0], name)
            said = fill(
                {"en": "{a}, or {b}? {c}.", "ja": "{a}、{b}：{c}。"}, a=a, b=b, c=sooner(run, group[0])
            )
            if name == "seen" and not group[0].is_turned and group[0].kind == "fixed point":
                said = fill(
                    {
                        "en": "Upright, the same start stands still.",
                        "ja": "まっすぐ見れば、すぐに止まります。",
                    }
                )
        else:
            said = fill(
                {
                    "en": "{n} runs from one start: only {name} differs.",
                    "ja": "同じ絵から {n} 通り。違うのは{name}だけです。",
                },
                n=len(lines),
                name=_NAMES[name],
            )
        yield Beat(said, rows(lines, "twin", told=len(lines) < 3 and name != "seen"), id=f"twin-{name}")
        turning = next((one for one in group if one.kind == "cycle"), None)
        if turning is not None and run.kind != "cycle":  # the film has shown no cycle yet
            says = {
                "en": "{a} never rests: every {k} rounds, the same words.",
                "ja": "{a}：止まらず、{k} 周ごとに同じ文に戻ります。",
            }
            value = _capital(_value(turning, name))
            yield cycle(turning, fill(says, a=value, k=turning.length), f"cycle-{name}")


def differs(run: LoopRun, other: LoopRun) -> str:
    """The setting in which two runs differ.

    Raises:
        UserError: they differ in none that the film can name.
    """
    for name in SETTINGS:
        if _setting(run, name) != _setting(other, name):
            return name
    raise UserError(f"twins of a caption loop differ in {', '.join(SETTINGS[:-1])} or {SETTINGS[-1]}")


def _setting(run: LoopRun, name: str) -> object:
    if name == "seen":
        return run.orientation
    return run.setting("painter", name) if name in ("guidance", "steps") else run.setting(name)


def _value(run: LoopRun, name: str) -> Words:
    """A setting of a run, in words."""
    value = _setting(run, name)
    if name in _NUMBERS:
        return fill(_NUMBERS[name], v=chosen_number(value) if isinstance(value, float) else value)
    return _VALUES.get((name, str(value)), str(value))


def _capital(words: Words) -> Words:
    if isinstance(words, str):
        return words[:1].upper() + words[1:]
    return {lang: text[:1].upper() + text[1:] for lang, text in words.items()}


def sooner(run: LoopRun, other: LoopRun) -> Words:
    """Which of two runs, the one above or the one below, comes to its end sooner."""
    a, b = (one.since if one.has_attractor else None for one in (run, other))
    if a is None and b is None:
        return {"en": "Neither settles", "ja": "どちらも落ち着きません"}
    if a == b:
        return {"en": "Both settle as soon", "ja": "落ち着く早さは同じです"}
    if a is None:
        return {"en": "Only the lower settles", "ja": "下だけが落ち着きます"}
    if b is None:
        return {"en": "Only the upper settles", "ja": "上だけが落ち着きます"}
    if a < b:
        return {"en": "The upper settles sooner", "ja": "上が先に落ち着きます"}
    return {"en": "The lower settles sooner", "ja": "下が先に落ち着きます"}
