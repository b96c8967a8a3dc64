"""A small diffusion model paints a picture from a sentence.

Render it with: manim -ql scenes/diffusion.py. Change the sentence and the numbers below, and it is your film.
The model knows the words of a small world (nnanim/data/captions.py). Of a Stable Diffusion pipeline in a
folder: nnanim movie diffusion --hf FOLDER --sentence "a cat on the moon".
"""

from functools import cache, cached_property
from itertools import chain

import numpy as np

from nnanim import settings, text_to_image, words
from nnanim.controls import Field, Slider, Stepper
from nnanim.movie import StoryScene
from nnanim.stories.diffusion import NAMES, diffusion, join, paint, part
from nnanim.trace import Trace
from nnanim.words import fill

SENTENCE = {
    "en": "a large blue cat, in the middle, on a meadow, striped",
    "ja": "大きな青い猫、中央、草原、しま模様",
}
SWAPS = {  # one word for another, each with the same noise
    "en": (("cat", "fish"), ("on a meadow", "at sunset"), ("striped", "sticker")),
    "ja": (("猫", "魚"), ("草原", "夕焼け"), ("しま模様", "シール")),
}
SHORT = {"en": "a cat", "ja": "猫"}  # leaves much to the noise
SEED = 0
SEEDS = (0, 9, 14)  # three pictures of the short sentence
STEPS = 20
GUIDANCE = 3.0
SCALES = (0.0, 1.0, 3.0, 7.0)
TIMES = 26  # moments on the way into noise
INSIDE = 9  # the step at which the inside of the U-Net is shown
MANY, FEW = 100, 10  # steps of DDPM and of DDIM


class Diffusion(StoryScene):
    title = {"en": "A diffusion model", "ja": "拡散モデル"}
    about = {
        "en": "from noise and words to a picture, every step",
        "ja": "ノイズと言葉から絵へ。一歩ずつ",
    }
    audience = "course"
    keywords = "denoising sampling text to image guidance 拡散 ノイズ 除去 生成"
    cover = "reverse"
    chapters = {
        "question": {"en": "A picture drowns", "ja": "絵が沈む"},
        "guess": {"en": "Out of noise", "ja": "ノイズから絵へ"},
        "swap": {"en": "Led by words", "ja": "言葉で導く"},
        "machine-text": {"en": "The machine", "ja": "しくみの全体"},
    }
    hf = None  # a folder with a Stable Diffusion pipeline, instead of the small world's painter
    sentence = None  # another sentence
    part = None  # one part of the film by itself
    parts = tuple(NAMES)

    def example(self):
        lang = settings.load(self.lang).lang
        prompt = self.sentence or SENTENCE[lang]
        backend = text_to_image.open_pipeline(self.hf) if self.hf else text_to_image.BuiltinBackend()
        order = {"num_inference_steps": STEPS, "guidance_scale": GUIDANCE, "backend": backend}
        main = text_to_image.record_generation(prompt, seed=SEED, stages_at=INSIDE, **order)
        parts = {"seeds": grown(prompt if self.hf else SHORT[lang], seed=SEEDS, **order)}
        prompts, labels, changed = others(prompt, SWAPS[lang])
        if prompts:
            parts["style"] = grown([prompt, *prompts], labels=labels, changed=changed, seed=SEED, **order)
        parts["guidance"] = beside(
            [grown(prompt, seed=SEED, **{**order, "guidance_scale": scale}) for scale in SCALES], SCALES
        )
        parts["forward"] = text_to_image.record_forward_process(
            main["picture"][-1, 0], np.linspace(0, 1, TIMES), prompt=prompt, seed=SEED, backend=backend
        )
        for sampler, steps in {} if self.hf else {"ddpm": MANY, "ddim": FEW}.items():
            options = {**order, "num_inference_steps": steps, "sampler": sampler}
            parts[sampler] = grown(prompt, seed=SEED, **options)
        return join(main, parts, inside=INSIDE)

    def story(self, trace):
        return diffusion(trace) if self.part is None else part(self.part, trace)

    # What follows is for nnanim live diffusion: every step is shown when it has been computed.

    live_streams = True

    @cached_property
    def controls(self):
        return {
            "prompt": Field(self.sentence or SENTENCE, label={"en": "Sentence", "ja": "文"}),
            "seed": Stepper(value=SEED, label=words.seed),
            "guidance": Slider(-1, 8, GUIDANCE, 0.1, label=words.guidance_scale),
            "steps": Stepper(1, 100, STEPS, label={"en": "steps", "ja": "ステップ数"}),
        }

    def live(self):
        prompt, count = self.value("prompt"), self.value("steps")
        steps = text_to_image.generate(
            prompt, seed=self.value("seed"), guidance_scale=self.value("guidance"),
            num_inference_steps=count, backend=open_once(self.hf),
        )  # fmt: skip
        first = next(steps)
        pictures = ((one.picture, one.predicted_picture) for one in chain([first], steps))
        return paint(prompt, first.noisy_picture, pictures, count)


@cache
def open_once(folder):
    """The pipeline in a folder, loaded once; None without a folder."""
    return text_to_image.open_pipeline(folder) if folder else None


def others(prompt, swaps):
    """Sentences that differ from a prompt in one word or phrase, what all of them are called, what changes.

    Where the prompt has none of what is swapped, its last phrase is left out.
    """
    known = [(old, new) for old, new in swaps if old in prompt]
    if known:
        words = [(old.split()[-1], new.split()[-1]) for old, new in known]
        labels = [{"en": "as it was", "ja": "もとの文"}, *(f"{old} → {new}" for old, new in words)]
        return [prompt.replace(old, new, 1) for old, new in known], labels, [old for old, _ in words]
    shorter, comma, last = prompt.rpartition("、" if "、" in prompt else ",")
    named = {"word": last.strip()}
    labels = [
        {"en": "with “{word}”", "ja": "「{word}」あり"},
        {"en": "without “{word}”", "ja": "「{word}」なし"},
    ]
    return ([shorter] if comma else []), [fill(label, **named) for label in labels], last.split()


def grown(prompt, labels=(), changed=(), **options):
    """Pictures (step + 1, sample, row, column, colour) from noise to the end."""
    prompts = [prompt] if isinstance(prompt, str) else prompt
    seeds = options.pop("seed")
    seeds = [seeds] if isinstance(seeds, int) else list(seeds)
    steps = list(text_to_image.generate(prompts, seed=seeds, **options))
    pictures = np.stack([steps[0].noisy_picture, *(step.picture for step in steps)])
    origin = {"prompts": prompts, "seeds": seeds, "labels": list(labels), "changed": list(changed)}
    return Trace.of({"picture": pictures}, provenance=origin)


def beside(traces, scales):
    """Runs of different guidance scales as samples of one trace."""
    pictures = np.concatenate([trace["picture"] for trace in traces], axis=1)
    return Trace.of({"picture": pictures, "scale": np.array(scales)}, provenance=traces[0].provenance)
