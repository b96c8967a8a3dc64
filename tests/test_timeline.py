"""Time: leave, move, enter, motion, pause; nothing jumps, and the picture says what the numbers say."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import examples
import invariants
import numpy as np
import pytest
from invariants import jump, raster

from nnanim import theme
from nnanim.beats import Beat, Story
from nnanim.births import From
from nnanim.check import BOUNDS
from nnanim.check.crowding import word_overlap
from nnanim.errors import UserError
from nnanim.layout import place, place_story
from nnanim.marks import Column, Grid, Overlay, Picture, Row, Text, Tokens, Units, Wires, digest, modify
from nnanim.motions import SIGNALS, Flow, Playback, Relay, Sweep, ease
from nnanim.motions.flow import LAG
from nnanim.motions.sweep import HURRY
from nnanim.shapes import Boxes, Discs
from nnanim.style import RenderStyle
from nnanim.timeline import AHEAD, ENTER, LEAVE, MOVE, compare_frames, reading, reading_seconds, takes

LOOK = RenderStyle(theme.by_name("dark"))
X, W1, H, W2, O = examples.network()  # noqa: E741
NET = Row(X, W1, H, W2, O)
ORDER = ["leave", "move", "enter", "motion", "pause"]


@pytest.fixture(scope="module")
def film():
    return takes(examples.story(), LOOK)


def take_of(*beats, pace=1.0):
    """The last take of a film of these beats."""
    return takes(Story.from_beats(beats), LOOK, pace)[-1]


def phase(take, name):
    """The phase of that name, and the seconds at which it starts."""
    before = 0.0
    for one in take.phases:
        if one.name == name:
            return one, before
        before += one.seconds
    raise AssertionError(f"no phase {name!r}")


# give_way()

WORDS = [Text(f"the words of {name}", key=name) for name in "abc"]
MEETINGS = {
    "what is gathered in, and what comes": (
        Beat("One.", Row(*WORDS[:2]), id="a"),
        Beat("Two.", Column(WORDS[2]), id="b", gathers={"a": "c", "b": "c"}),
    ),
    "what changes places": (
        Beat("One.", Row(*WORDS), id="a"),
        Beat("Two.", Row(*WORDS[::-1]), id="b"),
    ),
    "what is held for a birth, and what moves over it": (
        Beat("One.", Row(*WORDS[:2]), id="a"),
        Beat("Two.", Column(WORDS[1], WORDS[2]), id="b", born={"c": From("a")}),
    ),
}


@pytest.mark.parametrize("beats", MEETINGS.values(), ids=list(MEETINGS))
def test_words_on_their_way_give_way_to_each_other(beats):
    take, light = take_of(*beats), {key: [] for key in (*"abc", "say:a", "say:b")}
    for one in take.phases[:-1]:
        for fraction in np.linspace(0, 1, 31):
            seen = one.at(fraction)
            share, which = word_overlap(seen)
            assert share <= BOUNDS.overlap, (one.name, fraction, which)
            for key, some in light.items():
                some.append(sum(word.color[3] for word in seen.get(key, ())))
    for key, some in light.items():  # no word comes or goes at once
        assert np.abs(np.diff(some)).max() < 0.75, key


# change()


def test_nothing_changes_between_a_frame_and_itself():
    for frame in place_story(examples.story(), LOOK):
        found = compare_frames(frame, frame)
        assert (found.leaving, found.moving, found.entering) == ((), (), ())


def test_change_tells_what_leaves_moves_and_enters():
    a = place(Beat("a", Row(X, W1, H), id="a"), LOOK)
    b = place(Beat("b", Row(modify(X, values=[1.0, 2.0]), Text("new", key="t")), id="b"), LOOK)
    found = compare_frames(a, b)
    assert {"w1", "h", "say:a"} <= set(found.leaving)
    assert found.moving[0] == "x" or "x" in found.moving
    assert {"t", "say:b"} <= set(found.entering)
    assert not set(found.leaving) & set(found.entering)


def test_a_new_value_in_the_same_place_is_a_change():
    a = place(Beat("", NET), LOOK)
    b = place(Beat("", Row(X, W1, modify(H, values=H.values / 2), W2, O)), LOOK)
    assert set(compare_frames(a, b).moving) == {"h", "w1", "w2"}
    assert compare_frames(a, b).leaving == compare_frames(a, b).entering == ()


def test_wires_move_with_their_neurons():
    a = place(Beat("", NET), LOOK)
    b = replace(a, placed={**a.placed, "h": replace(a["h"], y=a["h"].y + 1)})
    assert set(compare_frames(a, b).moving) == {"h", "w1", "w2"}


# Phases


def test_the_order_is_always_leave_move_enter_motion_pause(film):
    names = [[phase.name for phase in take.phases] for take in film]
    assert all(one == [name for name in ORDER if name in one] for one in names)
    assert all(one[-1] == "pause" for one in names)
    assert {name for one in names for name in one} == set(ORDER)


def test_only_what_has_to_happen_happens():
    still = take_of(Beat("", NET), Beat("", NET))
    assert [phase.name for phase in still.phases] == ["pause"]
    said = take_of(Beat("One.", NET), Beat("Two.", NET))
    assert [phase.name for phase in said.phases] == ["leave", "pause"]
    first = take_of(Beat("", NET))
    assert [phase.name for phase in first.phases] == ["enter", "pause"]


def test_phases_last_as_long_as_they_say(film):
    seconds = {"leave": LEAVE, "enter": ENTER}
    before = {}
    for take in film:
        ahead = AHEAD if set(before) - set(take.frame.placed) else 0.0
        before = take.frame.placed
        for one in take.phases:
            if one.name == "move":  # what leaves meanwhile is a little ahead
                assert one.seconds == pytest.approx(MOVE + ahead)
            elif one.name == "enter" and (take.beat.born or take.beat.gathers):
                assert one.seconds >= ENTER  # flights take their own time
            elif one.name in seconds:
                assert one.seconds == pytest.approx(seconds[one.name])
            elif one.name == "motion":
                assert one.seconds == pytest.approx(take.beat.motion.seconds)


def test_what_leaves_is_gone_before_anything_enters_and_when_things_have_moved_a_little(film):
    before = {}
    for take in film:
        leaving = set(before) - set(take.frame.placed) - set(take.beat.gathers)  # these fly on
        entering = {k for k in take.frame.placed if k not in before and not k.startswith("say:")}
        for one in take.phases:
            late = (LEAVE / one.seconds if one.name == "move" else 0.02, 0.5, 0.98)
            seen = {key for f in late for key, shapes in one.at(f).items() if shapes}
            if one.name != "leave":
                assert not seen & leaving
            if one.name in ("leave", "move"):
                assert not seen & entering
        before = take.frame.placed


def says_at(take, seconds):
    """How bright the sentence of a beat is, which may not be there yet."""
    shapes = take.at(seconds).get(f"say:{take.beat.id}", ())
    return max((float(one.color[3]) for one in shapes), default=0.0)


def test_a_sentence_comes_with_its_picture():
    moves = take_of(Beat("a", Row(X), id="a"), Beat("b", Row(X, H), id="b"))
    move, start = phase(moves, "move")
    lights = [says_at(moves, start + f * move.seconds) for f in (0.3, 0.5, 0.7, 0.9)]
    assert lights[0] == 0 < lights[1] < lights[2] < lights[3] == 1
    enters = take_of(Beat("a", Row(X), id="a"), Beat("b", Row(H), id="b"))
    _, start = phase(enters, "enter")
    assert [says_at(enters, start + t) for t in (0.0, 0.41)] == [0, 1]
    assert 0 < says_at(enters, start + 0.2) < 1
    alone = take_of(Beat("a", Row(X), id="a"), Beat("b", Row(X), id="b"))
    assert says_at(alone, LEAVE / 2) == 0 and says_at(alone, LEAVE) == 1


def test_what_leaves_and_what_moves_do_so_together_in_a_second():
    take = take_of(Beat("a", Row(X, H), id="a"), Beat("b", Row(X), id="b"))
    assert [one.name for one in take.phases] == ["move", "pause"]
    assert take.phases[0].seconds == pytest.approx(1.0)


def test_what_is_new_on_the_stage_is_read_too_at_half_weight():
    label = {"en": "four words of label", "ja": "四字"}
    bare, told = Grid([[1.0]], key="g"), Grid([[1.0]], key="g", label=label)
    takes_ = [take_of(Beat("Look at all of it.", Row(one), id="a")) for one in (bare, told)]
    assert takes_[1].seconds - takes_[0].seconds == pytest.approx(4 * 0.5 / 4)
    again = take_of(
        Beat("Look at all of it.", Row(told), id="a"), Beat("A sentence of six words.", Row(told), id="b")
    )
    assert again.seconds == pytest.approx(reading_seconds(again.beat, LOOK))


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_nobody_reads_more_than_four_words_or_eight_characters_a_second(lang):
    words_ = {"en": "one two three four five six seven eight nine ten", "ja": "一二三四五六七八九十百千万"}
    take = takes(Story.from_beats([Beat(words_, Row(X), id="a")]), replace(LOOK, lang=lang))[0]
    start = next(t for t in np.arange(0, take.seconds, 0.05) if says_at(take, t) >= 0.5)
    assert reading.count(words_[lang], lang) / (take.seconds - start) <= reading.RATES[lang]


SENTENCE = ("once", "upon", "a", "time", "there", "was")


def sentence(first, then, beside):
    """The chips of a sentence of so many words that becomes one of others: at rest, on the way, at rest."""
    below = [Grid(np.ones((9, 9)), key="g")] if beside else []  # makes the sentence smaller
    before = Beat("a", Row(Tokens(SENTENCE[:first], key="t")), id="a")
    film = takes(
        Story.from_beats([before, Beat("b", Column(Tokens(SENTENCE[:then], key="t"), *below), id="b")]),
        LOOK,
    )
    move = phase(film[-1], "move")[0]
    return (
        chips(film[0].at(film[0].seconds)),
        {f: chips(move.at(f)) for f in (0.0, 0.3, 0.4, 0.5, 0.7, 0.9, 1.0)},
        chips(film[-1].at(film[-1].seconds)),
    )


def chips(seen):
    """(n, 2) middles of each batch of chips that is drawn."""
    return [one.centers for one in seen["t"] if isinstance(one, Boxes)]


@pytest.mark.parametrize("beside", [False, True])
def test_a_sentence_that_goes_on_keeps_its_words_on_each_other(beside):
    (before,), way, (after,) = sentence(4, 6, beside)
    for fraction in (0.3, 0.5, 0.7, 0.9):
        old, new = way[fraction]
        assert (len(old), len(new)) == (4, 6)
        assert np.allclose(old, new[:4])
    assert np.allclose(way[0.0][0], before) and np.allclose(way[1.0][-1], after)


@pytest.mark.parametrize("beside", [False, True])
def test_a_sentence_that_is_cut_keeps_its_words_and_loses_its_end(beside):
    (before,), way, (after,) = sentence(6, 4, beside)
    for batches in way.values():
        *gone, stays = batches
        assert [len(one) for one in batches] == ([2, 4] if gone else [4])
        for end in gone:  # the end stays behind the words as they go
            assert np.allclose(end - stays[-1], before[4:] - before[3])
    assert np.allclose(np.concatenate(way[0.0][::-1]), before) and np.allclose(way[1.0][-1], after)
    shown = [sum(map(len, batches)) for batches in way.values()]
    assert (shown[0], shown[-1]) == (6, 4) and sorted(shown, reverse=True) == shown
    firsts = [stays[0, 0] for *_, stays in way.values()]
    assert (np.diff(firsts) >= 0).all()  # on its way to the middle, the sentence never turns back


@pytest.mark.parametrize(
    ("kind", "changes"),
    [("Bars", {"names": ("a", "b", "c")}), ("Cloud", {"x_limits": (0, 9)}), ("Curve", {"x_name": "t"})],
)
def test_other_words_are_never_written_over_the_old_ones(kind, changes):
    old, new = examples.mark(kind), examples.mark(kind, **changes)
    take = take_of(Beat("a", Row(old), id="a"), Beat("b", Row(new), id="b"))
    move = phase(take, "move")[0]
    states = [
        {
            shape.piece
            for _, _, shape, _ in invariants.texts(
                {"": place(Beat("", Row(one)), LOOK)[one.key].draw(take.frame)}
            )
        }
        for one in (old, new)
    ]
    for fraction in (0.1, 0.2, 0.4, 0.6, 0.8, 0.9):
        seen = {shape.piece for _, _, shape, _ in invariants.texts({"": move.at(fraction)[old.key]})}
        assert any(seen <= words_ for words_ in states), fraction


def test_a_label_is_gone_before_another_comes():
    one, other = (modify(examples.mark("Picture"), label=name) for name in ("noise", "a picture"))
    take = take_of(Beat("a", Row(one), id="a"), Beat("b", Row(other), id="b"))
    move = phase(take, "move")[0]
    for fraction in (0.2, 0.4, 0.6, 0.8):
        assert len(list(invariants.texts({"p": move.at(fraction)["picture"]}))) == 1


def test_names_that_go_are_fading_while_their_neurons_move():
    bare = modify(X, names=(), label=None)
    take = take_of(
        Beat("a", Row(X, W1, H), id="a"), Beat("b", Row(bare, W1, H, Text("more", key="t")), id="b")
    )
    move = phase(take, "move")[0]
    alphas = [
        [
            shape.color[3]
            for _, _, shape, box in invariants.texts({"x": move.at(f)["x"]})
            if box[1] < move_left(move.at(f))
        ]
        for f in (0.25, 0.45, 0.55, 0.75)
    ]
    assert [len(one) for one in alphas] == [2, 2, 2, 0]
    assert 1 > alphas[0][0] > alphas[1][0] > alphas[2][0] > 0


def move_left(seen):
    """The left edge of the neurons x."""
    discs = next(one for one in seen["x"] if isinstance(one, Discs))
    return float((discs.centers[:, 0] - discs.radii).min())


def test_legends_alone_do_not_keep_an_empty_stage_waiting():
    grids = [Grid(np.full((2, 2), v), key=f"g{v}", limit=2, means="level") for v in (1, 2)]
    also = Grid([[1.0]], key="also", limit=3, means="other")
    first, last = Beat("a", Row(grids[0], also), id="a"), Beat("b", Row(grids[1]), id="b")
    take = take_of(first, last)
    legend = next(key for key in take.frame.placed if key.startswith("legend:"))
    assert [one.name for one in take.phases] == ["leave", "enter", "pause"]
    enter = phase(take, "enter")[0]
    assert set(enter.moving(0.5)) == {"g2", legend, "say:b"}
    further = Grid([[1.0]], key="also", limit=3, means="another meaning")
    other = take_of(Beat("a", Row(grids[0], further), id="a"), last)
    assert enter.digest != phase(other, "enter")[0].digest  # it comes from another place


def test_a_sentence_that_comes_late_is_still_read_at_the_pace_of_reading():
    beat = Beat("Eight words are read in two seconds here.", X)
    count = reading.count("Eight words are read in two seconds here.", "en")
    assert reading_seconds(beat, LOOK, start=0.3) == pytest.approx(reading.LOOK + count / 4)
    late = 2.0
    assert (reading_seconds(beat, LOOK, start=late) - late) * 4 > count + 0.5  # it is noticed first


def test_there_is_time_to_read(film):
    for take in film:
        assert take.seconds >= reading_seconds(take.beat, LOOK) - 1e-9
    short, long = Beat("Short.", X), Beat("A sentence with very many words in it indeed.", X)
    assert reading_seconds(long, LOOK) > reading_seconds(short, LOOK)
    japanese = replace(LOOK, lang="ja")
    assert reading_seconds(Beat({"ja": "長い文はゆっくり読みます。"}, X), japanese) > reading_seconds(
        Beat({"ja": "文"}, X), japanese
    )


def test_a_pause_of_your_own_is_kept():
    assert take_of(Beat("A sentence.", X, pause=7.5)).phases[-1].seconds == 7.5
    none = take_of(Beat("A sentence.", X, pause=0))
    assert none.phases[-1].seconds == 0
    assert set(none.at(none.seconds)) == set(none.frame.placed)


def test_takes_follow_each_other_without_gaps(film):
    assert film[0].start == 0
    for one, following in pairwise(film):
        assert following.start == pytest.approx(one.start + one.seconds)
        assert one.seconds == pytest.approx(sum(phase.seconds for phase in one.phases))


@pytest.mark.parametrize("pace", [0.5, 2.0, 4.0])
def test_pace_scales_time_and_nothing_else(film, pace):
    fast = takes(examples.story(), LOOK, pace)
    for one, other in zip(film, fast, strict=True):
        assert other.seconds == pytest.approx(one.seconds / pace)
        assert [p.seconds * pace for p in other.phases] == pytest.approx([p.seconds for p in one.phases])
        assert digest(other.at(0.4 * other.seconds)) == digest(one.at(0.4 * one.seconds))


@pytest.mark.parametrize("pace", [0, -1, np.nan, np.inf])
def test_a_pace_is_above_0(pace):
    with pytest.raises(UserError, match=r"pace=.*; it must be above 0"):
        takes(examples.story(), LOOK, pace)


def test_middle_is_half_way_through_the_motion_else_the_end(film):
    for take in film:
        if take.beat.motion is None:
            assert take.middle() == pytest.approx(take.seconds)
        else:
            one, start = phase(take, "motion")
            assert take.middle() == pytest.approx(start + one.seconds / 2)


# The same clock at any rate


def test_the_clock_is_the_same_at_24_and_at_60_frames_a_second(film):
    for take in film:
        at_24 = {i / 24: None for i in range(int(take.seconds * 24) + 1)}
        at_60 = {i / 60: None for i in range(int(take.seconds * 60) + 1)}
        common = [second for second in at_24 if second in at_60][::6]
        first = {second: digest(take.at(second)) for second in common}
        for second in list(at_60)[::-17]:
            take.at(second)  # whatever was asked before
        assert {second: digest(take.at(second)) for second in reversed(common)} == first


def test_told_twice_is_the_same_film(film):
    again = takes(examples.story(), LOOK)
    for one, other in zip(film, again, strict=True):
        assert [p.digest for p in one.phases] == [p.digest for p in other.phases]
        for fraction in (0.1, 0.5, 0.9):
            assert digest(one.at(fraction * one.seconds)) == digest(other.at(fraction * one.seconds))


def test_phases_have_names_of_their_own(film):
    names = [one.digest for take in film for one in take.phases]
    assert len(set(names)) == len(names)
    light = takes(examples.story(), RenderStyle(theme.by_name("light")))
    assert not set(names) & {one.digest for take in light for one in take.phases}


# Nothing jumps


def test_nothing_jumps_where_phases_or_beats_meet(film):
    for take in film:
        end = 0.0
        for one in take.phases[:-1]:
            end += one.seconds
            largest, many = jump(take.at(end - 1e-7), take.at(end + 1e-7), LOOK)
            assert many == 0, f"beat {take.beat.id} jumps after {one.name}: {many} pixels by {largest}"
    for one, following in pairwise(film):
        largest, many = jump(one.at(one.seconds), following.at(0.0), LOOK)
        assert many == 0, f"beat {following.beat.id} begins with a jump: {many} pixels by {largest}"


def test_the_first_beat_begins_with_nothing_and_the_last_shows_its_frame(film):
    assert not any(film[0].at(0.0).values())
    last = film[-1]
    assert digest(last.at(last.seconds)) == digest(invariants.drawn(last.frame))


def test_a_beat_ends_on_its_frame(film):
    for take in film:
        assert set(take.at(take.seconds)) == set(take.frame.placed)
        for key, shapes in take.at(take.seconds).items():
            assert digest(shapes) == digest(take.frame[key].draw(take.frame))


CHANGES = {
    "weights": (NET, Row(X, modify(W1, weights=-W1.weights), H, W2, O)),
    "scale of the weights": (
        Row(X, modify(W1, limit=2.5), H), Row(X, modify(W1, limit=10), H)
    ),
    "shape of the weights": (
        Row(X, W1, H),
        Row(X, Wires(np.ones((4, 2)), "x", "h", key="w1"), Units([1, 2, 3, 4], key="h")),
    ),
    "ends of the wires": (Row(X, W1, H), Row(modify(X, key="y"), modify(W1, source="y"), H)),
    "names": (NET, Row(modify(X, names=(), label=None), W1, H, W2, O)),
    "kind": (Row(modify(X, key="a")), Row(examples.mark("Grid", key="a"))),
    "values": (Row(examples.mark("Bars")), Row(examples.mark("Bars", values=[0.9, 0.1, 0.5]))),
    "formula": (Row(examples.mark("Formula")), Row(examples.mark("Formula", visible=1))),
    "arrangement": (Row(X, Text("t", key="t")), Row(Text("t", key="t"), X)),
    "light": (NET, Row(X, W1, modify(H, lit=False), W2, O)),
    "order in a layer": (
        Overlay(Grid(np.ones((4, 4)), key="g"), Tokens(("a",), key="t")),
        Overlay(Grid(-np.ones((4, 4)), key="g"), Tokens(("a",), key="t")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_nothing_jumps_when_a_mark_changes_its(what):
    one, other = (Beat("A sentence.", stage, id=i) for i, stage in zip("ab", CHANGES[what], strict=True))
    first, last = takes(Story.from_beats([one, other]), LOOK)
    assert jump(first.at(first.seconds), last.at(0.0), LOOK)[1] == 0
    end = 0.0
    for phase_ in last.phases[:-1]:
        end += phase_.seconds
        assert jump(last.at(end - 1e-7), last.at(end + 1e-7), LOOK)[1] == 0, phase_.name


def test_focus_fades():
    beats = Beat("", NET, id="a"), Beat("", NET, id="b", focus=("h",))
    take = take_of(*beats)
    assert [phase.name for phase in take.phases] == ["move", "pause"]
    alphas = [take.at(t)["x"][0].rims[0, 3] for t in np.linspace(0, MOVE, 9)]
    assert alphas[0] == 1 and alphas[-1] == pytest.approx(theme.DIM)
    assert alphas == sorted(alphas, reverse=True)


def test_easing_starts_and_stops_gently():
    assert (ease(0), ease(0.5), ease(1)) == (0, 0.5, 1)
    assert ease(0.01) < 0.001 and ease(0.99) > 0.999


# Flow


def flow_take(motion=None, stage=NET):
    return take_of(Beat("", stage, id="a"), Beat("", stage, motion or examples.flow(), id="b"))


def signals_at(take, fraction):
    one, start = phase(take, "motion")
    return take.at(start + fraction * one.seconds).get(SIGNALS, ())


def lit_at(take, fraction, key="h"):
    """Which neurons are lit at a fraction of the motion, read from the colours on the screen."""
    one, start = phase(take, "motion")
    discs = take.at(start + fraction * one.seconds)[key][0]
    return [not np.allclose(fill, LOOK.theme.rgba("panel")) for fill in discs.fills]


def test_the_targets_are_dark_until_their_signals_have_arrived():
    take = flow_take()
    assert lit_at(take, 0.0) == [False] * 3
    assert lit_at(take, 1.0) == [True] * 3


def test_a_value_lights_up_exactly_when_its_last_signal_has_arrived():
    take = flow_take()
    motion = take.beat.motion
    ends = take.frame["h"].mark.centers(take.frame["h"])
    for neuron, arrival in enumerate(motion.arrivals()):
        share = 0.86  # the signals' share of the motion
        just_before, at = share * (arrival - 1e-4), share * (arrival + 1e-9)
        assert not lit_at(take, just_before)[neuron] and lit_at(take, at)[neuron]
        (discs, *_) = signals_at(take, just_before)
        rim = take.frame["h"].scale * 0.42
        near = np.hypot(*(discs.centers - ends[neuron]).T) < rim + 0.02
        assert near.any()
        rest = signals_at(take, at)
        assert not rest or not (np.hypot(*(rest[0].centers - ends[neuron]).T) < rim + 0.05).any()


def test_signals_set_out_with_their_value_and_arrive_with_the_product():
    stage = Row(X, modify(W1, weights=W1.weights[:1]), Units(H.values[:1], key="h", limit=1))
    motion = Flow("w1", W1.weights[:1] * examples.INPUT, examples.INPUT, limit=8)
    take = flow_take(motion, stage)
    early, late = signals_at(take, 0.86 * 1e-3), signals_at(take, 0.86 * (1 - LAG - 1e-4))
    biggest = 0.21 * take.frame["w1"].scale

    def sizes(discs):
        return np.sort((discs.radii / biggest) ** 2 * 8)

    np.testing.assert_allclose(sizes(early[0]), np.sort(examples.INPUT), rtol=1e-3)
    np.testing.assert_allclose(sizes(late[0]), np.sort(np.abs(motion.contributions[0])), rtol=1e-3)
    colors = {tuple(np.round(fill[:3], 3)) for fill in late[0].fills}
    assert colors == {tuple(np.round(LOOK.theme.rgba(r)[:3], 3)) for r in ("positive", "negative")}


def test_only_one_neuron_is_reached_when_only_one_is_asked_for():
    motion = replace(examples.flow(), only=1)
    take = flow_take(motion)
    assert lit_at(take, 0.0) == [True, False, True] and lit_at(take, 1.0) == [True] * 3
    for fraction in (0.2, 0.4, 0.6):
        assert len(signals_at(take, fraction)[0].radii) <= 2


def test_signals_carry_their_numbers():
    numbered, plain = flow_take(replace(examples.flow(), numbers=True)), flow_take()
    assert len(signals_at(plain, 0.3)) == 1 < len(signals_at(numbered, 0.3))


def test_gradients_run_backwards():
    errors = examples.HIDDEN
    motion = Flow("w1", examples.WEIGHTS * errors[:, None], errors, backward=True)
    assert motion.arriving.shape == (2, 3) and len(motion.arrivals()) == 2
    take = flow_take(motion)
    assert lit_at(take, 0.0, "x") == [False] * 2 and lit_at(take, 0.0, "h") == [True] * 3
    early, late = signals_at(take, 0.05)[0].centers, signals_at(take, 0.55)[0].centers
    assert early[:, 0].mean() > late[:, 0].mean()
    assert flow_take().at(0) is not None
    forth = flow_take()
    assert signals_at(forth, 0.05)[0].centers[:, 0].mean() < signals_at(forth, 0.55)[0].centers[:, 0].mean()


def test_signals_stay_inside_the_frame_and_between_their_layers():
    take = flow_take()
    left, right = take.frame["x"].x, take.frame["h"].x
    for fraction in np.linspace(0, 1, 21):
        for discs in signals_at(take, fraction):
            assert (discs.centers[:, 0] > left).all() and (discs.centers[:, 0] < right).all()


def test_in_a_relay_what_arrives_sets_out_again():
    second = Flow("w2", examples.LAST * examples.HIDDEN, examples.HIDDEN, seconds=1.6)
    take = flow_take(Relay((examples.flow(), second)))
    share = 2.4 / 4.0

    def dark(fraction):
        return lit_at(take, fraction, "h").count(False), lit_at(take, fraction, "o").count(False)

    assert [dark(f) for f in (0.0, share - 1e-3, share + 1e-3, 1.0)] == [(3, 1), (0, 1), (0, 1), (0, 0)]
    middle = take.frame["h"].x
    assert (signals_at(take, 0.3)[0].centers[:, 0] < middle).all()
    assert (signals_at(take, share + 0.2)[0].centers[:, 0] > middle).all()


# Film and Sweep


def test_a_film_shows_each_state_and_its_wires_follow():
    states = [modify(X, values=examples.INPUT * s) for s in (0.1, 0.4, 0.7, 1.0)]
    take = take_of(Beat("", NET), Beat("", NET, Playback({"x": states}, seconds=4.0)))
    one, start = phase(take, "motion")
    seen = [digest(take.at(start + (i + 0.5) * one.seconds / 4)["x"]) for i in range(4)]
    wanted = [digest(replace(take.frame["x"], mark=state).draw(take.frame)) for state in states]
    assert seen == wanted
    assert "w1" in one.moving(0.5)


def test_a_sweep_visits_every_place():
    picture = examples.mark("Picture")
    motion = Sweep("picture", window=(4, 4), stride=(2, 2))
    take = take_of(Beat("", Row(picture)), Beat("", Row(picture), motion))
    one, start = phase(take, "motion")
    places = motion.places((8, 8))
    placed = take.frame["picture"]
    cell = placed.w / 8
    for i, (row, column) in enumerate(places):
        share = ((i + 0.7) / len(places)) ** (1 / HURRY)
        window = take.at(start + share * one.seconds)[f"{SIGNALS}:window"][0]
        middle = [placed.x - placed.w / 2 + (column + 2) * cell, placed.y + placed.h / 2 - (row + 2) * cell]
        np.testing.assert_allclose(window.centers[0], middle, atol=1e-9)
        np.testing.assert_allclose(window.sizes[0], [4 * cell, 4 * cell])


def test_a_sweep_reveals_one_cell_after_the_other():
    picture, sums = examples.mark("Picture"), Grid(np.ones((3, 3)), key="sums", limit=1)
    stage = Row(picture, sums)
    motion = Sweep("picture", window=(4, 4), stride=(2, 2), reveals="sums")
    take = take_of(Beat("", stage), Beat("", stage, motion))
    one, start = phase(take, "motion")
    panel = LOOK.theme.rgba("panel")

    def shown(fraction):
        boxes = take.at(start + fraction * one.seconds)["sums"][0]
        return sum(not np.allclose(fill, panel) for fill in boxes.fills)

    assert [shown(((i + 0.7) / 9) ** (1 / HURRY)) for i in range(9)] == list(range(1, 10))
    assert shown(0.0) == 0 and shown(1.0) == 9


def test_a_sweep_over_tokens_takes_each_in_turn():
    tokens = examples.mark("Tokens")
    take = take_of(Beat("", Row(tokens)), Beat("", Row(tokens), Sweep("tokens")))
    one, start = phase(take, "motion")
    xs = [
        take.at(start + (i + 0.7) / 5 * one.seconds)[f"{SIGNALS}:window"][0].centers[0, 0] for i in range(5)
    ]
    assert xs == sorted(xs) and len(set(np.round(xs, 3))) == 5


@pytest.mark.parametrize(
    ("motion", "says"),
    [
        (Sweep("picture", window=(9, 9)), r"a window of \(9, 9\) does not fit into \(8, 8\) cells"),
        (Sweep("picture", reveals="sums"), r"64 places of the window for \(3, 3\) cells of 'sums'"),
        (Sweep("text"), "'text' is a Text; Grid or Picture or Tokens wanted"),
        (Sweep("picture", reveals="text"), "'text' is a Text; Grid or Picture wanted"),
    ],
)
def test_a_sweep_that_does_not_fit_is_refused_with_the_beat(motion, says):
    stage = Row(examples.mark("Picture"), Grid(np.ones((3, 3)), key="sums"), examples.mark("Text"))
    with pytest.raises(UserError, match=f"^beat 'b': Sweep.*: {says}"):
        Beat("", stage, motion, id="b")


# The picture says what the numbers say


@pytest.mark.parametrize(
    "kind", ["Units", "Wires", "Grid", "Tokens", "Picture", "Cloud", "Curve", "Bars", "Block"]
)
def test_other_numbers_give_another_picture(kind):
    name = {"Units": "values", "Wires": "weights", "Picture": "pixels", "Cloud": "points", "Curve": "y",
            "Block": "value"}.get(kind, "values")  # fmt: skip
    value = getattr(examples.mark(kind), name)
    pictures = [
        raster(invariants.drawn(place(examples.beat(kind, **{name: v}), LOOK)), LOOK)
        for v in (value, value * 0.8)
    ]
    assert (np.abs(pictures[0] - pictures[1]).max(axis=2) > 4).any()


def test_a_perturbed_story_looks_different_wherever_its_numbers_are_seen():
    one = [Beat("", NET), Beat("", NET, examples.flow())]
    other_net = Row(X, modify(W1, weights=W1.weights * 0.9), H, W2, O)
    other = [
        Beat("", other_net),
        Beat("", other_net, Flow("w1", W1.weights * 0.9 * X.values, X.values, limit=6)),
    ]
    for a, b in zip(takes(Story.from_beats(one), LOOK), takes(Story.from_beats(other), LOOK), strict=True):
        assert digest(a.at(a.middle())) != digest(b.at(b.middle()))


def test_pictures_are_painted_where_they_are_placed():
    frame = place(Beat("", Row(Picture(np.ones((2, 2)), key="p"))), LOOK)
    seen = raster({"p": frame["p"].draw(frame)}, LOOK)
    rows, columns = np.nonzero((seen > 200).all(axis=2))
    unit = 180 / LOOK.height
    assert np.ptp(columns) == pytest.approx(frame["p"].w * unit, abs=3)
    assert np.ptp(rows) == pytest.approx(frame["p"].h * unit, abs=3)
