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
from nnanim.recording.huggingface.attention_capture import BARRED, Meeting, Meetings, Scores, scores
from nnanim.recording.run import record
from nnanim.trace import Trace


def guesses(model: nn.Module) -> bool:
    """Whether the model gives a number for each word of its vocabulary."""
    return model.get_output_embeddings() is not None


def run(model: nn.Module, numbers: Sequence[int], **options: Any) -> Any:
    """What the model gives for one sentence of token numbers."""
    return model(input_ids=torch.tensor([list(numbers)]), **options)


def traced(model: nn.Module, numbers: Sequence[int], name: str) -> tuple[Trace, float]:
    """What the story needs of one run, under the names of the shipped language model, and the scores' factor.

    Queries, keys and values are taken where the model multiplies them, and held against the recorded weights.

    Raises:
        UserError: an attention that is not made of dot products and a softmax.
    """
    whole = record(model, input_ids=torch.tensor([list(numbers)]), name=name)
    blocks = [_block(one) for one in whole.attentions]
    with Meetings() as meetings, _watched(model, blocks) as seen:
        run(model, numbers)
    if len(meetings.found) != len(blocks):
        raise UserError(
            f"{len(meetings.found)} of the {len(blocks)} attentions of {type(model).__name__} are made of "
            "dot products and a softmax; the film tells nothing else"
        )
    arrays: dict[str, Tensor] = {"words": seen["words"], "add": seen["add"]}
    arrays |= {"positions": seen["positions"]} if "positions" in seen else {}
    weights, factor = {}, 1.0
    for i, (one, block, meeting) in enumerate(zip(whole.attentions, blocks, meetings.found, strict=True)):
        parts = _taken_apart(model, one, meeting)
        _check(one, meeting, parts, whole.attention(one)[0])
        arrays |= {f"blocks.{i}.attention.{k}": v for k, v in _arrays(meeting, parts).items()}
        arrays[f"blocks.{i}"] = seen[block]
        weights[f"blocks.{i}.attention"] = whole.attention(one)
        factor = parts.factor
    if "positions" not in seen and (plain := _unturned(model, numbers, meetings.found[0])) is not None:
        arrays["blocks.0.attention.plain"] = plain
    if guesses(model):
        arrays["output"] = torch.as_tensor(np.array(whole["output"]))
    learned = {"positions.weight": seen["table"]} if "table" in seen else {}
    made = Trace.of(
        {key: value.numpy() for key, value in arrays.items()}, attention=weights,
        parameters={key: value.numpy() for key, value in learned.items()}, provenance=whole.provenance,
    )  # fmt: skip
    return made, factor


def _block(attention: str) -> str:
    """Name of the block around an attention: the first on its path that has a number."""
    parts = attention.split(".")
    end = next((i for i, part in enumerate(parts) if part.isdecimal()), len(parts) - 1)
    return ".".join(parts[: end + 1])


@contextmanager
def _watched(model: nn.Module, blocks: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """While it lasts, notes word and position vectors, and what goes into the blocks and comes out."""
    seen: dict[str, Tensor] = {}
    handles, head = [], model.get_output_embeddings()

    def note(key: str, value: Any) -> None:
        value = value[0] if isinstance(value, tuple) else value
        if key not in seen and isinstance(value, Tensor):
            seen[key] = value.detach().double().clone()

    def into(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        note("add", args[0] if args else kwargs["hidden_states"])

    def placed(module: nn.Module, args: Any, out: Any) -> None:
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
    handles.append(model.get_submodule(blocks[0]).register_forward_pre_hook(into, with_kwargs=True))
    for block in blocks:
        keep = lambda m, a, out, block=block: note(block, out)  # noqa: E731
        handles.append(model.get_submodule(block).register_forward_hook(keep))
    for name, module in model.named_modules():
        if re.search(r"pos|wpe", name.rpartition(".")[2]) and module not in words:
            handles.append(module.register_forward_hook(placed))
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _taken_apart(model: nn.Module, name: str, meeting: Meeting) -> Scores:
    scaling = getattr(model.get_submodule(name), "scaling", None)
    squeezed = getattr(model.config, "attn_logit_softcapping", None) is not None
    return scores(meeting, scaling if isinstance(scaling, float) else None, squeezed)


def _check(name: str, meeting: Meeting, parts: Scores, weights: Any) -> None:
    """See that products, factor, offset and mask give the weights that were recorded in another run.

    Raises:
        UserError: they do not.
    """
    made = meeting.products * parts.factor if parts.capped is None else parts.capped
    made = made if parts.offset is None else made + parts.offset
    made = torch.where(meeting.logits > BARRED, made, -torch.inf).softmax(-1)
    if made.shape != weights.shape or not np.allclose(made.numpy(), weights, atol=1e-4):
        raise UserError(f"the scores of {name!r} do not give its weights: its attention is of another kind")
    mixed = meeting.value
    if mixed is None or mixed.shape[:2] != meeting.key.shape[:2]:
        raise UserError(f"the values of {name!r} are not seen: its attention is of another kind")


def _arrays(meeting: Meeting, parts: Scores) -> dict[str, Tensor]:
    assert meeting.value is not None
    found = {"query": meeting.query, "key": meeting.key, "value": meeting.value}
    arrays = {name: _joined(value) for name, value in found.items()}
    arrays |= {} if parts.offset is None else {"offset": parts.offset[None]}
    return arrays | ({} if parts.capped is None else {"capped": parts.capped[None]})


def _joined(value: Tensor) -> Tensor:
    """(heads, tokens, units) as (1, tokens, heads × units)."""
    return value.transpose(0, 1).flatten(1)[None]


def _unturned(model: nn.Module, numbers: Sequence[int], meeting: Meeting) -> Tensor | None:
    """(1, token, heads × units) queries of the first block before they are turned, or None: none are.

    Where every token is said to stand at the first place, nothing is turned.
    """
    if "position_ids" not in inspect.signature(model.forward).parameters:
        return None
    with Meetings() as meetings:
        run(model, numbers, position_ids=torch.zeros(1, len(numbers), dtype=torch.long))
    plain = meetings.found[0].query
    return None if torch.allclose(plain, meeting.query, atol=1e-6) else _joined(plain)
