"""Recording torch models: any `torch.nn.Module`, unchanged, becomes a `Trace`.

torch is loaded when something is recorded, not when this is imported: a scene whose trace is kept needs none.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnanim.record.record import ModelRaised, record
    from nnanim.record.recorder import Recorder
    from nnanim.record.tap import Tap

__all__ = ["ModelRaised", "Recorder", "Tap", "record"]

_HOMES = {"ModelRaised": "record", "Recorder": "recorder", "Tap": "tap"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def _record(*arguments: Any, **options: Any) -> Any:
    """See `nnanim.record.record.record`."""
    return import_module(f"{__name__}.record").record(*arguments, **options)


class _Package(ModuleType):
    """The function ``record`` has the name of its module, which Python would put in its place."""

    @property
    def record(self) -> Any:
        return sys.modules[f"{__name__}.record"].record if f"{__name__}.record" in sys.modules else _record

    @record.setter
    def record(self, module: ModuleType) -> None:
        """Leave the function where it is."""


sys.modules[__name__].__class__ = _Package
