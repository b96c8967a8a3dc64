"""translate(): a sentence and a translating Hugging Face model in a folder give what a film is told from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from nnanim.errors import UserError
from nnanim.files import check_model_folder
from nnanim.recording.huggingface import loading
from nnanim.recording.huggingface.reader import token_ids_of
from nnanim.recording.huggingface.token_spelling import TokenSpellings
from nnanim.recording.run import record
from nnanim.scene.reads import warn_unseen
from nnanim.stories.translation.run import Translation

MOST = 13
"""Number of pieces, read or written, for which the film has room."""


@torch.no_grad()
def translate(folder: str, sentence: str) -> Translation:
    """Translate a sentence with a model that has an encoder and a decoder, such as Marian or T5.

    Of what may be written the likeliest piece is taken each time.

    Args:
        folder: where ``save_pretrained`` has written the model and its tokenizer.
        sentence: what it reads, with the words in front that the model wants, such as T5's
            "translate English to German: ".

    Raises:
        UserError: transformers is not installed, the folder holds no such model, the sentence is empty or
            has more pieces than the film shows, or the model writes nothing.
    """
    warn_unseen("a folder of transformers")
    model, tokenizer = load(folder)
    read = token_ids_of(tokenizer, sentence)
    if len(read) > MOST:
        raise UserError(f"the sentence has {len(read)} pieces; the film shows at most {MOST}")
    source = torch.tensor([read])
    made = model.generate(input_ids=source, num_beams=1, do_sample=False, max_new_tokens=MOST)[0].tolist()
    if len(made) < 2:
        raise UserError(f"the model in {folder!r} writes nothing for {sentence!r}")
    trace = record(
        model, input_ids=source, decoder_input_ids=torch.tensor([made[:-1]]), name=Path(folder).resolve().name
    )
    encoder = [name for name in trace.attentions if "decoder" not in name]
    cross = [name for name in trace.attentions if "decoder" in name and _looks_at_encoder(name)]
    pieces = TokenSpellings(tokenizer, trace["output"].shape[-1])
    named = {part: _module_output(trace, cross, part) for part in ("query", "key")}
    return Translation(
        trace, [pieces.spell_token(one)[0] for one in read], [pieces.spell_token(one)[0] for one in made],
        pieces, encoder, cross, "output[encoder_last_hidden_state]", **named,
        special=frozenset(pieces.spell_token(one)[0] for one in tokenizer.all_special_ids),
    )  # fmt: skip


def load(folder: str) -> tuple[nn.Module, Any]:
    """The model in a folder, in eval mode, and its tokenizer.

    Raises:
        UserError: as `nnanim.recording.huggingface.loading.load` does, or the model does not translate.
    """
    transformers = loading.library()
    path = loading.model_path(folder)
    check_model_folder(path)
    with loading._quiet(transformers):
        config = loading._load_part(transformers.AutoConfig, path, "model")
        if not getattr(config, "is_encoder_decoder", False):
            raise UserError(
                f"the folder '{path}' holds a {config.model_type} model, which has no encoder and decoder: "
                "it does not translate as this film shows it"
            )
        tokenizer = loading._load_part(transformers.AutoTokenizer, path, "tokenizer", config=config)
        model = loading._load_part(
            transformers.AutoModelForSeq2SeqLM, path, "weights", config=config, dtype=torch.float32,
            attn_implementation="eager",
        )  # fmt: skip
    return model.eval(), tokenizer


def _looks_at_encoder(name: str) -> bool:
    last = name.rpartition(".")[2].lower()
    return any(part in last for part in ("encoder", "encdec", "cross"))


def _module_output(trace: Any, cross: list[str], part: str) -> str:
    """Name of the queries or keys of the last look at the encoder; empty where they have another name."""
    known = (f"{cross[-1]}.{end}" for end in (f"{part[0]}_proj", part[0], part)) if cross else ()
    return next((name for name in known if name in trace), "")
