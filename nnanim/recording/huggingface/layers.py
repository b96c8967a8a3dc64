"""A Hugging Face model of language, recorded layer by layer as any other model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from nnanim.errors import UserError
from nnanim.recording.huggingface import loading
from nnanim.recording.huggingface.reader import context_length, token_ids_of
from nnanim.recording.huggingface.token_spelling import TokenSpellings
from nnanim.recording.run import record
from nnanim.trace import Trace


def record_layers(folder: str, sentence: str, gradients: bool = False) -> Trace:
    """One run of a model in a folder over a sentence, with every layer.

    Args:
        folder: where ``save_pretrained`` has written a model and its tokenizer.
        sentence: what it reads.
        gradients: whether the gradients of the outputs' sum are recorded, too.

    Raises:
        UserError: transformers is not installed, the folder holds no such model, the sentence is empty or
            longer than the model's context.
    """
    model, tokenizer = _open(folder)
    ids = token_ids_of(tokenizer, sentence)
    longest = context_length(model, tokenizer)
    if len(ids) > longest:
        raise UserError(f"the sentence has {len(ids)} tokens; {Path(folder).name} reads at most {longest}")
    given = torch.tensor([ids])
    return record(model, input_ids=given, name=Path(folder).resolve().name, seed=0, gradients=gradients)


def spell_tokens(folder: str, trace: Trace) -> tuple[list[str], Sequence[str]]:
    """The pieces of the sentence of a run of `record_layers`, and every token that may follow.

    None may follow if the model does not continue a text: what a BERT gives out is of the tokens themselves,
    or hidden values.
    """
    model, tokenizer = _open(folder)
    output = trace["output"] if "output" in trace else trace["output[logits]"]
    every = TokenSpellings(tokenizer, output.shape[-1])
    name = "input[input_ids]" if "input[input_ids]" in trace else "input"
    pieces = [every.spell_token(int(number))[0] for number in trace[name][0]]
    return pieces, every if loading.is_causal(model) else ()


@lru_cache(maxsize=1)
def _open(folder: str) -> tuple[Any, Any]:
    """The model in a folder and its tokenizer, loaded once."""
    return loading.load(folder)
