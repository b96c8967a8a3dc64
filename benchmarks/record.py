"""What recording costs: CPU time and peak memory beside the bare forward pass, and torchlens if it is there.

Pairs of runs in one process, medians of their ratios. Time is taken twice: as it comes, and with an allocator
that keeps its memory ("warm"): most of what recording costs is the first touch of the memory of the values.
What it costs to hold what the modules give, and do nothing else, stands beside: no recording can cost less.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable
from statistics import median

import torch
import torch.nn.functional as F
from _measure import once, table, write
from torch import Tensor, nn

from nnanim.recording import record

WARM = {"MALLOC_TRIM_THRESHOLD_": str(1 << 33), "MALLOC_MMAP_THRESHOLD_": str(1 << 33)}


class Residual(nn.Module):
    """One of the models."""

    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(into, out, 3, padding=1), nn.Conv2d(out, out, 3, padding=1)
        self.norm, self.act, self.skip = nn.GroupNorm(8, out), nn.SiLU(), nn.Conv2d(into, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """What the model gives."""
        return self.skip(x) + self.second(self.act(self.norm(self.first(x))))


class UNet(nn.Module):
    """One of the models."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.start, self.end = nn.Conv2d(4, width, 3, padding=1), nn.Conv2d(width, 4, 3, padding=1)
        self.down1, self.down2 = Residual(width, width), Residual(width, 2 * width)
        self.middle = Residual(2 * width, 2 * width)
        self.up2, self.up1 = Residual(4 * width, width), Residual(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """What the model gives."""
        a = self.down1(self.start(x))
        b = self.down2(F.avg_pool2d(a, 2))
        c = self.middle(F.avg_pool2d(b, 2))
        c = self.up2(torch.cat([F.interpolate(c, scale_factor=2), b], 1))
        return self.end(self.up1(torch.cat([F.interpolate(c, scale_factor=2), a], 1)))


class Block(nn.Module):
    """One of the models."""

    def __init__(self, width: int = 256, heads: int = 8) -> None:
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        """What the model gives."""
        parts = self.qkv(self.norm1(x)).chunk(3, -1)
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        x = x + self.out(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))
        return x + self.mlp(self.norm2(x))


def mlp(*widths: int) -> nn.Module:
    return nn.Sequential(nn.Linear(*widths[:2]), nn.ReLU(), nn.Linear(*widths[1:]))


def encoder() -> nn.Module:
    layer = nn.TransformerEncoderLayer(256, 8, 1024, batch_first=True)
    return nn.TransformerEncoder(layer, 6, enable_nested_tensor=False)


Case = tuple[Callable[[], nn.Module], tuple[int, ...], bool]
CASES: dict[str, Case] = {
    "MLP 64-16-10, batch 1": (lambda: mlp(64, 16, 10), (1, 64), True),
    "MLP 784-1024-10, batch 256": (lambda: mlp(784, 1024, 10), (256, 784), True),
    "U-Net, 4 pictures of 32 x 32": (UNet, (4, 4, 32, 32), True),
    "GPT, 4 blocks of 256, without heads": (
        lambda: nn.Sequential(*(Block() for _ in range(4))),
        (8, 128, 256),
        False,
    ),
    "GPT, 4 blocks of 256, with heads": (
        lambda: nn.Sequential(*(Block() for _ in range(4))),
        (8, 128, 256),
        True,
    ),
    "torch's encoder, without heads": (encoder, (8, 64, 256), False),
    "torch's encoder, with heads": (encoder, (8, 64, 256), True),
}


def hold(model: nn.Module, x: Tensor) -> list[object]:
    """What every module of a model gives, held until the end of the run: the least that a recording does."""
    held: list[object] = []
    hooks = [one.register_forward_hook(lambda *call: held.append(call[2])) for one in model.modules()]
    try:
        model(x)
    finally:
        for hook in hooks:
            hook.remove()
    return held


def seconds(run: Callable[[], object], times: int) -> float:
    """CPU seconds of one run, over so many."""
    start = time.process_time()
    for _ in range(times):
        run()
    return (time.process_time() - start) / times


def ratio(
    run: Callable[[], object], bare: Callable[[], object], pairs: int = 9, budget: float = 0.1
) -> float:
    """How much longer one takes than the other: median over pairs of about ``budget`` seconds each."""
    times = max(1, int(budget / seconds(bare, 3)))
    gc.collect()
    return median(seconds(run, times) / seconds(bare, times) for _ in range(pairs))


def difference(run: Callable[[], object], bare: Callable[[], object], pairs: int = 9) -> float:
    """How many seconds longer one takes than the other: median over pairs."""
    return median(seconds(run, 5) - seconds(bare, 5) for _ in range(pairs))


@torch.no_grad()
def one(name: str) -> dict[str, float | None]:
    """The figures of one case, without gradients in both runs."""
    make, shape, heads = CASES[name]
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model, x = make().eval(), torch.randn(*shape)

    def bare() -> None:
        model(x)

    bare()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    trace = record(model, x, attention=heads)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kept = {
        array.__array_interface__["data"][0]: array.nbytes
        for section, arrays in trace.sections().items()
        for array in (arrays.values() if section != "attention" else ())
    }
    del trace
    return {
        "bare": seconds(bare, 3) * 1e3,
        "own": difference(lambda: record(model, x, attention=heads), bare) * 1e3,
        "ratio": ratio(lambda: record(model, x, attention=heads), bare),
        "held": ratio(lambda: hold(model, x), bare),
        "peak": (after - before) / 1024,
        "kept": sum(kept.values()) / 2**20,
        "torchlens": _torchlens(model, x, bare),
    }


def _torchlens(model: nn.Module, x: Tensor, bare: Callable[[], object]) -> float | None:
    try:
        import torchlens
    except ImportError:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ratio(lambda: torchlens.trace(model, x), bare, 3, 0.002)


def main() -> None:
    """Every case in a process of its own, so that none finds the memory of another."""
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(one(sys.argv[2])))
        return
    rows = []
    for name in CASES:
        cold = once(__file__, name)
        os.environ.update(WARM)
        warm = once(__file__, name)
        for key in WARM:
            del os.environ[key]
        lens = "not installed" if cold["torchlens"] is None else f"{cold['torchlens']:.1f}×"
        memory = f"+{cold['peak']:.1f} MB for {cold['kept']:.1f} MB"
        rows.append(
            [
                name,
                f"{cold['bare']:.3f} ms",
                f"+{cold['own']:.2f} ms",
                f"{cold['ratio']:.2f}×",
                f"{warm['ratio']:.2f}×",
                f"{cold['held']:.2f}× / {warm['held']:.2f}×",
                memory,
                lens,
            ]
        )
    write(
        "recording",
        "record() and the bare forward pass",
        "Medians of 9 pairs. *Warm* has an allocator that keeps its memory: most of what recording "
        "costs is the first touch of new memory. *Held*: hooks hold what all modules give, and nothing "
        "else is done (ratio, and warm): no recording can cost less. *Memory* is the peak beside what is "
        "kept, without attention weights: they are computed when they are asked for.",
        table(["model", "bare", "record()", "ratio", "warm", "held / warm", "memory", "torchlens"], rows),
    )


if __name__ == "__main__":
    main()
