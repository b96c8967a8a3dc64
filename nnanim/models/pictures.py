"""What the models of the small world take as a picture."""

from __future__ import annotations

from torch import Tensor

from nnanim.errors import UserError

SIDE = 64


def checked(pictures: Tensor) -> Tensor:
    """The pictures, if they are (batch, 3, 64, 64) with values 0..1.

    Raises:
        UserError: another shape, or values outside 0..1 or not finite.
    """
    shape = (3, SIDE, SIDE)
    if pictures.ndim != 4 or tuple(pictures.shape[1:]) != shape:
        wanted = ", ".join(map(str, shape))
        raise UserError(f"this model takes pictures (batch, {wanted}), got {tuple(pictures.shape)}")
    values = pictures.detach().numpy()
    low, high = float(values.min()), float(values.max())
    if not (low >= -1e-3 and high <= 1.001):
        raise UserError(f"a picture's values lie in 0..1, got {low:.3g} to {high:.3g}")
    return pictures
