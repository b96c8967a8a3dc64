"""A recipe as a scene file of one's own: its lines, and those of its module that they need."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator

from nnanim import words
from nnanim.recipes.base import Recipe

INDENT = "        "

HEAD = '''"""{question}

Render it with: nnanim movie {stem}.py -ql
"""
'''

CLASS = """

class {kind}(StoryScene):
    title = {{"en": {en}, "ja": {ja}}}

    def example(self):
{example}

    def story(self, {name}):
{story}
"""


def write_source(recipe: Recipe) -> str:
    """The recipe's own lines, without its decorator."""
    node = _function(recipe.module, recipe.tell.__name__)
    return _lines(recipe.module, node.lineno, node.end_lineno or node.lineno)


def write_scene(recipe: Recipe, stem: str) -> str:
    """The text of a scene file that shows the recipe.

    Args:
        recipe: which.
        stem: name of the file, without its suffix.
    """
    module = recipe.module
    tell, example = (_function(module, name) for name in (recipe.tell.__name__, "example"))
    needed = _find_needs(module, [tell, example])
    imports = [text for node, text in needed if isinstance(node, ast.Import | ast.ImportFrom)]
    others = [text for node, text in needed if not isinstance(node, ast.Import | ast.ImportFrom)]
    imports = sorted({*imports, "from nnanim.movie import StoryScene", *_language(example)})
    imports = [line for line in imports if "__future__" not in line and "recipes" not in line]
    head = HEAD.format(question=words.say(recipe.question, "en"), stem=stem)
    body = CLASS.format(
        kind="".join(part.capitalize() for part in recipe.name.split("-")),
        en=_quote(words.say(recipe.question, "en")), ja=_quote(words.say(recipe.question, "ja")),
        example="\n".join(_example_lines(module, example)),
        name=tell.args.args[0].arg,
        story=_body(module, tell),
    )  # fmt: skip
    constants = [text for text in others if not text.startswith(("def ", "class ", "@"))]
    helpers = [f"\n\n{text}" for text in others if text not in constants]
    return "\n".join([head, *imports, "", *constants, *helpers]) + body


def _quote(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def _language(example: ast.FunctionDef) -> list[str]:
    """The import that the scene needs where its example depends on the language."""
    return ["from nnanim import settings"] if _reads_language(example) else []


def _reads_language(example: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "lang" for node in ast.walk(example))


def _example_lines(module: str, example: ast.FunctionDef) -> Iterator[str]:
    if _reads_language(example):
        yield f"{INDENT}lang = settings.load(self.lang).lang"
    yield _body(module, example)


def _body(module: str, node: ast.FunctionDef) -> str:
    """The statements of a function without its docstring, indented as in a class."""
    first = node.body[1] if ast.get_docstring(node) is not None else node.body[0]
    text = textwrap.dedent(_lines(module, first.lineno, node.end_lineno or first.lineno))
    return textwrap.indent(text, INDENT)


def _find_needs(module: str, roots: list[ast.FunctionDef]) -> list[tuple[ast.stmt, str]]:
    """The statements of a module that some of its functions need, in order, each with its text."""
    tree = _tree(module)
    wanted, taken = {name for root in roots for name in _names(root)}, set[int]()
    grew = True
    while grew:
        grew = False
        for place, node in enumerate(tree.body):
            if place not in taken and node not in roots and wanted & _definitions(node):
                taken.add(place)
                grew = True
                if not isinstance(node, ast.Import | ast.ImportFrom):
                    wanted |= _names(node)
    return [(tree.body[place], _text(module, tree.body[place], wanted)) for place in sorted(taken)]


def _text(module: str, node: ast.stmt, wanted: set[str]) -> str:
    if isinstance(node, ast.ImportFrom):
        names = [one for one in node.names if (one.asname or one.name) in wanted]
        return ast.unparse(ast.ImportFrom(node.module, names, node.level))
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    return _lines(module, first, node.end_lineno or first)


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _definitions(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {one.asname or one.name for one in node.names}
    if isinstance(node, ast.Assign):
        return {name for target in node.targets for name in _names(target)}
    return {node.name} if isinstance(node, ast.FunctionDef | ast.ClassDef) else set()


def _function(module: str, name: str) -> ast.FunctionDef:
    return next(
        node for node in _tree(module).body if isinstance(node, ast.FunctionDef) and node.name == name
    )


def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(sys.modules[module]))


def _lines(module: str, first: int, last: int) -> str:
    return "\n".join(inspect.getsource(sys.modules[module]).splitlines()[first - 1 : last])
