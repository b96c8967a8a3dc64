"""Finding a model by where it stands: ``my.py:net`` or ``package.module:net``."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from nnanim.errors import UserError, message_of, nearest


def model_at(target: str, seed: int = 0) -> nn.Module:
    """The model at ``FILE.py:NAME`` or ``package.module:NAME``; a class or function is called to make it.

    Args:
        target: where it stands; NAME may have dots, as in ``net.encoder``.
        seed: of torch's random numbers while the module is imported and the model is made.

    Raises:
        UserError: no such file, module or name; the file breaks; it is not a model and makes none.
    """
    where, colon, name = target.rpartition(":")
    if not colon or not where or not name:
        raise UserError(f"{target!r} is not a model's place; write my.py:net or package.module:net")
    # A module that fails or draws random numbers leaves torch's own as they were.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _make_model(_find_name(_import_module(where), where, name), where, name)


def thing_at(place: str, *default: Any) -> Any:
    """What stands at ``FILE.py:NAME`` or ``package.module:NAME``, whatever it is.

    Args:
        place: where it stands.
        default: what to give where the module has no such name, instead of an error.

    Raises:
        UserError: no such file, module or name; the file breaks.
    """
    where, _, name = place.rpartition(":")
    with torch.random.fork_rng(devices=[]):
        module = _import_module(where)
        return getattr(module, name, *default) if default else _find_name(module, where, name)


def _import_module(where: str) -> ModuleType:
    path = Path(where)
    with _search_path(path.parent if where.endswith(".py") else Path()), explain_errors(where):
        if where.endswith(".py"):
            return _import_file(path)
        try:
            return importlib.import_module(where)
        except ModuleNotFoundError as error:
            if error.name and (where == error.name or where.startswith(f"{error.name}.")):
                raise UserError(
                    f"there is no module {where!r}; a file is written as {where}.py:NAME"
                ) from None
            raise


def _import_file(path: Path) -> ModuleType:
    if not path.is_file():
        there = [str(one) for one in path.parent.glob("*.py")] if path.parent.is_dir() else []
        raise UserError(f"there is no file {str(path)!r}{nearest(str(path), there)}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def _search_path(folder: Path) -> Iterator[None]:
    """A block in which modules beside the file, or in the working folder, can be imported."""
    sys.path.insert(0, str(folder.absolute()))
    try:
        yield
    finally:
        with suppress(ValueError):  # the module has set the path anew
            sys.path.remove(str(folder.absolute()))


@contextmanager
def explain_errors(where: str) -> Iterator[None]:
    """What goes wrong in the user's own code, told in one line with its place."""
    try:
        yield
    except UserError:
        raise
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # sys.exit() in somebody's module must not end us without a word
        text = error.msg if isinstance(error, SyntaxError) else message_of(error)
        raise UserError(f"{where}{_line(error, where)}: {type(error).__name__}: {text}") from error


def _line(error: BaseException, where: str) -> str:
    if isinstance(error, SyntaxError):
        return f", line {error.lineno}"
    wanted = Path(where).absolute() if where.endswith(".py") else None
    lines = [
        f.lineno
        for f in traceback.extract_tb(error.__traceback__)
        if wanted and Path(f.filename).absolute() == wanted
    ]
    return f", line {lines[-1]}" if lines else ""


def _find_name(module: ModuleType, where: str, name: str) -> Any:
    found: Any = module
    for part in name.split("."):
        with explain_errors(where):  # attributes may be computed by the user's own code
            if not hasattr(found, part):
                raise UserError(f"{where} has no {name!r}{nearest(part, _candidates(found))}")
            found = getattr(found, part)
    return found


def _candidates(thing: Any) -> list[str]:
    """Names in a module or model that could be meant: models first, or whatever it has."""
    if isinstance(thing, nn.Module):
        return [name for name, _ in thing.named_children()]
    public = {name: value for name, value in vars(thing).items() if not name.startswith("_")}
    models = [name for name, value in public.items() if _is_model(value) and value is not nn.Module]
    return models or [name for name, value in public.items() if not inspect.ismodule(value)]


def _is_model(value: Any) -> bool:
    return isinstance(value, nn.Module) or (inspect.isclass(value) and issubclass(value, nn.Module))


def _make_model(found: Any, where: str, name: str) -> nn.Module:
    if isinstance(found, nn.Module):
        return found
    if not callable(found):
        raise UserError(f"{where}:{name} is {_kind(found)}; a torch.nn.Module wanted, or what makes one")
    wanted = [
        one.name
        for one in _parameters(found)
        if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    if wanted:
        raise UserError(
            f"{where}:{name} wants arguments ({', '.join(wanted)}); "
            "write a function without any that makes the model"
        )
    with explain_errors(where):
        made = found()
    if not isinstance(made, nn.Module):
        raise UserError(f"{where}:{name}() gives {_kind(made)}; a torch.nn.Module wanted")
    return made


def _parameters(function: Any) -> list[inspect.Parameter]:
    """The parameters of a function; none where they are unknown, as of some that are written in C."""
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def _kind(thing: Any) -> str:
    return "None" if thing is None else f"a {type(thing).__name__}"
