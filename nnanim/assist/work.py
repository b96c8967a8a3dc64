"""One command of nnanim, run for an assistant in a process of its own: ``nnanim.assist.work FOLDER …``.

The process can be stopped, and the code of the folder is watched by a `Guard`.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Run the command line in a folder."""
    folder, *words = sys.argv[1:]
    from nnanim.assist.guard import Guard
    from nnanim.cli import main as nnanim

    Guard(Path(folder)).install()
    nnanim(words)


if __name__ == "__main__":
    main()
