"""Playing a scene in the browser at once, from a server on this machine: nothing is rendered.

The server answers before what tells stories is loaded: the browser begins meanwhile.
"""

from __future__ import annotations
