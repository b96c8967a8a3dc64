"""Lines, discs, boxes and polylines, painted by compiled loops, look as cairo and plain manim paint them."""

from __future__ import annotations

import math

import cairo
import numpy as np
import pytest
from manim import Camera, Circle, Line, tempconfig

from nnanim.movie import cairo_backend, raster_jit
from nnanim.movie.cairo_backend import paint, straight, surface
from nnanim.shapes import Boxes, Discs, Lines, Polyline, text
from nnanim.theme import by_name

WIDE = 128 / 9
MANY = 96
SIZES = [(854, 480), (1920, 1080), (480, 854), (301, 333)]


def wires(count: int = 400, seed: int = 3, alpha: float | None = None) -> Lines:
    rng = np.random.default_rng(seed)
    starts, ends = (rng.uniform([-6, -3.5], [6, 3.5], (count, 2)) for _ in range(2))
    colors = rng.uniform(0.1, 1, (count, 4))
    if alpha is not None:
        colors[:, 3] = alpha
    return Lines(starts, ends, colors, rng.uniform(0.008, 0.12, count))


def signals(count: int = 400, seed: int = 4, glow: float = 2.2, rims: bool = True) -> Discs:
    rng = np.random.default_rng(seed)
    fills = rng.uniform(0.1, 1, (count, 4))
    rim = np.tile([0.05, 0.07, 0.09, 0.8], (count, 1)) if rims else None
    return Discs(
        rng.uniform([-6, -3.5], [6, 3.5], (count, 2)), rng.uniform(0.03, 0.3, count), fills, rim, 0.02, glow
    )


def cards(count: int = 300, corner: float = 0.1, rims: bool = True, sizes=(0.02, 1.2)) -> Boxes:
    rng = np.random.default_rng(6)
    fills, rim = rng.uniform(0.1, 1, (2, count, 4))
    return Boxes(
        rng.uniform([-7, -4], [7, 4], (count, 2)), rng.uniform(*sizes, (count, 2)), fills,
        rim if rims else None, 0.03 if rims else 0.0, corner,
    )  # fmt: skip


def rings(count: int = 60, closed: bool = True, filled: bool = True) -> tuple[Polyline, ...]:
    """Ellipses of every size, some of them beyond the edge; open or filled."""
    rng, turn = np.random.default_rng(7), np.linspace(0, 2 * np.pi, 32, endpoint=not closed)
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    return tuple(
        Polyline(
            rng.uniform([-7, -4], [7, 4]) + circle * rng.uniform(0.02, 0.8, 2), rng.uniform(0.2, 1, 4),
            rng.uniform(0.005, 0.08), closed=closed, fill=rng.uniform(0.1, 0.6, 4) if filled else None,
        )
        for _ in range(count)
    )  # fmt: skip


OUTLINES = {
    "cards": (cards(),), "sharp": (cards(corner=0.0),), "no rims": (cards(rims=False),),
    "specks": (cards(sizes=(0.002, 0.03)),), "walls": (cards(5, sizes=(5.0, 9.0)),),
    "ellipses": rings(), "open lines": rings(closed=False, filled=False), "closed lines": rings(filled=False),
}  # fmt: skip


def painted(shapes, size=(854, 480), frame=(WIDE, 8.0), ground=None, change=None) -> np.ndarray:
    pixels, context = surface(*size, frame)
    if ground is not None:
        context.set_source_rgb(*ground)
        context.paint()
    if change is not None:
        context.transform(change)
    paint(context, shapes, 0.9)
    return pixels


def by_cairo(*args, **kwargs) -> np.ndarray:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cairo_backend, "loops", lambda: None)
        return painted(*args, **kwargs)


def assert_alike(a: np.ndarray, b: np.ndarray, mean: float = 1.2, far: float = 0.004) -> None:
    """The mean difference of a byte, and the share of pixels that differ by more than 24 of 255."""
    apart = np.abs(a.astype(int) - b.astype(int))
    assert apart.mean() < mean
    assert (apart.max(-1) > 24).mean() < far


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", [wires(), signals(), signals(glow=0.0), signals(rims=False)])
def test_as_cairo_at_every_size(shape, size):
    frame = (WIDE, WIDE * size[1] / size[0])
    assert cairo_backend.loops() is not None
    assert_alike(painted((shape,), size, frame), by_cairo((shape,), size, frame))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", OUTLINES)
def test_boxes_and_polylines_as_cairo_at_every_size(name, size):
    frame = (WIDE, WIDE * size[1] / size[0])
    assert_alike(painted(OUTLINES[name], size, frame), by_cairo(OUTLINES[name], size, frame))


@pytest.mark.parametrize("name", OUTLINES)
@pytest.mark.parametrize(
    "change",
    [
        cairo.Matrix(2.5, 0, 0, 2.5, -3, 1),
        cairo.Matrix(-1, 0, 0, 1, 0.1, 0),
        cairo.Matrix(math.cos(0.6), math.sin(0.6), -math.sin(0.6), math.cos(0.6), 0, 0),
        cairo.Matrix(2, 0, 0, 1, 0, 0),
    ],
    ids=["near", "mirrored", "turned", "stretched"],
)
def test_boxes_and_polylines_under_any_map(name, change):
    ground = (0.1, 0.3, 0.9)
    picture = painted(OUTLINES[name], ground=ground, change=change)
    assert_alike(picture, by_cairo(OUTLINES[name], ground=ground, change=change))


def test_the_mask_of_polylines_is_clean_again():
    first = painted(rings(closed=False))
    painted(rings(20, filled=False))
    assert (painted(rings(closed=False)) == first).all()


def test_few_polylines_and_dashes_are_cairos(monkeypatch):
    called = []
    monkeypatch.setattr(raster_jit.Loops, "polylines", lambda *_: called.append(1))
    few, many = rings(cairo_backend.CROWD - 1), rings(cairo_backend.CROWD)
    painted(few)
    painted([Polyline(one.points, one.color, one.width, dash=(0.1, 0.1)) for one in many])
    assert called == []
    painted(many)
    assert called == [1]


@pytest.mark.parametrize("shape", [wires(), signals()])
def test_over_a_ground(shape):
    picture = painted((shape,), ground=(0.1, 0.3, 0.9))
    assert_alike(picture, by_cairo((shape,), ground=(0.1, 0.3, 0.9)))
    assert (picture[..., 3] == 255).all()


@pytest.mark.parametrize(
    "change",
    [
        cairo.Matrix(2.5, 0, 0, 2.5, -3, 1),
        cairo.Matrix(0.3, 0, 0, 0.3, 0.5, 0.2),
        cairo.Matrix(math.cos(0.6), math.sin(0.6), -math.sin(0.6), math.cos(0.6), 0, 0),
        cairo.Matrix(-1, 0, 0, 1, 0.1, 0),
        cairo.Matrix(2, 0, 0, 1, 0, 0),
    ],
    ids=["near", "far", "turned", "mirrored", "stretched"],
)
@pytest.mark.parametrize("shape", [wires(), signals()])
def test_under_any_map(shape, change):
    assert_alike(painted((shape,), change=change), by_cairo((shape,), change=change))


def test_later_lies_above():
    at, red, blue = np.zeros((MANY, 2)), [1.0, 0, 0, 1], [0, 0, 1.0, 1]
    for fills, seen in (([red] * (MANY - 1) + [blue], 2), ([blue] * (MANY - 1) + [red], 0)):
        pixel = painted((Discs(at, np.ones(MANY), np.array(fills)),))[240, 427]
        assert pixel[seen] > 180 and pixel[2 - seen] < 40


def test_alpha_builds_up_where_wires_cross():
    ends = np.array([[[-5.0, y], [5.0, -y]] for y in np.linspace(-3, 3, MANY)])
    crossing = Lines(ends[:, 0], ends[:, 1], np.tile([1.0, 1, 1, 0.05], (MANY, 1)), np.full(MANY, 0.1))
    once, middle = painted((crossing,))[240, 130, 3], painted((crossing,))[240, 427, 3]
    # 1 - (1 - 0.05 * 0.9)^n
    assert abs(int(middle) - 255 * (1 - (1 - 0.045) ** MANY)) < 12
    assert once < middle


def test_premultiplied_for_films_with_alpha():
    for shape in (wires(), signals()):
        pixels = painted((shape,))
        assert (pixels[..., :3].max(-1) <= pixels[..., 3]).all()
    red = painted((Discs(np.zeros((MANY, 2)), np.full(MANY, 1.5), np.tile([1.0, 0, 0, 0.002], (MANY, 1))),))
    edges = straight(painted((signals(seed=9, rims=False),)))
    assert edges[..., 3].any() and (red[..., 1:3] == 0).all()


def test_sizes_below_a_pixel_keep_their_light():
    """A disc or a line thinner than a pixel gives as much light as it covers, wherever it lies."""
    at = np.random.default_rng(0).uniform(-3, 3, (2000, 2))
    for radius in (0.004, 0.008, 0.016):
        specks = Discs(at, np.full(2000, radius), np.tile([1.0, 1, 1, 0.5], (2000, 1)))
        light = painted((specks,))[..., 3].sum() / 255
        assert light == pytest.approx(2000 * 0.45 * math.pi * (radius * 60) ** 2, rel=0.08)
    thin = Lines(at[:1000], at[1000:], np.tile([1.0, 1, 1, 0.2], (1000, 1)), np.full(1000, 0.006))
    assert_alike(painted((thin,)), by_cairo((thin,)))


def test_nothing_outside_the_frame_and_no_disc_of_no_size():
    away = Discs(np.full((MANY, 2), 99.0), np.ones(MANY), np.ones((MANY, 4)), None, 0.0, 3.0)
    none = Discs(np.zeros((MANY, 2)), np.zeros(MANY), np.ones((MANY, 4)))
    point = Lines(np.zeros((MANY, 2)), np.zeros((MANY, 2)), np.ones((MANY, 4)), np.ones(MANY))
    assert not painted((away, none, point)).any()
    long = Lines(np.full((MANY, 2), -50.0), np.full((MANY, 2), 50.0), np.ones((MANY, 4)), np.full(MANY, 0.1))
    assert_alike(painted((long,)), by_cairo((long,)))


def test_as_plain_manim():
    """The same lines and circles as a teacher would write them, drawn by manim's own camera."""
    rng = np.random.default_rng(1)
    ends = rng.uniform(-3.5, 3.5, (MANY, 4))
    colors = np.column_stack([rng.uniform(0.2, 1, (MANY, 3)), np.full(MANY, 0.6)])
    shapes = (
        Lines(ends[:, :2], ends[:, 2:], colors, np.full(MANY, 0.06)),
        Discs(ends[:, :2], np.full(MANY, 0.15), colors),
    )
    with tempconfig({"pixel_width": 854, "pixel_height": 480, "frame_width": WIDE, "frame_height": 8.0}):
        plain = [
            Line([*e[:2], 0], [*e[2:], 0], stroke_width=6).set_stroke(_hex(c), opacity=0.6)
            for e, c in zip(ends, colors, strict=True)
        ]
        plain += [
            Circle(0.15, stroke_width=0).set_fill(_hex(c), 0.6).move_to([*e[:2], 0])
            for e, c in zip(ends, colors, strict=True)
        ]
        camera = Camera(background_color="#000000")
        camera.capture_mobjects(plain)
        pixels, context = surface(854, 480, (WIDE, 8.0))
        context.set_source_rgb(0, 0, 0)
        context.paint()
        paint(context, shapes)
    assert_alike(pixels, camera.pixel_array)


def _hex(color) -> str:
    return "#" + "".join(f"{round(c * 255):02x}" for c in color[:3])


def test_without_numba_cairo_paints(monkeypatch):
    monkeypatch.setattr(cairo_backend, "loops", lambda: None)
    assert painted((wires(), signals())).any()


def test_machine_code_is_kept_and_brought_back_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(raster_jit, "_folders", lambda: iter([tmp_path / "absent" / "x", tmp_path]))
    code = raster_jit._compile()
    monkeypatch.setattr(raster_jit, "_compile", lambda: code)
    raster_jit.loops.__wrapped__()
    (kept,) = tmp_path.rglob("*.o")
    monkeypatch.setattr(raster_jit, "_compile", lambda: pytest.fail("compiled again"))
    assert raster_jit.loops.__wrapped__() is not None
    held = kept.read_bytes()
    for broken in (held[:-100], b"", held[:40] + b"x" + held[41:]):
        kept.write_bytes(broken)
        assert raster_jit._read(kept) is None
    assert raster_jit._read(tmp_path / "none.o") is None


def test_machine_code_is_made_anew_for_other_source_or_another_machine(monkeypatch):
    name = raster_jit._fingerprint()
    monkeypatch.setattr(raster_jit.llvm, "get_host_cpu_name", lambda: "another")
    assert raster_jit._fingerprint() != name


def test_arrays_of_any_layout_and_no_other_length():
    shape = wires()
    turned = Lines(
        shape.starts[::-1], np.asfortranarray(shape.ends[::-1]), shape.colors[::-1], shape.widths[::-1]
    )
    assert_alike(painted((turned,)), by_cairo((turned,)))
    with pytest.raises(ValueError, match="different lengths"):
        painted((Lines(shape.starts, shape.ends, shape.colors, shape.widths[:-1]),))


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("size", [0.2, 0.61, 2.0])
def test_words_look_alike_whether_their_cover_is_kept_or_not(monkeypatch, turn, size):
    """Within one level, for what is faint is rounded twice."""
    said = text("0.37信", 0.113, 0.217, size, np.array([0.9, 0.4, 0.1, 0.7]), by_name("dark"), turn=turn)
    shots = []
    for largest in (1 << 20, 0):
        monkeypatch.setattr(cairo_backend, "LARGEST_COVER", largest)
        cairo_backend._cover.cache_clear()
        pixels, context = surface(854, 480, (WIDE, 8.0))
        paint(context, said, 0.8)
        paint(context, said, 0.8)
        context.get_target().flush()
        shots.append(pixels.astype(int))
    assert shots[0].max() > 100
    difference = np.abs(shots[0] - shots[1])
    assert difference.max() <= 1 and (difference > 0).mean() < 1e-3
