"""Batch normalisation: sums that are shifted and stretched, and brought back to mean 0 and deviation 1.

Render it with: manim -ql scenes/short/batch_norm.py. Another batch: change the numbers below.
"""

import numpy as np

from nnanim import Beat, Grid, Histogram, Row, Trace
from nnanim.data import digits
from nnanim.marks import round_up
from nnanim.movie import StoryScene
from nnanim.words import fill

PICTURES, SEED = 128, 3
BEFORE, AFTER = {"en": "before", "ja": "正規化の前"}, {"en": "after", "ja": "正規化の後"}


class BatchNorm(StoryScene):
    title = {"en": "Batch normalisation", "ja": "バッチ正規化"}
    about = {
        "en": "each neuron's sums over a batch, brought to mean 0 and deviation 1",
        "ja": "バッチでの各ニューロンの和を、平均 0・標準偏差 1 にそろえます",
    }
    audience = "course"

    def example(self):
        import torch
        from torch import nn

        from nnanim.recording import record

        torch.manual_seed(SEED)
        net = nn.Sequential(nn.Linear(64, 6), nn.BatchNorm1d(6))
        run = record(
            net.train(),
            digits.images(range(PICTURES)).reshape(-1, 64) / 16,
            name="64-6, batch norm",
            seed=SEED,
        )
        sums, normal = run["0"], run["1"]
        figures = {"mean": sums.mean(axis=0), "deviation": sums.std(axis=0)}
        figures |= {
            f"{name} after": one
            for name, one in (("mean", normal.mean(axis=0)), ("deviation", normal.std(axis=0)))
        }
        return {"run": run, "figures": Trace.of(figures)}

    def story(self, example):
        run, figures = example["run"], example["figures"]
        sums, normal = (np.asarray(run[name], dtype=float) for name in ("0", "1"))
        limit = round_up(max(np.abs(sums).max(), np.abs(normal).max()))
        columns = tuple(f"h{i + 1}" for i in range(sums.shape[1]))
        grids = [
            Grid(one[:12], columns=columns, key=key, limit=limit, of=sums.shape, label=label)
            for one, key, label in ((sums, "before", BEFORE), (normal, "after", AFTER))
        ]
        yield Beat(
            {"en": "One row a picture, one column a neuron.", "ja": "行が絵、列がニューロンです。"}, grids[0]
        )
        yield Beat(
            {
                "en": "Column by column, the numbers are centred and scaled.",
                "ja": "列ごとに、中心をそろえ、幅をそろえます。",
            },
            Row(*grids),
        )
        edges, one = np.linspace(-limit, limit, 31), int(np.abs(figures["mean"]).argmax())
        counts = [np.histogram(some[:, one], edges)[0] for some in (sums, normal)]
        most = float(max(some.max() for some in counts))
        yield Beat(
            fill({"en": "One neuron: mean {a:.2f}, deviation {b:.2f} become {c:.2f} and {d:.2f}.",
                  "ja": "あるニューロンの平均 {a:.2f}、標準偏差 {b:.2f} は、{c:.2f} と {d:.2f} に。"},
                 a=figures["mean"][one], b=figures["deviation"][one],
                 c=abs(figures["mean after"][one]), d=figures["deviation after"][one]),
            Row(*(Histogram(some, edges, key=key, label=label, x_limits=(-limit, limit), y_limits=(0, most))
                  for some, key, label in zip(counts, ("all", "normal"), (BEFORE, AFTER), strict=True))),
            gathers={"before": "all", "after": "normal"},
        )  # fmt: skip
