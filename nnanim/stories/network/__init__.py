"""A film of any recorded network: ``network(trace)``.

What the run is built of is found in ``nnanim.structure``. ``narration`` goes through it
from end to end, ``short`` tells what matters in a minute; each layer is told by
the first teller that knows it: dense layers with neurons and wires (``dense``, ``columns``), convolution and
pooling with a window (``conv``, ``pooling``), transposed convolution (``transposed_conv``), tokens and time
(``sequence``, ``attention``), known things as what they are (``norms``, ``functions``, ``gates``, ``rotary``,
``choices``, ``conv1d``, ``patches``), all else as a block between its values (``operations``, ``sentences``).
What a value looks like depends on its shape alone (``views``).
"""

from __future__ import annotations

from nnanim.stories.network.connect import connect
from nnanim.stories.network.length import fit_seconds
from nnanim.stories.network.net import NetworkView, Teller
from nnanim.stories.network.own_tellers import teller
from nnanim.stories.network.story import network
from nnanim.stories.network.tellers import TELLERS
from nnanim.stories.network.views import LayerView

__all__ = ["TELLERS", "LayerView", "NetworkView", "Teller", "connect", "fit_seconds", "network", "teller"]
