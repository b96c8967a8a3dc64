"""The whole story: continue, answer, please.

The question: what must happen to a model that continues texts until it answers? The moment to remember: the
answer with the highest reward of all is nonsense. The end: a model becomes what its reward measures.
"""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat
from nnanim.stories.chat.answers import answers
from nnanim.stories.chat.preferences import preferences
from nnanim.stories.chat.runs import ChatRuns
from nnanim.stories.chat.steered import steer_by_reward


def chat(runs: ChatRuns) -> Iterator[Beat]:
    """Tell how a language model comes to answer, and what becomes of it when it is tuned for reward."""
    yield from answers(runs)
    yield from preferences(runs)
    yield from steer_by_reward(runs)
