"""Where the scenes are, and how one is loaded from its file."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

from nnanim.errors import UserError, nearest

if TYPE_CHECKING:
    from nnanim.movie import StoryScene

_HERE = Path(__file__).parent


def folder() -> Path:
    """The folder of the scenes that come with nnanim: in a checkout, or inside an installed package.

    Raises:
        UserError: neither is there.
    """
    for place in (_HERE / "_scenes", _HERE.parent / "scenes"):
        if place.is_dir():
            return place
    raise UserError("the scenes that come with nnanim are not there; install it again")


def names() -> list[str]:
    """Names of the scenes that come with nnanim."""
    return sorted(path.stem for path in folder().glob("*.py") if not path.stem.startswith("_"))


def path(name: str) -> Path:
    """The file of a scene: one of nnanim's by its name, or any ``.py`` file.

    Raises:
        UserError: there is no such scene or file.
    """
    if name.endswith(".py"):
        if not Path(name).is_file():
            raise UserError(f"there is no file {name!r}")
        return Path(name)
    if name not in names():
        raise UserError(f"there is no scene {name!r}{nearest(name, names())}")
    return folder() / f"{name}.py"


def load(name: str) -> type[StoryScene]:
    """The StoryScene in a scene file (the first one defined there).

    Raises:
        UserError: no such file, the file breaks when it is read, or it holds no StoryScene.
    """
    return load_all(name)[0]


def load_all(name: str) -> list[type[StoryScene]]:
    """Every StoryScene in a scene file, in the order of its lines; raises as ``load``."""
    from nnanim.movie import StoryScene

    file = path(name)
    module = _module(file)
    found = [
        thing
        for thing in vars(module).values()
        if inspect.isclass(thing) and issubclass(thing, StoryScene) and thing.__module__ == module.__name__
    ]
    if not found:
        raise UserError(f"{file} has no StoryScene; write 'class {file.stem.title()}(StoryScene): …'")
    return found


class _Fresh(SourceFileLoader):
    """Reads the source each time: kept bytecode takes an edit of the same second and length for none."""

    def get_code(self, fullname: str) -> CodeType:
        """The module's code, compiled from what stands in the file now."""
        return self.source_to_code(self.get_data(self.path), self.path)


def _module(file: Path) -> ModuleType:
    name = f"nnanim_scene_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file, loader=_Fresh(name, str(file)))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    # As under manim, a scene can import what lies beside it.
    sys.path.insert(0, str(file.parent.absolute()))
    try:
        spec.loader.exec_module(module)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{file}{_line(error, file)}: {type(error).__name__}: {_said(error)}") from error
    finally:
        sys.path.remove(str(file.parent.absolute()))
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


def _said(error: BaseException) -> str:
    """What an error says; a SyntaxError without its place, which is told already."""
    return str(error.msg if isinstance(error, SyntaxError) else error)


def located(error: Exception, file: Path) -> UserError:
    """An error that came out of a scene's own code, as one line that says where."""
    if isinstance(error, UserError):
        return error
    return UserError(f"{file}{_line(error, file)}: {type(error).__name__}: {_said(error)}")


def tell(name: str, *, cached: bool = False) -> Any:
    """The Story of a scene, told without rendering it; ``cached`` as in ``StoryScene.told``.

    Raises:
        UserError: as ``load``; or its example or story breaks.
    """
    scene = load(name)
    try:
        return scene.told(cached=cached)
    except Exception as error:
        raise located(error, path(name)) from error
