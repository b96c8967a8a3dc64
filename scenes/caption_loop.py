"""A picture is described, the sentence is painted, the painting is described, until a sentence comes back.

The captioner sees every picture upside down. Render it with: manim -ql scenes/caption_loop.py. Change the
start, the seed and the numbers below, and it is your film. A run that lies in a folder: nnanim movie
caption_loop --run FOLDER (see: nnanim loop --help). tools/loop_starts.py searches for starts that wander far.
"""

from functools import cache, cached_property

from nnanim import models, settings, words
from nnanim.caption_loop import ModelChoice, caption_loop, open_models, read_loop
from nnanim.caption_loop.reader import load_round_picture
from nnanim.controls import Menu, Stepper, Upload
from nnanim.data import doodles
from nnanim.errors import UserError
from nnanim.movie import StoryScene
from nnanim.stories.loop import Later, LoopRun, LoopRuns, loop, pack, unpack, watch
from nnanim.trace import Trace

START = {"en": "rainbow", "ja": "fried egg"}
SEEN = {"en": "reflected", "ja": "upside down"}  # by the captioner: see nnanim/orientation.py
SEED = 2  # of the noise; the same in every round
STEPS = 8  # of the sampler
ROUNDS = 16  # the limit
SAID = {
    "upright": {"en": "as it is", "ja": "そのまま"},
    "upside down": {"en": "upside down", "ja": "逆さに"},
    "reflected": {"en": "as in water", "ja": "水に映して"},
    "mirrored": {"en": "in a mirror", "ja": "鏡に映して"},
}
NAMES = {
    "fried egg": {"en": "a fried egg", "ja": "目玉焼き"},
    "rainbow": {"en": "a rainbow", "ja": "虹"},
    "robot": {"en": "a robot", "ja": "ロボット"},
    "smiley": {"en": "a smiley", "ja": "にこにこマーク"},
    "snowman": {"en": "a snowman", "ja": "雪だるま"},
    "target": {"en": "a target", "ja": "的"},
    "traffic light": {"en": "a traffic light", "ja": "信号機"},
    "zebra crossing": {"en": "a zebra crossing", "ja": "横断歩道"},
}


class CaptionLoop(StoryScene):
    title = {"en": "The caption loop", "ja": "画像と文章のいたちごっこ"}
    about = {
        "en": "picture, sentence, picture, … until it repeats",
        "ja": "絵 → 文 → 絵 → … くり返すまで",
    }
    audience = "first"
    cover = "end"
    chapters = {
        "start": {"en": "One round", "ja": "1 周"},
        "again": {"en": "Round after round", "ja": "何周も"},
        "forever": {"en": "Where it ends", "ja": "行き着く先"},
    }
    run: str | None = None  # folder of a run of the caption loop, in place of the small world's

    def example(self):
        if self.run:
            return from_folder(self.run)
        import torch

        lang = settings.load(self.lang).lang
        main = around(START[lang], lang, seen=SEEN[lang])
        twins = (around(START[lang], lang),)
        names = ("world-diffusion", "captioner", "text-encoder", "world-vae")
        sizes = {name: sum(p.numel() for p in models.load(name).parameters()) for name in names}
        origin = {"model": names[0], "parameters": sizes.pop(names[0]), "also": sizes, "seed": SEED}
        origin["versions"] = {"torch": torch.__version__}
        return pack(LoopRuns(main, twins, provenance=origin))

    def story(self, example):
        return loop(unpack(example) if isinstance(example, Trace) else example)

    # What follows is for nnanim live caption_loop: every round is shown when it is there.

    live_streams = True

    @cached_property
    def controls(self):
        if self.run:
            raise UserError(f"a run that is over is played: nnanim play caption_loop --run {self.run}")
        return {
            "picture": Upload(label={"en": "A picture of yours", "ja": "自分の画像"}),
            "doodle": Menu(NAMES, START, label={"en": "Or a doodle", "ja": "または、らくがき"}),
            "seen": Menu(SAID, SEEN, label={"en": "The captioner sees it", "ja": "説明係の見方"}),
            "seed": Stepper(value=SEED, label=words.seed),
            "rounds": Stepper(1, 40, ROUNDS, label={"en": "Rounds", "ja": "周"}),
        }

    def live(self):
        picture, name = self.value("picture"), NAMES[self.value("doodle")]
        start = doodles.draw(self.value("doodle")) if picture is None else picture
        asked = {"caption": "full", "noise": "fixed", "seen": self.value("seen"), "seed": self.value("seed")}
        return watch(
            grow(
                start,
                settings.load(self.lang).lang,
                "" if picture is not None else name,
                self.value("rounds"),
                asked,
            )
        )


@cache
def open_once(lang):
    """The shipped models, loaded once for each language."""
    return open_models(ModelChoice(language=lang, steps=STEPS))


def grow(start, lang, name, rounds, asked):
    """A run of the shipped models, after each of its rounds."""
    with_, turns = open_once(lang), []
    for turn in caption_loop(
        start, with_.painter, with_.captioners, max_rounds=rounds, embed=with_.embed, **asked
    ):
        turns.append(turn)
        yield LoopRun.of(turns, {**with_.about, **asked, "rounds": rounds}, name=name)


def around(name, lang, seed=SEED, rounds=ROUNDS, **asked):
    """One run of the shipped models from a doodle."""
    with_ = open_models(ModelChoice(language=lang, steps=STEPS))
    asked = {"caption": "full", "noise": "fixed", "seen": "upright", **asked}
    turns = list(
        caption_loop(
            doodles.draw(name),
            with_.painter,
            with_.captioners,
            seed=seed,
            max_rounds=rounds,
            embed=with_.embed,
            **asked,
        )
    )
    return LoopRun.of(turns, {**with_.about, **asked, "seed": seed, "rounds": rounds}, name=NAMES[name])


def from_folder(folder):
    """The run in a folder; its pictures are read when they are shown."""
    saved = read_loop(folder, pictures=False)
    pictures = Later(len(saved.rounds), lambda k: load_round_picture(saved.path, k))
    painter = saved.config["painter"]["name"]
    origin = {key: saved.config.get(key) for key in ("seed", "versions")}
    origin["model"] = "world-diffusion" if painter == "small" else painter
    name = saved.config.get("start", {}).get("name", "")
    return LoopRuns(LoopRun.of(saved.rounds, saved.config, pictures, name=name), provenance=origin)
