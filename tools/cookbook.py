"""Draw docs/gallery/recipes and write docs/cookbook.md: every recipe with its picture and its lines.

    python tools/cookbook.py [NAME ...] [--page]

Without names, all of them; with ``--page`` only the page is written.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from PIL import Image

from nnanim.beats import Story
from nnanim.cli.scene_lines import describe_scene
from nnanim.files import atomic, write_text
from nnanim.recipes import MODULES, Recipe, by_name, every_recipe
from nnanim.recipes.scene_file import write_source
from nnanim.scene import loader
from nnanim.still import still

ROOT = Path(__file__).resolve().parent.parent
FOLDER, PAGE = ROOT / "docs" / "gallery" / "recipes", ROOT / "docs" / "cookbook.md"
WIDTH, QUALITY = 480, 40  # pixels, and WebP's scale to 100: every clone carries these

HEAD = """# Cookbook

Small answers to single questions: a beat or two each, on a trace that is given. Search them, print one, or
begin a scene of your own with it:

```sh
nnanim recipes attention
nnanim recipes draw-arcs
nnanim recipes draw-arcs --out my_arcs.py
nnanim still my_arcs.py --out my_arcs.png
```

The file that is written holds the model's run, too: put yours in its place. `python tools/cookbook.py` draws
this page.
"""

SHORT = """## Short scenes

Each is one idea in less than a minute and a file of at most eighty lines, with a model that is
trained or run while you wait. Copy one and change it: `nnanim new mine --from gradient_descent`.

| film | | what it shows |
|---|---|---|"""


@cache
def example(module: str) -> Any:
    """What the recipes of a module are given, in English."""
    return import_module(module).example("en")


def draw(recipe: Recipe) -> None:
    """Draw the last beat of a recipe as a small WebP."""
    story = Story.from_beats(recipe.tell(example(recipe.module)), recipe.question)
    picture = FOLDER / f"{recipe.name}.webp"
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "beat.png"
        still(story, len(story.beats), path=large, width_px=2 * WIDTH)
        picture.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(large) as image, atomic(picture) as temporary:
            image.convert("RGB").resize((WIDTH, WIDTH * image.height // image.width)).save(
                temporary, "WEBP", quality=QUALITY, method=6
            )


def write_page() -> None:
    """The page that shows all of them."""
    parts = [HEAD]
    for module, about in MODULES.items():
        parts.append(f"## {about['en']}\n")
        for one in every_recipe():
            if one.module.endswith(f".{module}"):
                parts.append(
                    f"### {one.question['en']}\n\n`{one.name}` · {one.question['ja']}\n\n"
                    f"![{one.question['en']}](gallery/recipes/{one.name}.webp)\n\n"
                    f"```text\n{write_source(one)}\n```\n"
                )
    parts.append(SHORT)
    for name in loader.short_names():
        one = describe_scene(loader.path(name), "en")
        parts.append(f"| `{name}` | {one['title']} | {one['about']} |")
    write_text(PAGE, "\n".join([*parts, ""]))


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*")
    parser.add_argument("--page", action="store_true")
    given = parser.parse_args(arguments)
    for one in [] if given.page else [by_name(name) for name in given.names] or every_recipe():
        draw(one)
        print(one.name, flush=True)
    write_page()


if __name__ == "__main__":
    main()
