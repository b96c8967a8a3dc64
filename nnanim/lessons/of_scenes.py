"""A lesson that nobody wrote: some scenes one after the other, or some beats of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nnanim.errors import UserError
from nnanim.lessons.lesson import Clip, Lesson, Page
from nnanim.words import Words


def lesson_of_scenes(
    scenes: Mapping[str, Words],
    *,
    beats: Sequence[str] = (),
    aspect: str = "16:9",
    titled: bool = True,
    own_model: bool = False,
) -> Lesson:
    """A lesson that shows some scenes.

    Args:
        scenes: titles by names or files, in order.
        beats: ids of the beats that are shown, of a single scene; without a title then.
        aspect: of the slides, as a lesson's.
        titled: whether a slide with its title comes before each.
        own_model: whether the scenes take the model given on the command line.

    Raises:
        UserError: beats are chosen of several scenes.
    """
    if beats and len(scenes) > 1:
        raise UserError(f"beats are chosen of one film; {len(scenes)} are asked for")
    steps: list[Page | Clip] = []
    for scene, title in scenes.items():
        steps += [Page(title or Path(scene).stem)] if titled and not beats else []
        steps.append(Clip(scene, show=tuple(beats), own_model=own_model))
    name = "-".join(Path(scene).stem for scene in scenes)
    return Lesson(name, next(iter(scenes.values())) or name, tuple(steps), aspect=aspect)
