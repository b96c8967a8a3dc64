"""Who tells a layer: the tellers of all kinds of layers, in order."""

from __future__ import annotations

from nnanim.stories.network.attention import tell_attention
from nnanim.stories.network.concat import tell_concatenation
from nnanim.stories.network.conv import tell_convolution
from nnanim.stories.network.dense import tell_dense
from nnanim.stories.network.net import Teller
from nnanim.stories.network.operations import tell_operation
from nnanim.stories.network.pooling import tell_pooling
from nnanim.stories.network.sequence import tell_cell, tell_embedding, tell_recurrent, tell_rows
from nnanim.stories.network.transposed_conv import tell_transposed_convolution
from nnanim.stories.network.two_ways import tell_two_ways

TELLERS: tuple[Teller, ...] = (
    tell_dense,
    tell_cell,
    tell_convolution,
    tell_transposed_convolution,
    tell_pooling,
    tell_embedding,
    tell_two_ways,
    tell_recurrent,
    tell_rows,
    tell_attention,
    tell_concatenation,
    tell_operation,
)
"""Who tells a layer, in the order in which they are asked; the last one knows all."""
