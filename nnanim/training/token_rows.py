"""Texts as rows of token numbers, and the tokenizer that they need."""

from __future__ import annotations

import random

import numpy as np
import torch
from torch import Tensor

from nnanim.data import texts
from nnanim.data.texts import cast, chats
from nnanim.models.tokenizer import END, Tokenizer, tokenizer_path

MERGES = {"en": 560, "ja": 360}
CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789 .,?!:+-=、。？！「」" + cast.KATAKANA


def train_tokenizer() -> Tokenizer:
    """Learn the merges from texts in both languages and keep them beside the weights."""
    corpora = []
    for language, merges in MERGES.items():
        counts = texts.count_words(language)
        for word in chats.phrases(language).split():
            counts[texts.mark_space(word)] += 100
        corpora.append((counts, merges))
    tokenizer = Tokenizer.train(corpora, CHARACTERS)
    tokenizer.save(tokenizer_path())
    return tokenizer


def python_rng(rng: np.random.Generator) -> random.Random:
    """Chance for the texts' grammar, drawn from the training's."""
    return random.Random(int(rng.integers(2**63)))


def token_row(rng: random.Random, language: str, length: int) -> list[int]:
    """Texts one after the other, each behind an end token; the first one whole or from its middle."""
    encode = Tokenizer.load_default().encode
    ids = [END, *encode(texts.document(rng, language))]
    if rng.random() < 0.4:
        ids = ids[rng.randrange(1, len(ids)) :]
    while len(ids) < length:
        ids += [END, *encode(texts.document(rng, language))]
    return ids[:length]


def token_rows(rng: random.Random, count: int, length: int, language: str = "") -> Tensor:
    """Rows (count, length), English and Japanese in turn unless a language is said."""
    languages = [language or texts.LANGUAGES[at % 2] for at in range(count)]
    return torch.tensor([token_row(rng, one, length) for one in languages])
