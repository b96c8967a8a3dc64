"""Recording torch models: any `torch.nn.Module`, unchanged, becomes a `Trace`.

torch is loaded when something is recorded, not when this is imported: a scene whose trace is kept needs none.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnanim.recording.recorder import Recorder
    from nnanim.recording.run import ModelRaised, record
    from nnanim.recording.tap import Tap
else:
    _run: Any = None  # the real one, once it was loaded

    def record(*arguments: Any, **options: Any) -> Any:
        """Run a model and record what it does: see `nnanim.recording.run.record`."""
        global _run
        if _run is None:
            _run = import_module(f"{__name__}.run").record
        return _run(*arguments, **options)


__all__ = ["ModelRaised", "Recorder", "Tap", "record"]

_HOMES = {"ModelRaised": "run", "Recorder": "recorder", "Tap": "tap"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
