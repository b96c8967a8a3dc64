"""The camera and the pulse: what is seen of the stage, and what a ring points at."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from invariants import jump, raster, texts
from matplotlib import pyplot
from test_film_is_the_timeline import differences

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import Grid, Picture, Row, Text, Units, View, Wires, Zoom, is_on_stage
from nnanim.marks.view import EDGES
from nnanim.motions import Flow
from nnanim.movie import StoryScene
from nnanim.movie.ink import Ink
from nnanim.shapes import Discs, Filled, Raster, Within, unwrap
from nnanim.still.figure import figure_pixels
from nnanim.still.picture import picture, still
from nnanim.style import RenderStyle
from nnanim.timeline import takes
from nnanim.timeline.camera import OVER

STYLE = RenderStyle(theme.by_name("dark"))
RATES = (24, 60)

X = Units([0.5, -0.4], key="x", names=("length", "width"), label="input", limit=1)
H = Units([0.3, 0.9, -0.6], key="h", label="hidden", limit=1, numbers=True)
W = np.array([[0.5, -0.3], [0.2, 0.9], [-0.7, 0.4]])
WIRES = Wires(W, X, H, key="w")
NET = Row(X, WIRES, H)
FLOW = Flow("w", W * X.values, X.values, only=1, limit=1)
NEAR = View("h", 1, fills=0.4, at=(0.7, 0.5))


def story(*beats):
    return Story.from_beats(beats, "A net")


def net_film(**middle):
    """Three beats, the middle one as asked for."""
    return story(
        Beat("before", NET, id="a"), Beat("in the view", NET, id="b", **middle), Beat("after", NET, id="c")
    )


FILMS = {
    "a part": net_film(view=NEAR, motion=FLOW),
    "a whole mark": net_film(view=View("h", fills=0.9)),
    "a pulse": net_film(pulse=("h", 1)),
    "a pulse in a view": net_film(pulse=[("h", 1), "x"], view=NEAR),
    "from view to view": story(
        Beat("one", NET, id="a", view=NEAR), Beat("two", NET, id="b", view=View("x", 0, at=(0.4, 0.6)))
    ),
    "marks move, too": story(
        Beat("one", NET, id="a"),
        Beat("two", Row(Text("beside", key="t"), NET), id="b", view=NEAR),
        Beat("three", Row(H), id="c"),
    ),
    "nothing stays": story(
        Beat("one", NET, id="a", view=NEAR), Beat("two", Row(Text("else", key="t")), id="b")
    ),
    "a cell": story(
        Beat("one", Row(Grid(np.eye(4), key="g")), id="a"),
        Beat("two", Row(Grid(np.eye(4), key="g")), id="b", view=View("g", (1, 2)), pulse=("g", 1, 2)),
    ),
}


def boundaries(film):
    """Every moment at which a phase ends, as (take, seconds), and the pairs of takes."""
    for take in film:
        end = 0.0
        for phase in take.phases[:-1]:
            end += phase.seconds
            yield take, end


@pytest.mark.parametrize("name", FILMS)
def test_every_phase_begins_as_the_one_before_it_ends(name):
    film = takes(FILMS[name], STYLE)
    for take, end in boundaries(film):
        assert jump(take.at(end - 1e-7), take.at(end + 1e-7), STYLE)[1] == 0, (take.beat.id, end)
    for one, following in pairwise(film):
        assert jump(one.at(one.seconds), following.at(0.0), STYLE)[1] == 0, following.beat.id


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", FILMS)
def test_between_two_frames_nothing_jumps(name, rate):
    """Neither the camera nor a word does more from one frame to the next than a move of it can."""
    for take in takes(FILMS[name], STYLE):
        for phase in take.phases:
            if phase.name not in ("move", "pulse"):
                continue
            frames = [phase.at(i / rate / phase.seconds) for i in range(int(phase.seconds * rate) + 1)]
            light = [[s.color[3] for _, _, s, _ in texts(seen)] for seen in frames]
            for before, after in pairwise(light):
                if len(before) == len(after):
                    assert np.abs(np.subtract(before, after)).max(initial=0) < 16 / rate


def test_the_camera_brings_the_part_where_the_view_wants_it():
    frame = place(FILMS["a part"].beat("b"), STYLE, "A net")
    x, y, _, h = frame["h"].part_box(1, frame)
    left, right, bottom, top = frame.stage
    assert frame.zoom.factor * h == pytest.approx(0.4 * (top - bottom))
    assert frame.zoom.point(x, y) == pytest.approx((left + 0.7 * (right - left), (bottom + top) / 2))


def test_words_outside_the_stage_do_not_move():
    whole, near = (place(beat, STYLE, "A net") for beat in FILMS["a part"].beats[:2])
    assert {key for key in near.placed if not is_on_stage(key)} >= {"title", "say:b"}
    assert any(key.startswith("legend:width") for key in near.placed)
    for key, shapes in near.draw().items():
        assert isinstance(shapes[0], Within) == (is_on_stage(key) and key != EDGES), key
    drawn = whole["title"].draw(whole)
    assert [s.origin for s in near.draw()["title"]] == [s.origin for s in drawn]


def test_everything_grows_alike():
    frame = place(replace(FILMS["a part"].beat("b"), motion=None), STYLE)
    factor, seen = frame.zoom.factor, {key: unwrap(shapes) for key, shapes in frame.draw().items()}
    for key in ("x", "h", "w"):
        for one, larger in zip(
            [s for s in frame[key].draw(frame) if not isinstance(s, Filled)],
            [s for s in seen[key] if not isinstance(s, Filled)], strict=True,
        ):  # fmt: skip
            for name in ("radii", "rim_width", "widths", "sizes"):
                if getattr(one, name, None) is not None:
                    np.testing.assert_allclose(getattr(larger, name), factor * np.asarray(getattr(one, name)))


def test_the_legend_of_widths_grows_as_the_wires_do():
    whole, near = (place(beat, STYLE) for beat in FILMS["a part"].beats[:2])
    (key,) = [key for key in whole.placed if key.startswith("legend:width")]
    assert near[key].scale == pytest.approx(near.zoom.factor * near["w"].scale)
    assert whole[key].scale == whole["w"].scale


def test_a_legend_that_would_burst_its_line_is_not_shown():
    near = place(replace(FILMS["a part"].beat("b"), view=View("h", 1, fills=0.9)), STYLE)
    assert not [key for key in near.placed if key.startswith("legend:size")]
    assert [key for key in place(FILMS["a part"].beat("a"), STYLE).placed if key.startswith("legend:width")]


def test_the_zoom_grows_evenly_about_one_point():
    a = Zoom(1.0, (0.0, 0.0), (-7, 7, -3, 3))
    b = Zoom(4.0, (-6.0, 3.0), (-7, 7, -3, 3))
    half = a.between(b, 0.5)
    assert half.factor == pytest.approx(2.0)
    still = -np.array(b.shift) / (b.factor - 1)  # the point that b leaves where it is
    for f in np.linspace(0, 1, 7):
        assert a.between(b, f).point(*still) == pytest.approx(tuple(still))


def test_words_fade_before_they_are_cut():
    for take in takes(FILMS["a part"], STYLE):
        for phase in take.phases:
            for f in np.linspace(0, 1, 25):
                for shapes in phase.at(f).values():
                    for within in (one for one in shapes if isinstance(one, Within)):
                        left, right, bottom, top = within.box
                        for _, _, word, box in texts({"": within.shapes}):
                            out = max(left - box[0], box[1] - right, bottom - box[2], box[3] - top)
                            assert out <= OVER + 1e-6 and (out <= 0.03 or word.color[3] < 0.5)


def test_a_view_holds_for_its_beat_alone():
    assert [round(take.frame.zoom.factor, 2) > 1 for take in takes(FILMS["a part"], STYLE)] == [
        False, True, False,
    ]  # fmt: skip


def test_what_rests_stays_one_object():
    take = takes(FILMS["a part"], STYLE)[1]
    motion = next(phase for phase in take.phases if phase.name == "motion")
    assert motion.at(0.2)["x"] is motion.at(0.8)["x"]
    whole = takes(net_film(), STYLE)[1]
    assert not any(isinstance(s, Within) for shapes in whole.at(0.1).values() for s in shapes)


def test_clips_are_new_exactly_where_the_view_shows():
    def digests(**middle):
        return {
            (take.beat.id, phase.name): phase.digest
            for take in takes(net_film(motion=FLOW, **middle), STYLE)
            for phase in take.phases
        }

    one, other = (digests(view=View("x", 0, at=(x, 0.5))) for x in (0.4, 0.41))
    changed = {key for key in one if one[key] != other[key]}
    shown = {("b", "move"), ("b", "motion"), ("b", "pause"), ("c", "move")}
    assert changed == shown
    plain, pulsed = digests(), digests(pulse=("h", 1))
    assert {key for key in pulsed if plain.get(key) != pulsed[key]} <= {("b", "pulse"), ("b", "pause")}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"view": View("hh", 1)}, "view 'hh' is not on the stage; there is|nearest"),
        ({"pulse": ("g", 1)}, "pulse 'g' is not on the stage"),
        ({"pulse": [("h", "one")]}, "is no key and no key with the index of a part"),
    ],
)
def test_what_a_beat_points_at_must_be_there(given, said):
    with pytest.raises(UserError, match=said):
        Beat("", NET, **given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"view": View("h", 7)}, "'h' has no part 7; it has 3, counted from 0"),
        ({"pulse": ("h", 0, 1)}, r"'h' has no part \(0, 1\); it has 3"),
        ({"view": View("h", 1, fills=0.5, at=(0.98, 0.5))}, r"view h\[1\]: .* outside the stage"),
    ],
)
def test_parts_must_exist_and_stay_on_the_stage(given, said):
    with pytest.raises(UserError, match=said):
        place(Beat("", NET, id="b", **given), STYLE)


@pytest.mark.parametrize("given", [{"fills": 0}, {"fills": 1.5}, {"fills": float("nan")}, {"at": (2, 0)}])
def test_a_view_is_checked_when_it_is_made(given):
    with pytest.raises(UserError, match="View of 'h'"):
        View("h", **given)


# Pulses


def test_the_rest_steps_back_while_the_ring_swells():
    take = takes(FILMS["a pulse"], STYLE)[1]
    phase = next(phase for phase in take.phases if phase.name == "pulse")
    assert phase.seconds == pytest.approx(1.0)
    rest, middle = phase.at(0.0), phase.at(0.5)
    assert middle["x"][0].fills[0, 3] == pytest.approx(0.35 * rest["x"][0].fills[0, 3])
    fills = next(s for s in middle["h"] if isinstance(s, Discs)).fills[:, 3]
    assert fills[1] == 1.0 and (fills[[0, 2]] < 0.4).all()
    ring, number = middle["signals:pulse"]
    assert isinstance(number, Filled)  # the number of the neuron, above its ring
    box = take.frame["h"].part_box(1, take.frame)
    assert ring.radii[0] == pytest.approx(1.4 * box[2] / 2)
    np.testing.assert_allclose(ring.centers[0], box[:2])
    np.testing.assert_allclose(ring.rims[0], STYLE.theme.rgba("accent"))


def test_the_sentence_and_the_legends_do_not_step_back():
    take = takes(FILMS["a pulse"], STYLE)[1]
    phase = next(phase for phase in take.phases if phase.name == "pulse")
    assert all(phase.at(0.5)[key] is phase.at(0.0)[key] for key in phase.resting if not is_on_stage(key))
    assert {"title", "say:b"} <= set(phase.resting)


def test_one_pixel_of_a_picture_can_be_pulsed():
    stage = Row(Picture(np.linspace(0, 1, 9).reshape(3, 3), key="p"))
    take = takes(story(Beat("", stage, id="a", pulse=("p", 1, 1))), STYLE)[0]
    phase = next(phase for phase in take.phases if phase.name == "pulse")
    (raster_,) = [s for s in phase.at(0.5)["p"] if isinstance(s, Raster)][:1]
    assert raster_.pixels[1, 1, 3] == 255 and raster_.pixels[0, 0, 3] == round(0.35 * 255)


# Printers


@pytest.mark.parametrize("name", ["a part", "a pulse in a view", "marks move, too", "a cell"])
def test_the_film_shows_what_the_timeline_says(name):
    assert list(differences(StoryScene, FILMS[name])) == []


def test_cairo_cuts_as_the_compiled_loops_do(monkeypatch):
    from nnanim.movie import cairo_backend

    seen = takes(FILMS["a part"], STYLE)[1].at(3.0)
    fast = raster(seen, STYLE)
    monkeypatch.setattr(cairo_backend, "loops", lambda: None)
    assert (np.abs(fast - raster(seen, STYLE)).max(axis=-1) > 40).sum() < 5


def outside(pixels, frame):
    """What is painted above and below the box of the view."""
    rows = len(pixels)
    _, _, bottom, top = frame.zoom.box
    first, last = (round((STYLE.height / 2 - y) / STYLE.height * rows) for y in (top, bottom))
    return np.concatenate([pixels[:first], pixels[last:]])


def test_neither_printer_paints_outside_the_box():
    frame = place(replace(FILMS["a part"].beat("b"), motion=None, says=""), STYLE)
    seen = {key: shapes for key, shapes in frame.draw().items() if is_on_stage(key)}
    ground = np.round(STYLE.theme.rgba("ground")[:3] * 255)
    stills = figure_pixels(picture(seen, STYLE, 640))[..., :3].astype(int)
    for pixels in (raster(seen, STYLE, 360), stills):
        assert (np.abs(pixels - ground).max(axis=-1) > 60).sum() > 1000
        assert np.abs(outside(pixels, frame) - ground).max() <= 2


def test_a_still_looks_as_the_film():
    style = STYLE
    told = FILMS["a part"]
    one = figure_pixels(still(told, "b", width_px=640))[..., :3].astype(int)
    film = raster(takes(told, style)[1].at(100.0), style, 360)
    assert (np.abs(one - film).max(axis=-1) > 90).mean() < 0.004


def test_a_vector_file_keeps_the_clip(tmp_path):
    still(FILMS["a part"], "b", path=tmp_path / "b.svg")
    assert "<clipPath" in (tmp_path / "b.svg").read_text(encoding="utf-8")
    pyplot.close("all")


def test_an_ink_in_a_view_knows_its_parts_and_vectors():
    frame = place(replace(FILMS["a part"].beat("b"), motion=None), STYLE)
    ink = Ink("h", frame.draw()["h"], frame.seen_room("h"), frame)
    x, y, w, _ = frame["h"].part_box(1, frame)
    outline = ink.part(1)
    np.testing.assert_allclose(outline.get_center()[:2], frame.zoom.point(x, y), atol=1e-6)
    assert outline.width == pytest.approx(frame.zoom.factor * w, rel=1e-3)
    assert any(abs(one.width - frame.zoom.factor * w) < 0.05 for one in ink.vectors())
    wires = Ink("w", frame.draw()["w"], frame.seen_room("w"), frame)
    assert wires.width > 1
