"""List the modules and functions that have grown past what reads in one sitting."""

import ast
from pathlib import Path

MODULE_LINES = 300
FUNCTION_LINES = 50
ROOT = Path(__file__).parent.parent


def functions(path: Path) -> list[tuple[int, str]]:
    """Length and place of every function in a file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            found.append((length, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"))
    return found


def main() -> None:
    """Print them, longest first."""
    files = sorted(file for folder in ("nnanim", "scenes", "tools") for file in (ROOT / folder).rglob("*.py"))
    texts = {file: file.read_text(encoding="utf-8") for file in files}
    modules = [(len(text.splitlines()), str(file.relative_to(ROOT))) for file, text in texts.items()]
    every = [function for file in files for function in functions(file)]
    for title, rows, limit in (("modules", modules, MODULE_LINES), ("functions", every, FUNCTION_LINES)):
        long = sorted((row for row in rows if row[0] > limit), reverse=True)
        print(f"{len(rows)} {title}, {len(long)} longer than {limit} lines")
        for length, name in long:
            print(f"  {length:4d}  {name}")


if __name__ == "__main__":
    main()
