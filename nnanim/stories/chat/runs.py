"""What the story of chats is told from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError, nearest
from nnanim.marks.content import Floats
from nnanim.trace import Trace

LANGUAGES = ("en", "ja")
"""Trainings for reward ask in these languages in turn."""

BLOCK = 20
"""Number of training steps over which answers are averaged."""

KL_WEIGHTS = ("0", "0.1", "0.3")
"""Weights of the KL term of the three trainings for reward."""


@dataclass(frozen=True)
class ReadTwice:
    """One chat, as a model reads it before and after a training.

    Attributes:
        tokens: of the chat, with its marks.
        ids: (n,) their numbers.
        begin: place of the answer's first token.
        before, after: the models on ``ids[:-1]``: output (1, n - 1, tokens).
    """

    tokens: Sequence[str]
    ids: npt.NDArray[np.int64]
    begin: int
    before: Trace
    after: Trace

    def costs(self, trace: Trace) -> Floats:
        """(n - 1,) loss of each token after the first one, in nats; 0 for the question's, which do not count.

        ``trace`` is ``before`` or ``after``.
        """
        logits = np.asarray(trace["output"][0], dtype=float)
        shifted = logits - logits.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        costs = -logs[np.arange(len(logs)), self.ids[1:]]
        return np.where(self.question_mask, 0.0, costs)

    @property
    def question_mask(self) -> npt.NDArray[np.bool_]:
        """(n - 1,) which tokens after the first one belong to the question."""
        return np.arange(1, len(self.ids)) < self.begin

    @property
    def changes(self) -> Floats:
        """(3, answer) log p of each token of the answer after the training, before it, and the difference."""
        after, before = (-self.costs(one)[self.begin - 1 :] for one in (self.after, self.before))
        return np.stack([after, before, after - before])


@dataclass(frozen=True)
class ChatRuns:
    """One question, what models make of it at every stage, and how they were trained.

    Attributes:
        lang: language of the question.
        question: tokens of the question.
        continuations: what the language model writes after it.
        chat: a chat as the language model reads it, and the chat model.
        tuning: the recorded training to chats.
        filmed: index of the question, of those whose answers it recorded, that is shown.
        answers: texts that are rewarded: four that the chat model drew (true, false, true and polite, false
            and polite), then what it says once it is tuned for reward alone.
        terms: what the rule gives the four, by what for; what it gives to none is left out.
        rewards: `nnanim.models.reward_model.AnswerRewards` on the five: output (5,).
        nonsense: the last answer, as the chat model reads it, and the one tuned for reward alone.
        said: what the model says that was tuned with each of ``KL_WEIGHTS``.
        trainings: the recorded trainings with each of them.
        figures: shares of true and of polite answers, by "true" and "polite": of the chat model, and of each.
    """

    lang: str
    question: Sequence[str]
    continuations: Sequence[str]
    chat: ReadTwice
    tuning: Trace
    filmed: int
    answers: Sequence[str]
    terms: Mapping[str, Sequence[float]]
    rewards: Trace
    nonsense: ReadTwice
    said: Mapping[str, str]
    trainings: Mapping[str, Trace]
    figures: Mapping[str, Sequence[float]]

    def __post_init__(self) -> None:
        if self.lang not in LANGUAGES:
            raise UserError(f"chat() is told in en or ja, not {self.lang!r}{nearest(self.lang, LANGUAGES)}")
        if set(self.trainings) != set(KL_WEIGHTS) or set(self.said) != set(KL_WEIGHTS):
            raise UserError(f"chat() wants a training for each of the KL weights {', '.join(KL_WEIGHTS)}")
        if len(self.answers) != 5 or self.rewards["output"].shape != (5,):
            raise UserError(
                f"chat() wants five answers with a reward each; got {len(self.answers)} answers "
                f"and {self.rewards['output'].size} rewards"
            )

    @property
    def learnt(self) -> list[tuple[int, str, float]]:
        """Steps of the tuning to chats, what is answered then, and the share of true answers to others."""
        steps, true = self.tuning["step"], self.tuning[f"{self.lang}.true"]
        said = self.tuning.provenance["answers"][self.filmed]
        return [(int(step), text, float(one)) for step, text, one in zip(steps, said, true, strict=True)]

    @property
    def got(self) -> Floats:
        """(5,) rewards of the answers."""
        return np.asarray(self.rewards["output"], dtype=float)

    @property
    def advantages(self) -> Floats:
        """(4,) reward of each drawn answer, minus the mean of the others'."""
        got = self.got[:4]
        return np.asarray(got - (got.sum() - got) / (len(got) - 1))

    def means(self, weight: str, name: str) -> Floats:
        """(blocks,) what a training recorded of the answers in this language, averaged over its blocks."""
        values = np.asarray(self.trainings[weight][name], dtype=float)
        blocks = values[: len(values) // BLOCK * BLOCK].reshape(-1, BLOCK)
        return np.asarray(blocks[:, LANGUAGES.index(self.lang) :: len(LANGUAGES)].mean(axis=1))

    def edges(self, weight: str) -> Floats:
        """(blocks + 1,) the steps at which blocks begin and end."""
        steps = np.asarray(self.trainings[weight]["step"], dtype=float)
        return np.append(steps, steps[-1] + 1)[::BLOCK]
