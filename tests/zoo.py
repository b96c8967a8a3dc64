"""Many architectures at tiny size: a network of any of them can be recorded and told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

Maker = Callable[[], Any]


@dataclass(frozen=True)
class Animal:
    """An architecture: what makes its network and what makes each of its inputs, by name where it has any."""

    make: Callable[[], nn.Module]
    inputs: tuple[Maker, ...]
    names: tuple[str, ...] = ()

    def build(self) -> tuple[nn.Module, tuple[Any, ...], dict[str, Any]]:
        """The network with fixed weights, and what goes in: by place, and by name."""
        torch.manual_seed(1)
        given = tuple(make() for make in self.inputs)
        torch.manual_seed(2)
        net = self.make().eval()
        return (net, (), dict(zip(self.names, given, strict=True))) if self.names else (net, given, {})


ZOO: dict[str, Animal] = {}


def entry(*inputs: Maker, names: tuple[str, ...] = ()) -> Callable[[Callable[[], nn.Module]], Any]:
    """Enter what a function makes under its name."""

    def keep(make: Callable[[], nn.Module]) -> Callable[[], nn.Module]:
        ZOO[make.__name__] = Animal(make, inputs, names)
        return make

    return keep


def draw(*shape: int) -> Maker:
    """Numbers of the normal distribution."""
    return lambda: torch.randn(*shape)


def tokens(count: int, *shape: int) -> Maker:
    """Indices below ``count``."""
    return lambda: torch.randint(count, shape)
