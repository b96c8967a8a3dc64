"""A small language model reads a sentence and guesses the next words.

Render it with: manim -ql scenes/attention.py.
The model has read the texts of nnanim/data/texts, in English and Japanese.
Another one: nnanim movie attention --hf FOLDER.
"""

from dataclasses import replace
from functools import cache, cached_property

from nnanim import models, settings, words
from nnanim.controls import Field, Menu, Slider, Stepper
from nnanim.errors import UserError
from nnanim.movie import StoryScene
from nnanim.stories.attention import NAMES, Reading, Swap, attention, explore, part

MODEL = "language-model"
SENTENCE = {
    "en": "a queen had a ring. the next day she lost the",
    "ja": "女王は指輪を持っていました。ある夜、鳥が",
}
SWAPS = {
    "en": (
        (SENTENCE["en"], "ring", "lamp"),
        ("a queen had a ring. the next day", "queen", "king"),
    ),
    "ja": (
        (SENTENCE["ja"], "指輪", "ランプ"),
        ("ある日、雨が降っていたので、女王は", "雨", "雪"),
    ),
}  # a sentence, a word of it, and what it is swapped for
WINDOW = 6  # tokens that the part "window" shows
ADDED = (2, 8)  # least and most tokens that the model adds, up to where it is not sure
TEXTS = 500  # in which the part "ngrams" counts
WRITTEN = 16  # tokens that nnanim live writes on
BLOCK = {"en": "block", "ja": "ブロック"}
BLANK = {
    "en": "once upon a time there was a [MASK] queen.",
    "ja": "むかしむかし、[MASK]女王がいました。",
}  # for models that fill in blanks
KEENEST = {"en": "the one that looks most", "ja": "いちばん強く見るもの"}


class Attention(StoryScene):
    title = {"en": "Attention", "ja": "アテンション"}
    about = {
        "en": "how a model knows the next word: query, key, value, softmax, heads, and one word swapped",
        "ja": "モデルはなぜ次の言葉が分かるのか。クエリ・キー・バリュー、softmax、ヘッド、入れ替えた一語",
    }
    audience = "course"
    keywords = "transformer self-attention query key value heads GPT 注意 アテンション トランスフォーマー"
    cover = "swapped-0"
    chapters = {
        "tokens": {"en": "A question", "ja": "問い"},
        "vectors": {"en": "Words as numbers", "ja": "語を数に"},
        "maps": {"en": "Who looks at whom", "ja": "どこを見るか"},
        "next-0": {"en": "The next word", "ja": "次の語"},
    }
    hf = None  # a folder with a Hugging Face model, instead of the little one
    sentence = None  # another sentence
    part = None  # one part of the film by itself
    parts = NAMES

    def example(self):
        if self.hf is not None:
            from nnanim.recording import huggingface

            context = WINDOW if self.part == "window" else 0
            return huggingface.read(self.hf, self.sentence, lang=self.speaks(), more=3, context=context)
        text = SENTENCE[self.speaks()] if self.sentence is None else self.sentence
        swaps = [self.swap(*one) for one in SWAPS[self.speaks()]] if self.sentence is None else []
        return self.read(text, swaps=swaps)

    def story(self, reading):
        if self.part is None:
            return attention(reading)
        if self.part != "ngrams":
            return part(self.part, reading)
        if self.hf is not None:
            raise UserError(
                "the part 'ngrams' counts in the texts that nnanim's model has read: leave out --hf"
            )
        return part(self.part, reading, self.texts())

    def read(self, text, toward=None, swaps=()):
        import torch

        from nnanim.models.tokenizer import Tokenizer
        from nnanim.recording import record
        from nnanim.recording.context_window import logits_in_window

        network, card, tokenizer = models.load_shared(MODEL), models.card(MODEL), Tokenizer.load_default()
        ids = tokenizer.encode(text)
        if not ids:
            raise UserError("the sentence is empty; give it at least two words")
        length = len(ids)
        limited = logits_in_window(network, ids, WINDOW) if self.part == "window" else None
        ids = network.extend(ids, *ADDED)
        trace = record(network, torch.tensor([ids]), name=MODEL, seed=card.seed)
        return Reading(
            trace, tokenizer.spell(ids), tokenizer.spellings, length,
            toward=toward, swaps=swaps, limited=limited, context=WINDOW, reads=network.length,
        )  # fmt: skip

    def swap(self, text, old, new):
        from nnanim.models.tokenizer import Tokenizer

        place = Tokenizer.load_default().spell(Tokenizer.load_default().encode(text)).index(old)
        return Swap(self.read(text, toward=place), self.read(text.replace(old, new), toward=place))

    def texts(self):
        from nnanim.data.texts import documents
        from nnanim.models.tokenizer import Tokenizer

        tokenizer = Tokenizer.load_default()
        return [tokenizer.spell(tokenizer.encode(text)) for text in documents(self.speaks(), TEXTS)]

    def speaks(self):
        return settings.load(self.lang).lang

    # What follows is for nnanim live attention.

    @cached_property
    def controls(self):
        text, counts = self.sentence or SENTENCE, {"layer": 0, "head": 0}
        if self.hf is None:
            blocks = models.load_shared(MODEL).blocks
            counts = {"layer": len(blocks), "head": blocks[0].attention.heads}
        else:
            (model, tokenizer), known = (
                open_once(self.hf),
                {"layer": "num_hidden_layers", "head": "num_attention_heads"},
            )
            counts = {name: getattr(model.config, count, 0) for name, count in known.items()}
            text = self.sentence or (BLANK if tokenizer.mask_token else SENTENCE)
        found = {
            "text": Field(text, label={"en": "Sentence", "ja": "文"}),
            "temperature": Slider(0.1, 3, 1, 0.1, label=words.temperature),
        }
        for name, label in (("layer", BLOCK), ("head", words.head)):
            numbers = {str(i): str(i + 1) for i in range(counts[name])}
            found[name] = Menu({"": KEENEST, **numbers}, label=label)
        writes = {"seed": Stepper(label={"en": "Seed for writing on", "ja": "続きを書くシード"})}
        return {**found, **({} if self.hf else writes)}

    def live(self):
        text, heat = self.value("text"), self.value("temperature")
        chosen = {name: int(self.value(name)) for name in ("layer", "head") if self.value(name)}
        if self.hf is not None:
            from nnanim.recording import huggingface

            reading = huggingface.read(self.hf, text, more=3, loaded=open_once(self.hf))
            return explore(replace(reading, **chosen), heat)
        return explore(replace(self.read(text), **chosen), heat, self.write(text, heat, self.value("seed")))

    def write(self, text, heat, seed):
        import torch

        from nnanim.models.kv_cache import generate
        from nnanim.models.tokenizer import END, Tokenizer

        tokenizer, generator = Tokenizer.load_default(), torch.Generator().manual_seed(seed)
        ids = torch.tensor([tokenizer.encode(text)])
        made = generate(models.load_shared(MODEL), ids, WRITTEN, temperature=heat, generator=generator)
        return tokenizer.spell(one for one in made[0].tolist() if one != END)


@cache
def open_once(folder):
    """The model in a folder and its tokenizer, loaded once."""
    from nnanim.recording.huggingface import loading

    return loading.load(folder)
