"""Roles to colours, fonts and sizes. Lengths are in units of the frame, which is 8 high."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError, nearest

Floats = npt.NDArray[np.float64]

FONTS = Path(__file__).parent / "fonts"

SINGLE = 1e-5
"""Share by which a value may lie beyond the end of its scale: what single precision adds to the decimal limit
that it is written as, and what a film is told again with to see that its numbers are the trace's."""

DIM = 0.35
"""Opacity of what is on the screen and not spoken of."""

READABLE = 4.5
"""Contrast of words with what they stand on, at the least (WCAG 2.2, level AA)."""

SIGN, LOOK_HERE = ("positive", "negative"), "accent"
"""Roles that mean the sign of a value, and what the eye is led to; they are used for nothing else."""

ATTENTION = ("query", "key", "value")
"""Roles of the three vectors of attention."""

KINDS = tuple(f"kind{i}" for i in range(10))
"""Roles that tell kinds of things apart, such as classes; the first ones are the farthest apart.

They were chosen by farthest-point search in OKLab, as they are and as people see them who lack one kind of
cone (Machado et al., "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009), away
from the hues of `SIGN` and `LOOK_HERE`.
"""

_KINDS_DARK = dict(
    zip(
        KINDS,
        "#1ED23C #A55AB4 #FFD2FF #00870F #96FF87 #8769FF #A5D2A5 #B496C3 #00A569 #F0A5F0".split(),
        strict=True,
    )
)
_KINDS_LIGHT = dict(
    zip(
        KINDS,
        "#00A500 #690F5A #965A96 #9678FF #4B4B1E #4B1EC3 #C378A5 #4B694B #784BF0 #960087".split(),
        strict=True,
    )
)
_DARK = {
    f"group{i}": code
    for i, code in enumerate(
        "#4AA8FF #F58B23 #2EC4B6 #FF6B8B #B57BEE #FFD94D #5FB858 #C3CCD6 #B07A54 #6F7DFF".split()
    )
}
_GROUPS_LIGHT = {
    f"group{i}": code
    for i, code in enumerate(
        "#0A66C2 #C96A00 #0B8A7E #C2244C #7B3FB5 #A98600 #3C8F2F #5F6B78 #7A4A25 #3A3FD0".split()
    )
}
_DARK = {
    "ground": "#0E1117",
    "panel": "#1B212B",
    "ink": "#E6EDF3",
    "dimmed": "#8B949E",
    "outline": "#6E7A88",
    "positive": "#F5A623",
    "negative": "#4AA8FF",
    "query": "#C792EA",
    "key": "#2EC4B6",
    "value": "#FFD166",
    "accent": "#FF6B8B",
    "amount": "#B8C7D9",
    "amount2": "#E4EDA8",
    "answer": "#FFFFFF",
    "part": "#93A4B8",
    **_KINDS_DARK,
}
_LIGHT = {
    "ground": "#FFFFFF",
    "panel": "#EEF1F5",
    "ink": "#16202B",
    "dimmed": "#57606A",
    "outline": "#7A8592",
    "positive": "#A65A00",
    "negative": "#0A66C2",
    "query": "#7B3FB5",
    "key": "#0B756C",
    "value": "#6A6A00",
    "accent": "#C2244C",
    "amount": "#4A5D73",
    "amount2": "#3F4A1A",
    "answer": "#0A0E14",
    "part": "#5B6E84",
    **_KINDS_LIGHT,
}


ROLES: Mapping[str, str] = {
    "amount": "a size without a sign",
    "amount2": "another size beside it",
    "answer": "the one among several that is the answer",
    "part": "a part of a network",
    **{kind: "a kind of things, such as a class" for kind in KINDS},
    "positive": "a value above 0",
    "negative": "a value below 0",
    "accent": "look here",
    "query": "the vector of attention that asks",
    "key": "the vector of attention that is asked",
    "value": "the vector of attention that is given",
    "ink": "words",
    "dimmed": "words that step back",
    "outline": "lines around things",
    "panel": "what things stand on",
    "ground": "what everything stands on",
}
"""What each role means."""


@dataclass(frozen=True)
class Theme:
    """What a role looks like.

    Attributes:
        name: ``dark``, ``light``, ``transparent`` or your own.
        colors: role → ``#RRGGBB``. ``positive`` and ``negative`` mean sign, ``accent`` means "look here",
            ``query``, ``key`` and ``value`` the vectors of attention, ``amount`` a size without a sign and
            ``amount2`` another one beside it, ``answer`` the one among several that is the answer, ``part`` a
            part of a network, ``kind0`` to ``kind9`` kinds of
            things, such as classes. None means anything else.
        opaque: whether the ground is painted; without it a clip lies over a slide's own background.
        font, bold: font files (TrueType or OpenType).
        large, medium, small: the three text sizes (em, in frame units); none is ever smaller.
    """

    name: str = "dark"
    colors: Mapping[str, str] = field(default_factory=lambda: dict(_DARK))
    opaque: bool = True
    font: Path = FONTS / "NNAnimSansJP-Regular.otf"
    bold: Path = FONTS / "NNAnimSansJP-Bold.otf"
    large: float = 0.42
    medium: float = 0.33
    small: float = 0.26

    def color(self, role: str) -> str:
        """``#RRGGBB`` of a role; a colour given as ``#RRGGBB`` is itself.

        Raises:
            UserError: there is no such role.
        """
        if role.startswith("#"):
            return role
        if role not in self.colors:
            near = nearest(role, self.colors)
            known = "" if near.startswith("; nearest") else f"; roles: {', '.join(self.colors)}"
            raise UserError(f"theme {self.name!r} has no role {role!r}{known or near}")
        return self.colors[role]

    def rgba(self, role: str, alpha: float = 1.0) -> Floats:
        """(4,) red, green, blue, alpha of a role, each in 0..1."""
        return np.array((*_channels(self.color(role)), alpha))

    def readable(self, role: str) -> Floats:
        """(4,) the colour of a role as words have it: mixed with ink until it reads well on the ground."""
        color, ink, ground = (self.rgba(one) for one in (role, "ink", "ground"))
        shades = (color + (ink - color) * share for share in np.linspace(0, 1, 21))
        return next((one for one in shades if contrast(one, ground) >= READABLE), ink)

    def signed_colors(
        self, fractions: npt.ArrayLike, positive: str = "positive", negative: str = "negative"
    ) -> Floats:
        """Colours (…, 4) of fractions in -1..1: ``negative`` at -1, the ground at 0, ``positive`` at 1.

        Raises:
            UserError: a fraction lies outside -1..1: nothing is clipped silently.
        """
        f = np.asarray(fractions, dtype=float)
        if f.size and not np.all(np.abs(f) <= 1 + SINGLE):
            raise UserError(
                f"a colour was asked for the fraction {f.flat[np.argmax(np.abs(f))]:g}, outside -1..1"
            )
        f = np.clip(f, -1.0, 1.0)  # what rounding adds would lie outside the colours
        ground = self.rgba("ground")
        ends = np.where(f[..., None] >= 0, self.rgba(positive), self.rgba(negative))
        return np.asarray(ground + (ends - ground) * np.abs(f)[..., None])

    def ink_on(self, color: npt.ArrayLike) -> Floats:
        """(4,) the darker or lighter ink, whichever reads better on the opaque colour ``color``."""
        # Only pure black and white leave no colour between them below 4.5:1. Black reads better where
        # (light + 0.05) / 0.05 is at least 1.05 / (light + 0.05).
        black = (_luminance(color) + 0.05) ** 2 >= 1.05 * 0.05
        return np.array([0.0, 0.0, 0.0, 1.0] if black else [1.0, 1.0, 1.0, 1.0])

    def size(self, name: str) -> float:
        """Text size (em, in frame units) of ``large``, ``medium`` or ``small``.

        Raises:
            UserError: there is no such size.
        """
        sizes = {"large": self.large, "medium": self.medium, "small": self.small}
        if name not in sizes:
            raise UserError(f"there is no text size {name!r}{nearest(name, sizes)}")
        return sizes[name]


def contrast(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Contrast ratio of two opaque colours (red, green, blue, … in 0..1), 1 to 21.

    Source: WCAG 2.2, "contrast ratio" and "relative luminance".
    """
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: npt.ArrayLike) -> float:
    channels = np.asarray(color, dtype=float)[:3].tolist()
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


@lru_cache(maxsize=1024)
def _channels(code: str) -> tuple[float, float, float]:
    """Red, green, blue of ``#RRGGBB``, each in 0..1."""
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


THEMES: dict[str, Theme] = {
    "dark": Theme(),
    "light": Theme(name="light", colors=dict(_LIGHT)),
    "transparent": Theme(name="transparent", opaque=False),
    "transparent-light": Theme(name="transparent-light", colors=dict(_LIGHT), opaque=False),
}


def by_name(theme: str | Theme) -> Theme:
    """The theme of that name; a Theme is itself.

    Raises:
        UserError: there is no such theme.
    """
    if isinstance(theme, Theme):
        return theme
    if theme not in THEMES:
        raise UserError(f"there is no theme {theme!r}{nearest(theme, THEMES)}")
    return THEMES[theme]
