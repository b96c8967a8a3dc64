"""A scene with its controls as a widget of a notebook: every change runs its model in the kernel.

::

    from nnanim.scene import loader

    film = nnanim.show(loader.load("perceptron")).widget()
    film                            # sliders beside the picture, as in ``nnanim live``
    film.choose("petal length", 4)  # the same from Python
    film.values                     # what is chosen now
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import anywidget
import traitlets

from nnanim.errors import UserError, nearest
from nnanim.live.film import LiveFilm
from nnanim.live.pages import bundle_cell, cell_style
from nnanim.live.session import LiveSession, Message
from nnanim.live.state import LiveState
from nnanim.scene.source import StorySource

PAGE = 0
"""The number of the page that a widget is: all cells in which it is shown are told the same."""


class ControlWidget(anywidget.AnyWidget):
    """A scene, what may be changed of it, and its beats."""

    _esm = f"{bundle_cell()}\nexport default {{ render: $cell.render }};\n"
    _css = cell_style()

    height = traitlets.Int().tag(sync=True)

    def __init__(self, kind: type[StorySource], state: LiveState, height: int, **traits: Any) -> None:
        """Begin to compute what is seen first, in a thread.

        Args:
            kind: the scene's class.
            state: how it begins.
            height: in pixels.
            traits: of the widget.
        """
        super().__init__(height=height, **traits)
        self._session = LiveSession(LiveFilm(kind), state)
        self.on_msg(self._hear)

    @property
    def values(self) -> Mapping[str, Any]:
        """The value of each control, as a page is told it."""
        return self._session.values

    def choose(self, name: str, value: Any) -> None:
        """Set a control.

        Raises:
            UserError: there is none of that name, or it takes no such value.
        """
        if name not in self._session.controls:
            raise UserError(f"there is no control {name!r}{nearest(name, self._session.controls)}")
        self._session.controls[name].check(value)
        self._session.hear(PAGE, json.dumps({"type": "set", "name": name, "value": value}))

    def close(self) -> None:
        """End the thread, and the widget."""
        self._session.stop()
        super().close()

    def _hear(self, _widget: Any, content: Mapping[str, Any], _buffers: Sequence[Any]) -> None:
        """A message of a cell."""
        if "join" in content:
            self._session.join(PAGE, self._tell)
        else:
            self._session.hear(PAGE, str(content.get("text", "")))

    def _tell(self, _kind: str, message: Message) -> None:
        if isinstance(message, bytes):
            self.send({}, [message])
        else:
            self.send({"text": message})
