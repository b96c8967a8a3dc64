"""Reads journeys back: the signals that the player moves."""

from __future__ import annotations

from typing import Any

from nnanim.marks import Frame
from nnanim.marks.net import Joints
from nnanim.marks.view import Zoom
from nnanim.motions import Journey
from nnanim.shapes import Shapes
from nnanim.style import RenderStyle
from nnanim.theme import Theme
from nnanim.web.channel import MOMENT
from nnanim.web.quanta import ALPHA, POSITION
from nnanim.web.store import Store


def read_journey(store: Store, number: int, fraction: float) -> Shapes:
    """The signals of a journey at a fraction (0..1) of their way, without the numbers that they carry."""
    known = store.index["journeys"][number]
    out, into = known["out"], known["in"]

    def row(at: int, count: int) -> Any:
        return store.numbers[at : at + count].astype(float)

    at = row(known["joints"], 2 * (out + into)) / POSITION * 2 ** known["halved"]
    sources, targets = at[: 2 * into].reshape(2, into).T, at[2 * into :].reshape(2, out).T
    delays = row(known["delays"][0], out)[:, None] + row(known["delays"][1], into)
    colors = {
        role: "#" + "".join(f"{part:02x}" for part in rgb)
        for role, rgb in zip(("positive", "negative", "ground"), known["colors"], strict=True)
    }
    journey = Journey(
        row(known["terms"], out * into).reshape(out, into) / ALPHA,
        row(known["source"], into) / ALPHA,
        Joints(sources, targets, tuple(known["radii"])),
        delays / MOMENT,
        1.0,
        known["scale"],
        Frame("", {}, RenderStyle(Theme(colors=colors))),
        None if known["only"] < 0 else known["only"],
    )
    zoom = known.get("zoom")
    view = Zoom(zoom[0], (zoom[1], zoom[2]), tuple(zoom[3:])) if zoom else Zoom()
    return view.apply(journey(fraction))
