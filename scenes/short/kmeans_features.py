"""k-means on what a network sees: ten clusters of pictures, found without any label.

Render it with: manim -ql scenes/short/kmeans_features.py. More clusters: change the number below.
"""

import numpy as np

from nnanim import Bars, Beat, Cloud, Trace, models
from nnanim.data import digits
from nnanim.marks import modify
from nnanim.motions import Playback
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.words import fill

MODEL, CLUSTERS, ROUNDS, SHOWN = "digits-convnet", 10, 12, 240
KIND = {"en": "cluster {n}", "ja": "まとまり {n}"}


class KmeansFeatures(StoryScene):
    title = {"en": "k-means on features", "ja": "特徴量の k-means"}
    about = {
        "en": "features of a network fall into clusters by themselves; no label is needed",
        "ja": "ネットワークの特徴量は、ラベルなしでもまとまりに分かれます",
    }
    audience = "course"

    def example(self):
        _, held = digits.split()
        pictures = digits.images(held[:SHOWN])[:, None] / 16
        run = record(models.load(MODEL), pictures, name=MODEL, seed=0)
        x = np.asarray(run["flat"], dtype=float)
        x = x - x.mean(axis=0)
        centers = [x[0]]
        for _ in range(CLUSTERS - 1):  # the next centre is the picture that is farthest from all centres
            near = np.min([((x - one) ** 2).sum(axis=1) for one in centers], axis=0)
            centers.append(x[near.argmax()])
        axes, clusters, middles = np.linalg.svd(x, full_matrices=False)[2][:2].T, [], []
        for _ in range(ROUNDS):
            group = ((x[:, None] - np.array(centers)) ** 2).sum(axis=-1).argmin(axis=1)
            clusters.append(group)
            middles.append(np.array(centers) @ axes)
            centers = [x[group == one].mean(axis=0) for one in range(CLUSTERS)]
        truth = digits.labels(held[:SHOWN])
        most = [np.bincount(truth[group == one]).max() for one in range(CLUSTERS)]
        found = {"places": x @ axes, "clusters": np.array(clusters), "middles": np.array(middles)}
        found["pure"] = most / np.bincount(group)
        return {"run": run, "found": Trace.of(found)}

    def story(self, example):
        found = example["found"]
        names = tuple(fill(KIND, n=n + 1) for n in range(CLUSTERS))

        def cloud(turn):
            places = np.concatenate([found["places"], found["middles"][turn]])
            kinds = (*(int(one) for one in found["clusters"][turn]), *range(CLUSTERS))
            return Cloud(places, kinds, key="plane", highlight=tuple(range(SHOWN, SHOWN + CLUSTERS)),
                         names=names, inside=True,
                         x_limits=limits[0], y_limits=limits[1])  # fmt: skip

        reach = 1.1 * np.abs(found["places"]).max(axis=0)
        limits = [(-float(one), float(one)) for one in reach]
        clouds = [cloud(turn) for turn in range(ROUNDS)]
        yield Beat({"en": "What the network sees in each picture, in a plane.", "ja": "各絵の特徴量を、平面に置きました。"},
                   modify(clouds[0], groups=(0,) * (SHOWN + CLUSTERS), names=(), inside=False,
                          highlight=()))  # fmt: skip
        yield Beat({"en": "Each picture joins the nearest centre; the centres move.",
                    "ja": "近い中心に入り、中心が動く。これを繰り返します。"},
                   clouds[-1], motion=Playback({"plane": clouds}, each=0.3))  # fmt: skip
        pure = found["pure"]
        yield Beat(
            fill({"en": "A cluster is mostly one digit: {p:.0%} on average.",
                  "ja": "まとまりはほぼ同じ数字。平均で {p:.0%} です。"}, p=pure.mean()),
            Bars(pure, names, key="pure", limit=1, percent=True,
                 roles=tuple(f"kind{i}" for i in range(CLUSTERS))),
            gathers={"plane": "pure"},
        )  # fmt: skip
