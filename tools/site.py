"""Build the documentation as a site: docs/, the README, the source of every scene, the API, and films.

    python tools/site.py [--films] [--out build/site]

The pages are gathered in build/pages, where links that leave docs/ lead to pages of their own, and made into
HTML by Sphinx. ``--films`` also writes a page that plays every scene, in every language, and draws the
gallery at its full size; films that did not change are kept in build/films.
"""

from __future__ import annotations

import argparse
import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from nnanim.assist.catalog import read_guide
from nnanim.cli.many import show_progress
from nnanim.film.job import FilmJob
from nnanim.film.make import make_films

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "build" / "pages"
SHEETS = ROOT / "build" / "gallery"
READ = {
    "README.md": "readme.md", "README.ja.md": "readme.ja.md",
    "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md",
}  # fmt: skip
LANGUAGES, THEMES = ("en", "ja"), ("dark", "light")

API = {
    "Recording": (
        "nnanim.recording.run",
        "nnanim.recording.recorder",
        "nnanim.recording.tap",
        "nnanim.trace.trace",
    ),
    "Beats and motions": ("nnanim.beats", "nnanim.motions"),
    "Marks": ("nnanim.marks",),
    "Stories": (
        "network",
        "perceptron",
        "classifier",
        "convnet",
        "dropout",
        "lstm",
        "residual",
        "attention",
        "translation",
        "words",
        "masked",
        "sums",
        "tokens",
        "vit",
        "clip",
        "microscope",
        "fooled",
        "magic_word",
        "chat",
        "rag",
        "size",
        "vae",
        "noise",
        "diffusion",
        "siren",
        "codebook",
        "steering",
        "loop",
        "clipdraw",
    ),
    "Films": (
        "nnanim.movie.scene",
        "nnanim.scene.source",
    ),
    "Notebooks": ("nnanim.notebook.show", "nnanim.notebook.widget"),
    "Stills": ("nnanim.still.picture", "nnanim.still.sheet", "nnanim.still.film"),
    "Lessons and decks": ("nnanim.lessons", "nnanim.deck"),
    "Painting and loops": ("nnanim.text_to_image", "nnanim.caption_loop", "nnanim.images"),
    "Words, themes, settings": ("nnanim.words", "nnanim.theme", "nnanim.settings", "nnanim.errors"),
    "Models and data": (
        "nnanim.models",
        "nnanim.models.samplers",
        "nnanim.data.world",
        "nnanim.data.captions",
    ),
}
UNDER = {"Stories": "nnanim.stories"}

CONF = """
import sys
sys.path.insert(0, {root!r})
project = "nnanim"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
napoleon_use_ivar = True
html_theme = "furo"
html_title = "nnanim"
html_extra_path = ["extra"]
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {{"members": True, "show-inheritance": True}}
suppress_warnings = ["myst.xref_missing", "myst.header", "toc.not_included", "ref.python", "docutils"]
"""

TREE = """
```{{toctree}}
:hidden:
:caption: {caption}

{pages}
```
"""


def main() -> None:
    """Gather the pages, render films if asked to, and build."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site")
    asked = parser.parse_args()
    if asked.films:
        write_films([path.stem for path in sorted((ROOT / "scenes").glob("*.py"))])
        gallery = [sys.executable, str(ROOT / "tools" / "gallery.py"), "--full", str(SHEETS)]
        subprocess.run(gallery, cwd=ROOT, check=True)
    gather()
    sphinx = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    command = [*sphinx, str(PAGES), str(asked.out)]
    raise SystemExit(subprocess.run(command, check=False).returncode)


def film_page(scene: str) -> Path:
    """Where the page that plays a scene is kept for the site."""
    return ROOT / "build" / "films" / scene / "pages" / f"{scene}.html"


def write_films(scenes: Sequence[str]) -> None:
    """Write the page of every scene, in all languages and themes; those that did not change are kept."""
    jobs = [
        FilmJob(
            scene, str(film_page(scene).parents[1]), scene, flags=("--output_file", scene), printer="page",
            langs=LANGUAGES, themes=THEMES,
        )
        for scene in scenes
    ]  # fmt: skip
    with show_progress(list(scenes)) as listener:
        make_films(jobs, None, None, listener)


def _write_for_assistants(text: str) -> None:
    """llms.txt leads to the pages' own text, which Sphinx lays beside the site; llms-full.txt holds it."""
    linked = re.sub(r"\]\(([\w/-]+\.md)\)", r"](_sources/\1.txt)", text)
    (PAGES / "extra" / "llms.txt").write_text(linked, encoding="utf-8")
    pages = re.findall(r"\]\(([\w/-]+\.md)\)", text)
    parts = [read_guide(), text, *((ROOT / "docs" / page).read_text(encoding="utf-8") for page in pages)]
    (PAGES / "extra" / "llms-full.txt").write_text("\n\n".join(parts), encoding="utf-8")


def gather() -> None:
    """Lay all pages out in build/pages."""
    shutil.rmtree(PAGES, ignore_errors=True)
    (PAGES / "extra").mkdir(parents=True)
    for path in sorted((ROOT / "docs").rglob("*")):
        place = path.relative_to(ROOT / "docs").as_posix()
        if path.suffix == ".md":
            _write(place, path.read_text(encoding="utf-8"), posixpath.dirname(f"docs/{place}"))
        elif path.name == "llms.txt":
            _write_for_assistants(path.read_text(encoding="utf-8"))
        elif path.is_file():
            target = PAGES / ("extra" if path.suffix in (".txt", ".ipynb") else "") / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    for sheet in SHEETS.rglob("*.png"):
        # Under the name of the small one in docs/gallery, which the pages show.
        target = PAGES / "gallery" / sheet.relative_to(SHEETS).with_suffix(".webp")
        with Image.open(sheet) as picture:
            picture.save(target, "WEBP", lossless=True)
    for name, page in READ.items():
        if (ROOT / name).exists():
            _write(page, (ROOT / name).read_text(encoding="utf-8"), ".")
    for scene in sorted((ROOT / "scenes").glob("*.py")):
        _write(
            f"source/{scene.stem}.md",
            f"# scenes/{scene.name}\n\n```python\n{scene.read_text('utf-8')}```\n",
            ".",
        )
    for page in (ROOT / "build" / "films").glob("*/pages/*.html"):
        target = PAGES / "extra" / "films" / page.name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(page, target)
    for title, modules in API.items():
        _write(f"api/{_slug(title)}.md", _reference(title, modules), ".")
    with (PAGES / "index.md").open("a", encoding="utf-8") as index:
        index.write(_trees())
    (PAGES / "conf.py").write_text(CONF.format(root=str(ROOT)), encoding="utf-8")


def _write(page: str, text: str, folder: str) -> None:
    target = PAGES / page
    target.parent.mkdir(parents=True, exist_ok=True)
    text = _led(text, folder, page)
    if page.startswith("scenes/"):
        text = _with_films(text, target.stem)
    target.write_text(text, encoding="utf-8")


def _slug(title: str) -> str:
    return re.sub(r"\W+", "-", title.lower()).strip("-")


def _reference(title: str, modules: tuple[str, ...]) -> str:
    """One page of the API, from docstrings."""
    names = [f"{UNDER[title]}.{name}" if title in UNDER else name for name in modules]
    parts = [
        f"## {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n{_imported(name)}```\n" for name in names
    ]
    return f"# {title}\n\n" + "\n".join(parts)


def _imported(module: str) -> str:
    """A package that says what is public also shows what it has from its modules."""
    init = ROOT.joinpath(*module.split("."), "__init__.py")
    return (
        "   :imported-members:\n" if init.exists() and "__all__" in init.read_text(encoding="utf-8") else ""
    )


def _trees() -> str:
    """The navigation: what is named here, and all that follows from files."""

    def there(*pages: str) -> list[str]:
        return [page for page in pages if (PAGES / page.split("<")[-1].rstrip(">")).exists()]

    def all_in(folder: str) -> list[str]:
        return sorted(f"{folder}/{path.name}" for path in (PAGES / folder).glob("*.md"))

    captions = {
        "Teach": there(
            "start.md", "lessons.md", "slides.md", "gallery/README.md", "errors.md", "日本語 <readme.ja.md>"
        ),
        "Films": all_in("scenes"),
        "Make": there(
            "player.md",
            "your-model.md",
            "zoo.md",
            "cookbook.md",
            "new-story.md",
            "assistants.md",
            "live.md",
            "new-mark.md",
            "painting.md",
            "steering.md",
            "loops.md",
            "loops-facts.md",
            "models.md",
        ),
        "Reference": there(
            "architecture.md",
            "web-format.md",
            "models-quality.md",
            "language.md",
            "speed.md",
            "benchmarks.md",
            "README <readme.md>",
            "contributing.md",
        )
        + there("changelog.md"),
        "API": all_in("api"),
        "Source of the scenes": all_in("source"),
    }
    return "\n" + "".join(
        TREE.format(caption=name, pages="\n".join(pages)) for name, pages in captions.items()
    )


def _led(markdown: str, folder: str, page: str) -> str:
    """Links as they are in the repository, seen from ``folder``, as links between pages of the site."""

    def lead(match: re.Match[str]) -> str:
        target, anchor = match[2], match[3] or ""
        if "://" in target:
            return match[0]
        place = posixpath.normpath(posixpath.join(folder, target))
        if place in READ:
            there = READ[place]
        elif place.startswith("scenes/") and place.endswith(".py"):
            there = f"source/{Path(place).stem}.md"
        elif place.startswith("docs/") and (ROOT / place).is_file():
            there = place.removeprefix("docs/")
        else:
            return match[1] if match[1].startswith("!") else match[1][1:-1]
        return f"{match[1]}({os.path.relpath(there, posixpath.dirname(page) or '.')}{anchor})"

    plain = re.sub(r"(\[[^\[\]]*\])\(([^)#\s]+)(#[^)]*)?\)", lead, markdown)
    return re.sub(r"(\[!\[[^\]]*\]\([^)]*\)\])\(([^)#\s]+)(#[^)]*)?\)", lead, plain)


def _with_films(markdown: str, scene: str) -> str:
    """The films of a page under its title: the scenes that it tells how to render, else that of its name."""
    names = list(dict.fromkeys(re.findall(r"^ *nnanim movie (\w+) -ql", markdown, re.MULTILINE)))
    shown = "".join(_player(name) for name in names or [scene])
    head, _, rest = markdown.partition("\n")
    return f"{head}\n\n{shown}\n{rest}" if shown else markdown


def _player(scene: str) -> str:
    """One film, in the theme of the reader's system; nothing where its page was not written."""
    if not film_page(scene).exists():
        return ""
    return (
        f'<iframe src="../films/{scene}.html#theme=auto" title="{scene}" loading="lazy" allowfullscreen '
        'style="width: 100%; aspect-ratio: 16 / 10.6; border: 0"></iframe>\n'
    )


if __name__ == "__main__":
    main()
