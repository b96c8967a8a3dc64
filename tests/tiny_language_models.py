"""Tiny Hugging Face models of many families with tokenizers of their own, with random weights, saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tokenizers
import torch
import transformers
from tokenizers import Tokenizer, decoders, pre_tokenizers, processors, trainers
from tokenizers import models as kinds

TEXT = [
    "once upon a time there was a kind queen .", "the cat sat on the mat because it was tired .",
    "this is a pen .", "she lived in a castle and the queen had a ring .",
] * 4  # fmt: skip
SMALL = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 32, "intermediate_size": 48}
HALF = {"num_key_value_heads": 2}
LONG = {"max_position_embeddings": 64}


def byte_level() -> Any:
    """A byte-level BPE of a few merges, as GPT-2's: Japanese falls into bytes."""
    made = Tokenizer(kinds.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        TEXT, trainers.BpeTrainer(vocab_size=420, initial_alphabet=alphabet, special_tokens=["<|endoftext|>"],
                                  show_progress=False)
    )  # fmt: skip
    end = "<|endoftext|>"
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token=end, bos_token=end, unk_token=end
    )


def word_piece() -> Any:
    """A WordPiece with [CLS], [SEP] and [MASK], as BERT's."""
    made = Tokenizer(kinds.WordPiece(unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    made.train_from_iterator(
        TEXT, trainers.WordPieceTrainer(vocab_size=120, special_tokens=special, show_progress=False)
    )
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = dict(
        zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), special, strict=True)
    )
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, **names)


def word_level() -> Any:
    """A word a token, spaces as SentencePiece writes them, single bytes for what it does not know."""
    made = Tokenizer(kinds.BPE(byte_fallback=True))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    made.train_from_iterator(
        TEXT, trainers.BpeTrainer(vocab_size=420, special_tokens=special, show_progress=False)
    )
    kept = made.to_str().replace('"special":true', '"special":false')
    made = Tokenizer.from_str(kept)
    made.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="<unk>", bos_token="<s>", eos_token="</s>"
    )


def _configs(words: int) -> dict[str, tuple[str, Any]]:
    text = {**SMALL, "vocab_size": words}
    ends = {"bos_token_id": 0, "eos_token_id": 0}
    llama = {**text, **LONG, **ends, "pad_token_id": None}
    t = transformers
    gpt2 = {"n_layer": 2, "n_embd": 32, "vocab_size": words, "n_positions": 64, **ends}
    return {
        "gpt2": ("CausalLM", t.GPT2Config(n_head=4, **gpt2)),
        "sixteen": ("CausalLM", t.GPT2Config(n_head=16, **{**gpt2, "n_embd": 64})),
        "llama": ("CausalLM", t.LlamaConfig(**llama, **HALF)),
        "qwen2": ("CausalLM", t.Qwen2Config(**llama, **HALF)),
        "qwen3": ("CausalLM", t.Qwen3Config(**llama, **HALF, head_dim=8)),
        "gemma2": ("CausalLM", t.Gemma2Config(**{**llama, "pad_token_id": 0}, **HALF, head_dim=8)),
        "neox": ("CausalLM", t.GPTNeoXConfig(**llama, rotary_pct=0.5)),
        "phi": ("CausalLM", t.PhiConfig(**llama, partial_rotary_factor=0.5)),
        "phi3": ("CausalLM", t.Phi3Config(**{**llama, "pad_token_id": 0})),
        "gptj": ("CausalLM", t.GPTJConfig(n_head=4, rotary_dim=4, **gpt2)),
        "opt": ("CausalLM", t.OPTConfig(**{**text, **LONG, **ends, "pad_token_id": 1}, ffn_dim=48,
                                        word_embed_proj_dim=32)),
        "bloom": ("CausalLM", t.BloomConfig(n_layer=2, n_head=4, hidden_size=32, vocab_size=words, **ends)),
        "bert": ("MaskedLM", t.BertConfig(**text, **LONG, pad_token_id=0)),
        "roberta": ("MaskedLM", t.RobertaConfig(**text, **LONG, pad_token_id=0)),
        "distilbert": ("MaskedLM", t.DistilBertConfig(n_layers=2, n_heads=4, dim=32, hidden_dim=48,
                                                      vocab_size=words, **LONG)),
        "encoder": ("", t.BertConfig(**text, **LONG, pad_token_id=0)),
        "t5": ("TextEncoding", t.T5Config(vocab_size=words, d_model=32, d_kv=8, d_ff=48, num_layers=2,
                                          num_heads=4, pad_token_id=0)),
    }  # fmt: skip


ENCODERS = ("bert", "roberta", "distilbert", "encoder", "t5")
FAMILIES = tuple(_configs(100))


def saved(family: str, folder: Path) -> Path:
    """A tiny model of a family and its tokenizer, saved in ``folder``."""
    transformers.utils.logging.set_verbosity_error()
    tokenizer = (
        word_piece()
        if family in ENCODERS
        else word_level()
        if family in ("llama", "gemma2")
        else byte_level()
    )
    head, config = _configs(len(tokenizer))[family]
    torch.manual_seed(3)
    auto = getattr(transformers, f"AutoModelFor{head}" if head else "AutoModel")
    made = auto.from_config(config)
    with torch.no_grad():  # fresh weights are so small that every row is even
        for name, parameter in made.named_parameters():
            if parameter.ndim == 2:
                parameter.mul_(6.0 if "emb" not in name and "wte" not in name and "wpe" not in name else 3.0)
    path = folder / family
    made.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


assert tokenizers
