"""What the author of a scene chose: seeds, samples, limits, and what is excused from the laws.

They are read in the scene's source and in its beats. A choice is no mistake; whoever shows the film should
know of it. A seed or a sample that was searched for by its result is a mistake.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nnanim.beats import Beat

SEEDING = ("manual_seed", "default_rng", "seed", "RandomState", "Random")
"""Calls whose first argument is a seed."""

CLIPPING = ("clip", "clamp", "clip_", "clamp_", "nan_to_num")
LIMITS = ("limit", "x_limits", "y_limits", "low", "high")
SEARCHES = ("max", "min", "next", "sorted")
"""Functions that take the best, or the first, of several tries."""


@dataclass(frozen=True)
class Choice:
    """Something that the author chose.

    Attributes:
        where: ``line 12`` of the scene's file, or the beat.
        kind: ``seed``, ``sample``, ``limit``, ``clip``, ``excused``, ``states`` or ``own code``.
        what: what was chosen.
        searched: whether it was chosen by what came out.
    """

    where: str
    kind: str
    what: str
    searched: bool = False


def list_choices(file: Path | None, beats: Iterable[Beat]) -> list[Choice]:
    """What was chosen in a scene's file and in its beats; the file may be none."""
    found = list(_of_beats(beats))
    if file is None:
        return found
    tree = ast.parse(file.read_text(encoding="utf-8"))
    constants = _constants(tree)
    seeded = _seeded_functions(tree)
    lines: dict[tuple[str, str, str], Choice] = {}
    for node in ast.walk(tree):
        for one in (*_of_node(node, constants), *_of_searches(node, seeded)):
            lines.setdefault((one.where, one.kind, one.what), one)
    return [*lines.values(), *found]


def _of_beats(beats: Iterable[Beat]) -> Iterator[Choice]:
    for beat in beats:
        if beat.schematic:
            yield Choice(f"beat {beat.id!r}", "excused", "schematic: none of its numbers is checked")
        if beat.given:
            what = f"given, so not checked: {', '.join(beat.given)}"
            yield Choice(f"beat {beat.id!r}", "excused", what)


def _of_node(node: ast.AST, constants: Mapping[str, ast.expr]) -> Iterator[Choice]:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        kind = next((kind for kind in ("seed", "sample") if kind in node.targets[0].id.lower()), "")
        if kind and constants.get(node.targets[0].id) is node.value and _is_literal(node.value):
            yield Choice(_line(node), kind, ast.unparse(node)[:80])
    if isinstance(node, ast.ClassDef):
        for one in node.body:
            if isinstance(one, ast.FunctionDef) and one.name == "construct":
                yield Choice(
                    _line(one), "own code", "construct() draws what no beat holds and nothing checks"
                )
    if not isinstance(node, ast.Call):
        return
    name = _name(node.func)
    if name in SEEDING and node.args and _is_literal(_resolve(node.args[0], constants)):
        yield Choice(_line(node), "seed", f"{name}({_spell(node.args[0], constants)})")
    for word in node.keywords:
        if word.arg in ("seed", "sample") and _is_named(word.value, word.arg):
            continue  # its constant is listed
        if word.arg == "seed" and _is_literal(_resolve(word.value, constants)):
            yield Choice(_line(node), "seed", f"seed={_spell(word.value, constants)}")
        elif word.arg == "sample" and _is_literal(_resolve(word.value, constants)):
            yield Choice(_line(node), "sample", f"sample={_spell(word.value, constants)}")
        elif word.arg in LIMITS and _is_literal(_resolve(word.value, constants)):
            yield Choice(_line(node), "limit", f"{word.arg}={_spell(word.value, constants)}")
    clips = isinstance(node.func, ast.Attribute) and name in CLIPPING
    if clips or (name in ("minimum", "maximum") and any(map(_is_literal, node.args))):
        yield Choice(_line(node), "clip", ast.unparse(node)[:80])


def _of_searches(node: ast.AST, seeded: Mapping[str, set[int]]) -> Iterator[Choice]:
    """Loops and searches that try seeds, or samples, until something comes out."""
    if isinstance(node, ast.Call) and _name(node.func) in SEARCHES:
        tried = _find_search(node, seeded)
        if tried:
            what = f"{_name(node.func)}(…) over {tried}s: chosen by what comes out"
            yield Choice(_line(node), tried, what, searched=True)
    if isinstance(node, ast.For | ast.While):
        tried = _tried_in_loop(node, seeded)
        if tried:
            yield Choice(
                _line(node), tried, f"a loop that stops at a {tried} by what comes out", searched=True
            )


def _find_search(call: ast.Call, seeded: Mapping[str, set[int]]) -> str:
    """``seed`` where a search passes its variable as one; ``sample`` where it goes through a range."""
    names: set[str] = set()
    judged = False
    for one in ast.walk(call):
        if isinstance(one, ast.comprehension):
            names |= _targets(one.target)
            judged |= bool(one.ifs)
        elif isinstance(one, ast.Lambda):
            names |= {arg.arg for arg in one.args.args}
            judged = True
    if not judged or not names:
        return ""
    if any(_seeds(one, names, seeded) for one in ast.walk(call)):
        return "seed"
    ranges = any(isinstance(one, ast.Call) and _name(one.func) == "range" for one in ast.walk(call))
    runs = any(
        isinstance(one, ast.Call) and _name(one.func) in ("record", "model", "net") for one in ast.walk(call)
    )
    return "sample" if ranges and runs else ""


def _tried_in_loop(loop: ast.For | ast.While, seeded: Mapping[str, set[int]]) -> str:
    stops = any(isinstance(one, ast.Break | ast.Return) for one in ast.walk(loop))
    compares = any(isinstance(one, ast.If) for one in ast.walk(loop))
    if not compares or not (stops or isinstance(loop, ast.While)):
        return ""
    names = _targets(loop.target) if isinstance(loop, ast.For) else _assigned_names(loop)
    return "seed" if any(_seeds(one, names, seeded) for one in ast.walk(loop)) else ""


def _seeds(node: ast.AST, names: set[str], seeded: Mapping[str, set[int]]) -> bool:
    """Whether a call takes one of some variables as its seed."""
    if not isinstance(node, ast.Call):
        return False
    name = _name(node.func)
    places = {0} if name in SEEDING else seeded.get(name, set())
    given = [arg for place, arg in enumerate(node.args) if place in places]
    given += [word.value for word in node.keywords if word.arg and "seed" in word.arg]
    return any(isinstance(one, ast.Name) and one.id in names for arg in given for one in ast.walk(arg))


def _seeded_functions(tree: ast.Module) -> dict[str, set[int]]:
    """Functions of the file, with the places of the arguments that become seeds."""
    found: dict[str, set[int]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            args = [arg.arg for arg in node.args.args if arg.arg not in ("self", "cls")]
            places = {
                place
                for place, arg in enumerate(args)
                if "seed" in arg or any(_seeds(one, {arg}, {}) for one in ast.walk(node))
            }
            if places:
                found[node.name] = places
    return found


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _resolve(value: ast.expr, constants: Mapping[str, ast.expr]) -> ast.expr:
    return constants.get(value.id, value) if isinstance(value, ast.Name) else value


def _spell(value: ast.expr, constants: Mapping[str, ast.expr]) -> str:
    text, meant = ast.unparse(value), _resolve(value, constants)
    return (text if meant is value else f"{text} = {ast.unparse(meant)}")[:80]


def _is_named(value: ast.expr, kind: str) -> bool:
    return isinstance(value, ast.Name) and kind in value.id.lower()


def _is_literal(value: ast.expr) -> bool:
    try:
        return ast.literal_eval(value) is not None
    except (ValueError, TypeError):
        return False


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _line(node: ast.stmt | ast.expr) -> str:
    return f"line {node.lineno}"


def _targets(target: ast.expr) -> set[str]:
    return {one.id for one in ast.walk(target) if isinstance(one, ast.Name)}


def _assigned_names(loop: ast.While) -> set[str]:
    changes = (one for one in ast.walk(loop) if isinstance(one, ast.Assign | ast.AugAssign))
    return {
        name
        for one in changes
        for target in (one.targets if isinstance(one, ast.Assign) else [one.target])
        for name in _targets(target)
    }
