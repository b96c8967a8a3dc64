"""Reading a sentence with a Hugging Face model in a folder: ``read(folder, sentence)`` gives a ``Reading``.

Needs transformers: pip install "nnanim[hf]". torch and transformers are loaded when something is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nnanim.recording.huggingface.token_spelling import TokenSpellings

if TYPE_CHECKING:
    from nnanim.recording.huggingface.reader import read
else:

    def read(*arguments: Any, **options: Any) -> Any:
        """Read a sentence: see `nnanim.recording.huggingface.reader.read`."""
        from nnanim.recording.huggingface.reader import read as read_

        return read_(*arguments, **options)


__all__ = ["TokenSpellings", "read"]
