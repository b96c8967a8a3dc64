"""The first part: a language model continues; tuned to chats, it answers."""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat
from nnanim.births import From
from nnanim.marks import Column, Grid, Row, Text, Tokens, round_up
from nnanim.motions import Playback
from nnanim.stories.chat.runs import ChatRuns
from nnanim.trace import Trace

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
            "ja": "そこで人が対話を書きます。学ぶのは、答えのトークンだけです。",
        },
        Column(lines, Row(after, scale=2.0), gap=0.5),
        motion=Playback({"costs": [before, after]}, seconds=2.5),
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
