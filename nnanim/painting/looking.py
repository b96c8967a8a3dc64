"""Watching a pipeline: where its words are looked at, its two guesses, the tensors between its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nnanim.painting.order import Order
from nnanim.painting.painting import Painting
from nnanim.painting.schedule import noise_in
from nnanim.painting.tracing import CROSS, LATENTS, collected, mean_map
from nnanim.painting.tracing import told as origin
from nnanim.trace import Trace

if TYPE_CHECKING:
    from nnanim.painting.pipelines import Pipeline

Array = NDArray[Any]


class Look:
    """An attention processor that notes the weights and lets another one do the work.

    So what is computed is to the bit what it is without it. Noted is the mean over heads, for the prompt's
    half of the batch.
    """

    def __init__(self, processor: Any, samples: int, notes: list[Array]) -> None:
        self.processor = processor
        self.samples = samples
        self.notes = notes

    def __call__(
        self, attn: Any, hidden_states: Tensor, encoder_hidden_states: Tensor | None = None, *rest: Any,
        **options: Any,
    ) -> Any:  # fmt: skip
        """Note the weights, then attend as ever."""
        words = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        if attn.norm_cross:
            words = attn.norm_encoder_hidden_states(words)
        query, key = (attn.head_to_batch_dim(part) for part in (attn.to_q(hidden_states), attn.to_k(words)))
        weights = attn.get_attention_scores(query, key).float()  # (batch · heads, places, words)
        mean = weights.unflatten(0, (-1, attn.heads)).mean(1)
        self.notes.append(mean[-self.samples :].cpu().numpy())
        return self.processor(attn, hidden_states, encoder_hidden_states, *rest, **options)


def traced_pipeline(ours: Pipeline, wanted: Order, at: int | None) -> Trace:
    """The order painted by a pipeline, with its numbers: see `nnanim.painting.traced`."""
    pieces = [ours.pieces(prompt) for prompt in wanted.prompts]
    length = max(map(len, pieces))
    paintings: list[Painting] = []
    maps, guesses, kept = [], [], {}
    samples = len(wanted.prompts)
    with looked(ours.pipe.unet, samples) as notes, outputs(_parts(ours.pipe.unet)) as seen:
        for painting in ours.walk(wanted):
            paintings.append(painting)
            maps.append(_map(notes, painting, length))
            guesses.append(_guesses(ours, seen.pop("whole"), painting, samples))
            if painting.step == at:
                kept = {name: value[-samples:].float().cpu().numpy() for name, value in seen.items()}
    arrays, axes = collected(paintings, wanted)
    arrays["cross"] = np.stack(maps)
    axes["cross"] = CROSS[:2] + CROSS[3:]
    if all(guesses):
        both = {f"noise.{name}": np.stack([one[name] for one in guesses]) for name in guesses[0]}
        arrays, axes = arrays | both, axes | dict.fromkeys(both, LATENTS)
    if at is not None:
        arrays["text.states"] = kept.pop("words")[:, :length]
        arrays |= {f"unet.{name}": value for name, value in kept.items()} | _decoded(ours, paintings[-1])
        axes["text.states"] = ("sample", "word", "unit")
    words = [[*row[:-1], *[row[-1]] * (length - len(row) + 1)] for row in pieces]
    return Trace.of(arrays, axes=axes, provenance=origin(wanted, ours.described()) | {"words": words})


@contextmanager
def looked(unet: nn.Module, samples: int) -> Iterator[list[Array]]:
    """While it lasts, the weights of every cross-attention are noted in the list."""
    notes: list[Array] = []
    found = [module for name, module in unet.named_modules() if name.endswith("attn2")]
    before = [module.processor for module in found]
    try:
        for module, processor in zip(found, before, strict=True):
            module.processor = Look(processor, samples, notes)
        yield notes
    finally:
        for module, processor in zip(found, before, strict=True):
            module.processor = processor


@contextmanager
def outputs(parts: Mapping[str, nn.Module]) -> Iterator[dict[str, Tensor]]:
    """While it lasts, what these modules last gave stands under their names.

    What "whole" was told by words stands under "words".
    """
    seen: dict[str, Tensor] = {}

    def told(module: nn.Module, given: Any, named: dict[str, Any]) -> None:
        if named.get("encoder_hidden_states") is not None:
            seen["words"] = named["encoder_hidden_states"]

    def note(name: str) -> Any:
        def hook(module: nn.Module, given: Any, value: Any) -> None:
            seen[name] = (value[0] if isinstance(value, tuple) else value).detach()

        return hook

    with ExitStack() as stack:
        stack.callback(parts["whole"].register_forward_pre_hook(told, with_kwargs=True).remove)
        for name, module in parts.items():
            stack.callback(module.register_forward_hook(note(name)).remove)
        yield seen


def _parts(module: nn.Module) -> dict[str, nn.Module]:
    """The parts of a U-Net or a decoder that give pictures of features, and the whole."""
    found = {"whole": module}
    for name, child in module.named_children():
        if name in ("conv_in", "mid_block", "conv_out"):
            found[name] = child
        elif name in ("down_blocks", "up_blocks"):
            found |= {f"{name}.{at}": one for at, one in enumerate(child)}
    return found


def _map(notes: list[Array], painting: Painting, length: int) -> Array:
    """The mean map (sample, row, column, word) of one step; the end stands for all that follows it."""
    height, width = painting.latents.shape[-2:]
    maps = []
    for weights in notes:
        rows = max(1, round((weights.shape[1] * height / width) ** 0.5))
        grid = weights.reshape(1, len(weights), 1, rows, -1, weights.shape[-1])
        rest = grid[..., length - 1 :].sum(axis=-1, keepdims=True)
        maps.append(np.concatenate([grid[..., : length - 1], rest], axis=-1))
    notes.clear()
    return mean_map(maps)[0]


def _guesses(ours: Pipeline, output: Tensor, painting: Painting, samples: int) -> dict[str, Array]:
    """The noise guesses told and untold; nothing where the network is asked for one of them only."""
    if len(output) != 2 * samples:
        return {}
    kind = ours.pipe.scheduler.config.get("prediction_type", "epsilon")
    noisy = torch.tensor(painting.noisy).reshape(samples, *painting.noisy.shape[-3:])
    untold, given = (
        noise_in(half.float().cpu(), noisy, painting.alpha_bar, kind) for half in output.chunk(2)
    )
    return {"told": given.numpy(), "untold": untold.numpy()}


def _decoded(ours: Pipeline, last: Painting) -> dict[str, Array]:
    """What the decoder gives on the way, of the finished latents."""
    latents = last.latents.reshape(-1, *last.latents.shape[-3:])
    made = []
    for one in latents:
        with outputs(_parts(ours.pipe.vae.decoder)) as seen:
            ours.decode(one)
            seen.pop("whole")
            made.append({f"decoder.{name}": value.float().cpu().numpy() for name, value in seen.items()})
    return {name: np.concatenate([one[name] for one in made]) for name in made[0]}
