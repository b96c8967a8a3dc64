"""Films that are asked for as data, and made: one or many, here, in processes, or on a cluster."""
