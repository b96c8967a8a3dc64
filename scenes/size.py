"""Size: five language models, trained alike; then GPT-1 to GPT-3, to scale.

Render it with: manim -ql scenes/size.py
"""

from nnanim import models, settings
from nnanim.movie import StoryScene
from nnanim.stories.size import SizeRuns, size

MODELS = ("size-1", "size-2", "size-3", "size-4", "size-5")
OURS = "language-model"
START = {"en": "once upon a time", "ja": "むかしむかし"}
ROWS = 24  # held-out texts
TOKENS = 26  # that each model adds


class Size(StoryScene):
    title = {"en": "Size", "ja": "大きさ"}
    about = {
        "en": "five models that differ in size alone, then GPT-1 to GPT-3 to scale",
        "ja": "大きさだけが違う五つのモデル。それから GPT-1、GPT-2、GPT-3 を同じ縮尺で",
    }
    audience = "first"
    cover = "gpt3"
    chapters = {
        "question": {"en": "Five models", "ja": "五つのモデル"},
        "gpt1": {"en": "To scale", "ja": "同じ縮尺で"},
    }

    def example(self):
        from nnanim.models.held_out_loss import HeldOutLoss
        from nnanim.recording import record
        from nnanim.training.sizes import held_out_rows

        lang = settings.load(self.lang).lang
        rows, traces, samples = held_out_rows(lang, ROWS), [], []
        for name in MODELS:
            model, card = models.load(name), models.card(name)
            traces.append(record(HeldOutLoss(model), rows, name=name, seed=card.seed, only="output"))
            samples.append(model.generate(START[lang], TOKENS, language=lang))
        return SizeRuns(traces, samples, models.card(OURS).parameters)

    def story(self, runs):
        return size(runs)
