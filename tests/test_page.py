"""A film as a page: what is in it, what it may load, and how modules become one script."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re

import numpy as np
import pytest

from nnanim.errors import UserError
from nnanim.web.bundle import PLAYER, bundle
from nnanim.web.container import Content, repack_small, write_file
from nnanim.web.page import PageSettings, format_page
from nnanim.web.text import BARRED, CHARACTERS, format_bytes, read_bytes

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


SIZES = (*range(16), 255, 1000)


@pytest.mark.parametrize("dense", [False, True])
def test_bytes_come_back_from_their_text(dense: bool) -> None:
    rng = np.random.default_rng(0)
    for size in SIZES:
        for data in (
            bytes(range(256)) * 4,
            bytes(size),
            b"\xff" * size,
            rng.bytes(size),
            b"\x1a4\x68" * size,
        ):
            data = data[:size][::-1]
            read = read_bytes(format_bytes(data, dense=dense))
            assert read[:size] == data and not any(read[size:])


def test_a_text_has_only_characters_that_html_and_json_leave_as_they_are() -> None:
    data = bytes(range(256)) * 20
    text = format_bytes(data)
    assert set(text) == set(CHARACTERS) and len(text) <= len(data) * 16 / 13 + 2
    plain = CHARACTERS.replace('"', "")
    assert len(set(CHARACTERS)) == 91 and json.dumps(plain)[1:-1] == plain
    with pytest.raises(ValueError, match="'<' is no part of it"):
        read_bytes("!<")


def test_dense_text_has_7_bits_in_a_byte_and_no_end_of_a_line() -> None:
    text = format_bytes(np.random.default_rng(0).bytes(50_000), dense=True)
    assert len(text.encode()) <= 50_000 * 8 / 7 + 4
    assert not set(text) & {*BARRED, *map(chr, range(128, 256))} and len(set(text)) > 1500
    assert html.unescape(text) == text and text.encode().decode("utf-8-sig") == text
    for wrong in ("<", "\r", "\0", "\x85", "\u0800"):
        with pytest.raises(ValueError, match=f"{wrong!r} is no part of it".replace("\\", r"\\")):
            read_bytes(f" {wrong}")


def test_a_page_in_another_document_has_printable_characters_alone() -> None:
    data = bytes(range(256)) * 40
    alone, within = format_page(data), format_page(data, embedded=True)
    assert min(within) == "\n" and min(set(within) - {"\n"}) == " " and len(within) > len(alone)
    (film,) = re.findall(r'id="film">([^<]*)<', within)
    assert read_bytes(film)[: len(data)] == data and read_player(within) == read_player(alone)


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


@pytest.mark.parametrize(("entry", "most"), [("page", 68_500), ("play", 70_000), ("slides", 59_500)])
def test_the_player_is_small(entry: str, most: int) -> None:
    assert len(bundle(entry).encode()) <= most


def test_a_page_holds_its_film_as_it_is_kept_and_reads_no_other() -> None:
    assert "gzip" not in bundle("page") and "gzip" in bundle("play")
    index = {"cuts": [], "words": {"en": {"play": "Play"}}}
    content = Content(index, np.arange(9, dtype=np.int16), np.arange(3, dtype=np.float32))
    quick, small = (write_file(content, b"pictures", small=one) for one in (False, True))
    assert repack_small(quick) == repack_small(small) == small != quick
    (film,) = re.findall(r'id="film">([^<]*)<', format_page(quick))
    assert read_bytes(film)[: len(small)] == small
    for other in (b"", b"film", quick[:20], quick[:6] + b"\x63\x00" + quick[8:]):
        assert repack_small(other) == other


def test_modules_share_a_scope_in_the_order_in_which_they_are_needed() -> None:
    uses = 'import {B, f} from "./b.js";\nimport { g } from "./c.js";\n'
    gives = "export const A = 1, B = THERE;\nexport async function f() {\n  return;\n}\n"
    modules = {
        "a": f"{uses}// why\nconst HERE = 1;\n  f(B, g);\n",
        "b": f"const THERE = 2;\n/** what\n * it is */\n{gives}",
        "c": 'import {A} from "./b.js";\nexport class G {}\nexport function g() { return A; }\n',
    }
    b = "const THERE=2,A=1,B=THERE;async function f(){return}"
    assert bundle("a", modules) == f"{b}class G{{}}function g(){{return A}}const HERE=1;f(B,g);"
    assert bundle("b", modules) == f"{b}const $b={{A,B,f}};"


@pytest.mark.parametrize(
    ("code", "short"),
    [
        (
            "const a = 1;\nconst {b} = a;\nconst [c] = b;\nf();\nconst d = 2;",
            "const a=1,{b}=a,[c]=b;f();const d=2;",
        ),
        (
            "const f = () => {\n  const a = 1;\n  g();\n};\nconst b = 2;\nif (b) g();\nconst c = 3;",
            "const f=()=>{const a=1;g()},b=2;if(b)g();const c=3;",
        ),
        ("for (const a of b) g();\nconst c = 3;", "for(const a of b)g();const c=3;"),
        ("const a = 1;\nlet b = 2;\nconst c = a;", "const a=1;let b=2;const c=a;"),
        ("const a = 1;\nconstruct();\nthing.const;", "const a=1;construct();thing.const;"),
        (
            "f((a) => 1, async (b) => 10.5 - 0.5 + (a ? 0.25 : x0.5));",
            "f(a=>1,async(b)=>10.5-.5+(a?.25:x0.5));",
        ),
        ("f([a, ,], {b,\n}, g(\n  c,\n));", "f([a,,],{b},g(c));"),
    ],
)
def test_what_means_nothing_to_browsers_stays_behind(code: str, short: str) -> None:
    assert bundle("a", {"a": code + "\n"}) == short


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
