"""The first part: a language model continues; tuned to chats, it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Bars, Column, Grid, Histogram, Mark, Row, Text, Tokens, modify, round_up
from nnanim.motions import Playback
from nnanim.stories.chat.runs import ChatRuns
from nnanim.trace import Trace
from nnanim.words import fill
from nnanim.words.numerals import percent

STEPS = {"en": "training steps", "ja": "学習のステップ"}
TRUE = {"en": "true answers", "ja": "正答率"}
SHOWN = (0, 2, 4, 6, 8, 10)
"""Which snapshots of the tuning are shown."""

BY_STEP = {"en": "true answers, by step", "ja": "ステップごとの正答率"}
LOSS = {"en": "loss of a token", "ja": "1 トークンの損失"}


def answers(runs: ChatRuns) -> Iterator[Beat]:
    """Tell how a model that continues texts learns to answer."""
    question = Tokens(tuple(runs.question), key="question")
    yield Beat(
        {
            "en": "This model has read many texts. Will it answer a question?",
            "ja": "多くの文章を読んだモデルです。質問に答えるでしょうか。",
        },
        Row(question, scale=2.0),
        id="question",
        asks=True,
        chapter={"en": "Answer", "ja": "答える"},
    )
    written = [
        Text(f"… {text} …", key=f"written-{i}", size="large", width=9.0)
        for i, text in enumerate(runs.continuations)
    ]
    yield Beat(
        {
            "en": "No: more questions. It goes on as its texts do.",
            "ja": "いいえ、質問が続きます。読んだ文章がそうでした。",
        },
        Column(Row(question, scale=1.6), *written, gap=0.6),
        id="more",
        born={one.key: From("question") for one in written},
    )
    yield _tune(runs)
    yield _learn(runs)


def _tune(runs: ChatRuns) -> Beat:
    """A chat has a form, and its answer alone is learnt."""
    tokens = runs.chat.tokens
    asked, answered = tokens[: runs.chat.begin - 1], tokens[runs.chat.begin - 1 :]
    lines = Column(
        Tokens(tuple(asked), key="asked", highlight=(0,)),
        Tokens(tuple(answered), key="answered", highlight=(0, len(answered) - 1)),
        gap=0.15, scale=1.5,
    )  # fmt: skip
    before, after = (_costs(runs, trace) for trace in (runs.chat.before, runs.chat.after))
    return Beat(
        {
            "en": "So people write chats. Of these, it learns the answers' tokens alone.",
            "ja": "そこで人が対話を書き、答えのトークンだけを学ばせます。",
        },
        Column(lines, Row(after, scale=2.0), gap=0.5),
        motion=Playback({"costs": [before, after]}, seconds=1.4),
        id="chats",
        born={"asked": From("question"), "answered": From("asked"), "costs": From("answered")},
    )


def _costs(runs: ChatRuns, trace: Trace) -> Grid:
    """What each token of the chat costs; those of the question are not counted."""
    limit = round_up(float(runs.chat.costs(runs.chat.before).max()))
    return Grid(
        runs.chat.costs(trace)[None], columns=tuple(runs.chat.tokens[1:]), key="costs", limit=limit,
        digits=1, role="amount", mask=runs.chat.question_mask[None], means=LOSS, room_for=10.0,
    )  # fmt: skip


def _learn(runs: ChatRuns) -> Beat:
    """The recorded training: its loss, the share of true answers, and one answer as it changes."""
    learnt = [runs.learnt[at] for at in SHOWN]
    question = Text(runs.tuning.provenance["questions"][runs.filmed], key="filmed", size="large", width=9.0)
    shares = np.array([share for _, _, share in learnt])
    names = tuple(str(step) for step, _, _ in learnt)
    losses, at = np.asarray(runs.tuning["loss"], dtype=float), runs.tuning["loss.step"]
    loss = Histogram(
        losses, np.append(at, learnt[-1][0]), key="loss", x_name=STEPS, y_name=LOSS, aspect=1.5,
        y_limits=(0.0, round_up(float(losses.max()))),
    )  # fmt: skip
    true = Bars(shares, names, key="learnt", label=BY_STEP, limit=1.0, percent=True, digits=0)
    states: dict[str, list[Mark]] = {"answer": [], "loss": [], "learnt": []}
    for i, (step, text, _) in enumerate(learnt):
        states["answer"].append(Text(shorten(text), key="answer", size="large", width=11.0))
        states["loss"].append(modify(loss, counts=np.where(at <= step, losses, 0.0)))
        states["learnt"].append(modify(true, values=np.where(np.arange(len(learnt)) <= i, shares, 0.0)))
    states["loss"][-1], states["learnt"][-1] = loss, true
    return Beat(
        fill(
            {
                "en": "The loss falls, and true answers rise from {a} to {b}.",
                "ja": "損失は減り、正答は {a} から {b} へ。",
            },
            a=percent(learnt[0][2]), b=percent(learnt[-1][2]),
        ),
        Column(question, states["answer"][-1], Row(loss, true, gap=0.6, scale=2.2), gap=0.35),
        motion=Playback(states, seconds=3.8),
        id="learns",
        born={"filmed": From("asked"), "answer": From("answered"), "loss": From("costs"),
              "learnt": From("loss")},
    )  # fmt: skip


def shorten(text: str) -> str:
    """The first sentence of an answer, with dots where more follows."""
    first = re.split(r"(?<=[.。!?])", text, maxsplit=1)
    return f"{first[0]} …" if len(first) > 1 and first[1].strip() else text
