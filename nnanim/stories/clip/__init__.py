"""The story of CLIP: pictures and sentences in one space.

The question: how can a machine tell which picture and which sentence belong together? The moment to remember:
the table of cosines says nothing, and as the training runs its diagonal lights up, while in the plane beside
it each picture finds its sentence. The end: it names things without ever having been taught a class, and it
mixes up which colour belongs to which thing.

After A. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021); that
such models hardly bind words to each other: M. Yuksekgonul et al., "When and Why Vision-Language Models
Behave Like Bags-of-Words" (2023).
"""

from __future__ import annotations

from collections.abc import Iterator

from nnanim.beats import Beat
from nnanim.marks import Column, Picture, Row, Text
from nnanim.stories.clip.cosines import fill_table, show_encoders
from nnanim.stories.clip.run import ClipRuns
from nnanim.stories.clip.training import show_naming, show_space, show_swap, show_training

__all__ = ["ClipRuns", "clip"]

OFFERED = (2, 0, 5, 1)
"""Sentences that are offered for the first picture."""


def clip(runs: ClipRuns) -> Iterator[Beat]:
    """Tell how pictures and sentences come to lie in one space, and what that is good for, and what not."""
    picture = Picture(runs.pictures(runs.table)[0], key="picture")
    offered = [Text(runs.sentences[i], key=f"offered-{i}", size="large") for i in OFFERED]
    yield Beat(
        {
            "en": "A picture is pixels, a sentence is words. How can a machine tell which belong together?",
            "ja": "画像は画素、文は単語です。どれとどれが合うのか、機械はどう知るのでしょう。",
        },
        Row(Row(picture, scale=1.4), Column(*offered, gap=0.6), gap=1.2),
        id="question",
    )
    yield from show_encoders(runs)
    yield fill_table(runs)
    yield from show_training(runs)
    yield show_naming(runs)
    yield from show_swap(runs)
    yield show_space(runs)
