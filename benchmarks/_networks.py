"""Networks of any size, told by nnanim and written as a teacher would write them in plain manim."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from manim import Circle, Dot, Line, ManimColor, MoveAlongPath, Scene, VGroup, config

from nnanim import timeline
from nnanim.beats import Beat, Story
from nnanim.marks import Row, Units, Wires
from nnanim.motions import SIGNALS, Flow, Relay, ease
from nnanim.motions.flow import LAG, TRAVEL
from nnanim.movie import StoryScene
from nnanim.shapes import Discs
from nnanim.style import RenderStyle
from nnanim.theme import by_name

SIZES = {9: (2, 3, 1), 256: (16, 16), 2368: (64, 32, 10), 101632: (784, 128, 10)}
"""Layers of the networks, by their numbers of edges."""

THICK = 100
"""manim counts line widths in hundredths of a frame unit."""


def story(edges: int, steady: bool = True) -> Story:
    """A network of so many edges, all of whose signals run; ``steady``: they do not change on the way."""
    rng, sizes = np.random.default_rng(0), SIZES[edges]
    values, weights = [_single(rng.uniform(0.1, 1, sizes[0]))], []
    for into, out in pairwise(sizes):
        weights.append(_single(rng.normal(size=(out, into)) / np.sqrt(into)))
        values.append(_single(np.tanh(weights[-1] @ values[-1])))
    units = [Units(v, key=f"units {i}", numbers=False) for i, v in enumerate(values)]
    wires = [Wires(w, units[i], units[i + 1], key=f"wires {i}") for i, w in enumerate(weights)]
    parts = [units[0], *(one for pair in zip(wires, units[1:], strict=True) for one in pair)]
    flows = [Flow(f"wires {i}", w * values[i], values[i]) for i, w in enumerate(weights)]
    flows = [_steady(flow) for flow in flows] if steady else flows
    motion = flows[0] if len(flows) == 1 else Relay(tuple(flows))
    return Story.from_beats([Beat("", Row(*parts), motion=motion, id="flow")], "network")


def _single(values: np.ndarray) -> np.ndarray:
    """Numbers of single precision, as torch has them."""
    return values.astype(np.float32).astype(float)


def _steady(flow: Flow) -> Flow:
    """Signals that set out as w·x and stay so, for plain manim's dots keep their size and colour."""
    object.__setattr__(flow, "source", flow.contributions)
    return flow


def flowing(edges: int) -> tuple[timeline.Take, timeline.Phase]:
    """The beat and its motion, without title, legends, card, glow and what neurons do on arrival."""
    style = RenderStyle(by_name("dark"), "en", config.frame_width, config.frame_height)
    take = next(take for take in timeline.takes(story(edges), style) if take.beat.id == "flow")
    phase = next(phase for phase in take.phases if phase.name == "motion")
    resting = {key: shapes for key, shapes in phase.resting.items() if key.startswith(("units", "wires"))}

    empty = {key: shapes for key, shapes in phase.moving(0.0).items() if key.startswith("units")}

    def moving(fraction: float) -> dict[str, Any]:
        seen = {**phase.moving(fraction), **empty}
        return {**seen, SIGNALS: tuple(_plain(shape) for shape in seen.get(SIGNALS, ()))}

    return take, replace(phase, resting=resting, moving=moving)


def _plain(shape: Any) -> Any:
    return replace(shape, glow=0.0, rims=None) if isinstance(shape, Discs) else shape


class _Clocked(Scene):
    """Notes the CPU time of its own thread (no encoding) at every frame."""

    edges, frames = 9, 20

    def noted(self) -> list[float]:
        marks: list[float] = []
        drawn = self.renderer.render

        def render(*args: Any, **kwargs: Any) -> None:
            drawn(*args, **kwargs)
            marks.append(time.thread_time())

        self.renderer.render = render
        return marks

    def construct(self) -> None:
        self.marks, self.began = self.noted(), time.thread_time()
        self.flow()


class Told(_Clocked, StoryScene):
    """The network as nnanim tells it."""

    def flow(self) -> None:
        take, phase = flowing(self.edges)
        self.camera.background_color = take.frame.style.theme.color("ground")
        self._play(replace(phase, seconds=self.frames / config.frame_rate), take)


class Plain(_Clocked):
    """The same network of manim's mobjects; signals have the size and colour with which they arrive."""

    def flow(self) -> None:
        take, phase = flowing(self.edges)
        self.camera.background_color = take.frame.style.theme.color("ground")
        moving = phase.moving(0.0)
        for key in sorted(moving.keys() | phase.resting.keys(), key=lambda key: not key.startswith("wires")):
            for shape in {**phase.resting, **moving}[key] if key.startswith(("units", "wires")) else ():
                self.add(_lines(shape) if key.startswith("wires") else _circles(shape))
        motion = take.beat.motion
        flows = motion.flows if isinstance(motion, Relay) else (motion,)
        for flow in flows:
            dots = _dots(flow, take)
            self.play(*dots, run_time=(self.frames // len(flows)) / config.frame_rate)


def _lines(shape: Any) -> VGroup:
    return VGroup(
        *(
            Line([*a, 0], [*b, 0], stroke_width=w * THICK).set_stroke(ManimColor(c[:3]), opacity=float(c[3]))
            for a, b, c, w in zip(shape.starts, shape.ends, shape.colors, shape.widths, strict=True)
        )
    )


def _circles(shape: Any) -> VGroup:
    return VGroup(
        *(
            Circle(r).move_to([*at, 0]).set_fill(ManimColor(fill[:3]), 1)
            .set_stroke(ManimColor(rim[:3]), shape.rim_width * THICK)
            for at, r, fill, rim in zip(shape.centers, shape.radii, shape.fills, shape.rims, strict=True)
        )
    )  # fmt: skip


def _dots(flow: Flow, take: timeline.Take) -> list[MoveAlongPath]:
    from nnanim.marks.common import sign_colors, signal_discs

    wires = take.frame[flow.wires]
    starts, ends = (p.reshape(-1, 2) for p in wires.mark.ends(take.frame))  # type: ignore[arg-type]
    terms, lags = flow.contributions.ravel(), flow.lags().ravel()
    theme = take.frame.style.theme
    discs = signal_discs(terms, starts, flow.limit or 1.0, wires.scale, theme)
    made = []
    for i, color in enumerate(sign_colors(terms, theme)):
        dot = Dot([*starts[i], 0], discs.radii[i], color=ManimColor(color[:3]))
        late = float(lags[i])
        path = Line([*starts[i], 0], [*ends[i], 0])
        made.append(MoveAlongPath(dot, path, rate_func=lambda t, late=late: ease(_part(t / TRAVEL, late))))
    return made


def _part(t: float, late: float) -> float:
    return min(max((t - late) / (1 - LAG), 0.0), 1.0)
