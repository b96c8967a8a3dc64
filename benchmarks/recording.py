"""record() against the bare forward pass, and against torchlens where it is installed.

python benchmarks/recording.py [--runs 30] [--quick]
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from _measure import table, write
from torch import Tensor, nn

from nnanim.recording import record


class Small(nn.Module):
    """Down, across and up again, with a skip: a U-Net of two heights."""

    def __init__(self, wide: int = 32) -> None:
        super().__init__()
        self.first = nn.Sequential(
            nn.Conv2d(3, wide, 3, padding=1), nn.SiLU(), nn.Conv2d(wide, wide, 3, padding=1)
        )
        self.down = nn.Conv2d(wide, 2 * wide, 3, stride=2, padding=1)
        self.middle = nn.Sequential(nn.SiLU(), nn.Conv2d(2 * wide, 2 * wide, 3, padding=1), nn.SiLU())
        self.up = nn.ConvTranspose2d(2 * wide, wide, 2, stride=2)
        self.last = nn.Conv2d(2 * wide, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) to the same shape."""
        kept = self.first(x)
        return self.last(torch.cat([kept, self.up(self.middle(self.down(kept)))], dim=1))


def examples() -> dict[str, tuple[nn.Module, Tensor]]:
    """Models in eval mode, and an input of each."""
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(64, 4, 256, batch_first=True)
    wide = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    tiny = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1))
    encoder = nn.TransformerEncoder(layer, 4, enable_nested_tensor=False)
    return {
        "perceptron 784-512-512-10, 256 samples": (wide.eval(), torch.randn(256, 784)),
        "perceptron 2-3-1, 1 sample": (tiny.eval(), torch.randn(1, 2)),
        "transformer, 4 layers of 4 heads, 32 tokens": (encoder.eval(), torch.randn(1, 32, 64)),
        "small U-Net, 32 × 32": (Small().eval(), torch.randn(4, 3, 32, 32)),
    }  # fmt: skip


def timed(call: Callable[[], Any]) -> float:
    cpu = time.process_time()
    call()
    return time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--quick", action="store_true", help="three runs")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    runs = 3 if asked.quick else asked.runs
    lens = None
    if importlib.util.find_spec("torchlens") is not None:
        import torchlens

        lens = getattr(torchlens, "log_forward_pass", None)
    rows = []
    for name, (model, x) in examples().items():
        with torch.no_grad():
            sides: dict[str, Callable[[], Any]] = {}
            sides["bare"] = lambda model=model, x=x: model(x)  # type: ignore[misc]
            sides["record"] = lambda model=model, x=x: record(model, x)  # type: ignore[misc]
            if lens is not None:
                sides["lens"] = lambda model=model, x=x: lens(model, x)  # type: ignore[misc]
            for call in sides.values():
                call()
            spent: dict[str, list[float]] = {side: [] for side in sides}
            for _ in range(runs):
                for side, call in sides.items():
                    spent[side].append(timed(call))
        middle = {side: 1000 * statistics.median(times) for side, times in spent.items()}
        other = f"{middle['lens']:.2f} ms" if "lens" in middle else "not installed"
        ratio = f"{middle['record'] / middle['bare']:.1f}×"
        rows.append([name, f"{middle['bare']:.2f} ms", f"{middle['record']:.2f} ms", ratio, other])
    text = (
        f"Median of {runs} runs by turns in one process, one thread. record() keeps every output, the "
        "parameters "
        "by reference, and the graph."
    )
    write(
        "recording",
        "record() and the bare forward pass",
        text,
        table(["model", "bare", "record()", "ratio", "torchlens"], rows),
    )


if __name__ == "__main__":
    main()
