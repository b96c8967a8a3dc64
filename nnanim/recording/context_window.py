"""What a language model guesses when it may look at its last few words only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nnanim.errors import UserError


@torch.no_grad()
def logits_in_window(
    guess: Callable[[Tensor], Tensor], token_ids: Sequence[int], context: int
) -> npt.NDArray[np.float64]:
    """(place, word) logits after each token when only the last ``context`` of them are read.

    Each row is a run of its own: what is out of sight was never seen.

    Args:
        guess: token ids (1, n) to logits (1, n, words).
        token_ids: the tokens of a text.
        context: how many of them are read at a time.

    Raises:
        UserError: a context below 1, or no text.
    """
    if context < 1 or not len(token_ids):
        raise UserError(f"a context of {context} for {len(token_ids)} tokens; at least 1 of each wanted")
    rows = [
        guess(torch.tensor([list(token_ids[max(0, at + 1 - context) : at + 1])]))[0, -1]
        for at in range(len(token_ids))
    ]
    return np.asarray(torch.stack(rows).double().numpy())
