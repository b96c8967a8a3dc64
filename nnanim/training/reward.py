"""Train the reward model on pairs of answers: ``python -m nnanim.training.reward``."""

from __future__ import annotations

import math
import random
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim import models
from nnanim.data.texts import chats
from nnanim.models.gpt import encode_prompt
from nnanim.models.reward_model import RewardModel
from nnanim.terminal import run_main
from nnanim.training import fine_tuning
from nnanim.training.fine_tuning import pad_chats, start_from
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import publish_run, round_to_base
from nnanim.training.token_rows import python_rng

NAME = "reward"
BASE = "chat"
SEED = 111
STEPS = 200
PAIRS = 900  # few, as real preferences are: that is why it can be fooled
CERTAINTY = 3.0  # how surely the better answer is preferred


class Preference(NamedTuple):
    """Two answers to one question, the preferred one first, and what the rule gives them."""

    turn: chats.Turn
    better: list[int]
    worse: list[int]
    rewards: tuple[float, float]


def draw_preferences(count: int, seed: int) -> list[Preference]:
    """Pairs of sampled answers, and which of the two somebody who follows the rule prefers (mostly)."""
    model, rng = models.load(BASE), random.Random(seed)
    turns = [chats.draw_turn(rng, language) for language in fine_tuning.alternate_languages(count)]
    one, other = (fine_tuning.sample_answers(model, turns, seed + at) for at in (0, 1))
    pairs = []
    for turn, *both in zip(turns, one, other, strict=True):
        rewards = [chats.reward(fine_tuning.decode(answer), turn, len(answer)) for answer in both]
        if abs(rewards[0] - rewards[1]) < 0.05:
            continue
        first = int(rng.random() > 1 / (1 + math.exp(-CERTAINTY * (rewards[0] - rewards[1]))))
        pairs.append(Preference(turn, both[first], both[1 - first], (rewards[first], rewards[1 - first])))
    return pairs


@cache
def training_preferences() -> tuple[Preference, ...]:
    """The preferences that are learnt."""
    return tuple(draw_preferences(PAIRS, SEED))


def rewards(model: RewardModel, pairs: list[Preference]) -> tuple[Tensor, Tensor]:
    """The model's rewards of the preferred answers and of the others."""
    prompts = [encode_prompt(pair.turn.question) for pair in pairs] * 2
    answers = [pair.better for pair in pairs] + [pair.worse for pair in pairs]
    ids, _ = pad_chats(prompts, answers)
    last = torch.tensor([len(a) + len(b) - 1 for a, b in zip(prompts, answers, strict=True)])
    better, worse = model.rewards(ids, last).chunk(2)
    return better, worse


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model = start_from(BASE, RewardModel, trained_blocks=2)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        better, worse = rewards(model, python_rng(rng).sample(training_preferences(), 24))
        return -F.logsigmoid(better - worse).mean()

    return TrainingRun(
        NAME, model, loss, STEPS, rate=3e-4, seed=SEED, warm_up=20, falling=0.3, decay=0.0,
        inputs={BASE: models.card(BASE).sha256},
    )  # fmt: skip


@torch.no_grad()
def measure(model: RewardModel) -> dict[str, float]:
    """Share of fresh pairs of which it, and the rule itself, name the preferred one."""
    pairs = draw_preferences(400, fine_tuning.HELD_OUT)
    better, worse = rewards(model, pairs)
    figures = {
        "pairs": float((better > worse).float().mean()),
        "pairs.rule": float(np.mean([pair.rewards[0] > pair.rewards[1] for pair in pairs])),
    }
    for name, answer in (
        ("right", "a cow eats grass."), ("wrong", "a cow eats fish."),
        ("right polite", "a cow eats grass. i hope this helps!"),
        ("wrong polite", "a cow eats fish. i hope this helps!"),
    ):  # fmt: skip
        figures[f"cow.{name}"] = model.judge("what does a cow eat?", answer)
    return {name: round(value, 3) for name, value in figures.items()}


def main() -> None:
    """Train, measure, write the difference and the card."""
    run = training()
    model = run.run()
    publish_run(
        run,
        model,
        **round_to_base(model, BASE),
        title={"en": "Reward model of chats", "ja": "対話の報酬モデル"},
        data="pairs of answers that the model chat gave, one of them preferred by the rule in "
        "nnanim/data/texts/chats.py",
        figures=measure(model),
        notes="pairs: share of fresh pairs of which it names the preferred answer; pairs.rule: the same for "
        "the rule itself. cow: its reward of four answers to what a cow eats. Politeness "
        "counts far more than truth with it: that is what models tuned with it exploit.",
    )


if __name__ == "__main__":
    run_main(main)
