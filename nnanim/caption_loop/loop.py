"""The loop itself: any painter, any captioner, round after round, until a state comes back.

**Rounds.** Round 0 is the start picture and its caption. Round n shows the picture painted from the prompt of
round n - 1, and the caption of that. ``max_rounds`` counts paintings, so a run has at most ``max_rounds + 1``
rounds.

**Chance.** All of it comes from the caller's seed. With ``noise="fixed"`` every round paints with ``seed``;
with ``noise="fresh"`` round n paints with ``round_seed(seed, n)``. A captioner is a plain function.

**When it repeats.** The state after a round is all that the next one depends on:

- fixed noise: the prompt alone, so a prompt that was there before closes a cycle, however long: every state
  is kept with its round, and the length is the exact number of rounds between. Different captions with the
  same prompt (the same first phrase) are the same state.
- captioners that take turns, such as English and Japanese: the prompt and whose turn is next. With two of
  them the shortest cycle is two rounds.
- fresh noise: the round's number is part of the state, and no state comes back. The same sentence twice says
  nothing for certain about the next round, so that only the limit ends such a run; ``LoopEnd.unchanged`` says
  for how many rounds the last prompt has stood.

How the captioner sees the pictures (``seen``) is the same in every round, and so no part of a state.

This holds when painter and captioner give the same for the same, as the built-in ones do. On a graphics card
last digits may differ from run to run; a closed cycle then says that the prompt came back, which is a fact.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray
from PIL import Image

from nnanim.caption_loop.prompts import clean_caption, find_part
from nnanim.errors import UserError, nearest
from nnanim.images import Picture, load_picture, to_picture
from nnanim.orientation import UPRIGHT, Look, find_orientation

NOISES = ("fixed", "fresh")

Embedding = NDArray[np.float32]
Embed = Callable[[Picture], Any]


class PaintFunction(Protocol):
    """A sentence and a seed to a picture: the same picture for the same sentence and seed.

    It may give a PIL image or an array (height, width, 3) of bytes or of floats 0..1. ``negative_prompt`` is
    only passed when the caller gives one. An attribute ``side`` says how many pixels wide and high the start
    picture is made; a method ``shorten_prompt(prompt)`` cuts a prompt to what it can take.
    """

    def __call__(self, prompt: str, seed: int, **options: Any) -> Any:
        """Paint."""


class DescribeFunction(Protocol):
    """A picture, (height, width, 3) bytes, to a sentence: the same sentence for the same picture."""

    def __call__(self, picture: Picture) -> str:
        """Describe."""


class BackendError(UserError):
    """A painter or a captioner failed; the message names the round. The rounds before it are whole."""


@dataclass(frozen=True)
class LoopEnd:
    """How a run ended.

    Attributes:
        kind: "fixed point" (a cycle of one round), "cycle", "limit", "stopped" (by the user) or "failed".
        length: rounds in the cycle; 0 for the other kinds.
        since: round whose state came back; the cycle is rounds ``since + 1 .. since + length``, 0 otherwise.
        unchanged: how many rounds, the last included, the last prompt has stood unchanged (at least 1).
        says: what failed, for the kind "failed".
    """

    kind: Literal["fixed point", "cycle", "limit", "stopped", "failed"]
    length: Annotated[int, Meta(ge=0)] = 0
    since: Annotated[int, Meta(ge=0)] = 0
    unchanged: Annotated[int, Meta(ge=1)] = 1
    says: str = ""


@dataclass(frozen=True, eq=False)
class Round:
    """One turn of the loop.

    Attributes:
        number: 0 is the start picture.
        picture: (height, width, 3) bytes, upright, however the captioner saw it.
        caption: its caption.
        prompt: the part of the caption that is painted next.
        embedding: (width,) of the picture, length 1.
        similarity_first: cosine of the embeddings of this picture and the start picture, -1..1.
        similarity_last: the same with the picture one round before (1 for round 0).
        seed: seed of the noise the picture was painted from; None for the start picture.
        seconds: time this round took.
        end: how the run ended, on its last round; None on all others.
    """

    number: int
    picture: Picture
    caption: str
    prompt: str
    embedding: Embedding
    similarity_first: float
    similarity_last: float
    seed: int | None
    seconds: float
    end: LoopEnd | None = None


def round_seed(seed: int, number: int) -> int:
    """The seed of a round with ``noise="fresh"``: 32 bits of numpy's SeedSequence((seed, number))."""
    return int(np.random.SeedSequence((seed, number)).generate_state(1)[0])


def caption_loop(
    image: str | os.PathLike[str] | Image.Image | Picture,
    painter: PaintFunction | Callable[..., Any],
    captioner: DescribeFunction | Sequence[DescribeFunction],
    *,
    seed: int,
    max_rounds: int,
    caption: str | Callable[[str], str] = "full",
    negative_prompt: str | None = None,
    noise: str = "fixed",
    seen: str | Look = UPRIGHT,
    embed: Embed | None = None,
    past: Sequence[Round] = (),
) -> Iterator[Round]:
    """Describe and paint in turn until a state comes back or ``max_rounds`` pictures are painted.

    Args:
        image: the start picture: a file, a PIL image, or an array (height, width, 3). It is cut to its middle
            square and made ``painter.side`` pixels wide, if the painter has a side (see `load_picture`).
        painter: see `PaintFunction`.
        captioner: see `DescribeFunction`; several take turns, the first one describing the start picture.
        seed: all chance comes from it; see the module.
        max_rounds: maximum number of pictures to paint.
        caption: the part of a caption that is painted: "full", "first phrase", or a function of the caption
            that always gives the same for the same.
        negative_prompt: what the painter is to avoid, if it can.
        noise: "fixed" or "fresh".
        seen: how the captioner sees every picture, the start picture too: a name of
            `nnanim.orientation.ORIENTATIONS`, or a function of the picture.
        embed: upright picture to vector; by default the captioner's own ``embed``, or `embed_pixels`.
        past: the rounds of this very run that are there already; the loop continues after them.

    Yields:
        Round by round, each as soon as it is there; the last one carries its ``end``. Closing the iterator
        stops the run; nothing is left open.

    Raises:
        UserError: the picture cannot be read, or an argument is wrong; at once, before any round.
        BackendError: painter, captioner or embed raised, or gave something of no use; the round is named.
    """
    speakers = tuple(captioner) if isinstance(captioner, Sequence) else (captioner,)
    _check(seed, max_rounds, noise, speakers)
    embedding: Embed = embed or getattr(speakers[0], "embed", None) or embed_pixels
    parts = _Parts(painter, speakers, embedding, find_part(caption), noise, find_orientation(seen))
    options = {} if negative_prompt is None else {"negative_prompt": negative_prompt}
    start = None if past else load_picture(image, getattr(painter, "side", None))
    return _run_rounds(parts, start, seed, max_rounds, options, list(past))


@dataclass(frozen=True)
class _Parts:
    """What one round needs."""

    painter: Callable[..., Any]
    speakers: tuple[DescribeFunction, ...]
    embed: Embed
    select: Callable[[str], str]
    noise: str
    look: Look

    def state(self, number: int, prompt: str) -> tuple[Any, ...]:
        """All that the rounds after ``number`` depend on."""
        return (prompt, number) if self.noise == "fresh" else (prompt, number % len(self.speakers))


def _run_rounds(
    parts: _Parts, start: Picture | None, seed: int, limit: int, options: dict[str, Any], past: list[Round]
) -> Iterator[Round]:
    states = {parts.state(one.number, one.prompt): one.number for one in past}
    if past and len(states) < len(past):
        return
    first = past[0].embedding if past else None
    last = past[-1] if past else None
    unchanged = count_unchanged([one.prompt for one in past]) if past else 0
    for number in range(len(past), limit + 1):
        started = time.perf_counter()
        noise = None if number == 0 else seed if parts.noise == "fixed" else round_seed(seed, number)
        picture = start if last is None else _paint(parts, last.prompt, number, noise, options)
        assert picture is not None, "only a run without rounds lacks its start picture"
        sentence, prompt = _describe(parts, picture, number)
        embedding = _embed(parts, picture, number)
        first = embedding if first is None else first
        unchanged = unchanged + 1 if last is not None and last.prompt == prompt else 1
        before = states.setdefault(parts.state(number, prompt), number)
        seconds = time.perf_counter() - started
        last = Round(
            number, picture, sentence, prompt, embedding, _cosine(embedding, first),
            1.0 if last is None else _cosine(embedding, last.embedding), noise, seconds,
            _end(number, before, limit, unchanged),
        )  # fmt: skip
        yield last
        if last.end is not None:
            return


def find_cycle(prompts: Sequence[str], turns: int = 1) -> tuple[int, int] | None:
    """Where fixed noise closes a cycle: the round whose state comes back first, and the exact length.

    Args:
        prompts: of rounds 0, 1, …
        turns: captioners that take turns.
    """
    rounds: dict[tuple[str, int], int] = {}
    for number, prompt in enumerate(prompts):
        before = rounds.setdefault((prompt, number % turns), number)
        if before < number:
            return before, number - before
    return None


def count_unchanged(prompts: Sequence[str]) -> int:
    """For how many rounds the last of some prompts has stood."""
    return next((k for k, prompt in enumerate(reversed(prompts)) if prompt != prompts[-1]), len(prompts))


def _end(number: int, before: int, limit: int, unchanged: int) -> LoopEnd | None:
    if before < number:
        length = number - before
        return LoopEnd("fixed point" if length == 1 else "cycle", length, before, unchanged)
    return LoopEnd("limit", unchanged=unchanged) if number == limit else None


def _paint(parts: _Parts, prompt: str, number: int, seed: int | None, options: dict[str, Any]) -> Picture:
    try:
        return to_picture(parts.painter(prompt, seed=seed, **options))
    except Exception as error:
        raise BackendError(f"round {number}: the painter failed: {_line(error)}") from error


def _describe(parts: _Parts, picture: Picture, number: int) -> tuple[str, str]:
    """The caption, and the part of it that is painted next."""
    try:
        # Convolutions round by the order in memory, and a turned array is only another order.
        shown = np.ascontiguousarray(parts.look(picture))
        caption = parts.speakers[number % len(parts.speakers)](shown)
    except Exception as error:
        raise BackendError(f"round {number}: the captioner failed: {_line(error)}") from error
    if not isinstance(caption, str):
        raise BackendError(f"round {number}: the captioner gave a {type(caption).__name__}, not a sentence")
    sentence = clean_caption(caption)
    if not sentence:
        raise BackendError(f"round {number}: the captioner said nothing")
    prompt = parts.select(sentence)
    if isinstance(prompt, str) and hasattr(parts.painter, "shorten_prompt"):
        prompt = parts.painter.shorten_prompt(prompt)
    if not isinstance(prompt, str) or not prompt.strip():
        raise BackendError(f"round {number}: nothing is left of the caption {sentence!r} for the painter")
    return sentence, prompt


def _embed(parts: _Parts, picture: Picture, number: int) -> Embedding:
    try:
        vector = np.asarray(parts.embed(picture), dtype=np.float32).reshape(-1)
    except Exception as error:
        raise BackendError(f"round {number}: the embedding failed: {_line(error)}") from error
    length = float(np.linalg.norm(vector))
    if not vector.size or not np.isfinite(length):
        raise BackendError(f"round {number}: the embedding is empty or not finite")
    return np.asarray(vector / (length or 1.0), dtype=np.float32)


def embed_pixels(picture: Picture) -> Embedding:
    """The embedding where there is no better one: 16×16 pixels minus their mean; (768,)."""
    small = Image.fromarray(picture).resize((16, 16), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.float32).reshape(-1) / 255
    return np.asarray(values - values.mean(), dtype=np.float32)


def _cosine(one: Embedding, other: Embedding) -> float:
    return float(np.clip(np.dot(one.astype(np.float64), other.astype(np.float64)), -1, 1))


def _line(error: Exception) -> str:
    """An exception as one line."""
    line = " ".join(str(error).split())
    return line if isinstance(error, UserError) and line else f"{type(error).__name__}: {line}".rstrip(": ")


def _check(seed: int, max_rounds: int, noise: str, speakers: tuple[DescribeFunction, ...]) -> None:
    if noise not in NOISES:
        raise UserError(f"noise={noise!r} is not known{nearest(str(noise), NOISES)}")
    if not 0 <= seed < 2**32:
        raise UserError(f"seed={seed}; a seed is a whole number from 0 to 2^32 - 1")
    if max_rounds < 1:
        raise UserError(f"max_rounds={max_rounds}; it takes at least one round")
    if not speakers:
        raise UserError("a loop needs a captioner")
