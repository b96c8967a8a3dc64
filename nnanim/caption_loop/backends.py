"""Which painter, captioner and embedding a run uses, and opening them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnanim.caption_loop.loop import DescribeFunction, Embed
from nnanim.errors import UserError, nearest, quote
from nnanim.images import Picture, to_bytes

if TYPE_CHECKING:
    from nnanim.text_to_image.generation import Backend

BUILTIN = "small"
"""What stands for the models that come with nnanim."""

LANGUAGES = {"en": ("en",), "ja": ("ja",), "alternating": ("en", "ja")}
"""What ``--lang`` may say, and which language has its turn in which round."""

STEPS, GUIDANCE = 10, 2.5
"""Of the built-in painter in the loop."""

PAINTER = ("text-encoder", "world-diffusion", "world-vae")
CAPTIONER, EMBEDDING = ("captioner", "clip"), ("clip", "text-encoder")  # with what each is a difference from
"""The built-in models: whose weights paint, describe, embed."""


@dataclass(frozen=True)
class ModelChoice:
    """The models of a run; everything here is plain data and stands in the run's config.json.

    Attributes:
        painter: "small" for the built-in one; else a folder or the hub name of a diffusers pipeline.
        captioner: "small"; else a folder or hub name of a BLIP or GIT captioner of transformers.
        ranker: a folder or hub name of a CLIP model that adds style phrases to the big captioner's sentence.
        language: "en", "ja" or "alternating", for the built-in captioner.
        steps: of the sampler; None for the painter's own number.
        guidance: how strongly the words steer; None for the painter's own, less than 0 steers away from them.
        device: "auto", "cpu", "cuda", "cuda:1", "mps"; big models only.
        half: float16; big models only.
        slicing: attention slicing, for little memory; big models only.
        side: width of the pictures; None for the painter's own; big models only.
    """

    painter: str = BUILTIN
    captioner: str = BUILTIN
    ranker: str | None = None
    language: str = "en"
    steps: int | None = None
    guidance: float | None = None
    device: str = "auto"
    half: bool = False
    slicing: bool = False
    side: int | None = None

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise UserError(f"the loop speaks no {quote(self.language)}{nearest(self.language, LANGUAGES)}")
        if self.steps is not None and not 1 <= self.steps <= 1000:
            raise UserError(f"steps={self.steps}; 1 to 1000 wanted")
        if self.guidance is not None and not -100 <= self.guidance <= 100:
            raise UserError(f"guidance={self.guidance}; -100 to 100 wanted")
        if self.side is not None and not (64 <= self.side <= 4096 and self.side % 8 == 0):
            raise UserError(f"side={self.side}; a multiple of 8 from 64 to 4096 wanted")

    @property
    def outside_models(self) -> tuple[str, ...]:
        """The models that do not come with nnanim."""
        names = (self.painter, self.captioner, self.ranker)
        return tuple(name for name in names if name not in (BUILTIN, None))


@dataclass(frozen=True)
class LoopModels:
    """A painter, captioners that take turns, and an embedding, ready to run.

    Attributes:
        painter: see `nnanim.caption_loop.loop.PaintFunction`.
        captioners: one, or two that take turns.
        embed: picture to vector.
        about: what stands in config.json: the names of the three, with their checksums where they are known,
            the languages of the captioners, and the side of the pictures. Two runs with the same ``about``
            and the same settings give the same rounds.
    """

    painter: Callable[..., Any]
    captioners: tuple[DescribeFunction, ...]
    embed: Embed
    about: dict[str, Any]


class BackendPainter:
    """A text-to-image backend as a painter of the loop.

    Args:
        backend: what generates.
        steps: of the sampler.
        guidance: how strongly the words steer, as ``guidance_scale`` of `nnanim.text_to_image.generate`.
    """

    def __init__(self, backend: Backend, steps: int, guidance: float) -> None:
        self.backend, self.steps, self.guidance = backend, steps, guidance
        self.side = backend.size[1]

    def __call__(self, prompt: str, seed: int, negative_prompt: str = "") -> Picture:
        """The picture, (side, side, 3) bytes, of a sentence.

        Raises:
            UserError: the backend cannot paint it, such as a word that the model does not know.
        """
        from nnanim.text_to_image.generation import generate_picture

        return to_bytes(
            generate_picture(
                prompt, seed=seed, negative_prompt=negative_prompt, num_inference_steps=self.steps,
                guidance_scale=self.guidance, backend=self.backend,
            )
        )  # fmt: skip

    def shorten_prompt(self, prompt: str) -> str:
        """A prompt cut to what the backend takes: CLIP's text encoders stop after 77 pieces."""
        shorten = getattr(self.backend, "shorten", None)
        return prompt if shorten is None else shorten(prompt)


class BuiltinPainter(BackendPainter):
    """The built-in painter, which can also paint many sentences at once."""

    def __init__(self, steps: int = STEPS, guidance: float = GUIDANCE) -> None:
        from nnanim.text_to_image.builtin import BuiltinBackend

        backend = BuiltinBackend()
        super().__init__(backend, steps, guidance)
        self._painter = backend.painter

    def batch(self, prompts: Sequence[str], seeds: Sequence[int]) -> list[Picture]:
        """Many at once, which is three times as fast.

        Matrix products round differently in a batch, by 1e-6: about one picture in four differs in a byte.
        """
        from nnanim.threads import one_thread

        with one_thread():
            pictures = self._painter.paint(prompts, seeds, self.steps, self.guidance)
        return list(to_bytes(pictures.permute(0, 2, 3, 1).contiguous().numpy()))


def open_models(choice: ModelChoice) -> LoopModels:
    """Load the models of a choice.

    Raises:
        UserError: a folder that is not there, a hub name without a connection, a missing package, a model of
            another kind, a device that this machine lacks.
    """
    if choice.ranker is not None and choice.captioner == BUILTIN:
        raise UserError("--ranker adds style phrases to a big captioner's sentence: give --captioner too")
    folders: dict[str, Path] = {}
    if choice.outside_models:
        folders = _find_folders(choice)
    painter, painter_about = _open_painter(choice, folders)
    if choice.captioner == BUILTIN:
        from nnanim.caption_loop.captioners import BuiltinCaptioner

        speakers = tuple(BuiltinCaptioner(language) for language in LANGUAGES[choice.language])
        about: dict[str, Any] = {
            "languages": list(LANGUAGES[choice.language]),
            "captioner": {"name": BUILTIN, "sha256": checksum(CAPTIONER)},
            "embedding": {"name": "clip", "sha256": checksum(EMBEDDING), "width": 128},
        }
        embed: Embed = speakers[0].embed
    else:
        speakers, embed, about = _open_captioner(choice, folders)  # type: ignore[assignment]
    about |= {"side": painter.side, "painter": painter_about, "choice": asdict(choice)}
    return LoopModels(painter, speakers, embed, about)


def checksum(names: Sequence[str]) -> str:
    """The checksums of some built-in models' weights, in one word."""
    from nnanim import models

    return "+".join(models.card(name).sha256[:16] for name in names)


def _find_folders(choice: ModelChoice) -> dict[str, Path]:
    """Where the models that do not come with nnanim are, by their roles."""
    from nnanim.text_to_image.hf.loading import local_folder, pick_device

    if choice.half and pick_device(choice.device) == "cpu":
        raise UserError("--half: float16 wants a graphics card (--device cuda or mps)")
    roles = {"painter": choice.painter, "captioner": choice.captioner, "ranker": choice.ranker}
    return {role: local_folder(name, role) for role, name in roles.items() if name not in (BUILTIN, None)}


def _open_painter(choice: ModelChoice, folders: dict[str, Path]) -> tuple[BackendPainter, dict[str, Any]]:
    """The painter, and what config.json says of it."""
    if choice.painter == BUILTIN:
        guidance = GUIDANCE if choice.guidance is None else choice.guidance
        painter: BackendPainter = BuiltinPainter(choice.steps or STEPS, guidance)
        about: dict[str, Any] = {"name": BUILTIN, "sha256": checksum(PAINTER)}
    else:
        from nnanim.text_to_image.hf.pipeline import open_pipeline

        backend = open_pipeline(
            folders["painter"],
            device=choice.device,
            half=choice.half,
            slicing=choice.slicing,
            size=choice.side,
        )
        painter = BackendPainter(backend, *_own_settings(choice, backend.pipe))
        about = {"name": choice.painter, "half": choice.half, **backend.describe()}
    return painter, {**about, "steps": painter.steps, "guidance": painter.guidance}


def _own_settings(choice: ModelChoice, pipe: Any) -> tuple[int, float]:
    """Steps and guidance as asked for; else diffusers' defaults, of a "turbo" one step without guidance."""
    known = inspect.signature(pipe.__call__).parameters
    turbo = "turbo" in choice.painter.lower()
    steps = 1 if turbo else known["num_inference_steps"].default
    guidance = 1.0 if turbo else known["guidance_scale"].default
    return (
        steps if choice.steps is None else choice.steps,
        guidance if choice.guidance is None else choice.guidance,
    )


def _open_captioner(
    choice: ModelChoice, folders: dict[str, Path]
) -> tuple[tuple[DescribeFunction, ...], Embed, dict[str, Any]]:
    """A captioner of transformers, its embedding or its ranker's, and what config.json says of them."""
    from nnanim.caption_loop.captioners import HFCaptioner, Ranker, embedding_width

    ranker = Ranker(folders["ranker"], choice.device, choice.half) if choice.ranker else None
    captioner = HFCaptioner(folders["captioner"], choice.device, choice.half, ranker)
    embed: Embed = ranker.embed if ranker else captioner.embed
    about: dict[str, Any] = {
        "languages": [],
        "captioner": {"name": choice.captioner, **captioner.about},
        "ranker": {"name": choice.ranker, **ranker.about} if ranker else None,
        "embedding": {"name": "ranker" if ranker else "captioner", "width": embedding_width(embed)},
    }
    return (captioner,), embed, about
