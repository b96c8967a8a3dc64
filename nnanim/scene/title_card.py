"""The title card: a film begins with its cover, under the film's name."""

from __future__ import annotations

from dataclasses import replace

from nnanim.beats import Beat, Story
from nnanim.errors import UserError

ID, SECONDS = "title", 1.8
"""Id of the card's beat, and how long it rests."""


def with_title_card(story: Story, cover: str) -> Story:
    """The story after a card that shows what the beat ``cover`` shows, the title as its sentence.

    Raises:
        UserError: there is no such beat; one has the card's id already.
    """
    if not cover:
        raise UserError("a title card shows the scene's cover; name it: cover = 'ID OF A BEAT'")
    if any(beat.id == ID for beat in story.beats):
        raise UserError(f"a beat has the id {ID!r}, which is that of the title card")
    shown = story.beat(cover)
    card = Beat(
        story.title, shown.stage, id=ID, pause=SECONDS, schematic=shown.schematic, given=_of_marks(shown)
    )
    return replace(story, beats=(card, *story.beats))


def _of_marks(beat: Beat) -> tuple[str, ...]:
    """What is given on the stage; the card has a sentence of its own."""
    return tuple(entry for entry in beat.given if entry != "says")
