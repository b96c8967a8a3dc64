"""``nnanim live``: a scene in the browser whose controls run the model anew."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import webbrowser
from typing import Any

import click

from nnanim import settings
from nnanim.cli import choices
from nnanim.errors import UserError, quote
from nnanim.film.options import check_options
from nnanim.scene import loader
from nnanim.scene.bare import without_manim
from nnanim.terminal import echo


@click.command()
@click.argument("scene", metavar="NAME|FILE.py")
@click.argument("chosen", required=False, metavar="[SCENE]")
@click.option("--model", metavar="MODULE:MODEL", help="Your model, for the scene network: my.py:net.")
@click.option("--input", "inputs", multiple=True, metavar="[NAME=]FILE", help="An input of it; repeatable.")
@choices.options
@click.option("--lang", metavar="LANG", help="Language that is shown first: en or ja.")
@click.option("--theme", metavar="THEME", help="dark or light.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="By default any that is free.")
@click.option("--no-browser", is_flag=True, help="Print the address, and open nothing.")
def live(
    scene: str,
    chosen: str | None,
    model: str | None,
    inputs: tuple[str, ...],
    hf: str | None,
    sentence: str | None,
    picture: str | None,
    part: str | None,
    run: str | None,
    data: str | None,
    lang: str | None,
    theme: str | None,
    port: int,
    no_browser: bool,
) -> None:
    """Show a scene in the browser: change its numbers there, and the model computes everything anew."""
    if importlib.util.find_spec("websockets") is None:
        raise UserError("nnanim live talks to the browser through websockets: pip install 'nnanim[live]'")
    if data is not None:
        raise UserError(f"--data {quote(data)}: nnanim live learns no table; nnanim play does")
    with without_manim():
        kind = loader.choose(scene, chosen)
    now = settings.load(lang or kind.lang, theme or kind.theme)
    if not now.theme.opaque:
        raise UserError(f"theme {now.theme.name!r} has no ground; a page is shown in dark or light")
    given = choices.chosen_options(hf=hf, sentence=sentence, picture=picture, part=part, run=run)
    options = check_options(kind, {**given, **choices.own_model(model, inputs)}, "live")
    _serve(kind, options, now, port, opens=not no_browser)


def _serve(kind: Any, options: dict[str, Any], now: settings.Settings, port: int, opens: bool) -> None:
    """Serve a scene until Ctrl+C.

    Raises:
        UserError: there is nothing to be seen of it.
    """
    from nnanim.live.film import LiveFilm
    from nnanim.live.server import LiveServer, bind
    from nnanim.live.session import LiveSession
    from nnanim.live.state import LiveState

    film = LiveFilm(kind, options)
    try:
        controls = film.controls
    except Exception as error:
        raise UserError(film.explain(error)) from error
    listener = bind(port)
    session = LiveSession(film, LiveState(lang=now.lang, theme=now.theme.name))
    server = LiveServer(session, listener)

    def tell() -> None:
        if not controls:
            echo(f"note: the scene {kind.__name__} has no controls; its beats can be played", err=True)
        echo(server.address)
        echo("Ctrl+C ends it", err=True)
        if opens and not webbrowser.open(server.address):
            echo("note: no browser was found; open the address above", err=True)

    try:
        with contextlib.suppress(KeyboardInterrupt):  # how it ends
            # Where what is seen first breaks, no page would mend it.
            if mistake := session.first.result():
                raise UserError(mistake)
            asyncio.run(server.run(tell))
    finally:
        session.stop()
        listener.close()
