"""Which names are kept: `only=` and `exclude=`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from nnanim.errors import UserError, nearest
from nnanim.trace.graph import call_path

Patterns = str | Iterable[str] | None


class NameFilter:
    """Names that match one of ``only`` (all when None) and none of ``exclude``.

    A pattern is a name or holds * and ?; "blocks.0" also means everything inside it, and every call of it.
    """

    def __init__(self, only: Patterns, exclude: Patterns) -> None:
        self.only = None if only is None else _as_tuple(only)
        self.exclude = _as_tuple(exclude or ())
        self._matched: set[str] = set()
        self._names: set[str] = set()

    def predicate(self) -> Callable[[str], bool] | None:
        """The function to ask; None when everything is kept."""
        return self.wants if self.only is not None or self.exclude else None

    def wants(self, name: str) -> bool:
        """Whether ``name`` is kept; the model's own input and output are, unless they are excluded."""
        self._names.add(name)
        if any([self._matches(name, pattern) for pattern in self.exclude]):
            return False
        matched = self.only is None or any([self._matches(name, pattern) for pattern in self.only])
        return matched or name.partition("[")[0] in ("input", "output")

    def _matches(self, name: str, pattern: str) -> bool:
        first = call_path(name).partition("[")[0]
        bare = pattern.replace("[", "[[]")
        matched = name == pattern or first == pattern or name.startswith(f"{pattern}.")
        if matched or (fnmatchcase(name, bare) or fnmatchcase(first, bare)):
            self._matched.add(pattern)
            return True
        return False

    def check(self) -> None:
        """Raise UserError for a pattern that matched nothing in the run."""
        for pattern in (*(self.only or ()), *self.exclude):
            if pattern not in self._matched:
                raise UserError(
                    f"nothing in the run is called {pattern!r}{nearest(pattern, sorted(self._names))}"
                )


def _as_tuple(patterns: str | Iterable[str]) -> tuple[str, ...]:
    return (patterns,) if isinstance(patterns, str) else tuple(patterns)
