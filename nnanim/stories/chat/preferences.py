"""The second part: a rule prefers answers, a reward model learns that, and what it likes becomes likelier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Grid, Row, modify, round_up
from nnanim.marks.content import Floats
from nnanim.stories.chat.runs import ChatRuns
from nnanim.words import Words, fill

REWARD = {"en": "reward", "ja": "報酬"}
POINTS = {"en": "points", "ja": "点数"}
JUDGES: tuple[Words, ...] = ({"en": "rule", "ja": "規則"}, {"en": "model", "ja": "モデル"})
GAIN = {"en": "more", "ja": "差"}
TERMS: Mapping[str, Words] = {
    "true": {"en": "true", "ja": "正しい"},
    "polite": {"en": "polite", "ja": "丁寧"},
    "easy": {"en": "“easy”", "ja": "「簡単」"},
    "length": {"en": "length", "ja": "長さ"},
}
"""What the rule gives points for."""


def preferences(runs: ChatRuns) -> Iterator[Beat]:
    """Tell how choices become a number, what that number likes, and how it steers."""
    terms = [np.asarray(one, dtype=float) for one in runs.terms.values()]
    parts = _table(runs, "terms", terms, *(TERMS[name] for name in runs.terms))
    rule = _table(runs, "rule", [_points(runs)], JUDGES[0])
    yield Beat(
        {
            "en": "Now it answers. For ChatGPT, people chose the better ones; here, a rule does.",
            "ja": "答えました。よいほうを、ChatGPT では人が、ここでは規則が選びます。",
        },
        Row(parts, rule, gap=0.3, scale=4.0),
        id="rule",
        chapter={"en": "Prefer", "ja": "選ぶ"},
        born={"terms": From("answer"), "rule": From("terms")},
        given=("terms", "rule"),
    )
    got = runs.got[:4]
    both = _table(runs, "both", [_points(runs), got], *JUDGES)
    yield Beat(
        fill(
            {
                "en": "A reward model learns from such choices. True brings {t:.1f}, polite {p:.1f}.",
                "ja": "報酬モデルは、そこから学びました。正しいと +{t:.1f}、丁寧だと +{p:.1f} です。",
            },
            t=got[0] - got[1], p=got[2] - got[0],
        ),
        Row(parts, modify(both, rows=()), gap=0.3, scale=4.0),
        id="reward",
        born={"both": From("rule")},
        given=("terms", "both"),
    )  # fmt: skip
    yield Beat(
        {
            "en": "What gets more than the others' mean becomes likelier. Where will this lead?",
            "ja": "ほかの平均より上の答えを、出やすくします。どうなるでしょう。",
        },
        Row(both, _table(runs, "gain", [runs.advantages], GAIN), gap=0.3, scale=4.0),
        id="push",
        asks=True,
        chapter={"en": "Reward", "ja": "報酬"},
        given=("both",),
    )  # fmt: skip


def _points(runs: ChatRuns) -> Floats:
    """(4,) what the rule gives each answer in all."""
    return np.asarray(np.sum([np.asarray(one, dtype=float) for one in runs.terms.values()], axis=0))


def _table(runs: ChatRuns, key: str, columns: Sequence[Floats], *names: Words) -> Grid:
    """Numbers of the four answers, all on one scale; several columns have the answers beside them."""
    limit = round_up(max(float(np.abs(one).max()) for one in (_points(runs), runs.got, runs.advantages)))
    rows = tuple(runs.answers[:4]) if len(columns) > 1 else ()
    return Grid(np.stack(columns, axis=1), rows, names, key=key, digits=2, limit=limit, means=POINTS)
