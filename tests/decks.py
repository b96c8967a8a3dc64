"""A small lesson for the tests of decks: two beats, words that want escaping, a question."""

from __future__ import annotations

import shutil
from pathlib import Path

from click.testing import CliRunner, Result

from nnanim.cli import main

CURE = "as root, ./setup --slides installs what is missing; elsewhere it says the command"
"""What to do where nothing opens a deck."""

TINY = Path(__file__).with_name("tiny_scene.py")

LESSON = """
title = { en = "Small & <b>bold</b>", ja = "小さな授業" }
language = "ja"

[[steps]]
title = { en = "Title", ja = "題名 & <script>alert(1)</script>" }
notes = "</script><script>window.broken = 1</script>"
minutes = 2

[[steps]]
title = { en = "Plan", ja = "流れ" }
lines = [{ en = "one", ja = "<i>一つ</i>" }, { en = "two", ja = "#strong[二つ]" }]
seconds = 1
after = "advance"

[[steps]]
scene = "tiny_scene.py"
leave_out = ["card"]
minutes = 5
notes = { en = "Clip.", ja = "映像です。" }
[steps.beats.in]
after = "loop"
[steps.beats.sum]
says = { ja = "和です & <終わり>。" }
question = { en = "What comes?", ja = "次は何でしょう？" }
notes = { en = "Two sums.", ja = "和が二つです。" }
after = "advance"
pause = 1.5

[[steps]]
title = { en = "End", ja = "終わり" }
"""


def lesson(folder: Path, text: str = LESSON) -> Path:
    """The lesson in a folder, with its scene beside it."""
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    shutil.copy(TINY, folder / TINY.name)
    return path


def build(path: Path, target: str, *flags: str) -> tuple[Path, Result]:
    """Run ``nnanim deck``; the films lie beside the lesson."""
    out = path.parent / {"folder": "clips"}.get(target, f"small.{'mp4' if target == 'video' else target}")
    media = str(path.parent / "media")
    words = ["deck", str(path), "--to", target, "--out", str(out), "-q", "l", "--media_dir", media, *flags]
    return out, CliRunner().invoke(main, words)
