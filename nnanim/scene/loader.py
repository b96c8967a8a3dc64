"""Where the scenes are, and how one is loaded from its file."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from nnanim.beats import Story
from nnanim.errors import UserError, nearest
from nnanim.scene.reads import is_installed, record_reads
from nnanim.scene.source import StoryDraft, StorySource
from nnanim.scene.source_check import user_modules
from nnanim.scene.trace_cache import READS
from nnanim.shelf import Shelf

SCENES = Shelf("scene", ".py", "short")
names, short_names = SCENES.names, SCENES.short_names


def path(name: str) -> Path:
    """The file of a scene of that name, or a file of one's own.

    Raises:
        UserError: there is none; or the name is a model's, as ``my.py:net``.
    """
    return SCENES.path(name)


def load(name: str) -> type[StorySource]:
    """The StoryScene in a scene file (the first one defined there).

    Raises:
        UserError: no such file, the file breaks when it is read, or it holds no StoryScene.
    """
    return load_all(name)[0]


def load_all(name: str) -> list[type[StorySource]]:
    """Every StoryScene in a scene file, in the order of its lines; raises as ``load``."""
    file = path(name)
    module = _module(file)
    found = [
        thing
        for thing in vars(module).values()
        if inspect.isclass(thing) and issubclass(thing, StorySource) and thing.__module__ == module.__name__
    ]
    if not found:
        raise UserError(f"{file} has no StoryScene; write 'class {file.stem.title()}(StoryScene): …'")
    return found


def choose(name: str, class_name: str | None = None) -> type[StorySource]:
    """The scene in a file: the first, or the one of that name.

    Raises:
        UserError: as ``load``; or it has no scene of that name.
    """
    found = load_all(name)
    for one in found:
        if class_name in (None, one.__name__):
            return one
    raise UserError(
        f"{path(name)} has no scene {class_name!r}{nearest(str(class_name), [one.__name__ for one in found])}"
    )


class _FromSource(SourceFileLoader):
    """Reads the source each time: kept bytecode takes an edit of the same second and length for none."""

    def get_code(self, fullname: str) -> CodeType:
        """The module's code, compiled from what stands in the file now."""
        return self.source_to_code(self.get_data(self.path), self.path)


class _OwnModules:
    """Finds modules that came with no package, to be read from their source."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module where it is a plain file of its author's; None leaves it to others."""
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader or is_installed(str(spec.origin)):
            return None
        spec.loader = _FromSource(name, str(spec.origin))
        return spec


_imported: set[str] = set()
"""Modules of their authors' that scenes have imported."""


@contextmanager
def fresh_imports() -> Iterator[None]:
    """A block in which what other scenes have imported from their authors' files is read again.

    A process makes many films: what a scene finds must be what stands in its files now, and must be seen.
    """
    for name in _imported:
        sys.modules.pop(name, None)
    _imported.clear()
    importlib.invalidate_caches()
    before = set(sys.modules)
    sys.meta_path.insert(0, _OwnModules)
    try:
        yield
    finally:
        sys.meta_path.remove(_OwnModules)
        new = user_modules().keys() - before
        _imported.update(name for name in new if not name.startswith("nnanim_scene_"))


def _module(file: Path) -> ModuleType:
    name = f"nnanim_scene_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file, loader=_FromSource(name, str(file)))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    # As under manim, a scene can import what lies beside it.
    beside = str(file.parent.absolute())
    sys.path.insert(0, beside)
    try:
        with fresh_imports(), record_reads() as reads:
            spec.loader.exec_module(module)
        setattr(module, READS, reads)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{file}{_line(error, file)}: {type(error).__name__}: {_message(error)}") from error
    finally:
        sys.path.remove(beside)
    return module


def _line(error: BaseException, file: Path) -> str:
    """``, line 12``: the last line of ``file`` that the error passed through."""
    if (
        isinstance(error, SyntaxError)
        and error.filename
        and Path(error.filename).absolute() == file.absolute()
    ):
        return f", line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).absolute() == file.absolute()]
    return f", line {lines[-1]}" if lines else ""


def _message(error: BaseException) -> str:
    """What an error says; a SyntaxError without its place, which is told already."""
    return str(error.msg if isinstance(error, SyntaxError) else error)


def name_line(error: UserError, file: Path) -> None:
    """Let a mistake say at which line of a scene of one's own it was found, where it came out of its code."""
    if line := _line(error, file):
        error.args = (f"{error} ({file.name}{line})",)


def add_line(error: Exception, file: Path) -> Exception:
    """An error that came out of a scene's own code, as one line that says where; any other as it is."""
    line = _line(error, file)
    if isinstance(error, UserError) or not line:
        return error
    return UserError(f"{file}{line}: {type(error).__name__}: {_message(error)}")


def build_story(
    name: str,
    options: Mapping[str, Any] | None = None,
    *,
    class_name: str | None = None,
    cached: bool = False,
) -> Story:
    """The story of a scene, without rendering it; ``cached`` as in ``StorySource.build_story``.

    Raises:
        UserError: as ``choose``; or its example or story breaks.
    """
    scene = choose(name, class_name)
    with naming_lines_of(path(name)):
        return scene.build_story(options, cached=cached)


def draft_story(
    name: str,
    options: Mapping[str, Any] | None = None,
    *,
    class_name: str | None = None,
    cached: bool = False,
) -> StoryDraft:
    """The same, told but once.

    Raises:
        UserError: as ``choose``; or its example or story breaks.
    """
    scene = choose(name, class_name)
    with naming_lines_of(path(name)):
        return scene.draft_story(options, cached=cached)


@contextmanager
def naming_lines_of(file: Path) -> Iterator[None]:
    """A block in which what the code of a scene's file raises becomes one line that says where."""
    try:
        yield
    except UserError as error:
        if not SCENES.has(file):
            name_line(error, file)
        raise
    except OSError:
        raise
    except Exception as error:
        raise add_line(error, file) from error
