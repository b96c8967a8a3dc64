"""Retrieval: a fact is found, pasted in front of the question, and read.

Render it with: manim -ql scenes/rag.py
Another question: nnanim movie rag --sentence TEXT; another encoder: --hf FOLDER.
Names that nobody has, and other facts: change the words below.
"""

from nnanim import models, settings
from nnanim.movie import StoryScene
from nnanim.stories.rag import Answer, Retrieval, Search, rag

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
ANSWERS, ANOTHER = 0, 4  # index of the fact that answers the question, and of one about somebody else
STORES = 2  # of fifty facts each, in which another encoder is tried


class Rag(StoryScene):
    title = {"en": "Retrieval", "ja": "検索して答える（RAG）"}
    about = {
        "en": "a fact is found, pasted in front of the question, and read; a wrong one is read just so",
        "ja": "事実を探して質問の前に貼ると、モデルは正しく答えます。別の事実なら、まちがえます",
    }
    audience = "course"
    cover = "right"
    chapters = {
        "question": {"en": "A question", "ja": "質問"},
        "vectors": {"en": "The search", "ja": "検索"},
        "paste": {"en": "The answer", "ja": "答え"},
    }

    hf = None  # a folder with a BERT-type encoder of Hugging Face, instead of the little one
    sentence = None  # another question

    def example(self):
        lang = settings.load(self.lang).lang
        question = QUESTION[lang] if self.sentence is None else self.sentence
        facts, plain = FACTS[lang], self.ask(question)
        vectors, search = self.encode(question, facts, lang)
        nearest = int((vectors["output"][1:] @ vectors["output"][0]).argmax())
        figures, own = models.card(READER).figures, self.sentence is None
        return Retrieval(
            question, facts, vectors, plain, self.ask(question, facts[nearest]),
            ANSWERS if own else None, self.ask(question, facts[ANOTHER]) if own else None,
            {case: figures[f"{lang}.{case}"] for case in ("none", "found", "wrong", "three")},
            search,
        )  # fmt: skip

    def encode(self, question, facts, lang):
        from nnanim.models.sentence_encoder import SentenceVectors, encode_padded
        from nnanim.recording import record

        encoder = models.load(ENCODER)
        if self.hf is None:
            ids, seed = encode_padded([question, *facts], encoder.length), models.card(ENCODER).seed
            return record(SentenceVectors(encoder), ids, name=ENCODER, seed=seed, only="output"), None
        from nnanim.recording.huggingface.sentence_vectors import SentenceModel
        from nnanim.training.sentence_encoder import try_search

        other = SentenceModel.load(self.hf)
        hits = try_search(other.embed, lang, STORES)
        shipped = try_search(lambda texts, _: encoder.embed(texts), lang, STORES)
        search = Search(float(hits.mean()), float(shipped.mean()), hits.size, hits.shape[1])
        return other.record(question, facts), search

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
