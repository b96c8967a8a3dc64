"""What a shell offers when the Tab key is pressed: scenes, beats, lessons, models, themes, languages.

Nothing but click is imported before something is offered: ``nnanim doctor`` works where the rest does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    ParamType = click.ParamType[str]
else:  # what older versions of click cannot subscript
    ParamType = click.ParamType


def _scenes(context: click.Context) -> Iterable[tuple[str, str]]:
    from nnanim import settings
    from nnanim.cli.scene_lines import read_line
    from nnanim.scene import loader

    lang = settings.load(None).lang
    return [(name, read_line(loader.path(name), "title", lang)) for name in loader.names()]


def _lessons(context: click.Context) -> Iterable[tuple[str, str]]:
    from nnanim import lessons

    return [*((name, "") for name in lessons.names()), *_scenes(context)]


def _models(context: click.Context) -> Iterable[tuple[str, str]]:
    from nnanim.models import names

    return [(name, "") for name in names()]


def _beats(context: click.Context) -> Iterable[tuple[str, str]]:
    """The beats of the scene that stands before on the line; telling it may take some seconds."""
    from nnanim import settings, words
    from nnanim.scene import loader

    lang = settings.load(None).lang
    # While an option is being typed, click has not told the words before it apart yet.
    scene = context.params["scene"] or context.args[0]
    story = loader.build_story(scene, cached=True)
    return [(beat.id, words.say(beat.says, lang).replace("\n", " ")) for beat in story.beats]


def _themes(context: click.Context) -> Iterable[tuple[str, str]]:
    from nnanim.theme import THEMES

    return [(name, "") for name in THEMES]


def _languages(context: click.Context) -> Iterable[tuple[str, str]]:
    from nnanim.words import LANGUAGES

    return [(name, "") for name in LANGUAGES]


OFFERS: dict[str, Callable[[click.Context], Iterable[tuple[str, str]]]] = {
    "scene": _scenes,
    "names": _scenes,
    "source": _scenes,
    "beat": _beats,
    "strip": _beats,
    "lesson": _lessons,
    "known_model": _models,
    "theme": _themes,
    "lang": _languages,
}
"""What is offered for a parameter, by its name in all commands: values, each with what it is."""


class Offered(ParamType):
    """A text for which a shell offers what is known; a file of one's own is as good."""

    name = "text"

    def __init__(self, give: Callable[[click.Context], Iterable[tuple[str, str]]]) -> None:
        self.give = give

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """What begins like that; nothing where nothing can be offered."""
        try:
            known = list(self.give(ctx))
        except Exception:  # whatever is wrong with a scene is said when it is run
            return []
        found = [CompletionItem(one, help=help or None) for one, help in known if one.startswith(incomplete)]
        return found or [CompletionItem(incomplete, type="file")]


def offer(parameter: click.Parameter) -> None:
    """Let a parameter of a command offer what it may be."""
    give = OFFERS.get(parameter.name or "")
    if give is not None and parameter.type is click.STRING:
        parameter.type = Offered(give)
