"""The story of the variational autoencoder, from 64 numbers to the latents of colour pictures.

The question: how few numbers are enough to draw a picture again? The moment to remember: one cloud becomes
all of them, and then the whole map turns into digits, every one drawn from two numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnanim.beats import Beat
from nnanim.errors import UserError
from nnanim.stories.vae import clouds, colour, journeys, squeeze
from nnanim.stories.vae.plane import Plane
from nnanim.trace import Trace


def vae(trace: Trace, labels: Sequence[int], training: Trace | None = None) -> Iterator[Beat]:
    """Tell how pictures become two numbers, and numbers become pictures.

    Args:
        trace: as `nnanim.models.latents.latents` makes it.
        labels: (n,) the class of each picture, for the colours of the maps.
        training: the VAE's recorded training, with ``step``, ``weight``, ``error``, ``divergence``, ``mean``
            and ``deviation``; without it the beats about it are left out.

    Raises:
        UserError: not as many labels as pictures, or the training does not end at this VAE.
    """
    count = len(trace["pictures"])
    if len(labels) != count:
        raise UserError(f"{len(labels)} labels for {count} pictures")
    plane = Plane(tuple(int(label) for label in labels))
    yield from squeeze.beats(trace)
    yield from clouds.plain(trace, plane)
    yield clouds.one(trace, plane)
    yield clouds.draws(trace, plane)
    yield clouds.every(trace, plane)
    if training is not None:
        if training["mean"].shape[1:] != (count, 2) or not np.allclose(
            training["mean"][-1], trace["mean"], atol=1e-3
        ):
            raise UserError("the recorded training does not end at the VAE of this film")
        yield from clouds.divergence_training(training, plane)
    yield journeys.walk(trace, plane)
    yield journeys.sheet(trace, plane)
    yield from colour.beats(trace)
