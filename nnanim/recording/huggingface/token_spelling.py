"""Tokens as a tokenizer cuts them: spaces as ␣, bytes that are no whole character in hex."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, overload

from nnanim import theme
from nnanim.stories.attention.reading import SPACE
from nnanim.words import Words, fill, fonts

SIGNS = {" ": SPACE, "\n": "⏎"}
"""How white space is shown."""

METASPACE = "▁"
"""The space of SentencePiece."""


@lru_cache(maxsize=1)
def byte_alphabet() -> dict[str, int]:
    """The byte that each sign of a byte-level token stands for.

    After A. Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), section 2.2: bytes
    that can be printed stand for themselves, the others for the characters from U+0100 on, in their order.
    """
    printed = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printed]
    return {chr(b): b for b in printed} | {chr(256 + i): b for i, b in enumerate(others)}


def spell(data: bytes) -> tuple[str, bool]:
    """Bytes as they are shown, and whether some are in hex: a space and half of あ are ``"␣ E3 81"``.

    Whole characters are shown as they are; what is no whole character, has no glyph or cannot be seen is hex.
    """
    parts: list[tuple[bool, str]] = []
    for char in data.decode("utf-8", errors="surrogateescape"):
        if char in SIGNS or (char.isprintable() and _has_glyph(char)):
            parts.append((False, SIGNS.get(char, char)))
        else:
            raw = char.encode("utf-8", errors="surrogateescape")
            parts.append((True, " ".join(f"{byte:02X}" for byte in raw)))
    text, before = "", False
    for is_hex, part in parts:
        text += (" " if text and (is_hex or before) else "") + part
        before = is_hex
    return text, any(is_hex for is_hex, _ in parts)


def _has_glyph(char: str) -> bool:
    """Whether the films' font has a glyph for a character: tokens are spelled alike on every system."""
    return fonts.covers(theme.THEMES["dark"].font, char)


class TokenSpellings(Sequence[str]):
    """Every token of a tokenizer's vocabulary as it is shown; it is spelled when somebody looks at it."""

    def __init__(self, tokenizer: Any, count: int | None = None) -> None:
        """Show the tokens of a Hugging Face ``tokenizer``; ``count`` of them where the model knows more."""
        self._tokenizer = tokenizer
        self._count = len(tokenizer) if count is None else count
        self._special = set(tokenizer.all_special_tokens)
        self._bytes = is_byte_level(tokenizer)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, number: int) -> str: ...

    @overload
    def __getitem__(self, number: slice) -> list[str]: ...

    def __getitem__(self, number: int | slice) -> str | list[str]:
        if isinstance(number, slice):
            return [self.spell_token(at)[0] for at in range(self._count)[number]]
        return self.spell_token(range(self._count)[number])[0]

    def spell_token(self, number: int) -> tuple[str, bool]:
        """The token of that number as it is shown, and whether it is shown as bytes."""
        token = self._tokenizer.convert_ids_to_tokens(int(number))
        if not token:
            return f"#{number}", False
        if token in self._special:
            return spell(token.encode())
        if self._bytes and all(char in byte_alphabet() for char in token):
            return spell(bytes(byte_alphabet()[char] for char in token))
        if byte := re.fullmatch(r"<0x([0-9A-Fa-f]{2})>", token):
            return spell(bytes.fromhex(byte[1]))
        return spell(token.replace(METASPACE, " ").encode())


def is_byte_level(tokenizer: Any) -> bool:
    """Whether the tokens of a tokenizer are written in the byte-level alphabet."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        return '"ByteLevel"' in backend.to_str()
    return any(token.startswith("Ġ") for token in tokenizer.get_vocab())


def describe_spelling(
    tokens: Sequence[str], hexed: bool, special: Sequence[str], unknown: str | None
) -> Words | None:
    """What is unusual about a sentence's pieces, as the sentence of the first beat; None for nothing."""
    if unknown is not None and unknown in tokens:
        return fill(
            {
                "en": "Cut into tokens; what the model does not know is {unk}.",
                "ja": "トークンに分けます。モデルが知らない語は {unk} です。",
            },
            unk=unknown,
        )
    if hexed:
        return {
            "en": "Cut into tokens: ␣ is a space, and small print is bytes.",
            "ja": "トークンに分けます。␣ は空白、小さい字はバイトです。",
        }
    if any(token.startswith("##") for token in tokens):
        return {
            "en": "Cut into tokens; ## goes on with a word.",
            "ja": "トークンに分けます。## は単語の続きです。",
        }
    if any(SPACE in token for token in tokens):
        return {"en": "Cut into tokens; ␣ is a space.", "ja": "トークンに分けます。␣ は空白です。"}
    if special:
        return fill(
            {"en": "Cut into tokens; {names} are added.", "ja": "トークンに分け、{names} を加えます。"},
            names=", ".join(dict.fromkeys(special)),
        )
    return None
