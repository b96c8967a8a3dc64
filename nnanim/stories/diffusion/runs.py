"""What the film is told about: a traced painting, and beside it other traces for single beats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nnanim.errors import UserError, nearest
from nnanim.marks import round_up
from nnanim.trace import Trace

Floats = npt.NDArray[np.float64]

PARTS = ("forward", "seeds", "style", "guidance", "ddpm", "ddim")
"""What may stand beside the painting itself; a beat whose part is missing is left out."""


def join(main: Trace, parts: Mapping[str, Trace], inside: int = 0) -> Trace:
    """One trace of a painting and of what is shown beside it; parts are told apart as ``seeds/picture``.

    Args:
        main: of `nnanim.text_to_image.record_generation`.
        parts: each any of `PARTS`: ``forward`` of `record_forward_process`, the others with ``picture``
            (step, sample, row, column, colour), from pure noise to the last step, and with the ``prompts``
            and ``seeds`` in their provenance. ``guidance`` has ``scale`` (sample,), too; ``style`` has
            ``labels`` in its provenance, what each of its prompts is called, and the words that are
            ``changed``.
        inside: the step whose stages the painting kept (``stages_at``).

    Raises:
        UserError: a part that the film does not know.
    """
    arrays = {name: main[name] for name in main}
    axes = {name: main.axes(name) for name in main}
    for part, trace in parts.items():
        if part not in PARTS:
            raise UserError(f"the film has no part {part!r}{nearest(part, PARTS)}")
        arrays |= {f"{part}/{name}": trace[name] for name in trace}
        axes |= {f"{part}/{name}": trace.axes(name) for name in trace}
    told = main.provenance
    seed = told.get("seed")
    if isinstance(seed, list | tuple) and len(seed) == 1:
        told["seed"] = seed[0]
    told["inside"] = inside
    told["parts"] = {name: trace.provenance for name, trace in parts.items()}
    return Trace.of(arrays, axes=axes, provenance=told)


@dataclass(frozen=True)
class Runs:
    """A trace of `join`, or of `record_generation` alone, as the film reads it."""

    trace: Trace

    def __post_init__(self) -> None:
        if "noisy" not in self.trace or "picture" not in self.trace:
            raise UserError("this trace is of no generation; text_to_image.record_generation makes one")

    def __contains__(self, name: str) -> bool:
        return name in self.trace

    def __getitem__(self, name: str) -> Floats:
        return np.asarray(self.trace[name], dtype=float)

    def provenance(self, part: str) -> Mapping[str, Any]:
        """Where the numbers of a part came from."""
        return dict(self.trace.provenance.get("parts", {}).get(part, {}))

    @property
    def prompt(self) -> str:
        """The sentence that the picture was painted from."""
        prompt = self.trace.provenance["request"]["prompt"]
        return str(prompt if isinstance(prompt, str) else prompt[0])

    @property
    def guidance(self) -> float:
        """The guidance scale of the painting."""
        return float(self.trace.provenance["request"]["guidance_scale"])

    @property
    def seed(self) -> int:
        """The seed of the painting."""
        seed = self.trace.provenance["request"]["seed"]
        return int(seed if isinstance(seed, int) else seed[0])

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The pieces of the prompt that the network can look at, the marks of its end among them."""
        return tuple(piece.removesuffix("</w>") for piece in self.trace.provenance.get("words", [()])[0])

    @cached_property
    def limit(self) -> float:
        """The end of the one colour scale of all latents and noise."""
        told = ("latents", "noise", "noisy", "guess", "error")
        beside = [self[f"forward/{name}"] for name in told if f"forward/{name}" in self]
        return round_up(max(float(np.abs(array).max()) for array in (self.noisy, *beside)))

    @cached_property
    def pieces(self) -> tuple[int, ...]:
        """The indices of those of `words` that were said: without the marks of the beginning and the end."""
        return tuple(i for i, word in enumerate(self.words) if not word.startswith("<"))

    @property
    def stage_step(self) -> int:
        """The step whose stages of the U-Net were kept."""
        return int(self.trace.provenance.get("inside", 0)) % self.steps

    @property
    def steps(self) -> int:
        """How many steps the painting took."""
        return len(self.trace["noisy"])

    @cached_property
    def noisy(self) -> Floats:
        """(step + 1, channel, row, column) the latents from pure noise to the last step."""
        return np.concatenate([self["noisy"][:, 0], self["latents"][-1:, 0]])

    @cached_property
    def pictures(self) -> Floats:
        """(step + 1, row, column, colour) the latents from pure noise to the last step, decoded."""
        first = self["noisy.picture"][:1, 0] if "noisy.picture" in self else self["picture"][:0, 0]
        return np.concatenate([first, self["picture"][:, 0]])

    @cached_property
    def predicted_x0(self) -> Floats | None:
        """(step + 1, row, column, colour) the finished picture that the network expects after so many steps.

        None where the sampler does not tell.
        """
        if "predicted.picture" not in self or "noisy.picture" not in self:
            return None
        made = self["predicted.picture"][:, 0]
        return np.concatenate([made, self["picture"][-1:, 0]])

    @cached_property
    def attention(self) -> Floats | None:
        """(row, column, word) how much each place looks at each word, the mean over heads, layers and steps.

        Sums over words are 1. None where it was not recorded.
        """
        return self["cross"][:, 0].mean(axis=0) if "cross" in self else None

    def frames(self, part: str) -> Floats:
        """(step + 1, sample, row, column, colour) the pictures of a part."""
        return self[f"{part}/picture"]
