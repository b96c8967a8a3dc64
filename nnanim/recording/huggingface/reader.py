"""read(): a sentence and a Hugging Face model in a folder give what the story of attention is told from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from nnanim.errors import UserError, message_of
from nnanim.files import quote_path
from nnanim.recording.context_window import logits_in_window
from nnanim.recording.huggingface import loading
from nnanim.recording.huggingface.token_spelling import TokenSpellings, describe_spelling
from nnanim.recording.huggingface.tracing import predicts_tokens, run, trace_run
from nnanim.recording.run import record
from nnanim.scene.reads import warn_unseen
from nnanim.stories.attention.reading import Reading
from nnanim.trace import Trace

SENTENCE = {
    "en": "The cat sat on the mat because it was tired.",
    "ja": "むかしむかし、あるところに若い王女がいました。",
}
BLANK = {
    "en": "The [MASK] sat on the mat because it was tired.",
    "ja": "むかしむかし、あるところに若い[MASK]がいました。",
}
"""What is read where no sentence is given."""

MASK = "[MASK]"
"""How a blank may be written for every model that fills in blanks."""


UNLIMITED = 10**9
"""From this number of tokens on, what a tokenizer says it reads at most means: nothing limits it."""


@torch.no_grad()
def read(
    folder: str,
    sentence: str | None = None,
    *,
    lang: str = "en",
    more: int = 3,
    context: int = 0,
    layer: int | None = None,
    head: int | None = None,
    loaded: tuple[nn.Module, Any] | None = None,
) -> Reading:
    """Read a sentence with a causal or an encoder model from a folder on this machine.

    Args:
        folder: where ``save_pretrained`` has written a model and its tokenizer.
        sentence: what it reads; ``[MASK]`` is a blank for a model that fills in blanks.
        lang: language of the sentence that is read where none is given.
        more: how many tokens a causal model may add, the likeliest each time.
        context: of how many last tokens a causal model's limited guesses are made (``Reading.limited``).
        layer: which layer is shown; by default one that tells something.
        head: which of its heads is shown.
        loaded: model and tokenizer, as `loading.load` gives them, where they are loaded already.

    Raises:
        UserError: transformers is not installed, the folder holds no such model, the sentence is empty or
            longer than the model's context, or the model's attention is not made of dot products.
    """
    warn_unseen("a folder of transformers")
    model, tokenizer = loaded or loading.load(folder)
    fills = tokenizer.mask_token is not None and predicts_tokens(model)
    text = (
        sentence
        if sentence is not None
        else (BLANK if fills else SENTENCE)[lang if lang in SENTENCE else "en"]
    )
    token_ids = token_ids_of(tokenizer, text)
    longest = context_length(model, tokenizer)
    if len(token_ids) > longest:
        raise UserError(
            f"the sentence has {len(token_ids)} tokens; {Path(folder).name} reads at most {longest}"
        )
    length, causal = len(token_ids), _is_causal(model, token_ids)
    if causal and predicts_tokens(model):
        token_ids = _generate(model, token_ids, min(more, longest - length), tokenizer.eos_token_id)
    trace, factor = trace_run(model, token_ids, Path(folder).resolve().name)
    limited = (
        logits_in_window(lambda x: model(input_ids=x)[0], token_ids, context)
        if context and causal and predicts_tokens(model)
        else None
    )
    return _build_reading(
        tokenizer, token_ids, trace, causal, length=length, scale=factor, limited=limited, context=context,
        reads=longest if longest < UNLIMITED else None, layer=layer, head=head,
    )  # fmt: skip


def token_ids_of(tokenizer: Any, text: str) -> list[int]:
    """The token ids of a text.

    Raises:
        UserError: it is empty, or the tokenizer cannot read it.
    """
    if not text.strip():
        raise UserError("an empty sentence has nothing to look at; give it at least two words")
    if tokenizer.mask_token:
        text = text.replace(MASK, tokenizer.mask_token)
    try:
        return list(tokenizer(text, verbose=False)["input_ids"])
    except Exception as error:  # a damaged tokenizer_config.json is only felt here
        folder = quote_path(str(tokenizer.name_or_path))
        raise UserError(f"the tokenizer in {folder} cannot read the sentence: {message_of(error)}") from error


def context_length(model: nn.Module, tokenizer: Any) -> int:
    """How many tokens a model reads at most."""
    config = model.config
    known = [getattr(config, name, None) for name in ("max_position_embeddings", "n_positions", "n_ctx")]
    limits = [int(value) for value in known if value]
    for module in model.modules():  # where padding has places of its own, fewer are left
        if (
            isinstance(module, nn.Embedding)
            and module.num_embeddings in limits
            and module.padding_idx is not None
        ):
            limits.append(module.num_embeddings - module.padding_idx - 1)
    return min([*limits, tokenizer.model_max_length])


def _generate(model: nn.Module, token_ids: list[int], more: int, end: int | None) -> list[int]:
    """The tokens and up to ``more`` likeliest ones after them."""
    token_ids = list(token_ids)
    for _ in range(max(more, 0)):
        best = int(run(model, token_ids)[0][0, -1].argmax())
        if best == end:
            break
        token_ids.append(best)
    return token_ids


def _is_causal(model: nn.Module, token_ids: Sequence[int]) -> bool:
    """Whether no token looks at a later one.

    Raises:
        UserError: the model has no attention.
    """
    seen = record(model, input_ids=torch.tensor([list(token_ids)]))
    if not seen.attentions:
        raise UserError(f"{type(model).__name__} has no attention that can be seen; is it a transformer?")
    return all(float(np.triu(seen.attention(name)[0], 1).max()) < 1e-6 for name in seen.attentions)


def _note_unknown(tokens: Sequence[str], unknown: str | None, tokenizer: Any) -> str:
    """What to say of a sentence of which the model does not know half; empty where it knows more."""
    words = [one for one in tokens if one == unknown or one not in tokenizer.all_special_tokens]
    many = sum(one == unknown for one in words)
    if unknown is None or 2 * many < len(words):
        return ""
    return f"the model knows {len(words) - many} of its {len(words)} tokens: the film is about {unknown}"


def _build_reading(
    tokenizer: Any, token_ids: Sequence[int], trace: Trace, causal: bool, *, length: int, **options: Any
) -> Reading:
    pieces = TokenSpellings(tokenizer, trace["output"].shape[-1] if "output" in trace else 0)
    spelled = [pieces.spell_token(number) for number in token_ids]
    tokens = [text for text, _ in spelled]
    special = [i for i, number in enumerate(token_ids) if number in set(tokenizer.all_special_ids)]
    blanks = [i for i, number in enumerate(token_ids[:length]) if number == tokenizer.mask_token_id]
    blank = blanks[0] if blanks and not causal else None
    words = [i for i in range(length) if i not in special]
    words = [i for i in words if any(char.isalnum() for char in tokens[i])] or words  # no full stop
    added = [tokens[i] for i in special if i != blank and i < length]
    unknown = tokenizer.unk_token if tokenizer.unk_token_id in token_ids else None
    return Reading(
        trace, tokens, pieces if "output" in trace else (), length,
        positions="positions" if "positions" in trace else None,
        spoken=blank if blank is not None or causal or not words else words[-1],
        blank=blank,
        special=[i for i in special if i != blank],
        small=[i for i, (_, hexed) in enumerate(spelled) if hexed],
        pieces=describe_spelling(tokens[:length], any(hexed for _, hexed in spelled[:length]),
            added, unknown),
        notice=_note_unknown(tokens[:length], unknown, tokenizer),
        **options,
    )  # fmt: skip
