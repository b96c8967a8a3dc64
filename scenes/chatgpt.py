"""From GPT to ChatGPT: a model continues, answers, and is tuned for reward.

Render it with: manim -ql scenes/chatgpt.py
Another question: change the words below, and choose four seeds whose answers are of the four kinds.
"""

from nnanim import models, settings
from nnanim.movie import StoryScene
from nnanim.stories.chat import ChatRuns, ReadTwice, chat

QUESTION = {"en": "what does a cow eat?", "ja": "牛は何を食べますか。"}
RIGHT = {"en": ("grass", "a cow eats grass."), "ja": ("草", "牛は草を食べます。")}  # true: in short, whole
SEEDS = {"en": (2, 405, 4, 6), "ja": (12, 30, 0, 90)}  # true, false, true and polite, false and polite
FILMED = {"en": 0, "ja": 3}  # which of the questions whose answers the training to chats recorded
TRAININGS = {"0": "rlhf-0", "0.1": "rlhf-01", "0.3": "rlhf-03"}  # by the weight of the KL term
SAID = 1  # seed of what the three models say at the end
DRAWS = ((0.7, 1), (0.7, 2))  # temperatures and seeds of continuations
TOKENS = 14  # of each continuation


class ChatGPT(StoryScene):
    title = {"en": "From GPT to ChatGPT", "ja": "GPT から ChatGPT へ"}
    about = {
        "en": "a model that continues text learns to answer, then to please; what is not rewarded is lost",
        "ja": "続きを書くモデルが、答えることを学び、次に報酬を追いかけます。報酬が測らないものは、失われます",
    }
    audience = "first"
    cover = "nonsense"

    def example(self):
        from nnanim.data.texts.chats import Turn, reward_terms
        from nnanim.models.tokenizer import Tokenizer

        lang, encode = settings.load(self.lang).lang, Tokenizer.load_default().encode
        question, base, tuned = QUESTION[lang], models.load("language-model"), models.load("chat")
        said = {
            weight: models.load(name).answer(question, temperature=1.0, seed=SAID)
            for weight, name in TRAININGS.items()
        }
        drawn = [tuned.answer(question, temperature=1.0, seed=seed) for seed in SEEDS[lang]]
        turn = Turn(lang, "eat", (), question, drawn[0], *RIGHT[lang])
        terms = [reward_terms(text, turn, len(encode(text)) + 1) for text in drawn]
        written = [base.generate(question, TOKENS, *draw, lang).removeprefix(question) for draw in DRAWS]
        figures = [models.card(name).figures for name in ("chat", *TRAININGS.values())]
        return ChatRuns(
            lang,
            Tokenizer.load_default().spell(encode(question)),
            [text.strip() for text in written],
            self.read("language-model", "chat", question, drawn[0]),
            models.training("chat"),
            FILMED[lang],
            [*drawn, said["0"]],
            {name: [one[name] for one in terms] for name in terms[0] if any(one[name] for one in terms)},
            self.judge(question, [*drawn, said["0"]]),
            self.read("chat", TRAININGS["0"], question, said["0"]),
            said,
            {weight: models.training(name) for weight, name in TRAININGS.items()},
            {key: [one[f"{lang}.{key}"] for one in figures] for key in ("true", "polite")},
        )

    def read(self, before, after, question, answer):
        import numpy as np
        import torch

        from nnanim.models.gpt import encode_prompt
        from nnanim.models.tokenizer import END, Tokenizer
        from nnanim.recording import record

        tokenizer, prompt = Tokenizer.load_default(), encode_prompt(question)
        ids = [*prompt, *tokenizer.encode(answer), END]
        traces = [
            record(
                models.load(name), torch.tensor([ids[:-1]]), name=name, seed=models.card(name).seed,
                only="output",
            )
            for name in (before, after)
        ]  # fmt: skip
        return ReadTwice(tokenizer.spell(ids), np.array(ids), len(prompt), *traces)

    def judge(self, question, answers):
        from nnanim.models.reward_model import AnswerRewards, encode_answers
        from nnanim.recording import record

        model, seed = AnswerRewards(models.load("reward")), models.card("reward").seed
        return record(model, *encode_answers(question, answers), name="reward", seed=seed, only="output")

    def story(self, runs):
        return chat(runs)
