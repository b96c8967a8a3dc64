"""Writing token after token, with the keys and values of earlier tokens remembered.

The same numbers as running the model on the whole text again for every token, in a fraction of the time.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from nnanim.models.attention import TransformerBlock, causal
from nnanim.models.tokenizer import END, PAD


class CachedReader:
    """Reads token after token with a `GPT`; ``read`` gives the logits after the last one."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.length = 0
        self.memory: list[tuple[Tensor, Tensor]] = []  # keys and values of each block

    def read(self, ids: Tensor) -> Tensor:
        """New tokens (batch, new) to the logits for the token after them (batch, tokens)."""
        new = ids.shape[1]
        model = self.model
        x = model.tokens(ids) + model.positions(torch.arange(self.length, self.length + new))
        self.length += new
        memory = self.memory or [(x[:, :0], x[:, :0])] * len(model.blocks)
        self.memory = []
        for block, (keys, values) in zip(model.blocks, memory, strict=True):
            x = self._run(block, x, keys, values)
        return model.norm(x[:, -1]) @ model.tokens.weight.T

    def _run(self, block: TransformerBlock, x: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        attention, normed = block.attention, block.norm(x)
        keys = torch.cat([keys, attention.key(normed)], dim=1)  # (batch, length, width)
        values = torch.cat([values, attention.value(normed)], dim=1)
        self.memory.append((keys, values))
        q, k, v = (attention.split(one) for one in (attention.query(normed), keys, values))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (batch, heads, new, length)
        mask = causal(self.length)[-x.shape[1] :]
        mixed = scores.masked_fill(~mask, -1e9).softmax(-1) @ v
        x = x + attention.mix(mixed.transpose(1, 2).flatten(2))
        return x + block.mlp(block.mlp_norm(x))


@torch.no_grad()
def generate(
    model: nn.Module,
    ids: Tensor,
    count: int,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
    bias: Tensor | None = None,
) -> Tensor:
    """What the model writes after each row of ``ids`` (batch, length): (batch, up to ``count``).

    A row ends with the end token and is padded behind it.
    """
    reader, made = CachedReader(model), []
    done = torch.zeros(len(ids), dtype=torch.bool)
    latest = ids
    for _ in range(min(count, model.length - ids.shape[1] + 1)):
        logits = reader.read(latest)
        if bias is not None:
            logits = logits + bias
        if temperature == 0:
            token = logits.argmax(-1)
        else:
            token = torch.multinomial((logits / temperature).softmax(-1), 1, generator=generator)[:, 0]
        token[done] = PAD
        made.append(token)
        done |= token == END
        if done.all():
            break
        latest = token[:, None]
    return torch.stack(made, dim=1)
