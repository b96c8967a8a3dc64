"""A model and its tokenizer from a folder, with one clear line for everything that may be wrong with it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from nnanim.errors import UserError
from nnanim.files import check_model_folder


def library() -> Any:
    """The package transformers.

    Raises:
        UserError: it is not installed.
    """
    try:
        import transformers
    except ImportError as error:
        raise UserError(
            'a Hugging Face model needs transformers, which is not installed: pip install "nnanim[hf]"'
        ) from error
    return transformers


def model_path(folder: str) -> Path:
    """The folder of a model.

    Raises:
        UserError: there is none, or it holds no model.
    """
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise UserError(
            f"there is no folder {folder!r}; a Hugging Face model is read from a folder on this machine"
        )
    if not (path / "config.json").is_file():
        raise UserError(f"the folder {folder!r} holds no Hugging Face model: there is no config.json")
    return path


def load(folder: str) -> tuple[nn.Module, Any]:
    """The model in a folder, in eval mode, and its tokenizer. Nothing is downloaded, no code of its run.

    The model's own head is taken where its weights are there; else it is read without one.

    Raises:
        UserError: transformers is not installed; no such folder; no model, weights or tokenizer in it.
    """
    transformers = library()
    path = model_path(folder)
    check_model_folder(path)
    with _quiet(transformers):
        config = _load_part(transformers.AutoConfig, path, "model")
        tokenizer = _load_part(transformers.AutoTokenizer, path, "tokenizer", config=config)
        return _load_model(transformers, path, config).eval(), tokenizer


def _load_part(auto: Any, path: Path, what: str, **options: Any) -> Any:
    try:
        return auto.from_pretrained(str(path), local_files_only=True, trust_remote_code=False, **options)
    except Exception as error:
        if lacking := re.search(r"requires the (\w+) library", str(error)):
            name = lacking[1].lower()
            cure = "'nnanim[hf]'" if name == "sentencepiece" else name
            raise UserError(
                f"the {what} in '{path}' needs {name}, which is not installed: pip install {cure}"
            ) from error
        raise UserError(
            f"the folder '{path}' holds no {what} that can be read: {_first_line(error)}"
        ) from error


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= 160 else f"{text[:157]}…"


def _load_model(transformers: Any, path: Path, config: Any) -> nn.Module:
    """The model with its head if the folder has all of its weights, else the next that it has."""
    lacking: list[str] = []
    for auto in _model_classes(transformers, config):
        model, info = _load_part(
            auto, path, "weights", config=config, dtype=torch.float32, attn_implementation="eager",
            output_loading_info=True,
        )  # fmt: skip
        lacking = [name for name in info["missing_keys"] if "pooler" not in name]
        if not lacking:
            made: nn.Module = (
                model.get_encoder() if getattr(model.config, "is_encoder_decoder", False) else model
            )
            return made
    raise UserError(
        f"the folder '{path}' lacks {len(lacking)} of the model's weights, the first is {lacking[0]!r}"
    )


def _model_classes(transformers: Any, config: Any) -> Iterator[Any]:
    """The kinds of model that a folder may hold, the one that it says first."""
    causal, masked = transformers.AutoModelForCausalLM, transformers.AutoModelForMaskedLM
    named = getattr(config, "architectures", None)
    architectures = " ".join(map(str, named)) if isinstance(named, list) else ""
    kinds = {"causal": type(config) in causal._model_mapping, "masked": type(config) in masked._model_mapping}
    if getattr(config, "is_encoder_decoder", False) or "EncoderModel" in architectures:
        if type(config) in transformers.AutoModelForTextEncoding._model_mapping:
            yield transformers.AutoModelForTextEncoding
    elif kinds["masked"] and "CausalLM" not in architectures and "LMHead" not in architectures:
        yield masked
    elif kinds["causal"]:
        yield causal
    yield transformers.AutoModel


def is_causal(model: Any) -> bool:
    """Whether a model has the head that continues a text token by token."""
    config = type(model.config)
    mapping = library().AutoModelForCausalLM._model_mapping
    found = mapping.get(config, ())
    return type(model) in (found if isinstance(found, tuple) else (found,))


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """A block in which transformers says and shows nothing: what is wrong is said in one line."""
    logging = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
