"""A three-layer perceptron looks at iris flowers.

Render it with: manim -ql scenes/perceptron.py. Change the three things marked below, and it is your film.
"""

from nnanim import models
from nnanim.data import iris
from nnanim.movie import StoryScene
from nnanim.recording import record
from nnanim.stories.perceptron import Subject, perceptron

MODEL = "iris-2-3-1"
FLOWERS = [112, 97, 133]  # a clear virginica, a clear versicolor, a hard case
SPECIES = ("versicolor", "virginica")


class Perceptron(StoryScene):
    title = {"en": "A three-layer perceptron", "ja": "三層パーセプトロン"}
    cover = "split"

    def example(self):
        network = models.load(MODEL)  # 1. your network: two nn.Linear with an activation after each
        inputs = iris.measurements(FLOWERS)  # 2. your data: an array of shape (samples, inputs)
        return record(network, inputs, name=MODEL, seed=models.card(MODEL).seed)

    def story(self, trace):
        subject = Subject(  # 3. your words
            names=[iris.NAMES["petal length"], iris.NAMES["petal width"]],
            classes=[iris.SPECIES_NAMES[name] for name in SPECIES],
            truth=[SPECIES.index(iris.SPECIES[species]) for species in iris.species(FLOWERS)],
            unit=iris.UNIT,
            thing={"en": "flower", "ja": "花"},
            question={
                "en": "Two lengths of an iris flower. Which species is it?",
                "ja": "アヤメの花の二つの長さから、種類がわかるでしょうか。",
            },
        )
        return perceptron(trace, subject, training=models.training(MODEL))
