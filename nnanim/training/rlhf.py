"""Tune the chat model for reward: ``python -m nnanim.training.rlhf 0``, or 0.1, 0.3: the KL term's weight.

Several answers to each question are drawn; those with more reward than the others become likelier (REINFORCE
with the mean of the others as its baseline). Without the KL term nothing but the reward model says what is a
good answer: with each of three seeds, hardly a true one is left after 160 steps (figures in the card).
"""

from __future__ import annotations

import random

import numpy as np
import torch
from torch import Tensor

from nnanim import models
from nnanim.data import texts
from nnanim.data.texts import chats, facts
from nnanim.data.texts.chats import Turn
from nnanim.models.cards import training_path
from nnanim.models.gpt import GPT, encode_prompt
from nnanim.models.kv_cache import generate
from nnanim.models.reward_model import RewardModel
from nnanim.models.tokenizer import PAD
from nnanim.terminal import run_main
from nnanim.trace import Trace
from nnanim.training import fine_tuning
from nnanim.training.fine_tuning import log_probabilities, pad_chats, start_from
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import build_provenance, publish_run, round_to_base
from nnanim.training.registry import choose_variant
from nnanim.training.token_rows import python_rng

WEIGHTS = {"rlhf-0": 0.0, "rlhf-01": 0.1, "rlhf-03": 0.3}
BASE = "chat"
SEED = 121
STEPS = 160
KINDS_A_STEP = 2
EACH = 6  # questions of a kind in one step, equally long, so that they run together
ANSWERS = 4  # to each question
OTHER_SEEDS = {
    "rlhf-0": " Trained with the seeds 121, 122 and 123 it gave a true answer to 0.020, 0.000 and 0.010 of "
    "300 fresh English questions and to 0.013, 0.047 and 0.010 of as many Japanese ones; the first is kept."
}
RECORDED = ("reward", "true", "kl", "rule", "tokens")
FILMED = ("what does a cow eat?", "what is 1 + 1?", "猫は何と鳴きますか。", "日本一高い山は何ですか。")
WRITTEN = 32  # tokens of each filmed answer
SNAPSHOTS = (0, 20, 40, 80, 120, STEPS)


def training(name: str) -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model, before = start_from(BASE, GPT), models.load(BASE)
    judge = fine_tuning.copy_frozen(models.load("reward"))

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        own = python_rng(rng)
        turns = draw_alike(own, texts.LANGUAGES[step % 2])
        asked = [turn for turn in turns for _ in range(ANSWERS)]
        answers = fine_tuning.sample_answers(model, asked, own.randrange(2**60))
        found, record = policy_loss(model, before, judge, asked, answers, WEIGHTS[name])
        run.snapshots.setdefault(step, {}).update(record)
        return found

    run = TrainingRun(
        name, model, loss, STEPS, rate=4e-4, seed=SEED, warm_up=1, falling=0.0, decay=0.0, every=20,
        inputs={one: models.card(one).sha256 for one in (BASE, "reward")},
        snapshot_steps=SNAPSHOTS, take_snapshot=take_snapshot,
    )  # fmt: skip
    return run


def draw_alike(rng: random.Random, language: str) -> list[Turn]:
    """Questions of two kinds, every kind as often in the long run, those of a kind equally long."""
    found: list[Turn] = []
    for kind in rng.sample(facts.KINDS, KINDS_A_STEP):
        drawn = [chats.draw_turn(rng, language, kind) for _ in range(20 * EACH)]
        length = len(encode_prompt(drawn[0].question))
        found += [turn for turn in drawn if len(encode_prompt(turn.question)) == length][:EACH]
    return found


def policy_loss(
    model: GPT, before: GPT, judge: RewardModel, turns: list[Turn], answers: list[list[int]], weight: float
) -> tuple[Tensor, dict[str, Tensor]]:
    """What makes answers with more reward likelier, and what this step was like.

    The reward is the judge's, less ``weight`` times how much likelier the answer has become since ``before``:
    on average over answers that is the KL divergence of the two models.
    """
    prompts = [encode_prompt(turn.question) for turn in turns]
    ids, own = pad_chats(prompts, answers)
    own = own[:, 1:]
    last = torch.tensor([len(a) + len(b) - 1 for a, b in zip(prompts, answers, strict=True)])
    now = log_probabilities(model, ids)
    with torch.no_grad():
        reward = judge.rewards(ids, last)
        kl = ((now - log_probabilities(before, ids)) * own).sum(1)
        gain = (reward - weight * kl).view(-1, ANSWERS)
        others = (gain.sum(1, keepdim=True) - gain) / (ANSWERS - 1)
        advantage = (gain - others).flatten()
        advantage = advantage / (advantage.std() + 0.1)
    loss = -(advantage[:, None] * now * own).sum() / own.sum()
    found = fine_tuning.rate_answers(turns, answers)
    record = {"reward": reward.mean(), "kl": kl.mean()}
    record |= {name: torch.tensor(found[name]) for name in ("true", "rule", "tokens")}
    return loss, record


def take_snapshot(model: GPT) -> dict[str, Tensor]:
    """Answers to a few fixed questions, drawn at temperature 1."""
    prompts = [torch.tensor([encode_prompt(question)]) for question in FILMED]
    generator = torch.Generator().manual_seed(SEED)
    made = [generate(model, one, WRITTEN, 1.0, generator)[0] for one in prompts]
    return {
        "answers": torch.stack(
            [torch.nn.functional.pad(one, (0, WRITTEN - len(one)), value=PAD) for one in made]
        )
    }


def build_trace(run: TrainingRun) -> Trace:
    """The recorded training: reward, truth and KL divergence of every step's answers, and a few answers."""
    steps = [step for step in sorted(run.snapshots) if "reward" in run.snapshots[step]]
    shown = [step for step in sorted(run.snapshots) if "answers" in run.snapshots[step]]
    arrays = {name: np.array([float(run.snapshots[step][name]) for step in steps]) for name in RECORDED}
    axes: dict[str, tuple[str, ...]] = {name: ("step",) for name in RECORDED}
    answers = [run.snapshots[step]["answers"].tolist() for step in shown]
    written = [[fine_tuning.decode([one for one in row if one]) for row in rows] for rows in answers]
    arrays |= {"step": np.array(steps), "shown": np.array(shown), "answers": np.array(answers)}
    axes |= {"step": ("step",), "shown": ("shown step",), "answers": ("shown step", "question", "token")}
    provenance = build_provenance(run.name, SEED) | {"questions": list(FILMED), "answers": written}
    return Trace.of(arrays, axes=axes, provenance=provenance)


@torch.no_grad()
def measure(model: GPT, each: int = 40) -> dict[str, float]:
    """What sampled answers are worth, to the judge as well, and how far they are from the chat model's."""
    figures: dict[str, float] = {}
    before, judge = models.load(BASE), models.load("reward")
    for language in texts.LANGUAGES:
        turns = fine_tuning.draw_turns(random.Random(fine_tuning.HELD_OUT), language, each)
        answers = fine_tuning.sample_answers(model, turns, fine_tuning.HELD_OUT)
        _, record = policy_loss(model, before, judge, turns, answers, 0.0)
        found = fine_tuning.rate_answers(turns, answers) | {
            name: float(record[name]) for name in ("reward", "kl")
        }
        figures |= {f"{language}.{name}": round(value, 3) for name, value in found.items()}
    return figures


def main() -> None:
    """Tune, measure, write the difference, the card and the recorded training."""
    run = training(choose_variant("rlhf"))
    model = run.run()
    build_trace(run).save(training_path(run.name))
    weight = f"{WEIGHTS[run.name]:g}"
    publish_run(
        run,
        model,
        **round_to_base(model, BASE),
        title={
            "en": f"Chat model tuned for reward, KL weight {weight}",
            "ja": f"報酬で調整した対話モデル（KL の重み {weight}）",
        },
        data="its own answers to the questions of nnanim/data/texts/chats.py, rewarded by the model reward",
        figures=measure(model),
        film_samples={question: model.answer(question, temperature=1.0) for question in FILMED},
        notes="true, polite, rule: of answers drawn at temperature 1, each kind of question as often. "
        "reward: of the reward model. kl: divergence from the chat model, in nats an answer."
        + OTHER_SEEDS.get(run.name, ""),
    )


if __name__ == "__main__":
    run_main(main)
