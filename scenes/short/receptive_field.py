"""The receptive field: which pixels one cell of a deep layer can see.

Render it with: manim -ql scenes/short/receptive_field.py. Other layers of your own network: name them below.
"""

import numpy as np

from nnanim import Beat, Grid, Picture, Row, Trace, models
from nnanim.births import From
from nnanim.data import digits
from nnanim.marks import round_up
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.words import fill

MODEL, DIGIT = "digits-convnet", 907
CELLS = {"first": (3, 3, 4), "second": (8, 1, 2), "second_pool": (8, 0, 1)}  # (channel, row, column)
TITLES = {"first": "conv 1", "second": "conv 2", "second_pool": "pool 2"}


class ReceptiveField(StoryScene):
    title = {"en": "The receptive field", "ja": "受容野"}
    about = {
        "en": "one cell, deeper and deeper in a network, sees more and more of the picture",
        "ja": "層が深いほど、一つのマスは絵の広い範囲を見ます",
    }
    audience = "course"

    def example(self):
        import torch

        net, found = models.load(MODEL), {}
        picture = digits.images([DIGIT])[:, None] / 16
        for name, cell in CELLS.items():  # a pixel is seen if the cell changes when the pixel does
            kept = []
            hook = net.get_submodule(name).register_forward_hook(
                lambda module, x, y, kept=kept: kept.append(y)
            )
            tried = torch.tensor(picture).float() + torch.cat([torch.zeros(1, 64), torch.eye(64)]).reshape(
                -1, 1, 8, 8
            )
            net(torch.cat([tried, tried - 2 * (tried - torch.tensor(picture).float())]))
            hook.remove()
            values = kept[0].detach()[(slice(None), *cell)]
            found[name] = (values - values[0]).abs().reshape(2, 65)[:, 1:].amax(dim=0).reshape(8, 8).numpy()
        seen = {f"{name} seen": (one > 0).sum() for name, one in found.items()}
        return {"run": record(net, picture, name=MODEL, seed=0), "tried": Trace.of({**found, **seen})}

    def story(self, example):
        run, tried = example["run"], example["tried"]
        picture = Picture(run["input"][0, 0], key="picture")
        for place, (name, (channel, row, column)) in enumerate(CELLS.items()):
            layer, changes = run[name][0, channel], np.asarray(tried[name], dtype=float)
            limit = round_up(np.abs(layer).max())
            yield Beat(
                fill({"en": "This cell of {l} sees {n} pixels.", "ja": "{l} のこのマスは、{n} 画素を見ています。"},
                     l=TITLES[name], n=int(tried[f"{name} seen"])),
                Row(picture,
                    Grid(changes, key=f"field{place}", limit=round_up(changes.max()), role="amount",
                         mask=changes == 0,
                         means={"en": "change of the cell", "ja": "マスの変化"}),
                    Grid(layer, key=f"map{place}", limit=limit, highlight=((row, column),),
                         label=TITLES[name])),
                born={f"field{place}": From("picture")}, pulse=(f"map{place}", row, column),
            )  # fmt: skip
