"""Large layers: fine columns, wires and signals of which the strong stand out, no Python for each edge."""

from __future__ import annotations

import numpy as np
import pytest

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.layout import place
from nnanim.marks import Row, Units, Wires
from nnanim.marks.units import TALLEST
from nnanim.marks.wires import FEW, wire_colors
from nnanim.motions import Flow
from nnanim.shapes import Discs
from nnanim.style import RenderStyle
from nnanim.theme import by_name

LOOK = RenderStyle(by_name("dark"), "en")


def layers(into: int = 64, out: int = 16) -> tuple[Flow, object]:
    rng = np.random.default_rng(0)
    x, w = rng.uniform(0.1, 1, into), rng.normal(size=(out, into))
    a, b = Units(x, key="a"), Units(np.tanh(w @ x), key="b")
    wires = Wires(w, a, b, key="w")
    return Flow("w", w * x, x), place(Beat("So many.", Row(a, wires, b)), LOOK)


@pytest.mark.parametrize("count", [11, 48, 49, 64, 128, 256, 768])
def test_any_column_fits_and_its_neurons_stand_apart(count):
    frame = place(Beat("So many.", Row(Units(np.linspace(-1, 1, count), key="u"))), LOOK)
    at, r = frame["u"].mark.centers(frame["u"]), frame["u"].mark.radius(frame["u"])
    gaps = np.linalg.norm(at[:, None] - at[None], axis=-1) + np.eye(count) * 99
    assert len(at) == count and gaps.min() > 2 * r
    left, right, bottom, top = frame["u"].room
    assert (at[:, 0] - r >= left - 1e-9).all() and (at[:, 0] + r <= right + 1e-9).all()
    assert (at[:, 1] - r >= bottom - 1e-9).all() and (at[:, 1] + r <= top + 1e-9).all()
    assert r * 135 > 3  # pixels at 1080p: each is still a disc


def test_fine_columns_are_read_row_by_row_from_the_top():
    one = place(Beat("x", Row(Units(np.ones(100), key="u"))), LOOK)["u"]
    at = one.mark.centers(one)
    assert (np.diff(at[:, 1]) <= 1e-9).all() and at[0, 0] < at[1, 0] < at[2, 0] and at[3, 0] == at[0, 0]


def test_names_keep_their_room():
    names = tuple(f"neuron {i}" for i in range(40))
    with pytest.raises(UserError, match="takes the strongest neurons"):
        place(Beat("x", Row(Units(np.ones(40), key="u", names=names))), LOOK)
    few = place(Beat("x", Row(Units(np.ones(TALLEST), key="u"))), LOOK)
    assert len(set(few["u"].mark.centers(few["u"])[:, 0])) == 1


def test_numbers_vanish_where_they_cannot_be_read():
    frame = place(Beat("x", Row(Units(np.ones(64), key="u"))), LOOK)
    assert len(frame["u"].draw(frame)) == 1


def test_in_a_crowd_of_wires_only_the_strong_are_seen():
    share = np.linspace(-1, 1, 10 * FEW)
    alone, crowd = (wire_colors(s, LOOK.theme)[:, 3] for s in (share[:FEW], share))
    assert alone.min() > 0.3 > 0.1 > crowd.min()
    assert crowd[0] == pytest.approx(0.9) == crowd[-1]
    assert (np.diff(crowd[len(share) // 2 :]) > 0).all()


def test_signals_of_a_crowd_are_all_there_with_the_strongest_on_top():
    motion, frame = layers()
    specks, strong = motion.journey(frame)(0.5)
    assert isinstance(specks, Discs) and isinstance(strong, Discs)
    assert specks.glow == 0 and specks.rims is None and strong.glow > 0
    started = (motion.start_delays() < 0.5) & (motion.start_delays() + 0.7 > 0.5)
    assert len(specks.radii) + len(strong.radii) == started.sum()
    assert len(strong.radii) == FEW
    alpha = np.concatenate([specks.fills[:, 3], strong.fills[:, 3]])
    assert alpha[-1] == pytest.approx(1, abs=0.2) and alpha.min() < 0.3


def test_signals_of_a_crowd_keep_area_and_end_on_the_wires():
    motion, frame = layers()
    biggest = np.abs(motion.contributions).max()
    late = np.concatenate([d.radii for d in motion.journey(frame)(0.97)])
    assert late.max() <= 0.21 * frame["w"].scale * np.sqrt(biggest / motion.limit) * 1.01


def test_a_neuron_lights_when_its_last_signal_has_arrived():
    motion, _ = layers()
    lags = motion.start_delays()
    np.testing.assert_allclose(motion.arrivals(), lags.max(axis=1) + 0.7)
    assert lags.min() >= 0 and motion.arrivals().max() <= 1
    assert len(np.unique(lags[3])) == 64  # not in step


def test_a_journey_is_the_same_whenever_it_is_asked():
    motion, frame = layers(20, 5)
    travel = motion.journey(frame)
    travel(0.9)
    for one, other in zip(travel(0.4), motion.journey(frame)(0.4), strict=True):
        np.testing.assert_array_equal(one.centers, other.centers)
        np.testing.assert_array_equal(one.fills, other.fills)
