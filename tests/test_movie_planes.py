"""Frames are converted for x264 where they have changed, as PyAV would, and encoded one by one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from nnanim.movie.yuv import Planes, PlanesEncoder

SIZES = [(854, 480), (1920, 1080), (214, 120), (66, 34)]


def spec(size: tuple[int, int] = (214, 120), **options: str) -> Any:
    from manim._config.video_encoder import VideoEncoderSpec

    kept = {"crf": "1", "preset": "ultrafast", **options}
    return VideoEncoderSpec("mp4", "libx264", "yuv420p", *size, Fraction(15), tuple(kept.items()))


def picture(size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Large patches of any colour, opaque, for where colours meet both conversions blend them."""
    rng = np.random.default_rng(seed)
    patches = rng.integers(0, 256, (size[1] // 16 + 1, size[0] // 16 + 1, 4), dtype=np.uint8)
    made = np.repeat(np.repeat(patches, 16, axis=0), 16, axis=1)[: size[1], : size[0]].copy()
    made[..., 3] = 255
    return made


def planes_of(frame: av.VideoFrame) -> list[np.ndarray]:
    size = [(frame.height, frame.width)] + 2 * [(frame.height // 2, frame.width // 2)]
    found = []
    for plane, (rows, columns) in zip(frame.planes, size, strict=True):
        bytes_ = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        found.append(bytes_[:rows, :columns].astype(int))
    return found


def converter(size: tuple[int, int]) -> Planes:
    made = Planes.of(spec(size))
    assert made is not None
    return made


@pytest.mark.parametrize("size", SIZES)
def test_as_pyav_converts(size: tuple[int, int]) -> None:
    pixels = picture(size)
    theirs = planes_of(av.VideoFrame.from_ndarray(pixels, format="rgba").reformat(format="yuv420p"))
    ours = planes_of(converter(size).frame(pixels))
    assert np.abs(ours[0] - theirs[0]).max() <= 1
    for one, true in zip(ours[1:], theirs[1:], strict=True):
        # Where patches meet, the two blend them in different ways.
        inner = np.ix_(*(np.arange(length) % 8 // 3 == 1 for length in one.shape))
        assert np.abs(one - true)[inner].max() <= 2


@pytest.mark.parametrize(
    ("color", "luma", "blue", "red"),
    [
        ((0, 0, 0), 16, 128, 128),
        ((255, 255, 255), 235, 128, 128),
        ((255, 0, 0), 81, 90, 240),
        ((0, 255, 0), 145, 54, 34),
        ((0, 0, 255), 41, 240, 110),
        ((128, 128, 128), 126, 128, 128),
    ],
)
def test_colours_of_the_standard(color: tuple[int, ...], luma: int, blue: int, red: int) -> None:
    pixels = np.full((34, 66, 4), 255, np.uint8)
    pixels[..., :3] = color
    for plane, value in zip(planes_of(converter((66, 34)).frame(pixels)), (luma, blue, red), strict=True):
        assert (plane == value).all()


@pytest.mark.parametrize("size", SIZES)
def test_what_changes_is_converted_and_nothing_else_is_lost(size: tuple[int, int]) -> None:
    """Frame by frame, as if each had been the first."""
    one, rng = converter(size), np.random.default_rng(1)
    pixels = picture(size)
    for _ in range(40):
        x, y = rng.integers(0, size[0]), rng.integers(0, size[1])
        pixels[y : y + rng.integers(1, 9), x : x + rng.integers(1, 50), :3] = rng.integers(0, 256, 3)
        for changed, fresh in zip(
            planes_of(one.frame(pixels)), planes_of(converter(size).frame(pixels)), strict=True
        ):
            np.testing.assert_array_equal(changed, fresh)


def test_every_single_pixel_counts() -> None:
    one, pixels = converter((66, 34)), picture((66, 34))
    one.frame(pixels)
    for y, x in np.ndindex(34, 66):
        pixels[y, x, 1] ^= 255
        before = planes_of(one.frame(pixels.copy()))
        for a, b in zip(before, planes_of(converter((66, 34)).frame(pixels)), strict=True):
            np.testing.assert_array_equal(a, b)


def test_an_unchanged_frame_is_the_same_one_but_not_in_another_clip() -> None:
    one, pixels = converter((214, 120)), picture((214, 120))
    first = one.frame(pixels)
    assert one.frame(pixels.copy()) is first
    one.begin()
    assert one.frame(pixels) is not first


def test_a_frame_that_is_held_is_not_written_over(tmp_path: Path) -> None:
    one, pixels = converter((214, 120)), picture((214, 120))
    encoder = PlanesEncoder(target=tmp_path / "a.mp4", spec=spec(), free=one.free)
    first = one.frame(pixels)
    was = planes_of(first)
    second = one.frame(picture((214, 120), 1))
    for a, b in zip(was, planes_of(first), strict=True):
        np.testing.assert_array_equal(a, b)
    encoder.write_frame(first)
    assert one.free.empty()
    encoder.write_frame(second)
    assert one.frame(picture((214, 120), 2)) is first
    encoder.finish()


def test_frames_of_another_kind_are_refused() -> None:
    for wrong in (
        np.zeros((120, 212, 4), np.uint8),
        np.zeros((120, 214, 4)),
        np.zeros((120, 214, 3), np.uint8),
    ):
        with pytest.raises(ValueError, match="a frame has"):
            converter((214, 120)).frame(wrong)


@pytest.mark.parametrize(
    "changes",
    [{"codec": "libvpx-vp9"}, {"pixel_format": "yuv444p"}, {"width": 213}, {"height": 121}],
)
def test_pyav_converts_for_all_others(changes: dict[str, Any]) -> None:
    from dataclasses import replace

    assert Planes.of(replace(spec(), **changes)) is None
    assert Planes.of(None) is None


def decoded(film: Path) -> np.ndarray:
    with av.open(str(film)) as source:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)])


def test_a_clip_has_every_frame_in_its_order(tmp_path: Path) -> None:
    one, film = converter((214, 120)), tmp_path / "a.mp4"
    encoder = PlanesEncoder(target=film, spec=spec(), free=one.free)
    grays = [10, 60, 60, 120, 200, 60]
    for gray, times in zip(grays, (1, 2, 1, 3, 1, 1), strict=True):
        encoder.write_frame(one.frame(np.full((120, 214, 4), gray, np.uint8)), repeat=times)
    encoder.finish()
    with pytest.raises(RuntimeError, match="closed"):
        encoder.write_frame(one.frame(picture((214, 120))))
    seen = decoded(film).mean(axis=(1, 2, 3))
    assert seen == pytest.approx([10, 60, 60, 60, 120, 120, 120, 200, 60], abs=3)
