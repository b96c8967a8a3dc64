"""The command ``nnanim``. Each subcommand stands in its own module and imports what it needs when it runs."""

from __future__ import annotations

import click

import nnanim
from nnanim.cli.group import Nnanim

__all__ = ["main"]


HELP = """Films of neural networks in which every number was computed by the network itself.

\b
nnanim list                     the scenes that come with nnanim
nnanim play perceptron          play it in the browser, at once
nnanim live perceptron          change its numbers there; the network runs again
nnanim movie perceptron -ql     make a film; -q and the other flags are manim's
nnanim still perceptron         draw a picture
nnanim deck LESSON --to pptx    slides of a lesson; nnanim lessons tells which
nnanim new mine                 copy a scene, to change it
nnanim doctor                   check this installation
"""


@click.group("nnanim", cls=Nnanim, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(nnanim.__version__, "-V", "--version", message="nnanim %(version)s")
def main() -> None:
    """The command line."""
