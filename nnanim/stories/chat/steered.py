"""The third part: tuned for reward, a model goes where the number leads."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Bars, Column, Formula, Grid, Histogram, Row, Table, Text, Tokens, modify, round_up
from nnanim.motions import Playback
from nnanim.stories.chat.answers import STEPS, TRUE
from nnanim.stories.chat.preferences import REWARD as NUMBER
from nnanim.stories.chat.runs import KL_WEIGHTS, ChatRuns
from nnanim.words import Words, fill
from nnanim.words.numerals import agreeing_all, percent

FAR = {"en": "KL from the chat model", "ja": "対話モデルからの KL"}
LOG = {"en": "log p of a token", "ja": "1 トークンの log p"}
NOW, BEFORE = {"en": "now", "ja": "今"}, {"en": "− before", "ja": "− 前"}
CHANGE, ABOUT_CHANGE = {"en": "= change", "ja": "= 差"}, {"en": "≈ change", "ja": "≈ 差"}
WEIGHTED: tuple[Words, ...] = tuple(
    {"en": f"KL weight {one}", "ja": f"KL の重み {one}"} for one in KL_WEIGHTS
)
NAMES: tuple[Words, ...] = (
    {"en": "true", "ja": "正しい"},
    {"en": "false", "ja": "まちがい"},
    {"en": "true, polite", "ja": "正しく丁寧"},
    {"en": "false, polite", "ja": "まちがい、丁寧"},
    {"en": "this one", "ja": "この答え"},
)
SHOWN = 10
"""Number of the answer's tokens that are shown: those whose probability has changed most."""

OBJECTIVE = {
    "en": 'upright("reward") - beta (log p_"now" - log p_"before")',
    "ja": 'upright("報酬") - beta (log p_"今" - log p_"前")',
}


def steer_by_reward(runs: ChatRuns) -> Iterator[Beat]:
    """Tell what tuning for reward makes of the chat model, without and with a KL term."""
    names = {"reward": NUMBER, "true": TRUE, "kl": FAR}
    three = [modify(_blocks(runs, "0", figure, name), aspect=0.9) for figure, name in names.items()]
    true = three[1]
    yield Beat(
        fill(
            {
                "en": "The reward rises. But true answers fall from {a} to {b}.",
                "ja": "報酬は増えます。でも正しい答えは、{a} から {b} に減ります。",
            },
            a=percent(true.counts[0]), b=percent(true.counts[-1]),
        ),
        Row(*three, gap=0.4, scale=2.2),
        motion=Playback({one.key: _grow(one) for one in three}, seconds=3.0),
        id="fall",
        born={"reward": From("both"), "true": From("reward"), "kl": From("true")},
    )  # fmt: skip
    yield _nonsense(runs)
    yield from _stay_near(runs)


def _blocks(runs: ChatRuns, weight: str, name: str, y_name: Words, key: str = "") -> Histogram:
    """How a figure of the answers went in a training."""
    return Histogram(
        runs.means(weight, name), runs.edges(weight), key=key or name, x_name=STEPS, y_name=y_name,
        y_limits=(0.0, 1.0) if name == "true" else None, aspect=1.35,
    )  # fmt: skip


def _grow(bars: Histogram) -> list[Histogram]:
    """A training block by block."""
    count = len(bars.counts)
    return [
        *(modify(bars, counts=np.where(np.arange(count) < n, bars.counts, 0.0)) for n in range(1, count)),
        bars,
    ]


def _nonsense(runs: ChatRuns) -> Beat:
    """What the model says at the end, and what it gets for it."""
    tokens, begin = tuple(runs.nonsense.tokens), runs.nonsense.begin - 1
    asked, said = tokens[:begin], tokens[begin:]
    return Beat(
        {
            "en": "Now it says this, and gets more than plain truth.",
            "ja": "今の答えです。ただ正しい答えより、高い報酬です。",
        },
        Column(
            Row(Tokens(asked, key="asked"), scale=3.5),
            Row(
                Tokens(said, key="nonsense", width=min(0.6 * len(said), 9.8)),
                scale=3.5,
            ),
            Row(Bars(runs.got, NAMES, key="best", label=NUMBER, highlight=(4,)), scale=3.0),
            gap=0.4,
        ),
        id="nonsense",
        born={"asked": From("true"), "nonsense": From("asked"), "best": From("reward")},
    )  # fmt: skip


def _stay_near(runs: ChatRuns) -> Iterator[Beat]:
    """The KL term, and what three weights of it make."""
    changes, written = runs.nonsense.changes[:, :-1], runs.nonsense.tokens[runs.nonsense.begin : -1]
    most = np.sort(np.argsort(-np.abs(changes[2]), kind="stable")[:SHOWN])
    columns = [((now, -before), change) for now, before, change in changes[:, most].T]
    digits, agree = agreeing_all(columns, digits=1, most=0)
    rows = (NOW, BEFORE, CHANGE if agree else ABOUT_CHANGE)
    yield Beat(
        {
            "en": "The remedy: tokens that have become likelier than before cost reward.",
            "ja": "対策です。前より出やすくなったトークンの分、報酬を減らします。",
        },
        Column(
            Row(Formula((OBJECTIVE,), key="objective"), scale=1.8),
            Row(
                Grid(changes[:, most], rows, tuple(written[i] for i in most), key="gains", digits=digits,
                     limit=round_up(float(np.abs(changes).max())), means=LOG, of=changes.shape),
                scale=2.4,
            ),
            gap=0.5,
        ),
        id="kl",
        born={"gains": From("nonsense"), "objective": From("asked")},
    )  # fmt: skip
    three = [
        modify(
            _blocks(runs, one, "true", TRUE, "true" if one == "0" else f"true-{one}"), label=name, x_name=""
        )
        for one, name in zip(KL_WEIGHTS, WEIGHTED, strict=True)
    ]
    yield _end(runs, three)


def _end(runs: ChatRuns, three: list[Histogram]) -> Beat:
    """The three trainings side by side, and what each model says."""
    said = [Text(runs.said[one], key=f"said-{one}", width=4.2) for one in KL_WEIGHTS]
    return Beat(
        fill(
            {
                "en": "With {k}, {t} are true, {b} before. A model becomes what its reward measures.",
                "ja": "右は、正答率が {b} から {t} へ。モデルは、報酬が測るものになります。",
            },
            k=WEIGHTED[-1], b=percent(runs.figures["true"][0]), t=percent(runs.figures["true"][-1]),
        ),
        Table(*three, *said, cells=[(row, i) for row in range(2) for i in range(3)], gap=0.5, scale=1.4),
        motion=Playback({one.key: _grow(one) for one in three}, seconds=2.5),
        id="end",
        born={one.key: From("gains") for one in three}
        | {text.key: From(one.key) for one, text in zip(three, said, strict=True)},
        gathers={"objective": three[-1].key},
        given=("says", *(f"{one.key}.label" for one in three)),
    )  # fmt: skip
