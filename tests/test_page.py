"""A film as a page: what is in it, what it may load, and how modules become one script."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re

import pytest

from nnanim.errors import UserError
from nnanim.web.bundle import PLAYER, bundle
from nnanim.web.page import PageSettings, format_page
from nnanim.web.text import CHARACTERS, format_bytes, read_bytes

MODULES = sorted(path.stem for path in PLAYER.glob("*.js"))


def policy_of(page: str) -> dict[str, list[str]]:
    (text,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    return {name: values for name, *values in (one.split() for one in text.split("; "))}


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def read_player(page: str) -> str:
    """The script that lies packed in a page."""
    ((size, text),) = re.findall(r'id="player" data-size="(\d+)">([^<]*)<', page)
    return gzip.decompress(read_bytes(text)[: int(size)]).decode()


def test_a_page_allows_only_its_own_scripts_and_nothing_from_elsewhere() -> None:
    page = format_page(b"film", PageSettings("ja"), title="題 </title><script>x</script>")
    allowed = policy_of(page)
    scripts = re.findall(r"<script(?: type=\"module\")?>(.*?)</script>", page, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    player = read_player(page)
    assert len(scripts) == 2 and {digest(one) for one in (*scripts, player)} == set(allowed["script-src"])
    assert player == bundle("page") and len(page) < 45_000
    assert [digest(one) for one in styles] == allowed["style-src"]
    assert allowed["default-src"] == allowed["connect-src"] == ["'none'"]
    assert (
        "unsafe" not in page.partition("<style>")[0]
        and "http" not in page.partition("<style>")[0].lower()[40:200]
    )
    assert (
        "<title>題 &lt;/title&gt;&lt;script&gt;x&lt;/script&gt;</title>" in page
        and '<html lang="ja">' in page
    )
    (film,) = re.findall(r'id="film">([^<]*)<', page)
    assert read_bytes(film)[:4] == b"film"


def test_bytes_are_a_text_that_html_and_json_leave_as_it_is() -> None:
    for size in (0, 1, 2, 13, 14, 255):
        data = bytes(range(size))[::-1]
        text = format_bytes(data)
        assert read_bytes(text)[:size] == data and not any(read_bytes(text)[size:])
        assert set(text) <= set(CHARACTERS) and len(text) <= size * 16 / 13 + 2
    assert len(set(CHARACTERS)) == 91 and json.dumps(CHARACTERS.replace('"', ""))[1:-1] in CHARACTERS.replace(
        '"', ""
    )
    with pytest.raises(ValueError, match="'<' is no part of it"):
        read_bytes("<!")


def test_settings_are_data_that_no_text_can_leave() -> None:
    page = format_page(None, PageSettings("en", cover="</script>", served={"cuts": "/cut"}))
    (text,) = re.findall(r'id="settings">(.*?)</script>', page)
    values = json.loads(text)
    assert values.pop("words")["damaged"] == "This film cannot be read: "
    assert values == {
        "lang": "en", "cover": "</script>", "served": {"cuts": "/cut"}, "hash": True, "pace": 1.0,
    }  # fmt: skip
    assert policy_of(page)["connect-src"] == ["'self'"] and 'id="film"></script>' in page


def test_sentences_stand_on_the_page_for_who_cannot_play_it() -> None:
    page = format_page(b"", sentences=["One <b>", "", "Two"])
    assert "<ol><li>One &lt;b&gt;</li><li>Two</li></ol>" in page and "too old" in page


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_written_so_that_they_can_be_put_into_a_page(name: str) -> None:
    source = (PLAYER / f"{name}.js").read_text(encoding="utf-8")
    bundle(name)
    assert not [line for line in source.splitlines() if line.count("`") % 2 or len(line) > 130]
    # A text within a text could not be told from code.
    assert not re.search(r"`[^`]*\$\{[^}`]*`", source)
    assert not re.search(r"https?://(?!www\.w3\.org/)|\beval\(|innerHTML|new Function", source)


@pytest.mark.parametrize(("entry", "most"), [("page", 67_000), ("play", 68_000), ("slides", 57_000)])
def test_the_player_is_small(entry: str, most: int) -> None:
    assert len(bundle(entry).encode()) <= most


def test_modules_share_a_scope_in_the_order_in_which_they_are_needed() -> None:
    uses = 'import {B, f} from "./b.js";\nimport { g } from "./c.js";\n'
    gives = "export const A = 1, B = THERE;\nexport async function f() {\n  return;\n}\n"
    modules = {
        "a": f"{uses}// why\nconst HERE = 1;\n  f(B, g);\n",
        "b": f"const THERE = 2;\n/** what\n * it is */\n{gives}",
        "c": 'import {A} from "./b.js";\nexport class G {}\nexport function g() { return A; }\n',
    }
    b = "const THERE=2;const A=1,B=THERE;async function f(){return}"
    assert bundle("a", modules) == f"{b}class G{{}}function g(){{return A}}const HERE=1;f(B,g);"
    assert bundle("b", modules) == f"{b}const $b={{A,B,f}};"


def test_spaces_that_mean_something_stay() -> None:
    lines = [
        """say("a , b = c", 'd ( e', `f ; ${g} ? h`);""",
        """const x = /[ ,] = \\/ (a|b) ?/g.exec(y) / 2 + -z - --w;""",
        """return typeof a in b ? "c" : [d, e];""",
    ]
    assert bundle("a", {"a": "\n\n".join(lines) + "\n"}) == (
        """say("a , b = c",'d ( e',`f ; ${g} ? h`);"""
        """const x= /[ ,] = \\/ (a|b) ?/g.exec(y)/2+ -z- --w;"""
        """return typeof a in b?"c":[d,e];"""
    )


@pytest.mark.parametrize(
    ("modules", "mistake"),
    [
        ({"a": 'import x from "./b.js";\n'}, "'import x from \"./b.js\";' cannot be put into a page"),
        ({"a": "export default 1;\n"}, "'export default 1;' cannot be put into a page"),
        ({"a": 'import {b} from "./b.js";\n', "b": 'import {a} from "./a.js";\n'}, "is imported by what"),
        ({"a": 'import {b} from "./nowhere.js";\n'}, "the player has no nowhere.js"),
        (
            {"a": 'import {b} from "./b.js";\nconst C = 1, D = 2;\n', "b": "export function D() {}\n"},
            "b.js and a.js both declare D",
        ),
    ],
)
def test_what_cannot_be_put_into_a_page_is_one_line(modules: dict[str, str], mistake: str) -> None:
    with pytest.raises(UserError, match=re.escape(mistake)):
        bundle("a", modules)
