"""Brush strokes that are bent, moved and coloured until the guide sees the sentence in them.

K. Frans et al., "CLIPDraw: Exploring Text-to-Drawing Synthesis through Language-Image Encoders" (2021). There
a rasterizer gives the slopes; here each stroke is a few capsules with a soft edge, and autograd does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from nnanim.models.world_vae import SIDE
from nnanim.steering.generator import Generator, Parameters, check_side, draw, fall, follow_adam
from nnanim.steering.siren import places

EDGE = 0.7
"""Softness of an edge in pixels: how far from it a stroke's cover falls from 1/2 to about 1/4."""

BAND = 1 << 14
"""How many pixels are painted at a time."""


class Brushwork(NamedTuple):
    """Strokes as one sees them; lengths in half pictures, x to the right, y down, the middle at (0, 0).

    Attributes:
        points: (n, strokes, 3, 2) start, bend and end of each quadratic Bézier curve.
        colours: (n, strokes, 3) red, green, blue, 0..1.
        widths: (n, strokes) half the breadth.
        covers: (n, strokes) how much a stroke hides of what lies under it, 0..1.
        sky: (n, 2, 3) colours at the upper and the lower edge.
    """

    points: Tensor
    colours: Tensor
    widths: Tensor
    covers: Tensor
    sky: Tensor


class Strokes(Generator):
    """Quadratic Bézier curves over a sky of two colours, the first stroke lowest.

    Parameters are `Brushwork`'s, the colours and covers before a sigmoid, the widths before an exponential.

    Args:
        strokes: how many.
        width: half the breadth of each to begin with.
        pieces: straight pieces of a curve while it is steered.
        rate: of Adam; it falls to a tenth.
        side: height and width of the pictures that the guide sees: enlarged ones of half the side.
    """

    name = "strokes"
    steps = 150

    def __init__(
        self, strokes: int = 16, width: float = 0.14, pieces: int = 3, rate: float = 0.05, side: int = SIDE
    ) -> None:
        self.side = check_side(side)
        self.strokes, self.width, self.pieces, self.rate = strokes, width, pieces, rate

    def start(self, rngs: Sequence[torch.Generator], picture: Tensor | None = None) -> Parameters:
        """Short strokes anywhere; of a picture they take the colours under their bends."""
        n, m = len(rngs), self.strokes
        middle = 1.6 * draw(rngs, (m, 1, 2), normal=False) - 0.8
        points = middle + 0.35 * (2 * draw(rngs, (m, 3, 2), normal=False) - 1)
        colours, sky = draw(rngs, (m, 3)), torch.zeros(n, 2, 3)
        if picture is not None:
            bends = points[:, :, 1].clamp(-1, 1)[:, :, None]  # each stroke has the colour under its bend
            under = F.grid_sample(
                picture.expand(n, -1, -1, -1), bends, padding_mode="border", align_corners=False
            )
            colours = under[..., 0].transpose(1, 2).clamp(0.02, 0.98).logit()
            sky = picture[:, [0, -1]].mean(2).T.clamp(0.02, 0.98).logit().repeat(n, 1, 1)
        return [points, colours, torch.full((n, m), self.width).log(), torch.ones(n, m), sky]

    def paint(self, parameters: Parameters) -> Tensor:
        """The pictures as the guide sees them, (n, 3, side, side): the coarse ones, enlarged."""
        picture = self.paint_coarse(parameters)
        return F.interpolate(picture, size=self.side, mode="bilinear", align_corners=False)

    def paint_coarse(self, parameters: Parameters) -> Tensor:
        """The pictures at half their height and width, as they are steered: edges are softer then."""
        half = (self.side + 1) // 2
        picture = composite(self.read(parameters), places(half), self.pieces, 2 * EDGE / half)
        return picture.reshape(-1, 3, half, half)

    def advance(
        self, parameters: Parameters, slopes: Parameters, step: int, steps: int, state: Parameters
    ) -> tuple[Parameters, Parameters]:
        """A step of Adam."""
        return follow_adam(parameters, slopes, step, state, fall(self.rate, step, steps))

    @torch.no_grad()
    def paint_large(self, parameters: Parameters, side: int) -> Tensor:
        """The same strokes at another size, with sharper edges and rounder bends."""
        check_side(side)
        drawing = self.read(parameters)
        bands = [
            composite(drawing, part, 3 * self.pieces, 2 * EDGE / side) for part in places(side).split(BAND)
        ]
        return torch.cat(bands, dim=2).reshape(-1, 3, side, side)

    @torch.no_grad()
    def to_svg(self, parameters: Parameters) -> list[str]:
        """Each picture as SVG: one path a stroke, its cover as opacity; the edges are sharp."""
        drawing = self.read(parameters)
        return [write_svg(Brushwork(*(part[at] for part in drawing))) for at in range(len(drawing.points))]

    def read(self, parameters: Parameters) -> Brushwork:
        """The strokes that the parameters stand for."""
        points, colours, widths, covers, sky = parameters
        return Brushwork(points, colours.sigmoid(), widths.exp(), covers.sigmoid(), sky.sigmoid())


def bend(points: Tensor, pieces: int) -> Tensor:
    """Places (…, pieces + 1, 2) on quadratic Bézier curves (…, 3, 2), at equal steps of the parameter."""
    t = torch.linspace(0, 1, pieces + 1)
    shares = torch.stack([(1 - t) ** 2, 2 * t * (1 - t), t**2], dim=1)  # (pieces + 1, 3)
    return shares @ points


def distances(points: Tensor, at: Tensor, pieces: int) -> Tensor:
    """(n, strokes, p) how far places ``at`` (p, 2) are from curves (n, strokes, 3, 2) of straight pieces."""
    ends = bend(points, pieces)
    start, way = ends[..., :-1, None, :], ends.diff(dim=-2)[..., None, :]  # (n, strokes, pieces, 1, 2)
    reach = at - start
    share = ((reach * way).sum(-1, keepdim=True) / (way.square().sum(-1, keepdim=True) + 1e-6)).clamp(0, 1)
    squares = (reach - share * way).square().sum(-1)  # (n, strokes, pieces, p)
    return squares.amin(2).add(1e-8).sqrt()


def cover(drawing: Brushwork, at: Tensor, pieces: int, soft: float) -> Tensor:
    """(n, strokes, p) how much each stroke hides at places ``at`` (p, 2): its cover, less beyond the edge."""
    inside = drawing.widths[..., None] - distances(drawing.points, at, pieces)
    return (inside / soft).sigmoid() * drawing.covers[..., None]


def composite(drawing: Brushwork, at: Tensor, pieces: int, soft: float) -> Tensor:
    """Colours (n, 3, p) at places ``at`` (p, 2): each stroke over those before it, all over the sky."""
    alpha = cover(drawing, at, pieces, soft)
    free = alpha.new_ones(len(alpha), 1, alpha.shape[2])
    # What each stroke and all above it let through.
    left = torch.cat([(1 - alpha).flip(1).cumprod(1).flip(1), free], dim=1)
    down = (at[:, 1] + 1) / 2
    sky = drawing.sky[:, 0, :, None] * (1 - down) + drawing.sky[:, 1, :, None] * down
    return drawing.colours.transpose(1, 2) @ (alpha * left[:, 1:]) + sky * left[:, :1]


def write_svg(drawing: Brushwork, side: int = 512) -> str:
    """One picture's strokes (strokes, …) as SVG of ``side`` pixels."""
    sky = "".join(
        f'<stop offset="{at}" stop-color="{_colour(one)}"/>' for at, one in enumerate(drawing.sky.tolist())
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" viewBox="-1 -1 2 2">',
        f'<defs><linearGradient id="sky" x2="0" y2="1">{sky}</linearGradient></defs>',
        '<rect x="-1" y="-1" width="2" height="2" fill="url(#sky)"/>',
        '<g fill="none" stroke-linecap="round" stroke-linejoin="round">',
    ]
    strokes = zip(*(part.tolist() for part in drawing[:4]), strict=True)
    for ((x0, y0), (x1, y1), (x2, y2)), colour, width, opacity in strokes:
        path = f"M{x0:.4f} {y0:.4f}Q{x1:.4f} {y1:.4f} {x2:.4f} {y2:.4f}"
        lines.append(
            f'<path d="{path}" stroke="{_colour(colour)}" stroke-width="{2 * width:.4f}" '
            f'stroke-opacity="{opacity:.3f}"/>'
        )
    return "\n".join([*lines, "</g>", "</svg>", ""])


def _colour(rgb: Sequence[float]) -> str:
    return "#" + "".join(f"{round(255 * one):02x}" for one in rgb)
