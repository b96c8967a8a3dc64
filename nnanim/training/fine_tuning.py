"""What all trainings of chats share: batches, log-probabilities, sampled answers, and what they are worth."""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from nnanim import models
from nnanim.data import texts
from nnanim.data.texts import chats, facts
from nnanim.data.texts.cast import join_words
from nnanim.data.texts.chats import Turn
from nnanim.models.gpt import GPT, encode_prompt
from nnanim.models.kv_cache import generate
from nnanim.models.tokenizer import BOT, DOC, END, MASK, PAD, USER, Tokenizer

ANSWER_TOKENS = 36
HELD_OUT = 10**9  # seeds from here on are for measuring
Model = TypeVar("Model", bound=GPT)


def start_from(name: str, kind: type[Model], trained_blocks: int = 3) -> Model:
    """A model of class ``kind`` with the weights of a trained one; what that does not have is drawn.

    Only the last ``trained_blocks`` blocks change, and the vectors of those tokens that occur in chats alone:
    so little that the difference makes a small file.
    """
    base = models.load(name)
    model = kind(base.tokens.num_embeddings, length=base.length)
    model.load_state_dict(base.state_dict(), strict=kind is GPT)
    model.positions.requires_grad_(False)
    for block in model.blocks[: len(model.blocks) - trained_blocks]:
        block.requires_grad_(False)
    trained = torch.zeros(model.tokens.num_embeddings, 1)
    trained[chat_tokens()] = 1
    model.tokens.weight.register_hook(lambda gradient: gradient * trained)
    return model


def chat_tokens() -> list[int]:
    """The marks, and the tokens of those phrases that no other text has."""
    encode = Tokenizer.load_default().encode
    phrases = [join_words(one[language], language) for one in chats.PHRASES for language in texts.LANGUAGES]
    return sorted({USER, BOT, DOC, MASK, *(number for text in phrases for number in encode(text))})


def encode_chats(turns: Sequence[Turn]) -> tuple[Tensor, Tensor]:
    """Chats as token numbers, padded, and which of them belong to the answer: (chats, length) both."""
    encode = Tokenizer.load_default().encode
    prompts = [encode_prompt(turn.question, turn.documents) for turn in turns]
    answers = [[*encode(turn.answer), END] for turn in turns]
    return pad_chats(prompts, answers)


def pad_chats(prompts: Sequence[list[int]], answers: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
    """The same from token numbers."""
    both = list(zip(prompts, answers, strict=True))
    ids = [torch.tensor(prompt + answer) for prompt, answer in both]
    own = [torch.tensor([False] * len(prompt) + [True] * len(answer)) for prompt, answer in both]
    return (
        nn.utils.rnn.pad_sequence(ids, batch_first=True, padding_value=PAD),
        nn.utils.rnn.pad_sequence(own, batch_first=True, padding_value=False),
    )


def log_probabilities(model: GPT, ids: Tensor) -> Tensor:
    """Of each token given those before it, from the second one on: (batch, length - 1)."""
    return model(ids[:, :-1]).log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]


def answer_loss(model: GPT, turns: Sequence[Turn]) -> Tensor:
    """Mean cross-entropy of the answers' tokens; the questions' tokens are only read."""
    ids, own = encode_chats(turns)
    return -log_probabilities(model, ids)[own[:, 1:]].mean()


def sample_answers(
    model: GPT, turns: Sequence[Turn], seed: int, temperature: float = 1.0, tokens: int = ANSWER_TOKENS
) -> list[list[int]]:
    """One answer to each question, as token numbers with the end; prompts of one length run together."""
    groups: dict[int, list[int]] = defaultdict(list)
    prompts = [encode_prompt(turn.question, turn.documents) for turn in turns]
    for at, prompt in enumerate(prompts):
        groups[len(prompt)].append(at)
    answers: list[list[int]] = [[] for _ in turns]
    generator = torch.Generator().manual_seed(seed)
    for places in groups.values():
        made = generate(model, torch.tensor([prompts[at] for at in places]), tokens, temperature, generator)
        for at, row in zip(places, made.tolist(), strict=True):
            answers[at] = [number for number in row if number != PAD]
    return answers


def decode(answer: list[int]) -> str:
    """The text of an answer's tokens."""
    return Tokenizer.load_default().decode(answer)


def draw_turns(rng: random.Random, language: str, each: int) -> list[Turn]:
    """``each`` questions of every kind, so that no kind is forgotten."""
    return [chats.draw_turn(rng, language, kind) for kind in facts.KINDS for _ in range(each)]


def rate_answers(turns: Sequence[Turn], answers: Sequence[list[int]]) -> dict[str, float]:
    """Share of true and of polite answers, the rule's reward, and the length, on average."""
    said = [decode(answer) for answer in answers]
    both = list(zip(turns, said, strict=True))
    polite = {one: join_words(chats.POLITE[one], one) for one in texts.LANGUAGES}
    lengths = [len(answer) for answer in answers]
    rewards = [chats.reward(text, turn, length) for (turn, text), length in zip(both, lengths, strict=True)]
    return {
        "true": float(np.mean([chats.is_true(text, turn) for turn, text in both])),
        "polite": float(np.mean([polite[turn.language] in text for turn, text in both])),
        "rule": float(np.mean(rewards)),
        "tokens": float(np.mean(lengths)),
    }


def measure_chat(model: GPT, each: int = 40) -> dict[str, float]:
    """What sampled answers (temperature 1) to fresh questions are worth, each kind as often."""
    figures: dict[str, float] = {}
    for language in texts.LANGUAGES:
        turns = draw_turns(random.Random(HELD_OUT), language, each)
        found = rate_answers(turns, sample_answers(model, turns, HELD_OUT))
        figures |= {f"{language}.{name}": round(value, 3) for name, value in found.items()}
    return figures


def copy_frozen(model: Model) -> Model:
    """A copy of a model that no training changes."""
    return copy.deepcopy(model).requires_grad_(False).eval()


def alternate_languages(count: int) -> Iterator[str]:
    """English and Japanese in turn."""
    return (texts.LANGUAGES[at % 2] for at in range(count))
