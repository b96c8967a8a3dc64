"""Recording torch models: any `torch.nn.Module`, unchanged, becomes a `Trace`."""

from nnanim.record.record import ModelRaised, record
from nnanim.record.recorder import Recorder
from nnanim.record.tap import Tap

__all__ = ["ModelRaised", "Recorder", "Tap", "record"]
