"""One HTML page with everything in it: reveal.js, films, pictures, notes and captions. It asks no network."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from nnanim.deck import embedded
from nnanim.deck.embedded import BOLD, REGULAR, subset_font
from nnanim.deck.slides import Deck, Shot, Slide, Still
from nnanim.deck.sound import add_voice, encode_voice
from nnanim.files import write_text
from nnanim.film import manifest
from nnanim.film.manifest import BeatRecord
from nnanim.theme import contrast
from nnanim.web.bundle import bundle, bundle_player, read_player
from nnanim.web.text import format_bytes
from nnanim.words.linebreak import phrases

HERE = Path(__file__).parent

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; media-src data: blob:; font-src data:"
)
"""What the page may load: nothing that is not in it."""

HEIGHT = 720
"""Of a slide, in reveal.js' own units."""

_WORDS = {
    "en": {
        "notes": "Speaker's notes", "captions": "Captions", "sound": "Sound", "again": "Play again",
        "hold": "Stop and go on", "next": "Next", "end": "The end", "minutes": "min",
        "blocked": "The browser keeps the window of the notes shut: allow pop-ups for this page.",
    },
    "ja": {
        "notes": "発表者ノート", "captions": "字幕", "sound": "音声", "again": "もう一度再生",
        "hold": "止める・続ける", "next": "次", "end": "終わり", "minutes": "分",
        "blocked": "ノートの窓が開けません。このページのポップアップを許可してください。",
    },
}  # fmt: skip


def write(deck: Deck, path: Path) -> list[Path]:
    """Write ``deck`` as one .html; returns its path.

    Raises:
        UserError: a clip is missing or cannot be read.
    """
    return [write_text(path, format_page(deck))]


def format_page(deck: Deck) -> str:
    """The page's text."""
    said = _WORDS.get(deck.lang, _WORDS["en"])
    with_sound = any(slide.voice for slide in deck.slides)
    buttons = [("again", "↻", "again"), ("captions", "CC", "captions"), ("speaker", "✎", "notes")]
    buttons += [("sound", "♪", "sound")] if with_sound else []
    keys = "".join(
        f'<button id="{name}" title="{escape(said[word])}" aria-label="{escape(said[word])}"'
        f' aria-pressed="{"true" if name == "sound" else "false"}">{sign}</button>'
        for name, sign, word in buttons
    )
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{escape(deck.lang)}"><head><meta charset="utf-8">',
            f"<title>{escape(deck.title)}</title>",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            f"<style>{_text('reveal/reveal.css')}</style>",
            f"<style id='fonts'>{_fonts(deck, said)}</style>",
            f"<style>{_colors(deck)}{_text('page/deck.css')}{read_player('pointing.css')}</style>",
            "</head><body>",
            '<div class="reveal"><div class="slides">',
            *_sections(deck),
            f'</div></div><div id="keys">{keys}</div>',
            *_films(deck),
            *_captions(deck),
            f'<script type="application/json" id="deck">{_facts(deck, said)}</script>',
            f"<script>{_script('reveal/reveal.js')}</script>",
            f'<script type="module">{_player(deck)}{_leader()}</script></body></html>',
        ]
    )


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _script(name: str) -> str:
    """A script without the line that names its source map, which is not in the page."""
    return _text(name).partition("//# sourceMappingURL=")[0]


def _player(deck: Deck) -> str:
    """What plays films that are vectors, where there are any."""
    if not _reels(deck):
        return ""
    return f"{bundle_player('slides')}\nwindow.nnanimSlides = $slides;\n"


def _leader() -> str:
    """What leads through the slides; a block, as the player before it has names of its own."""
    modules = {path.stem: path.read_text(encoding="utf-8") for path in sorted((HERE / "page").glob("*.js"))}
    return f"{{{bundle('deck', modules)}}}"


def _reels(deck: Deck) -> dict[Path, str]:
    """The films that are played as vectors, and the id of the element in which each lies."""
    films = dict.fromkeys(slide.shot.film for slide in deck.slides if slide.shot is not None)
    return {path: f"film-{number}" for number, path in enumerate(films)}


def _fonts(deck: Deck, said: dict[str, str]) -> str:
    """Nnanim's font with the characters of this page: a machine in class may have no Japanese one.

    Only headings are bold.
    """
    heads = [deck.title, *said.values(), *(slide.title for slide in deck.slides)]
    parts = list(heads)
    for slide in deck.slides:
        parts += [*slide.lines, slide.notes, slide.chapter, *slide.captions.values()]
    rules = ""
    for path, weight, shown in ((REGULAR, 400, parts), (BOLD, 700, heads)):
        content = base64.b64encode(subset_font(path, "".join(shown))).decode()
        source = f"url(data:font/otf;base64,{content})"
        rules += f"@font-face{{font-family:nnanim;font-weight:{weight};src:{source}}}\n"
    return rules


def _colors(deck: Deck) -> str:
    theme = deck.theme
    ground = theme.rgba("ground")
    scheme = "dark" if contrast(ground, [1, 1, 1]) > contrast(ground, [0, 0, 0]) else "light"
    roles = "".join(f"--{role}:{theme.color(role)};" for role in theme.colors)
    return f":root{{{roles}--scheme:{scheme};}}\n"


def _sections(deck: Deck) -> Iterator[str]:
    pictures = _pictures(deck)
    reels = _reels(deck)
    for number, slide in enumerate(deck.slides):
        if not slide.is_film:
            what = _words(slide, pictures, reels)
        elif slide.shot is not None:
            what = _vectors(slide, slide.shot, reels)
        else:
            what = _film(slide, number, pictures)
        notes = "".join(f"<p>{escape(part)}</p>" for part in slide.notes.split("\n\n") if part)
        # The last picture of the slide before stands until the first one of this is there.
        yield (
            f'<section data-name="{escape(slide.id)}" data-after="{slide.after}"'
            f' data-seconds="{slide.seconds:.3f}" class="slide-{slide.kind}">'
            f'{what}<aside class="notes">{notes}</aside></section>'
        )


def _vectors(slide: Slide, shot: Shot, reels: Mapping[Path, str]) -> str:
    title = escape(slide.title)
    loop = " data-loop" if slide.after == "loop" else ""
    voice = ""
    if slide.voice is not None:
        sound = base64.b64encode(encode_voice(slide.voice).read_bytes()).decode()
        voice = f'<audio preload="auto" src="data:audio/mp4;base64,{sound}"></audio>'
    return (
        f'<div class="film"><h2>{title}</h2>'
        f'<canvas role="img" aria-label="{title}" width="1" height="1"{loop}'
        f'{_of(shot, reels)}></canvas><p class="caption" hidden></p>{voice}</div>'
    )


def _of(shot: Shot, reels: Mapping[Path, str]) -> str:
    return f' data-film="{reels[shot.film]}" data-beat="{escape(shot.beat)}"'


def _image(picture: Still | None, pictures: Mapping[Path, str], reels: Mapping[Path, str]) -> str:
    """A picture that rests, as an element; nothing for none."""
    if picture is None:
        return ""
    if isinstance(picture, Shot):
        return f'<canvas class="still" aria-hidden="true" width="1" height="1"{_of(picture, reels)}></canvas>'
    return f'<img alt="" src="{pictures[picture]}">'


def _film(slide: Slide, number: int, pictures: Mapping[Path, str]) -> str:
    title = escape(slide.title)
    loop = " loop" if slide.after == "loop" else ""
    poster = pictures[slide.poster] if isinstance(slide.poster, Path) else ""
    return (
        f'<div class="film"><h2>{title}</h2><video playsinline preload="auto"{loop} data-clip="clip-{number}"'
        f' aria-label="{title}" poster="{poster}"></video></div>'
    )


def _words(slide: Slide, pictures: Mapping[Path, str], reels: Mapping[Path, str]) -> str:
    title = _html_phrases(slide.title)
    if slide.kind == "question":
        image = _image(slide.behind, pictures, reels)
        return f'<div class="question">{image}<h2>{title}</h2></div>'
    image = _image(slide.cover, pictures, reels)
    number = f'<p class="section">{slide.section}</p>' if slide.section else ""
    if slide.kind == "title":
        return f'<div class="words cover">{image}<div>{number}<h1>{title}</h1></div></div>'
    lines = "".join(f"<li>{_html_phrases(line)}</li>" for line in slide.lines)
    return f'<div class="words beside"><div><h2>{title}</h2><ul>{lines}</ul></div>{image}</div>'


def _html_phrases(text: str) -> str:
    """Words that break between phrases, as in the films: browsers break Japanese between any two letters."""
    return "<wbr>".join(map(escape, phrases(text))).replace(" <wbr>", " ")


def _pictures(deck: Deck) -> dict[Path, str]:
    """The last pictures of films, as addresses that hold the pictures themselves."""
    seen = [
        path
        for slide in deck.slides
        for path in (slide.behind, slide.cover, slide.is_film and slide.poster)
        if isinstance(path, Path)
    ]
    made = embedded.shrink_pictures(seen)
    return {path: f"data:image/webp;base64,{base64.b64encode(made[path]).decode()}" for path in seen}


def _films(deck: Deck) -> Iterator[str]:
    for path, name in _reels(deck).items():
        content = format_bytes(path.read_bytes(), dense=True)
        yield f'<script type="text/plain" id="{name}">{content}</script>'
    for number, slide in enumerate(deck.slides):
        if slide.is_film and slide.shot is None:
            content = base64.b64encode(add_voice(slide).read_bytes()).decode()
            yield f'<script type="text/plain" id="clip-{number}">{content}</script>'


def _languages(deck: Deck) -> list[str]:
    """Languages of the captions: the film speaks its own already, so the others come first."""
    found = dict.fromkeys(lang for slide in deck.slides if slide.is_film for lang in slide.captions)
    return sorted(found, key=lambda lang: (lang == deck.lang, lang))


def _captions(deck: Deck) -> Iterator[str]:
    for lang in _languages(deck):
        records, start = [], 0.0
        for slide in deck.slides:
            if slide.is_film:
                records.append(BeatRecord(slide.id, slide.captions, start, start + slide.seconds))
            start += slide.seconds + slide.hold
        yield f'<script type="text/vtt" data-lang="{escape(lang)}">\n{manifest.vtt(records, lang)}</script>'


def _facts(deck: Deck, said: dict[str, str]) -> str:
    slides = [
        {"title": s.title, "notes": s.notes, "chapter": s.chapter, "minutes": _number(s.minutes)}
        for s in deck.slides
    ]
    facts: dict[str, Any] = {
        "title": deck.title, "lang": deck.lang, "languages": _languages(deck), "words": said,
        "width": round(HEIGHT * deck.size[0] / deck.size[1]), "height": HEIGHT,
        "minutes": _number(sum(slide.minutes for slide in deck.slides)),
        "speaker": _text("page/speaker.css"), "slides": slides,
    }  # fmt: skip
    # Inside a script nothing but "<" can end it.
    return json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c")


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value
