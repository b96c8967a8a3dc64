"""A voice for the sentences: a function of yours, ``narrate(text, lang)``, that gives a WAV file.

It returns the file's path or its bytes. nnanim brings no voice of its own; the docs have recipes.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import io
import os
import sys
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from nnanim.errors import UserError, nearest
from nnanim.files import atomic

Narrate = Callable[[str, str], "str | os.PathLike[str] | bytes"]
"""Takes a text and its language (``en``, ``ja``); gives a WAV file's path, or its bytes."""

BREATH = 0.35
"""Seconds of silence after a sentence, before the next beat begins."""


@dataclass(frozen=True)
class Speech:
    """A spoken sentence: its WAV file, and its length in seconds."""

    path: Path
    seconds: float


def find_voice(target: str) -> Narrate:
    """The function at ``FILE.py:NAME`` or ``package.module:NAME``.

    Raises:
        UserError: no such file, module or function; the file breaks when it is read.
    """
    where, colon, name = target.rpartition(":")
    if not colon or not where or not name:
        raise UserError(f"{target!r} is not a voice's place; write my.py:narrate or package.module:narrate")
    try:
        module = _from_file(Path(where)) if where.endswith(".py") else importlib.import_module(where)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{where}: {type(error).__name__}: {error}") from error
    narrate = getattr(module, name, None)
    if not callable(narrate):
        known = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise UserError(f"{where} has no function {name!r}{nearest(name, known)}")
    return narrate  # type: ignore[no-any-return]


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UserError(f"there is no file {str(path)!r}")
    name = f"nnanim_voice_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def speak(narrate: Narrate, text: str, lang: str, folder: Path, mark: str = "") -> Speech:
    """``text`` spoken, kept in ``folder``: what was spoken before is not spoken again.

    Args:
        narrate: the voice.
        text: what it says.
        lang: in which language.
        folder: where its files are kept.
        mark: names the voice: with another mark, everything is spoken anew.

    Raises:
        UserError: the voice breaks, or gives no WAV file of PCM samples.
    """
    name = hashlib.sha256(f"{mark}\n{lang}\n{text}".encode()).hexdigest()[:16]
    kept = folder / f"{name}.wav"
    if not kept.is_file():
        try:
            given = narrate(text, lang)
        except Exception as error:
            raise UserError(f"the voice broke at {text!r}: {type(error).__name__}: {error}") from error
        content = _bytes(given, text)
        _seconds(content, text)
        with atomic(kept) as temporary:
            temporary.write_bytes(content)
    return Speech(kept, _seconds(kept.read_bytes(), text))


def _bytes(given: object, text: str) -> bytes:
    if isinstance(given, bytes):
        return given
    if isinstance(given, str | os.PathLike):
        try:
            return Path(given).read_bytes()
        except OSError as error:
            raise UserError(f"the voice gave {str(given)!r} for {text!r}: {error.strerror}") from error
    raise UserError(f"the voice gave {type(given).__name__} for {text!r}; a WAV file's path or bytes wanted")


def _seconds(content: bytes, text: str) -> float:
    try:
        with wave.open(io.BytesIO(content)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError) as error:
        raise UserError(f"the voice gave no WAV file for {text!r}: {error}") from error
