"""Dropout: a trained network, run three times with half of its hidden neurons switched off.

Render it with: manim -ql scenes/dropout.py. Change the numbers below, and it is your film.
"""

from torch import nn

from nnanim import models
from nnanim.data import digits
from nnanim.models.dropout import Dropout
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.dropout import dropout

MODEL = "digits-64-16-10"
DIGIT = 907  # a clear 2
P = 0.5  # the probability with which a hidden neuron is switched off
SEEDS = (0, 5, 8)  # of the three runs
RUNS = 400  # averaged at the end


class DropoutScene(StoryScene):
    title = {"en": "Dropout", "ja": "ドロップアウト"}
    about = {
        "en": "neurons are switched off at random, run after run; the average stays",
        "ja": "ニューロンをランダムに休ませます。何度も実行すると、平均はもとの値に近づきます",
    }
    audience = "first"
    cover = "mask"

    def example(self):
        trained, network = models.load(MODEL), nn.Sequential()
        network.add_module("hidden", trained.hidden)
        network.add_module("activation", trained.hidden_activation)
        network.add_module("dropout", Dropout(P))
        network.add_module("answer", trained.answer)
        x = digits.images([DIGIT]).reshape(1, 64) / digits.HIGHEST
        name = f"{MODEL} + dropout"
        traces = {"eval": record(network.eval(), x, name=name)}
        network.train()
        for seed in SEEDS:
            traces[f"seed {seed}"] = record(network, x, name=name, seed=seed)
        traces["many"] = record(network, x.repeat(RUNS, axis=0), name=name, seed=SEEDS[0])
        return traces

    def story(self, traces):
        return dropout(
            traces["eval"], [traces[f"seed {seed}"] for seed in SEEDS], traces["many"], shape=(8, 8)
        )
