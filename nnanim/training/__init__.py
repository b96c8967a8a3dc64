"""How the shipped weights were made: one runnable module a model (``python -m nnanim.training.iris``)."""
