"""Architectures of transformers and diffusers at tiny size, built from configurations: nothing is loaded."""

from __future__ import annotations

import torch
from zoo import draw, entry, tokens

LIVELY = 0.3
"""Spread of the first weights: with the usual 0.02, so small networks attend evenly and change nothing."""


@entry(tokens(60, 1, 7))
def gpt2():
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(
        GPT2Config(vocab_size=60, n_positions=16, n_embd=16, n_layer=4, n_head=2, initializer_range=LIVELY)
    )


@entry(tokens(60, 1, 7))
def bert():
    from transformers import BertConfig, BertModel

    return BertModel(
        BertConfig(
            vocab_size=60,
            hidden_size=16,
            num_hidden_layers=4,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=16,
            initializer_range=LIVELY,
        )
    )


@entry(tokens(60, 1, 7))
def llama():
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=60,
            hidden_size=16,
            num_hidden_layers=4,
            num_attention_heads=2,
            num_key_value_heads=1,
            intermediate_size=32,
            max_position_embeddings=16,
            initializer_range=LIVELY,
        )
    )


@entry(tokens(60, 1, 7))
def mixtral():
    from transformers import MixtralConfig, MixtralForCausalLM

    return MixtralForCausalLM(
        MixtralConfig(
            vocab_size=60,
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            intermediate_size=32,
            num_local_experts=4,
            max_position_embeddings=16,
            initializer_range=LIVELY,
        )
    )


@entry(draw(1, 3, 16, 16))
def vit():
    from transformers import ViTConfig, ViTForImageClassification

    return ViTForImageClassification(
        ViTConfig(
            hidden_size=16,
            num_hidden_layers=3,
            num_attention_heads=2,
            intermediate_size=32,
            image_size=16,
            patch_size=4,
            num_labels=5,
            initializer_range=LIVELY,
        )
    )


@entry(draw(1, 3, 32, 32))
def swin():
    from transformers import SwinConfig, SwinForImageClassification

    return SwinForImageClassification(
        SwinConfig(
            image_size=32,
            patch_size=4,
            embed_dim=8,
            depths=[2, 2],
            num_heads=[2, 2],
            window_size=4,
            num_labels=4,
            initializer_range=LIVELY,
        )
    )


@entry(draw(1, 3, 32, 32))
def segformer():
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    return SegformerForSemanticSegmentation(
        SegformerConfig(
            num_encoder_blocks=2,
            depths=[1, 1],
            sr_ratios=[2, 1],
            hidden_sizes=[8, 16],
            patch_sizes=[7, 3],
            strides=[4, 2],
            num_attention_heads=[1, 2],
            mlp_ratios=[2, 2],
            decoder_hidden_size=16,
            num_labels=4,
            initializer_range=LIVELY,
        )
    )


@entry(tokens(60, 1, 7), draw(1, 3, 16, 16), names=("input_ids", "pixel_values"))
def clip():
    from transformers import CLIPConfig, CLIPModel

    t = dict(
        vocab_size=60,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=16,
    )
    v = dict(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=16,
        patch_size=4,
    )
    return CLIPModel(CLIPConfig(text_config=t, vision_config=v, projection_dim=8))


@entry(tokens(60, 1, 7), tokens(60, 1, 5), names=("input_ids", "decoder_input_ids"))
def t5():
    from transformers import T5Config, T5ForConditionalGeneration

    return T5ForConditionalGeneration(
        T5Config(vocab_size=60, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2)
    )


@entry(tokens(60, 1, 7), tokens(60, 1, 5), names=("input_ids", "decoder_input_ids"))
def bart():
    from transformers import BartConfig, BartForConditionalGeneration

    return BartForConditionalGeneration(
        BartConfig(
            vocab_size=60,
            d_model=16,
            encoder_layers=2,
            decoder_layers=2,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=32,
            decoder_ffn_dim=32,
            max_position_embeddings=16,
            init_std=LIVELY,
        )
    )


@entry(draw(1, 3, 32, 32))
def resnet_hf():
    from transformers import ResNetConfig, ResNetForImageClassification

    return ResNetForImageClassification(
        ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[2, 2], layer_type="basic", num_labels=4)
    )


@entry(draw(1, 3, 32, 32))
def convnext():
    from transformers import ConvNextConfig, ConvNextForImageClassification

    return ConvNextForImageClassification(
        ConvNextConfig(
            hidden_sizes=[8, 16],
            depths=[2, 2],
            num_stages=2,
            num_labels=4,
            initializer_range=LIVELY,
            layer_scale_init_value=1.0,
        )
    )


@entry(draw(1, 3, 32, 32))
def mobilenet_v2():
    from transformers import MobileNetV2Config, MobileNetV2ForImageClassification

    net = MobileNetV2ForImageClassification(
        MobileNetV2Config(depth_multiplier=0.1, min_depth=4, image_size=32, num_labels=4)
    )
    with torch.no_grad():  # batch normalisation learns the spread of its values: else they vanish
        for _ in range(40):
            net(torch.randn(8, 3, 32, 32))
    return net


@entry(draw(1, 400))
def wav2vec2():
    from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

    return Wav2Vec2ForCTC(
        Wav2Vec2Config(
            vocab_size=20,
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            conv_dim=(8, 8),
            conv_stride=(5, 2),
            conv_kernel=(10, 3),
            num_feat_extract_layers=2,
            num_conv_pos_embeddings=4,
            num_conv_pos_embedding_groups=2,
            initializer_range=LIVELY,
        )
    )


@entry(draw(1, 8, 40), tokens(40, 1, 4), names=("input_features", "decoder_input_ids"))
def whisper():
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    return WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=60,
            num_mel_bins=8,
            d_model=16,
            encoder_layers=2,
            decoder_layers=2,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=32,
            decoder_ffn_dim=32,
            max_source_positions=20,
            max_target_positions=16,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
            decoder_start_token_id=1,
            init_std=LIVELY,
        )
    )


@entry(tokens(60, 1, 7))
def mamba():
    from transformers import MambaConfig, MambaForCausalLM

    return MambaForCausalLM(MambaConfig(vocab_size=60, hidden_size=16, num_hidden_layers=2, state_size=4))


# ---- diffusers
@entry(draw(1, 3, 16, 16), lambda: torch.tensor([3]), names=("sample", "timestep"))
def unet2d():
    from diffusers import UNet2DModel

    return UNet2DModel(
        sample_size=16,
        in_channels=3,
        out_channels=3,
        layers_per_block=1,
        block_out_channels=(8, 16),
        norm_num_groups=4,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
    )


@entry(draw(1, 3, 16, 16))
def autoencoder_kl():
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D", "DownEncoderBlock2D"),
        up_block_types=("UpDecoderBlock2D", "UpDecoderBlock2D"),
        block_out_channels=(8, 16),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
    )
