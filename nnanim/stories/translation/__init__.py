"""The story of translation: an encoder reads, a decoder looks at it and writes, and their lines cross."""

from nnanim.stories.translation.run import Learning, Translation, Translations
from nnanim.stories.translation.story import translation

__all__ = ["Learning", "Translation", "Translations", "translation"]
