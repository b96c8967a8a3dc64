"""What went wrong, told to the person who can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(ValueError):
    """A mistake that its reader can mend: one line with what was asked, what exists and where.

    The command line prints it without a traceback and exits with 2.
    """


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The end of an error message: ``; nearest: 'a', 'b'``, or what there is, or nothing at all.

    Args:
        word: the name that was not found.
        candidates: the names that exist.
    """
    names = list(dict.fromkeys(candidates))
    close = get_close_matches(word, names, n=3, cutoff=0.5)
    if close:
        return "; nearest: " + ", ".join(repr(name) for name in close)
    if not names:
        return ""
    shown = ", ".join(repr(name) for name in names[:8])
    return f"; there is: {shown}" + (f" and {len(names) - 8} more" if len(names) > 8 else "")
