"""``nnanim new``: a scene of your own, begun as a copy of one of nnanim's."""

from __future__ import annotations

import ast
import keyword
import re
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import click

from nnanim.errors import UserError
from nnanim.files import RESERVED, write_text
from nnanim.scene import loader
from nnanim.terminal import console


@click.command()
@click.argument("name")
@click.option(
    "--from",
    "source",
    default="perceptron",
    show_default=True,
    metavar="SCENE|DATA.csv",
    help="What to copy; or a table whose last column a network learns.",
)
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def new(name: str, source: str, force: bool) -> None:
    """Copy a scene into this folder as NAME.py, to change its network, data and words.

    `--from gradient_descent` and other short scenes show how beats, marks and a playback are written.
    """
    stem = name.removesuffix(".py")
    if not stem.isidentifier() or keyword.iskeyword(stem):
        raise UserError(f"{name!r} cannot be a scene's name: letters, digits and _ only, a letter first")
    if stem.lower() in RESERVED:
        raise UserError(f"{stem}.py is a name that Windows keeps for a device; choose another name")
    if _hides(stem):
        raise UserError(f"{stem}.py would hide the module {stem!r} from Python; choose another name")
    target = Path(f"{stem}.py")
    if target.exists() and not force:
        raise UserError(f"{target} is already there; choose another name, or overwrite it with --force")
    if source.lower().endswith(".csv"):
        from nnanim.cli.csv_scene import write_scene

        kind = "".join(part[:1].upper() + part[1:] for part in stem.split("_"))
        write_text(target, write_scene(source, stem, f"{kind}Scene"))
    else:
        original = loader.path(source)
        write_text(target, rename_scene(original.read_text(encoding="utf-8"), original, stem))
    out = console()
    out.print(str(target))
    out.print(f"change it, then: nnanim movie {target} -ql   (or: manim -ql {target})")


def rename_scene(text: str, original: Path, stem: str) -> str:
    """The text of a scene file for ``stem``: its class and the commands in its docstring renamed."""
    tree = ast.parse(text)
    name = "".join(part[:1].upper() + part[1:] for part in stem.split("_"))
    taken = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        for alias in getattr(node, "names", ())
        if isinstance(alias, ast.alias)
    }
    if not name.isidentifier() or name in taken:
        name = f"{name}Scene"
    first = next(node.name for node in tree.body if isinstance(node, ast.ClassDef))
    text = re.sub(rf"^class {first}\b", f"class {name}", text, flags=re.MULTILINE)
    return re.sub(rf"(\S*/)?\b{re.escape(original.name)}", f"{stem}.py", text)


def _hides(stem: str) -> bool:
    """Whether ``stem.py`` in the working folder would be imported instead of a module of that name."""
    elsewhere = [path for path in sys.path if path and Path(path) != Path.cwd()]
    found = PathFinder.find_spec(stem, elsewhere)
    return (
        stem in sys.stdlib_module_names
        or stem == "nnanim"
        or (found is not None and found.loader is not None)
    )
