"""What one run of a network left behind: named arrays, parameters, and the graph of who fed whom.

Everything here is numpy and the standard library: a trace is read, compared, saved and told as a story on a
machine without torch. `nnanim.recording.run` makes one from a torch model, `Trace.of` makes one from arrays.
"""

from nnanim.trace.contributions import Contributions
from nnanim.trace.graph import Edge, Graph, Node, Operand
from nnanim.trace.trace import Trace

__all__ = ["Contributions", "Edge", "Graph", "Node", "Operand", "Trace"]
