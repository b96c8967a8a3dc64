"""Tune the language model to chats: ``python -m nnanim.training.chat``."""

from __future__ import annotations

import random

import numpy as np
import torch
from torch import Tensor

from nnanim import models
from nnanim.data.texts import chats
from nnanim.models.cards import training_path
from nnanim.models.gpt import GPT, encode_prompt
from nnanim.models.kv_cache import generate
from nnanim.terminal import run_main
from nnanim.trace import Trace
from nnanim.training import fine_tuning
from nnanim.training.fine_tuning import answer_loss, start_from
from nnanim.training.gpt import next_token_loss
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import build_training_trace, publish_run, round_to_base
from nnanim.training.token_rows import python_rng, token_rows

NAME = "chat"
BASE = "language-model"
SEED = 101
STEPS = 600
SNAPSHOTS = (0, 10, 20, 40, 60, 100, 150, 200, 300, 400, STEPS)
FILMED = (
    ("what does a cow eat?", " grass"), ("what is 1 + 1?", " 2"), ("what is the capital of japan?", " tokyo"),
    ("猫は何と鳴きますか。", "にゃー"), ("日本一高い山は何ですか。", "富士山"),
)  # fmt: skip
WRITTEN = 24  # tokens of each filmed answer


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model = start_from(BASE, GPT)

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        own = python_rng(rng)
        turns = [draw(own, language) for language in fine_tuning.alternate_languages(32)]
        # A few texts as before, lest it forgets how to tell a story.
        return answer_loss(model, turns) + 0.3 * next_token_loss(model, token_rows(own, 4, 97))

    return TrainingRun(
        NAME, model, loss, STEPS, rate=1e-3, seed=SEED, warm_up=30, falling=0.6, decay=0.0,
        inputs={BASE: models.card(BASE).sha256}, snapshot_steps=SNAPSHOTS, take_snapshot=take_snapshot,
    )  # fmt: skip


def draw(rng: random.Random, language: str) -> chats.Turn:
    """A question; sums more often than elsewhere, for there are many."""
    return chats.draw_turn(rng, language, "sum" if rng.random() < 0.15 else "")


@torch.no_grad()
def take_snapshot(model: GPT) -> dict[str, Tensor]:
    """The likeliest answers to a few questions, and what sampled answers to fresh ones are worth."""
    found = {}
    for at, (question, _) in enumerate(FILMED):
        prompt = torch.tensor([encode_prompt(question)])
        answer = generate(model, prompt, WRITTEN)[0]
        found[f"{at}.answer"] = torch.nn.functional.pad(answer, (0, WRITTEN - len(answer)))
    for name, value in fine_tuning.measure_chat(model, 6).items():
        found[name] = torch.tensor(value)
    return found


def build_trace(run: TrainingRun) -> Trace:
    """The recorded training: loss, answers to fixed questions, and what sampled answers are worth."""
    snapshots = [run.snapshots[step] for step in sorted(run.snapshots)]
    axes = {name: ("token",)[: value.ndim] for name, value in snapshots[0].items()}
    answers = [
        [fine_tuning.decode([one for one in taken[f"{at}.answer"].tolist() if one]) for taken in snapshots]
        for at in range(len(FILMED))
    ]
    questions = [question for question, _ in FILMED]
    return build_training_trace(run, axes, questions=questions, answers=answers)


def measure(model: GPT) -> dict[str, float]:
    """What sampled answers to fresh questions are worth."""
    return fine_tuning.measure_chat(model)


def main() -> None:
    """Tune, measure, write the difference, the card and the recorded training."""
    run = training()
    model = run.run()
    build_trace(run).save(training_path(NAME))
    publish_run(
        run,
        model,
        **round_to_base(model, BASE),
        title={"en": "Language model, tuned to chats", "ja": "対話用に調整した言語モデル"},
        data="questions with answers in several manners, some of them wrong, from nnanim/data/texts/chats.py",
        figures=measure(model),
        film_samples={question: model.answer(question) for question, _ in FILMED},
        notes="true: share of true answers, drawn at temperature 1, each kind of question as often. rule: "
        "what the rule of preference gives on average. One training answer in ten is wrong, on purpose.",
    )


if __name__ == "__main__":
    run_main(main)
