"""What is wanted of a live scene: values of its controls, its look and the beat, as one plain state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nnanim import theme as themes
from nnanim.controls import Control
from nnanim.errors import UserError, nearest, quote
from nnanim.style import FRAMES, RenderStyle, frame_size
from nnanim.words import check_language


@dataclass(frozen=True, eq=False)
class LiveState:
    """What is wanted.

    Attributes:
        values: what was chosen, by control; the others have what they start with.
        lang, theme, frame: how it is shown.
        beat: id of the beat; empty for the first.
        plays: how often a beat was asked for: with each, it is played from its beginning.
        changes: how often a value was changed.
        hasty: whether the next change is expected soon, as while a slider is dragged.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    lang: str = "en"
    theme: str = "dark"
    frame: str = "16:9"
    beat: str = ""
    plays: int = 0
    changes: int = 0
    hasty: bool = False

    @property
    def style(self) -> RenderStyle:
        """Language, theme and frame."""
        return RenderStyle(themes.by_name(self.theme), self.lang, *frame_size(self.frame))

    def with_message(self, message: Any, controls: Mapping[str, Control]) -> LiveState:
        """The state that a message of a page asks for.

        Raises:
            UserError: it is no message, or asks for what does not exist or cannot be.
        """
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise UserError("a message is a JSON object with a type")
        handle = _HANDLERS.get(message["type"])
        if handle is None:
            raise UserError(f"there is no message {quote(message['type'])}{nearest('', _HANDLERS)}")
        return handle(self, message, controls)


def _set(state: LiveState, message: Mapping[str, Any], controls: Mapping[str, Control]) -> LiveState:
    """One value, and whether others will follow at once."""
    name = message.get("name")
    if not isinstance(name, str) or name not in controls:
        raise UserError(f"there is no control {quote(name)}{nearest(str(name), controls)}")
    try:
        value = controls[name].check(message.get("value"))
    except UserError as error:
        raise UserError(f"{name}: {error}") from None
    values = {**state.values, name: value}
    return replace(state, values=values, changes=state.changes + 1, hasty=message.get("hasty") is True)


def _reset(state: LiveState, message: Mapping[str, Any], controls: Mapping[str, Control]) -> LiveState:
    """What everything starts with."""
    return replace(state, values={}, changes=state.changes + 1, hasty=False)


def _beat(state: LiveState, message: Mapping[str, Any], controls: Mapping[str, Control]) -> LiveState:
    """A beat, from its beginning; which there are is known when it is told."""
    beat = message.get("id")
    if not isinstance(beat, str) or len(beat) > 200:
        raise UserError(f"a beat is named by its id, not {quote(beat)}")
    return replace(state, beat=beat, plays=state.plays + 1, hasty=False)


def _look(state: LiveState, message: Mapping[str, Any], controls: Mapping[str, Control]) -> LiveState:
    """Language, theme and frame."""
    lang, theme, frame = (message.get(name, getattr(state, name)) for name in ("lang", "theme", "frame"))
    if not all(isinstance(one, str) for one in (lang, theme, frame)):
        raise UserError("language, theme and frame are named by words")
    if frame not in FRAMES:
        raise UserError(f"there is no frame {quote(frame)}{nearest(frame, FRAMES)}")
    lang, theme = check_language(lang), themes.by_name(theme).name
    return replace(state, lang=lang, theme=theme, frame=frame, hasty=False)


_HANDLERS = {"set": _set, "reset": _reset, "beat": _beat, "look": _look}
