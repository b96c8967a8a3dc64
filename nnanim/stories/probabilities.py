"""Logits to probabilities, where a model leaves that to whoever reads it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnanim.marks.content import Floats


def softmax(logits: npt.ArrayLike, temperature: float = 1.0) -> Floats:
    """Probabilities of logits (…, n) at a temperature above 0, along the last axis."""
    values = np.asarray(logits, dtype=float) / temperature
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
