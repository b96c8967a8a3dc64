"""Journeys as the player keeps them: values, joints and delays, from which it moves every signal itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnanim.marks import Frame
from nnanim.marks.common import BIGGEST, GLOW, LEAST, RIM
from nnanim.marks.wires import FEW
from nnanim.motions import Journey
from nnanim.motions.journey import ABOVE, FADE, LAG, SPECK, TURN, TURNS, crowd_look, draw_number
from nnanim.timeline.camera import Zoomed
from nnanim.web.bank import Bank
from nnanim.web.channel import MOMENT
from nnanim.web.quanta import ALPHA, POSITION, as_int16, halvings
from nnanim.web.track import static


def write_journey(course: Any, bank: Bank) -> int:
    """The number of a journey, seen through a view or not."""
    journey = course.course if isinstance(course, Zoomed) else course
    assert isinstance(journey, Journey), "nothing else is written so"
    joints, theme = journey.joints, journey.frame.style.theme
    at = np.concatenate([*joints.sources.T, *joints.targets.T]) * POSITION
    high = halvings(float(np.abs(at).max(initial=0.0)))
    faintest, power = crowd_look(journey.terms.size) if journey.is_crowd else (1.0, 1.0)
    known: dict[str, Any] = {
        "out": journey.terms.shape[0],
        "in": journey.terms.shape[1],
        "terms": bank.put(_shares(journey.terms, journey.limit)),
        "source": bank.put(_shares(journey.source, journey.limit)),
        "joints": bank.put(as_int16(at / 2**high)),
        "halved": high,
        "radii": [round(float(one), 5) for one in joints.radii],
        "delays": [bank.put(as_int16(one * MOMENT)) for one in _split(journey.delays)],
        "lag": LAG,
        "only": -1 if journey.only is None else journey.only,
        "scale": round(journey.scale, 6),
        "biggest": round(BIGGEST * journey.scale, 5),
        "least": SPECK if journey.is_crowd else LEAST,
        "few": FEW if journey.is_crowd else 0,
        "faintest": round(faintest, 7),
        "power": round(power, 5),
        "look": [GLOW, RIM, FADE, TURN, TURNS],
        "colors": [
            [round(255 * float(c)) for c in theme.rgba(role)[:3]]
            for role in ("positive", "negative", "ground")
        ],
    }
    if journey.numbers:
        known["numbers"] = [
            _numbers(one.ravel(), journey.frame, bank) for one in (journey.source, journey.terms)
        ]
        known["above"] = round(ABOVE * theme.small, 5)
    if isinstance(course, Zoomed) and not course.zoom.is_whole:
        zoom = course.zoom
        known["zoom"] = [zoom.factor, *zoom.shift, *zoom.box]
    return bank.journeys.number(_freeze(known))


def _shares(values: Any, limit: float) -> Any:
    """Whole numbers of which the largest stands for the limit; what is not 0 keeps its sign."""
    share = np.asarray(values, dtype=float) / limit * ALPHA
    return as_int16(np.where(np.abs(share) < 1, np.sign(share), share))


def _split(delays: Any) -> tuple[Any, Any]:
    """Delays (out, in) as those of the rows (out,) and of the columns (in,), which add up to them."""
    return delays[:, 0] - delays[0, 0], delays[0]


def _numbers(values: Any, frame: Frame, bank: Bank) -> list[int]:
    """Drawings of the numbers that signals carry, about the origin."""
    return [static(draw_number(float(value), 0.0, 0.0, frame), bank) for value in values]


def _freeze(thing: Any) -> Any:
    """The same as tuples, so that equal ones are known."""
    if isinstance(thing, dict):
        return tuple((name, _freeze(one)) for name, one in thing.items())
    return tuple(map(_freeze, thing)) if isinstance(thing, list | tuple) else thing
