"""Gaussian noise on a grey picture, step by step.

Render it with: manim -ql scenes/noise.py. Change the numbers below, and it is your film.
"""

from nnanim.data.noise import NoisyPicture
from nnanim.movie import StoryScene
from nnanim.stories.noise import noise

GREY = 128  # every pixel of the picture, 0 to 255
SIGMA = 10  # standard deviation of the noise
SEED = 0
SIZE = (100, 100)  # height and width in pixels
STRONG = 60  # a larger standard deviation, of which clipping takes its share
LEVELS = (10, 30, 60, 120)  # compared at the end


class Noise(StoryScene):
    title = {"en": "Noise", "ja": "ノイズ"}
    about = {
        "en": "how much noise hides a grey: Gaussian noise, sum, clipping",
        "ja": "灰色はどれだけのノイズで消えるか。正規分布のノイズ、和、クリップ",
    }
    audience = "first"
    cover = "noise"

    def example(self):
        return NoisyPicture(GREY, SIGMA, SEED, SIZE)

    def story(self, made):
        return noise(made, STRONG, LEVELS)
