"""Retrieval: a fact is found, pasted in front of the question, and read.

Render it with: manim -ql scenes/rag.py
Names that nobody has, and another question: change the words below.
"""

from nnanim import models, settings
from nnanim.movie import StoryScene
from nnanim.stories.rag import Answer, Retrieval, rag

READER, ENCODER = "reader", "sentence-encoder"
QUESTION = {"en": "where does rufi live?", "ja": "ルヤマはどこに住んでいますか。"}
FACTS = {
    "en": (
        "rufi lives by the garden.", "rufi has a map.", "rufi keeps a duck.", "rufi likes red best.",
        "bokuge lives under the bridge.", "bokuge keeps a frog.", "bokuge often eats cake.",
        "sege lives near the school.", "sege has a box.", "sege keeps a horse.", "sege often eats fish.",
    ),
    "ja": (
        "ルヤマは市場の近くに住んでいます。", "ルヤマは本を持っています。", "ルヤマは鳥を飼っています。",
        "ルヤマの好きな色は青です。", "アヤは村に住んでいます。", "アヤは鍵を持っています。",
        "アヤはよく魚を食べます。", "ロリは森に住んでいます。", "ロリは鐘を持っています。",
        "ロリは熊を飼っています。", "ロリの好きな色は黒です。",
    ),
}  # fmt: skip
ANOTHER = 4  # index of the fact about somebody else


class Rag(StoryScene):
    title = {"en": "Retrieval", "ja": "検索して答える（RAG）"}
    cover = "right"
    chapters = {
        "question": {"en": "A question", "ja": "質問"},
        "vectors": {"en": "The search", "ja": "検索"},
        "paste": {"en": "The answer", "ja": "答え"},
    }

    def example(self):
        from nnanim.models.sentence_encoder import SentenceVectors, encode_padded
        from nnanim.recording import record

        lang = settings.load(self.lang).lang
        question, facts, encoder = QUESTION[lang], FACTS[lang], models.load(ENCODER)
        ids = encode_padded([question, *facts], encoder.length)
        vectors = record(
            SentenceVectors(encoder), ids, name=ENCODER, seed=models.card(ENCODER).seed, only="output"
        )
        (found, _), *_ = encoder.find(question, facts)
        figures = models.card(READER).figures
        return Retrieval(
            question, facts, vectors, self.ask(question), self.ask(question, found),
            self.ask(question, facts[ANOTHER]), ANOTHER,
            {case: figures[f"{lang}.{case}"] for case in ("none", "found", "wrong", "three")},
        )  # fmt: skip

    def ask(self, question, *facts):
        import torch

        from nnanim.models.gpt import encode_prompt
        from nnanim.models.tokenizer import Tokenizer
        from nnanim.recording import record

        reader, tokenizer = models.load(READER), Tokenizer.load_default()
        text, prompt = reader.answer(question, facts), encode_prompt(question, facts)
        ids = [*prompt, *tokenizer.encode(text)]
        trace = record(reader, torch.tensor([ids]), name=READER, seed=models.card(READER).seed)
        fact = len(prompt) - len(encode_prompt(question))
        return Answer(trace, tokenizer.spell(ids), fact, len(prompt), text)

    def story(self, run):
        return rag(run)
