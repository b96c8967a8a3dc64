"""A film of any recorded network: ``network(trace)``.

Its layers are found in the trace's graph (``layers``), grouped by the modules that they ran in (``fold``,
``parts``), charted by depth and branch (``chart``), and told one by one: dense layers with neurons and wires
(``dense``, ``columns``), convolution and pooling with a window (``pictures``, ``windows``), transposed
convolution (``spread``), tokens and time (``sequence``), all else as a block between its values
(``operations``). What a value looks like depends on its shape alone (``views``).
"""

from __future__ import annotations

from nnanim.stories.network.tell import network

__all__ = ["network"]
