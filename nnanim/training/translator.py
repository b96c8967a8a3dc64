"""Train the translator between English and Japanese: ``python -m nnanim.training.translator``."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnanim.data import translation
from nnanim.data.translation import END, PAD, SPECIAL, Sentence
from nnanim.models.cards import training_path
from nnanim.models.translator import Translator, encode_sources
from nnanim.terminal import run_main
from nnanim.trace import Trace
from nnanim.training.loop import TrainingRun
from nnanim.training.publish import build_training_trace, publish_run, round_small

NAME = "translator"
SEED = 91
STEPS = 1500
BATCH = 96
POOL = 4  # batches that are drawn together and sorted by length, so that little is padding
HELD_OUT = 10**9  # seeds from here on are for measuring
SNAPSHOTS = (0, 50, 100, 150, 200, 250, 300, 400, 500, 700, 1000, STEPS)
FILMED = (
    ("I built a house .", "私 は 家 を 建て ました 。", "ja"),
    ("this is the house that my grandfather built .", "これ は 私 の 祖父 が 建て た 家 です 。", "ja"),
    ("私 は 家 を 建て ました 。", "I built a house .", "en"),
)

Example = tuple[list[str], str, list[str]]  # words, language wanted, words of the translation


def to_example(sentence: Sentence, to_english: bool) -> Example:
    """A sentence as what is read and what is to be written."""
    en, ja = ([word.text for word in words] for words in (sentence.en, sentence.ja))
    return (ja, "en", en) if to_english else (en, "ja" if sentence.polite else "ja-plain", ja)


def draw_examples(rng: random.Random, count: int) -> list[Example]:
    """Fresh training sentences, half of them in each direction; what Japanese drops is only read."""
    sentences = [translation.sample(rng) for _ in range(count)]
    return [to_example(one, one.dropped or rng.random() < 0.5) for one in sentences]


def encode_examples(pairs: list[Example], length: int) -> tuple[Tensor, Tensor]:
    """What is read, and the translation between its language and its end."""
    source = encode_sources([pair[0] for pair in pairs], length)
    targets = [
        torch.tensor([SPECIAL.index(f"<{target}>"), *translation.encode(words), END])
        for _, target, words in pairs
    ]
    return source, nn.utils.rnn.pad_sequence(targets, batch_first=True, padding_value=PAD)


@lru_cache(maxsize=1)
def draw_pool(number: int) -> list[list[Example]]:
    """Batches of sentences of about the same length, in a random order."""
    rng = random.Random(SEED * 1_000_003 + number)
    pairs = sorted(draw_examples(rng, BATCH * POOL), key=lambda pair: len(pair[0]))
    batches = [pairs[at * BATCH : (at + 1) * BATCH] for at in range(POOL)]
    rng.shuffle(batches)
    return batches


def training() -> TrainingRun:
    """The training, from the start or from its last checkpoint."""
    torch.manual_seed(SEED)
    model = Translator(len(translation.vocabulary()))

    def loss(step: int, rng: np.random.Generator) -> Tensor:
        source, target = encode_examples(draw_pool(step // POOL)[step % POOL], model.length)
        logits = model(source, target[:, :-1])
        return F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PAD)

    return TrainingRun(
        NAME, model, loss, STEPS, rate=2.5e-3, seed=SEED, warm_up=150, falling=0.4, average=0.995,
        snapshot_steps=SNAPSHOTS, take_snapshot=take_snapshot,
    )  # fmt: skip


def cross_attention(model: Translator, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The last block's attention from each word of the translation to the source, and the logits.

    The row of a word is the one that predicts it. Shapes: (batch, head, target - 1, source) and
    (batch, target - 1, words).
    """
    found: list[Tensor] = []
    weights = model.decoder[-1].cross_attention.weights
    handle = weights.register_forward_hook(lambda module, inputs, output: found.append(output))
    logits = model(source, target[:, :-1])
    handle.remove()
    return found[0], logits


def filmed_examples() -> list[Example]:
    """The sentences whose attention is recorded during the training."""
    return [(source.split(), target, words.split()) for source, words, target in FILMED]


@torch.no_grad()
def take_snapshot(model: Translator) -> dict[str, Tensor]:
    """For each filmed sentence the attention table and the probability of each right word; held-out loss."""
    found: dict[str, Tensor] = {}
    for at, pair in enumerate(filmed_examples()):
        source, target = encode_examples([pair], model.length)
        attention, logits = cross_attention(model, source, target)
        right = logits.softmax(-1).gather(-1, target[:, 1:, None])[0, :, 0]
        found |= {f"{at}.attention": attention[0], f"{at}.probability": right}
    rng = random.Random(HELD_OUT + 3)
    held_out = [to_example(translation.sample(rng, held_out=True), bool(at % 2)) for at in range(96)]
    source, target = encode_examples(held_out, model.length)
    logits = model(source, target[:, :-1])
    found["held_out_loss"] = F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PAD)
    return found


def build_trace(run: TrainingRun) -> Trace:
    """The recorded training: losses, and how the attention tables of a few held-out sentences come about."""
    axes: dict[str, tuple[str, ...]] = {"held_out_loss": ()}
    words = []
    for at, (source, target, written) in enumerate(filmed_examples()):
        axes[f"{at}.attention"] = ("head", f"{at} target", f"{at} source")
        axes[f"{at}.probability"] = (f"{at} target",)
        words.append({"source": [*source, "<end>"], "language": target, "target": [*written, "<end>"]})
    return build_training_trace(run, axes, sentences=words)


def measure_exact(
    model: Translator, target: str, draw: Callable[[random.Random], Sentence], count: int
) -> float:
    """Share of sentences whose translation is the grammar's, word for word."""
    rng, pairs = random.Random(HELD_OUT), list[Example]()
    while len(pairs) < count:
        sentence = draw(rng)
        if target == "en" or not sentence.dropped:
            pairs.append(to_example(sentence, target == "en"))
    written: list[list[str]] = []
    for at in range(0, count, 100):
        written += model.translate_all([pair[0] for pair in pairs[at : at + 100]], target)
    return float(np.mean([made == pair[2] for made, pair in zip(written, pairs, strict=True)]))


@torch.no_grad()
def measure_alignment(model: Translator, target: str, count: int = 300) -> float:
    """Share of words with a counterpart at which the last block, its heads averaged, looks the most."""
    rng, right = random.Random(HELD_OUT + 1), []
    for _ in range(count):
        sentence = translation.sample(rng, polite=True, held_out=True)
        while sentence.dropped and target != "en":  # never written
            sentence = translation.sample(rng, polite=True, held_out=True)
        read, wanted = (sentence.ja, sentence.en) if target == "en" else (sentence.en, sentence.ja)
        pair = to_example(sentence, target == "en")
        looks = (
            cross_attention(model, *encode_examples([pair], model.length))[0][0].mean(0).argmax(-1).tolist()
        )
        for at, word in enumerate(wanted):
            counterparts = [
                place for place, other in enumerate(read) if word.link in (other.link, other.part)
            ]
            if word.link and counterparts:
                right.append(looks[at] in counterparts)
    return float(np.mean(right))


def measure(model: Translator, count: int = 500) -> dict[str, float]:
    """Exact translations of held-out sentences and of held-out pairs of verb and object; the crossing."""
    figures = {}
    for name, target, polite in (
        ("en-ja", "ja", True),
        ("en-ja-plain", "ja-plain", False),
        ("ja-en", "en", True),
        ("ja-plain-en", "en", False),
    ):

        def draw(rng: random.Random, polite: bool = polite) -> Sentence:
            return translation.sample(rng, polite, held_out=True)

        def draw_pair(rng: random.Random, polite: bool = polite) -> Sentence:
            return translation.sample(rng, polite, held_out_pair=True)

        figures[f"{name}.exact"] = measure_exact(model, target, draw, count)
        figures[f"{name}.exact.new_pairs"] = measure_exact(model, target, draw_pair, count // 2)
    for target in ("ja", "en"):
        figures[f"{target}.attention"] = measure_alignment(model, target)
    return {name: round(value, 4) for name, value in figures.items()}


def main() -> None:
    """Train, measure, write weights, card and the recorded training."""
    run = training()
    model = run.run()
    kept = round_small(model)
    build_trace(run).save(training_path(NAME))
    samples = [translation.join(text.split()) for text in translation.HELD_OUT_SENTENCES]
    publish_run(
        run,
        model,
        **kept,
        title={"en": "Translator between English and Japanese", "ja": "英語と日本語の翻訳モデル"},
        arguments={"words": len(translation.vocabulary())},
        data="sentences in English and Japanese from the grammar in nnanim/data/translation, written afresh "
        "at every step",
        figures=measure(model),
        film_samples={
            text: {target: model.translate(text, target) for target in ("ja", "ja-plain")} for text in samples
        },
        notes="exact: share of held-out sentences translated word for word as the grammar does. new_pairs: "
        "verbs with objects that never met in training. attention: share of words at whose counterpart the "
        "last block looks the most. It knows the grammar's 900 words and kinds of sentence, nothing else.",
    )


if __name__ == "__main__":
    run_main(main)
