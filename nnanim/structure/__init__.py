"""What a recorded run is built of, found in its graph and its numbers; plain numpy, nothing is drawn.

Calls become layers (``layers``), what ran in one module becomes a group (``groups``), groups get columns
and rows by depth and branch (``chart``); ``windows`` finds how a convolution or pooling moved, ``arithmetic``
what a call did to its values, ``u_shape`` a U of shrinking and growing maps; ``titles`` says what layers are
called.
"""
