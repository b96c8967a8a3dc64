"""A three-layer perceptron looks at iris flowers.

Render it with: manim -ql scenes/perceptron.py. Change the three things marked below, and it is your film.
"""

from functools import cached_property

import numpy as np

from nnanim import models, words
from nnanim.controls import NumberTable, Slider
from nnanim.data import iris
from nnanim.data.table import read_table
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.held_out import tell_test
from nnanim.stories.perceptron import Subject, explore, perceptron

MODEL = "iris-2-3-1"
FLOWERS = [112, 97, 133]  # a clear virginica, a clear versicolor, a hard case
SPECIES = ("versicolor", "virginica")
LIMITS = {"petal length": (2.5, 7.5), "petal width": (0.5, 3.0)}  # of the map that training was recorded on
GRID = 40  # its points on each side
WEIGHTS = {"en": "Weights", "ja": "重み"}


class Perceptron(StoryScene):
    title = {"en": "A three-layer perceptron", "ja": "三層パーセプトロン"}
    about = {
        "en": "signals split, are weighted, merge, and set out again; then the training",
        "ja": "信号が分かれ、重みが掛かり、足し合わされ、また出発します。最後に学習のようす",
    }
    audience = "first"
    keywords = (
        "forward pass backpropagation gradient training MLP signals weights 順伝播 誤差逆伝播 学習 信号 重み"
    )
    data = None  # a CSV file of yours, its last column the class: nnanim movie perceptron --data mine.csv
    cover = "split"
    chapters = {
        "question": {"en": "The numbers", "ja": "数"},
        "arrive": {"en": "One neuron", "ja": "1 つのニューロン"},
        "hidden": {"en": "The answer", "ja": "答え"},
        "random": {"en": "The training", "ja": "学習"},
    }

    def example(self):
        if self.data is not None:
            return self.learn(self.data)
        network = models.load(MODEL)  # 1. your network: two nn.Linear with an activation after each
        inputs = iris.measurements(FLOWERS)  # 2. your data: an array of shape (samples, inputs)
        return record(network, inputs, name=MODEL, seed=models.card(MODEL).seed)

    def story(self, trace):
        if self.data is not None:
            return self.tell_data(trace, read_table(self.data))
        truth = [SPECIES.index(iris.SPECIES[species]) for species in iris.species(FLOWERS)]
        return perceptron(trace, self.subject(truth), training=models.training(MODEL))

    def learn(self, path):
        from nnanim.training.table import learn_table

        return learn_table(path)

    def tell_data(self, traces, table):
        truth = table.y[table.shown_rows].tolist()
        question = table.split_and_unit
        subject = Subject(names=table.names, classes=table.class_names, truth=truth, question=question)
        yield from perceptron(traces["run"], subject, training=traces["training"])
        yield tell_test(traces["test"], table.class_names, table.y[: table.test], source="y")

    def subject(self, truth=()):
        return Subject(  # 3. your words
            names=[iris.NAMES[name] for name in LIMITS],
            classes=[iris.SPECIES_NAMES[name] for name in SPECIES],
            truth=truth,
            unit=iris.UNIT,
            thing={"en": "flower", "ja": "花"},
            question={
                "en": "Two lengths of an iris flower. Which species is it?",
                "ja": "二つの長さで、アヤメの種類がわかるでしょうか。",
            },
        )

    # What follows is for nnanim live perceptron.

    @cached_property
    def controls(self):
        names, flower = [iris.NAMES[name] for name in LIMITS], iris.measurements(FLOWERS)[0]
        lengths = zip(LIMITS, LIMITS.values(), flower, names, strict=True)
        sliders = {  # the flower can be moved on its map, too
            name: Slider(*ends, x, unit=iris.UNIT, label=label, mark="plane", axis=axis)
            for axis, (name, ends, x, label) in zip("xy", lengths, strict=True)
        }
        hidden, answer = models.perceptron.parameter_tables(models.load_shared(MODEL))
        rows, whose = [str(i + 1) for i in range(len(hidden))], {"group": WEIGHTS, "low": -15, "high": 15}
        return {
            **sliders,
            "hidden": NumberTable(
                hidden, rows=rows, columns=[*names, words.bias], label=words.hidden_layer, **whose
            ),
            "answer": NumberTable(answer, columns=[*rows, words.bias], label=words.output_layer, **whose),
        }

    def live(self):
        tables = self.value("hidden"), self.value("answer")
        network = models.perceptron.with_parameters(models.load_shared(MODEL), *tables)
        trace = record(network, np.array([[self.value(name) for name in LIMITS]]), name=MODEL)
        points = np.meshgrid(*(np.linspace(*ends, GRID) for ends in LIMITS.values()))
        plane = record(network, np.reshape(points, (2, -1)).T, name=MODEL)["output"].reshape(GRID, GRID)
        changed = not {"hidden", "answer"}.isdisjoint(self.chosen)
        return explore(trace, self.subject(), models.training(MODEL), plane, changed)
