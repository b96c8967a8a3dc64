"""What a scene's file says in single lines, such as its title and for whom it is. The file is not run."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from nnanim import words
from nnanim.scene.audiences import AUDIENCES


def describe_scene(file: Path, lang: str) -> dict[str, Any]:
    """Name, title, about, for (whom), seconds (None if nobody knows) of a scene, whose file is not run."""
    from nnanim.check.bounds import recorded_seconds

    audience = AUDIENCES.get(read_line(file, "audience", lang), "")
    return {
        "name": file.stem,
        "title": read_line(file, "title", lang),
        "about": read_line(file, "about", lang),
        "for": words.say(audience, lang),
        "seconds": recorded_seconds(file.stem, lang),
    }


def read_line(file: Path, name: str, lang: str) -> str:
    """Words that a scene's class gives in a line of its own, such as ``title``, from a file that is not run.

    Of a title that is not there, the first line of the file; of a broken file, what is wrong with it.
    """
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError, OSError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        return f"(broken{line}: {getattr(error, 'msg', error)})" if name == "title" else ""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and (found := _read_value(node, name)):
            return words.say(found, lang)
    return (ast.get_docstring(tree) or "").partition("\n")[0] if name == "title" else ""


def _read_value(node: ast.ClassDef, name: str) -> Any:
    for line in node.body:
        if isinstance(line, ast.Assign) and any(getattr(one, "id", "") == name for one in line.targets):
            try:
                return ast.literal_eval(line.value)
            except ValueError:
                return None
    return None
