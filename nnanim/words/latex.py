"""LaTeX where Typst is wanted: what most people write first, and how Typst writes it."""

from __future__ import annotations

import re

from nnanim.errors import UserError, quote

SPELLINGS = {
    "frac": "a/b", "dfrac": "a/b", "sqrt": "sqrt(x)", "cdot": "dot", "times": "times", "text": '"words"',
    "mathrm": '"words"', "mathbf": "bold(x)", "mathbb": "RR", "left": "(", "right": ")", "leq": "<=",
    "geq": ">=",
    "neq": "!=", "to": "->", "rightarrow": "->", "infty": "infinity", "sum": "sum", "hat": "hat(x)",
    "top": "top",
    "partial": "diff", "nabla": "nabla", "ldots": "...", "cdots": "dots.c", "quad": "quad", "odot": "dot.o",
}  # fmt: skip
"""How Typst writes what LaTeX writes with a backslash; Greek letters are words: alpha."""

COMMAND = re.compile(r"\\([A-Za-z]{2,})")
BRACES = re.compile(r"[_^]\{([^{}]*)\}")


def refuse_latex(source: str) -> None:
    """See that a formula is none of LaTeX's.

    Raises:
        UserError: it has a command with a backslash, or braces after ^ or _; with Typst's spelling.
    """
    if found := COMMAND.search(source):
        name = found[1]
        spelling = SPELLINGS.get(name, name)
        raise UserError(f"formula {quote(source)}: \\{name} is LaTeX; this is Typst: {spelling}")
    if found := BRACES.search(source):
        sign = found[0][0]
        raise UserError(f"formula {quote(source)}: {found[0]} is LaTeX; this is Typst: {sign}({found[1]})")
