"""Byte pair encoding: text to token numbers and back.

After R. Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units" (2016), with bytes for
characters that it never met, as in T. Kudo and J. Richardson, "SentencePiece" (2018).
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from nnanim.errors import UserError
from nnanim.files import write_text
from nnanim.models import cards
from nnanim.schema import read_json

SPECIAL = ("<pad>", "<end>", "<user>", "<bot>", "<doc>", "<mask>")
PAD, END, USER, BOT, DOC, MASK = range(len(SPECIAL))
BYTES = tuple(f"<0x{value:02X}>" for value in range(256))
FIRST_BYTE = len(SPECIAL)


class Merge(NamedTuple):
    """Two neighbouring pieces that became one, and how often they met in the text at that time."""

    left: str
    right: str
    times: int


class Tokenizer:
    """Pieces of text, numbered: special tokens, 256 bytes, characters, then merged pieces.

    A Latin word keeps the space before it: " cat" is one piece. Text begins as if a space were in front.
    """

    def __init__(self, characters: Iterable[str], merges: Iterable[Merge]) -> None:
        self.characters = tuple(characters)
        self.merges = tuple(merges)
        pieces = dict.fromkeys([*self.characters, *(one.left + one.right for one in self.merges)])
        self.tokens = (*SPECIAL, *BYTES, *pieces)
        self.ids = {piece: at for at, piece in enumerate(self.tokens)}
        self._ranks = {(one.left, one.right): rank for rank, one in reversed([*enumerate(self.merges)])}
        self._joints = {piece[at : at + 2] for piece in pieces for at in range(len(piece) - 1)}
        self._cache: dict[str, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def train(
        cls, corpora: Sequence[tuple[Mapping[str, int], int]], characters: Iterable[str] = ""
    ) -> Tokenizer:
        """Learn which pieces to merge, the most frequent pair first.

        Args:
            corpora: for each language its words with their counts, and the number of merges. No piece
            reaches across a word's end. Latin words begin with a space.
            characters: characters to know besides those of the words.
        """
        known = {character for words, _ in corpora for word in words for character in word}
        merges = [one for words, count in corpora for one in _learn_merges(words, count)]
        return cls(sorted(known | set(characters)), merges)

    def split(self, text: str) -> list[str]:
        """The pieces of a text; a character that is not known falls into its bytes, as "<0xE3>"."""
        pieces: list[str] = []
        for chunk in self._chunks(re.sub(r"^(?= *[A-Za-z0-9])", " ", text)):
            if chunk not in self._cache:
                self._cache[chunk] = tuple(self._merge(chunk))
            pieces.extend(self._cache[chunk])
        return pieces

    def merge_steps(self, text: str) -> list[list[str]]:
        """How a text becomes its pieces: its characters, then the pieces after each merge that it needs."""
        pieces = list(re.sub(r"^(?= *[A-Za-z0-9])", " ", text))
        states = [list(pieces)]
        while pairs := [pair for pair in pairwise(pieces) if pair in self._ranks]:
            first = min(pairs, key=self._ranks.__getitem__)
            merged: list[str] = []
            for piece in pieces:
                if merged and (merged[-1], piece) == first:
                    merged[-1] += piece
                else:
                    merged.append(piece)
            pieces = merged
            states.append(list(pieces))
        return states

    def encode(self, text: str) -> list[int]:
        """The token numbers of a text, without any special token."""
        return [self.ids[piece] for piece in self.split(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of some token numbers; special tokens are left out, broken bytes become "�".

        Raises:
            UserError: a number that no token has.
        """
        content = bytearray()
        for number in ids:
            if not 0 <= number < len(self.tokens):
                raise UserError(f"there is no token {number}: they run from 0 to {len(self.tokens) - 1}")
            if number >= FIRST_BYTE + 256:
                content += self.tokens[number].encode()
            elif number >= FIRST_BYTE:
                content.append(number - FIRST_BYTE)
        return re.sub(r"^ (?= *[A-Za-z0-9])", "", content.decode(errors="replace"))

    def spell(self, ids: Iterable[int]) -> list[str]:
        """Tokens as they are shown: "cat" for a word's beginning, "-s" for letters that go on with a word."""
        return [self.spellings[number] for number in ids]

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """Every token as it is shown."""
        begin = FIRST_BYTE + 256
        return tuple(
            f"-{piece}" if at >= begin and piece.isascii() and piece.isalpha() else piece.strip(" ") or "␣"
            for at, piece in enumerate(self.tokens)
        )

    def of_language(self, language: str) -> list[bool]:
        """Which tokens may occur in a text of one language: "en" or "ja"; the end may in both."""
        if language == "en":
            own = [piece.isascii() for piece in self.tokens]
        elif language == "ja":
            own = [not piece.isascii() or piece.strip().isdigit() for piece in self.tokens]
        else:
            raise UserError(f"the tokenizer knows en, ja, not {language!r}")
        begin = FIRST_BYTE + 256
        return [at == END or (at >= begin and fits) for at, fits in enumerate(own)]

    def save(self, path: Path) -> Path:
        """Write characters and merges as JSON, one merge a line."""
        lines = ",\n    ".join(json.dumps(one, ensure_ascii=False) for one in self.merges)
        characters = json.dumps("".join(self.characters), ensure_ascii=False)
        return write_text(path, f'{{\n  "characters": {characters},\n  "merges": [\n    {lines}\n  ]\n}}\n')

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """Read what ``save`` wrote.

        Raises:
            UserError: the file is missing or damaged.
        """
        try:
            content = read_json(path, dict[str, Any])
            merges = [Merge(str(left), str(right), int(count)) for left, right, count in content["merges"]]
            return cls(str(content["characters"]), merges)
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise UserError(f"the tokenizer cannot be read: {error} ({path})") from error

    @classmethod
    def load_default(cls) -> Tokenizer:
        """The tokenizer of the shipped language models."""
        return _load_once(tokenizer_path())

    def _chunks(self, text: str) -> Iterator[str]:
        """Parts of a text between which no piece can reach: their two characters meet in no piece."""
        start = 0
        for at in range(1, len(text)):
            if text[at - 1 : at + 1] not in self._joints:
                yield text[start:at]
                start = at
        if text:
            yield text[start:]

    def _merge(self, chunk: str) -> Iterator[str]:
        pieces = list(chunk)
        while len(pieces) > 1:
            ranks = [self._ranks.get(pair, len(self._ranks)) for pair in pairwise(pieces)]
            at = ranks.index(min(ranks))
            if ranks[at] == len(self._ranks):
                break
            pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
        for piece in pieces:
            yield from [piece] if piece in self.ids else [BYTES[value] for value in piece.encode()]


def tokenizer_path() -> Path:
    """Where the shipped tokenizer lies."""
    return cards.WEIGHTS / "tokenizer.json"


@cache
def _load_once(path: Path) -> Tokenizer:
    return Tokenizer.load(path)


def _learn_merges(words: Mapping[str, int], count: int) -> Iterator[Merge]:
    """The most frequent pair of neighbours, again and again; of equally frequent ones the last in order."""
    pieces = {word: list(word) for word in words}
    pairs: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], set[str]] = defaultdict(set)

    def add(word: str, sign: int) -> None:
        for pair in pairwise(pieces[word]):
            pairs[pair] += sign * words[word]
            where[pair].add(word)

    for word in words:
        add(word, 1)
    for _ in range(count):
        pair, often = max(pairs.items(), key=lambda item: (item[1], item[0]), default=(("", ""), 0))
        if often < 2:
            return
        yield Merge(*pair, often)
        for word in sorted(where[pair]):
            add(word, -1)
            pieces[word] = _join(pieces[word], pair)
            add(word, 1)


def _join(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    joined: list[str] = []
    for piece in pieces:
        if joined and (joined[-1], piece) == pair:
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined
