"""Residual blocks whose two ways can be closed, one or the other, in a model that is trained already.

After K. He et al., "Deep Residual Learning for Image Recognition" (2015). That a network hardly misses the
work of one block: A. Veit, M. Wilber and S. Belongie, "Residual Networks Behave Like Ensembles of Relatively
Shallow Networks" (2016).
"""

from __future__ import annotations

import copy
from collections.abc import Collection

from torch import Tensor, nn

from nnanim.models.world_vae import Residual
from nnanim.recording import Tap


class TwoWays(nn.Module):
    """A trained residual block of which one way may be closed: x + f(x), x alone, or f(x) alone."""

    def __init__(self, block: Residual, shortcut: bool = True, change: bool = True) -> None:
        super().__init__()
        self.block, self.shortcut, self.keeps_change = block, shortcut, change
        self.before, self.change = Tap(), Tap()

    def forward(self, x: Tensor) -> Tensor:
        x = self.before(x)  # (batch, channels, height, width), and so are all of these
        change = self.change(self.block.change(x))
        if self.shortcut and self.keeps_change:
            return x + change
        return x if self.shortcut else change


def open_ways(
    model: nn.Module, shortcuts: Collection[int] | None = None, changes: Collection[int] | None = None
) -> nn.Module:
    """A copy of a model, its residual blocks with both ways in the open.

    Args:
        model: any module with ``Residual`` blocks in it, counted from 0 in the order of its modules.
        shortcuts: the blocks that keep their shortcut; None: all.
        changes: the blocks that keep what they compute; None: all.
    """
    model = copy.deepcopy(model)
    blocks = [name for name, module in model.named_modules() if isinstance(module, Residual)]
    for place, name in enumerate(blocks):
        block = model.get_submodule(name)
        assert isinstance(block, Residual)
        keeps = (kept is None or place in kept for kept in (shortcuts, changes))
        model.set_submodule(name, TwoWays(block, *keeps))
    return model
