"""BERT: a language model that looks both ways, learnt by filling gaps.

Render it with: manim -ql scenes/masked.py
Sentences of your own: change the words below; what is hidden must be one token of the model.
"""

from nnanim import models, settings
from nnanim.movie import StoryScene
from nnanim.stories.masked import GapRun, GapRuns, fill_gaps

MODEL, BASE = "masked", "language-model"
WHOLE = {"en": "a dog eats bones.", "ja": "犬は骨を食べます。"}
ENDS = {
    "en": ("a <mask> eats bones.", "a <mask> eats grass.", "a <mask> eats honey."),
    "ja": ("<mask>は骨を食べます。", "<mask>は草を食べます。", "<mask>ははちみつを食べます。"),
}
FOODS = {"en": ("bones", "grass", "honey"), "ja": ("骨", "草", "はちみつ")}  # of the sentences, as one word
WORDS = 4  # that the first of two gaps is filled with
# What fills its second gap is one token each, so that whole words are seen: English foods are not.
PAIR = {"en": "a <mask> lives in the <mask>.", "ja": "<mask>は<mask>を食べます。"}


class FillTheGap(StoryScene):
    title = {"en": "BERT: filling gaps", "ja": "BERT：穴埋め"}
    about = {
        "en": "BERT looks both ways to fill a gap; another end, another animal; two gaps do not fit",
        "ja": "BERT。両側を見るモデルが穴を埋めます。終わりが変わると動物も変わり、穴が二つだと合いません",
    }
    audience = "course"
    cover = "ends"

    def example(self):
        from nnanim.models.masked import MaskedModel, encode_masked
        from nnanim.models.tokenizer import MASK, Tokenizer

        lang, tokenizer = settings.load(self.lang).lang, Tokenizer.load_default()
        self.gpt, self.bert = models.load(BASE), models.load(MODEL)
        lifted = MaskedModel(self.gpt.tokens.num_embeddings, self.gpt.length).eval()
        lifted.load_state_dict(self.gpt.state_dict())
        whole = encode_masked(WHOLE[lang])
        ends = [self.read(encode_masked(text)) for text in ENDS[lang]]
        pair = encode_masked(PAIR[lang])
        both = self.read(pair)
        first = both.gaps[0]
        likely = (-both.chances(both.both)).argsort(kind="stable")[:WORDS].tolist()
        training = models.training(MODEL)
        return GapRuns(
            lang,
            tokenizer.spellings,
            ends,
            FOODS[lang],
            GapRun(
                tokenizer.spell(whole), ends[0].gaps,
                self.run(self.gpt, BASE, whole), self.run(lifted, BASE, whole),
            ),
            self.run(lifted, BASE, [*whole[: ends[0].gaps[0]], MASK, *whole[ends[0].gaps[0] + 1 :]]),
            both,
            [self.read([*pair[:first], one, *pair[first + 1 :]]) for one in likely],
            tokenizer.spell(encode_masked(training.provenance["texts"][lang])[1:]),
            training,
        )  # fmt: skip

    def read(self, ids):
        from nnanim.models.tokenizer import MASK, Tokenizer

        gaps = [at for at, one in enumerate(ids) if one == MASK]
        tokens = Tokenizer.load_default().spell(ids)
        return GapRun(tokens, gaps, self.run(self.gpt, BASE, ids), self.run(self.bert, MODEL, ids))

    def run(self, model, name, ids):
        import torch

        from nnanim.recording import record

        return record(model, torch.tensor([ids]), name=name, seed=models.card(name).seed)

    def story(self, runs):
        return fill_gaps(runs)
