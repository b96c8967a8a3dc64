"""Tiny Hugging Face models, made here from random weights, where transformers is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nnanim.recording import record

transformers: Any = pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("ignore")

WORDS = torch.arange(14).reshape(2, 7) % 11
MASK = torch.tensor([[1] * 7, [1] * 5 + [0] * 2])
PICTURES = torch.linspace(-1, 1, 2 * 3 * 16 * 16).reshape(2, 3, 16, 16).sin()
SMALL = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 16, "intermediate_size": 32}
TEXT = {**SMALL, "vocab_size": 50, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}


def gpt2(**options: Any) -> tuple[torch.nn.Module, dict[str, Any]]:
    config = transformers.GPT2Config(
        n_layer=2,
        n_head=4,
        n_embd=16,
        vocab_size=50,
        n_positions=16,
        bos_token_id=1,
        eos_token_id=2,
        **options,
    )
    return transformers.GPT2LMHeadModel(config), {"input_ids": WORDS}


def bert(**options: Any) -> tuple[torch.nn.Module, dict[str, Any]]:
    return transformers.BertModel(transformers.BertConfig(**TEXT, **options)), {
        "input_ids": WORDS,
        "attention_mask": MASK,
    }


def llama(**options: Any) -> tuple[torch.nn.Module, dict[str, Any]]:
    config = transformers.LlamaConfig(**TEXT, num_key_value_heads=2, **options)
    return transformers.LlamaForCausalLM(config), {"input_ids": WORDS}


def vit(**options: Any) -> tuple[torch.nn.Module, dict[str, Any]]:
    config = transformers.ViTConfig(**SMALL, image_size=16, patch_size=4, **options)
    return transformers.ViTModel(config), {"pixel_values": PICTURES}


@pytest.mark.parametrize("kind", ["sdpa", "eager"])
@pytest.mark.parametrize("make", [gpt2, bert, llama, vit])
def test_tiny_models_are_recorded_whole(make, kind):
    torch.manual_seed(0)
    model, inputs = make(attn_implementation=kind)
    model.eval()
    with torch.no_grad():
        trace = record(model, check=True, **inputs)
        plain = model(**inputs)[0]
    np.testing.assert_array_equal(trace["output"], plain.numpy())
    assert len(trace.attentions) == 2
    for name in trace.attentions:
        heads = trace.attention(name)
        assert heads.shape[:2] == (2, 4) and heads.shape[2] == heads.shape[3]
        np.testing.assert_allclose(heads.sum(-1), 1, rtol=1e-5)
    assert not [node.name for node in trace.graph if node.kind == "unseen"]


def test_heads_are_those_that_the_model_gives_itself():
    torch.manual_seed(0)
    model, inputs = gpt2(attn_implementation="eager")
    model.eval()
    with torch.no_grad():
        given = model(**inputs, output_attentions=True).attentions
    model.set_attn_implementation("sdpa")
    trace = record(model, **inputs)
    for name, heads in zip(trace.attentions, given, strict=True):
        np.testing.assert_allclose(trace.attention(name), heads.numpy(), atol=1e-6)
