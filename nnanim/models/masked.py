"""A masked language model: the language model without its mask, so that each token sees both sides.

After J. Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers" (2019), but for one thing:
BERT reads its guess off the hidden token, this model off the token before it, as the language model does
that it begins as: masked next token prediction, P. BehnamGhader et al., "LLM2Vec" (2024), section 2.
"""

from __future__ import annotations

import re

import torch
from torch import Tensor

from nnanim.errors import UserError
from nnanim.models.gpt import GPT
from nnanim.models.tokenizer import END, MASK, SPECIAL, Tokenizer


class MaskedModel(GPT):
    """Token numbers (batch, length), some of them <mask>, to logits for the token after each of them.

    So a hidden token is guessed at the place before it, and the first one cannot be.
    """

    def mask(self, length: int) -> Tensor | None:
        """Every token sees every other."""
        return None

    @torch.no_grad()
    def fill(self, text: str) -> list[list[tuple[str, float]]]:
        """For each "<mask>" in the text the tokens that may stand there and their probabilities.

        Raises:
            UserError: no mask in the text, or a text that is longer than the context.
        """
        ids = encode_masked(text)
        if MASK not in ids:
            raise UserError(f"there is no {SPECIAL[MASK]} to fill in {text!r}")
        probabilities = self(torch.tensor([ids]))[0].softmax(-1)
        tokens = Tokenizer.load_default().tokens
        found = []
        for at in (place for place, number in enumerate(ids) if number == MASK):
            order = probabilities[at - 1].argsort(descending=True)
            found.append([(tokens[int(one)], float(probabilities[at - 1, one])) for one in order])
        return found


def encode_masked(text: str) -> list[int]:
    """Token numbers of a text behind an end token; "<mask>" stands for a token and the space before it."""
    tokenizer = Tokenizer.load_default()
    ids = [END]
    for at, part in enumerate(re.split(r" ?<mask> ?", text)):
        ids += ([MASK] if at else []) + tokenizer.encode(part)
    return ids
