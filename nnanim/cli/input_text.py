"""Text that goes into a model as the numbers of its tokens, by the tokenizer that stands beside the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnanim.errors import UserError, message_of, quote
from nnanim.files import MAX_MODEL_TEXT, quote_path, read_text

FILE = "tokenizer.json"
ENCODE, DECODE = "encode", "decode"
"""Names of the functions in a model's own file that make numbers of text, and text of numbers."""


@dataclass(frozen=True)
class EncodedText:
    """Text as a model reads it.

    Attributes:
        ids: (1, tokens) whole numbers.
        pieces: the text of each token.
        vocabulary: the text of every token by its number; empty where that is not known.
    """

    ids: NDArray[np.int64]
    pieces: tuple[str, ...]
    vocabulary: tuple[str, ...] = ()


def encode_text(text: str, tokenizer: str | None, model: str | None) -> EncodedText:
    """The tokens of a text.

    Args:
        text: what goes in.
        tokenizer: a tokenizer.json, or the place of a function, ``my.py:encode``; by default what is beside
            the model: tokenizer.json in its folder, or a function ``encode`` in its file.
        model: place of the model, ``my.py:net``.

    Raises:
        UserError: no tokenizer, a damaged one, or no tokens in the text.
    """
    if not text.strip():
        raise UserError("the text that goes in is empty")
    if tokenizer is not None and ":" in Path(tokenizer).name:
        return _call(text, tokenizer)
    file = Path(tokenizer) if tokenizer is not None else _beside(model)
    if file is not None:
        return _of_file(text, file)
    home = (model or "").rpartition(":")[0]
    if home:
        return _call(text, f"{home}:{ENCODE}")
    raise UserError(
        f"text wants a tokenizer: --tokenizer {FILE}, or a function as --tokenizer my.py:{ENCODE}"
    )


def _beside(model: str | None) -> Path | None:
    home = (model or "").rpartition(":")[0]
    folder = Path(home).parent if home.endswith(".py") else Path()
    return folder / FILE if (folder / FILE).is_file() else None


def _of_file(text: str, file: Path) -> EncodedText:
    """The tokens by a tokenizer.json, as Hugging Face's libraries write it."""
    content = read_text(file, MAX_MODEL_TEXT)
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise UserError(f'{quote_path(file)} is read by tokenizers: pip install "nnanim[hf]"') from None
    try:
        loaded = Tokenizer.from_str(content)
        ids = loaded.encode(text).ids
        size = loaded.get_vocab_size()
        every = tuple(_spell(loaded, number) for number in range(size))
    except Exception as error:  # its own errors have no type of theirs
        raise UserError(f"{quote_path(file)} is not a tokenizer: {message_of(error)}") from error
    return _collect(ids, lambda number: every[number] if number < size else f"{number}", every)


def _spell(tokenizer: Any, number: int) -> str:
    return (
        tokenizer.decode([number], skip_special_tokens=False).strip() or tokenizer.id_to_token(number) or ""
    )


def _call(text: str, place: str) -> EncodedText:
    """The tokens by a function of the user's."""
    from nnanim.recording.target import explain_errors, thing_at

    encode = thing_at(place)
    if not callable(encode):
        raise UserError(f"{place} is no function from a text to numbers")
    with explain_errors(place):
        found = encode(text)
        ids = np.asarray(getattr(found, "ids", found))
    if ids.dtype.kind not in "iu" or not ids.size:
        raise UserError(f"{place}({quote(text)}) gives {quote(found)}; whole numbers wanted")
    numbers = [int(one) for one in ids.ravel()]
    home, _, name = place.rpartition(":")
    decode = thing_at(f"{home}:{DECODE}", None) if name == ENCODE else None
    spell: Callable[[int], str] = lambda number: f"{number}"  # noqa: E731
    if callable(decode):
        with explain_errors(place):
            spells = {number: str(decode([number])) for number in set(numbers)}
        spell = spells.__getitem__
    elif len(numbers) == len(text):
        spell = dict(zip(numbers, text, strict=True)).__getitem__
    return _collect(numbers, spell, ())


def _collect(ids: Sequence[int], spell: Callable[[int], str], every: tuple[str, ...]) -> EncodedText:
    if not ids:
        raise UserError("the tokenizer finds no tokens in the text that goes in")
    pieces = tuple(_visible(spell(number)) for number in ids)
    return EncodedText(np.array([ids], dtype=np.int64), pieces, tuple(map(_visible, every)))


def _visible(piece: str) -> str:
    """A piece such that a space or a new line can be seen."""
    return piece.replace("\n", "↵").replace(" ", "␣") if not piece.strip() else piece.replace("\n", "↵")
