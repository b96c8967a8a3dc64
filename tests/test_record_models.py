"""More than sixty models: equal outputs, complete names, the right graph, an untouched model."""

from __future__ import annotations

import copy
import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import torch.utils.checkpoint
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from nnanim.recording import Tap, record
from nnanim.recording.values import tensors

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")

X = torch.linspace(-1, 1, 12).reshape(3, 4)
PICTURES = torch.linspace(-1, 1, 2 * 3 * 8 * 8).reshape(2, 3, 8, 8).sin()
SENTENCES = torch.arange(2 * 5 * 8).reshape(2, 5, 8).mul(0.7).sin()
WORDS = torch.tensor([[1, 2, 3, 4, 5], [5, 4, 3, 0, 0]])


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm, self.fc, self.drop = nn.LayerNorm(4), nn.Linear(4, 4), nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.drop(self.fc(self.norm(x)))


class DroppedFirst(nn.Module):
    """The residual goes around the dropout as well: only the two ways of the same numbers tell them apart."""

    def __init__(self) -> None:
        super().__init__()
        self.drop, self.fc = nn.Dropout(0.5), nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        h = self.drop(x)
        return x + self.fc(h)


class Identities(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.shortcut, self.fc = nn.Identity(), nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        short = self.shortcut(x)
        return self.fc(x) + short


class Reused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc, self.act = nn.Linear(4, 4), nn.Tanh()

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(3):
            x = self.act(self.fc(x))
        return x


class ReusedBlock(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Linear(4, 4), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return self.block(x) + self.block(-x)


class InPlace(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc, self.act = nn.Linear(4, 4), nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        h = self.act(self.fc(x))
        h += x
        h.mul_(2)
        F.relu(h, inplace=True)
        h[:, 0] = 1
        return h


class InPlaceInput(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(x)
        x.zero_()
        return y + x


class Concatenated(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left, self.right, self.join = nn.Linear(4, 3), nn.Linear(4, 2), nn.Linear(9, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.join(torch.cat([self.left(x), self.right(x), x], dim=-1))


class Listed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        self.heads = nn.ModuleDict({"a": nn.Linear(4, 1), "b": nn.Linear(4, 2)})

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        for layer in self.layers:
            x = layer(x).relu()
        return {key: head(x) for key, head in self.heads.items()}


class Pair(NamedTuple):
    mean: Tensor
    spread: Tensor


class Tupled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mean, self.spread = nn.Linear(4, 2), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Pair:
        return Pair(self.mean(x), self.spread(x).exp())


@dataclass
class Answer:
    logits: Tensor
    hidden: Tensor
    note: str = ""


class Dataclassed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Answer:
        hidden = self.body(x)
        return Answer(self.head(hidden), hidden)


class Keywords(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Tensor, *, scale: Tensor, mask: Tensor | None = None) -> Tensor:
        y = self.fc(x) * scale
        return y if mask is None else y.masked_fill(mask, 0.0)


class TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(4, 4), nn.Bilinear(4, 4, 2)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.b(self.a(x), y)


class Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.head = nn.Embedding(6, 4), nn.Linear(4, 6, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.embed(x))


class SharedModule(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = self.first

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x))


class Positions(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.linspace(0, 1, 40).reshape(5, 8))
        self.register_buffer("mask", torch.ones(5, 1))
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x + self.place[: x.shape[1]]) * self.mask


class Attention(nn.Module):
    """Scaled dot-product attention by torch's function, with heads."""

    def __init__(self, causal: bool = False) -> None:
        super().__init__()
        self.causal, self.qkv, self.out = causal, nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        b, t, d = x.shape
        q, k, v = (part.view(b, t, 2, 4).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.out(y.transpose(1, 2).reshape(b, t, d))


class WrittenOut(Attention):
    """The same, written out."""

    def forward(self, x: Tensor) -> Tensor:
        b, t, d = x.shape
        q, k, v = (part.view(b, t, 2, 4).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        weights = (q @ k.transpose(-2, -1) / 2.0).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(b, t, d))


class WithTap(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc, self.tap, self.look = nn.Linear(8, 8), Tap(), Tap("scores", axes=("sample", "query", "key"))

    def forward(self, x: Tensor) -> Tensor:
        h = self.tap(self.fc(x))
        return self.look(h @ h.mT) @ x


class Noisy(nn.Module):
    """A variational layer: it draws."""

    def __init__(self) -> None:
        super().__init__()
        self.mean, self.spread = nn.Linear(4, 2), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        mean = self.mean(x)
        return mean + torch.randn_like(mean) * torch.exp(self.spread(x))


class OtherNoise(nn.Module):
    """Draws from Python's and numpy's global generators."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x) * random.random() + float(np.random.normal())


class Remembers(nn.Module):
    """Changes and replaces its own buffers."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.register_buffer("count", torch.zeros(()))
        self.register_buffer("last", torch.zeros(4))

    def forward(self, x: Tensor) -> Tensor:
        self.count += 1
        self.last = x.mean(0)
        return self.fc(x) + self.last * self.count


class Unrolled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell, self.head = nn.GRUCell(8, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        h = x.new_zeros(x.shape[0], 4)
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
        return self.head(h)


class Recurrent(nn.Module):
    def __init__(self, kind: type[nn.RNNBase], **options: Any) -> None:
        super().__init__()
        self.rnn, self.head = (
            kind(8, 4, batch_first=True, **options),
            nn.Linear(4 * (1 + ("bidirectional" in options)), 2),
        )

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.rnn(x)
        return self.head(out[:, -1])


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 8, 3, 2, 1)
        self.middle, self.up, self.out = (
            nn.Conv2d(8, 8, 1),
            nn.ConvTranspose2d(8, 4, 2, 2),
            nn.Conv2d(8, 3, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        a = F.silu(self.down1(x))
        b = F.silu(self.down2(a))
        return self.out(torch.cat([self.up(self.middle(b)), a], 1))


class Squeezed(nn.Module):
    """Functions only, no modules."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.eye(4))

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(x @ self.weight)


class Custom(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        return slope


class Unseen(nn.Module):
    """A step that torch does not show."""

    def __init__(self) -> None:
        super().__init__()
        self.fc, self.middle, self.head = nn.Linear(4, 4), UnseenStep(), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.middle(self.fc(x)))


class UnseenStep(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.from_numpy(np.tanh(x.detach().numpy()))


class StraightThrough(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return Custom.apply(self.fc(x))


class Switches(nn.Module):
    """Turns its own train mode and torch's grad mode around."""

    def __init__(self) -> None:
        super().__init__()
        self.fc, self.drop = nn.Linear(4, 4), nn.Dropout()

    def forward(self, x: Tensor) -> Tensor:
        self.drop.eval()
        with torch.enable_grad():
            return self.drop(self.fc(x))


class Hooked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.fc.register_forward_hook(lambda module, args, out: out * 2)
        self.fc.register_forward_pre_hook(lambda module, args: (args[0] + 1,))

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


class Output(nn.Module):
    """Submodules with the names that the model's own values have."""

    def __init__(self) -> None:
        super().__init__()
        self.input, self.output = nn.Linear(4, 3), nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.input(x)).sigmoid()


class Views(nn.Module):
    """Gives a small view of something big."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.fc = FirstColumn(), nn.Linear(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.first(x))


class FirstColumn(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[:, :1]


class Halved(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4).bfloat16()

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x.bfloat16()).float()


class Nested(nn.Module):
    """Takes and gives nested containers."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, batch: dict[str, Any]) -> tuple[Tensor, list[Tensor]]:
        y = self.fc(batch["x"]) + batch["more"][0]
        return y, [y * 2, y * 3]


class Packed(nn.Module):
    """Sentences of different lengths, packed for torch's recurrent layers."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.read = nn.LSTM(8, 6, **options)
        self.head = nn.Linear(options.get("proj_size", 6) * (2 if options.get("bidirectional") else 1), 2)

    def forward(self, x: Tensor) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(x.transpose(0, 1), torch.tensor([5, 3]))
        found, _ = self.read(packed)
        padded, _ = nn.utils.rnn.pad_packed_sequence(found)
        return self.head(padded)


class DictOut(nn.Module):
    """Dictionaries in and out."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleDict({"mean": nn.Linear(4, 2), "spread": nn.Linear(4, 2)})
        self.shifts = nn.ParameterList([nn.Parameter(torch.randn(2)) for _ in range(2)])

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Any]:
        found = {name: part(batch["x"]) for name, part in self.parts.items()}
        return {"found": found, "sum": found["mean"] + self.shifts[0] + self.shifts[1]}


class Checkpointed(nn.Module):
    """A part that is computed again in the backward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(torch.utils.checkpoint.checkpoint(self.first, x, use_reentrant=False))


class Waves(nn.Module):
    """Complex numbers on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.fc, self.filter = nn.Linear(4, 4), nn.Parameter(torch.randn(3, dtype=torch.complex64))

    def forward(self, x: Tensor) -> Tensor:
        return torch.fft.irfft(torch.fft.rfft(self.fc(x)) * self.filter, n=4)


class Pairs(nn.Module):
    """Two things at once, and a gate."""

    def __init__(self) -> None:
        super().__init__()
        self.both, self.gate = nn.Bilinear(4, 4, 6), nn.GLU()

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.gate(self.both(x, y))


class LSTMSteps(nn.Module):
    """A cell in a loop that makes its first state itself."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        state = None
        for step in range(x.shape[1]):
            state = self.cell(x[:, step], state)
        return state[0]


def lazy() -> nn.Module:
    """Layers that got their shapes in a first run."""
    net = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(2))
    net(PICTURES)
    return net


def sequential(*layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(*layers)


def mlp() -> nn.Module:
    return sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2), nn.Softmax(-1))


def scripted() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sequential(nn.Linear(4, 4), torch.jit.script(sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))))


def compiled() -> nn.Module:
    return torch.compile(mlp(), backend="eager")


def compiled_inside() -> nn.Module:
    return sequential(
        nn.Linear(4, 4), torch.compile(nn.Sequential(nn.Linear(4, 4), nn.ReLU()), backend="eager")
    )


def encoder_layer(**options: Any) -> nn.Module:
    return nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, **options)


def encoder(**options: Any) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nn.TransformerEncoder(encoder_layer(), 2, **options)


def old_weight_norm() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nn.utils.weight_norm(nn.Linear(4, 4))


PADDING = torch.tensor([[False] * 5, [False, False, False, True, True]])
Case = tuple[Callable[[], nn.Module], tuple[Any, ...], dict[str, Any]]
MODELS: dict[str, Case] = {
    "mlp": (mlp, (X,), {}),
    "one layer": (lambda: nn.Linear(4, 2), (X,), {}),
    "one sample": (lambda: nn.Linear(4, 2), (X[0],), {}),
    "nested": (
        lambda: sequential(sequential(nn.Linear(4, 4), nn.GELU()), sequential(nn.Linear(4, 2))),
        (X,),
        {},
    ),
    "residual": (Residual, (X,), {}),
    "dropout first": (DroppedFirst, (X,), {}),
    "identity": (Identities, (X,), {}),
    "reused": (Reused, (X,), {}),
    "reused block": (ReusedBlock, (X,), {}),
    "in place": (InPlace, (X,), {}),
    "in place on the input": (InPlaceInput, (X,), {}),
    "in-place activations": (
        lambda: sequential(nn.Linear(4, 4), nn.ELU(inplace=True), nn.Hardtanh(inplace=True)),
        (X,),
        {},
    ),
    "concatenation": (Concatenated, (X,), {}),
    "lists and dicts": (Listed, (X,), {}),
    "named tuple": (Tupled, (X,), {}),
    "dataclass": (Dataclassed, (X,), {}),
    "keywords": (Keywords, (X,), {"scale": torch.tensor(2.0), "mask": X > 0.5}),
    "two inputs": (TwoInputs, (X, X + 1), {}),
    "nested input": (Nested, ({"x": X, "more": [X]},), {}),
    "shared weight": (Shared, (WORDS,), {}),
    "shared module": (SharedModule, (X,), {}),
    "positions": (Positions, (SENTENCES,), {}),
    "functional attention": (Attention, (SENTENCES,), {}),
    "causal attention": (lambda: Attention(causal=True), (SENTENCES,), {}),
    "attention written out": (WrittenOut, (SENTENCES,), {}),
    "multi-head attention": (lambda: nn.MultiheadAttention(8, 2, batch_first=True), (SENTENCES,) * 3, {}),
    "multi-head, dropout": (
        lambda: nn.MultiheadAttention(8, 2, dropout=0.3, batch_first=True),
        (SENTENCES,) * 3,
        {},
    ),
    "multi-head, no weights": (
        lambda: nn.MultiheadAttention(8, 2, dropout=0.3, batch_first=True),
        (SENTENCES,) * 3,
        {"need_weights": False},
    ),
    "multi-head, tokens first": (
        lambda: nn.MultiheadAttention(8, 4),
        (SENTENCES,) * 3,
        {"average_attn_weights": False},
    ),
    "cross attention": (
        lambda: nn.MultiheadAttention(8, 2, kdim=6, vdim=6, batch_first=True),
        (SENTENCES, SENTENCES[:, :3, :6], SENTENCES[:, :3, :6]),
        {},
    ),
    "encoder layer": (encoder_layer, (SENTENCES,), {}),
    "encoder layer, norm first": (
        lambda: encoder_layer(norm_first=True, activation="gelu"),
        (SENTENCES,),
        {},
    ),
    "encoder": (encoder, (SENTENCES,), {}),
    "encoder, padded": (encoder, (SENTENCES,), {"src_key_padding_mask": PADDING}),
    "encoder, padded, norm": (
        lambda: encoder(norm=nn.LayerNorm(8)),
        (SENTENCES,),
        {"src_key_padding_mask": PADDING},
    ),
    "decoder layer": (
        lambda: nn.TransformerDecoderLayer(8, 2, 16, batch_first=True),
        (SENTENCES, SENTENCES),
        {},
    ),
    "transformer": (lambda: nn.Transformer(8, 2, 1, 1, 16, batch_first=True), (SENTENCES, SENTENCES), {}),
    "rnn": (lambda: Recurrent(nn.RNN), (SENTENCES,), {}),
    "lstm": (lambda: Recurrent(nn.LSTM, num_layers=2, dropout=0.2), (SENTENCES,), {}),
    "gru": (lambda: Recurrent(nn.GRU, bidirectional=True), (SENTENCES,), {}),
    "bare lstm": (lambda: nn.LSTM(8, 4), (SENTENCES,), {}),
    "unrolled": (Unrolled, (SENTENCES,), {}),
    "conv net": (
        lambda: sequential(
            nn.Conv2d(3, 4, 3),
            nn.BatchNorm2d(4),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(36, 2),
        ),
        (PICTURES,),
        {},
    ),
    "conv 1-d": (
        lambda: sequential(nn.Conv1d(5, 4, 3), nn.InstanceNorm1d(4, track_running_stats=True)),
        (SENTENCES,),
        {},
    ),
    "u-net": (UNet, (PICTURES,), {}),
    "group norm": (
        lambda: sequential(nn.Conv2d(3, 4, 1), nn.GroupNorm(2, 4), nn.SiLU(), nn.AdaptiveAvgPool2d(1)),
        (PICTURES,),
        {},
    ),
    "pixel shuffle": (
        lambda: sequential(nn.PixelUnshuffle(2), nn.Conv2d(12, 8, 1), nn.PixelShuffle(2)),
        (PICTURES,),
        {},
    ),
    "embedding bag": (lambda: sequential(nn.EmbeddingBag(6, 4), nn.Linear(4, 2)), (WORDS,), {}),
    "embedding, renormalised": (
        lambda: sequential(nn.Embedding(6, 4, max_norm=0.5), nn.Linear(4, 2)),
        (WORDS,),
        {},
    ),
    "functions only": (Squeezed, (X,), {}),
    "draws": (Noisy, (X,), {}),
    "draws from elsewhere": (OtherNoise, (X,), {}),
    "remembers": (Remembers, (X,), {}),
    "unseen code": (Unseen, (X,), {}),
    "own autograd function": (StraightThrough, (X,), {}),
    "switches modes": (Switches, (X,), {}),
    "hooked": (Hooked, (X,), {}),
    "named input and output": (Output, (X,), {}),
    "views": (Views, (X,), {}),
    "bfloat16": (Halved, (X,), {}),
    "float64": (lambda: mlp().double(), (X.double(),), {}),
    "tap": (WithTap, (SENTENCES,), {}),
    "weight norm": (lambda: sequential(parametrizations.weight_norm(nn.Linear(4, 4)), nn.ReLU()), (X,), {}),
    "spectral norm": (
        lambda: sequential(parametrizations.spectral_norm(nn.Linear(4, 4)), nn.ReLU()),
        (X,),
        {},
    ),
    "orthogonal": (lambda: parametrizations.orthogonal(nn.Linear(4, 4)), (X,), {}),
    "old weight norm": (old_weight_norm, (X,), {}),
    "half": (lambda: mlp().half(), (X.half(),), {}),
    "lazy": (lazy, (PICTURES,), {}),
    "packed": (Packed, (SENTENCES,), {}),
    "packed, two layers both ways": (
        lambda: Packed(num_layers=2, bidirectional=True, dropout=0.2),
        (SENTENCES,),
        {},
    ),
    "projected": (lambda: nn.LSTM(8, 4, proj_size=2), (SENTENCES,), {}),
    "packed, projected": (lambda: Packed(proj_size=2), (SENTENCES,), {}),
    "two layers both ways, tokens first": (
        lambda: nn.GRU(8, 3, num_layers=2, bidirectional=True),
        (SENTENCES,),
        {},
    ),
    "cell": (LSTMSteps, (SENTENCES,), {}),
    "dictionaries": (DictOut, ({"x": X},), {}),
    "checkpointed": (Checkpointed, (X,), {}),
    "complex": (Waves, (X,), {}),
    "bilinear": (Pairs, (X, X + 1), {}),
    "transposed convolution": (
        lambda: sequential(nn.ConvTranspose2d(3, 4, 3, stride=2), nn.ReLU(), nn.Conv2d(4, 2, 1)),
        (PICTURES,),
        {},
    ),
    "conv 3-d": (
        lambda: sequential(nn.Conv3d(2, 3, (1, 3, 3)), nn.BatchNorm3d(3), nn.MaxPool3d((1, 2, 2))),
        (torch.rand(2, 2, 3, 6, 6),),
        {},
    ),
    "weight norm, convolution": (
        lambda: sequential(parametrizations.weight_norm(nn.Conv2d(3, 4, 3)), nn.ReLU()),
        (PICTURES,),
        {},
    ),
    "multi-head, tokens first, no weights": (
        lambda: nn.MultiheadAttention(8, 2),
        (SENTENCES,) * 3,
        {"need_weights": False},
    ),
    "multi-head, each head": (
        lambda: nn.MultiheadAttention(8, 2, batch_first=True, bias=False),
        (SENTENCES,) * 3,
        {"average_attn_weights": False},
    ),
    "encoder, tokens first": (
        lambda: nn.TransformerEncoderLayer(8, 2, 16),
        (SENTENCES,),
        {},
    ),
    "rms norm": (lambda: sequential(nn.Linear(4, 4), nn.RMSNorm(4), nn.SiLU()), (X,), {}),
    "scripted": (scripted, (X,), {}),
    "compiled": (compiled, (X,), {}),
    "compiled inside": (compiled_inside, (X,), {}),
}
FUSED = (
    "multi-head",
    "cross",
    "encoder",
    "decoder",
    "transformer",
)  # torch's own way through these is a fused one
UNHOOKED = ("scripted", "compiled")  # a hook of ours would not see inside, or would compile anew


def snapshot(model: nn.Module) -> Any:
    """Everything about a model that recording must leave alone."""
    modules = list(model.modules())
    return {
        "keys": [sorted(vars(module)) for module in modules],
        "hooks": [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in modules],
        "modes": [module.training for module in modules],
        "ids": [id(value) for value in (*model.parameters(), *model.buffers())],
        "values": [value.detach().clone() for value in (*model.parameters(), *model.buffers())],
        "grads": [value.grad for value in model.parameters()],
        "requires": [value.requires_grad for value in model.parameters()],
    }


def assert_same(ours: Any, other: Any) -> None:
    for key in other:
        if key == "values":
            assert all(torch.equal(a, b) for a, b in zip(ours[key], other[key], strict=True))
        else:
            assert ours[key] == other[key], key


def randomness() -> Any:
    return (
        torch.get_rng_state().tolist(),
        random.getstate(),
        np.random.get_state()[1].tolist(),
        np.random.get_state()[2:],
    )


def seen_by_hooks(model: nn.Module, args: Any, kwargs: Any) -> dict[str, list[tuple[str, Tensor]]]:
    """What torch's own hooks see: the tensors of every call of every module, copied on the spot."""
    found: dict[str, list[tuple[str, Tensor]]] = {}
    counts: dict[str, int] = {}

    def hook(path: str) -> Callable[..., None]:
        def see(module: nn.Module, args: Any, out: Any) -> None:
            counts[path] = counts.get(path, 0) + 1
            name = path if counts[path] == 1 else f"{path}#{counts[path]}"
            found[name] = [(place, tensor.detach().clone()) for place, tensor in tensors(out)]

        return see

    for path, module in model.named_modules():
        if path and "parametrizations" not in path:
            module.register_forward_hook(hook(path))
    with torch.no_grad():
        model(*args, **kwargs)
    return found


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(params=["eval", "train"])
def training(request) -> bool:
    return request.param == "train"


def made(name: str, training: bool) -> Any:
    make, args, kwargs = MODELS[name]
    torch.manual_seed(3)
    model = make().train(training)
    return model, copy.deepcopy(args), copy.deepcopy(kwargs)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_output_is_that_of_an_unwatched_run_and_the_model_is_untouched(name, training):
    model, args, kwargs = made(name, training)
    before, chance = snapshot(model), randomness()
    with torch.no_grad():
        trace = record(model, *args, check=True, **kwargs)
    assert_same(snapshot(model), before)
    assert randomness() == chance
    _, fresh, _ = made(name, training)
    for (_, given), (_, original) in zip(tensors(args), tensors(fresh), strict=True):
        assert torch.equal(given, original), "the inputs are untouched"
    with torch.no_grad():
        plain = list(tensors(model(*args, **kwargs)))
    ours = [trace["output" + place] if number else trace["output"] for number, (place, _) in enumerate(plain)]
    for values, (_, tensor) in zip(ours, plain, strict=True):
        expected = tensor.float().numpy() if tensor.dtype == torch.bfloat16 else tensor.detach().numpy()
        if any(word in name for word in FUSED):
            np.testing.assert_allclose(values, expected, rtol=0, atol=1e-6 * max(1.0, np.abs(expected).max()))
        else:
            np.testing.assert_array_equal(values, expected)


@pytest.mark.parametrize("name", [name for name in MODELS if not any(word in name for word in UNHOOKED)])
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")
def test_names_are_complete_and_values_are_those_of_the_moment(name, training):
    model, args, kwargs = made(name, training)
    state = torch.get_rng_state()
    with torch.no_grad():
        trace = record(model, *args, **kwargs)
    torch.set_rng_state(state)
    if "elsewhere" not in name:
        hooked = seen_by_hooks(*made(name, training))
        for path, values in hooked.items():
            where = {"input": "self.input", "output": "self.output", "look": "scores"}.get(path, path)
            for number, (place, tensor) in enumerate(values):
                ours = trace[where + place if number else where]
                if not any(word in name for word in FUSED) and "remembers" not in name:
                    assert torch.equal(
                        torch.as_tensor(np.array(ours)), tensor.to(torch.from_numpy(np.array(ours)).dtype)
                    ), path


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_the_graph_is_whole(name):
    model, args, kwargs = made(name, False)
    graph = record(model, *args, **kwargs).graph
    names = [node.name for node in graph]
    assert len(set(names)) == len(names)
    order = {name: number for number, name in enumerate(names)}
    for edge in graph.edges:
        assert order[edge.source] < order[edge.target], edge
    reached = {node.name for node in graph if node.role == "input"}
    for node in graph.leaves:
        if reached & set(node.inputs):
            reached.add(node.name)
    outputs = [node.name for node in graph if node.role == "output"]
    assert outputs and reached.issuperset(outputs)


EDGES = {
    "mlp": "input>0 0>1 1>2 2>3 3>output",
    "one layer": "input>Linear Linear>output",
    "residual": "input>norm norm>fc fc>drop input>add drop>add add>output",
    "dropout first": "input>drop drop>fc input>add fc>add add>output",
    "identity": "input>shortcut input>fc fc>add shortcut>add add>output",
    "reused": "input>fc fc>act act>fc#2 fc#2>act#2 act#2>fc#3 fc#3>act#3 act#3>output",
    "reused block": (
        "input>block.0 block.0>block.1 input>neg neg>block.0#2 block.0#2>block.1#2 block.1>add "
        "block.1#2>add add>output"
    ),
    "in place": "input>fc fc>act act>add input>add add>mul mul>relu relu>setitem setitem>output",
    "concatenation": "input>left input>right left>cat right>cat input>cat cat>join join>output",
    "two inputs": "input>a a>b input[1]>b b>output",
    "keywords": "input>fc fc>mul input[scale]>mul mul>masked_fill input[mask]>masked_fill masked_fill>output",
    "shared weight": "input>embed embed>head head>output",
    "shared module": "input>first first>first#2 first#2>output",
    "positions": "input>add place>add add>fc fc>mul mask>mul mul>output",
    "functional attention": (
        "input>qkv qkv>scaled_dot_product_attention scaled_dot_product_attention>out out>output"
    ),
    "unrolled": (
        "input>cell cell>cell#2 input>cell#2 cell#2>cell#3 input>cell#3 cell#3>cell#4 input>cell#4 "
        "cell#4>cell#5 input>cell#5 cell#5>head head>output"
    ),
    "u-net": (
        "input>down1 down1>silu silu>down2 down2>silu#2 silu#2>middle middle>up up>cat silu>cat cat>out "
        "out>output"
    ),
    "encoder layer": (
        "input>self_attn self_attn>dropout1 input>add dropout1>add add>norm1 norm1>linear1 linear1>relu "
        "relu>dropout dropout>linear2 linear2>dropout2 norm1>add#2 dropout2>add#2 add#2>norm2 "
        "norm2>output"
    ),
    "draws": ("input>mean input>spread spread>exp randn_like>mul exp>mul mean>add mul>add add>output"),
    "unseen code": "input>fc fc>middle middle>head head>output",
    "own autograd function": "input>fc fc>output",
    "named input and output": "input>self.input self.input>self.output self.output>sigmoid sigmoid>output",
    "tap": "input>fc fc>tap tap>matmul matmul>scores scores>matmul#2 input>matmul#2 matmul#2>output",
    "spectral norm": "input>0 0>1 1>output",
    "functions only": "input>matmul weight>matmul matmul>gelu gelu>output",
    "compiled inside": "input>0 0>1.0 1.0>1.1 1.1>output",
    "checkpointed": "input>first first>second second>output",
    "bilinear": "input>both input[1]>both both>gate gate>output",
    "cell": (
        "input>cell cell>cell#2 input>cell#2 cell#2>cell#3 input>cell#3 cell#3>cell#4 input>cell#4 "
        "cell#4>cell#5 input>cell#5 cell#5>output"
    ),
    "complex": "input>fc fc>fft_rfft fft_rfft>mul filter>mul mul>fft_irfft fft_irfft>output",
    "lazy": "input>0 0>1 1>2 2>3 3>output",
}


@pytest.mark.parametrize("name", EDGES)
def test_who_fed_whom(name):
    model, args, kwargs = made(name, False)
    edges = {f"{edge.source}>{edge.target}" for edge in record(model, *args, **kwargs).graph.edges}
    assert edges == set(EDGES[name].split())
