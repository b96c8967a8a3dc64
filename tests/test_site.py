"""The pages of the site: all are gathered, the navigation leads to them, films stand where they are told."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from nnanim.scene import loader
from nnanim.web import decode_film
from nnanim.web.text import read_bytes

ROOT = Path(__file__).parent.parent


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("nnanim_site", ROOT / "tools" / "site.py")
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    monkeypatch.setattr(made, "PAGES", tmp_path)
    monkeypatch.setattr(made, "SHEETS", tmp_path / "no sheets")
    return made


def test_the_navigation_names_every_page_and_no_other(site: ModuleType, tmp_path: Path) -> None:
    site.gather()
    index = (tmp_path / "index.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:.*<)?([\w./-]+\.md)>?$", index, re.MULTILINE))
    assert named == {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")} - {"index.md"}
    links = re.findall(r"\]\(([^)]*)\)", (tmp_path / "extra" / "llms.txt").read_text(encoding="utf-8"))
    assert len(links) > 5 and all(
        (tmp_path / link.removeprefix("_sources/").removesuffix(".txt")).suffix == ".md"
        and (tmp_path / link.removeprefix("_sources/").removesuffix(".txt")).exists()
        for link in links
    )


def test_every_scene_has_its_film_on_a_page(
    site: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def film_page(scene: str) -> Path:
        path = tmp_path / "films" / f"{scene}.html"
        path.parent.mkdir(exist_ok=True)
        path.touch()
        return path

    monkeypatch.setattr(site, "film_page", film_page)
    shown = set()
    for page in sorted((ROOT / "docs" / "scenes").glob("*.md")):
        told = site._with_films(page.read_text(encoding="utf-8"), page.stem)
        shown |= set(re.findall(r'<iframe src="../films/(\w+)\.html#theme=auto" title="\1"', told))
    assert shown == set(loader.names())


def test_a_film_is_a_page_in_every_language_and_theme(
    site: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "ROOT", tmp_path)
    site.write_films(["noise"])
    page = site.film_page("noise").read_text(encoding="utf-8")
    film = decode_film(read_bytes(page.partition('id="film">')[2].partition("<")[0]))
    assert {(cut.lang, cut.theme) for cut in film.cuts} == {
        (lang, theme) for lang in site.LANGUAGES for theme in site.THEMES
    }


def test_every_module_of_the_reference_exists(site: ModuleType) -> None:
    names = [
        f"{site.UNDER[title]}.{name}" if title in site.UNDER else name
        for title, modules in site.API.items()
        for name in modules
    ]
    assert len(names) > 20 and all(importlib.util.find_spec(name) for name in names)


def test_the_site_shows_the_large_sheets_where_they_were_drawn(
    site: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets = tmp_path / "sheets"
    sheets.mkdir()
    Image.new("RGB", (2400, 100), "red").save(sheets / "perceptron.en.png")
    monkeypatch.setattr(site, "SHEETS", sheets)
    monkeypatch.setattr(site, "PAGES", tmp_path / "pages")
    site.gather()
    with Image.open(tmp_path / "pages" / "gallery" / "perceptron.en.webp") as large:
        assert large.width == 2400
    with Image.open(tmp_path / "pages" / "gallery" / "perceptron.ja.webp") as small:
        assert small.width <= 1500
