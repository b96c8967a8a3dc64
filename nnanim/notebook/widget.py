"""The player as a widget of a notebook (the extra ``nnanim[notebook]``): Python leads it and follows it.

::

    film = nnanim.show(story).widget()
    film.beat = "sum"            # show that beat
    film.observe(print, "beat")  # be told which beat is seen
    film.update(other_story)     # show another film in its place, at the same beat
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from nnanim.web.bundle import bundle_player, read_player
from nnanim.web.page import LOOK, PageSettings


class FilmWidget(anywidget.AnyWidget):
    """Plays a film in a notebook.

    Attributes:
        beat: id of the beat that is seen; set it to go there.
        playing: whether it plays; set it to play or stop.
    """

    _esm = f"{bundle_player('widget')}\nexport default {{ render: $widget.render }};\n"
    _css = "".join(read_player(f"{one}.css") for one in LOOK[:-1])

    film = traitlets.Bytes().tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)
    height = traitlets.Int().tag(sync=True)
    beat = traitlets.Unicode("").tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, film: bytes, settings: PageSettings, height: int, encode: Callable[[Any], bytes], **traits: Any
    ) -> None:
        """Take what is shown; ``traits`` are those of any widget.

        Args:
            film: as the player reads it.
            settings: how it begins.
            height: of the player, in pixels.
            encode: gives the film of whatever `update` shows.
            traits: of the widget.
        """
        values = {**settings.values(), "hash": False}
        super().__init__(film=film, settings=values, height=height, **traits)
        self._encode = encode

    def update(self, thing: Any) -> None:
        """Show something else that ``nnanim.show`` takes, at the same place of the same beat.

        Raises:
            UserError: nothing can be shown of it.
        """
        self.film = self._encode(thing)
