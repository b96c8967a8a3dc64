"""Nets: lines between each two of two rows of points, told by the points and a share for every line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nnanim.shapes import Lines

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Joints:
    """Two columns of circles: (in, 2) and (out, 2) middles, and one radius for each column."""

    sources: Floats
    targets: Floats
    radii: tuple[float, float]

    @cached_property
    def ends(self) -> tuple[Floats, Floats]:
        """(out, in, 2) starts and ends of the straight ways from rim to rim."""
        a, b = self.sources[None, :, :], self.targets[:, None, :]
        along = (b - a) / np.linalg.norm(b - a, axis=-1, keepdims=True)
        return a + along * self.radii[0], b - along * self.radii[1]


@dataclass(frozen=True, eq=False)
class Net:
    """What the lines of a net follow from: a printer may keep this instead of every line.

    Attributes:
        joints: between which it is spun.
        shares: (out, in) in -1..1; the size of one is its line's width, its sign the colour.
        widest, thinnest: width of a line of share 1, and the smallest one.
        positive, negative: (4,) colours of the signs; their alphas are not used.
        faintest, brightest: alpha of lines of share 0 and 1.
        power: of a share's size, which gives the alpha in between.
    """

    joints: Joints
    shares: Floats
    widest: float
    thinnest: float
    positive: Floats
    negative: Floats
    faintest: float
    brightest: float
    power: float

    @cached_property
    def order(self) -> npt.NDArray[np.intp]:
        """(n,) flat indices of the lines, the lowest first: the strongest lie on top."""
        return np.argsort(np.abs(self.shares.ravel()), kind="stable")

    def colors(self) -> Floats:
        """(n, 4) colours of the lines, by their flat index."""
        look = self.positive, self.negative, self.faintest, self.brightest, self.power
        return share_colors(self.shares.ravel(), *look)

    @cached_property
    def lines(self) -> Lines:
        """The lines, the lowest first; they remember the net."""
        starts, ends = (one.reshape(-1, 2)[self.order] for one in self.joints.ends)
        widths = np.maximum(self.widest * np.abs(self.shares.ravel()), self.thinnest)[self.order]
        return Lines(starts, ends, self.colors()[self.order], widths, net=self)


def share_colors(
    share: Floats, positive: Floats, negative: Floats, faintest: float, brightest: float, power: float
) -> Floats:
    """(n, 4) colours of lines by their shares (n,) in -1..1."""
    colors = np.where(share[:, None] >= 0, positive, negative)
    colors[:, 3] = faintest + (brightest - faintest) * np.minimum(np.abs(share), 1.0) ** power
    return colors


def find_net(lines: Lines) -> tuple[Net, float] | None:
    """The net whose lines these are, scaled, shifted and dimmed alike, and how bright it is; else None."""
    net = lines.net
    if not isinstance(net, Net) or not len(lines.widths) or len(lines.widths) != net.shares.size:
        return None
    plain = net.lines
    light = float(lines.colors[:, 3].sum() / plain.colors[:, 3].sum())
    if lines.colors is not plain.colors and not _near(plain.colors * [1.0, 1.0, 1.0, light], lines.colors):
        return None
    if lines.starts is plain.starts and lines.ends is plain.ends and lines.widths is plain.widths:
        return net, light
    spread = np.ptp(plain.starts, axis=0) + np.abs(plain.ends - plain.starts).max(axis=0)
    axis = int(spread.argmax())
    scale = _slope(plain.starts[:, axis], plain.ends[:, axis], lines.starts[:, axis], lines.ends[:, axis])
    shift = lines.starts[0] - scale * plain.starts[0]
    moved = [(plain.starts * scale + shift, lines.starts), (plain.ends * scale + shift, lines.ends)]
    if not all(_near(one, other) for one, other in [*moved, (plain.widths * scale, lines.widths)]):
        return None
    joints, (first, last) = net.joints, net.joints.radii
    at = Joints(joints.sources * scale + shift, joints.targets * scale + shift, (first * scale, last * scale))
    return replace(net, joints=at, widest=net.widest * scale, thinnest=net.thinnest * scale), light


def _near(one: Floats, other: Floats) -> bool:
    return bool(np.allclose(one, other, rtol=0, atol=1e-6))


def _slope(starts: Floats, ends: Floats, new_starts: Floats, new_ends: Floats) -> float:
    """How much longer the longest of some ways have become along one axis."""
    longest = int(np.abs(ends - starts).argmax())
    long = float(ends[longest] - starts[longest])
    return float((new_ends[longest] - new_starts[longest]) / long) if abs(long) > 1e-9 else 1.0
