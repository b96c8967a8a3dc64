"""Who tells a layer: the tellers of all kinds of layers, in order."""

from __future__ import annotations

from nnanim.stories.network.attention import tell_attention
from nnanim.stories.network.choices import tell_codebook, tell_experts, tell_routed_experts, tell_router
from nnanim.stories.network.concat import tell_concatenation
from nnanim.stories.network.conv import tell_convolution
from nnanim.stories.network.conv1d import tell_conv1d
from nnanim.stories.network.dense import tell_dense
from nnanim.stories.network.functions import tell_function
from nnanim.stories.network.gates import tell_excite, tell_gate
from nnanim.stories.network.net import Teller
from nnanim.stories.network.norms import tell_norm
from nnanim.stories.network.operations import tell_operation
from nnanim.stories.network.patches import tell_patches
from nnanim.stories.network.pooling import tell_pooling
from nnanim.stories.network.rotary import tell_rotary
from nnanim.stories.network.sequence import tell_cell, tell_embedding, tell_recurrent, tell_rows
from nnanim.stories.network.transposed_conv import tell_transposed_convolution
from nnanim.stories.network.two_ways import tell_two_ways

TELLERS: tuple[Teller, ...] = (
    tell_gate,
    tell_excite,
    tell_rotary,
    tell_codebook,
    tell_experts,
    tell_router,
    tell_routed_experts,
    tell_patches,
    tell_dense,
    tell_cell,
    tell_convolution,
    tell_conv1d,
    tell_transposed_convolution,
    tell_pooling,
    tell_embedding,
    tell_two_ways,
    tell_recurrent,
    tell_rows,
    tell_attention,
    tell_concatenation,
    tell_norm,
    tell_function,
    tell_operation,
)
"""Who tells a layer, in the order in which they are asked; the last one knows all."""
