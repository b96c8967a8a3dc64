"""Pictures that were steered without and with a word of style, as `nnanim.training.magic_word` recorded them.

Of each picture the latents are kept, from which `world-vae` paints it again.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from nnanim import models
from nnanim.data import captions, world
from nnanim.data.world import COLUMNS, Labels
from nnanim.errors import UserError
from nnanim.models.cards import training_path
from nnanim.models.clip import CLIP
from nnanim.threads import one_thread
from nnanim.trace import Trace

NAME = "magic-word"
PLAIN = ("thing", "colour", "background")
WORDS = ("neon", "striped", "pixel", "sticker")
SHOWN = (
    {"thing": "star", "colour": "yellow", "background": "night"},
    {"thing": "tree", "colour": "green", "background": "snow"},
    {"thing": "flower", "colour": "pink", "background": "meadow"},
    {"thing": "house", "colour": "purple", "background": "sunset"},
    {"thing": "mushroom", "colour": "red", "background": "meadow"},
)
"""What the prompts ask for."""


class SentenceEmbeddings(nn.Module):
    """Word numbers (n, 20) to the embeddings (n, 128) of length 1 with which a CLIP steers.

    They are given in float64, since small differences of them are taken.
    """

    def __init__(self, clip: CLIP) -> None:
        super().__init__()
        self.clip = clip

    def forward(self, numbers: Tensor) -> Tensor:
        """The embeddings."""
        return self.clip.embed_numbers(numbers).double()


def style_words(language: str) -> list[str]:
    """The four words of style, as prompts say them."""
    return [captions.WORDS["style"][language][COLUMNS["style"].index(word)] for word in WORDS]


def shown_prompts(language: str) -> list[list[str]]:
    """(5, 5) each prompt without a word of style, then with each of four."""
    rows = np.concatenate([world.labels(**one) for one in SHOWN])
    return [[captions.caption(row, language, PLAIN), *with_words(row, language)] for row in rows]


def with_words(row: Labels, language: str) -> list[str]:
    """The prompt of some labels with each word of style."""
    made = []
    for word in WORDS:
        styled = row.copy()
        styled[list(COLUMNS).index("style")] = COLUMNS["style"].index(word)
        made.append(captions.caption(styled, language, (*PLAIN, "style")))
    return made


def load_record() -> Trace:
    """What was recorded.

    Raises:
        UserError: the record is missing, or cannot be read.
    """
    path = training_path(NAME)
    if not path.is_file():
        raise UserError(f"the record {path} is missing; run: python -m nnanim.training.magic_word")
    return Trace.load(path)


@one_thread()
def paint_shown(record: Trace, language: str) -> Trace:
    """The recorded pictures, painted again and judged.

    Returns:
        A Trace with ``shown`` (5, 5, 64, 64, 3), the ``style`` (5, 5, 5) that the judge sees in them, as
        probabilities, ``path`` (steps, 2, 64, 64, 3) and ``step`` (steps,).
    """
    vae = models.load_shared("world-vae")

    def paint(name: str) -> np.ndarray:
        latents = torch.from_numpy(np.array(record[f"{name}.{language}"])).float()
        with torch.no_grad():
            pictures = vae.decode(latents.flatten(0, 1))  # type: ignore[operator]
        return pictures.permute(0, 2, 3, 1).unflatten(0, latents.shape[:2]).contiguous().numpy()

    pixels, shown = ("row", "column", "colour"), paint("latents")
    with torch.no_grad():
        seen = models.load_shared("judge")(torch.from_numpy(shown).flatten(0, 1).permute(0, 3, 1, 2))
    style = seen[list(COLUMNS).index("style")].softmax(1).unflatten(0, shown.shape[:2]).numpy()
    also = {name: models.card(name).parameters for name in ("world-vae", "judge")}
    return Trace.of(
        {"shown": shown, "style": style, "path": paint("path"), "step": np.array(record["step"])},
        axes={
            "shown": ("prompt", "word", *pixels), "style": ("prompt", "word", "style"),
            "path": ("step", "picture", *pixels), "step": ("step",),
        },
        provenance={**record.provenance, "also": also},
    )  # fmt: skip


def style_indices() -> tuple[int, ...]:
    """The index of each word among the world's styles."""
    return tuple(COLUMNS["style"].index(word) for word in WORDS)
