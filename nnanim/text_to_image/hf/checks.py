"""What a pipeline's folder must hold so that nothing fails later: whole weights, known settings."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import torch

from nnanim.errors import UserError, quote
from nnanim.files import quote_path


def check_weights(folder: Path) -> None:
    """Refuse a damaged file of weights by its name: the libraries only say that there is one."""
    from safetensors import safe_open

    for file in sorted(folder.rglob("*.safetensors")):
        try:
            with safe_open(file, framework="pt") as tensors:
                names = list(tensors.keys())
        except Exception as error:  # whatever a damaged file leads the library to
            raise UserError(f"{quote_path(file)} is damaged: {first_line(error)}") from error
        if not names:
            raise UserError(f"{quote_path(file)} holds no weights")


def check_whole(folder: Path, part: torch.nn.Module) -> None:
    """Libraries fill what a file lacks with random numbers.

    Names change over the years: a weight that no file has by its name must be there under another.
    """
    from safetensors import safe_open

    unclaimed = dict(part.named_parameters())
    spare: set[tuple[int, bytes]] = set()
    files = sorted(folder.glob("*.safetensors"))
    names: dict[str, Path] = {}
    for file in files:
        with safe_open(file, framework="pt") as tensors:
            names |= dict.fromkeys(tensors.keys(), file)
    missing = [name for name in unclaimed if name not in names]
    if not files or not missing:
        return
    for file in files:
        with safe_open(file, framework="pt") as tensors:
            for name in set(tensors.keys()) - set(unclaimed):
                spare |= {_content(tensors.get_tensor(name), one) for one in (torch.float16, torch.float32)}
    lost = [name for name in missing if _content(unclaimed[name], unclaimed[name].dtype) not in spare]
    if lost:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        raise UserError(f"{quote_path(folder)}: weights are missing in {folder.name}: {quote(lost[0])}{more}")


def _content(values: torch.Tensor, kind: torch.dtype) -> tuple[int, bytes]:
    """The size and a digest of a tensor in ``kind`` numbers, whatever its shape."""
    made = values.detach().to("cpu", kind).contiguous().view(-1)
    return made.numel(), hashlib.sha256(made.view(torch.uint8).numpy().tobytes()).digest()


def check_tokenizers(folder: Path, pipe: Any) -> None:
    """Refuse what would fail only where the first prompt is read."""
    for name in ("tokenizer", "tokenizer_2"):
        tokenizer, encoder = (
            getattr(pipe, name, None),
            getattr(pipe, name.replace("tokenizer", "text_encoder"), None),
        )
        if tokenizer is None or encoder is None:
            continue
        where = quote_path(folder / name / "tokenizer_config.json")
        most, limit = encoder.config.max_position_embeddings, tokenizer.model_max_length
        if not isinstance(limit, int) or not 3 <= limit <= most:
            raise UserError(
                f"{where}: model_max_length is {quote(limit)}; its text encoder takes 3 to {most} pieces"
            )
        size, pad = encoder.config.vocab_size, tokenizer.pad_token_id
        if pad is None or not 0 <= pad < size:
            raise UserError(
                f"{where}: pad_token is {quote(tokenizer.pad_token)}, none of the {size:,} pieces that its "
                "encoder knows"
            )


def check_scheduler(folder: Path, scheduler: Any) -> None:
    """Refuse settings that would fail only in the first step: one step of nothing is taken."""
    try:
        made = type(scheduler).from_config(scheduler.config)
        made.set_timesteps(5)
        nothing = torch.zeros(1, 4, 1, 1)
        made.step(nothing, made.timesteps[0], nothing)
    except Exception as error:  # the schedulers raise anything for settings that they do not know
        where = quote_path(folder / "scheduler" / "scheduler_config.json")
        raise UserError(f"{where}: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """What an error of a library says first, cut."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0][:160]
