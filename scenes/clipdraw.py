"""Drawing by slope: strokes that nobody draws go where a sentence wants them.

Render it with: manim -ql scenes/clipdraw.py
"""

from nnanim import models, settings
from nnanim.data import captions, world
from nnanim.movie import StoryScene
from nnanim.stories.clipdraw import Drawn, clipdraw

WISH = {"thing": "umbrella", "colour": "purple", "size": "large", "background": "meadow", "style": "plain"}
SEED = 0


class ClipDraw(StoryScene):
    title = {"en": "Drawing by slope", "ja": "傾きで描く"}
    about = {
        "en": "sixteen strokes, and nobody’s hand: a sentence bends them until it is an umbrella",
        "ja": "16 本の線が、文の言うとおりに曲がり、かさの絵になります。だれの手も借りずに",
    }
    audience = "advanced"
    cover = "answer"
    chapters = {
        "question": {"en": "One stroke", "ja": "一本の線"},
        "layers": {"en": "A scribble and a sentence", "ja": "落書きと文"},
        "draw": {"en": "Drawing", "ja": "描く"},
    }

    def example(self):
        from nnanim.steering.stroke_trace import record_strokes
        from nnanim.training.steered import PROMPTS

        lang, row = settings.load(self.lang).lang, world.labels(**WISH)[0]
        prompts = {one: captions.caption(row, one) for one in captions.LANGUAGES}
        return Drawn(
            record_strokes(prompts[lang], SEED),
            prompts,
            [{"en": en, "ja": ja} for en, ja in zip(*captions.WORDS["thing"].values(), strict=True)],
            models.card("clip-guide").figures[f"strokes.{lang}.thing"],
            PROMPTS,
        )

    def story(self, drawn):
        return clipdraw(drawn)
