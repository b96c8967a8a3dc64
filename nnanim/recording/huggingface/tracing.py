"""One run of a Hugging Face model as a trace with the names of the shipped language model."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nnanim.errors import UserError
from nnanim.recording.huggingface.attention_capture import (
    BARRED,
    AttentionCapture,
    CapturedAttention,
    Scores,
    split_scores,
)
from nnanim.recording.run import record
from nnanim.trace import Trace


def predicts_tokens(model: nn.Module) -> bool:
    """Whether the model gives a number for each word of its vocabulary."""
    return model.get_output_embeddings() is not None


def run(model: nn.Module, token_ids: Sequence[int], **options: Any) -> Any:
    """What the model gives for one sentence of token ids."""
    return model(input_ids=torch.tensor([list(token_ids)]), **options)


def trace_run(model: nn.Module, token_ids: Sequence[int], name: str) -> tuple[Trace, float]:
    """What the story needs of one run, under the names of the shipped language model, and the scores' factor.

    Queries, keys and values are taken where the model multiplies them, and held against the recorded weights.

    Raises:
        UserError: an attention that is not made of dot products and a softmax.
    """
    whole = record(model, input_ids=torch.tensor([list(token_ids)]), name=name)
    blocks = [_block(one) for one in whole.attentions]
    with AttentionCapture() as capture, _capture_vectors(model, blocks) as seen:
        run(model, token_ids)
    if len(capture.attentions) != len(blocks):
        raise UserError(
            f"{len(capture.attentions)} of the {len(blocks)} attentions of {type(model).__name__} are made "
            "of dot products and a softmax; the film tells nothing else"
        )
    arrays: dict[str, Tensor] = {"tokens": seen["words"], "add": seen["add"]}
    arrays |= {"positions": seen["positions"]} if "positions" in seen else {}
    weights, factor = {}, 1.0
    for i, (one, block, captured) in enumerate(
        zip(whole.attentions, blocks, capture.attentions, strict=True)
    ):
        parts = _split_scores(model, one, captured)
        _check(one, captured, parts, whole.attention(one)[0])
        arrays |= {f"blocks.{i}.attention.{k}": v for k, v in _arrays(captured, parts).items()}
        arrays[f"blocks.{i}"] = seen[block]
        weights[f"blocks.{i}.attention"] = whole.attention(one)
        factor = parts.factor
    if (
        "positions" not in seen
        and (plain := _queries_before_rotation(model, token_ids, capture.attentions[0])) is not None
    ):
        arrays["blocks.0.attention.plain"] = plain
    if predicts_tokens(model):
        arrays["output"] = torch.as_tensor(np.array(whole["output"]))
    learned = {"positions.weight": seen["table"]} if "table" in seen else {}
    trace = Trace.of(
        {key: value.numpy() for key, value in arrays.items()}, attention=weights,
        parameters={key: value.numpy() for key, value in learned.items()}, provenance=whole.provenance,
    )  # fmt: skip
    return trace, factor


def _block(attention: str) -> str:
    """Name of the block around an attention: the first on its path that has a number."""
    parts = attention.split(".")
    end = next((i for i, part in enumerate(parts) if part.isdecimal()), len(parts) - 1)
    return ".".join(parts[: end + 1])


@contextmanager
def _capture_vectors(model: nn.Module, blocks: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """While it lasts, notes word and position vectors, and what goes into the blocks and comes out."""
    seen: dict[str, Tensor] = {}
    handles, head = [], model.get_output_embeddings()

    def note(key: str, value: Any) -> None:
        value = value[0] if isinstance(value, tuple) else value
        if key not in seen and isinstance(value, Tensor):
            seen[key] = value.detach().double().clone()

    def note_input(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        note("add", args[0] if args else kwargs["hidden_states"])

    def note_positions(module: nn.Module, args: Any, out: Any) -> None:
        if "add" in seen or "positions" in seen or not isinstance(out, Tensor):
            return
        wide = out if out.ndim == 3 else out[None]
        if "words" in seen and wide.shape[-2:] == seen["words"].shape[-2:]:
            note("positions", wide)
            if isinstance(module, nn.Embedding):
                note("table", module.weight)

    table = model.get_input_embeddings().weight
    words = [one for one in model.modules() if getattr(one, "weight", None) is table and one is not head]
    for one in words:
        handles.append(one.register_forward_hook(lambda m, a, out: note("words", out)))
    handles.append(model.get_submodule(blocks[0]).register_forward_pre_hook(note_input, with_kwargs=True))
    for block in blocks:
        keep = lambda m, a, out, block=block: note(block, out)  # noqa: E731
        handles.append(model.get_submodule(block).register_forward_hook(keep))
    for name, module in model.named_modules():
        if re.search(r"pos|wpe", name.rpartition(".")[2]) and module not in words:
            handles.append(module.register_forward_hook(note_positions))
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _split_scores(model: nn.Module, name: str, captured: CapturedAttention) -> Scores:
    scaling = getattr(model.get_submodule(name), "scaling", None)
    squeezed = getattr(model.config, "attn_logit_softcapping", None) is not None
    return split_scores(captured, scaling if isinstance(scaling, float) else None, squeezed)


def _check(name: str, captured: CapturedAttention, parts: Scores, weights: Any) -> None:
    """See that products, factor, offset and mask give the weights that were recorded in another run.

    Raises:
        UserError: they do not.
    """
    made = captured.products * parts.factor if parts.capped is None else parts.capped
    made = made if parts.offset is None else made + parts.offset
    made = torch.where(captured.logits > BARRED, made, -torch.inf).softmax(-1)
    if made.shape != weights.shape or not np.allclose(made.numpy(), weights, atol=1e-4):
        raise UserError(f"the scores of {name!r} do not give its weights: its attention is of another kind")
    mixed = captured.value
    if mixed is None or mixed.shape[:2] != captured.key.shape[:2]:
        raise UserError(f"the values of {name!r} are not seen: its attention is of another kind")


def _arrays(captured: CapturedAttention, parts: Scores) -> dict[str, Tensor]:
    assert captured.value is not None
    found = {"query": captured.query, "key": captured.key, "value": captured.value}
    arrays = {name: _join_heads(value) for name, value in found.items()}
    arrays |= {} if parts.offset is None else {"offset": parts.offset[None]}
    return arrays | ({} if parts.capped is None else {"capped": parts.capped[None]})


def _join_heads(value: Tensor) -> Tensor:
    """(heads, tokens, units) as (1, tokens, heads × units)."""
    return value.transpose(0, 1).flatten(1)[None]


def _queries_before_rotation(
    model: nn.Module, token_ids: Sequence[int], captured: CapturedAttention
) -> Tensor | None:
    """(1, token, heads × units) queries of the first block before they are turned, or None: none are.

    Where every token is said to stand at the first place, nothing is turned.
    """
    if "position_ids" not in inspect.signature(model.forward).parameters:
        return None
    with AttentionCapture() as capture:
        run(model, token_ids, position_ids=torch.zeros(1, len(token_ids), dtype=torch.long))
    plain = capture.attentions[0].query
    return None if torch.allclose(plain, captured.query, atol=1e-6) else _join_heads(plain)
