"""A translator between English and Japanese: it reads a sentence, and writes it in the other language.

Render it with: manim -ql scenes/translation.py
Another sentence: nnanim movie translation --sentence "my sister bought a red car."
"""

from nnanim import models, settings
from nnanim.movie import StoryScene
from nnanim.stories.translation import Learning, Translation, Translations, translation

MODEL = "translator"
QUESTION = {
    "en": "Japanese puts the verb last; English does not. How can a model know, without a rule?",
    "ja": "日本語の動詞は最後、英語はちがいます。規則なしに、どうしてわかるのでしょう。",
}
SENTENCE = {"en": "私は家を建てました。", "ja": "I built a house."}
CLAUSE = {"en": "これは私の祖父が建てた家です。", "ja": "This is the house that my grandfather built."}
PEN = "This is a pen."
ODD = {
    "en": "猫は私を食べました。",
    "ja": "The cat that ate the fish is sleepy.",
}  # of a kind that the grammar does not hold
MEANING = {"en": "the cat ate me", "ja": "魚を食べた猫は眠い"}
FILMED = {"en": 2, "ja": 0}  # which sentence of the recorded training
FIGURE = {"en": "ja-en.exact", "ja": "en-ja.exact"}


class Translator(StoryScene):
    title = {"en": "Translation", "ja": "翻訳"}
    about = {
        "en": "an encoder reads a sentence, a decoder writes it; where the word order differs, lines cross",
        "ja": "エンコーダーが読み、デコーダーが書きます。語順がちがうところで、二つの文を結ぶ線が交わります",
    }
    audience = "course"
    cover = "cross"
    chapters = {
        "question": {"en": "Two towers", "ja": "二つの塔"},
        "start": {"en": "Writing", "ja": "書く"},
        "clause": {"en": "What it can do", "ja": "できること"},
        "learning": {"en": "What it learnt", "ja": "学んだこと"},
    }
    sentence = None  # another sentence, in either language
    hf = None  # a folder with a Hugging Face model that translates, such as Marian or T5

    def example(self):
        lang = settings.load(self.lang).lang
        if self.hf is not None:
            from nnanim.recording.huggingface.translating import translate

            return Translations(translate(self.hf, self.sentence or SENTENCE[lang]))
        if self.sentence is not None:
            return Translations(self.run(self.sentence, "ja" if self.sentence.isascii() else "en"))
        learning = Learning(models.training(MODEL), FILMED[lang], models.card(MODEL).figures[FIGURE[lang]])
        return Translations(
            self.run(SENTENCE[lang], lang), QUESTION, self.run(CLAUSE[lang], lang),
            [self.run(PEN, target) for target in ("ja", "ja-plain")],
            self.run(ODD[lang], lang), MEANING[lang], learning,
        )  # fmt: skip

    def run(self, text, target):
        import torch

        from nnanim.data import translation as grammar
        from nnanim.models.translator import encode_sources
        from nnanim.recording import record

        network, words = models.load(MODEL), grammar.split(text)
        ids = network.write(words, target)
        trace = record(
            network, encode_sources([words], network.length), torch.tensor([ids[:-1]]),
            name=MODEL, seed=models.card(MODEL).seed,
        )  # fmt: skip
        return Translation(
            trace,
            [*words, "<end>"],
            [grammar.vocabulary()[one] for one in ids],
            grammar.vocabulary(),
            [name for name in trace.attentions if name.startswith("encoder")],
            [name for name in trace.attentions if name.endswith("cross_attention")],
            "encoder_norm",
            *(f"decoder.1.cross_attention.{part}" for part in ("scores", "query", "key")),
            special=frozenset(grammar.SPECIAL),
        )

    def story(self, runs):
        return translation(runs)
