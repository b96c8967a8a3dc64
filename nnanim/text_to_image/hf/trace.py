"""A generation of a pipeline with its numbers: attention to words, both estimates, the stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nnanim.text_to_image.arrays import LATENTS, MAPS, Array, describe_origin, mean_map, stack_steps
from nnanim.text_to_image.hf import vae
from nnanim.text_to_image.hf.scheduler import noise_from_output
from nnanim.text_to_image.request import Request
from nnanim.text_to_image.step import Step
from nnanim.trace import Trace


class RecordingAttnProcessor:
    """An attention processor that notes the weights and lets another one do the work.

    So what is computed is to the bit what it is without it. Noted is the mean over heads, for the half of the
    batch that has the prompt.
    """

    def __init__(self, processor: Any, samples: int, maps: list[Array]) -> None:
        self.processor = processor
        self.samples = samples
        self.maps = maps

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
        self.maps.append(mean[-self.samples :].cpu().numpy())
        return self.processor(attn, hidden_states, encoder_hidden_states, *rest, **options)


def record_pipeline(
    pipe: Any,
    walk: Iterable[Step],
    request: Request,
    stages_at: int | None,
    pieces: Sequence[Sequence[str]],
    model: dict[str, Any],
) -> Trace:
    """The steps of ``walk`` as a Trace, as `nnanim.text_to_image.record_generation` says.

    Args:
        pipe: the diffusers pipeline that ``walk`` drives.
        walk: the steps.
        request: what is generated.
        stages_at: the step whose stages are kept.
        pieces: the tokenizer's pieces of each prompt, with the start and one end.
        model: the model as the provenance names it.
    """
    length, samples = max(map(len, pieces)), len(pieces)
    kind = pipe.scheduler.config.get("prediction_type", "epsilon")
    steps: list[Step] = []
    maps: list[Array] = []
    estimates: list[dict[str, Array]] = []
    stages: dict[str, Array] = {}
    with record_attention(pipe.unet, samples) as notes, record_outputs(_parts(pipe.unet)) as outputs:
        for step in walk:
            steps.append(step)
            maps.append(_mean_map(notes, step, length))
            estimates.append(_estimates(kind, outputs.pop("whole"), step, samples))
            if step.step == stages_at:
                stages = {name: value[-samples:].float().cpu().numpy() for name, value in outputs.items()}
    arrays, axes = stack_steps(steps, request)
    arrays["cross"], axes["cross"] = np.stack(maps), MAPS
    if all(estimates):
        both = {f"noise.{name}": np.stack([one[name] for one in estimates]) for name in estimates[0]}
        arrays, axes = arrays | both, axes | dict.fromkeys(both, LATENTS)
    if stages_at is not None:
        arrays["text.states"] = stages.pop("words")[:, :length]
        arrays |= {f"unet.{name}": value for name, value in stages.items()} | _decoder_stages(
            pipe.vae, steps[-1]
        )
        axes["text.states"] = ("sample", "word", "unit")
    words = [[*row[:-1], *[row[-1]] * (length - len(row) + 1)] for row in pieces]
    return Trace.of(arrays, axes=axes, provenance=describe_origin(request, model) | {"words": words})


@contextmanager
def record_attention(unet: nn.Module, samples: int) -> Iterator[list[Array]]:
    """While it lasts, the weights of every cross-attention are noted in the list."""
    maps: list[Array] = []
    modules = [module for name, module in unet.named_modules() if name.endswith("attn2")]
    before = [module.processor for module in modules]
    try:
        for module, processor in zip(modules, before, strict=True):
            module.processor = RecordingAttnProcessor(processor, samples, maps)
        yield maps
    finally:
        for module, processor in zip(modules, before, strict=True):
            module.processor = processor


@contextmanager
def record_outputs(parts: Mapping[str, nn.Module]) -> Iterator[dict[str, Tensor]]:
    """While it lasts, what these modules last gave stands under their names.

    The words that "whole" attended to stand under "words".
    """
    outputs: dict[str, Tensor] = {}

    def note_words(module: nn.Module, inputs: Any, options: dict[str, Any]) -> None:
        if options.get("encoder_hidden_states") is not None:
            outputs["words"] = options["encoder_hidden_states"]

    def note(name: str) -> Any:
        def hook(module: nn.Module, inputs: Any, value: Any) -> None:
            outputs[name] = (value[0] if isinstance(value, tuple) else value).detach()

        return hook

    with ExitStack() as stack:
        stack.callback(parts["whole"].register_forward_pre_hook(note_words, with_kwargs=True).remove)
        for name, module in parts.items():
            stack.callback(module.register_forward_hook(note(name)).remove)
        yield outputs


def _parts(module: nn.Module) -> dict[str, nn.Module]:
    """The parts of a U-Net or a decoder that give pictures of features, and the whole."""
    parts = {"whole": module}
    for name, child in module.named_children():
        if name in ("conv_in", "mid_block", "conv_out"):
            parts[name] = child
        elif name in ("down_blocks", "up_blocks"):
            parts |= {f"{name}.{at}": one for at, one in enumerate(child)}
    return parts


def _mean_map(notes: list[Array], step: Step, length: int) -> Array:
    """The mean map (sample, row, column, word) of one step; the end stands for all that follows it."""
    height, width = step.latents.shape[-2:]
    maps = []
    for weights in notes:
        rows = max(1, round((weights.shape[1] * height / width) ** 0.5))
        grid = weights.reshape(1, len(weights), 1, rows, -1, weights.shape[-1])
        rest = grid[..., length - 1 :].sum(axis=-1, keepdims=True)
        maps.append(np.concatenate([grid[..., : length - 1], rest], axis=-1))
    notes.clear()
    return mean_map(maps)[0]


def _estimates(kind: str, output: Tensor, step: Step, samples: int) -> dict[str, Array]:
    """The noise estimates with and without the prompt; none where the network gives one of them only."""
    if len(output) != 2 * samples:
        return {}
    noisy = torch.tensor(step.noisy).reshape(samples, *step.noisy.shape[-3:])
    uncond, cond = (
        noise_from_output(half.float().cpu(), noisy, step.alpha_bar, kind) for half in output.chunk(2)
    )
    return {"cond": cond.numpy(), "uncond": uncond.numpy()}


def _decoder_stages(autoencoder: Any, last: Step) -> dict[str, Array]:
    """The decoder's activations for the finished latents."""
    samples = []
    for one in last.latents.reshape(-1, *last.latents.shape[-3:]):
        with record_outputs(_parts(autoencoder.decoder)) as outputs:
            vae.decode(autoencoder, one)
        del outputs["whole"]
        samples.append({f"decoder.{name}": value.float().cpu().numpy() for name, value in outputs.items()})
    return {name: np.concatenate([one[name] for one in samples]) for name in samples[0]}
