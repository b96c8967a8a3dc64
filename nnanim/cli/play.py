"""``nnanim play``: a scene in the browser, at once; with ``--watch`` as it is written."""

from __future__ import annotations

import threading
import time
import webbrowser
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import click

from nnanim import settings
from nnanim.cli import choices
from nnanim.cli.watch import file_times
from nnanim.errors import UserError, nearest
from nnanim.files import quote_path, read_bytes
from nnanim.shelf import Shelf
from nnanim.terminal import echo

if TYPE_CHECKING:
    from nnanim.play.server import FilmServer
    from nnanim.play.studio import Studio

LOOK = 0.1
"""Seconds between two looks at the files of the scene."""

FILM = ".nnfilm"
"""How the names of films end that are kept as vectors, such as those of decks."""


@click.command()
@click.argument("scene", metavar="NAME|FILE")
@click.argument("chosen", required=False, metavar="[SCENE]")
@click.option("--lang", metavar="LANG", help="Language that is shown first: en or ja; the page switches.")
@click.option("--theme", metavar="THEME", help="Theme that is shown first: dark or light; the page switches.")
@click.option("--pace", metavar="NUMBER", help="Speed; 2 is twice as fast.")
@click.option("--beat", metavar="ID|N", help="Begin at this beat.")
@click.option("--model", metavar="MODULE:MODEL", help="Your model, for the scene network: my.py:net.")
@click.option("--input", "inputs", multiple=True, metavar="[NAME=]FILE", help="An input of it; repeatable.")
@choices.options
@click.option("--watch", is_flag=True, help="Show the scene anew whenever its file is saved.")
@click.option("--port", type=int, default=0, metavar="N", help="Port of this machine; a free one by default.")
@click.option("--no-browser", is_flag=True, help="Open no browser; only print the address.")
def play(
    scene: str,
    chosen: str | None,
    lang: str | None,
    theme: str | None,
    pace: str | None,
    beat: str | None,
    model: str | None,
    inputs: tuple[str, ...],
    hf: str | None,
    sentence: str | None,
    picture: str | None,
    part: str | None,
    run: str | None,
    data: str | None,
    watch: bool,
    port: int,
    no_browser: bool,
) -> None:
    """Play a scene in the browser at once: nothing is rendered. FILE is a scene's .py or a film's .nnfilm."""
    from nnanim.play.server import FilmServer
    from nnanim.web.page import PageSettings

    now = settings.load(lang, theme, pace)
    begin = PageSettings(now.lang, now.theme.name, play=True, pace=now.pace)
    if scene.endswith(FILM):
        server = FilmServer(_read_film(scene, beat), port, begin)
    else:
        Shelf("scene", ".py").path(scene)
        server = FilmServer(None, port, begin)
    threading.Thread(target=server.run, daemon=True).start()
    address = server.address + (f"#{urlencode({'beat': beat}, errors='replace')}" if beat else "")
    echo(address)
    if not no_browser:
        threading.Thread(target=_show, args=(address,), daemon=True).start()
    try:
        if not scene.endswith(FILM):
            given = choices.chosen_options(
                hf=hf, sentence=sentence, picture=picture, part=part, run=run, data=data
            )
            server.studio = _studio(scene, chosen, {**given, **choices.own_model(model, inputs)}, now)
        _serve(server, watch, beat)
    except KeyboardInterrupt:
        pass  # how it ends
    finally:
        server.close()


def _studio(
    scene: str,
    chosen: str | None,
    given: Mapping[str, object],
    now: settings.Settings,
) -> Studio:
    from nnanim.play.studio import Studio

    return Studio(scene, chosen, {**given, "lang": now.lang, "theme": now.theme.name})


def _read_film(path: str, beat: str | None) -> bytes:
    from nnanim.web import decode_film

    content = read_bytes(path)
    try:
        film = decode_film(content)
        _check_beat(beat, [one.id for one in film.cuts[0].beats])
    except UserError as error:
        raise UserError(f"{quote_path(path)}: {error}") from error
    return content


def _check_beat(beat: str | None, ids: Sequence[str]) -> None:
    """Raises where there is no such beat, by id or by number; the page would begin with another one."""
    if beat and beat not in (*ids, *map(str, range(1, len(ids) + 1))):
        raise UserError(f"there is no beat {beat!r}{nearest(beat, ids)}")


def _show(address: str) -> None:
    if not webbrowser.open(address):
        echo(f"no browser was found; open {address} in one", err=True)


def _wait_for_ever() -> None:
    while True:
        time.sleep(3600)


def _serve(server: FilmServer, watch: bool, beat: str | None) -> None:
    """Load the scene and wait; with ``watch``, load it again whenever its file is saved.

    Raises:
        UserError: the scene breaks or has no such beat, and nobody watches.
    """
    studio = server.studio
    if studio is None:
        return _wait_for_ever()
    from nnanim.play.studio import Studio, load_recorder, scene_files

    assert isinstance(studio, Studio)
    while True:
        before = file_times(scene_files(studio.file))
        if not server.load():
            if not watch:
                raise UserError(server.mistake)
            echo(server.mistake, err=True)
        elif not watch:
            _check_beat(beat, studio.list_beats())
        if not watch:
            return _wait_for_ever()
        load_recorder()
        while file_times(scene_files(studio.file)) == before:
            time.sleep(LOOK)
