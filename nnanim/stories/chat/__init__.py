"""From a model that continues texts to one that answers, and to one that wants reward.

After L. Ouyang et al., "Training language models to follow instructions with human feedback" (2022).
``chat`` tells it all; the other functions are parts of it that can be told by themselves.
"""

from __future__ import annotations

from nnanim.stories.chat.answers import answers
from nnanim.stories.chat.preferences import preferences
from nnanim.stories.chat.runs import ChatRuns, ReadTwice
from nnanim.stories.chat.steered import steer_by_reward
from nnanim.stories.chat.story import chat

__all__ = ["ChatRuns", "ReadTwice", "answers", "chat", "preferences", "steer_by_reward"]
